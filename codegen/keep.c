/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Keepers: the empty asm that "uses" a loaded value, so that no pass drops a load whose trap counts
 * (emit_memory.c). They also stop vectorisation and the folding of loads into instructions. So
 * between the scalar optimiser and the vectoriser the keepers of those loads go that cannot be
 * lost any more; the passes after this point neither delete live code nor look for dead stores.
 *
 * A load is safe without its keeper if
 *  - it is anchored: its value reaches, inside its own basic block, something that has an effect (a
 *    store, a call, a branch, a phi of a successor). Then it is live, and no pass can sink it
 *    into a block that runs less often;
 *  - every byte of it counts on that way: LLVM narrows a load of which only some bits are used, and
 *    an access across the end of memory would no longer reach over it. So shifts, masks and
 *    truncations do not anchor anything wider than a byte. A select anchors nothing: LLVM makes one
 *    load of a selected address out of two selected loads.
 * A keeper whose load was hoisted out of its block follows the load.
 */
#include "codegen/internal.h"

#include <string.h>

/* Set of LLVM values: open addressing. */
struct value_set {
    struct arena *arena;
    LLVMValueRef *slots;
    size_t count, capacity;
};

static LLVMValueRef *set_slot(LLVMValueRef *slots, size_t capacity, LLVMValueRef value)
{
    size_t i =
        (size_t)(((uintptr_t)value >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (capacity - 1);
    while (slots[i] && slots[i] != value)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static bool set_has(const struct value_set *set, LLVMValueRef value)
{
    return *set_slot(set->slots, set->capacity, value) != NULL;
}

static void set_add(struct value_set *set, LLVMValueRef value)
{
    if (2 * (set->count + 1) > set->capacity) {
        size_t capacity = 2 * set->capacity;
        LLVMValueRef *slots = arena_array(set->arena, capacity, sizeof *slots);
        for (size_t i = 0; i < set->capacity; i++)
            if (set->slots[i])
                *set_slot(slots, capacity, set->slots[i]) = set->slots[i];
        set->slots = slots;
        set->capacity = capacity;
    }
    LLVMValueRef *slot = set_slot(set->slots, set->capacity, value);
    set->count += *slot == NULL;
    *slot = value;
}

enum { SET_CAPACITY = 256 };

/* A table that a giant block has grown is left to the arena, so that the small blocks after it do
 * not clear it each time. */
static void set_clear(struct value_set *set)
{
    if (set->capacity != SET_CAPACITY)
        set->slots = arena_array(set->arena, SET_CAPACITY, sizeof *set->slots);
    else
        memset(set->slots, 0, SET_CAPACITY * sizeof *set->slots);
    set->capacity = SET_CAPACITY;
    set->count = 0;
}

static bool is_keeper(LLVMValueRef insn)
{
    if (!LLVMIsACallInst(insn) || !LLVMIsAInlineAsm(LLVMGetCalledValue(insn)))
        return false;
    size_t length;
    LLVMGetInlineAsmAsmString(LLVMGetCalledValue(insn), &length);
    return length == 0;
}

/* ---- what counts as an effect, and what passes all bits of its operands on ---- */

/* A load counts for its address: with a keeper or anchored, it stays where it is. */
static bool is_effect(LLVMValueRef insn)
{
    if (LLVMIsATerminatorInst(insn) || LLVMIsAStoreInst(insn) || LLVMIsALoadInst(insn))
        return true;
    if (!LLVMIsACallInst(insn) || LLVMIsAInlineAsm(LLVMGetCalledValue(insn)))
        return false;
    LLVMValueRef callee = LLVMGetCalledValue(insn);
    return !LLVMIsAFunction(callee) || LLVMGetIntrinsicID(callee) == 0;
}

static bool is_equality(LLVMValueRef insn)
{
    LLVMIntPredicate predicate = LLVMGetICmpPredicate(insn);
    return predicate == LLVMIntEQ || predicate == LLVMIntNE;
}

static bool uses_all_bits(LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMXor:
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv:
    case LLVMFNeg:
    case LLVMFCmp:
    case LLVMFPExt:
    case LLVMFPTrunc:
    case LLVMFPToSI:
    case LLVMFPToUI:
    case LLVMSIToFP:
    case LLVMUIToFP:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMGetElementPtr:
    case LLVMBitCast:
    case LLVMPHI: return true;
    case LLVMOr: return !LLVMIsConstant(LLVMGetOperand(insn, 1));
    case LLVMICmp: return is_equality(insn) || !LLVMIsConstant(LLVMGetOperand(insn, 1));
    default: return is_effect(insn);
    }
}

/* No part of it can be loaded alone: a byte, or a float that is used as one. */
static bool is_whole(LLVMValueRef value, LLVMValueRef user)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (LLVMIsASelectInst(user))
        return false;
    if (kind == LLVMIntegerTypeKind)
        return LLVMGetIntTypeWidth(type) <= 8;
    return (kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind) && !LLVMIsABitCastInst(user);
}

/* ---- one block ---- */

/* user is live in this block: so are its operands. */
static void anchor_operands(struct value_set *anchored, LLVMValueRef user)
{
    bool all_bits = uses_all_bits(user);
    for (int i = 0, n = LLVMGetNumOperands(user); i < n; i++) {
        LLVMValueRef operand = LLVMGetOperand(user, (unsigned)i);
        if (LLVMIsAInstruction(operand) && (all_bits || is_whole(operand, user)))
            set_add(anchored, operand);
    }
}

/* What the phis of successors take from this block is live at its end. */
static void anchor_phis(struct value_set *anchored, LLVMBasicBlockRef bb)
{
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    for (unsigned s = 0, n = LLVMGetNumSuccessors(terminator); s < n; s++) {
        LLVMValueRef phi = LLVMGetFirstInstruction(LLVMGetSuccessor(terminator, s));
        for (; phi && LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi))
            for (unsigned i = 0, m = LLVMCountIncoming(phi); i < m; i++)
                if (LLVMGetIncomingBlock(phi, i) == bb &&
                    LLVMIsAInstruction(LLVMGetIncomingValue(phi, i)))
                    set_add(anchored, LLVMGetIncomingValue(phi, i));
    }
}

static void anchor_block(struct value_set *anchored, LLVMBasicBlockRef bb)
{
    anchor_phis(anchored, bb);
    for (LLVMValueRef i = LLVMGetLastInstruction(bb); i; i = LLVMGetPreviousInstruction(i))
        if (is_effect(i) || (set_has(anchored, i) && !LLVMIsAPHINode(i)))
            anchor_operands(anchored, i);
}

/* The value, or what it was extended from, is anchored. */
static bool is_safe(const struct value_set *anchored, LLVMValueRef value)
{
    if (set_has(anchored, value))
        return true;
    return LLVMIsACastInst(value) && set_has(anchored, LLVMGetOperand(value, 0)) &&
           LLVMIsALoadInst(LLVMGetOperand(value, 0));
}

static bool is_hoisted_load(LLVMValueRef value, LLVMBasicBlockRef bb)
{
    if (LLVMIsACastInst(value) && LLVMGetInstructionParent(value) != bb &&
        LLVMIsALoadInst(LLVMGetOperand(value, 0)))
        return LLVMGetInstructionParent(LLVMGetOperand(value, 0)) ==
               LLVMGetInstructionParent(value);
    return LLVMIsALoadInst(value) && LLVMGetInstructionParent(value) != bb;
}

/* ---- the function: first the keepers go to their loads, then each block drops what is safe ----
 */

static void follow_loads(struct cg *cg, LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (!is_keeper(i) || !is_hoisted_load(LLVMGetOperand(i, 0), bb))
            continue;
        LLVMInstructionRemoveFromParent(i);
        LLVMPositionBuilderBefore(cg->builder, LLVMGetNextInstruction(LLVMGetOperand(i, 0)));
        LLVMInsertIntoBuilder(cg->builder, i);
    }
}

static void release_block(struct value_set *anchored, LLVMBasicBlockRef bb)
{
    bool found = false;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i && !found; i = LLVMGetNextInstruction(i))
        found = is_keeper(i);
    if (!found)
        return;
    set_clear(anchored);
    anchor_block(anchored, bb);
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (!is_keeper(i))
            continue;
        LLVMValueRef value = LLVMGetOperand(i, 0);
        if (LLVMIsAInstruction(value) && LLVMGetInstructionParent(value) == bb &&
            is_safe(anchored, value))
            LLVMInstructionEraseFromParent(i);
        else if (LLVMIsAInstruction(value))
            set_add(anchored, value); /* one keeper a value is enough */
    }
}

void cg_release_keepers(struct cg *cg)
{
    struct value_set anchored = {.arena = cg->arena};
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f)) {
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            follow_loads(cg, bb);
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            release_block(&anchored, bb);
    }
}
