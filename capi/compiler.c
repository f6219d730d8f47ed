/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compiler library, loaded when the first module is compiled or validated, so that programs
 * that only deserialize do without. It stays loaded.
 */
#include "capi/capi.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "codegen/include/wasm2so_compile.h"

#define LIBRARY "libwasm2so.so"

typedef bool compile_function(const void *, size_t, const w2s_compile_options *, void **, size_t *,
                              w2s_compile_error *);
typedef void free_function(void *);
typedef bool validate_function(const void *, size_t, uint64_t, w2s_compile_error *);

/* Written once. */
static struct {
    compile_function *compile;
    free_function *free;
    validate_function *validate;
    char missing[400]; /* why there is none */
} compiler;

/* Beside this library, else where the dynamic linker finds it. */
static void *open_library(void)
{
    char path[4096];
    Dl_info info;
    if (dladdr(&compiler, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        int folder = slash ? (int)(slash - info.dli_fname) + 1 : 0;
        if ((size_t)snprintf(path, sizeof path, "%.*s" LIBRARY, folder, info.dli_fname) <
            sizeof path) {
            void *library = folder ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
            if (library)
                return library;
        }
    }
    return dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
}

/* dlsym's void * as a function, the way POSIX blesses. */
static void find(void *library, const char *name, void *function)
{
    void *symbol = library ? dlsym(library, name) : NULL;
    memcpy(function, &symbol, sizeof symbol);
}

static void load(void)
{
    void *library = open_library();
    find(library, "w2s_compile_to_memory", &compiler.compile);
    find(library, "w2s_artifact_free", &compiler.free);
    find(library, "w2s_validate", &compiler.validate);
    const char *why = dlerror();
    snprintf(compiler.missing, sizeof compiler.missing, "%s", why ? why : "unknown reason");
}

static bool ready(const wasm_byte_vec_t *binary)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (binary->size < 4 || memcmp(binary->data, "\0asm", 4) != 0)
        return capi_fail("0x0: malformed: magic header not detected");
    pthread_once(&once, load);
    return (compiler.compile && compiler.free && compiler.validate) ||
           capi_fail("the compiler cannot be loaded: %s", compiler.missing);
}

static void *refused(const w2s_compile_error *err)
{
    if (err->offset == UINT64_MAX)
        return capi_fail("%s", err->message);
    return capi_fail("0x%llx: %s", (unsigned long long)err->offset, err->message);
}

bool compiler_compile(const struct wasm_config_t *config, const wasm_byte_vec_t *binary,
                      void **artifact, size_t *size)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    w2s_compile_error err;
    options.level = config->level;
    options.cpu = config->cpu ? config->cpu : "native";
    options.jobs = config->jobs;
    options.isolated = config->isolated;
    return ready(binary) &&
           (compiler.compile(binary->data, binary->size, &options, artifact, size, &err) ||
            refused(&err));
}

void compiler_free(void *artifact)
{
    compiler.free(artifact);
}

bool compiler_validate(const wasm_byte_vec_t *binary)
{
    w2s_compile_error err;
    return ready(binary) &&
           (compiler.validate(binary->data, binary->size, 0, &err) || refused(&err));
}
