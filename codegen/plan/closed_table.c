/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Closed tables: of function references, neither imported nor exported, written by no instruction,
 * filled by active segments at constant places. What stands in them is known here, so an indirect
 * call needs neither the table nor its records (emit_closed.c). Tables of that kind are what
 * compilers make for function pointers.
 *
 * Where nothing else reads such a table, an instance has none of it: no elements, no segments and
 * no records of functions that only they name (record_plan.c).
 */
#include "codegen/plan/closed_table.h"

#include <stdlib.h>
#include <string.h>

/* Of all closed tables together. Others stay as they are: arrays are some bytes an element. */
static const uint64_t MAX_SIZE = 1u << 20;

/* ---- which tables ---- */

/* A call through a table by a type. */
struct use {
    uint32_t table, canon;
    bool tail;
};

struct uses {
    const struct module *m;
    struct arena *arena;
    bool *written, *read; /* by table */
    struct use *calls;
    uint32_t call_count, call_capacity;
};

/* Indices are not validated yet. */
static void note_table(struct uses *uses, bool *tables, uint32_t table)
{
    if (table < uses->m->table_count)
        tables[table] = true;
}

/* A call looks into our arrays only if no subtype can be meant. */
static void note_call(struct uses *uses, uint32_t type, uint32_t table, bool tail)
{
    if (type >= uses->m->type_count || !uses->m->types[type].final) {
        note_table(uses, uses->read, table);
        return;
    }
    if (uses->call_count == uses->call_capacity) {
        uint32_t capacity = uses->call_capacity ? 2 * uses->call_capacity : 64;
        uses->calls = arena_grow(uses->arena, uses->calls, uses->call_capacity, capacity,
                                 sizeof *uses->calls);
        uses->call_capacity = capacity;
    }
    uses->calls[uses->call_count++] = (struct use){table, uses->m->types[type].canon, tail};
}

static void visit_insn(void *env, uint32_t func, const struct insn *insn)
{
    struct uses *uses = env;
    const uint32_t a = insn->imm.index.a, b = insn->imm.index.b;
    (void)func;
    switch ((enum opcode)insn->op) {
    case OP_table_set:
    case OP_table_grow:
    case OP_table_fill: note_table(uses, uses->written, a); break;
    case OP_table_copy:
        note_table(uses, uses->written, a);
        note_table(uses, uses->read, b);
        break;
    case OP_table_init: note_table(uses, uses->written, b); break;
    case OP_table_get: note_table(uses, uses->read, a); break;
    case OP_call_indirect: note_call(uses, a, b, false); break;
    case OP_return_call_indirect: note_call(uses, a, b, true); break;
    default: break;
    }
}

static bool is_candidate(const struct table *table, uint64_t room)
{
    const struct valtype *elem = &table->type.elem;
    return !table->import && !table->has_init && elem->kind == VT_REF && elem->nullable &&
           elem->heap == HEAP_FUNC && table->type.limits.min <= room;
}

uint64_t constexpr_offset(const struct constexpr *expr)
{
    if (expr->insn_count != 2)
        return UINT64_MAX;
    if (expr->insns[0].op == OP_i32_const)
        return (uint32_t)expr->insns[0].imm.bits;
    return expr->insns[0].op == OP_i64_const ? expr->insns[0].imm.bits : UINT64_MAX;
}

/* Element i of a segment: a function index, or NO_INDEX for null; false if it is neither. */
static bool segment_func(const struct elem_segment *segment, uint32_t i, uint32_t *func)
{
    if (segment->is_funcs) {
        *func = segment->funcs[i];
        return true;
    }
    const struct constexpr *expr = &segment->exprs[i];
    *func = expr->insns[0].op == OP_ref_func ? expr->insns[0].imm.index.a : NO_INDEX;
    return expr->insn_count == 2 &&
           (expr->insns[0].op == OP_ref_func || expr->insns[0].op == OP_ref_null);
}

static bool apply_segment(struct closed_table *closed, const struct elem_segment *segment)
{
    uint64_t at = constexpr_offset(&segment->at);
    if (at > closed->size || segment->count > closed->size - at)
        return false;
    for (uint32_t i = 0; i < segment->count; i++)
        if (!segment_func(segment, i, &closed->funcs[at + i]))
            return false;
    return true;
}

/* Fills closed->funcs; false if a segment's place or contents are not known. */
static bool fill(struct closed_table *closed, const struct module *m, uint32_t table,
                 struct arena *arena)
{
    closed->size = (uint32_t)m->tables[table].type.limits.min;
    closed->funcs = arena_array(arena, closed->size, sizeof *closed->funcs);
    memset(closed->funcs, 0xff, closed->size * sizeof *closed->funcs);
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *segment = &m->elems[i];
        if (segment->mode == SEGMENT_ACTIVE && segment->table == table &&
            !apply_segment(closed, segment))
            return false;
    }
    return true;
}

/* ---- the types they are called with ---- */

static int compare_calls(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    return x->canon < y->canon ? -1 : x->canon > y->canon;
}

static int compare_canon(const void *key, const void *type)
{
    uint32_t x = *(const uint32_t *)key, y = ((const struct closed_type *)type)->canon;
    return x < y ? -1 : x > y;
}

static struct closed_type *find_type(struct closed_type *types, uint32_t count, uint32_t canon)
{
    return count ? bsearch(&canon, types, count, sizeof *types, compare_canon) : NULL;
}

const struct closed_type *closed_type_find(const struct closed_table *closed, uint32_t canon)
{
    return find_type(closed->types, closed->type_count, canon);
}

static void add_func(struct closed_type *type, uint32_t func)
{
    for (uint32_t i = 0; i < type->func_count; i++)
        if (type->funcs[i] == func)
            return;
    if (type->func_count <= CLOSED_FEW)
        type->funcs[type->func_count++] = func;
}

static void add_member(struct closed_type *type, uint32_t element, uint32_t func)
{
    if (type->members++ == 0)
        type->first = element;
    type->last = element;
    add_func(type, func);
}

/* calls: of this table, sorted. */
static void fill_types(struct closed_table *closed, const struct module *m, const struct use *calls,
                       uint32_t count, struct arena *arena)
{
    closed->types = arena_array(arena, count, sizeof *closed->types);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || calls[i].canon != calls[i - 1].canon)
            closed->types[closed->type_count++].canon = calls[i].canon;
        struct closed_type *type = &closed->types[closed->type_count - 1];
        type->called |= !calls[i].tail;
        type->tail_called |= calls[i].tail;
    }
    for (uint32_t i = 0; i < closed->size && count > 0; i++) {
        uint32_t func = closed->funcs[i];
        struct closed_type *type =
            func == NO_INDEX
                ? NULL
                : find_type(closed->types, closed->type_count, m->types[m->funcs[func].type].canon);
        if (type)
            add_member(type, i, func);
    }
}

static void fill_all_types(struct closed_table *tables, const struct uses *uses)
{
    const uint32_t count = uses->call_count;
    if (count > 0)
        qsort(uses->calls, count, sizeof *uses->calls, compare_calls);
    for (uint32_t i = 0, end; i < count; i = end) {
        uint32_t table = uses->calls[i].table;
        for (end = i + 1; end < count && uses->calls[end].table == table;)
            end++;
        if (table < uses->m->table_count && tables[table].funcs)
            fill_types(&tables[table], uses->m, &uses->calls[i], end - i, uses->arena);
    }
}

struct closed_table *closed_tables(const struct module *m, bool none, const struct scan *scan,
                                   struct arena *arena)
{
    struct closed_table *tables = arena_array(arena, m->table_count, sizeof *tables);
    struct uses uses = {.m = m,
                        .arena = arena,
                        .written = arena_array(arena, m->table_count, sizeof(bool)),
                        .read = arena_array(arena, m->table_count, sizeof(bool))};
    for (uint32_t i = 0; i < m->export_count; i++)
        if (m->exports[i].kind == EXTERN_TABLE)
            note_table(&uses, uses.written, m->exports[i].index);
    scan_visit(scan, visit_insn, &uses);
    uint64_t room = none ? 0 : MAX_SIZE;
    for (uint32_t i = 0; i < m->table_count; i++) {
        if (none || uses.written[i] || !is_candidate(&m->tables[i], room) ||
            !fill(&tables[i], m, i, arena))
            tables[i].funcs = NULL;
        room -= tables[i].funcs ? tables[i].size : 0;
        tables[i].is_read = uses.read[i];
    }
    fill_all_types(tables, &uses);
    return tables;
}

bool closed_table_is_unread(const struct closed_table *tables, uint32_t table)
{
    return tables[table].funcs && !tables[table].is_read;
}

bool closed_table_size(const struct closed_table *tables, uint32_t table, uint32_t *size)
{
    *size = tables[table].size;
    return tables[table].funcs != NULL;
}
