/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: an unrolled body, between reroll.c, which finds its parts, and reroll_emit.c,
 * which makes the loop of one part.
 */
#ifndef CODEGEN_PASSES_REROLL_H
#define CODEGEN_PASSES_REROLL_H

#include "codegen/passes/loop_version.h"

/* What an instruction of the first part is. LINEAR: an integer that counts. CARRIED: a phi of what
 * the part before it computed. SUM: the phi of a sum. */
enum kind { UNUSED, ACCESS, PLAIN, LINEAR, CARRIED, SUM };

enum { MOST_PARTS = 16, MOST_SUMS = 4, MOST_TERMS = 32, NONE = VERSION_NO_INDEX };

/* Integers that are added up, or combined by another operation whose order does not matter: all
 * parts' terms in one tree. */
struct sum {
    int phi;
    LLVMValueRef last;              /* operation; what the phi gets */
    LLVMValueRef terms[MOST_TERMS]; /* of the first part, when they are matched */
    unsigned count;
    LLVMValueRef copy; /* of the last operation */
};

/* Instructions go by their number in the body. */
struct reroll {
    struct version *v;
    unsigned count;  /* of parts */
    unsigned at;     /* the part that is compared with the first */
    unsigned budget; /* of comparisons, for all counts that are tried */
    /* In rows of one for each instruction of the body: first their kinds, then for each part the
     * instruction that does the same there, or NONE. */
    int16_t *notes, *saved;
    struct sum sums[MOST_SUMS];
    unsigned sum_count;
};

int16_t *reroll_kind(const struct reroll *r, int insn);
int16_t *reroll_image(const struct reroll *r, unsigned part, int insn);

static inline bool reroll_is_phi(const struct version *v, unsigned insn)
{
    return insn < v->insn_count && LLVMIsAPHINode(v->from[insn]);
}

/* The form of an integer that counts. */
bool reroll_linear_form(const struct reroll *r, LLVMValueRef value, struct affine *form);

/* The sum that a value is when the loop ends, or NULL. */
const struct sum *reroll_sum(const struct reroll *r, LLVMValueRef value);

/* The instruction of the first part whose counterpart in the last one is the value, or NONE. */
int reroll_last_image(const struct reroll *r, LLVMValueRef value);

/* Finds how many parts the body has. */
bool reroll_find(struct reroll *r, struct version *v, bool is_separate);

#endif
