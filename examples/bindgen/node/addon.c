/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The addon: instantiate(PATH, imports) gives what `exports` of a WebAssembly.Instance is;
 * describe(PATH) what a module imports and exports, and the SHA-256 of the .wasm that it was made
 * of. wasm2so.js makes the JavaScript API of the two. Instances live as long as the process.
 */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

/* ---- imports ---- */

/* imports[module][name], if it is a function. */
static bool import_get(napi_env env, napi_value imports, const struct w2s_import_desc *desc,
                       napi_value *callback)
{
    napi_value module;
    napi_valuetype type;
    return napi_get_named_property(env, imports, desc->module.bytes, &module) == napi_ok &&
           napi_typeof(env, module, &type) == napi_ok &&
           (type == napi_object || type == napi_function) &&
           napi_get_named_property(env, module, desc->name.bytes, callback) == napi_ok &&
           napi_typeof(env, *callback, &type) == napi_ok && type == napi_function;
}

/* What is not given, and what is no function, is left to the instantiation to miss. */
static w2s_linker *linker_new(struct guest *guest, const struct w2s_module_desc *desc,
                              napi_value imports)
{
    w2s_linker *linker = w2s_linker_new(guest->store);
    napi_value callback;
    for (uint32_t i = 0; linker && i < desc->import_count; i++) {
        const struct w2s_import_desc *import = &desc->imports[i];
        if (import->type.kind == W2S_FUNC && import_get(guest->env, imports, import, &callback) &&
            !import_define(guest, linker, import, &desc->types[import->type.type_index], callback))
            return NULL;
    }
    return linker;
}

/* ---- exports ---- */

static napi_value extern_js(struct guest *guest, w2s_extern item)
{
    switch (item.kind) {
    case W2S_FUNC: return function_js(guest, item.of.func);
    case W2S_TABLE: return table_js(guest, item.of.table);
    case W2S_MEMORY: return memory_js(guest, item.of.memory);
    case W2S_GLOBAL: return global_js(guest, item.of.global);
    default: return NULL;
    }
}

static napi_value exports_new(struct guest *guest, w2s_instance *instance)
{
    const struct w2s_module_desc *desc = w2s_module_desc(w2s_instance_module(instance));
    napi_value exports;
    napi_create_object(guest->env, &exports);
    for (uint32_t i = 0; i < desc->export_count; i++) {
        napi_value js = extern_js(guest, w2s_instance_export_at(instance, i));
        if (js)
            napi_set_named_property(guest->env, exports, desc->exports[i].name.bytes, js);
    }
    return exports;
}

/* ---- instantiate ---- */

static struct guest *guest_new(napi_env env)
{
    static const w2s_valtype thrown = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_EXTERN};
    static const w2s_functype tag = {.params = &thrown, .param_count = 1};
    struct guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return NULL;
    guest->env = env;
    guest->store = w2s_store_new(NULL);
    guest->js_tag = guest->store ? w2s_tag_new(guest->store, &tag) : NULL;
    if (guest->js_tag && held_init(guest))
        return guest;
    w2s_store_free(guest->store);
    free(guest);
    return NULL;
}

/* Functions that were handed to JavaScript by the start function may still be called, so what
 * failed stays as well. */
static napi_value instantiate_module(napi_env env, w2s_module *module, napi_value imports)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    struct guest *guest = guest_new(env);
    w2s_linker *linker = guest ? linker_new(guest, w2s_module_desc(module), imports) : NULL;
    bool pending = false;
    napi_is_exception_pending(env, &pending); /* by a getter of an import */
    if (!linker || pending)
        return pending ? NULL : throw_error(env, "RangeError", "out of memory");
    guest->depth++;
    w2s_instance *instance = w2s_instance_new(guest->store, module, linker, &trap, &err);
    guest->depth--;
    if (trap)
        return throw_trap(guest, trap);
    if (!instance)
        return throw_error(env, err.kind == W2S_ERROR_LINK ? "LinkError" : "RangeError",
                           err.message);
    held_watch(guest, instance);
    return exports_new(guest, instance);
}

/* The first argument, loaded; NULL, and thrown, if that fails. */
static w2s_module *module_of(napi_env env, napi_callback_info info, napi_value args[2])
{
    char path[4096];
    size_t count = 2;
    w2s_error err;
    napi_get_cb_info(env, info, &count, args, NULL, NULL);
    if (napi_get_value_string_utf8(env, args[0], path, sizeof path, NULL) != napi_ok) {
        throw_error(env, "TypeError", "the path of a compiled module is wanted");
        return NULL;
    }
    w2s_module *module = w2s_module_load(path, &err);
    if (!module)
        throw_error(env, "CompileError", err.message);
    return module;
}

static napi_value instantiate(napi_env env, napi_callback_info info)
{
    napi_value args[2];
    w2s_module *module = module_of(env, info, args);
    if (!module)
        return NULL;
    napi_value exports = instantiate_module(env, module, args[1]);
    w2s_module_free(module); /* the instance uses it */
    return exports;
}

/* ---- describe ---- */

static const char *const kinds[] = {
    [W2S_FUNC] = "function", [W2S_TABLE] = "table", [W2S_MEMORY] = "memory",
    [W2S_GLOBAL] = "global", [W2S_TAG] = "tag",
};

static void set_text(napi_env env, napi_value object, const char *key, const char *text,
                     size_t size)
{
    napi_value js;
    napi_create_string_utf8(env, text, size, &js);
    napi_set_named_property(env, object, key, js);
}

/* {module, name, kind}; exports have no module. */
static napi_value item_new(napi_env env, const struct w2s_name *module, struct w2s_name name,
                           uint32_t kind)
{
    napi_value item;
    napi_create_object(env, &item);
    if (module)
        set_text(env, item, "module", module->bytes, module->size);
    set_text(env, item, "name", name.bytes, name.size);
    set_text(env, item, "kind", kinds[kind], NAPI_AUTO_LENGTH);
    return item;
}

static napi_value describe(napi_env env, napi_callback_info info)
{
    napi_value args[2], result, imports, exports, hash;
    void *bytes;
    w2s_module *module = module_of(env, info, args);
    if (!module)
        return NULL;
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    napi_create_object(env, &result);
    napi_create_array(env, &imports);
    napi_create_array(env, &exports);
    for (uint32_t i = 0; i < desc->import_count; i++)
        napi_set_element(env, imports, i,
                         item_new(env, &desc->imports[i].module, desc->imports[i].name,
                                  desc->imports[i].type.kind));
    for (uint32_t i = 0; i < desc->export_count; i++)
        napi_set_element(env, exports, i,
                         item_new(env, NULL, desc->exports[i].name, desc->exports[i].kind));
    napi_create_buffer_copy(env, sizeof desc->source_hash, desc->source_hash, &bytes, &hash);
    napi_set_named_property(env, result, "imports", imports);
    napi_set_named_property(env, result, "exports", exports);
    napi_set_named_property(env, result, "hash", hash);
    w2s_module_free(module);
    return result;
}

NAPI_MODULE_INIT()
{
    const napi_property_descriptor functions[] = {
        {.utf8name = "instantiate", .method = instantiate, .attributes = napi_enumerable},
        {.utf8name = "describe", .method = describe, .attributes = napi_enumerable}};
    napi_define_properties(env, exports, 2, functions);
    return exports;
}
