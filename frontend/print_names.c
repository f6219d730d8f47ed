/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Names for the printer. The compiler keeps names of functions and locals only (names.c); people
 * who inspect a module want those of the extended name section as well, so it is read again here.
 * What breaks is left out.
 */
#include "frontend/arena.h"
#include "frontend/names.h"
#include "frontend/print_private.h"
#include "frontend/reader.h"
#include <string.h>

void print_text(struct printer *p, struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < 0x20 || text.p[i] == 0x7f)
            fprintf(p->out, "\\%02x", text.p[i]);
        else
            fputc(text.p[i], p->out);
    }
}

void print_name(struct printer *p, enum name_space space, uint32_t index)
{
    if (index >= p->name_counts[space] || p->names[space][index].n == 0)
        return;
    fputs(" <", p->out);
    print_text(p, p->names[space][index]);
    fputc('>', p->out);
}

static void name_if_none(struct printer *p, enum name_space space, uint32_t index,
                         struct slice name)
{
    if (index < p->name_counts[space] && p->names[space][index].n == 0)
        p->names[space][index] = name;
}

/* ---- the name section ---- */

/* A reader over each subsection in turn, called with its id. */
typedef void subsection_fn(struct printer *p, uint8_t id, struct reader *r);

static void for_subsections(struct printer *p, const struct custom_section *section,
                            subsection_fn *visit)
{
    struct error ignored = ERROR_INIT;
    struct reader r = reader_open(section->bytes, p->m->bytes.p, &ignored);
    while (r.p < r.end && !reader_failed(&r)) {
        uint8_t id = reader_u8(&r);
        struct slice contents = reader_bytes(&r, reader_count(&r));
        struct reader sub = reader_open(contents, p->m->bytes.p, &ignored);
        if (!reader_failed(&r))
            visit(p, id, &sub);
    }
}

static bool is_indirect(uint8_t id)
{
    return id == NAMES_LOCAL || id == NAMES_LABEL || id == NAMES_FIELD;
}

static void collect_subsection(struct printer *p, uint8_t id, struct reader *r)
{
    if (id == NAMES_MODULE || id >= NAMES__COUNT || is_indirect(id))
        return;
    for (uint32_t n = reader_count(r); n > 0 && !reader_failed(r); n--) {
        uint32_t index = reader_leb_u32(r);
        struct slice name = reader_name(r);
        if (!reader_failed(r))
            name_if_none(p, (enum name_space)id, index, name);
    }
}

static const char *const space_names[NAMES__COUNT] = {
    [NAMES_MODULE] = "module", [NAMES_FUNC] = "func",     [NAMES_LOCAL] = "local",
    [NAMES_LABEL] = "label",   [NAMES_TYPE] = "type",     [NAMES_TABLE] = "table",
    [NAMES_MEMORY] = "memory", [NAMES_GLOBAL] = "global", [NAMES_ELEM] = "elemseg",
    [NAMES_DATA] = "dataseg",  [NAMES_FIELD] = "field",   [NAMES_TAG] = "tag"};

/* " - func[1] <f>", with outer " - func[1] local[0] <x>". */
static void print_name_map(struct printer *p, uint8_t id, struct reader *r, const char *outer)
{
    for (uint32_t n = reader_count(r); n > 0; n--) {
        uint32_t index = reader_leb_u32(r);
        struct slice name = reader_name(r);
        if (reader_failed(r))
            return;
        fprintf(p->out, " - %s%s[%u] <", outer, space_names[id], index);
        print_text(p, name);
        fputs(">\n", p->out);
    }
}

static void print_subsection(struct printer *p, uint8_t id, struct reader *r)
{
    if (id >= NAMES__COUNT)
        return;
    if (id == NAMES_MODULE) {
        struct slice name = reader_name(r);
        fputs(" - module <", p->out);
        print_text(p, name);
        fputs(">\n", p->out);
        return;
    }
    if (!is_indirect(id)) {
        print_name_map(p, id, r, "");
        return;
    }
    for (uint32_t n = reader_count(r); n > 0 && !reader_failed(r); n--) {
        char outer[32];
        snprintf(outer, sizeof outer, "%s[%u] ", id == NAMES_FIELD ? "type" : "func",
                 reader_leb_u32(r));
        print_name_map(p, id, r, outer);
    }
}

void print_name_section(struct printer *p, const struct custom_section *section)
{
    for_subsections(p, section, print_subsection);
}

/* ---- all sources ---- */

static enum name_space import_space(enum extern_kind kind)
{
    static const enum name_space spaces[] = {[EXTERN_FUNC] = NAMES_FUNC,
                                             [EXTERN_TABLE] = NAMES_TABLE,
                                             [EXTERN_MEMORY] = NAMES_MEMORY,
                                             [EXTERN_GLOBAL] = NAMES_GLOBAL,
                                             [EXTERN_TAG] = NAMES_TAG};
    return spaces[kind];
}

static void collect_import(struct printer *p, const struct import *import)
{
    size_t n = import->module.n + 1 + import->name.n;
    uint8_t *text = arena_alloc(p->arena, n);
    memcpy(text, import->module.p, import->module.n);
    text[import->module.n] = '.';
    memcpy(text + import->module.n + 1, import->name.p, import->name.n);
    struct slice name = {.p = text, .n = n};
    name_if_none(p, import_space(import->kind), import->index, name);
}

void names_collect(struct printer *p)
{
    const struct module *m = p->m;
    const uint32_t counts[NAMES__COUNT] = {
        [NAMES_FUNC] = m->func_count,     [NAMES_TYPE] = m->type_count,
        [NAMES_TABLE] = m->table_count,   [NAMES_MEMORY] = m->memory_count,
        [NAMES_GLOBAL] = m->global_count, [NAMES_ELEM] = m->elem_count,
        [NAMES_DATA] = m->data_count,     [NAMES_TAG] = m->tag_count};
    for (int space = 0; space < NAMES__COUNT; space++) {
        p->name_counts[space] = counts[space];
        p->names[space] = arena_array(p->arena, counts[space], sizeof(struct slice));
    }
    for (uint32_t i = 0; i < m->custom_count; i++) {
        struct slice name = m->customs[i].name;
        if (name.n == 4 && memcmp(name.p, "name", 4) == 0)
            for_subsections(p, &m->customs[i], collect_subsection);
    }
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        if (export->kind == EXTERN_FUNC || export->kind == EXTERN_GLOBAL)
            name_if_none(p, import_space(export->kind), export->index, export->name);
    }
    for (uint32_t i = 0; i < m->import_count; i++)
        collect_import(p, &m->imports[i]);
}
