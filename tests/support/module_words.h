/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Whole modules in one line, for tests: sections as "id: words", separated by bars, in the words of
 * wasm_bytes.h. "1: 1 0x60 0 0 | 3: 1 0 | 10: 1 2 0 end" is a module with one empty function.
 */
#ifndef TESTS_SUPPORT_MODULE_WORDS_H
#define TESTS_SUPPORT_MODULE_WORDS_H

#include "frontend/arena.h"
#include "frontend/error.h"
#include "frontend/module.h"
#include "tests/support/wasm_bytes.h"

struct opened {
    struct wasm_bytes bytes;
    struct arena arena;
    struct module module;
    struct error err;
};

/* Decodes (and the second validates) the module; false and err set if it is wrong. */
bool words_decode(struct opened *opened, const char *sections, uint64_t features);
bool words_validate(struct opened *opened, const char *sections, uint64_t features);
void words_close(struct opened *opened);

/* Fail the test unless the module is valid; unless it has an error of that kind which begins so. */
void expect_module(const char *sections);
void expect_module_error(const char *sections, enum error_kind kind, const char *message);

#endif
