/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What goes through memory between a function and one that was inlined into it. In WebAssembly a
 * struct is passed and returned in the caller's frame, of the stack in linear memory:
 *
 *     callee(sp - 32, sp - 48)          stores an i32 at [sp - 32] and one at [sp - 28]
 *     i64.load offset=480 (sp - 512)    copies both
 *
 * Two things keep LLVM from seeing that the load is of what was stored. (sp - 512) + 480 is added
 * in 64 bits and sp - 32 in 32, which may wrap. So in each basic block addresses with the same root
 * become distances from the lowest that was accessed, as emit_address.c makes them inside a
 * function, for the reasons given there: where the access at index t did not trap, t + d does not
 * wrap, for no d up to W2S_MEMORY_MARGIN; where it did, base + zext(t) + d faults as well.
 *
 * And LLVM takes a load from one store only. Here it is put together from as many as there are,
 * which saves at least the time that CPUs take for a load from several stores in flight. The load
 * cannot have trapped: the stores before it cover it. If something was stored since that may be in
 * its place, it becomes a load for each store: CPUs forward what one store has in full, but a load
 * of two waits until both have left.
 */
#include "codegen/abi.h"
#include "codegen/ir.h"
#include "codegen/passes/address.h"

#include <string.h>

/* Of those that were seen last in a block; bounds the time. */
enum { ANCHORS = 8, PIECES = 32 };

/* Of a load that stays; more would take as long as the wait. */
enum { MOST_PARTS = 4 };

/* An access in memory 0. */
struct access {
    LLVMValueRef insn;
    struct address address;
    LLVMValueRef root; /* address.index = root + constant, wrapping; NULL: no index */
    int64_t constant;
};

/* An access after which others at base + root + something can be told from its pointer. */
struct anchor {
    struct access access;
    LLVMValueRef pointer; /* base + zext(index) */
};

/* Bytes that were stored. */
struct piece {
    struct address address;
    LLVMValueRef value; /* of what is wanted: its pointer */
    int64_t bytes;
    bool is_doubtful; /* something was stored since that may be there */
};

struct walk {
    struct cg *cg;
    struct anchor anchors[ANCHORS];
    struct piece pieces[PIECES];
    unsigned anchor_count, piece_count; /* so far; older ones are overwritten */
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* False if the instruction is something else, or not that simple. */
static bool find_access(struct cg *cg, LLVMValueRef insn, struct access *a)
{
    *a = (struct access){.insn = insn};
    if (!ir_is_plain_access(insn) || !cg_find_address(cg, ir_pointer(insn), &a->address) ||
        !cg_is_memory_base(a->address.base))
        return false;
    if (a->address.index)
        ir_split_sum(a->address.index, &a->root, &a->constant);
    return true;
}

/* ---- addresses become distances ---- */

static struct anchor *find_anchor(struct walk *w, const struct access *a)
{
    for (unsigned i = 0; i < least(w->anchor_count, ANCHORS); i++) {
        const struct access *at = &w->anchors[i].access;
        if (at->root == a->root && at->address.base == a->address.base)
            return &w->anchors[i];
    }
    return NULL;
}

static LLVMValueRef offset_pointer(struct cg *cg, LLVMValueRef pointer, int64_t offset)
{
    LLVMValueRef index = LLVMConstInt(cg->i64, (uint64_t)offset, true);
    return LLVMBuildGEP2(cg->builder, cg->i8, pointer, &index, 1, "");
}

/* Its pointer is made before the access, which keeps its own. */
static void set_anchor(struct walk *w, struct anchor *anchor, const struct access *a)
{
    struct cg *cg = w->cg;
    LLVMPositionBuilderBefore(cg->builder, a->insn);
    LLVMValueRef index = LLVMBuildZExt(cg->builder, a->address.index, cg->i64, "");
    anchor->access = *a;
    anchor->pointer = LLVMBuildGEP2(cg->builder, cg->i8, a->address.base, &index, 1, "");
}

static void move_access(struct walk *w, const struct anchor *anchor, struct access *a,
                        int64_t distance)
{
    LLVMPositionBuilderBefore(w->cg->builder, a->insn);
    a->address.offset += distance;
    a->address.index = anchor->access.address.index;
    LLVMSetOperand(a->insn, ir_pointer_index(a->insn),
                   offset_pointer(w->cg, anchor->pointer, a->address.offset));
}

/* The access is made one at a distance from the anchor, or is the anchor from now on. */
static void join(struct walk *w, struct access *a)
{
    if (!a->root || a->address.offset < 0 || a->address.offset > W2S_MEMORY_MARGIN)
        return;
    struct anchor *anchor = find_anchor(w, a);
    if (!anchor) {
        if (a->root != a->address.index) /* a place in a frame; tables would take all anchors */
            set_anchor(w, &w->anchors[w->anchor_count++ % ANCHORS], a);
        return;
    }
    uint64_t n = (uint64_t)a->constant - (uint64_t)anchor->access.constant;
    int64_t distance = (int32_t)(uint32_t)n;
    if (distance < 0)
        set_anchor(w, anchor, a);
    else if (distance > 0 && distance + a->address.offset <= W2S_MEMORY_MARGIN)
        move_access(w, anchor, a, distance);
}

/* ---- loads of what was stored ---- */

/* In bytes; 0 if it is nothing that can be put together. */
static int64_t bytes_of(LLVMTypeRef type)
{
    switch ((int)LLVMGetTypeKind(type)) {
    case LLVMIntegerTypeKind:
        return LLVMGetIntTypeWidth(type) % 8 == 0 ? LLVMGetIntTypeWidth(type) / 8 : 0;
    case LLVMFloatTypeKind: return 4;
    case LLVMDoubleTypeKind: return 8;
    default: return 0;
    }
}

static bool is_next_to(const struct address *a, const struct address *b)
{
    return a->base == b->base && a->index == b->index;
}

static bool overlap(const struct piece *a, const struct piece *b)
{
    return a->address.offset < b->address.offset + b->bytes &&
           b->address.offset < a->address.offset + a->bytes;
}

static void forget(struct walk *w)
{
    w->piece_count = 0;
}

/* A store ends what is known of its bytes; those at no known distance from it may have changed. */
static void note_store(struct walk *w, const struct access *a)
{
    struct piece stored = {a->address, LLVMGetOperand(a->insn, 0), 0, false};
    stored.bytes = bytes_of(LLVMTypeOf(stored.value));
    if (stored.bytes == 0) {
        forget(w);
        return;
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < w->piece_count; i++) {
        struct piece piece = w->pieces[i];
        bool is_elsewhere = !is_next_to(&piece.address, &stored.address);
        piece.is_doubtful |= is_elsewhere;
        if (is_elsewhere || !overlap(&piece, &stored))
            w->pieces[kept++] = piece;
    }
    if (kept == PIECES)
        memmove(w->pieces, w->pieces + 1, --kept * sizeof *w->pieces);
    w->pieces[kept++] = stored;
    w->piece_count = kept;
}

/* The bytes from `from` on, as an integer. */
static LLVMValueRef extract(struct cg *cg, LLVMValueRef value, int64_t bytes, int64_t from)
{
    LLVMTypeRef type = LLVMIntTypeInContext(cg->context, (unsigned)bytes * 8);
    value = LLVMBuildBitCast(cg->builder, value, type, "");
    if (from > 0)
        value =
            LLVMBuildLShr(cg->builder, value, LLVMConstInt(type, (uint64_t)from * 8, false), "");
    return value;
}

/* What the piece has become, loaded by itself. Nothing puts volatile loads together again. */
static LLVMValueRef load_part(struct cg *cg, const struct piece *piece, const struct piece *wanted)
{
    LLVMTypeRef type = LLVMIntTypeInContext(cg->context, (unsigned)piece->bytes * 8);
    int64_t at = piece->address.offset - wanted->address.offset;
    LLVMValueRef part =
        LLVMBuildLoad2(cg->builder, type, offset_pointer(cg, wanted->value, at), "");
    LLVMSetAlignment(part, 1);
    LLVMSetVolatile(part, true);
    return part;
}

/* What of the wanted bytes is in the piece, at its place, with zeros elsewhere. */
static LLVMValueRef part_of(struct cg *cg, const struct piece *piece, const struct piece *wanted)
{
    LLVMTypeRef type = LLVMIntTypeInContext(cg->context, (unsigned)wanted->bytes * 8);
    int64_t at = piece->address.offset - wanted->address.offset;
    LLVMValueRef value = piece->is_doubtful
                             ? load_part(cg, piece, wanted)
                             : extract(cg, piece->value, piece->bytes, at < 0 ? -at : 0);
    value = LLVMBuildIntCast2(cg->builder, value, type, false, "");
    if (at > 0)
        value = LLVMBuildShl(cg->builder, value, LLVMConstInt(type, (uint64_t)at * 8, false), "");
    return value;
}

/* It can be loaded by itself, which is faster than with the others. */
static bool is_part(const struct piece *piece, const struct piece *wanted)
{
    int64_t from = piece->address.offset - wanted->address.offset;
    return from >= 0 && from + piece->bytes <= wanted->bytes && piece->bytes < wanted->bytes &&
           piece->bytes * MOST_PARTS >= wanted->bytes;
}

/* How many of the bytes are known, or can be had by parts. Each is in one piece at most. */
static int64_t bytes_known(const struct walk *w, const struct piece *wanted)
{
    int64_t known = 0;
    for (unsigned i = 0; i < w->piece_count; i++) {
        const struct piece *p = &w->pieces[i];
        if (!is_next_to(&p->address, &wanted->address) || !overlap(p, wanted))
            continue;
        int64_t from = p->address.offset - wanted->address.offset, to = from + p->bytes;
        if (p->is_doubtful && !is_part(p, wanted))
            return 0;
        known += (to < wanted->bytes ? to : wanted->bytes) - (from > 0 ? from : 0);
    }
    return known;
}

static LLVMValueRef put_together(struct walk *w, const struct piece *wanted)
{
    LLVMValueRef value = NULL;
    for (unsigned i = 0; i < w->piece_count; i++) {
        if (!is_next_to(&w->pieces[i].address, &wanted->address) || !overlap(&w->pieces[i], wanted))
            continue;
        LLVMValueRef part = part_of(w->cg, &w->pieces[i], wanted);
        value = value ? LLVMBuildOr(w->cg->builder, value, part, "") : part;
    }
    return value;
}

/* Its trap cannot get lost, for there is none. */
static void erase_keepers(LLVMValueRef load)
{
    for (LLVMUseRef use = LLVMGetFirstUse(load), next; use; use = next) {
        next = LLVMGetNextUse(use);
        if (cg_is_keeper(LLVMGetUser(use)))
            LLVMInstructionEraseFromParent(LLVMGetUser(use));
    }
}

/* True if the load is gone. */
static bool replace_load(struct walk *w, const struct access *a)
{
    LLVMTypeRef type = LLVMTypeOf(a->insn);
    struct piece wanted = {a->address, ir_pointer(a->insn), bytes_of(type), false};
    if (wanted.bytes == 0 || bytes_known(w, &wanted) < wanted.bytes)
        return false;
    LLVMPositionBuilderBefore(w->cg->builder, a->insn);
    LLVMValueRef value = LLVMBuildBitCast(w->cg->builder, put_together(w, &wanted), type, "");
    erase_keepers(a->insn);
    LLVMReplaceAllUsesWith(a->insn, value);
    LLVMInstructionEraseFromParent(a->insn);
    return true;
}

/* ---- blocks ---- */

/* A global's, and others in the instance itself. */
static bool is_in_context(struct cg *cg, LLVMValueRef store)
{
    struct address address;
    cg_find_address(cg, LLVMGetOperand(store, 1), &address);
    return address.base ==
           LLVMGetParam(LLVMGetBasicBlockParent(LLVMGetInstructionParent(store)), 0);
}

/* Whether the instruction, no access in memory 0 that is known, may write there. */
static bool may_write(struct cg *cg, LLVMValueRef insn)
{
    if (LLVMIsALoadInst(insn))
        return LLVMGetOrdering(insn) != LLVMAtomicOrderingNotAtomic;
    if (LLVMIsACallInst(insn))
        return !cg_is_keeper(insn) && !ir_calls_pure(insn);
    if (LLVMIsAStoreInst(insn))
        return !is_in_context(cg, insn);
    return LLVMIsAAtomicRMWInst(insn) || LLVMIsAAtomicCmpXchgInst(insn) || LLVMIsAFenceInst(insn);
}

static void visit(struct walk *w, LLVMValueRef insn)
{
    struct access a;
    if (!find_access(w->cg, insn, &a)) {
        if (may_write(w->cg, insn))
            forget(w);
        return;
    }
    join(w, &a);
    if (LLVMIsAStoreInst(insn))
        note_store(w, &a);
    else
        replace_load(w, &a);
}

static void walk_block(struct cg *cg, LLVMBasicBlockRef bb)
{
    struct walk w = {.cg = cg};
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        while (next && cg_is_keeper(next)) /* may go with the load */
            next = LLVMGetNextInstruction(next);
        visit(&w, i);
    }
}

void cg_join_frames(struct cg *cg)
{
    if (cg->m->memory_count == 0 || memory_is_checked(cg->c, 0) ||
        !memory_has_margin(&cg->m->memories[0].limits))
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            walk_block(cg, bb);
}
