/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The type section (spec 5.3.8 to 5.3.12, 5.5.4): recursive groups of subtypes. Indices are taken
 * as they are; validate_types.c looks at what they mean.
 */
#include "frontend/arena.h"
#include "frontend/decode_private.h"

enum {
    BYTE_REC = 0x4e,
    BYTE_SUB_FINAL = 0x4f,
    BYTE_SUB = 0x50,
    BYTE_ARRAY = 0x5e,
    BYTE_STRUCT = 0x5f,
    BYTE_FUNC = 0x60,
    BYTE_I16 = 0x77,
    BYTE_I8 = 0x78,
};

static uint32_t decode_valtypes(struct decoder *d, const struct valtype **types)
{
    uint32_t count = reader_count(&d->r);
    struct valtype *array = arena_array(d->arena, count, sizeof *array);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        array[i] = reader_valtype(&d->r);
    *types = array;
    return count;
}

static bool decode_mutability(struct decoder *d)
{
    size_t offset = reader_offset(&d->r);
    uint8_t byte = reader_u8(&d->r);
    if (byte > 1)
        reader_fail(&d->r, offset, "malformed mutability 0x%02x", byte);
    return byte == 1;
}

static struct fieldtype decode_field(struct decoder *d)
{
    struct fieldtype field = {.type = VALTYPE(VT_I32)};
    uint8_t byte = d->r.p < d->r.end ? *d->r.p : 0;
    if (byte == BYTE_I8 || byte == BYTE_I16) {
        reader_u8(&d->r);
        field.packed_bits = byte == BYTE_I8 ? 8 : 16;
    } else {
        field.type = reader_valtype(&d->r);
    }
    field.mutable_ = decode_mutability(d);
    return field;
}

static void decode_fields(struct decoder *d, struct subtype *type, uint32_t count)
{
    struct fieldtype *fields = arena_array(d->arena, count, sizeof *fields);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        fields[i] = decode_field(d);
    type->fields = fields;
    type->field_count = count;
}

static void decode_comptype(struct decoder *d, struct subtype *type, size_t offset, uint8_t byte)
{
    switch (byte) {
    case BYTE_FUNC:
        type->kind = COMP_FUNC;
        type->func.param_count = decode_valtypes(d, &type->func.params);
        type->func.result_count = decode_valtypes(d, &type->func.results);
        break;
    case BYTE_STRUCT:
        type->kind = COMP_STRUCT;
        decode_fields(d, type, reader_count(&d->r));
        break;
    case BYTE_ARRAY:
        type->kind = COMP_ARRAY;
        decode_fields(d, type, 1);
        break;
    default:
        /* The byte is an s7 (5.3.8): no continuation. */
        reader_fail(&d->r, offset, "%s 0x%02x",
                    byte & 0x80 ? "integer representation too long:" : "malformed definition type",
                    byte);
        break;
    }
}

/* A vector of supertypes, of which validity allows at most one (3.2.4). */
static uint32_t decode_super(struct decoder *d)
{
    size_t offset = reader_offset(&d->r);
    uint32_t count = reader_count(&d->r), super = NO_INDEX;
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        super = reader_leb_u32(&d->r);
    if (count > 1) {
        error_set(d->r.err, ERR_INVALID, offset, "sub type: %u supertypes, at most one is allowed",
                  count);
        d->r.p = d->r.end;
    }
    /* NO_INDEX means none, so the largest index becomes another unknown one. */
    return count != 0 && super == NO_INDEX ? NO_INDEX - 1 : super;
}

static void decode_subtype(struct decoder *d, struct subtype *type, uint8_t byte)
{
    type->offset = reader_offset(&d->r) - 1;
    type->final = byte != BYTE_SUB;
    type->super = NO_INDEX;
    size_t offset = type->offset;
    if (byte == BYTE_SUB || byte == BYTE_SUB_FINAL) {
        type->super = decode_super(d);
        offset = reader_offset(&d->r);
        byte = reader_u8(&d->r);
    }
    decode_comptype(d, type, offset, byte);
}

/* Appends one recursive group to m->types. */
static void decode_rectype(struct decoder *d, uint32_t *capacity)
{
    struct module *m = d->m;
    uint8_t byte = reader_u8(&d->r);
    uint32_t first = m->type_count, count = 1;
    if (byte == BYTE_REC)
        count = decode_count(d, first, "types");
    if (*capacity - first < count) {
        uint32_t larger = first + count > 2 * *capacity ? first + count : 2 * *capacity;
        m->types = arena_grow(d->arena, m->types, *capacity, larger, sizeof *m->types);
        *capacity = larger;
    }
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        struct subtype *type = &m->types[m->type_count++];
        decode_subtype(d, type, byte == BYTE_REC ? reader_u8(&d->r) : byte);
        type->rec_first = first;
        type->rec_count = count;
    }
}

uint32_t decode_types(struct decoder *d)
{
    size_t offset = reader_offset(&d->r);
    uint32_t count = decode_count(d, 0, "types"), capacity = count;
    d->m->types = arena_array(d->arena, count, sizeof *d->m->types);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        decode_rectype(d, &capacity);
        if (d->m->type_count > MAX_ENTRIES) {
            error_set(d->r.err, ERR_UNSUPPORTED, offset, "too many types: at most %d are supported",
                      MAX_ENTRIES);
            d->r.p = d->r.end;
        }
    }
    return count;
}
