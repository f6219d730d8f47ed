/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Checks of the text tests: a module's bytes behind the header as hexadecimal digits, and errors
 * with their place.
 */
#ifndef TESTS_FRONTEND_TEXT_TEXT_CHECK_H
#define TESTS_FRONTEND_TEXT_TEXT_CHECK_H

#include <stdint.h>

/* text assembles to the header and these bytes ("01 04 01 60 00 00"; blanks do not count). */
void check_bytes(const char *text, const char *hex);
/* The same with a name section. */
void check_named_bytes(const char *text, const char *hex);
/* The body of a function is these bytes: locals, instructions, without the closing 0b. It stands in
 * a module with "fields" in front. */
void check_body(const char *fields, const char *func, const char *hex);
/* Both assemble to the same bytes. */
void check_same(const char *text, const char *abbreviated);
/* text is malformed at that place, and the message begins so. Strict: no old mnemonics. */
void check_error(const char *text, uint32_t line, uint32_t column, const char *message);

#endif
