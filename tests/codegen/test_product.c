/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Products of 128 bits, written as products of halves: each form of them is one multiplication in
 * the LLVM IR, and what is none of them stays. What they come to is in tests/wast/products.wast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

#define GET(name) "(local.get " name ")"
#define LOW(x)    "(i64.and " x " (i64.const 0xffffffff))"
#define HIGH(x)   "(i64.shr_u " x " (i64.const 32))"
#define NARROW(x) "(i64.extend_i32_u (i32.wrap_i64 " x "))"
#define ADD(x, y) "(i64.add " x " " y ")"
#define MUL(x, y) "(i64.mul " x " " y ")"
#define SET(n, x) "(local.set " n " " x ")"
#define A         GET("$a")
#define B         GET("$b")
#define LL        GET("$ll")
#define P         GET("$p")
#define Q         GET("$q")
#define U         GET("$u")
#define LOW_LOW   SET("$ll", MUL(LOW(A), LOW(B)))
#define CROSS     SET("$p", MUL(HIGH(A), LOW(B))) SET("$q", MUL(LOW(A), HIGH(B)))
#define TOP       MUL(HIGH(A), HIGH(B))
#define BOTTOM    "(i64.or (i64.shl " U " (i64.const 32)) " LOW(LL) ")"

/* Multiplications in the IR of a function of two numbers, and of those the ones of 128 bits. */
static void count(const char *body, unsigned expected, unsigned expected_wide)
{
    struct arena arena = {0};
    const char *text = arena_printf(&arena,
                                    "(module (func (export \"f\") (param $a i64) (param $b i64) "
                                    "(result i64) (local $ll i64) (local $p i64) (local $q i64) "
                                    "(local $u i64) (local $r i64) %s))",
                                    body);
    const char *ir = support_ir(text, NULL, &arena);
    assert_int_equal(support_count(ir, " = mul "), expected);
    assert_int_equal(support_count(ir, " = mul nuw i128"), expected_wide);
    arena_free(&arena);
}

static void carries_in_a_chain(void **state)
{
    (void)state;
    count(LOW_LOW SET("$p", ADD(MUL(LOW(A), HIGH(B)), HIGH(LL)))
              SET("$u", ADD(MUL(HIGH(A), LOW(B)), LOW(P))) ADD(ADD(TOP, HIGH(P)), HIGH(U)),
          1, 1);
}

static void carries_across(void **state)
{
    (void)state;
    count(LOW_LOW CROSS SET("$u", ADD(ADD(HIGH(LL), LOW(P)), Q)) ADD(ADD(HIGH(P), HIGH(U)), TOP), 1,
          1);
}

static void carries_in_columns(void **state)
{
    (void)state;
    count(LOW_LOW CROSS SET("$u", ADD(LOW(Q), ADD(HIGH(LL), NARROW(P))))
              ADD(ADD(HIGH(P), HIGH(Q)), ADD(HIGH(U), TOP)),
          1, 1);
}

#define CARRY(sum, term) "(i64.extend_i32_u (i64.lt_u " sum " " term "))"
#define CARRIED(term)    "(i64.or (i64.shl " CARRY(U, term) " (i64.const 32)) " HIGH(U) ")"
#define RESULT           GET("$r")
#define WRAPPING                                                                                   \
    LOW_LOW CROSS SET("$u", ADD(P, Q)) SET("$r", ADD(LL, "(i64.shl " U " (i64.const 32))"))

static void carries_of_sums_that_wrap(void **state)
{
    (void)state;
    count(WRAPPING "(i64.xor " RESULT " " ADD(ADD(TOP, CARRIED(P)), CARRY(RESULT, LL)) ")", 1, 1);
    count(WRAPPING ADD(ADD(ADD(A, CARRY(RESULT, LL)), TOP), CARRIED(Q)), 1, 1);
    /* The low word alone: what the wrong high word has, and one. */
    count(WRAPPING ADD(ADD(TOP, CARRIED(A)), CARRY(RESULT, LL)), 5, 0);
}

/* The low word needs the low half of the product only; with the high word it is the same one. */
static void low_words(void **state)
{
    (void)state;
    count(LOW_LOW CROSS SET("$u", ADD(ADD(HIGH(LL), LOW(P)), Q)) BOTTOM, 1, 0);
    count(LOW_LOW CROSS SET("$u", ADD(ADD(HIGH(LL), LOW(P)), Q)) "(i64.xor " BOTTOM " " ADD(
              ADD(HIGH(P), HIGH(U)), TOP) ")",
          1, 1);
}

static void other_terms(void **state)
{
    (void)state;
    count(LOW_LOW CROSS SET("$u", ADD(ADD(HIGH(LL), LOW(P)), Q))
              ADD(ADD(ADD(HIGH(P), A), HIGH(U)), ADD(B, TOP)),
          1, 1);
}

/* A wrong half, a wrong shift, a carry that is missing. */
static void others_stay(void **state)
{
    (void)state;
    count(LOW_LOW SET("$p", MUL(HIGH(A), LOW(B))) SET("$q", MUL(LOW(A), HIGH(A)))
              SET("$u", ADD(ADD(HIGH(LL), LOW(P)), Q)) ADD(ADD(HIGH(P), HIGH(U)), TOP),
          4, 0);
    count(LOW_LOW CROSS SET("$u", ADD(ADD("(i64.shr_u " LL " (i64.const 31))", LOW(P)), Q))
              ADD(ADD(HIGH(P), HIGH(U)), TOP),
          4, 0);
    count(LOW_LOW CROSS SET("$u", ADD(LOW(P), Q)) ADD(ADD(HIGH(P), HIGH(U)), ADD(TOP, LL)), 4, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_in_a_chain),
        cmocka_unit_test(carries_across),
        cmocka_unit_test(carries_in_columns),
        cmocka_unit_test(low_words),
        cmocka_unit_test(other_terms),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(carries_of_sums_that_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
