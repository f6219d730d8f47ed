/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stopping a store. Interruptible code reads a byte of its store's interrupt page in each loop and
 * each function that calls; w2s_store_interrupt takes the page away, and the fault becomes a trap
 * (signal.c). So code that nobody interrupts pays a load, and no branch.
 *
 * A store gets a page with its first interruptible instance. Pages come from slabs, which are never
 * given back: making a store needs no system call, and a slab is one mapping until a page in it is
 * revoked. w2s_store_interrupt may come from a signal handler, so it takes no lock: the state word
 * says who is at it, and the one wait that a store can be in has its futex in the store (wait.c).
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLAB_PAGES = 256 };

/* What the page is of stores that have no interruptible instance. */
static volatile uint8_t quiet_page[64];

/* ---- pages ---- */

static pthread_mutex_t pages_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t **free_pages; /* room for all pages there are */
static size_t free_count, page_count;

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static bool slab_add(void)
{
    size_t size = page_size();
    uint8_t **list = realloc(free_pages, (page_count + SLAB_PAGES) * sizeof *list);
    if (!list)
        return false;
    free_pages = list;
    uint8_t *slab = mmap(NULL, SLAB_PAGES * size, PROT_READ,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab == MAP_FAILED)
        return false;
    page_count += SLAB_PAGES;
    for (size_t i = SLAB_PAGES; i > 0; i--)
        free_pages[free_count++] = slab + (i - 1) * size;
    return true;
}

static uint8_t *page_take(void)
{
    pthread_mutex_lock(&pages_lock);
    uint8_t *page = free_count > 0 || slab_add() ? free_pages[--free_count] : NULL;
    pthread_mutex_unlock(&pages_lock);
    return page;
}

static void page_give(uint8_t *page)
{
    pthread_mutex_lock(&pages_lock);
    free_pages[free_count++] = page;
    pthread_mutex_unlock(&pages_lock);
}

static bool has_page(const w2s_store *store)
{
    return store->exec.interrupt_page != quiet_page;
}

bool rt_page_holds(const w2s_store *store, uintptr_t address)
{
    return has_page(store) && address - (uintptr_t)store->exec.interrupt_page < page_size();
}

/* False if the kernel cannot: revoking splits a mapping, and a process may have so many. */
static bool page_protect(const w2s_store *store, int protection)
{
    return !has_page(store) ||
           mprotect((void *)(uintptr_t)store->exec.interrupt_page, page_size(), protection) == 0;
}

/* ---- stores ---- */

void rt_interrupt_init(w2s_store *store)
{
    store->exec.interrupt_page = quiet_page;
}

void rt_interrupt_close(w2s_store *store)
{
    w2s_store_resume(store);
    if (has_page(store))
        page_give((uint8_t *)(uintptr_t)store->exec.interrupt_page);
}

bool rt_interrupt_admit(w2s_store *store, const struct w2s_module_desc *desc, w2s_error *err)
{
    if (!rt_faults_are_traps || !(rt_desc_code_features(desc) & W2S_CODE_INTERRUPTIBLE)) {
        if (atomic_load(&store->deadline) != 0)
            return rt_fail(err, W2S_ERROR_LINK,
                           "the store has a deadline, which needs modules compiled with "
                           "--interruptible");
        store->uninterruptible = true;
        return true;
    }
    if (has_page(store))
        return true;
    uint8_t *page = page_take();
    if (!page)
        return rt_fail_memory(err);
    store->exec.interrupt_page = page;
    /* What came before could not revoke a page that was not there. */
    return atomic_load(&store->interruption) == RT_GOING_ON || page_protect(store, PROT_NONE) ||
           rt_fail_memory(err);
}

bool rt_store_stop(w2s_store *store)
{
    uint32_t state = RT_GOING_ON;
    while (!atomic_compare_exchange_weak(&store->interruption, &state, RT_INTERRUPTING))
        if (state == RT_INTERRUPTING)
            return true; /* somebody else is about to */
    int saved = errno;
    bool done = page_protect(store, PROT_NONE);
    rt_wait_interrupt(store);
    errno = saved;
    atomic_store(&store->interruption, RT_INTERRUPTED);
    return done;
}

void w2s_store_interrupt(w2s_store *store)
{
    (void)rt_store_stop(store);
}

void w2s_store_resume(w2s_store *store)
{
    while (atomic_load(&store->interruption) == RT_INTERRUPTING)
        sched_yield();
    if (atomic_load(&store->interruption) == RT_GOING_ON)
        return;
    /* Giving a page back joins mappings again, which needs nothing. */
    (void)page_protect(store, PROT_READ);
    atomic_store(&store->interruption, RT_GOING_ON);
}

bool w2s_store_interruptible(const w2s_store *store)
{
    return has_page(store) && !store->uninterruptible;
}

bool w2s_store_interrupted(const w2s_store *store)
{
    return rt_is_interrupted(store);
}
