/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linear memories. A memory is a reservation of address space whose first bytes are readable and
 * writable: growing is one mprotect, and the base never moves, so generated code may keep it.
 *
 * Danger: guard mode code does no bounds check. An access is base + 32-bit index + 32-bit offset
 * and up to 16 bytes, and the code may add up to W2S_MEMORY_MARGIN to that or take as much away
 * instead of adding in 32 bits (docs/rationale.md). So there is a reservation that answers every
 * one of them, the part outside of the memory with a fault (signal.c), and no memory grows to 4
 * GiB. The bulk helpers below check before they write a byte. Other threads may grow a shared
 * memory at any time, so a size is read once, and never shrinks. tests/runtime/test_memory.c proves
 * both.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GIB           (UINT64_C(1) << 30)
#define GUARD_RESERVE (8 * GIB + 2 * W2S_MEMORY_MARGIN)   /* from the base on */
#define GUARD_SPACE   (W2S_MEMORY_MARGIN + GUARD_RESERVE) /* with what is below it */
#define HUGE_FROM     (UINT64_C(16) << 20)
#define HUGE_PAGE     (UINT64_C(2) << 20)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

enum { CACHED_RESERVATIONS = 16 };

/* ---- address space ---- */

static void *reserve(uint64_t size)
{
    void *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

/* The bases of guard reservations given back, all of them PROT_NONE and without pages. */
static struct {
    pthread_mutex_t lock;
    unsigned count;
    void *bases[CACHED_RESERVATIONS];
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *guard_reserve(void)
{
    void *base = NULL;
    pthread_mutex_lock(&cache.lock);
    if (cache.count)
        base = cache.bases[--cache.count];
    pthread_mutex_unlock(&cache.lock);
    if (base)
        return base;
    uint8_t *space = reserve(GUARD_SPACE);
    return space ? space + W2S_MEMORY_MARGIN : NULL;
}

static void guard_unmap(void *base)
{
    munmap((uint8_t *)base - W2S_MEMORY_MARGIN, GUARD_SPACE);
}

static void guard_release(void *base, uint64_t committed)
{
    /* Mapping anew both drops the contents and revokes access. */
    if (committed &&
        mmap(base, committed, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
             -1, 0) == MAP_FAILED) {
        guard_unmap(base);
        return;
    }
    pthread_mutex_lock(&cache.lock);
    bool kept = cache.count < CACHED_RESERVATIONS;
    if (kept)
        cache.bases[cache.count++] = base;
    pthread_mutex_unlock(&cache.lock);
    if (!kept)
        guard_unmap(base);
}

uint64_t rt_page_size(void)
{
    static _Atomic(uint64_t) page;
    uint64_t p = page;
    if (!p)
        page = p = (uint64_t)sysconf(_SC_PAGESIZE);
    return p;
}

static uint64_t page_round(uint64_t size)
{
    uint64_t p = rt_page_size();
    return (size + p - 1) & ~(p - 1);
}

/* ---- limits ---- */

static uint64_t pages_to_bytes(const struct w2s_externtype *type, uint64_t pages)
{
    unsigned shift = type->page_size_log2;
    return pages > UINT64_MAX >> shift ? UINT64_MAX : pages << shift;
}

/* What addresses reach. With pages of one byte 2^32 of them are one too many, as memory.size must
 * fit i32; with ordinary pages the last one is there only for memories that begin with it. */
static uint64_t index_reach(const struct w2s_externtype *type)
{
    if (type->is_64)
        return UINT64_C(1) << 47;
    if (type->page_size_log2 == 0)
        return 4 * GIB - 1;
    return rt_has_margin(type) ? 4 * GIB - W2S_MEMORY_MARGIN : 4 * GIB;
}

/* What the type, its index type and the store allow. */
static uint64_t max_bytes(const w2s_store *store, const struct w2s_externtype *type)
{
    uint64_t max = type->has_max ? pages_to_bytes(type, type->max) : UINT64_MAX;
    uint64_t index_max = index_reach(type);
    if (max > index_max)
        max = index_max;
    return max > store->config.max_memory ? store->config.max_memory : max;
}

static bool no_space(w2s_error *err, uint64_t size)
{
    return rt_fail(err, W2S_ERROR_MEMORY,
                   "cannot reserve %llu MiB of address space for a linear memory (%s); "
                   "see ulimit -v",
                   (unsigned long long)(size >> 20), strerror(errno));
}

static bool reserve_guarded(struct rt_memory *memory, w2s_error *err)
{
    memory->pub.base = guard_reserve();
    memory->reserved = GUARD_RESERVE;
    memory->guarded = true;
    if (memory->pub.base)
        return true;
    return rt_fail(err, W2S_ERROR_MEMORY,
                   "cannot reserve 8 GiB of address space for a linear memory (%s); raise the "
                   "limit (ulimit -v) or compile the module with --memory checked",
                   strerror(errno));
}

/* As much as the memory may grow to, within reason, or less where that cannot be had. */
static bool reserve_checked(struct rt_memory *memory, uint64_t min, w2s_error *err)
{
    uint64_t most = memory->type.is_64 ? 64 * GIB : 4 * GIB;
    uint64_t want = memory->max_size < most ? memory->max_size : most;
    want = page_round(want > min ? want : min);
    uint64_t least = page_round(min);
    if (want == 0) /* a memory that stays empty */
        want = page_round(1);
    while (!(memory->pub.base = reserve(want))) {
        if (want == least || want <= page_round(1))
            return no_space(err, want);
        want = page_round(want / 2 > least ? want / 2 : least);
    }
    memory->reserved = want;
    return true;
}

/* A large memory asks for huge pages: walks down the columns of a matrix miss the TLB at every step
 * otherwise, and first touches fault 512 times as often. A small one would only grow fat by them.
 * The kernel is free to refuse. An instance of a pool writes little at a time, and what it writes
 * is undone: whole huge pages would be zeroed for each request. True if it agrees. */
static bool prefer_huge_pages(const struct rt_memory *memory)
{
    return memory->committed >= HUGE_FROM && !(memory->store && memory->store->is_pooled) &&
           madvise(memory->pub.base, memory->committed, MADV_HUGEPAGE) == 0;
}

/* An allocator grows a memory by little at a time, and what there was of the last huge page has
 * been touched in small ones. Where a growth completes one, the kernel puts it together. */
static void join_small_pages(const struct rt_memory *memory, uint64_t old_end)
{
    uintptr_t base = (uintptr_t)memory->pub.base;
    uintptr_t joined = (base + old_end) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (joined >= base && joined < base + old_end && joined + HUGE_PAGE <= base + memory->committed)
        madvise((void *)joined, HUGE_PAGE, MADV_COLLAPSE);
}

/* Counts a memory against the store's limit: one that others may grow with all it may grow to. */
static bool count_memory(struct rt_memory *memory, uint64_t min, w2s_error *err)
{
    uint64_t size = memory->type.is_shared ? memory->max_size : min;
    if (rt_store_add_memory(memory->store, size))
        return true;
    return rt_fail(err, W2S_ERROR_LIMIT,
                   "a linear memory of %llu bytes is over the limit of the store's memories (%llu "
                   "bytes)",
                   (unsigned long long)size,
                   (unsigned long long)memory->store->config.max_total_memory);
}

static bool commit(struct rt_memory *memory, uint64_t size)
{
    uint64_t end = page_round(size);
    if (end > memory->reserved)
        return false;
    if (end > memory->committed) {
        if (mprotect(memory->pub.base + memory->committed, end - memory->committed,
                     PROT_READ | PROT_WRITE) != 0)
            return false;
        uint64_t old_end = memory->committed;
        memory->committed = end;
        if (prefer_huge_pages(memory))
            join_small_pages(memory, old_end);
    }
    /* Whoever sees the size may touch what it covers. */
    __atomic_store_n(&memory->pub.size, size, __ATOMIC_RELEASE);
    return true;
}

bool rt_memory_init(struct rt_memory *memory, w2s_store *store, const struct w2s_externtype *type,
                    bool guarded, w2s_error *err)
{
    uint64_t min = pages_to_bytes(type, type->min);
    *memory = (struct rt_memory){.store = store, .type = *type};
    memory->max_size = max_bytes(store, type);
    if (min > memory->max_size)
        return rt_fail(err, W2S_ERROR_MEMORY, "a linear memory of %llu pages is over the limit",
                       (unsigned long long)type->min);
    if (!count_memory(memory, min, err))
        return false;
    if (!(guarded ? reserve_guarded(memory, err) : reserve_checked(memory, min, err))) {
        store->total_memory -= min;
        return false;
    }
    if (commit(memory, min))
        return true;
    rt_fail(err, W2S_ERROR_MEMORY, "no memory for a linear memory of %llu MiB",
            (unsigned long long)(min >> 20));
    rt_memory_destroy(memory);
    return false;
}

void rt_memory_destroy(struct rt_memory *memory)
{
    if (!memory->pub.base)
        return;
    if (memory->guarded)
        guard_release(memory->pub.base, memory->committed);
    else
        munmap(memory->pub.base, memory->reserved);
    memory->pub.base = NULL;
    if (memory->store)
        memory->store->total_memory -= memory->pub.size;
}

bool rt_memory_shrink(struct rt_memory *memory)
{
    uint64_t min = pages_to_bytes(&memory->type, memory->type.min), end = page_round(min);
    if (memory->committed > end) {
        /* As in guard_release. */
        if (mmap(memory->pub.base + end, memory->committed - end, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
            return false;
        memory->committed = end;
    }
    memory->store->total_memory -= memory->pub.size - min;
    memory->pub.size = min;
    return true;
}

void rt_memory_use(w2s_store *store, struct rt_memory_use *use, struct rt_memory *memory)
{
    use->memory = memory;
    use->next = store->memories;
    store->memories = use;
}

/* ---- the embedding API ---- */

static void host_memory_destroy(void *self)
{
    rt_memory_destroy(self);
    free(self);
}

static struct rt_memory *host_memory_new(w2s_store *store, const struct w2s_externtype *type,
                                         bool guarded, w2s_error *err)
{
    if (type->is_shared)
        return rt_shared_memory_new(store, type, guarded, err);
    struct rt_memory *memory = malloc(sizeof *memory);
    if (!memory) {
        rt_fail_memory(err);
        return NULL;
    }
    if (!rt_memory_init(memory, store, type, guarded, err)) {
        free(memory);
        return NULL;
    }
    rt_memory_use(store, &memory->use, memory);
    rt_store_own(store, &memory->use.owned, host_memory_destroy, memory);
    return memory;
}

w2s_memory *w2s_memory_new(w2s_store *store, const w2s_externtype *type, w2s_error *err)
{
    w2s_externtype t = *type;
    if (t.page_size_log2 != 0 && t.page_size_log2 != 16) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "the page size of a memory is 1 or 65536");
        return NULL;
    }
    if (t.has_max && t.max < t.min) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "the maximum of a memory is below its minimum");
        return NULL;
    }
    if (t.is_shared && !t.has_max) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "shared memory must have maximum");
        return NULL;
    }
    /* Modules of guard mode can import it only if it is guarded; without the space, checked ones
     * still can. */
    bool guardable = rt_faults_are_traps && !t.is_64 && t.page_size_log2 == 16;
    struct rt_memory *memory = guardable ? host_memory_new(store, &t, true, NULL) : NULL;
    if (!memory)
        memory = host_memory_new(store, &t, false, err);
    if (!memory)
        return NULL;
    rt_signals_install();
    return &memory->pub;
}

uint8_t *w2s_memory_base(w2s_memory *memory)
{
    return memory->base;
}

uint64_t w2s_memory_size(const w2s_memory *memory)
{
    return rt_memory_size(memory);
}

uint64_t rt_memory_grow(struct rt_memory *m, uint64_t pages)
{
    uint64_t old = m->pub.size, more = pages_to_bytes(&m->type, pages);
    if (!rt_in_range(old, more, m->max_size) || (m->store && !rt_store_add_memory(m->store, more)))
        return UINT64_MAX;
    if (more && !commit(m, old + more)) {
        if (m->store)
            m->store->total_memory -= more;
        return UINT64_MAX;
    }
    return old >> m->type.page_size_log2;
}

uint64_t w2s_memory_grow(w2s_memory *memory, uint64_t pages)
{
    struct rt_memory *m = (struct rt_memory *)memory;
    return m->sharing ? rt_shared_memory_grow(m, pages) : rt_memory_grow(m, pages);
}

bool w2s_memory_read(const w2s_memory *memory, uint64_t address, void *to, size_t size)
{
    if (!rt_in_range(address, size, rt_memory_size(memory)))
        return false;
    if (size)
        memcpy(to, memory->base + address, size);
    return true;
}

bool w2s_memory_write(w2s_memory *memory, uint64_t address, const void *from, size_t size)
{
    if (!rt_in_range(address, size, rt_memory_size(memory)))
        return false;
    if (size)
        memcpy(memory->base + address, from, size);
    return true;
}

w2s_externtype w2s_memory_type(const w2s_memory *memory)
{
    w2s_externtype type = ((const struct rt_memory *)memory)->type;
    type.kind = W2S_MEMORY;
    type.min = rt_memory_size(memory) >> type.page_size_log2;
    return type;
}

/* ---- what generated code calls ---- */

static struct w2s_memory *memory_at(void *ctx, uint32_t index)
{
    return ((struct w2s_ctx *)ctx)->instance->memories[index];
}

uint64_t w2s_rt_memory_grow(void *ctx, uint32_t memory, uint64_t pages)
{
    return w2s_memory_grow(memory_at(ctx, memory), pages);
}

bool rt_data_init(w2s_instance *instance, struct w2s_memory *memory, uint32_t segment,
                  uint64_t dest, uint64_t source, uint64_t n)
{
    const struct w2s_data_desc *data = &instance->module->desc->datas[segment];
    uint64_t size = instance->dropped_datas[segment] ? 0 : data->size;
    if (!rt_in_range(source, n, size) || !rt_in_range(dest, n, rt_memory_size(memory)))
        return false;
    if (n)
        memcpy(memory->base + dest, data->bytes + source, n);
    return true;
}

void w2s_rt_memory_init(void *ctx, uint32_t memory, uint32_t segment, uint64_t dest,
                        uint64_t source, uint64_t n)
{
    w2s_instance *instance = ((struct w2s_ctx *)ctx)->instance;
    if (!rt_data_init(instance, memory_at(ctx, memory), segment, dest, source, n))
        w2s_rt_trap(ctx, W2S_TRAP_MEMORY_OOB, 0);
}

void w2s_rt_data_drop(void *ctx, uint32_t segment)
{
    ((struct w2s_ctx *)ctx)->instance->dropped_datas[segment] = 1;
}
