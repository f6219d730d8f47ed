/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Element and data segments (spec 5.5.12, 5.5.14, 5.5.15), and the custom section of branch hints,
 * which speaks of code in the same manner.
 */
#include "frontend/arena.h"
#include "frontend/constexpr.h"
#include "frontend/decode_private.h"

/* Bits of an element segment's kind. Bit 1 says "explicit table" of an active segment and
 * "declarative" of the others. */
enum { ELEM_NOT_ACTIVE = 1, ELEM_EXPLICIT = 2, ELEM_EXPRS = 4 };

static const uint32_t *decode_func_indices(struct decoder *d, uint32_t count)
{
    uint32_t *funcs = arena_array(d->arena, count, sizeof *funcs);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        funcs[i] = reader_leb_u32(&d->r);
    return funcs;
}

static const struct constexpr *decode_exprs(struct decoder *d, uint32_t count)
{
    struct constexpr *exprs = arena_array(d->arena, count, sizeof *exprs);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        exprs[i] = constexpr_read(&d->r, d->arena);
    return exprs;
}

/* The type of the elements: not written in the forms that MVP had, an element kind byte for
 * functions, or a reference type. */
static struct valtype decode_elem_type(struct decoder *d, uint32_t flags)
{
    bool explicit_type = (flags & (ELEM_NOT_ACTIVE | ELEM_EXPLICIT)) != 0;
    if (flags & ELEM_EXPRS)
        return explicit_type ? reader_reftype(&d->r) : REFTYPE(1, HEAP_FUNC);
    size_t offset = reader_offset(&d->r);
    uint8_t kind = explicit_type ? reader_u8(&d->r) : 0;
    if (kind != 0)
        reader_fail(&d->r, offset, "malformed element kind 0x%02x", kind);
    return REFTYPE(0, HEAP_FUNC);
}

static struct elem_segment decode_elem(struct decoder *d)
{
    struct elem_segment elem = {.offset = reader_offset(&d->r)};
    uint32_t flags = reader_leb_u32(&d->r);
    if (flags > 7)
        reader_fail(&d->r, elem.offset, "malformed elements segment kind %u", flags);
    if (flags & ELEM_NOT_ACTIVE) {
        elem.mode = flags & ELEM_EXPLICIT ? SEGMENT_DECLARATIVE : SEGMENT_PASSIVE;
    } else {
        elem.mode = SEGMENT_ACTIVE;
        elem.table = flags & ELEM_EXPLICIT ? reader_leb_u32(&d->r) : 0;
        elem.at = constexpr_read(&d->r, d->arena);
    }
    elem.type = decode_elem_type(d, flags);
    elem.is_funcs = !(flags & ELEM_EXPRS);
    elem.count = reader_count(&d->r);
    if (elem.is_funcs)
        elem.funcs = decode_func_indices(d, elem.count);
    else
        elem.exprs = decode_exprs(d, elem.count);
    return elem;
}

uint32_t decode_elems(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, 0, "element segments");
    m->elems = arena_array(d->arena, count, sizeof *m->elems);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        m->elems[m->elem_count++] = decode_elem(d);
    return count;
}

uint32_t decode_data_count(struct decoder *d)
{
    d->m->has_data_count = true;
    d->m->data_count_section = reader_leb_u32(&d->r);
    return d->m->data_count_section;
}

static struct data_segment decode_data(struct decoder *d)
{
    struct data_segment data = {.offset = reader_offset(&d->r)};
    uint32_t flags = reader_leb_u32(&d->r);
    if (flags > 2)
        reader_fail(&d->r, data.offset, "malformed data segment kind %u", flags);
    data.mode = flags == 1 ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
    if (flags == 2)
        data.memory = reader_leb_u32(&d->r);
    if (data.mode == SEGMENT_ACTIVE)
        data.at = constexpr_read(&d->r, d->arena);
    uint32_t size = reader_count(&d->r);
    data.bytes_offset = reader_offset(&d->r);
    data.bytes = reader_bytes(&d->r, size);
    return data;
}

uint32_t decode_datas(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, 0, "data segments");
    m->datas = arena_array(d->arena, count, sizeof *m->datas);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        m->datas[m->data_count++] = decode_data(d);
    return count;
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
