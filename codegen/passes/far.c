/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Accesses at constant addresses far from others: LLVM's vectoriser of straight code keeps the
 * distance of two pointers in 32 bits, so that base + 2^32 + 8 is next to base to it, and a store
 * that must trap becomes part of one that does not. No program has such addresses on purpose (a
 * 32-bit address plus a static offset over 4 GiB is never in bounds), so they need not be fast:
 * they are made volatile, which that pass leaves alone.
 */
#include "codegen/ir.h"

/* What an integer is made of is looked at to this depth: constants appear when loops are unrolled.
 * And so many values at most; then it counts as far. */
enum { DEPTH = 4, MOST_VALUES = 256 };

static bool is_far_constant(LLVMValueRef value)
{
    if (!LLVMIsAConstantInt(value) || LLVMGetIntTypeWidth(LLVMTypeOf(value)) != 64)
        return false;
    int64_t n = LLVMConstIntGetSExtValue(value);
    return n > INT32_MAX / 16 || n < INT32_MIN / 16;
}

static bool adds(LLVMValueRef value)
{
    switch ((int)LLVMGetInstructionOpcode(value)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMShl:
    case LLVMOr:
    case LLVMPHI:
    case LLVMSelect:
    case LLVMGetElementPtr: return true;
    default: return false;
    }
}

/* The value is an address, or a part of one, with a far constant in it. */
static bool is_far(LLVMValueRef value, int depth, int *left)
{
    if (is_far_constant(value) || --*left == 0)
        return true;
    if (depth == 0 || !LLVMIsAInstruction(value) || !adds(value))
        return false;
    for (int i = 0, n = LLVMGetNumOperands(value); i < n; i++)
        if (is_far(LLVMGetOperand(value, (unsigned)i), depth - 1, left))
            return true;
    return false;
}

static void pin(LLVMValueRef insn)
{
    int left = MOST_VALUES;
    if ((LLVMIsALoadInst(insn) || LLVMIsAStoreInst(insn)) && is_far(ir_pointer(insn), DEPTH, &left))
        LLVMSetVolatile(insn, true);
}

void cg_pin_far_accesses(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
                pin(i);
}
