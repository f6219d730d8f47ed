/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * From a module's source to a file of machine code, through the cache where one is wanted.
 */
#ifndef TOOLS_ARTIFACT_H
#define TOOLS_ARTIFACT_H

#include "tools/wasm2so/cache.h"
#include "tools/wasm2so/file.h"
#include "tools/wasm2so/source.h"

struct options;

struct artifact {
    const char *path; /* the file: in the cache, or staged and gone after artifact_close */
    bool staged;
    struct staging staging;
    struct cache_entry entry;
};

/* Compiles source as the options say, or finds it done in the cache. target: where the result will
 * go (decides where it is staged), or NULL. Prints errors. A cache that cannot be used is no error:
 * it is done without, and --verbose says so. artifact_close in any case. */
bool artifact_make(struct artifact *artifact, const struct options *options,
                   const struct source *source, bool use_cache, const char *target);

void artifact_close(struct artifact *artifact);

#endif
