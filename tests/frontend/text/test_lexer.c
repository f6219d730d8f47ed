/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tokens: kinds, strings and their escapes, comments, annotations, and what is wrong where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/arena.h"
#include "frontend/text/lexer.h"

static struct slice text_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

/* The kinds of all tokens of text, as letters; '!' for an error. */
static void check_kinds(const char *text, const char *kinds)
{
    static const char letters[] = ".()KNIFISRA";
    struct error err = ERROR_INIT;
    struct lexer lx = lexer_open(text_of(text), 1, &err);
    char found[100];
    size_t n = 0;
    for (;;) {
        struct token token = lexer_next(&lx);
        if (token.kind == TOK_EOF || n == sizeof found - 2)
            break;
        found[n++] = token.kind == TOK_ID ? '$' : letters[token.kind];
    }
    if (err.kind != ERR_NONE)
        found[n++] = '!';
    found[n] = '\0';
    assert_string_equal(found, kinds);
}

static void check_lex_error(const char *text, uint32_t line, uint32_t column, const char *message)
{
    struct error err = ERROR_INIT;
    struct lexer lx = lexer_open(text_of(text), 1, &err);
    while (lexer_next(&lx).kind != TOK_EOF)
        continue;
    assert_int_equal(err.kind, ERR_MALFORMED);
    assert_memory_equal(err.message, message, strlen(message));
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
    assert_int_equal(lexer_next(&lx).kind, TOK_EOF);
}

static void test_kinds(void **state)
{
    (void)state;
    check_kinds("", "");
    check_kinds("(module $m)", "(K$)");
    check_kinds("i32.const 0 -1 +0x1_f 1.5 inf -inf nan nan:0x1 1e3 0x.8", "KNIIFFFFFF!");
    check_kinds("nan:canonical offset=8 \"a b\"", "KKS");
    check_kinds("$\"a b\" $a! $$", "$$$");
    check_kinds("\xe2\x82\xac", "!");
}

static void test_runs(void **state)
{
    (void)state;
    check_lex_error("0drop", 1, 1, "unknown operator 0drop");
    check_lex_error("(br 0$l)", 1, 5, "unknown operator 0$l");
    check_lex_error("\"a\"\"b\"", 1, 1, "unknown operator");
    check_lex_error("(data \"a\"x)", 1, 7, "unknown operator");
    check_lex_error("$\"a\"b", 1, 1, "unknown operator");
    check_lex_error("i32.const _1", 1, 11, "unknown operator _1");
}

static void test_comments(void **state)
{
    (void)state;
    check_kinds(";; a (b\n(;c (;nested;) ;)d", "K");
    check_kinds("a(;;)b ;;", "KK");
    check_kinds(";;a\rb", "K");
    check_lex_error("\n (; (; ;)", 2, 2, "unclosed comment");
    check_lex_error(";; \xff", 1, 4, "malformed UTF-8 encoding");
}

static void check_string(const char *text, const char *bytes, size_t n)
{
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct lexer lx = lexer_open(text_of(text), 1, &err);
    struct token token = lexer_next(&lx);
    assert_int_equal(token.kind, TOK_STRING);
    struct slice found = token_bytes(&token, &arena);
    assert_int_equal(found.n, n);
    assert_memory_equal(found.p, bytes, n);
    arena_free(&arena);
}

static void test_strings(void **state)
{
    (void)state;
    check_string("\"\"", "", 0);
    check_string("\"plain\"", "plain", 5);
    check_string("\"\\00\\fF\\t\\n\\r\\'\\\"\\\\\"", "\x00\xff\t\n\r'\"\\", 8);
    check_string("\"\\u{41}\\u{e9}\\u{20ac}\\u{1f_600}\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                 10);
    check_string("\"\xe2\x82\xac\"", "\xe2\x82\xac", 3);
    check_lex_error("\"a\nb\"", 1, 1, "unclosed string");
    check_lex_error("(x \"abc", 1, 4, "unclosed string");
    check_lex_error("\"\\", 1, 2, "illegal escape");
    check_lex_error("\"\\0g\"", 1, 2, "illegal escape");
    check_lex_error("\"\\u{d800}\"", 1, 2, "illegal escape");
    check_lex_error("\"\\u{110000}\"", 1, 2, "illegal escape");
    check_lex_error("\"\\u{}\"", 1, 2, "illegal escape");
    check_lex_error("\"\\u{_1}\"", 1, 2, "illegal escape");
    check_lex_error("\"\x01\"", 1, 2, "illegal character");
    check_lex_error("\"\xc0\x80\"", 1, 2, "malformed UTF-8 encoding");
}

static void test_identifiers(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct lexer lx = lexer_open(text_of("$ab $\"a\\62\" $\"\\e2\\82\\ac\""), 1, &err);
    for (int i = 0; i < 2; i++) {
        struct token token = lexer_next(&lx);
        struct slice id = token_bytes(&token, &arena);
        assert_int_equal(id.n, 2);
        assert_memory_equal(id.p, "ab", 2);
    }
    assert_int_equal(lexer_next(&lx).kind, TOK_ID);
    check_lex_error("(func $)", 1, 7, "empty identifier");
    check_lex_error("$\"\"", 1, 1, "empty identifier");
    check_lex_error("$\"\\ef\"", 1, 3, "malformed UTF-8 encoding");
    arena_free(&arena);
}

static void test_annotations(void **state)
{
    (void)state;
    check_kinds("(@a x , ; ] [ }} (y \")\" (; ) ;) 0x) #4g0-.@f) (@\"b c\") (b)", "AA(K)");
    check_kinds("(@a (@b (@) @))", "A");
    check_lex_error("(@)", 1, 1, "empty annotation id");
    check_lex_error("(@ a)", 1, 1, "empty annotation id");
    check_lex_error("(@\"\")", 1, 1, "empty annotation id");
    check_lex_error("\n(@a (b)", 2, 1, "unclosed annotation");
    check_lex_error("(@a \")", 1, 5, "unclosed string");
    check_lex_error("(@a \x01)", 1, 5, "illegal character");
    check_lex_error("( @a)", 1, 3, "unknown operator @a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),       cmocka_unit_test(test_runs),
        cmocka_unit_test(test_comments),    cmocka_unit_test(test_strings),
        cmocka_unit_test(test_identifiers), cmocka_unit_test(test_annotations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
