/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops whose body branches, as one block: both arms are computed, what they compute is selected,
 * and a store in an arm stores what was there if the arm is not taken. That is for the fast
 * version of a loop only (loop_version.c), where no access traps; the original stays beside it.
 * LLVM's vectoriser does the same with masks, but nothing that comes before it would see through
 * the branches: a body of several arms that clang has unrolled has to be rolled up again first.
 *
 * Checks of addresses, which leave a body for a trap, are left to the check before the loop
 * (version_find_accesses). A body that has those alone is straight.
 *
 * Of others only what may become vectors: otherwise branches are better. And no stores to a shared
 * memory: another thread's would be undone.
 */
#include "codegen/ir.h"
#include "codegen/passes/address.h"
#include "codegen/passes/loop_version.h"

#include <string.h>

enum { MOST_BLOCKS = 32, MOST_FLAT = 200 };

struct body {
    struct cg *cg;
    LLVMBasicBlockRef preheader, header, latch, exit;
    /* Each after those that lead there: the header first, the latch last. */
    LLVMBasicBlockRef blocks[MOST_BLOCKS];
    LLVMValueRef reached[MOST_BLOCKS]; /* i1 in the copy; NULL: in every iteration */
    unsigned count;
    bool has_arms; /* beside blocks that end in a trap */
    LLVMValueRef from[MOST_FLAT], to[MOST_FLAT];
    unsigned insn_count;
};

/* ---- which loops ---- */

static int position(const struct body *b, LLVMBasicBlockRef block)
{
    for (unsigned i = 0; i < b->count; i++)
        if (b->blocks[i] == block)
            return (int)i;
    return -1;
}

/* Lists a block after all that lead there from the header. False if that are too many, or if they
 * do not all come from there, or go in circles. */
static bool list_blocks(struct body *b, LLVMBasicBlockRef block, unsigned depth)
{
    if (position(b, block) >= 0)
        return true;
    LLVMUseRef use = LLVMGetFirstUse(LLVMBasicBlockAsValue(block));
    if (depth == MOST_BLOCKS || !use || !LLVMIsABranchInst(LLVMGetBasicBlockTerminator(block)))
        return false;
    for (; use && block != b->header; use = LLVMGetNextUse(use))
        if (!LLVMIsABranchInst(LLVMGetUser(use)) ||
            !list_blocks(b, LLVMGetInstructionParent(LLVMGetUser(use)), depth + 1))
            return false;
    if (b->count == MOST_BLOCKS)
        return false;
    b->blocks[b->count++] = block;
    return true;
}

static bool find_body(struct body *b, LLVMBasicBlockRef latch)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(latch);
    if (!LLVMIsABranchInst(branch) || !LLVMIsConditional(branch))
        return false;
    for (unsigned back = 0; back < 2; back++) {
        b->latch = latch;
        b->header = LLVMGetSuccessor(branch, back);
        b->exit = LLVMGetSuccessor(branch, 1 - back);
        b->count = 0;
        if (b->header != latch && b->exit != latch && b->exit != b->header &&
            (b->preheader = loop_entry(b->header, latch)) && list_blocks(b, latch, 0))
            return b->count > 1 && position(b, b->exit) < 0;
    }
    return false;
}

/* The number of the successor of a block that is no part of the body and ends in a trap; 2 if there
 * is none. */
static unsigned trap_edge(const struct body *b, LLVMBasicBlockRef block)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(block);
    for (unsigned k = 0; LLVMIsConditional(branch) && k < 2; k++) {
        LLVMBasicBlockRef to = LLVMGetSuccessor(branch, k);
        if (position(b, to) < 0 && LLVMIsAUnreachableInst(LLVMGetBasicBlockTerminator(to)))
            return k;
    }
    return 2;
}

/* Only the latch leaves, and traps do. */
static bool stays_inside(struct body *b)
{
    unsigned checks = 0;
    for (unsigned i = 0; i + 1 < b->count; i++) {
        LLVMValueRef branch = LLVMGetBasicBlockTerminator(b->blocks[i]);
        unsigned trap = trap_edge(b, b->blocks[i]);
        for (unsigned k = 0; k < LLVMGetNumSuccessors(branch); k++)
            if (k != trap && position(b, LLVMGetSuccessor(branch, k)) <= (int)i)
                return false;
        checks += trap < 2;
        b->has_arms = b->has_arms || (trap == 2 && LLVMIsConditional(branch));
    }
    return checks <= MOST_CHECKS;
}

/* No branch leads past the block. */
static bool is_always_reached(const struct body *b, unsigned block)
{
    for (unsigned i = 0; i < block; i++) {
        LLVMValueRef branch = LLVMGetBasicBlockTerminator(b->blocks[i]);
        for (unsigned k = 0; k < LLVMGetNumSuccessors(branch); k++)
            if (position(b, LLVMGetSuccessor(branch, k)) > (int)block)
                return false;
    }
    return true;
}

/* ---- what may be done although its arm is not taken ---- */

static bool is_pure_call(LLVMValueRef call)
{
    static const char name[] = "speculatable";
    unsigned kind = LLVMGetEnumAttributeKindForName(name, sizeof name - 1);
    LLVMValueRef callee = LLVMGetCalledValue(call);
    return cg_is_keeper(call) ||
           (LLVMIsAFunction(callee) &&
            LLVMGetEnumAttributeAtIndex(callee, FUNCTION_INDEX, kind) != NULL);
}

static bool is_access_of_memory(struct cg *cg, LLVMValueRef insn)
{
    struct address address;
    if (LLVMIsAStoreInst(insn) && cg->m->memories[0].limits.shared)
        return false;
    cg_find_address(cg, ir_pointer(insn), &address);
    return cg_is_memory_base(address.base);
}

static bool divides_safely(LLVMValueRef insn)
{
    LLVMValueRef divisor = LLVMGetOperand(insn, 1);
    return LLVMIsAConstantInt(divisor) && !LLVMIsNull(divisor) &&
           LLVMConstIntGetSExtValue(divisor) != -1;
}

static bool is_harmless(struct cg *cg, LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMBr:
    case LLVMPHI:
    case LLVMICmp:
    case LLVMFCmp:
    case LLVMSelect:
    case LLVMGetElementPtr:
    case LLVMFNeg: return true;
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem: return divides_safely(insn);
    case LLVMLoad:
    case LLVMStore: return is_access_of_memory(cg, insn);
    case LLVMCall: return is_pure_call(insn);
    default: return LLVMIsABinaryOperator(insn) || LLVMIsACastInst(insn);
    }
}

/* ---- what may become vectors ---- */

/* A user of an integer that the loop carries on, which is then a sum or the like. */
static bool is_reduction(LLVMValueRef user)
{
    switch (LLVMGetInstructionOpcode(user)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMPHI:
    case LLVMSelect: return true;
    default: return LLVMIsACallInst(user) != NULL; /* a minimum */
    }
}

/* Sums of floats keep their order. */
static bool may_be_vector(const struct body *b, LLVMValueRef phi)
{
    if (affine_counts(phi, b->header))
        return true;
    if (LLVMGetTypeKind(LLVMTypeOf(phi)) != LLVMIntegerTypeKind)
        return false;
    for (LLVMUseRef u = LLVMGetFirstUse(phi); u; u = LLVMGetNextUse(u))
        if (!is_reduction(LLVMGetUser(u)))
            return false;
    return true;
}

/* Uses outside are phis of the exit. */
static bool is_closed(const struct body *b, LLVMValueRef insn)
{
    for (LLVMUseRef u = LLVMGetFirstUse(insn); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        LLVMBasicBlockRef at = LLVMGetInstructionParent(user);
        if (position(b, at) < 0 && (at != b->exit || !LLVMIsAPHINode(user)))
            return false;
    }
    return true;
}

static bool can_be_flat(struct body *b)
{
    for (unsigned n = 0; n < b->count; n++) {
        bool always = is_always_reached(b, n);
        for (LLVMValueRef i = LLVMGetFirstInstruction(b->blocks[n]); i;
             i = LLVMGetNextInstruction(i)) {
            if (++b->insn_count > MOST_FLAT || !is_closed(b, i) ||
                (!always && !is_harmless(b->cg, i)) ||
                (n == 0 && b->has_arms && LLVMIsAPHINode(i) && !may_be_vector(b, i)))
                return false;
        }
    }
    b->insn_count = 0;
    return true;
}

/* ---- the copy ---- */

static LLVMValueRef copy_of(const struct body *b, LLVMValueRef value)
{
    for (unsigned i = 0; LLVMIsAInstruction(value) && i < b->insn_count; i++)
        if (b->from[i] == value)
            return b->to[i];
    return value;
}

static void add_copy(struct body *b, LLVMValueRef insn, LLVMValueRef copy)
{
    b->from[b->insn_count] = insn;
    b->to[b->insn_count++] = copy;
}

/* Both, where the second may be undefined if the first is false. */
static LLVMValueRef both(struct cg *cg, LLVMValueRef first, LLVMValueRef second)
{
    if (!first || !second)
        return first ? first : second;
    return LLVMBuildSelect(cg->builder, first, second, LLVMConstInt(cg->i1, 0, false), "");
}

/* i1: an iteration goes from the one to the other; NULL: always. */
static LLVMValueRef is_taken(const struct body *b, LLVMBasicBlockRef from, LLVMBasicBlockRef to)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(from);
    LLVMValueRef reached = b->reached[position(b, from)];
    if (!LLVMIsConditional(branch) || LLVMGetSuccessor(branch, 0) == LLVMGetSuccessor(branch, 1) ||
        trap_edge(b, from) < 2)
        return reached;
    LLVMValueRef condition = copy_of(b, LLVMGetCondition(branch));
    if (LLVMGetSuccessor(branch, 0) != to)
        condition = LLVMBuildNot(b->cg->builder, condition, "");
    return both(b->cg, reached, condition);
}

static LLVMValueRef is_reached(const struct body *b, unsigned block)
{
    if (is_always_reached(b, block))
        return NULL;
    LLVMValueRef reached = NULL;
    LLVMValueRef self = LLVMBasicBlockAsValue(b->blocks[block]);
    for (LLVMUseRef u = LLVMGetFirstUse(self); u; u = LLVMGetNextUse(u)) {
        LLVMBasicBlockRef from = LLVMGetInstructionParent(LLVMGetUser(u));
        LLVMValueRef taken = is_taken(b, from, b->blocks[block]);
        reached = reached ? LLVMBuildOr(b->cg->builder, reached, taken, "") : taken;
    }
    return reached;
}

static LLVMValueRef select_incoming(const struct body *b, LLVMValueRef phi)
{
    LLVMBasicBlockRef block = LLVMGetInstructionParent(phi);
    LLVMValueRef value = copy_of(b, LLVMGetIncomingValue(phi, 0));
    for (unsigned i = 1; i < LLVMCountIncoming(phi); i++) {
        LLVMValueRef other = copy_of(b, LLVMGetIncomingValue(phi, i));
        LLVMValueRef taken = is_taken(b, LLVMGetIncomingBlock(phi, i), block);
        value = taken ? LLVMBuildSelect(b->cg->builder, taken, other, value, "") : other;
    }
    return value;
}

/* Makes a store store what is there unless its arm is taken. */
static void keep_unless(struct body *b, LLVMValueRef store, LLVMValueRef reached)
{
    LLVMBuilderRef builder = b->cg->builder;
    LLVMValueRef value = LLVMGetOperand(store, 0);
    unsigned tbaa = LLVMGetMDKindIDInContext(b->cg->context, "tbaa", 4);
    LLVMValueRef old = LLVMBuildLoad2(builder, LLVMTypeOf(value), LLVMGetOperand(store, 1), "");
    LLVMSetAlignment(old, LLVMGetAlignment(store));
    LLVMSetMetadata(old, tbaa, LLVMGetMetadata(store, tbaa));
    LLVMSetOperand(store, 0, LLVMBuildSelect(builder, reached, value, old, ""));
}

static LLVMValueRef copy_insn(struct body *b, LLVMValueRef insn, LLVMValueRef reached)
{
    LLVMValueRef copy = LLVMInstructionClone(insn);
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(insn); i < n; i++)
        LLVMSetOperand(copy, i, copy_of(b, LLVMGetOperand(insn, i)));
    if (reached && LLVMIsAStoreInst(insn))
        keep_unless(b, copy, reached);
    LLVMInsertIntoBuilder(b->cg->builder, copy);
    return copy;
}

static void copy_blocks(struct body *b)
{
    for (unsigned n = 0; n < b->count; n++) {
        b->reached[n] = is_reached(b, n);
        for (LLVMValueRef i = LLVMGetFirstInstruction(b->blocks[n]); i;
             i = LLVMGetNextInstruction(i)) {
            if (n == 0 && LLVMIsAPHINode(i))
                add_copy(b, i, LLVMBuildPhi(b->cg->builder, LLVMTypeOf(i), ""));
            else if (LLVMIsAPHINode(i))
                add_copy(b, i, select_incoming(b, i));
            else if (!LLVMIsATerminatorInst(i))
                add_copy(b, i, copy_insn(b, i, b->reached[n]));
        }
    }
}

static void fill_phis(struct body *b, const struct flat_loop *flat)
{
    for (unsigned i = 0; i < b->insn_count; i++) {
        if (!LLVMIsAPHINode(b->from[i]) || LLVMGetInstructionParent(b->from[i]) != b->header)
            continue;
        LLVMValueRef values[] = {ir_incoming(b->from[i], b->preheader),
                                 copy_of(b, ir_incoming(b->from[i], b->latch))};
        LLVMBasicBlockRef blocks[] = {flat->entry, flat->loop.body};
        LLVMAddIncoming(b->to[i], values, blocks, 2);
    }
}

/* A phi for each of the real exit, in the same order. */
static void make_exit(struct body *b, const struct flat_loop *flat)
{
    LLVMBuilderRef builder = b->cg->builder;
    LLVMBasicBlockRef from = flat->loop.body;
    LLVMPositionBuilderAtEnd(builder, flat->loop.exit);
    for (LLVMValueRef phi = LLVMGetFirstInstruction(b->exit); LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef leaving = LLVMBuildPhi(builder, LLVMTypeOf(phi), "");
        LLVMValueRef value = copy_of(b, ir_incoming(phi, b->latch));
        LLVMAddIncoming(leaving, &value, &from, 1);
    }
    LLVMBuildUnreachable(builder);
}

static void note_checks(const struct body *b, struct flat_loop *flat)
{
    for (unsigned i = 0; i + 1 < b->count; i++) {
        unsigned trap = trap_edge(b, b->blocks[i]);
        LLVMValueRef branch = LLVMGetBasicBlockTerminator(b->blocks[i]);
        if (trap < 2)
            flat->checks[flat->check_count++] =
                (struct flat_check){copy_of(b, LLVMGetCondition(branch)), trap == 0};
    }
}

static LLVMBasicBlockRef new_block(struct body *b)
{
    return LLVMInsertBasicBlockInContext(b->cg->context, b->header, "flat");
}

bool loop_flatten(struct cg *cg, LLVMBasicBlockRef latch, struct flat_loop *flat)
{
    struct body b = {.cg = cg};
    if (!find_body(&b, latch) || !stays_inside(&b) || !can_be_flat(&b))
        return false;
    *flat = (struct flat_loop){.entry = new_block(&b),
                               .header = b.header,
                               .latch = latch,
                               .exit = b.exit,
                               .has_arms = b.has_arms};
    LLVMBasicBlockRef body = new_block(&b);
    flat->loop =
        (struct loop){.preheader = b.preheader, .body = body, .exit = new_block(&b), .latch = body};
    LLVMPositionBuilderAtEnd(cg->builder, flat->entry);
    LLVMBuildBr(cg->builder, body);
    LLVMPositionBuilderAtEnd(cg->builder, body);
    copy_blocks(&b);
    note_checks(&b, flat);
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(latch);
    bool back = LLVMGetSuccessor(branch, 0) == b.header;
    LLVMBuildCondBr(cg->builder, copy_of(&b, LLVMGetCondition(branch)),
                    back ? body : flat->loop.exit, back ? flat->loop.exit : body);
    fill_phis(&b, flat);
    make_exit(&b, flat);
    return true;
}

void loop_unflatten(struct flat_loop *flat)
{
    LLVMValueRef phi = LLVMGetFirstInstruction(flat->exit);
    for (LLVMValueRef leaving = LLVMGetFirstInstruction(flat->loop.exit); LLVMIsAPHINode(leaving);
         leaving = LLVMGetNextInstruction(leaving), phi = LLVMGetNextInstruction(phi))
        for (unsigned i = 0; i < LLVMCountIncoming(leaving); i++) {
            LLVMValueRef value = LLVMGetIncomingValue(leaving, i);
            LLVMBasicBlockRef from = LLVMGetIncomingBlock(leaving, i);
            if (from != flat->loop.body)
                LLVMAddIncoming(phi, &value, &from, 1);
        }
    LLVMReplaceAllUsesWith(LLVMBasicBlockAsValue(flat->loop.exit),
                           LLVMBasicBlockAsValue(flat->exit));
    LLVMDeleteBasicBlock(flat->loop.exit);
    LLVMDeleteBasicBlock(flat->entry);
    LLVMDeleteBasicBlock(flat->loop.body);
}
