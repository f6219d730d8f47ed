/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (a + b) % m of numbers that are remainders already: in checksums, modular sums, the indices of
 * rings. What is below 2 m holds m once or not at all, and a comparison takes a third of the time
 * of the products that LLVM makes of a division by a constant. LLVM knows that only where the sum
 * does not come round a loop.
 *
 * Late, as the interval of a remainder can be seen and that of a selection cannot. For the same
 * reason all are found before the first is rewritten.
 */
#include "codegen/ir.h"
#include "codegen/passes/interval.h"

struct found {
    LLVMValueRef division;
    struct found *next;
};

static bool is_division(LLVMOpcode opcode)
{
    return opcode == LLVMUDiv || opcode == LLVMSDiv || opcode == LLVMURem || opcode == LLVMSRem;
}

/* A power of two is a mask or a shift. */
static bool is_product(int64_t divisor)
{
    return divisor > 2 && (divisor & (divisor - 1)) != 0;
}

static bool holds_once_at_most(LLVMValueRef insn)
{
    if (!is_division(LLVMGetInstructionOpcode(insn)))
        return false;
    LLVMValueRef by = LLVMGetOperand(insn, 1);
    if (!LLVMIsAConstantInt(by) || LLVMGetIntTypeWidth(LLVMTypeOf(by)) > 64)
        return false;
    int64_t divisor = LLVMConstIntGetSExtValue(by);
    if (!is_product(divisor))
        return false;
    struct interval divided = interval_through_phis(LLVMGetOperand(insn, 0));
    return divided.low >= 0 && divided.high - divisor < divisor;
}

static void subtract(struct cg *cg, LLVMValueRef division)
{
    LLVMBuilderRef b = cg->builder;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(division);
    LLVMValueRef n = LLVMGetOperand(division, 0), m = LLVMGetOperand(division, 1);
    LLVMPositionBuilderBefore(b, division);
    LLVMValueRef result;
    if (opcode == LLVMUDiv || opcode == LLVMSDiv) {
        LLVMValueRef holds = LLVMBuildICmp(b, LLVMIntUGE, n, m, "");
        result = LLVMBuildZExt(b, holds, LLVMTypeOf(n), "");
    } else {
        LLVMValueRef rest = LLVMBuildSub(b, n, m, "");
        result = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, n, m, ""), n, rest, "");
    }
    LLVMReplaceAllUsesWith(division, result);
    LLVMInstructionEraseFromParent(division);
}

static struct found *find_in(struct cg *cg, LLVMBasicBlockRef bb, struct found *all)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (holds_once_at_most(i)) {
            struct found *one = arena_alloc(cg->arena, sizeof *one);
            *one = (struct found){i, all};
            all = one;
        }
    return all;
}

void cg_subtract_remainders(struct cg *cg)
{
    struct found *all = NULL;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            all = find_in(cg, bb, all);
    for (; all; all = all->next)
        subtract(cg, all->division);
}
