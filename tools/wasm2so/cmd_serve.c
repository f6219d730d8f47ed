/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so serve: opens the module and hands it to the HTTP server, a library that is loaded for it.
 */
#include <dlfcn.h>
#include <string.h>

#include "tools/serve/serve.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/guest.h"
#include "tools/wasm2so/library.h"
#include "tools/wasm2so/load.h"
#include "tools/wasm2so/options.h"

#define LIBRARY "libwasm2so_serve.so"

enum { DEFAULT_TIMEOUT_MS = 10000 };

/* NULL after a printed error. */
static serve_function *server_load(void)
{
    char path[4096];
    void *library = dlopen(library_path(LIBRARY, path, sizeof path), RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "wasm2so_serve") : NULL;
    serve_function *function = NULL;
    memcpy(&function, &symbol, sizeof function);
    if (!function)
        fprintf(stderr,
                "wasm2so: error: the server cannot be loaded: %s (it is there if wasm2so was built "
                "with libmicrohttpd, jansson and msgpack-c)\n",
                dlerror());
    return function;
}

/* A guest that never ends must be stopped somehow. */
static bool is_interruptible(const struct options *options, const w2s_module *module)
{
    bool good = w2s_module_code_features(module) & W2S_CODE_INTERRUPTIBLE;
    if (!good)
        fprintf(stderr,
                "wasm2so: %s: note: compiled without --interruptible: the server starts anew to "
                "stop a request that takes too long\n",
                options->file);
    return good;
}

static int serve(const struct options *options, w2s_module *module, serve_function *function,
                 struct arena *arena)
{
    const struct serve_options *wanted = &options->serve;
    struct string_list env = guest_env(options, arena);
    struct serve_config config = {
        .size = sizeof config,
        .module = module,
        .file = options->file,
        .listen = wanted->listen,
        .operation = wanted->operation,
        .format = (enum serve_format)wanted->format,
        .instances = wanted->instances,
        .queue = wanted->queue,
        .workers = wanted->workers,
        .connections = wanted->connections,
        .max_body = wanted->max_body,
        .max_answer = wanted->max_answer,
        .max_memory = options->max_memory,
        .timeout = options->timeout > 0 ? options->timeout : DEFAULT_TIMEOUT_MS,
        .interruptible = is_interruptible(options, module),
        .client_timeout = wanted->client_timeout,
        .grace = wanted->grace,
        .access_log = wanted->access_log,
        .dirs = guest_dirs(options, arena),
        .dir_count = options->dirs.count,
        .env = env.items,
        .env_count = env.count,
    };
    return function(&config);
}

int cmd_serve(const struct options *options)
{
    serve_function *function = server_load();
    struct options wanted = *options;
    wanted.compile.interruptible = true;
    wanted.timeout = 0; /* asks nothing of a .so */
    w2s_module *module = function ? module_open(&wanted, options->file) : NULL;
    if (!module)
        return EXIT_FAILED;
    struct arena arena = {.head = NULL};
    int code = serve(options, module, function, &arena);
    arena_free(&arena);
    w2s_module_free(module);
    return code;
}
