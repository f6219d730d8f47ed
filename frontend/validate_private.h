/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Shared by the function validator's files: its state, the operand and control stacks
 * (validate_stack.c), look-ups in the index spaces (validate_index.c), and one rule check_<name>
 * for each OPX row of opcodes.def (validate_ops*.c).
 *
 * Errors are sticky: after the first one every operation below stays memory-safe and does nothing
 * of use; the loop in validate_func.c stops before the next instruction. Look-ups return NULL or
 * false when they have recorded an error, and the rule returns at once.
 */
#ifndef FRONTEND_VALIDATE_PRIVATE_H
#define FRONTEND_VALIDATE_PRIVATE_H

#include "frontend/arena.h"
#include "frontend/insn.h"
#include "frontend/module.h"
#include "frontend/reader.h"
#include "frontend/validate.h"

/* A control frame of the spec's validation algorithm, and what the generator's stream needs. */
struct frame {
    const struct functype *type;
    struct blocktype *block; /* NULL: the function's own frame */
    uint32_t height;         /* of the operand stack where the block starts, parameters excluded */
    uint32_t init_height;    /* of the stack of locals that became initialised */
    uint32_t opener;         /* index in insns of the block, loop, if, ... (if live) */
    uint32_t br_table;       /* number of the last br_table whose types were checked against this */
    uint16_t op;             /* enum opcode of the opener, or of the else, catch, catch_all after */
    bool unreachable;        /* the operand stack is polymorphic */
    bool live;               /* the opener can be reached: it stands in insns */
    bool branched;           /* live code branches to the label, or skips to the end */
};

/* A result type (2.3.6). */
struct resulttype {
    const struct valtype *types;
    uint32_t count;
};

struct validator {
    const struct module *m;
    struct arena *arena;
    struct error *err;
    struct reader r;
    const struct functype *type; /* of the function */

    struct valtype *locals; /* parameters first */
    uint32_t local_count, local_capacity;
    bool *unset;     /* by local: has no value yet; NULL if all locals have defaults */
    uint32_t *inits; /* the locals that got one, in order, to be taken back at an end */
    uint32_t init_count;

    struct valtype *operands;
    uint32_t height, operand_capacity;

    struct frame *frames;
    uint32_t depth, frame_capacity;
    struct frame *frame; /* the innermost: &frames[depth - 1] */
    uint32_t max_depth;  /* of live blocks */
    uint32_t br_tables;  /* seen so far */

    struct insn *insns;
    uint32_t insn_count, insn_capacity;
    const struct insn *insn; /* the one being checked: errors are reported there */
    struct insn start;       /* stands for the declarations of locals */
    bool live;               /* control can reach the instruction */
    bool keep;               /* it goes into the stream */
};

/* ---- errors ---- */

/* Records an invalid-error at the current instruction; returns false. */
bool invalid(struct validator *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "type mismatch: i32.add wants <want>, found <found>"; returns false. */
bool mismatch(struct validator *v, const char *want, const char *found);

/* ---- operand stack: validate_stack.c ---- */

void operand_push(struct validator *v, struct valtype type);
/* Pops a value that matches want; returns its own type, VT_BOT from a polymorphic stack. */
struct valtype operand_pop(struct validator *v, struct valtype want);
struct valtype operand_pop_any(struct validator *v);
/* Pops a reference; from a polymorphic stack (ref bot). */
struct valtype operand_pop_ref(struct validator *v);
void operand_push_kind(struct validator *v, enum valtype_kind kind);
void operand_pop_kind(struct validator *v, enum valtype_kind kind);
/* Pops count values of one type; as cheap as the stack is short. */
void operand_pop_many(struct validator *v, struct valtype want, uint32_t count);
void operands_push(struct validator *v, struct resulttype types);
void operands_pop(struct validator *v, struct resulttype types);
/* Pops and pushes: the values get the types of the label, as br_if does. */
void operands_retype(struct validator *v, struct resulttype types);
/* The topmost values match; nothing is popped. */
bool operands_match(struct validator *v, struct resulttype types);

struct resulttype functype_params(const struct functype *type);
struct resulttype functype_results(const struct functype *type);

/* ---- control stack: validate_stack.c ---- */

/* Opens a block whose opener is the current instruction; block is NULL for the function's own. */
void ctrl_push(struct validator *v, enum opcode op, const struct functype *type,
               struct blocktype *block);
/* Between two parts of a block (else, catch): checks and ends the one, begins the other as op. */
void ctrl_next(struct validator *v, struct insn *insn, enum opcode op);
/* Closes the innermost block at its end or delegate, and pushes the results. */
void ctrl_end(struct validator *v, struct insn *insn);
/* What follows cannot be reached: the operand stack is polymorphic up to the block's end. */
void ctrl_unreachable(struct validator *v);

/* The frame of a label; NULL and an error if there is none. */
struct frame *label_frame(struct validator *v, uint32_t label);
/* The same for a branch: *types is what it wants; live code marks the label as branched to. */
struct frame *label_branch(struct validator *v, uint32_t label, struct resulttype *types);

/* ---- locals ---- */

void local_init(struct validator *v, uint32_t index);
void locals_forget(struct validator *v, uint32_t init_height);

/* Room for count elements in a growing array of the arena; returns the array. */
void *array_reserve(struct validator *v, void *array, uint32_t *capacity, uint32_t count,
                    size_t size);

/* ---- features, index spaces, types: validate_index.c ---- */

/* "illegal opcode: i8x16.add: the simd proposal is disabled". */
bool require_feature(struct validator *v, enum feature feature);

/* index < count, or "unknown <space> <index>". */
bool index_check(struct validator *v, const char *space, uint32_t index, uint32_t count);
const struct functype *functype_at(struct validator *v, uint32_t index);
const struct functype *func_at(struct validator *v, uint32_t index);
const struct functype *tag_at(struct validator *v, uint32_t index);
const struct subtype *struct_at(struct validator *v, uint32_t index);
const struct fieldtype *array_at(struct validator *v, uint32_t index);
const struct table *table_at(struct validator *v, uint32_t index);
const struct memory *memory_at(struct validator *v, uint32_t index);
const struct global *global_at(struct validator *v, uint32_t index);
const struct elem_segment *elem_at(struct validator *v, uint32_t index);
/* Data segments in code need the data count section (5.5.16). */
bool data_check(struct validator *v, uint32_t index);
/* A type written in a body: enabled, and its type index exists. */
bool valtype_check(struct validator *v, struct valtype type);
/* The index type (2.3.10): i32 or i64. */
struct valtype limits_index_type(const struct limits *limits);
/* Of a copy between a and b: i64 if both are. */
struct valtype limits_smaller_type(const struct limits *a, const struct limits *b);

/* ---- rules ---- */

typedef void check_fn(struct validator *v, struct insn *insn);

#define OP(name, prefix, code, text, imm, align, sig, feature)
#define OPX(name, prefix, code, text, imm, align, feature) check_fn check_##name;
#include "frontend/opcodes.def"

/* Checks the type of a block, loop, if or try, pops condition and parameters, opens the block. */
void block_enter(struct validator *v, struct insn *insn);
/* The block type is enabled and resolved. */
bool blocktype_check(struct validator *v, struct blocktype *block);

#endif
