/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * v128 arithmetic and comparisons, lane by lane (spec 4.3.5, 4.4.3): one line an instruction at the
 * end. LLVM knows most of them as generic vector operations and finds the machine's instruction by
 * shape. Lane moves and width changes stand in emit_simd_lane.c, memory in emit_simd_memory.c.
 */
#include "codegen/emit/simd.h"
#include "codegen/rodata.h"

/* ---- shapes ---- */

LLVMTypeRef simd_lane_type(struct fn *f, enum shape shape)
{
    struct cg *cg = f->cg;
    const LLVMTypeRef types[] = {[I8X16] = cg->i8,  [I16X8] = cg->i16, [I32X4] = cg->i32,
                                 [I64X2] = cg->i64, [F32X4] = cg->f32, [F64X2] = cg->f64};
    return types[shape];
}

unsigned simd_lanes(enum shape shape)
{
    static const unsigned lanes[] = {
        [I8X16] = 16, [I16X8] = 8, [I32X4] = 4, [I64X2] = 2, [F32X4] = 4, [F64X2] = 2};
    return lanes[shape];
}

LLVMTypeRef simd_type(struct fn *f, enum shape shape)
{
    return LLVMVectorType(simd_lane_type(f, shape), simd_lanes(shape));
}

/* Where no optimiser has folded them, a constant is read from memory: LLVM 19's instruction
 * selection folds operations of constants as well, and never ends with some of them, as with the
 * signs of f64x2.abs as 16-bit lanes (tests/wast/vector_constants.wast). */
static LLVMValueRef hide_constant(struct fn *f, LLVMValueRef vector)
{
    if (!f->plain || !LLVMIsAConstant(vector))
        return vector;
    LLVMValueRef load = LLVMBuildLoad2(f->b, LLVMTypeOf(vector), rodata(f->cg, vector), "");
    LLVMSetVolatile(load, true);
    return load;
}

LLVMValueRef simd_pop(struct fn *f, enum shape shape)
{
    return LLVMBuildBitCast(f->b, hide_constant(f, fn_pop(f)), simd_type(f, shape), "");
}

void simd_push(struct fn *f, LLVMValueRef vector)
{
    fn_push(f, LLVMBuildBitCast(f->b, vector, f->cg->v128, ""));
}

LLVMValueRef simd_splat(struct fn *f, LLVMValueRef scalar, unsigned lanes)
{
    LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(scalar), lanes);
    LLVMValueRef zero = LLVMConstInt(f->cg->i32, 0, false);
    LLVMValueRef one = LLVMBuildInsertElement(f->b, LLVMGetPoison(type), scalar, zero, "");
    LLVMValueRef mask = LLVMConstNull(LLVMVectorType(f->cg->i32, lanes));
    return LLVMBuildShuffleVector(f->b, one, LLVMGetPoison(type), mask, "");
}

/* ---- patterns ---- */

typedef LLVMValueRef build_binary(LLVMBuilderRef b, LLVMValueRef x, LLVMValueRef y,
                                  const char *name);

static void emit_binary(struct fn *f, enum shape shape, build_binary *build)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    simd_push(f, build(f->b, x, y, ""));
}

static LLVMValueRef call_intrinsic(struct fn *f, const char *name, LLVMValueRef *args,
                                   unsigned count)
{
    LLVMTypeRef type = LLVMTypeOf(args[0]);
    return emit_intrinsic(f, name, &type, 1, args, count);
}

static void emit_binary_intrinsic(struct fn *f, enum shape shape, const char *name)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    simd_push(f, call_intrinsic(f, name, (LLVMValueRef[]){x, y}, 2));
}

static void emit_unary_intrinsic(struct fn *f, enum shape shape, const char *name)
{
    LLVMValueRef x = simd_pop(f, shape);
    simd_push(f, call_intrinsic(f, name, &x, 1));
}

/* abs of the least integer is itself: LLVM's flag for poison is off. */
static void emit_int_abs(struct fn *f, enum shape shape)
{
    LLVMValueRef args[] = {simd_pop(f, shape), LLVMConstInt(f->cg->i1, 0, false)};
    simd_push(f, call_intrinsic(f, "llvm.abs", args, 2));
}

static void emit_int_neg(struct fn *f, enum shape shape)
{
    simd_push(f, LLVMBuildNeg(f->b, simd_pop(f, shape), ""));
}

static void emit_float_neg(struct fn *f, enum shape shape)
{
    simd_push(f, LLVMBuildFNeg(f->b, simd_pop(f, shape), ""));
}

/* The count is a scalar that wraps at the lane's width. */
static void emit_shift(struct fn *f, enum shape shape, build_binary *build)
{
    LLVMValueRef count = fn_pop(f), x = simd_pop(f, shape);
    LLVMTypeRef lane = simd_lane_type(f, shape);
    count = LLVMBuildAnd(f->b, count, fn_i32(f, LLVMGetIntTypeWidth(lane) - 1), "");
    count = LLVMBuildIntCast2(f->b, count, lane, false, "");
    simd_push(f, build(f->b, x, simd_splat(f, count, simd_lanes(shape)), ""));
}

/* Comparisons give lanes of all ones or zeros. */
static void push_mask(struct fn *f, LLVMValueRef condition)
{
    unsigned lanes = LLVMGetVectorSize(LLVMTypeOf(condition));
    LLVMTypeRef lane = LLVMIntTypeInContext(f->cg->context, 128 / lanes);
    simd_push(f, LLVMBuildSExt(f->b, condition, LLVMVectorType(lane, lanes), ""));
}

static void emit_compare(struct fn *f, enum shape shape, LLVMIntPredicate predicate)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    push_mask(f, LLVMBuildICmp(f->b, predicate, x, y, ""));
}

static void emit_float_compare(struct fn *f, enum shape shape, LLVMRealPredicate predicate)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    push_mask(f, LLVMBuildFCmp(f->b, predicate, x, y, ""));
}

/* A constant operand is hidden from LLVM's folds, which would let a signalling NaN pass (see
 * emit_numeric.c). */
static LLVMValueRef fence_constant(struct fn *f, LLVMValueRef x)
{
    return LLVMIsConstant(x) ? call_intrinsic(f, "llvm.arithmetic.fence", &x, 1) : x;
}

static void emit_float_binary(struct fn *f, enum shape shape, build_binary *build)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    x = fence_constant(f, x);
    simd_push(f, build(f->b, x, fence_constant(f, y), ""));
}

/* NaNs take the way of an addition, which quiets them (see emit_numeric.c). */
static void emit_min_max(struct fn *f, enum shape shape, const char *name)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    LLVMValueRef number = call_intrinsic(f, name, (LLVMValueRef[]){x, y}, 2);
    LLVMSetFastMathFlags(number, LLVMFastMathNoNaNs);
    LLVMValueRef unordered = LLVMBuildFCmp(f->b, LLVMRealUNO, x, y, "");
    LLVMValueRef nan = LLVMBuildFAdd(f->b, fence_constant(f, x), fence_constant(f, y), "");
    simd_push(f, LLVMBuildSelect(f->b, unordered, nan, number, ""));
}

/* pmin: y < x ? y : x; pmax: x < y ? y : x. */
static void emit_pseudo_min_max(struct fn *f, enum shape shape, bool is_min)
{
    LLVMValueRef y = simd_pop(f, shape), x = simd_pop(f, shape);
    LLVMValueRef less = is_min ? LLVMBuildFCmp(f->b, LLVMRealOLT, y, x, "")
                               : LLVMBuildFCmp(f->b, LLVMRealOLT, x, y, "");
    simd_push(f, LLVMBuildSelect(f->b, less, y, x, ""));
}

/* x * y + z, fused where the CPU fuses, or the first choice of the specification: rounded twice;
 * nmadd negates x. LLVM's fmuladd leaves the choice to it, and that is another for constants. */
static void emit_relaxed_madd(struct fn *f, enum shape shape, bool negate)
{
    LLVMValueRef z = simd_pop(f, shape), y = simd_pop(f, shape), x = simd_pop(f, shape);
    if (negate)
        x = LLVMBuildFNeg(f->b, x, "");
    if (f->cg->c->deterministic || !f->cg->c->cpu.fuses)
        simd_push(f, LLVMBuildFAdd(f->b, LLVMBuildFMul(f->b, x, y, ""), z, ""));
    else
        simd_push(f, call_intrinsic(f, "llvm.fma", (LLVMValueRef[]){x, y, z}, 3));
}

/* ---- bits ---- */

static void emit_not(struct fn *f)
{
    simd_push(f, LLVMBuildNot(f->b, simd_pop(f, I64X2), ""));
}

static void emit_andnot(struct fn *f)
{
    LLVMValueRef y = simd_pop(f, I64X2), x = simd_pop(f, I64X2);
    simd_push(f, LLVMBuildAnd(f->b, x, LLVMBuildNot(f->b, y, ""), ""));
}

static void emit_bitselect(struct fn *f)
{
    LLVMValueRef mask = simd_pop(f, I64X2), y = simd_pop(f, I64X2), x = simd_pop(f, I64X2);
    LLVMValueRef ones = LLVMBuildAnd(f->b, x, mask, "");
    LLVMValueRef zeros = LLVMBuildAnd(f->b, y, LLVMBuildNot(f->b, mask, ""), "");
    simd_push(f, LLVMBuildOr(f->b, ones, zeros, ""));
}

static void push_bool(struct fn *f, LLVMValueRef condition)
{
    fn_push(f, LLVMBuildZExt(f->b, condition, f->cg->i32, ""));
}

static void emit_any_true(struct fn *f)
{
    LLVMTypeRef i128 = LLVMIntTypeInContext(f->cg->context, 128);
    LLVMValueRef bits = LLVMBuildBitCast(f->b, simd_pop(f, I8X16), i128, "");
    push_bool(f, LLVMBuildICmp(f->b, LLVMIntNE, bits, LLVMConstNull(i128), ""));
}

static void emit_all_true(struct fn *f, enum shape shape)
{
    LLVMValueRef x = simd_pop(f, shape);
    LLVMValueRef lanes = LLVMBuildICmp(f->b, LLVMIntNE, x, LLVMConstNull(LLVMTypeOf(x)), "");
    push_bool(f, call_intrinsic(f, "llvm.vector.reduce.and", &lanes, 1));
}

static void emit_bitmask(struct fn *f, enum shape shape)
{
    LLVMValueRef x = simd_pop(f, shape);
    LLVMValueRef signs = LLVMBuildICmp(f->b, LLVMIntSLT, x, LLVMConstNull(LLVMTypeOf(x)), "");
    LLVMTypeRef bits = LLVMIntTypeInContext(f->cg->context, simd_lanes(shape));
    push_bool(f, LLVMBuildBitCast(f->b, signs, bits, ""));
}

void emit_v128_const(struct fn *f)
{
    LLVMValueRef bytes[16];
    for (int i = 0; i < 16; i++)
        bytes[i] = LLVMConstInt(f->cg->i8, f->insn->imm.v128[i], false);
    fn_push(f, hide_constant(f, LLVMConstVector(bytes, 16)));
}

/* ---- one line an instruction ---- */

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }
#define ALL_INTS(name, shape_call)                                                                 \
    EMIT(i8x16_##name, shape_call(I8X16)) EMIT(i16x8_##name, shape_call(I16X8))                    \
    EMIT(i32x4_##name, shape_call(I32X4)) EMIT(i64x2_##name, shape_call(I64X2))

#define ABS(shape)      emit_int_abs(f, shape)
#define NEG(shape)      emit_int_neg(f, shape)
#define ADD(shape)      emit_binary(f, shape, LLVMBuildAdd)
#define SUB(shape)      emit_binary(f, shape, LLVMBuildSub)
#define SHL(shape)      emit_shift(f, shape, LLVMBuildShl)
#define SHR_S(shape)    emit_shift(f, shape, LLVMBuildAShr)
#define SHR_U(shape)    emit_shift(f, shape, LLVMBuildLShr)
#define EQ(shape)       emit_compare(f, shape, LLVMIntEQ)
#define NE(shape)       emit_compare(f, shape, LLVMIntNE)
#define LT_S(shape)     emit_compare(f, shape, LLVMIntSLT)
#define GT_S(shape)     emit_compare(f, shape, LLVMIntSGT)
#define LE_S(shape)     emit_compare(f, shape, LLVMIntSLE)
#define GE_S(shape)     emit_compare(f, shape, LLVMIntSGE)
#define ALL_TRUE(shape) emit_all_true(f, shape)
#define BITMASK(shape)  emit_bitmask(f, shape)
#define SELECT(shape)   emit_bitselect(f)
ALL_INTS(abs, ABS)
ALL_INTS(neg, NEG)
ALL_INTS(add, ADD)
ALL_INTS(sub, SUB)
ALL_INTS(shl, SHL)
ALL_INTS(shr_s, SHR_S)
ALL_INTS(shr_u, SHR_U)
ALL_INTS(eq, EQ)
ALL_INTS(ne, NE)
ALL_INTS(lt_s, LT_S)
ALL_INTS(gt_s, GT_S)
ALL_INTS(le_s, LE_S)
ALL_INTS(ge_s, GE_S)
ALL_INTS(all_true, ALL_TRUE)
ALL_INTS(bitmask, BITMASK)
ALL_INTS(relaxed_laneselect, SELECT)

#define SMALL_INTS(name, shape_call)                                                               \
    EMIT(i8x16_##name, shape_call(I8X16)) EMIT(i16x8_##name, shape_call(I16X8))                    \
    EMIT(i32x4_##name, shape_call(I32X4))
#define LT_U(shape)  emit_compare(f, shape, LLVMIntULT)
#define GT_U(shape)  emit_compare(f, shape, LLVMIntUGT)
#define LE_U(shape)  emit_compare(f, shape, LLVMIntULE)
#define GE_U(shape)  emit_compare(f, shape, LLVMIntUGE)
#define MIN_S(shape) emit_binary_intrinsic(f, shape, "llvm.smin")
#define MIN_U(shape) emit_binary_intrinsic(f, shape, "llvm.umin")
#define MAX_S(shape) emit_binary_intrinsic(f, shape, "llvm.smax")
#define MAX_U(shape) emit_binary_intrinsic(f, shape, "llvm.umax")
SMALL_INTS(lt_u, LT_U)
SMALL_INTS(gt_u, GT_U)
SMALL_INTS(le_u, LE_U)
SMALL_INTS(ge_u, GE_U)
SMALL_INTS(min_s, MIN_S)
SMALL_INTS(min_u, MIN_U)
SMALL_INTS(max_s, MAX_S)
SMALL_INTS(max_u, MAX_U)

EMIT(i8x16_add_sat_s, emit_binary_intrinsic(f, I8X16, "llvm.sadd.sat"))
EMIT(i8x16_add_sat_u, emit_binary_intrinsic(f, I8X16, "llvm.uadd.sat"))
EMIT(i8x16_sub_sat_s, emit_binary_intrinsic(f, I8X16, "llvm.ssub.sat"))
EMIT(i8x16_sub_sat_u, emit_binary_intrinsic(f, I8X16, "llvm.usub.sat"))
EMIT(i16x8_add_sat_s, emit_binary_intrinsic(f, I16X8, "llvm.sadd.sat"))
EMIT(i16x8_add_sat_u, emit_binary_intrinsic(f, I16X8, "llvm.uadd.sat"))
EMIT(i16x8_sub_sat_s, emit_binary_intrinsic(f, I16X8, "llvm.ssub.sat"))
EMIT(i16x8_sub_sat_u, emit_binary_intrinsic(f, I16X8, "llvm.usub.sat"))
EMIT(i16x8_mul,       emit_binary(f, I16X8, LLVMBuildMul))
EMIT(i32x4_mul,       emit_binary(f, I32X4, LLVMBuildMul))
EMIT(i64x2_mul,       emit_binary(f, I64X2, LLVMBuildMul))
EMIT(i8x16_popcnt,    emit_unary_intrinsic(f, I8X16, "llvm.ctpop"))

EMIT(v128_not,       emit_not(f))
EMIT(v128_and,       emit_binary(f, I64X2, LLVMBuildAnd))
EMIT(v128_or,        emit_binary(f, I64X2, LLVMBuildOr))
EMIT(v128_xor,       emit_binary(f, I64X2, LLVMBuildXor))
EMIT(v128_andnot,    emit_andnot(f))
EMIT(v128_bitselect, emit_bitselect(f))
EMIT(v128_any_true,  emit_any_true(f))

#define BOTH_FLOATS(name, shape_call)                                                              \
    EMIT(f32x4_##name, shape_call(F32X4)) EMIT(f64x2_##name, shape_call(F64X2))
#define FABS(shape)    emit_unary_intrinsic(f, shape, "llvm.fabs")
#define FNEG(shape)    emit_float_neg(f, shape)
#define SQRT(shape)    emit_unary_intrinsic(f, shape, "llvm.sqrt")
#define CEIL(shape)    emit_unary_intrinsic(f, shape, "llvm.ceil")
#define FLOOR(shape)   emit_unary_intrinsic(f, shape, "llvm.floor")
#define TRUNC(shape)   emit_unary_intrinsic(f, shape, "llvm.trunc")
#define NEAREST(shape) emit_unary_intrinsic(f, shape, "llvm.roundeven")
#define FADD(shape)    emit_float_binary(f, shape, LLVMBuildFAdd)
#define FSUB(shape)    emit_float_binary(f, shape, LLVMBuildFSub)
#define FMUL(shape)    emit_float_binary(f, shape, LLVMBuildFMul)
#define FDIV(shape)    emit_float_binary(f, shape, LLVMBuildFDiv)
#define FMIN(shape)    emit_min_max(f, shape, "llvm.minimum")
#define FMAX(shape)    emit_min_max(f, shape, "llvm.maximum")
#define PMIN(shape)    emit_pseudo_min_max(f, shape, true)
#define PMAX(shape)    emit_pseudo_min_max(f, shape, false)
#define FEQ(shape)     emit_float_compare(f, shape, LLVMRealOEQ)
#define FNE(shape)     emit_float_compare(f, shape, LLVMRealUNE)
#define FLT(shape)     emit_float_compare(f, shape, LLVMRealOLT)
#define FGT(shape)     emit_float_compare(f, shape, LLVMRealOGT)
#define FLE(shape)     emit_float_compare(f, shape, LLVMRealOLE)
#define FGE(shape)     emit_float_compare(f, shape, LLVMRealOGE)
#define MADD(shape)    emit_relaxed_madd(f, shape, false)
#define NMADD(shape)   emit_relaxed_madd(f, shape, true)
BOTH_FLOATS(abs, FABS)
BOTH_FLOATS(neg, FNEG)
BOTH_FLOATS(sqrt, SQRT)
BOTH_FLOATS(ceil, CEIL)
BOTH_FLOATS(floor, FLOOR)
BOTH_FLOATS(trunc, TRUNC)
BOTH_FLOATS(nearest, NEAREST)
BOTH_FLOATS(add, FADD)
BOTH_FLOATS(sub, FSUB)
BOTH_FLOATS(mul, FMUL)
BOTH_FLOATS(div, FDIV)
BOTH_FLOATS(min, FMIN)
BOTH_FLOATS(max, FMAX)
BOTH_FLOATS(pmin, PMIN)
BOTH_FLOATS(pmax, PMAX)
BOTH_FLOATS(eq, FEQ)
BOTH_FLOATS(ne, FNE)
BOTH_FLOATS(lt, FLT)
BOTH_FLOATS(gt, FGT)
BOTH_FLOATS(le, FLE)
BOTH_FLOATS(ge, FGE)
BOTH_FLOATS(relaxed_madd, MADD)
BOTH_FLOATS(relaxed_nmadd, NMADD)
BOTH_FLOATS(relaxed_min, FMIN)
BOTH_FLOATS(relaxed_max, FMAX)
/* clang-format on */
