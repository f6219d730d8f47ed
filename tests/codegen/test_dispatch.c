/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Branches to a loop that begins with a br_table on a local are direct where the local is known: of
 * a machine that begins in a known state and always knows the next, no table is left.
 * tests/wast/dispatches.wast shows that they go where they should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* Four states, which call somebody so that none is folded into another: the state that the machine
 * begins with, and the one that the third goes to. */
#define MACHINE(BEGIN, THIRD)                                                                      \
    "(module (import \"m\" \"f\" (func $f (param i32) (result i32)))"                              \
    " (func (export \"run\") (param $s i32) (local $pc i32) (local.set $pc " BEGIN ")"             \
    "  (loop $next (block $d (block $c (block $b (block $a"                                        \
    "   (br_table $a $b $c $d (local.get $pc)))"                                                   \
    "   (local.set $pc (i32.const 2)) (br_if $next (call $f (i32.const 10)))"                      \
    "   (local.set $pc (i32.const 1)) (br $next))"                                                 \
    "   (local.set $pc (i32.const 3)) (br_if $next (call $f (i32.const 11)))"                      \
    "   (local.set $pc (i32.const 0)) (br $next))"                                                 \
    "   (local.set $pc " THIRD ") (br_if $next (call $f (i32.const 12)))"                          \
    "   (local.set $pc (i32.const 3)) (br $next))"                                                 \
    "   (local.set $pc (i32.const 1)) (br_if $next (call $f (i32.const 13))))))"

static unsigned tables(const char *text, bool fuel)
{
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.fuel = fuel;
    unsigned count = support_count(support_ir(text, &options, &arena), " switch i32 ");
    arena_free(&arena);
    return count;
}

static void known_states_need_no_table(void **state)
{
    (void)state;
    assert_int_equal(tables(MACHINE("(i32.const 0)", "(i32.const 0)"), false), 0);
}

static void unknown_states_do(void **state)
{
    (void)state;
    assert_int_equal(tables(MACHINE("(local.get $s)", "(i32.const 0)"), false), 1);
    assert_int_equal(tables(MACHINE("(i32.const 0)", "(local.get $s)"), false), 1);
}

/* Fuel is counted at the head of each loop. */
static void fuel_keeps_loops(void **state)
{
    (void)state;
    assert_int_equal(tables(MACHINE("(i32.const 0)", "(i32.const 0)"), true), 1);
}

/* A variable may need a phi at each state, so many states that change many variables keep theirs.
 */
static unsigned tables_of_states(unsigned states, unsigned locals)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("(module (func (export \"run\") (param $n i32) (local $pc i32) (local", out);
    for (unsigned i = 0; i < locals; i++)
        fputs(" i32", out);
    fputs(") (loop", out);
    for (unsigned i = 0; i < states; i++)
        fputs("(block ", out);
    fputs("(br_table", out);
    for (unsigned i = 0; i < states; i++)
        fprintf(out, " %u", i);
    fputs("(local.get $pc))", out);
    for (unsigned i = 0; i < states; i++)
        fprintf(out,
                ")(local.set %u (local.get $n)) (local.set $pc (i32.const %u))"
                "(br_if %u (local.get %u))",
                2 + i % locals, (i + 1) % states, states - 1 - i, 2 + i * 7 % locals);
    fputs(")))", out);
    fclose(out);
    unsigned count = tables(text, false);
    free(text);
    return count;
}

static void phis_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(tables_of_states(1000, 1), 0);
    assert_int_equal(tables_of_states(300, 30), 0);
    assert_int_equal(tables_of_states(600, 30), 1);
    assert_int_equal(tables_of_states(300, 60), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_states_need_no_table),
        cmocka_unit_test(unknown_states_do),
        cmocka_unit_test(fuel_keeps_loops),
        cmocka_unit_test(phis_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
