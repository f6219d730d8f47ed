/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The name section: module, functions, locals; what is broken is ignored from there on.
 */
#include "frontend/names.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TWO_FUNCS "3: 2 0 0 | 10: 2 2 0 end 2 0 end | 0: 4 0x6e 0x61 0x6d 0x65 "

static const struct module *decode(struct opened *o, const char *sections)
{
    if (!words_decode(o, sections, FEATURES_ALL))
        fail_msg("%s: %s", sections, o->err.message);
    return &o->module;
}

static void expect_name(struct slice name, const char *want)
{
    assert_int_equal(name.n, strlen(want));
    assert_memory_equal(name.p, want, name.n);
}

static void test_all(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m =
        decode(&o, TWO_FUNCS "0 2 1 0x6d  1 7 2 0 1 0x66 1 1 0x67  2 14 2 0 2 0 1 0x61 3 1 0x62 "
                             "1 1 2 1 0x63  9 1 0xff");
    expect_name(m->name, "m");
    expect_name(m->funcs[0].name, "f");
    expect_name(m->funcs[1].name, "g");
    const struct local_names *locals = m->local_names;
    assert_int_equal(locals->func, 0);
    assert_int_equal(locals->count, 2);
    assert_int_equal(locals->names[1].index, 3);
    expect_name(locals->names[1].name, "b");
    assert_int_equal(locals->next->func, 1);
    expect_name(locals->next->names[0].name, "c");
    assert_null(locals->next->next);
    words_close(&o);
}

static void test_broken_is_ignored(void **state)
{
    (void)state;
    struct opened o;
    /* a name that is no UTF-8, after a good one */
    const struct module *m = decode(&o, TWO_FUNCS "1 7 2 0 1 0x66 1 1 0xff");
    expect_name(m->funcs[0].name, "f");
    assert_int_equal(m->funcs[1].name.n, 0);
    words_close(&o);
    /* a subsection longer than the section */
    m = decode(&o, TWO_FUNCS "1 99 1 0 1 0x66");
    assert_int_equal(m->funcs[0].name.n, 0);
    words_close(&o);
    /* a function that is not there */
    m = decode(&o, TWO_FUNCS "1 4 1 9 1 0x66");
    assert_int_equal(m->funcs[0].name.n, 0);
    words_close(&o);
}

static void test_locals_must_rise(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m = decode(&o, TWO_FUNCS "2 9 1 0 2 3 1 0x61 3 1 0x62");
    assert_int_equal(m->local_names->count, 1);
    words_close(&o);
    m = decode(&o, TWO_FUNCS "2 11 2 1 1 0 1 0x61 0 1 0 1 0x62");
    assert_int_equal(m->local_names->func, 1);
    assert_null(m->local_names->next);
    words_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_broken_is_ignored),
        cmocka_unit_test(test_locals_must_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
