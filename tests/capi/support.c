/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Modules and calls for the tests of wasm.h. MODULES is where the modules are as text; ARTIFACTS,
 * if defined, where they are compiled, for this machine by another one.
 */
#include "tests/capi/support.h"

#include <stdio.h>
#include <stdlib.h>

#include "frontend/arena.h"
#include "frontend/text/text.h"
#include "wasm2so_capi.h"

static void read_file(const char *folder, const char *name, const char *suffix,
                      wasm_byte_vec_t *out)
{
    char path[500];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    wasm_byte_vec_new_uninitialized(out, (size_t)ftell(file));
    rewind(file);
    assert_int_equal(fread(out->data, 1, out->size, file), out->size);
    fclose(file);
}

void support_binary(const char *name, wasm_byte_vec_t *out)
{
    struct arena arena = {.head = NULL};
    struct error err = ERROR_INIT;
    struct slice binary;
    wasm_byte_vec_t text;
    read_file(MODULES, name, ".wat", &text);
    struct slice input = {(const uint8_t *)text.data, text.size};
    if (!text_to_binary(input, NULL, &arena, &binary, NULL, &err))
        fail_msg("%s: %u: %s", name, err.line, err.message);
    wasm_byte_vec_new(out, binary.n, (const char *)binary.p);
    wasm_byte_vec_delete(&text);
    arena_free(&arena);
}

wasm_module_t *support_module(wasm_store_t *store, const char *name)
{
    wasm_byte_vec_t bytes;
#ifdef ARTIFACTS
    read_file(ARTIFACTS, name, ".so", &bytes);
    wasm_module_t *module = wasm_module_deserialize(store, &bytes);
#else
    support_binary(name, &bytes);
    wasm_module_t *module = wasm_module_new(store, &bytes);
#endif
    wasm_byte_vec_delete(&bytes);
    if (!module)
        fail_msg("%s: %s", name, w2s_capi_error());
    return module;
}

void world_open(struct world *world, const char *module)
{
    *world = (struct world){.engine = wasm_engine_new()};
    world->store = wasm_store_new(world->engine);
    world->module = support_module(world->store, module);
}

void world_link(struct world *world, wasm_extern_t *const *imports, size_t count)
{
    wasm_extern_vec_t vec;
    wasm_extern_vec_new(&vec, count, imports);
    world->instance = wasm_instance_new(world->store, world->module, &vec, NULL);
    wasm_extern_vec_delete(&vec);
    if (!world->instance)
        fail_msg("%s", w2s_capi_error());
    wasm_instance_exports(world->instance, &world->exports);
}

void world_close(struct world *world)
{
    wasm_extern_vec_delete(&world->exports);
    wasm_instance_delete(world->instance);
    wasm_module_delete(world->module);
    wasm_store_delete(world->store);
    wasm_engine_delete(world->engine);
    *world = (struct world){.engine = NULL};
}

wasm_extern_t *world_export(const struct world *world, const char *name)
{
    wasm_exporttype_vec_t types;
    wasm_extern_t *found = NULL;
    wasm_module_exports(world->module, &types);
    assert_int_equal(types.size, world->exports.size);
    for (size_t i = 0; i < types.size; i++) {
        const wasm_name_t *n = wasm_exporttype_name(types.data[i]);
        if (n->size == strlen(name) && memcmp(n->data, name, n->size) == 0)
            found = world->exports.data[i];
    }
    wasm_exporttype_vec_delete(&types);
    assert_non_null(found);
    return found;
}

wasm_func_t *world_func(const struct world *world, const char *name)
{
    wasm_func_t *func = wasm_extern_as_func(world_export(world, name));
    assert_non_null(func);
    return func;
}

wasm_extern_t *support_func(wasm_store_t *store, wasm_functype_t *type,
                            wasm_func_callback_t callback)
{
    wasm_func_t *func = wasm_func_new(store, type, callback);
    wasm_functype_delete(type);
    assert_non_null(func);
    return wasm_func_as_extern(func);
}

void call(const wasm_func_t *func, wasm_val_t *args, size_t arg_count, wasm_val_t *results,
          size_t result_count)
{
    const wasm_val_vec_t in = {arg_count, args};
    wasm_val_vec_t out = {result_count, results};
    wasm_trap_t *trap = wasm_func_call(func, &in, &out);
    if (trap) {
        wasm_message_t message;
        wasm_trap_message(trap, &message);
        fail_msg("%s", message.data);
    }
}

int32_t call_i_i(const wasm_func_t *func, int32_t x)
{
    wasm_val_t arg = WASM_I32_VAL(x), result = WASM_INIT_VAL;
    call(func, &arg, 1, &result, 1);
    assert_int_equal(result.kind, WASM_I32);
    return result.of.i32;
}

void call_traps(const wasm_func_t *func, wasm_val_t *args, size_t arg_count, const char *text)
{
    enum { MOST = 4 };
    wasm_val_t results[MOST];
    const wasm_val_vec_t in = {arg_count, args};
    wasm_val_vec_t out = {MOST, results};
    wasm_message_t message;
    wasm_trap_t *trap = wasm_func_call(func, &in, &out);
    assert_non_null(trap);
    wasm_trap_message(trap, &message);
    assert_int_equal(message.data[message.size - 1], '\0');
    if (!strstr(message.data, text))
        fail_msg("\"%s\" where \"%s\" was expected", message.data, text);
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
}
