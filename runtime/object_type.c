/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Run-time types of structures and arrays. There is one for each canonical type in the process,
 * held by the type's registry entry (types.c), so that types are the same if their addresses are.
 * They are never freed: the collector may still look at an object whose store is gone.
 */
#include "runtime/collector.h"

#include <stdlib.h>

/* How libgc wants to be told where references are (gc_mark.h): a length of which every word may be
 * one, or a bit a word from the top down. */
enum { DESCRIPTOR_IS_BITMAP = 1, BITMAP_WORDS = 62 };

static uint64_t marks_of(const struct w2s_object_desc *layout)
{
    if (layout->ref_count == 0)
        return 0;
    uint32_t end = layout->refs[layout->ref_count - 1] / 8 + 1; /* in words */
    if (end > BITMAP_WORDS)
        return end * UINT64_C(8);
    uint64_t bits = 0;
    for (uint32_t i = 0; i < layout->ref_count; i++)
        bits |= UINT64_C(1) << (63 - layout->refs[i] / 8);
    return bits | DESCRIPTOR_IS_BITMAP;
}

struct w2s_object_type *rt_object_type_new(const struct w2s_type *type,
                                           const struct w2s_object_desc *layout,
                                           const struct w2s_object_type *super)
{
    uint32_t depth = super ? super->depth + 1u : 0;
    size_t extra = depth < W2S_DISPLAY ? 0 : depth + 1 - W2S_DISPLAY;
    struct w2s_object_type *object = calloc(1, sizeof *object + extra * sizeof object->display[0]);
    if (!object)
        return NULL;
    object->kind = type->kind == 1 ? W2S_OBJECT_STRUCT : W2S_OBJECT_ARRAY;
    object->traced = layout->ref_count != 0;
    object->marks = type->kind == 1 ? marks_of(layout) : 0;
    object->depth = (uint16_t)depth;
    object->size = layout->size;
    object->id = type->id;
    const struct w2s_object_type **display = object->display;
    for (uint32_t i = 0; i < depth; i++)
        display[i] = ((const struct w2s_object_type *const *)super->display)[i];
    display[depth] = object;
    return object;
}
