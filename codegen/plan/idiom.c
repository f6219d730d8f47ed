/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Finds loops that copy or fill memory (idiom.h). One iteration is executed on symbolic values:
 * sums of the locals that it began with, loaded values, comparisons. What it does to locals gives
 * their steps, and these the way of each address. Anything else in the loop, and it is none of
 * ours. Loops have one of two shapes, tested at the end or before, and may be left by other br_if:
 *
 *     loop  ...  COND  br_if 0  end
 *
 *     loop  ...  COND  if  ...  br 1  end  end
 */
#include "codegen/plan/idiom.h"

#include <string.h>

enum { MAX_INSNS = 256, MAX_STACK = 8, MAX_ACCESSES = 32 };

/* Within a tile, and as static offset. The runtime touches no address below it, so that no
 * difference of two addresses of a tile wraps. */
enum { MAX_DISTANCE = W2S_LOOP_LOWEST };

enum value_kind { OTHER, SUM, CONSTANT, FIXED, LOADED, COMPARISON };

struct value {
    enum value_kind kind;
    struct idiom_sum sum;   /* SUM; COMPARISON: left */
    struct idiom_sum right; /* COMPARISON */
    enum opcode op;         /* COMPARISON */
    uint64_t bits;          /* CONSTANT: an i64, f32, f64 */
    uint32_t index;         /* FIXED: a local of another type than i32; LOADED: of an access */
};

struct access {
    bool is_store;
    struct idiom_range range;
    uint32_t bytes;
    struct value value; /* stored */
};

/* A local that the iteration has read or assigned so far. */
struct known {
    uint32_t local;
    bool assigned, read; /* read: before it was assigned */
    struct value value;
};

struct walk {
    const struct func_body *body;
    struct idiom *out;
    struct value stack[MAX_STACK];
    uint32_t stack_size;
    struct known known[IDIOM_LOCALS];
    uint32_t known_count;
    struct access accesses[MAX_ACCESSES];
    uint32_t access_count;
    bool failed;
};

/* ---- sums ---- */

static struct idiom_sum sum_constant(uint32_t constant)
{
    return (struct idiom_sum){.constant = constant};
}

/* a += factor * local. False if it has too many terms. */
static bool sum_add_term(struct idiom_sum *a, uint32_t local, uint32_t factor)
{
    uint32_t i = 0;
    while (i < a->count && a->terms[i].local != local)
        i++;
    if (i == a->count) {
        if (i == IDIOM_TERMS)
            return false;
        a->terms[a->count++].local = local;
        a->terms[i].factor = 0;
    }
    a->terms[i].factor += factor;
    if (a->terms[i].factor == 0)
        a->terms[i] = a->terms[--a->count];
    return true;
}

/* a += factor * b. */
static bool sum_add(struct idiom_sum *a, const struct idiom_sum *b, uint32_t factor)
{
    a->constant += factor * b->constant;
    for (uint32_t i = 0; i < b->count; i++)
        if (!sum_add_term(a, b->terms[i].local, factor * b->terms[i].factor))
            return false;
    return true;
}

/* a - b, if that is a constant. */
static bool sum_distance(const struct idiom_sum *a, const struct idiom_sum *b, int32_t *distance)
{
    struct idiom_sum difference = *a;
    if (!sum_add(&difference, b, UINT32_MAX) || difference.count > 0)
        return false;
    *distance = (int32_t)difference.constant;
    return true;
}

/* ---- the stack of values ---- */

static void push(struct walk *w, struct value value)
{
    if (w->stack_size == MAX_STACK)
        w->failed = true;
    else
        w->stack[w->stack_size++] = value;
}

static struct value pop(struct walk *w)
{
    if (w->stack_size > 0)
        return w->stack[--w->stack_size];
    w->failed = true;
    return (struct value){.kind = OTHER};
}

static void push_sum(struct walk *w, struct idiom_sum sum)
{
    push(w, (struct value){.kind = SUM, .sum = sum});
}

static struct known *known_local(struct walk *w, uint32_t local)
{
    uint32_t i = 0;
    while (i < w->known_count && w->known[i].local != local)
        i++;
    if (i == IDIOM_LOCALS) {
        w->failed = true;
        return &w->known[0];
    }
    if (i == w->known_count)
        w->known[w->known_count++] = (struct known){.local = local};
    return &w->known[i];
}

static void read_local(struct walk *w, uint32_t local)
{
    struct known *known = known_local(w, local);
    if (known->assigned) {
        push(w, known->value);
        return;
    }
    known->read = true;
    struct value value = {.kind = FIXED, .index = local};
    if (w->body->locals[local].kind == VT_I32) {
        value.kind = SUM;
        sum_add_term(&value.sum, local, 1);
    }
    push(w, value);
}

static void write_local(struct walk *w, uint32_t local)
{
    struct value value = pop(w);
    struct known *known = known_local(w, local);
    known->assigned = true;
    known->value = value;
}

/* ---- arithmetic ---- */

static void add(struct walk *w, uint32_t factor)
{
    struct value right = pop(w), left = pop(w);
    if (left.kind != SUM || right.kind != SUM || !sum_add(&left.sum, &right.sum, factor))
        left.kind = OTHER;
    push(w, left);
}

static void scale(struct walk *w, bool is_shift)
{
    struct value right = pop(w), left = pop(w), product = {.kind = OTHER};
    if (left.kind == SUM && right.kind == SUM && right.sum.count == 0) {
        uint32_t n = right.sum.constant;
        product.kind = SUM;
        sum_add(&product.sum, &left.sum, is_shift ? 1u << (n & 31) : n);
    }
    push(w, product);
}

static void compare(struct walk *w, enum opcode op)
{
    struct value right = pop(w), left = pop(w), result = {.kind = OTHER};
    if (left.kind == SUM && right.kind == SUM)
        result = (struct value){.kind = COMPARISON, .sum = left.sum, .right = right.sum, .op = op};
    push(w, result);
}

static enum opcode opposite(enum opcode op)
{
    switch ((int)op) {
    case OP_i32_eq: return OP_i32_ne;
    case OP_i32_lt_s: return OP_i32_ge_s;
    case OP_i32_lt_u: return OP_i32_ge_u;
    case OP_i32_gt_s: return OP_i32_le_s;
    case OP_i32_gt_u: return OP_i32_le_u;
    case OP_i32_le_s: return OP_i32_gt_s;
    case OP_i32_le_u: return OP_i32_gt_u;
    case OP_i32_ge_s: return OP_i32_lt_s;
    case OP_i32_ge_u: return OP_i32_lt_u;
    default: return OP_i32_eq;
    }
}

/* a `op` b is b `mirrored(op)` a. */
static enum opcode mirrored(enum opcode op)
{
    switch ((int)op) {
    case OP_i32_lt_s: return OP_i32_gt_s;
    case OP_i32_lt_u: return OP_i32_gt_u;
    case OP_i32_gt_s: return OP_i32_lt_s;
    case OP_i32_gt_u: return OP_i32_lt_u;
    case OP_i32_le_s: return OP_i32_ge_s;
    case OP_i32_le_u: return OP_i32_ge_u;
    case OP_i32_ge_s: return OP_i32_le_s;
    case OP_i32_ge_u: return OP_i32_le_u;
    default: return op;
    }
}

/* The popped operand as a condition: it is not zero. */
static struct value pop_condition(struct walk *w)
{
    struct value value = pop(w);
    if (value.kind == SUM)
        value = (struct value){.kind = COMPARISON, .sum = value.sum, .op = OP_i32_ne};
    else if (value.kind != COMPARISON)
        value.kind = OTHER;
    return value;
}

static void negate(struct walk *w)
{
    struct value value = pop_condition(w);
    value.op = opposite(value.op);
    push(w, value);
}

/* The loop goes on if the condition on top is `wanted`. */
static void guard(struct walk *w, bool wanted)
{
    struct value value = pop_condition(w);
    struct idiom *out = w->out;
    if (value.kind != COMPARISON || out->guard_count == IDIOM_GUARDS) {
        w->failed = true;
        return;
    }
    out->guards[out->guard_count++] = (struct idiom_guard){
        .op = wanted ? value.op : opposite(value.op), .left = value.sum, .right = value.right};
}

/* ---- accesses ---- */

static void access_memory(struct walk *w, const struct insn *insn, bool is_store)
{
    struct access access = {.is_store = is_store, .bytes = 1u << op_info[insn->op].align_log2};
    if (is_store)
        access.value = pop(w);
    struct value address = pop(w);
    access.range = (struct idiom_range){address.sum, insn->imm.mem.offset};
    if (address.kind != SUM || w->access_count == MAX_ACCESSES ||
        (w->access_count > 0 && insn->imm.mem.memory != w->out->memory)) {
        w->failed = true;
        return;
    }
    w->out->memory = insn->imm.mem.memory;
    w->accesses[w->access_count] = access;
    if (!is_store)
        push(w, (struct value){.kind = LOADED, .index = w->access_count});
    w->access_count++;
}

/* ---- one iteration ---- */

static void step_over(struct walk *w, const struct insn *insn)
{
    switch ((int)insn->op) {
    case OP_local_get: read_local(w, insn->imm.index.a); break;
    case OP_local_set: write_local(w, insn->imm.index.a); break;
    case OP_local_tee:
        write_local(w, insn->imm.index.a);
        read_local(w, insn->imm.index.a);
        break;
    case OP_i32_const: push_sum(w, sum_constant((uint32_t)insn->imm.bits)); break;
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const: push(w, (struct value){.kind = CONSTANT, .bits = insn->imm.bits}); break;
    case OP_i32_add: add(w, 1); break;
    case OP_i32_sub: add(w, UINT32_MAX); break;
    case OP_i32_mul: scale(w, false); break;
    case OP_i32_shl: scale(w, true); break;
    case OP_i32_eqz: negate(w); break;
    case OP_i32_eq:
    case OP_i32_ne:
    case OP_i32_lt_s:
    case OP_i32_lt_u:
    case OP_i32_gt_s:
    case OP_i32_gt_u:
    case OP_i32_le_s:
    case OP_i32_le_u:
    case OP_i32_ge_s:
    case OP_i32_ge_u: compare(w, (enum opcode)insn->op); break;
    case OP_i32_load:
    case OP_i64_load:
    case OP_f32_load:
    case OP_f64_load:
    case OP_v128_load:
    case OP_i32_load8_s:
    case OP_i32_load8_u:
    case OP_i32_load16_s:
    case OP_i32_load16_u:
    case OP_i64_load8_s:
    case OP_i64_load8_u:
    case OP_i64_load16_s:
    case OP_i64_load16_u:
    case OP_i64_load32_s:
    case OP_i64_load32_u: access_memory(w, insn, false); break;
    case OP_i32_store:
    case OP_i64_store:
    case OP_f32_store:
    case OP_f64_store:
    case OP_v128_store:
    case OP_i32_store8:
    case OP_i32_store16:
    case OP_i64_store8:
    case OP_i64_store16:
    case OP_i64_store32: access_memory(w, insn, true); break;
    case OP_nop: break;
    default: w->failed = true;
    }
}

/* From instruction i of the loop to where it goes back. */
static bool walk_iteration(struct walk *w, uint32_t i)
{
    const struct insn *insns = w->body->insns;
    uint32_t ifs = 0;
    for (uint32_t end = i + MAX_INSNS; i < end && !w->failed; i++) {
        const struct insn *insn = &insns[i], *next = insn + 1;
        if (insn->op == OP_br_if && insn->imm.index.a > ifs) {
            guard(w, false);
        } else if (insn->op == OP_br_if && insn->imm.index.a == 0 && ifs == 0) {
            guard(w, true);
            if (next->op == OP_br || next->op == OP_return) /* leaves */
                next++;
            return next->op == OP_end && !w->failed;
        } else if (insn->op == OP_if && ifs == 0 && !(insn->flags & INSN_HAS_ELSE) &&
                   insn->imm.block->type.param_count == 0) {
            guard(w, true);
            ifs++;
        } else if (insn->op == OP_br && insn->imm.index.a == ifs) {
            return next[0].op == OP_end && (ifs == 0 || next[1].op == OP_end) && !w->failed;
        } else {
            step_over(w, insn);
        }
    }
    return false;
}

/* ---- what it comes to ---- */

/* Locals that are assigned either move by a constant, or are set before each use. */
static bool find_steps(struct walk *w)
{
    struct idiom *out = w->out;
    for (uint32_t i = 0; i < w->known_count; i++) {
        struct known *known = &w->known[i];
        struct value was = {.kind = SUM};
        int32_t step = 0;
        if (!known->assigned || !known->read)
            continue;
        sum_add_term(&was.sum, known->local, 1);
        if (known->value.kind != SUM || !sum_distance(&known->value.sum, &was.sum, &step))
            return false;
        out->locals[out->local_count++] = (struct idiom_local){known->local, step};
    }
    return true;
}

static int32_t step_of(const struct idiom *idiom, const struct idiom_sum *a)
{
    uint32_t step = 0;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < idiom->local_count; k++)
            if (idiom->locals[k].local == a->terms[i].local)
                step += a->terms[i].factor * (uint32_t)idiom->locals[k].step;
    return (int32_t)step;
}

/* The guard will fail once: left moves towards right. */
static bool orient_guard(const struct idiom *idiom, struct idiom_guard *guard)
{
    int32_t right_step = step_of(idiom, &guard->right);
    guard->step = step_of(idiom, &guard->left);
    if (guard->step == 0) {
        struct idiom_sum left = guard->left;
        guard->left = guard->right;
        guard->right = left;
        guard->step = right_step;
        guard->op = mirrored(guard->op);
        right_step = 0;
    }
    if (right_step != 0 || guard->step == 0 || guard->step == INT32_MIN)
        return false;
    switch ((int)guard->op) {
    case OP_i32_ne: return true;
    case OP_i32_lt_s:
    case OP_i32_lt_u:
    case OP_i32_le_s:
    case OP_i32_le_u: return guard->step > 0;
    case OP_i32_gt_s:
    case OP_i32_gt_u:
    case OP_i32_ge_s:
    case OP_i32_ge_u: return guard->step < 0;
    default: return false;
    }
}

/* Where an access is, counted from another of the same kind. */
static bool position(const struct access *access, const struct access *from, int64_t *at)
{
    int32_t distance = 0;
    if (!sum_distance(&access->range.base, &from->range.base, &distance) ||
        access->range.offset > MAX_DISTANCE || distance > MAX_DISTANCE || distance < -MAX_DISTANCE)
        return false;
    *at = distance + (int64_t)access->range.offset - (int64_t)from->range.offset;
    return true;
}

/* The accesses of that kind together cover a range without a gap or an overlap, as long as they
 * move; the lowest is its begin. */
static bool find_tile(struct walk *w, bool stores, struct idiom_range *tile, int64_t *positions)
{
    const struct access *first = NULL, *lowest = NULL;
    int64_t begin = 0, end = 0;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < w->access_count; i++) {
        const struct access *access = &w->accesses[i];
        if (access->is_store != stores)
            continue;
        first = first ? first : access;
        if (!position(access, first, &positions[i]))
            return false;
        if (!lowest || positions[i] < begin) {
            lowest = access;
            begin = positions[i];
        }
        if (positions[i] + access->bytes > end)
            end = positions[i] + access->bytes;
        bytes += access->bytes;
    }
    if (!lowest)
        return false;
    *tile = lowest->range;
    int32_t step = step_of(w->out, &tile->base);
    w->out->down = step < 0;
    w->out->bytes = (uint32_t)(step < 0 ? -step : step);
    for (uint32_t i = 0; i < w->access_count; i++)
        positions[i] -= begin;
    return bytes == (uint64_t)(end - begin) && bytes == w->out->bytes;
}

static bool overlap(int64_t a, uint32_t a_bytes, int64_t b, uint32_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

/* With as many bytes as the tile, no two that overlap leave no gap either. */
static bool stores_are_apart(const struct walk *w, const int64_t *positions)
{
    for (uint32_t i = 0; i < w->access_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (w->accesses[i].is_store && w->accesses[k].is_store &&
                overlap(positions[i], w->accesses[i].bytes, positions[k], w->accesses[k].bytes))
                return false;
    return true;
}

static bool same_value(const struct access *a, const struct access *b)
{
    int32_t distance = 1;
    if (a->bytes != b->bytes || a->value.kind != b->value.kind)
        return false;
    switch (a->value.kind) {
    case CONSTANT: return a->value.bits == b->value.bits;
    case FIXED: return a->value.index == b->value.index;
    case SUM: return sum_distance(&a->value.sum, &b->value.sum, &distance) && distance == 0;
    default: return false;
    }
}

static bool is_assigned(struct walk *w, uint32_t local)
{
    return known_local(w, local)->assigned;
}

static bool find_fill(struct walk *w)
{
    const struct access *first = &w->accesses[0];
    struct idiom *out = w->out;
    for (uint32_t i = 0; i < w->access_count; i++)
        if (!w->accesses[i].is_store || !same_value(&w->accesses[i], first))
            return false;
    out->value_bytes = first->bytes;
    out->value_is_constant = first->value.kind == CONSTANT;
    out->value_bits = first->value.bits;
    out->value_local = first->value.kind == FIXED ? first->value.index : NO_INDEX;
    out->value = first->value.sum;
    if (first->bytes > 8 || step_of(out, &out->value) != 0)
        return false;
    return first->value.kind != FIXED || !is_assigned(w, first->value.index);
}

/* Each store is of what was loaded at its own place in the source. */
static bool find_copy(struct walk *w, const int64_t *from, const int64_t *to)
{
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < w->access_count; i++) {
        const struct access *store = &w->accesses[i];
        if (!store->is_store)
            continue;
        uint32_t load = store->value.index;
        if (store->value.kind != LOADED || w->accesses[load].bytes != store->bytes ||
            from[load] != to[i])
            return false;
        pairs++;
    }
    return 2 * pairs == w->access_count;
}

/* No load comes after a store that could have written it, if dest is below source (up: a store that
 * is higher in the tile) or above (down). */
static bool is_ordered(const struct walk *w, const int64_t *from, const int64_t *to)
{
    for (uint32_t load = 0; load < w->access_count; load++)
        for (uint32_t store = 0; store < load && !w->accesses[load].is_store; store++) {
            if (!w->accesses[store].is_store)
                continue;
            bool below = to[store] + w->accesses[store].bytes <= from[load];
            bool above = to[store] >= from[load] + w->accesses[load].bytes;
            if (w->out->down ? !above : !below)
                return false;
        }
    return true;
}

static bool find_effect(struct walk *w)
{
    struct idiom *out = w->out;
    int64_t to[MAX_ACCESSES] = {0}, from[MAX_ACCESSES] = {0};
    if (!find_tile(w, true, &out->dest, to) || !stores_are_apart(w, to))
        return false;
    bool down = out->down;
    uint32_t bytes = out->bytes;
    out->is_copy = !w->accesses[0].is_store;
    if (!out->is_copy)
        return find_fill(w);
    if (!find_tile(w, false, &out->source, from) || out->down != down || out->bytes != bytes)
        return false;
    out->ordered = is_ordered(w, from, to);
    return find_copy(w, from, to);
}

bool idiom_find(const struct func_body *body, uint32_t loop, struct idiom *out)
{
    struct walk w = {.body = body, .out = out};
    *out = (struct idiom){.value_local = NO_INDEX};
    const struct functype *type = &body->insns[loop].imm.block->type;
    if (type->param_count > 0 || !walk_iteration(&w, loop + 1) || w.access_count == 0 ||
        out->guard_count == 0 || !find_steps(&w))
        return false;
    for (uint32_t i = 0; i < out->guard_count; i++)
        if (!orient_guard(out, &out->guards[i]))
            return false;
    return find_effect(&w);
}
