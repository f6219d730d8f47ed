/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Results against patterns: bits of numbers, the two NaN patterns and what lies just outside them,
 * vectors lane by lane, references, alternatives, and messages by prefix. Patterns are read from
 * script text, so that reader and comparison are tested as they meet.
 */
#include "spec-tests/compare.h"

#include "frontend/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const w2s_valtype i32 = {.kind = W2S_I32}, i64 = {.kind = W2S_I64};
static const w2s_valtype f32 = {.kind = W2S_F32}, f64 = {.kind = W2S_F64};
static const w2s_valtype v128 = {.kind = W2S_V128};
static const w2s_valtype funcref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_FUNC};
static const w2s_valtype externref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_EXTERN};
static const w2s_valtype anyref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_ANY};
static const w2s_valtype i31ref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_I31};
static const w2s_valtype structref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_STRUCT};

static struct arena arena;

/* The pattern that the text of one result stands for. */
static struct wast_value *pattern(const char *text)
{
    char *script = arena_printf(&arena, "(assert_return (invoke \"f\") %s)", text);
    struct wast_script parsed;
    struct error err = ERROR_INIT;
    struct slice bytes = {(const uint8_t *)script, strlen(script)};
    if (!wast_parse(bytes, &arena, &parsed, &err))
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(parsed.count, 1);
    assert_int_equal(parsed.commands[0].result_count, 1);
    return parsed.commands[0].results;
}

static bool matches_bits(const char *text, w2s_valtype type, uint64_t bits)
{
    w2s_value value = {.bits = {bits, 0}};
    return value_matches(pattern(text), &value, type);
}

static bool matches_lanes(const char *text, const uint32_t lanes[4])
{
    w2s_value value;
    memcpy(value.v128, lanes, 16);
    return value_matches(pattern(text), &value, v128);
}

static bool matches_reference(const char *text, w2s_valtype type, uintptr_t ref)
{
    w2s_value value = {.ref = (void *)ref};
    return value_matches(pattern(text), &value, type);
}

static void test_integers(void **state)
{
    (void)state;
    assert_true(matches_bits("(i32.const -1)", i32, 0xffffffff));
    assert_false(matches_bits("(i32.const -1)", i32, 0xfffffffe));
    assert_false(matches_bits("(i32.const 1)", i64, 1));
    assert_true(matches_bits("(i32.const 1)", i32, UINT64_C(0xdead00000001)));
    assert_true(matches_bits("(i64.const -2)", i64, UINT64_MAX - 1));
    assert_false(matches_bits("(i64.const 1)", i64, UINT64_C(0x100000001)));
}

static void test_floats(void **state)
{
    (void)state;
    assert_true(matches_bits("(f32.const 1.5)", f32, 0x3fc00000));
    assert_false(matches_bits("(f32.const 1.5)", f64, UINT64_C(0x3ff8000000000000)));
    assert_true(matches_bits("(f64.const -0)", f64, UINT64_C(1) << 63));
    assert_false(matches_bits("(f64.const 0)", f64, UINT64_C(1) << 63));
    assert_true(matches_bits("(f32.const nan:0x200000)", f32, 0x7fa00000));
    assert_false(matches_bits("(f32.const nan:0x200000)", f32, 0x7fe00000));
}

static void test_canonical_nan(void **state)
{
    (void)state;
    assert_true(matches_bits("(f32.const nan:canonical)", f32, 0x7fc00000));
    assert_true(matches_bits("(f32.const nan:canonical)", f32, 0xffc00000));
    assert_false(matches_bits("(f32.const nan:canonical)", f32, 0x7fc00001));
    assert_false(matches_bits("(f32.const nan:canonical)", f32, 0x7fa00000));
    assert_false(matches_bits("(f32.const nan:canonical)", f32, 0x7f800000));
    assert_true(matches_bits("(f64.const nan:canonical)", f64, UINT64_C(0xfff8000000000000)));
    assert_false(matches_bits("(f64.const nan:canonical)", f64, UINT64_C(0x7ff8000000000001)));
}

static void test_arithmetic_nan(void **state)
{
    (void)state;
    assert_true(matches_bits("(f32.const nan:arithmetic)", f32, 0xffc12345));
    assert_false(matches_bits("(f32.const nan:arithmetic)", f32, 0x7fa00000));
    assert_false(matches_bits("(f32.const nan:arithmetic)", f32, 0x7f800000));
    assert_true(matches_bits("(f64.const nan:arithmetic)", f64, UINT64_C(0x7ff8000000000001)));
    assert_false(matches_bits("(f64.const nan:arithmetic)", f64, UINT64_C(0x7ff4000000000000)));
    assert_false(matches_bits("(f64.const nan:arithmetic)", f64, UINT64_C(0x4008000000000000)));
}

static void test_vectors(void **state)
{
    (void)state;
    const uint32_t lanes[4] = {1, 2, 0x7fc00000, 0xffc00001};
    assert_true(matches_lanes("(v128.const i32x4 1 2 0x7fc00000 0xffc00001)", lanes));
    assert_false(matches_lanes("(v128.const i32x4 1 2 0x7fc00000 0xffc00002)", lanes));
    const char *good = "(v128.const f32x4 0x1p-149 0x1p-148 nan:canonical nan:arithmetic)";
    const char *bad = "(v128.const f32x4 0x1p-149 0x1p-148 nan:canonical nan:canonical)";
    assert_true(matches_lanes(good, lanes));
    assert_false(matches_lanes(bad, lanes));
    const uint32_t doubles[4] = {0, 0x7ff80000, 5, 0x7ff80000};
    assert_true(matches_lanes("(v128.const f64x2 nan:canonical nan:arithmetic)", doubles));
    assert_false(matches_lanes("(v128.const f64x2 nan:canonical nan:canonical)", doubles));
    assert_false(matches_bits("(v128.const i64x2 1 0)", i64, 1));
}

static void test_references(void **state)
{
    (void)state;
    assert_true(matches_reference("(ref.null func)", funcref, 0));
    assert_false(matches_reference("(ref.null func)", externref, 0));
    assert_false(matches_reference("(ref.null func)", funcref, 8));
    assert_true(matches_reference("(ref.null extern)", externref, 0));
    assert_true(matches_reference("(ref.null)", anyref, 0));
    assert_true(matches_reference("(ref.extern 0)", externref, 1));
    assert_false(matches_reference("(ref.extern 0)", externref, 0));
    assert_false(matches_reference("(ref.extern 7)", externref, 7));
    assert_true(matches_reference("(ref.extern)", externref, 99));
    assert_true(matches_reference("(ref.func)", funcref, 16));
    assert_false(matches_reference("(ref.func)", funcref, 0));
    assert_false(matches_reference("(ref.func)", externref, 16));
    assert_true(matches_reference("(ref.any)", anyref, 16));
    assert_true(matches_reference("(ref.host 0)", anyref, 1));
    assert_false(matches_reference("(ref.host 0)", i31ref, 1));
    assert_true(matches_reference("(ref.i31)", i31ref, 3));
    assert_true(matches_reference("(ref.eq)", i31ref, 3));
    assert_false(matches_reference("(ref.eq)", anyref, 16));
    assert_true(matches_reference("(ref.struct)", structref, 16));
    assert_false(matches_reference("(ref.array)", structref, 16));
    assert_false(matches_reference("(ref.struct)", externref, 16));
}

static void test_alternatives(void **state)
{
    (void)state;
    const char *text = "(either (i32.const 1) (i32.const 3))";
    assert_true(matches_bits(text, i32, 1));
    assert_false(matches_bits(text, i32, 2));
    assert_true(matches_bits(text, i32, 3));
}

static bool message(const char *expected, const char *got)
{
    return message_matches((struct slice){(const uint8_t *)expected, strlen(expected)}, got);
}

static void test_messages(void **state)
{
    (void)state;
    assert_true(message("type mismatch", "type mismatch: i32.add wants i32"));
    assert_true(message("uninitialized element 2", "uninitialized element"));
    assert_true(message("type mismatch: instruction requires [i32]", "type mismatch: found i64"));
    assert_false(message("type mismatch", "unknown local"));
    assert_false(message("unknown local: x", "unknown label: x"));
    assert_false(message("type mismatch", ""));
    assert_false(message("", "anything"));
}

static void test_arguments(void **state)
{
    (void)state;
    w2s_value value;
    w2s_valtype type;
    assert_true(value_from_constant(pattern("(i64.const -5)"), &value, &type));
    assert_int_equal(type.kind, W2S_I64);
    assert_true(value.i64 == -5);
    assert_true(value_from_constant(pattern("(f32.const nan:0x1)"), &value, &type));
    assert_int_equal(value.i32, 0x7f800001);
    assert_true(value_from_constant(pattern("(ref.extern 4)"), &value, &type));
    assert_true(value.ref == (void *)5);
    assert_true(value_from_constant(pattern("(ref.null func)"), &value, &type));
    assert_true(value.ref == NULL && type.kind == W2S_REF);
    assert_false(value_from_constant(pattern("(ref.extern)"), &value, &type));
    assert_false(value_from_constant(pattern("(ref.func)"), &value, &type));
}

static void test_texts(void **state)
{
    (void)state;
    char text[80];
    const w2s_value one = {.f32 = 1.0f}, minus = {.i32 = -1};
    assert_string_equal(value_print(&one, f32, text, sizeof text), "f32 1 (0x3f800000)");
    assert_string_equal(value_print(&minus, i32, text, sizeof text), "i32 -1 (0xffffffff)");
    assert_string_equal(pattern_print(pattern("(f64.const nan:canonical)"), text, sizeof text),
                        "f64 nan:canonical");
    assert_string_equal(pattern_print(pattern("(ref.extern 3)"), text, sizeof text),
                        "ref.extern 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),      cmocka_unit_test(test_floats),
        cmocka_unit_test(test_canonical_nan), cmocka_unit_test(test_arithmetic_nan),
        cmocka_unit_test(test_vectors),       cmocka_unit_test(test_references),
        cmocka_unit_test(test_alternatives),  cmocka_unit_test(test_messages),
        cmocka_unit_test(test_arguments),     cmocka_unit_test(test_texts),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
