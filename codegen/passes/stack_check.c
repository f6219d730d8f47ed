/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stack overflow: a function compares its stack pointer with the limit in ctx->exec and traps below
 * it. The limit leaves headroom for host functions and runtime helpers, so those need no check, and
 * a leaf function with a small frame needs none either: it lives in the headroom. Nor does what a
 * function does before it calls anything, such as the end of a recursion. The check is put in after
 * the optimiser, so that an inlined body carries none and leaves are known.
 */
#include "codegen/abi.h"
#include "codegen/ir.h"
#include "codegen/passes/value_set.h"
#include "codegen/shim.h"

#include <string.h>

/* A leaf of fewer instructions than this cannot have a frame near the headroom (128 KiB): a value
 * takes at most the 64 bytes of the widest vector to spill. */
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

/* ---- blocks of a function ---- */

struct blocks {
    struct value_set set;
    LLVMBasicBlockRef *list; /* in the order in which they came */
    size_t count;
};

static struct blocks no_blocks(struct cg *cg, LLVMValueRef function)
{
    struct blocks blocks = {.set = {.arena = cg->arena}};
    value_set_clear(&blocks.set);
    unsigned most = LLVMCountBasicBlocks(function);
    blocks.list = arena_array(cg->arena, most, sizeof(LLVMBasicBlockRef));
    return blocks;
}

static bool has_block(const struct blocks *blocks, LLVMBasicBlockRef bb)
{
    return value_set_has(&blocks->set, LLVMBasicBlockAsValue(bb));
}

static void add_block(struct blocks *blocks, LLVMBasicBlockRef bb)
{
    if (has_block(blocks, bb))
        return;
    value_set_add(&blocks->set, LLVMBasicBlockAsValue(bb));
    blocks->list[blocks->count++] = bb;
}

/* A tail call that has to be one stands right before its return. */
static bool is_tail_called(LLVMValueRef ret)
{
    LLVMValueRef call = LLVMGetPreviousInstruction(ret);
    return call && LLVMIsACallInst(call) && LLVMGetTailCallKind(call) == LLVMTailCallKindMustTail;
}

/* The only block that returns of those that can be reached from there; NULL if there are more. */
static LLVMBasicBlockRef only_return(struct cg *cg, LLVMValueRef function, LLVMBasicBlockRef from)
{
    struct blocks reached = no_blocks(cg, function);
    LLVMBasicBlockRef only = NULL;
    add_block(&reached, from);
    for (size_t i = 0; i < reached.count; i++) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(reached.list[i]);
        if (LLVMIsAReturnInst(end) && (only || is_tail_called(end)))
            return NULL;
        if (LLVMIsAReturnInst(end))
            only = reached.list[i];
        for (unsigned k = 0, n = LLVMGetNumSuccessors(end); k < n; k++)
            add_block(&reached, LLVMGetSuccessor(end, k));
    }
    return only;
}

/* ---- what a function needs ---- */

struct need {
    struct blocks calling; /* that call, or lead to one that does */
    bool has_large_frame;  /* perhaps, for the headroom */
};

static bool calls(struct cg *cg, LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (is_real_call(cg, i))
            return true;
    return false;
}

static bool has_large_frame(LLVMValueRef function)
{
    unsigned count = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
            if (++count >= SMALL_LEAF_INSTRUCTIONS || LLVMIsAAllocaInst(i))
                return true;
    return false;
}

static struct need find_need(struct cg *cg, LLVMValueRef function)
{
    struct need need = {no_blocks(cg, function), has_large_frame(function)};
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb))
        if (calls(cg, bb))
            add_block(&need.calling, bb);
    for (size_t i = 0; i < need.calling.count; i++)
        for (LLVMUseRef u = LLVMGetFirstUse(LLVMBasicBlockAsValue(need.calling.list[i])); u;
             u = LLVMGetNextUse(u))
            add_block(&need.calling, LLVMGetInstructionParent(LLVMGetUser(u)));
    return need;
}

/* ---- where it asks ---- */

/* Where the only edge leads on which a call can be reached; NULL if there are several. */
static LLVMBasicBlockRef only_calling(const struct need *need, LLVMBasicBlockRef bb)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(bb);
    LLVMBasicBlockRef only = NULL;
    for (unsigned i = 0, n = LLVMGetNumSuccessors(end); i < n; i++) {
        LLVMBasicBlockRef to = LLVMGetSuccessor(end, i);
        if (has_block(&need->calling, to) && only)
            return NULL;
        if (has_block(&need->calling, to))
            only = to;
    }
    return only;
}

static bool has_one_edge(LLVMBasicBlockRef bb)
{
    LLVMUseRef use = LLVMGetFirstUse(LLVMBasicBlockAsValue(bb));
    return use && !LLVMGetNextUse(use);
}

/* A block that only returns is repeated for the one before it, so that the result of the way
 * without calls is not brought to where the others have theirs. */
static void return_early(LLVMBasicBlockRef from, LLVMBasicBlockRef to)
{
    LLVMValueRef first = LLVMGetFirstInstruction(to);
    while (LLVMIsAPHINode(first))
        first = LLVMGetNextInstruction(first);
    if (!LLVMIsAReturnInst(first) || has_one_edge(to))
        return;
    LLVMBasicBlockRef between = block_between(from, to);
    if (between)
        block_return(between, first);
}

static void return_early_from(const struct need *need, LLVMBasicBlockRef bb)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(bb);
    for (unsigned i = 0, n = LLVMGetNumSuccessors(end); i < n; i++)
        if (!has_block(&need->calling, LLVMGetSuccessor(end, i)))
            return_early(bb, LLVMGetSuccessor(end, i));
}

/* A block of nothing but a branch, where the check is to be: on the way to all calls, so that what
 * returns before them neither asks nor, as LLVM then sees, saves registers. */
static LLVMBasicBlockRef place_check(struct cg *cg, LLVMValueRef function, const struct need *need)
{
    LLVMBasicBlockRef from = NULL, at = LLVMGetEntryBasicBlock(function), next;
    while (!need->has_large_frame && !calls(cg, at) && (!from || has_one_edge(at)) &&
           (next = only_calling(need, at)) != NULL) {
        return_early_from(need, at);
        from = at;
        at = next;
    }
    if (from)
        return block_between(from, at);
    block_split(LLVMGetFirstInstruction(at));
    return at;
}

/* ---- the check ---- */

/* Pretends that the trap comes back to where the function returns: LLVM saves registers at the
 * beginning if not all that needs them leads to one place. */
static void end_at(struct cg *cg, LLVMBasicBlockRef overflow, LLVMBasicBlockRef end)
{
    LLVMValueRef ret = LLVMGetBasicBlockTerminator(end);
    LLVMBasicBlockRef last = block_split(ret);
    LLVMPositionBuilderAtEnd(cg->builder, overflow);
    LLVMBuildBr(cg->builder, last);
    if (LLVMGetNumOperands(ret) == 0)
        return;
    LLVMValueRef value = LLVMGetOperand(ret, 0), poison = LLVMGetPoison(LLVMTypeOf(value));
    LLVMPositionBuilderBefore(cg->builder, ret);
    LLVMValueRef phi = LLVMBuildPhi(cg->builder, LLVMTypeOf(value), "");
    LLVMAddIncoming(phi, (LLVMValueRef[]){value, poison}, (LLVMBasicBlockRef[]){end, overflow}, 2);
    LLVMSetOperand(ret, 0, phi);
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

static void add_check(struct cg *cg, LLVMValueRef function, LLVMBasicBlockRef check)
{
    LLVMBuilderRef b = cg->builder;
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(check);
    LLVMBasicBlockRef body = LLVMGetSuccessor(branch, 0);
    LLVMBasicBlockRef overflow = LLVMAppendBasicBlockInContext(cg->context, function, "overflow");
    LLVMValueRef ctx = LLVMGetParam(function, 0);

    LLVMPositionBuilderBefore(b, branch);
    move_allocas(b, body);
    LLVMValueRef exec = load_field(cg, cg->ptr, ctx, offsetof(struct w2s_ctx, exec));
    LLVMValueRef limit = load_field(cg, cg->i64, exec, offsetof(struct w2s_exec, stack_limit));
    LLVMValueRef below = LLVMBuildICmp(b, LLVMIntULT, read_stack_pointer(cg), limit, "");
    LLVMSetMetadata(LLVMBuildCondBr(b, below, overflow, body), cg->md_prof, cg->prof_unlikely);
    LLVMInstructionEraseFromParent(branch);

    LLVMPositionBuilderAtEnd(b, overflow);
    LLVMValueRef trap = abi_helper(cg, HELPER_trap);
    LLVMValueRef args[] = {ctx, LLVMConstInt(cg->i32, W2S_TRAP_STACK_OVERFLOW, false),
                           LLVMConstInt(cg->i32, 0, false)};
    LLVMBuildCall2(b, LLVMGlobalGetValueType(trap), trap, args, 3, "");
    LLVMBasicBlockRef end = only_return(cg, function, body);
    if (end)
        end_at(cg, overflow, end);
    else
        LLVMBuildUnreachable(b);
}

static void check_function(struct cg *cg, LLVMValueRef function)
{
    struct need need = find_need(cg, function);
    if (need.calling.count > 0 || need.has_large_frame)
        add_check(cg, function, place_check(cg, function, &need));
}

void cg_add_stack_checks(struct cg *cg)
{
    for (LLVMValueRef function = LLVMGetFirstFunction(cg->module); function;
         function = LLVMGetNextFunction(function))
        if (is_wasm(cg, function))
            check_function(cg, function);
}
