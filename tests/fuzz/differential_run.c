/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls the exports t0, t1, ... of a compiled module and prints a line: how every call ended, and a
 * sum of the memories after it.
 */
#include "tests/fuzz/differential_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/wasm2so.h"

void differential_die(const char *file, const char *way, const char *message)
{
    printf("%s %s error:%s\n", file, way, message);
    exit(1);
}

/* The memory as one number of whole words, lowest first, modulo 2^32 - 5: quick in any language. */
static uint32_t memory_hash(w2s_memory *memory)
{
    const uint8_t *base = w2s_memory_base(memory);
    uint64_t hash = 0;
    for (uint64_t i = w2s_memory_size(memory) / 4; i > 0; i--) {
        uint32_t word;
        memcpy(&word, base + 4 * (i - 1), sizeof word);
        hash = (5 * hash + word) % UINT64_C(4294967291);
    }
    return (uint32_t)hash;
}

/* The engines word some traps differently; those are one. */
static const char *kind_name(enum w2s_trap_kind kind)
{
    switch ((int)kind) {
    case W2S_TRAP_UNDEFINED_ELEMENT:
    case W2S_TRAP_UNINITIALIZED_ELEMENT:
    case W2S_TRAP_INDIRECT_CALL_TYPE:
    case W2S_TRAP_TABLE_OOB: return "table";
    case W2S_TRAP_NULL_FUNC:
    case W2S_TRAP_NULL_STRUCT:
    case W2S_TRAP_NULL_ARRAY:
    case W2S_TRAP_NULL_I31:
    case W2S_TRAP_NULL_EXN: return w2s_trap_kind_message(W2S_TRAP_NULL_REF);
    case W2S_TRAP_INVALID_CONVERSION: return w2s_trap_kind_message(W2S_TRAP_INT_OVERFLOW);
    default: return w2s_trap_kind_message(kind);
    }
}

static void print_word(const char *text)
{
    for (; *text; text++)
        putchar(*text == ' ' ? '_' : *text);
}

enum { FULL = 2000000000 };

/* NULL if the start function traps, which is printed as what came out. */
static w2s_instance *instance_make(w2s_store **store, w2s_module *module, const char *file,
                                   const char *way)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    *store = w2s_store_new(NULL);
    if (strstr(way, "fuel") && !w2s_store_set_fuel(*store, FULL, &err))
        differential_die(file, way, err.message);
    w2s_instance *instance = w2s_instance_new(*store, module, NULL, &trap, &err);
    if (!instance && !trap)
        differential_die(file, way, err.message);
    if (trap) {
        printf(" start=");
        print_word(kind_name(w2s_trap_kind(trap)));
        printf(":0");
        w2s_trap_free(trap);
    }
    return instance;
}

/* Of the memory, and of a second one if there is one. */
static uint32_t memories_hash(w2s_instance *instance)
{
    w2s_memory *second = w2s_instance_memory(instance, "memory1");
    uint32_t hash = memory_hash(w2s_instance_memory(instance, "memory"));
    return second ? 31 * hash + memory_hash(second) : hash;
}

/* Calls each export; after a trap the next one gets a new instance. */
static void module_run(w2s_module *module, const char *file, const char *way)
{
    w2s_store *store;
    printf("%s %s", file, way);
    w2s_instance *instance = instance_make(&store, module, file, way);
    int64_t used = 0, before = w2s_store_fuel(store);
    for (unsigned i = 0; instance; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%u", i);
        w2s_func *func = w2s_instance_func(instance, name);
        if (!func)
            break;
        w2s_trap *trap = w2s_call(func, NULL, NULL);
        printf(" %s=", name);
        print_word(trap ? kind_name(w2s_trap_kind(trap)) : "ok");
        printf(":%08x", memories_hash(instance));
        if (trap) {
            w2s_trap_free(trap);
            w2s_store_free(store);
            instance = instance_make(&store, module, file, way);
        } else {
            used += before - w2s_store_fuel(store);
        }
        before = w2s_store_fuel(store);
    }
    if (strstr(way, "fuel"))
        printf(" fuel=%lld", (long long)used);
    putchar('\n');
    w2s_store_free(store);
}

void differential_run(const char *path, const char *file, const char *way, const char *profile)
{
    w2s_error err;
    w2s_module *module = w2s_module_load(path, &err);
    if (!module)
        differential_die(file, way, err.message);
    module_run(module, file, way);
    if (profile && !w2s_module_write_profile(module, profile, &err))
        differential_die(file, way, err.message);
    w2s_module_free(module);
}
