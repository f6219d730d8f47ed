/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Identity of types: the form and hash that docs/abi.md promises, equal groups, and time for many
 * types.
 */
#include "frontend/decode.h"
#include "frontend/validate.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

static void open_types(struct opened *o, const char *sections)
{
    if (!words_validate(o, sections, FEATURES_ALL))
        fail_msg("%s", o->err.message);
}

static uint64_t fnv1a(const void *bytes, size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void expect_form(const struct subtype *type, const void *form, size_t n)
{
    assert_int_equal(type->canon_bytes.n, n);
    assert_memory_equal(type->canon_bytes.p, form, n);
}

static void test_function_type(void **state)
{
    (void)state;
    struct opened o;
    open_types(&o, "1: 1 0x60 3 0x7f 0x70 0x64 0x6f 1 0x7c");
    static const char form[] = "\x60\x03\x7f\x70\x64\x6f\x01\x7c";
    expect_form(&o.module.types[0], form, sizeof form - 1);
    /* the form, then position 0: the string's own NUL */
    assert_int_equal(o.module.types[0].id, fnv1a(form, sizeof form));
    words_close(&o);
}

/* The open or final structure of test_references: 0x63 and the id of an earlier type, then i8. */
static void put_struct(struct wasm_bytes *form, const char *head, uint64_t id)
{
    wasm_asm(form, head);
    wasm_asm(form, "0x5f 2 0x63 0x01");
    for (int i = 0; i < 8; i++)
        wasm_put_u8(form, (uint8_t)(id >> (8 * i)));
    wasm_asm(form, "1 0x78 0");
}

static void test_references(void **state)
{
    (void)state;
    struct opened o;
    open_types(&o, "1: 2 0x60 0 0  0x4e 2 0x50 0 0x5f 2 0x63 0 1 0x78 0  0x4f 1 1 0x5f 2 0x63 0 1 "
                   "0x78 0");
    const struct subtype *types = o.module.types;
    struct wasm_bytes form = {0};
    wasm_asm(&form, "0x4e 2");
    put_struct(&form, "0x50 0", types[0].id);
    put_struct(&form, "0x4f 1 0x00 0", types[0].id);
    expect_form(&types[1], form.p, form.n);
    expect_form(&types[2], form.p, form.n);
    wasm_put_u8(&form, 0);
    assert_int_equal(types[1].id, fnv1a(form.p, form.n));
    form.p[form.n - 1] = 1;
    assert_int_equal(types[2].id, fnv1a(form.p, form.n));
    assert_int_equal(types[1].depth, 0);
    assert_int_equal(types[2].depth, 1);
    wasm_bytes_free(&form);
    words_close(&o);
}

static void test_equal_groups(void **state)
{
    (void)state;
    struct opened o;
    /* 0 func; 1 func; (2 3) and (4 5) equal pairs; 6 alone, as 2 but in a group of one */
    open_types(&o, "1: 5 0x60 0 0  0x60 0 0  0x4e 2 0x5f 1 0x63 2 0 0x5f 1 0x63 0 0  "
                   "0x4e 2 0x5f 1 0x63 4 0 0x5f 1 0x63 1 0  0x5f 1 0x63 6 0");
    const uint32_t want[] = {0, 0, 2, 3, 2, 3, 6};
    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(o.module.types[i].canon, want[i]);
    for (uint32_t i = 0; i < 7; i++)
        for (uint32_t j = 0; j < 7; j++)
            assert_int_equal(o.module.types[i].id == o.module.types[j].id, want[i] == want[j]);
    words_close(&o);
}

static void test_differences_count(void **state)
{
    (void)state;
    struct opened o;
    /* finality, mutability, packing, nullability, the supertype */
    open_types(&o, "1: 10 0x50 0 0x60 0 0  0x60 0 0  0x5e 0x7f 0  0x5e 0x7f 1  0x5e 0x78 0  "
                   "0x5e 0x77 0  0x5e 0x63 0x70 0  0x5e 0x64 0x70 0  0x4f 1 0 0x60 0 0  "
                   "0x50 1 0 0x60 0 0");
    for (uint32_t i = 0; i < o.module.type_count; i++)
        assert_int_equal(o.module.types[i].canon, i);
    words_close(&o);
}

static void test_short_and_long_references_are_one(void **state)
{
    (void)state;
    struct opened o;
    open_types(&o, "1: 2 0x60 1 0x70 0  0x60 1 0x63 0x70 0");
    assert_int_equal(o.module.types[1].canon, 0);
    words_close(&o);
}

/* Many types, all different or all the same: the table must keep it near linear. */
static void expect_many(bool same)
{
    enum { COUNT = 200000 };
    struct wasm_bytes contents = {0}, file = {0};
    wasm_put_leb(&contents, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        wasm_put(&contents, "\x60\x12", 2);
        for (unsigned bit = 0; bit < 18; bit++)
            wasm_put_u8(&contents, !same && (i >> bit & 1) ? 0x7e : 0x7f);
        wasm_put_u8(&contents, 0);
    }
    wasm_header(&file);
    wasm_put_u8(&file, 1);
    wasm_put_leb(&file, contents.n);
    wasm_put(&file, contents.p, contents.n);
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct module m;
    clock_t start = clock();
    assert_true(module_decode(&m, wasm_slice(&file), FEATURES_ALL, &arena, &err));
    assert_true(module_validate(&m, &arena, &err));
    assert_true(clock() - start < 100 * CLOCKS_PER_SEC);
    assert_int_equal(m.types[COUNT - 1].canon, same ? 0 : COUNT - 1);
    arena_free(&arena);
    wasm_bytes_free(&contents);
    wasm_bytes_free(&file);
}

static void test_many_types(void **state)
{
    (void)state;
    expect_many(false);
    expect_many(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function_type),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_equal_groups),
        cmocka_unit_test(test_differences_count),
        cmocka_unit_test(test_short_and_long_references_are_one),
        cmocka_unit_test(test_many_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
