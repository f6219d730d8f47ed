/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Conversions of floats behind a question for their range: no check is left, and loops of them
 * become vectors. What they come to is in tests/wast/conversions.wast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

#define X "(local.get $x)"
#define IF(condition)                                                                              \
    "(if (result i32) " condition " (then (i32.trunc_f64_s " X ")) (else (i32.const 7)))"
#define ABS "(f64.abs " X ")"

/* Calls of a trap in a function (param $x f64) (param $y f64) (result i32). */
static unsigned traps(const char *body)
{
    struct arena arena = {0};
    const char *text = arena_printf(
        &arena, "(module (func (export \"f\") (param $x f64) (param $y f64) (result i32) %s))",
        body);
    unsigned n = support_count(support_ir(text, NULL, &arena), "call void @w2s_rt_trap");
    arena_free(&arena);
    return n;
}

static void answered_checks_go(void **state)
{
    (void)state;
    assert_true(traps("(i32.trunc_f64_s " X ")") > 0);
    assert_int_equal(traps(IF("(f64.lt " ABS " (f64.const 0x1p31))")), 0);
    assert_int_equal(traps(IF("(f64.le " ABS " (f64.const 1000))")), 0);
    assert_int_equal(traps(IF("(f64.eq " X " (f64.const 5))")), 0);
    assert_int_equal(traps(IF("(i32.eqz (i32.eqz (f64.lt " ABS " (f64.const 0x1p31))))")), 0);
    assert_int_equal(
        traps(IF("(i32.and (f64.gt " X " (f64.const -1)) (f64.lt " X " (f64.const 100)))")), 0);
    assert_int_equal(traps("(block (br_if 0 (i32.eqz (f64.lt " ABS " (f64.const 0x1p31))))"
                           " (return (i32.trunc_f64_s " X "))) (i32.const 7)"),
                     0);
}

static void others_stay(void **state)
{
    (void)state;
    assert_true(traps(IF("(f64.lt " ABS " (f64.const 0x1p32))")) > 0);
    assert_true(traps(IF("(f64.lt " X " (f64.const 0x1p31))")) > 0);
    assert_true(traps(IF("(f64.gt " ABS " (f64.const 5))")) > 0);
    assert_true(traps(IF("(f64.lt (f64.abs (local.get $y)) (f64.const 0x1p31))")) > 0);
    assert_true(traps(IF("(i32.or (f64.lt " ABS " (f64.const 9)) (f64.lt (local.get $y) " X "))")) >
                0);
}

static void loops_become_vectors(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *text =
        "(module (memory 1) (func (export \"f\") (param $d i32) (param $n i32) (local $x f32)"
        " (loop (local.set $x (f32.load (local.get $d)))"
        "  (i32.store offset=4096 (local.get $d)"
        "   (if (result i32) (f32.lt (f32.abs (local.get $x)) (f32.const 0x1p31))"
        "    (then (i32.trunc_f32_s (local.get $x))) (else (i32.const 0x80000000))))"
        "  (local.set $d (i32.add (local.get $d) (i32.const 4)))"
        "  (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))";
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 2;
    options.target = "aarch64-linux-gnu"; /* for x86-64 it is an intrinsic (test_truncate.c) */
    const char *ir = support_ir(text, &options, &arena);
    assert_true(support_count(ir, "fptosi <4 x float>") > 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered_checks_go),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(loops_become_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
