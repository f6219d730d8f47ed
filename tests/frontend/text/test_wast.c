/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Scripts: every command, values and patterns, places, and broken scripts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/arena.h"
#include "frontend/text/text.h"
#include "frontend/text/wast.h"

struct fixture {
    struct arena arena;
    struct wast_script script;
    struct error err;
};

static bool parse(struct fixture *f, const char *text)
{
    *f = (struct fixture){.err = ERROR_INIT};
    struct slice source = {(const uint8_t *)text, strlen(text)};
    return wast_parse(source, &f->arena, &f->script, &f->err);
}

static const struct wast_command *parse_one(struct fixture *f, const char *text)
{
    if (!parse(f, text))
        fail_msg("%u:%u: %s", f->err.line, f->err.column, f->err.message);
    assert_int_equal(f->script.count, 1);
    return &f->script.commands[0];
}

static void check_slice(struct slice slice, const char *expected)
{
    assert_int_equal(slice.n, strlen(expected));
    assert_memory_equal(slice.p, expected, slice.n);
}

static void test_modules(void **state)
{
    (void)state;
    struct fixture f;
    const struct wast_command *c = parse_one(&f, "\n  (module $m (func))");
    assert_int_equal(c->kind, WAST_MODULE);
    assert_int_equal(c->line, 2);
    assert_int_equal(c->column, 3);
    assert_int_equal(c->module->source, WAST_TEXT);
    check_slice(c->name, "m");
    check_slice(c->module->text, "(module $m (func))");
    arena_free(&f.arena);

    c = parse_one(&f, "(module definition $d binary \"\\00as\" \"m\")");
    assert_true(c->module->definition);
    assert_int_equal(c->module->source, WAST_BINARY);
    assert_memory_equal(c->module->bytes.p, "\0asm", 4);
    arena_free(&f.arena);

    c = parse_one(&f, "(module instance $i $d)");
    assert_int_equal(c->kind, WAST_INSTANCE);
    check_slice(c->name, "i");
    check_slice(c->target, "d");
    arena_free(&f.arena);

    c = parse_one(&f, "(func) (memory 0)");
    assert_int_equal(c->kind, WAST_MODULE);
    check_slice(c->module->text, "(func) (memory 0)");
    arena_free(&f.arena);
}

static void test_module_bytes(void **state)
{
    (void)state;
    struct fixture f;
    struct slice bytes;
    struct text_map *map;
    assert_true(parse(&f, "(module (func))\n(module\n (func (foo)))\n(module quote \"(bar)\")"));
    const struct wast_command *c = f.script.commands;
    assert_true(wast_module_bytes(c[0].module, FEATURES_ALL, &f.arena, &bytes, &map, &f.err));
    assert_true(text_is_binary(bytes));
    assert_false(wast_module_bytes(c[1].module, FEATURES_ALL, &f.arena, &bytes, &map, &f.err));
    assert_int_equal(f.err.line, 3);
    struct error err = ERROR_INIT;
    assert_false(wast_module_bytes(c[2].module, FEATURES_ALL, &f.arena, &bytes, &map, &err));
    assert_string_equal(err.message, "unknown operator bar");
    assert_int_equal(err.line, 1);
    arena_free(&f.arena);
}

static void test_actions(void **state)
{
    (void)state;
    struct fixture f;
    const struct wast_command *c = parse_one(&f, "(invoke $m \"f\" (i32.const -1) (ref.extern 7))");
    assert_int_equal(c->kind, WAST_ACTION);
    assert_false(c->action->is_get);
    check_slice(c->action->module, "m");
    check_slice(c->action->field, "f");
    assert_int_equal(c->action->arg_count, 2);
    assert_int_equal(c->action->args[0].bits, 0xffffffff);
    assert_int_equal(c->action->args[1].kind, WAST_REF_EXTERN);
    assert_int_equal(c->action->args[1].bits, 7);
    arena_free(&f.arena);

    c = parse_one(&f, "(assert_return (get \"g\") (i64.const 5))");
    assert_true(c->action->is_get);
    assert_int_equal(c->results[0].kind, WAST_I64);
    arena_free(&f.arena);

    c = parse_one(&f, "(register \"a\" $m)");
    assert_int_equal(c->kind, WAST_REGISTER);
    check_slice(c->as, "a");
    check_slice(c->target, "m");
    arena_free(&f.arena);
}

static void test_assertions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum wast_kind kind;
        bool has_module;
    } cases[] = {
        {"(assert_return (invoke \"f\"))", WAST_ASSERT_RETURN, false},
        {"(assert_trap (invoke \"f\") \"x\")", WAST_ASSERT_TRAP, false},
        {"(assert_trap (module) \"x\")", WAST_ASSERT_TRAP, true},
        {"(assert_exhaustion (invoke \"f\") \"x\")", WAST_ASSERT_EXHAUSTION, false},
        {"(assert_exception (invoke \"f\"))", WAST_ASSERT_EXCEPTION, false},
        {"(assert_invalid (module) \"x\")", WAST_ASSERT_INVALID, true},
        {"(assert_malformed (module quote \"(\") \"x\")", WAST_ASSERT_MALFORMED, true},
        {"(assert_invalid_custom (module) \"x\")", WAST_ASSERT_INVALID_CUSTOM, true},
        {"(assert_malformed_custom (module quote) \"x\")", WAST_ASSERT_MALFORMED_CUSTOM, true},
        {"(assert_unlinkable (module) \"x\")", WAST_ASSERT_UNLINKABLE, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        const struct wast_command *c = parse_one(&f, cases[i].text);
        assert_int_equal(c->kind, cases[i].kind);
        assert_int_equal(c->module != NULL, cases[i].has_module);
        assert_int_equal(c->action != NULL, !cases[i].has_module);
        if (c->kind != WAST_ASSERT_RETURN && c->kind != WAST_ASSERT_EXCEPTION)
            check_slice(c->message, "x");
        arena_free(&f.arena);
    }
}

static void test_patterns(void **state)
{
    (void)state;
    struct fixture f;
    const struct wast_command *c = parse_one(
        &f, "(assert_return (invoke \"f\") (f32.const nan:canonical) (f64.const 1)"
            " (v128.const f32x4 nan:arithmetic 1 2 3) (ref.null func) (ref.null) (ref.func)"
            " (ref.i31) (either (i32.const 1) (i32.const 2)))");
    assert_int_equal(c->result_count, 8);
    const struct wast_value *r = c->results;
    assert_int_equal(r[0].nan, WAST_NAN_CANONICAL);
    assert_int_equal(r[1].nan, WAST_NUMBER);
    assert_int_equal(r[1].bits, UINT64_C(0x3ff0000000000000));
    assert_int_equal(r[2].lanes, 4);
    assert_true(r[2].lanes_float);
    assert_int_equal(r[2].lane_nan[0], WAST_NAN_ARITHMETIC);
    assert_memory_equal(r[2].v128 + 4, "\0\0\x80\x3f", 4);
    assert_int_equal(r[3].heap, HEAP_FUNC);
    assert_int_equal(r[4].heap, NO_INDEX);
    assert_int_equal(r[5].kind, WAST_REF_FUNC);
    assert_false(r[5].has_bits);
    assert_int_equal(r[6].kind, WAST_REF_I31);
    assert_int_equal(r[7].alternative_count, 2);
    assert_int_equal(r[7].alternatives[1].bits, 2);
    arena_free(&f.arena);
}

static void test_threads(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(
        parse(&f, "(module $M)\n(thread $T (shared (module $M))\n (invoke \"f\"))\n(wait $T)"));
    assert_int_equal(f.script.count, 3);
    const struct wast_command *thread = &f.script.commands[1];
    assert_int_equal(thread->kind, WAST_THREAD);
    check_slice(thread->target, "M");
    assert_int_equal(thread->command_count, 1);
    assert_int_equal(thread->commands[0].line, 3);
    assert_int_equal(f.script.commands[2].kind, WAST_WAIT);
    arena_free(&f.arena);
}

static void check_broken(const char *text, uint32_t line, uint32_t column, const char *message)
{
    struct fixture f;
    assert_false(parse(&f, text));
    assert_memory_equal(f.err.message, message, strlen(message));
    assert_int_equal(f.err.line, line);
    assert_int_equal(f.err.column, column);
    arena_free(&f.arena);
}

static void test_broken(void **state)
{
    (void)state;
    check_broken("(module", 1, 8, "unexpected token");
    check_broken("\n(assert_foo)", 2, 2, "unknown operator assert_foo");
    check_broken("(assert_trap (invoke \"f\"))", 1, 26, "unexpected token: expected a string");
    check_broken("(invoke \"f\" (f32.const nan:canonical))", 1, 24, "unexpected token");
    check_broken("(invoke \"f\" (ref.func))", 1, 14, "unexpected token");
    check_broken("(assert_invalid (module instance $a) \"x\")", 1, 17, "unexpected token");
    check_broken("(module))", 1, 9, "unexpected token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modules),  cmocka_unit_test(test_module_bytes),
        cmocka_unit_test(test_actions),  cmocka_unit_test(test_assertions),
        cmocka_unit_test(test_patterns), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
