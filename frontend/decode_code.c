/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The code section (spec 5.5.13), and the custom section of branch hints, which speaks of it.
 * Bodies stay slices; they are walked here only if they do not end with an end, to say what is
 * wrong.
 */
#include "frontend/arena.h"
#include "frontend/decode_private.h"
#include "frontend/insn.h"

/* ---- bodies ---- */

enum { BYTE_END = 0x0b };

static void skip_locals(struct reader *r)
{
    for (uint32_t n = reader_count(r); n > 0 && !reader_failed(r); n--) {
        reader_leb_u32(r);
        reader_valtype(r);
    }
}

/* Reads a body that lacks its end, beyond the announced size if need be, up to what is wrong with
 * it: an instruction, the end, or the size. */
static void explain_body(struct decoder *d, const struct func *func)
{
    struct reader *r = &d->r;
    const uint8_t *end = func->body.p + func->body.n;
    r->p = func->body.p;
    skip_locals(r);
    for (int64_t open = 1; open > 0 && !reader_failed(r);) {
        if (r->p >= end && r->p < r->end && *r->p != BYTE_END)
            reader_fail(r, reader_offset(r), "END opcode expected: the function body ends without");
        struct insn insn;
        insn_read(r, &insn, d->arena);
        open += insn_nesting(&insn);
    }
    reader_fail(r, func->offset, "section size mismatch: the function body does not take %zu bytes",
                func->body.n);
}

static void decode_body(struct decoder *d, struct func *func)
{
    func->offset = reader_offset(&d->r);
    uint32_t size = reader_count(&d->r);
    func->body_offset = reader_offset(&d->r);
    func->body = reader_bytes(&d->r, size);
    if (!reader_failed(&d->r) && (size == 0 || func->body.p[size - 1] != BYTE_END))
        explain_body(d, func);
}

/* That there are as many bodies as functions is looked at in the end: a section out of place is
 * the more helpful error. */
uint32_t decode_code(struct decoder *d)
{
    struct module *m = d->m;
    d->body_count = reader_count(&d->r);
    for (uint32_t i = 0; i < d->body_count && !reader_failed(&d->r); i++) {
        struct func surplus;
        bool known = i < m->func_count - m->import_func_count;
        decode_body(d, known ? &m->funcs[m->import_func_count + i] : &surplus);
    }
    return d->body_count;
}

/* ---- branch hints ---- */

static bool hint_follows(const struct module *m, struct branch_hint hint)
{
    if (m->hint_count == 0)
        return true;
    struct branch_hint last = m->hints[m->hint_count - 1];
    return last.func < hint.func || (last.func == hint.func && last.offset < hint.offset);
}

/* The hints of one function. Returns false where they break, or break the order. */
static bool decode_function_hints(struct module *m, struct reader *r, uint32_t func,
                                  struct arena *arena)
{
    uint32_t count = reader_count(r);
    m->hints =
        arena_grow(arena, m->hints, m->hint_count, (size_t)m->hint_count + count, sizeof *m->hints);
    for (uint32_t i = 0; i < count; i++) {
        struct branch_hint hint = {.func = func, .offset = reader_leb_u32(r)};
        uint32_t size = reader_leb_u32(r);
        uint8_t value = reader_u8(r);
        hint.likely = value == 1;
        if (reader_failed(r) || size != 1 || value > 1 || !hint_follows(m, hint))
            return false;
        m->hints[m->hint_count++] = hint;
    }
    return true;
}

void decode_branch_hints(struct module *m, const struct custom_section *section,
                         struct arena *arena)
{
    struct error ignored = ERROR_INIT;
    struct reader r = reader_open(section->bytes, m->bytes.p, &ignored);
    m->hints = NULL;
    m->hint_count = 0;
    uint32_t funcs = reader_count(&r);
    for (uint32_t i = 0; i < funcs && !reader_failed(&r); i++) {
        uint32_t func = reader_leb_u32(&r);
        if (func >= m->func_count || !decode_function_hints(m, &r, func, arena))
            return;
    }
}
