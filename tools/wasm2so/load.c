/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A .so is loaded as it is; a .wasm or text module is compiled for this machine first, into the
 * cache.
 */
#include "tools/wasm2so/load.h"

#include <sys/mman.h>

#include "tools/wasm2so/artifact.h"
#include "tools/wasm2so/guest.h"
#include "tools/wasm2so/options.h"

/* Whether address space is so limited (ulimit -v) that a guarded memory would not fit beside all
 * else: it takes 8 GiB. */
static bool address_space_is_short(void)
{
    const size_t wanted = (size_t)9 << 30;
    void *space = mmap(NULL, wanted, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED)
        return true;
    munmap(space, wanted);
    return false;
}

/* Compiles the file for this machine, as it is now, and loads the result. */
static w2s_module *module_compile(const struct options *options, const char *file)
{
    struct options wanted = *options;
    wanted.compile.name = file;
    wanted.compile.emit = W2S_EMIT_SO;
    if (!wanted.compile.cpu)
        wanted.compile.cpu = "native";
    if (wanted.compile.memory == W2S_MEMORY_AUTO && address_space_is_short())
        wanted.compile.memory = W2S_MEMORY_CHECKED;
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
