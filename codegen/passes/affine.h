/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: integers that a loop counts up or down by a constant, as linear forms of the
 * number of the iteration. Mostly for loops of one basic block, which is what innermost loops are
 * once they are rotated and their small branches are selects; also for those with several exits
 * (search.h).
 */
#ifndef CODEGEN_PASSES_AFFINE_H
#define CODEGEN_PASSES_AFFINE_H

#include "codegen/passes/interval.h"

/* A loop of one block: preheader -> body -> body or exit. Or of several: then body is its header,
 * which latch goes back to, and exit is NULL. */
struct loop {
    LLVMBasicBlockRef preheader, body, exit, latch;
    const LLVMBasicBlockRef *blocks; /* of several: all of them */
    unsigned block_count;
    bool from_now; /* forms count iterations from the current one, whose phis are then terms */
    bool is_free;  /* forms may have free terms */
};

struct affine_term {
    LLVMValueRef value;
    uint64_t scale;
};

enum { AFFINE_TERMS = 4, AFFINE_RISES = 3, AFFINE_FREE = 2 };

/* Sum of scale * value over the terms, + (step + rise) * iteration + constant: modulo 2^width of
 * the value that it was made of. The values are invariant in the loop. The rise is a sum of terms
 * as well, of none in all forms that are not asked for by affine_rising_of().
 *
 * affine_free_of() finds forms to which something is added that changes as it likes, but stays in
 * an interval: the free terms, integers of 32 or 64 bits taken as signed. */
struct affine {
    struct affine_term terms[AFFINE_TERMS], rise[AFFINE_RISES], free[AFFINE_FREE];
    unsigned count, rise_count, free_count;
    uint64_t step, constant;
};

/* Larger steps are left alone: the way of 2^32 iterations must not overflow. */
enum { MOST_STEP = 1 << 20 };

/* The only block from which a header is entered, beside the latch, if it leads nowhere else; or
 * NULL. */
LLVMBasicBlockRef loop_entry(LLVMBasicBlockRef header, LLVMBasicBlockRef latch);

/* What a phi of the loop's header has in the first iteration, and after this one. */
LLVMValueRef loop_first(const struct loop *loop, LLVMValueRef phi);
LLVMValueRef loop_next(const struct loop *loop, LLVMValueRef phi);

/* Finds the loop of which bb is the body. False if it is none, or has no preheader. */
bool loop_of(LLVMBasicBlockRef bb, struct loop *loop);

bool loop_has_block(const struct loop *loop, LLVMBasicBlockRef bb);
/* An instruction of the loop. */
bool loop_has(const struct loop *loop, LLVMValueRef value);

/* The linear form of an integer that the loop uses; false if it has none. */
bool affine_of(const struct loop *loop, LLVMValueRef value, struct affine *out);

/* The same; the form may have a rise. */
bool affine_rising_of(const struct loop *loop, LLVMValueRef value, struct affine *out);

/* The same; the form may have free terms as well, which add up to what is in the interval. */
bool affine_free_of(const struct loop *loop, LLVMValueRef value, struct affine *out,
                    struct interval *free);

/* The linear form, in a loop, of what another form has in the first iteration of a loop inside that
 * one. width: of the values in bits. */
bool affine_of_start(const struct loop *loop, const struct affine *form, unsigned width,
                     struct affine *out);

/* Whether a value is a phi of the block that grows by a constant each round, or that and a
 * constant.
 */
bool affine_counts(LLVMValueRef value, LLVMBasicBlockRef block);

/* The same terms and step: the difference is a constant. */
bool affine_is_parallel(const struct affine *a, const struct affine *b);

/* The scale of a value among terms; 0 if it is not there. */
uint64_t affine_scale(const struct affine_term *terms, unsigned count, LLVMValueRef value);

/* Emits, where the builder stands (outside the loop), the value of the first iteration. type: the
 * integer type to compute in, not wider than the form's. */
LLVMValueRef affine_start(struct cg *cg, const struct affine *form, LLVMTypeRef type);

/* What a form with a rise is increased by in an iteration, as a form; every scale is divided by
 * parts, of which it is a multiple. */
struct affine affine_stride(const struct affine *form, unsigned parts);

/* A condition: left predicate right, left counting by a constant, right invariant. */
struct limit {
    LLVMIntPredicate predicate;
    struct affine left, right;
    LLVMTypeRef type;
};

/* Whether the condition, or its opposite if not wanted, is a limit that counting comes to. */
bool limit_of(const struct loop *loop, LLVMValueRef condition, bool wanted, struct limit *limit);

/* Emits for how many iterations, from the first, it holds (i64), in *sure (i1) whether that is
 * right, and at most 2^32. */
LLVMValueRef limit_count(struct cg *cg, const struct limit *limit, LLVMValueRef *sure);

/* Emits how often the loop jumps back from its latch, likewise. NULL if it does not count to a
 * limit. */
LLVMValueRef loop_backedges(struct cg *cg, const struct loop *loop, LLVMValueRef *sure);

#endif
