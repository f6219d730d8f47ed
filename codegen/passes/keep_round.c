/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stores that the next round of a loop makes superfluous:
 *
 *     store i32 x, p + 4i        store i8 (load q), p + 4i + 5
 *
 * Once the loop is unrolled, nothing stands between a round's last store and the next one's first,
 * which covers it. Instruction selection leaves such a store out, and what was loaded for it. It
 * compares addresses that differ by a constant from the same place, as is done here. What it takes
 * for the same place in another round may be computed in another way, (i + 1) << 2 and i << 2: so
 * pointers that are made of the same are not told apart. Where what was loaded is stored back, nor
 * is p + 4 + i from p + i + 4, nor a counter from one that counts the same.
 */
#include "codegen/ir.h"
#include "codegen/passes/keep.h"

/* Rounds that may come to stand in one block, stores in a body that is unrolled, and operations
 * between what a loop counts and an address. */
enum { MOST_ROUNDS = 64, MOST_STORES = 64, MOST_STEPS = 6 };

/* No memory is as large. */
#define FAR_AWAY (INT64_C(1) << 52)

/* Bytes at a distance from a pointer. */
struct place {
    LLVMValueRef root;
    int64_t start, end;
};

/* A loop's block that leads back to its header; in most cases it is the same. */
struct round {
    LLVMBasicBlockRef latch, header;
    LLVMTargetDataRef data;
};

/* As addresses are added, which may wrap. */
static int64_t sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* How many bytes the instruction writes at *pointer: 0 if it is none that does. */
static int64_t bytes_written(struct cg *cg, LLVMValueRef insn, LLVMValueRef *pointer)
{
    if (LLVMIsAStoreInst(insn)) {
        *pointer = ir_pointer(insn);
        return (int64_t)ir_accessed_size(cg, insn);
    }
    if (!LLVMIsACallInst(insn) ||
        !(ir_calls(insn, "llvm.memset.") || ir_calls(insn, "llvm.memcpy.")))
        return 0;
    LLVMValueRef length = LLVMGetOperand(insn, 2);
    *pointer = LLVMGetOperand(insn, 0);
    return LLVMIsAConstantInt(length) ? LLVMConstIntGetSExtValue(length) : 0;
}

/* Where the instruction writes. False if it does not, or it is a call that stays one. */
static bool find_place(struct cg *cg, LLVMValueRef insn, struct place *place)
{
    int64_t bytes = bytes_written(cg, insn, &place->root);
    place->start = 0;
    if (bytes <= 0)
        return false;
    while (LLVMIsAGetElementPtrInst(place->root) && LLVMGetNumOperands(place->root) == 2 &&
           LLVMGetGEPSourceElementType(place->root) == cg->i8 &&
           LLVMIsAConstantInt(LLVMGetOperand(place->root, 1))) {
        place->start = sum(place->start, LLVMConstIntGetSExtValue(LLVMGetOperand(place->root, 1)));
        place->root = LLVMGetOperand(place->root, 0);
    }
    if (place->start < -FAR_AWAY || place->start > FAR_AWAY || bytes > FAR_AWAY)
        return false;
    place->end = place->start + bytes;
    return true;
}

/* ---- addresses that are the same sum ---- */

/* The values that an address is the sum of; too_many: there are more. */
struct terms {
    LLVMValueRef values[MOST_STEPS];
    int64_t constant;
    unsigned count;
    bool too_many;
};

static void add_term(struct terms *terms, LLVMValueRef value)
{
    if (LLVMIsAConstantInt(value))
        terms->constant = sum(terms->constant, LLVMConstIntGetSExtValue(value));
    else if (terms->count < MOST_STEPS)
        terms->values[terms->count++] = value;
    else
        terms->too_many = true;
}

static struct terms terms_of(LLVMValueRef address)
{
    struct terms terms = {.count = 0};
    while (LLVMIsAGetElementPtrInst(address) && LLVMGetNumOperands(address) == 2 &&
           LLVMGetTypeKind(LLVMGetGEPSourceElementType(address)) == LLVMIntegerTypeKind &&
           LLVMGetIntTypeWidth(LLVMGetGEPSourceElementType(address)) == 8) {
        add_term(&terms, LLVMGetOperand(address, 1));
        address = LLVMGetOperand(address, 0);
    }
    add_term(&terms, address);
    return terms;
}

/* Two phis that are being compared, inside of another comparison. */
struct pair {
    LLVMValueRef x, y;
    const struct pair *outer;
};

static bool is_assumed(const struct pair *pair, LLVMValueRef x, LLVMValueRef y)
{
    while (pair && (pair->x != x || pair->y != y))
        pair = pair->outer;
    return pair;
}

/* LLVM may find that both are the same: they are made of the same in the same way, as are phis that
 * begin alike and go on alike. What is too deep to be seen may be so. */
static bool may_be_same(LLVMValueRef x, LLVMValueRef y, int depth, const struct pair *outer)
{
    enum { MOST_WAYS = 8 };
    if (x == y || is_assumed(outer, x, y))
        return true;
    if (!LLVMIsAInstruction(x) || !LLVMIsAInstruction(y) || LLVMTypeOf(x) != LLVMTypeOf(y) ||
        LLVMGetInstructionOpcode(x) != LLVMGetInstructionOpcode(y) || LLVMIsALoadInst(x) ||
        LLVMIsACallInst(x) || LLVMGetNumOperands(x) != LLVMGetNumOperands(y))
        return false;
    const struct pair pair = {x, y, outer};
    bool is_phi = LLVMIsAPHINode(x);
    if (is_phi && LLVMGetInstructionParent(x) != LLVMGetInstructionParent(y))
        return false;
    for (int i = 0, n = LLVMGetNumOperands(x); depth > 0 && i < n && i < MOST_WAYS; i++) {
        LLVMValueRef of_x = LLVMGetOperand(x, (unsigned)i);
        LLVMValueRef of_y = is_phi ? ir_incoming(y, LLVMGetIncomingBlock(x, (unsigned)i))
                                   : LLVMGetOperand(y, (unsigned)i);
        if (!may_be_same(of_x, of_y, depth - 1, is_phi ? &pair : outer))
            return false;
    }
    return true;
}

static bool take_term(struct terms *terms, LLVMValueRef value)
{
    enum { DEPTH = 4 };
    for (unsigned i = 0; i < terms->count; i++) {
        if (!may_be_same(terms->values[i], value, DEPTH, NULL))
            continue;
        terms->values[i] = terms->values[--terms->count];
        return true;
    }
    return false;
}

bool keep_same_address(LLVMValueRef x, LLVMValueRef y)
{
    struct terms of_x = terms_of(x), of_y = terms_of(y);
    if (x == y || of_x.too_many || of_y.too_many)
        return x == y;
    if (of_x.constant != of_y.constant || of_x.count != of_y.count)
        return false;
    for (unsigned i = 0; i < of_x.count; i++)
        if (!take_term(&of_y, of_x.values[i]))
            return false;
    return true;
}

/* ---- how far a value moves from one round to the next ---- */

static bool find_step(const struct round *r, LLVMValueRef value, int depth, int64_t *step);

static bool find_steps(const struct round *r, LLVMValueRef insn, int depth, int64_t steps[2])
{
    return find_step(r, LLVMGetOperand(insn, 0), depth, &steps[0]) &&
           find_step(r, LLVMGetOperand(insn, 1), depth, &steps[1]);
}

/* The phi's next value is a sum with a constant. */
static bool find_phi_step(const struct round *r, LLVMValueRef phi, int64_t *step)
{
    LLVMValueRef next = ir_incoming(phi, r->latch), rest;
    if (LLVMGetInstructionParent(phi) != r->header || !next ||
        LLVMGetTypeKind(LLVMTypeOf(phi)) != LLVMIntegerTypeKind)
        return false;
    ir_split_sum(next, &rest, step);
    return rest == phi;
}

static bool find_step(const struct round *r, LLVMValueRef value, int depth, int64_t *step)
{
    int64_t steps[2];
    *step = 0;
    if (!LLVMIsAInstruction(value))
        return true;
    LLVMBasicBlockRef bb = LLVMGetInstructionParent(value);
    if (bb != r->header && bb != r->latch)
        return r->header == r->latch; /* before a loop of one block nothing moves */
    if (LLVMIsAPHINode(value))
        return find_phi_step(r, value, step);
    if (depth == 0)
        return false;
    switch ((int)LLVMGetInstructionOpcode(value)) {
    case LLVMZExt:
    case LLVMSExt: return find_step(r, LLVMGetOperand(value, 0), depth - 1, step);
    case LLVMGetElementPtr:
        if (LLVMGetNumOperands(value) != 2 ||
            LLVMABISizeOfType(r->data, LLVMGetGEPSourceElementType(value)) != 1)
            return false;
        __attribute__((fallthrough));
    case LLVMAdd:
        if (!find_steps(r, value, depth - 1, steps))
            return false;
        *step = sum(steps[0], steps[1]);
        return true;
    case LLVMShl:
        if (!LLVMIsAConstantInt(LLVMGetOperand(value, 1)) ||
            LLVMConstIntGetZExtValue(LLVMGetOperand(value, 1)) > 16 ||
            !find_steps(r, value, depth - 1, steps))
            return false;
        *step = (int64_t)((uint64_t)steps[0] << LLVMConstIntGetZExtValue(LLVMGetOperand(value, 1)));
        return true;
    default: return false;
    }
}

/* ---- pairs of stores ---- */

/* Bytes of what is stored come to lie in the other's place of one of the next rounds. */
static bool is_reached(const struct place *stored, const struct place *other, int64_t step)
{
    for (int64_t n = 1, moved = step; n <= MOST_ROUNDS; n++, moved += step)
        if (other->start + moved < stored->end && stored->start < other->end + moved)
            return true;
    return false;
}

/* ---- pointers that may turn out to be the same ---- */

/* What a pointer is made of, and what that is made of; if it is too much, anything. */
enum { MOST_PARTS = 32 };
struct parts {
    LLVMValueRef values[MOST_PARTS];
    unsigned count;
    bool too_many;
};

/* Nothing is known of how it is made. */
static bool is_source(LLVMValueRef value)
{
    return !LLVMIsAInstruction(value) || LLVMIsAPHINode(value) || LLVMIsALoadInst(value) ||
           LLVMIsACallInst(value);
}

static bool has_part(const struct parts *parts, LLVMValueRef value)
{
    for (unsigned i = 0; i < parts->count; i++)
        if (parts->values[i] == value)
            return true;
    return false;
}

/* A phi, in the next round, is what it gets from this one. */
static void add_parts(const struct round *r, LLVMValueRef value, struct parts *parts)
{
    if (LLVMIsConstant(value) || has_part(parts, value))
        return;
    if (parts->count == MOST_PARTS) {
        parts->too_many = true;
        return;
    }
    parts->values[parts->count++] = value;
    LLVMValueRef next = LLVMIsAPHINode(value) ? ir_incoming(value, r->latch) : NULL;
    if (next)
        add_parts(r, next, parts);
    if (!is_source(value))
        for (int i = 0, n = LLVMGetNumOperands(value); i < n; i++)
            add_parts(r, LLVMGetOperand(value, (unsigned)i), parts);
}

static bool has_sources(const struct parts *parts, const struct parts *of)
{
    for (unsigned i = 0; i < of->count; i++)
        if (is_source(of->values[i]) && !has_part(parts, of->values[i]))
            return false;
    return true;
}

/* Whatever has another source is at no constant distance. */
static bool may_meet(const struct round *r, LLVMValueRef x, LLVMValueRef y)
{
    struct parts of_x = {.count = 0}, of_y = {.count = 0};
    add_parts(r, x, &of_x);
    add_parts(r, y, &of_y);
    return of_x.too_many || of_y.too_many ||
           (has_sources(&of_x, &of_y) && has_sources(&of_y, &of_x));
}

bool keep_next_round_covers(struct cg *cg, LLVMValueRef store, LLVMBasicBlockRef header)
{
    enum { FAR = 1 << 24 };
    const struct round r = {LLVMGetInstructionParent(store), header,
                            LLVMGetModuleDataLayout(cg->module)};
    struct place stored, other;
    int64_t step;
    int n = 0;
    if (!find_place(cg, store, &stored))
        return false;
    bool is_known = find_step(&r, stored.root, MOST_STEPS, &step) && step > -FAR && step < FAR;
    for (LLVMValueRef i = LLVMGetFirstInstruction(header); i; i = LLVMGetNextInstruction(i)) {
        if (i == store || !find_place(cg, i, &other))
            continue;
        if (++n > MOST_STORES)
            return false;
        if (other.root == stored.root ? !is_known || is_reached(&stored, &other, step)
                                      : may_meet(&r, stored.root, other.root))
            return true;
    }
    return false;
}
