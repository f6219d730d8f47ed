/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so compile: a module in, a native file out.
 */
#include <string.h>
#include <unistd.h>

#include "tools/wasm2so/artifact.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/compiler.h"
#include "tools/wasm2so/options.h"
#include "tools/wasm2so/snapshot.h"

static const char *output_suffix(const struct options *options)
{
    if (options->emit_wasm)
        return ".wasm";
    switch (options->compile.emit) {
    case W2S_EMIT_SO:
    case W2S_EMIT_ENVOY_MODULE: return ".so";
    case W2S_EMIT_OBJ: return ".o";
    case W2S_EMIT_HEADER: return ".h";
    case W2S_EMIT_LLVM_IR: return ".ll";
    case W2S_EMIT_ASM: return ".s";
    case W2S_EMIT_ARCHIVE: return ".a";
    case W2S_EMIT_EXE: return "";
    }
    return ".out";
}

/* "dir/app.wasm" -> "dir/app.so"; another suffix than .wasm and .wat stays. */
static const char *output_name(struct options *options)
{
    const char *file = options->file, *dot = strrchr(file, '.');
    bool replace = dot && (strcmp(dot, ".wasm") == 0 || strcmp(dot, ".wat") == 0);
    size_t stem = replace ? (size_t)(dot - file) : strlen(file);
    return arena_printf(&options->arena, "%.*s%s", (int)stem, file, output_suffix(options));
}

/* --save-temps: the library works right beside the output. */
static bool compile_in_place(const struct options *options, const struct source *source)
{
    struct error err = ERROR_INIT;
    int interrupted;
    return compiler_run(options, source->bytes, options->output, &interrupted, &err) ||
           source_report(source, &err);
}

/* --emit wasm: the module in the binary format, validated. */
static bool assemble(const struct options *options, const struct source *source)
{
    struct module m;
    struct arena arena = {.head = NULL};
    struct error err = ERROR_INIT;
    uint64_t features = FEATURES_ALL & ~options->compile.disabled;
    bool ok = source_validate(source, &m, features, &arena);
    if (ok && !file_put(options->output, m.bytes, 0666, &err))
        ok = source_report(source, &err);
    arena_free(&arena);
    return ok;
}

static bool compile(const struct options *options, const struct source *source)
{
    if (options->emit_wasm)
        return assemble(options, source);
    if (options->compile.keep_temporaries)
        return compile_in_place(options, source);
    struct artifact artifact;
    struct error err = ERROR_INIT;
    /* Executables and Envoy modules hold a runtime that the cache does not ask for. */
    bool cached = options->cache && options->compile.emit != W2S_EMIT_EXE &&
                  options->compile.emit != W2S_EMIT_ENVOY_MODULE;
    bool ok = artifact_make(&artifact, options, source, cached, options->output);
    if (ok && artifact.staged)
        ok = staging_commit(&artifact.staging, options->output, &err);
    else if (ok)
        ok = cache_copy(artifact.path, options->output, &err);
    artifact_close(&artifact);
    if (err.kind != ERR_NONE)
        source_report(source, &err);
    return ok;
}

/* With --init, what the initialiser made of the module is compiled in its place. */
static bool compile_source(const struct options *options, const struct source *source)
{
    if (!options->init)
        return compile(options, source);
    struct arena arena = {.head = NULL};
    struct source made;
    bool ok = snapshot_make(options, source, &arena, &made) && compile(options, &made);
    arena_free(&arena);
    return ok;
}

/* --pgo-use: compiles by what the profile says. */
static bool compile_by_profile(struct options *options, const struct source *source)
{
    struct slice profile;
    struct error err = ERROR_INIT;
    if (!options->profile)
        return compile_source(options, source);
    if (!file_read(options->profile, &profile, &err)) {
        fprintf(stderr, "wasm2so: %s: %s\n", options->profile, err.message);
        return false;
    }
    options->compile.profile = profile.p;
    options->compile.profile_size = profile.n;
    options->compile.profile_name = options->profile;
    bool ok = compile_source(options, source);
    file_free(&profile);
    return ok;
}

int cmd_compile(const struct options *given)
{
    struct options options = *given;
    if (!options.output && strcmp(options.file, "-") == 0)
        return usage_error("compiling standard input needs -o FILE");
    if (!options.output)
        options.output = output_name(&options);
    if (file_same(options.file, options.output))
        return usage_error("%s is input and output", options.output);
    struct source source;
    options.compile.dirs = options.dirs.items;
    options.compile.dir_count = options.dirs.count;
    options.compile.listens = options.listens.items;
    options.compile.listen_count = options.listens.count;
    options.compile.sandbox = options.sandbox;
    options.compile.name = strcmp(options.file, "-") == 0 ? options.output : options.file;
    bool ok = source_open(&source, options.file) && compile_by_profile(&options, &source);
    source_close(&source);
    return ok ? EXIT_OK : EXIT_FAILED;
}
