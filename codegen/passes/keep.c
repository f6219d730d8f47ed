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
 *  - its first and its last byte count on that way: LLVM narrows a load of which only some bits are
 *    used, and an access across an end of memory would no longer reach over it. So what is noted
 *    are the bits that count of a value (keep_bits.c). A select anchors nothing: LLVM makes one
 *    load of a selected address out of two selected loads;
 *  - what it decides matters: the ways of a branch do different things, or bring other values to a
 *    phi that is anchored itself; and no copy of a loop's body decides the comparison before.
 * Of loads near each other only the outermost need one (keep_range.c). A keeper whose load was
 * hoisted out of its block follows the load.
 */
#include "codegen/passes/keep.h"
#include "codegen/ir.h"

#include <string.h>

bool cg_is_keeper(LLVMValueRef insn)
{
    if (!LLVMIsACallInst(insn) || !LLVMIsAInlineAsm(LLVMGetCalledValue(insn)) ||
        LLVMGetTypeKind(LLVMTypeOf(insn)) != LLVMVoidTypeKind)
        return false;
    size_t length;
    LLVMGetInlineAsmAsmString(LLVMGetCalledValue(insn), &length);
    return length == 0;
}

/* ---- one block ---- */

/* A store of what was just loaded from there changes nothing and may go. */
static bool stores_back(LLVMValueRef user, LLVMValueRef value)
{
    if (!LLVMIsAStoreInst(user) || LLVMGetOperand(user, 0) != value)
        return false;
    if (LLVMIsACastInst(value))
        value = LLVMGetOperand(value, 0);
    return LLVMIsALoadInst(value) &&
           keep_same_address(LLVMGetOperand(value, 0), LLVMGetOperand(user, 1));
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
    struct cg *cg;
    struct arena *arena;
    struct value_set here;    /* anchored in the block that was looked at last */
    struct value_set first;   /* goes into phis of the block's first successor */
    struct value_set phis;    /* certainly reach an effect */
    struct value_set stored;  /* pointers to which something is stored further down in the block */
    struct value_set kept;    /* what the function's keepers keep */
    struct value_set rolled;  /* blocks that are loops, and stay so */
    struct value_set seen;    /* by those of the block so far */
    struct value_set blocks;  /* all; by their numbers: */
    struct flow **lists;      /* what goes from each into phis */
    struct way *ways;         /* see way_from() */
    LLVMBasicBlockRef *order; /* blocks that are reached, each behind those that it leads to */
    uint32_t *places;         /* of the blocks in that order, by their numbers */
    uint32_t order_count;
};

static void anchor(struct value_set *anchored, LLVMValueRef value, value_bits bits)
{
    value_bits all = keep_bits_of(value), sum = bits | value_set_bits(anchored, value);
    if (sum != 0)
        value_set_add_bits(anchored, value, (sum & all) == all ? ALL_BITS : sum);
}

/* What was loaded, if the value is that, perhaps extended; or NULL. */
static LLVMValueRef load_of(LLVMValueRef value)
{
    if (LLVMIsACastInst(value))
        value = LLVMGetOperand(value, 0);
    return LLVMIsALoadInst(value) ? value : NULL;
}

/* To where the value was loaded from the block stores further down. LLVM stores only the part that
 * changes, if it sees one, and does not load the rest: so each user of the value has to need all of
 * it. */
static bool is_in_danger(const struct anchors *a, LLVMValueRef value, value_bits passed)
{
    LLVMValueRef load = load_of(value);
    if (!load || !value_set_has(&a->stored, LLVMGetOperand(load, 0)))
        return false;
    value_bits all = keep_bits_of(load);
    return (passed & all) != all;
}

/* user is live in this block, and these of its bits count: so do its operands. */
static void anchor_operands(struct anchors *a, LLVMValueRef user, value_bits bits)
{
    for (int i = 0, n = LLVMGetNumOperands(user); i < n; i++) {
        LLVMValueRef operand = LLVMGetOperand(user, (unsigned)i);
        if (!LLVMIsAInstruction(operand) || stores_back(user, operand) ||
            update_is_fragile(user, operand))
            continue;
        value_bits passed = keep_bits_passed(user, operand, bits);
        if (!is_in_danger(a, operand, passed))
            anchor(&a->here, operand, passed);
    }
}

static bool flows_to(const struct anchors *a, const struct flow *flow, LLVMBasicBlockRef to)
{
    return LLVMGetInstructionParent(flow->phi) == to && value_set_has(&a->phis, flow->phi);
}

static uint32_t block_number(const struct anchors *a, LLVMBasicBlockRef bb)
{
    return value_set_number(&a->blocks, LLVMBasicBlockAsValue(bb));
}

static const struct flow *flows_from(const struct anchors *a, LLVMBasicBlockRef bb)
{
    return a->lists[block_number(a, bb)];
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
    value_set_clear(&a->first);
    for (const struct flow *flow = flows_from(a, bb); flow; flow = flow->next)
        if (flows_to(a, flow, first))
            value_set_add(&a->first, flow->value);
    for (const struct flow *flow = flows_from(a, bb); flow; flow = flow->next)
        if (flows_to(a, flow, last) && value_set_has(&a->first, flow->value))
            value_set_add(&a->here, flow->value);
}

/* ---- branches that do not matter ---- */

/* The ways bring other values together there, one of which certainly has an effect. */
static bool bring_other_values(const struct anchors *a, struct way way, struct way other)
{
    enum { MANY = 32, MOST_PHIS = 256 }; /* bound the time; then they count as the same */
    LLVMValueRef phi = LLVMGetFirstInstruction(way.end);
    for (int n = 0; LLVMIsAPHINode(phi) && n < MOST_PHIS; phi = LLVMGetNextInstruction(phi), n++)
        if (value_set_has(&a->phis, phi) && LLVMCountIncoming(phi) <= MANY &&
            keep_values_differ(ir_incoming(phi, way.last), ir_incoming(phi, other.last)))
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
        struct way way = a->ways[block_number(a, next)];
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
        if (value_set_has(&a->phis, phi))
            return true;
    return false;
}

/* Where a block without effects leads; itself, if it has some, or brings values together. Nowhere,
 * if nothing gets there, as to the default of a switch over all that its index can be. */
static struct way way_from(const struct anchors *a, LLVMBasicBlockRef bb)
{
    struct way stays = {bb, NULL}, nowhere = {NULL, NULL};
    if (has_anchored_phi(a, bb))
        return stays;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
        if (keep_is_effect(i) && !LLVMIsALoadInst(i) && !LLVMIsATerminatorInst(i))
            return stays;
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    if (LLVMIsAUnreachableInst(LLVMGetFirstInstruction(bb)))
        return nowhere;
    if (!LLVMIsABranchInst(terminator) && !LLVMIsASwitchInst(terminator))
        return stays;
    struct way way = common_way(a, terminator);
    return way.end ? way : stays;
}

/* A branch whose ways come to the same once their loads are gone: it goes with them. */
static bool is_pointless(const struct anchors *a, LLVMValueRef insn)
{
    bool decides = LLVMIsASwitchInst(insn) || (LLVMIsABranchInst(insn) && LLVMIsConditional(insn));
    return decides && common_way(a, insn).end;
}

/* From the end on: the others lead to those, or back to a loop, which counts as being unrolled. */
static void find_ways(struct anchors *a)
{
    memset(a->ways, 0, a->blocks.count * sizeof *a->ways);
    for (uint32_t i = 0; i < a->order_count; i++)
        a->ways[block_number(a, a->order[i])] = way_from(a, a->order[i]);
}

/* Walks depth first, and lists blocks as it leaves them. Where they stand says nothing: the arms of
 * a switch come last. */
static void find_order(struct anchors *a, LLVMValueRef f)
{
    struct open {
        LLVMBasicBlockRef bb;
        unsigned next; /* successor to be looked at */
    } *path = arena_array(a->arena, a->blocks.count, sizeof *path);
    bool *seen = arena_array(a->arena, a->blocks.count, sizeof *seen);
    uint32_t depth = 0;
    a->order = arena_array(a->arena, a->blocks.count, sizeof(LLVMBasicBlockRef));
    a->places = arena_array(a->arena, a->blocks.count, sizeof *a->places);
    a->order_count = 0;
    path[depth++] = (struct open){LLVMGetEntryBasicBlock(f), 0};
    while (depth > 0) {
        struct open *last = &path[depth - 1];
        LLVMValueRef terminator = LLVMGetBasicBlockTerminator(last->bb);
        if (last->next == LLVMGetNumSuccessors(terminator)) {
            a->places[block_number(a, last->bb)] = a->order_count;
            a->order[a->order_count++] = last->bb;
            depth--;
            continue;
        }
        LLVMBasicBlockRef to = LLVMGetSuccessor(terminator, last->next++);
        bool *is_seen = &seen[block_number(a, to)];
        if (!*is_seen)
            path[depth++] = (struct open){to, 0};
        *is_seen = true;
    }
}

/* ---- one block, with what goes from it ---- */

/* The header of the loop whose last block this is, if it may be unrolled, or NULL. */
static LLVMBasicBlockRef next_round(const struct anchors *a, LLVMBasicBlockRef bb)
{
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    if (value_set_has(&a->rolled, LLVMBasicBlockAsValue(bb)))
        return NULL;
    for (unsigned i = 0, n = LLVMGetNumSuccessors(terminator); i < n; i++) {
        LLVMBasicBlockRef to = LLVMGetSuccessor(terminator, i);
        if (a->places[block_number(a, to)] >= a->places[block_number(a, bb)])
            return to;
    }
    return NULL;
}

/* A store that another one follows, which writes to the same place: one of the block, one in each
 * iteration of a loop that may be unrolled, or one of the next iteration. Instruction selection
 * leaves it out if it finds nothing in between that reads the place. */
static bool is_overwritten(const struct anchors *a, LLVMValueRef store, LLVMBasicBlockRef header)
{
    LLVMValueRef pointer = LLVMGetOperand(store, 1);
    LLVMBasicBlockRef bb = LLVMGetInstructionParent(store);
    if (value_set_has(&a->stored, pointer))
        return true;
    if (header == bb && (!LLVMIsAInstruction(pointer) || LLVMGetInstructionParent(pointer) != bb))
        return true;
    return header && keep_next_round_covers(a->cg, store, header);
}

static bool is_plain_load(LLVMValueRef insn)
{
    return LLVMIsALoadInst(insn) && ir_is_plain_access(insn);
}

/* It stays in this block. A load without a keeper does not have to: it is one that cannot trap. */
static bool is_effect(const struct anchors *a, LLVMValueRef insn)
{
    return keep_is_effect(insn) && (!is_plain_load(insn) || value_set_has(&a->kept, insn));
}

static void anchor_block(struct anchors *a, LLVMBasicBlockRef bb)
{
    LLVMBasicBlockRef header = next_round(a, bb);
    value_set_clear(&a->here);
    value_set_clear(&a->stored);
    anchor_phis(a, bb);
    for (LLVMValueRef i = LLVMGetLastInstruction(bb); i; i = LLVMGetPreviousInstruction(i)) {
        bool is_lost = LLVMIsAStoreInst(i) && is_overwritten(a, i, header);
        value_bits bits = is_effect(a, i)     ? ALL_BITS
                          : LLVMIsAPHINode(i) ? 0
                                              : value_set_bits(&a->here, i);
        if (!is_lost && !is_pointless(a, i) && bits != 0)
            anchor_operands(a, i, bits);
        if (LLVMIsAStoreInst(i))
            value_set_add(&a->stored, LLVMGetOperand(i, 1));
    }
}

/* ---- phis: all are taken as anchored, then those that reach no effect go, until none goes ---- */

static void add_flows(struct anchors *a, LLVMValueRef phi)
{
    value_set_add(&a->phis, phi);
    for (unsigned i = 0, n = LLVMCountIncoming(phi); i < n; i++) {
        LLVMBasicBlockRef from = LLVMGetIncomingBlock(phi, i);
        if (!LLVMIsAInstruction(LLVMGetIncomingValue(phi, i)))
            continue;
        struct flow *flow = arena_alloc(a->arena, sizeof *flow);
        struct flow **list = &a->lists[block_number(a, from)];
        *flow = (struct flow){LLVMGetIncomingValue(phi, i), phi, *list};
        *list = flow;
    }
}

static void find_flows(struct anchors *a, LLVMValueRef f)
{
    value_set_clear(&a->phis);
    value_set_clear(&a->blocks);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        value_set_add(&a->blocks, LLVMBasicBlockAsValue(bb));
    a->lists = arena_array(a->arena, a->blocks.count, sizeof(struct flow *));
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef phi = LLVMGetFirstInstruction(bb); phi && LLVMIsAPHINode(phi);
             phi = LLVMGetNextInstruction(phi))
            add_flows(a, phi);
    a->ways = arena_array(a->arena, a->blocks.count, sizeof *a->ways);
    find_order(a, f);
}

/* One round: keeps those phis that are anchored in their blocks. True if all were. */
static bool keep_anchored_phis(struct anchors *a, LLVMValueRef f)
{
    struct value_set kept = {.arena = a->arena};
    value_set_clear(&kept);
    find_ways(a);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb)) {
        LLVMValueRef phi = LLVMGetFirstInstruction(bb);
        if (LLVMIsAPHINode(phi))
            anchor_block(a, bb);
        for (; phi && LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi))
            if (value_set_has(&a->phis, phi) && value_set_has(&a->here, phi))
                value_set_add(&kept, phi);
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
    value_set_clear(&a->phis);
    find_ways(a);
}

/* Each access to a part of what is loaded is an access to the whole if there is one to the first
 * byte and one to the last. */
static bool is_safe(const struct value_set *anchored, LLVMValueRef value)
{
    LLVMValueRef load = load_of(value);
    if (!load || value_set_has(anchored, value))
        return value_set_has(anchored, value);
    value_bits all = keep_bits_of(load);
    value_bits bits = value_set_bits(anchored, value) | value_set_bits(anchored, load);
    value_bits first = 0xff & all, last = all & ~(all >> 8);
    return (bits & first) != 0 && (bits & last) != 0;
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

/* One keeper a value is enough, none if it is anchored, and few if others are loaded near it. */
static void release_keeper(struct anchors *a, struct keep_ranges *ranges, LLVMValueRef keeper)
{
    LLVMValueRef value = LLVMGetOperand(keeper, 0);
    bool is_first = !value_set_has(&a->seen, value);
    bool is_here = LLVMIsAInstruction(value) &&
                   LLVMGetInstructionParent(value) == LLVMGetInstructionParent(keeper);
    bool is_needed = is_first && !(is_here && is_safe(&a->here, value));
    value_set_add(&a->seen, value);
    if (is_needed && is_here && update_fold(a->cg, value)) {
        LLVMInstructionEraseFromParent(keeper);
        return;
    }
    if (is_first && is_here && load_of(value))
        keep_ranges_add(ranges, a->cg, load_of(value), is_needed ? keeper : NULL);
    if (!is_needed)
        LLVMInstructionEraseFromParent(keeper);
}

/* By others, or by who looks at memory after a trap. */
static bool can_be_seen(LLVMValueRef insn)
{
    if (LLVMIsACallInst(insn))
        return !cg_is_keeper(insn) && !ir_calls_pure(insn);
    return LLVMIsALoadInst(insn) ? !is_plain_load(insn)
                                 : LLVMIsAStoreInst(insn) || LLVMIsAAtomicRMWInst(insn) ||
                                       LLVMIsAAtomicCmpXchgInst(insn) || LLVMIsAFenceInst(insn);
}

static void release_block(struct anchors *a, LLVMBasicBlockRef bb)
{
    if (!has_keeper(bb))
        return;
    anchor_block(a, bb);
    value_set_clear(&a->seen);
    struct keep_ranges ranges = {.count = 0};
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (cg_is_keeper(i))
            release_keeper(a, &ranges, i);
        else if (can_be_seen(i))
            ranges.count = 0;
    }
}

static void find_kept(struct anchors *a, LLVMBasicBlockRef bb)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
        LLVMValueRef load = cg_is_keeper(i) ? load_of(LLVMGetOperand(i, 0)) : NULL;
        if (load)
            value_set_add(&a->kept, load);
    }
}

/* A loop of one block, larger than is worth it: what follows a round need not be guessed. */
static void forbid_unrolling(struct anchors *a, LLVMBasicBlockRef bb)
{
    enum { LARGE = 1000 };
    int n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i && n <= LARGE;
         i = LLVMGetNextInstruction(i))
        n++;
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(bb);
    for (unsigned i = 0; n > LARGE && i < LLVMGetNumSuccessors(terminator); i++)
        if (LLVMGetSuccessor(terminator, i) == bb && cg_forbid_unrolling(a->cg, bb))
            value_set_add(&a->rolled, LLVMBasicBlockAsValue(bb));
}

static void release_function(struct cg *cg, struct anchors *a, LLVMValueRef f)
{
    value_set_clear(&a->kept);
    value_set_clear(&a->rolled);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb)) {
        follow_loads(cg, bb);
        find_kept(a, bb);
        forbid_unrolling(a, bb);
    }
    if (a->kept.count == 0)
        return;
    anchor_function(a, f);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        release_block(a, bb);
}

void cg_release_keepers(struct cg *cg)
{
    struct arena *arena = cg->arena;
    struct anchors a = {.cg = cg,
                        .arena = arena,
                        .here = {.arena = arena},
                        .first = {.arena = arena},
                        .stored = {.arena = arena},
                        .kept = {.arena = arena},
                        .rolled = {.arena = arena},
                        .seen = {.arena = arena},
                        .phis = {.arena = arena},
                        .blocks = {.arena = arena}};
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        release_function(cg, &a, f);
}
