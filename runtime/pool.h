/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to the runtime: an instance of a pool with the store that is its own, in one allocation,
 * and what it takes to make both as they were before a request (pooled.c). Who has which of them is
 * pool.c's business.
 */
#ifndef RUNTIME_POOL_H
#define RUNTIME_POOL_H

#include "runtime/runtime.h"

#pragma GCC visibility push(hidden)

struct rt_pooled {
    struct rt_pooled *next;     /* of those that are free */
    struct rt_pooled *next_all; /* of the pool */
    w2s_pool *pool;
    atomic_bool out; /* taken, and not yet given back */
    bool made;       /* there is an instance */
    bool resettable; /* in place, that is: all else is made anew */
    w2s_store store;
    w2s_linker *linker;
    /* How store and instance are before the start function runs. */
    struct rt_owned *owned;
    struct rt_memory_use *memories;
    struct rt_reset_hook *hooks;
    bool uninterruptible, unmetered;
    uint64_t *saved;        /* mutable globals, dropped segments, contents of tables */
    w2s_instance *instance; /* behind this struct */
};

/* NULL when out of memory. Nothing is made yet. */
struct rt_pooled *rt_pooled_new(w2s_pool *pool, const w2s_module *module);
/* Makes store and instance, up to the start function. On failure nothing is made. */
bool rt_pooled_make(struct rt_pooled *pooled, w2s_module *module, const w2s_pool_config *config,
                    w2s_trap **trap, w2s_error *err);
/* Makes them as they were after rt_pooled_make. False if they can only be made anew. */
bool rt_pooled_reset(struct rt_pooled *pooled, size_t keep);
/* Nothing is interrupted and no deadline set. */
void rt_pooled_rearm(struct rt_pooled *pooled);
/* Frees store and instance, but not pooled. */
void rt_pooled_unmake(struct rt_pooled *pooled);

#pragma GCC visibility pop

#endif
