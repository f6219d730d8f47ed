/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The lesser and the greater of two floats.
 *
 * C's fmin and fmax give the other one if one is a NaN. C libraries ask for NaNs by branches before
 * an f64.min, and loops with branches do not become vectors: such arms become selections.
 *
 * The minimum of two that are no NaNs is the machine's on x86-64, but for zeros of two signs, of
 * which that gives the second operand. So it is asked in both orders: the results differ in no bit
 * but that sign.
 *
 * x < c ? x : c is taken by LLVM for the minimum of IEEE 754-2008 where c is known to be no NaN,
 * and AArch64 has an instruction for that one. For a quiet NaN both give c; of a signalling one the
 * instruction makes a quiet NaN. A compared value that seems to be another than the selected one is
 * not recognised.
 */
#include "codegen/ir.h"
#include "codegen/shim.h"

static bool is_minimum(LLVMValueRef value)
{
    return ir_calls(value, "llvm.minimum.") || ir_calls(value, "llvm.maximum.");
}

/* ---- fmin and fmax of C libraries ---- */

/* What an arm may compute, and how many values may depend on which is taken. */
enum { MOST_IN_ARM = 4, MOST_SELECTED = 2 };

static bool asks_for_nan(LLVMValueRef condition)
{
    if (!LLVMIsAFCmpInst(condition))
        return false;
    LLVMRealPredicate predicate = LLVMGetFCmpPredicate(condition);
    return predicate == LLVMRealUNO || predicate == LLVMRealORD;
}

/* A minimum or maximum, and questions and selections around it: may as well be computed always. */
static bool is_arm(LLVMBasicBlockRef bb)
{
    unsigned n = 0;
    bool has_minimum = false;
    LLVMValueRef end = LLVMGetBasicBlockTerminator(bb), i = LLVMGetFirstInstruction(bb);
    for (; i != end; i = LLVMGetNextInstruction(i)) {
        if (++n > MOST_IN_ARM || !(is_minimum(i) || LLVMIsAFCmpInst(i) || LLVMIsASelectInst(i)))
            return false;
        has_minimum = has_minimum || is_minimum(i);
    }
    return has_minimum && LLVMIsABranchInst(end) && !LLVMIsConditional(end);
}

/* The only branch to the block, which has another target; or NULL. */
static LLVMValueRef branch_to(LLVMBasicBlockRef bb)
{
    LLVMValueRef value = LLVMBasicBlockAsValue(bb);
    LLVMValueRef branch = ir_has_one_use(value) ? LLVMGetUser(LLVMGetFirstUse(value)) : NULL;
    return branch && LLVMIsABranchInst(branch) && LLVMIsConditional(branch) ? branch : NULL;
}

/* if (condition) arm; join: or the other way round. */
struct choice {
    LLVMBasicBlockRef arm, before, join;
    LLVMValueRef branch, condition;
    bool is_arm_if_true;
};

static bool find_choice(LLVMBasicBlockRef arm, struct choice *choice)
{
    LLVMValueRef branch = is_arm(arm) ? branch_to(arm) : NULL;
    if (!branch || !asks_for_nan(LLVMGetCondition(branch)))
        return false;
    bool is_first = LLVMGetSuccessor(branch, 0) == arm;
    *choice = (struct choice){
        .arm = arm,
        .before = LLVMGetInstructionParent(branch),
        .join = LLVMGetSuccessor(branch, is_first ? 1 : 0),
        .branch = branch,
        .condition = LLVMGetCondition(branch),
        .is_arm_if_true = is_first,
    };
    if (choice->join != LLVMGetSuccessor(LLVMGetBasicBlockTerminator(arm), 0) ||
        choice->join == choice->before)
        return false;
    unsigned n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(choice->join); LLVMIsAPHINode(i);
         i = LLVMGetNextInstruction(i))
        n += ir_incoming(i, arm) != ir_incoming(i, choice->before);
    return n <= MOST_SELECTED;
}

static LLVMValueRef build_choice(struct cg *cg, const struct choice *choice, LLVMValueRef phi)
{
    LLVMValueRef in_arm = ir_incoming(phi, choice->arm),
                 else_it_is = ir_incoming(phi, choice->before);
    if (in_arm == else_it_is)
        return in_arm;
    LLVMPositionBuilderBefore(cg->builder, choice->branch);
    return choice->is_arm_if_true
               ? LLVMBuildSelect(cg->builder, choice->condition, in_arm, else_it_is, "")
               : LLVMBuildSelect(cg->builder, choice->condition, else_it_is, in_arm, "");
}

/* The phi without the edge from the arm. */
static void replace_phi(struct cg *cg, const struct choice *choice, LLVMValueRef phi)
{
    LLVMValueRef chosen = build_choice(cg, choice, phi);
    LLVMPositionBuilderBefore(cg->builder, phi);
    LLVMValueRef fewer = LLVMBuildPhi(cg->builder, LLVMTypeOf(phi), "");
    for (unsigned i = 0, n = LLVMCountIncoming(phi); i < n; i++) {
        LLVMBasicBlockRef from = LLVMGetIncomingBlock(phi, i);
        LLVMValueRef value = from == choice->before ? chosen : LLVMGetIncomingValue(phi, i);
        if (from != choice->arm)
            LLVMAddIncoming(fewer, &value, &from, 1);
    }
    LLVMReplaceAllUsesWith(phi, fewer);
    LLVMInstructionEraseFromParent(phi);
}

static void select_always(struct cg *cg, const struct choice *choice)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(choice->arm);
    for (LLVMValueRef i = LLVMGetFirstInstruction(choice->arm), next; i != end; i = next) {
        next = LLVMGetNextInstruction(i);
        LLVMInstructionRemoveFromParent(i);
        LLVMPositionBuilderBefore(cg->builder, choice->branch);
        LLVMInsertIntoBuilder(cg->builder, i);
    }
    for (LLVMValueRef i = LLVMGetFirstInstruction(choice->join), next; LLVMIsAPHINode(i);
         i = next) {
        next = LLVMGetNextInstruction(i);
        replace_phi(cg, choice, i);
    }
    LLVMInstructionEraseFromParent(choice->branch);
    LLVMPositionBuilderAtEnd(cg->builder, choice->before);
    LLVMBuildBr(cg->builder, choice->join);
    LLVMDeleteBasicBlock(choice->arm);
}

static bool select_in_function(struct cg *cg, LLVMValueRef function)
{
    bool any = false;
    struct choice choice;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function), next; bb; bb = next) {
        next = LLVMGetNextBasicBlock(bb);
        /* what was before may be an arm now */
        for (LLVMBasicBlockRef arm = bb; find_choice(arm, &choice); arm = choice.before) {
            if (arm == next)
                next = LLVMGetNextBasicBlock(arm);
            select_always(cg, &choice);
            any = true;
        }
    }
    return any;
}

void cg_select_minima(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f)) {
        if (!select_in_function(cg, f))
            continue;
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f), next; bb; bb = next) {
            next = LLVMGetNextBasicBlock(bb);
            block_merge(bb);
        }
    }
}

/* ---- the machine's ---- */

/* x < y ? x : y, or with > */
static LLVMValueRef build_comparison(struct cg *cg, bool is_least, LLVMValueRef x, LLVMValueRef y)
{
    LLVMRealPredicate order = is_least ? LLVMRealOLT : LLVMRealOGT;
    LLVMValueRef is_first = LLVMBuildFCmp(cg->builder, order, x, y, "");
    return LLVMBuildSelect(cg->builder, is_first, x, y, "");
}

static LLVMValueRef build_minimum(struct cg *cg, bool is_least, LLVMValueRef x, LLVMValueRef y)
{
    LLVMTypeRef type = LLVMTypeOf(x), bits = ir_bits_type(cg, type);
    LLVMValueRef one = build_comparison(cg, is_least, x, y);
    LLVMValueRef other = build_comparison(cg, is_least, y, x);
    one = LLVMBuildBitCast(cg->builder, one, bits, "");
    other = LLVMBuildBitCast(cg->builder, other, bits, "");
    LLVMValueRef both = is_least ? LLVMBuildOr(cg->builder, one, other, "")
                                 : LLVMBuildAnd(cg->builder, one, other, "");
    return LLVMBuildBitCast(cg->builder, both, type, "");
}

static void use_machines_minimum(struct cg *cg, LLVMValueRef call)
{
    LLVMPositionBuilderBefore(cg->builder, call);
    LLVMValueRef x = LLVMGetOperand(call, 0), y = LLVMGetOperand(call, 1);
    LLVMReplaceAllUsesWith(call, build_minimum(cg, ir_calls(call, "llvm.minimum."), x, y));
    LLVMInstructionEraseFromParent(call);
}

/* Of a constant LLVM knows the sign, and takes one instruction. */
static bool is_minimum_of_numbers(LLVMValueRef value)
{
    return is_minimum(value) && (LLVMGetFastMathFlags(value) & LLVMFastMathNoNaNs) != 0 &&
           !LLVMIsConstant(LLVMGetOperand(value, 0)) && !LLVMIsConstant(LLVMGetOperand(value, 1));
}

/* ---- x < c ? x : c ---- */

static bool selects(LLVMValueRef select, LLVMValueRef value)
{
    return LLVMGetOperand(select, 1) == value || LLVMGetOperand(select, 2) == value;
}

static void keep_apart(struct cg *cg, LLVMValueRef select)
{
    LLVMValueRef comparison = LLVMGetOperand(select, 0);
    if (!LLVMIsAFCmpInst(comparison))
        return;
    for (unsigned i = 0; i < 2; i++) {
        LLVMValueRef value = LLVMGetOperand(comparison, i);
        if (LLVMIsConstant(value) || !selects(select, value))
            continue;
        LLVMPositionBuilderBefore(cg->builder, comparison);
        LLVMSetOperand(comparison, i, LLVMBuildFreeze(cg->builder, value, ""));
    }
}

static void lower_in(struct cg *cg, LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (cg->c->target->has_quieting_minimum && LLVMIsASelectInst(i))
            keep_apart(cg, i);
        if (cg->c->target->compares_to_minimum && is_minimum_of_numbers(i))
            use_machines_minimum(cg, i);
    }
}

void cg_lower_minima(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            lower_in(cg, bb);
}
