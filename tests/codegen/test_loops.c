/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which loops get a second version, and in which the compiler recognises a body that was unrolled:
 * tests/wast/loops.wast and unrolled_loops.wast show that they do the same as before. Counted are
 * the names of their blocks in the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How many blocks with that label has a function (param $d $s $n i32) (result i32) that is this
 * loop, with something before and a result. */
static unsigned loops_between(const char *label, const char *before, const char *body,
                              const char *result)
{
    struct arena arena = {0};
    const char *text =
        arena_printf(&arena,
                     "(module (memory 1) (func (export \"f\") (param $d i32) (param $s i32)"
                     " (param $n i32) (result i32) (local $v i32) (local $w i32)"
                     " %s (loop %s (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
                     " %s))",
                     before, body, result);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 2;
    unsigned n = support_count(support_ir(text, &options, &arena), label);
    arena_free(&arena);
    return n;
}

static unsigned loops(const char *label, const char *body)
{
    return loops_between(label, "", body, "(local.get $v)");
}

#define ON(name, by)       "(local.set " name " (i32.add (local.get " name ") (i32.const " by ")))"
#define LOAD(at)           "(i32.load offset=" at " (local.get $s))"
#define STORE(at, value)   "(i32.store offset=" at " (local.get $d) " value ")"
#define PLUS(value, by)    "(i32.add " value " (i32.const " by "))"
#define COPY(at, from, by) STORE(at, PLUS(LOAD(from), by))
#define SET(name, value)   "(local.set " name " " value ")"
#define SUM(at)            SET("$v", "(i32.add (local.get $v) " LOAD(at) ")")
#define STEP               ON("$d", "8") ON("$s", "8")
#define LEAVE              "(br_if 1 (i32.eqz (local.tee $w (i32.sub (local.get $w) (i32.const 1)))))"
#define OWN(at)            STORE(at, "(i32.mul (i32.load offset=" at " (local.get $d)) " LOAD(at) ")")
#define REROLLED           "\nrerolled:"

static void simple_loops_have_a_version(void **state)
{
    (void)state;
    assert_true(loops("\ninside", COPY("0", "0", "3") ON("$d", "4") ON("$s", "4")) > 0);
    assert_int_equal(loops(REROLLED, COPY("0", "0", "3") ON("$d", "4") ON("$s", "4")), 0);
    assert_int_equal(loops("\ninside", COPY("0", "0", "3") "(local.set $s " LOAD("4") ")"), 0);
}

/* Where arrays overlap, a loop that computes may still be vectors, which LLVM finds out; one that
 * only copies is not asked about. */
static void overlapping_copies_are_no_vectors(void **state)
{
    (void)state;
    const char *copy = STORE("0", LOAD("0")) ON("$d", "4") ON("$s", "4");
    const char *computing = COPY("0", "0", "3") ON("$d", "4") ON("$s", "4");
    assert_true(loops("\ninside", copy) > 0);
    assert_int_equal(loops("\nvector.body", copy), 1);
    assert_int_equal(loops("\nvector.body", computing), 2);
}

/* Most of them are short. */
static void copies_of_few_rounds_are_not_checked(void **state)
{
    (void)state;
    assert_int_equal(loops("\nmany:", STORE("0", LOAD("0")) ON("$d", "4") ON("$s", "4")), 1);
    assert_int_equal(loops("\nmany:", COPY("0", "0", "3") ON("$d", "4") ON("$s", "4")), 0);
}

/* The loop around one that fills so many words of a row. */
static unsigned nests(const char *words)
{
    struct arena arena = {0};
    const char *body = arena_printf(
        &arena,
        SET("$w", "(i32.const 0)") "(loop (i32.store (i32.add (local.get $d)"
                                   "(i32.shl (local.get $w) (i32.const 2)))" LOAD("0") ")" ON(
                                       "$w", "1") "(br_if 0 (i32.ne (local.get $w) %s)))" ON("$d",
                                                                                             "400")
                                       ON("$s", "4"),
        words);
    unsigned n = loops("\nnest", body);
    arena_free(&arena);
    return n;
}

static void nests_have_a_version(void **state)
{
    (void)state;
    assert_true(nests("(i32.const 100)") > 0);
    assert_int_equal(nests("(local.get $v)"), 0);
}

#define DOWN "(i32.add (local.get $s) (local.get $d))"
#define TWO  "(i32.shl (local.get $d) (i32.const 1))"

/* Down a column of a matrix whose size is known when the loop begins. */
static void steps_may_be_variables(void **state)
{
    (void)state;
    assert_true(loops("\ninside", SUM("0") SET("$s", DOWN)) > 0);
    assert_int_equal(loops(REROLLED,
                           SUM("0") SET("$v", "(i32.add (local.get $v) (i32.load " DOWN "))")
                               SET("$s", "(i32.add (local.get $s) " TWO ")")),
                     1);
    /* that change */
    assert_int_equal(loops("\ninside", SUM("0") SET("$s", DOWN) ON("$d", "4")), 0);
}

#define FAR(by) "(i32.add (local.get $s) " by ")"
#define ONE     "(i32.add (i32.add (local.get $d) (local.get $w)) (i32.const 12))"
#define BOTH    "(i32.add (i32.add " TWO " (i32.shl (local.get $w) (i32.const 1))) (i32.const 24))"
#define OTHER   "(i32.add (i32.add " TWO " (i32.shl (local.get $w) (i32.const 1))) (i32.const 20))"
#define GIVEN   SET("$w", LOAD("64"))
#define ADD(at) SET("$v", "(i32.add (local.get $v) (i32.load " at "))")

static void steps_may_be_sums(void **state)
{
    (void)state;
    const char *sum = "(local.get $v)";
    assert_int_equal(
        loops_between(REROLLED, GIVEN, SUM("0") ADD(FAR(ONE)) SET("$s", FAR(BOTH)), sum), 1);
    assert_int_equal(
        loops_between(REROLLED, GIVEN, SUM("0") ADD(FAR(ONE)) SET("$s", FAR(OTHER)), sum), 0);
}

/* Where the loop got to is computed before it; also an address, made of that in the loop. */
static void counts_leave_loops(void **state)
{
    (void)state;
    const char *body = SUM("0") ADD(FAR("(local.get $d)")) SET("$s", FAR(TWO));
    assert_int_equal(loops_between(REROLLED, "", body, "(i32.sub (local.get $v) (local.get $s))"),
                     1);
    assert_int_equal(loops_between(REROLLED, "", SUM("0") SUM("4") ON("$s", "8"),
                                   "(i32.add (local.get $v) (i32.load offset=4 (local.get $s)))"),
                     1);
}

/* A loop that runs three times at most gets no version: no check, no masked vector. */
static void remainders_stay_as_they_are(void **state)
{
    (void)state;
    const char *body = COPY("0", "0", "3") ON("$d", "4") ON("$s", "4");
    const char *at_most_three = SET("$n", "(i32.and (local.get $n) (i32.const 3))");
    const char *at_most_31 = SET("$n", "(i32.and (local.get $n) (i32.const 31))");
    assert_true(loops_between("<4 x i32>", at_most_31, body, "(local.get $v)") > 0);
    assert_true(loops_between("\ninside", at_most_31, body, "(local.get $v)") > 0);
    assert_int_equal(loops_between("<4 x i32>", at_most_three, body, "(local.get $v)"), 0);
    assert_int_equal(loops_between("\ninside", at_most_three, body, "(local.get $v)"), 0);
}

static void unrolled_bodies_are_rolled_up(void **state)
{
    (void)state;
    assert_int_equal(loops(REROLLED, COPY("0", "0", "3") COPY("4", "4", "3") STEP), 1);
    /* four, down */
    assert_int_equal(loops(REROLLED, COPY("12", "12", "3") COPY("8", "8", "3") COPY("4", "4", "3")
                                         COPY("0", "0", "3") ON("$d", "-16") ON("$s", "-16")),
                     1);
    /* all is loaded first; what was loaded last leaves */
    assert_int_equal(loops(REROLLED, SET("$w", LOAD("0")) SET("$v", LOAD("4"))
                                         STORE("0", PLUS("(local.get $w)", "3"))
                                             STORE("4", PLUS("(local.get $v)", "3")) STEP),
                     1);
    /* a sum leaves, of terms that the compiler has put into another order */
    assert_int_equal(loops(REROLLED, SUM("0") SUM("4") STEP), 1);
    assert_int_equal(loops(REROLLED, SUM("4") SUM("12") SUM("0") SUM("8") ON("$s", "16")), 1);
}

/* An odd number of iterations, unrolled twice. */
static void loops_that_are_left_in_the_middle_are_rotated(void **state)
{
    (void)state;
    assert_int_equal(loops(REROLLED, SET("$w", LOAD("64")) "(block (loop " COPY("0", "0", "3")
                                         LEAVE COPY("4", "4", "3") STEP "(br 0)))"),
                     1);
    /* an array changed in place: head and tail share addresses */
    assert_int_equal(loops(REROLLED, SET("$w", LOAD("64")) "(block (loop " OWN("0") LEAVE OWN("4")
                                         STEP "(br 0)))"),
                     1);
    /* the end is not counted to */
    assert_int_equal(loops("\ninside", "(block (loop " COPY("0", "0", "3") "(br_if 1 " LOAD(
                                           "0") ")" COPY("4", "4", "3") STEP "(br 0)))"),
                     0);
}

#define IF(test, arm) "(if " test " (then " arm "))"
#define ODD(at)       "(i32.and " LOAD(at) " (i32.const 1))"

/* Both arms are computed in the fast version. */
static void branches_in_a_body_are_selected(void **state)
{
    (void)state;
    assert_true(loops("\ninside", IF(ODD("0"), COPY("0", "0", "3")) ON("$d", "4") ON("$s", "4")) >
                0);
    assert_true(loops("\ninside", IF(ODD("0"), SUM("64")) ON("$s", "4")) > 0);
    /* unrolled */
    assert_int_equal(
        loops(REROLLED, IF(ODD("0"), COPY("0", "0", "3")) IF(ODD("4"), COPY("4", "4", "3")) STEP),
        1);
    /* an arm that may trap by itself, or needs what was stored an iteration before */
    assert_int_equal(loops("\ninside",
                           IF(ODD("0"), STORE("0", "(i32.div_s (local.get $n) " LOAD("0") ")"))
                               STEP),
                     0);
    assert_int_equal(loops("\ninside",
                           IF(ODD("0"), "(i32.store offset=4 (local.get $s) (i32.const 2))")
                               ON("$s", "4")),
                     0);
    /* a place that is found does not become a vector, nor does one that moves at times */
    assert_int_equal(loops("\ninside", IF("(i32.lt_s (local.get $v) " LOAD("0") ")",
                                          SET("$v", LOAD("4"))) ON("$s", "4")),
                     0);
    assert_int_equal(
        loops("\ninside", IF(ODD("0"), STORE("0", LOAD("0")) ON("$d", "4")) ON("$s", "4")), 0);
}

#define HALF(op, at)                                                                               \
    SET("$v", "(i32." op " (local.get $v) (i32.load16_u offset=" at " (local.get $w)))")

/* Rotated, the loop begins with an index that is a constant and already extended. */
static void indices_may_begin_with_constants(void **state)
{
    (void)state;
    assert_true(loops("\ninside", SET("$d", "(i32.const -4000)") "(block (loop " SET(
                                      "$w", PLUS("(local.get $d)", "9044"))
                                      HALF("add", "0") "(br_if 1 (i32.eqz (local.get $d)))" HALF(
                                          "xor", "2") ON("$d", "4") "(br 0)))") > 0);
}

#define AT(number)   "(i32.add (local.get $d) " number ")"
#define BYTE(at)     "(i32.load8_u offset=" at " (local.get $s))"
#define LOOK(number) STORE("0", "(i32.load8_u " AT(number) ")") ON("$s", "1")

/* What a number can be is known of bytes, masks, remainders and minima. */
static void tables_may_be_looked_up(void **state)
{
    (void)state;
    static const char *const bounded[] = {
        LOOK(BYTE("0")),
        LOOK("(i32.load16_s (local.get $s))"),
        LOOK("(i32.and " LOAD("0") " (i32.const 1000))"),
        LOOK("(i32.rem_u " LOAD("0") " (i32.const 1000))"),
        LOOK("(i32.shr_u " LOAD("0") " (i32.const 9))"),
        LOOK("(i32.sub " BYTE("0") " " BYTE("1") ")"),
        LOOK("(i32.mul (i32.xor " BYTE("0") " (i32.const 255)) (i32.const 12))"),
        LOOK("(select (local.tee $w " LOAD("0") ") (i32.const 99)"
                                                " (i32.lt_u (local.get $w) (i32.const 99)))"),
        "(i32.store8 " AT(BYTE("0")) " (local.get $n))" ON("$s", "1"),
    };
    for (unsigned i = 0; i < sizeof bounded / sizeof *bounded; i++)
        assert_true(loops("\ninside", bounded[i]) > 0);
    assert_int_equal(loops(REROLLED, STORE("0", "(i32.load8_u " AT(BYTE("0")) ")")
                                         STORE("4", "(i32.load8_u " AT(BYTE("1")) ")") ON("$s", "2")
                                             ON("$d", "8")),
                     0); /* the table moves */
    assert_int_equal(
        loops(REROLLED,
              "(i32.store8 (local.get $s) (i32.load8_u offset=512 " BYTE(
                  "0") "))"
                       "(i32.store8 offset=1 (local.get $s) (i32.load8_u offset=512 " BYTE(
                           "1") "))" ON("$s", "2")),
        1);
    static const char *const unbounded[] = {LOOK(LOAD("0")),
                                            LOOK("(i32.rem_u " LOAD("0") " (local.get $w))"),
                                            LOOK("(i32.mul " LOAD("0") " (i32.const 3))")};
    for (unsigned i = 0; i < sizeof unbounded / sizeof *unbounded; i++)
        assert_int_equal(loops("\ninside", unbounded[i]), 0);
}

/* How many blocks with that label has a loop over n words, from $s to $d, of a memory of such
 * addresses, with a comparison an access. */
static unsigned checked_loops(const char *label, const char *type, const char *value)
{
    struct arena arena = {0};
    const char *text = arena_printf(
        &arena,
        "(module (memory %s 1) (func (export \"f\") (param $d %s) (param $s %s) (param $n i32)"
        " (local $v i32) (loop (i32.store (local.get $d) %s)"
        " (local.set $d (%s.add (local.get $d) (%s.const 4)))"
        " (local.set $s (%s.add (local.get $s) (%s.const 4)))"
        " (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))",
        type, type, type, value, type, type, type, type);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 2;
    options.memory = W2S_MEMORY_CHECKED;
    unsigned n = support_count(support_ir(text, &options, &arena), label);
    arena_free(&arena);
    return n;
}

/* One check before the loop stands for those of all its accesses; not for other traps. */
static void checks_go_before_the_loop(void **state)
{
    (void)state;
    static const char *const types[] = {"i32", "i64"};
    for (int i = 0; i < 2; i++) {
        assert_true(checked_loops("\ninside", types[i], PLUS(LOAD("0"), "3")) > 0);
        assert_true(checked_loops("add <4 x i32>", types[i], PLUS(LOAD("0"), "3")) > 0);
        assert_true(checked_loops("\ninside", types[i],
                                  "(if (result i32) (local.tee $v " LOAD(
                                      "0") ")"
                                           " (then " LOAD("64") ") (else (local.get $v)))") > 0);
        assert_int_equal(
            checked_loops("\ninside", types[i], "(i32.div_u (i32.const 9) " LOAD("0") ")"), 0);
    }
}

/* The LLVM IR for that CPU of a loop over 128-bit vectors from $s and to $d, with the sum $x. */
static const char *vector_ir(const char *cpu, const char *body, struct arena *arena)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 2;
    options.cpu = cpu;
    const char *text = arena_printf(
        arena,
        "(module (memory 1) (func (export \"f\") (param $d i32) (param $s i32) (param $n i32)"
        " (result v128) (local $x v128) (loop %s" ON("$d", "16") ON("$s", "16") //
        " (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $x)))",
        body);
    return support_ir(text, &options, arena);
}

static unsigned wide(const char *cpu, const char *type, const char *body)
{
    struct arena arena = {0};
    const char *ir = vector_ir(cpu, body, &arena);
    unsigned n = support_count(ir, "\nwidened:") ? support_count(ir, type) : 0;
    arena_free(&arena);
    return n;
}

#define VECTOR(at)  "(v128.load offset=" at " (local.get $s))"
#define INTO(value) "(v128.store (local.get $d) " value ")"

static void vectors_become_wider(void **state)
{
    (void)state;
    const char *sum = SET("$x", "(i32x4.add (local.get $x) " VECTOR("0") ")");
    const char *floats = SET("$x", "(f32x4.add (local.get $x) " VECTOR("0") ")");
    const char *product = INTO("(f32x4.mul " VECTOR("0") VECTOR("0") ")");
    const char *carried = INTO("(i16x8.sub (local.get $x) " VECTOR("4") ")") SET("$x", VECTOR("0"));
    const char *packed = INTO("(i8x16.narrow_i16x8_s " VECTOR("0") VECTOR("0") ")");
    assert_true(wide("znver4", "add <16 x i32>", sum) > 0);
    assert_true(wide("haswell", "add <8 x i32>", sum) > 0);
    assert_true(wide("haswell", "fmul <8 x float>", product) > 0);
    assert_true(wide("haswell", "sub <16 x i16>", carried) > 0);
    assert_true(wide("znver4", "packsswb.512", packed) > 0);
    assert_int_equal(wide("x86-64-v2", "", sum), 0);
    /* that keep their order; one of which the second half reads what the first has stored */
    assert_int_equal(wide("znver4", "", floats), 0);
    assert_int_equal(wide("znver4", "",
                          INTO(VECTOR("0")) "(v128.store offset=16 (local.get $d) (i32x4.neg"
                                            " (v128.load (local.get $d))))"),
                     0);
}

#define LANE(offset, lane, others)                                                                 \
    "(v128.load32_lane offset=" offset " " lane " (local.get $s) " others ")"
#define LANES(third)                                                                               \
    LANE("12", "3", LANE(third, "2", LANE("4", "1", "(v128.load32_splat (local.get $s))")))

/* Rolled up as numbers, if the lanes are alike. */
static unsigned rolled(const char *body)
{
    struct arena arena = {0};
    unsigned n = support_count(vector_ir("generic", body, &arena), "\nrerolled:");
    arena_free(&arena);
    return n;
}

static void lone_lanes_become_loops(void **state)
{
    (void)state;
    assert_int_equal(rolled(INTO("(i32x4.neg " LANES("8") ")")), 1);
    assert_int_equal(rolled(INTO("(f32x4.mul " LANES("8") LANES("8") ")")), 1);
    assert_int_equal(rolled(INTO("(i32x4.neg " LANES("4") ")")), 0);
    assert_int_equal(rolled(INTO("(i32x4.add " LANES("8") "(v128.const i32x4 1 1 2 1))")), 0);
    assert_int_equal(rolled(SET("$x", "(i32x4.add (local.get $x) " LANES("8") ")")), 0);
}

static void others_are_not(void **state)
{
    (void)state;
    /* another operation, another distance, another array */
    assert_int_equal(loops(REROLLED, COPY("0", "0", "3") COPY("4", "4", "4") STEP), 0);
    assert_int_equal(loops(REROLLED, COPY("0", "0", "3") COPY("8", "4", "3") STEP), 0);
    assert_int_equal(loops(REROLLED, COPY("0", "0", "3") COPY("4", "0", "3") STEP), 0);
    /* what is loaded second would be stored before */
    assert_int_equal(loops(REROLLED,
                           SET("$w", "(i32.load (local.get $d))")
                               SET("$v", "(i32.load offset=4 (local.get $d))")
                                   STORE("4", "(local.get $w)") STORE("8", "(local.get $v)") STEP),
                     0);
    /* a sum that is needed in between, and one of an odd number of terms */
    assert_int_equal(loops(REROLLED, SUM("0") STORE("0", "(local.get $v)") SUM("4") STEP), 0);
    assert_int_equal(loops(REROLLED, SUM("0") SUM("4") SUM("0") STEP), 0);
    /* what leaves is of the first half */
    assert_int_equal(loops(REROLLED, SET("$v", LOAD("0")) STORE("0", PLUS("(local.get $v)", "3"))
                                         COPY("4", "4", "3") STEP),
                     0);
    /* a store in between that is no part of it */
    assert_int_equal(
        loops(REROLLED, COPY("0", "0", "3") "(i32.store (i32.const 8) (local.get $n))" COPY(
                            "4", "4", "3") STEP),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_loops_have_a_version),
        cmocka_unit_test(nests_have_a_version),
        cmocka_unit_test(overlapping_copies_are_no_vectors),
        cmocka_unit_test(copies_of_few_rounds_are_not_checked),
        cmocka_unit_test(steps_may_be_variables),
        cmocka_unit_test(steps_may_be_sums),
        cmocka_unit_test(counts_leave_loops),
        cmocka_unit_test(remainders_stay_as_they_are),
        cmocka_unit_test(unrolled_bodies_are_rolled_up),
        cmocka_unit_test(loops_that_are_left_in_the_middle_are_rotated),
        cmocka_unit_test(branches_in_a_body_are_selected),
        cmocka_unit_test(indices_may_begin_with_constants),
        cmocka_unit_test(tables_may_be_looked_up),
        cmocka_unit_test(checks_go_before_the_loop),
        cmocka_unit_test(vectors_become_wider),
        cmocka_unit_test(lone_lanes_become_loops),
        cmocka_unit_test(others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
