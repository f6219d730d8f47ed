/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * When the instructions of straight code are put into another order (codegen/passes/order.c):
 * values that are all made before the first is used, more of them than there are registers.
 * tests/wast/order.wast shows that they do the same as before. And when LLVM's scheduler is kept
 * from changing an order that is good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tests/codegen/support.h"

static const char *last(const char *text, const char *word)
{
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        found = at;
    return found;
}

/* Makes so many products, does what `between` says, stores them. */
static const char *body(struct arena *arena, int values, const char *between)
{
    const char *locals = "", *make = "", *store = "";
    for (int i = 0; i < values; i++) {
        locals = arena_printf(arena, "%s (local $v%d i64)", locals, i);
        make = arena_printf(arena,
                            "%s (local.set $v%d (i64.rotl (i64.mul (local.get $x) (i64.const %d))"
                            " (i64.const %d)))",
                            make, i, 1001 + 38 * i, 1 + i);
        store = arena_printf(arena, "%s (i64.store offset=%d (local.get $p) (local.get $v%d))",
                             store, 24 * i, i);
    }
    return arena_printf(arena,
                        "(module (import \"\" \"g\" (func $g)) (memory 1)"
                        " (func (export \"f\") (param $x i64) (param $p i32) %s %s %s %s))",
                        locals, make, between, store);
}

static const char *ir_of(const char *text, int level, struct arena *arena)
{
    char path[SUPPORT_PATH];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.emit = W2S_EMIT_LLVM_IR;
    options.level = level;
    options.target = "x86_64-linux-gnu";
    support_compile(text, &options, path);
    return (const char *)support_read(path, arena).p;
}

/* Whether products are made after the first store. */
static bool is_reordered(int level, int values, const char *between)
{
    struct arena arena = {0};
    const char *ir = ir_of(body(&arena, values, between), level, &arena);
    const char *store = strstr(ir, "store i64"), *product = last(ir, " mul i64");
    assert_non_null(store);
    assert_non_null(product);
    bool reordered = product > store;
    arena_free(&arena);
    return reordered;
}

static void more_values_than_registers(void **state)
{
    (void)state;
    assert_true(is_reordered(2, 40, ""));
    assert_true(is_reordered(3, 40, ""));
    assert_false(is_reordered(1, 40, ""));
}

static void few_values_stay(void **state)
{
    (void)state;
    assert_false(is_reordered(2, 10, ""));
}

static void nothing_passes_a_call(void **state)
{
    (void)state;
    assert_false(is_reordered(2, 40, "(call $g)"));
}

/* A chain, in which each instruction needs the one before. */
static unsigned labels_in_chain(int length)
{
    struct arena arena = {0};
    const char *chain = "(local.get $x)";
    for (int i = 0; i < length; i += 2)
        chain = arena_printf(&arena, "(i64.xor (i64.mul %s (i64.const %d)) (local.get $p))", chain,
                             1001 + 38 * i);
    const char *text = arena_printf(
        &arena, "(module (func (export \"f\") (param $x i64) (param $p i64) (result i64) %s))",
        chain);
    unsigned labels = support_count(ir_of(text, 2, &arena), "call void @llvm.codeview.annotation");
    arena_free(&arena);
    return labels;
}

static void long_stretches_are_not_scheduled(void **state)
{
    (void)state;
    assert_int_equal(labels_in_chain(600), 0);
    assert_int_equal(labels_in_chain(1200), 1200 / 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_values_than_registers),
        cmocka_unit_test(few_values_stay),
        cmocka_unit_test(nothing_passes_a_call),
        cmocka_unit_test(long_stretches_are_not_scheduled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
