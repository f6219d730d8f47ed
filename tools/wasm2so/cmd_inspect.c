/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so inspect: sections, details and disassembly of a module, or the manifest of a .so.
 */
#include "frontend/arena.h"
#include "frontend/print.h"
#include "frontend/text/text.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/manifest.h"
#include "tools/wasm2so/options.h"
#include "tools/wasm2so/source.h"

static bool inspect(const struct source *source, const struct options *options, struct arena *arena)
{
    struct module m;
    struct text_map *map;
    struct error err = ERROR_INIT;
    unsigned what = options->print_what;
    if (what == 0)
        what = options->section ? PRINT_DETAILS : PRINT_HEADERS;
    if (!source_decode(source, &m, FEATURES_ALL, arena, &map))
        return false;
    if (module_print(stdout, &m, source->name, what, options->section, arena, &err))
        return true;
    text_locate_error(map, &err);
    return source_report(source, &err);
}

int cmd_inspect(const struct options *options)
{
    if (file_is_compiled(options->file))
        return manifest_print(options->file);
    struct source source;
    struct arena arena = {.head = NULL};
    bool ok = source_open(&source, options->file) && inspect(&source, options, &arena);
    arena_free(&arena);
    source_close(&source);
    int output = finish_output();
    return ok ? output : EXIT_FAILED;
}
