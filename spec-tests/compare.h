/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values of scripts and values of the runtime: constants become arguments, results are compared
 * with patterns, messages with expected texts.
 */
#ifndef SPEC_TESTS_COMPARE_H
#define SPEC_TESTS_COMPARE_H

#include "frontend/text/wast.h"
#include "runtime/include/wasm2so.h"

#include <stdbool.h>
#include <stddef.h>

/* The value and type of a constant; false for what only a pattern can be. */
bool value_from_constant(const struct wast_value *constant, w2s_value *value, w2s_valtype *type);

/* The value is of the pattern's type and one of the values it stands for. The heap type of a
 * reference in the any hierarchy is what it refers to (any: a pointer of the host's). */
bool value_matches(const struct wast_value *pattern, const w2s_value *value, w2s_valtype type);

/* One phrase (the text before a colon and details) begins with the other; neither is empty. */
bool message_matches(struct slice expected, const char *message);

/* Text of a value or a pattern for messages; both return buf. */
char *value_print(const w2s_value *value, w2s_valtype type, char *buf, size_t size);
char *pattern_print(const struct wast_value *pattern, char *buf, size_t size);

#endif
