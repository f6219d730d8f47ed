/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Structs that go through the caller's frame (codegen/passes/frame.c, codegen/passes/inline.c):
 * what is left of calls and loads in the LLVM IR. tests/wast/frames.wast shows that the results are
 * right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tests/codegen/support.h"

/* Makes a function larger than what LLVM inlines twice. */
#define MIX_1                                                                                      \
    "(local.set $x (i32.xor (i32.mul (local.get $x) (local.get $x)) (i32.clz (local.get $x))))"
#define MIX MIX_1 MIX_1 MIX_1 MIX_1 MIX_1 MIX_1 MIX_1 MIX_1 MIX_1 MIX_1 MIX_1

/* How often the text is in the IR of function $f, with this body. */
static unsigned occurrences(const char *text, const char *body)
{
    struct arena arena = {0};
    const char *module =
        arena_printf(&arena,
                     "(module (memory 1) (global $sp (mut i32) (i32.const 1024))"
                     " (func $pair (param $to i32) (param $from i32)"
                     "  (i32.store (local.get $to) (i32.load offset=4 (local.get $from)))"
                     "  (i32.store offset=4 (local.get $to) (i32.load (local.get $from))))"
                     " (func $large (param $to i32) (param $from i32) (local $x i32)"
                     "  (local.set $x (i32.load (local.get $from))) %s%s%s%s"
                     "  (i32.store (local.get $to) (local.get $x)))"
                     " (func $f (export \"f\") (param $p i32) (param $q i32) (result i64)"
                     "  (local $fp i32)"
                     "  (local.set $fp (i32.sub (global.get $sp) (i32.const 64))) %s))",
                     MIX, MIX, MIX, MIX, body);
    const char *at = strstr(support_ir(module, NULL, &arena), ".f(");
    assert_non_null(at);
    const char *end = strstr(at, "\n}");
    unsigned n = 0;
    while ((at = strstr(at, text)) && at < end) {
        n++;
        at++;
    }
    arena_free(&arena);
    return n;
}

#define STORES                                                                                     \
    "(i32.store (local.get $p) (local.get $q)) (i32.store offset=4 (local.get $p) (i32.const 1))"
#define PAIR(to, from)                                                                             \
    "(call $pair (i32.sub (global.get $sp) (i32.const " to                                         \
    ")) (i32.sub (global.get $sp) (i32.const " from ")))"

static void loads_are_put_together(void **state)
{
    (void)state;
    assert_int_equal(occurrences("load i64", STORES "(i64.load (local.get $p))"), 0);
    assert_int_equal(occurrences("load i64", STORES "(i64.load offset=1 (local.get $p))"), 1);
}

#define ELSEWHERE "(i32.store8 (local.get $q) (i32.const 1))"

/* What may have changed since is loaded as it was stored; but not a byte at a time. */
static void loads_are_parted(void **state)
{
    (void)state;
    const char *parted = STORES ELSEWHERE "(i64.load (local.get $p))";
    const char *bytes =
        STORES "(i32.store8 (local.get $p) (i32.const 2))" ELSEWHERE "(i64.load (local.get $p))";
    assert_int_equal(occurrences("load i64", parted), 0);
    assert_int_equal(occurrences("load volatile i32", parted), 2);
    assert_int_equal(occurrences("load i64", bytes), 1);
    assert_int_equal(occurrences("load volatile", bytes), 0);
}

static void structs_are_values(void **state)
{
    (void)state;
    const char *twice = "(i64.store (local.get $fp) (i64.extend_i32_u (local.get $q)))" PAIR(
        "16", "64") "(i64.store offset=8 (local.get $fp) (i64.load offset=48 (local.get $fp)))" //
        PAIR("32", "56") "(i64.load offset=32 (local.get $fp))";
    assert_int_equal(occurrences("pair(", twice), 0);
    assert_int_equal(occurrences("load i", twice), 1); /* of $sp */
}

#define LARGE(to, from)                                                                            \
    "(call $large (i32.add (local.get $fp) (i32.const " to                                         \
    ")) (i32.add (local.get $fp) (i32.const " from ")))"
#define FAR_LARGE "(call $large (local.get $p) (local.get $q))"

/* Only those that take places in one frame. */
static void large_functions_are_inlined(void **state)
{
    (void)state;
    const char *framed = LARGE("8", "16") LARGE("16", "8") LARGE("24", "16") "(i64.const 0)";
    const char *others = FAR_LARGE FAR_LARGE FAR_LARGE "(i64.const 0)";
    assert_int_equal(occurrences("large(", framed), 0);
    assert_int_equal(occurrences("large(", others), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_are_put_together),
        cmocka_unit_test(loads_are_parted),
        cmocka_unit_test(structs_are_values),
        cmocka_unit_test(large_functions_are_inlined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
