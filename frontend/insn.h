/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One instruction with its immediates. insn_read makes it from bytes, func_validate adds what the
 * types say, the generator and the printer read it.
 */
#ifndef FRONTEND_INSN_H
#define FRONTEND_INSN_H

#include "frontend/opcode.h"
#include "frontend/types.h"

struct reader;
struct arena;

enum catch_kind { CATCH, CATCH_REF, CATCH_ALL, CATCH_ALL_REF };

struct catch_clause {
    uint8_t kind; /* enum catch_kind */
    uint32_t tag, label;
};

/* A block type as written, and resolved (by the reader for the short forms, by the validator for
 * a type index). */
struct blocktype {
    uint32_t type_index;          /* NO_INDEX for the short forms */
    struct functype type;         /* resolved parameters and results */
    struct catch_clause *catches; /* try_table */
    uint32_t catch_count;
    uint32_t end; /* index in func_body.insns of the matching end (loops and blocks alike) */
};

struct br_table {
    uint32_t count;    /* without the default */
    uint32_t labels[]; /* count + 1: the default is last */
};

struct br_cast {
    uint32_t label;
    struct valtype from, to;
};

/* Set by func_validate, for the generator. */
enum insn_flag {
    /* else, catch, catch_all, end, delegate: the code before it does not fall through. */
    INSN_DEAD_BEFORE = 1,
    /* end, delegate: nobody branches to this label (and with INSN_DEAD_BEFORE nothing follows it
     * either). The exact rules are at the head of validate_func.c. */
    INSN_NO_BRANCH = 2,
    /* if: it has an else. */
    INSN_HAS_ELSE = 4,
};

struct insn {
    uint16_t op;         /* enum opcode */
    uint8_t flags;       /* enum insn_flag */
    uint8_t lane;        /* lane immediates */
    uint32_t offset;     /* byte offset in the file */
    struct valtype type; /* resolved: the operand of drop, select, ref.is_null, ref.as_non_null,
                            br_on_null, br_on_non_null, i31.get_*, *.convert_*; the callee
                            reference of call_ref; the object of struct.*, array.*, or the new one;
                            the local, global or table element (call_indirect's too); as a
                            reftype the heap type immediate of ref.null, ref.test, ref.cast */
    union {
        uint64_t bits;    /* i32.const (zero-extended), i64.const, f32.const, f64.const */
        uint8_t v128[16]; /* v128.const, and the 16 lanes of a shuffle */
        struct {
            /* Indices in binary order: label, func, type, local, global, ... Resolved, for ref.test
             * and ref.cast: the operand's heap type, and whether it may be null. */
            uint32_t a, b;
        } index;
        struct {
            uint64_t offset;
            uint32_t memory;
            uint32_t align_log2;
        } mem;
        struct blocktype *block;
        struct br_table *br_table;
        struct br_cast *br_cast;
        struct {
            struct valtype *types;
            uint32_t count;
        } select;
    } imm;
};

/* Reads one instruction; on malformed input the reader's error is set and op is OP_unreachable. */
void insn_read(struct reader *r, struct insn *insn, struct arena *arena);

/* What the instruction adds to the number of open blocks: 1 for block, -1 for end, mostly 0. */
int insn_nesting(const struct insn *insn);

#endif
