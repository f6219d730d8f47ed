/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Guarded conversions of floats to integers, on x86-64. C's conversion is undefined out of range
 * and wasm's traps, so producers write
 *
 *     |x| < 2^31 ? trunc(x) : -2^31          0 <= x < 2^32 ? trunc(x) : 0
 *
 * The machine's instruction gives the least integer for what does not fit, which is all of the
 * first, and in 64 bits one comparison away from the second. LLVM does not know that. By now
 * (after loops became vectors, which it makes of the guarded form only) what was done with both
 * arms may stand in the arms: f(trunc(x)) and a constant, which must be f(-2^31).
 */
#include "codegen/ir.h"

#include <math.h>
#include <string.h>

/* Operations between a select and the conversion: bounds the time. */
enum { MOST_OPERATIONS = 4 };

/* A condition on x: an integer of that many bits can hold it. */
struct guard {
    LLVMValueRef x;
    unsigned bits;
    bool is_signed;
    bool holds; /* where it fits; else where it does not */
};

/* ---- constants: of a scalar, or the same in all lanes ---- */

static LLVMValueRef lane_of(LLVMValueRef constant)
{
    LLVMTypeRef type = LLVMTypeOf(constant);
    if (!LLVMIsConstant(constant) || LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return constant;
    LLVMValueRef first = LLVMGetAggregateElement(constant, 0);
    for (unsigned i = 1, n = LLVMGetVectorSize(type); first && i < n; i++)
        if (LLVMGetAggregateElement(constant, i) != first)
            return constant;
    return first ? first : constant;
}

static bool integer_of(LLVMValueRef value, uint64_t *n)
{
    value = lane_of(value);
    if (!LLVMIsAConstantInt(value) || LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64)
        return false;
    *n = LLVMConstIntGetZExtValue(value);
    return true;
}

static bool is_float(LLVMValueRef value, double number)
{
    LLVMBool loses;
    value = lane_of(value);
    return LLVMIsAConstantFP(value) && LLVMConstRealGetDouble(value, &loses) == number;
}

/* ---- the guard ---- */

static LLVMValueRef magnitude_of(LLVMValueRef value)
{
    return ir_calls(value, "llvm.fabs.") ? LLVMGetOperand(value, 0) : NULL;
}

/* What compares so with the number, or NULL. */
static LLVMValueRef compared(LLVMValueRef condition, LLVMRealPredicate p, double number)
{
    bool is = ir_is(condition, LLVMFCmp) && LLVMGetFCmpPredicate(condition) == p &&
              is_float(LLVMGetOperand(condition, 1), number);
    return is ? LLVMGetOperand(condition, 0) : NULL;
}

static bool find_signed(LLVMValueRef condition, struct guard *g)
{
    g->is_signed = true;
    for (g->bits = 32; g->bits <= 64; g->bits += 32) {
        double limit = ldexp(1, (int)g->bits - 1);
        LLVMValueRef inside = compared(condition, LLVMRealOLT, limit);
        LLVMValueRef value = inside ? inside : compared(condition, LLVMRealUGE, limit);
        g->holds = inside;
        g->x = value ? magnitude_of(value) : NULL;
        if (g->x)
            return true;
    }
    return false;
}

/* Both conditions, one of which may be the other's arm. */
static bool find_parts(LLVMValueRef condition, bool both, LLVMValueRef parts[2])
{
    uint64_t n;
    if (ir_is(condition, LLVMSelect)) {
        parts[0] = LLVMGetOperand(condition, 0);
        parts[1] = LLVMGetOperand(condition, both ? 1 : 2);
        return integer_of(LLVMGetOperand(condition, both ? 2 : 1), &n) && n == !both;
    }
    if (!ir_is(condition, both ? LLVMAnd : LLVMOr))
        return false;
    parts[0] = LLVMGetOperand(condition, 0);
    parts[1] = LLVMGetOperand(condition, 1);
    return true;
}

static bool find_unsigned(LLVMValueRef condition, struct guard *g)
{
    LLVMValueRef parts[2];
    g->bits = 32;
    g->is_signed = false;
    for (int both = 0; both < 2; both++) {
        if (!find_parts(condition, both, parts))
            continue;
        LLVMRealPredicate above = both ? LLVMRealOGE : LLVMRealULT;
        LLVMRealPredicate below = both ? LLVMRealOLT : LLVMRealUGE;
        g->holds = both;
        for (int i = 0; i < 2; i++) {
            g->x = compared(parts[i], below, ldexp(1, 32));
            if (g->x && compared(parts[1 - i], above, 0) == g->x)
                return true;
        }
    }
    return false;
}

/* ---- the arms ---- */

/* A cast, or an operation with a constant, of which LLVM knows the result for a constant. */
static bool is_simple(LLVMValueRef op)
{
    if (!LLVMIsAInstruction(op))
        return false;
    switch (LLVMGetInstructionOpcode(op)) {
    case LLVMTrunc:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMSIToFP: return true;
    case LLVMAdd:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr: return LLVMIsConstant(LLVMGetOperand(op, 1));
    default: return false;
    }
}

/* The conversion that the arm is made of, or NULL. */
static LLVMValueRef find_conversion(LLVMValueRef arm, const struct guard *g)
{
    for (int n = 0; n < MOST_OPERATIONS && is_simple(arm); n++)
        arm = LLVMGetOperand(arm, 0);
    bool is = ir_is(arm, g->is_signed ? LLVMFPToSI : LLVMFPToUI) &&
              LLVMGetOperand(arm, 0) == g->x &&
              LLVMGetIntTypeWidth(ir_lane_type(LLVMTypeOf(arm))) == g->bits;
    return is ? arm : NULL;
}

/* The arm with a number in place of the conversion, and without flags: what they promise was so
 * behind the guard. Of a constant LLVM makes a constant. */
static LLVMValueRef rebuild(struct cg *cg, LLVMValueRef arm, LLVMValueRef conversion,
                            LLVMValueRef number)
{
    if (arm == conversion)
        return number;
    LLVMValueRef operand = rebuild(cg, LLVMGetOperand(arm, 0), conversion, number);
    LLVMOpcode op = LLVMGetInstructionOpcode(arm);
    if (LLVMIsACastInst(arm))
        return LLVMBuildCast(cg->builder, op, operand, LLVMTypeOf(arm), "");
    return LLVMBuildBinOp(cg->builder, op, operand, LLVMGetOperand(arm, 1), "");
}

/* ---- the machine's conversions ---- */

struct conversion {
    LLVMTypeKind from;
    unsigned lanes, bits;
    const char *intrinsic;
    const char *feature; /* that it is of, or NULL */
};

static const struct conversion conversions[] = {
    {LLVMFloatTypeKind, 1, 32, "llvm.x86.sse.cvttss2si", NULL},
    {LLVMFloatTypeKind, 1, 64, "llvm.x86.sse.cvttss2si64", NULL},
    {LLVMDoubleTypeKind, 1, 32, "llvm.x86.sse2.cvttsd2si", NULL},
    {LLVMDoubleTypeKind, 1, 64, "llvm.x86.sse2.cvttsd2si64", NULL},
    {LLVMFloatTypeKind, 4, 32, "llvm.x86.sse2.cvttps2dq", NULL},
    {LLVMFloatTypeKind, 8, 32, "llvm.x86.avx.cvtt.ps2dq.256", "avx"},
    {LLVMDoubleTypeKind, 4, 32, "llvm.x86.avx.cvtt.pd2dq.256", "avx"},
};

/* NULL if there is none for x. */
static const struct conversion *conversion_of(struct cg *cg, LLVMValueRef x, unsigned bits)
{
    LLVMTypeRef type = LLVMTypeOf(x);
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        const struct conversion *k = &conversions[i];
        if (k->from == LLVMGetTypeKind(ir_lane_type(type)) && k->lanes == ir_lanes(type) &&
            k->bits == bits)
            return !k->feature || cpu_has(&cg->c->cpu, k->feature) ? k : NULL;
    }
    return NULL;
}

static LLVMValueRef build_conversion(struct cg *cg, const struct conversion *k, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->builder;
    if (k->lanes == 1) { /* it takes the first lane of a register */
        LLVMTypeRef vector = LLVMVectorType(LLVMTypeOf(x), k->from == LLVMFloatTypeKind ? 4 : 2);
        x = LLVMBuildInsertElement(b, LLVMGetPoison(vector), x, LLVMConstInt(cg->i32, 0, false),
                                   "");
    }
    return ir_call_machine(cg, b,
                           &(struct machine_call){.name = k->intrinsic, .args = &x, .count = 1});
}

LLVMValueRef cg_build_truncation(struct cg *cg, LLVMValueRef x, unsigned bits)
{
    return build_conversion(cg, conversion_of(cg, x, bits), x);
}

/* What the guarded conversion is, whether x fits or not. */
static LLVMValueRef build_number(struct cg *cg, const struct conversion *k, const struct guard *g)
{
    LLVMValueRef number = build_conversion(cg, k, g->x);
    if (g->is_signed)
        return number;
    LLVMBuilderRef b = cg->builder;
    LLVMValueRef most = LLVMConstInt(cg->i64, UINT32_MAX, false);
    LLVMValueRef fits = LLVMBuildICmp(b, LLVMIntULE, number, most, "");
    return LLVMBuildSelect(b, fits, LLVMBuildTrunc(b, number, cg->i32, ""), LLVMConstNull(cg->i32),
                           "");
}

/* What the machine makes of what does not fit. */
static LLVMValueRef misfit(LLVMTypeRef type, const struct guard *g)
{
    unsigned lanes = ir_lanes(type);
    uint64_t least = g->is_signed ? UINT64_C(1) << (g->bits - 1) : 0;
    LLVMValueRef lane = LLVMConstInt(ir_lane_type(type), least, false), all[8];
    for (unsigned i = 0; i < lanes; i++)
        all[i] = lane;
    return lanes == 1 ? lane : LLVMConstVector(all, lanes);
}

static bool replace_select(struct cg *cg, LLVMValueRef select)
{
    struct guard g;
    LLVMValueRef condition = LLVMGetOperand(select, 0);
    if (!find_signed(condition, &g) && !find_unsigned(condition, &g))
        return false;
    LLVMValueRef arm = LLVMGetOperand(select, g.holds ? 1 : 2);
    LLVMValueRef otherwise = LLVMGetOperand(select, g.holds ? 2 : 1);
    LLVMValueRef conversion = find_conversion(arm, &g);
    const struct conversion *k = conversion_of(cg, g.x, g.is_signed ? g.bits : 64);
    if (!conversion || !k)
        return false;
    LLVMPositionBuilderBefore(cg->builder, select);
    if (rebuild(cg, arm, conversion, misfit(LLVMTypeOf(conversion), &g)) != otherwise)
        return false;
    LLVMValueRef number = build_number(cg, k, &g);
    LLVMReplaceAllUsesWith(select, rebuild(cg, arm, conversion, number));
    return true;
}

void cg_join_truncations(struct cg *cg)
{
    if (!cg->c->target->truncates_to_least)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
                next = LLVMGetNextInstruction(i);
                if (ir_is(i, LLVMSelect) && replace_select(cg, i))
                    LLVMInstructionEraseFromParent(i);
            }
}
