/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * libFuzzer: any bytes as a text module. What assembles must decode or give an error with a place.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "frontend/arena.h"
#include "frontend/decode.h"
#include "frontend/text/text.h"
#include "frontend/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {.head = NULL};
    struct error err = ERROR_INIT;
    struct text_options options = {.names = true};
    struct text_map *map = NULL;
    struct slice binary;
    struct module m;
    if (text_to_binary((struct slice){data, size}, &options, &arena, &binary, &map, &err) &&
        module_decode(&m, binary, FEATURES_ALL, &arena, &err))
        module_validate_all(&m, &arena, &err);
    if (err.kind != ERR_NONE)
        text_locate_error(map, &err);
    arena_free(&arena);
    return 0;
}
