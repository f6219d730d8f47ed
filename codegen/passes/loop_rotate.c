/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops of two blocks that are left in the middle: what is before the exit is done once before the
 * loop, and then after the rest of it, so that the loop is one block and ends with the exit. A
 * compiler that unrolls a loop of 299 iterations twice makes such ones. LLVM's own pass does it as
 * well, but not if much stands before the exit.
 *
 *     before -> head -> tail -> head          before, head' -> start -> tail, head -> tail
 *                  \-> exit                            \-> exit           \-> exit
 */
#include "codegen/ir.h"
#include "codegen/passes/loop_version.h"

enum { MOST_HEAD = 200 };

struct halves {
    struct cg *cg;
    LLVMBasicBlockRef before, head, tail, exit;
    LLVMValueRef first; /* of head that is no phi: where tail is put */
    /* Of each instruction of head: its copy before the loop, or for a phi what it starts with; its
     * last value, for tail: a phi, computed from phis again, or NULL if that is not asked for. */
    LLVMValueRef insns[MOST_HEAD], copies[MOST_HEAD], lasts[MOST_HEAD];
    int count;
};

/* ---- which loops ---- */

static bool is_in(LLVMBasicBlockRef block, LLVMValueRef value)
{
    return LLVMIsAInstruction(value) && LLVMGetInstructionParent(value) == block;
}

static bool is_only_branch(LLVMBasicBlockRef from, LLVMBasicBlockRef to)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(from);
    return LLVMIsABranchInst(branch) && !LLVMIsConditional(branch) &&
           LLVMGetSuccessor(branch, 0) == to && ir_has_one_use(LLVMBasicBlockAsValue(from));
}

static bool find_halves(struct halves *h)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(h->head);
    if (!LLVMIsABranchInst(branch) || !LLVMIsConditional(branch))
        return false;
    unsigned back = is_only_branch(LLVMGetSuccessor(branch, 0), h->head) ? 0 : 1;
    h->tail = LLVMGetSuccessor(branch, back);
    h->exit = LLVMGetSuccessor(branch, 1 - back);
    if (LLVMIsAUnreachableInst(LLVMGetBasicBlockTerminator(h->exit)) || h->tail == h->head ||
        h->exit == h->tail || h->exit == h->head || !is_only_branch(h->tail, h->head) ||
        LLVMIsAPHINode(LLVMGetFirstInstruction(h->tail)))
        return false;
    h->before = loop_entry(h->head, h->tail);
    return h->before != NULL;
}

/* The loop ends when an integer that counts meets one that does not change. */
static bool is_counted(const struct halves *h)
{
    LLVMValueRef compare = LLVMGetCondition(LLVMGetBasicBlockTerminator(h->head));
    if (!LLVMIsAICmpInst(compare))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        LLVMValueRef limit = LLVMGetOperand(compare, 1 - i);
        if (affine_counts(LLVMGetOperand(compare, i), h->head) && !is_in(h->head, limit) &&
            !is_in(h->tail, limit))
            return true;
    }
    return false;
}

/* Whether a block accesses memory, and nothing in it has other effects. */
static bool has_accesses(struct halves *h, LLVMBasicBlockRef block)
{
    bool found = false;
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i; i = LLVMGetNextInstruction(i)) {
        found = found || LLVMIsALoadInst(i) || LLVMIsAStoreInst(i);
        if (LLVMIsACallInst(i) && !version_is_plain_call(i))
            return false;
        if (block == h->head && h->count == MOST_HEAD)
            return false;
        if (block == h->head)
            h->insns[h->count++] = i;
    }
    return found;
}

/* What head computes leaves the loop only by phis of the exit. */
static bool is_closed(const struct halves *h)
{
    for (int i = 0; i < h->count; i++)
        for (LLVMUseRef u = LLVMGetFirstUse(h->insns[i]); u; u = LLVMGetNextUse(u)) {
            LLVMValueRef user = LLVMGetUser(u);
            if (!is_in(h->head, user) && !is_in(h->tail, user) &&
                !(is_in(h->exit, user) && LLVMIsAPHINode(user)))
                return false;
        }
    return true;
}

/* ---- values ---- */

static int index_of(const struct halves *h, LLVMValueRef value)
{
    for (int i = 0; is_in(h->head, value) && i < h->count; i++)
        if (h->insns[i] == value)
            return i;
    return -1;
}

/* As it was before the loop. */
static LLVMValueRef first_value(const struct halves *h, LLVMValueRef value)
{
    int i = index_of(h, value);
    return i < 0 ? value : h->copies[i];
}

/* Counted integers and addresses are computed again rather than carried round: linear forms
 * (affine.h) see through that. */
static bool is_index(LLVMValueRef value)
{
    if (LLVMIsAGetElementPtrInst(value))
        return true;
    if (LLVMGetTypeKind(LLVMTypeOf(value)) != LLVMIntegerTypeKind)
        return false;
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMShl:
    case LLVMZExt:
    case LLVMTrunc: return true;
    default: return false;
    }
}

/* As tail sees it. */
static LLVMValueRef last_value(struct halves *h, LLVMValueRef value)
{
    int i = index_of(h, value);
    if (i < 0)
        return value;
    LLVMBuilderRef b = h->cg->builder;
    if (!h->lasts[i] && is_index(value)) {
        LLVMValueRef copy = LLVMInstructionClone(value);
        for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(value); k++)
            LLVMSetOperand(copy, k, last_value(h, LLVMGetOperand(value, k)));
        LLVMPositionBuilderBefore(b, h->first);
        LLVMInsertIntoBuilder(b, copy);
        h->lasts[i] = copy;
    } else if (!h->lasts[i]) {
        LLVMPositionBuilderBefore(b, h->insns[0]);
        h->lasts[i] = LLVMBuildPhi(b, LLVMTypeOf(value), "");
    }
    return h->lasts[i];
}

/* As head sees it, behind tail: a phi is what tail gave it. */
static LLVMValueRef next_value(struct halves *h, LLVMValueRef value)
{
    if (!is_in(h->head, value) || !LLVMIsAPHINode(value) || index_of(h, value) < 0)
        return value;
    return last_value(h, ir_incoming(value, h->tail));
}

/* ---- the change ---- */

/* Does the first round of head before the loop; the condition that ends it there. */
static void copy_head(struct halves *h, LLVMBasicBlockRef start)
{
    LLVMBuilderRef b = h->cg->builder;
    LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(h->before));
    LLVMPositionBuilderAtEnd(b, h->before);
    for (int i = 0; i < h->count; i++) {
        if (LLVMIsAPHINode(h->insns[i])) {
            h->copies[i] = ir_incoming(h->insns[i], h->before);
            continue;
        }
        LLVMValueRef copy = LLVMInstructionClone(h->insns[i]);
        if (LLVMIsATerminatorInst(copy)) {
            LLVMSetCondition(copy, first_value(h, LLVMGetCondition(copy)));
            LLVMSetSuccessor(copy, LLVMGetSuccessor(copy, 0) == h->tail ? 0 : 1, start);
        } else {
            for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(copy); k++)
                LLVMSetOperand(copy, k, first_value(h, LLVMGetOperand(copy, k)));
        }
        LLVMInsertIntoBuilder(b, copy);
        h->copies[i] = copy;
    }
    LLVMPositionBuilderAtEnd(b, start);
    LLVMBuildBr(b, h->head);
}

/* Puts tail in front of head, behind its phis. */
static void move_tail(struct halves *h)
{
    LLVMBuilderRef b = h->cg->builder;
    for (LLVMValueRef i = LLVMGetFirstInstruction(h->tail), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (!next)
            break;
        for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(i); k++)
            LLVMSetOperand(i, k, last_value(h, LLVMGetOperand(i, k)));
        LLVMInstructionRemoveFromParent(i);
        LLVMPositionBuilderBefore(b, h->first);
        LLVMInsertIntoBuilder(b, i);
    }
    for (LLVMValueRef i = h->first; i; i = LLVMGetNextInstruction(i))
        for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(i); k++) {
            LLVMValueRef operand = LLVMGetOperand(i, k);
            if (!LLVMValueIsBasicBlock(operand))
                LLVMSetOperand(i, k, next_value(h, operand));
        }
}

/* The exit is reached from before as well. */
static void fill_exit(struct halves *h)
{
    for (LLVMValueRef phi = LLVMGetFirstInstruction(h->exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        unsigned edge = ir_edge_from(phi, h->head);
        LLVMValueRef value = LLVMGetIncomingValue(phi, edge), first = first_value(h, value);
        LLVMAddIncoming(phi, &first, &h->before, 1);
        LLVMSetOperand(phi, edge, next_value(h, value));
    }
}

/* Last of all; phis may be added while it runs. */
static void fill_phis(struct halves *h, LLVMBasicBlockRef start)
{
    LLVMBasicBlockRef blocks[] = {start, h->head};
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < h->count; i++) {
            if (!h->lasts[i] || !LLVMIsAPHINode(h->lasts[i]) || LLVMCountIncoming(h->lasts[i]) > 0)
                continue;
            LLVMValueRef values[] = {h->copies[i], next_value(h, h->insns[i])};
            LLVMAddIncoming(h->lasts[i], values, blocks, 2);
            again = true;
        }
    }
}

static void rotate(struct halves *h)
{
    LLVMBasicBlockRef start = LLVMInsertBasicBlockInContext(h->cg->context, h->head, "");
    h->first = h->insns[0];
    while (LLVMIsAPHINode(h->first))
        h->first = LLVMGetNextInstruction(h->first);
    copy_head(h, start);
    move_tail(h);
    fill_exit(h);
    fill_phis(h, start);
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(h->head);
    LLVMSetSuccessor(branch, LLVMGetSuccessor(branch, 0) == h->tail ? 0 : 1, h->head);
    for (int i = 0; i < h->count && h->insns[i] != h->first; i++) {
        LLVMReplaceAllUsesWith(h->insns[i], LLVMGetPoison(LLVMTypeOf(h->insns[i])));
        LLVMInstructionEraseFromParent(h->insns[i]);
    }
    LLVMDeleteBasicBlock(h->tail);
}

bool loop_rotate(struct cg *cg, LLVMBasicBlockRef head)
{
    struct halves h = {.cg = cg, .head = head};
    if (!find_halves(&h) || !is_counted(&h) || !has_accesses(&h, h.head) ||
        !has_accesses(&h, h.tail) || !is_closed(&h))
        return false;
    rotate(&h);
    return true;
}
