/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What an instruction needs of its operands: see keep.h. Everything here errs to one side: what
 * LLVM may find out later (that a value is a constant, that a part of it is enough) is taken as
 * found.
 */
#include "codegen/ir.h"
#include "codegen/passes/keep.h"

bool keep_is_effect(LLVMValueRef insn)
{
    if (LLVMIsATerminatorInst(insn) || LLVMIsAStoreInst(insn) || LLVMIsALoadInst(insn))
        return true;
    return LLVMIsACallInst(insn) && !LLVMIsAInlineAsm(LLVMGetCalledValue(insn)) &&
           !ir_intrinsic(insn);
}

/* Something that cannot turn out to be a constant, in an unrolled loop or behind a fence. */
static bool is_loaded(LLVMValueRef value)
{
    return LLVMIsALoadInst(LLVMIsACastInst(value) ? LLVMGetOperand(value, 0) : value);
}

/* How many zeros certainly stand at the end of what a value is multiplied by; NOT_A_FACTOR if it
 * might turn out to be 0. */
enum { NOT_A_FACTOR = 255, FACTOR_DEPTH = 4 };

static unsigned constant_zeros(LLVMValueRef value)
{
    if (!LLVMIsAConstantInt(value) || LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64)
        return NOT_A_FACTOR;
    uint64_t n = LLVMConstIntGetZExtValue(value);
    return n == 0 ? NOT_A_FACTOR : (unsigned)__builtin_ctzll(n);
}

static unsigned factor_zeros(LLVMValueRef value, int depth)
{
    if (LLVMIsAConstantInt(value))
        return constant_zeros(value);
    if (LLVMIsALoadInst(value))
        return 0;
    if (depth == 0 || !LLVMIsAInstruction(value))
        return NOT_A_FACTOR;
    unsigned more = 0;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
    if (opcode == LLVMMul)
        more = constant_zeros(LLVMGetOperand(value, 1));
    else if (opcode == LLVMShl && LLVMIsAConstantInt(LLVMGetOperand(value, 1)))
        more = (unsigned)LLVMConstIntGetZExtValue(LLVMGetOperand(value, 1));
    else if (opcode != LLVMSExt && opcode != LLVMZExt)
        return NOT_A_FACTOR;
    return more + factor_zeros(LLVMGetOperand(value, 0), depth - 1);
}

/* Where a value comes from, as far as its uses can tell. */
enum origin {
    DERIVED, /* perhaps a constant, or one of few, in a copy of a loop's body: phis */
    PARTLY,  /* from outside, but not every value of the type is possible */
    OUTSIDE  /* loaded, given or returned */
};

enum { ORIGIN_DEPTH = 4 };

static enum origin origin_of(LLVMValueRef value, int depth);

/* Of what is computed: what it adds to a value from outside cannot make that a constant. */
static enum origin computed_origin(LLVMValueRef insn, int depth)
{
    enum origin left = origin_of(LLVMGetOperand(insn, 0), depth - 1);
    switch ((int)LLVMGetInstructionOpcode(insn)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMXor:
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv: {
        enum origin right = origin_of(LLVMGetOperand(insn, 1), depth - 1);
        return left > right ? left : right;
    }
    case LLVMFNeg:
    case LLVMBitCast: return left;
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc:
    case LLVMFPExt:
    case LLVMFPTrunc:
    case LLVMSIToFP:
    case LLVMUIToFP: return left ? PARTLY : DERIVED;
    case LLVMAnd:
    case LLVMOr:
    case LLVMMul:
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr: return left && LLVMIsConstant(LLVMGetOperand(insn, 1)) ? PARTLY : DERIVED;
    default: return DERIVED;
    }
}

static enum origin origin_of(LLVMValueRef value, int depth)
{
    if (LLVMIsAArgument(value) || LLVMIsALoadInst(value) ||
        (LLVMIsACallInst(value) && !ir_intrinsic(value)))
        return OUTSIDE;
    return depth > 0 && LLVMIsAInstruction(value) && LLVMGetNumOperands(value) > 0
               ? computed_origin(value, depth)
               : DERIVED;
}

bool keep_may_become_constant(LLVMValueRef value)
{
    return !origin_of(value, ORIGIN_DEPTH);
}

/* What a value depends on. */
enum { ON_NOTHING = 0, ON_PHI = 1, ON_OUTSIDE = 2 };

static unsigned depends_on(LLVMValueRef value, int depth)
{
    if (LLVMIsConstant(value))
        return ON_NOTHING;
    if (LLVMIsAPHINode(value))
        return ON_PHI;
    if (LLVMIsAArgument(value) || LLVMIsAInvokeInst(value) ||
        (LLVMIsACallInst(value) && !ir_intrinsic(value)))
        return ON_OUTSIDE;
    if (depth == 0 || !LLVMIsAInstruction(value))
        return ON_PHI | ON_OUTSIDE;
    unsigned on = LLVMIsALoadInst(value) ? ON_OUTSIDE : ON_NOTHING;
    for (int i = 0, n = LLVMGetNumOperands(value); i < n; i++)
        on |= depends_on(LLVMGetOperand(value, (unsigned)i), depth - 1);
    return on;
}

/* No copy of a loop's body makes a constant of it. */
static bool is_open_value(LLVMValueRef value, unsigned on)
{
    return (on & ON_OUTSIDE) && (!(on & ON_PHI) || is_loaded(value));
}

bool keep_values_differ(LLVMValueRef x, LLVMValueRef y)
{
    if (x == y)
        return false;
    unsigned on_x = depends_on(x, ORIGIN_DEPTH), on_y = depends_on(y, ORIGIN_DEPTH);
    if (!((on_x | on_y) & ON_PHI))
        return true;
    return (is_open_value(x, on_x) && !(on_y & ON_OUTSIDE)) ||
           (is_open_value(y, on_y) && !(on_x & ON_OUTSIDE));
}

/* A comparison that no copy of a loop's body can decide, nor what is known of an operand. One with
 * a derived bound is decided if that turns out to be the least or the greatest value. */
static bool is_open(LLVMValueRef comparison)
{
    LLVMValueRef right_value = LLVMGetOperand(comparison, 1);
    enum origin left = origin_of(LLVMGetOperand(comparison, 0), ORIGIN_DEPTH);
    enum origin right = origin_of(right_value, ORIGIN_DEPTH);
    if (left && right)
        return true;
    LLVMIntPredicate predicate = LLVMGetICmpPredicate(comparison);
    if (LLVMIsAICmpInst(comparison) && predicate != LLVMIntEQ && predicate != LLVMIntNE)
        return false;
    if (LLVMIsConstant(right_value))
        return left; /* with a constant that is not possible it would be gone already */
    return left == OUTSIDE || right == OUTSIDE;
}

/* Nothing that the user combines with the value can make it superfluous. And a branch on (a & b)
 * becomes two branches: a, computed before, decides whether b is. */
static bool others_are_fixed(LLVMValueRef user, LLVMValueRef value)
{
    for (int i = 0, n = LLVMGetNumOperands(user); i < n; i++) {
        LLVMValueRef operand = LLVMGetOperand(user, (unsigned)i);
        if (operand != value && !LLVMIsConstant(operand) && !is_loaded(operand))
            return false;
    }
    return true;
}

bool keep_is_whole(LLVMValueRef value, LLVMValueRef user)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (LLVMIsASelectInst(user))
        return false;
    if (kind == LLVMIntegerTypeKind)
        return LLVMGetIntTypeWidth(type) <= 8 && others_are_fixed(user, value);
    return (kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind) && !LLVMIsABitCastInst(user);
}

/* ---- which bits count ---- */

/* 0 of what is no integer of up to 128 bits. */
static unsigned integer_width(LLVMValueRef value)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    bool is_integer = LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
    return is_integer && LLVMGetIntTypeWidth(type) <= 128 ? LLVMGetIntTypeWidth(type) : 0;
}

value_bits keep_bits_of(LLVMValueRef value)
{
    unsigned width = integer_width(value);
    return width ? ALL_BITS >> (128 - width) : ALL_BITS;
}

static bool are_loaded(LLVMValueRef insn)
{
    return is_loaded(LLVMGetOperand(insn, 0)) && is_loaded(LLVMGetOperand(insn, 1));
}

/* Of what is no integer made of integers: all operands count in full if the result does. */
static bool uses_all_bits(LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv:
    case LLVMFNeg:
    case LLVMFPExt:
    case LLVMFPTrunc:
    case LLVMFPToSI:
    case LLVMFPToUI:
    case LLVMSIToFP:
    case LLVMUIToFP:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMAdd:
    case LLVMSub:
    case LLVMXor:
    case LLVMGetElementPtr:
    case LLVMBitCast:
    case LLVMPHI: return true;
    case LLVMMul:
    case LLVMOr: return are_loaded(insn);
    case LLVMICmp:
    case LLVMFCmp: return is_open(insn);
    default: return keep_is_effect(insn) || cg_is_constant_rotate(insn);
    }
}

/* What is combined with a constant counts where that lets it through. */
static value_bits bits_before_mask(LLVMValueRef insn, value_bits bits)
{
    LLVMValueRef mask = LLVMGetOperand(insn, 1);
    bool is_or = LLVMGetInstructionOpcode(insn) == LLVMOr;
    if ((is_or && LLVMGetIsDisjoint(insn)) || are_loaded(insn))
        return bits;
    if (!LLVMIsAConstantInt(mask) || LLVMGetIntTypeWidth(LLVMTypeOf(mask)) > 64)
        return 0;
    value_bits through = LLVMConstIntGetZExtValue(mask);
    return bits & (is_or ? ~through : through);
}

static value_bits bits_before_shift(LLVMValueRef insn, value_bits bits)
{
    LLVMOpcode opcode = LLVMGetInstructionOpcode(insn);
    LLVMValueRef by = LLVMGetOperand(insn, 1);
    uint64_t n = LLVMIsAConstantInt(by) ? LLVMConstIntGetZExtValue(by) : UINT64_MAX;
    unsigned width = integer_width(insn);
    if (n >= width)
        return 0;
    if (opcode == LLVMShl)
        return bits >> n;
    bool sign = opcode == LLVMAShr && bits >> (width - 1 - n) != 0;
    return (bits << n | (value_bits)sign << (width - 1)) & keep_bits_of(insn);
}

static value_bits bits_before_extension(LLVMValueRef insn, value_bits bits)
{
    LLVMValueRef narrow = LLVMGetOperand(insn, 0);
    unsigned top = integer_width(narrow) - 1;
    bool sign = LLVMGetInstructionOpcode(insn) == LLVMSExt && bits >> top != 0;
    return (bits & keep_bits_of(narrow)) | (value_bits)sign << top;
}

/* Each bit of a factor is in all bits of the product above. */
static value_bits bits_before_product(LLVMValueRef insn, LLVMValueRef operand, value_bits bits)
{
    LLVMValueRef left = LLVMGetOperand(insn, 0), right = LLVMGetOperand(insn, 1);
    unsigned zeros = factor_zeros(operand == left ? right : left, FACTOR_DEPTH);
    if (left == right)
        zeros++; /* the uppermost bit does not count in a square */
    for (unsigned n = 1; n < 128; n *= 2)
        bits |= bits >> n;
    return zeros < NOT_A_FACTOR ? bits >> zeros : 0;
}

value_bits keep_bits_passed(LLVMValueRef user, LLVMValueRef operand, value_bits bits)
{
    value_bits all = keep_bits_of(user);
    if (keep_is_whole(operand, user) || LLVMIsALoadInst(user))
        return ALL_BITS;
    bool is_integer = integer_width(user) != 0 && integer_width(operand) != 0;
    switch (is_integer ? (int)LLVMGetInstructionOpcode(user) : 0) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMXor:
    case LLVMTrunc: return bits & all;
    case LLVMSExt:
    case LLVMZExt: return bits_before_extension(user, bits & all);
    case LLVMAnd:
    case LLVMOr: return bits_before_mask(user, bits & all);
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr:
        return operand == LLVMGetOperand(user, 0) ? bits_before_shift(user, bits & all) : 0;
    case LLVMMul: return bits_before_product(user, operand, bits & all);
    default: return (bits & all) == all && uses_all_bits(user) ? ALL_BITS : 0;
    }
}
