/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The reader: exact LEB128, names, bounds, stickiness.
 */
#include "frontend/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum leb { U32, U64, S32, S33, S64 };

static int64_t read_as(struct reader *r, enum leb kind)
{
    switch (kind) {
    case U32: return reader_leb_u32(r);
    case U64: return (int64_t)reader_leb_u64(r);
    case S32: return reader_leb_s32(r);
    case S33: return reader_leb_s33(r);
    case S64: return reader_leb_s64(r);
    }
    return 0;
}

struct leb_row {
    enum leb kind;
    const char *bytes;
    size_t n;
    int64_t value;
    const char *error; /* beginning, or NULL */
};

#define BYTES(s) (s), sizeof(s) - 1

/* clang-format off */
static const struct leb_row leb_rows[] = {
    {U32, BYTES("\x00"), 0, NULL},
    {U32, BYTES("\x7f"), 127, NULL},
    {U32, BYTES("\x80\x01"), 128, NULL},
    {U32, BYTES("\xff\xff\xff\xff\x0f"), 0xffffffff, NULL},
    {U32, BYTES("\x80\x80\x80\x80\x00"), 0, NULL},
    {U32, BYTES("\xff\xff\xff\xff\x1f"), 0, "integer too large"},
    {U32, BYTES("\x80\x80\x80\x80\x10"), 0, "integer too large"},
    {U32, BYTES("\x80\x80\x80\x80\x80\x00"), 0, "integer representation too long"},
    {U32, BYTES("\x80"), 0, "unexpected end"},
    {U32, BYTES(""), 0, "unexpected end"},
    {U64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -1, NULL},
    {U64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), 0, "integer too large"},
    {U64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), 0, "integer representation too long"},
    {S32, BYTES("\x7f"), -1, NULL},
    {S32, BYTES("\x40"), -64, NULL},
    {S32, BYTES("\x3f"), 63, NULL},
    {S32, BYTES("\x80\x80\x80\x80\x78"), INT32_MIN, NULL},
    {S32, BYTES("\xff\xff\xff\xff\x07"), INT32_MAX, NULL},
    {S32, BYTES("\xff\xff\xff\xff\x7f"), -1, NULL},
    {S32, BYTES("\xff\xff\xff\xff\x0f"), 0, "integer too large"},
    {S32, BYTES("\x80\x80\x80\x80\x70"), 0, "integer too large"},
    {S32, BYTES("\xff\xff\xff\xff\x4f"), 0, "integer too large"},
    {S32, BYTES("\xff\xff\xff\xff\xff\x7f"), 0, "integer representation too long"},
    {S33, BYTES("\xff\xff\xff\xff\x0f"), 0xffffffff, NULL},
    {S33, BYTES("\x80\x80\x80\x80\x70"), -4294967296, NULL},
    {S33, BYTES("\x80\x80\x80\x80\x60"), 0, "integer too large"},
    {S64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"), INT64_MIN, NULL},
    {S64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"), INT64_MAX, NULL},
    {S64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), 0, "integer too large"},
    {S64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7e"), 0, "integer too large"},
};
/* clang-format on */

static struct slice slice_of(const char *bytes, size_t n)
{
    return (struct slice){.p = (const uint8_t *)bytes, .n = n};
}

static void test_leb(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof leb_rows / sizeof leb_rows[0]; i++) {
        const struct leb_row *row = &leb_rows[i];
        struct error err = ERROR_INIT;
        struct slice bytes = slice_of(row->bytes, row->n);
        struct reader r = reader_open(bytes, bytes.p, &err);
        int64_t value = read_as(&r, row->kind);
        if (row->error) {
            assert_int_equal(strncmp(err.message, row->error, strlen(row->error)), 0);
            assert_int_equal(err.kind, ERR_MALFORMED);
        } else {
            assert_int_equal(err.kind, ERR_NONE);
            assert_int_equal(reader_offset(&r), row->n);
        }
        assert_int_equal(value, row->value);
    }
}

static void test_fixed(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct slice bytes = slice_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12);
    struct reader r = reader_open(bytes, bytes.p, &err);
    assert_int_equal(reader_f32(&r), 0x04030201);
    assert_int_equal(reader_f64(&r), 0x0c0b0a0908070605);
    assert_false(reader_failed(&r));
}

static void test_sticky(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct slice bytes = slice_of("\x01\x02\x03\x04", 4);
    struct reader r = reader_open(bytes, bytes.p, &err);
    r.what = "unexpected end of section or function";
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_f64(&r), 0);
    assert_int_equal(err.offset, 1);
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(reader_leb_u32(&r), 0);
    assert_int_equal(reader_bytes(&r, 1).n, 0);
    assert_ptr_equal(r.p, r.end);
    assert_string_equal(err.message,
                        "unexpected end of section or function: 8 bytes wanted, 3 left");
}

static void test_empty_input(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct reader r = reader_open((struct slice){0}, NULL, &err);
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(err.kind, ERR_MALFORMED);
}

static void test_counts(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct slice bytes = slice_of("\x02\x00\x00", 3);
    struct reader r = reader_open(bytes, bytes.p, &err);
    assert_int_equal(reader_count(&r), 2);
    bytes = slice_of("\x03\x00\x00", 3);
    r = reader_open(bytes, bytes.p, &err);
    assert_int_equal(reader_count(&r), 0);
    assert_int_equal(strncmp(err.message, "unexpected end", 14), 0);
    err = (struct error)ERROR_INIT;
    r = reader_open(bytes, bytes.p, &err);
    assert_int_equal(reader_length(&r), 0);
    assert_int_equal(strncmp(err.message, "length out of bounds", 20), 0);
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe1\x80",
                                      "\xe1\x80\x41",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x90\x80",
                                      "\xff",
                                      "a\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(utf8_valid(slice_of(good[i], strlen(good[i]))));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_valid(slice_of(bad[i], strlen(bad[i]))));
}

static void test_name(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct slice bytes = slice_of("\x03"
                                  "abc\x02\xc3\x28",
                                  7);
    struct reader r = reader_open(bytes, bytes.p, &err);
    struct slice name = reader_name(&r);
    assert_int_equal(name.n, 3);
    assert_memory_equal(name.p, "abc", 3);
    reader_name(&r);
    assert_string_equal(err.message, "malformed UTF-8 encoding");
    assert_int_equal(err.offset, 5);
}

struct type_row {
    const char *bytes;
    size_t n;
    struct valtype type;
    const char *error;
};

static void test_valtypes(void **state)
{
    (void)state;
    static const struct type_row rows[] = {
        {BYTES("\x7f"), {VT_I32, 0, 0, 0}, NULL},
        {BYTES("\x7b"), {VT_V128, 0, 0, 0}, NULL},
        {BYTES("\x70"), {VT_REF, 1, 0, HEAP_FUNC}, NULL},
        {BYTES("\x69"), {VT_REF, 1, 0, HEAP_EXN}, NULL},
        {BYTES("\x64\x6f"), {VT_REF, 0, 0, HEAP_EXTERN}, NULL},
        {BYTES("\x63\x05"), {VT_REF, 1, 0, 5}, NULL},
        {BYTES("\x64\x80\x01"), {VT_REF, 0, 0, 128}, NULL},
        {BYTES("\x64\x80\xfe\xff\xff\x07"), {VT_REF, 0, 0, NO_INDEX}, NULL},
        {BYTES("\x64\x41"), {0, 0, 0, 0}, "malformed heap type"},
        {BYTES("\x40"), {0, 0, 0, 0}, "malformed value type"},
        {BYTES("\xff"), {0, 0, 0, 0}, "malformed value type"},
        {BYTES(""), {0, 0, 0, 0}, "unexpected end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = ERROR_INIT;
        struct slice bytes = slice_of(rows[i].bytes, rows[i].n);
        struct reader r = reader_open(bytes, bytes.p, &err);
        struct valtype type = reader_valtype(&r);
        if (rows[i].error)
            assert_int_equal(strncmp(err.message, rows[i].error, strlen(rows[i].error)), 0);
        else
            assert_true(err.kind == ERR_NONE && valtype_eq(type, rows[i].type));
    }
}

static void test_reftype(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct slice bytes = slice_of("\x7f", 1);
    struct reader r = reader_open(bytes, bytes.p, &err);
    reader_reftype(&r);
    assert_int_equal(strncmp(err.message, "malformed reference type", 24), 0);
}

static void test_type_bytes(void **state)
{
    (void)state;
    assert_int_equal(numtype_byte(VT_I32), 0x7f);
    assert_int_equal(numtype_byte(VT_V128), 0x7b);
    assert_int_equal(heaptype_byte(HEAP_FUNC), 0x70);
    assert_int_equal(heaptype_byte(HEAP_NOEXN), 0x74);
    assert_int_equal(heaptype_byte(3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leb),     cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_sticky),  cmocka_unit_test(test_empty_input),
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_name),    cmocka_unit_test(test_valtypes),
        cmocka_unit_test(test_reftype), cmocka_unit_test(test_type_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
