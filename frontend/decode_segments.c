/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Element and data segments and the data count (spec 5.5.12, 5.5.14, 5.5.15).
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
