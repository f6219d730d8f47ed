/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which functions have a record (struct w2s_func) in each instance: those whose reference somebody
 * may see. The specification's set of declared functions (C.refs) is larger: it has those that only
 * a declarative segment names, or a table that nobody reads but by calls (closed_table.c).
 * An instance of an interpreter begins with a record less for each of its thousands of functions.
 */
#include "codegen/internal.h"

bool elem_is_dead(const struct module *m, const struct closed_table *closed, uint32_t segment)
{
    const struct elem_segment *elem = &m->elems[segment];
    return elem->mode == SEGMENT_DECLARATIVE ||
           (elem->mode == SEGMENT_ACTIVE && closed_table_is_unread(closed, elem->table));
}

struct named {
    const struct module *m;
    bool *funcs;
};

/* Bodies are not validated yet. */
static void visit_insn(void *env, uint32_t func, const struct insn *insn)
{
    const struct named *named = env;
    (void)func;
    if (insn->op == OP_ref_func && insn->imm.index.a < named->m->func_count)
        named->funcs[insn->imm.index.a] = true;
}

static void visit_constexpr(struct named *named, const struct constexpr *expr)
{
    for (uint32_t i = 0; i < expr->insn_count; i++)
        visit_insn(named, NO_INDEX, &expr->insns[i]);
}

static void visit_elem(struct named *named, const struct elem_segment *elem)
{
    for (uint32_t i = 0; i < elem->count; i++)
        if (elem->is_funcs)
            named->funcs[elem->funcs[i]] = true;
        else
            visit_constexpr(named, &elem->exprs[i]);
}

static void visit_module(struct named *named, const struct closed_table *closed)
{
    const struct module *m = named->m;
    for (uint32_t i = 0; i < m->export_count; i++)
        if (m->exports[i].kind == EXTERN_FUNC)
            named->funcs[m->exports[i].index] = true;
    for (uint32_t i = m->import_global_count; i < m->global_count; i++)
        visit_constexpr(named, &m->globals[i].init);
    for (uint32_t i = m->import_table_count; i < m->table_count; i++)
        if (m->tables[i].has_init)
            visit_constexpr(named, &m->tables[i].init);
    for (uint32_t i = 0; i < m->elem_count; i++)
        if (!elem_is_dead(m, closed, i))
            visit_elem(named, &m->elems[i]);
}

bool *record_plan(const struct module *m, const struct closed_table *closed,
                  const struct scan *scan, struct arena *arena)
{
    struct named named = {m, arena_array(arena, m->func_count, sizeof(bool))};
    visit_module(&named, closed);
    if (m->elem_count > 0) /* else all that code may name is named already */
        scan_visit(scan, visit_insn, &named);
    return named.funcs;
}
