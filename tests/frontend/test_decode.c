/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * module_decode: what each section becomes, and each way to be malformed.
 */
#include "frontend/decode.h"
#include "frontend/insn.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct module *decode(struct opened *o, const char *sections)
{
    if (!words_decode(o, sections, FEATURES_ALL))
        fail_msg("%s: %s", sections, o->err.message);
    return &o->module;
}

static bool slice_is(struct slice s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static void test_types(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m = decode(&o, "1: 3 0x60 2 0x7f 0x70 1 0x7e  0x4e 2 0x50 0 0x5f 2 0x78 1 "
                                        "0x7b 0 0x4f 1 1 0x5e 0x77 0  0x5e 0x63 5 1");
    assert_int_equal(m->type_count, 4);
    assert_int_equal(m->types[0].func.param_count, 2);
    assert_true(m->types[0].final);
    assert_int_equal(m->types[1].field_count, 2);
    assert_int_equal(m->types[1].fields[0].packed_bits, 8);
    assert_true(m->types[1].fields[0].mutable_);
    assert_false(m->types[1].final);
    assert_int_equal(m->types[2].super, 1);
    assert_int_equal(m->types[2].rec_first, 1);
    assert_int_equal(m->types[2].rec_count, 2);
    assert_int_equal(m->types[3].fields[0].type.heap, 5);
    assert_int_equal(m->sections[0].count, 3);
    words_close(&o);
}

static void test_imports(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m =
        decode(&o, "2: 6 1 0x61 1 0x62 0 7  0 0 1 0x70 0 3  0 0 2 5 1 2  0 0 3 0x7e 1  0 0 4 0 9 "
                   "0 0 0 8");
    assert_int_equal(m->import_count, 6);
    assert_int_equal(m->import_func_count, 2);
    assert_true(slice_is(m->imports[0].module, "a") && slice_is(m->imports[0].name, "b"));
    assert_int_equal(m->funcs[1].type, 8);
    assert_ptr_equal(m->funcs[1].import, &m->imports[5]);
    assert_int_equal(m->imports[5].index, 1);
    assert_int_equal(m->tables[0].type.limits.min, 3);
    assert_true(m->memories[0].limits.is64 && m->memories[0].limits.has_max);
    assert_true(m->globals[0].type.mutable_);
    assert_int_equal(m->tags[0].type, 9);
    words_close(&o);
}

static void test_tables_and_memories(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m =
        decode(&o, "4: 2 0x40 0 0x64 0 1 1 2 ref.func 0 end  0x6f 4 1 | 5: 3 3 1 2  8 5 0  0 1");
    assert_true(m->tables[0].has_init);
    assert_int_equal(m->tables[0].init.insn_count, 2);
    assert_int_equal(m->tables[0].init.insns[0].op, OP_ref_func);
    assert_true(m->tables[1].type.limits.is64);
    assert_true(m->memories[0].limits.shared);
    assert_int_equal(m->memories[1].limits.page_size_log2, 0);
    assert_int_equal(m->memories[2].limits.page_size_log2, 16);
    assert_int_equal(m->memories[2].limits.max, UINT64_MAX);
    words_close(&o);
}

/* All eight forms of element segments (5.5.12). */
static void test_elems(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m =
        decode(&o, "9: 8  0 i32.const 1 end 1 3   1 0 1 3   2 5 i32.const 1 end 0 1 3   3 0 1 3 "
                   "4 i32.const 1 end 1 ref.func 3 end  5 0x6f 1 ref.null 0x6f end "
                   "6 5 i32.const 1 end 0x70 0  7 0x70 0");
    static const enum segment_mode modes[] = {
        SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_ACTIVE, SEGMENT_DECLARATIVE,
        SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_ACTIVE, SEGMENT_DECLARATIVE};
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(m->elems[i].mode, modes[i]);
        assert_int_equal(m->elems[i].is_funcs, i < 4);
        assert_int_equal(m->elems[i].table, i == 2 || i == 6 ? 5 : 0);
        assert_int_equal(m->elems[i].count, i < 6);
    }
    assert_int_equal(m->elems[1].funcs[0], 3);
    assert_true(valtype_eq(m->elems[0].type, REFTYPE(0, HEAP_FUNC)));
    assert_true(valtype_eq(m->elems[4].type, REFTYPE(1, HEAP_FUNC)));
    assert_true(valtype_eq(m->elems[5].type, REFTYPE(1, HEAP_EXTERN)));
    words_close(&o);
}

static void test_code_and_data(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m = decode(&o, "3: 1 0 | 8: 0 | 12: 3 | 10: 1 3 0 nop end | "
                                        "11: 3 0 i32.const 1 end 1 0x61  1 2 0x62 0x63  "
                                        "2 4 i32.const 1 end 0");
    assert_int_equal(m->start, 0);
    assert_int_equal(m->funcs[0].body.n, 3);
    assert_ptr_equal(m->funcs[0].body.p, m->bytes.p + m->funcs[0].body_offset);
    assert_true(m->has_data_count);
    assert_int_equal(m->datas[1].mode, SEGMENT_PASSIVE);
    assert_true(slice_is(m->datas[1].bytes, "bc"));
    assert_int_equal(m->datas[2].memory, 4);
    words_close(&o);
}

static void test_custom_sections(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m = decode(&o, "0: 1 0x61 9 9 | 1: 0 | 0: 1 0x62 | 0: 0");
    assert_int_equal(m->custom_count, 3);
    assert_true(slice_is(m->customs[0].name, "a"));
    assert_int_equal(m->customs[0].bytes.n, 2);
    assert_int_equal(m->customs[0].after, 0);
    assert_int_equal(m->customs[1].after, 1);
    assert_int_equal(m->section_count, 4);
    words_close(&o);
}

#define HINTS                                                                                      \
    "0: 25 0x6d 0x65 0x74 0x61 0x64 0x61 0x74 0x61 0x2e 0x63 0x6f 0x64 0x65 0x2e 0x62 0x72 0x61 "  \
    "0x6e 0x63 0x68 0x5f 0x68 0x69 0x6e 0x74 "

static void test_branch_hints(void **state)
{
    (void)state;
    struct opened o;
    const struct module *m =
        decode(&o, "3: 2 0 0 | " HINTS "2 0 2 5 1 0 9 1 1  1 1 7 1 1 | 10: 2 2 0 end 2 0 end");
    assert_int_equal(m->hint_count, 3);
    assert_int_equal(m->hints[1].offset, 9);
    assert_true(m->hints[1].likely && !m->hints[0].likely);
    assert_int_equal(m->hints[2].func, 1);
    words_close(&o);
    /* out of order, then of an unknown function: what came before stays */
    m = decode(&o, "3: 1 0 | " HINTS "1 0 2 5 1 0 5 1 1 | 10: 1 2 0 end");
    assert_int_equal(m->hint_count, 1);
    words_close(&o);
    m = decode(&o, "3: 1 0 | " HINTS "1 9 1 5 1 0 | 10: 1 2 0 end");
    assert_int_equal(m->hint_count, 0);
    words_close(&o);
}

static void test_header(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *message;
    } rows[] = {
        {"", 0, "unexpected end"},
        {"\0as", 3, "unexpected end"},
        {"\0asn\1\0\0\0", 8, "magic header not detected"},
        {"\0asm\1\0", 6, "unexpected end"},
        {"\0asm\2\0\0\0", 8, "unknown binary version"},
        {"\0asm\15\0\1\0", 8, "unknown binary version 65549: a component"},
        {"\0asm\1\0\0\0\16\0", 10, "malformed section id"},
        {"\0asm\1\0\0\0\1", 9, "unexpected end"},
        {"\0asm\1\0\0\0\1\2\0", 11, "length out of bounds"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct module m;
        struct arena arena = {0};
        struct error err = ERROR_INIT;
        struct slice bytes = {.p = (const uint8_t *)rows[i].bytes, .n = rows[i].n};
        assert_false(module_decode(&m, bytes, FEATURES_ALL, &arena, &err));
        assert_int_equal(err.kind, ERR_MALFORMED);
        if (strncmp(err.message, rows[i].message, strlen(rows[i].message)) != 0)
            fail_msg("row %zu: %s", i, err.message);
        arena_free(&arena);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"1: 0 | 1: 0", "unexpected content after last section"},
        {"3: 0 | 1: 0", "unexpected content after last section"},
        {"6: 0 | 13: 0", "unexpected content after last section"},
        {"12: 0 | 9: 0", "unexpected content after last section"},
        {"1: 0 0", "section size mismatch"},
        {"1: 1 0x61", "malformed definition type"},
        {"1: 1 0xe0", "integer representation too long"},
        {"1: 1 0x5e 0x7f 2", "malformed mutability"},
        {"1: 5", "unexpected end"},
        {"0: 5 0x61", "length out of bounds"},
        {"0: 1 0xff", "malformed UTF-8 encoding"},
        {"2: 1 0 0 5", "malformed import kind"},
        {"2: 1 0 0 4 1 0", "malformed tag attribute"},
        {"3: 1 0", "function and code section have inconsistent lengths"},
        {"3: 1 0 | 10: 2 2 0 end 2 0 end", "function and code section have inconsistent lengths"},
        {"10: 1 2 0 end", "function and code section have inconsistent lengths"},
        {"3: 1 0 | 10: 1 1 0", "unexpected end of section or function"},
        {"3: 1 0 | 10: 1 2 0 nop | 0: 0", "END opcode expected"},
        {"3: 1 0 | 10: 1 1 0 end", "section size mismatch"},
        {"3: 1 0 | 10: 1 9 0 end", "unexpected end"},
        {"4: 1 0x70 0x10 0", "malformed limits flags"},
        {"4: 1 0x70 2 0", "malformed limits flags"},
        {"4: 1 0x7f 0 0", "malformed reference type"},
        {"4: 1 0x40 1 0x70 0 0", "zero byte expected"},
        {"5: 1 0x10 0", "malformed limits flags"},
        {"5: 1 8 0 0x41", "invalid custom page size"},
        {"6: 1 0x7f 2 i32.const 0 end", "malformed mutability"},
        {"6: 1 0x40 0 i32.const 0 end", "malformed value type"},
        {"6: 1 0x7f 0 0xff end", "illegal opcode ff"},
        {"6: 1 0x7f 0 i32.const 0", "unexpected end"},
        {"6: 1 0x7f 0 block 0x40 end", "unexpected end"},
        {"7: 1 0 5 0", "malformed export kind"},
        {"9: 1 8", "malformed elements segment kind"},
        {"9: 1 1 1 0", "malformed element kind"},
        {"11: 1 3", "malformed data segment kind"},
        {"12: 1", "data count and data section have inconsistent lengths"},
        {"12: 1 | 11: 0", "data count and data section have inconsistent lengths"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_module_error(rows[i][0], ERR_MALFORMED, rows[i][1]);
}

static void test_two_supertypes(void **state)
{
    (void)state;
    expect_module_error("1: 3 0x50 0 0x5f 0 0x50 0 0x5f 0 0x50 2 0 1 0x5f 0", ERR_INVALID,
                        "sub type");
}

static void test_page_size_needs_its_proposal(void **state)
{
    (void)state;
    struct opened o;
    uint64_t features = FEATURES_ALL & ~FEATURE_BIT(FEATURE_CUSTOM_PAGE_SIZES);
    assert_false(words_decode(&o, "5: 1 8 0 0", features));
    assert_memory_equal(o.err.message, "malformed limits flags", 22);
    words_close(&o);
}

/* Counts larger than the limit are refused even if the bytes are there. */
static void test_limit(void **state)
{
    (void)state;
    enum { COUNT = 1000001 };
    struct wasm_bytes file = {0}, contents = {0};
    wasm_put_leb(&contents, COUNT);
    for (int i = 0; i < COUNT; i++)
        wasm_put_u8(&contents, 0);
    wasm_header(&file);
    wasm_put_u8(&file, 3);
    wasm_put_leb(&file, contents.n);
    wasm_put(&file, contents.p, contents.n);
    struct module m;
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    assert_false(module_decode(&m, wasm_slice(&file), FEATURES_ALL, &arena, &err));
    assert_int_equal(err.kind, ERR_UNSUPPORTED);
    assert_memory_equal(err.message, "too many functions", 18);
    arena_free(&arena);
    wasm_bytes_free(&file);
    wasm_bytes_free(&contents);
}

static void test_offsets(void **state)
{
    (void)state;
    struct opened o;
    assert_false(words_decode(&o, "1: 1 0x60 1 0x40 0", FEATURES_ALL));
    assert_int_equal(o.err.offset, 13);
    words_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_tables_and_memories),
        cmocka_unit_test(test_elems),
        cmocka_unit_test(test_code_and_data),
        cmocka_unit_test(test_custom_sections),
        cmocka_unit_test(test_branch_hints),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_two_supertypes),
        cmocka_unit_test(test_page_size_needs_its_proposal),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
