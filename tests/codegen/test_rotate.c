/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the vectoriser of straight code leaves alone, on a CPU that rotates and gathers vectors:
 * four columns of a cipher's round stay scalar, as do look-ups in tables; four words that are
 * rotated once become vectors, and so does SHA-256's message schedule. Counted in the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* The IR of a module with one function of that body. */
static const char *compiled(struct arena *arena, const char *body)
{
    const char *text = arena_printf(
        arena, "(module (memory 1) (func (export \"f\") (param $p i32) (param $n i32) %s))", body);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = "x86_64-linux-gnu";
    options.cpu = "x86-64-v4";
    return support_ir(text, &options, arena);
}

#define AT(n)     "(i32.load offset=" n " (local.get $p))"
#define GET(name) "(local.get " name ")"
#define MIX(to, a, b, by)                                                                          \
    "(local.set " to " (i32.xor " GET(to) " (i32.rotl (i32.add " GET(a) GET(b) ") (i32.const " by  \
                                                                               "))))"
#define COLUMN(a, b, c, d) MIX(b, a, d, "7") MIX(c, b, a, "9") MIX(d, c, b, "13") MIX(a, d, c, "18")
#define WORD(n)            "(local $x" n " i32)"
#define READ(n, offset)    "(local.set $x" n AT(offset) ")"
#define WRITE(n, offset)   "(i32.store offset=" offset GET("$p") GET("$x" n) ")"
#define EACH(do)                                                                                   \
    do                                                                                             \
    ("0", "0") do("1", "4") do("2", "8") do("3", "12") do("4", "16") do("5", "20") do(             \
        "6",                                                                                       \
        "24") do("7",                                                                              \
                 "28") do("8",                                                                     \
                          "32") do("9",                                                            \
                                   "36") do("10",                                                  \
                                            "40") do("11",                                         \
                                                     "44") do("12",                                \
                                                              "48") do("13",                       \
                                                                       "52") do("14",              \
                                                                                "56") do("15",     \
                                                                                         "60")
#define DECLARE(n, offset) WORD(n)

static void rounds_stay_scalar(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *columns = COLUMN("$x0", "$x4", "$x8", "$x12") COLUMN("$x5", "$x9", "$x13", "$x1")
        COLUMN("$x10", "$x14", "$x2", "$x6") COLUMN("$x15", "$x3", "$x7", "$x11");
    const char *rows = COLUMN("$x0", "$x1", "$x2", "$x3") COLUMN("$x5", "$x6", "$x7", "$x4")
        COLUMN("$x10", "$x11", "$x8", "$x9") COLUMN("$x15", "$x12", "$x13", "$x14");
    const char *again = "(br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))";
    const char *ir =
        compiled(&arena, /* Salsa20's double rounds */
                 arena_printf(&arena, "%s (loop %s %s %s) %s", EACH(DECLARE) EACH(READ), columns,
                              rows, again, EACH(WRITE)));
    assert_int_equal(support_count(ir, "call i32 @llvm.fshl.i32"), 32);
    assert_int_equal(support_count(ir, "@llvm.fshl.v"), 0);
    assert_int_equal(support_count(ir, "@hidden"), 0);
    arena_free(&arena);
}

#define ROTATE(n, offset) "(local.set $x" n " (i32.rotl (local.get $x" n ") (i32.const 5)))"

static void words_become_vectors(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(&arena, EACH(DECLARE) EACH(READ) EACH(ROTATE) EACH(WRITE));
    assert_int_equal(support_count(ir, "call i32 @llvm.fshl.i32"), 0);
    assert_true(support_count(ir, "@llvm.fshl.v") > 0);
    arena_free(&arena);
}

#define SIGMA                                                                                      \
    "(i32.xor (i32.xor (i32.rotr %s (i32.const %d)) (i32.rotr %s (i32.const %d))) (i32.shr_u %s "  \
    "(i32.const %d)))"

/* Of FIPS 180-4, 4.1.2, of word n modulo 16. */
static const char *sigma(struct arena *arena, int n, int x, int y, int shift)
{
    const char *word = arena_printf(arena, "(local.get $x%d)", n % 16);
    return arena_printf(arena, SIGMA, word, x, word, y, word, shift);
}

/* The next 16 words, in place. */
static const char *message_schedule(struct arena *arena)
{
    const char *text = "";
    for (int i = 0; i < 16; i++)
        text = arena_printf(arena,
                            "%s(local.set $x%d (i32.add (i32.add (i32.add %s (local.get $x%d)) %s) "
                            "(local.get $x%d)))",
                            text, i, sigma(arena, i + 14, 17, 19, 10), (i + 9) % 16,
                            sigma(arena, i + 1, 7, 18, 3), i);
    return text;
}

static void schedules_become_vectors(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(&arena, arena_printf(&arena, "%s %s %s", EACH(DECLARE) EACH(READ),
                                                   message_schedule(&arena), EACH(WRITE)));
    assert_true(support_count(ir, "@llvm.fshl.v") > 4);
    assert_true(support_count(ir, "call i32 @llvm.fshl.i32") < 16); /* of 64 */
    arena_free(&arena);
}

#define LOOK_UP(n, offset)                                                                         \
    "(local.set $x" n " (i32.xor (local.get $x" n ") (i32.load offset=4096 (i32.and (i32.shr_u "   \
    "(local.get $x" n ") (i32.const 7)) (i32.const 1020)))))"

static void words_are_looked_up_one_by_one(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *again = "(br_if 0 (i32.and (local.get $x0) (i32.const 1)))";
    const char *ir =
        compiled(&arena, arena_printf(&arena, "%s (loop %s %s) %s", EACH(DECLARE) EACH(READ),
                                      EACH(LOOK_UP), again, EACH(WRITE)));
    assert_int_equal(support_count(ir, "@llvm.masked.gather"), 0);
    assert_int_equal(support_count(ir, "target-features"), 0);
    arena_free(&arena);
}

/* Two doubles at $p, squared, stored at $n. */
#define SQUARES                                                                                    \
    "(local.set $x (f64.load (local.get $p))) (local.set $y (f64.load offset=8 (local.get $p)))"   \
    "(f64.store (local.get $n) (f64.mul (local.get $x) (local.get $x)))"                           \
    "(f64.store offset=8 (local.get $n) (f64.mul (local.get $y) (local.get $y)))"
#define DOUBLES "(local $x f64) (local $y f64)"

static void structs_by_reference_are_loaded_as_they_were_stored(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = compiled(&arena, DOUBLES SQUARES);
    assert_int_equal(support_count(ir, "load <2 x double>"), 0);
    assert_int_equal(support_count(ir, "load double"), 2);
    assert_int_equal(support_count(ir, "unordered"), 0);
    ir = compiled(&arena, DOUBLES "(local.set $p (i32.load (local.get $p)))" SQUARES);
    assert_int_equal(support_count(ir, "load <2 x double>"), 1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_stay_scalar),
        cmocka_unit_test(words_become_vectors),
        cmocka_unit_test(schedules_become_vectors),
        cmocka_unit_test(words_are_looked_up_one_by_one),
        cmocka_unit_test(structs_by_reference_are_loaded_as_they_were_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
