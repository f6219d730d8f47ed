/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stack overflow: a function compares its stack pointer with the limit in ctx->exec and traps below
 * it. The limit leaves headroom for host functions and runtime helpers, so those need no check, and
 * a leaf function with a small frame needs none either: it lives in the headroom. The check is put
 * in after the optimiser, so that an inlined body carries none and leaves are known.
 */
#include "codegen/abi.h"
#include "codegen/ir.h"

#include <string.h>

/* A leaf of fewer instructions than this cannot have a frame near the headroom (128 KiB): a value
 * takes at most 16 bytes to spill. */
enum { SMALL_LEAF_INSTRUCTIONS = 1000 };

static bool is_wasm(const struct cg *cg, LLVMValueRef function)
{
    const char *section = LLVMGetSection(function);
    return section && strcmp(section, cg->c->text_section) == 0;
}

/* A function of ours that traps (emit_closed.c). */
static bool is_failure(LLVMValueRef function)
{
    unsigned kind = LLVMGetEnumAttributeKindForName("noreturn", strlen("noreturn"));
    return LLVMGetVisibility(function) == LLVMHiddenVisibility &&
           LLVMGetEnumAttributeAtIndex(function, FUNCTION_INDEX, kind);
}

/* A call that may come back into wasm or into the runtime: not an intrinsic, asm or a trap. A tail
 * call takes no more stack than its arguments need. */
static bool is_real_call(struct cg *cg, LLVMValueRef insn)
{
    if (LLVMIsAInvokeInst(insn))
        return true;
    if (!LLVMIsACallInst(insn) || LLVMGetTailCallKind(insn) == LLVMTailCallKindMustTail)
        return false;
    LLVMValueRef callee = LLVMGetCalledValue(insn);
    if (LLVMIsAInlineAsm(callee) || callee == abi_helper(cg, HELPER_trap))
        return false;
    if (!LLVMIsAFunction(callee) || is_wasm(cg, callee))
        return true;
    return ir_intrinsic(insn) == 0 && !is_failure(callee);
}

static bool needs_check(struct cg *cg, LLVMValueRef function)
{
    unsigned count = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
            if (++count >= SMALL_LEAF_INSTRUCTIONS || LLVMIsAAllocaInst(i) || is_real_call(cg, i))
                return true;
    return false;
}

static LLVMValueRef read_stack_pointer(struct cg *cg)
{
    const char *name = cg->c->target->stack_pointer;
    LLVMMetadataRef string = LLVMMDStringInContext2(cg->context, name, strlen(name));
    LLVMValueRef reg =
        LLVMMetadataAsValue(cg->context, LLVMMDNodeInContext2(cg->context, &string, 1));
    unsigned id = LLVMLookupIntrinsicID("llvm.read_register", strlen("llvm.read_register"));
    LLVMValueRef read = LLVMGetIntrinsicDeclaration(cg->module, id, &cg->i64, 1);
    return LLVMBuildCall2(cg->builder, LLVMIntrinsicGetType(cg->context, id, &cg->i64, 1), read,
                          &reg, 1, "");
}

static LLVMValueRef load_field(struct cg *cg, LLVMTypeRef type, LLVMValueRef pointer, size_t offset)
{
    LLVMValueRef index = LLVMConstInt(cg->i64, offset, false);
    LLVMValueRef at = LLVMBuildGEP2(cg->builder, cg->i8, pointer, &index, 1, "");
    return LLVMBuildLoad2(cg->builder, type, at, "");
}

/* Frame slots must stay in the entry block, or LLVM takes them for dynamic ones. */
static void move_allocas(LLVMBuilderRef b, LLVMBasicBlockRef from)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(from), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (!LLVMIsAAllocaInst(i))
            continue;
        LLVMInstructionRemoveFromParent(i);
        LLVMInsertIntoBuilder(b, i);
    }
}

static void add_check(struct cg *cg, LLVMValueRef function)
{
    LLVMBuilderRef b = cg->builder;
    LLVMBasicBlockRef body = LLVMGetEntryBasicBlock(function);
    LLVMBasicBlockRef check = LLVMInsertBasicBlockInContext(cg->context, body, "check");
    LLVMBasicBlockRef overflow = LLVMAppendBasicBlockInContext(cg->context, function, "overflow");
    LLVMValueRef ctx = LLVMGetParam(function, 0);

    LLVMPositionBuilderAtEnd(b, check);
    move_allocas(b, body);
    LLVMValueRef exec = load_field(cg, cg->ptr, ctx, offsetof(struct w2s_ctx, exec));
    LLVMValueRef limit = load_field(cg, cg->i64, exec, offsetof(struct w2s_exec, stack_limit));
    LLVMValueRef below = LLVMBuildICmp(b, LLVMIntULT, read_stack_pointer(cg), limit, "");
    LLVMSetMetadata(LLVMBuildCondBr(b, below, overflow, body), cg->md_prof, cg->prof_unlikely);

    LLVMPositionBuilderAtEnd(b, overflow);
    LLVMValueRef trap = abi_helper(cg, HELPER_trap);
    LLVMValueRef args[] = {ctx, LLVMConstInt(cg->i32, W2S_TRAP_STACK_OVERFLOW, false),
                           LLVMConstInt(cg->i32, 0, false)};
    LLVMBuildCall2(b, LLVMGlobalGetValueType(trap), trap, args, 3, "");
    LLVMBuildUnreachable(b);
}

void cg_add_stack_checks(struct cg *cg)
{
    for (LLVMValueRef function = LLVMGetFirstFunction(cg->module); function;
         function = LLVMGetNextFunction(function))
        if (is_wasm(cg, function) && needs_check(cg, function))
            add_check(cg, function);
}
