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

static const char *output_suffix(enum w2s_emit emit)
{
    switch (emit) {
    case W2S_EMIT_SO: return ".so";
    case W2S_EMIT_OBJ: return ".o";
    case W2S_EMIT_HEADER: return ".h";
    case W2S_EMIT_LLVM_IR: return ".ll";
    case W2S_EMIT_ASM: return ".s";
    }
    return ".out";
}

/* "dir/app.wasm" -> "dir/app.so"; another suffix than .wasm and .wat stays. */
static const char *output_name(struct options *options)
{
    const char *file = options->file, *dot = strrchr(file, '.');
    bool replace = dot && (strcmp(dot, ".wasm") == 0 || strcmp(dot, ".wat") == 0);
    size_t stem = replace ? (size_t)(dot - file) : strlen(file);
    return arena_printf(&options->arena, "%.*s%s", (int)stem, file,
                        output_suffix(options->compile.emit));
}

/* --save-temps: the library works right beside the output. */
static bool compile_in_place(const struct options *options, const struct source *source)
{
    struct error err = ERROR_INIT;
    int interrupted;
    return compiler_run(options, source->bytes, options->output, &interrupted, &err) ||
           source_report(source, &err);
}

static bool compile(const struct options *options, const struct source *source)
{
    if (options->compile.keep_temporaries)
        return compile_in_place(options, source);
    struct artifact artifact;
    struct error err = ERROR_INIT;
    bool ok = artifact_make(&artifact, options, source, options->cache != NULL, options->output);
    if (ok && artifact.staged)
        ok = staging_commit(&artifact.staging, options->output, &err);
    else if (ok)
        ok = cache_copy(artifact.path, options->output, &err);
    artifact_close(&artifact);
    if (err.kind != ERR_NONE)
        source_report(source, &err);
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
    options.compile.name = strcmp(options.file, "-") == 0 ? options.output : options.file;
    bool ok = source_open(&source, options.file) && compile(&options, &source);
    source_close(&source);
    return ok ? EXIT_OK : EXIT_FAILED;
}
