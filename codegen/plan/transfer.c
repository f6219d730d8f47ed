/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Finds functions that copy or fill memory (transfer.h). An execution has a number for n and sums
 * of unknown addresses; it may branch, load from the source, store to the destination and call
 * functions that do no more. What it asks of the unknown is answered in all ways, an execution
 * each (struct choices). After each the destination must hold what was to be transferred.
 */
#include "codegen/plan/transfer.h"

#include "codegen/internal.h"
#include "codegen/plan/transfer_value.h"

#include "frontend/validate.h"

#include <string.h>

enum { MOST_BYTES = 4096, MOST_STACK = 16, MOST_LOCALS = 32, MOST_LABELS = 24, MOST_CALLS = 3 };

/* Instructions: for one execution, to prove one function, and all of a module. */
enum { STEPS_ONCE = 20000, STEPS_FUNCTION = 1 << 22, STEPS_MODULE = 1 << 24 };

struct prover {
    const struct module *m;
    const struct func_body **bodies; /* by function, once asked for */
    struct arena *arena;
    uint32_t steps; /* left in the module */
};

/* One execution. */
struct run {
    struct prover *prover;
    struct world world;
    enum transfer_kind kind;
    uint32_t steps; /* left */
    uint16_t written[TRANSFER_MOST];
};

struct frame_label {
    uint32_t begin, end; /* of the block; begin is NO_INDEX where branches go to its end */
    uint32_t height, arity;
};

struct frame {
    struct run *run;
    const struct func_body *body;
    uint32_t pc, calls; /* calls: how many more may be nested */
    struct value locals[MOST_LOCALS], stack[MOST_STACK];
    uint32_t stack_size;
    struct frame_label labels[MOST_LABELS];
    uint32_t label_count;
};

static void fail(struct frame *f)
{
    f->run->world.failed = true;
}

static void push(struct frame *f, struct value value)
{
    if (f->stack_size == MOST_STACK)
        fail(f);
    else
        f->stack[f->stack_size++] = value;
}

static struct value pop(struct frame *f)
{
    return f->stack[--f->stack_size];
}

/* ---- memory ---- */

/* Where an access is in the destination (*which 0) or the source (1). */
static bool place_of(struct frame *f, const struct value *index, uint64_t offset, int *which,
                     int64_t *place)
{
    struct world *w = &f->run->world;
    if (index->kind != VALUE_SUM || index->dest + index->source != 1 || index->dest > 1)
        return false;
    *which = index->source == 1;
    int32_t constant = (int32_t)index->constant;
    /* Below the beginning only as far as the address is above an aligned one: else it may wrap. */
    if (constant < 0 && (-constant > 15 || (uint32_t)-constant > w->low[*which].bits))
        return false;
    *place = constant + (int64_t)offset;
    return offset <= TRANSFER_MOST;
}

static bool is_inside(const struct frame *f, int64_t place, unsigned bytes)
{
    return place >= 0 && place + bytes <= f->run->world.n;
}

/* An aligned word with a byte of the source in it is in bounds with that. */
static bool is_beside(struct frame *f, const struct value *index, uint64_t offset, int64_t place,
                      unsigned bytes)
{
    struct value at = *index;
    at.constant += offset;
    unsigned bits = bytes == 8 ? 3 : bytes == 4 ? 2 : bytes == 2;
    return place + bytes > 0 && place < f->run->world.n &&
           value_low_bits(&f->run->world, &at, bits) == 0;
}

static uint16_t byte_at(const struct frame *f, int which, int64_t place)
{
    if (!is_inside(f, place, 1))
        return BYTE_ANY;
    return which == 0 ? f->run->written[place] : (uint16_t)(BYTE_SOURCE + place);
}

static void load(struct frame *f, const struct insn *insn, bool sign)
{
    unsigned bytes = 1u << op_info[insn->op].align_log2;
    struct value index = pop(f);
    uint16_t loaded[8] = {0};
    uint64_t offset = insn->imm.mem.offset;
    int64_t place = 0;
    int which = 0;
    if (insn->imm.mem.memory != 0 || !place_of(f, &index, offset, &which, &place) ||
        (which == 1 && f->run->kind == TRANSFER_FILL) ||
        !(is_inside(f, place, bytes) || is_beside(f, &index, offset, place, bytes))) {
        fail(f);
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        loaded[i] = i < bytes ? byte_at(f, which, place + i) : sign ? BYTE_ANY : 0;
    if (sign && op_info[insn->op].sig[2] == 'i') /* "p>i": 32 bits */
        memset(loaded + 4, 0, 4 * sizeof *loaded);
    push(f, value_of_bytes(loaded));
}

static void store(struct frame *f, const struct insn *insn)
{
    unsigned bytes = 1u << op_info[insn->op].align_log2;
    struct value value = pop(f), index = pop(f);
    uint16_t stored[8];
    int64_t place = 0;
    int which = 0;
    if (insn->imm.mem.memory != 0 || !place_of(f, &index, insn->imm.mem.offset, &which, &place) ||
        which != 0 || !is_inside(f, place, bytes)) {
        fail(f);
        return;
    }
    value_get_bytes(&value, stored);
    memcpy(f->run->written + place, stored, bytes * sizeof *stored);
}

/* ---- control ---- */

static const struct insn *insn_at(const struct frame *f, uint32_t pc)
{
    return &f->body->insns[pc];
}

static void open_label(struct frame *f, bool is_loop)
{
    const struct blocktype *block = insn_at(f, f->pc)->imm.block;
    if (f->label_count == MOST_LABELS) {
        fail(f);
        return;
    }
    f->labels[f->label_count++] = (struct frame_label){
        .begin = is_loop ? f->pc : NO_INDEX,
        .end = block->end,
        .height = f->stack_size - block->type.param_count,
        .arity = is_loop ? block->type.param_count : block->type.result_count,
    };
}

/* Of an if that is not taken: its else, or its end. */
static uint32_t find_else(const struct frame *f)
{
    const struct insn *begin = insn_at(f, f->pc);
    uint32_t pc = f->pc + 1;
    if (!(begin->flags & INSN_HAS_ELSE))
        return begin->imm.block->end;
    for (; insn_at(f, pc)->op != OP_else; pc++)
        if (insn_nesting(insn_at(f, pc)) > 0)
            pc = insn_at(f, pc)->imm.block->end;
    return pc + 1;
}

static void branch(struct frame *f, uint32_t depth)
{
    if (depth + 1 >= f->label_count) { /* the function */
        f->pc = f->body->insn_count;
        return;
    }
    f->label_count -= depth;
    const struct frame_label *label = &f->labels[f->label_count - 1];
    memmove(f->stack + label->height, f->stack + f->stack_size - label->arity,
            label->arity * sizeof *f->stack);
    f->stack_size = label->height + label->arity;
    f->pc = label->begin == NO_INDEX ? label->end : label->begin + 1;
}

static bool is_true(struct frame *f, const struct value *value)
{
    const struct value zero = value_constant(0);
    return value_compare(&f->run->world, OP_i32_ne, value, &zero);
}

static void branch_table(struct frame *f)
{
    const struct br_table *table = insn_at(f, f->pc)->imm.br_table;
    struct value value = pop(f);
    if (!is_constant(&value))
        fail(f);
    else
        branch(f, table->labels[value.constant < table->count ? value.constant : table->count]);
}

/* True if pc stands where to go on. */
static bool control(struct frame *f, const struct insn *insn)
{
    struct value condition;
    switch (insn->op) {
    case OP_block: open_label(f, false); return false;
    case OP_loop: open_label(f, true); return false;
    case OP_if:
        condition = pop(f);
        open_label(f, false);
        if (f->run->world.failed || is_true(f, &condition))
            return false;
        f->pc = find_else(f);
        return true;
    case OP_else: f->pc = f->labels[f->label_count - 1].end; return true;
    case OP_end: f->label_count--; return false;
    case OP_br: branch(f, insn->imm.index.a); return true;
    case OP_br_if:
        condition = pop(f);
        if (!is_true(f, &condition))
            return false;
        branch(f, insn->imm.index.a);
        return true;
    case OP_br_table: branch_table(f); return true;
    default: /* return */ f->pc = f->body->insn_count; return true;
    }
}

/* ---- calls ---- */

static const struct func_body *body_of(struct prover *p, uint32_t func)
{
    struct error ignored = ERROR_INIT;
    if (func < p->m->import_func_count || p->m->funcs[func].body.n > MOST_BYTES)
        return NULL;
    if (!p->bodies[func]) {
        struct func_body *body = arena_alloc(p->arena, sizeof *body);
        if (!func_validate(p->m, func, body, p->arena, &ignored))
            return NULL;
        p->bodies[func] = body;
    }
    return p->bodies[func]->local_count <= MOST_LOCALS ? p->bodies[func] : NULL;
}

static bool execute(struct run *run, uint32_t func, struct value *args, uint32_t calls,
                    struct value *result);

static void call(struct frame *f, uint32_t func)
{
    const struct functype *type =
        &f->run->prover->m->types[f->run->prover->m->funcs[func].type].func;
    struct value result;
    f->stack_size -= type->param_count;
    if (f->calls == 0 || type->result_count > 1 ||
        !execute(f->run, func, f->stack + f->stack_size, f->calls - 1, &result))
        fail(f);
    else if (type->result_count == 1)
        push(f, result);
}

/* ---- instructions ---- */

static void binary(struct frame *f, int op, unsigned size)
{
    struct value b = pop(f), a = pop(f);
    push(f, value_operate(&f->run->world, op, size, &a, &b));
}

static void compare(struct frame *f, int op)
{
    struct value b = pop(f), a = pop(f);
    push(f, value_constant(value_compare(&f->run->world, op, &a, &b)));
}

/* Of 64 bits: of numbers only. */
static void compare_long(struct frame *f, int op)
{
    struct value b = pop(f), a = pop(f);
    bool known = is_constant(&a) && is_constant(&b);
    bool same = a.constant == b.constant;
    if (op == OP_i64_eq || op == OP_i64_ne)
        push(f, value_constant(known ? same == (op == OP_i64_eq) : choose(&f->run->world)));
    else
        push(f, value_constant(choose(&f->run->world)));
}

static void select_one(struct frame *f)
{
    struct value condition = pop(f), b = pop(f), a = pop(f);
    push(f, is_true(f, &condition) ? a : b);
}

/* The lowest bytes, with zeros, or as a sign decides. */
static void resize(struct frame *f, unsigned bytes, bool sign, unsigned size)
{
    struct value value = pop(f);
    uint16_t parts[8];
    if (value.kind != VALUE_BYTES && bytes == 4 && (!sign || size == 4)) {
        value.constant = (uint32_t)value.constant;
        push(f, value);
        return;
    }
    value_get_bytes(&value, parts);
    for (unsigned i = bytes; i < 8; i++)
        parts[i] = i >= size || !sign       ? 0
                   : parts[bytes - 1] < 256 ? (parts[bytes - 1] & 128 ? 255 : 0)
                                            : BYTE_ANY;
    push(f, value_of_bytes(parts));
}

static void step(struct frame *f, const struct insn *insn)
{
    const struct value zero = value_constant(0);
    uint32_t local = insn->imm.index.a;
    switch ((int)insn->op) {
    case OP_nop: break;
    case OP_drop: pop(f); break;
    case OP_local_get: push(f, f->locals[local]); break;
    case OP_local_set: f->locals[local] = pop(f); break;
    case OP_local_tee: f->locals[local] = f->stack[f->stack_size - 1]; break;
    case OP_i32_const:
    case OP_i64_const: push(f, value_constant(insn->imm.bits)); break;
    case OP_select:
    case OP_select_t: select_one(f); break;
    case OP_call: call(f, insn->imm.index.a); break;
    case OP_i32_add:
    case OP_i32_sub:
    case OP_i32_mul:
    case OP_i32_and:
    case OP_i32_or:
    case OP_i32_xor:
    case OP_i32_shl:
    case OP_i32_shr_u:
    case OP_i32_shr_s: binary(f, insn->op, 4); break;
    case OP_i64_add: binary(f, OP_i32_add, 8); break;
    case OP_i64_sub: binary(f, OP_i32_sub, 8); break;
    case OP_i64_mul: binary(f, OP_i32_mul, 8); break;
    case OP_i64_and: binary(f, OP_i32_and, 8); break;
    case OP_i64_or: binary(f, OP_i32_or, 8); break;
    case OP_i64_xor: binary(f, OP_i32_xor, 8); break;
    case OP_i64_shl: binary(f, OP_i32_shl, 8); break;
    case OP_i64_shr_u: binary(f, OP_i32_shr_u, 8); break;
    case OP_i64_shr_s: binary(f, OP_i32_shr_s, 8); break;
    case OP_i32_eqz:
        push(f, zero);
        compare(f, OP_i32_eq);
        break;
    case OP_i32_eq:
    case OP_i32_ne:
    case OP_i32_lt_u:
    case OP_i32_lt_s:
    case OP_i32_gt_u:
    case OP_i32_gt_s:
    case OP_i32_le_u:
    case OP_i32_le_s:
    case OP_i32_ge_u:
    case OP_i32_ge_s: compare(f, insn->op); break;
    case OP_i64_eqz:
        push(f, zero);
        compare_long(f, OP_i64_eq);
        break;
    case OP_i64_eq:
    case OP_i64_ne: compare_long(f, insn->op); break;
    case OP_i32_wrap_i64:
    case OP_i64_extend_i32_u: resize(f, 4, false, 8); break;
    case OP_i64_extend_i32_s: resize(f, 4, true, 8); break;
    case OP_i32_extend8_s: resize(f, 1, true, 4); break;
    case OP_i32_extend16_s: resize(f, 2, true, 4); break;
    case OP_i32_load8_s:
    case OP_i32_load16_s:
    case OP_i64_load8_s:
    case OP_i64_load16_s:
    case OP_i64_load32_s: load(f, insn, true); break;
    case OP_i32_load:
    case OP_i32_load8_u:
    case OP_i32_load16_u:
    case OP_i64_load:
    case OP_i64_load8_u:
    case OP_i64_load16_u:
    case OP_i64_load32_u: load(f, insn, false); break;
    case OP_i32_store:
    case OP_i32_store8:
    case OP_i32_store16:
    case OP_i64_store:
    case OP_i64_store8:
    case OP_i64_store16:
    case OP_i64_store32: store(f, insn); break;
    default: fail(f);
    }
}

static bool is_control(int op)
{
    switch (op) {
    case OP_block:
    case OP_loop:
    case OP_if:
    case OP_else:
    case OP_end:
    case OP_br:
    case OP_br_if:
    case OP_br_table:
    case OP_return: return true;
    default: return false;
    }
}

static bool execute(struct run *run, uint32_t func, struct value *args, uint32_t calls,
                    struct value *result)
{
    struct frame f = {.run = run, .body = body_of(run->prover, func), .calls = calls};
    if (!f.body)
        return false;
    for (uint32_t i = 0; i < f.body->local_count; i++)
        f.locals[i] = i < f.body->type->param_count ? args[i] : value_constant(0);
    f.label_count = 1; /* the function's own */
    while (f.pc < f.body->insn_count && !run->world.failed) {
        const struct insn *insn = insn_at(&f, f.pc);
        if (run->steps == 0)
            return false;
        run->steps--;
        if (is_control(insn->op) && control(&f, insn))
            continue;
        if (!is_control(insn->op))
            step(&f, insn);
        f.pc++;
    }
    if (f.body->type->result_count == 1 && !run->world.failed)
        *result = f.stack[f.stack_size - 1];
    return !run->world.failed;
}

/* ---- proofs ---- */

static const struct functype *type_of(const struct prover *p, uint32_t func)
{
    return &p->m->types[p->m->funcs[func].type].func;
}

/* Whether it has done all that was to be done, and returned dest. */
static bool is_done(const struct run *run, const struct functype *type, const struct value *result)
{
    for (uint32_t i = 0; i < run->world.n; i++)
        if (run->written[i] != (run->kind == TRANSFER_COPY ? BYTE_SOURCE + i : BYTE_FILL))
            return false;
    return type->result_count == 0 || (result->kind == VALUE_SUM && result->dest == 1 &&
                                       result->source == 0 && result->constant == 0);
}

static bool run_once(struct prover *p, uint32_t func, enum transfer_kind kind, uint32_t n,
                     struct choices *choices)
{
    struct run run = {.prover = p, .kind = kind, .steps = STEPS_ONCE};
    struct value result = value_any();
    const struct value byte = {.kind = VALUE_BYTES,
                               .bytes = {BYTE_FILL, BYTE_ANY, BYTE_ANY, BYTE_ANY}};
    struct value args[] = {{.kind = VALUE_SUM, .dest = 1},
                           kind == TRANSFER_COPY ? (struct value){.kind = VALUE_SUM, .source = 1}
                                                 : byte,
                           value_constant(n)};
    run.world = (struct world){.n = n, .choices = choices};
    choices->asked = 0;
    for (uint32_t i = 0; i < TRANSFER_MOST; i++)
        run.written[i] = BYTE_ANY;
    bool ok = execute(&run, func, args, MOST_CALLS, &result);
    uint32_t steps = STEPS_ONCE - run.steps + TRANSFER_MOST / 8;
    p->steps = p->steps > steps ? p->steps - steps : 0;
    return ok && p->steps > 0 && is_done(&run, type_of(p, func), &result);
}

/* The next answers to try; false: all have been. */
static bool next_choices(struct choices *c)
{
    while (c->count > 0 && c->answers[c->count - 1] == 1)
        c->count--;
    if (c->count == 0)
        return false;
    c->answers[c->count - 1] = 1;
    return true;
}

static bool does(struct prover *p, uint32_t func, enum transfer_kind kind, uint32_t n)
{
    struct choices choices = {.count = 0};
    do {
        if (!run_once(p, func, kind, n, &choices))
            return false;
    } while (next_choices(&choices));
    return true;
}

static bool proves(struct prover *p, uint32_t func, enum transfer_kind kind)
{
    enum { FIRST = 33 }; /* most other functions fail here */
    uint32_t before = p->steps;
    if (!does(p, func, kind, FIRST))
        return false;
    for (uint32_t n = 0; n <= TRANSFER_MOST; n++)
        if (before - p->steps > STEPS_FUNCTION || !does(p, func, kind, n))
            return false;
    return true;
}

static bool is_candidate(const struct prover *p, uint32_t func)
{
    const struct functype *type = type_of(p, func);
    if (type->param_count != 3 || type->result_count > 1)
        return false;
    for (uint32_t i = 0; i < 3; i++)
        if (type->params[i].kind != VT_I32)
            return false;
    return type->result_count == 0 || type->results[0].kind == VT_I32;
}

static enum transfer_kind kind_of(struct prover *p, uint32_t func)
{
    if (!is_candidate(p, func) || !body_of(p, func))
        return TRANSFER_NONE;
    return proves(p, func, TRANSFER_COPY)   ? TRANSFER_COPY
           : proves(p, func, TRANSFER_FILL) ? TRANSFER_FILL
                                            : TRANSFER_NONE;
}

/* Memories where bounds are as the executions take them. */
static bool is_asked(const struct compile *c)
{
    if (c->level == 0 || c->size || c->fuel || c->m->memory_count == 0)
        return false;
    const struct limits *limits = &c->m->memories[0].limits;
    return !limits->is64 && !limits->shared && limits->page_size_log2 == 16 &&
           memory_has_margin(limits);
}

const uint8_t *transfer_plan(const struct compile *c, struct arena *arena)
{
    if (!is_asked(c))
        return NULL;
    struct arena scratch = *arena;
    scratch.head = NULL;
    struct prover p = {.m = c->m, .arena = &scratch, .steps = STEPS_MODULE};
    p.bodies = arena_array(&scratch, c->m->func_count, sizeof(void *));
    uint8_t *kinds = arena_array(arena, c->m->func_count, sizeof *kinds);
    for (uint32_t i = c->m->import_func_count; i < c->m->func_count; i++)
        kinds[i] = (uint8_t)kind_of(&p, i);
    arena_free(&scratch);
    return kinds;
}
