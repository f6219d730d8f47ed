/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One instruction from its bytes (spec 5.4). What follows an opcode is said by its row in
 * opcodes.def, so there is one switch over kinds of immediates and none over opcodes.
 */
#include "frontend/insn.h"

#include "frontend/arena.h"
#include "frontend/reader.h"
#include <string.h>

static enum opcode read_opcode(struct reader *r)
{
    size_t offset = reader_offset(r);
    uint8_t byte = reader_u8(r);
    if (reader_failed(r))
        return OP__COUNT;
    bool prefixed = byte >= 0xfb && byte <= 0xfe;
    uint32_t code = prefixed ? reader_leb_u32(r) : byte;
    enum opcode op = reader_failed(r) ? OP__COUNT : opcode_lookup(prefixed ? byte : 0, code);
    if (op != OP__COUNT)
        return op;
    if (prefixed)
        reader_fail(r, offset, "illegal opcode %02x %02x", byte, code);
    else
        reader_fail(r, offset, "illegal opcode %02x", byte);
    return OP__COUNT;
}

/* Block type (5.4.1): 0x40, a value type, or a type index as s33. */
static struct blocktype *read_blocktype(struct reader *r, struct arena *arena)
{
    struct blocktype *block = arena_alloc(arena, sizeof *block);
    block->type_index = NO_INDEX;
    uint8_t byte = r->p < r->end ? *r->p : 0;
    if (byte == 0x40) {
        reader_u8(r);
    } else if (valtype_starts(byte)) {
        struct valtype *result = arena_alloc(arena, sizeof *result);
        *result = reader_valtype(r);
        block->type.results = result;
        block->type.result_count = 1;
    } else {
        size_t offset = reader_offset(r);
        int64_t index = reader_leb_s33(r);
        if (index < 0)
            reader_fail(r, offset, "malformed block type 0x%02x", byte);
        /* NO_INDEX means a short form, so the largest index becomes another unknown one. */
        block->type_index = index >= NO_INDEX ? NO_INDEX - 1 : (uint32_t)index;
    }
    return block;
}

static void read_catches(struct reader *r, struct blocktype *block, struct arena *arena)
{
    block->catch_count = reader_count(r);
    block->catches = arena_array(arena, block->catch_count, sizeof *block->catches);
    for (uint32_t i = 0; i < block->catch_count && !reader_failed(r); i++) {
        struct catch_clause *clause = &block->catches[i];
        size_t offset = reader_offset(r);
        clause->kind = reader_u8(r);
        if (clause->kind > CATCH_ALL_REF)
            reader_fail(r, offset, "malformed catch clause 0x%02x", clause->kind);
        if (clause->kind == CATCH || clause->kind == CATCH_REF)
            clause->tag = reader_leb_u32(r);
        clause->label = reader_leb_u32(r);
    }
}

static struct br_table *read_br_table(struct reader *r, struct arena *arena)
{
    uint32_t count = reader_count(r);
    size_t labels_size = ((size_t)count + 1) * sizeof(uint32_t);
    struct br_table *table = arena_alloc(arena, sizeof *table + labels_size);
    table->count = count;
    for (uint32_t i = 0; i <= count && !reader_failed(r); i++)
        table->labels[i] = reader_leb_u32(r);
    return table;
}

/* Memory argument (5.4.6): bit 6 of the alignment says that a memory index follows. */
static void read_memarg(struct reader *r, struct insn *insn)
{
    size_t offset = reader_offset(r);
    uint32_t flags = reader_leb_u32(r);
    if (flags >= 0x80)
        reader_fail(r, offset, "malformed memop flags 0x%x", flags);
    insn->imm.mem.align_log2 = flags & 0x3f;
    insn->imm.mem.memory = flags & 0x40 ? reader_leb_u32(r) : 0;
    insn->imm.mem.offset = reader_leb_u64(r);
}

static void read_select(struct reader *r, struct insn *insn, struct arena *arena)
{
    uint32_t count = reader_count(r);
    insn->imm.select.count = count;
    insn->imm.select.types = arena_array(arena, count, sizeof *insn->imm.select.types);
    for (uint32_t i = 0; i < count && !reader_failed(r); i++)
        insn->imm.select.types[i] = reader_valtype(r);
}

static struct br_cast *read_br_cast(struct reader *r, struct arena *arena)
{
    struct br_cast *cast = arena_alloc(arena, sizeof *cast);
    size_t offset = reader_offset(r);
    uint8_t flags = reader_u8(r);
    if (flags > 3)
        reader_fail(r, offset, "malformed br_on_cast flags 0x%02x", flags);
    cast->label = reader_leb_u32(r);
    cast->from = REFTYPE(flags & 1, reader_heaptype(r));
    cast->to = REFTYPE(flags >> 1 & 1, reader_heaptype(r));
    return cast;
}

static void read_16_bytes(struct reader *r, struct insn *insn)
{
    struct slice bytes = reader_bytes(r, sizeof insn->imm.v128);
    if (!reader_failed(r))
        memcpy(insn->imm.v128, bytes.p, sizeof insn->imm.v128);
}

static void read_fence(struct reader *r)
{
    size_t offset = reader_offset(r);
    if (reader_u8(r) != 0)
        reader_fail(r, offset, "zero byte expected");
}

static bool heap_is_nullable(const struct insn *insn)
{
    return insn->op == OP_ref_null || insn->op == OP_ref_test_null || insn->op == OP_ref_cast_null;
}

static void read_immediate(struct reader *r, struct insn *insn, struct arena *arena)
{
    switch ((enum imm)op_info[insn->op].imm) {
    case IMM_NONE: break;
    case IMM_BLOCK: insn->imm.block = read_blocktype(r, arena); break;
    case IMM_TRY_TABLE:
        insn->imm.block = read_blocktype(r, arena);
        read_catches(r, insn->imm.block, arena);
        break;
    case IMM_BR_TABLE: insn->imm.br_table = read_br_table(r, arena); break;
    case IMM_BR_CAST: insn->imm.br_cast = read_br_cast(r, arena); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_DATA:
    case IMM_MEM:
    case IMM_TAG: insn->imm.index.a = reader_leb_u32(r); break;
    case IMM_TYPE_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_DATA_MEM:
    case IMM_MEM_MEM:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE:
        insn->imm.index.a = reader_leb_u32(r);
        insn->imm.index.b = reader_leb_u32(r);
        break;
    case IMM_MEMARG: read_memarg(r, insn); break;
    case IMM_MEMARG_LANE:
        read_memarg(r, insn);
        insn->lane = reader_u8(r);
        break;
    case IMM_LANE: insn->lane = reader_u8(r); break;
    case IMM_SHUFFLE:
    case IMM_V128: read_16_bytes(r, insn); break;
    case IMM_I32: insn->imm.bits = (uint32_t)reader_leb_s32(r); break;
    case IMM_I64: insn->imm.bits = (uint64_t)reader_leb_s64(r); break;
    case IMM_F32: insn->imm.bits = reader_f32(r); break;
    case IMM_F64: insn->imm.bits = reader_f64(r); break;
    case IMM_SELECT: read_select(r, insn, arena); break;
    case IMM_HEAP: insn->type = REFTYPE(heap_is_nullable(insn), reader_heaptype(r)); break;
    case IMM_FENCE: read_fence(r); break;
    case IMM__COUNT: break;
    }
}

void insn_read(struct reader *r, struct insn *insn, struct arena *arena)
{
    memset(insn, 0, sizeof *insn);
    insn->offset = (uint32_t)reader_offset(r);
    enum opcode op = read_opcode(r);
    if (op != OP__COUNT) {
        insn->op = (uint16_t)op;
        read_immediate(r, insn, arena);
    }
    if (reader_failed(r))
        insn->op = OP_unreachable;
}

int insn_nesting(const struct insn *insn)
{
    enum imm imm = (enum imm)op_info[insn->op].imm;
    if (insn->op == OP_end || insn->op == OP_delegate)
        return -1;
    return imm == IMM_BLOCK || imm == IMM_TRY_TABLE;
}
