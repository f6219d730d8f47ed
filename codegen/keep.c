/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Keepers: the empty asm that "uses" a loaded value, so that no pass drops a load whose trap counts
 * (emit_memory.c). They also stop vectorisation and the folding of loads into instructions. So
 * between the scalar optimiser and the vectoriser the keepers of those loads go that cannot be
 * lost any more; the passes after this point neither delete live code nor look for dead stores.
 *
 * A load is safe without its keeper if
 *  - it is anchored: its value reaches something that has an effect (a store, a call, a branch),
 *    inside its own basic block or by phis on every way out of it. Then it is live whatever branch
 *    turns out to be decided, and no pass can sink it into a block that runs less often;
 *  - every byte of it counts on that way: LLVM narrows a load of which only some bits are used, and
 *    an access across the end of memory would no longer reach over it. So what is noted is how
 *    many of a value's low bits count, which truncations and shifts to the left make fewer; shifts
 *    to the right and masks do not anchor anything wider than a byte. A select anchors nothing:
 *    LLVM makes one load of a selected address out of two selected loads;
 *  - what it decides matters: the ways of a branch do different things, or bring other values to a
 *    phi that is anchored itself; and no copy of a loop's body decides the comparison before.
 * A keeper whose load was hoisted out of its block follows the load.
 */
#include "codegen/internal.h"

#include <string.h>

/* Set of LLVM values, and how many of the low bits of each count: open addressing. */
struct value_set {
    struct arena *arena;
    LLVMValueRef *slots;
    uint8_t *bits;
    size_t count, capacity;
};

/* Of a value that is no integer, or as wide as the type. */
enum { ALL_BITS = 255 };

static size_t set_slot(const LLVMValueRef *slots, size_t capacity, LLVMValueRef value)
{
    size_t i =
        (size_t)(((uintptr_t)value >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (capacity - 1);
    while (slots[i] && slots[i] != value)
        i = (i + 1) & (capacity - 1);
    return i;
}

/* How many bits count; 0 if the value is not in the set. */
static unsigned set_bits(const struct value_set *set, LLVMValueRef value)
{
    return set->bits[set_slot(set->slots, set->capacity, value)];
}

static bool set_has(const struct value_set *set, LLVMValueRef value)
{
    return set_bits(set, value) == ALL_BITS;
}

static void set_grow(struct value_set *set)
{
    struct value_set old = *set;
    set->capacity *= 2;
    set->slots = arena_array(set->arena, set->capacity, sizeof *set->slots);
    set->bits = arena_array(set->arena, set->capacity, sizeof *set->bits);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i]) {
            size_t slot = set_slot(set->slots, set->capacity, old.slots[i]);
            set->slots[slot] = old.slots[i];
            set->bits[slot] = old.bits[i];
        }
}

static void set_add_bits(struct value_set *set, LLVMValueRef value, unsigned bits)
{
    if (2 * (set->count + 1) > set->capacity)
        set_grow(set);
    size_t slot = set_slot(set->slots, set->capacity, value);
    set->count += set->slots[slot] == NULL;
    set->slots[slot] = value;
    if (bits > set->bits[slot])
        set->bits[slot] = (uint8_t)bits;
}

static void set_add(struct value_set *set, LLVMValueRef value)
{
    set_add_bits(set, value, ALL_BITS);
}

enum { SET_CAPACITY = 256 };

/* A table that a giant block has grown is left to the arena, so that the small blocks after it do
 * not clear it each time. */
static void set_clear(struct value_set *set)
{
    if (set->capacity != SET_CAPACITY) {
        set->slots = arena_array(set->arena, SET_CAPACITY, sizeof *set->slots);
        set->bits = arena_array(set->arena, SET_CAPACITY, sizeof *set->bits);
    } else {
        memset(set->slots, 0, SET_CAPACITY * sizeof *set->slots);
        memset(set->bits, 0, SET_CAPACITY * sizeof *set->bits);
    }
    set->capacity = SET_CAPACITY;
    set->count = 0;
}

bool cg_is_keeper(LLVMValueRef insn)
{
    if (!LLVMIsACallInst(insn) || !LLVMIsAInlineAsm(LLVMGetCalledValue(insn)))
        return false;
    size_t length;
    LLVMGetInlineAsmAsmString(LLVMGetCalledValue(insn), &length);
    return length == 0;
}

/* ---- what counts as an effect, and what passes all bits of its operands on ---- */

static bool is_intrinsic(LLVMValueRef call)
{
    LLVMValueRef callee = LLVMGetCalledValue(call);
    return LLVMIsAFunction(callee) && LLVMGetIntrinsicID(callee) != 0;
}

/* A load counts for its address: with a keeper or anchored, it stays where it is. */
static bool is_effect(LLVMValueRef insn)
{
    if (LLVMIsATerminatorInst(insn) || LLVMIsAStoreInst(insn) || LLVMIsALoadInst(insn))
        return true;
    return LLVMIsACallInst(insn) && !LLVMIsAInlineAsm(LLVMGetCalledValue(insn)) &&
           !is_intrinsic(insn);
}

/* Something that cannot turn out to be a constant, in an unrolled loop or behind a fence. */
static bool is_loaded(LLVMValueRef value)
{
    return LLVMIsALoadInst(LLVMIsACastInst(value) ? LLVMGetOperand(value, 0) : value);
}

/* How many zeros certainly stand at the end of what a value is multiplied by; NOT_A_FACTOR if it
 * might turn out to be 0. */
enum { NOT_A_FACTOR = ALL_BITS, FACTOR_DEPTH = 4 };

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

/* Of an integer that can be counted in; ALL_BITS of anything else. */
static unsigned width_of(LLVMValueRef value)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    bool is_integer = LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
    return is_integer && LLVMGetIntTypeWidth(type) <= 128 ? LLVMGetIntTypeWidth(type) : ALL_BITS;
}

/* By how much a shift moves; all bits are gone if that is not known. */
static unsigned constant_shift(LLVMValueRef by)
{
    return LLVMIsAConstantInt(by) ? (unsigned)LLVMConstIntGetZExtValue(by) : ALL_BITS;
}

/* Low bits, of so many that count, without the lowest. */
static unsigned without(unsigned bits, unsigned lowest)
{
    return bits > lowest ? bits - lowest : 0;
}

/* How many low bits of an integer operand count if so many of the user do. */
static unsigned bits_passed(LLVMValueRef user, LLVMValueRef operand, unsigned bits)
{
    LLVMOpcode opcode = LLVMGetInstructionOpcode(user);
    if (opcode == LLVMAdd || opcode == LLVMSub || opcode == LLVMXor || opcode == LLVMTrunc ||
        opcode == LLVMSExt || opcode == LLVMZExt)
        return bits;
    if (opcode != LLVMOr && opcode != LLVMMul && opcode != LLVMShl)
        return 0;
    LLVMValueRef left = LLVMGetOperand(user, 0), right = LLVMGetOperand(user, 1);
    if (opcode == LLVMOr)
        return LLVMGetIsDisjoint(user) || (is_loaded(left) && is_loaded(right)) ? bits : 0;
    if (opcode == LLVMShl)
        return operand == left ? without(bits, constant_shift(right)) : 0;
    unsigned zeros = factor_zeros(operand == left ? right : left, FACTOR_DEPTH);
    return without(bits, zeros + (left == right)); /* of a square, the uppermost does not count */
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
        (LLVMIsACallInst(value) && !is_intrinsic(value)))
        return OUTSIDE;
    return depth > 0 && LLVMIsAInstruction(value) && LLVMGetNumOperands(value) > 0
               ? computed_origin(value, depth)
               : DERIVED;
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

/* All bits of all operands count if all of the result do; bits_passed knows integers better. */
static bool uses_all_bits(LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMXor:
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
    case LLVMGetElementPtr:
    case LLVMBitCast:
    case LLVMPHI: return true;
    case LLVMMul:
    case LLVMOr: return is_loaded(LLVMGetOperand(insn, 0)) && is_loaded(LLVMGetOperand(insn, 1));
    case LLVMICmp:
    case LLVMFCmp: return is_open(insn);
    default: return is_effect(insn) || cg_is_constant_rotate(insn);
    }
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

/* No part of it can be loaded alone: a byte, or a float that is used as one. */
static bool is_whole(LLVMValueRef value, LLVMValueRef user)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (LLVMIsASelectInst(user))
        return false;
    if (kind == LLVMIntegerTypeKind)
        return LLVMGetIntTypeWidth(type) <= 8 && others_are_fixed(user, value);
    return (kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind) && !LLVMIsABitCastInst(user);
}

/* ---- one block ---- */

/* A store of what was just loaded from there changes nothing and may go. */
static bool stores_back(LLVMValueRef user, LLVMValueRef value)
{
    if (!LLVMIsAStoreInst(user) || LLVMGetOperand(user, 0) != value)
        return false;
    if (LLVMIsACastInst(value))
        value = LLVMGetOperand(value, 0);
    return LLVMIsALoadInst(value) && LLVMGetOperand(value, 0) == LLVMGetOperand(user, 1);
}

/* user is live in this block, and so many of its low bits count: so are its operands. */
static void anchor_operands(struct value_set *anchored, LLVMValueRef user, unsigned bits)
{
    bool all_bits = bits == ALL_BITS && uses_all_bits(user);
    unsigned low = bits < width_of(user) ? bits : width_of(user);
    for (int i = 0, n = LLVMGetNumOperands(user); i < n; i++) {
        LLVMValueRef operand = LLVMGetOperand(user, (unsigned)i);
        if (!LLVMIsAInstruction(operand) || stores_back(user, operand))
            continue;
        unsigned width = width_of(operand);
        unsigned passed = width == ALL_BITS ? 0 : bits_passed(user, operand, low);
        if (all_bits || is_whole(operand, user) || passed >= width)
            set_add(anchored, operand);
        else if (passed > 0)
            set_add_bits(anchored, operand, passed);
    }
}

/* What goes from a block into phis of its successors. */
struct flow {
    LLVMValueRef value, phi;
    struct flow *next; /* from the same block */
};

/* Where execution gets to, and from which block it comes there. */
struct way {
    LLVMBasicBlockRef end, last;
};

/* The anchors of a function. */
struct anchors {
    struct arena *arena;
    struct value_set here;   /* anchored in the block that was looked at last */
    struct value_set first;  /* goes into phis of the block's first successor */
    struct value_set phis;   /* certainly reach an effect */
    struct value_set stored; /* pointers to which something is stored further down in the block */
    struct value_set blocks; /* with a list of flows in lists, at the same slot */
    struct flow **lists;
    struct way *ways; /* from each block, at the same slot: see way_from() */
};

static bool flows_to(const struct anchors *a, const struct flow *flow, LLVMBasicBlockRef to)
{
    return LLVMGetInstructionParent(flow->phi) == to && set_has(&a->phis, flow->phi);
}

static const struct flow *flows_from(const struct anchors *a, LLVMBasicBlockRef bb)
{
    size_t slot = set_slot(a->blocks.slots, a->blocks.capacity, LLVMBasicBlockAsValue(bb));
    return a->blocks.slots[slot] ? a->lists[slot] : NULL;
}

/* A value is used after its block if each successor has an anchored phi of it. One is not enough:
 * the branch may be decided later, when a loop has been unrolled. */
static void anchor_phis(struct anchors *a, LLVMBasicBlockRef bb)
{
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    unsigned n = LLVMGetNumSuccessors(terminator);
    if (n == 0 || n > 2)
        return;
    LLVMBasicBlockRef first = LLVMGetSuccessor(terminator, 0);
    LLVMBasicBlockRef last = LLVMGetSuccessor(terminator, n - 1);
    set_clear(&a->first);
    for (const struct flow *flow = flows_from(a, bb); flow; flow = flow->next)
        if (flows_to(a, flow, first))
            set_add(&a->first, flow->value);
    for (const struct flow *flow = flows_from(a, bb); flow; flow = flow->next)
        if (flows_to(a, flow, last) && set_has(&a->first, flow->value))
            set_add(&a->here, flow->value);
}

/* ---- branches that do not matter ---- */

static size_t block_slot(const struct anchors *a, LLVMBasicBlockRef bb)
{
    LLVMValueRef value = LLVMBasicBlockAsValue(bb);
    return set_slot(a->blocks.slots, a->blocks.capacity, value);
}

static LLVMValueRef incoming_from(LLVMValueRef phi, LLVMBasicBlockRef bb)
{
    for (unsigned i = 0, n = LLVMCountIncoming(phi); i < n; i++)
        if (LLVMGetIncomingBlock(phi, i) == bb)
            return LLVMGetIncomingValue(phi, i);
    return NULL;
}

/* The ways bring other values together there, one of which certainly has an effect. */
static bool bring_other_values(const struct anchors *a, struct way way, struct way other)
{
    enum { MANY = 32 }; /* bounds the time; then they count as the same */
    LLVMValueRef phi = LLVMGetFirstInstruction(way.end);
    for (; LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi))
        if (set_has(&a->phis, phi) && LLVMCountIncoming(phi) <= MANY &&
            incoming_from(phi, way.last) != incoming_from(phi, other.last))
            return true;
    return false;
}

/* Where the branch leads if all its ways come to the same without doing anything but load, and with
 * the same values; else, its end is NULL. */
static struct way common_way(const struct anchors *a, LLVMValueRef branch)
{
    struct way common = {NULL, NULL};
    for (unsigned i = 0, n = LLVMGetNumSuccessors(branch); i < n; i++) {
        LLVMBasicBlockRef next = LLVMGetSuccessor(branch, i);
        struct way way = a->ways[block_slot(a, next)];
        if (way.end == next)
            way.last = LLVMGetInstructionParent(branch);
        if (!way.end)
            continue;
        if (common.end && (way.end != common.end || bring_other_values(a, way, common)))
            return (struct way){NULL, NULL};
        common = way;
    }
    return common;
}

static bool has_anchored_phi(const struct anchors *a, LLVMBasicBlockRef bb)
{
    LLVMValueRef phi = LLVMGetFirstInstruction(bb);
    for (; LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi))
        if (set_has(&a->phis, phi))
            return true;
    return false;
}

/* Where a block without effects leads; itself, if it has some, or brings values together. */
static struct way way_from(const struct anchors *a, LLVMBasicBlockRef bb)
{
    struct way stays = {bb, NULL};
    if (has_anchored_phi(a, bb))
        return stays;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (is_effect(i) && !LLVMIsALoadInst(i) && !LLVMIsATerminatorInst(i))
            return stays;
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    if (!LLVMIsABranchInst(terminator))
        return stays;
    struct way way = common_way(a, terminator);
    return way.end ? way : stays;
}

/* A branch whose ways come to the same once their loads are gone: it goes with them. */
static bool is_pointless(const struct anchors *a, LLVMValueRef insn)
{
    return LLVMIsABranchInst(insn) && LLVMIsConditional(insn) && common_way(a, insn).end;
}

/* From the last block on: the others lead to later ones, or back to a loop, which counts as being
 * unrolled. */
static void find_ways(struct anchors *a, LLVMValueRef f)
{
    memset(a->ways, 0, a->blocks.capacity * sizeof *a->ways);
    for (LLVMBasicBlockRef bb = LLVMGetLastBasicBlock(f); bb; bb = LLVMGetPreviousBasicBlock(bb))
        a->ways[block_slot(a, bb)] = way_from(a, bb);
}

/* ---- one block, with what goes from it ---- */

static bool is_own_successor(LLVMBasicBlockRef bb)
{
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    for (unsigned i = 0, n = LLVMGetNumSuccessors(terminator); i < n; i++)
        if (LLVMGetSuccessor(terminator, i) == bb)
            return true;
    return false;
}

/* A store that another one of the block follows, which writes to the same place, or one to the same
 * place in each iteration of a loop that may be unrolled: instruction selection leaves it out if it
 * finds nothing in between that reads the place. */
static bool is_overwritten(const struct anchors *a, LLVMValueRef store, bool in_loop)
{
    LLVMValueRef pointer = LLVMGetOperand(store, 1);
    return set_has(&a->stored, pointer) ||
           (in_loop && (!LLVMIsAInstruction(pointer) ||
                        LLVMGetInstructionParent(pointer) != LLVMGetInstructionParent(store)));
}

static void anchor_block(struct anchors *a, LLVMBasicBlockRef bb)
{
    bool in_loop = is_own_successor(bb);
    set_clear(&a->here);
    set_clear(&a->stored);
    anchor_phis(a, bb);
    for (LLVMValueRef i = LLVMGetLastInstruction(bb); i; i = LLVMGetPreviousInstruction(i)) {
        bool is_lost = LLVMIsAStoreInst(i) && is_overwritten(a, i, in_loop);
        unsigned bits = is_effect(i) ? ALL_BITS : LLVMIsAPHINode(i) ? 0 : set_bits(&a->here, i);
        if (!is_lost && !is_pointless(a, i) && bits > 0)
            anchor_operands(&a->here, i, bits);
        if (LLVMIsAStoreInst(i))
            set_add(&a->stored, LLVMGetOperand(i, 1));
    }
}

/* ---- phis: all are taken as anchored, then those that reach no effect go, until none goes ---- */

static void add_flows(struct anchors *a, LLVMValueRef phi)
{
    set_add(&a->phis, phi);
    for (unsigned i = 0, n = LLVMCountIncoming(phi); i < n; i++) {
        LLVMValueRef from = LLVMBasicBlockAsValue(LLVMGetIncomingBlock(phi, i));
        if (!LLVMIsAInstruction(LLVMGetIncomingValue(phi, i)))
            continue;
        struct flow *flow = arena_alloc(a->arena, sizeof *flow);
        struct flow **list = &a->lists[set_slot(a->blocks.slots, a->blocks.capacity, from)];
        *flow = (struct flow){LLVMGetIncomingValue(phi, i), phi, *list};
        *list = flow;
    }
}

static void find_flows(struct anchors *a, LLVMValueRef f)
{
    set_clear(&a->phis);
    set_clear(&a->blocks);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        set_add(&a->blocks, LLVMBasicBlockAsValue(bb));
    a->lists = arena_array(a->arena, a->blocks.capacity, sizeof(struct flow *));
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef phi = LLVMGetFirstInstruction(bb); phi && LLVMIsAPHINode(phi);
             phi = LLVMGetNextInstruction(phi))
            add_flows(a, phi);
    a->ways = arena_array(a->arena, a->blocks.capacity, sizeof *a->ways);
}

/* One round: keeps those phis that are anchored in their blocks. True if all were. */
static bool keep_anchored_phis(struct anchors *a, LLVMValueRef f)
{
    struct value_set kept = {.arena = a->arena};
    set_clear(&kept);
    find_ways(a, f);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb)) {
        LLVMValueRef phi = LLVMGetFirstInstruction(bb);
        if (LLVMIsAPHINode(phi))
            anchor_block(a, bb);
        for (; phi && LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi))
            if (set_has(&a->phis, phi) && set_has(&a->here, phi))
                set_add(&kept, phi);
    }
    bool all = kept.count == a->phis.count;
    a->phis = kept;
    return all;
}

static void anchor_function(struct anchors *a, LLVMValueRef f)
{
    enum { ROUNDS = 8 }; /* bounds the time; what is not settled then counts as not anchored */
    find_flows(a, f);
    for (int round = 0; round < ROUNDS; round++)
        if (keep_anchored_phis(a, f))
            return;
    set_clear(&a->phis);
    find_ways(a, f);
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
        if (!cg_is_keeper(i) || !is_hoisted_load(LLVMGetOperand(i, 0), bb))
            continue;
        LLVMInstructionRemoveFromParent(i);
        LLVMPositionBuilderBefore(cg->builder, LLVMGetNextInstruction(LLVMGetOperand(i, 0)));
        LLVMInsertIntoBuilder(cg->builder, i);
    }
}

static bool has_keeper(LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (cg_is_keeper(i))
            return true;
    return false;
}

static void release_block(struct anchors *a, LLVMBasicBlockRef bb)
{
    if (!has_keeper(bb))
        return;
    anchor_block(a, bb);
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (!cg_is_keeper(i))
            continue;
        LLVMValueRef value = LLVMGetOperand(i, 0);
        if (LLVMIsAInstruction(value) && LLVMGetInstructionParent(value) == bb &&
            is_safe(&a->here, value))
            LLVMInstructionEraseFromParent(i);
        else if (LLVMIsAInstruction(value))
            set_add(&a->here, value); /* one keeper a value is enough */
    }
}

static void release_function(struct cg *cg, struct anchors *a, LLVMValueRef f)
{
    bool found = false;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb)) {
        follow_loads(cg, bb);
        found = found || has_keeper(bb);
    }
    if (!found)
        return;
    anchor_function(a, f);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        release_block(a, bb);
}

void cg_release_keepers(struct cg *cg)
{
    struct arena *arena = cg->arena;
    struct anchors a = {.arena = arena,
                        .here = {.arena = arena},
                        .first = {.arena = arena},
                        .stored = {.arena = arena},
                        .phis = {.arena = arena},
                        .blocks = {.arena = arena}};
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        release_function(cg, &a, f);
}
