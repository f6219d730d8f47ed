/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * When words move to vector registers (codegen/passes/bitwise.c): more of them than there are
 * registers for integers, combined bit by bit only. tests/wast/bitwise.wast shows that they do the
 * same as before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

enum { WORDS = 40, ROUNDS = 4 };

/* All words are loaded, each is changed by two others in each round, and all are stored. */
static const char *body(struct arena *arena, const char *type, const char *last)
{
    const char *text = "(module (memory 1) (func (export \"f\") (param $p i32)";
    for (int i = 0; i < WORDS; i++)
        text = arena_printf(arena, "%s (local $v%d %s)", text, i, type);
    for (int i = 0; i < WORDS; i++)
        text = arena_printf(arena, "%s (local.set $v%d (%s.load offset=%d (local.get $p)))", text,
                            i, type, 24 * i);
    for (int i = 0; i < WORDS * ROUNDS; i++)
        text = arena_printf(arena,
                            "%s (local.set $v%d (%s.%s (%s.xor (local.get $v%d) (%s.and"
                            " (local.get $v%d) (local.get $v%d))) (%s.const %d)))",
                            text, i % WORDS, type, last, type, i % WORDS, type, (i + 7) % WORDS,
                            (i + 19) % WORDS, type, 2 * i % 29 + 3);
    for (int i = 0; i < WORDS; i++)
        text = arena_printf(arena, "%s (%s.store offset=%d (local.get $p) (local.get $v%d))", text,
                            type, 24 * i, i);
    return arena_printf(arena, "%s))", text);
}

static bool is_moved(const char *type, const char *last, const char *cpu)
{
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = "x86_64-linux-gnu";
    options.level = 2;
    options.cpu = cpu;
    const char *ir = support_ir(body(&arena, type, last), &options, &arena);
    bool moved = support_count(ir, " = xor <") > WORDS && support_count(ir, " = xor i") == 0;
    arena_free(&arena);
    return moved;
}

static void bitwise_words_move(void **state)
{
    (void)state;
    assert_true(is_moved("i64", "rotl", "x86-64-v4"));
    assert_true(is_moved("i64", "shl", "x86-64-v4"));
    assert_true(is_moved("i64", "or", "x86-64-v4"));
    assert_true(is_moved("i32", "rotl", "x86-64-v4"));
    assert_true(is_moved("i64", "shr_u", "x86-64-v4"));
}

static void a_cpu_without_rotations_keeps_them(void **state)
{
    (void)state;
    assert_false(is_moved("i64", "rotl", "x86-64-v3"));
}

static void products_stay(void **state)
{
    (void)state;
    assert_false(is_moved("i64", "mul", "x86-64-v4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitwise_words_move),
        cmocka_unit_test(a_cpu_without_rotations_keeps_them),
        cmocka_unit_test(products_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
