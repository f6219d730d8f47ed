/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values between the host and the runtime. A funcref is the runtime's function. An externref is the
 * address of a wasm_ref_t that the store holds from then on, or something of wasm's own (a
 * collected object): the store's table tells which. So nothing that wasm can do makes a pointer
 * that is used as one here.
 */
#include "capi/capi.h"

/* ---- wasm_val_t ---- */

void wasm_val_delete(wasm_val_t *val)
{
    if (!wasm_valkind_is_ref(val->kind))
        return;
    wasm_ref_delete(val->of.ref);
    val->of.ref = NULL;
}

void wasm_val_copy(wasm_val_t *out, const wasm_val_t *val)
{
    *out = *val;
    if (wasm_valkind_is_ref(val->kind))
        ref_retain(val->of.ref);
}

/* ---- to the runtime ---- */

static enum w2s_heap top_of(w2s_valtype type, const struct w2s_module_desc *desc)
{
    if (type.heap < W2S_HEAP_FUNC)
        return desc && desc->types[type.heap].kind != 0 ? W2S_HEAP_ANY : W2S_HEAP_FUNC;
    if (type.heap <= W2S_HEAP_NOFUNC)
        return W2S_HEAP_FUNC;
    if (type.heap <= W2S_HEAP_NOEXTERN)
        return W2S_HEAP_EXTERN;
    return type.heap <= W2S_HEAP_NONE ? W2S_HEAP_ANY : W2S_HEAP_EXN;
}

/* The function's type is the wanted one or declares it as a supertype. */
static bool func_is(const w2s_func *func, uint64_t id)
{
    const struct w2s_type *type = func->type;
    const struct w2s_module_desc *desc =
        func->instance ? w2s_module_desc(w2s_instance_module(func->instance)) : NULL;
    while (type->id != id && desc && type->super != W2S_NONE)
        type = &desc->types[type->super];
    return type->id == id;
}

static bool func_to(w2s_valtype type, const struct w2s_module_desc *desc, const wasm_ref_t *ref,
                    void **out)
{
    const wasm_func_t *func = wasm_ref_as_func_const(ref);
    if (!func)
        return false;
    *out = func->ext.item.of.func;
    if (type.heap < W2S_HEAP_FUNC)
        return desc && func_is(func->ext.item.of.func, desc->types[type.heap].id);
    return type.heap == W2S_HEAP_FUNC;
}

/* Of concrete types the host cannot know. */
static bool any_is(uint32_t heap, const void *any)
{
    enum w2s_heap kind = w2s_any_kind(any);
    if (heap == W2S_HEAP_EQ)
        return kind == W2S_HEAP_I31 || kind == W2S_HEAP_STRUCT || kind == W2S_HEAP_ARRAY;
    return heap == W2S_HEAP_ANY || heap == (uint32_t)kind;
}

/* Wasm's own objects go back where they came from. */
static bool object_to(w2s_valtype type, enum w2s_heap top, const struct wasm_object *object,
                      void **out)
{
    if (object->heap != top)
        return false;
    *out = top == W2S_HEAP_EXN ? object->exception : w2s_root_ref(object->root);
    return top == W2S_HEAP_ANY ? any_is(type.heap, *out) : type.heap == (uint32_t)top;
}

bool ref_to(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
            wasm_ref_t *ref, void **out)
{
    *out = NULL;
    if (!ref)
        return type.nullable;
    if (ref->store != store)
        return false;
    enum w2s_heap top = top_of(type, desc);
    if (top == W2S_HEAP_FUNC)
        return func_to(type, desc, ref, out);
    if (ref->kind == REF_OBJECT)
        return object_to(type, top, (const struct wasm_object *)ref, out);
    *out = ref;
    return type.heap == W2S_HEAP_EXTERN && ref_hold(ref, ref);
}

bool value_to(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
              const wasm_val_t *val, w2s_value *out)
{
    *out = (w2s_value){.bits = {0, 0}};
    if (type.kind == W2S_REF)
        return wasm_valkind_is_ref(val->kind) && ref_to(store, type, desc, val->of.ref, &out->ref);
    if (val->kind != valkind_from(type, desc))
        return false;
    switch (val->kind) {
    case WASM_I32: out->i32 = val->of.i32; return true;
    case WASM_I64: out->i64 = val->of.i64; return true;
    case WASM_F32: out->f32 = val->of.f32; return true;
    case WASM_F64: out->f64 = val->of.f64; return true;
    default: return false;
    }
}

/* ---- from the runtime ---- */

static wasm_ref_t *object_from(wasm_store_t *store, enum w2s_heap top, void *ref)
{
    struct wasm_object *object = ref_new(store, REF_OBJECT, sizeof *object);
    if (!object)
        return NULL;
    object->heap = top;
    if (top == W2S_HEAP_EXN)
        object->exception = ref;
    else if (!(object->root = w2s_ref_root(store->store, ref))) {
        wasm_ref_delete(&object->ref);
        return NULL;
    }
    return &object->ref;
}

wasm_ref_t *ref_from(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
                     void *ref)
{
    if (!ref)
        return NULL;
    enum w2s_heap top = top_of(type, desc);
    if (top == W2S_HEAP_FUNC) {
        w2s_extern item = {.kind = W2S_FUNC, .of = {.func = ref}};
        return (wasm_ref_t *)extern_from(store, item, (w2s_valtype){0}, NULL);
    }
    wasm_ref_t *own = top == W2S_HEAP_EXTERN ? ref_find(store, ref) : NULL;
    return own ? own : object_from(store, top, ref);
}

void value_from(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
                w2s_value value, wasm_val_t *out)
{
    memset(out, 0, sizeof *out); /* what is padding, too: programs compare bytes */
    out->kind = valkind_from(type, desc);
    switch (out->kind) {
    case WASM_I32: out->of.i32 = value.i32; break;
    case WASM_F32: out->of.f32 = value.f32; break;
    case WASM_F64: out->of.f64 = value.f64; break;
    case WASM_EXTERNREF:
    case WASM_FUNCREF: out->of.ref = ref_from(store, type, desc, value.ref); break;
    default: out->of.i64 = value.i64; break;
    }
}
