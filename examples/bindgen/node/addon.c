/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A compiled module in Node: instantiate(PATH, imports) gives what `exports` of a
 * WebAssembly.Instance is, as far as numbers go: functions, and memories with their `buffer`. What
 * a host function throws goes through the guest and out of the call. Instances live as long as the
 * process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <node_api.h>

#include "wasm2so.h"

enum { MAX_VALUES = 16 };

struct guest {
    napi_env env;
    w2s_store *store;
    napi_ref thrown; /* by a host function of the call in progress, or NULL */
};

struct function {
    struct guest *guest;
    napi_ref callback; /* an import */
    w2s_func *func;    /* an export */
    w2s_functype type;
};

struct memory {
    w2s_memory *memory;
    napi_ref buffer;
    uint64_t size; /* of buffer */
};

/* ---- values ---- */

static w2s_value from_js(napi_env env, napi_value js, w2s_valtype type)
{
    w2s_value value = {.i64 = 0};
    double number = 0;
    bool lossless;
    switch (type.kind) {
    case W2S_I32: napi_get_value_int32(env, js, &value.i32); break;
    case W2S_I64: napi_get_value_bigint_int64(env, js, &value.i64, &lossless); break;
    case W2S_F32:
        napi_get_value_double(env, js, &number);
        value.f32 = (float)number;
        break;
    default: napi_get_value_double(env, js, &value.f64);
    }
    return value;
}

static napi_value to_js(napi_env env, w2s_value value, w2s_valtype type)
{
    napi_value js = NULL;
    switch (type.kind) {
    case W2S_I32: napi_create_int32(env, value.i32, &js); break;
    case W2S_I64: napi_create_bigint_int64(env, value.i64, &js); break;
    case W2S_F32: napi_create_double(env, (double)value.f32, &js); break;
    default: napi_create_double(env, value.f64, &js);
    }
    return js;
}

/* Only numbers go over, and one result. */
static bool is_supported(const w2s_functype *type)
{
    if (type->param_count > MAX_VALUES || type->result_count > 1)
        return false;
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++) {
        uint8_t kind = type->params[i].kind;
        if (kind != W2S_I32 && kind != W2S_I64 && kind != W2S_F32 && kind != W2S_F64)
            return false;
    }
    return true;
}

static napi_value throw_message(napi_env env, const char *message)
{
    napi_throw_error(env, NULL, message);
    return NULL;
}

/* ---- imports ---- */

static w2s_trap *keep_exception(struct guest *guest)
{
    napi_value exception;
    napi_get_and_clear_last_exception(guest->env, &exception);
    if (!guest->thrown)
        napi_create_reference(guest->env, exception, 1, &guest->thrown);
    return w2s_trap_new(guest->store, "exception of the host");
}

static w2s_trap *call_js(void *data, w2s_instance *caller, const w2s_value *args,
                         w2s_value *results)
{
    (void)caller;
    const struct function *import = data;
    napi_env env = import->guest->env;
    napi_handle_scope scope;
    napi_value values[MAX_VALUES], callback, receiver, result;
    napi_open_handle_scope(env, &scope);
    for (uint32_t i = 0; i < import->type.param_count; i++)
        values[i] = to_js(env, args[i], import->type.params[i]);
    napi_get_reference_value(env, import->callback, &callback);
    napi_get_undefined(env, &receiver);
    w2s_trap *trap = NULL;
    if (napi_call_function(env, receiver, callback, import->type.param_count, values, &result) !=
        napi_ok)
        trap = keep_exception(import->guest);
    else if (import->type.result_count == 1)
        results[0] = from_js(env, result, import->type.results[0]);
    napi_close_handle_scope(env, scope);
    return trap;
}

/* imports[module][name], if it is a function. */
static bool import_get(napi_env env, napi_value imports, const struct w2s_import_desc *desc,
                       napi_value *callback)
{
    napi_value module;
    napi_valuetype type;
    return napi_get_named_property(env, imports, desc->module.bytes, &module) == napi_ok &&
           napi_typeof(env, module, &type) == napi_ok && type == napi_object &&
           napi_get_named_property(env, module, desc->name.bytes, callback) == napi_ok &&
           napi_typeof(env, *callback, &type) == napi_ok && type == napi_function;
}

/* What is not given is left to the instantiation to miss. */
static bool import_define(struct guest *guest, w2s_linker *linker,
                          const struct w2s_module_desc *module, const struct w2s_import_desc *desc,
                          napi_value imports)
{
    napi_value callback;
    if (desc->type.kind != W2S_FUNC || !import_get(guest->env, imports, desc, &callback))
        return true;
    const struct w2s_type *type = &module->types[desc->type.type_index];
    struct function *import = calloc(1, sizeof *import);
    if (!import)
        return false;
    *import = (struct function){.guest = guest,
                                .type = {type->types, type->types + type->param_count,
                                         type->param_count, type->result_count}};
    if (!is_supported(&import->type)) {
        free(import);
        return true;
    }
    napi_create_reference(guest->env, callback, 1, &import->callback);
    w2s_func *func = w2s_func_new(guest->store, &import->type, call_js, import, free);
    w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
    return func && w2s_linker_define(linker, desc->module.bytes, desc->name.bytes, item);
}

/* ---- exports ---- */

static napi_value rethrow(struct guest *guest, w2s_trap *trap)
{
    if (guest->thrown) {
        napi_value exception;
        napi_get_reference_value(guest->env, guest->thrown, &exception);
        napi_delete_reference(guest->env, guest->thrown);
        guest->thrown = NULL;
        napi_throw(guest->env, exception);
    } else {
        throw_message(guest->env, w2s_trap_message(trap));
    }
    w2s_trap_free(trap);
    return NULL;
}

static napi_value call_wasm(napi_env env, napi_callback_info info)
{
    napi_value given[MAX_VALUES];
    size_t count = MAX_VALUES; /* what is not given is undefined */
    void *data;
    napi_get_cb_info(env, info, &count, given, NULL, &data);
    const struct function *export = data;
    w2s_value args[MAX_VALUES], result;
    for (uint32_t i = 0; i < export->type.param_count; i++)
        args[i] = from_js(env, given[i], export->type.params[i]);
    w2s_trap *trap = w2s_call(export->func, args, &result);
    if (trap)
        return rethrow(export->guest, trap);
    return export->type.result_count ? to_js(env, result, export->type.results[0]) : NULL;
}

static napi_value function_new(struct guest *guest, const char *name, w2s_func *func)
{
    napi_value js = NULL;
    struct function *export = calloc(1, sizeof *export);
    if (!export)
        return NULL;
    *export = (struct function){.guest = guest, .func = func, .type = w2s_func_type(func)};
    if (is_supported(&export->type))
        napi_create_function(guest->env, name, NAPI_AUTO_LENGTH, call_wasm, export, &js);
    else
        free(export);
    return js;
}

/* memory.buffer: a new one after the memory has grown, and the old one is detached, as the
 * JavaScript API has it. */
static napi_value memory_buffer(napi_env env, napi_callback_info info)
{
    void *data;
    size_t count = 0;
    napi_value buffer = NULL;
    napi_get_cb_info(env, info, &count, NULL, NULL, &data);
    struct memory *memory = data;
    uint64_t size = w2s_memory_size(memory->memory);
    if (memory->buffer)
        napi_get_reference_value(env, memory->buffer, &buffer);
    if (buffer && memory->size == size)
        return buffer;
    if (buffer) {
        napi_detach_arraybuffer(env, buffer);
        napi_delete_reference(env, memory->buffer);
    }
    napi_create_external_arraybuffer(env, w2s_memory_base(memory->memory), size, NULL, NULL,
                                     &buffer);
    napi_create_reference(env, buffer, 1, &memory->buffer);
    memory->size = size;
    return buffer;
}

static napi_value memory_new(struct guest *guest, w2s_memory *of)
{
    napi_value js = NULL;
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->memory = of;
    napi_property_descriptor buffer = {.utf8name = "buffer",
                                       .getter = memory_buffer,
                                       .attributes = napi_enumerable,
                                       .data = memory};
    napi_create_object(guest->env, &js);
    napi_define_properties(guest->env, js, 1, &buffer);
    return js;
}

static napi_value exports_new(struct guest *guest, w2s_instance *instance)
{
    const struct w2s_module_desc *desc = w2s_module_desc(w2s_instance_module(instance));
    napi_value exports;
    napi_create_object(guest->env, &exports);
    for (uint32_t i = 0; i < desc->export_count; i++) {
        w2s_extern item = w2s_instance_export_at(instance, i);
        const char *name = desc->exports[i].name.bytes;
        napi_value js = NULL;
        if (item.kind == W2S_FUNC)
            js = function_new(guest, name, item.of.func);
        else if (item.kind == W2S_MEMORY)
            js = memory_new(guest, item.of.memory);
        if (js)
            napi_set_named_property(guest->env, exports, name, js);
    }
    return exports;
}

/* ---- instantiate ---- */

static w2s_instance *link(struct guest *guest, w2s_module *module, napi_value imports,
                          w2s_error *err)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    w2s_linker *linker = guest->store ? w2s_linker_new(guest->store) : NULL;
    strcpy(err->message, "out of memory");
    for (uint32_t i = 0; linker && i < desc->import_count; i++)
        if (!import_define(guest, linker, desc, &desc->imports[i], imports))
            return NULL;
    return linker ? w2s_instance_new(guest->store, module, linker, NULL, err) : NULL;
}

static napi_value instantiate(napi_env env, napi_callback_info info)
{
    char path[4096];
    size_t count = 2;
    napi_value args[2];
    w2s_error err;
    napi_get_cb_info(env, info, &count, args, NULL, NULL);
    if (napi_get_value_string_utf8(env, args[0], path, sizeof path, NULL) != napi_ok)
        return throw_message(env, "instantiate(path, imports)");
    w2s_module *module = w2s_module_load(path, &err);
    if (!module)
        return throw_message(env, err.message);
    struct guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return throw_message(env, "out of memory");
    *guest = (struct guest){.env = env, .store = w2s_store_new(NULL)};
    w2s_instance *instance = link(guest, module, args[1], &err);
    w2s_module_free(module); /* the instance uses it */
    if (instance)
        return exports_new(guest, instance);
    w2s_store_free(guest->store);
    free(guest);
    return throw_message(env, err.message);
}

NAPI_MODULE_INIT()
{
    napi_value function;
    napi_create_function(env, "instantiate", NAPI_AUTO_LENGTH, instantiate, NULL, &function);
    napi_set_named_property(env, exports, "instantiate", function);
    return exports;
}
