/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sections that fill index spaces (spec 5.5.5 to 5.5.11, and 5.5.17): imports, functions,
 * tables, memories, tags, globals, exports, start. Imports come first in each space.
 */
#include "frontend/arena.h"
#include "frontend/constexpr.h"
#include "frontend/decode_private.h"

/* ---- external types (5.3.13 on) ---- */

enum { LIMITS_MAX = 1, LIMITS_SHARED = 2, LIMITS_64 = 4, LIMITS_PAGE_SIZE = 8 };

static struct limits decode_limits(struct decoder *d, uint8_t allowed)
{
    size_t offset = reader_offset(&d->r);
    uint8_t flags = reader_u8(&d->r);
    if ((flags & ~allowed) != 0)
        reader_fail(&d->r, offset, "malformed limits flags 0x%02x", flags);
    struct limits limits = {
        .max = UINT64_MAX,
        .has_max = flags & LIMITS_MAX,
        .shared = flags & LIMITS_SHARED,
        .is64 = flags & LIMITS_64,
    };
    /* u64 with either index type (3.0); the validator knows the ranges. */
    limits.min = reader_leb_u64(&d->r);
    if (limits.has_max)
        limits.max = reader_leb_u64(&d->r);
    if (flags & LIMITS_PAGE_SIZE) {
        offset = reader_offset(&d->r);
        uint32_t log2 = reader_leb_u32(&d->r);
        if (log2 > 64)
            reader_fail(&d->r, offset, "invalid custom page size: 2 to the power of %u", log2);
        limits.page_size_log2 = (uint8_t)log2;
    }
    return limits;
}

static struct limits decode_memtype(struct decoder *d)
{
    uint8_t flags = d->r.p < d->r.end ? *d->r.p : 0;
    uint8_t allowed = LIMITS_MAX | LIMITS_SHARED | LIMITS_64;
    /* No part of 3.0: without the proposal the bit has no meaning. */
    if (d->m->features & FEATURE_BIT(FEATURE_CUSTOM_PAGE_SIZES))
        allowed |= LIMITS_PAGE_SIZE;
    struct limits limits = decode_limits(d, allowed);
    if (!(flags & LIMITS_PAGE_SIZE))
        limits.page_size_log2 = 16;
    return limits;
}

static struct tabletype decode_tabletype(struct decoder *d)
{
    struct valtype elem = reader_reftype(&d->r);
    return (struct tabletype){.elem = elem, .limits = decode_limits(d, LIMITS_MAX | LIMITS_64)};
}

static struct globaltype decode_globaltype(struct decoder *d)
{
    struct valtype type = reader_valtype(&d->r);
    size_t offset = reader_offset(&d->r);
    uint8_t byte = reader_u8(&d->r);
    if (byte > 1)
        reader_fail(&d->r, offset, "malformed mutability 0x%02x", byte);
    return (struct globaltype){.type = type, .mutable_ = byte == 1};
}

static uint32_t decode_tagtype(struct decoder *d)
{
    size_t offset = reader_offset(&d->r);
    uint8_t attribute = reader_u8(&d->r);
    if (attribute != 0)
        reader_fail(&d->r, offset, "malformed tag attribute 0x%02x", attribute);
    return reader_leb_u32(&d->r);
}

/* ---- index spaces ---- */

/* Room for count more elements. */
static void *extend(struct decoder *d, void *array, uint32_t old_count, uint32_t count, size_t size)
{
    return arena_grow(d->arena, array, old_count, (size_t)old_count + count, size);
}

/* Room for one more, by doubling whenever the count is a power of two. */
static void *extend_by_one(struct decoder *d, void *array, uint32_t count, size_t size)
{
    return (count & (count - 1)) == 0 ? extend(d, array, count, count ? count : 1, size) : array;
}

/* The import's entry in its index space; its description is read here. */
static uint32_t decode_import_desc(struct decoder *d, const struct import *import)
{
    struct module *m = d->m;
    size_t offset = import->offset;
    switch (import->kind) {
    case EXTERN_FUNC:
        m->funcs = extend_by_one(d, m->funcs, m->func_count, sizeof *m->funcs);
        m->funcs[m->func_count] =
            (struct func){.type = reader_leb_u32(&d->r), .import = import, .offset = offset};
        m->import_func_count++;
        return m->func_count++;
    case EXTERN_TABLE:
        m->tables = extend_by_one(d, m->tables, m->table_count, sizeof *m->tables);
        m->tables[m->table_count] =
            (struct table){.type = decode_tabletype(d), .import = import, .offset = offset};
        m->import_table_count++;
        return m->table_count++;
    case EXTERN_MEMORY:
        m->memories = extend_by_one(d, m->memories, m->memory_count, sizeof *m->memories);
        m->memories[m->memory_count] =
            (struct memory){.limits = decode_memtype(d), .import = import, .offset = offset};
        m->import_memory_count++;
        return m->memory_count++;
    case EXTERN_GLOBAL:
        m->globals = extend_by_one(d, m->globals, m->global_count, sizeof *m->globals);
        m->globals[m->global_count] =
            (struct global){.type = decode_globaltype(d), .import = import, .offset = offset};
        m->import_global_count++;
        return m->global_count++;
    case EXTERN_TAG:
        m->tags = extend_by_one(d, m->tags, m->tag_count, sizeof *m->tags);
        m->tags[m->tag_count] =
            (struct tag){.type = decode_tagtype(d), .import = import, .offset = offset};
        m->import_tag_count++;
        return m->tag_count++;
    }
    return NO_INDEX;
}

uint32_t decode_imports(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, 0, "imports");
    m->imports = arena_array(d->arena, count, sizeof *m->imports);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        struct import *import = &m->imports[i];
        import->offset = reader_offset(&d->r);
        import->module = reader_name(&d->r);
        import->name = reader_name(&d->r);
        size_t offset = reader_offset(&d->r);
        uint8_t kind = reader_u8(&d->r);
        if (kind > EXTERN_TAG)
            reader_fail(&d->r, offset, "malformed import kind 0x%02x", kind);
        if (reader_failed(&d->r))
            break;
        import->kind = (enum extern_kind)kind;
        import->index = decode_import_desc(d, import);
        m->import_count++;
    }
    return count;
}

uint32_t decode_funcs(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, m->func_count, "functions");
    m->funcs = extend(d, m->funcs, m->func_count, count, sizeof *m->funcs);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        size_t offset = reader_offset(&d->r);
        m->funcs[m->func_count++] = (struct func){.type = reader_leb_u32(&d->r), .offset = offset};
    }
    return count;
}

/* A table with an initialiser begins with 0x40 0x00 (5.5.7). */
static struct table decode_table(struct decoder *d)
{
    struct table table = {.offset = reader_offset(&d->r)};
    table.has_init = d->r.p < d->r.end && *d->r.p == 0x40;
    if (table.has_init) {
        reader_u8(&d->r);
        size_t offset = reader_offset(&d->r);
        if (reader_u8(&d->r) != 0)
            reader_fail(&d->r, offset, "zero byte expected");
    }
    table.type = decode_tabletype(d);
    if (table.has_init)
        table.init = constexpr_read(&d->r, d->arena);
    return table;
}

uint32_t decode_tables(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, m->table_count, "tables");
    m->tables = extend(d, m->tables, m->table_count, count, sizeof *m->tables);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++)
        m->tables[m->table_count++] = decode_table(d);
    return count;
}

uint32_t decode_memories(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, m->memory_count, "memories");
    m->memories = extend(d, m->memories, m->memory_count, count, sizeof *m->memories);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        size_t offset = reader_offset(&d->r);
        m->memories[m->memory_count++] =
            (struct memory){.limits = decode_memtype(d), .offset = offset};
    }
    return count;
}

uint32_t decode_tags(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, m->tag_count, "tags");
    m->tags = extend(d, m->tags, m->tag_count, count, sizeof *m->tags);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        size_t offset = reader_offset(&d->r);
        m->tags[m->tag_count++] = (struct tag){.type = decode_tagtype(d), .offset = offset};
    }
    return count;
}

uint32_t decode_globals(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, m->global_count, "globals");
    m->globals = extend(d, m->globals, m->global_count, count, sizeof *m->globals);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        struct global global = {.offset = reader_offset(&d->r)};
        global.type = decode_globaltype(d);
        global.init = constexpr_read(&d->r, d->arena);
        m->globals[m->global_count++] = global;
    }
    return count;
}

/* ---- exports and start ---- */

uint32_t decode_exports(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t count = decode_count(d, 0, "exports");
    m->exports = arena_array(d->arena, count, sizeof *m->exports);
    for (uint32_t i = 0; i < count && !reader_failed(&d->r); i++) {
        struct export *export = &m->exports[m->export_count++];
        export->offset = reader_offset(&d->r);
        export->name = reader_name(&d->r);
        size_t offset = reader_offset(&d->r);
        uint8_t kind = reader_u8(&d->r);
        if (kind > EXTERN_TAG)
            reader_fail(&d->r, offset, "malformed export kind 0x%02x", kind);
        export->kind = (enum extern_kind)(kind > EXTERN_TAG ? 0 : kind);
        export->index = reader_leb_u32(&d->r);
    }
    return count;
}

uint32_t decode_start(struct decoder *d)
{
    d->m->start_offset = reader_offset(&d->r);
    uint32_t index = reader_leb_u32(&d->r);
    /* NO_INDEX means no start section, so the largest index becomes another unknown one. */
    d->m->start = index == NO_INDEX ? NO_INDEX - 1 : index;
    return 1;
}
