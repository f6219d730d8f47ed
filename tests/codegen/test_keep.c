/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which loads need the empty asm that keeps their trap until the end, and which do not:
 * tests/wast/precise_traps.wast shows that none loses it. Counted in the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How many keepers are left of a function that stores this value. */
static unsigned keepers(const char *store, const char *value)
{
    struct arena arena = {0};
    const char *text = arena_printf(&arena,
                                    "(module (memory 1) (func (export \"f\") (param $p i32)"
                                    " (param $q i32) (%s (i32.const 0) %s)))",
                                    store, value);
    unsigned n = support_count(support_ir(text, NULL, &arena), "asm sideeffect \"\"");
    arena_free(&arena);
    return n;
}

#define P      "(i32.load (local.get $p))"
#define Q      "(i32.load (local.get $q))"
#define LONG_P "(i64.load32_s (local.get $p))"
#define LONG_Q "(i64.load32_s (local.get $q))"

static void loads_of_which_all_counts(void **state)
{
    (void)state;
    assert_int_equal(keepers("i32.store", "(i32.add " P Q ")"), 0);
    assert_int_equal(keepers("i32.store", "(i32.mul " P Q ")"), 0);
    assert_int_equal(keepers("i32.store", "(i32.rotl (i32.xor " P Q ") (i32.const 7))"), 0);
    assert_int_equal(keepers("i64.store32", "(i64.mul " LONG_P LONG_Q ")"), 0);
    assert_int_equal(keepers("i64.store32", "(i64.add (i64.const 5) (i64.mul " LONG_P
                                            " (i64.extend_i32_s (i32.mul " Q " (i32.const 19)))))"),
                     0);
    assert_int_equal(keepers("i32.store", "(i32.or (i32.load8_u (local.get $p)) (i32.shl"
                                          " (i32.load8_u (local.get $q)) (i32.const 8)))"),
                     0);
}

static void loads_of_which_a_part_counts(void **state)
{
    (void)state;
    assert_int_equal(keepers("i32.store", "(i32.shl " P "(i32.const 1))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.shr_u " P "(i32.const 1))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.mul " P "(i32.const 6))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.mul " P "(i32.shl " Q "(i32.const 1)))"), 2);
    assert_int_equal(keepers("i32.store8", "(i32.add " P Q ")"), 2);
    assert_int_equal(keepers("i32.store8", "(i32.rotl " P "(i32.const 7))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.rotl (local.get $q) " P ")"), 1);
    assert_int_equal(keepers("i64.store32", "(i64.load (local.get $p))"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_of_which_all_counts),
        cmocka_unit_test(loads_of_which_a_part_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
