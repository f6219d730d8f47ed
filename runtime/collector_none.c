/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * In place of collector.c where the runtime is built without libgc: modules that need the collector
 * are refused when they are loaded, so that no store is ever collected.
 */
#include "runtime/collector.h"

#include <stdlib.h>

bool rt_collector_load(w2s_error *err)
{
    return rt_fail(err, W2S_ERROR_TARGET,
                   "needs garbage collection, and this runtime was built without it (Debian's "
                   "package is libgc-dev)");
}

bool rt_store_collect(w2s_store *store, w2s_error *err)
{
    (void)store;
    return rt_collector_load(err);
}

void rt_store_leave(w2s_store *store)
{
    (void)store;
}

void rt_inside(w2s_store *store, rt_task *task, void *env)
{
    (void)store;
    task(env);
}

void rt_outside(rt_task *task, void *env)
{
    task(env);
}

void rt_roots_lock(const w2s_store *store)
{
    (void)store;
}

void rt_roots_unlock(const w2s_store *store)
{
    (void)store;
}

struct w2s_object *rt_object_alloc(const struct w2s_object_type *type, size_t size)
{
    (void)type, (void)size;
    return NULL;
}

struct w2s_object *rt_object_at(void *address)
{
    (void)address;
    return NULL;
}

void *rt_buffer_new(size_t size)
{
    return aligned_alloc(16, (size + 15) & ~(size_t)15);
}

void rt_buffer_free(void *buffer)
{
    free(buffer);
}
