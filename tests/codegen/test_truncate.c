/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Conversions of floats to integers in the LLVM IR: guarded ones have no checks, and on x86-64 they
 * and saturating ones are the machine's instruction. What they give is in tests/wast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

static const char *compiled(struct arena *arena, const char *target, const char *body)
{
    const char *text = arena_printf(
        arena,
        "(module (memory 1) (func (export \"f\") (param $x f64) (param $y f64) (result i32) %s))",
        body);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = target;
    return support_ir(text, &options, arena);
}

#define X86       "x86_64-linux-gnu"
#define AARCH64   "aarch64-linux-gnu"
#define MAGNITUDE "(f64.lt (f64.abs (local.get $x)) (f64.const 0x1p31))"
#define POSITIVE                                                                                   \
    "(i32.and (f64.lt (local.get $x) (f64.const 0x1p32)) (f64.ge (local.get $x) (f64.const 0)))"
#define GUARDED(guard, to, otherwise)                                                              \
    "(if (result i32) " guard "(then (i32.trunc_f64_" to " (local.get $x)))"                       \
    "(else (i32.const " otherwise ")))"

static void guards_replace_checks(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(&arena, AARCH64, GUARDED(MAGNITUDE, "s", "-2147483648"));
    assert_int_equal(support_count(ir, "fcmp"), 1);
    assert_int_equal(support_count(ir, "select"), 1);
    ir = compiled(&arena, AARCH64, GUARDED(POSITIVE, "u", "0"));
    assert_int_equal(support_count(ir, "fcmp"), 2);
    ir = compiled(&arena, AARCH64, "(i32.trunc_f64_s (local.get $x))");
    assert_int_equal(support_count(ir, "fcmp"), 3);
    arena_free(&arena);
}

static void machine_needs_no_guard(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(&arena, X86, GUARDED(MAGNITUDE, "s", "-2147483648"));
    assert_int_equal(support_count(ir, "call i32 @llvm.x86.sse2.cvttsd2si("), 1);
    assert_int_equal(support_count(ir, "fcmp"), 0);
    ir = compiled(&arena, X86, GUARDED(POSITIVE, "u", "0"));
    assert_int_equal(support_count(ir, "call i64 @llvm.x86.sse2.cvttsd2si64("), 1);
    assert_int_equal(support_count(ir, "fcmp"), 0);
    ir = compiled(&arena, X86,
                  "(i32.and (i32.const 255)" GUARDED(MAGNITUDE, "s", "-2147483648") ")");
    assert_int_equal(support_count(ir, "fcmp"), 0);
    ir = compiled(&arena, X86, GUARDED(MAGNITUDE, "s", "7"));
    assert_int_equal(support_count(ir, "@llvm.x86"), 0);
    arena_free(&arena);
}

static void saturation_is_rare(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *sum =
        "(i32.add (i32.trunc_sat_f64_s (local.get $x)) (i32.trunc_sat_f64_u (local.get $y)))";
    const char *ir = compiled(&arena, X86, sum);
    assert_int_equal(support_count(ir, "call i32 @llvm.x86.sse2.cvttsd2si("), 1);
    assert_int_equal(support_count(ir, "call i64 @llvm.x86.sse2.cvttsd2si64("), 1);
    assert_int_equal(support_count(ir, "@hidden"), 0);
    assert_int_equal(support_count(compiled(&arena, AARCH64, sum), "misfit"), 0);
    arena_free(&arena);
}

/* Loops of both kinds become vectors. */
static void loops_are_vectors(void **state)
{
    (void)state;
    struct arena arena = {0};
    static const char *const conversions[] = {
        "(if (result i32) (f32.lt (f32.abs (local.get $v)) (f32.const 0x1p31))"
        "(then (i32.trunc_f32_s (local.get $v))) (else (i32.const -2147483648)))",
        "(i32.trunc_sat_f32_s (local.get $v))"};
    for (int i = 0; i < 2; i++) {
        const char *ir = compiled(
            &arena, X86,
            arena_printf(
                &arena,
                "(local $i i32) (local $v f32) (loop (local.set $v (f32.load (local.get $i)))"
                "(i32.store offset=32768 (local.get $i) %s) (br_if 0 (i32.lt_u (local.tee $i"
                "(i32.add (local.get $i) (i32.const 4))) (i32.const 16384)))) (local.get $i)",
                conversions[i]));
        assert_true(support_count(ir, "call <4 x i32> @llvm.x86.sse2.cvttps2dq(") > 0);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guards_replace_checks),
        cmocka_unit_test(machine_needs_no_guard),
        cmocka_unit_test(saturation_is_rare),
        cmocka_unit_test(loops_are_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
