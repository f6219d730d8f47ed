/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Types of values, functions, globals, tables, memories and tags.
 */
#include "capi/capi.h"

#include <stdlib.h>

/* ---- value types ---- */

wasm_valtype_t *wasm_valtype_new(wasm_valkind_t kind)
{
    wasm_valtype_t *type = malloc(sizeof *type);
    if (type)
        type->kind = kind;
    return type;
}

void wasm_valtype_delete(wasm_valtype_t *type)
{
    free(type);
}

wasm_valtype_t *wasm_valtype_copy(const wasm_valtype_t *type)
{
    return wasm_valtype_new(type->kind);
}

wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t *type)
{
    return type->kind;
}

/* Concrete types of functions, and what is below func. */
static bool is_func_heap(uint32_t heap, const struct w2s_module_desc *desc)
{
    if (heap < W2S_HEAP_FUNC)
        return desc && desc->types[heap].kind == 0;
    return heap == W2S_HEAP_FUNC || heap == W2S_HEAP_NOFUNC;
}

wasm_valkind_t valkind_from(w2s_valtype type, const struct w2s_module_desc *desc)
{
    switch ((enum w2s_valkind)type.kind) {
    case W2S_I32: return WASM_I32;
    case W2S_I64: return WASM_I64;
    case W2S_F32: return WASM_F32;
    case W2S_F64: return WASM_F64;
    case W2S_V128: return W2S_CAPI_V128;
    case W2S_REF: break;
    }
    return is_func_heap(type.heap, desc) ? WASM_FUNCREF : WASM_EXTERNREF;
}

wasm_valtype_t *valtype_from(w2s_valtype type, const struct w2s_module_desc *desc)
{
    return wasm_valtype_new(valkind_from(type, desc));
}

bool valtype_to(wasm_valkind_t kind, w2s_valtype *out)
{
    *out = (w2s_valtype){.kind = W2S_REF, .nullable = 1};
    switch (kind) {
    case WASM_I32: *out = (w2s_valtype){.kind = W2S_I32}; return true;
    case WASM_I64: *out = (w2s_valtype){.kind = W2S_I64}; return true;
    case WASM_F32: *out = (w2s_valtype){.kind = W2S_F32}; return true;
    case WASM_F64: *out = (w2s_valtype){.kind = W2S_F64}; return true;
    case WASM_EXTERNREF: out->heap = W2S_HEAP_EXTERN; return true;
    case WASM_FUNCREF: out->heap = W2S_HEAP_FUNC; return true;
    default: return false;
    }
}

/* ---- function types ---- */

wasm_functype_t *wasm_functype_new(wasm_valtype_vec_t *params, wasm_valtype_vec_t *results)
{
    wasm_functype_t *type = malloc(sizeof *type);
    if (!type) {
        wasm_valtype_vec_delete(params);
        wasm_valtype_vec_delete(results);
        return NULL;
    }
    *type = (wasm_functype_t){{WASM_EXTERN_FUNC}, *params, *results};
    wasm_valtype_vec_new_empty(params); /* they are ours now */
    wasm_valtype_vec_new_empty(results);
    return type;
}

void wasm_functype_delete(wasm_functype_t *type)
{
    if (!type)
        return;
    wasm_valtype_vec_delete(&type->params);
    wasm_valtype_vec_delete(&type->results);
    free(type);
}

wasm_functype_t *wasm_functype_copy(const wasm_functype_t *type)
{
    wasm_valtype_vec_t params, results;
    wasm_valtype_vec_copy(&params, &type->params);
    wasm_valtype_vec_copy(&results, &type->results);
    return wasm_functype_new(&params, &results);
}

const wasm_valtype_vec_t *wasm_functype_params(const wasm_functype_t *type)
{
    return &type->params;
}

const wasm_valtype_vec_t *wasm_functype_results(const wasm_functype_t *type)
{
    return &type->results;
}

static void valtypes_from(wasm_valtype_vec_t *out, const w2s_valtype *types, uint32_t count,
                          const struct w2s_module_desc *desc)
{
    wasm_valtype_vec_new_uninitialized(out, count);
    for (size_t i = 0; i < out->size; i++)
        out->data[i] = valtype_from(types[i], desc);
}

wasm_functype_t *functype_from(const w2s_functype *type, const struct w2s_module_desc *desc)
{
    wasm_valtype_vec_t params, results;
    valtypes_from(&params, type->params, type->param_count, desc);
    valtypes_from(&results, type->results, type->result_count, desc);
    return wasm_functype_new(&params, &results);
}

/* ---- global types ---- */

wasm_globaltype_t *wasm_globaltype_new(wasm_valtype_t *content, wasm_mutability_t mutability)
{
    wasm_globaltype_t *type = malloc(sizeof *type);
    if (type)
        *type = (wasm_globaltype_t){{WASM_EXTERN_GLOBAL}, content, mutability};
    else
        wasm_valtype_delete(content);
    return type;
}

void wasm_globaltype_delete(wasm_globaltype_t *type)
{
    if (type)
        wasm_valtype_delete(type->content);
    free(type);
}

wasm_globaltype_t *wasm_globaltype_copy(const wasm_globaltype_t *type)
{
    return wasm_globaltype_new(wasm_valtype_copy(type->content), type->mutability);
}

const wasm_valtype_t *wasm_globaltype_content(const wasm_globaltype_t *type)
{
    return type->content;
}

wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t *type)
{
    return type->mutability;
}

/* ---- table types ---- */

wasm_tabletype_t *wasm_tabletype_new(wasm_valtype_t *element, const wasm_limits_t *limits)
{
    wasm_tabletype_t *type = malloc(sizeof *type);
    if (type)
        *type = (wasm_tabletype_t){{WASM_EXTERN_TABLE}, element, *limits};
    else
        wasm_valtype_delete(element);
    return type;
}

void wasm_tabletype_delete(wasm_tabletype_t *type)
{
    if (type)
        wasm_valtype_delete(type->element);
    free(type);
}

wasm_tabletype_t *wasm_tabletype_copy(const wasm_tabletype_t *type)
{
    return wasm_tabletype_new(wasm_valtype_copy(type->element), &type->limits);
}

const wasm_valtype_t *wasm_tabletype_element(const wasm_tabletype_t *type)
{
    return type->element;
}

const wasm_limits_t *wasm_tabletype_limits(const wasm_tabletype_t *type)
{
    return &type->limits;
}

/* ---- memory types ---- */

wasm_memorytype_t *wasm_memorytype_new(const wasm_limits_t *limits)
{
    wasm_memorytype_t *type = malloc(sizeof *type);
    if (type)
        *type = (wasm_memorytype_t){{WASM_EXTERN_MEMORY}, *limits};
    return type;
}

void wasm_memorytype_delete(wasm_memorytype_t *type)
{
    free(type);
}

wasm_memorytype_t *wasm_memorytype_copy(const wasm_memorytype_t *type)
{
    return wasm_memorytype_new(&type->limits);
}

const wasm_limits_t *wasm_memorytype_limits(const wasm_memorytype_t *type)
{
    return &type->limits;
}

static uint32_t limit(uint64_t n)
{
    return n < wasm_limits_max_default ? (uint32_t)n : wasm_limits_max_default;
}

wasm_limits_t limits_from(const struct w2s_externtype *type)
{
    return (wasm_limits_t){limit(type->min),
                           type->has_max ? limit(type->max) : wasm_limits_max_default};
}

void limits_to(wasm_limits_t limits, struct w2s_externtype *out)
{
    out->min = limits.min;
    out->has_max = limits.max != wasm_limits_max_default;
    out->max = limits.max;
}

/* ---- tag types ---- */

wasm_tagtype_t *wasm_tagtype_new(wasm_functype_t *functype)
{
    wasm_tagtype_t *type = malloc(sizeof *type);
    if (type)
        *type = (wasm_tagtype_t){{WASM_EXTERN_TAG}, functype};
    else
        wasm_functype_delete(functype);
    return type;
}

void wasm_tagtype_delete(wasm_tagtype_t *type)
{
    if (type)
        wasm_functype_delete(type->functype);
    free(type);
}

wasm_tagtype_t *wasm_tagtype_copy(const wasm_tagtype_t *type)
{
    return wasm_tagtype_new(wasm_functype_copy(type->functype));
}

const wasm_functype_t *wasm_tagtype_functype(const wasm_tagtype_t *type)
{
    return type->functype;
}
