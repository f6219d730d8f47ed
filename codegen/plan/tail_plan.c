/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which functions need the tail calling convention: those that a chain of tail calls may pass any
 * number of times. They are found in the bodies before anything is generated, because every
 * partition and the descriptor must agree.
 *
 * The convention costs up to half the speed of plain calls, so it is kept from functions whose
 * tail calls are few and known: a tail call to a function that makes none itself, or to one of a
 * short chain of such, is a call and a return, and takes a bounded amount of stack. What is left
 * are functions that call through a reference, a table or an import, that lie on a cycle of tail
 * calls, or that lead to such.
 */
#include "codegen/internal.h"

#include "frontend/insn.h"

/* Tail calls in a row that may be ordinary calls: their frames are on the stack together. */
enum { MAX_CHAIN = 8 };

/* A direct tail call; the edges to one callee are a list. */
struct edge {
    uint32_t caller, next;
};

struct tail_plan {
    const struct module *m;
    struct arena *arena;
    struct edge *edges;
    uint32_t edge_count, edge_capacity;
    uint32_t *callers; /* by function: first of the edges to it, or NO_INDEX */
    uint32_t *pending; /* by function: its tail calls that are not known to end soon */
    uint8_t *chain;    /* by function: the longest chain of tail calls behind it */
    bool found;        /* a tail call */
};

static void add_edge(struct tail_plan *plan, uint32_t caller, uint32_t callee)
{
    if (plan->edge_count == plan->edge_capacity) {
        uint32_t capacity = plan->edge_capacity ? 2 * plan->edge_capacity : 64;
        plan->edges = arena_grow(plan->arena, plan->edges, plan->edge_capacity, capacity,
                                 sizeof *plan->edges);
        plan->edge_capacity = capacity;
    }
    plan->edges[plan->edge_count] = (struct edge){caller, plan->callers[callee]};
    plan->callers[callee] = plan->edge_count++;
}

/* ---- what the bodies say ---- */

static void note_insn(void *env, uint32_t func, const struct insn *insn)
{
    struct tail_plan *plan = env;
    switch ((enum opcode)insn->op) {
    case OP_return_call:
        if (insn->imm.index.a >= plan->m->import_func_count &&
            insn->imm.index.a < plan->m->func_count)
            add_edge(plan, func, insn->imm.index.a);
        break;
    case OP_return_call_indirect:
    case OP_return_call_ref: break;
    default: return;
    }
    plan->found = true;
    plan->pending[func]++;
}

/* ---- what follows from it ---- */

/* This function's chain of tail calls is short: so may be those of its callers. */
static void settle_callers(struct tail_plan *plan, uint32_t callee, uint32_t *queue, uint32_t *end)
{
    uint8_t chain = (uint8_t)(plan->chain[callee] + 1);
    for (uint32_t i = plan->callers[callee]; i != NO_INDEX; i = plan->edges[i].next) {
        uint32_t caller = plan->edges[i].caller;
        if (chain > plan->chain[caller])
            plan->chain[caller] = chain;
        if (plan->chain[caller] < MAX_CHAIN && --plan->pending[caller] == 0)
            queue[(*end)++] = caller;
    }
}

static const bool *settle(struct tail_plan *plan)
{
    uint32_t count = plan->m->func_count, end = 0;
    uint32_t *queue = arena_array(plan->arena, count, sizeof *queue);
    for (uint32_t i = plan->m->import_func_count; i < count; i++)
        if (plan->pending[i] == 0)
            queue[end++] = i;
    for (uint32_t i = 0; i < end; i++)
        settle_callers(plan, queue[i], queue, &end);
    if (end == count - plan->m->import_func_count)
        return NULL;
    bool *tail = arena_array(plan->arena, count, sizeof *tail);
    for (uint32_t i = plan->m->import_func_count; i < count; i++)
        tail[i] = plan->pending[i] > 0;
    return tail;
}

const bool *tail_plan(const struct module *m, const struct scan *scan, struct arena *arena)
{
    struct tail_plan plan = {.m = m, .arena = arena};
    if (!(m->features & FEATURE_BIT(FEATURE_TAIL_CALL)))
        return NULL;
    plan.callers = arena_array(arena, m->func_count, sizeof *plan.callers);
    plan.pending = arena_array(arena, m->func_count, sizeof *plan.pending);
    plan.chain = arena_array(arena, m->func_count, sizeof *plan.chain);
    for (uint32_t i = 0; i < m->func_count; i++)
        plan.callers[i] = NO_INDEX;
    scan_visit(scan, note_insn, &plan);
    return plan.found ? settle(&plan) : NULL;
}
