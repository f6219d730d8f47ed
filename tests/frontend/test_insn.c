/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * insn_read: each kind of immediate, and what is malformed in it.
 */
#include "frontend/insn.h"
#include "frontend/reader.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct reading {
    struct wasm_bytes bytes;
    struct arena arena;
    struct error err;
    struct insn insn;
};

static void read_words(struct reading *x, const char *words)
{
    *x = (struct reading){.err = ERROR_INIT};
    wasm_asm(&x->bytes, words);
    struct slice bytes = wasm_slice(&x->bytes);
    struct reader r = reader_open(bytes, bytes.p, &x->err);
    insn_read(&r, &x->insn, &x->arena);
    if (x->err.kind == ERR_NONE)
        assert_int_equal(reader_offset(&r), bytes.n);
    else
        assert_int_equal(x->insn.op, OP_unreachable);
}

static void close_reading(struct reading *x)
{
    wasm_bytes_free(&x->bytes);
    arena_free(&x->arena);
}

/* Reads the words as one instruction, which must be well-formed. */
static const struct insn *read_good(struct reading *x, const char *words, enum opcode op)
{
    read_words(x, words);
    if (x->err.kind != ERR_NONE)
        fail_msg("%s: %s", words, x->err.message);
    assert_int_equal(x->insn.op, op);
    return &x->insn;
}

static void expect_bad(const char *words, const char *message)
{
    struct reading x;
    read_words(&x, words);
    if (strncmp(x.err.message, message, strlen(message)) != 0)
        fail_msg("%s: %s, wanted %s", words, x.err.message, message);
    close_reading(&x);
}

static void test_numbers(void **state)
{
    (void)state;
    struct reading x;
    assert_int_equal(read_good(&x, "i32.const -1", OP_i32_const)->imm.bits, 0xffffffff);
    close_reading(&x);
    assert_int_equal(read_good(&x, "i64.const -1", OP_i64_const)->imm.bits, UINT64_MAX);
    close_reading(&x);
    assert_int_equal(read_good(&x, "f32.const 0x00 0x00 0x80 0x3f", OP_f32_const)->imm.bits,
                     0x3f800000);
    close_reading(&x);
    read_good(&x, "f64.const 1 2 3 4 5 6 7 8", OP_f64_const);
    assert_int_equal(x.insn.imm.bits, 0x0807060504030201);
    close_reading(&x);
    read_good(&x, "v128.const 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", OP_v128_const);
    assert_int_equal(x.insn.imm.v128[15], 15);
    close_reading(&x);
}

static void test_blocks(void **state)
{
    (void)state;
    struct reading x;
    const struct blocktype *block = read_good(&x, "block 0x40", OP_block)->imm.block;
    assert_int_equal(block->type_index, NO_INDEX);
    assert_int_equal(block->type.result_count, 0);
    close_reading(&x);
    block = read_good(&x, "loop 0x7e", OP_loop)->imm.block;
    assert_int_equal(block->type.result_count, 1);
    assert_int_equal(block->type.results[0].kind, VT_I64);
    close_reading(&x);
    block = read_good(&x, "if 0x64 7", OP_if)->imm.block;
    assert_true(valtype_eq(block->type.results[0], REFTYPE(0, 7)));
    close_reading(&x);
    block = read_good(&x, "block 0x80 0x01", OP_block)->imm.block;
    assert_int_equal(block->type_index, 128);
    close_reading(&x);
    block = read_good(&x, "block 0xff 0xff 0xff 0xff 0x0f", OP_block)->imm.block;
    assert_int_not_equal(block->type_index, NO_INDEX);
    close_reading(&x);
    expect_bad("block 0x41", "malformed block type");
}

static void test_try_table(void **state)
{
    (void)state;
    struct reading x;
    read_good(&x, "try_table 0x40 4 0 5 1 1 6 2 2 3 3 4", OP_try_table);
    const struct blocktype *block = x.insn.imm.block;
    assert_int_equal(block->catch_count, 4);
    assert_int_equal(block->catches[0].tag, 5);
    assert_int_equal(block->catches[0].label, 1);
    assert_int_equal(block->catches[1].kind, CATCH_REF);
    assert_int_equal(block->catches[2].label, 3);
    assert_int_equal(block->catches[3].kind, CATCH_ALL_REF);
    close_reading(&x);
    expect_bad("try_table 0x40 1 4 0", "malformed catch clause");
    expect_bad("try_table 0x40 9 0", "unexpected end");
}

static void test_branches(void **state)
{
    (void)state;
    struct reading x;
    const struct br_table *table = read_good(&x, "br_table 2 4 5 6", OP_br_table)->imm.br_table;
    assert_int_equal(table->count, 2);
    assert_int_equal(table->labels[2], 6);
    close_reading(&x);
    read_good(&x, "br_on_cast 1 3 0x6e 5", OP_br_on_cast);
    assert_int_equal(x.insn.imm.br_cast->label, 3);
    assert_true(valtype_eq(x.insn.imm.br_cast->from, REFTYPE(1, HEAP_ANY)));
    assert_true(valtype_eq(x.insn.imm.br_cast->to, REFTYPE(0, 5)));
    close_reading(&x);
    expect_bad("br_on_cast 4 0 0x6e 0x6d", "malformed br_on_cast flags");
    expect_bad("br_table 0xff 0xff 0xff 0xff 0x0f 0", "unexpected end");
}

static void test_indices(void **state)
{
    (void)state;
    struct reading x;
    assert_int_equal(read_good(&x, "call 300", OP_call)->imm.index.a, 300);
    close_reading(&x);
    read_good(&x, "call_indirect 3 4", OP_call_indirect);
    assert_int_equal(x.insn.imm.index.a, 3);
    assert_int_equal(x.insn.imm.index.b, 4);
    close_reading(&x);
    read_good(&x, "table.init 1 2", OP_table_init);
    assert_int_equal(x.insn.imm.index.b, 2);
    close_reading(&x);
    expect_bad("memory.copy 0", "unexpected end");
}

static void test_memargs(void **state)
{
    (void)state;
    struct reading x;
    read_good(&x, "i32.load 2 300", OP_i32_load);
    assert_int_equal(x.insn.imm.mem.align_log2, 2);
    assert_int_equal(x.insn.imm.mem.offset, 300);
    assert_int_equal(x.insn.imm.mem.memory, 0);
    close_reading(&x);
    read_good(&x, "i64.store 0x43 7 0xff 0xff 0xff 0xff 0x1f", OP_i64_store);
    assert_int_equal(x.insn.imm.mem.align_log2, 3);
    assert_int_equal(x.insn.imm.mem.memory, 7);
    assert_int_equal(x.insn.imm.mem.offset, UINT64_C(0x1ffffffff));
    close_reading(&x);
    read_good(&x, "v128.load8_lane 0 1 15", OP_v128_load8_lane);
    assert_int_equal(x.insn.lane, 15);
    close_reading(&x);
    expect_bad("i32.load 0x80 0x01 0", "malformed memop flags");
}

static void test_references(void **state)
{
    (void)state;
    struct reading x;
    assert_true(
        valtype_eq(read_good(&x, "ref.null 0x70", OP_ref_null)->type, REFTYPE(1, HEAP_FUNC)));
    close_reading(&x);
    assert_true(
        valtype_eq(read_good(&x, "ref.test 0x6c", OP_ref_test)->type, REFTYPE(0, HEAP_I31)));
    close_reading(&x);
    assert_true(valtype_eq(read_good(&x, "0xfb 23 5", OP_ref_cast_null)->type, REFTYPE(1, 5)));
    close_reading(&x);
    read_good(&x, "0x1c 2 0x7f 0x70", OP_select_t);
    assert_int_equal(x.insn.imm.select.count, 2);
    assert_int_equal(x.insn.imm.select.types[0].kind, VT_I32);
    close_reading(&x);
}

static void test_malformed(void **state)
{
    (void)state;
    expect_bad("0xff", "illegal opcode ff");
    expect_bad("0x27", "illegal opcode 27");
    expect_bad("0xfc 0x12", "illegal opcode fc 12");
    expect_bad("0xfd 0x80 0x80 0x04", "illegal opcode fd");
    expect_bad("", "unexpected end");
    expect_bad("0xfb", "unexpected end");
    expect_bad("atomic.fence 1", "zero byte expected");
    expect_bad("v128.const 0 0 0", "unexpected end");
    expect_bad("0x1c 1 0x40", "malformed value type");
}

static void put_opcode(struct wasm_bytes *out, const struct op_info *info)
{
    wasm_put_u8(out, info->prefix ? info->prefix : (uint8_t)info->code);
    if (info->prefix)
        wasm_put_leb(out, info->code);
}

/* Every opcode over bytes of all ones and all zeros, and over nothing: no crash, no loop. */
static void test_every_opcode_truncated(void **state)
{
    (void)state;
    for (int op = 0; op < OP__COUNT; op++)
        for (unsigned fill = 0; fill < 3; fill++) {
            struct reading x = {.err = ERROR_INIT};
            put_opcode(&x.bytes, &op_info[op]);
            for (int i = 0; i < 24 && fill; i++)
                wasm_put_u8(&x.bytes, fill == 1 ? 0 : 0xff);
            struct slice bytes = wasm_slice(&x.bytes);
            struct reader r = reader_open(bytes, bytes.p, &x.err);
            insn_read(&r, &x.insn, &x.arena);
            assert_true(reader_failed(&r) ? x.insn.op == OP_unreachable : x.insn.op == op);
            if (fill == 0)
                assert_int_equal(reader_failed(&r), op_info[op].imm != IMM_NONE);
            close_reading(&x);
        }
}

static void test_nesting(void **state)
{
    (void)state;
    const struct {
        enum opcode op;
        int nesting;
    } rows[] = {{OP_block, 1}, {OP_loop, 1},      {OP_if, 1},   {OP_try, 1},   {OP_try_table, 1},
                {OP_end, -1},  {OP_delegate, -1}, {OP_else, 0}, {OP_catch, 0}, {OP_nop, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct insn insn = {.op = (uint16_t)rows[i].op};
        assert_int_equal(insn_nesting(&insn), rows[i].nesting);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_try_table),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_indices),
        cmocka_unit_test(test_memargs),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_every_opcode_truncated),
        cmocka_unit_test(test_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
