/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: what is known of a loop that gets a second version (loop_version.c), for
 * those who make it: the plain copy (loop_copy.c), and the loop that an unrolled body was made of
 * (reroll.c).
 */
#ifndef CODEGEN_PASSES_LOOP_VERSION_H
#define CODEGEN_PASSES_LOOP_VERSION_H

#include "codegen/passes/affine.h"
#include "codegen/passes/value_set.h"

/* Accesses whose addresses differ by constants. */
struct group {
    struct affine form; /* of the first of them: 32-bit index */
    int64_t low, high;  /* of the differences to it */
    uint64_t offset;    /* least of the accesses' offsets */
    uint64_t reach;     /* most that offset and size of an access are */
    bool is_written;
    bool is_free; /* the accesses add free terms, which low and high include */
    /* i64, once the check is emitted: lowest index of the first iteration; what the loop accesses
     * is in from up to to. */
    LLVMValueRef start, from, to;
    /* i64: the step, if it is not a constant, and that of a rerolled loop. Not negative. */
    LLVMValueRef stride, part_stride;
    /* Metadata of the accesses of the fast version, unless NULL: what they alias, and do not. */
    LLVMMetadataRef scope, others;
};

/* A load or store of linear memory 0. */
struct access {
    LLVMValueRef insn;
    unsigned group;
    int64_t delta;   /* of the index, to the group's form */
    uint64_t offset; /* after the index was extended */
    struct affine_term free[AFFINE_FREE];
    unsigned free_count;
};

enum {
    MOST_INSNS = 400,
    MOST_GROUPS = 12,
    MOST_ACCESSES = 64,
    MOST_LANES_TIMES = 4, /* as many of both, if they are lanes */
    MOST_PAIRS = 12,
    MOST_SPAN = 1 << 24
};

struct version {
    struct cg *cg;
    struct loop loop;
    const struct flat_loop *flat; /* that the loop is, or NULL */
    LLVMValueRef base;            /* of memory 0 */
    struct group groups[MOST_GROUPS];
    struct access accesses[MOST_LANES_TIMES * MOST_ACCESSES];
    unsigned group_count, access_count;
    LLVMValueRef backedges;  /* taken: i64 */
    LLVMValueRef size;       /* of the memory: i64 */
    LLVMValueRef inside;     /* i1, in the preheader: the fast version may run */
    LLVMValueRef *from, *to; /* instructions of the body and their copies; NULL: not copied */
    struct value_set insns;  /* of the body, numbered in their order */
    unsigned insn_count;
    unsigned parts; /* of the body, one of which a round of the fast version is */
};

enum { VERSION_NO_INDEX = -1 };

/* loop_rotate.c: makes one block of a loop of two that is left in the middle, if it may then have a
 * version. head: the block that it is left from. */
bool loop_rotate(struct cg *cg, LLVMBasicBlockRef head);

enum { MOST_CHECKS = 32 };

/* A trap is reached if the condition is traps_if: of a loop that has no branch there any more. */
struct flat_check {
    LLVMValueRef condition;
    bool traps_if;
};

/* A loop of several blocks, and one of a single block that does the same. That one is not entered;
 * its exit stands for the real one. */
struct flat_loop {
    struct loop loop; /* the single block, with the preheader of the other */
    LLVMBasicBlockRef entry;
    LLVMBasicBlockRef header, latch, exit; /* of the other */
    bool has_arms;                         /* which were made selections */
    bool has_lanes;                        /* of vectors, each by itself */
    struct flat_check checks[MOST_CHECKS];
    unsigned check_count;
};

/* loop_flatten.c: makes a single block of a loop of several that goes back from the latch, if its
 * fast version may then become vectors. */
bool loop_flatten(struct cg *cg, LLVMBasicBlockRef latch, struct flat_loop *flat);

/* loop_lanes.c: makes a loop over lanes of one over vectors, of which most go to memory, or come
 * from there, lane by lane. Its fast version is one that is rolled up. */
bool loop_part_lanes(struct cg *cg, const struct loop *loop, struct flat_loop *flat);

/* Deletes the single block. What else comes to its exit goes to the real one. */
void loop_unflatten(struct flat_loop *flat);

/* ---- loop_access.c ---- */

/* A keeper, or an intrinsic function. */
bool version_is_plain_call(LLVMValueRef insn);

/* Finds them and their groups. False if the loop can have no fast version. */
bool version_find_accesses(struct version *v);

/* How many times as many instructions and accesses as in other loops there may be. */
unsigned version_most_times(const struct version *v);

/* Those of one block of the loop; what they are added to. */
bool version_visit_block(struct version *v, LLVMBasicBlockRef block);

/* The access that an instruction of the body is, or NULL. */
const struct access *version_access(const struct version *v, LLVMValueRef insn);

/* A keeper of a load that cannot trap in the fast version. */
bool version_is_needless(const struct version *v, LLVMValueRef insn);

/* The number of pairs of groups of which one is written. */
unsigned version_written_pairs(const struct version *v);

/* Whatever an iteration stores it has just loaded. */
bool version_only_copies(const struct version *v);

/* No iteration needs what the ones before it have written. */
bool version_is_parallel(const struct version *v);

/* ---- loop_version.c ---- */

/* What the index of a group comes to from its first value on, i64 each: up and down, neither
 * negative. */
struct way {
    LLVMValueRef up, down;
};

/* Whether all accesses of the group are inside: the lowest index, which is one of 32 bits or,
 * itself at most the memory's size, of 64, plus the way, plus the reach of the highest. If the sum
 * is at most the size of a memory, no address between wraps. Leaves where the first iteration
 * starts. form: of its first index. */
LLVMValueRef version_check_range(struct version *v, struct group *g, const struct affine *form,
                                 struct way way);

/* No group writes what another accesses. */
LLVMValueRef version_check_aliases(struct version *v);

/* The accesses of a group alias those of no other group. The scopes are declared where the builder
 * stands, before the loop, so that a pass which copies that place makes new ones: the groups may
 * change places there. */
void version_make_scopes(struct version *v);

/* The fast version, entered from before by a branch that is still to be made: where it begins.
 * is_separate: no group accesses what another one writes. */
LLVMBasicBlockRef version_emit_fast(struct version *v, LLVMBasicBlockRef before, bool is_separate);

/* Phis of extended indices become extended phis of indices: LLVM leaves the former where it has
 * moved the begin of a loop. */
void version_narrow_phis(struct cg *cg, const struct loop *loop);

/* loop_nest.c: gives the loop around one of a single block a second version, which needs no check
 * in its rounds. False if it stays as it is. */
bool nest_version(struct cg *cg, const struct loop *inner);

/* Emits a step that is not constant, of 32 bits, extended by its sign; or that of one of so many
 * parts. */
LLVMValueRef version_stride(struct version *v, const struct affine *form, unsigned parts);

/* ---- loop_copy.c ---- */

LLVMValueRef version_number(const struct version *v, uint64_t n); /* i64 */

/* Numbers the instructions of the body. */
void version_list_body(struct version *v);

/* The number of an instruction of the body, or VERSION_NO_INDEX. */
int version_index(const struct version *v, LLVMValueRef value);

/* Puts the builder at the end of a block, before its terminator if it has one. */
void version_position_at_end(const struct version *v, LLVMBasicBlockRef block);

/* What a phi of the exit gets from the body. */
LLVMValueRef version_leaving(const struct version *v, LLVMValueRef phi);

/* What the body computes last can be computed from the number of iterations: integers that count,
 * addresses made of them. */
bool version_has_final(const struct version *v, LLVMValueRef value);

/* Emits it. */
LLVMValueRef version_final(struct version *v, LLVMValueRef value);

/* The copy of a value: itself, if it is not of the body. */
LLVMValueRef version_copy_of(const struct version *v, LLVMValueRef value);

/* Emits the address of an access after so many iterations (i64) of a loop with 1 / pace of its
 * group's step. */
LLVMValueRef version_pointer(struct version *v, const struct access *a, LLVMValueRef iteration,
                             unsigned pace);

/* Gives an access of the fast version the scopes of its group. */
void version_set_scopes(struct version *v, LLVMValueRef access, const struct group *g);

/* Emits a copy of an instruction that is neither phi nor terminator, of copied operands. An access
 * is at its place after so many iterations (i64) of a loop with 1 / pace of its group's step. */
LLVMValueRef version_copy_insn(struct version *v, LLVMValueRef insn, LLVMValueRef iteration,
                               unsigned pace);

/* Emits a copy of the loop that is entered from before. */
LLVMBasicBlockRef version_emit_copy(struct version *v, LLVMBasicBlockRef before);

/* reroll_emit.c: the body does the same several times, one after the other. Emits a loop that does
 * it once, and as many times as often, entered from before, which the builder has still to end, and
 * left to the exit, whose phis get what leaves. NULL if the body is nothing of the kind.
 * is_separate: no group accesses what another one writes. */
LLVMBasicBlockRef reroll_emit(struct version *v, LLVMBasicBlockRef before, bool is_separate);

/* Whether there would be one. */
bool reroll_is_found(struct version *v, bool is_separate);

/* What holds of the operation in a round of the body need not hold of this copy. */
void version_drop_flags(LLVMValueRef copy);

/* ---- widen.c ---- */

/* There are vectors in the body, and the machine has wider ones. */
bool widen_may_pay(const struct version *v);

/* Ends the entry of a fast version, which no group's accesses overlap in, by a loop that does
 * several of its rounds at once; or, if there can be none (false), by a branch to it. */
bool widen_emit(struct version *v, LLVMBasicBlockRef entry, LLVMBasicBlockRef loop);

#endif
