/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Modules rewritten section by section: what does not change is copied as it stands in the file, so
 * code, names and everything a later version may add stay the same.
 */
#include <string.h>

#include "frontend/arena.h"
#include "tools/wasm2so/snapshot.h"

enum section_id { MEMORY = 5, GLOBAL = 6, EXPORT = 7, START = 8, DATA = 11, DATA_COUNT = 12 };

struct bytes {
    struct arena *arena;
    uint8_t *p;
    size_t n, capacity;
};

static void put(struct bytes *b, const void *bytes, size_t n)
{
    if (n > b->capacity - b->n) {
        size_t capacity = 2 * (b->n + n) + 256;
        b->p = arena_grow(b->arena, b->p, b->capacity, capacity, 1);
        b->capacity = capacity;
    }
    if (n)
        memcpy(b->p + b->n, bytes, n);
    b->n += n;
}

static void put_u8(struct bytes *b, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    put(b, &byte, 1);
}

static void put_unsigned(struct bytes *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_u8(b, (unsigned)(value & 0x7f) | 0x80);
    put_u8(b, (unsigned)value);
}

static void put_signed(struct bytes *b, int64_t value)
{
    for (; value < -0x40 || value >= 0x40; value >>= 7)
        put_u8(b, (unsigned)(value & 0x7f) | 0x80);
    put_u8(b, (unsigned)(value & 0x7f));
}

static void put_section(struct bytes *b, enum section_id id, const struct bytes *contents)
{
    put_u8(b, id);
    put_unsigned(b, contents->n);
    put(b, contents->p, contents->n);
}

static void put_export(struct bytes *b, const void *name, size_t size, enum extern_kind kind,
                       uint32_t index)
{
    put_unsigned(b, size);
    put(b, name, size);
    put_u8(b, kind);
    put_unsigned(b, index);
}

/* ---- the module to run ---- */

bool snapshot_keeps(const struct global *global)
{
    return !global->import && global->type.mutable_ && global->type.type.kind != VT_REF;
}

static void put_named(struct bytes *b, uint32_t *count, const char *lead, enum extern_kind kind,
                      uint32_t index)
{
    const char *name = arena_printf(b->arena, "%s%u", lead, index);
    put_export(b, name, strlen(name), kind, index);
    ++*count;
}

static void instrumented_exports(const struct module *m, struct bytes *out)
{
    struct bytes list = {.arena = out->arena}, contents = {.arena = out->arena};
    uint32_t count = m->export_count;
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *e = &m->exports[i];
        put_export(&list, e->name.p, e->name.n, e->kind, e->index);
    }
    for (uint32_t i = 0; i < m->global_count; i++)
        if (m->globals[i].type.mutable_)
            put_named(&list, &count, SNAPSHOT_GLOBAL, EXTERN_GLOBAL, i);
    for (uint32_t i = 0; i < m->table_count; i++)
        put_named(&list, &count, SNAPSHOT_TABLE, EXTERN_TABLE, i);
    if (m->start != NO_INDEX) {
        put_export(&list, SNAPSHOT_START, strlen(SNAPSHOT_START), EXTERN_FUNC, m->start);
        count++;
    }
    put_unsigned(&contents, count);
    put(&contents, list.p, list.n);
    put_section(out, EXPORT, &contents);
}

static void copy_section(const struct module *m, const struct section *s, struct bytes *out)
{
    put(out, m->bytes.p + s->header_offset, s->offset + s->size - s->header_offset);
}

struct slice snapshot_instrument(const struct module *m, struct arena *arena)
{
    struct bytes out = {.arena = arena};
    put(&out, m->bytes.p, 8); /* magic and version */
    for (uint32_t i = 0; i < m->section_count; i++) {
        const struct section *s = &m->sections[i];
        if (s->id == EXPORT)
            instrumented_exports(m, &out);
        else if (s->id != START)
            copy_section(m, s, &out);
    }
    return (struct slice){out.p, out.n};
}

/* ---- the module with its state ---- */

static void memories(const struct module *m, const struct snapshot_state *state, struct bytes *out)
{
    struct bytes contents = {.arena = out->arena};
    put_unsigned(&contents, m->memory_count);
    for (uint32_t i = 0; i < m->memory_count; i++) {
        const struct limits *l = &m->memories[i].limits;
        bool pages = l->page_size_log2 != 16;
        put_u8(&contents, (unsigned)(l->has_max | l->is64 << 2 | pages << 3));
        put_unsigned(&contents, state->memories[i].n >> l->page_size_log2);
        if (l->has_max)
            put_unsigned(&contents, l->max);
        if (pages)
            put_unsigned(&contents, l->page_size_log2);
    }
    put_section(out, MEMORY, &contents);
}

/* The constant of that type, with its end. */
static void put_constant(struct bytes *b, enum valtype_kind kind, const uint8_t value[16])
{
    int32_t i32;
    int64_t i64;
    memcpy(&i32, value, sizeof i32);
    memcpy(&i64, value, sizeof i64);
    switch (kind) {
    case VT_I32: put_u8(b, 0x41), put_signed(b, i32); break;
    case VT_I64: put_u8(b, 0x42), put_signed(b, i64); break;
    case VT_F32: put_u8(b, 0x43), put(b, value, 4); break;
    case VT_F64: put_u8(b, 0x44), put(b, value, 8); break;
    default: put_u8(b, 0xfd), put_u8(b, 0x0c), put(b, value, 16); break;
    }
    put_u8(b, 0x0b);
}

static void globals(const struct module *m, const struct snapshot_state *state,
                    const struct section *s, struct bytes *out)
{
    static const uint8_t codes[] = {
        [VT_I32] = 0x7f, [VT_I64] = 0x7e, [VT_F32] = 0x7d, [VT_F64] = 0x7c, [VT_V128] = 0x7b};
    struct bytes contents = {.arena = out->arena};
    put_unsigned(&contents, m->global_count - m->import_global_count);
    for (uint32_t i = m->import_global_count; i < m->global_count; i++) {
        const struct global *g = &m->globals[i];
        size_t end = i + 1 < m->global_count ? m->globals[i + 1].offset : s->offset + s->size;
        if (snapshot_keeps(g)) {
            put_u8(&contents, codes[g->type.type.kind]);
            put_u8(&contents, 1);
            put_constant(&contents, g->type.type.kind, state->globals[i]);
        } else {
            put(&contents, m->bytes.p + g->offset, end - g->offset);
        }
    }
    put_section(out, GLOBAL, &contents);
}

static bool is_called(const struct export *e, const char *name)
{
    return e->kind == EXTERN_FUNC && e->name.n == strlen(name) &&
           memcmp(e->name.p, name, e->name.n) == 0;
}

static void exports(const struct module *m, const char *init, struct bytes *out)
{
    struct bytes list = {.arena = out->arena}, contents = {.arena = out->arena};
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *e = &m->exports[i];
        if (is_called(e, init) || is_called(e, "_initialize"))
            continue;
        put_export(&list, e->name.p, e->name.n, e->kind, e->index);
        count++;
    }
    put_unsigned(&contents, count);
    put(&contents, list.p, list.n);
    put_section(out, EXPORT, &contents);
}

/* ---- data: what is not zero, in runs ---- */

struct runs {
    struct bytes *out; /* NULL: they are only counted */
    uint32_t count;
    size_t gap; /* as many zeros separate two */
};

static void put_run(struct runs *runs, const struct module *m, uint32_t memory, struct slice bytes,
                    size_t at)
{
    runs->count++;
    if (!runs->out)
        return;
    put_u8(runs->out, memory ? 2 : 0);
    if (memory)
        put_unsigned(runs->out, memory);
    uint8_t offset[16] = {0};
    uint64_t at64 = at;
    memcpy(offset, &at64, sizeof at64);
    put_constant(runs->out, m->memories[memory].limits.is64 ? VT_I64 : VT_I32, offset);
    put_unsigned(runs->out, bytes.n);
    put(runs->out, bytes.p, bytes.n);
}

static void find_runs(struct runs *runs, const struct module *m, uint32_t memory,
                      struct slice bytes)
{
    for (size_t i = 0; i < bytes.n;) {
        if (!bytes.p[i]) {
            i++;
            continue;
        }
        size_t end = i + 1; /* behind the last byte that is not zero */
        for (size_t j = end; j < bytes.n && j - end < runs->gap; j++)
            if (bytes.p[j])
                end = j + 1;
        put_run(runs, m, memory, (struct slice){bytes.p + i, end - i}, i);
        i = end;
    }
}

static uint32_t all_runs(const struct module *m, const struct snapshot_state *state, size_t gap,
                         struct bytes *out)
{
    struct runs runs = {.out = out, .gap = gap};
    for (uint32_t i = 0; i < m->memory_count; i++)
        find_runs(&runs, m, i, state->memories[i]);
    return runs.count;
}

/* The segments that code may name: an active one is as good as dropped by now. */
static uint32_t old_segments(const struct module *m, struct bytes *out)
{
    if (!m->has_data_count)
        return 0; /* then no instruction names any */
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct data_segment *s = &m->datas[i];
        size_t size = s->mode == SEGMENT_PASSIVE ? s->bytes.n : 0;
        put_u8(out, 1);
        put_unsigned(out, size);
        put(out, s->bytes.p, size);
    }
    return m->data_count;
}

static void datas(const struct module *m, const struct snapshot_state *state, struct bytes *out,
                  uint32_t *count)
{
    enum { MOST_RUNS = 20000 }; /* implementations take 100000 segments */
    size_t gap = 32;
    while (all_runs(m, state, gap, NULL) > MOST_RUNS)
        gap *= 4;
    struct bytes list = {.arena = out->arena};
    *count = old_segments(m, &list);
    *count += all_runs(m, state, gap, &list);
    put_unsigned(out, *count);
    put(out, list.p, list.n);
}

struct slice snapshot_write(const struct module *m, const struct snapshot_state *state,
                            const char *init, struct arena *arena)
{
    struct bytes out = {.arena = arena}, data = {.arena = arena}, data_count = {.arena = arena};
    uint32_t count;
    datas(m, state, &data, &count);
    put_unsigned(&data_count, count);
    put(&out, m->bytes.p, 8);
    bool written = count == 0;
    for (uint32_t i = 0; i < m->section_count; i++) {
        const struct section *s = &m->sections[i];
        switch (s->id) {
        case MEMORY: memories(m, state, &out); break;
        case GLOBAL: globals(m, state, s, &out); break;
        case EXPORT: exports(m, init, &out); break;
        case START: break;
        case DATA_COUNT: put_section(&out, DATA_COUNT, &data_count); break;
        case DATA: put_section(&out, DATA, &data), written = true; break;
        default: copy_section(m, s, &out); break;
        }
    }
    if (!written)
        put_section(&out, DATA, &data);
    return (struct slice){out.p, out.n};
}
