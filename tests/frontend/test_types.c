/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Relations between types, and their text; names of features.
 */
#include "frontend/types.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* 0 open struct {}, 1 <: 0 struct {i32}, 2 <: 1, 3 array, 4 func, 5 same as 4 */
static const char types[] = "1: 6 0x50 0 0x5f 0  0x50 1 0 0x5f 1 0x7f 0  0x50 1 1 0x5f 1 0x7f 0  "
                            "0x5e 0x7f 0  0x60 0 0  0x60 0 0";

static void open_types(struct opened *o)
{
    if (!words_validate(o, types, FEATURES_ALL))
        fail_msg("%s", o->err.message);
}

struct heap_row {
    uint32_t sub, super;
    bool matches;
};

static void test_heaptypes(void **state)
{
    (void)state;
    static const struct heap_row rows[] = {
        {HEAP_FUNC, HEAP_FUNC, true},
        {HEAP_FUNC, HEAP_ANY, false},
        {HEAP_NOFUNC, HEAP_FUNC, true},
        {HEAP_NOFUNC, 4, true},
        {HEAP_NOFUNC, 0, false},
        {HEAP_FUNC, HEAP_NOFUNC, false},
        {HEAP_I31, HEAP_EQ, true},
        {HEAP_I31, HEAP_ANY, true},
        {HEAP_I31, HEAP_STRUCT, false},
        {HEAP_STRUCT, HEAP_EQ, true},
        {HEAP_ARRAY, HEAP_STRUCT, false},
        {HEAP_EQ, HEAP_I31, false},
        {HEAP_NONE, HEAP_I31, true},
        {HEAP_NONE, 0, true},
        {HEAP_NONE, 3, true},
        {HEAP_NONE, 4, false},
        {HEAP_NONE, HEAP_EXTERN, false},
        {HEAP_NOEXTERN, HEAP_EXTERN, true},
        {HEAP_NOEXN, HEAP_EXN, true},
        {HEAP_NONE, HEAP_NONE, true},
        {0, HEAP_STRUCT, true},
        {0, HEAP_ANY, true},
        {0, HEAP_ARRAY, false},
        {3, HEAP_ARRAY, true},
        {3, HEAP_EQ, true},
        {4, HEAP_FUNC, true},
        {4, HEAP_ANY, false},
        {HEAP_STRUCT, 0, false},
        {1, 0, true},
        {2, 0, true},
        {0, 1, false},
        {2, 1, true},
        {4, 5, true},
        {5, 4, true},
        {3, 4, false},
        {HEAP_BOT, 3, true},
        {3, HEAP_BOT, false},
        {99, HEAP_ANY, false},
        {99, 3, false},
        {3, 99, false},
        {99, 99, true},
        {HEAP_NONE, 99, false},
    };
    struct opened o;
    open_types(&o);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (heaptype_matches(&o.module, rows[i].sub, rows[i].super) != rows[i].matches)
            fail_msg("row %zu: %x and %x", i, rows[i].sub, rows[i].super);
    words_close(&o);
}

static void test_valtypes(void **state)
{
    (void)state;
    struct opened o;
    open_types(&o);
    const struct module *m = &o.module;
    assert_true(valtype_matches(m, VALTYPE(VT_I32), VALTYPE(VT_I32)));
    assert_false(valtype_matches(m, VALTYPE(VT_I32), VALTYPE(VT_I64)));
    assert_true(valtype_matches(m, VALTYPE(VT_BOT), VALTYPE(VT_F32)));
    assert_true(valtype_matches(m, REFTYPE(0, 4), REFTYPE(1, HEAP_FUNC)));
    assert_false(valtype_matches(m, REFTYPE(1, 4), REFTYPE(0, HEAP_FUNC)));
    assert_false(valtype_matches(m, REFTYPE(1, 4), VALTYPE(VT_I32)));
    assert_true(valtype_defaultable(VALTYPE(VT_V128)));
    assert_true(valtype_defaultable(REFTYPE(1, 4)));
    assert_false(valtype_defaultable(REFTYPE(0, HEAP_FUNC)));
    words_close(&o);
}

static void test_tops(void **state)
{
    (void)state;
    struct opened o;
    open_types(&o);
    assert_int_equal(heaptype_top(&o.module, HEAP_I31), HEAP_ANY);
    assert_int_equal(heaptype_top(&o.module, HEAP_NOFUNC), HEAP_FUNC);
    assert_int_equal(heaptype_top(&o.module, HEAP_NOEXN), HEAP_EXN);
    assert_int_equal(heaptype_top(&o.module, 2), HEAP_ANY);
    assert_int_equal(heaptype_top(&o.module, 4), HEAP_FUNC);
    words_close(&o);
}

static void test_text(void **state)
{
    (void)state;
    char buf[32];
    assert_string_equal(valtype_print(VALTYPE(VT_I32), buf, sizeof buf), "i32");
    assert_string_equal(valtype_print(REFTYPE(1, HEAP_FUNC), buf, sizeof buf), "funcref");
    assert_string_equal(valtype_print(REFTYPE(1, HEAP_NONE), buf, sizeof buf), "nullref");
    assert_string_equal(valtype_print(REFTYPE(0, HEAP_EXTERN), buf, sizeof buf), "(ref extern)");
    assert_string_equal(valtype_print(REFTYPE(1, 3), buf, sizeof buf), "(ref null 3)");
    assert_string_equal(valtype_print(REFTYPE(0, 3), buf, sizeof buf), "(ref 3)");
    assert_string_equal(valtype_print(REFTYPE(1, 4000000000), buf, 8), "(ref nu");
}

static void test_features(void **state)
{
    (void)state;
    for (int f = 0; f < FEATURE__COUNT; f++)
        assert_int_equal(feature_by_name(feature_name((enum feature)f)), f);
    assert_int_equal(feature_by_name("sim"), FEATURE__COUNT);
    assert_string_equal(feature_name(FEATURE_TAIL_CALL), "tail-call");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heaptypes), cmocka_unit_test(test_valtypes),
        cmocka_unit_test(test_tops),      cmocka_unit_test(test_text),
        cmocka_unit_test(test_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
