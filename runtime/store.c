/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stores: the owner of everything an embedder makes. Objects are freed newest first, so an instance
 * goes before what it imports.
 */
#include "runtime/collector.h"
#include "runtime/exception.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_TABLE = 10000000, DEFAULT_MAX_STACK = 64 << 20 };

w2s_store *w2s_store_new(const w2s_store_config *config)
{
    w2s_store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    if (config) /* an older caller knows fewer fields, a newer one more */
        memcpy(&store->config, config,
               config->size < sizeof *config ? config->size : sizeof *config);
    store->config.size = sizeof store->config;
    if (!store->config.max_memory)
        store->config.max_memory = UINT64_MAX;
    if (!store->config.max_table)
        store->config.max_table = DEFAULT_MAX_TABLE;
    if (!store->config.max_stack)
        store->config.max_stack = DEFAULT_MAX_STACK;
    rt_interrupt_init(store);
    store->exec.fuel = INT64_MAX;
    return store;
}

static void free_owned(struct rt_owned **list)
{
    while (*list) {
        struct rt_owned *owned = *list;
        *list = owned->next;
        owned->destroy(owned->self);
    }
}

void w2s_store_free(w2s_store *store)
{
    if (!store)
        return;
    if (store->unwatch) /* so that a program without deadlines links no watchdog */
        store->unwatch(store);
    rt_store_leave(store);
    free_owned(&store->owned_first);
    free_owned(&store->owned);
    rt_references_free(store);
    rt_exceptions_free(store);
    rt_interrupt_close(store);
    free(store);
}

void rt_store_own_as(w2s_store *store, struct rt_owned *owned, enum rt_owned_kind kind,
                     void (*destroy)(void *), void *self)
{
    *owned = (struct rt_owned){store->owned, destroy, self, kind};
    rt_roots_lock(store);
    store->owned = owned;
    rt_roots_unlock(store);
}

void rt_store_own(w2s_store *store, struct rt_owned *owned, void (*destroy)(void *), void *self)
{
    rt_store_own_as(store, owned, RT_OTHER, destroy, self);
}

void rt_store_own_first(w2s_store *store, struct rt_owned *owned, void (*destroy)(void *),
                        void *self)
{
    *owned = (struct rt_owned){store->owned_first, destroy, self, RT_OTHER};
    store->owned_first = owned;
}

w2s_store *rt_ctx_store(const struct w2s_ctx *ctx)
{
    return (w2s_store *)ctx->exec; /* its first member */
}

static w2s_store *func_store(const struct w2s_func *func)
{
    if (func->instance)
        return func->instance->store;
    return ((const struct rt_host_func *)(const void *)func)->store;
}

static bool memory_in_store(const struct rt_memory *memory, const w2s_store *store)
{
    return memory->sharing ? rt_shared_memory_in_store(memory, store) : memory->store == store;
}

bool rt_extern_in_store(const w2s_extern *item, const w2s_store *store)
{
    if (!item->of.func) /* any member: they are all pointers */
        return false;
    switch (item->kind) {
    case W2S_FUNC: return func_store(item->of.func) == store;
    case W2S_TABLE: return ((struct rt_table *)item->of.table)->store == store;
    case W2S_MEMORY: return memory_in_store((struct rt_memory *)item->of.memory, store);
    case W2S_GLOBAL: return item->of.global->store == store;
    case W2S_TAG: return item->of.tag->store == store;
    }
    return false;
}

const char *w2s_version(void)
{
    return "0.1.0";
}
