/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The name section (spec 7.4.1): subsections of id and size, unknown ones skipped. Names are only a
 * help to people: where the section breaks, what was read stays and the rest is ignored.
 */
#include "frontend/names.h"

#include "frontend/arena.h"
#include "frontend/reader.h"

enum { NAMES_MODULE = 0, NAMES_FUNCTIONS = 1, NAMES_LOCALS = 2 };

static void function_names(struct module *m, struct reader *r)
{
    uint32_t count = reader_count(r);
    for (uint32_t i = 0; i < count && !reader_failed(r); i++) {
        uint32_t index = reader_leb_u32(r);
        struct slice name = reader_name(r);
        if (!reader_failed(r) && index < m->func_count)
            m->funcs[index].name = name;
    }
}

/* The names of one function's locals; indices must rise, as the format wants. */
static void local_names(struct local_names *locals, struct reader *r, struct arena *arena)
{
    uint32_t count = reader_count(r);
    locals->names = arena_array(arena, count, sizeof *locals->names);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = reader_leb_u32(r);
        struct slice name = reader_name(r);
        bool rises = i == 0 || index > locals->names[i - 1].index;
        if (reader_failed(r) || !rises)
            return;
        locals->names[i].index = index;
        locals->names[i].name = name;
        locals->count++;
    }
}

static void indirect_local_names(struct module *m, struct reader *r, struct arena *arena)
{
    m->local_names = NULL;
    struct local_names **link = &m->local_names;
    uint32_t count = reader_count(r), last = 0;
    for (uint32_t i = 0; i < count && !reader_failed(r); i++) {
        struct local_names *locals = arena_alloc(arena, sizeof *locals);
        locals->func = reader_leb_u32(r);
        bool rises = i == 0 || locals->func > last;
        if (reader_failed(r) || !rises || locals->func >= m->func_count)
            return;
        last = locals->func;
        local_names(locals, r, arena);
        *link = locals;
        link = &locals->next;
    }
}

void names_decode(struct module *m, const struct custom_section *section, struct arena *arena)
{
    struct error ignored = ERROR_INIT;
    struct reader r = reader_open(section->bytes, m->bytes.p, &ignored);
    while (r.p < r.end && !reader_failed(&r)) {
        uint8_t id = reader_u8(&r);
        struct slice contents = reader_bytes(&r, reader_count(&r));
        struct reader sub = reader_open(contents, m->bytes.p, &ignored);
        switch (id) {
        case NAMES_MODULE: m->name = reader_name(&sub); break;
        case NAMES_FUNCTIONS: function_names(m, &sub); break;
        case NAMES_LOCALS: indirect_local_names(m, &sub, arena); break;
        default: break;
        }
    }
}
