/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Where things stand in an instance: the module's own part of ctx behind struct w2s_ctx. Hot things
 * first (import slots, memories, tables, globals), function records last: they may be many.
 */
#include "codegen/internal.h"
#include "runtime/include/wasm2so_abi.h"

static uint64_t align_up(uint64_t n, uint64_t alignment)
{
    return (n + alignment - 1) / alignment * alignment;
}

/* Takes count items of size bytes; returns where they begin. */
static uint64_t take(uint64_t *end, uint64_t count, uint64_t size)
{
    uint64_t begin = align_up(*end, size % 16 == 0 ? 16 : 8);
    *end = begin + count * size;
    return begin;
}

static void layout_globals(struct layout *layout, const struct module *m, uint64_t *end,
                           struct arena *arena)
{
    layout->global_offset = arena_array(arena, m->global_count, sizeof *layout->global_offset);
    for (uint32_t i = 0; i < m->global_count; i++)
        layout->global_offset[i] = take(end, 1, m->globals[i].import ? sizeof(void *) : 16);
}

static void layout_records(struct layout *layout, const struct module *m, const bool *records,
                           uint64_t *end, struct arena *arena)
{
    layout->record = arena_array(arena, m->func_count, sizeof *layout->record);
    layout->records = arena_array(arena, m->func_count, sizeof *layout->records);
    for (uint32_t i = 0; i < m->func_count; i++) {
        layout->record[i] = NO_INDEX;
        if (m->funcs[i].import || !records[i])
            continue;
        layout->record[i] = layout->record_count;
        layout->records[layout->record_count++] = i;
    }
    layout->records_offset = take(end, layout->record_count, sizeof(struct w2s_func));
}

void layout_compute(struct layout *layout, const struct module *m, const bool *records,
                    struct arena *arena)
{
    uint64_t end = sizeof(struct w2s_ctx);
    *layout = (struct layout){0};
    layout->imports_offset = take(&end, m->import_func_count, sizeof(struct w2s_import_func));
    layout->memories_offset = take(&end, m->memory_count, sizeof(void *));
    layout->tables_offset = take(&end, m->table_count, sizeof(void *));
    layout->tags_offset = take(&end, m->tag_count, sizeof(void *));
    layout->objects = object_layouts(m, arena);
    if (layout->objects)
        layout->object_types_offset = take(&end, m->type_count, sizeof(void *));
    layout_globals(layout, m, &end, arena);
    layout_records(layout, m, records, &end, arena);
    layout->ctx_size = align_up(end, 16);
}
