/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which memory.copy and memory.fill are done without the runtime: tests/wast/bulk_short.wast shows
 * that it makes no difference. Counted are calls in the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How often the word stands in a function (param $n i32) that has this body. */
static unsigned count(const char *word, const char *memory, const char *body, int level)
{
    struct arena arena = {0};
    const char *text = arena_printf(
        &arena, "(module (memory %s) (func (export \"f\") (param $n i32) %s))", memory, body);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    unsigned n = support_count(support_ir(text, &options, &arena), word);
    arena_free(&arena);
    return n;
}

#define COPY(n) "(memory.copy (i32.const 8) (local.get $n) " n ")"
#define FILL(n) "(memory.fill (local.get $n) (i32.const 8) " n ")"

static void unknown_lengths_have_a_function(void **state)
{
    (void)state;
    assert_int_equal(count("call void @w2s.copy.short", "1", COPY("(local.get $n)"), 2), 1);
    assert_int_equal(count("call void @w2s.fill.short", "1", FILL("(local.get $n)"), 1), 1);
    assert_int_equal(count("define internal void @w2s.copy.short", "1",
                           COPY("(local.get $n)") COPY("(local.get $n)"), 2),
                     1);
}

static void known_lengths_are_done_in_place(void **state)
{
    (void)state;
    assert_int_equal(count(".short", "1", COPY("(i32.const 128)"), 2), 0);
    assert_int_equal(count("store i64", "1", COPY("(i32.const 8)"), 2), 1);
    assert_int_equal(count("store i32", "1", FILL("(i32.const 4)"), 2), 1);
}

static void the_rest_is_the_runtimes(void **state)
{
    (void)state;
    assert_int_equal(count("store ", "1", COPY("(i32.const 129)"), 2), 0);
    assert_int_equal(count(".short", "1", COPY("(local.get $n)"), 0), 0);
    assert_int_equal(count(".short", "1 1 shared", FILL("(local.get $n)"), 2), 0);
    assert_int_equal(
        count(".short", "i64 1", "(memory.fill (i64.const 0) (i32.const 0) (i64.const 9))", 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_lengths_have_a_function),
        cmocka_unit_test(known_lengths_are_done_in_place),
        cmocka_unit_test(the_rest_is_the_runtimes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
