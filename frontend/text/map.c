/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * From a byte of the binary back to the text: the last mark at or before it.
 */
#include "frontend/text/map.h"

#include "frontend/arena.h"

struct text_map {
    const struct mark *marks;
    size_t count;
    const uint8_t *text;
    uint32_t first_line;
};

struct text_map *text_map_make(const struct buf *binary, const struct lexer *lx,
                               struct arena *arena)
{
    struct text_map *map = arena_alloc(arena, sizeof *map);
    *map = (struct text_map){binary->marks, binary->mark_count, lx->start, lx->first_line};
    return map;
}

static uint32_t text_offset(const struct text_map *map, size_t binary_offset)
{
    size_t low = 0, high = map->count; /* marks below low are at or before the offset */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->marks[middle].at <= binary_offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : map->marks[low - 1].text;
}

void text_locate(const struct text_map *map, size_t binary_offset, uint32_t *line, uint32_t *column)
{
    const uint8_t *place = map->text + text_offset(map, binary_offset);
    text_position(map->text, place, map->first_line, line, column);
}

void text_locate_error(const struct text_map *map, struct error *err)
{
    if (map && err->offset != ERROR_NO_OFFSET && err->line == 0)
        text_locate(map, err->offset, &err->line, &err->column);
}
