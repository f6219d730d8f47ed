/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module with something of everything, and function 0 as the test wants it: for tests of
 * func_validate. Bodies are written in the words of wasm_bytes.h, locals first.
 *
 *   types    0 []->[]  1 [i32]->[i32]  2 [i32 i64]->[i64 i32]  3 []->[i32]  8 []->[i64]
 *            11 [i32]->[]
 *            4 struct {mut i32, mut i8, i64}  9 struct {(ref 4)}
 *            12 sub struct {i32}  13 sub 12 struct {i32, i64}
 *            5 array mut i32  6 array i8  7 array mut funcref  10 array mut i8
 *   funcs    1 of type 0 (not declared for ref.func)  2 of type 1 (declared)  3 of type 3
 *   tables   0 funcref  1 externref, 64-bit  2 funcref, 64-bit
 *   memories 0  1 64-bit
 *   globals  0 i32  1 mut i32
 *   tags     0 []  1 [i32]
 *   elems    0 funcref  1 externref; data 0; a data count section
 */
#ifndef TESTS_SUPPORT_SAMPLE_MODULE_H
#define TESTS_SUPPORT_SAMPLE_MODULE_H

#include "frontend/arena.h"
#include "frontend/error.h"
#include "frontend/module.h"
#include "frontend/validate.h"
#include "tests/support/wasm_bytes.h"

struct sample {
    struct wasm_bytes bytes;
    struct arena arena;
    struct module module;
    struct func_body body; /* of function 0, once validated */
    struct error err;
};

/* Decodes and validates the module, which must be valid but for the body of function 0, and then
 * that body with these features. False and err set if it is not valid. */
bool sample_open(struct sample *sample, uint32_t type, const char *body, uint64_t features);
bool sample_open_bytes(struct sample *sample, uint32_t type, struct slice body, uint64_t features);
void sample_close(struct sample *sample);

/* Function 0 is valid; it is not, the message begins so, and stands at_byte bytes into the body
 * (locals included; -1 for anywhere). Both fail the test otherwise. */
void expect_valid(uint32_t type, const char *body);
void expect_invalid(uint32_t type, const char *body, const char *message, int at_byte);

/* The stream of function 0 in words: mnemonics, and after a slash the flags
 * d INSN_DEAD_BEFORE, n INSN_NO_BRANCH, e INSN_HAS_ELSE. */
void expect_stream(uint32_t type, const char *body, const char *stream);

#endif
