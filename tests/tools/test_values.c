/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values as text: what --invoke reads and prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/wasm2so/values.h"

static const w2s_valtype i32 = {.kind = W2S_I32}, i64 = {.kind = W2S_I64};
static const w2s_valtype f32 = {.kind = W2S_F32}, f64 = {.kind = W2S_F64};
static const w2s_valtype v128 = {.kind = W2S_V128};
static const w2s_valtype funcref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_FUNC};
static const w2s_valtype externref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_EXTERN};
static const w2s_valtype some_func = {.kind = W2S_REF, .heap = W2S_HEAP_FUNC};

/* Reads text and prints it again; NULL where it is refused. The result is malloc'd. */
static char *round_trip(const char *text, w2s_valtype type)
{
    w2s_value value;
    char *printed = NULL;
    size_t n;
    if (!value_parse(text, type, &value))
        return NULL;
    FILE *out = open_memstream(&printed, &n);
    value_print(out, type, &value);
    fclose(out);
    return printed;
}

struct text_case {
    const char *text;
    const char *printed; /* NULL: refused */
};

static void check_cases(const struct text_case *cases, size_t count, w2s_valtype type)
{
    for (size_t i = 0; i < count; i++) {
        char *printed = round_trip(cases[i].text, type);
        if (!cases[i].printed && printed)
            fail_msg("'%s' was read as %s", cases[i].text, printed);
        if (cases[i].printed && !printed)
            fail_msg("'%s' was refused", cases[i].text);
        if (cases[i].printed)
            assert_string_equal(printed, cases[i].printed);
        free(printed);
    }
}

#define CHECK(cases, type) check_cases(cases, sizeof cases / sizeof cases[0], type)

static void test_i32(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"0", "0"},
        {"-1", "-1"},
        {"+7", "7"},
        {"007", "7"},
        {"2147483647", "2147483647"},
        {"2147483648", "-2147483648"},
        {"4294967295", "-1"},
        {"4294967296", NULL},
        {"-2147483648", "-2147483648"},
        {"-2147483649", NULL},
        {"0xffffffff", "-1"},
        {"0X10", "16"},
        {"-0x80000000", "-2147483648"},
        {"", NULL},
        {"-", NULL},
        {"0x", NULL},
        {"1.5", NULL},
        {" 1", NULL},
        {"1 ", NULL},
        {"--1", NULL},
        {"12a", NULL},
        {"99999999999999999999999", NULL},
    };
    CHECK(cases, i32);
}

static void test_i64(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"9223372036854775807", "9223372036854775807"},
        {"18446744073709551615", "-1"},
        {"18446744073709551616", NULL},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-9223372036854775809", NULL},
        {"0x8000000000000000", "-9223372036854775808"},
    };
    CHECK(cases, i64);
}

static void test_f32(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"0.1", "0.1"},
        {"-0", "-0"},
        {"16777217", "16777216"},
        {"3.4028234663852886e38", "3.4028235e+38"},
        {"1e39", NULL},
        {"1e-45", "1e-45"},
        {"nan", "nan"},
        {"-nan", "nan"},
        {"inf", "inf"},
        {"-inf", "-inf"},
        {"0x1p-1", "0.5"},
        {"", NULL},
        {"x", NULL},
        {" 1", NULL},
        {"1f", NULL},
    };
    CHECK(cases, f32);
}

static void test_f64(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"0.1", "0.1"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"1000000", "1000000"},
        {"123.456", "123.456"},
        {"1e20", "100000000000000000000"},
        {"1e21", "1e+21"},
        {"1.5e300", "1.5e+300"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1e-7"},
        {"5e-324", "5e-324"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"-2.5", "-2.5"},
        {"1e309", NULL},
    };
    CHECK(cases, f64);
}

static void test_v128(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"0x1", "0x00000000000000000000000000000001"},
        {"0x000102030405060708090a0b0c0d0e0F", "0x000102030405060708090a0b0c0d0e0f"},
        {"0x000102030405060708090a0b0c0d0e0f0", NULL},
        {"1", NULL},
        {"0xg", NULL},
        {"0x", NULL},
    };
    CHECK(cases, v128);
    w2s_value value;
    assert_true(value_parse("0x0102", v128, &value));
    assert_int_equal(value.v128[0], 2);
    assert_int_equal(value.v128[1], 1);
}

static void test_references(void **state)
{
    (void)state;
    static const struct text_case cases[] = {{"null", "null"}, {"0", NULL}, {"", NULL}};
    CHECK(cases, funcref);
    CHECK(cases, externref);
    assert_null(round_trip("null", some_func));
}

/* Every float of a spread of bit patterns reads back as itself. */
static void test_floats_read_back(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        w2s_value value = {.bits = {(i * 0x9e3779b97f4a7c15u) & ~(UINT64_C(1) << 62), 0}}, back;
        char *printed = NULL;
        size_t n;
        FILE *out = open_memstream(&printed, &n);
        value_print(out, f64, &value);
        fclose(out);
        assert_true(value_parse(printed, f64, &back));
        assert_int_equal(value.bits[0], back.bits[0]);
        free(printed);
    }
}

static void test_signature(void **state)
{
    (void)state;
    const w2s_valtype params[] = {i32, externref}, results[] = {some_func};
    char *printed = NULL;
    size_t n;
    FILE *out = open_memstream(&printed, &n);
    signature_print(out, params, 2, results, 1);
    fclose(out);
    assert_string_equal(printed, "(i32, externref) -> ((ref func))");
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i32),       cmocka_unit_test(test_i64),
        cmocka_unit_test(test_f32),       cmocka_unit_test(test_f64),
        cmocka_unit_test(test_v128),      cmocka_unit_test(test_references),
        cmocka_unit_test(test_signature), cmocka_unit_test(test_floats_read_back),
    };
    return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
