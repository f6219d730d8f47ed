/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * fmin and fmax of C libraries in the LLVM IR: no branches, and loops of them are vectors. What
 * they give is in tests/wast/minima.wast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

#define X86     "x86_64-linux-gnu"
#define AARCH64 "aarch64-linux-gnu"
#define FMAX                                                                                       \
    "(func $fmax (export \"fmax\") (param $x f64) (param $y f64) (result f64)"                     \
    "(if (f64.ne (local.get $x) (local.get $x)) (then (return (local.get $y))))"                   \
    "(if (f64.ne (local.get $y) (local.get $y)) (then (return (local.get $x))))"                   \
    "(f64.max (local.get $x) (local.get $y)))"

static const char *compiled(struct arena *arena, const char *target, const char *functions)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = target;
    return support_ir(arena_printf(arena, "(module (memory 1) %s)", functions), &options, arena);
}

static void questions_are_no_branches(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(&arena, X86, FMAX);
    assert_int_equal(support_count(ir, "br i1"), 0);
    assert_int_equal(support_count(ir, "fcmp uno") + support_count(ir, "fcmp ord"), 2);
    ir = compiled(&arena, AARCH64, FMAX);
    assert_int_equal(support_count(ir, "br i1"), 0);
    assert_int_equal(support_count(ir, "call nnan double @llvm.maximum.f64("), 1);
    arena_free(&arena);
}

static void the_machine_compares(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *function = "(func (export \"f\") (param f64 f64) (result f64)"
                           "(f64.min (local.get 0) (local.get 1)))";
    const char *ir = compiled(&arena, X86, function);
    assert_int_equal(support_count(ir, "fcmp olt"), 2);
    assert_int_equal(support_count(ir, "call nnan double @llvm.minimum"), 0);
    ir = compiled(&arena, AARCH64, function);
    assert_int_equal(support_count(ir, "call nnan double @llvm.minimum"), 1);
    arena_free(&arena);
}

static void loops_are_vectors(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(
        &arena, X86,
        FMAX "(func (export \"loop\") (param $p i32) (loop $next (f64.store (local.get $p)"
             "(call $fmax (f64.load (local.get $p)) (f64.load offset=4096 (local.get $p))))"
             "(br_if $next (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 8)))"
             "(i32.const 4096)))))");
    assert_true(support_count(ir, "fcmp ogt <") > 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_no_branches),
        cmocka_unit_test(the_machine_compares),
        cmocka_unit_test(loops_are_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
