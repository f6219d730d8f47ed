/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An instance of a pool: made once, then reset after each request. What a request can change is
 * either undone here (globals, tables, dropped segments, memories, objects made in the store,
 * interruption) or keeps the instance from being resettable: then all is made anew, which is slower
 * and needs no list of what there is. Resetting makes no system call but for memories that may have
 * been written.
 */
#include "runtime/pool.h"

#include "runtime/collector.h"
#include "runtime/exception.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SAVED_TABLE = 1 << 16 }; /* elements; with larger tables it is quicker to begin anew */

struct rt_pooled *rt_pooled_new(w2s_pool *pool, const w2s_module *module)
{
    size_t head = (sizeof(struct rt_pooled) + 63) & ~(size_t)63;
    struct rt_pooled *pooled = aligned_alloc(64, head + rt_instance_size(module));
    if (!pooled)
        return NULL;
    memset(pooled, 0, sizeof *pooled);
    pooled->pool = pool;
    pooled->instance = (w2s_instance *)(void *)((uint8_t *)pooled + head);
    return pooled;
}

/* ---- what is saved: words, in this order ---- */

static uint32_t own_tables(const struct w2s_module_desc *d)
{
    return d->table_count - d->import_table_count;
}

static uint32_t own_memories(const struct w2s_module_desc *d)
{
    return d->memory_count - d->import_memory_count;
}

static size_t segment_words(const struct w2s_module_desc *d)
{
    return ((size_t)d->data_count + d->elem_count + 7) / 8;
}

static uint64_t *save_globals(const w2s_instance *instance, uint64_t *to)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->global_count - d->import_global_count; i++) {
        if (!instance->own_globals[i].is_mutable)
            continue;
        memcpy(to, instance->own_globals[i].cell, sizeof(w2s_value));
        to += sizeof(w2s_value) / sizeof *to;
    }
    return to;
}

static const uint64_t *restore_globals(w2s_instance *instance, const uint64_t *from)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->global_count - d->import_global_count; i++) {
        if (!instance->own_globals[i].is_mutable)
            continue;
        memcpy(instance->own_globals[i].cell, from, sizeof(w2s_value));
        from += sizeof(w2s_value) / sizeof *from;
    }
    return from;
}

static uint64_t *save_segments(const w2s_instance *instance, uint64_t *to)
{
    const struct w2s_module_desc *d = instance->module->desc;
    memcpy(to, instance->dropped_datas, d->data_count);
    memcpy((uint8_t *)to + d->data_count, instance->dropped_elems, d->elem_count);
    return to + segment_words(d);
}

static const uint64_t *restore_segments(w2s_instance *instance, const uint64_t *from)
{
    const struct w2s_module_desc *d = instance->module->desc;
    memcpy(instance->dropped_datas, from, d->data_count);
    memcpy(instance->dropped_elems, (const uint8_t *)from + d->data_count, d->elem_count);
    return from + segment_words(d);
}

static void save_tables(const w2s_instance *instance, uint64_t *to)
{
    for (uint32_t i = 0; i < own_tables(instance->module->desc); i++) {
        const struct rt_table *table = &instance->own_tables[i];
        if (table->type.min)
            memcpy(to, table->pub.base, table->type.min * sizeof *to);
        to += table->type.min;
    }
}

static void restore_tables(w2s_instance *instance, const uint64_t *from)
{
    for (uint32_t i = 0; i < own_tables(instance->module->desc); i++) {
        struct rt_table *table = &instance->own_tables[i];
        rt_table_shrink(table);
        if (table->type.min)
            memcpy(table->pub.base, from, table->type.min * sizeof *from);
        from += table->type.min;
    }
}

/* Number of words that are saved of the instance; 0 if that is too much. */
static size_t saved_words(const w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    size_t words = 1 + segment_words(d);
    uint64_t elements = 0;
    for (uint32_t i = 0; i < d->global_count - d->import_global_count; i++)
        if (instance->own_globals[i].is_mutable)
            words += sizeof(w2s_value) / sizeof(uint64_t);
    for (uint32_t i = 0; i < own_tables(d); i++) {
        if (instance->own_tables[i].type.min > MAX_SAVED_TABLE - elements)
            return 0;
        elements += instance->own_tables[i].type.min;
    }
    return words + elements;
}

static bool save(struct rt_pooled *pooled)
{
    w2s_instance *instance = pooled->instance;
    size_t words = saved_words(instance);
    if (!words || !(pooled->saved = malloc(words * sizeof *pooled->saved)))
        return false;
    save_tables(instance, save_segments(instance, save_globals(instance, pooled->saved)));
    return true;
}

/* ---- making ---- */

/* A mutable global that is the host's, a memory or a table may be another one after a request, and
 * a second instance is not looked into. */
static bool keeps_its_state(const struct rt_pooled *pooled, const struct rt_owned *owned)
{
    switch (owned->kind) {
    case RT_STATELESS: return true;
    case RT_INSTANCE: return owned->self == pooled->instance;
    case RT_GLOBAL: return !rt_global_is_mutable(owned->self);
    case RT_TABLE:
    case RT_OTHER: break;
    }
    return false;
}

static bool can_reset(const struct rt_pooled *pooled)
{
    const w2s_store *store = &pooled->store;
    const struct w2s_module_desc *d = pooled->instance->module->desc;
    if (store->collected || store->owned_first)
        return false;
    for (const struct rt_owned *owned = store->owned; owned; owned = owned->next)
        if (!keeps_its_state(pooled, owned))
            return false;
    for (uint32_t i = 0; i < own_memories(d); i++)
        if (!pooled->instance->own_memories[i].pub.base) /* shared */
            return false;
    return true;
}

static void remember(struct rt_pooled *pooled)
{
    pooled->owned = pooled->store.owned;
    pooled->memories = pooled->store.memories;
    pooled->hooks = pooled->store.hooks;
    pooled->uninterruptible = pooled->store.uninterruptible;
    pooled->unmetered = pooled->store.unmetered;
    pooled->resettable = can_reset(pooled) && save(pooled);
}

static bool link_imports(struct rt_pooled *pooled, const w2s_pool_config *config, w2s_error *err)
{
    pooled->linker = w2s_linker_new(&pooled->store);
    if (!pooled->linker)
        return rt_fail_memory(err);
    if (!config->define || config->define(config->env, pooled->linker, err))
        return true;
    if (err && err->kind == W2S_ERROR_NONE)
        rt_fail(err, W2S_ERROR_LINK, "the pool's define function failed");
    return false;
}

static bool make(struct rt_pooled *pooled, w2s_module *module, const w2s_pool_config *config,
                 w2s_trap **trap, w2s_error *err)
{
    w2s_store *store = &pooled->store;
    if (!link_imports(pooled, config, err) ||
        !rt_instance_make(pooled->instance, store, module, pooled, pooled->linker, err))
        return false;
    w2s_trap *t = rt_instance_init(pooled->instance);
    if (t)
        rt_instance_trapped(t, trap, err);
    return !t;
}

bool rt_pooled_make(struct rt_pooled *pooled, w2s_module *module, const w2s_pool_config *config,
                    w2s_trap **trap, w2s_error *err)
{
    w2s_error cause = {0};
    memset(&pooled->store, 0, sizeof pooled->store);
    rt_store_init(&pooled->store, config->store);
    pooled->store.is_pooled = true;
    pooled->made = make(pooled, module, config, trap, &cause);
    if (pooled->made) {
        remember(pooled);
        return true;
    }
    rt_pooled_unmake(pooled);
    return rt_fail(err, cause.kind, "%s", cause.message);
}

void rt_pooled_unmake(struct rt_pooled *pooled)
{
    rt_store_clear(&pooled->store);
    free(pooled->saved);
    pooled->saved = NULL;
    pooled->made = false;
}

/* ---- resetting ---- */

static bool run_hooks(const struct rt_reset_hook *hook)
{
    bool good = true;
    for (; hook; hook = hook->next)
        good &= hook->reset(hook->env);
    return good;
}

void rt_pooled_rearm(struct rt_pooled *pooled)
{
    w2s_store *store = &pooled->store;
    if (atomic_load(&store->deadline))
        (void)w2s_store_set_deadline(store, 0, NULL);
    w2s_store_resume(store);
    rt_fuel_init(store);
}

/* The store has what it had. */
static bool reset_store(struct rt_pooled *pooled)
{
    w2s_store *store = &pooled->store;
    if (store->owned_first)
        return false;
    store->memories = pooled->memories;
    store->hooks = pooled->hooks;
    rt_store_free_owned(store, pooled->owned);
    if (store->exceptions)
        rt_exceptions_free(store);
    while (store->roots)
        w2s_ref_unroot(store->roots);
    store->instance_count = 1;
    store->uninterruptible = pooled->uninterruptible;
    store->unmetered = pooled->unmetered;
    rt_pooled_rearm(pooled);
    return run_hooks(store->hooks);
}

static bool reset_memories(w2s_instance *instance, size_t keep)
{
    for (uint32_t i = 0; i < own_memories(instance->module->desc); i++)
        if (!rt_memory_shrink(&instance->own_memories[i]) ||
            !rt_memory_reset(&instance->own_memories[i], keep))
            return false;
    /* Segments did not trap the first time, so they cannot now. */
    w2s_trap *trap = own_memories(instance->module->desc) ? rt_instance_init_datas(instance) : NULL;
    w2s_trap_free(trap);
    return !trap;
}

bool rt_pooled_reset(struct rt_pooled *pooled, size_t keep)
{
    w2s_instance *instance = pooled->instance;
    if (!pooled->resettable || !reset_store(pooled))
        return false;
    instance->data = NULL;
    const uint64_t *saved = restore_segments(instance, restore_globals(instance, pooled->saved));
    restore_tables(instance, saved);
    return reset_memories(instance, keep);
}
