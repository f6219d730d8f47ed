/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Floats rounded to whole numbers where the machine has no instruction for it, as x86-64 before
 * SSE4.1: LLVM would call C's ceil, floor, trunc and roundeven, which the runtime has not.
 *
 * A float that has 2^52 added to it (2^23 if it is of 32 bits) has no digits left behind the point,
 * and is rounded to the nearest, ties to even. Greater ones are whole already. The sign is that of
 * the operand, also of zeros; NaNs become quiet.
 */
#include "codegen/ir.h"

#include <string.h>

struct rounding {
    LLVMBuilderRef builder;
    LLVMModuleRef module;
    LLVMTypeRef type;
    LLVMValueRef x;
};

/* From here on all floats are whole. */
static LLVMValueRef whole(const struct rounding *r)
{
    return ir_floats(r->type, ir_is_double(r->type) ? 0x1p52 : 0x1p23);
}

static LLVMValueRef intrinsic(const struct rounding *r, const char *name, LLVMValueRef x,
                              LLVMValueRef y)
{
    LLVMTypeRef type = r->type;
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(r->module, id, &type, 1);
    return LLVMBuildCall2(r->builder, LLVMGlobalGetValueType(function), function,
                          (LLVMValueRef[]){x, y}, y ? 2 : 1, "");
}

static LLVMValueRef magnitude(const struct rounding *r, LLVMValueRef x)
{
    return intrinsic(r, "llvm.fabs", x, NULL);
}

/* The nearest whole number; of large ones and NaNs anything. */
static LLVMValueRef nearest(const struct rounding *r)
{
    LLVMValueRef n = LLVMBuildFAdd(r->builder, magnitude(r, r->x), whole(r), "");
    return intrinsic(r, "llvm.copysign", LLVMBuildFSub(r->builder, n, whole(r), ""), r->x);
}

/* n, or the next whole number in a direction where n lies on the other side of x. */
static LLVMValueRef step(const struct rounding *r, LLVMValueRef n, bool is_beyond_above,
                         double direction)
{
    LLVMRealPredicate beyond = is_beyond_above ? LLVMRealOGT : LLVMRealOLT;
    LLVMValueRef is_beyond = LLVMBuildFCmp(r->builder, beyond, n, r->x, "");
    LLVMValueRef next = LLVMBuildFAdd(r->builder, n, ir_floats(r->type, direction), "");
    return LLVMBuildSelect(r->builder, is_beyond, next, n, "");
}

static LLVMValueRef rounded(struct rounding *r, LLVMValueRef call)
{
    LLVMValueRef n = nearest(r);
    if (ir_calls(call, "llvm.ceil."))
        return step(r, n, false, 1);
    if (ir_calls(call, "llvm.floor."))
        return step(r, n, true, -1);
    if (!ir_calls(call, "llvm.trunc."))
        return n;
    struct rounding positive = *r;
    positive.x = magnitude(r, r->x);
    return step(&positive, magnitude(r, n), true, -1);
}

static void lower(struct cg *cg, LLVMValueRef call)
{
    struct rounding r = {cg->builder, cg->module, LLVMTypeOf(call), LLVMGetOperand(call, 0)};
    LLVMBuilderRef b = r.builder;
    LLVMPositionBuilderBefore(b, call);
    LLVMValueRef is_small = LLVMBuildFCmp(b, LLVMRealOLT, magnitude(&r, r.x), whole(&r), "");
    LLVMValueRef small = intrinsic(&r, "llvm.copysign", rounded(&r, call), r.x);
    LLVMValueRef number = LLVMBuildSelect(b, is_small, small, r.x, "");
    LLVMValueRef is_nan = LLVMBuildFCmp(b, LLVMRealUNO, r.x, r.x, "");
    LLVMValueRef quiet = LLVMBuildFAdd(b, r.x, r.x, "");
    LLVMReplaceAllUsesWith(call, LLVMBuildSelect(b, is_nan, quiet, number, ""));
    LLVMInstructionEraseFromParent(call);
}

static bool is_rounding(LLVMValueRef value)
{
    return ir_calls(value, "llvm.ceil.") || ir_calls(value, "llvm.floor.") ||
           ir_calls(value, "llvm.trunc.") || ir_calls(value, "llvm.roundeven.");
}

void cg_lower_roundings(struct cg *cg)
{
    if (cg->c->cpu.rounds)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
                next = LLVMGetNextInstruction(i);
                if (is_rounding(i))
                    lower(cg, i);
            }
}
