/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: a loop of 128-bit vectors and the wider one that does several rounds of it at
 * once, between widen.c, which makes the loop, and widen_insn.c, which makes its instructions.
 */
#ifndef CODEGEN_PASSES_WIDEN_H
#define CODEGEN_PASSES_WIDEN_H

#include "codegen/passes/loop_version.h"

enum { MOST_TIMES = 4, MOST_LANES = 16 }; /* rounds at once; lanes of a value of one round */

struct widen {
    struct version *v;
    unsigned times;                      /* rounds that become one */
    LLVMBasicBlockRef entry, loop, wide; /* before both loops; the old one; the new one */
    LLVMValueRef iteration, round;       /* the number of the round: of the old one; of the first */
    struct value_set insns;              /* of the old one, numbered in their order */
    LLVMValueRef *from, *to;             /* instructions, and what they become */
    const struct access **accesses;      /* that they are, or NULL */
    LLVMValueRef *phis, *resumes; /* of phis: the wide one's; what the old one goes on from */
    enum { UNNEEDED, ASKED, NEEDED } * states;
    bool has_carried;
};

/* Numbers, not too many of them. */
bool widen_has_lanes(LLVMTypeRef type);

/* Of what a loop's value of that type becomes: its lanes in the first round, then in the second. */
LLVMTypeRef widen_type(const struct widen *w, LLVMTypeRef type);

/* Values of one type, one a round, as a wide one; and the value of a round again. */
LLVMValueRef widen_join(struct widen *w, LLVMValueRef *values);
LLVMValueRef widen_part(struct widen *w, LLVMValueRef wide, LLVMTypeRef type, unsigned round);

/* The last round of before, and then all but the last of wide. lanes: of one round. */
LLVMValueRef widen_follow(struct widen *w, LLVMValueRef before, LLVMValueRef wide, unsigned lanes);

/* What an operand becomes; outside the loop, the same in each round. */
LLVMValueRef widen_operand(struct widen *w, LLVMValueRef value);

/* By how much an access moves in a round, if that is a constant. */
bool widen_step(const struct widen *w, const struct access *a, int64_t *step);

/* Whether an access of memory becomes one that is wider, and not one a round. */
bool widen_is_whole(const struct widen *w, LLVMValueRef insn);

/* LLVM's own functions that are lane by lane, and a call of one for another number of lanes. */
bool widen_is_lane_call(LLVMValueRef call);
LLVMValueRef widen_lane_call(struct cg *cg, LLVMValueRef call, LLVMTypeRef type,
                             LLVMValueRef *args);

/* Whether an instruction has a wide form, and emits it. No phis. */
bool widen_has_form(const struct widen *w, LLVMValueRef insn);
LLVMValueRef widen_insn(struct widen *w, LLVMValueRef insn);

#endif
