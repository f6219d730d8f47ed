/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Rotates that wait for other rotates, as in ciphers and hashes made of additions, rotations and
 * exclusive ors. Where the CPU rotates vectors (AVX-512), LLVM's vectoriser of straight code makes
 * four lanes of the four columns of such a round. It counts instructions, but here each waits for
 * the one before: scalar code does four at once just as well, and has no lanes to shuffle between
 * two rounds. Salsa20 takes 1.5 times as long with vectors. The words of SHA-2's message schedule
 * wait for others as well, but there are independent ones beside each.
 *
 * So while that pass runs, these rotates are calls of functions that it does not know. So are
 * conversions that saturate, where they will have a branch around one instruction (saturate.c).
 */
#include "codegen/ir.h"

#include <string.h>

/* From a rotate back to the one before it; edges of a phi; uses of a value. They bound the time. */
enum { DEPTH = 5, MOST_EDGES = 32, MOST_USES = 8 };

static const char prefix[] = "hidden.";
enum { PREFIX_LENGTH = sizeof prefix - 1 };

static bool starts_with(LLVMValueRef function, const char *start)
{
    size_t length;
    return strncmp(LLVMGetValueName2(function, &length), start, strlen(start)) == 0;
}

static bool is_hidden(LLVMValueRef function)
{
    return starts_with(function, prefix);
}

/* Of an integer, hidden or not. */
static bool is_rotate(LLVMValueRef value)
{
    if (!LLVMIsACallInst(value) || LLVMGetNumArgOperands(value) != 3 ||
        LLVMGetTypeKind(LLVMTypeOf(value)) != LLVMIntegerTypeKind ||
        LLVMGetOperand(value, 0) != LLVMGetOperand(value, 1))
        return false;
    LLVMValueRef callee = LLVMGetCalledValue(value);
    return LLVMIsAFunction(callee) && (starts_with(callee, "llvm.fsh") || is_hidden(callee));
}

bool cg_is_constant_rotate(LLVMValueRef value)
{
    return is_rotate(value) && LLVMIsAConstantInt(LLVMGetOperand(value, 2));
}

/* Whether the value is made of a rotate in the block, or in the iteration before this one. */
static bool waits_for_rotate(LLVMValueRef value, LLVMBasicBlockRef bb, int depth)
{
    if (depth == 0 || !LLVMIsAInstruction(value) || LLVMGetInstructionParent(value) != bb)
        return false;
    if (LLVMIsAPHINode(value)) {
        LLVMValueRef last = LLVMCountIncoming(value) > MOST_EDGES ? NULL : ir_incoming(value, bb);
        return last && waits_for_rotate(last, bb, depth - 1);
    }
    if (is_rotate(value))
        return true;
    return LLVMIsABinaryOperator(value) &&
           (waits_for_rotate(LLVMGetOperand(value, 0), bb, depth - 1) ||
            waits_for_rotate(LLVMGetOperand(value, 1), bb, depth - 1));
}

static void set_callee(LLVMValueRef call, LLVMValueRef function)
{
    LLVMSetOperand(call, (unsigned)LLVMGetNumOperands(call) - 1, function);
}

/* A function like the intrinsic, of which only that is known. */
static LLVMValueRef hidden_function(struct cg *cg, LLVMValueRef intrinsic)
{
    size_t length;
    const char *name =
        arena_printf(cg->arena, "%s%s", prefix, LLVMGetValueName2(intrinsic, &length));
    LLVMValueRef function = LLVMGetNamedFunction(cg->module, name);
    if (function)
        return function;
    function = LLVMAddFunction(cg->module, name, LLVMGlobalGetValueType(intrinsic));
    cg_add_attribute(cg, function, "memory", 0);
    cg_add_attribute(cg, function, "nounwind", 0);
    cg_add_attribute(cg, function, "willreturn", 0);
    return function;
}

/* As well, as SHA-2's message schedule has it and ciphers have not. */
static bool is_shifted(LLVMValueRef value)
{
    int left = MOST_USES;
    for (LLVMUseRef use = LLVMGetFirstUse(value); use && left > 0;
         use = LLVMGetNextUse(use), left--)
        if (LLVMIsABinaryOperator(LLVMGetUser(use)) &&
            LLVMGetInstructionOpcode(LLVMGetUser(use)) == LLVMLShr)
            return true;
    return false;
}

static bool is_in_chain(LLVMValueRef insn, LLVMBasicBlockRef bb)
{
    if (!is_rotate(insn))
        return false;
    LLVMValueRef value = LLVMGetOperand(insn, 0);
    return !is_shifted(value) && waits_for_rotate(value, bb, DEPTH);
}

static void hide_in_block(struct cg *cg, LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (is_in_chain(i, bb) || (cg->c->target->truncates_to_least && cg_is_saturation(i)))
            set_callee(i, hidden_function(cg, LLVMGetCalledValue(i)));
}

void cg_hide_calls(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            hide_in_block(cg, bb);
}

void cg_show_calls(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module), next; f; f = next) {
        next = LLVMGetNextFunction(f);
        if (!is_hidden(f))
            continue;
        size_t length;
        LLVMValueRef intrinsic =
            LLVMGetNamedFunction(cg->module, LLVMGetValueName2(f, &length) + PREFIX_LENGTH);
        for (LLVMUseRef use; (use = LLVMGetFirstUse(f));)
            set_callee(LLVMGetUser(use), intrinsic);
        LLVMDeleteFunction(f);
    }
}
