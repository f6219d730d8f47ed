/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Identity of types (spec 2.3.7 and 3.1.3: iso-recursive equivalence). Two types are the same if
 * their recursive groups have equal canonical forms and they stand at the same position in them.
 *
 * The canonical form of a group is the binary format (5.3.8 to 5.3.12), shortest LEB128, with
 * references made independent of the module:
 *
 *   group    one type: subtype         n types: 0x4e leb(n) subtype^n
 *   subtype  final, no supertype: comptype
 *            else: 0x4f (final) or 0x50 (open), then 0x00, or 0x01 typeref of the supertype
 *   comptype 0x60 leb(params) valtype* leb(results) valtype*
 *            0x5f leb(fields) field*   0x5e field
 *   field    (0x78 for i8, 0x77 for i16, else valtype), then 0x00 or 0x01 (mutable)
 *   valtype  numbers and v128: their byte; nullable abstract references: the short byte (0x70 for
 *            funcref); else 0x63 (nullable) or 0x64, then the abstract heap type's byte or a
 * typeref typeref  inside the group: 0x00 leb(position); before it: 0x01 and the id, 8 bytes
 * little-endian
 *
 * id = FNV-1a-64 over the group's form followed by leb(position of the type in the group). So a
 * plain function type hashes 0x60 leb(n) params leb(m) results and one 0x00 byte. An id stands for
 * the whole type only as long as no other type has it: within a module types_canonicalize says if
 * one does, between modules the loader compares canon_bytes.
 */
#include "frontend/arena.h"
#include "frontend/hash.h"
#include "frontend/module.h"
#include "frontend/reader.h"

#include <string.h>

/* Types that differ, by id: open addressing, at most half full. Slots hold index + 1. */
struct type_table {
    uint32_t *slots;
    uint32_t capacity; /* a power of two */
    uint32_t used;
    uint64_t key; /* random and odd: the ids are the module's choice */
};

struct writer {
    struct arena *arena;
    uint8_t *p;
    size_t n, capacity;
    const struct module *m;
    uint32_t first, count; /* the group */
};

static void put(struct writer *w, uint8_t byte)
{
    if (w->n == w->capacity) {
        size_t capacity = w->capacity ? 2 * w->capacity : 32;
        w->p = arena_grow(w->arena, w->p, w->capacity, capacity, 1);
        w->capacity = capacity;
    }
    w->p[w->n++] = byte;
}

static void put_leb(struct writer *w, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(w, (uint8_t)(value | 0x80));
    put(w, (uint8_t)value);
}

static void put_typeref(struct writer *w, uint32_t index)
{
    if (index >= w->first) {
        put(w, 0x00);
        put_leb(w, index - w->first);
        return;
    }
    put(w, 0x01);
    for (int i = 0; i < 8; i++)
        put(w, (uint8_t)(w->m->types[index].id >> (8 * i)));
}

static void put_valtype(struct writer *w, struct valtype type)
{
    if (type.kind != VT_REF) {
        put(w, numtype_byte(type.kind));
        return;
    }
    uint8_t abstract = heaptype_byte(type.heap);
    if (!type.nullable || !abstract)
        put(w, type.nullable ? 0x63 : 0x64);
    if (abstract)
        put(w, abstract);
    else
        put_typeref(w, type.heap);
}

static void put_valtypes(struct writer *w, const struct valtype *types, uint32_t count)
{
    put_leb(w, count);
    for (uint32_t i = 0; i < count; i++)
        put_valtype(w, types[i]);
}

static void put_field(struct writer *w, const struct fieldtype *field)
{
    if (field->packed_bits != 0)
        put(w, field->packed_bits == 8 ? 0x78 : 0x77);
    else
        put_valtype(w, field->type);
    put(w, field->mutable_);
}

static void put_subtype(struct writer *w, const struct subtype *type)
{
    if (!type->final || type->super != NO_INDEX) {
        put(w, type->final ? 0x4f : 0x50);
        put(w, type->super != NO_INDEX);
        if (type->super != NO_INDEX)
            put_typeref(w, type->super);
    }
    switch (type->kind) {
    case COMP_FUNC:
        put(w, 0x60);
        put_valtypes(w, type->func.params, type->func.param_count);
        put_valtypes(w, type->func.results, type->func.result_count);
        break;
    case COMP_STRUCT:
        put(w, 0x5f);
        put_leb(w, type->field_count);
        for (uint32_t i = 0; i < type->field_count; i++)
            put_field(w, &type->fields[i]);
        break;
    case COMP_ARRAY:
        put(w, 0x5e);
        put_field(w, type->fields);
        break;
    }
}

static struct slice group_bytes(struct writer *w)
{
    if (w->count != 1) {
        put(w, 0x4e);
        put_leb(w, w->count);
    }
    for (uint32_t i = 0; i < w->count; i++)
        put_subtype(w, &w->m->types[w->first + i]);
    return (struct slice){.p = w->p, .n = w->n};
}

static uint64_t fnv1a(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

static uint64_t hash_form(struct slice bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.n; i++)
        hash = fnv1a(hash, bytes.p[i]);
    return hash;
}

static uint64_t hash_position(uint64_t hash, uint32_t position)
{
    for (; position >= 0x80; position >>= 7)
        hash = fnv1a(hash, (uint8_t)(position | 0x80));
    return fnv1a(hash, (uint8_t)position);
}

/* The slot of this id, or the free one where it belongs. */
static uint32_t *table_slot(const struct module *m, const struct type_table *table, uint64_t id)
{
    uint32_t at = (uint32_t)(id * table->key >> 32) & (table->capacity - 1);
    while (table->slots[at] != 0 && m->types[table->slots[at] - 1].id != id)
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

/* Makes room for count more types. */
static void table_reserve(struct module *m, uint32_t count, struct arena *arena)
{
    if (!m->type_table)
        m->type_table = arena_alloc(arena, sizeof *m->type_table);
    struct type_table *table = m->type_table;
    if (table->capacity / 2 >= (uint64_t)table->used + count)
        return;
    struct type_table larger = {.capacity = 64, .used = table->used, .key = hash_seed() | 1};
    while (larger.capacity / 2 < (uint64_t)table->used + count)
        larger.capacity *= 2;
    larger.slots = arena_array(arena, larger.capacity, sizeof *larger.slots);
    for (uint32_t i = 0; i < table->capacity; i++)
        if (table->slots[i] != 0)
            *table_slot(m, &larger, m->types[table->slots[i] - 1].id) = table->slots[i];
    *table = larger;
}

static bool same_form(const struct module *m, uint32_t a, uint32_t b)
{
    const struct subtype *x = &m->types[a], *y = &m->types[b];
    return x->canon_bytes.n == y->canon_bytes.n && a - x->rec_first == b - y->rec_first &&
           memcmp(x->canon_bytes.p, y->canon_bytes.p, x->canon_bytes.n) == 0;
}

/* Canonical types of the group: those of an earlier equal group, or its own. The comparison of
 * forms is made once a group: the id of position 0 leads to the only candidate. */
static bool group_enter(struct module *m, uint32_t first, uint32_t count)
{
    struct type_table *table = m->type_table;
    uint32_t known = *table_slot(m, table, m->types[first].id);
    if (known != 0) {
        if (!same_form(m, first, known - 1))
            return false;
        for (uint32_t i = 0; i < count; i++)
            m->types[first + i].canon = known - 1 + i;
        return true;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *slot = table_slot(m, table, m->types[first + i].id);
        if (*slot != 0)
            return false;
        *slot = first + i + 1;
        table->used++;
        m->types[first + i].canon = first + i;
    }
    return true;
}

bool types_canonicalize(struct module *m, uint32_t first, uint32_t count, struct arena *arena)
{
    if (count == 0)
        return true;
    struct writer w = {.arena = arena, .m = m, .first = first, .count = count};
    struct slice bytes = group_bytes(&w);
    uint64_t hash = hash_form(bytes);
    for (uint32_t i = 0; i < count; i++) {
        struct subtype *type = &m->types[first + i];
        type->canon_bytes = bytes;
        type->id = hash_position(hash, i);
        type->depth = type->super == NO_INDEX ? 0 : m->types[type->super].depth + 1;
    }
    table_reserve(m, count, arena);
    return group_enter(m, first, count);
}
