/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linking an instance's imports: find each by module and name, check its type against what the
 * module declares (spec 3.2.4, "Import Subtyping"), and fill the slots of the ctx.
 */
#include "runtime/runtime.h"

#include <stdio.h>

static const char *const kind_names[] = {"function", "table", "memory", "global", "tag"};

static bool mismatch(const struct w2s_import_desc *import, const char *why, w2s_error *err)
{
    return rt_fail(err, W2S_ERROR_LINK, "incompatible import type: \"%.80s\" \"%.160s\": %s",
                   import->module.bytes, import->name.bytes, why);
}

/* Limits of a table or memory whose current size is size. NULL if they match, else why not. */
static const char *limits_mismatch(const struct w2s_externtype *want,
                                   const struct w2s_externtype *have)
{
    if (want->is_64 != have->is_64)
        return "the index types differ (i32, i64)";
    if (have->min < want->min)
        return "it is smaller than the declared minimum";
    if (want->has_max && (!have->has_max || have->max > want->max))
        return "its maximum is missing or above the declared one";
    return NULL;
}

static bool link_func(w2s_instance *instance, const struct w2s_import_desc *import, uint32_t index,
                      struct w2s_func *func, w2s_error *err)
{
    const struct w2s_type *want = &instance->module->desc->types[import->type.type_index];
    if (!rt_type_is(func->type, func->instance ? func->instance->module->desc : NULL, want->id))
        return mismatch(import, "the function has another type", err);
    struct w2s_import_func *slot = &instance->imports[index];
    *slot = (struct w2s_import_func){func->code, func->ctx, func};
    if (!func->instance) {
        struct rt_host_func *host = (struct rt_host_func *)func;
        instance->bindings[index] = (struct rt_binding){host, instance};
        slot->ctx = (struct w2s_ctx *)(void *)&instance->bindings[index];
    }
    return true;
}

static bool link_table(w2s_instance *instance, const struct w2s_import_desc *import, uint32_t index,
                       struct w2s_table *table, w2s_error *err)
{
    const struct rt_table *t = (struct rt_table *)table;
    w2s_externtype have = w2s_table_type(table);
    const char *why = limits_mismatch(&import->type, &have);
    if (!why && !rt_valtype_equal(have.type, t->desc, import->type.type, instance->module->desc))
        why = "the table has another element type";
    instance->tables[index] = table;
    return why ? mismatch(import, why, err) : true;
}

/* Code that adds to addresses without wrapping must not get a memory that reaches to where they
 * would wrap. */
static bool lacks_margin(const struct w2s_module_desc *desc, const struct w2s_import_desc *import,
                         const struct rt_memory *memory)
{
    return desc->features_needed & W2S_NEEDS_MARGIN && rt_has_margin(&import->type) &&
           !rt_has_margin(&memory->type);
}

static bool link_memory(w2s_instance *instance, const struct w2s_import_desc *import,
                        uint32_t index, struct w2s_memory *memory, w2s_error *err)
{
    const struct w2s_module_desc *desc = instance->module->desc;
    w2s_externtype have = w2s_memory_type(memory);
    const char *why = NULL;
    if (have.page_size_log2 != import->type.page_size_log2)
        why = "the page sizes differ";
    else if (have.is_shared != import->type.is_shared)
        why = "one memory is shared, the other is not";
    else
        why = limits_mismatch(&import->type, &have);
    if (why)
        return mismatch(import, why, err);
    /* Code without bounds checks must not get a memory without a guard. */
    if (desc->memory_mode == W2S_MODE_GUARD && !have.is_64 && have.page_size_log2 == 16 &&
        !((struct rt_memory *)memory)->guarded)
        return rt_fail(err, W2S_ERROR_MEMORY,
                       "memory \"%.80s\" \"%.160s\" has no 8 GiB reservation, which this module "
                       "needs: compile it with --memory checked",
                       import->module.bytes, import->name.bytes);
    if (lacks_margin(desc, import, (struct rt_memory *)memory))
        return mismatch(import,
                        "it has 65536 pages, and the module counts on 65535 at most (unless "
                        "the import's minimum is 65536)",
                        err);
    instance->memories[index] = memory;
    return true;
}

static bool link_global(w2s_instance *instance, const struct w2s_import_desc *import,
                        uint32_t index, struct w2s_global *global, w2s_error *err)
{
    const struct w2s_module_desc *desc = instance->module->desc;
    if (global->is_mutable != (import->type.is_mutable != 0))
        return mismatch(import, "one global is mutable, the other is not", err);
    bool same = global->is_mutable
                    ? rt_valtype_equal(global->type, global->desc, import->type.type, desc)
                    : rt_valtype_match(global->type, global->desc, import->type.type, desc);
    if (!same)
        return mismatch(import, "the global has another type", err);
    instance->globals[index] = global;
    w2s_value **slot =
        (w2s_value **)(void *)((uint8_t *)instance->ctx + desc->globals[index].ctx_offset);
    *slot = global->cell;
    return true;
}

static bool link_tag(w2s_instance *instance, const struct w2s_import_desc *import, uint32_t index,
                     struct w2s_tag *tag, w2s_error *err)
{
    if (tag->type->id != instance->module->desc->types[import->type.type_index].id)
        return mismatch(import, "the tag has another type", err);
    instance->tags[index] = tag;
    return true;
}

static bool link_one(w2s_instance *instance, const struct w2s_import_desc *import, uint32_t index,
                     const w2s_extern *item, w2s_error *err)
{
    if (item->kind != import->type.kind) {
        char why[64];
        snprintf(why, sizeof why, "a %s was wanted, a %s found", kind_names[import->type.kind],
                 item->kind <= W2S_TAG ? kind_names[item->kind] : "thing of no kind");
        return mismatch(import, why, err);
    }
    if (!rt_extern_in_store(item, instance->store))
        return rt_fail(err, W2S_ERROR_ARGUMENT,
                       "import \"%.80s\" \"%.160s\" belongs to another store", import->module.bytes,
                       import->name.bytes);
    switch (item->kind) {
    case W2S_FUNC: return link_func(instance, import, index, item->of.func, err);
    case W2S_TABLE: return link_table(instance, import, index, item->of.table, err);
    case W2S_MEMORY: return link_memory(instance, import, index, item->of.memory, err);
    case W2S_GLOBAL: return link_global(instance, import, index, item->of.global, err);
    case W2S_TAG: return link_tag(instance, import, index, item->of.tag, err);
    }
    return false;
}

bool rt_instance_link(w2s_instance *instance, const w2s_linker *linker, w2s_error *err)
{
    const struct w2s_module_desc *desc = instance->module->desc;
    uint32_t next[5] = {0}; /* index of the next import of each kind */
    for (uint32_t i = 0; i < desc->import_count; i++) {
        const struct w2s_import_desc *import = &desc->imports[i];
        const w2s_extern *item = rt_linker_import(linker, desc, i);
        if (!item)
            return rt_fail(err, W2S_ERROR_LINK, "unknown import: \"%.80s\" \"%.160s\" (%s)",
                           import->module.bytes, import->name.bytes, kind_names[import->type.kind]);
        if (!link_one(instance, import, next[import->type.kind]++, item, err))
            return false;
    }
    return true;
}
