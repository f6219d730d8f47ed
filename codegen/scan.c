/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A first look at all bodies, before anything is generated: for facts that every partition must
 * agree on (tail_plan.c, closed_table.c).
 */
#include "codegen/internal.h"

#include "frontend/insn.h"
#include "frontend/reader.h"

static void skip_locals(struct reader *r)
{
    for (uint32_t n = reader_count(r); n > 0 && !reader_failed(r); n--) {
        reader_leb_u32(r);
        reader_valtype(r);
    }
}

static void scan_body(const struct module *m, uint32_t func, struct arena *scratch,
                      scan_visit *visit, void *env)
{
    struct error err = ERROR_INIT;
    struct reader r = reader_open(m->funcs[func].body, m->bytes.p, &err);
    skip_locals(&r);
    while (r.p < r.end) {
        struct insn insn;
        insn_read(&r, &insn, scratch);
        if (!reader_failed(&r))
            visit(env, func, &insn);
    }
    arena_reset(scratch);
}

void scan_bodies(const struct module *m, struct arena *scratch, scan_visit *visit, void *env)
{
    for (uint32_t i = m->import_func_count; i < m->func_count; i++)
        scan_body(m, i, scratch, visit, env);
}
