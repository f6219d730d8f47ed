/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs a Ruby script on the Ruby of npm's @ruby/3.4-wasm-wasi: a WASI reactor whose exports take
 * strings as the canonical ABI has them. What it imports from JavaScript is for scripts that use
 * JavaScript; here it traps. usage: ruby_host RUBY.so SCRIPT HOST::GUEST
 */
#include "wasm2so.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static w2s_instance *instance;

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "ruby_host: %s: %s\n", what, why);
    exit(1);
}

/* The export whose name begins so: signatures are part of the names. */
static w2s_func *function(const char *start)
{
    const struct w2s_module_desc *d = w2s_module_desc(w2s_instance_module(instance));
    for (uint32_t i = 0; i < d->export_count; i++)
        if (d->exports[i].kind == W2S_FUNC &&
            strncmp(d->exports[i].name.bytes, start, strlen(start)) == 0)
            return w2s_instance_export_at(instance, i).of.func;
    fail(start, "no such export");
    return NULL;
}

static int32_t call(const char *name, int32_t a, int32_t b, int32_t c, int32_t d)
{
    w2s_value args[] = {{.i32 = a}, {.i32 = b}, {.i32 = c}, {.i32 = d}}, result = {.i32 = 0};
    w2s_trap *trap = w2s_call(function(name), args, &result);
    if (trap && w2s_trap_kind(trap) == W2S_TRAP_EXIT)
        exit(w2s_trap_exit_status(trap));
    if (trap)
        fail(name, w2s_trap_message(trap));
    return result.i32;
}

/* Copies bytes into the guest; its address. */
static int32_t put(const void *bytes, size_t size)
{
    int32_t at = call("cabi_realloc", 0, 0, 4, (int32_t)size);
    if (!w2s_memory_write(w2s_instance_main_memory(instance), (uint32_t)at, bytes, size))
        fail("cabi_realloc", "outside the memory");
    return at;
}

static int32_t put_strings(const char *const *strings, int32_t count)
{
    uint32_t pairs[8];
    for (int32_t i = 0; i < count; i++) {
        pairs[2 * i] = (uint32_t)put(strings[i], strlen(strings[i]) + 1);
        pairs[2 * i + 1] = (uint32_t)strlen(strings[i]) + 1;
    }
    return put(pairs, 8 * (size_t)count);
}

/* ---- imports ---- */

static w2s_trap *same(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)env, (void)caller;
    results[0] = args[0];
    return NULL;
}

static w2s_trap *unserved(void *env, w2s_instance *caller, const w2s_value *args,
                          w2s_value *results)
{
    (void)args, (void)results;
    return w2s_trap_new(w2s_instance_store(caller), env);
}

static void define_rest(w2s_store *store, w2s_linker *linker, const struct w2s_module_desc *d)
{
    for (uint32_t i = 0; i < d->import_count; i++) {
        const struct w2s_import_desc *import = &d->imports[i];
        w2s_extern item;
        if (w2s_linker_get(linker, import->module.bytes, import->name.bytes, &item))
            continue;
        const struct w2s_type *type = &d->types[import->type.type_index];
        w2s_functype signature = {type->types, type->types + type->param_count, type->param_count,
                                  type->result_count};
        bool handle = strncmp(import->name.bytes, "resource_new_rb", 15) == 0 ||
                      strncmp(import->name.bytes, "resource_get_rb", 15) == 0;
        item.kind = W2S_FUNC;
        item.of.func = w2s_func_new(store, &signature, handle ? same : unserved,
                                    (void *)(uintptr_t)import->name.bytes, NULL);
        w2s_linker_define(linker, import->module.bytes, import->name.bytes, item);
    }
}

static char *read_script(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path, "cannot open");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc != 4 || !strstr(argv[3], "::"))
        fail("usage", "ruby_host RUBY.so SCRIPT HOST::GUEST");
    char *script = read_script(argv[2]), *guest = strstr(argv[3], "::");
    *guest = '\0';
    w2s_error err;
    w2s_module *module = w2s_module_load(argv[1], &err);
    if (!module)
        fail(argv[1], err.message);
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_new(store);
    const struct w2s_wasi_dir dir = {argv[3], guest + 2, false};
    const char *program = "ruby.wasm";
    w2s_wasi_config wasi = {.size = sizeof wasi,
                            .args = &program,
                            .arg_count = 1,
                            .dirs = &dir,
                            .dir_count = 1,
                            .stdin_fd = 0,
                            .stdout_fd = 1,
                            .stderr_fd = 2};
    if (!w2s_linker_define_wasi(linker, &wasi, &err))
        fail("WASI", err.message);
    define_rest(store, linker, w2s_module_desc(module));
    instance = w2s_instance_new(store, module, linker, NULL, &err);
    if (!instance)
        fail(argv[1], err.message);
    static const char *const options[] = {"ruby.wasm", "--disable-gems", "-EUTF-8", "-e_=0"};
    call("_initialize", 0, 0, 0, 0);
    call("ruby-init:", put_strings(options, 4), 4, 0, 0);
    call("ruby-init-loadpath:", 0, 0, 0, 0);
    int32_t at =
        call("rb-eval-string-protect:", put(script, strlen(script)), (int32_t)strlen(script), 0, 0);
    uint32_t pair[2] = {0, 1};
    w2s_memory_read(w2s_instance_main_memory(instance), (uint32_t)at, pair, sizeof pair);
    w2s_store_free(store);
    w2s_module_free(module);
    return pair[1] != 0;
}
