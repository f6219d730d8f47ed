/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A host for the examples of chapter 3: loads each compiled module, gives it what it imports, calls
 * it and prints what came back.   usage: host DIRECTORY (of the .so files)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wasm2so.h>

static void die(const char *what, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "host: %s: %s\n", what, why);
    exit(1);
}

/* A module and one instance of it, in a store of their own. */
struct guest {
    const char *name;
    w2s_store *store;
    w2s_linker *linker;
    w2s_module *module;
    w2s_instance *instance;
};

static struct guest guest_open(const char *directory, const char *name)
{
    char path[4096];
    w2s_error err;
    struct guest guest = {.name = name, .store = w2s_store_new(NULL)};
    snprintf(path, sizeof path, "%s/%s.so", directory, name);
    guest.module = w2s_module_load(path, &err);
    if (!guest.module)
        die(path, err.message);
    guest.linker = guest.store ? w2s_linker_new(guest.store) : NULL;
    if (!guest.linker)
        die(name, "out of memory");
    return guest;
}

static void guest_instantiate(struct guest *guest)
{
    w2s_error err;
    guest->instance = w2s_instance_new(guest->store, guest->module, guest->linker, NULL, &err);
    if (!guest->instance)
        die(guest->name, err.message);
}

static void guest_close(struct guest *guest)
{
    w2s_store_free(guest->store);
    w2s_module_free(guest->module);
}

/* Calls an export with i32 arguments; prints "guest: name(args) => result". */
static void call(struct guest *guest, const char *name, int count, const int32_t *numbers)
{
    w2s_func *func = w2s_instance_func(guest->instance, name);
    if (!func)
        die(guest->name, "no such export");
    w2s_value args[3] = {{.i32 = 0}}, result = {.i32 = 0};
    printf("%s: %s(", guest->name, name);
    for (int i = 0; i < count; i++) {
        args[i].i32 = numbers[i];
        printf("%s%d", i ? "," : "", numbers[i]);
    }
    printf(") => ");
    w2s_trap *trap = w2s_call(func, args, &result);
    if (trap)
        printf("TRAP %s\n", w2s_trap_message(trap));
    else if (w2s_func_type(func).result_count == 1)
        printf("%d\n", result.i32);
    else
        printf("ok\n");
    if (trap)
        w2s_trap_free(trap);
}

#define CALL(guest, name, ...)                                                                     \
    call(guest, name, sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t), (int32_t[]){__VA_ARGS__})

/* ---- what the guests import ---- */

static w2s_trap *host_add(void *env, w2s_instance *caller, const w2s_value *args,
                          w2s_value *results)
{
    (void)env, (void)caller, (void)results;
    printf("host example.add(%d,%d) prints sum=%d, ", args[0].i32, args[1].i32,
           args[0].i32 + args[1].i32);
    return NULL;
}

static w2s_trap *host_log(void *env, w2s_instance *caller, const w2s_value *args,
                          w2s_value *results)
{
    (void)caller, (void)results;
    char text[64] = "";
    uint32_t offset = (uint32_t)args[0].i32, length = (uint32_t)args[1].i32;
    if (length >= sizeof text || !w2s_memory_read(env, offset, text, length))
        return NULL;
    printf("host example.log(%u,%u) reads \"%s\", ", offset, length, text);
    return NULL;
}

static const w2s_valtype two_i32[] = {{.kind = W2S_I32}, {.kind = W2S_I32}};
static const w2s_functype two_i32_to_none = {.params = two_i32, .param_count = 2};

static void define_func(struct guest *guest, const char *name, w2s_callback *callback, void *env)
{
    w2s_extern item = {.kind = W2S_FUNC};
    item.of.func = w2s_func_new(guest->store, &two_i32_to_none, callback, env, NULL);
    if (!item.of.func || !w2s_linker_define(guest->linker, "example", name, item))
        die(guest->name, "out of memory");
}

/* Gives the guest a memory of that many pages as js.mem. */
static w2s_memory *define_memory(struct guest *guest, uint64_t pages)
{
    w2s_externtype type = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = pages};
    w2s_error err;
    w2s_extern item = {.kind = W2S_MEMORY};
    item.of.memory = w2s_memory_new(guest->store, &type, &err);
    if (!item.of.memory)
        die(guest->name, err.message);
    if (!w2s_linker_define(guest->linker, "js", "mem", item))
        die(guest->name, "out of memory");
    return item.of.memory;
}

/* ---- the examples ---- */

static void run_import_add(const char *directory)
{
    struct guest guest = guest_open(directory, "import_add");
    define_func(&guest, "add", host_add, NULL);
    guest_instantiate(&guest);
    call(&guest, "add1", 0, NULL);
    guest_close(&guest);
}

static void run_string(const char *directory, uint64_t pages)
{
    struct guest guest = guest_open(directory, "string");
    w2s_memory *memory = define_memory(&guest, pages);
    define_func(&guest, "log", host_log, memory);
    guest_instantiate(&guest);
    call(&guest, "logme", 0, NULL);
    guest_close(&guest);
}

/* The import asks for one page at least: an empty memory does not do. */
static void run_string_without_memory(const char *directory)
{
    struct guest guest = guest_open(directory, "string");
    define_func(&guest, "log", host_log, define_memory(&guest, 0));
    w2s_error err;
    if (w2s_instance_new(guest.store, guest.module, guest.linker, NULL, &err))
        die("string", "instantiated with a memory of 0 pages");
    printf("string: memory of 0 pages => %s\n",
           strstr(err.message, "incompatible import type") ? "refused" : err.message);
    guest_close(&guest);
}

static void run_table(const char *directory)
{
    struct guest guest = guest_open(directory, "table");
    guest_instantiate(&guest);
    CALL(&guest, "callByIndex", 0, 56, 34);
    CALL(&guest, "callByIndex", 1, 56, 34);
    CALL(&guest, "callByIndex", 2, 12, 8);
    CALL(&guest, "callByIndex", 3, 1, 1);
    CALL(&guest, "callByIndex", -1, 1, 1);
    guest_close(&guest);
}

static void run_memory_grow(const char *directory)
{
    struct guest guest = guest_open(directory, "memory_grow");
    guest_instantiate(&guest);
    call(&guest, "size", 0, NULL);
    CALL(&guest, "grow", 3);
    call(&guest, "size", 0, NULL);
    CALL(&guest, "grow", 1);
    w2s_memory *memory = w2s_instance_memory(guest.instance, "memory");
    printf("memory_grow: memory bytes => %llu\n", (unsigned long long)w2s_memory_size(memory));
    guest_close(&guest);
}

static void run_plain(const char *directory)
{
    struct guest empty = guest_open(directory, "empty");
    guest_instantiate(&empty);
    printf("empty: instantiate => ok\n");
    guest_close(&empty);

    struct guest hello = guest_open(directory, "hello");
    guest_instantiate(&hello);
    call(&hello, "hellowat2wasm", 0, NULL);
    guest_close(&hello);

    struct guest add = guest_open(directory, "add");
    guest_instantiate(&add);
    CALL(&add, "add", 34, 76);
    CALL(&add, "add", 2147483647, 1);
    guest_close(&add);

    struct guest calc = guest_open(directory, "calc");
    guest_instantiate(&calc);
    CALL(&calc, "add", 34, 76);
    CALL(&calc, "subtract", 76, 34);
    CALL(&calc, "multiply", 12, 8);
    guest_close(&calc);

    struct guest wrap = guest_open(directory, "wrap");
    guest_instantiate(&wrap);
    call(&wrap, "add1", 0, NULL);
    guest_close(&wrap);
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : ".";
    run_plain(directory);
    run_import_add(directory);
    run_string(directory, 1);
    run_string(directory, 3);
    run_string_without_memory(directory);
    run_table(directory);
    run_memory_grow(directory);
    return 0;
}
