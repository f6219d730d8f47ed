/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Remainders of what holds the divisor at most once, in the LLVM IR: no division is left. What they
 * give is in tests/wast/remainders.wast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* A sum round a loop, of the bytes at p. */
static unsigned divisions(const char *divisor)
{
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    const char *text = arena_printf(
        &arena,
        "(module (memory 1) (func (export \"sum\") (param $p i32) (result i32) (local $a i32)"
        "(loop $next (local.set $a (i32.rem_u (i32.add (local.get $a)"
        "(i32.load8_u (local.get $p))) (i32.const %s)))"
        "(br_if $next (local.tee $p (i32.sub (local.get $p) (i32.const 1)))))"
        "(local.get $a)))",
        divisor);
    unsigned count = support_count(support_ir(text, &options, &arena), "urem i32");
    arena_free(&arena);
    return count;
}

static void sums_of_remainders_are_compared(void **state)
{
    (void)state;
    assert_int_equal(divisions("255"), 0); /* at most 254 + 255 */
    assert_int_equal(divisions("65521"), 0);
}

static void what_may_hold_it_twice_is_divided(void **state)
{
    (void)state;
    assert_true(divisions("254") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_remainders_are_compared),
        cmocka_unit_test(what_may_hold_it_twice_is_divided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
