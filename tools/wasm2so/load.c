/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A .so is loaded as it is; a .wasm or text module is compiled for this machine first, into the
 * cache.
 */
#include "tools/wasm2so/load.h"

#include "tools/wasm2so/artifact.h"
#include "tools/wasm2so/guest.h"
#include "tools/wasm2so/options.h"

/* Compiles the file for this machine and loads the result. */
static w2s_module *module_compile(const struct options *options, const char *file)
{
    struct options wanted = *options;
    wanted.compile.name = file;
    wanted.compile.emit = W2S_EMIT_SO;
    if (!wanted.compile.cpu)
        wanted.compile.cpu = "native";
    struct source source;
    struct artifact artifact;
    w2s_module *module = NULL;
    if (source_open(&source, file) && artifact_make(&artifact, &wanted, &source, true, NULL)) {
        w2s_error err;
        module = w2s_module_load(artifact.path, &err);
        if (!module)
            guest_failed(file, &err);
        artifact_close(&artifact);
    }
    source_close(&source);
    return module;
}

w2s_module *module_open(const struct options *options, const char *file)
{
    if (!file_is_compiled(file))
        return module_compile(options, file);
    w2s_error err;
    w2s_module *module = w2s_module_load(file, &err);
    if (!module)
        guest_failed(file, &err);
    else if (guest_limits_missing(module, options, file)) {
        w2s_module_free(module);
        module = NULL;
    }
    return module;
}
