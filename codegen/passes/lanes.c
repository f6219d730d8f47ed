/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm's minima, and saturating conversions of vectors, in the fewest steps of the machine. LLVM's
 * instruction selection takes saturating conversions lane by lane, 30 instructions for four on x86,
 * and does not know that AVX-512 has minima that order zeros and AArch64 wasm's own.
 *
 * Late, of whatever width the vectors are by now. x86's conversions give the least integer for what
 * does not fit, unsigned ones, which only AVX-512 has, the greatest.
 */
#include "codegen/ir.h"

#include <string.h>

static LLVMValueRef call_overloaded(struct cg *cg, const char *name, LLVMTypeRef *types,
                                    unsigned type_count, LLVMValueRef *args, unsigned count)
{
    return ir_call_machine(cg, cg->builder,
                           &(struct machine_call){name, types, type_count, args, count});
}

static LLVMValueRef call_plain(struct cg *cg, const char *name, LLVMValueRef *args, unsigned count)
{
    return call_overloaded(cg, name, NULL, 0, args, count);
}

/* ---- minima of x86: for numbers; NaNs take another way (emit_numeric.c) ---- */

static const char *range_intrinsic(LLVMTypeRef type)
{
    switch (ir_lanes(type) * (ir_is_double(type) ? 64 : 32)) {
    case 32:
    case 128:
        return ir_is_double(type) ? "llvm.x86.avx512.mask.range.pd.128"
                                  : "llvm.x86.avx512.mask.range.ps.128";
    case 64: return ir_is_double(type) ? "llvm.x86.avx512.mask.range.pd.128" : NULL;
    case 256:
        return ir_is_double(type) ? "llvm.x86.avx512.mask.range.pd.256"
                                  : "llvm.x86.avx512.mask.range.ps.256";
    case 512:
        return ir_is_double(type) ? "llvm.x86.avx512.mask.range.pd.512"
                                  : "llvm.x86.avx512.mask.range.ps.512";
    default: return NULL;
    }
}

/* In the first lane of a register. */
static LLVMValueRef in_vector(struct cg *cg, LLVMValueRef x)
{
    LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(x), ir_is_double(LLVMTypeOf(x)) ? 2 : 4);
    return LLVMBuildInsertElement(cg->builder, LLVMGetPoison(type), x, LLVMConstNull(cg->i32), "");
}

/* vrange knows the order of zeros. */
static LLVMValueRef build_range(struct cg *cg, LLVMValueRef x, LLVMValueRef y, bool is_min)
{
    enum { RANGE_MIN = 4, RANGE_MAX = 5 }; /* with the sign of the result */
    const char *name = range_intrinsic(LLVMTypeOf(x));
    if (!name || !cpu_has(&cg->c->cpu, "avx512dq") || !cpu_has(&cg->c->cpu, "avx512vl"))
        return NULL;
    bool is_scalar = ir_lanes(LLVMTypeOf(x)) == 1;
    LLVMValueRef args[] = {x, y, LLVMConstInt(cg->i32, is_min ? RANGE_MIN : RANGE_MAX, false)};
    for (int i = 0; i < 2 && is_scalar; i++)
        args[i] = in_vector(cg, args[i]);
    LLVMValueRef result = call_plain(cg, name, args, 3);
    return is_scalar ? LLVMBuildExtractElement(cg->builder, result, LLVMConstNull(cg->i32), "")
                     : result;
}

/* With a constant, whose sign is known, LLVM takes one instruction. What is left is minimum.c's. */
static LLVMValueRef lower_minimum(struct cg *cg, LLVMValueRef call, bool is_min)
{
    LLVMValueRef x = LLVMGetOperand(call, 0), y = LLVMGetOperand(call, 1);
    bool is_number = LLVMGetFastMathFlags(call) & LLVMFastMathNoNaNs;
    if (!is_number || LLVMIsConstant(x) || LLVMIsConstant(y))
        return NULL;
    return build_range(cg, x, y, is_min);
}

static LLVMValueRef lower_min(struct cg *cg, LLVMValueRef call)
{
    return lower_minimum(cg, call, true);
}

static LLVMValueRef lower_max(struct cg *cg, LLVMValueRef call)
{
    return lower_minimum(cg, call, false);
}

/* ---- conversions of x86 ---- */

struct conversion {
    LLVMTypeKind from;
    unsigned lanes;
    bool is_signed;
    const char *intrinsic, *feature;
};

/* Of doubles to a 128-bit vector also where that has two lanes more. */
static const struct conversion conversions[] = {
    {LLVMFloatTypeKind, 4, true, "llvm.x86.sse2.cvttps2dq", NULL},
    {LLVMFloatTypeKind, 8, true, "llvm.x86.avx.cvtt.ps2dq.256", "avx"},
    {LLVMFloatTypeKind, 16, true, "llvm.x86.avx512.mask.cvttps2dq.512", "avx512f"},
    {LLVMDoubleTypeKind, 2, true, "llvm.x86.sse2.cvttpd2dq", NULL},
    {LLVMDoubleTypeKind, 4, true, "llvm.x86.avx.cvtt.pd2dq.256", "avx"},
    {LLVMDoubleTypeKind, 8, true, "llvm.x86.avx512.mask.cvttpd2dq.512", "avx512f"},
    {LLVMFloatTypeKind, 4, false, "llvm.x86.avx512.mask.cvttps2udq.128", "avx512vl"},
    {LLVMFloatTypeKind, 8, false, "llvm.x86.avx512.mask.cvttps2udq.256", "avx512vl"},
    {LLVMFloatTypeKind, 16, false, "llvm.x86.avx512.mask.cvttps2udq.512", "avx512f"},
    {LLVMDoubleTypeKind, 2, false, "llvm.x86.avx512.mask.cvttpd2udq.128", "avx512vl"},
    {LLVMDoubleTypeKind, 4, false, "llvm.x86.avx512.mask.cvttpd2udq.256", "avx512vl"},
    {LLVMDoubleTypeKind, 8, false, "llvm.x86.avx512.mask.cvttpd2udq.512", "avx512f"},
};

/* To as many integers of 32 bits, or NULL if the machine has none. */
static const struct conversion *conversion_of(struct cg *cg, LLVMTypeRef type, bool is_signed)
{
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        const struct conversion *k = &conversions[i];
        if (k->from == LLVMGetTypeKind(ir_lane_type(type)) && k->lanes == ir_lanes(type) &&
            k->is_signed == is_signed && (!k->feature || cpu_has(&cg->c->cpu, k->feature)))
            return k;
    }
    return NULL;
}

static LLVMValueRef convert(struct cg *cg, const struct conversion *k, LLVMValueRef x)
{
    LLVMValueRef n = call_plain(cg, k->intrinsic, &x, 1);
    if (LLVMGetVectorSize(LLVMTypeOf(n)) == k->lanes)
        return n;
    LLVMValueRef first[] = {LLVMConstInt(cg->i32, 0, false), LLVMConstInt(cg->i32, 1, false)};
    return LLVMBuildShuffleVector(cg->builder, n, LLVMGetPoison(LLVMTypeOf(n)),
                                  LLVMConstVector(first, 2), "");
}

/* x, or 0 where it is below or NaN: the machine's maximum of them. */
static LLVMValueRef not_negative(struct cg *cg, LLVMValueRef x)
{
    LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(x));
    LLVMValueRef above = LLVMBuildFCmp(cg->builder, LLVMRealOGT, x, zero, "");
    return LLVMBuildSelect(cg->builder, above, x, zero, "");
}

/* x where it is less than the limit: the machine's minimum of them. */
static LLVMValueRef at_most(struct cg *cg, LLVMValueRef x, LLVMValueRef limit)
{
    LLVMValueRef below = LLVMBuildFCmp(cg->builder, LLVMRealOLT, x, limit, "");
    return LLVMBuildSelect(cg->builder, below, x, limit, "");
}

/* All ones where x is at least 2^31, whose number is the least one, and becomes the greatest. */
static LLVMValueRef flip_above(struct cg *cg, LLVMValueRef n, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->builder;
    LLVMValueRef above = LLVMBuildFCmp(b, LLVMRealOGE, x, ir_floats(LLVMTypeOf(x), 0x1p31), "");
    return LLVMBuildXor(b, n, LLVMBuildSExt(b, above, LLVMTypeOf(n), ""), "");
}

static LLVMValueRef convert_signed(struct cg *cg, const struct conversion *k, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->builder;
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef is_number = LLVMBuildFCmp(b, LLVMRealORD, x, x, "");
    if (k->from == LLVMDoubleTypeKind) { /* the greatest integer is a double */
        LLVMValueRef limit = ir_floats(type, 0x1p31 - 1), zero = LLVMConstNull(type);
        return convert(cg, k, at_most(cg, x, LLVMBuildSelect(b, is_number, limit, zero, "")));
    }
    LLVMValueRef n = flip_above(cg, convert(cg, k, x), x);
    return LLVMBuildSelect(b, is_number, n, LLVMConstNull(LLVMTypeOf(n)), "");
}

/* x, and what is above 2^31, of which the first is the least integer: the sum is it again. */
static LLVMValueRef add_halves(struct cg *cg, const struct conversion *k, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->builder;
    LLVMValueRef rest = LLVMBuildFSub(b, x, ir_floats(LLVMTypeOf(x), 0x1p31), "");
    LLVMValueRef high = flip_above(cg, convert(cg, k, rest), rest), low = convert(cg, k, x);
    LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(high));
    LLVMValueRef is_above = LLVMBuildICmp(b, LLVMIntSGT, high, zero, "");
    return LLVMBuildAdd(b, LLVMBuildSelect(b, is_above, high, zero, ""), low, "");
}

/* Whole doubles up to 2^32 - 1 are the low bits of themselves and 2^52. */
static LLVMValueRef add_magic(struct cg *cg, LLVMValueRef x, LLVMTypeRef result)
{
    LLVMBuilderRef b = cg->builder;
    LLVMTypeRef type = LLVMTypeOf(x);
    x = at_most(cg, x, ir_floats(type, 0x1p32 - 1));
    x = call_overloaded(cg, "llvm.trunc", &type, 1, &x, 1);
    x = LLVMBuildFAdd(b, x, ir_floats(type, 0x1p52), "");
    return LLVMBuildTrunc(b, LLVMBuildBitCast(b, x, ir_bits_type(cg, type), ""), result, "");
}

static LLVMValueRef lower_unsigned(struct cg *cg, LLVMValueRef call)
{
    LLVMValueRef x = LLVMGetOperand(call, 0);
    LLVMTypeRef type = LLVMTypeOf(x);
    const struct conversion *k = conversion_of(cg, type, false);
    const struct conversion *halves = conversion_of(cg, type, true);
    if (k)
        return convert(cg, k, not_negative(cg, x));
    if (!halves)
        return NULL;
    if (!ir_is_double(type))
        return add_halves(cg, halves, not_negative(cg, x));
    return cpu_has(&cg->c->cpu, "sse4.1") ? add_magic(cg, not_negative(cg, x), LLVMTypeOf(call))
                                          : NULL;
}

static LLVMValueRef lower_signed(struct cg *cg, LLVMValueRef call)
{
    LLVMValueRef x = LLVMGetOperand(call, 0);
    const struct conversion *k = conversion_of(cg, LLVMTypeOf(x), true);
    return k ? convert_signed(cg, k, x) : NULL;
}

/* ---- AArch64 ---- */

static LLVMValueRef behind_fence(LLVMValueRef x)
{
    return ir_calls(x, "llvm.arithmetic.fence.") ? LLVMGetOperand(x, 0) : x;
}

static bool are_both(LLVMValueRef a, LLVMValueRef b, LLVMValueRef x, LLVMValueRef y)
{
    return (a == x && b == y) || (a == y && b == x);
}

/* Whether the condition, or its opposite, says that x or y is NaN; LLVM asks of one if the other is
 * a constant. */
static bool asks_for_nan(LLVMValueRef condition, LLVMRealPredicate predicate, LLVMValueRef x,
                         LLVMValueRef y)
{
    if (!ir_is(condition, LLVMFCmp) || LLVMGetFCmpPredicate(condition) != predicate)
        return false;
    LLVMValueRef a = LLVMGetOperand(condition, 0), b = LLVMGetOperand(condition, 1);
    return are_both(a, b, x, y) ||
           (LLVMIsConstant(b) && ((a == x && LLVMIsConstant(y)) || (a == y && LLVMIsConstant(x))));
}

/* What emit_min_max made: NaN ? x + y : call. */
static bool is_whole_minimum(LLVMValueRef select, LLVMValueRef call)
{
    LLVMValueRef x = LLVMGetOperand(call, 0), y = LLVMGetOperand(call, 1);
    if (!ir_is(select, LLVMSelect))
        return false;
    unsigned number = LLVMGetOperand(select, 1) == call ? 1 : 2;
    LLVMValueRef sum = LLVMGetOperand(select, 3 - number);
    return LLVMGetOperand(select, number) == call && ir_is(sum, LLVMFAdd) &&
           are_both(behind_fence(LLVMGetOperand(sum, 0)), behind_fence(LLVMGetOperand(sum, 1)), x,
                    y) &&
           asks_for_nan(LLVMGetOperand(select, 0), number == 1 ? LLVMRealORD : LLVMRealUNO, x, y);
}

static bool fills_register(LLVMTypeRef type)
{
    unsigned bits = ir_lanes(type) * (ir_is_double(type) ? 64 : 32);
    return ir_lanes(type) == 1 || bits == 64 || bits == 128;
}

/* fmin quiets NaNs itself. The call is without users then. */
static void replace_selects(struct cg *cg, LLVMValueRef call, const char *name)
{
    LLVMTypeRef type = LLVMTypeOf(call);
    for (LLVMUseRef use = LLVMGetFirstUse(call), next; use && fills_register(type); use = next) {
        next = LLVMGetNextUse(use);
        LLVMValueRef select = LLVMGetUser(use);
        if (!is_whole_minimum(select, call))
            continue;
        LLVMValueRef args[] = {LLVMGetOperand(call, 0), LLVMGetOperand(call, 1)};
        LLVMPositionBuilderBefore(cg->builder, select);
        LLVMReplaceAllUsesWith(select, call_overloaded(cg, name, &type, 1, args, 2));
        LLVMInstructionEraseFromParent(select);
    }
}

static LLVMValueRef quieting_min(struct cg *cg, LLVMValueRef call)
{
    replace_selects(cg, call, "llvm.aarch64.neon.fmin");
    return NULL;
}

static LLVMValueRef quieting_max(struct cg *cg, LLVMValueRef call)
{
    replace_selects(cg, call, "llvm.aarch64.neon.fmax");
    return NULL;
}

/* Two doubles become two integers of 64 bits, which are narrowed with saturation. */
static LLVMValueRef narrow_pair(struct cg *cg, LLVMValueRef call, const char *conversion,
                                const char *narrow)
{
    LLVMValueRef x = LLVMGetOperand(call, 0);
    if (!ir_is_double(LLVMTypeOf(x)) || ir_lanes(LLVMTypeOf(x)) != 2)
        return NULL;
    LLVMTypeRef types[] = {LLVMVectorType(cg->i64, 2), LLVMTypeOf(x)}, type = LLVMTypeOf(call);
    LLVMValueRef wide = call_overloaded(cg, conversion, types, 2, &x, 1);
    return call_overloaded(cg, narrow, &type, 1, &wide, 1);
}

static LLVMValueRef narrow_signed(struct cg *cg, LLVMValueRef call)
{
    return narrow_pair(cg, call, "llvm.fptosi.sat", "llvm.aarch64.neon.sqxtn");
}

static LLVMValueRef narrow_unsigned(struct cg *cg, LLVMValueRef call)
{
    return narrow_pair(cg, call, "llvm.fptoui.sat", "llvm.aarch64.neon.uqxtn");
}

/* ---- calls of LLVM's intrinsics ---- */

struct row {
    const char *beginning;
    bool to_words; /* gives vectors of i32 */
    LLVMValueRef (*lower)(struct cg *cg, LLVMValueRef call);
};

enum { KINDS = 4 };

static const struct row x86[KINDS] = {
    {"llvm.fptosi.sat.v", true, lower_signed},
    {"llvm.fptoui.sat.v", true, lower_unsigned},
    {"llvm.minimum.", false, lower_min},
    {"llvm.maximum.", false, lower_max},
};

static const struct row aarch64[KINDS] = {
    {"llvm.fptosi.sat.v", true, narrow_signed},
    {"llvm.fptoui.sat.v", true, narrow_unsigned},
    {"llvm.minimum.", false, quieting_min},
    {"llvm.maximum.", false, quieting_max},
};

static void lower_calls(struct cg *cg, LLVMValueRef function, const struct row *row)
{
    for (LLVMUseRef use = LLVMGetFirstUse(function), next; use; use = next) {
        next = LLVMGetNextUse(use);
        LLVMValueRef call = LLVMGetUser(use);
        LLVMPositionBuilderBefore(cg->builder, call);
        LLVMValueRef lowered = row->lower(cg, call);
        if (!lowered)
            continue;
        LLVMReplaceAllUsesWith(call, lowered);
        LLVMInstructionEraseFromParent(call);
    }
}

static bool gives_words(const struct cg *cg, LLVMValueRef function)
{
    return ir_lane_type(LLVMGetReturnType(LLVMGlobalGetValueType(function))) == cg->i32;
}

static void lower_function(struct cg *cg, LLVMValueRef function, const struct row *rows)
{
    size_t length;
    const char *name = LLVMGetValueName2(function, &length);
    for (const struct row *row = rows; row < rows + KINDS; row++)
        if (strncmp(name, row->beginning, strlen(row->beginning)) == 0 &&
            (!row->to_words || gives_words(cg, function))) {
            lower_calls(cg, function, row);
            if (!LLVMGetFirstUse(function))
                LLVMDeleteFunction(function);
            return;
        }
}

void cg_lower_lanes(struct cg *cg)
{
    const struct row *rows = cg->c->target->truncates_to_least ? x86 : aarch64;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module), next; f; f = next) {
        next = LLVMGetNextFunction(f);
        if (LLVMIsDeclaration(f))
            lower_function(cg, f, rows);
    }
}
