/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Numeric literals: shapes, ranges, and correct rounding, also against strtod.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "frontend/text/number.h"

static struct slice text_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static enum token_kind kind_of(const char *text)
{
    return number_kind((const uint8_t *)text, strlen(text));
}

static void test_kind(void **state)
{
    (void)state;
    static const char *const nats[] = {"0", "007", "1_000", "0x0", "0xAb_cD"};
    static const char *const ints[] = {"+0", "-1", "-0x8_0"};
    static const char *const floats[] = {"1.",           "1.5",   "1e9",         "1E+9",
                                         "1_0.2_0e-1_0", "0x1p3", "0x1.",        "0x1.8P-3",
                                         "-inf",         "+nan",  "nan:0x7f_ff", "inf"};
    static const char *const others[] = {"",
                                         "_1",
                                         "1_",
                                         "1__0",
                                         "0x",
                                         "0x_1",
                                         "+",
                                         ".5",
                                         "1e",
                                         "1e+",
                                         "0x1p",
                                         "0x1pA",
                                         "1x",
                                         "0b1",
                                         "infx",
                                         "nan:",
                                         "nan:1",
                                         "nan:0x",
                                         "nan:canonical",
                                         "1.e_1"};
    for (size_t i = 0; i < sizeof nats / sizeof *nats; i++)
        assert_int_equal(kind_of(nats[i]), TOK_NAT);
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        assert_int_equal(kind_of(ints[i]), TOK_INT);
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        assert_int_equal(kind_of(floats[i]), TOK_FLOAT);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(kind_of(others[i]), TOK_RESERVED);
}

static void check_int(const char *text, unsigned bits, uint64_t expected)
{
    uint64_t value;
    assert_true(number_int(text_of(text), bits, &value));
    assert_int_equal(value, expected);
}

static void check_no_int(const char *text, unsigned bits)
{
    uint64_t value;
    assert_false(number_int(text_of(text), bits, &value));
}

static void test_int(void **state)
{
    (void)state;
    check_int("0xffff_ffff", 32, 0xffffffff);
    check_int("-1", 32, 0xffffffff);
    check_int("-2147483648", 32, 0x80000000);
    check_int("+4294967295", 32, 0xffffffff);
    check_int("-0x80", 8, 0x80);
    check_int("255", 8, 255);
    check_int("18446744073709551615", 64, UINT64_MAX);
    check_int("-9223372036854775808", 64, UINT64_C(1) << 63);
    check_no_int("4294967296", 32);
    check_no_int("-2147483649", 32);
    check_no_int("256", 8);
    check_no_int("-129", 8);
    check_no_int("18446744073709551616", 64);
    check_no_int("0x1_0000_0000_0000_0000", 64);
    check_no_int("-9223372036854775809", 64);
    uint64_t value;
    assert_true(number_nat(text_of("4294967295"), 32, &value));
    assert_false(number_nat(text_of("4294967296"), 32, &value));
}

static void check_float(const char *text, unsigned bits, uint64_t expected)
{
    uint64_t value = 0;
    if (!number_float(text_of(text), bits, &value))
        fail_msg("%s is refused", text);
    if (value != expected)
        fail_msg("%s: %#llx, not %#llx", text, (unsigned long long)value,
                 (unsigned long long)expected);
}

static void check_no_float(const char *text, unsigned bits)
{
    uint64_t value;
    assert_false(number_float(text_of(text), bits, &value));
}

static void test_f32(void **state)
{
    (void)state;
    check_float("0", 32, 0);
    check_float("-0.0", 32, 0x80000000);
    check_float("1", 32, 0x3f800000);
    check_float("0.1", 32, 0x3dcccccd);
    check_float("0x1.8p1", 32, 0x40400000);
    check_float("inf", 32, 0x7f800000);
    check_float("-nan", 32, 0xffc00000);
    check_float("nan:0x1", 32, 0x7f800001);
    /* ties to even, at and beside the half */
    check_float("0x1.000001p0", 32, 0x3f800000);
    check_float("0x1.0000010000000000000000001p0", 32, 0x3f800001);
    check_float("0x1.000003p0", 32, 0x3f800002);
    check_float("16777217", 32, 0x4b800000);
    check_float("16777217.0000000000000000000000000000000001", 32, 0x4b800001);
    /* the largest, and what still rounds to it */
    check_float("0x1.fffffep127", 32, 0x7f7fffff);
    check_float("0x1.fffffefffffp127", 32, 0x7f7fffff);
    check_float("340282356779733623858607532500980858880", 32, 0x7f7fffff);
    check_no_float("0x1.ffffffp127", 32);
    check_no_float("340282356779733661637539395458142568448", 32);
    check_no_float("1e39", 32);
    /* subnormals */
    check_float("0x1p-149", 32, 1);
    check_float("0x1p-150", 32, 0);
    check_float("0x1.000002p-150", 32, 1);
    check_float("0x1.fffffcp-127", 32, 0x007fffff);
    check_float("0x1.ffffffp-127", 32, 0x00800000);
    check_float("1e-99999999999999999999", 32, 0);
    check_no_float("1e99999999999999999999", 32);
    check_no_float("nan:0x0", 32);
    check_no_float("nan:0x80_0000", 32);
}

static void test_f64(void **state)
{
    (void)state;
    check_float("0.1", 64, UINT64_C(0x3fb999999999999a));
    check_float("1.7976931348623157e308", 64, UINT64_C(0x7fefffffffffffff));
    check_float("4.9406564584124654e-324", 64, 1);
    check_float("2.4703282292062327e-324", 64, 0);
    check_float("2.4703282292062328e-324", 64, 1);
    check_float("2.2250738585072011e-308", 64, UINT64_C(0x000fffffffffffff));
    check_float("9007199254740993", 64, UINT64_C(0x4340000000000000));
    check_float("9007199254740993.00000000000000000000001", 64, UINT64_C(0x4340000000000001));
    check_float("0x1.fffffffffffff7ffffp1023", 64, UINT64_C(0x7fefffffffffffff));
    check_float("nan:0xf_ffff_ffff_ffff", 64, UINT64_C(0x7fffffffffffffff));
    check_no_float("1.7976931348623159e308", 64);
    check_no_float("0x1.fffffffffffff8p1023", 64);
    check_no_float("0x1p1024", 64);
    check_no_float("nan:0x10_0000_0000_0000", 64);
}

/* Long decimals: a digit behind 800 still breaks a tie. */
static void test_long(void **state)
{
    (void)state;
    char text[1100];
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    text[1000] = '\0';
    check_float(text, 64, UINT64_C(0x4340000000000000));
    text[999] = '1';
    check_float(text, 64, UINT64_C(0x4340000000000001));
}

/* The C library as an oracle, over numbers made from a fixed seed. */
static void test_against_strtod(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 3000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        char text[64];
        snprintf(text, sizeof text, "%u.%020llue%d", (unsigned)(seed >> 61),
                 (unsigned long long)(seed >> 3), (int)(seed >> 40) % 640 - 320);
        double d = strtod(text, NULL);
        uint64_t bits;
        memcpy(&bits, &d, sizeof bits);
        if (bits == UINT64_C(0x7ff0000000000000))
            check_no_float(text, 64);
        else
            check_float(text, 64, bits);
        float f = strtof(text, NULL);
        uint32_t bits32;
        memcpy(&bits32, &f, sizeof bits32);
        if (bits32 == 0x7f800000)
            check_no_float(text, 32);
        else
            check_float(text, 32, bits32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind), cmocka_unit_test(test_int),
        cmocka_unit_test(test_f32),  cmocka_unit_test(test_f64),
        cmocka_unit_test(test_long), cmocka_unit_test(test_against_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
