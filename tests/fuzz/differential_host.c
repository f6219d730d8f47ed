/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiles each module in several ways, calls its exports t0, t1, ... and prints one line for each
 * way: how every call ended, and a sum of the memory after it. differential.py compares the lines,
 * with each other and with those of differential.js. A way is
 * LEVEL[,checked][,native][,strict][,interruptible][,fuel][,pgo]; with fuel the last word of the
 * line says how much all calls that ended without a trap used, with pgo it is done counting first,
 * then by what was counted. usage: differential_host DIRECTORY WAY[:WAY...] MODULE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/include/wasm2so_compile.h"
#include "runtime/include/wasm2so.h"

static void die(const char *file, const char *way, const char *message)
{
    printf("%s %s error:%s\n", file, way, message);
    exit(1);
}

/* FNV-1a over words of 32 bits. */
static uint32_t memory_hash(w2s_memory *memory)
{
    const uint8_t *base = w2s_memory_base(memory);
    uint32_t hash = 0x811c9dc5;
    for (uint64_t i = 0, n = w2s_memory_size(memory); i < n; i += 4) {
        uint32_t word;
        memcpy(&word, base + i, sizeof word);
        hash = (hash ^ word) * 0x01000193;
    }
    return hash;
}

/* The engines word some traps differently; those are one. */
static const char *kind_name(enum w2s_trap_kind kind)
{
    switch ((int)kind) {
    case W2S_TRAP_UNDEFINED_ELEMENT:
    case W2S_TRAP_UNINITIALIZED_ELEMENT:
    case W2S_TRAP_INDIRECT_CALL_TYPE:
    case W2S_TRAP_TABLE_OOB: return "table";
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

static w2s_instance *instance_make(w2s_store **store, w2s_module *module, const char *file,
                                   const char *way)
{
    w2s_error err;
    *store = w2s_store_new(NULL);
    if (strstr(way, "fuel") && !w2s_store_set_fuel(*store, FULL, &err))
        die(file, way, err.message);
    w2s_instance *instance = w2s_instance_new(*store, module, NULL, NULL, &err);
    if (!instance)
        die(file, way, err.message);
    return instance;
}

/* Calls each export; after a trap the next one gets a new instance. */
static void module_run(w2s_module *module, const char *file, const char *way)
{
    w2s_store *store;
    w2s_instance *instance = instance_make(&store, module, file, way);
    int64_t used = 0, before = w2s_store_fuel(store);
    printf("%s %s", file, way);
    for (unsigned i = 0;; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%u", i);
        w2s_func *func = w2s_instance_func(instance, name);
        if (!func)
            break;
        w2s_trap *trap = w2s_call(func, NULL, NULL);
        printf(" %s=", name);
        print_word(trap ? kind_name(w2s_trap_kind(trap)) : "ok");
        printf(":%08x", memory_hash(w2s_instance_memory(instance, "memory")));
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

static void options_of(const char *way, w2s_compile_options *options)
{
    options->level = way[0] - '0';
    options->memory = strstr(way, "checked") ? W2S_MEMORY_CHECKED : W2S_MEMORY_AUTO;
    options->cpu = strstr(way, "native") ? "native" : NULL;
    options->strict_traps = strstr(way, "strict") != NULL;
    options->interruptible = strstr(way, "interruptible") != NULL;
    options->fuel = strstr(way, "fuel") != NULL;
    options->jobs = 1;
}

struct input {
    const char *file;
    const void *bytes;
    size_t size;
};

/* Compiles and runs. profile: where to write what was counted, or NULL. */
static void run_way(const struct input *in, const char *directory, const char *way,
                    const w2s_compile_options *options, const char *profile)
{
    char output[4096];
    w2s_error err;
    w2s_compile_error compile_err;
    snprintf(output, sizeof output, "%s/module.so", directory);
    if (!w2s_compile(in->bytes, in->size, options, output, &compile_err))
        die(in->file, way, compile_err.message);
    w2s_module *module = w2s_module_load(output, &err);
    if (!module)
        die(in->file, way, err.message);
    module_run(module, in->file, way);
    if (profile && !w2s_module_write_profile(module, profile, &err))
        die(in->file, way, err.message);
    w2s_module_free(module);
    unlink(output);
}

/* The file's size; it is removed. */
static size_t take_file(const char *path, void *bytes, size_t size)
{
    FILE *in = fopen(path, "rb");
    size_t n = in ? fread(bytes, 1, size, in) : 0;
    if (in)
        fclose(in);
    unlink(path);
    return n;
}

static void one_way(const struct input *in, const char *directory, const char *way)
{
    static char profile[1 << 22];
    char path[4096], counting[64];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options_of(way, &options);
    if (strstr(way, "pgo")) {
        snprintf(path, sizeof path, "%s/profile", directory);
        snprintf(counting, sizeof counting, "%s,counting", way);
        options.count_profile = true;
        run_way(in, directory, counting, &options, path);
        options.count_profile = false;
        options.profile = profile;
        options.profile_size = take_file(path, profile, sizeof profile);
    }
    run_way(in, directory, way, &options, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    for (int i = 3; i < argc; i++) {
        static char bytes[1 << 20], ways[256];
        FILE *in = fopen(argv[i], "rb");
        if (!in)
            die(argv[i], "-", "cannot open");
        size_t size = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        snprintf(ways, sizeof ways, "%s", argv[2]);
        for (char *way = strtok(ways, ":"); way; way = strtok(NULL, ":")) {
            one_way(&(struct input){argv[i], bytes, size}, argv[1], way);
            fflush(stdout);
        }
    }
    return 0;
}
