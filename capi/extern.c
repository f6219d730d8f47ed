/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Externals: functions (func.c), globals, tables, memories and tags.
 */
#include "capi/capi.h"

/* ---- all of them ---- */

static size_t size_of(enum w2s_extern_kind kind)
{
    return kind == W2S_FUNC ? sizeof(wasm_func_t) : sizeof(wasm_extern_t);
}

static enum ref_kind kind_of(enum w2s_extern_kind kind)
{
    switch (kind) {
    case W2S_FUNC: return REF_FUNC;
    case W2S_TABLE: return REF_TABLE;
    case W2S_MEMORY: return REF_MEMORY;
    case W2S_GLOBAL: return REF_GLOBAL;
    case W2S_TAG: break;
    }
    return REF_TAG;
}

wasm_extern_t *extern_from(wasm_store_t *store, w2s_extern item, w2s_valtype type,
                           const struct w2s_module_desc *desc)
{
    if (!item.of.func) /* any member: they are all pointers */
        return NULL;
    wasm_extern_t *known = ref_find(store, item.of.func);
    if (known)
        return known;
    wasm_extern_t *ext = ref_new(store, kind_of(item.kind), size_of(item.kind));
    if (!ext)
        return NULL;
    ext->item = item;
    ext->type = type;
    ext->desc = desc;
    if (item.kind == W2S_FUNC)
        func_describe((wasm_func_t *)ext);
    if (ref_hold(&ext->ref, item.of.func))
        return ext;
    wasm_extern_delete(ext);
    return NULL;
}

/* A new object of the host's own. */
static void *extern_new(wasm_store_t *store, w2s_extern item, w2s_valtype type)
{
    return extern_from(store, item, type, NULL);
}

wasm_externkind_t wasm_extern_kind(const wasm_extern_t *ext)
{
    return (wasm_externkind_t)ext->ref.kind;
}

static wasm_tagtype_t *tag_type(const wasm_extern_t *ext)
{
    w2s_functype type = w2s_tag_type(ext->item.of.tag);
    return wasm_tagtype_new(functype_from(&type, ext->desc));
}

wasm_externtype_t *wasm_extern_type(const wasm_extern_t *ext)
{
    const void *object = ext;
    switch (ext->item.kind) {
    case W2S_FUNC: return wasm_functype_as_externtype(wasm_func_type(object));
    case W2S_TABLE: return wasm_tabletype_as_externtype(wasm_table_type(object));
    case W2S_MEMORY: return wasm_memorytype_as_externtype(wasm_memory_type(object));
    case W2S_GLOBAL: return wasm_globaltype_as_externtype(wasm_global_type(object));
    case W2S_TAG: return wasm_tagtype_as_externtype(tag_type(ext));
    }
    return NULL;
}

/* ---- globals ---- */

wasm_global_t *wasm_global_new(wasm_store_t *store, const wasm_globaltype_t *type,
                               const wasm_val_t *val)
{
    w2s_valtype content;
    w2s_value value;
    if (!valtype_to(type->content->kind, &content) || !value_to(store, content, NULL, val, &value))
        return capi_fail("the value is not of the global's type");
    w2s_extern item = {.kind = W2S_GLOBAL};
    item.of.global = w2s_global_new(store->store, content, type->mutability == WASM_VAR, value);
    return extern_new(store, item, content);
}

wasm_globaltype_t *wasm_global_type(const wasm_global_t *global)
{
    w2s_externtype type = w2s_global_type(global->ext.item.of.global);
    return wasm_globaltype_new(valtype_from(global->ext.type, global->ext.desc),
                               type.is_mutable ? WASM_VAR : WASM_CONST);
}

void wasm_global_get(const wasm_global_t *global, wasm_val_t *out)
{
    const wasm_extern_t *ext = &global->ext;
    value_from(ext->ref.store, ext->type, ext->desc, w2s_global_get(ext->item.of.global), out);
}

void wasm_global_set(wasm_global_t *global, const wasm_val_t *val)
{
    wasm_extern_t *ext = &global->ext;
    w2s_value value;
    if (!value_to(ext->ref.store, ext->type, ext->desc, val, &value))
        capi_fail("the value is not of the global's type");
    else if (!w2s_global_set(ext->item.of.global, value))
        capi_fail("the global is immutable");
}

/* ---- tables ---- */

wasm_table_t *wasm_table_new(wasm_store_t *store, const wasm_tabletype_t *type, wasm_ref_t *init)
{
    w2s_externtype wanted = {.kind = W2S_TABLE};
    void *ref;
    w2s_error err;
    if (!valtype_to(type->element->kind, &wanted.type) || wanted.type.kind != W2S_REF ||
        !ref_to(store, wanted.type, NULL, init, &ref))
        return capi_fail("the reference is not of the table's type");
    limits_to(type->limits, &wanted);
    w2s_extern item = {.kind = W2S_TABLE};
    item.of.table = w2s_table_new(store->store, &wanted, ref, &err);
    if (!item.of.table)
        return capi_fail("%s", err.message);
    return extern_new(store, item, wanted.type);
}

wasm_tabletype_t *wasm_table_type(const wasm_table_t *table)
{
    w2s_externtype type = w2s_table_type(table->ext.item.of.table);
    wasm_limits_t limits = limits_from(&type);
    return wasm_tabletype_new(valtype_from(table->ext.type, table->ext.desc), &limits);
}

wasm_ref_t *wasm_table_get(const wasm_table_t *table, wasm_table_size_t index)
{
    const wasm_extern_t *ext = &table->ext;
    void *ref;
    if (!w2s_table_get(ext->item.of.table, index, &ref))
        return NULL;
    return ref_from(ext->ref.store, ext->type, ext->desc, ref);
}

bool wasm_table_set(wasm_table_t *table, wasm_table_size_t index, wasm_ref_t *ref)
{
    wasm_extern_t *ext = &table->ext;
    void *value;
    return ref_to(ext->ref.store, ext->type, ext->desc, ref, &value) &&
           w2s_table_set(ext->item.of.table, index, value);
}

wasm_table_size_t wasm_table_size(const wasm_table_t *table)
{
    return (wasm_table_size_t)w2s_table_size(table->ext.item.of.table);
}

bool wasm_table_grow(wasm_table_t *table, wasm_table_size_t delta, wasm_ref_t *init)
{
    wasm_extern_t *ext = &table->ext;
    void *value;
    return ref_to(ext->ref.store, ext->type, ext->desc, init, &value) &&
           w2s_table_grow(ext->item.of.table, delta, value) != UINT64_MAX;
}

/* ---- memories ---- */

wasm_memory_t *wasm_memory_new(wasm_store_t *store, const wasm_memorytype_t *type)
{
    enum { PAGE_LOG2 = 16 };
    w2s_externtype wanted = {.kind = W2S_MEMORY, .page_size_log2 = PAGE_LOG2};
    w2s_error err;
    limits_to(type->limits, &wanted);
    w2s_extern item = {.kind = W2S_MEMORY};
    item.of.memory = w2s_memory_new(store->store, &wanted, &err);
    if (!item.of.memory)
        return capi_fail("%s", err.message);
    return extern_new(store, item, (w2s_valtype){0});
}

wasm_memorytype_t *wasm_memory_type(const wasm_memory_t *memory)
{
    w2s_externtype type = w2s_memory_type(memory->ext.item.of.memory);
    wasm_limits_t limits = limits_from(&type);
    return wasm_memorytype_new(&limits);
}

byte_t *wasm_memory_data(wasm_memory_t *memory)
{
    return (byte_t *)w2s_memory_base(memory->ext.item.of.memory);
}

size_t wasm_memory_data_size(const wasm_memory_t *memory)
{
    return (size_t)w2s_memory_size(memory->ext.item.of.memory);
}

wasm_memory_pages_t wasm_memory_size(const wasm_memory_t *memory)
{
    return (wasm_memory_pages_t)w2s_memory_type(memory->ext.item.of.memory).min;
}

bool wasm_memory_grow(wasm_memory_t *memory, wasm_memory_pages_t delta)
{
    return w2s_memory_grow(memory->ext.item.of.memory, delta) != UINT64_MAX;
}
