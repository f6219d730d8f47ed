/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Errors: the first one stays, and how they are printed.
 */
#include "frontend/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_print(const struct error *err, const char *source, const char *want)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    error_print(out, err, "a.wasm", source, source ? strlen(source) : 0);
    fclose(out);
    assert_string_equal(text, want);
    free(text);
}

static void test_first_wins(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_false(error_set(&err, ERR_INVALID, 7, "type mismatch: %d", 1));
    assert_false(error_set(&err, ERR_MALFORMED, 9, "another"));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_int_equal(err.offset, 7);
    assert_string_equal(err.message, "type mismatch: 1");
}

static void test_long_message_is_cut(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_INVALID, 0, "%1000d", 1);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void test_print(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_MALFORMED, 0x2f, "unexpected end");
    expect_print(&err, NULL, "wasm2so: a.wasm:0x2f: malformed: unexpected end\n");
    err.func = 3;
    expect_print(&err, NULL, "wasm2so: a.wasm:0x2f: malformed: unexpected end (function 3)\n");
    struct error io = ERROR_INIT;
    error_set(&io, ERR_IO, ERROR_NO_OFFSET, "no such file");
    expect_print(&io, NULL, "wasm2so: a.wasm: error: no such file\n");
}

static void test_print_source(void **state)
{
    (void)state;
    struct error err = {.kind = ERR_INVALID,
                        .offset = ERROR_NO_OFFSET,
                        .func = ERROR_NO_FUNC,
                        .line = 2,
                        .column = 3,
                        .message = "x"};
    expect_print(&err, "one\n\ttwo\nthree", "wasm2so: a.wasm:2:3: invalid: x\n\ttwo\n\t ^\n");
    err.line = 9;
    expect_print(&err, "one", "wasm2so: a.wasm:9:3: invalid: x\n\n^\n");
}

static void test_print_hostile(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_INVALID, 0, "no \"%s\"", "\x1b[31m\a\x7f");
    assert_string_equal(err.message, "no \"?[31m??\"");
    err.line = 1;
    err.column = 5;
    static const char source[] = "a\0b\x1b[2J";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    error_print(out, &err, "a.wat", source, sizeof source - 1);
    fclose(out);
    assert_string_equal(text, "wasm2so: a.wat:1:5: invalid: no \"?[31m??\"\na?b?[2J\n    ^\n");
    free(text);
}

static void test_print_long(void **state)
{
    (void)state;
    struct error err = {
        .kind = ERR_INVALID, .func = ERROR_NO_FUNC, .line = 1, .column = 90000, .message = "x"};
    enum { SIZE = 100000 };
    char *source = malloc(SIZE), *text = NULL;
    size_t size = 0;
    memset(source, 'a', SIZE);
    FILE *out = open_memstream(&text, &size);
    error_print(out, &err, "a.wat", source, SIZE);
    fclose(out);
    assert_true(size < 10000);
    free(text);
    free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_wins),    cmocka_unit_test(test_long_message_is_cut),
        cmocka_unit_test(test_print),         cmocka_unit_test(test_print_source),
        cmocka_unit_test(test_print_hostile), cmocka_unit_test(test_print_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
