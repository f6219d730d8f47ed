/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so validate: decode and validate, nothing else. Silent when all is well.
 */
#include "frontend/arena.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"
#include "tools/wasm2so/source.h"

int cmd_validate(const struct options *options)
{
    struct source source;
    struct module m;
    struct arena arena = {.head = NULL};
    uint64_t features = FEATURES_ALL & ~options->compile.disabled;
    bool ok = source_open(&source, options->file) && source_validate(&source, &m, features, &arena);
    arena_free(&arena);
    source_close(&source);
    return ok ? EXIT_OK : EXIT_FAILED;
}
