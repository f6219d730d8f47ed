/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Constants, arithmetic and comparisons (spec 4.3): one line an instruction at the end, the shapes
 * above. Where LLVM and wasm differ: division traps and LLVM's is undefined, shift counts wrap and
 * LLVM's are poison, and LLVM's folding of `x * 1.0` and the like would let a signalling NaN pass
 * unquieted.
 */
#include "codegen/emit/function.h"
#include "codegen/ir.h"

typedef LLVMValueRef build_binary(LLVMBuilderRef b, LLVMValueRef x, LLVMValueRef y,
                                  const char *name);

/* ---- constants: by their bits, so that NaNs keep theirs ---- */

static LLVMValueRef constant_bits(LLVMTypeRef integer, LLVMTypeRef type, uint64_t bits)
{
    return LLVMConstBitCast(LLVMConstInt(integer, bits, false), type);
}

void emit_i32_const(struct fn *f)
{
    fn_push(f, LLVMConstInt(f->cg->i32, f->insn->imm.bits, false));
}

void emit_i64_const(struct fn *f)
{
    fn_push(f, LLVMConstInt(f->cg->i64, f->insn->imm.bits, false));
}

void emit_f32_const(struct fn *f)
{
    fn_push(f, constant_bits(f->cg->i32, f->cg->f32, f->insn->imm.bits));
}

void emit_f64_const(struct fn *f)
{
    fn_push(f, constant_bits(f->cg->i64, f->cg->f64, f->insn->imm.bits));
}

/* ---- integers ---- */

static void emit_binary(struct fn *f, build_binary *build)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    fn_push(f, build(f->b, x, y, ""));
}

static LLVMValueRef constant_like(LLVMValueRef value, uint64_t n)
{
    return LLVMConstInt(LLVMTypeOf(value), n, true);
}

/* Sums of constants are added up at once: there is one constant in a sum at most. */
static void push_sum(struct fn *f, LLVMValueRef x, int64_t n)
{
    LLVMValueRef rest;
    int64_t constant;
    ir_split_sum(x, &rest, &constant);
    LLVMValueRef sum = constant_like(x, (uint64_t)constant + (uint64_t)n);
    fn_push(f, LLVMIsNull(sum) ? rest : LLVMBuildAdd(f->b, rest, sum, ""));
}

static void emit_add(struct fn *f)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    if (LLVMIsAConstantInt(y))
        push_sum(f, x, LLVMConstIntGetSExtValue(y));
    else if (LLVMIsAConstantInt(x))
        push_sum(f, y, LLVMConstIntGetSExtValue(x));
    else
        fn_push(f, LLVMBuildAdd(f->b, x, y, ""));
}

static void emit_sub(struct fn *f)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    if (LLVMIsAConstantInt(y))
        push_sum(f, x, (int64_t)-(uint64_t)LLVMConstIntGetSExtValue(y));
    else
        fn_push(f, LLVMBuildSub(f->b, x, y, ""));
}

static void emit_shift(struct fn *f, build_binary *build)
{
    LLVMValueRef count = fn_pop(f), x = fn_pop(f);
    LLVMValueRef mask = constant_like(x, LLVMGetIntTypeWidth(LLVMTypeOf(x)) - 1);
    fn_push(f, build(f->b, x, LLVMBuildAnd(f->b, count, mask, ""), ""));
}

/* A funnel shift of x with itself; the count wraps as wasm's does. */
static void emit_rotate(struct fn *f, const char *intrinsic)
{
    LLVMValueRef count = fn_pop(f), x = fn_pop(f);
    LLVMTypeRef type = LLVMTypeOf(x);
    fn_push(f, emit_intrinsic(f, intrinsic, &type, 1, (LLVMValueRef[]){x, x, count}, 3));
}

static void emit_unary_intrinsic(struct fn *f, const char *intrinsic)
{
    LLVMValueRef x = fn_pop(f);
    LLVMTypeRef type = LLVMTypeOf(x);
    fn_push(f, emit_intrinsic(f, intrinsic, &type, 1, &x, 1));
}

/* ctlz, cttz: defined for zero (the second argument). */
static void emit_count_zeros(struct fn *f, const char *intrinsic)
{
    LLVMValueRef x = fn_pop(f);
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef args[] = {x, LLVMConstInt(f->cg->i1, 0, false)};
    fn_push(f, emit_intrinsic(f, intrinsic, &type, 1, args, 2));
}

static LLVMValueRef is_constant(LLVMValueRef value, struct fn *f, uint64_t n)
{
    return LLVMBuildICmp(f->b, LLVMIntEQ, value, constant_like(value, n), "");
}

static void trap_if_zero(struct fn *f, LLVMValueRef divisor)
{
    if (!LLVMIsAConstantInt(divisor) || LLVMIsNull(divisor))
        emit_trap_if(f, is_constant(divisor, f, 0), W2S_TRAP_DIV_BY_ZERO);
}

/* The least integer of x's type: its division by -1 overflows. */
static LLVMValueRef overflows(struct fn *f, LLVMValueRef x, LLVMValueRef y)
{
    uint64_t least = UINT64_C(1) << (LLVMGetIntTypeWidth(LLVMTypeOf(x)) - 1);
    return LLVMBuildAnd(f->b, is_constant(x, f, least), is_constant(y, f, UINT64_MAX), "");
}

static bool never_overflows(LLVMValueRef divisor)
{
    return LLVMIsAConstantInt(divisor) && LLVMConstIntGetSExtValue(divisor) != -1;
}

static void emit_div_s(struct fn *f)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    trap_if_zero(f, y);
    if (!never_overflows(y))
        emit_trap_if(f, overflows(f, x, y), W2S_TRAP_INT_OVERFLOW);
    fn_push(f, LLVMBuildSDiv(f->b, x, y, ""));
}

static void emit_div_u(struct fn *f)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    trap_if_zero(f, y);
    fn_push(f, LLVMBuildUDiv(f->b, x, y, ""));
}

/* A remainder by -1 is 0: divide by 1 instead, so that the processor does not trap on overflow. */
static void emit_rem_s(struct fn *f)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    trap_if_zero(f, y);
    if (!never_overflows(y))
        y = LLVMBuildSelect(f->b, is_constant(y, f, UINT64_MAX), constant_like(y, 1), y, "");
    fn_push(f, LLVMBuildSRem(f->b, x, y, ""));
}

static void emit_rem_u(struct fn *f)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    trap_if_zero(f, y);
    fn_push(f, LLVMBuildURem(f->b, x, y, ""));
}

static void push_bool(struct fn *f, LLVMValueRef condition)
{
    fn_push(f, LLVMBuildZExt(f->b, condition, f->cg->i32, ""));
}

static void emit_compare(struct fn *f, LLVMIntPredicate predicate)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    push_bool(f, LLVMBuildICmp(f->b, predicate, x, y, ""));
}

static void emit_eqz(struct fn *f)
{
    push_bool(f, is_constant(fn_pop(f), f, 0));
}

/* ---- floats ---- */

/* LLVM folds x*1.0, x/1.0, x-0.0, -0.0-x to x or its sign: a signalling NaN would not be quieted
 * (spec 4.3.3, NaN propagation). Hiding the constant stops that fold and nothing else. */
static LLVMValueRef fence_constant(struct fn *f, LLVMValueRef value)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    if (!LLVMIsConstant(value))
        return value;
    return emit_intrinsic(f, "llvm.arithmetic.fence", &type, 1, &value, 1);
}

static void emit_float_binary(struct fn *f, build_binary *build)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    x = fence_constant(f, x);
    fn_push(f, build(f->b, x, fence_constant(f, y), ""));
}

/* llvm.minimum gives a signalling NaN back as it came on x86-64: NaNs take the way of an addition,
 * which quiets them, and the intrinsic is told that it sees none. */
static void emit_min_max(struct fn *f, const char *intrinsic)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef number = emit_intrinsic(f, intrinsic, &type, 1, (LLVMValueRef[]){x, y}, 2);
    LLVMSetFastMathFlags(number, LLVMFastMathNoNaNs);
    LLVMValueRef unordered = LLVMBuildFCmp(f->b, LLVMRealUNO, x, y, "");
    LLVMValueRef nan = LLVMBuildFAdd(f->b, fence_constant(f, x), fence_constant(f, y), "");
    fn_push(f, LLVMBuildSelect(f->b, unordered, nan, number, ""));
}

static void emit_copysign(struct fn *f)
{
    LLVMValueRef sign = fn_pop(f), x = fn_pop(f);
    LLVMTypeRef type = LLVMTypeOf(x);
    fn_push(f, emit_intrinsic(f, "llvm.copysign", &type, 1, (LLVMValueRef[]){x, sign}, 2));
}

static void emit_negate(struct fn *f)
{
    fn_push(f, LLVMBuildFNeg(f->b, fn_pop(f), ""));
}

static void emit_float_compare(struct fn *f, LLVMRealPredicate predicate)
{
    LLVMValueRef y = fn_pop(f), x = fn_pop(f);
    push_bool(f, LLVMBuildFCmp(f->b, predicate, x, y, ""));
}

/* ---- one line an instruction ---- */

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }
#define BOTH_INTS(name, call)   EMIT(i32_##name, call) EMIT(i64_##name, call)
#define BOTH_FLOATS(name, call) EMIT(f32_##name, call) EMIT(f64_##name, call)

BOTH_INTS(clz,    emit_count_zeros(f, "llvm.ctlz"))
BOTH_INTS(ctz,    emit_count_zeros(f, "llvm.cttz"))
BOTH_INTS(popcnt, emit_unary_intrinsic(f, "llvm.ctpop"))
BOTH_INTS(add,    emit_add(f))
BOTH_INTS(sub,    emit_sub(f))
BOTH_INTS(mul,    emit_binary(f, LLVMBuildMul))
BOTH_INTS(div_s,  emit_div_s(f))
BOTH_INTS(div_u,  emit_div_u(f))
BOTH_INTS(rem_s,  emit_rem_s(f))
BOTH_INTS(rem_u,  emit_rem_u(f))
BOTH_INTS(and,    emit_binary(f, LLVMBuildAnd))
BOTH_INTS(or,     emit_binary(f, LLVMBuildOr))
BOTH_INTS(xor,    emit_binary(f, LLVMBuildXor))
BOTH_INTS(shl,    emit_shift(f, LLVMBuildShl))
BOTH_INTS(shr_s,  emit_shift(f, LLVMBuildAShr))
BOTH_INTS(shr_u,  emit_shift(f, LLVMBuildLShr))
BOTH_INTS(rotl,   emit_rotate(f, "llvm.fshl"))
BOTH_INTS(rotr,   emit_rotate(f, "llvm.fshr"))
BOTH_INTS(eqz,    emit_eqz(f))
BOTH_INTS(eq,     emit_compare(f, LLVMIntEQ))
BOTH_INTS(ne,     emit_compare(f, LLVMIntNE))
BOTH_INTS(lt_s,   emit_compare(f, LLVMIntSLT))
BOTH_INTS(lt_u,   emit_compare(f, LLVMIntULT))
BOTH_INTS(gt_s,   emit_compare(f, LLVMIntSGT))
BOTH_INTS(gt_u,   emit_compare(f, LLVMIntUGT))
BOTH_INTS(le_s,   emit_compare(f, LLVMIntSLE))
BOTH_INTS(le_u,   emit_compare(f, LLVMIntULE))
BOTH_INTS(ge_s,   emit_compare(f, LLVMIntSGE))
BOTH_INTS(ge_u,   emit_compare(f, LLVMIntUGE))

BOTH_FLOATS(abs,     emit_unary_intrinsic(f, "llvm.fabs"))
BOTH_FLOATS(neg,     emit_negate(f))
BOTH_FLOATS(ceil,    emit_unary_intrinsic(f, "llvm.ceil"))
BOTH_FLOATS(floor,   emit_unary_intrinsic(f, "llvm.floor"))
BOTH_FLOATS(trunc,   emit_unary_intrinsic(f, "llvm.trunc"))
BOTH_FLOATS(nearest, emit_unary_intrinsic(f, "llvm.roundeven"))
BOTH_FLOATS(sqrt,    emit_unary_intrinsic(f, "llvm.sqrt"))
BOTH_FLOATS(add,     emit_float_binary(f, LLVMBuildFAdd))
BOTH_FLOATS(sub,     emit_float_binary(f, LLVMBuildFSub))
BOTH_FLOATS(mul,     emit_float_binary(f, LLVMBuildFMul))
BOTH_FLOATS(div,     emit_float_binary(f, LLVMBuildFDiv))
BOTH_FLOATS(min,     emit_min_max(f, "llvm.minimum"))
BOTH_FLOATS(max,     emit_min_max(f, "llvm.maximum"))
BOTH_FLOATS(copysign, emit_copysign(f))
BOTH_FLOATS(eq,      emit_float_compare(f, LLVMRealOEQ))
BOTH_FLOATS(ne,      emit_float_compare(f, LLVMRealUNE))
BOTH_FLOATS(lt,      emit_float_compare(f, LLVMRealOLT))
BOTH_FLOATS(gt,      emit_float_compare(f, LLVMRealOGT))
BOTH_FLOATS(le,      emit_float_compare(f, LLVMRealOLE))
BOTH_FLOATS(ge,      emit_float_compare(f, LLVMRealOGE))
/* clang-format on */
