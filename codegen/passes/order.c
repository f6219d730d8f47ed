/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The order of instructions in long stretches of straight code, such as 24 rounds of Keccak or the
 * hundred products of a multiplication in a field. WebAssembly has them in the order of a stack
 * machine: what a result is made of, and before that what this is made of. So the first of five
 * words that are made of the same five pulls in all of the round before, column by column, and more
 * values wait than there are registers. LLVM's scheduler looks at a few instructions at a time and
 * keeps that order by and large.
 *
 * Here registers are simulated, as many as the target has, the one that was used least recently
 * goes first, and the next instruction is taken that needs what is in registers, is the last to
 * need it, and makes up what others wait for. The new order counts if it finds clearly more values
 * in registers than the old one. Where the old one is good, and long, LLVM's scheduler is kept from
 * changing it.
 *
 * Calls, and what else has an effect that is not a store, end a stretch. Loads stay between the
 * stores that they were between, and stores in their order.
 */
#include "codegen/artifact.h"
#include "codegen/ir.h"
#include "codegen/passes/value_set.h"

enum {
    SHORTEST = 64,    /* stretches below that are LLVM's business */
    MISSES_DENSE = 8, /* one miss in so many instructions is many */
    GAIN_LEAST = 8,   /* misses less, */
    GAIN_PART = 16,   /* and one in so many */
    LONG = 1000,      /* where LLVM's scheduler spoils what was in order */
    SCHEDULED = 64,   /* so many it may have */
    LANES_DENSE = 4,  /* one miss in so many is left in any order: too many */
    FAN = 4,          /* users of a value that are looked at */
    DEPTH = 3,        /* from them back to what they wait for */
    MOST_HELD = 32,
};

/* An instruction and where its edges are. They lead to what it must follow, operands first, and to
 * what must follow it. */
struct node {
    LLVMValueRef insn;
    uint32_t before, operands_end, before_end;
    uint32_t after, after_end;
    uint32_t use_count;
    bool is_vector; /* or a float */
    /* in a simulation */
    bool placed, held;
    uint32_t waits; /* for so many that it must follow */
    uint32_t uses;  /* that are still to come */
    uint32_t used;  /* when, the last time */
};

/* A kind of registers: what is in them. */
struct registers {
    uint32_t capacity, count;
    uint32_t values[MOST_HELD];
};

struct stretch {
    struct arena *arena;
    struct node *nodes;
    uint32_t count, capacity;
    uint32_t *edges;
    uint32_t edge_count, edge_capacity;
    /* The last store, and the first load after it; UINT32_MAX: none */
    uint32_t last_store, store_end;
    struct value_set insns; /* numbered like the nodes */
    struct registers registers[2];
    uint32_t clock, misses;
};

/* ---- what an instruction may pass ---- */

enum kind {
    FREE,     /* whatever precedes what uses it */
    READS,    /* stays between two stores: it may trap, or be there for its trap */
    WRITES,   /* a store */
    BOUNDARY, /* ends the stretch */
};

static enum kind kind_of_call(LLVMValueRef call)
{
    if (cg_is_keeper(call))
        return READS;
    return ir_intrinsic(call) && ir_calls_pure(call) ? FREE : BOUNDARY;
}

static enum kind kind_of(LLVMValueRef insn)
{
    switch ((int)LLVMGetInstructionOpcode(insn)) {
    case LLVMLoad: return ir_is_plain_access(insn) ? READS : BOUNDARY;
    case LLVMStore: return ir_is_plain_access(insn) ? WRITES : BOUNDARY;
    case LLVMCall: return kind_of_call(insn);
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem: return READS;
    case LLVMPHI:
    case LLVMAlloca:
    case LLVMLandingPad:
    case LLVMFence:
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
    case LLVMVAArg: return BOUNDARY;
    default: return LLVMIsATerminatorInst(insn) ? BOUNDARY : FREE;
    }
}

/* ---- a stretch as a graph ---- */

static void add_edge(struct stretch *s, uint32_t to)
{
    if (s->edge_count == s->edge_capacity) {
        uint32_t more = s->edge_capacity * 2;
        s->edges = arena_grow(s->arena, s->edges, s->edge_capacity, more, sizeof *s->edges);
        s->edge_capacity = more;
    }
    s->edges[s->edge_count++] = to;
}

/* Each operand of the stretch once. */
static void add_operands(struct stretch *s, struct node *node)
{
    for (int i = 0, n = LLVMGetNumOperands(node->insn); i < n; i++) {
        LLVMValueRef value = LLVMGetOperand(node->insn, (unsigned)i);
        uint32_t operand = value_set_number(&s->insns, value), at = node->before;
        if (operand == VALUE_ABSENT)
            continue;
        while (at < s->edge_count && s->edges[at] != operand)
            at++;
        if (at < s->edge_count)
            continue;
        add_edge(s, operand);
        s->nodes[operand].use_count++;
    }
}

/* A load follows the store before it, a store the loads since then as well. */
static void keep_order(struct stretch *s, uint32_t number, enum kind kind)
{
    if (kind == FREE)
        return;
    if (s->last_store != UINT32_MAX)
        add_edge(s, s->last_store);
    if (kind != WRITES)
        return;
    for (uint32_t i = s->store_end; i < number; i++)
        if (kind_of(s->nodes[i].insn) == READS)
            add_edge(s, i);
    s->last_store = number;
    s->store_end = number + 1;
}

static bool is_vector(LLVMTypeRef type)
{
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    return kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind || kind == LLVMVectorTypeKind;
}

static void add_node(struct stretch *s, uint32_t number)
{
    struct node *node = &s->nodes[number];
    node->is_vector = is_vector(LLVMTypeOf(node->insn));
    node->before = s->edge_count;
    add_operands(s, node);
    node->operands_end = s->edge_count;
    keep_order(s, number, kind_of(node->insn));
    node->before_end = s->edge_count;
    value_set_add(&s->insns, node->insn);
}

/* The edges the other way round, behind the ones there are. */
static void reverse_edges(struct stretch *s)
{
    uint32_t forward = s->edge_count;
    s->edges =
        arena_grow(s->arena, s->edges, s->edge_capacity, 2 * (size_t)forward, sizeof *s->edges);
    for (uint32_t i = 0; i < forward; i++)
        s->nodes[s->edges[i]].after_end++;
    for (uint32_t i = 0, at = forward; i < s->count; i++) {
        uint32_t size = s->nodes[i].after_end;
        s->nodes[i].after = s->nodes[i].after_end = at;
        at += size;
    }
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t e = s->nodes[i].before; e < s->nodes[i].before_end; e++)
            s->edges[s->nodes[s->edges[e]].after_end++] = i;
}

static void build(struct stretch *s)
{
    value_set_clear(&s->insns);
    s->edge_count = 0;
    s->edge_capacity = 4 * s->count;
    s->edges = arena_array(s->arena, s->edge_capacity, sizeof *s->edges);
    s->last_store = UINT32_MAX;
    s->store_end = 0;
    for (uint32_t i = 0; i < s->count; i++)
        add_node(s, i);
    reverse_edges(s);
}

/* ---- the simulation ---- */

static void start(struct stretch *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct node *node = &s->nodes[i];
        node->placed = node->held = false;
        node->waits = node->before_end - node->before;
        node->uses = node->use_count;
        node->used = 0;
    }
    s->registers[0].count = s->registers[1].count = 0;
    s->clock = s->misses = 0;
}

static void drop(struct stretch *s, struct registers *r, uint32_t slot)
{
    s->nodes[r->values[slot]].held = false;
    r->values[slot] = r->values[--r->count];
}

static void drop_oldest(struct stretch *s, struct registers *r)
{
    uint32_t oldest = 0;
    for (uint32_t i = 1; i < r->count; i++)
        if (s->nodes[r->values[i]].used < s->nodes[r->values[oldest]].used)
            oldest = i;
    drop(s, r, oldest);
}

static void hold(struct stretch *s, uint32_t number)
{
    struct node *node = &s->nodes[number];
    struct registers *r = &s->registers[node->is_vector];
    node->used = ++s->clock;
    if (node->held)
        return;
    if (r->count == r->capacity)
        drop_oldest(s, r);
    node->held = true;
    r->values[r->count++] = number;
}

static void use(struct stretch *s, uint32_t number)
{
    struct node *node = &s->nodes[number];
    s->misses += !node->held;
    if (--node->uses > 0) {
        hold(s, number);
    } else if (node->held) {
        struct registers *r = &s->registers[node->is_vector];
        uint32_t slot = 0;
        while (r->values[slot] != number)
            slot++;
        drop(s, r, slot);
    }
}

static void place(struct stretch *s, uint32_t number)
{
    struct node *node = &s->nodes[number];
    node->placed = true;
    for (uint32_t e = node->before; e < node->operands_end; e++)
        use(s, s->edges[e]);
    if (node->uses > 0)
        hold(s, number);
    for (uint32_t e = node->after; e < node->after_end; e++)
        s->nodes[s->edges[e]].waits--;
}

/* ---- what comes next ---- */

/* The less the better; of equals the one with the operand that was used last. */
struct choice {
    uint32_t number;
    int cost;
    uint32_t used;
};

/* How many others a user of it waits for, the one that waits least. */
static int distance_to_user(const struct stretch *s, const struct node *node)
{
    uint32_t least = UINT32_MAX;
    uint32_t end = node->after_end - node->after > FAN ? node->after + FAN : node->after_end;
    for (uint32_t e = node->after; e < end; e++)
        if (s->nodes[s->edges[e]].waits < least)
            least = s->nodes[s->edges[e]].waits;
    return least == UINT32_MAX ? 1 : (int)least;
}

static struct choice rate(const struct stretch *s, uint32_t number)
{
    const struct node *node = &s->nodes[number];
    struct choice choice = {number, 2 * distance_to_user(s, node), 0};
    for (uint32_t e = node->before; e < node->operands_end; e++) {
        const struct node *operand = &s->nodes[s->edges[e]];
        if (!operand->held)
            choice.cost++;
        else if (operand->uses == 1)
            choice.cost -= 2;
        if (operand->held && operand->used > choice.used)
            choice.used = operand->used;
    }
    return choice;
}

static bool is_better(const struct choice *a, const struct choice *b)
{
    if (a->cost != b->cost)
        return a->cost < b->cost;
    return a->used != b->used ? a->used > b->used : a->number < b->number;
}

/* The instruction, if nothing is in its way, or else what it waits for. */
static void consider(const struct stretch *s, uint32_t number, int depth, struct choice *best)
{
    const struct node *node = &s->nodes[number];
    if (node->placed)
        return;
    if (node->waits == 0) {
        struct choice choice = rate(s, number);
        if (is_better(&choice, best))
            *best = choice;
        return;
    }
    uint32_t end = node->before_end - node->before > FAN ? node->before + FAN : node->before_end;
    for (uint32_t e = node->before; depth > 0 && e < end; e++)
        consider(s, s->edges[e], depth - 1, best);
}

static void consider_users(struct stretch *s, struct node *node, struct choice *best)
{
    while (node->after < node->after_end && s->nodes[s->edges[node->after]].placed)
        node->after++;
    uint32_t end = node->after_end - node->after > FAN ? node->after + FAN : node->after_end;
    for (uint32_t e = node->after; e < end; e++)
        consider(s, s->edges[e], DEPTH, best);
}

/* first: of those that are not placed. */
static uint32_t choose(struct stretch *s, uint32_t first)
{
    struct choice best = rate(s, first);
    for (int kind = 0; kind < 2; kind++)
        for (uint32_t i = 0; i < s->registers[kind].count; i++)
            consider_users(s, &s->nodes[s->registers[kind].values[i]], &best);
    return best.number;
}

static uint32_t misses_as_it_is(struct stretch *s)
{
    start(s);
    for (uint32_t i = 0; i < s->count; i++)
        place(s, i);
    return s->misses;
}

static uint32_t misses_reordered(struct stretch *s, uint32_t *order)
{
    start(s);
    for (uint32_t i = 0, first = 0; i < s->count; i++) {
        while (s->nodes[first].placed)
            first++;
        order[i] = choose(s, first);
        place(s, order[i]);
    }
    return s->misses;
}

/* ---- stretches ---- */

static void move_before(struct cg *cg, const struct stretch *s, const uint32_t *order,
                        LLVMValueRef boundary)
{
    for (uint32_t i = 0; i < s->count; i++)
        LLVMInstructionRemoveFromParent(s->nodes[i].insn);
    LLVMPositionBuilderBefore(cg->builder, boundary);
    for (uint32_t i = 0; i < s->count; i++)
        LLVMInsertIntoBuilder(cg->builder, s->nodes[order[i]].insn);
}

static bool move_to_lanes(struct cg *cg, const struct stretch *s)
{
    LLVMValueRef *insns = arena_array(s->arena, s->count, sizeof *insns);
    for (uint32_t i = 0; i < s->count; i++)
        insns[i] = s->nodes[i].insn;
    return cg_move_to_lanes(cg, insns, s->count);
}

/* LLVM's scheduler moves nothing across a label. In a long stretch it would take all bytes out of
 * their words before the first of them is used. */
static void keep_from_scheduler(struct cg *cg, const struct stretch *s)
{
    static const char name[] = "llvm.codeview.annotation";
    unsigned id = LLVMLookupIntrinsicID(name, sizeof name - 1);
    LLVMMetadataRef text = LLVMMDStringInContext2(cg->context, "", 0);
    LLVMMetadataRef node = LLVMMDNodeInContext2(cg->context, &text, 1);
    LLVMValueRef arg = LLVMMetadataAsValue(cg->context, node);
    for (uint32_t i = SCHEDULED; i < s->count; i += SCHEDULED) {
        LLVMPositionBuilderBefore(cg->builder, s->nodes[i].insn);
        LLVMBuildCall2(cg->builder, LLVMIntrinsicGetType(cg->context, id, NULL, 0),
                       LLVMGetIntrinsicDeclaration(cg->module, id, NULL, 0), &arg, 1, "");
    }
}

static void order_stretch(struct cg *cg, struct stretch *s, LLVMValueRef boundary)
{
    if (s->count < SHORTEST)
        return;
    build(s);
    uint32_t before = misses_as_it_is(s);
    if (before * MISSES_DENSE < s->count) {
        if (s->count >= LONG)
            keep_from_scheduler(cg, s);
        return;
    }
    uint32_t *order = arena_array(s->arena, s->count, sizeof *order);
    uint32_t after = misses_reordered(s, order);
    if (after * LANES_DENSE >= s->count && before * LANES_DENSE >= s->count && move_to_lanes(cg, s))
        return;
    if (after + GAIN_LEAST <= before && after <= before - before / GAIN_PART)
        move_before(cg, s, order, boundary);
}

static void append(struct stretch *s, LLVMValueRef insn)
{
    if (s->count == s->capacity) {
        uint32_t more = s->capacity ? 2 * s->capacity : 256;
        s->nodes = arena_grow(s->arena, s->nodes, s->capacity, more, sizeof *s->nodes);
        s->capacity = more;
    }
    s->nodes[s->count++] = (struct node){.insn = insn};
}

static void order_block(struct cg *cg, struct arena *scratch, LLVMBasicBlockRef bb)
{
    const struct target *target = cg->c->target;
    struct stretch s = {.arena = scratch,
                        .insns = {.arena = scratch},
                        .registers = {{.capacity = target->integer_registers},
                                      {.capacity = target->vector_registers}}};
    for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (kind_of(i) != BOUNDARY) {
            append(&s, i);
            continue;
        }
        order_stretch(cg, &s, i);
        s.count = 0;
    }
}

void cg_order_instructions(struct cg *cg)
{
    struct arena scratch = rescue_arena();
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f)) {
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            if (!cg_is_giant(f))
                order_block(cg, &scratch, bb);
        arena_reset(&scratch);
    }
    arena_free(&scratch);
}
