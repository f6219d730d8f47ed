/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * For the tests of wasm.h, which are programs as its users write them: modules by name, exports by
 * name, calls in one line. Whatever fails here ends the test.
 */
#ifndef TESTS_CAPI_SUPPORT_H
#define TESTS_CAPI_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <cmocka.h>
#ifdef __cplusplus
}
#endif

#include "wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An engine, a store, and an instance with its exports. */
struct world {
    wasm_engine_t *engine;
    wasm_store_t *store;
    wasm_module_t *module;
    wasm_instance_t *instance;
    wasm_extern_vec_t exports;
};

/* The bytes of the module in tests/capi/NAME.wat. */
void support_binary(const char *name, wasm_byte_vec_t *out);
/* The module: compiled where there is a compiler, else deserialized. */
wasm_module_t *support_module(wasm_store_t *store, const char *name);

/* Opens all but the instance. */
void world_open(struct world *world, const char *module);
/* The instance and its exports. The imports are used up. */
void world_link(struct world *world, wasm_extern_t *const *imports, size_t count);
/* Deletes it all; what is deleted already is NULL. */
void world_close(struct world *world);

wasm_extern_t *world_export(const struct world *world, const char *name);
wasm_func_t *world_func(const struct world *world, const char *name);

/* A host function of the type; type is used up. */
wasm_extern_t *support_func(wasm_store_t *store, wasm_functype_t *type,
                            wasm_func_callback_t callback);

/* Calls with so many arguments and results; it must not trap. */
void call(const wasm_func_t *func, wasm_val_t *args, size_t arg_count, wasm_val_t *results,
          size_t result_count);
int32_t call_i_i(const wasm_func_t *func, int32_t x);
/* Calls func and deletes its trap, whose message must hold text. */
void call_traps(const wasm_func_t *func, wasm_val_t *args, size_t arg_count, const char *text);

#ifdef __cplusplus
}
#endif

#endif
