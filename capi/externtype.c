/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Types of what is imported and exported: one of five kinds, whose structs begin with the kind; and
 * with their names, the types of imports and exports.
 */
#include "capi/capi.h"

#include <stdlib.h>

wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t *type)
{
    return type->kind;
}

static const void *of_kind(const wasm_externtype_t *type, wasm_externkind_t kind)
{
    return type && type->kind == kind ? type : NULL;
}

/* clang-format off */
#define DEFINE_EXTERNTYPE(name, kind)                                                              \
    wasm_externtype_t *wasm_##name##_as_externtype(wasm_##name##_t *type)                          \
    {                                                                                              \
        return (wasm_externtype_t *)type;                                                          \
    }                                                                                              \
    const wasm_externtype_t *wasm_##name##_as_externtype_const(const wasm_##name##_t *type)        \
    {                                                                                              \
        return (const wasm_externtype_t *)type;                                                    \
    }                                                                                              \
    wasm_##name##_t *wasm_externtype_as_##name(wasm_externtype_t *type)                            \
    {                                                                                              \
        return of_kind(type, kind) ? (void *)type : NULL;                                          \
    }                                                                                              \
    const wasm_##name##_t *wasm_externtype_as_##name##_const(const wasm_externtype_t *type)        \
    {                                                                                              \
        return of_kind(type, kind);                                                                \
    }

DEFINE_EXTERNTYPE(functype, WASM_EXTERN_FUNC)
DEFINE_EXTERNTYPE(globaltype, WASM_EXTERN_GLOBAL)
DEFINE_EXTERNTYPE(tabletype, WASM_EXTERN_TABLE)
DEFINE_EXTERNTYPE(memorytype, WASM_EXTERN_MEMORY)
DEFINE_EXTERNTYPE(tagtype, WASM_EXTERN_TAG)
/* clang-format on */

void wasm_externtype_delete(wasm_externtype_t *type)
{
    if (!type)
        return;
    switch (type->kind) {
    case WASM_EXTERN_FUNC: wasm_functype_delete(wasm_externtype_as_functype(type)); break;
    case WASM_EXTERN_GLOBAL: wasm_globaltype_delete(wasm_externtype_as_globaltype(type)); break;
    case WASM_EXTERN_TABLE: wasm_tabletype_delete(wasm_externtype_as_tabletype(type)); break;
    case WASM_EXTERN_MEMORY: wasm_memorytype_delete(wasm_externtype_as_memorytype(type)); break;
    case WASM_EXTERN_TAG: wasm_tagtype_delete(wasm_externtype_as_tagtype(type)); break;
    default: break;
    }
}

wasm_externtype_t *wasm_externtype_copy(const wasm_externtype_t *type)
{
    const void *t = type;
    switch (type->kind) {
    case WASM_EXTERN_FUNC: return wasm_functype_as_externtype(wasm_functype_copy(t));
    case WASM_EXTERN_GLOBAL: return wasm_globaltype_as_externtype(wasm_globaltype_copy(t));
    case WASM_EXTERN_TABLE: return wasm_tabletype_as_externtype(wasm_tabletype_copy(t));
    case WASM_EXTERN_MEMORY: return wasm_memorytype_as_externtype(wasm_memorytype_copy(t));
    case WASM_EXTERN_TAG: return wasm_tagtype_as_externtype(wasm_tagtype_copy(t));
    default: return NULL;
    }
}

/* ---- from the runtime's ---- */

static wasm_functype_t *functype_at(const struct w2s_module_desc *desc, uint32_t index)
{
    const struct w2s_type *type = &desc->types[index];
    w2s_functype functype = {.params = type->types,
                             .results = type->types ? type->types + type->param_count : NULL,
                             .param_count = type->param_count,
                             .result_count = type->result_count};
    return functype_from(&functype, desc);
}

wasm_externtype_t *externtype_from(const struct w2s_externtype *type,
                                   const struct w2s_module_desc *desc)
{
    wasm_limits_t limits = limits_from(type);
    switch ((enum w2s_extern_kind)type->kind) {
    case W2S_FUNC: return wasm_functype_as_externtype(functype_at(desc, type->type_index));
    case W2S_TABLE:
        return wasm_tabletype_as_externtype(
            wasm_tabletype_new(valtype_from(type->type, desc), &limits));
    case W2S_MEMORY: return wasm_memorytype_as_externtype(wasm_memorytype_new(&limits));
    case W2S_GLOBAL:
        return wasm_globaltype_as_externtype(wasm_globaltype_new(
            valtype_from(type->type, desc), type->is_mutable ? WASM_VAR : WASM_CONST));
    case W2S_TAG:
        return wasm_tagtype_as_externtype(wasm_tagtype_new(functype_at(desc, type->type_index)));
    }
    return NULL;
}

/* ---- imports ---- */

wasm_importtype_t *wasm_importtype_new(wasm_name_t *module, wasm_name_t *name,
                                       wasm_externtype_t *type)
{
    wasm_importtype_t *import = malloc(sizeof *import);
    if (!import) {
        wasm_name_delete(module);
        wasm_name_delete(name);
        wasm_externtype_delete(type);
        return NULL;
    }
    *import = (wasm_importtype_t){*module, *name, type};
    wasm_name_new_empty(module);
    wasm_name_new_empty(name);
    return import;
}

void wasm_importtype_delete(wasm_importtype_t *import)
{
    if (!import)
        return;
    wasm_name_delete(&import->module);
    wasm_name_delete(&import->name);
    wasm_externtype_delete(import->type);
    free(import);
}

wasm_importtype_t *wasm_importtype_copy(const wasm_importtype_t *import)
{
    wasm_name_t module, name;
    wasm_name_copy(&module, &import->module);
    wasm_name_copy(&name, &import->name);
    return wasm_importtype_new(&module, &name, wasm_externtype_copy(import->type));
}

const wasm_name_t *wasm_importtype_module(const wasm_importtype_t *import)
{
    return &import->module;
}

const wasm_name_t *wasm_importtype_name(const wasm_importtype_t *import)
{
    return &import->name;
}

const wasm_externtype_t *wasm_importtype_type(const wasm_importtype_t *import)
{
    return import->type;
}

/* ---- exports ---- */

wasm_exporttype_t *wasm_exporttype_new(wasm_name_t *name, wasm_externtype_t *type)
{
    wasm_exporttype_t *export = malloc(sizeof *export);
    if (!export) {
        wasm_name_delete(name);
        wasm_externtype_delete(type);
        return NULL;
    }
    *export = (wasm_exporttype_t){*name, type};
    wasm_name_new_empty(name);
    return export;
}

void wasm_exporttype_delete(wasm_exporttype_t *export)
{
    if (!export)
        return;
    wasm_name_delete(&export->name);
    wasm_externtype_delete(export->type);
    free(export);
}

wasm_exporttype_t *wasm_exporttype_copy(const wasm_exporttype_t *export)
{
    wasm_name_t name;
    wasm_name_copy(&name, &export->name);
    return wasm_exporttype_new(&name, wasm_externtype_copy(export->type));
}

const wasm_name_t *wasm_exporttype_name(const wasm_exporttype_t *export)
{
    return &export->name;
}

const wasm_externtype_t *wasm_exporttype_type(const wasm_exporttype_t *export)
{
    return export->type;
}
