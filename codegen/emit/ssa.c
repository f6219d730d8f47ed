/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Locals to SSA; see ssa.h for the idea. Values by (block, variable) stand in one hash table.
 * Look-ups recurse over joins that assign the variable; the workers' stacks are sized for that.
 */
#include "codegen/emit/ssa.h"

#include <assert.h>

enum ssa_kind { SSA_STRAIGHT, SSA_JOIN, SSA_LOOP };

struct ssa_pred {
    struct ssa_block *block;
    LLVMBasicBlockRef bb;
    struct ssa_pred *next;
};

struct ssa_phi {
    LLVMValueRef phi;
    uint32_t variable;
    struct ssa_phi *next;
};

struct ssa_block {
    uint32_t id;
    enum ssa_kind kind;
    bool sealed;
    LLVMBasicBlockRef bb;    /* joins and loops: where phis go */
    struct ssa_block *entry; /* straight: the predecessor; else the block before the construct */
    uint32_t begin, end;     /* instructions of the construct, or of the block if it is straight */
    uint32_t left;           /* the instruction at which it was the current block last */
    /* A block further up the entries, or the entry; all between are of instructions in [low, high).
     * By two such ways any of n is O(log n) steps away (skew-binary numbers). */
    struct ssa_block *jump;
    uint32_t depth, low, high;
    struct ssa_pred *preds; /* joins and loops; a loop's entry edge included */
    struct ssa_phi *open;   /* unsealed loop: phis without operands */
};

struct ssa_def {
    uint64_t key; /* block id << 32 | variable + 1; 0 is free */
    LLVMValueRef value;
};

struct ssa {
    struct cg *cg;
    struct arena *arena;
    LLVMBuilderRef phi_builder;
    const struct func_body *body;
    const struct insn *const *insn; /* the one that is translated now */
    struct ssa_block *current;
    uint32_t block_count;
    struct ssa_def *defs; /* open addressing; capacity a power of two */
    size_t def_count, def_capacity;
    uint32_t *set_first; /* by variable: first of its positions in set_at; one more at the end */
    uint32_t *set_at;    /* instructions that assign it, rising */
};

/* ---- which instructions assign a variable ---- */

static bool insn_assigns(const struct insn *insn)
{
    return insn->op == OP_local_set || insn->op == OP_local_tee;
}

/* Counting sort of all assignments by variable. */
static void collect_assignments(struct ssa *s)
{
    const struct func_body *body = s->body;
    uint32_t *first = arena_array(s->arena, (size_t)body->local_count + 2, sizeof *first);
    uint32_t total = 0;
    for (uint32_t i = 0; i < body->insn_count; i++)
        if (insn_assigns(&body->insns[i])) {
            first[body->insns[i].imm.index.a + 2]++;
            total++;
        }
    for (uint32_t v = 2; v < body->local_count + 2; v++)
        first[v] += first[v - 1];
    s->set_at = arena_array(s->arena, total, sizeof *s->set_at);
    for (uint32_t i = 0; i < body->insn_count; i++)
        if (insn_assigns(&body->insns[i]))
            s->set_at[first[body->insns[i].imm.index.a + 1]++] = i;
    s->set_first = first;
}

/* Whether an instruction in [begin, end) assigns the variable. */
static bool assigned_between(const struct ssa *s, uint32_t variable, uint32_t begin, uint32_t end)
{
    uint32_t low = s->set_first[variable], high = s->set_first[variable + 1], stop = high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->set_at[middle] < begin)
            low = middle + 1;
        else
            high = middle;
    }
    return low < stop && s->set_at[low] < end;
}

uint32_t ssa_assigned(const struct ssa *s, uint32_t begin, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t variable = 0; variable < s->body->local_count; variable++)
        count += assigned_between(s, variable, begin, end);
    return count;
}

/* ---- definitions ---- */

static struct ssa_def *def_slot(struct ssa_def *defs, size_t capacity, uint64_t key)
{
    size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
    while (defs[i].key != 0 && defs[i].key != key)
        i = (i + 1) & (capacity - 1);
    return &defs[i];
}

static uint64_t def_key(const struct ssa_block *block, uint32_t variable)
{
    return (uint64_t)block->id << 32 | (variable + 1);
}

static void grow_defs(struct ssa *s)
{
    size_t capacity = s->def_capacity * 2;
    struct ssa_def *defs = arena_array(s->arena, capacity, sizeof *defs);
    for (size_t i = 0; i < s->def_capacity; i++)
        if (s->defs[i].key != 0)
            *def_slot(defs, capacity, s->defs[i].key) = s->defs[i];
    s->defs = defs;
    s->def_capacity = capacity;
}

static void define(struct ssa *s, const struct ssa_block *block, uint32_t variable,
                   LLVMValueRef value)
{
    if (2 * (s->def_count + 1) > s->def_capacity)
        grow_defs(s);
    uint64_t key = def_key(block, variable);
    struct ssa_def *slot = def_slot(s->defs, s->def_capacity, key);
    if (slot->key == 0) {
        slot->key = key;
        s->def_count++;
    }
    slot->value = value;
}

static LLVMValueRef defined(const struct ssa *s, const struct ssa_block *block, uint32_t variable)
{
    return def_slot(s->defs, s->def_capacity, def_key(block, variable))->value;
}

/* ---- blocks ---- */

static struct ssa_block *new_block(struct ssa *s, enum ssa_kind kind, struct ssa_block *entry)
{
    struct ssa_block *block = arena_alloc(s->arena, sizeof *block);
    block->id = s->block_count++;
    block->kind = kind;
    block->entry = entry;
    return block;
}

struct ssa_block *ssa_block_after(struct ssa *s, struct ssa_block *pred)
{
    return new_block(s, SSA_STRAIGHT, pred);
}

struct ssa_block *ssa_join(struct ssa *s, LLVMBasicBlockRef bb, struct ssa_block *entry,
                           uint32_t begin, uint32_t end)
{
    struct ssa_block *block = new_block(s, SSA_JOIN, entry);
    block->bb = bb;
    block->begin = begin;
    block->end = end;
    return block;
}

struct ssa_block *ssa_loop(struct ssa *s, LLVMBasicBlockRef bb, struct ssa_block *entry,
                           uint32_t begin, uint32_t end)
{
    struct ssa_block *block = ssa_join(s, bb, entry, begin, end);
    block->kind = SSA_LOOP;
    return block;
}

void ssa_add_pred(struct ssa *s, struct ssa_block *join, LLVMBasicBlockRef bb)
{
    struct ssa_pred *pred = arena_alloc(s->arena, sizeof *pred);
    pred->block = s->current;
    pred->bb = bb;
    pred->next = join->preds;
    join->preds = pred;
}

struct ssa_block *ssa_current(struct ssa *s)
{
    return s->current;
}

static void widen(struct ssa_block *block, const struct ssa_block *over)
{
    uint32_t end = over->left > over->end ? over->left : over->end;
    uint32_t low = over->begin < over->low ? over->begin : over->low;
    uint32_t high = end > over->high ? end : over->high;
    block->low = low < block->low ? low : block->low;
    block->high = high > block->high ? high : block->high;
}

static void find_jump(struct ssa_block *block)
{
    struct ssa_block *entry = block->entry, *next = entry->jump;
    block->depth = entry->depth + 1;
    block->low = UINT32_MAX;
    block->jump = entry;
    if (next == entry || entry->depth - next->depth != next->depth - next->jump->depth)
        return;
    block->jump = next->jump;
    widen(block, entry);
    widen(block, next);
}

void ssa_enter(struct ssa *s, struct ssa_block *block)
{
    uint32_t now = (uint32_t)(*s->insn - s->body->insns);
    s->current->left = now;
    s->current = block;
    if (block->jump)
        return;
    if (block->kind == SSA_STRAIGHT)
        block->begin = block->end = now;
    find_jump(block);
}

void ssa_split(struct ssa *s)
{
    ssa_enter(s, ssa_block_after(s, s->current));
}

/* ---- reading and writing ---- */

static LLVMValueRef read_at(struct ssa *s, struct ssa_block *block, uint32_t variable);

static LLVMValueRef new_phi(struct ssa *s, const struct ssa_block *block, uint32_t variable)
{
    LLVMValueRef first = LLVMGetFirstInstruction(block->bb);
    if (first)
        LLVMPositionBuilderBefore(s->phi_builder, first);
    else
        LLVMPositionBuilderAtEnd(s->phi_builder, block->bb);
    return LLVMBuildPhi(s->phi_builder, cg_valtype(s->cg, s->body->locals[variable]), "");
}

static void fill_phi(struct ssa *s, const struct ssa_block *block, uint32_t variable,
                     LLVMValueRef phi)
{
    for (struct ssa_pred *pred = block->preds; pred; pred = pred->next) {
        LLVMValueRef value = read_at(s, pred->block, variable);
        LLVMAddIncoming(phi, &value, &pred->bb, 1);
    }
}

/* The variable at a loop header whose body assigns it: a phi, completed when the loop is sealed. */
static LLVMValueRef read_loop(struct ssa *s, struct ssa_block *loop, uint32_t variable)
{
    LLVMValueRef phi = new_phi(s, loop, variable);
    define(s, loop, variable, phi);
    if (loop->sealed) {
        fill_phi(s, loop, variable, phi);
        return phi;
    }
    struct ssa_phi *open = arena_alloc(s->arena, sizeof *open);
    open->phi = phi;
    open->variable = variable;
    open->next = loop->open;
    loop->open = open;
    return phi;
}

/* The variable where branches meet: a phi only if they disagree. */
static LLVMValueRef read_join(struct ssa *s, struct ssa_block *join, uint32_t variable)
{
    assert(join->preds);
    LLVMValueRef value = read_at(s, join->preds->block, variable);
    for (struct ssa_pred *pred = join->preds->next; pred; pred = pred->next)
        if (read_at(s, pred->block, variable) != value) {
            value = new_phi(s, join, variable);
            fill_phi(s, join, variable, value);
            break;
        }
    define(s, join, variable, value);
    return value;
}

/* Where to look next. What is written to a variable elsewhere than where it is assigned
 * (emit_idiom.c) stands right before a loop that assigns it, which nothing looks past. */
static struct ssa_block *block_above(const struct ssa *s, const struct ssa_block *block,
                                     uint32_t variable)
{
    bool skip = block->jump && !assigned_between(s, variable, block->low, block->high);
    return skip ? block->jump : block->entry;
}

static LLVMValueRef read_at(struct ssa *s, struct ssa_block *block, uint32_t variable)
{
    LLVMValueRef value = NULL;
    struct ssa_block *at = block;
    while (!(value = defined(s, at, variable))) {
        if (at->kind == SSA_STRAIGHT || !assigned_between(s, variable, at->begin, at->end))
            at = block_above(s, at, variable);
        else if (at->kind == SSA_LOOP)
            value = read_loop(s, at, variable);
        else
            value = read_join(s, at, variable);
        if (value)
            break;
    }
    if (at != block)
        define(s, block, variable, value);
    return value;
}

void ssa_seal(struct ssa *s, struct ssa_block *loop)
{
    loop->sealed = true;
    for (struct ssa_phi *open = loop->open; open; open = open->next)
        fill_phi(s, loop, open->variable, open->phi);
    loop->open = NULL;
}

void ssa_write(struct ssa *s, uint32_t variable, LLVMValueRef value)
{
    define(s, s->current, variable, value);
}

LLVMValueRef ssa_read(struct ssa *s, uint32_t variable)
{
    return read_at(s, s->current, variable);
}

struct ssa *ssa_new(struct cg *cg, const struct func_body *body, const struct insn *const *insn)
{
    struct ssa *s = arena_alloc(cg->arena, sizeof *s);
    s->cg = cg;
    s->arena = cg->arena;
    s->phi_builder = cg->phi_builder;
    s->body = body;
    s->insn = insn;
    s->def_capacity = 64;
    s->defs = arena_array(s->arena, s->def_capacity, sizeof *s->defs);
    collect_assignments(s);
    s->current = ssa_block_after(s, NULL);
    s->current->jump = s->current;
    return s;
}
