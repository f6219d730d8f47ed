/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Types as they are written in the binary format (spec 5.3.1 to 5.3.5): one byte for number types
 * and the short reference types, 0x63 and 0x64 before a heap type, an s33 for a type index.
 */
#include "frontend/reader.h"

enum { BYTE_REF_NULL = 0x63, BYTE_REF = 0x64 };

/* The abstract heap types by their byte; 0 is none. */
static const uint32_t heap_by_byte[0x80] = {
    [0x74] = HEAP_NOEXN, [0x73] = HEAP_NOFUNC, [0x72] = HEAP_NOEXTERN, [0x71] = HEAP_NONE,
    [0x70] = HEAP_FUNC,  [0x6f] = HEAP_EXTERN, [0x6e] = HEAP_ANY,      [0x6d] = HEAP_EQ,
    [0x6c] = HEAP_I31,   [0x6b] = HEAP_STRUCT, [0x6a] = HEAP_ARRAY,    [0x69] = HEAP_EXN,
};

static const uint8_t number_by_byte[0x80] = {
    [0x7f] = VT_I32, [0x7e] = VT_I64, [0x7d] = VT_F32, [0x7c] = VT_F64, [0x7b] = VT_V128};

uint8_t heaptype_byte(uint32_t heap)
{
    for (uint8_t byte = 0x69; byte <= 0x74; byte++)
        if (heap_by_byte[byte] == heap)
            return byte;
    return 0;
}

uint8_t numtype_byte(uint8_t kind)
{
    return (uint8_t)(0x80 - kind);
}

static uint8_t peek(const struct reader *r)
{
    return r->p < r->end ? *r->p : 0;
}

uint32_t reader_heaptype(struct reader *r)
{
    uint8_t byte = peek(r);
    if (byte < 0x80 && heap_by_byte[byte]) {
        reader_u8(r);
        return heap_by_byte[byte];
    }
    size_t offset = reader_offset(r);
    int64_t index = reader_leb_s33(r);
    if (index < 0)
        reader_fail(r, offset, "malformed heap type 0x%02x", byte);
    /* Types are fewer than HEAP_FUNC: a larger index means no type, not an abstract one. */
    return index < 0 || index >= HEAP_FUNC ? NO_INDEX : (uint32_t)index;
}

static bool reftype_starts(uint8_t byte)
{
    return byte == BYTE_REF_NULL || byte == BYTE_REF || (byte < 0x80 && heap_by_byte[byte]);
}

struct valtype reader_reftype(struct reader *r)
{
    size_t offset = reader_offset(r);
    uint8_t byte = reader_u8(r);
    if (!reftype_starts(byte)) {
        reader_fail(r, offset, "malformed reference type 0x%02x", byte);
        return VALTYPE(VT_NONE);
    }
    if (byte == BYTE_REF_NULL || byte == BYTE_REF)
        return REFTYPE(byte == BYTE_REF_NULL, reader_heaptype(r));
    return REFTYPE(1, heap_by_byte[byte]);
}

bool valtype_starts(uint8_t byte)
{
    return byte < 0x80 && (number_by_byte[byte] != VT_NONE || reftype_starts(byte));
}

struct valtype reader_valtype(struct reader *r)
{
    uint8_t byte = peek(r);
    if (byte < 0x80 && number_by_byte[byte] != VT_NONE) {
        reader_u8(r);
        return VALTYPE(number_by_byte[byte]);
    }
    if (r->p < r->end && !reftype_starts(byte)) {
        reader_fail(r, reader_offset(r), "malformed value type 0x%02x", byte);
        return VALTYPE(VT_NONE);
    }
    return reader_reftype(r);
}
