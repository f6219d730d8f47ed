/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Wide arithmetic: 128-bit numbers as two i64 on the stack, the low half first. LLVM's i128 is that
 * pair in two registers, so an addition is add and adc, a product a single multiplication.
 */
#include "codegen/emit/function.h"

enum { HALF_BITS = 64 };

static LLVMTypeRef i128(struct fn *f)
{
    return LLVMInt128TypeInContext(f->cg->context);
}

static LLVMValueRef half_bits(struct fn *f)
{
    return LLVMConstInt(i128(f), HALF_BITS, false);
}

/* Pops the high half, then the low half. */
static LLVMValueRef pop_i128(struct fn *f)
{
    LLVMValueRef high = LLVMBuildZExt(f->b, fn_pop(f), i128(f), "");
    LLVMValueRef low = LLVMBuildZExt(f->b, fn_pop(f), i128(f), "");
    return LLVMBuildOr(f->b, LLVMBuildShl(f->b, high, half_bits(f), ""), low, "");
}

static void push_i128(struct fn *f, LLVMValueRef value)
{
    LLVMValueRef high = LLVMBuildLShr(f->b, value, half_bits(f), "");
    fn_push(f, LLVMBuildTrunc(f->b, value, f->cg->i64, ""));
    fn_push(f, LLVMBuildTrunc(f->b, high, f->cg->i64, ""));
}

void emit_i64_add128(struct fn *f)
{
    LLVMValueRef right = pop_i128(f), left = pop_i128(f);
    push_i128(f, LLVMBuildAdd(f->b, left, right, ""));
}

void emit_i64_sub128(struct fn *f)
{
    LLVMValueRef right = pop_i128(f), left = pop_i128(f);
    push_i128(f, LLVMBuildSub(f->b, left, right, ""));
}

/* The whole product of two i64. */
static void emit_mul_wide(struct fn *f, LLVMOpcode extend)
{
    LLVMValueRef right = LLVMBuildCast(f->b, extend, fn_pop(f), i128(f), "");
    LLVMValueRef left = LLVMBuildCast(f->b, extend, fn_pop(f), i128(f), "");
    push_i128(f, LLVMBuildMul(f->b, left, right, ""));
}

void emit_i64_mul_wide_s(struct fn *f)
{
    emit_mul_wide(f, LLVMSExt);
}

void emit_i64_mul_wide_u(struct fn *f)
{
    emit_mul_wide(f, LLVMZExt);
}
