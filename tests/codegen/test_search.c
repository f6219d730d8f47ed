/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which loops get a scan with vectors (codegen/passes/search.c), and which must not:
 * tests/wast/searches.wast shows that both do what they say. Counted are the scans in the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How many scans a function (param $a $b $n i32) has that is this loop: `(br $next)` goes on. */
static unsigned scans(const char *loop, const w2s_compile_options *how, const char *memory)
{
    struct arena arena = {0};
    const char *text = arena_printf(&arena,
                                    "(module (import \"m\" \"no\" (func $no)) (memory %s)"
                                    " (func (export \"f\") (param $a i32) (param $b i32)"
                                    " (param $n i32) (result i32) (local $v i32) (local $w i32)"
                                    " (block $out (loop $next %s))"
                                    " (i32.add (i32.add (local.get $a) (local.get $v))"
                                    "          (i32.add (local.get $n) (local.get $w)))))",
                                    memory, loop);
    w2s_compile_options options = *how;
    unsigned n = support_count(support_ir(text, &options, &arena), "\nlook:");
    arena_free(&arena);
    return n;
}

static unsigned at_level(const char *loop, int level)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    return scans(loop, &options, "1");
}

#define BYTE(at)   "(i32.load8_u (local.get " at "))"
#define UP(name)   "(local.set " name " (i32.add (local.get " name ") (i32.const 1)))"
#define DOWN(name) "(local.set " name " (i32.sub (local.get " name ") (i32.const 1)))"
#define STRLEN     "(br_if $out (i32.eqz " BYTE("$a") "))" UP("$a") "(br $next)"
#define MEMCMP     "(br_if $out (i32.ne " BYTE("$a") BYTE("$b") "))" UP("$a") UP("$b") DOWN("$n")

static void searches_get_a_scan(void **state)
{
    (void)state;
    assert_int_equal(at_level(STRLEN, 2), 1);
    assert_int_equal(at_level(STRLEN, 3), 1);
    assert_int_equal(at_level(MEMCMP "(br_if $next (local.get $n))", 2), 1);
    /* Down; two ways to go on; carried from one iteration to the next. */
    assert_int_equal(at_level(DOWN("$a") "(br_if $next (i32.ne " BYTE("$a") "(local.get $b)))", 2),
                     1);
    assert_int_equal(at_level("(local.set $v " BYTE("$a") ")" UP(
                                  "$a") "(br_if $next (i32.eq (local.get $v) (i32.const 32)))"
                                        "(br_if $next (i32.gt_u (local.get $v) (i32.const 99)))",
                              2),
                     1);
    assert_int_equal(
        at_level("(br_if $out (i32.ne (local.get $v) " BYTE("$b") "))" UP("$a")
                     UP("$b") "(local.set $v " BYTE("$a") ") (br_if $next (local.get $v))",
                 2),
        1);
}

static void others_do_not(void **state)
{
    (void)state;
    /* Something is written, called, summed up; the address stays, leaps, comes out of memory. */
    assert_int_equal(at_level("(i32.store8 (local.get $b) (local.get $n))" STRLEN, 2), 0);
    assert_int_equal(at_level("(call $no)" STRLEN, 2), 0);
    assert_int_equal(at_level("(local.set $w (i32.mul (i32.add (local.get $w) " BYTE(
                                  "$a") ") (i32.const 31)))" STRLEN,
                              2),
                     0);
    assert_int_equal(
        at_level("(br_if $out (i32.eqz " BYTE("$a") "))" DOWN("$n") "(br_if $next (local.get $n))",
                 2),
        0);
    assert_int_equal(at_level(UP("$a") STRLEN, 2), 0);
    assert_int_equal(at_level("(br_if $out (i32.eqz " BYTE(
                                  "$a") "))"
                                        "(local.set $a (i32.load (local.get $a))) (br $next)",
                              2),
                     0);
    /* Nothing but a count ends it. */
    assert_int_equal(at_level("(local.set $v " BYTE("$a") ")" UP("$a")
                                  DOWN("$n") "(br_if $next (local.get $n))",
                              2),
                     0);
}

static void only_where_it_can_be(void **state)
{
    (void)state;
    assert_int_equal(at_level(STRLEN, 0), 0);
    assert_int_equal(at_level(STRLEN, 1), 0);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    assert_int_equal(scans(STRLEN, &options, "1"), 1);
    options.interruptible = true;
    assert_int_equal(scans(STRLEN, &options, "1"), 1);
    options.fuel = true;
    assert_int_equal(scans(STRLEN, &options, "1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_get_a_scan),
        cmocka_unit_test(others_do_not),
        cmocka_unit_test(only_where_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
