/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Checks of the text tests: see text_check.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/arena.h"
#include "frontend/text/text.h"
#include "tests/frontend/text/text_check.h"

static struct slice assemble(const char *text, bool names, struct arena *arena)
{
    struct text_options options = {.names = names, .strict = true};
    struct error err = ERROR_INIT;
    struct slice binary;
    struct slice source = {(const uint8_t *)text, strlen(text)};
    if (!text_to_binary(source, &options, arena, &binary, NULL, &err))
        fail_msg("%u:%u: %s\nin %s", err.line, err.column, err.message, text);
    return binary;
}

static char *to_hex(struct slice bytes, struct arena *arena)
{
    char *hex = arena_alloc(arena, 2 * bytes.n + 1);
    for (size_t i = 0; i < bytes.n; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes.p[i]);
    return hex;
}

static char *without_blanks(const char *hex, struct arena *arena)
{
    char *copy = arena_alloc(arena, strlen(hex) + 1), *to = copy;
    for (; *hex; hex++)
        if (*hex != ' ')
            *to++ = *hex;
    return copy;
}

static void check_module(const char *text, bool names, const char *hex)
{
    struct arena arena = {0};
    struct slice binary = assemble(text, names, &arena);
    assert_true(binary.n >= 8);
    assert_memory_equal(binary.p, "\0asm\1\0\0\0", 8);
    struct slice sections = {binary.p + 8, binary.n - 8};
    assert_string_equal(to_hex(sections, &arena), without_blanks(hex, &arena));
    arena_free(&arena);
}

void check_bytes(const char *text, const char *hex)
{
    check_module(text, false, hex);
}

void check_named_bytes(const char *text, const char *hex)
{
    check_module(text, true, hex);
}

void check_body(const char *fields, const char *func, const char *hex)
{
    struct arena arena = {0};
    /* A data segment behind the code section would be in the way; the body is what ends the text.
     */
    const char *text = arena_printf(&arena, "(module %s (func %s))", fields, func);
    char *all = to_hex(assemble(text, false, &arena), &arena);
    char *body = arena_printf(&arena, "%s0b", without_blanks(hex, &arena));
    size_t n = strlen(body), size = strlen(all);
    assert_true(size > n + 2);
    assert_string_equal(all + size - n, body);
    assert_memory_equal(all + size - n - 2, arena_printf(&arena, "%02zx", n / 2), 2);
    arena_free(&arena);
}

void check_same(const char *text, const char *abbreviated)
{
    struct arena arena = {0};
    char *expected = to_hex(assemble(text, false, &arena), &arena);
    char *found = to_hex(assemble(abbreviated, false, &arena), &arena);
    assert_string_equal(found, expected);
    arena_free(&arena);
}

void check_error(const char *text, uint32_t line, uint32_t column, const char *message)
{
    struct arena arena = {0};
    struct text_options options = {.strict = true};
    struct error err = ERROR_INIT;
    struct slice binary;
    struct slice source = {(const uint8_t *)text, strlen(text)};
    if (text_to_binary(source, &options, &arena, &binary, NULL, &err))
        fail_msg("accepted: %s", text);
    if (strncmp(err.message, message, strlen(message)) != 0)
        fail_msg("\"%s\", not \"%s\" in %s", err.message, message, text);
    if (err.line != line || err.column != column)
        fail_msg("at %u:%u, not %u:%u in %s", err.line, err.column, line, column, text);
    assert_int_equal(err.kind, ERR_MALFORMED);
    arena_free(&arena);
}
