/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What `wasm2so inspect` prints of a .wasm, in the form that users of wasm-objdump read: section
 * headers (-h), details (-x), disassembly (-d), raw bytes of a section (-s). From the module and
 * op_info only.
 */
#ifndef FRONTEND_PRINT_H
#define FRONTEND_PRINT_H

#include "frontend/error.h"
#include "frontend/module.h"
#include <stdio.h>

struct arena;

enum print_what { PRINT_HEADERS = 1, PRINT_DETAILS = 2, PRINT_DISASSEMBLY = 4, PRINT_RAW = 8 };

/* Prints what (a set of enum print_what) of m, decoded from a file called file_name; section (or
 * NULL) limits it to the section of that name, "code", "type", or a custom section's. Returns
 * false with err set if a body does not decode or no section has that name. */
bool module_print(FILE *out, const struct module *m, const char *file_name, unsigned what,
                  const char *section, struct arena *arena, struct error *err);

#endif
