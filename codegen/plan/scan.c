/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A first look at all bodies, before anything is generated: for facts that every partition must
 * agree on (tail_plan.c, closed_table.c, ...), and for which functions are giants (ladder.c).
 * Reading every instruction of a large module costs a tenth of a fast compile, so it is done once,
 * and what the plans ask for is kept.
 */
#include "codegen/internal.h"

#include "frontend/insn.h"
#include "frontend/reader.h"

struct sighting {
    uint32_t func, a, b; /* the immediate's indices */
    uint16_t op;
};

struct scan {
    struct arena *arena;
    struct sighting *list;
    uint32_t count, capacity;
};

/* What any plan looks for. */
static bool is_wanted(const struct insn *insn)
{
    uint8_t feature = op_info[insn->op].feature;
    if (feature == FEATURE_EXCEPTIONS || feature == FEATURE_LEGACY_EXCEPTIONS)
        return true;
    switch ((int)insn->op) {
    case OP_any_convert_extern:
    case OP_extern_convert_any:
    case OP_ref_func:
    case OP_call_indirect:
    case OP_return_call:
    case OP_return_call_indirect:
    case OP_return_call_ref:
    case OP_table_get:
    case OP_table_set:
    case OP_table_init:
    case OP_table_copy:
    case OP_table_grow:
    case OP_table_fill: return true;
    default: return false;
    }
}

static void note(struct scan *scan, uint32_t func, const struct insn *insn)
{
    if (scan->count == scan->capacity) {
        uint32_t capacity = scan->capacity ? 2 * scan->capacity : 256;
        scan->list =
            arena_grow(scan->arena, scan->list, scan->capacity, capacity, sizeof *scan->list);
        scan->capacity = capacity;
    }
    scan->list[scan->count++] =
        (struct sighting){func, insn->imm.index.a, insn->imm.index.b, insn->op};
}

static void skip_locals(struct reader *r)
{
    for (uint32_t n = reader_count(r); n > 0 && !reader_failed(r); n--) {
        reader_leb_u32(r);
        reader_valtype(r);
    }
}

/* Reading a malformed body ends where it breaks. */
static void scan_body(struct scan *scan, const struct compile *c, uint32_t func, struct bulk *bulk,
                      struct arena *scratch)
{
    struct error err = ERROR_INIT;
    struct reader r = reader_open(c->m->funcs[func].body, c->m->bytes.p, &err);
    skip_locals(&r);
    while (r.p < r.end) {
        struct insn insn;
        insn_read(&r, &insn, scratch);
        if (reader_failed(&r))
            break;
        if (is_wanted(&insn))
            note(scan, func, &insn);
        if (bulk)
            bulk_add(bulk, c, &insn);
    }
    arena_reset(scratch);
}

const struct scan *scan_bodies(const struct compile *c, enum rank *ranks, struct arena *arena)
{
    const struct module *m = c->m;
    struct scan *scan = arena_alloc(arena, sizeof *scan);
    struct arena scratch = *arena;
    scratch.head = NULL;
    scan->arena = arena;
    for (uint32_t i = m->import_func_count; i < m->func_count; i++) {
        struct bulk bulk = {0};
        scan_body(scan, c, i, ranks ? &bulk : NULL, &scratch);
        if (ranks)
            ranks[i] = bulk_rank(&bulk);
    }
    arena_free(&scratch);
    return scan;
}

void scan_visit(const struct scan *scan, scan_visitor *visit, void *env)
{
    for (uint32_t i = 0; i < scan->count; i++) {
        const struct sighting *s = &scan->list[i];
        const struct insn insn = {.op = s->op, .imm.index = {s->a, s->b}};
        visit(env, s->func, &insn);
    }
}
