/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bytes of the binary format (spec 5.2, 5.3, 5.5.2). LEB128 numbers are as short as they can be.
 */
#include "frontend/text/encode.h"

#include <string.h>

#include "frontend/arena.h"

struct buf buf_open(struct arena *arena)
{
    return (struct buf){.arena = arena};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->mark_count = 0;
}

struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->p, b->n};
}

static void reserve(struct buf *b, size_t n)
{
    if (b->capacity - b->n >= n)
        return;
    size_t capacity = b->capacity < 64 ? 64 : b->capacity;
    while (capacity - b->n < n)
        capacity *= 2;
    b->p = arena_grow(b->arena, b->p, b->capacity, capacity, 1);
    b->capacity = capacity;
}

/* Room for n > 0 more marks. */
static struct mark *reserve_marks(struct buf *b, size_t n)
{
    if (b->mark_capacity - b->mark_count < n) {
        size_t capacity = b->mark_capacity < 16 ? 16 : b->mark_capacity;
        while (capacity - b->mark_count < n)
            capacity *= 2;
        b->marks = arena_grow(b->arena, b->marks, b->mark_capacity, capacity, sizeof *b->marks);
        b->mark_capacity = capacity;
    }
    return b->marks + b->mark_count;
}

void buf_u8(struct buf *b, uint8_t byte)
{
    reserve(b, 1);
    b->p[b->n++] = byte;
}

void buf_bytes(struct buf *b, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    reserve(b, n);
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
}

void buf_leb_u(struct buf *b, uint64_t value)
{
    while (value >= 0x80) {
        buf_u8(b, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    buf_u8(b, (uint8_t)value);
}

void buf_leb_s(struct buf *b, int64_t value)
{
    while (value < -0x40 || value > 0x3f) {
        buf_u8(b, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    buf_u8(b, (uint8_t)(value & 0x7f));
}

void buf_fixed(struct buf *b, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_u8(b, (uint8_t)(value >> (8 * i)));
}

void buf_name(struct buf *b, struct slice bytes)
{
    buf_leb_u(b, bytes.n);
    buf_bytes(b, bytes.p, bytes.n);
}

void buf_mark(struct buf *b, size_t text)
{
    *reserve_marks(b, 1) = (struct mark){(uint32_t)b->n, (uint32_t)text};
    b->mark_count++;
}

void buf_move(struct buf *dst, struct buf *src, size_t from, size_t from_mark)
{
    size_t count = src->mark_count - from_mark;
    struct mark *to = count > 0 ? reserve_marks(dst, count) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct mark mark = src->marks[from_mark + i];
        to[i] = (struct mark){(uint32_t)(mark.at - from + dst->n), mark.text};
    }
    dst->mark_count += count;
    if (src->n > from)
        buf_bytes(dst, src->p + from, src->n - from);
    src->n = from;
    src->mark_count = from_mark;
}

/* ---- types ---- */

/* Abstract heap types (5.3.3), by enum heap_type. */
static const uint8_t heap_code[] = {
    [HEAP_FUNC - HEAP_FUNC] = 0x70,   [HEAP_NOFUNC - HEAP_FUNC] = 0x73,
    [HEAP_EXTERN - HEAP_FUNC] = 0x6f, [HEAP_NOEXTERN - HEAP_FUNC] = 0x72,
    [HEAP_ANY - HEAP_FUNC] = 0x6e,    [HEAP_EQ - HEAP_FUNC] = 0x6d,
    [HEAP_I31 - HEAP_FUNC] = 0x6c,    [HEAP_STRUCT - HEAP_FUNC] = 0x6b,
    [HEAP_ARRAY - HEAP_FUNC] = 0x6a,  [HEAP_NONE - HEAP_FUNC] = 0x71,
    [HEAP_EXN - HEAP_FUNC] = 0x69,    [HEAP_NOEXN - HEAP_FUNC] = 0x74,
};

static const uint8_t number_code[] = {
    [VT_I32] = 0x7f, [VT_I64] = 0x7e, [VT_F32] = 0x7d, [VT_F64] = 0x7c, [VT_V128] = 0x7b,
};

void buf_heaptype(struct buf *b, uint32_t heap)
{
    if (heap >= HEAP_FUNC)
        buf_u8(b, heap_code[heap - HEAP_FUNC]);
    else
        buf_leb_s(b, heap);
}

void buf_valtype(struct buf *b, struct valtype type)
{
    if (type.kind != VT_REF) {
        buf_u8(b, number_code[type.kind]);
        return;
    }
    if (!type.nullable || type.heap < HEAP_FUNC)
        buf_u8(b, type.nullable ? 0x63 : 0x64);
    buf_heaptype(b, type.heap);
}

static void put_types(struct buf *b, const struct valtype *types, uint32_t count)
{
    buf_leb_u(b, count);
    for (uint32_t i = 0; i < count; i++)
        buf_valtype(b, types[i]);
}

void buf_functype(struct buf *b, const struct functype *type)
{
    buf_u8(b, 0x60);
    put_types(b, type->params, type->param_count);
    put_types(b, type->results, type->result_count);
}

/* ---- sections ---- */

static void section_header(struct buf *dst, uint8_t id, size_t size)
{
    buf_u8(dst, id);
    buf_leb_u(dst, size);
}

void buf_section(struct buf *dst, uint8_t id, struct buf *src)
{
    section_header(dst, id, src->n);
    buf_move(dst, src, 0, 0);
}

static size_t leb_size(uint64_t value)
{
    size_t n = 1;
    while (value >>= 7)
        n++;
    return n;
}

void buf_vec_section(struct buf *dst, uint8_t id, uint32_t count, struct buf *src)
{
    if (count == 0)
        return;
    section_header(dst, id, leb_size(count) + src->n);
    buf_leb_u(dst, count);
    buf_move(dst, src, 0, 0);
}
