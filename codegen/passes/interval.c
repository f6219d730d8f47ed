/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Intervals of integers; see interval.h. Arithmetic on the ends of intervals, in 64 bits; what
 * might wrap in the width of the value can be anything.
 */
#include "codegen/passes/interval.h"
#include "codegen/ir.h"

/* Of an expression; bounds the time: each level asks for two operands, and a phi, which may ask for
 * four, takes two levels. */
enum { DEPTH = 8, PHI_EDGES = 4 };

/* How far to look: levels of operands, and whether phis have all their edges. */
struct reach {
    int depth;
    bool through_phis;
};

static struct interval of_reach(LLVMValueRef value, struct reach reach);

static struct reach nearer(struct reach reach)
{
    return (struct reach){reach.depth - 1, reach.through_phis};
}

static struct interval any_of_width(unsigned width)
{
    int64_t high = (int64_t)(UINT64_MAX >> (64 - width) >> 1);
    return (struct interval){-high - 1, high};
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* All bits that a number below has set. */
static int64_t all_bits_below(int64_t n)
{
    return n == 0 ? 0 : (int64_t)(UINT64_MAX >> __builtin_clzll((unsigned long long)n));
}

static struct interval of_sum(struct interval a, struct interval b, struct interval any)
{
    struct interval sum;
    if (__builtin_add_overflow(a.low, b.low, &sum.low) ||
        __builtin_add_overflow(a.high, b.high, &sum.high))
        return any;
    return sum;
}

static struct interval of_difference(struct interval a, struct interval b, struct interval any)
{
    struct interval difference;
    if (__builtin_sub_overflow(a.low, b.high, &difference.low) ||
        __builtin_sub_overflow(a.high, b.low, &difference.high))
        return any;
    return difference;
}

static struct interval of_product(struct interval a, int64_t factor, struct interval any)
{
    int64_t low, high;
    if (__builtin_mul_overflow(a.low, factor, &low) ||
        __builtin_mul_overflow(a.high, factor, &high))
        return any;
    return (struct interval){least(low, high), most(low, high)};
}

static struct interval of_and(struct interval a, struct interval b, struct interval any)
{
    if (a.low < 0 && b.low < 0)
        return any;
    int64_t high = a.low < 0 ? b.high : b.low < 0 ? a.high : least(a.high, b.high);
    return (struct interval){0, high};
}

/* Of or and exclusive or. */
static struct interval of_or(struct interval a, struct interval b, struct interval any)
{
    if (a.low < 0 || b.low < 0)
        return any;
    return (struct interval){0, all_bits_below(a.high | b.high)};
}

/* Unsigned: by a number, or its remainder. */
static struct interval of_division(LLVMOpcode opcode, struct interval a, int64_t by,
                                   struct interval any)
{
    if (by <= 0)
        return any;
    if (opcode == LLVMURem)
        return (struct interval){0, a.low < 0 ? by - 1 : least(a.high, by - 1)};
    if (opcode == LLVMSRem)
        return (struct interval){a.low < 0 ? 1 - by : 0, by - 1};
    if (a.low < 0)
        return any;
    return (struct interval){a.low / by, a.high / by};
}

/* To the right by a number of bits. */
static struct interval of_shift(LLVMOpcode opcode, struct interval a, unsigned bits, unsigned width)
{
    if (opcode == LLVMLShr && a.low < 0)
        return bits == 0 ? a : (struct interval){0, (int64_t)(UINT64_MAX >> (64 - width) >> bits)};
    return (struct interval){a.low >> bits, a.high >> bits};
}

/* Of two operands of the value's type. */
static struct interval of_operation(LLVMValueRef value, struct reach reach, struct interval any)
{
    LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
    unsigned width = LLVMGetIntTypeWidth(LLVMTypeOf(value));
    struct interval a = of_reach(LLVMGetOperand(value, 0), nearer(reach));
    struct interval b = of_reach(LLVMGetOperand(value, 1), nearer(reach));
    bool by_constant = b.low == b.high;
    bool shifts = by_constant && b.low >= 0 && b.low < width;
    switch (opcode) {
    case LLVMAdd: return of_sum(a, b, any);
    case LLVMSub: return of_difference(a, b, any);
    case LLVMMul: return by_constant ? of_product(a, b.low, any) : any;
    case LLVMShl: return shifts && b.low < 63 ? of_product(a, INT64_C(1) << b.low, any) : any;
    case LLVMLShr:
    case LLVMAShr: return shifts ? of_shift(opcode, a, (unsigned)b.low, width) : any;
    case LLVMAnd: return of_and(a, b, any);
    case LLVMOr:
    case LLVMXor: return of_or(a, b, any);
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem: return by_constant ? of_division(opcode, a, b.low, any) : any;
    default: return any;
    }
}

static struct interval of_cast(LLVMValueRef value, struct reach reach, struct interval any)
{
    LLVMValueRef from = LLVMGetOperand(value, 0);
    if (LLVMGetTypeKind(LLVMTypeOf(from)) != LLVMIntegerTypeKind ||
        LLVMGetIntTypeWidth(LLVMTypeOf(from)) > 64)
        return any;
    struct interval a = of_reach(from, nearer(reach));
    unsigned width = LLVMGetIntTypeWidth(LLVMTypeOf(from));
    if (LLVMGetInstructionOpcode(value) == LLVMZExt && a.low < 0)
        return (struct interval){0, (int64_t)(UINT64_MAX >> (64 - width))};
    return a;
}

/* Of minima and maxima. */
static struct interval of_call(LLVMValueRef call, struct reach reach, struct interval any)
{
    bool is_signed = ir_calls(call, "llvm.smin.") || ir_calls(call, "llvm.smax.");
    if (!is_signed && !ir_calls(call, "llvm.umin.") && !ir_calls(call, "llvm.umax."))
        return any;
    struct interval a = of_reach(LLVMGetOperand(call, 0), nearer(reach));
    struct interval b = of_reach(LLVMGetOperand(call, 1), nearer(reach));
    bool is_least = ir_calls(call, "llvm.smin.") || ir_calls(call, "llvm.umin.");
    if (!is_signed && is_least)
        return of_and(a, b, any); /* it is at most either that is not negative, too */
    if (!is_signed && (a.low < 0 || b.low < 0))
        return any;
    if (is_least)
        return (struct interval){least(a.low, b.low), least(a.high, b.high)};
    return (struct interval){most(a.low, b.low), most(a.high, b.high)};
}

static struct interval of_select(LLVMValueRef value, struct reach reach)
{
    struct interval a = of_reach(LLVMGetOperand(value, 1), nearer(reach));
    struct interval b = of_reach(LLVMGetOperand(value, 2), nearer(reach));
    return (struct interval){least(a.low, b.low), most(a.high, b.high)};
}

/* Whatever comes round a loop is cut off by the depth: then only remainders and the like bound it.
 */
static struct interval of_phi(LLVMValueRef phi, struct reach reach, struct interval any)
{
    unsigned edges = LLVMCountIncoming(phi);
    if (!reach.through_phis || edges == 0 || edges > PHI_EDGES || reach.depth < 2)
        return any;
    struct interval all = {any.high, any.low};
    for (unsigned i = 0; i < edges; i++) {
        struct interval one = of_reach(LLVMGetIncomingValue(phi, i), nearer(nearer(reach)));
        all = (struct interval){least(all.low, one.low), most(all.high, one.high)};
    }
    return all;
}

static struct interval of_instruction(LLVMValueRef value, struct reach reach, struct interval any)
{
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc: return of_cast(value, reach, any);
    case LLVMSelect: return of_select(value, reach);
    case LLVMCall: return of_call(value, reach, any);
    case LLVMPHI: return of_phi(value, reach, any);
    case LLVMFreeze: return any; /* its operand may be nothing that can be said something of */
    default: return LLVMIsABinaryOperator(value) ? of_operation(value, reach, any) : any;
    }
}

static struct interval of_reach(LLVMValueRef value, struct reach reach)
{
    struct interval any = any_of_width(LLVMGetIntTypeWidth(LLVMTypeOf(value)));
    if (LLVMIsAConstantInt(value))
        return (struct interval){LLVMConstIntGetSExtValue(value), LLVMConstIntGetSExtValue(value)};
    if (!LLVMIsAInstruction(value) || reach.depth == 0)
        return any;
    struct interval found = of_instruction(value, reach, any);
    return found.low < any.low || found.high > any.high ? any : found;
}

static struct interval of_any_width(LLVMValueRef value, bool through_phis)
{
    if (LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64)
        return any_of_width(64); /* of a product of 128 bits */
    return of_reach(value, (struct reach){DEPTH, through_phis});
}

struct interval interval_of(LLVMValueRef value)
{
    return of_any_width(value, false);
}

struct interval interval_through_phis(LLVMValueRef value)
{
    return of_any_width(value, true);
}
