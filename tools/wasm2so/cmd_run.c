/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so run: a WASI command, or one export of any module. A .so is loaded as it is; a .wasm or
 * text module is compiled for this machine first, into the cache.
 */
#include <string.h>
#include <unistd.h>

#include "runtime/include/wasm2so_exe.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/guest.h"
#include "tools/wasm2so/load.h"
#include "tools/wasm2so/options.h"
#include "tools/wasm2so/timeout.h"

static int out_of_memory(const char *file)
{
    struct error err = ERROR_INIT;
    error_set(&err, ERR_INTERNAL, ERROR_NO_OFFSET, "out of memory");
    return report(&err, file);
}

/* What --timeout and --fuel ask for; -1, or the exit code. */
static int set_limits(w2s_store *store, const struct options *options)
{
    w2s_error err;
    if (!w2s_store_set_fuel(store, options->fuel, &err))
        return guest_failed(options->file, &err);
    if (options->timeout == 0)
        return -1;
    if (!w2s_store_set_deadline(store, options->timeout * 1000000, &err))
        return guest_failed(options->file, &err);
    return timeout_begin(options->timeout) ? -1 : out_of_memory(options->file);
}

/* An instance, its start function run; NULL with *code set if that ended. */
static w2s_instance *make_instance(w2s_store *store, w2s_module *module, w2s_linker *linker,
                                   const char *file, int *code)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_instance *instance = w2s_instance_new(store, module, linker, &trap, &err);
    if (!instance)
        *code = trap ? guest_trapped(trap) : guest_failed(file, &err);
    return instance;
}

/* The same, `_initialize` run as well. */
static w2s_instance *instantiate(w2s_store *store, w2s_module *module, w2s_linker *linker,
                                 const char *file, int *code)
{
    w2s_instance *instance = make_instance(store, module, linker, file, code);
    if (!instance)
        return NULL;
    *code = guest_call_plain(instance, "_initialize");
    return *code < 0 ? instance : NULL;
}

/* "NAME=FILE": FILE's exports can be imported from NAME. -1, or the exit code. */
static int preload(w2s_store *store, w2s_linker *linker, const struct options *options,
                   const char *text)
{
    const char *equals = strchr(text, '=');
    struct arena arena = {.head = NULL};
    const char *name = arena_string(&arena, text, (size_t)(equals - text));
    int code = EXIT_FAILED;
    w2s_module *module = module_open(options, equals + 1);
    w2s_instance *instance = module ? instantiate(store, module, linker, equals + 1, &code) : NULL;
    if (instance && !w2s_linker_define_instance(linker, name, instance))
        code = out_of_memory(equals + 1);
    if (module)
        w2s_module_free(module);
    arena_free(&arena);
    return code;
}

static int run_wapc(w2s_store *store, w2s_module *module, w2s_linker *linker,
                    const struct options *options)
{
    int code = guest_define_wapc(linker, options->file);
    if (code >= 0)
        return code;
    w2s_instance *instance = make_instance(store, module, linker, options->file, &code);
    return instance ? guest_wapc(instance, options) : code;
}

static int run_export(w2s_instance *instance, const struct options *options)
{
    if (options->invoke)
        return guest_invoke(instance, options);
    int code = guest_call_plain(instance, "_start");
    if (code >= 0)
        return code;
    if (!w2s_instance_func(instance, "_start")) {
        fprintf(stderr, "wasm2so: %s has no _start to run; --invoke NAME calls an export:\n",
                options->file);
        guest_list_functions(w2s_instance_module(instance));
    }
    return EXIT_OK;
}

static int run(w2s_store *store, w2s_module *module, const struct options *options)
{
    w2s_linker *linker = w2s_linker_new(store);
    if (!linker)
        return out_of_memory(options->file);
    int code = guest_define_wasi(linker, options);
    if (code < 0 && options->sandbox) /* first, so that it holds for the threads of a timeout */
        code = guest_enter_sandbox(options, guest_has_threads(module) || options->timeout > 0);
    if (code < 0)
        code = set_limits(store, options);
    for (size_t i = 0; i < options->preloads.count && code < 0; i++)
        code = preload(store, linker, options, options->preloads.items[i]);
    if (code < 0 && guest_has_threads(module))
        code = guest_define_threads(linker, module, options->file);
    if (code >= 0)
        return code;
    if (options->wapc)
        return run_wapc(store, module, linker, options);
    w2s_instance *instance = instantiate(store, module, linker, options->file, &code);
    return instance ? run_export(instance, options) : code;
}

/* What code of --pgo-gen has counted. EXIT_OK, or EXIT_FAILED after saying why. */
static int write_profile(w2s_module *module, const struct options *options)
{
    w2s_error err;
    bool counts = w2s_module_desc(module)->features_needed & W2S_NEEDS_PROFILE;
    if (!counts || w2s_module_write_profile(module, NULL, &err))
        return EXIT_OK;
    fprintf(stderr, "wasm2so: %s: no profile was written: %s\n", options->file, err.message);
    return EXIT_FAILED;
}

int cmd_run(const struct options *options)
{
    first_process_obey_signals();
    w2s_module *module = module_open(options, options->file);
    if (!module)
        return EXIT_FAILED;
    w2s_store_config config = {.size = sizeof config, .max_memory = options->max_memory};
    w2s_store *store = w2s_store_new(&config);
    int code = store ? run(store, module, options) : out_of_memory(options->file);
    timeout_end();
    int output = finish_output();
    if (write_profile(module, options) != EXIT_OK && output == EXIT_OK)
        output = EXIT_FAILED;
    if (guest_has_threads(module)) /* some may still run: they end with the process */
        _exit(code == EXIT_OK ? output : code);
    if (store)
        w2s_store_free(store);
    w2s_module_free(module);
    return code == EXIT_OK ? output : code;
}
