/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasmtime through its C API, from the shared library of its Python package; that has no headers,
 * so the few declarations needed stand here, written from the library's documentation (version 50).
 */
#include "coldstart.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct byte_vec {
    size_t size;
    char *data;
};

struct extern_item {
    uint8_t kind;
    union {
        struct {
            uint64_t store;
            void *function;
        } func;
        uint64_t room[4];
    } of;
};

struct value {
    uint8_t kind;
    union {
        int32_t i32;
        uint64_t room[3];
    } of;
};

struct instance {
    uint64_t store;
    size_t index;
};

#define FUNCTIONS(F)                                                                               \
    F(void *, wasm_config_new, (void))                                                             \
    F(void *, wasm_engine_new_with_config, (void *))                                               \
    F(void *, wasmtime_pooling_allocation_config_new, (void))                                      \
    F(void, wasmtime_pooling_allocation_config_total_memories_set, (void *, uint32_t))             \
    F(void, wasmtime_pooling_allocation_config_total_tables_set, (void *, uint32_t))               \
    F(void, wasmtime_pooling_allocation_config_total_core_instances_set, (void *, uint32_t))       \
    F(void, wasmtime_pooling_allocation_config_linear_memory_keep_resident_set, (void *, size_t))  \
    F(void, wasmtime_pooling_allocation_config_table_keep_resident_set, (void *, size_t))          \
    F(void, wasmtime_pooling_allocation_strategy_set, (void *, void *))                            \
    F(void *, wasmtime_wat2wasm, (const char *, size_t, struct byte_vec *))                        \
    F(void *, wasmtime_module_new, (void *, const uint8_t *, size_t, void **))                     \
    F(void *, wasmtime_module_serialize, (void *, struct byte_vec *))                              \
    F(void *, wasmtime_module_deserialize_file, (void *, const char *, void **))                   \
    F(void *, wasmtime_store_new, (void *, void *, void *))                                        \
    F(void *, wasmtime_store_context, (void *))                                                    \
    F(void, wasmtime_store_delete, (void *))                                                       \
    F(void *, wasmtime_instance_new,                                                               \
      (void *, const void *, const struct extern_item *, size_t, struct instance *, void **))      \
    F(bool, wasmtime_instance_export_get,                                                          \
      (void *, const struct instance *, const char *, size_t, struct extern_item *))               \
    F(void *, wasmtime_func_call,                                                                  \
      (void *, const void *, const struct value *, size_t, struct value *, size_t, void **))

#define F(result, name, parameters) static result(*name) parameters;
FUNCTIONS(F)
#undef F

static void *library;
static void *engines[PEER__COUNT], *modules[PEER__COUNT];

static bool find(const char *name, void *to)
{
    void *symbol = dlsym(library, name);
    memcpy(to, &symbol, sizeof symbol);
    return symbol != NULL;
}

static bool find_all(void)
{
    bool found = true;
#define F(result, name, parameters) found &= find(#name, &name);
    FUNCTIONS(F)
#undef F
    return found;
}

static void *engine_of(enum peer_way way)
{
    void *config = wasm_config_new();
    if (way != PEER_ON_DEMAND) {
        size_t keep = way == PEER_RESIDENT ? 1 << 20 : 0;
        void *pool = wasmtime_pooling_allocation_config_new();
        wasmtime_pooling_allocation_config_total_memories_set(pool, 100);
        wasmtime_pooling_allocation_config_total_tables_set(pool, 100);
        wasmtime_pooling_allocation_config_total_core_instances_set(pool, 100);
        wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, keep);
        wasmtime_pooling_allocation_config_table_keep_resident_set(pool, keep);
        wasmtime_pooling_allocation_strategy_set(config, pool);
    }
    return wasm_engine_new_with_config(config);
}

static void write_file(const char *path, const struct byte_vec *bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes->data, 1, bytes->size, file) != bytes->size || fclose(file) != 0)
        fail("cannot write", path);
}

bool peer_open(const char *path, const char *wat, const char *artifact)
{
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library || !find_all())
        return false;
    if (!wat)
        return true;
    struct byte_vec wasm, serialized;
    void *module;
    if (wasmtime_wat2wasm(wat, strlen(wat), &wasm) ||
        wasmtime_module_new(engine_of(PEER_ON_DEMAND), (const uint8_t *)wasm.data, wasm.size,
                            &module) ||
        wasmtime_module_serialize(module, &serialized))
        fail("wasmtime does not compile", artifact);
    write_file(artifact, &serialized);
    return true;
}

void peer_load(enum peer_way way, const char *artifact)
{
    engines[way] = engine_of(way);
    if (wasmtime_module_deserialize_file(engines[way], artifact, &modules[way]))
        fail("wasmtime does not load", artifact);
}

int peer_request(enum peer_way way)
{
    void *store = wasmtime_store_new(engines[way], NULL, NULL), *trap = NULL;
    void *context = wasmtime_store_context(store);
    struct instance instance;
    struct extern_item run;
    struct value result = {0};
    if (wasmtime_instance_new(context, modules[way], NULL, 0, &instance, &trap) || trap ||
        !wasmtime_instance_export_get(context, &instance, "run", 3, &run) ||
        wasmtime_func_call(context, &run.of.func, NULL, 0, &result, 1, &trap) || trap)
        fail("wasmtime", "no instance, or no result");
    wasmtime_store_delete(store);
    return result.of.i32;
}
