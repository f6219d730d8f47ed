/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Staging, compiling, caching: in that order, and cleaned up in every case, an interrupt included.
 */
#include "tools/wasm2so/artifact.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "tools/wasm2so/compiler.h"
#include "tools/wasm2so/options.h"

static void note(const struct options *options, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void note(const struct options *options, const char *fmt, ...)
{
    if (!options->verbose)
        return;
    va_list args;
    va_start(args, fmt);
    fputs("wasm2so: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
}

/* Puts the target's name where the message has the staged file's. */
static void name_target(struct error *err, const char *staged, const char *target)
{
    char *at = strstr(err->message, staged), rest[sizeof err->message];
    if (!at || !target)
        return;
    snprintf(rest, sizeof rest, "%s", at + strlen(staged));
    snprintf(at, sizeof err->message - (size_t)(at - err->message), "%s%s", target, rest);
}

/* Compiles into a staging directory beside target. */
static bool compile_staged(struct artifact *artifact, const struct options *options,
                           const struct source *source, const char *target, struct error *err)
{
    int interrupted = 0;
    if (!staging_open(&artifact->staging, target, err))
        return false;
    artifact->staged = true;
    artifact->path = artifact->staging.file;
    bool ok = compiler_run(options, source->bytes, artifact->path, &interrupted, err);
    if (interrupted) {
        artifact_close(artifact);
        raise(interrupted);
    }
    name_target(err, artifact->path, target);
    if (!ok)
        artifact_close(artifact);
    return ok;
}

/* Takes the artifact from the cache, or makes it and puts it there. False without an error if the
 * cache cannot be used. */
static bool make_cached(struct artifact *artifact, const struct options *options,
                        const struct source *source, struct error *err)
{
    struct error trouble = ERROR_INIT;
    if (!cache_locate(options, source->bytes, &artifact->entry, &trouble)) {
        note(options, "%s", trouble.message);
        return false;
    }
    if (cache_holds(&artifact->entry)) {
        note(options, "%s: taken from %s", source->name, artifact->entry.path);
        artifact->path = artifact->entry.path;
        return true;
    }
    if (!compile_staged(artifact, options, source, artifact->entry.path, err))
        return false;
    if (!cache_insert(&artifact->entry, artifact->path, &trouble)) {
        note(options, "not cached: %s", trouble.message);
        return true; /* still staged */
    }
    artifact_close(artifact);
    artifact->path = artifact->entry.path;
    return true;
}

bool artifact_make(struct artifact *artifact, const struct options *options,
                   const struct source *source, bool use_cache, const char *target)
{
    struct error err = ERROR_INIT;
    artifact->path = NULL;
    artifact->staged = false;
    artifact->entry.path[0] = '\0';
    if (use_cache && make_cached(artifact, options, source, &err))
        return true;
    artifact_close(artifact);
    if (err.kind == ERR_NONE || err.kind == ERR_IO) {
        if (err.kind == ERR_IO)
            note(options, "not cached: %s", err.message);
        err = (struct error)ERROR_INIT;
        if (compile_staged(artifact, options, source, target, &err))
            return true;
    }
    return source_report(source, &err);
}

void artifact_close(struct artifact *artifact)
{
    if (artifact->staged)
        staging_close(&artifact->staging);
    artifact->staged = false;
}
