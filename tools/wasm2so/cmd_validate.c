/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so validate: decode and validate, nothing else. Silent when all is well.
 */
#include "frontend/arena.h"
#include "frontend/text/text.h"
#include "frontend/validate.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"
#include "tools/wasm2so/source.h"

static bool validate(const struct source *source, uint64_t features, struct arena *arena)
{
    struct module m;
    struct text_map *map;
    struct error err = ERROR_INIT;
    if (!source_decode(source, &m, features, arena, &map))
        return false;
    if (module_validate_all(&m, arena, &err))
        return true;
    text_locate_error(map, &err);
    return source_report(source, &err);
}

int cmd_validate(const struct options *options)
{
    struct source source;
    struct arena arena = {.head = NULL};
    bool ok = source_open(&source, options->file) &&
              validate(&source, FEATURES_ALL & ~options->compile.disabled, &arena);
    arena_free(&arena);
    source_close(&source);
    return ok ? EXIT_OK : EXIT_FAILED;
}
