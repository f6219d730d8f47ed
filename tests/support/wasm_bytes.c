/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Binaries for tests; see the header.
 */
#include "tests/support/wasm_bytes.h"

#include "frontend/opcode.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void die(const char *what, const char *word, size_t n)
{
    fprintf(stderr, "wasm_bytes: %s: %.*s\n", what, (int)n, word);
    abort();
}

void wasm_put(struct wasm_bytes *out, const void *bytes, size_t n)
{
    if (out->capacity - out->n < n) {
        size_t grown = (out->capacity + n) * 2;
        uint8_t *p = realloc(out->p, grown);
        if (!p)
            die("out of memory", "", 0);
        out->p = p;
        out->capacity = grown;
    }
    if (n > 0)
        memcpy(out->p + out->n, bytes, n);
    out->n += n;
}

void wasm_put_u8(struct wasm_bytes *out, uint8_t byte)
{
    wasm_put(out, &byte, 1);
}

void wasm_put_leb(struct wasm_bytes *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        wasm_put_u8(out, (uint8_t)(value | 0x80));
    wasm_put_u8(out, (uint8_t)value);
}

void wasm_put_sleb(struct wasm_bytes *out, int64_t value)
{
    for (;;) {
        uint8_t byte = value & 0x7f;
        int64_t rest = value >> 7;
        if ((rest == 0 && !(byte & 0x40)) || (rest == -1 && (byte & 0x40))) {
            wasm_put_u8(out, byte);
            return;
        }
        wasm_put_u8(out, byte | 0x80);
        value = rest;
    }
}

/* The opcode of a mnemonic, "select:2" for the second row of that name. */
static enum opcode put_opcode(struct wasm_bytes *out, const char *word, size_t n)
{
    bool second = n > 2 && memcmp(word + n - 2, ":2", 2) == 0;
    size_t length = second ? n - 2 : n;
    enum opcode op = opcode_by_text(word, length);
    if (op == OP__COUNT)
        die("unknown word", word, n);
    if (second)
        op++;
    const struct op_info *info = &op_info[op];
    if (info->prefix == 0) {
        wasm_put_u8(out, (uint8_t)info->code);
    } else {
        wasm_put_u8(out, info->prefix);
        wasm_put_leb(out, info->code);
    }
    return op;
}

static void put_number(struct wasm_bytes *out, const char *word, size_t n, bool is_signed)
{
    char digits[32] = {0};
    if (n >= sizeof digits)
        die("number too long", word, n);
    memcpy(digits, word, n);
    char *end;
    if (n > 1 && digits[1] == 'x')
        wasm_put_u8(out, (uint8_t)strtoul(digits, &end, 16));
    else if (is_signed)
        wasm_put_sleb(out, strtoll(digits, &end, 10));
    else
        wasm_put_leb(out, strtoull(digits, &end, 10));
    if (*end)
        die("not a number", word, n);
}

void wasm_asm(struct wasm_bytes *out, const char *text)
{
    bool is_signed = false;
    for (;;) {
        text += strspn(text, " \n");
        size_t n = strcspn(text, " \n");
        if (n == 0)
            return;
        if (isalpha((unsigned char)*text)) {
            uint8_t imm = op_info[put_opcode(out, text, n)].imm;
            is_signed = imm == IMM_I32 || imm == IMM_I64;
        } else {
            put_number(out, text, n, is_signed);
        }
        text += n;
    }
}

void wasm_header(struct wasm_bytes *out)
{
    wasm_put(out, "\0asm\1\0\0", 8);
}

static void put_sized(struct wasm_bytes *out, const struct wasm_bytes *contents)
{
    wasm_put_leb(out, contents->n);
    wasm_put(out, contents->p, contents->n);
}

void wasm_section(struct wasm_bytes *out, uint8_t id, const char *text)
{
    struct wasm_bytes contents = {0};
    wasm_asm(&contents, text);
    wasm_put_u8(out, id);
    put_sized(out, &contents);
    wasm_bytes_free(&contents);
}

void wasm_code_section(struct wasm_bytes *out, const char *const *bodies, uint32_t count)
{
    enum { CODE_SECTION = 10 };
    struct wasm_bytes contents = {0};
    wasm_put_leb(&contents, count);
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_bytes body = {0};
        wasm_asm(&body, bodies[i]);
        put_sized(&contents, &body);
        wasm_bytes_free(&body);
    }
    wasm_put_u8(out, CODE_SECTION);
    put_sized(out, &contents);
    wasm_bytes_free(&contents);
}

struct slice wasm_slice(const struct wasm_bytes *bytes)
{
    return (struct slice){bytes->p, bytes->n};
}

void wasm_bytes_free(struct wasm_bytes *bytes)
{
    free(bytes->p);
    *bytes = (struct wasm_bytes){0};
}
