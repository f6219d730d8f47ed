/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Saturating conversions of single floats to integers, on x86-64. The machine's instruction gives
 * the least integer for what does not fit, LLVM compares and selects around it, and whatever uses
 * the number waits for that. A branch that nearly nothing takes waits for nobody: only where the
 * least integer came out is the number made again, as LLVM does it.
 *
 *     i32, i64 signed: the least integer      u32, of 64 bits: above 2^32 - 1      u64: negative
 *
 * Late, as branches would keep loops from becoming vectors.
 */
#include "codegen/ir.h"
#include "codegen/shim.h"

/* Of a scalar, to 32 or 64 bits. */
static bool is_saturation(LLVMValueRef call, bool *is_signed)
{
    *is_signed = ir_calls(call, "llvm.fptosi.sat.i");
    if (!*is_signed && !ir_calls(call, "llvm.fptoui.sat.i"))
        return false;
    unsigned bits = LLVMGetIntTypeWidth(LLVMTypeOf(call));
    return bits == 32 || bits == 64;
}

bool cg_is_saturation(LLVMValueRef value)
{
    bool is_signed;
    return is_saturation(value, &is_signed);
}

/* i1: the machine's number, of 64 bits for u32, says that x did not fit, or might not. */
static LLVMValueRef build_misfit(struct cg *cg, LLVMValueRef number, unsigned bits, bool is_signed)
{
    LLVMTypeRef type = LLVMTypeOf(number);
    if (is_signed) {
        LLVMValueRef least = LLVMConstInt(type, UINT64_C(1) << (bits - 1), false);
        return LLVMBuildICmp(cg->builder, LLVMIntEQ, number, least, "");
    }
    uint64_t most = bits == 32 ? UINT32_MAX : INT64_MAX;
    return LLVMBuildICmp(cg->builder, LLVMIntUGT, number, LLVMConstInt(type, most, false), "");
}

static void branch_around(struct cg *cg, LLVMValueRef call, bool is_signed)
{
    LLVMBuilderRef b = cg->builder;
    LLVMTypeRef type = LLVMTypeOf(call);
    unsigned bits = LLVMGetIntTypeWidth(type);
    LLVMBasicBlockRef before = LLVMGetInstructionParent(call), after = block_split(call);
    LLVMBasicBlockRef rare = LLVMInsertBasicBlockInContext(cg->context, after, "misfit");
    LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(before));
    LLVMPositionBuilderAtEnd(b, before);
    LLVMValueRef number = cg_build_truncation(cg, LLVMGetOperand(call, 0), is_signed ? bits : 64);
    LLVMValueRef is_misfit = build_misfit(cg, number, bits, is_signed);
    LLVMValueRef fitting = LLVMBuildTruncOrBitCast(b, number, type, "");
    LLVMValueRef branch = LLVMBuildCondBr(b, is_misfit, rare, after);
    LLVMSetMetadata(branch, cg->md_prof, cg->prof_unlikely);
    LLVMPositionBuilderBefore(b, call);
    LLVMValueRef phi = LLVMBuildPhi(b, type, "");
    LLVMReplaceAllUsesWith(call, phi);
    LLVMInstructionRemoveFromParent(call);
    LLVMPositionBuilderAtEnd(b, rare);
    LLVMInsertIntoBuilder(b, call);
    LLVMBuildBr(b, after);
    LLVMAddIncoming(phi, (LLVMValueRef[]){fitting, call}, (LLVMBasicBlockRef[]){before, rare}, 2);
}

/* From the end: a split moves all that follows, which then has been dealt with. */
static void branch_in(struct cg *cg, LLVMBasicBlockRef bb)
{
    bool is_signed;
    for (LLVMValueRef i = LLVMGetLastInstruction(bb), previous; i; i = previous) {
        previous = LLVMGetPreviousInstruction(i);
        if (is_saturation(i, &is_signed))
            branch_around(cg, i, is_signed);
    }
}

void cg_branch_saturations(struct cg *cg)
{
    if (!cg->c->target->truncates_to_least)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f), next; bb; bb = next) {
            next = LLVMGetNextBasicBlock(bb);
            branch_in(cg, bb);
        }
}
