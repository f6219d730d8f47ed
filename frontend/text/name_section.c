/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The "name" custom section (spec appendix, "Name Section"; the extended name section proposal for
 * what is neither module, function nor local), from identifiers and (@name ...).
 */
#include "frontend/text/assembler.h"

/* Subsections in their order, by the space whose names they hold. */
static const struct {
    uint8_t id;
    enum space space;
} subsections[] = {
    {4, SPACE_TYPE},   {5, SPACE_TABLE}, {6, SPACE_MEMORY},
    {7, SPACE_GLOBAL}, {8, SPACE_ELEM},  {9, SPACE_DATA},
};
enum { NAMES_MODULE = 0, NAMES_FUNC = 1, NAMES_LOCAL = 2, NAMES_FIELD = 10, NAMES_TAG = 11 };

static void put_map(struct buf *b, const struct name_list *list)
{
    buf_leb_u(b, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        buf_leb_u(b, list->names[i].index);
        buf_name(b, list->names[i].name);
    }
}

static void put_list(struct assembler *a, struct buf *out, uint8_t id, const struct name_list *list)
{
    if (list->count == 0)
        return;
    struct buf b = buf_open(a->arena);
    put_map(&b, list);
    buf_section(out, id, &b);
}

static void put_locals(struct assembler *a, struct buf *out)
{
    struct buf b = buf_open(a->arena);
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->func_locals_count; i++) {
        const struct func_locals *locals = &a->func_locals[i];
        if (locals->list.count == 0)
            continue;
        buf_leb_u(&b, locals->func);
        put_map(&b, &locals->list);
        count++;
    }
    buf_vec_section(out, NAMES_LOCAL, count, &b);
}

static void put_fields(struct assembler *a, struct buf *out)
{
    struct buf b = buf_open(a->arena);
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->type_count && a->options->names; i++) {
        if (a->types[i].field_names.count == 0)
            continue;
        buf_leb_u(&b, i);
        put_map(&b, &a->types[i].field_names);
        count++;
    }
    buf_vec_section(out, NAMES_FIELD, count, &b);
}

void put_names(struct assembler *a, struct buf *out)
{
    static const char name[] = "name";
    struct buf b = buf_open(a->arena);
    buf_name(&b, (struct slice){(const uint8_t *)name, sizeof name - 1});
    size_t empty = b.n;
    if (a->module_name.n > 0) {
        struct buf module_name = buf_open(a->arena);
        buf_name(&module_name, a->module_name);
        buf_section(&b, NAMES_MODULE, &module_name);
    }
    put_list(a, &b, NAMES_FUNC, &a->names[SPACE_FUNC]);
    put_locals(a, &b);
    for (size_t i = 0; i < sizeof subsections / sizeof *subsections; i++)
        put_list(a, &b, subsections[i].id, &a->names[subsections[i].space]);
    put_fields(a, &b);
    put_list(a, &b, NAMES_TAG, &a->names[SPACE_TAG]);
    if (b.n > empty)
        buf_section(out, SECTION_CUSTOM, &b);
}
