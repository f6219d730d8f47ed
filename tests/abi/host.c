/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs the module of tests/abi/module.c: imports, exports, memory, table, global, segments, start,
 * traps by a fault and by a helper, several results, calls of the host and direct ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm2so.h"

int32_t abi_direct_add(w2s_instance *instance, int32_t a, int32_t b);

static int failures;

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0                                                                         \
                 : (void)(failures++, printf("%s:%d: %s\n", __FILE__, __LINE__, #condition)))

static w2s_instance *instance;
static w2s_value results[3];

/* The kind of the trap, or W2S_TRAP_NONE with results. */
static enum w2s_trap_kind call(const char *name, int32_t a, int32_t b)
{
    w2s_value args[2] = {{.i32 = a}, {.i32 = b}};
    w2s_func *func = w2s_instance_func(instance, name);
    w2s_trap *trap = func ? w2s_call(func, args, results) : w2s_trap_new(NULL, "no export");
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    w2s_trap_free(trap);
    return kind;
}

static w2s_trap *host(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *out)
{
    CHECK(caller == instance || !caller); /* none in a call through the table */
    out[0].i32 = args[0].i32 * 10;
    return args[0].i32 < 0 ? w2s_trap_new(env, "negative") : NULL;
}

static w2s_instance *make(w2s_store *store, const char *path)
{
    w2s_error err = {0};
    w2s_module *module = w2s_module_load(path, &err);
    static const w2s_valtype i32[] = {{.kind = W2S_I32}, {.kind = W2S_I32}};
    const w2s_functype type = {i32, i32, 1, 1};
    w2s_linker *linker = w2s_linker_new(store);
    w2s_extern item = {W2S_FUNC, {.func = w2s_func_new(store, &type, host, store, NULL)}};
    w2s_linker_define(linker, "env", "host", item);
    w2s_instance *made = module ? w2s_instance_new(store, module, linker, NULL, &err) : NULL;
    if (!made) {
        printf("%s\n", err.message);
        exit(1);
    }
    w2s_module_free(module);
    return made;
}

static void check_memory(void)
{
    char bytes[4];
    w2s_memory *memory = w2s_instance_memory(instance, "memory");
    CHECK(memory && w2s_memory_read(memory, 16, bytes, 4) && memcmp(bytes, "wasm", 4) == 0);
    CHECK(call("load", 16, 0) == W2S_TRAP_NONE && results[0].i32 == 0x6d736177);
    CHECK(call("load", 0x10000, 0) == W2S_TRAP_MEMORY_OOB);
    CHECK(call("load", -1, 0) == W2S_TRAP_MEMORY_OOB);
    CHECK(call("grow", 1, 0) == W2S_TRAP_NONE && results[0].i32 == 1);
    CHECK(call("load", 0x10000, 0) == W2S_TRAP_NONE && results[0].i32 == 0);
    CHECK(call("grow", 9, 0) == W2S_TRAP_NONE && results[0].i32 == -1);
}

static void check_table(void)
{
    CHECK(call("indirect", 0, 21) == W2S_TRAP_NONE && results[0].i32 == 42);
    CHECK(call("indirect", 1, 21) == W2S_TRAP_NONE && results[0].i32 == 210); /* the host's */
    CHECK(call("indirect", 2, 21) == W2S_TRAP_INDIRECT_CALL_TYPE);
    CHECK(call("indirect", 3, 21) == W2S_TRAP_UNINITIALIZED_ELEMENT);
    CHECK(call("indirect", 4, 21) == W2S_TRAP_UNDEFINED_ELEMENT);
}

static void check_results(void)
{
    /* The constant 37, and 5 by the start function. */
    CHECK(call("count", 0, 0) == W2S_TRAP_NONE && results[0].i32 == 42 && results[1].i64 == 42);
    CHECK(call("count", 0, 0) == W2S_TRAP_NONE && results[0].i32 == 43 && results[1].i64 == 43);
    CHECK(w2s_global_get(w2s_instance_global(instance, "global")).i32 == 44);
    CHECK(call("three", 7, 0) == W2S_TRAP_NONE && results[0].i32 == 7 && results[1].i32 == 8 &&
          results[2].i32 == 9);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    w2s_store *store = w2s_store_new(NULL);
    instance = make(store, argv[1]);
    CHECK(call("add", 34, 76) == W2S_TRAP_NONE && results[0].i32 == 110);
    CHECK(call("call_host", 5, 0) == W2S_TRAP_NONE && results[0].i32 == 51);
    CHECK(call("call_host", -5, 0) == W2S_TRAP_HOST);
    check_memory();
    check_table();
    check_results();
    for (int32_t i = 0; i < 3; i++)
        CHECK(abi_direct_add(instance, i, 76) == i + 76);
    CHECK(abi_direct_add(NULL, 1, 2) == 0 && w2s_last_trap() == W2S_TRAP_HOST);
    w2s_store_free(store);
    printf("%d failures\n", failures);
    return failures != 0;
}
