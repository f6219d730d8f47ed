/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values as text: arguments of --invoke read by type, results printed. Documented in docs/cli.md.
 */
#ifndef TOOLS_VALUES_H
#define TOOLS_VALUES_H

#include "runtime/include/wasm2so.h"

#include <stdio.h>

/* Reads text as a value of the type. Integers: decimal or 0x hex, signed or unsigned; floats:
 * decimal, 0x hex, inf, nan; v128: 0x and up to 32 hex digits; references: null. False where text
 * is not all of one, or out of range. */
bool value_parse(const char *text, w2s_valtype type, w2s_value *value);

/* One value without a newline: integers signed, floats with the fewest digits that read back the
 * same, nan, inf, v128 as 0x and 32 digits (lane 15 first), references as null, funcref, externref
 * and so on. */
void value_print(FILE *out, w2s_valtype type, const w2s_value *value);

/* "i32", "funcref", "(ref null 3)"; returns buf. */
const char *type_name(w2s_valtype type, char *buf, size_t size);

/* "(i32, i32) -> (i32)" */
void signature_print(FILE *out, const w2s_valtype *params, size_t param_count,
                     const w2s_valtype *results, size_t result_count);

/* The same of a function type in a descriptor. */
void functype_print(FILE *out, const struct w2s_type *type);

/* A name of the module's, with control characters and backslashes as \xx. */
void name_print(FILE *out, struct w2s_name name);

#endif
