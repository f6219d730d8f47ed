/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Divisions of more than 64 bits. WebAssembly has none, but LLVM counts some loops in twice the
 * width, those that leave where an i64 is beyond another, and divides by the step. Machines cannot
 * do that, and no library here has the function that would be called: so it is done in place.
 */
#include "codegen/ir.h"
#include "codegen/shim.h"

static bool is_wide_division(LLVMValueRef insn)
{
    switch ((int)LLVMGetInstructionOpcode(insn)) {
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem:
        return LLVMGetTypeKind(LLVMTypeOf(insn)) == LLVMIntegerTypeKind &&
               LLVMGetIntTypeWidth(LLVMTypeOf(insn)) > 64;
    default: return false;
    }
}

/* What follows the division is in another block afterwards. */
static void expand_divisions(LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (is_wide_division(i)) {
            division_expand(i);
            return;
        }
}

void cg_expand_divisions(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            expand_divisions(bb);
}
