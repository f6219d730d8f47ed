/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * x < c ? x : c of floats. LLVM takes it for the minimum of IEEE 754-2008 where c is known to be no
 * NaN, and AArch64 has an instruction for that one. For a quiet NaN both give c; of a signalling
 * one the instruction makes a quiet NaN. A compared value that seems to be another than the
 * selected one is not recognised.
 *
 * Late, as passes would see through it.
 */
#include "codegen/internal.h"

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

void cg_part_minima(struct cg *cg)
{
    if (!cg->c->target->has_quieting_minimum)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
                if (LLVMIsASelectInst(i))
                    keep_apart(cg, i);
}
