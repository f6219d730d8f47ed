/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Structs of doubles that are passed by reference, as vectors with three coordinates are: the
 * caller has just stored each by itself, and a load of two waits until both stores have left the
 * processor's queue, as neither has all its bytes. LLVM's vectoriser of straight code counts it as
 * one cheap load; rays that meet spheres took three times as long.
 *
 * So while that pass runs, loads of doubles at a parameter plus a constant are unordered atomic
 * ones, which it leaves alone. Nothing else makes such loads. Loops over arrays have other
 * addresses, and four floats are worth the wait.
 */
#include "codegen/ir.h"
#include "codegen/passes/address.h"

static bool is_by_reference(struct cg *cg, LLVMValueRef insn)
{
    struct address address;
    if (!LLVMIsALoadInst(insn) || !ir_is_plain_access(insn) ||
        LLVMGetTypeKind(LLVMTypeOf(insn)) != LLVMDoubleTypeKind ||
        !cg_find_wide_address(cg, ir_pointer(insn), &address))
        return false;
    LLVMValueRef index = address.wide ? address.wide : address.index, rest;
    int64_t constant;
    if (!index)
        return false;
    ir_split_sum(index, &rest, &constant);
    return LLVMIsAArgument(rest);
}

static bool is_hidden(LLVMValueRef insn)
{
    return LLVMIsALoadInst(insn) && LLVMGetOrdering(insn) == LLVMAtomicOrderingUnordered;
}

static void hide_in_block(struct cg *cg, LLVMBasicBlockRef bb, bool hide)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (hide && is_by_reference(cg, i))
            LLVMSetOrdering(i, LLVMAtomicOrderingUnordered);
        else if (!hide && is_hidden(i))
            LLVMSetOrdering(i, LLVMAtomicOrderingNotAtomic);
}

void cg_hide_references(struct cg *cg, bool hide)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            hide_in_block(cg, bb, hide);
}
