/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Memory that is changed in place: what is loaded, combined with another value, is stored where it
 * came from, at once. The store traps where the load would, so the load needs no keeper (keep.c),
 * and x86-64 has one instruction for all three.
 *
 * But LLVM drops a store of what stands there already, and changes fewer bytes where it sees that
 * the others stay: x + 0, x ^ 0x100. So the other value must neither be such a constant nor become
 * one when a loop is unrolled. Where it might, an empty asm hides it.
 *
 * Bytes that lie side by side, changed by one such instruction each, take Zen 5 up to 60 cycles an
 * instruction, if there are seven or more and they lie in the code at certain distances. So do 16
 * bits. As three instructions they never do.
 */
#include "codegen/ir.h"
#include "codegen/passes/keep.h"

/* Where op stores to the place that the load, an operand of it, is from; or NULL. All its uses are
 * looked at, but not often: a load asks for few operations, and an operation for two operands. */
static LLVMValueRef store_of(LLVMValueRef op, LLVMValueRef load)
{
    if (!LLVMIsALoadInst(load) || !LLVMIsABinaryOperator(op))
        return NULL;
    for (LLVMUseRef u = LLVMGetFirstUse(op); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsAStoreInst(user) && LLVMGetOperand(user, 0) == op &&
            keep_same_address(LLVMGetOperand(user, 1), LLVMGetOperand(load, 0)))
            return user;
    }
    return NULL;
}

static unsigned other_operand(LLVMValueRef op, LLVMValueRef load)
{
    return LLVMGetOperand(op, 0) == load ? 1 : 0;
}

/* The bits that are set lie in half of the value, which is wider than a byte. */
static bool is_narrow(LLVMValueRef constant)
{
    LLVMTypeRef type = LLVMTypeOf(constant);
    if (!LLVMIsAConstantInt(constant) || LLVMGetIntTypeWidth(type) > 64)
        return true;
    uint64_t n = LLVMConstIntGetZExtValue(constant);
    unsigned width = LLVMGetIntTypeWidth(type);
    unsigned span = n ? 64 - (unsigned)__builtin_clzll(n) - (unsigned)__builtin_ctzll(n) : 0;
    return width > 8 && 2 * span <= width;
}

bool update_is_fragile(LLVMValueRef op, LLVMValueRef load)
{
    if (!store_of(op, load))
        return false;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(op);
    LLVMValueRef other = LLVMGetOperand(op, other_operand(op, load));
    if (LLVMIsConstant(other))
        return (opcode == LLVMXor || opcode == LLVMOr) && is_narrow(other);
    return other != load && keep_may_become_constant(other);
}

/* Of those that x86-64 does in memory; shifts by what is not constant are several instructions. */
static bool is_done_in_memory(LLVMValueRef op, LLVMValueRef load)
{
    switch (LLVMGetInstructionOpcode(op)) {
    case LLVMAdd:
    case LLVMOr:
    case LLVMAnd:
    case LLVMXor: return !LLVMIsConstant(LLVMGetOperand(op, other_operand(op, load)));
    case LLVMSub: return LLVMGetOperand(op, 0) == load && !LLVMIsConstant(LLVMGetOperand(op, 1));
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr: return LLVMIsAConstantInt(LLVMGetOperand(op, 1));
    default: return false;
    }
}

/* The bounds of time. */
enum { MOST_USES = 8, MOST_BETWEEN = 64 };

static LLVMValueRef find_operation(LLVMValueRef load)
{
    int n = 0;
    for (LLVMUseRef u = LLVMGetFirstUse(load); u && n < MOST_USES; u = LLVMGetNextUse(u), n++) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsABinaryOperator(user) && is_done_in_memory(user, load) && store_of(user, load))
            return user;
    }
    return NULL;
}

/* The store comes after the load in its block, and nothing in between has an effect. */
static bool comes_next(LLVMValueRef load, LLVMValueRef store)
{
    LLVMValueRef i = LLVMGetNextInstruction(load);
    for (int n = 0; i && n < MOST_BETWEEN; i = LLVMGetNextInstruction(i), n++) {
        if (i == store)
            return true;
        if (keep_is_effect(i) && !LLVMIsALoadInst(i))
            return false;
    }
    return false;
}

/* No other store to the place may make this one superfluous: there is one in the block, and not to
 * the same place in each iteration of a loop. */
static bool is_only_store(LLVMValueRef store)
{
    LLVMBasicBlockRef bb = LLVMGetInstructionParent(store);
    LLVMValueRef pointer = LLVMGetOperand(store, 1);
    int n = 0;
    for (LLVMUseRef u = LLVMGetFirstUse(pointer); u; u = LLVMGetNextUse(u), n++) {
        LLVMValueRef user = LLVMGetUser(u);
        if (n == MOST_USES ||
            (user != store && LLVMIsAStoreInst(user) && LLVMGetInstructionParent(user) == bb))
            return false;
    }
    return LLVMIsAInstruction(pointer) && LLVMGetInstructionParent(pointer) == bb;
}

static bool is_word(LLVMValueRef load)
{
    LLVMTypeRef type = LLVMTypeOf(load);
    return LLVMGetTypeKind(type) == LLVMIntegerTypeKind && !LLVMGetVolatile(load) &&
           (LLVMGetIntTypeWidth(type) == 32 || LLVMGetIntTypeWidth(type) == 64);
}

/* LLVM knows nothing of the operand any more. */
static void hide_operand(struct cg *cg, LLVMValueRef op, unsigned operand)
{
    static const char constraint[] = "=r,0";
    LLVMValueRef value = LLVMGetOperand(op, operand);
    LLVMTypeRef type = LLVMTypeOf(value), function = LLVMFunctionType(type, &type, 1, false);
    LLVMValueRef hide = LLVMGetInlineAsm(function, "", 0, constraint, sizeof constraint - 1, false,
                                         false, LLVMInlineAsmDialectATT, false);
    LLVMPositionBuilderBefore(cg->builder, op);
    LLVMValueRef hidden = LLVMBuildCall2(cg->builder, function, hide, &value, 1, "");
    LLVMAddCallSiteAttribute(hidden, FUNCTION_INDEX, cg_attribute(cg, "nounwind", 0));
    LLVMAddCallSiteAttribute(hidden, FUNCTION_INDEX, cg_attribute(cg, "willreturn", 0));
    LLVMAddCallSiteAttribute(hidden, FUNCTION_INDEX, cg_attribute(cg, "memory", 0));
    LLVMSetOperand(op, operand, hidden);
}

bool update_fold(struct cg *cg, LLVMValueRef load)
{
    if (!cg->c->target->changes_memory || !LLVMIsALoadInst(load) || !is_word(load))
        return false;
    LLVMValueRef op = find_operation(load), store = op ? store_of(op, load) : NULL;
    if (!store || LLVMGetOperand(store, 1) != LLVMGetOperand(load, 0))
        return false;
    if (LLVMGetVolatile(store) || !comes_next(load, store) || !is_only_store(store))
        return false;
    unsigned other = other_operand(op, load);
    if (!LLVMIsConstant(LLVMGetOperand(op, other)))
        hide_operand(cg, op, other);
    return true;
}

/* ---- narrow ones, many in a row ---- */

/* So many in a block; fewer do no harm. */
enum { MANY_UPDATES = 6 };

/* The operation, if LLVM may make one instruction of it, the store and the load before. */
static LLVMValueRef narrow_update(LLVMValueRef store, unsigned *operand)
{
    LLVMValueRef op = LLVMIsAStoreInst(store) ? LLVMGetOperand(store, 0) : NULL;
    if (!op || !LLVMIsABinaryOperator(op) || !ir_has_one_use(op) ||
        LLVMGetTypeKind(LLVMTypeOf(op)) != LLVMIntegerTypeKind ||
        LLVMGetIntTypeWidth(LLVMTypeOf(op)) >= 32)
        return NULL;
    for (*operand = 0; *operand < 2; ++*operand) {
        LLVMValueRef load = LLVMGetOperand(op, *operand);
        if (LLVMIsALoadInst(load) && ir_has_one_use(load) &&
            ir_pointer(load) == ir_pointer(store) &&
            LLVMGetInstructionParent(load) == LLVMGetInstructionParent(store))
            return op;
    }
    return NULL;
}

static void part_updates(struct cg *cg, LLVMBasicBlockRef bb)
{
    unsigned operand, n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (narrow_update(i, &operand))
            n++;
    if (n < MANY_UPDATES)
        return;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
        LLVMValueRef op = narrow_update(i, &operand);
        if (op)
            hide_operand(cg, op, operand);
    }
}

void cg_part_updates(struct cg *cg)
{
    if (!cg->c->target->changes_memory)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            part_updates(cg, bb);
}
