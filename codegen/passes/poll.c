/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Interruptible code: a poll is a load from the store's interrupt page, which the runtime takes
 * away to stop the code; the fault is the branch. Polls stand wherever execution can come again
 * without end: at the head of each loop, and at the entry of each function that calls wasm code
 * (recursion, chains of tail calls).
 *
 * They are put in after the optimiser, so that loops are vectorised and unrolled as without them,
 * and a poll costs one load for each round of what is left. A cycle of blocks has an edge that goes
 * back to a block on the path of a depth-first walk: polling the targets of those edges stops every
 * cycle, whatever its shape. tests/codegen/test_interruptible.c looks for cycles without one.
 */
#include "codegen/abi.h"
#include "codegen/artifact.h"
#include "codegen/ir.h"
#include "codegen/passes/value_set.h"

#include <string.h>

/* ---- the graph of a function ---- */

enum colour { NEW, OPEN, DONE };

struct node {
    LLVMValueRef terminator;
    unsigned next; /* successor to be looked at */
    enum colour colour;
    bool is_head; /* an edge goes back to it */
};

struct graph {
    struct value_set blocks; /* numbered like the nodes */
    struct node *nodes;
};

static struct node *node_of(const struct graph *g, LLVMBasicBlockRef block)
{
    return &g->nodes[value_set_number(&g->blocks, LLVMBasicBlockAsValue(block))];
}

static struct graph graph_make(LLVMValueRef function, struct arena *arena)
{
    struct graph g = {.blocks = {.arena = arena}};
    value_set_clear(&g.blocks);
    g.nodes = arena_array(arena, LLVMCountBasicBlocks(function), sizeof *g.nodes);
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb)) {
        value_set_add(&g.blocks, LLVMBasicBlockAsValue(bb));
        node_of(&g, bb)->terminator = LLVMGetBasicBlockTerminator(bb);
    }
    return g;
}

/* Walks depth first, and marks the targets of edges into the path. */
static void mark_heads(const struct graph *g, LLVMValueRef function, struct arena *arena)
{
    struct node **path = arena_array(arena, LLVMCountBasicBlocks(function), sizeof(struct node *));
    size_t depth = 0;
    path[depth++] = node_of(g, LLVMGetEntryBasicBlock(function));
    path[0]->colour = OPEN;
    while (depth > 0) {
        struct node *node = path[depth - 1];
        if (node->next == LLVMGetNumSuccessors(node->terminator)) {
            node->colour = DONE;
            depth--;
            continue;
        }
        struct node *to = node_of(g, LLVMGetSuccessor(node->terminator, node->next++));
        if (to->colour == OPEN)
            to->is_head = true;
        if (to->colour != NEW)
            continue;
        to->colour = OPEN;
        path[depth++] = to;
    }
}

/* ---- which loops end soon ---- */

/* Rounds of a loop that passes without a poll: a fraction of a millisecond. */
enum { SHORT_LOOP = 1000 };

/* A counter of a block that is its own loop: goes from start by step, once a round. */
struct counter {
    LLVMValueRef phi, next;
    uint64_t start, step;
};

static bool constant(LLVMValueRef value, uint64_t *bits)
{
    if (!LLVMIsAConstantInt(value) || LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64)
        return false;
    *bits = (uint64_t)LLVMConstIntGetSExtValue(value);
    return true;
}

/* The counter that value is, before or after its step. */
static bool find_counter(LLVMValueRef value, LLVMBasicBlockRef block, struct counter *c)
{
    c->phi = ir_is(value, LLVMAdd) ? LLVMGetOperand(value, 0) : value;
    if (!LLVMIsAPHINode(c->phi) || LLVMGetInstructionParent(c->phi) != block ||
        LLVMCountIncoming(c->phi) != 2)
        return false;
    unsigned around = LLVMGetIncomingBlock(c->phi, 0) == block ? 0 : 1;
    c->next = LLVMGetIncomingValue(c->phi, around);
    return ir_is(c->next, LLVMAdd) && LLVMGetOperand(c->next, 0) == c->phi &&
           constant(LLVMGetOperand(c->next, 1), &c->step) &&
           constant(LLVMGetIncomingValue(c->phi, 1 - around), &c->start) &&
           (value == c->phi || value == c->next);
}

/* Whether the counter comes to end, and soon. Modulo 2^64: a step that divides the way meets its
 * end, at the latest after that many rounds. */
static bool ends_soon(const struct counter *c, uint64_t end)
{
    bool down = (int64_t)c->step < 0;
    uint64_t way = down ? c->start - end : end - c->start;
    uint64_t pace = down ? -c->step : c->step;
    return pace != 0 && way != 0 && way % pace == 0 && way / pace <= SHORT_LOOP;
}

/* A block that is its own loop and leaves it when a counter is equal to a constant. */
static bool is_short(LLVMBasicBlockRef block, LLVMValueRef terminator)
{
    if (!LLVMIsABranchInst(terminator) || !LLVMIsConditional(terminator))
        return false;
    LLVMValueRef compare = LLVMGetCondition(terminator);
    bool first_stays = LLVMGetSuccessor(terminator, 0) == block;
    if ((!first_stays && LLVMGetSuccessor(terminator, 1) != block) || !LLVMIsAICmpInst(compare) ||
        LLVMGetICmpPredicate(compare) != (first_stays ? LLVMIntNE : LLVMIntEQ))
        return false;
    struct counter counter;
    uint64_t end;
    return constant(LLVMGetOperand(compare, 1), &end) &&
           find_counter(LLVMGetOperand(compare, 0), block, &counter) && ends_soon(&counter, end);
}

/* ---- polls ---- */

static bool is_wasm_call(LLVMValueRef insn)
{
    if (LLVMIsAInvokeInst(insn))
        return true;
    if (!LLVMIsACallInst(insn))
        return false;
    LLVMValueRef callee = LLVMGetCalledValue(insn);
    if (LLVMIsAInlineAsm(callee))
        return false;
    if (!LLVMIsAFunction(callee))
        return true;
    size_t length;
    return LLVMGetIntrinsicID(callee) == 0 &&
           strncmp(LLVMGetValueName2(callee, &length), "w2s_rt_", 7) != 0;
}

static bool calls_wasm(LLVMValueRef function)
{
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
            if (is_wasm_call(i))
                return true;
    return false;
}

static LLVMValueRef load_field(struct cg *cg, LLVMValueRef pointer, size_t offset)
{
    LLVMValueRef index = LLVMConstInt(cg->i64, offset, false);
    LLVMValueRef at = LLVMBuildGEP2(cg->builder, cg->i8, pointer, &index, 1, "");
    LLVMValueRef load = LLVMBuildLoad2(cg->builder, cg->ptr, at, "");
    LLVMSetMetadata(load, cg->md_invariant, cg->empty_node);
    return load;
}

/* At the builder's place. An asm: nobody may drop it, and it needs no register for what it loads.
 */
static void add_poll(struct cg *cg, LLVMValueRef page)
{
    const struct target *target = cg->c->target;
    LLVMTypeRef type = LLVMFunctionType(cg->void_, &cg->ptr, 1, false);
    LLVMValueRef poll = LLVMGetInlineAsm(type, target->poll, strlen(target->poll),
                                         target->poll_constraints, strlen(target->poll_constraints),
                                         true, false, LLVMInlineAsmDialectATT, false);
    LLVMValueRef call = LLVMBuildCall2(cg->builder, type, poll, &page, 1, "");
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX, cg_attribute(cg, "nounwind", 0));
}

static void position_at_head(struct cg *cg, LLVMBasicBlockRef block)
{
    LLVMValueRef i = LLVMGetFirstInstruction(block);
    while (LLVMIsAPHINode(i) || LLVMIsALandingPadInst(i) || LLVMIsAAllocaInst(i))
        i = LLVMGetNextInstruction(i);
    LLVMPositionBuilderBefore(cg->builder, i);
}

/* The page's address is loaded at the entry, which no edge goes back to; leaves the builder there.
 */
static LLVMValueRef load_page(struct cg *cg, LLVMValueRef function)
{
    position_at_head(cg, LLVMGetEntryBasicBlock(function));
    LLVMValueRef exec = load_field(cg, LLVMGetParam(function, 0), offsetof(struct w2s_ctx, exec));
    return load_field(cg, exec, offsetof(struct w2s_exec, interrupt_page));
}

static void poll_function(struct cg *cg, LLVMValueRef function, struct arena *arena)
{
    struct graph g = graph_make(function, arena);
    mark_heads(&g, function, arena);
    LLVMValueRef page = NULL;
    if (calls_wasm(function)) {
        page = load_page(cg, function);
        add_poll(cg, page);
    }
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function); bb;
         bb = LLVMGetNextBasicBlock(bb)) {
        const struct node *node = node_of(&g, bb);
        if (!node->is_head || is_short(bb, node->terminator))
            continue;
        if (!page)
            page = load_page(cg, function);
        position_at_head(cg, bb);
        add_poll(cg, page);
    }
}

void cg_add_polls(struct cg *cg)
{
    struct arena scratch = rescue_arena();
    for (LLVMValueRef function = LLVMGetFirstFunction(cg->module); function;
         function = LLVMGetNextFunction(function)) {
        const char *section = LLVMGetSection(function);
        if (LLVMIsDeclaration(function) || !section || strcmp(section, cg->c->text_section) != 0)
            continue;
        poll_function(cg, function, &scratch);
        arena_reset(&scratch);
    }
    arena_free(&scratch);
}
