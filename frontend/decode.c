/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The frame of the binary format (spec 5.5): header, the order and sizes of sections, custom
 * sections between them, and what two sections must agree on. The contents of sections are read in
 * decode_types.c, decode_sections.c and decode_segments.c.
 */
#include "frontend/decode.h"

#include "frontend/arena.h"
#include "frontend/decode_private.h"
#include "frontend/names.h"
#include <string.h>

/* By id: the reader of the contents and the place in the order of sections (5.5.16). */
static const struct section_row {
    const char *name;
    uint32_t (*decode)(struct decoder *d);
    uint8_t order;
} section_rows[] = {
    [1] = {"type", decode_types, 1},
    [2] = {"import", decode_imports, 2},
    [3] = {"function", decode_funcs, 3},
    [4] = {"table", decode_tables, 4},
    [5] = {"memory", decode_memories, 5},
    [13] = {"tag", decode_tags, 6},
    [6] = {"global", decode_globals, 7},
    [7] = {"export", decode_exports, 8},
    [8] = {"start", decode_start, 9},
    [9] = {"elem", decode_elems, 10},
    [12] = {"data count", decode_data_count, 11},
    [10] = {"code", decode_code, 12},
    [11] = {"data", decode_datas, 13},
};
enum { SECTION_IDS = sizeof section_rows / sizeof section_rows[0] };

uint32_t decode_count(struct decoder *d, uint32_t existing, const char *what)
{
    size_t offset = reader_offset(&d->r);
    uint32_t count = reader_count(&d->r);
    if (count <= MAX_ENTRIES - existing)
        return count;
    error_set(d->r.err, ERR_UNSUPPORTED, offset, "too many %s: %u, at most %d are supported", what,
              count, MAX_ENTRIES);
    d->r.p = d->r.end;
    return 0;
}

static void decode_header(struct reader *r)
{
    static const uint8_t magic[4] = {0, 'a', 's', 'm'}, version[4] = {1, 0, 0, 0};
    static const uint8_t component_layer[2] = {1, 0};
    struct slice found = reader_bytes(r, 4);
    if (!reader_failed(r) && memcmp(found.p, magic, 4) != 0)
        reader_fail(r, 0, "magic header not detected: this is no WebAssembly binary");
    found = reader_bytes(r, 4);
    if (!reader_failed(r) && memcmp(found.p, version, 4) != 0)
        reader_fail(r, 4, "unknown binary version %u%s",
                    found.p[0] | (unsigned)found.p[1] << 8 | (unsigned)found.p[2] << 16 |
                        (unsigned)found.p[3] << 24,
                    memcmp(found.p + 2, component_layer, 2) == 0
                        ? ": a component, only core modules are compiled"
                        : "");
}

/* Arrays of the frame grow by doubling: there is room at every count that is no power of two. */
static void *room_for_one(void *array, uint32_t count, size_t size, struct arena *arena)
{
    if ((count & (count - 1)) != 0)
        return array;
    return arena_grow(arena, array, count, count ? (size_t)count * 2 : 1, size);
}

/* A custom section's name must decode (5.5.3); its contents are its own business. */
static void decode_custom(struct decoder *d, const uint8_t *end, uint8_t after,
                          struct section *section)
{
    struct module *m = d->m;
    struct slice contents = {.p = d->r.p, .n = (size_t)(end - d->r.p)};
    struct reader r = reader_open(contents, d->r.start, d->r.err);
    section->name = reader_name(&r);
    m->customs = room_for_one(m->customs, m->custom_count, sizeof *m->customs, d->arena);
    m->customs[m->custom_count++] = (struct custom_section){
        .name = section->name,
        .bytes = {.p = r.p, .n = (size_t)(r.end - r.p)},
        .offset = reader_offset(&r),
        .after = after,
    };
    d->r.p = end;
}

/* Reads the contents of a known section, up to where the cursor then stands. */
static void decode_contents(struct decoder *d, struct section *section, uint8_t *last_id)
{
    const struct section_row *row = &section_rows[section->id];
    if (row->order <= section_rows[*last_id].order) {
        reader_fail(&d->r, section->header_offset,
                    "unexpected content after last section: %s section after the %s section",
                    row->name, section_rows[*last_id].name);
        return;
    }
    *last_id = section->id;
    section->count = row->decode(d);
    size_t used = reader_offset(&d->r) - section->offset;
    if (!reader_failed(&d->r) && used != section->size)
        reader_fail(&d->r, section->offset,
                    "section size mismatch: the %s section has %zu bytes, its entries take %zu",
                    row->name, section->size, used);
}

static void decode_section(struct decoder *d, uint8_t *last_id)
{
    struct module *m = d->m;
    struct section section = {.header_offset = reader_offset(&d->r)};
    section.id = reader_u8(&d->r);
    if (section.id >= SECTION_IDS) {
        reader_fail(&d->r, section.header_offset, "malformed section id %u", section.id);
        return;
    }
    section.size = reader_length(&d->r);
    section.offset = reader_offset(&d->r);
    if (reader_failed(&d->r))
        return;
    if (section.id == 0)
        decode_custom(d, d->r.p + section.size, *last_id, &section);
    else
        decode_contents(d, &section, last_id);
    m->sections = room_for_one(m->sections, m->section_count, sizeof *m->sections, d->arena);
    m->sections[m->section_count++] = section;
}

/* What sections say of each other (5.5.16, side conditions). */
static void check_agreement(struct decoder *d)
{
    const struct module *m = d->m;
    uint32_t defined = m->func_count - m->import_func_count;
    if (defined != d->body_count)
        reader_fail(&d->r, m->bytes.n,
                    "function and code section have inconsistent lengths: %u and %u", defined,
                    d->body_count);
    if (m->has_data_count && m->data_count_section != m->data_count)
        reader_fail(&d->r, m->bytes.n,
                    "data count and data section have inconsistent lengths: %u and %u",
                    m->data_count_section, m->data_count);
}

static bool slice_is(struct slice s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* Custom sections that are understood: the last of each kind counts. */
static void decode_known_customs(struct module *m, struct arena *arena)
{
    for (uint32_t i = 0; i < m->custom_count; i++) {
        if (slice_is(m->customs[i].name, "name"))
            names_decode(m, &m->customs[i], arena);
        else if (slice_is(m->customs[i].name, "metadata.code.branch_hint"))
            decode_branch_hints(m, &m->customs[i], arena);
    }
}

bool module_decode(struct module *m, struct slice bytes, uint64_t features, struct arena *arena,
                   struct error *err)
{
    *m = (struct module){.bytes = bytes, .features = features, .start = NO_INDEX};
    if (bytes.n > UINT32_MAX)
        return error_set(err, ERR_UNSUPPORTED, 0, "the file is larger than 4 GiB");
    struct decoder d = {.m = m, .r = reader_open(bytes, bytes.p, err), .arena = arena};
    decode_header(&d.r);
    d.r.what = "unexpected end of section or function";
    uint8_t last_id = 0;
    while (d.r.p < d.r.end)
        decode_section(&d, &last_id);
    if (!reader_failed(&d.r))
        check_agreement(&d);
    if (!reader_failed(&d.r))
        decode_known_customs(m, arena);
    return !reader_failed(&d.r);
}
