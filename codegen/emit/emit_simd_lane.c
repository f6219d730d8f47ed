/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * v128: moving lanes (splat, extract, replace, shuffle, swizzle) and changing their width or kind
 * (extend, narrow, products of extended lanes, conversions). The shapes are those that LLVM's
 * instruction selection recognises as one machine instruction.
 */
#include "codegen/emit/simd.h"

/* ---- single lanes ---- */

static void emit_splat(struct fn *f, enum shape shape)
{
    LLVMValueRef scalar = fn_pop(f);
    LLVMTypeRef lane = simd_lane_type(f, shape);
    if (LLVMTypeOf(scalar) != lane)
        scalar = LLVMBuildTrunc(f->b, scalar, lane, "");
    simd_push(f, simd_splat(f, scalar, simd_lanes(shape)));
}

static LLVMValueRef extract(struct fn *f, enum shape shape)
{
    return LLVMBuildExtractElement(f->b, simd_pop(f, shape), fn_i32(f, f->insn->lane), "");
}

static void emit_extract(struct fn *f, enum shape shape)
{
    fn_push(f, extract(f, shape));
}

static void emit_extract_extend(struct fn *f, enum shape shape, bool is_signed)
{
    LLVMValueRef lane = extract(f, shape);
    fn_push(f, LLVMBuildIntCast2(f->b, lane, f->cg->i32, is_signed, ""));
}

static void emit_replace(struct fn *f, enum shape shape)
{
    LLVMValueRef scalar = fn_pop(f), x = simd_pop(f, shape);
    LLVMTypeRef lane = simd_lane_type(f, shape);
    if (LLVMTypeOf(scalar) != lane)
        scalar = LLVMBuildTrunc(f->b, scalar, lane, "");
    simd_push(f, LLVMBuildInsertElement(f->b, x, scalar, fn_i32(f, f->insn->lane), ""));
}

/* ---- shuffles ---- */

static LLVMValueRef shuffle(struct fn *f, LLVMValueRef x, LLVMValueRef y, const unsigned *lanes,
                            unsigned count)
{
    LLVMValueRef mask[16];
    for (unsigned i = 0; i < count; i++)
        mask[i] = fn_i32(f, lanes[i]);
    return LLVMBuildShuffleVector(f->b, x, y, LLVMConstVector(mask, count), "");
}

/* Lanes first, first + step, ... of the vectors x and y seen as one. */
static LLVMValueRef pick_lanes(struct fn *f, LLVMValueRef x, LLVMValueRef y, unsigned first,
                               unsigned step, unsigned lanes)
{
    unsigned picked[16] = {0}; /* gcc 12 cannot see that the loop fills it */
    for (unsigned i = 0; i < lanes; i++)
        picked[i] = first + i * step;
    return shuffle(f, x, y, picked, lanes);
}

/* A vector twice as long: x, then zeros. */
static LLVMValueRef with_zeros(struct fn *f, LLVMValueRef x, unsigned lanes)
{
    return pick_lanes(f, x, LLVMConstNull(LLVMTypeOf(x)), 0, 1, 2 * lanes);
}

void emit_i8x16_shuffle(struct fn *f)
{
    LLVMValueRef y = simd_pop(f, I8X16), x = simd_pop(f, I8X16);
    unsigned lanes[16];
    for (int i = 0; i < 16; i++)
        lanes[i] = f->insn->imm.v128[i];
    fn_push(f, shuffle(f, x, y, lanes, 16));
}

/* Of machines without an instruction for it (emit_simd_machine.c): byte by byte. An index of 16 or
 * more gives 0. */
void emit_i8x16_swizzle(struct fn *f)
{
    LLVMValueRef index = simd_pop(f, I8X16), x = simd_pop(f, I8X16);
    LLVMValueRef result = LLVMGetPoison(f->cg->v128), zero = LLVMConstNull(f->cg->i8);
    for (unsigned i = 0; i < 16; i++) {
        LLVMValueRef n = LLVMBuildExtractElement(f->b, index, fn_i32(f, i), "");
        LLVMValueRef low = LLVMBuildAnd(f->b, n, LLVMConstInt(f->cg->i8, 15, false), "");
        LLVMValueRef byte = LLVMBuildExtractElement(f->b, x, low, "");
        LLVMValueRef fits = LLVMBuildICmp(f->b, LLVMIntEQ, n, low, "");
        byte = LLVMBuildSelect(f->b, fits, byte, zero, "");
        result = LLVMBuildInsertElement(f->b, result, byte, fn_i32(f, i), "");
    }
    fn_push(f, result);
}

/* ---- wider lanes ---- */

enum half { LOW, HIGH };

static LLVMTypeRef wide_type(struct fn *f, enum shape narrow)
{
    return simd_type(f, narrow + 1);
}

static LLVMValueRef extend(struct fn *f, LLVMValueRef x, LLVMTypeRef type, bool is_signed)
{
    return is_signed ? LLVMBuildSExt(f->b, x, type, "") : LLVMBuildZExt(f->b, x, type, "");
}

/* Pops a vector of narrow lanes and extends its low or high half. */
static LLVMValueRef pop_extended(struct fn *f, enum shape narrow, enum half half, bool is_signed)
{
    unsigned lanes = simd_lanes(narrow) / 2;
    LLVMValueRef x = simd_pop(f, narrow);
    x = pick_lanes(f, x, LLVMGetPoison(LLVMTypeOf(x)), half == HIGH ? lanes : 0, 1, lanes);
    return extend(f, x, wide_type(f, narrow), is_signed);
}

static void emit_extend(struct fn *f, enum shape narrow, enum half half, bool is_signed)
{
    simd_push(f, pop_extended(f, narrow, half, is_signed));
}

static void emit_extmul(struct fn *f, enum shape narrow, enum half half, bool is_signed)
{
    LLVMValueRef y = pop_extended(f, narrow, half, is_signed);
    LLVMValueRef x = pop_extended(f, narrow, half, is_signed);
    simd_push(f, LLVMBuildMul(f->b, x, y, ""));
}

/* Sum of each pair of lanes of x, which has twice as many as the result. */
static LLVMValueRef pairwise_add(struct fn *f, LLVMValueRef x, unsigned lanes)
{
    LLVMValueRef poison = LLVMGetPoison(LLVMTypeOf(x));
    LLVMValueRef even = pick_lanes(f, x, poison, 0, 2, lanes);
    LLVMValueRef odd = pick_lanes(f, x, poison, 1, 2, lanes);
    return LLVMBuildAdd(f->b, even, odd, "");
}

/* A vector of 256 bits: all lanes extended. */
static LLVMValueRef pop_all_extended(struct fn *f, enum shape narrow, bool is_signed)
{
    LLVMTypeRef type = LLVMVectorType(simd_lane_type(f, narrow + 1), simd_lanes(narrow));
    return extend(f, simd_pop(f, narrow), type, is_signed);
}

/* The halves of each wide lane, extended. */
static void emit_extadd_pairwise(struct fn *f, enum shape narrow, bool is_signed)
{
    LLVMTypeRef type = wide_type(f, narrow);
    unsigned lanes = simd_lanes(narrow) / 2;
    LLVMValueRef bits = LLVMConstInt(simd_lane_type(f, narrow + 1), 64 / lanes, false);
    LLVMValueRef count = simd_splat(f, bits, lanes), x = simd_pop(f, narrow + 1);
    LLVMValueRef low =
        LLVMBuildTrunc(f->b, x, LLVMVectorType(simd_lane_type(f, narrow), lanes), "");
    LLVMValueRef high =
        is_signed ? LLVMBuildAShr(f->b, x, count, "") : LLVMBuildLShr(f->b, x, count, "");
    simd_push(f, LLVMBuildAdd(f->b, extend(f, low, type, is_signed), high, ""));
}

static LLVMValueRef dot(struct fn *f, enum shape narrow)
{
    LLVMValueRef y = pop_all_extended(f, narrow, true), x = pop_all_extended(f, narrow, true);
    return pairwise_add(f, LLVMBuildMul(f->b, x, y, ""), simd_lanes(narrow) / 2);
}

static void emit_dot(struct fn *f, enum shape narrow)
{
    simd_push(f, dot(f, narrow));
}

/* i16 dot products of bytes, their pairs added, plus the third operand. */
static void emit_dot_add(struct fn *f)
{
    LLVMValueRef sum = simd_pop(f, I32X4), y = simd_pop(f, I8X16), x = simd_pop(f, I8X16);
    LLVMValueRef operands[] = {x, y};
    LLVMValueRef products = simd_build_machine(f, OP_i16x8_relaxed_dot_i8x16_i7x16_s, operands);
    if (!products) {
        fn_push(f, x);
        fn_push(f, y);
        products = dot(f, I8X16);
    }
    LLVMValueRef pairs = simd_build_machine(f, OP_i32x4_extadd_pairwise_i16x8_s, &products);
    if (!pairs) {
        LLVMTypeRef type = LLVMVectorType(f->cg->i32, 8);
        pairs = pairwise_add(f, LLVMBuildSExt(f->b, products, type, ""), 4);
    }
    simd_push(f, LLVMBuildAdd(f->b, pairs, sum, ""));
}

/* (x * y + 2^14) >> 15, saturated: only -32768 * -32768 overflows. */
static void emit_q15mulr(struct fn *f)
{
    LLVMValueRef y = pop_all_extended(f, I16X8, true), x = pop_all_extended(f, I16X8, true);
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef half = simd_splat(f, fn_i32(f, 1 << 14), 8);
    LLVMValueRef product = LLVMBuildAdd(f->b, LLVMBuildMul(f->b, x, y, ""), half, "");
    product = LLVMBuildAShr(f->b, product, simd_splat(f, fn_i32(f, 15), 8), "");
    LLVMValueRef args[] = {product, simd_splat(f, fn_i32(f, 32767), 8)};
    product = emit_intrinsic(f, "llvm.smin", &type, 1, args, 2);
    simd_push(f, LLVMBuildTrunc(f->b, product, simd_type(f, I16X8), ""));
}

/* (x + y + 1) >> 1 without overflow. */
static void emit_avgr(struct fn *f, enum shape shape)
{
    unsigned lanes = simd_lanes(shape);
    LLVMValueRef y = pop_all_extended(f, shape, false), x = pop_all_extended(f, shape, false);
    LLVMValueRef one = simd_splat(f, LLVMConstInt(simd_lane_type(f, shape + 1), 1, false), lanes);
    LLVMValueRef sum = LLVMBuildAdd(f->b, LLVMBuildAdd(f->b, x, y, ""), one, "");
    simd_push(f, LLVMBuildTrunc(f->b, LLVMBuildLShr(f->b, sum, one, ""), simd_type(f, shape), ""));
}

/* ---- narrower lanes: both vectors, saturated from signed to the narrow range ---- */

static void emit_narrow(struct fn *f, enum shape wide, bool is_signed)
{
    LLVMValueRef y = simd_pop(f, wide), x = simd_pop(f, wide);
    unsigned lanes = 2 * simd_lanes(wide), bits = 128 / lanes;
    LLVMValueRef both = pick_lanes(f, x, y, 0, 1, lanes);
    LLVMTypeRef type = LLVMTypeOf(both), lane = simd_lane_type(f, wide);
    long long low = is_signed ? -(1LL << (bits - 1)) : 0;
    long long high = is_signed ? (1LL << (bits - 1)) - 1 : (1LL << bits) - 1;
    LLVMValueRef low_lanes = simd_splat(f, LLVMConstInt(lane, (uint64_t)low, true), lanes);
    LLVMValueRef high_lanes = simd_splat(f, LLVMConstInt(lane, (uint64_t)high, true), lanes);
    both = emit_intrinsic(f, "llvm.smax", &type, 1, (LLVMValueRef[]){both, low_lanes}, 2);
    both = emit_intrinsic(f, "llvm.smin", &type, 1, (LLVMValueRef[]){both, high_lanes}, 2);
    simd_push(f, LLVMBuildTrunc(f->b, both, simd_type(f, wide - 1), ""));
}

/* ---- conversions ---- */

static void emit_trunc_sat(struct fn *f, bool is_signed)
{
    LLVMValueRef x = simd_pop(f, F32X4);
    LLVMTypeRef types[] = {simd_type(f, I32X4), LLVMTypeOf(x)};
    const char *name = is_signed ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
    simd_push(f, emit_intrinsic(f, name, types, 2, &x, 1));
}

static void emit_trunc_sat_zero(struct fn *f, bool is_signed)
{
    LLVMValueRef x = simd_pop(f, F64X2);
    LLVMTypeRef types[] = {LLVMVectorType(f->cg->i32, 2), LLVMTypeOf(x)};
    const char *name = is_signed ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
    simd_push(f, with_zeros(f, emit_intrinsic(f, name, types, 2, &x, 1), 2));
}

static void emit_convert(struct fn *f, bool is_signed)
{
    LLVMValueRef x = simd_pop(f, I32X4);
    LLVMTypeRef type = simd_type(f, F32X4);
    simd_push(f,
              is_signed ? LLVMBuildSIToFP(f->b, x, type, "") : LLVMBuildUIToFP(f->b, x, type, ""));
}

static LLVMValueRef low_pair(struct fn *f, LLVMValueRef x)
{
    return pick_lanes(f, x, LLVMGetPoison(LLVMTypeOf(x)), 0, 1, 2);
}

static void emit_convert_low(struct fn *f, bool is_signed)
{
    LLVMValueRef x = low_pair(f, simd_pop(f, I32X4));
    LLVMTypeRef type = simd_type(f, F64X2);
    simd_push(f,
              is_signed ? LLVMBuildSIToFP(f->b, x, type, "") : LLVMBuildUIToFP(f->b, x, type, ""));
}

void emit_f32x4_demote_f64x2_zero(struct fn *f)
{
    LLVMValueRef x = simd_pop(f, F64X2);
    LLVMTypeRef type = LLVMTypeOf(x);
    x = emit_intrinsic(f, "llvm.arithmetic.fence", &type, 1, &x, 1); /* see emit_demote */
    x = LLVMBuildFPTrunc(f->b, x, LLVMVectorType(f->cg->f32, 2), "");
    simd_push(f, with_zeros(f, x, 2));
}

void emit_f64x2_promote_low_f32x4(struct fn *f)
{
    LLVMValueRef x = low_pair(f, simd_pop(f, F32X4));
    simd_push(f, LLVMBuildFPExt(f->b, x, simd_type(f, F64X2), ""));
}

/* ---- one line an instruction ---- */

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }

EMIT(i8x16_splat, emit_splat(f, I8X16))
EMIT(i16x8_splat, emit_splat(f, I16X8))
EMIT(i32x4_splat, emit_splat(f, I32X4))
EMIT(i64x2_splat, emit_splat(f, I64X2))
EMIT(f32x4_splat, emit_splat(f, F32X4))
EMIT(f64x2_splat, emit_splat(f, F64X2))
EMIT(i8x16_extract_lane_s, emit_extract_extend(f, I8X16, true))
EMIT(i8x16_extract_lane_u, emit_extract_extend(f, I8X16, false))
EMIT(i16x8_extract_lane_s, emit_extract_extend(f, I16X8, true))
EMIT(i16x8_extract_lane_u, emit_extract_extend(f, I16X8, false))
EMIT(i32x4_extract_lane,   emit_extract(f, I32X4))
EMIT(i64x2_extract_lane,   emit_extract(f, I64X2))
EMIT(f32x4_extract_lane,   emit_extract(f, F32X4))
EMIT(f64x2_extract_lane,   emit_extract(f, F64X2))
EMIT(i8x16_replace_lane, emit_replace(f, I8X16))
EMIT(i16x8_replace_lane, emit_replace(f, I16X8))
EMIT(i32x4_replace_lane, emit_replace(f, I32X4))
EMIT(i64x2_replace_lane, emit_replace(f, I64X2))
EMIT(f32x4_replace_lane, emit_replace(f, F32X4))
EMIT(f64x2_replace_lane, emit_replace(f, F64X2))
EMIT(i8x16_relaxed_swizzle, emit_i8x16_swizzle(f))

#define WIDEN(wide, narrow, shape)                                                                 \
    EMIT(wide##_extend_low_##narrow##_s,  emit_extend(f, shape, LOW, true))                        \
    EMIT(wide##_extend_low_##narrow##_u,  emit_extend(f, shape, LOW, false))                       \
    EMIT(wide##_extend_high_##narrow##_s, emit_extend(f, shape, HIGH, true))                       \
    EMIT(wide##_extend_high_##narrow##_u, emit_extend(f, shape, HIGH, false))                      \
    EMIT(wide##_extmul_low_##narrow##_s,  emit_extmul(f, shape, LOW, true))                        \
    EMIT(wide##_extmul_low_##narrow##_u,  emit_extmul(f, shape, LOW, false))                       \
    EMIT(wide##_extmul_high_##narrow##_s, emit_extmul(f, shape, HIGH, true))                       \
    EMIT(wide##_extmul_high_##narrow##_u, emit_extmul(f, shape, HIGH, false))
WIDEN(i16x8, i8x16, I8X16)
WIDEN(i32x4, i16x8, I16X8)
WIDEN(i64x2, i32x4, I32X4)

EMIT(i16x8_extadd_pairwise_i8x16_s, emit_extadd_pairwise(f, I8X16, true))
EMIT(i16x8_extadd_pairwise_i8x16_u, emit_extadd_pairwise(f, I8X16, false))
EMIT(i32x4_extadd_pairwise_i16x8_s, emit_extadd_pairwise(f, I16X8, true))
EMIT(i32x4_extadd_pairwise_i16x8_u, emit_extadd_pairwise(f, I16X8, false))
EMIT(i32x4_dot_i16x8_s,             emit_dot(f, I16X8))
EMIT(i16x8_relaxed_dot_i8x16_i7x16_s,     emit_dot(f, I8X16))
EMIT(i32x4_relaxed_dot_i8x16_i7x16_add_s, emit_dot_add(f))
EMIT(i16x8_q15mulr_sat_s,     emit_q15mulr(f))
EMIT(i16x8_relaxed_q15mulr_s, emit_q15mulr(f))
EMIT(i8x16_avgr_u, emit_avgr(f, I8X16))
EMIT(i16x8_avgr_u, emit_avgr(f, I16X8))
EMIT(i8x16_narrow_i16x8_s, emit_narrow(f, I16X8, true))
EMIT(i8x16_narrow_i16x8_u, emit_narrow(f, I16X8, false))
EMIT(i16x8_narrow_i32x4_s, emit_narrow(f, I32X4, true))
EMIT(i16x8_narrow_i32x4_u, emit_narrow(f, I32X4, false))

EMIT(i32x4_trunc_sat_f32x4_s,      emit_trunc_sat(f, true))
EMIT(i32x4_trunc_sat_f32x4_u,      emit_trunc_sat(f, false))
EMIT(i32x4_trunc_sat_f64x2_s_zero, emit_trunc_sat_zero(f, true))
EMIT(i32x4_trunc_sat_f64x2_u_zero, emit_trunc_sat_zero(f, false))
EMIT(i32x4_relaxed_trunc_f32x4_s,      emit_trunc_sat(f, true))
EMIT(i32x4_relaxed_trunc_f32x4_u,      emit_trunc_sat(f, false))
EMIT(i32x4_relaxed_trunc_f64x2_s_zero, emit_trunc_sat_zero(f, true))
EMIT(i32x4_relaxed_trunc_f64x2_u_zero, emit_trunc_sat_zero(f, false))
EMIT(f32x4_convert_i32x4_s,     emit_convert(f, true))
EMIT(f32x4_convert_i32x4_u,     emit_convert(f, false))
EMIT(f64x2_convert_low_i32x4_s, emit_convert_low(f, true))
EMIT(f64x2_convert_low_i32x4_u, emit_convert_low(f, false))
/* clang-format on */
