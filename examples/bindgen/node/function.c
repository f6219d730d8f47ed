/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions over the boundary: imports call JavaScript, exports are called by it. Several results
 * are an array. A function of the guest's is one object in JavaScript, wherever it comes from.
 */
#include "addon.h"

#include <stdlib.h>

struct import {
    struct guest *guest;
    napi_ref callback;
    w2s_functype type;
};

struct function {
    struct guest *guest;
    w2s_func *func;
    w2s_functype type;
    bool is_supported;
    napi_ref js;
};

static const napi_type_tag function_tag = {UINT64_C(0x8f0c1ddc4d2b4d0b),
                                           UINT64_C(0x9a6f41e7a1f3c255)};

/* ---- imports ---- */

/* The elements of what JavaScript returned for several results. */
static bool results_from_js(struct guest *guest, const w2s_functype *type, napi_value array,
                            w2s_value *results)
{
    bool is_array = false;
    uint32_t count = 0;
    napi_value element;
    napi_is_array(guest->env, array, &is_array);
    if (is_array)
        napi_get_array_length(guest->env, array, &count);
    if (count != type->result_count)
        return throw_error(guest->env, "TypeError",
                           "an import has to return its results in an array");
    for (uint32_t i = 0; i < count; i++)
        if (napi_get_element(guest->env, array, i, &element) != napi_ok ||
            !from_js(guest, element, type->results[i], &results[i]))
            return false;
    return true;
}

static bool call_back(const struct import *import, const w2s_value *args, w2s_value *results)
{
    struct guest *guest = import->guest;
    const w2s_functype *type = &import->type;
    napi_value values[MAX_VALUES], callback, receiver, result;
    if (!is_supported(type))
        return throw_error(guest->env, "TypeError", "a type that JavaScript has no values of");
    for (uint32_t i = 0; i < type->param_count; i++)
        values[i] = to_js(guest, args[i], type->params[i]);
    napi_get_reference_value(guest->env, import->callback, &callback);
    napi_get_undefined(guest->env, &receiver);
    if (napi_call_function(guest->env, receiver, callback, type->param_count, values, &result) !=
        napi_ok)
        return false;
    if (type->result_count > 1)
        return results_from_js(guest, type, result, results);
    return type->result_count == 0 || from_js(guest, result, type->results[0], results);
}

static w2s_trap *call_js(void *data, w2s_instance *caller, const w2s_value *args,
                         w2s_value *results)
{
    (void)caller;
    const struct import *import = data;
    struct guest *guest = import->guest;
    napi_handle_scope scope;
    napi_open_handle_scope(guest->env, &scope);
    memories_refresh(guest);
    w2s_trap *trap = call_back(import, args, results) ? NULL : trap_pending(guest);
    napi_close_handle_scope(guest->env, scope);
    return trap;
}

bool import_define(struct guest *guest, w2s_linker *linker, const struct w2s_import_desc *desc,
                   const struct w2s_type *type, napi_value callback)
{
    struct import *import = calloc(1, sizeof *import);
    if (!import)
        return false;
    *import = (struct import){.guest = guest,
                              .type = {type->types, type->types + type->param_count,
                                       type->param_count, type->result_count}};
    napi_create_reference(guest->env, callback, 1, &import->callback);
    w2s_func *func = w2s_func_new(guest->store, &import->type, call_js, import, free);
    w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
    return func && w2s_linker_define_n(linker, desc->module.bytes, desc->module.size,
                                       desc->name.bytes, desc->name.size, item);
}

/* ---- exports ---- */

static napi_value results_to_js(struct guest *guest, const w2s_functype *type,
                                const w2s_value *results)
{
    napi_value array = NULL;
    if (type->result_count == 1)
        return to_js(guest, results[0], type->results[0]);
    if (type->result_count == 0)
        return NULL; /* undefined */
    napi_create_array_with_length(guest->env, type->result_count, &array);
    for (uint32_t i = 0; i < type->result_count; i++)
        napi_set_element(guest->env, array, i, to_js(guest, results[i], type->results[i]));
    return array;
}

static napi_value call_wasm(napi_env env, napi_callback_info info)
{
    napi_value given[MAX_VALUES], result = NULL;
    w2s_value args[MAX_VALUES], results[MAX_VALUES];
    size_t count = MAX_VALUES; /* what is not given is undefined */
    void *data;
    napi_get_cb_info(env, info, &count, given, NULL, &data);
    const struct function *export = data;
    struct guest *guest = export->guest;
    if (!export->is_supported)
        return throw_error(env, "TypeError", "a type that JavaScript has no values of");
    for (uint32_t i = 0; i < export->type.param_count; i++)
        if (!from_js(guest, given[i], export->type.params[i], &args[i]))
            return NULL;
    guest->depth++;
    w2s_trap *trap = w2s_call(export->func, args, results);
    guest->depth--;
    memories_refresh(guest);
    if (trap)
        throw_trap(guest, trap);
    else
        result = results_to_js(guest, &export->type, results);
    if (guest->depth == 0)
        held_sweep(guest);
    return result;
}

/* ---- one object a function ---- */

/* Where the function is in the table, or would be. */
static struct function **slot_of(struct function **table, uint32_t room, const w2s_func *func)
{
    uint32_t i = (uint32_t)((uintptr_t)func >> 4) & (room - 1);
    while (table[i] && table[i]->func != func)
        i = (i + 1) & (room - 1);
    return &table[i];
}

/* At most half full, and a power of two. */
static bool functions_grow(struct guest *guest)
{
    if (2 * guest->function_count < guest->function_room)
        return true;
    uint32_t room = guest->function_room ? 2 * guest->function_room : 64;
    struct function **table = calloc(room, sizeof *table);
    if (!table)
        return false;
    for (uint32_t i = 0; i < guest->function_room; i++)
        if (guest->functions[i])
            *slot_of(table, room, guest->functions[i]->func) = guest->functions[i];
    free(guest->functions);
    guest->functions = table;
    guest->function_room = room;
    return true;
}

static struct function *function_new(struct guest *guest, w2s_func *func, napi_value *js)
{
    struct function *function = calloc(1, sizeof *function);
    if (!function)
        return NULL;
    *function = (struct function){.guest = guest, .func = func, .type = w2s_func_type(func)};
    function->is_supported = is_supported(&function->type);
    if (napi_create_function(guest->env, NULL, 0, call_wasm, function, js) == napi_ok &&
        napi_type_tag_object(guest->env, *js, &function_tag) == napi_ok &&
        napi_wrap(guest->env, *js, function, NULL, NULL, NULL) == napi_ok &&
        napi_create_reference(guest->env, *js, 1, &function->js) == napi_ok)
        return function;
    free(function);
    return NULL;
}

napi_value function_js(struct guest *guest, w2s_func *func)
{
    napi_value js = NULL;
    if (!functions_grow(guest))
        return NULL;
    struct function **slot = slot_of(guest->functions, guest->function_room, func);
    if (*slot) {
        napi_get_reference_value(guest->env, (*slot)->js, &js);
    } else if ((*slot = function_new(guest, func, &js))) {
        guest->function_count++;
    }
    return js;
}

w2s_func *function_of(napi_env env, napi_value js)
{
    bool is_ours = false;
    void *data;
    napi_valuetype kind;
    if (napi_typeof(env, js, &kind) != napi_ok || kind != napi_function ||
        napi_check_object_type_tag(env, js, &function_tag, &is_ours) != napi_ok || !is_ours ||
        napi_unwrap(env, js, &data) != napi_ok)
        return NULL;
    const struct function *function = data;
    return function->func;
}
