/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Conversions (spec 4.3.4): one line an instruction at the end. LLVM's float to integer conversion
 * is poison out of range, so the trapping ones compare first and the saturating ones use the
 * intrinsics that are defined everywhere.
 */
#include "codegen/emit/function.h"

typedef LLVMValueRef build_cast(LLVMBuilderRef b, LLVMValueRef value, LLVMTypeRef type,
                                const char *name);

static void emit_cast(struct fn *f, build_cast *build, LLVMTypeRef type)
{
    fn_push(f, build(f->b, fn_pop(f), type, ""));
}

/* fptrunc(fpext x) would fold to x and not quiet a signalling NaN. */
static void emit_demote(struct fn *f)
{
    LLVMValueRef x = fn_pop(f);
    if (LLVMIsAFPExtInst(x))
        x = emit_intrinsic(f, "llvm.arithmetic.fence", &f->cg->f64, 1, &x, 1);
    fn_push(f, LLVMBuildFPTrunc(f->b, x, f->cg->f32, ""));
}

static void emit_sign_extend(struct fn *f, LLVMTypeRef narrow)
{
    LLVMValueRef x = fn_pop(f);
    LLVMTypeRef type = LLVMTypeOf(x);
    fn_push(f, LLVMBuildSExt(f->b, LLVMBuildTrunc(f->b, x, narrow, ""), type, ""));
}

/* The open interval of values whose truncation fits, as doubles. From float and to 64 bits the
 * bounds below are exact; from double to 32 bits the fractions below the least integer count too:
 * (-2147483649, 2147483648). A bound that the type cannot hold is given as the closed one. */
struct range {
    double low, high;
    bool low_closed;
};

static const struct range ranges[2][2][2] = {
    /* [from f64][to 64 bits][signed] */
    {{{-1.0, 4294967296.0, false}, {-2147483648.0, 2147483648.0, true}},
     {{-1.0, 18446744073709551616.0, false},
      {-9223372036854775808.0, 9223372036854775808.0, true}}},
    {{{-1.0, 4294967296.0, false}, {-2147483649.0, 2147483648.0, false}},
     {{-1.0, 18446744073709551616.0, false},
      {-9223372036854775808.0, 9223372036854775808.0, true}}},
};

static void emit_trunc(struct fn *f, LLVMTypeRef type, bool is_signed)
{
    LLVMValueRef x = fn_pop(f);
    LLVMTypeRef from = LLVMTypeOf(x);
    const struct range *range = &ranges[from == f->cg->f64][type == f->cg->i64][is_signed];
    emit_trap_if(f, LLVMBuildFCmp(f->b, LLVMRealUNO, x, x, ""), W2S_TRAP_INVALID_CONVERSION);
    LLVMValueRef low = LLVMBuildFCmp(f->b, range->low_closed ? LLVMRealOLT : LLVMRealOLE, x,
                                     LLVMConstReal(from, range->low), "");
    LLVMValueRef high = LLVMBuildFCmp(f->b, LLVMRealOGE, x, LLVMConstReal(from, range->high), "");
    emit_trap_if(f, LLVMBuildOr(f->b, low, high, ""), W2S_TRAP_INT_OVERFLOW);
    fn_push(f, is_signed ? LLVMBuildFPToSI(f->b, x, type, "") : LLVMBuildFPToUI(f->b, x, type, ""));
}

static void emit_trunc_sat(struct fn *f, LLVMTypeRef type, const char *intrinsic)
{
    LLVMValueRef x = fn_pop(f);
    fn_push(f, emit_intrinsic(f, intrinsic, (LLVMTypeRef[]){type, LLVMTypeOf(x)}, 2, &x, 1));
}

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }

EMIT(i32_wrap_i64,      emit_cast(f, LLVMBuildTrunc, f->cg->i32))
EMIT(i64_extend_i32_s,  emit_cast(f, LLVMBuildSExt, f->cg->i64))
EMIT(i64_extend_i32_u,  emit_cast(f, LLVMBuildZExt, f->cg->i64))
EMIT(f32_convert_i32_s, emit_cast(f, LLVMBuildSIToFP, f->cg->f32))
EMIT(f32_convert_i32_u, emit_cast(f, LLVMBuildUIToFP, f->cg->f32))
EMIT(f32_convert_i64_s, emit_cast(f, LLVMBuildSIToFP, f->cg->f32))
EMIT(f32_convert_i64_u, emit_cast(f, LLVMBuildUIToFP, f->cg->f32))
EMIT(f64_convert_i32_s, emit_cast(f, LLVMBuildSIToFP, f->cg->f64))
EMIT(f64_convert_i32_u, emit_cast(f, LLVMBuildUIToFP, f->cg->f64))
EMIT(f64_convert_i64_s, emit_cast(f, LLVMBuildSIToFP, f->cg->f64))
EMIT(f64_convert_i64_u, emit_cast(f, LLVMBuildUIToFP, f->cg->f64))
EMIT(f64_promote_f32,   emit_cast(f, LLVMBuildFPExt, f->cg->f64))
EMIT(f32_demote_f64,    emit_demote(f))
EMIT(i32_reinterpret_f32, emit_cast(f, LLVMBuildBitCast, f->cg->i32))
EMIT(i64_reinterpret_f64, emit_cast(f, LLVMBuildBitCast, f->cg->i64))
EMIT(f32_reinterpret_i32, emit_cast(f, LLVMBuildBitCast, f->cg->f32))
EMIT(f64_reinterpret_i64, emit_cast(f, LLVMBuildBitCast, f->cg->f64))

EMIT(i32_extend8_s,  emit_sign_extend(f, f->cg->i8))
EMIT(i32_extend16_s, emit_sign_extend(f, f->cg->i16))
EMIT(i64_extend8_s,  emit_sign_extend(f, f->cg->i8))
EMIT(i64_extend16_s, emit_sign_extend(f, f->cg->i16))
EMIT(i64_extend32_s, emit_sign_extend(f, f->cg->i32))

EMIT(i32_trunc_f32_s, emit_trunc(f, f->cg->i32, true))
EMIT(i32_trunc_f32_u, emit_trunc(f, f->cg->i32, false))
EMIT(i32_trunc_f64_s, emit_trunc(f, f->cg->i32, true))
EMIT(i32_trunc_f64_u, emit_trunc(f, f->cg->i32, false))
EMIT(i64_trunc_f32_s, emit_trunc(f, f->cg->i64, true))
EMIT(i64_trunc_f32_u, emit_trunc(f, f->cg->i64, false))
EMIT(i64_trunc_f64_s, emit_trunc(f, f->cg->i64, true))
EMIT(i64_trunc_f64_u, emit_trunc(f, f->cg->i64, false))

EMIT(i32_trunc_sat_f32_s, emit_trunc_sat(f, f->cg->i32, "llvm.fptosi.sat"))
EMIT(i32_trunc_sat_f32_u, emit_trunc_sat(f, f->cg->i32, "llvm.fptoui.sat"))
EMIT(i32_trunc_sat_f64_s, emit_trunc_sat(f, f->cg->i32, "llvm.fptosi.sat"))
EMIT(i32_trunc_sat_f64_u, emit_trunc_sat(f, f->cg->i32, "llvm.fptoui.sat"))
EMIT(i64_trunc_sat_f32_s, emit_trunc_sat(f, f->cg->i64, "llvm.fptosi.sat"))
EMIT(i64_trunc_sat_f32_u, emit_trunc_sat(f, f->cg->i64, "llvm.fptoui.sat"))
EMIT(i64_trunc_sat_f64_s, emit_trunc_sat(f, f->cg->i64, "llvm.fptosi.sat"))
EMIT(i64_trunc_sat_f64_u, emit_trunc_sat(f, f->cg->i64, "llvm.fptoui.sat"))
/* clang-format on */
