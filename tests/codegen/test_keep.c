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

/* An access to the first byte and one to the last are as good as one to all. */
static void loads_of_which_the_ends_count(void **state)
{
    (void)state;
    assert_int_equal(keepers("i32.store", "(i32.shl " P "(i32.const 7))"), 0);
    assert_int_equal(keepers("i32.store", "(i32.shr_u " P "(i32.const 7))"), 0);
    assert_int_equal(keepers("i32.store", "(i32.and " P "(i32.const 0x80000001))"), 0);
    assert_int_equal(keepers("i32.store", "(i32.mul " P "(i32.const 6))"), 0);
    assert_int_equal(keepers("i32.store", "(i32.mul " P "(i32.shl " Q "(i32.const 1)))"), 0);
    assert_int_equal(keepers("i64.store32", "(i64.shr_s (i64.mul " LONG_P LONG_Q ")"
                                            " (i64.const 26))"),
                     0);
    assert_int_equal(keepers("i32.store", "(i32.load (i32.and " P "(i32.const 0xf0000ff0)))"), 0);
    /* a table whose elements are all in the memory: its load may go, and another's with it */
    assert_int_equal(keepers("i32.store", "(i32.load (i32.and " P "(i32.const 0xff0)))"), 1);
}

static void loads_of_which_a_part_counts(void **state)
{
    (void)state;
    assert_int_equal(keepers("i32.store", "(i32.shl " P "(i32.const 8))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.shr_u " P "(i32.const 8))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.or " P "(i32.const 255))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.mul " P "(i32.const 256))"), 1);
    assert_int_equal(keepers("i32.store8", "(i32.add " P Q ")"), 2);
    assert_int_equal(keepers("i32.store8", "(i32.rotl " P "(i32.const 7))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.rotl (local.get $q) " P ")"), 1);
    assert_int_equal(keepers("i64.store32", "(i64.load (local.get $p))"), 1);
    assert_int_equal(keepers("i32.store", "(i32.add (i32.const 1) (i32.shr_u (i32.add " P
                                          "(i32.const 0x100)) (i32.const 8)))"),
                     1);
}

/* How often the word stands in the IR of a function that changes a word at $p by $q. */
static unsigned updates(const char *word, const char *target, const char *value)
{
    struct arena arena = {0};
    const char *text = arena_printf(&arena,
                                    "(module (memory 1) (func (export \"f\") (param $p i32)"
                                    " (param $q i32) (local $i i32) (loop"
                                    " (i32.store (local.get $p) %s)"
                                    " (local.set $p (i32.shr_u (local.get $p) (i32.const 1)))"
                                    " (local.set $i (i32.add (local.get $i) (local.get $q)))"
                                    " (br_if 0 (local.get $p)))))",
                                    value);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = target;
    unsigned n = support_count(support_ir(text, &options, &arena), word);
    arena_free(&arena);
    return n;
}

/* Keepers of a function of this body. */
static unsigned kept(const char *body)
{
    struct arena arena = {0};
    const char *text =
        arena_printf(&arena,
                     "(module (import \"a\" \"b\" (func $no)) (memory 1) (func (export \"f\")"
                     " (param $p i32) (param $q i32) %s))",
                     body);
    unsigned n = support_count(support_ir(text, NULL, &arena), "asm sideeffect \"\"");
    arena_free(&arena);
    return n;
}

#define AT(n)   "(drop (i32.load offset=" #n " (local.get $p)))"
#define SAVE(n) "(i32.store offset=" #n " (local.get $q) (i32.load offset=" #n " (local.get $p)))"

static void the_outermost_trap_for_others(void **state)
{
    (void)state;
    assert_int_equal(kept(AT(0) AT(4) AT(8)), 1);
    assert_int_equal(kept(AT(8) AT(4) AT(12) AT(0)), 1);
    assert_int_equal(kept(AT(0) "(drop (i32.load (local.get $q)))" AT(4)), 2);
    assert_int_equal(kept(AT(0) "(call $no)" AT(4)), 2);
    assert_int_equal(kept(AT(0) "(i32.store (local.get $q) (i32.const 1))" AT(4)), 2);
    assert_int_equal(kept(AT(0) SAVE(4)), 0); /* which is stored, and so is there */
    /* below what is not known to be above the base */
    assert_int_equal(kept("(drop (i32.load (local.get $p)))"
                          "(drop (i32.load (i32.sub (local.get $p) (i32.const 8))))"
                          "(drop (i32.load (i32.sub (local.get $p) (i32.const 4))))"
                          "(drop (i32.load (i32.add (local.get $p) (i32.const 4))))"),
                     2);
}

/* Keepers of a loop that adds up in memory what it loads, so many words a round. Its next round
 * may store over what this one has stored, if LLVM puts the two side by side. */
static unsigned kept_in_loop(unsigned words, const char *first)
{
    struct arena arena = {0};
    char *body = arena_printf(&arena, "(loop%s", first);
    for (unsigned i = 0; i < words; i++)
        body = arena_printf(&arena,
                            "%s(i32.store offset=%u (local.get $q) (i32.mul (i32.load offset=%u"
                            " (local.get $p)) (i32.load offset=%u (local.get $p))))",
                            body, i * 8, i * 8, i * 8 + 4);
    unsigned n = kept(arena_printf(&arena,
                                   "%s (local.set $p (i32.shr_u (local.get $p) (i32.const 1)))"
                                   " (br_if 0 (local.get $p)))",
                                   body));
    arena_free(&arena);
    return n;
}

static void loops_that_are_too_large_to_unroll(void **state)
{
    (void)state;
    assert_true(kept_in_loop(2, "") > 0);
    assert_int_equal(kept_in_loop(300, ""), 0);
    assert_int_equal(kept_in_loop(300, AT(8192)), 1); /* whose value nobody wants */
}

#define KEPT   "asm sideeffect \"\""
#define HIDDEN "asm \"\""
#define BIT    "(i32.shl (i32.const 1) (local.get $i))"

/* The store that follows traps for the load. */
static void memory_is_changed_in_place(void **state)
{
    (void)state;
    const char *x86 = "x86_64-linux-gnu", *arm = "aarch64-linux-gnu";
    assert_int_equal(updates(KEPT, x86, "(i32.or " P BIT ")"), 0);
    assert_int_equal(updates(HIDDEN, x86, "(i32.or " P BIT ")"), 1);
    assert_int_equal(updates(KEPT, x86, "(i32.shr_u " P "(i32.const 3))"), 0);
    assert_int_equal(updates(HIDDEN, x86, "(i32.add " P "(local.get $q))"), 0);
    /* fewer bytes would be loaded */
    assert_int_equal(updates(KEPT, x86, "(i32.xor " P "(i32.const 256))"), 1);
    assert_int_equal(updates(KEPT, x86, "(i32.and " P "(i32.const 0xff00ffff))"), 1);
    assert_int_equal(updates(KEPT, x86,
                             "(i32.or (i32.and " P "(i32.const 0xff00ffff))"
                             " (i32.shl (local.get $q) (i32.const 16)))"),
                     1);
    assert_int_equal(updates(KEPT, arm, "(i32.or " P BIT ")"), 1);
}

/* Of so many bytes in a row, each changed by what is read elsewhere, how many are by three
 * instructions, as LLVM does not see the load. */
static unsigned parted(const char *target, unsigned bytes, const char *width)
{
    struct arena arena = {0};
    const char *body = "";
    for (unsigned i = 0; i < bytes; i++)
        body = arena_printf(&arena,
                            "%s(i32.store%s offset=%u (local.get $p) (i32.xor (i32.load%s_u"
                            " offset=%u (local.get $p)) (i32.load%s_u offset=%u (local.get $q))))",
                            body, width, i, width, i, width, i);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = target;
    const char *text = arena_printf(
        &arena, "(module (memory 1) (func (export \"f\") (param $p i32) (param $q i32) %s))", body);
    unsigned n = support_count(support_ir(text, &options, &arena), HIDDEN);
    arena_free(&arena);
    return n;
}

static void rows_of_bytes_are_not(void **state)
{
    (void)state;
    assert_int_equal(parted("x86_64-linux-gnu", 8, "8"), 8);
    assert_int_equal(parted("x86_64-linux-gnu", 8, "16"), 8);
    assert_int_equal(parted("x86_64-linux-gnu", 4, "8"), 0);
    assert_int_equal(parted("aarch64-linux-gnu", 8, "8"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_of_which_all_counts),
        cmocka_unit_test(loads_of_which_the_ends_count),
        cmocka_unit_test(loads_of_which_a_part_counts),
        cmocka_unit_test(the_outermost_trap_for_others),
        cmocka_unit_test(loops_that_are_too_large_to_unroll),
        cmocka_unit_test(memory_is_changed_in_place),
        cmocka_unit_test(rows_of_bytes_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
