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

void rt_store_init(w2s_store *store, const w2s_store_config *config)
{
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
    if (!store->config.max_total_memory)
        store->config.max_total_memory = UINT64_MAX;
    if (!store->config.max_total_table)
        store->config.max_total_table = UINT64_MAX;
    if (!store->config.max_instances)
        store->config.max_instances = SIZE_MAX;
    rt_interrupt_init(store);
    rt_fuel_init(store);
}

w2s_store *w2s_store_new(const w2s_store_config *config)
{
    w2s_store *store = calloc(1, sizeof *store);
    if (store)
        rt_store_init(store, config);
    return store;
}

static void free_owned(struct rt_owned **list, const struct rt_owned *mark)
{
    while (*list != mark) {
        struct rt_owned *owned = *list;
        *list = owned->next;
        owned->destroy(owned->self);
    }
}

void rt_store_free_owned(w2s_store *store, struct rt_owned *mark)
{
    free_owned(&store->owned, mark);
}

void rt_store_clear(w2s_store *store)
{
    if (store->unwatch) /* so that a program without deadlines links no watchdog */
        store->unwatch(store);
    rt_store_leave(store);
    free_owned(&store->owned_first, NULL);
    free_owned(&store->owned, NULL);
    rt_references_free(store);
    rt_exceptions_free(store);
    rt_interrupt_close(store);
}

void w2s_store_free(w2s_store *store)
{
    if (!store)
        return;
    rt_store_clear(store);
    free(store);
}

static void hook_destroy(void *self)
{
    struct rt_reset_hook *hook = self;
    free(hook);
}

bool w2s_store_on_reset(w2s_store *store, bool (*reset)(void *env), void *env)
{
    struct rt_reset_hook *hook = malloc(sizeof *hook);
    if (!hook)
        return false;
    *hook = (struct rt_reset_hook){.next = store->hooks, .reset = reset, .env = env};
    store->hooks = hook;
    rt_store_own_as(store, &hook->owned, RT_STATELESS, hook_destroy, hook);
    return true;
}

bool rt_store_add_memory(w2s_store *store, uint64_t bytes)
{
    if (!rt_in_range(store->total_memory, bytes, store->config.max_total_memory))
        return false;
    store->total_memory += bytes;
    return true;
}

bool rt_store_add_table(w2s_store *store, uint64_t elements)
{
    if (!rt_in_range(store->total_table, elements, store->config.max_total_table))
        return false;
    store->total_table += elements;
    return true;
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
