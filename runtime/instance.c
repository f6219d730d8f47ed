/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Instances: one allocation with the ctx and all that is the instance's own, wired up here and
 * given its initial contents by instance_init.c. What has been initialised even in part lives
 * until its store is freed, as its functions may be in other instances' tables by then (spec 4.7.2,
 * note on failed instantiation).
 */
#include "runtime/collector.h"

#include <stdlib.h>
#include <string.h>

/* ---- making the parts ---- */

static void *part(w2s_instance *instance, size_t offset)
{
    return (uint8_t *)instance + offset;
}

size_t rt_instance_size(const w2s_module *module)
{
    return module->layout.total;
}

static void place_parts(w2s_instance *instance, w2s_store *store, w2s_module *module)
{
    const struct rt_layout *l = &module->layout;
    const struct w2s_module_desc *d = module->desc;
    /* Records are written whole, and may be most of it. */
    const size_t records = l->ctx + d->records_offset;
    const size_t behind = records + d->record_count * sizeof(struct w2s_func);
    memset(instance, 0, records);
    memset((uint8_t *)instance + behind, 0, l->total - behind);
    instance->store = store;
    instance->module = module;
    uint8_t *ctx = part(instance, l->ctx);
    instance->ctx = (struct w2s_ctx *)(void *)ctx;
    instance->desc = d;
    instance->ctx->exec = &store->exec;
    instance->ctx->instance = instance;
    instance->imports = (struct w2s_import_func *)(void *)(ctx + d->imports_offset);
    instance->memories = (struct w2s_memory **)(void *)(ctx + d->memories_offset);
    instance->tables = (struct w2s_table **)(void *)(ctx + d->tables_offset);
    instance->records = (struct w2s_func *)(void *)(ctx + d->records_offset);
    instance->bindings = part(instance, l->bindings);
    instance->globals = part(instance, l->globals);
    instance->tags = part(instance, l->tags);
    instance->own_memories = part(instance, l->own_memories);
    instance->own_tables = part(instance, l->own_tables);
    instance->own_globals = part(instance, l->own_globals);
    instance->own_tags = part(instance, l->own_tags);
    instance->dropped_datas = part(instance, l->dropped_datas);
    instance->dropped_elems = part(instance, l->dropped_elems);
    instance->elem_refs = part(instance, l->elem_refs);
    rt_module_retain(module);
}

static void instance_destroy(void *self)
{
    w2s_instance *instance = self;
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->memory_count - d->import_memory_count; i++)
        rt_memory_destroy(&instance->own_memories[i]);
    for (uint32_t i = 0; i < d->table_count - d->import_table_count; i++)
        rt_table_destroy(&instance->own_tables[i]);
    for (uint32_t i = 0; i < d->elem_count; i++)
        free(instance->elem_refs[i]);
    w2s_module *module = instance->module;
    if (!instance->pooled)
        free(instance);
    w2s_module_free(module);
}

static bool make_memories(w2s_instance *instance, w2s_error *err)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = d->import_memory_count; i < d->memory_count; i++) {
        const struct w2s_externtype *type = &d->memories[i].type;
        struct rt_memory *memory = &instance->own_memories[i - d->import_memory_count];
        bool guarded = d->memory_mode == W2S_MODE_GUARD && !type->is_64 && type->page_size_log2;
        if (type->is_shared)
            memory = rt_shared_memory_new(instance->store, type, guarded, err);
        else if (!rt_memory_init(memory, instance->store, type, guarded, err))
            return false;
        if (!memory)
            return false;
        instance->memories[i] = &memory->pub;
    }
    if (d->memory_count) {
        instance->ctx->memory0 = instance->memories[0];
        instance->ctx->memory0_base = instance->memories[0]->base;
    }
    return true;
}

static bool make_tables(w2s_instance *instance, w2s_error *err)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = d->import_table_count; i < d->table_count; i++) {
        struct rt_table *table = &instance->own_tables[i - d->import_table_count];
        if (!rt_table_init(table, instance->store, &d->tables[i].type, d, err))
            return false;
        instance->tables[i] = &table->pub;
    }
    return true;
}

static void make_globals_and_tags(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    uint8_t *ctx = (uint8_t *)instance->ctx;
    for (uint32_t i = d->import_global_count; i < d->global_count; i++) {
        struct w2s_global *global = &instance->own_globals[i - d->import_global_count];
        *global = (struct w2s_global){.cell = (w2s_value *)(void *)(ctx + d->globals[i].ctx_offset),
                                      .store = instance->store,
                                      .desc = d,
                                      .type = d->globals[i].type.type,
                                      .is_mutable = d->globals[i].type.is_mutable != 0};
        instance->globals[i] = global;
    }
    for (uint32_t i = d->import_tag_count; i < d->tag_count; i++) {
        struct w2s_tag *tag = &instance->own_tags[i - d->import_tag_count];
        *tag = (struct w2s_tag){instance->store, &d->types[d->tags[i].type_index]};
        instance->tags[i] = tag;
    }
    uint64_t tags_offset = rt_desc_tags_offset(d);
    if (tags_offset)
        memcpy(ctx + tags_offset, instance->tags, d->tag_count * sizeof *instance->tags);
}

/* Generated code finds the types of objects in ctx. */
static void make_object_types(w2s_instance *instance)
{
    const struct w2s_module *module = instance->module;
    const struct rt_objects objects = rt_desc_objects(module->desc);
    uint8_t *slots = (uint8_t *)instance->ctx + objects.types_offset;
    for (uint32_t i = 0; objects.objects && i < module->desc->type_count; i++)
        memcpy(slots + i * sizeof(void *), &module->types[i]->object, sizeof(void *));
}

/* What a 32-bit distance from its own place says; NULL for 0. */
static void *relative(const int32_t *distance)
{
    return *distance ? (void *)((uintptr_t)distance + (uintptr_t)(intptr_t)*distance) : NULL;
}

void *rt_func_code(const struct w2s_module_desc *desc, uint32_t index)
{
    return relative(&desc->funcs[index].code);
}

void *rt_func_tail_code(const struct w2s_module_desc *desc, uint32_t index)
{
    return relative(&desc->funcs[index].tail_code);
}

static void make_records(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->record_count; i++) {
        const struct w2s_type *type = &d->types[d->funcs[d->records[i]].type_index];
        instance->records[i] = (struct w2s_func){.code = rt_func_code(d, d->records[i]),
                                                 .type_id = type->id,
                                                 .ctx = instance->ctx,
                                                 .tail_code = rt_func_tail_code(d, d->records[i]),
                                                 .type = type,
                                                 .instance = instance};
    }
}

/* The fault handler looks for addresses in the store's list. */
static void publish_memories(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->memory_count - d->import_memory_count; i++) {
        struct rt_memory *memory = &instance->own_memories[i];
        if (memory->pub.base) /* else it is shared, and published */
            rt_memory_use(instance->store, &memory->use, memory);
    }
}

/* What the module asks of its store. */
static bool admit(w2s_store *store, const struct w2s_module_desc *desc, w2s_error *err)
{
    return (!(desc->features_needed & W2S_NEEDS_COLLECTOR) || rt_store_collect(store, err)) &&
           rt_interrupt_admit(store, desc, err) && rt_fuel_admit(store, desc, err);
}

bool rt_instance_make(w2s_instance *instance, w2s_store *store, w2s_module *module,
                      struct rt_pooled *pooled, const w2s_linker *linker, w2s_error *err)
{
    place_parts(instance, store, module);
    instance->pooled = pooled;
    if (!admit(store, module->desc, err) || !rt_instance_link(instance, linker, err) ||
        !make_memories(instance, err) || !make_tables(instance, err)) {
        instance_destroy(instance);
        return false;
    }
    make_globals_and_tags(instance);
    make_object_types(instance);
    make_records(instance);
    publish_memories(instance);
    rt_signals_install();
    store->instance_count++;
    rt_store_own_as(store, &instance->owned, RT_INSTANCE, instance_destroy, instance);
    return true;
}

void rt_instance_trapped(w2s_trap *trap, w2s_trap **to, w2s_error *err)
{
    rt_fail(err, W2S_ERROR_TRAP, "instantiation trapped: %s", w2s_trap_message(trap));
    if (to)
        *to = trap;
    else
        w2s_trap_free(trap);
}

/* False if the store can have no instance of the module. */
static bool check_store(w2s_store *store, const w2s_module *module, w2s_error *err)
{
    if (!store || !module)
        return rt_fail(err, W2S_ERROR_ARGUMENT, "no store or no module");
    if (store->instance_count >= store->config.max_instances)
        return rt_fail(err, W2S_ERROR_LIMIT, "the store has %zu instances, which is its limit",
                       store->instance_count);
    return true;
}

w2s_instance *w2s_instance_new(w2s_store *store, w2s_module *module, const w2s_linker *linker,
                               w2s_trap **trap, w2s_error *err)
{
    if (trap)
        *trap = NULL;
    if (!check_store(store, module, err))
        return NULL;
    w2s_instance *instance = aligned_alloc(64, rt_instance_size(module));
    if (!instance) {
        rt_fail_memory(err);
        return NULL;
    }
    if (!rt_instance_make(instance, store, module, NULL, linker, err))
        return NULL;
    w2s_trap *t = rt_instance_init(instance);
    if (!t)
        t = rt_instance_start(instance);
    if (!t)
        return instance;
    rt_instance_trapped(t, trap, err);
    return NULL;
}

/* ---- looking at instances ---- */

struct w2s_func *rt_instance_func_at(const w2s_instance *instance, uint32_t index)
{
    if (index < instance->module->desc->import_func_count)
        return instance->imports[index].func;
    uint32_t record = instance->module->record_of[index];
    return record == W2S_NONE ? NULL : &instance->records[record];
}

w2s_extern w2s_instance_export_at(w2s_instance *instance, uint32_t index)
{
    const struct w2s_export_desc *e = &instance->module->desc->exports[index];
    w2s_extern item = {.kind = (enum w2s_extern_kind)e->kind};
    switch (item.kind) {
    case W2S_FUNC: item.of.func = rt_instance_func_at(instance, e->index); break;
    case W2S_TABLE: item.of.table = instance->tables[e->index]; break;
    case W2S_MEMORY: item.of.memory = instance->memories[e->index]; break;
    case W2S_GLOBAL: item.of.global = instance->globals[e->index]; break;
    case W2S_TAG: item.of.tag = instance->tags[e->index]; break;
    }
    return item;
}

bool w2s_instance_export_n(w2s_instance *instance, const char *name, size_t size, w2s_extern *item)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t low = 0, high = d->export_count; low < high;) {
        uint32_t middle = low + (high - low) / 2, index = instance->module->export_order[middle];
        const struct w2s_name *e = &d->exports[index].name;
        size_t n = size < e->size ? size : e->size;
        int order = n ? memcmp(name, e->bytes, n) : 0;
        if (order == 0 && size == e->size) {
            *item = w2s_instance_export_at(instance, index);
            return true;
        }
        if (order < 0 || (order == 0 && size < e->size))
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool w2s_instance_export(w2s_instance *instance, const char *name, w2s_extern *item)
{
    return w2s_instance_export_n(instance, name, strlen(name), item);
}

static w2s_extern find_kind(w2s_instance *instance, const char *name, enum w2s_extern_kind kind)
{
    w2s_extern item = {.kind = kind};
    if (!w2s_instance_export(instance, name, &item) || item.kind != kind)
        item.of.func = NULL;
    return item;
}

w2s_func *w2s_instance_func(w2s_instance *instance, const char *name)
{
    return find_kind(instance, name, W2S_FUNC).of.func;
}

w2s_memory *w2s_instance_memory(w2s_instance *instance, const char *name)
{
    return find_kind(instance, name, W2S_MEMORY).of.memory;
}

w2s_table *w2s_instance_table(w2s_instance *instance, const char *name)
{
    return find_kind(instance, name, W2S_TABLE).of.table;
}

w2s_global *w2s_instance_global(w2s_instance *instance, const char *name)
{
    return find_kind(instance, name, W2S_GLOBAL).of.global;
}

w2s_module *w2s_instance_module(w2s_instance *instance)
{
    return instance->module;
}

w2s_store *w2s_instance_store(w2s_instance *instance)
{
    return instance->store;
}

w2s_memory *w2s_instance_memory_at(w2s_instance *instance, uint32_t index)
{
    bool known = index < instance->module->desc->memory_count;
    return known ? instance->memories[index] : NULL;
}

w2s_memory *w2s_instance_main_memory(w2s_instance *instance)
{
    if (!instance->main_memory)
        instance->main_memory = w2s_instance_memory(instance, "memory");
    if (!instance->main_memory)
        instance->main_memory = w2s_instance_memory_at(instance, 0);
    return instance->main_memory;
}

void w2s_instance_set_data(w2s_instance *instance, void *data)
{
    instance->data = data;
}

void *w2s_instance_data(const w2s_instance *instance)
{
    return instance->data;
}
