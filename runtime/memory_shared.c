/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Shared memories: one struct w2s_memory that instances of several stores, and so of several
 * threads, point to. Each store that uses it holds a use, which its list of memories shows to the
 * fault handler, and the last use frees it. Only growing needs a lock: the base never moves, the
 * new size is published when what it covers can be touched, and the contents are the guest's
 * business.
 */
#include "runtime/runtime.h"

#include <pthread.h>
#include <stdlib.h>

struct rt_sharing {
    atomic_uint users; /* stores */
    pthread_mutex_t grow_lock;
};

static void release(struct rt_memory *memory)
{
    if (atomic_fetch_sub(&memory->sharing->users, 1) > 1)
        return;
    rt_memory_destroy(memory);
    pthread_mutex_destroy(&memory->sharing->grow_lock);
    free(memory->sharing);
    free(memory);
}

static void use_destroy(void *self)
{
    struct rt_memory_use *use = self;
    release(use->memory);
    free(use);
}

/* Takes over a use of the memory. False, and the use is given back, when out of memory. */
static bool use_by(w2s_store *store, struct rt_memory *memory, w2s_error *err)
{
    struct rt_memory_use *use = malloc(sizeof *use);
    if (!use) {
        release(memory);
        return rt_fail_memory(err);
    }
    rt_memory_use(store, use, memory);
    rt_store_own(store, &use->owned, use_destroy, use);
    return true;
}

static struct rt_memory *memory_alloc(w2s_error *err)
{
    struct rt_memory *memory = malloc(sizeof *memory);
    struct rt_sharing *sharing = malloc(sizeof *sharing);
    if (!memory || !sharing) {
        free(memory);
        free(sharing);
        rt_fail_memory(err);
        return NULL;
    }
    atomic_init(&sharing->users, 1);
    pthread_mutex_init(&sharing->grow_lock, NULL);
    memory->sharing = sharing;
    return memory;
}

struct rt_memory *rt_shared_memory_new(w2s_store *store, const struct w2s_externtype *type,
                                       bool guarded, w2s_error *err)
{
    struct rt_memory *memory = memory_alloc(err);
    if (!memory)
        return NULL;
    struct rt_sharing *sharing = memory->sharing;
    if (!rt_memory_init(memory, store, type, guarded, err)) {
        pthread_mutex_destroy(&sharing->grow_lock);
        free(sharing);
        free(memory);
        return NULL;
    }
    memory->sharing = sharing;
    memory->store = NULL; /* it may outlive the store that made it */
    return use_by(store, memory, err) ? memory : NULL;
}

uint64_t rt_shared_memory_grow(struct rt_memory *memory, uint64_t pages)
{
    pthread_mutex_lock(&memory->sharing->grow_lock);
    uint64_t old = rt_memory_grow(memory, pages);
    pthread_mutex_unlock(&memory->sharing->grow_lock);
    return old;
}

bool rt_shared_memory_in_store(const struct rt_memory *memory, const w2s_store *store)
{
    const struct rt_memory_use *use = store->memories;
    while (use && use->memory != memory)
        use = use->next;
    return use != NULL;
}

bool w2s_memory_share(w2s_memory *memory, w2s_store *store, w2s_error *err)
{
    struct rt_memory *m = (struct rt_memory *)memory;
    if (!m->sharing)
        return rt_fail(err, W2S_ERROR_ARGUMENT, "the memory is not of a shared type");
    if (rt_shared_memory_in_store(m, store))
        return true;
    atomic_fetch_add(&m->sharing->users, 1);
    return use_by(store, m, err);
}
