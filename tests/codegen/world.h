/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * For tests that run what they compile. Whatever fails here fails the test.
 */
#ifndef TESTS_CODEGEN_WORLD_H
#define TESTS_CODEGEN_WORLD_H

#include "runtime/include/wasm2so.h"
#include "tests/codegen/support.h"

/* Compiles a module and loads it; options may be NULL. */
w2s_module *world_load(const char *text, const w2s_compile_options *options);

/* A store with modules that import each other. */
struct world {
    w2s_compile_options options; /* of all modules */
    w2s_store *store;
    w2s_linker *linker;
};

/* config may be NULL. The store is the caller's to free. */
struct world world_open(int level, const w2s_store_config *config);

/* Compiles, instantiates, and offers the exports under that name. */
w2s_instance *world_add(struct world *w, const char *name, const char *text);

#endif
