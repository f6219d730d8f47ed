/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * libFuzzer: any bytes as a binary module, through decoder, validator and printer.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "frontend/arena.h"
#include "frontend/decode.h"
#include "frontend/print.h"
#include "frontend/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct arena arena = {.head = NULL};
    struct error err = ERROR_INIT, print_err = ERROR_INIT;
    struct module m;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    if (module_decode(&m, (struct slice){data, size}, FEATURES_ALL, &arena, &err)) {
        module_print(nowhere, &m, "fuzz", PRINT_HEADERS | PRINT_DETAILS | PRINT_DISASSEMBLY, NULL,
                     &arena, &print_err);
        module_validate_all(&m, &arena, &err);
    }
    arena_free(&arena);
    return 0;
}
