/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The instructions of WebAssembly, expanded from opcodes.def: enum, facts, look-up by byte and by
 * name. The table serves text, decoder, validator, generator and inspector.
 */
#ifndef FRONTEND_OPCODE_H
#define FRONTEND_OPCODE_H

#include "frontend/types.h"

/* Kinds of immediates: what follows the opcode in the binary (spec 5.4). */
enum imm {
    IMM_NONE,
    IMM_BLOCK,      /* block type */
    IMM_LABEL,      /* label index */
    IMM_BR_TABLE,   /* vector of labels, default label */
    IMM_FUNC,       /* function index */
    IMM_TYPE,       /* type index (call_ref, struct.new, ...) */
    IMM_TYPE_TABLE, /* type index, table index (call_indirect) */
    IMM_LOCAL,
    IMM_GLOBAL,
    IMM_TABLE,
    IMM_TABLE_TABLE, /* destination, source */
    IMM_ELEM_TABLE,  /* table.init: binary order element segment, table */
    IMM_ELEM,
    IMM_DATA,
    IMM_DATA_MEM,    /* memory.init: binary order data segment, memory */
    IMM_MEM,         /* memory index */
    IMM_MEM_MEM,     /* destination, source */
    IMM_MEMARG,      /* alignment, offset, memory; natural alignment in op_info.align_log2 */
    IMM_MEMARG_LANE, /* memarg, lane byte */
    IMM_LANE,
    IMM_SHUFFLE, /* 16 lane bytes */
    IMM_I32,
    IMM_I64,
    IMM_F32,
    IMM_F64,
    IMM_V128,
    IMM_SELECT,     /* vector of value types */
    IMM_HEAP,       /* heap type: ref.null, and ref.test / ref.cast (nullability in the opcode) */
    IMM_TYPE_FIELD, /* type index, field index */
    IMM_TYPE_COUNT, /* type index, literal count (array.new_fixed) */
    IMM_TYPE_DATA,
    IMM_TYPE_ELEM,
    IMM_TYPE_TYPE, /* array.copy: destination, source */
    IMM_BR_CAST,   /* flags, label, heap type 1, heap type 2 */
    IMM_TAG,
    IMM_TRY_TABLE, /* block type, vector of catch clauses */
    IMM_FENCE,     /* one zero byte */
    IMM__COUNT
};

enum opcode {
#define OPX(name, prefix, code, text, imm, align, feature)     OP_##name,
#define OP(name, prefix, code, text, imm, align, sig, feature) OP_##name,
#include "frontend/opcodes.def"
    OP__COUNT
};

struct op_info {
    const char *text; /* mnemonic */
    const char *sig; /* "params>results" over i l f d v (i32 i64 f32 f64 v128) and p: the index type
                        of the memory immediate (i32 or i64); NULL for OPX rows */
    uint8_t prefix;  /* 0x00, 0xfb, 0xfc, 0xfd, 0xfe */
    uint16_t code;   /* the opcode byte, or the LEB128 number after the prefix */
    uint8_t imm;     /* enum imm */
    uint8_t align_log2; /* natural alignment of a memory access */
    uint8_t feature;    /* enum feature */
};

extern const struct op_info op_info[OP__COUNT];

/* The type of a letter in a signature; of p, the index type. */
struct valtype sig_type(char letter, struct valtype index_type);

/* The instruction with that prefix (0 for none) and code, or OP__COUNT. */
enum opcode opcode_lookup(uint8_t prefix, uint32_t code);

/* The instruction of that mnemonic (n bytes, not NUL-terminated), or OP__COUNT. Of rows that share
 * a mnemonic (select, ref.test, ref.cast) the first. */
enum opcode opcode_by_text(const char *text, size_t n);

#endif
