/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions: host functions, which the runtime calls through host_call, and calls by the host.
 */
#include "capi/capi.h"

#include <stdlib.h>

enum { LOCAL_VALUES = 16 }; /* of arguments and results, on the stack */

void func_describe(wasm_func_t *func)
{
    const w2s_func *item = func->ext.item.of.func;
    func->type = w2s_func_type(item);
    func->ext.desc = item->instance ? w2s_module_desc(w2s_instance_module(item->instance)) : NULL;
}

/* ---- values of a call ---- */

static void values_from(wasm_store_t *store, const w2s_valtype *types, uint32_t count,
                        const struct w2s_module_desc *desc, const w2s_value *from, wasm_val_t *to)
{
    for (uint32_t i = 0; i < count; i++)
        value_from(store, types[i], desc, from[i], &to[i]);
}

static bool values_to(wasm_store_t *store, const w2s_valtype *types, uint32_t count,
                      const struct w2s_module_desc *desc, const wasm_val_t *from, w2s_value *to)
{
    for (uint32_t i = 0; i < count; i++)
        if (!value_to(store, types[i], desc, &from[i], &to[i]))
            return false;
    return true;
}

static void values_delete(wasm_val_t *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        wasm_val_delete(&values[i]);
}

/* ---- host functions ---- */

static wasm_trap_t *invoke(const wasm_func_t *func, const wasm_val_vec_t *args,
                           wasm_val_vec_t *results)
{
    return func->with_env ? func->with_env(func->env, args, results)
                          : func->callback(args, results);
}

/* values: the arguments, then room for the results, which get their kinds beforehand. */
static w2s_trap *host_call_in(const wasm_func_t *func, wasm_val_t *values, const w2s_value *args,
                              w2s_value *results)
{
    wasm_store_t *store = func->ext.ref.store;
    const w2s_functype type = func->type;
    wasm_val_t *out = values + type.param_count;
    values_from(store, type.params, type.param_count, NULL, args, values);
    values_from(store, type.results, type.result_count, NULL, results, out);
    const wasm_val_vec_t params = {type.param_count, type.param_count ? values : NULL};
    wasm_val_vec_t outs = {type.result_count, type.result_count ? out : NULL};
    wasm_trap_t *trap = invoke(func, &params, &outs);
    values_delete(values, type.param_count);
    if (trap)
        return trap_to(trap);
    bool ok = values_to(store, type.results, type.result_count, NULL, out, results);
    values_delete(out, type.result_count);
    return ok ? NULL
              : w2s_trap_new(store->store, "a host function returned a value of another type");
}

static w2s_trap *host_call(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    (void)caller;
    const wasm_func_t *func = env;
    size_t count = (size_t)func->type.param_count + func->type.result_count;
    wasm_val_t local[LOCAL_VALUES], *values = local;
    if (count > LOCAL_VALUES && !(values = calloc(count, sizeof *values)))
        return w2s_trap_new(func->ext.ref.store->store, "out of memory");
    w2s_trap *trap = host_call_in(func, values, args, results);
    if (values != local)
        free(values);
    return trap;
}

static void host_finalize(void *env)
{
    const wasm_func_t *func = env;
    if (func->finalizer)
        func->finalizer(func->env);
}

static bool valtypes_to(const wasm_valtype_vec_t *types, w2s_valtype *out)
{
    for (size_t i = 0; i < types->size; i++)
        if (!valtype_to(types->data[i]->kind, &out[i]))
            return false;
    return true;
}

static w2s_func *host_new(wasm_func_t *func, const wasm_functype_t *type, w2s_valtype *types)
{
    const w2s_functype functype = {.params = types,
                                   .results = types + type->params.size,
                                   .param_count = (uint32_t)type->params.size,
                                   .result_count = (uint32_t)type->results.size};
    if (!valtypes_to(&type->params, types) ||
        !valtypes_to(&type->results, types + type->params.size))
        return NULL;
    return w2s_func_new(func->ext.ref.store->store, &functype, host_call, func, host_finalize);
}

/* what: the callback and what belongs to it. */
static wasm_func_t *func_new(wasm_store_t *store, const wasm_functype_t *type,
                             const wasm_func_t *what)
{
    wasm_func_t *func = ref_new(store, REF_FUNC, sizeof *func);
    w2s_valtype *types = calloc(type->params.size + type->results.size + 1, sizeof *types);
    w2s_func *item = NULL;
    if (func && types) {
        func->callback = what->callback;
        func->with_env = what->with_env;
        func->env = what->env;
        item = host_new(func, type, types);
    }
    free(types);
    if (!item) {
        wasm_func_delete(func);
        return capi_fail("a host function of that type cannot be made");
    }
    func->ext.item = (w2s_extern){W2S_FUNC, {.func = item}};
    func_describe(func);
    func->ext.ref.held = true; /* the runtime has its address */
    func->finalizer = what->finalizer;
    if (ref_hold(&func->ext.ref, item))
        return func;
    wasm_func_delete(func);
    return capi_fail("out of memory");
}

wasm_func_t *wasm_func_new(wasm_store_t *store, const wasm_functype_t *type,
                           wasm_func_callback_t callback)
{
    const wasm_func_t what = {.callback = callback};
    return func_new(store, type, &what);
}

wasm_func_t *wasm_func_new_with_env(wasm_store_t *store, const wasm_functype_t *type,
                                    wasm_func_callback_with_env_t callback, void *env,
                                    void (*finalizer)(void *))
{
    const wasm_func_t what = {.with_env = callback, .env = env, .finalizer = finalizer};
    return func_new(store, type, &what);
}

/* ---- types ---- */

wasm_functype_t *wasm_func_type(const wasm_func_t *func)
{
    return functype_from(&func->type, func->ext.desc);
}

size_t wasm_func_param_arity(const wasm_func_t *func)
{
    return func->type.param_count;
}

size_t wasm_func_result_arity(const wasm_func_t *func)
{
    return func->type.result_count;
}

/* ---- calls ---- */

/* values: room for the arguments, then for the results. */
static wasm_trap_t *call_in(const wasm_func_t *func, w2s_value *values, const wasm_val_t *args,
                            wasm_val_t *results)
{
    wasm_store_t *store = func->ext.ref.store;
    const struct w2s_module_desc *desc = func->ext.desc;
    const w2s_functype type = func->type;
    w2s_value *out = values + type.param_count;
    if (!values_to(store, type.params, type.param_count, desc, args, values))
        return trap_text(store, "an argument is not of the parameter's type");
    w2s_trap *trap = w2s_call(func->ext.item.of.func, values, out);
    if (trap)
        return trap_from(store, trap);
    values_from(store, type.results, type.result_count, desc, out, results);
    return NULL;
}

wasm_trap_t *wasm_func_call(const wasm_func_t *func, const wasm_val_vec_t *args,
                            wasm_val_vec_t *results)
{
    wasm_store_t *store = func->ext.ref.store;
    const w2s_functype type = func->type;
    if (type.param_count > (args ? args->size : 0))
        return trap_text(store, "there are fewer arguments than parameters");
    if (type.result_count > (results ? results->size : 0))
        return trap_text(store, "there is no room for all results");
    size_t count = (size_t)type.param_count + type.result_count;
    w2s_value local[LOCAL_VALUES], *values = local;
    if (count > LOCAL_VALUES && !(values = calloc(count, sizeof *values)))
        return trap_text(store, "out of memory");
    wasm_trap_t *trap =
        call_in(func, values, args ? args->data : NULL, results ? results->data : NULL);
    if (values != local)
        free(values);
    return trap;
}
