/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * v128 loads and stores: whole, extending, splatting, zero-filling, of one lane. Addresses, bounds
 * and the trap of an unused load are emit_memory.c's.
 */
#include "codegen/emit/simd.h"

static void push_loaded(struct fn *f, LLVMValueRef vector)
{
    emit_keep_load(f, vector);
    simd_push(f, vector);
}

void emit_v128_load(struct fn *f)
{
    push_loaded(f, emit_load_value(f, f->cg->v128));
}

void emit_v128_store(struct fn *f)
{
    emit_store_value(f, fn_pop(f));
}

/* Eight bytes of narrow lanes, extended to the next wider ones. */
static void emit_load_extend(struct fn *f, enum shape narrow, bool is_signed)
{
    LLVMTypeRef half = LLVMVectorType(simd_lane_type(f, narrow), simd_lanes(narrow) / 2);
    LLVMTypeRef wide = simd_type(f, narrow + 1);
    LLVMValueRef x = emit_load_value(f, half);
    push_loaded(f, is_signed ? LLVMBuildSExt(f->b, x, wide, "") : LLVMBuildZExt(f->b, x, wide, ""));
}

static void emit_load_splat(struct fn *f, enum shape shape)
{
    LLVMValueRef x = emit_load_value(f, simd_lane_type(f, shape));
    push_loaded(f, simd_splat(f, x, simd_lanes(shape)));
}

static void emit_load_zero(struct fn *f, enum shape shape)
{
    LLVMValueRef x = emit_load_value(f, simd_lane_type(f, shape));
    LLVMValueRef zero = LLVMConstNull(simd_type(f, shape));
    push_loaded(f, LLVMBuildInsertElement(f->b, zero, x, fn_i32(f, 0), ""));
}

static void emit_load_lane(struct fn *f, enum shape shape)
{
    LLVMValueRef vector = simd_pop(f, shape);
    LLVMValueRef x = emit_load_value(f, simd_lane_type(f, shape));
    push_loaded(f, LLVMBuildInsertElement(f->b, vector, x, fn_i32(f, f->insn->lane), ""));
}

static void emit_store_lane(struct fn *f, enum shape shape)
{
    LLVMValueRef vector = simd_pop(f, shape);
    emit_store_value(f, LLVMBuildExtractElement(f->b, vector, fn_i32(f, f->insn->lane), ""));
}

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }

EMIT(v128_load8x8_s,  emit_load_extend(f, I8X16, true))
EMIT(v128_load8x8_u,  emit_load_extend(f, I8X16, false))
EMIT(v128_load16x4_s, emit_load_extend(f, I16X8, true))
EMIT(v128_load16x4_u, emit_load_extend(f, I16X8, false))
EMIT(v128_load32x2_s, emit_load_extend(f, I32X4, true))
EMIT(v128_load32x2_u, emit_load_extend(f, I32X4, false))
EMIT(v128_load8_splat,  emit_load_splat(f, I8X16))
EMIT(v128_load16_splat, emit_load_splat(f, I16X8))
EMIT(v128_load32_splat, emit_load_splat(f, I32X4))
EMIT(v128_load64_splat, emit_load_splat(f, I64X2))
EMIT(v128_load32_zero, emit_load_zero(f, I32X4))
EMIT(v128_load64_zero, emit_load_zero(f, I64X2))
EMIT(v128_load8_lane,  emit_load_lane(f, I8X16))
EMIT(v128_load16_lane, emit_load_lane(f, I16X8))
EMIT(v128_load32_lane, emit_load_lane(f, I32X4))
EMIT(v128_load64_lane, emit_load_lane(f, I64X2))
EMIT(v128_store8_lane,  emit_store_lane(f, I8X16))
EMIT(v128_store16_lane, emit_store_lane(f, I16X8))
EMIT(v128_store32_lane, emit_store_lane(f, I32X4))
EMIT(v128_store64_lane, emit_store_lane(f, I64X2))
/* clang-format on */
