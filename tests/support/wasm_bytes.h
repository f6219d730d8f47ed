/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Writes WebAssembly binaries for tests: a growing buffer, LEB128, sections, and a line assembler
 * that turns "i32.const 1 drop end" into bytes by the opcode table alone. It checks nothing, so
 * that wrong modules can be written as well as right ones.
 */
#ifndef TESTS_SUPPORT_WASM_BYTES_H
#define TESTS_SUPPORT_WASM_BYTES_H

#include "frontend/types.h"

struct wasm_bytes {
    uint8_t *p; /* owned: wasm_bytes_free */
    size_t n, capacity;
};

void wasm_put(struct wasm_bytes *out, const void *bytes, size_t n);
void wasm_put_u8(struct wasm_bytes *out, uint8_t byte);
void wasm_put_leb(struct wasm_bytes *out, uint64_t value);
void wasm_put_sleb(struct wasm_bytes *out, int64_t value);

/* Words separated by spaces, each one of
 *   mnemonic   its opcode; of rows that share one the first, ":2" after it means the next
 *   7 -7       LEB128, signed after i32.const and i64.const
 *   0x40       one raw byte
 * An unknown word ends the program with a message. */
void wasm_asm(struct wasm_bytes *out, const char *text);

/* "\0asm", version 1. */
void wasm_header(struct wasm_bytes *out);
/* A section of that id, its contents in words. */
void wasm_section(struct wasm_bytes *out, uint8_t id, const char *text);
/* A code section: count bodies of words, locals first. */
void wasm_code_section(struct wasm_bytes *out, const char *const *bodies, uint32_t count);

struct slice wasm_slice(const struct wasm_bytes *bytes);
void wasm_bytes_free(struct wasm_bytes *bytes);

#endif
