/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: loops that read memory until what they read ends them: strlen, memcmp,
 * strcmp, memchr and their like, by bytes or words, rising or falling, from a C library or written
 * by a user. search.c recognises them by what an iteration does, search_emit.c gives them a scan,
 * which looks at many iterations at once with vectors.
 *
 * A loop enters its scan once, after the first iterations, so that short strings cost nothing but a
 * counter. The scan only reads, and only what lies inside the memory. It finds a number of
 * iterations that are sure to be made in full, moves what the loop counts by as many, and the loop
 * goes on from there: it leaves by itself, with its own values, and its traps are its own.
 */
#ifndef CODEGEN_PASSES_SEARCH_H
#define CODEGEN_PASSES_SEARCH_H

#include "codegen/passes/affine.h"

enum {
    SEARCH_BLOCKS = 12,
    SEARCH_INSNS = 96,
    SEARCH_LOADS = 8,
    SEARCH_PHIS = 8,
    SEARCH_CONDITIONS = 16,
    SEARCH_LIMITS = 4
};

/* A load of memory 0 whose address moves by its size each iteration, or stays. */
struct search_load {
    LLVMValueRef insn, base;
    struct affine form; /* of the index: 32 bits */
    uint64_t offset, bytes;
    LLVMValueRef start; /* search_emit.c: the index that is looked at first, i64 */
};

/* A phi of the header: it moves by step, or has been carried here from the iteration before. */
struct search_phi {
    LLVMValueRef phi;
    bool is_carried;
    uint64_t step;
};

/* The loop goes on if value is `wanted`; or, without value, if an iteration comes to that block. */
struct search_condition {
    LLVMValueRef value;
    bool wanted;
    LLVMBasicBlockRef block;
};

struct search {
    struct cg *cg;
    struct loop loop;                        /* its blocks and forms: as affine.h says */
    LLVMBasicBlockRef blocks[SEARCH_BLOCKS]; /* each behind those that go to it */
    bool is_passed[SEARCH_BLOCKS];           /* by each iteration that goes on */
    struct search_load loads[SEARCH_LOADS];
    struct search_phi phis[SEARCH_PHIS];
    struct search_condition conditions[SEARCH_CONDITIONS];
    struct limit limits[SEARCH_LIMITS]; /* conditions that only count */
    unsigned load_count, phi_count, condition_count, limit_count;
    bool has_carried;
    unsigned bytes; /* that an iteration moves by, at most */
};

/* Gives it the scan. */
void search_emit(struct search *s);

/* The load of an instruction, or the phi. */
const struct search_load *search_load_of(const struct search *s, LLVMValueRef insn);
const struct search_phi *search_phi_of(const struct search *s, LLVMValueRef insn);

#endif
