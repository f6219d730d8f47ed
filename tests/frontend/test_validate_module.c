/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * module_validate: a row for each rule that can be broken, and for what is allowed next to it; the
 * proposals one by one.
 */
#include "frontend/insn.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *sections;
    const char *message; /* beginning of the error, NULL if valid */
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].message)
            expect_module_error(rows[i].sections, ERR_INVALID, rows[i].message);
        else
            expect_module(rows[i].sections);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_types(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", NULL},
        {"1: 1 0x60 1 0x64 0 0", NULL},
        {"1: 1 0x60 1 0x64 1 0", "unknown type 1"},
        {"1: 2 0x60 1 0x64 1 0 0x60 0 0", "unknown type 1"},
        {"1: 1 0x4e 2 0x60 1 0x64 1 0 0x60 0 0", NULL},
        {"1: 1 0x50 1 0 0x5f 0", "unknown type 0"},
        {"1: 2 0x5f 0 0x50 1 0 0x5f 0", "sub type 1: its supertype 0 is final"},
        {"1: 2 0x50 0 0x5f 0 0x50 1 0 0x5e 0x7f 0", "sub type 1 does not match"},
        {"1: 2 0x50 0 0x5f 1 0x7f 0 0x50 1 0 0x5f 2 0x7f 0 0x7f 0", NULL},
        {"1: 2 0x50 0 0x5f 1 0x7f 0 0x50 1 0 0x5f 0", "sub type"},
        {"1: 2 0x50 0 0x5f 1 0x6e 0 0x50 1 0 0x5f 1 0x6d 0", NULL},
        {"1: 2 0x50 0 0x5f 1 0x6e 1 0x50 1 0 0x5f 1 0x6d 1", "sub type"},
        {"1: 2 0x50 0 0x5f 1 0x7f 1 0x50 1 0 0x5f 1 0x7f 0", "sub type"},
        {"1: 2 0x50 0 0x5f 1 0x78 0 0x50 1 0 0x5f 1 0x7f 0", "sub type"},
        {"1: 2 0x50 0 0x60 1 0x6d 0 0x50 1 0 0x60 1 0x6e 0", NULL},
        {"1: 2 0x50 0 0x60 1 0x6e 0 0x50 1 0 0x60 1 0x6d 0", "sub type"},
        {"1: 2 0x50 0 0x60 0 1 0x6e 0x50 1 0 0x60 0 1 0x6d", NULL},
        {"1: 2 0x50 0 0x60 0 1 0x6d 0x50 1 0 0x60 0 1 0x6e", "sub type"},
        {"1: 1 0x4e 0", NULL},
    };
    CHECK(rows);
}

static void test_subtype_depth(void **state)
{
    (void)state;
    char text[4096] = "1: 65 0x50 0 0x5f 0";
    for (int i = 0; i < 64; i++) {
        char one[32];
        snprintf(one, sizeof one, " 0x50 1 %d 0x5f 0", i);
        strcat(text, one);
    }
    expect_module_error(text, ERR_UNSUPPORTED, "sub type 64: more than 63 supertypes");
    text[4] = '4'; /* 64 types are a chain of 63 */
    *strrchr(text, ' ') = '\0';
    text[strlen(text) - strlen(" 0x50 1 63 0x5f")] = '\0';
    expect_module(text);
}

static void test_functions_and_tags(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"3: 1 0 | 10: 1 2 0 end", "unknown type 0"},
        {"1: 1 0x5f 0 | 3: 1 0 | 10: 1 2 0 end", "unknown type 0"},
        {"2: 1 0 0 0 3", "unknown type 3"},
        {"1: 1 0x60 1 0x7f 0 | 13: 1 0 0", NULL},
        {"1: 1 0x60 0 1 0x7f | 13: 1 0 0", "non-empty tag result type"},
        {"13: 1 0 0", "unknown type 0"},
    };
    CHECK(rows);
}

static void test_limits(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"5: 1 0 0x80 0x80 0x04", NULL},
        {"5: 1 0 0x81 0x80 0x04", "memory size must be at most 65536 pages (4GiB)"},
        {"5: 1 1 0 0x81 0x80 0x04", "memory size must be at most 65536 pages (4GiB)"},
        {"5: 1 1 2 1", "size minimum must not be greater than maximum"},
        {"5: 1 4 0x80 0x80 0x80 0x80 0x80 0x80 0x40", NULL},
        {"5: 1 4 0x81 0x80 0x80 0x80 0x80 0x80 0x40", "memory size must be at most"},
        {"5: 1 2 1", "shared memory must have maximum"},
        {"5: 1 3 1 1", NULL},
        {"5: 1 8 0xff 0xff 0xff 0xff 0x0f 0", NULL},
        {"5: 1 8 0x80 0x80 0x80 0x80 0x10 0", "memory size must be at most"},
        {"5: 1 8 0 1", "invalid custom page size"},
        {"5: 1 8 0 64", "invalid custom page size"},
        {"5: 1 8 0 16", NULL},
        {"4: 1 0x70 0 0xff 0xff 0xff 0xff 0x0f", NULL},
        {"4: 1 0x70 0 0x80 0x80 0x80 0x80 0x10", "table size"},
        {"4: 1 0x70 4 0x80 0x80 0x80 0x80 0x10", NULL},
        {"4: 1 0x70 1 2 1", "size minimum must not be greater than maximum"},
        {"4: 1 0x64 0x70 0 0", "type mismatch: a table of (ref func) needs an initialiser"},
        {"4: 1 0x63 9 0 0", "unknown type 9"},
        {"4: 1 0x40 0 0x70 0 1 ref.null 0x70 end", NULL},
        {"4: 1 0x40 0 0x70 0 1 ref.null 0x6f end", "type mismatch"},
        {"2: 1 0 0 1 0x64 0x70 0 0", NULL},
    };
    CHECK(rows);
}

static void test_constants(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"6: 1 0x7f 0 i32.const 1 end", NULL},
        {"6: 1 0x7f 0 i64.const 1 end", "type mismatch: end wants i32, found i64"},
        {"6: 1 0x7f 0 end", "type mismatch: end wants i32, found nothing"},
        {"6: 1 0x7f 0 i32.const 1 i32.const 1 end", "type mismatch"},
        {"6: 1 0x7f 0 i32.const 1 i32.const 2 i32.add i32.const 2 i32.mul end", NULL},
        {"6: 1 0x7e 0 i64.const 1 i64.const 2 i64.sub end", NULL},
        {"6: 1 0x7f 0 i32.const 1 i32.add end", "type mismatch: i32.add wants i32, found nothing"},
        {"6: 1 0x7f 0 i32.const 1 i32.const 1 i32.div_s end", "constant expression required"},
        {"6: 1 0x7f 0 nop i32.const 1 end", "constant expression required"},
        {"6: 1 0x7f 0 block 0x7f i32.const 1 end end", "constant expression required"},
        {"6: 1 0x7f 0 local.get 0 end", "constant expression required"},
        {"6: 2 0x7f 0 i32.const 1 end 0x7f 0 global.get 0 end", NULL},
        {"6: 2 0x7f 1 i32.const 1 end 0x7f 0 global.get 0 end", "constant expression required"},
        {"6: 1 0x7f 0 global.get 0 end", "unknown global 0"},
        {"6: 2 0x7f 0 global.get 1 end 0x7f 0 i32.const 1 end", "unknown global 1"},
        {"6: 2 0x7e 0 i64.const 1 end 0x7f 0 global.get 0 end", "type mismatch"},
        {"4: 1 0x40 0 0x70 0 1 global.get 0 end | 6: 1 0x70 0 ref.null 0x70 end",
         "unknown global 0"},
        {"6: 1 0x70 0 ref.func 0 end", "unknown function 0"},
        {"6: 1 0x63 7 0 ref.null 7 end", "unknown type 7"},
        {"6: 1 0x6f 0 ref.null 0x70 end", "type mismatch"},
        {"6: 1 0x7b 0 v128.const 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 end", NULL},
    };
    CHECK(rows);
}

/* types: 0 struct {i32, (ref any)}, 1 array mut i64, 2 array (ref any) */
#define AGGREGATES "1: 3 0x5f 2 0x7f 0 0x64 0x6e 0  0x5e 0x7e 1  0x5e 0x64 0x6e 0 | "

static void test_gc_constants(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AGGREGATES "6: 1 0x64 0 0 i32.const 1 i32.const 2 ref.i31 struct.new 0 end", NULL},
        {AGGREGATES "6: 1 0x64 0 0 i32.const 2 ref.i31 i32.const 1 struct.new 0 end",
         "type mismatch"},
        {AGGREGATES "6: 1 0x64 0 0 struct.new_default 0 end", "type mismatch: field 1"},
        {AGGREGATES "6: 1 0x64 0 0 struct.new_default 1 end", "type mismatch"},
        {AGGREGATES "6: 1 0x64 0 0 struct.new 5 end", "unknown type 5"},
        {AGGREGATES "6: 1 0x64 1 0 i64.const 1 i32.const 5 array.new 1 end", NULL},
        {AGGREGATES "6: 1 0x64 1 0 i32.const 5 array.new_default 1 end", NULL},
        {AGGREGATES "6: 1 0x64 2 0 i32.const 5 array.new_default 2 end", "type mismatch"},
        {AGGREGATES "6: 1 0x64 1 0 i64.const 1 i64.const 2 array.new_fixed 1 2 end", NULL},
        {AGGREGATES "6: 1 0x64 1 0 i64.const 1 array.new_fixed 1 2 end", "type mismatch"},
        {AGGREGATES "6: 1 0x64 1 0 array.new_fixed 1 0xff 0xff 0xff 0xff 0x0f end",
         "type mismatch"},
        {AGGREGATES "6: 1 0x64 0 0 i32.const 5 array.new_default 0 end", "type mismatch"},
        {"6: 1 0x64 0x6f 0 i32.const 1 ref.i31 extern.convert_any end", NULL},
        {"6: 1 0x64 0x6f 0 ref.null 0x6e extern.convert_any end", "type mismatch"},
        {"6: 1 0x6e 0 ref.null 0x6f any.convert_extern end", NULL},
        {"6: 1 0x6e 0 any.convert_extern end", "type mismatch"},
        {AGGREGATES "6: 1 0x6e 0 i32.const 0 struct.get 0 0 end", "constant expression required"},
    };
    CHECK(rows);
}

#define FUNC "1: 1 0x60 0 0 | 3: 1 0 | "
#define BODY " | 10: 1 2 0 end"

static void test_segments(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {FUNC "4: 1 0x70 0 1 | 9: 1 0 i32.const 0 end 1 0" BODY, NULL},
        {FUNC "9: 1 0 i32.const 0 end 1 0" BODY, "unknown table 0"},
        {FUNC "4: 1 0x70 0 1 | 9: 1 0 i32.const 0 end 1 7" BODY, "unknown function 7"},
        {FUNC "4: 1 0x70 0 1 | 9: 1 0 i64.const 0 end 1 0" BODY, "type mismatch"},
        {FUNC "4: 1 0x70 4 1 | 9: 1 0 i64.const 0 end 1 0" BODY, NULL},
        {FUNC "4: 1 0x6f 0 1 | 9: 1 0 i32.const 0 end 1 0" BODY, "type mismatch"},
        {FUNC "9: 1 5 0x70 1 ref.func 0 end" BODY, NULL},
        {FUNC "9: 1 5 0x6f 1 ref.func 0 end" BODY, "type mismatch"},
        {FUNC "9: 1 5 0x63 3 0" BODY, "unknown type 3"},
        {"5: 1 0 1 | 11: 1 0 i32.const 0 end 0", NULL},
        {"11: 1 0 i32.const 0 end 0", "unknown memory 0"},
        {"5: 1 0 1 | 11: 1 2 1 i32.const 0 end 0", "unknown memory 1"},
        {"5: 1 0 1 | 11: 1 0 i64.const 0 end 0", "type mismatch"},
        {"5: 1 4 1 | 11: 1 0 i64.const 0 end 0", NULL},
        {"11: 1 1 0", NULL},
    };
    CHECK(rows);
}

static void test_exports_and_start(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {FUNC "7: 2 1 0x61 0 0 1 0x62 0 0" BODY, NULL},
        {FUNC "7: 2 1 0x61 0 0 1 0x61 0 0" BODY, "duplicate export name"},
        {FUNC "7: 1 0 0 1" BODY, "unknown function 1"},
        {"7: 1 0 1 0", "unknown table 0"},
        {"7: 1 0 2 0", "unknown memory 0"},
        {"7: 1 0 3 0", "unknown global 0"},
        {"7: 1 0 4 0", "unknown tag 0"},
        {FUNC "8: 0" BODY, NULL},
        {FUNC "8: 1" BODY, "unknown function 1"},
        {"8: 0xff 0xff 0xff 0xff 0x0f", "unknown function"},
        {"1: 1 0x60 1 0x7f 0 | 3: 1 0 | 8: 0" BODY, "start function"},
        {"1: 1 0x60 0 1 0x7f | 3: 1 0 | 8: 0 | 10: 1 4 0 i32.const 0 end", "start function"},
    };
    CHECK(rows);
}

/* A function is declared if it is exported, in an element segment or in an initialiser. */
static void test_declared(void **state)
{
    (void)state;
    struct opened o;
    assert_true(words_validate(&o,
                               "1: 1 0x60 0 0 | 3: 5 0 0 0 0 0 | 6: 1 0x70 0 ref.func 0 end | "
                               "7: 1 0 0 1 | 9: 2 3 0 1 2  5 0x70 1 ref.func 3 end | "
                               "10: 5 2 0 end 2 0 end 2 0 end 2 0 end 2 0 end",
                               FEATURES_ALL));
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(o.module.funcs[i].declared, i != 4);
    assert_true(valtype_eq(o.module.globals[0].init.insns[0].type, REFTYPE(0, 0)));
    words_close(&o);
}

static void test_features(void **state)
{
    (void)state;
    static const struct {
        const char *sections;
        enum feature feature;
    } rows[] = {
        {"1: 1 0x60 0 2 0x7f 0x7f", FEATURE_MULTI_VALUE},
        {"1: 1 0x60 1 0x7b 0", FEATURE_SIMD},
        {"1: 1 0x60 1 0x6f 0", FEATURE_REFERENCE_TYPES},
        {"1: 1 0x60 1 0x64 0x70 0", FEATURE_FUNCTION_REFERENCES},
        {"1: 1 0x60 1 0x6e 0", FEATURE_GC},
        {"1: 1 0x60 1 0x69 0", FEATURE_EXCEPTIONS},
        {"1: 1 0x5f 0", FEATURE_GC},
        {"1: 1 0x50 0 0x60 0 0", FEATURE_GC},
        {"1: 1 0x4e 2 0x60 0 0 0x60 0 0", FEATURE_GC},
        {"2: 1 0 0 3 0x7f 1", FEATURE_MUTABLE_GLOBAL},
        {"6: 1 0x7f 1 i32.const 0 end | 7: 1 0 3 0", FEATURE_MUTABLE_GLOBAL},
        {"4: 2 0x70 0 0 0x70 0 0", FEATURE_REFERENCE_TYPES},
        {"4: 1 0x6f 0 0", FEATURE_REFERENCE_TYPES},
        {"4: 1 0x70 4 0", FEATURE_MEMORY64},
        {"4: 1 0x40 0 0x70 0 0 ref.null 0x70 end", FEATURE_FUNCTION_REFERENCES},
        {"5: 1 4 0", FEATURE_MEMORY64},
        {"5: 1 3 0 1", FEATURE_THREADS},
        {"5: 2 0 0 0 0", FEATURE_MULTI_MEMORY},
        {"6: 1 0x7f 0 i32.const 1 i32.const 1 i32.add end", FEATURE_EXTENDED_CONST},
        {"6: 2 0x7f 0 i32.const 1 end 0x7f 0 global.get 0 end", FEATURE_GC},
        {"6: 1 0x6e 0 i32.const 1 ref.i31 end", FEATURE_GC},
        {"11: 1 1 0", FEATURE_BULK_MEMORY},
        {"12: 0", FEATURE_BULK_MEMORY},
        {"9: 1 1 0 0", FEATURE_BULK_MEMORY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct opened o;
        expect_module(rows[i].sections);
        uint64_t features = FEATURES_ALL & ~FEATURE_BIT(rows[i].feature);
        assert_false(words_validate(&o, rows[i].sections, features));
        assert_int_equal(o.err.kind, ERR_INVALID);
        if (!strstr(o.err.message, feature_name(rows[i].feature)))
            fail_msg("%s: %s", rows[i].sections, o.err.message);
        words_close(&o);
    }
}

/* What 1.0 had is valid without any proposal. */
static void test_mvp(void **state)
{
    (void)state;
    struct opened o;
    if (!words_validate(&o,
                        "1: 1 0x60 1 0x7f 1 0x7f | 2: 1 1 0x61 1 0x62 3 0x7f 0 | 3: 1 0 | "
                        "4: 1 0x70 0 1 | 5: 1 1 1 2 | 6: 1 0x7f 1 global.get 0 end | "
                        "7: 1 1 0x66 0 0 | 9: 1 0 global.get 0 end 1 0 | "
                        "10: 1 4 0 i32.const 0 end | 11: 1 0 i32.const 0 end 1 0x61",
                        0))
        fail_msg("%s", o.err.message);
    words_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_subtype_depth),
        cmocka_unit_test(test_functions_and_tags),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_gc_constants),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_exports_and_start),
        cmocka_unit_test(test_declared),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_mvp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
