/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions that are inlined although LLVM finds them too large: straight code that takes or
 * returns structs, which natively go through registers and here through the caller's frame in
 * linear memory. A round of AES on four words is such a function. Inlined, what it takes and
 * returns is values again (frame.c), and no round waits for the stores of the one before.
 */
#include "codegen/ir.h"

/* A callee's instructions, and what all the callees marked may add to one caller. */
enum { MOST_INSNS = 200, MOST_ADDED = 4000 };

/* Of a block that calls nothing and goes on at one place; most + 1 if it is something else. */
static unsigned block_size(LLVMBasicBlockRef bb)
{
    unsigned n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
        if (cg_is_keeper(i))
            continue;
        bool simple = LLVMIsATerminatorInst(i) ? LLVMGetNumSuccessors(i) <= 1
                                               : !LLVMIsACallInst(i) || ir_calls_pure(i);
        if (!simple || ++n > MOST_INSNS)
            return MOST_INSNS + 1;
    }
    return n;
}

/* Instructions of straight code that calls nothing; 0 if the function is something else. */
static unsigned straight_size(LLVMValueRef function)
{
    if (cg_is_giant(function))
        return 0;
    unsigned n = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb)) {
        n += block_size(bb);
        if (n > MOST_INSNS)
            return 0;
    }
    return n;
}

/* Two arguments are places in one frame. */
static bool passes_places(struct cg *cg, LLVMValueRef call)
{
    LLVMValueRef first = NULL;
    for (unsigned i = 0, n = LLVMGetNumArgOperands(call); i < n; i++) {
        LLVMValueRef argument = LLVMGetOperand(call, i), root;
        int64_t constant;
        ir_split_sum(argument, &root, &constant);
        if (LLVMTypeOf(argument) != cg->i32 || root == argument)
            continue;
        if (first == root)
            return true;
        first = root;
    }
    return false;
}

/* How many instructions the call becomes. */
static unsigned mark(struct cg *cg, LLVMValueRef call, unsigned room)
{
    LLVMValueRef callee = LLVMIsACallInst(call) ? LLVMGetCalledValue(call) : NULL;
    if (!callee || !LLVMIsAFunction(callee) || !passes_places(cg, call))
        return 0;
    unsigned size = straight_size(callee);
    if (size == 0 || size > room)
        return 0;
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX, cg_attribute(cg, "alwaysinline", 0));
    return size;
}

static void mark_in_function(struct cg *cg, LLVMValueRef function)
{
    unsigned added = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
            added += mark(cg, i, MOST_ADDED - added);
}

void cg_mark_inlined(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (!cg_is_giant(f))
            mark_in_function(cg, f);
}
