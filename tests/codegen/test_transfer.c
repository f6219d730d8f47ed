/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which functions are known to copy or fill memory (codegen/plan/transfer.h), and which are not by
 * a hair's breadth: tests/wast/transfers.wast shows that both do what they did. Counted are calls
 * by way of a function that does short ones, in the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How often the word stands in a module that calls function $f, of that body, with a length. */
static unsigned count(const char *word, const char *memory, const char *body, const char *n,
                      int level)
{
    struct arena arena = {0};
    const char *text =
        arena_printf(&arena,
                     "(module (memory %s) (global $g (mut i32) (i32.const 0))"
                     " (func $f (param $d i32) (param $s i32) (param $n i32) (result i32)"
                     " (local $p i32) (local $e i32) (local.set $p (local.get $d)) %s)"
                     " (func (export \"t\") (param $n i32) (result i32)"
                     " (call $f (i32.const 8) (i32.const 77) %s)))",
                     memory, body, n);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    unsigned found = support_count(support_ir(text, &options, &arena), word);
    arena_free(&arena);
    return found;
}

static bool is_known(const char *body)
{
    return count("call i32 @w2s.around.0", "1", body, "(local.get $n)", 2) == 1;
}

#define ADD(a, b)              "(i32.add " a " " b ")"
#define UP(name)               "(local.set " name " " ADD("(local.get " name ")", "(i32.const 1)") ")"
#define WHILE(condition, body) "(block (loop (br_if 1 (i32.eqz " condition ")) " body " (br 0)))"
#define LOAD                   "(i32.load8_u (local.get $s))"
#define STORE(value)           "(i32.store8 (local.get $p) " value ")"
#define STEP                   UP("$p") UP("$s") "(local.set $n (i32.sub (local.get $n) (i32.const 1)))"
#define REST                   "(local.get $n)"
#define RETURN                 "(local.get $d)"

static const char copy[] = WHILE(REST, STORE(LOAD) STEP) RETURN;
static const char fill[] =
    WHILE(REST, STORE("(local.get $s)")
                    UP("$p") "(local.set $n (i32.sub (local.get $n) (i32.const 1)))") RETURN;

static void copies_and_fills_are_known(void **state)
{
    (void)state;
    assert_true(is_known(copy));
    assert_true(is_known(fill));
    /* Up to the end's address; from the last byte down, whatever the order of the two addresses. */
    assert_true(is_known("(local.set $e " ADD("(local.get $d)", REST) ")" WHILE(
        "(i32.lt_u (local.get $p) (local.get $e))", STORE(LOAD) UP("$p") UP("$s")) RETURN));
    assert_true(is_known("(if (i32.lt_u (local.get $d) (local.get $s)) (then " WHILE(
        REST,
        STORE(LOAD)
            STEP) ") (else " WHILE(REST,
                                   "(local.set $n (i32.sub (local.get $n) (i32.const 1)))"
                                   "(i32.store8 " ADD("(local.get $d)", REST) " (i32.load8_u " ADD(
                                       "(local.get $s)", REST) "))") "))" RETURN));
    /* Words put together from aligned ones, of which the last reaches beyond the source. */
    assert_true(
        is_known("(if (i32.and (i32.eq (i32.and (local.get $s) (i32.const 3)) (i32.const 1))"
                 " (i32.eq (local.get $n) (i32.const 4))) (then (i32.store (local.get $p) (i32.or"
                 " (i32.shr_u (i32.load (i32.and (local.get $s) (i32.const -4))) (i32.const 8))"
                 " (i32.shl (i32.load offset=3 (local.get $s)) (i32.const 24)))) (return " RETURN
                 ")))" WHILE(REST, STORE(LOAD) STEP) RETURN));
}

static void others_are_called(void **state)
{
    (void)state;
    assert_false(is_known(WHILE(REST, STORE(LOAD) STEP) "(local.get $p)"));
    assert_false(is_known(WHILE(REST, STORE(LOAD) STEP) "(global.set $g (i32.const 1))" RETURN));
    assert_false(is_known(WHILE(REST, STORE(LOAD) STEP) "(i32.store8 (local.get $p)"
                                                        " (i32.const 0))" RETURN));
    assert_false(is_known(WHILE(REST, STORE(LOAD) STEP) "(drop " LOAD ")" RETURN));
    assert_false(is_known(WHILE(REST, STORE("(i32.load8_u offset=1 (local.get $s))") STEP) RETURN));
    assert_false(is_known(WHILE(REST, STORE("(i32.const 0)") STEP) RETURN));
    /* One length; one alignment; one order of the addresses. */
    assert_false(is_known("(local.set $n (i32.sub " REST " (i32.eq " REST
                          " (i32.const 255))))" WHILE(REST, STORE(LOAD) STEP) RETURN));
    assert_false(
        is_known("(local.set $n (select (i32.const 0) " REST
                 " (i32.eq (i32.and (local.get $d) (i32.const 15)) (i32.const 11))))" WHILE(
                     REST, STORE(LOAD) STEP) RETURN));
    assert_false(is_known(
        "(local.set $n (select " REST " (i32.const 0)"
        " (i32.lt_u (local.get $d) (local.get $s))))" WHILE(REST, STORE(LOAD) STEP) RETURN));
    /* A word beside the source that is not aligned may be out of bounds. */
    assert_false(is_known("(drop (i32.load (i32.sub (local.get $s) (i32.const 1))))" WHILE(
        REST, STORE(LOAD) STEP) RETURN));
    /* Below the destination the address may have wrapped. */
    assert_false(is_known("(i32.store8 offset=4 (i32.sub (local.get $d) (i32.const 4))"
                          " (i32.const 0))" WHILE(REST, STORE(LOAD) STEP) RETURN));
    assert_false(is_known("(loop (br_if 0 (i32.eqz (i32.and (local.get $s) (i32.const 1)))))" WHILE(
        REST, STORE(LOAD) STEP) RETURN));
}

static void known_lengths_are_done_in_place(void **state)
{
    (void)state;
    assert_int_equal(count("w2s.around", "1", copy, "(i32.const 128)", 2), 0);
    assert_int_equal(count("store i64", "1", copy, "(i32.const 8)", 2), 1);
    assert_int_equal(count("call i32 @w2s.around.0", "1", fill, "(i32.const 129)", 2), 1);
    assert_int_equal(count("w2s.around", "1", fill, "(i32.const 257)", 2), 0);
}

static void not_every_memory_and_level_is_asked(void **state)
{
    (void)state;
    assert_int_equal(count("w2s.around", "1", copy, "(local.get $n)", 0), 0);
    assert_int_equal(count("w2s.around", "1 1 shared", copy, "(local.get $n)", 2), 0);
    assert_int_equal(count("w2s.around", "65536", copy, "(local.get $n)", 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_and_fills_are_known),
        cmocka_unit_test(others_are_called),
        cmocka_unit_test(known_lengths_are_done_in_place),
        cmocka_unit_test(not_every_memory_and_level_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
