/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Checks before conversions of floats to integers that a branch has made already. A conversion
 * traps out of range, so producers that want none ask first (|x| < 2^31) and convert in an arm.
 * LLVM does not see that the second question is answered: with both, a loop that converts does not
 * become vectors, and a conversion takes three branches instead of one instruction.
 *
 * Runs first, when the branches are as the generator made them. What is known of the number is
 * gathered down the chain of blocks with one predecessor each that leads to the conversion.
 */
#include "codegen/ir.h"

#include <math.h>

enum { CHAIN = 6, DEPTH = 8 }; /* blocks above, and the depth of a condition; bound the time */

/* The number is a NaN, unless is_ordered, or between low and high. */
struct known {
    LLVMValueRef number;
    double low, high;
    bool above_low, below_high; /* not the end itself */
    bool is_ordered;
};

static void raise_low(struct known *known, double low, bool strict)
{
    if (low > known->low || (low == known->low && strict)) {
        known->low = low;
        known->above_low = strict;
    }
}

static void lower_high(struct known *known, double high, bool strict)
{
    if (high < known->high || (high == known->high && strict)) {
        known->high = high;
        known->below_high = strict;
    }
}

/* The opposite is true. */
static LLVMRealPredicate inverse(LLVMRealPredicate predicate)
{
    return LLVMRealPredicateTrue - predicate;
}

static LLVMRealPredicate without_nan(LLVMRealPredicate predicate)
{
    return predicate & LLVMRealORD;
}

static bool is_fabs(LLVMValueRef value, LLVMValueRef of)
{
    return ir_calls(value, "llvm.fabs.") && LLVMGetOperand(value, 0) == of;
}

static bool number_of(LLVMValueRef constant, double *number)
{
    LLVMBool loses;
    if (!LLVMIsAConstantFP(constant))
        return false;
    *number = LLVMConstRealGetDouble(constant, &loses);
    return !loses && !isnan(*number);
}

/* Learns from a comparison that is true. */
static void learn_comparison(struct known *known, LLVMValueRef left, LLVMRealPredicate predicate,
                             LLVMValueRef right)
{
    double limit;
    LLVMRealPredicate way = without_nan(predicate);
    bool strict = way == LLVMRealOLT || way == LLVMRealOGT;
    known->is_ordered =
        known->is_ordered || (left == known->number && right == left && predicate == way);
    if ((left != known->number && !is_fabs(left, known->number)) || !number_of(right, &limit))
        return;
    bool is_magnitude = left != known->number;
    if (way == LLVMRealOLT || way == LLVMRealOLE || way == LLVMRealOEQ) {
        lower_high(known, limit, strict);
        if (is_magnitude)
            raise_low(known, -limit, strict);
    }
    if (!is_magnitude && (way == LLVMRealOGT || way == LLVMRealOGE || way == LLVMRealOEQ))
        raise_low(known, limit, strict);
    known->is_ordered = known->is_ordered || predicate == way;
}

/* Learns from a value that is, or is not, 0. */
static void learn(struct known *known, LLVMValueRef value, bool is_zero, int depth)
{
    if (!LLVMIsAInstruction(value) || depth == 0)
        return;
    LLVMValueRef left = LLVMGetOperand(value, 0);
    if (ir_is(value, LLVMZExt)) {
        learn(known, left, is_zero, depth - 1);
    } else if (LLVMIsAICmpInst(value)) {
        bool is_equal = LLVMGetICmpPredicate(value) == LLVMIntEQ;
        if ((is_equal || LLVMGetICmpPredicate(value) == LLVMIntNE) &&
            LLVMIsNull(LLVMGetOperand(value, 1)))
            learn(known, left, is_equal != is_zero, depth - 1);
    } else if (ir_is(value, is_zero ? LLVMOr : LLVMAnd)) {
        learn(known, left, is_zero, depth - 1);
        learn(known, LLVMGetOperand(value, 1), is_zero, depth - 1);
    } else if (LLVMIsAFCmpInst(value)) {
        LLVMRealPredicate predicate = LLVMGetFCmpPredicate(value);
        learn_comparison(known, left, is_zero ? inverse(predicate) : predicate,
                         LLVMGetOperand(value, 1));
    }
}

/* The comparison is false. */
static bool is_refuted(const struct known *known, LLVMValueRef comparison)
{
    double limit;
    if (!LLVMIsAFCmpInst(comparison) || LLVMGetOperand(comparison, 0) != known->number)
        return false;
    LLVMRealPredicate predicate = LLVMGetFCmpPredicate(comparison);
    if (predicate == LLVMRealUNO && LLVMGetOperand(comparison, 1) == known->number)
        return known->is_ordered;
    if (!number_of(LLVMGetOperand(comparison, 1), &limit))
        return false;
    switch (predicate) {
    case LLVMRealOLT: return known->low >= limit;
    case LLVMRealOLE: return known->low > limit || (known->low == limit && known->above_low);
    case LLVMRealOGT: return known->high <= limit;
    case LLVMRealOGE: return known->high < limit || (known->high == limit && known->below_high);
    default: return false;
    }
}

/* Also of two. */
static bool is_refuted_check(const struct known *known, LLVMValueRef condition)
{
    if (ir_is(condition, LLVMOr))
        return is_refuted(known, LLVMGetOperand(condition, 0)) &&
               is_refuted(known, LLVMGetOperand(condition, 1));
    return is_refuted(known, condition);
}

/* The branch by which alone a block is reached, or NULL. */
static LLVMValueRef branch_to(LLVMBasicBlockRef block)
{
    LLVMUseRef use = LLVMGetFirstUse(LLVMBasicBlockAsValue(block));
    if (!use || LLVMGetNextUse(use) || !LLVMIsABranchInst(LLVMGetUser(use)))
        return NULL;
    return LLVMGetUser(use);
}

/* Answers the checks on the way to a conversion. */
static void check_conversion(struct cg *cg, LLVMValueRef conversion)
{
    LLVMBasicBlockRef way[CHAIN + 1] = {LLVMGetInstructionParent(conversion)};
    unsigned count = 1;
    for (LLVMValueRef branch; count <= CHAIN && (branch = branch_to(way[count - 1]));)
        way[count++] = LLVMGetInstructionParent(branch);
    struct known known = {
        .number = LLVMGetOperand(conversion, 0), .low = -INFINITY, .high = INFINITY};
    for (unsigned i = count - 1; i > 0; i--) {
        LLVMValueRef branch = LLVMGetBasicBlockTerminator(way[i]);
        if (!LLVMIsConditional(branch))
            continue;
        bool is_first = LLVMGetSuccessor(branch, 0) == way[i - 1];
        if (!is_first && is_refuted_check(&known, LLVMGetCondition(branch)))
            LLVMSetCondition(branch, LLVMConstInt(cg->i1, 0, false));
        else
            learn(&known, LLVMGetCondition(branch), !is_first, DEPTH);
    }
}

void cg_check_conversions(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
                if (LLVMIsAFPToSIInst(i) || LLVMIsAFPToUIInst(i))
                    check_conversion(cg, i);
}
