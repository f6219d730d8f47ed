/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A program for the standard C API: compiles hello.wasm, gives it a function, calls it.
 */
#include <stdio.h>

#include "wasm.h"

static wasm_trap_t *say_hello(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)args;
    (void)results;
    puts("Hello, world!");
    return NULL;
}

static int read_file(const char *path, wasm_byte_vec_t *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    fseek(file, 0, SEEK_END);
    wasm_byte_vec_new_uninitialized(out, (size_t)ftell(file));
    rewind(file);
    size_t got = fread(out->data, 1, out->size, file);
    fclose(file);
    return got == out->size;
}

static int fail(const char *what)
{
    fprintf(stderr, "hello: %s\n", what);
    return 1;
}

int main(int argc, char **argv)
{
    wasm_engine_t *engine = wasm_engine_new();
    wasm_store_t *store = wasm_store_new(engine);

    wasm_byte_vec_t binary;
    if (!read_file(argc > 1 ? argv[1] : "hello.wasm", &binary))
        return fail("cannot read the module");
    wasm_module_t *module = wasm_module_new(store, &binary);
    wasm_byte_vec_delete(&binary);
    if (!module)
        return fail("cannot compile the module");

    wasm_functype_t *type = wasm_functype_new_0_0();
    wasm_func_t *hello = wasm_func_new(store, type, say_hello);
    wasm_functype_delete(type);
    wasm_extern_t *externs[] = {wasm_func_as_extern(hello)};
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
    wasm_instance_t *instance = wasm_instance_new(store, module, &imports, NULL);
    wasm_func_delete(hello);
    wasm_module_delete(module);
    if (!instance)
        return fail("cannot make an instance");

    wasm_extern_vec_t exports;
    wasm_instance_exports(instance, &exports);
    wasm_instance_delete(instance);
    const wasm_func_t *run = exports.size ? wasm_extern_as_func(exports.data[0]) : NULL;
    wasm_val_vec_t none = WASM_EMPTY_VEC;
    if (!run || wasm_func_call(run, &none, &none))
        return fail("cannot call \"run\"");

    wasm_extern_vec_delete(&exports);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    return 0;
}
