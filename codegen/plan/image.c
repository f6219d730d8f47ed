/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Images: what the active data segments leave in a memory, laid out in whole pages, so that the
 * runtime can map it from the .so instead of copying it. Only where that changes nothing that can
 * be seen: in memories defined here that are not shared, and only segments before the first one
 * that may trap or whose place is not known, as those behind it come after it (spec 4.7.2).
 *
 * A segment whose bytes are in an image points in there, so nothing is in the file twice. Gaps
 * between segments cost bytes of the file: small ones are filled with zeros, large ones divide the
 * image, and where too much of it would be zeros there is none.
 */
#include "codegen/internal.h"
#include "codegen/rodata.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAST_BYTES = 16 * 1024, /* less is copied as fast as it is mapped */
    LARGEST_GAP = 64 * 1024,
    MOST_EXTENTS = 16,
    MOST_SPREAD = 4, /* times the bytes of the segments */
};

/* Where the bytes of an active segment go. */
struct place {
    uint64_t start, size;
    uint32_t segment;
};

/* The place of an active segment that cannot trap. */
static bool known_place(const struct module *m, uint32_t segment, struct place *place)
{
    const struct data_segment *data = &m->datas[segment];
    const struct limits *limits = &m->memories[data->memory].limits;
    uint64_t pages = limits->min, shift = limits->page_size_log2;
    uint64_t size = pages > UINT64_MAX >> shift ? UINT64_MAX : pages << shift;
    *place = (struct place){constexpr_offset(&data->at), data->bytes.n, segment};
    return place->start <= size && place->size <= size - place->start;
}

/* The number of segments before the first one that may trap. */
static uint32_t safe_segments(const struct module *m)
{
    struct place place;
    uint32_t n = 0;
    while (n < m->data_count && (m->datas[n].mode != SEGMENT_ACTIVE || known_place(m, n, &place)))
        n++;
    return n;
}

static int by_start(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static uint64_t down(uint64_t n, uint64_t page)
{
    return n / page * page;
}

static uint64_t up(uint64_t n, uint64_t page)
{
    return down(n + page - 1, page);
}

/* Extents of whole pages that cover the places, which are sorted. */
static void cover(struct memory_image *image, const struct place *places, uint32_t count,
                  uint64_t page, struct arena *arena)
{
    image->extents = arena_array(arena, count, sizeof *image->extents);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t start = down(places[i].start, page);
        uint64_t end = up(places[i].start + places[i].size, page);
        struct image_extent *last = &image->extents[image->count - (image->count > 0)];
        if (image->count == 0 || start > last->address + last->size + LARGEST_GAP)
            image->extents[image->count++] = (struct image_extent){start, end - start, NULL};
        else if (end > last->address + last->size)
            last->size = end - last->address;
    }
}

static bool pays(const struct memory_image *image, const struct place *places, uint32_t count)
{
    uint64_t covered = 0, total = 0;
    for (uint32_t i = 0; i < count; i++)
        covered += places[i].size;
    for (uint32_t i = 0; i < image->count; i++)
        total += image->extents[i].size;
    return covered >= LEAST_BYTES && image->count <= MOST_EXTENTS && total / MOST_SPREAD <= covered;
}

/* The extent that has the address, or NULL. */
static const struct image_extent *extent_at(const struct memory_image *image, uint64_t address)
{
    for (uint32_t i = 0; i < image->count; i++)
        if (address - image->extents[i].address < image->extents[i].size)
            return &image->extents[i];
    return NULL;
}

/* Writes the segments in their order. */
static void fill(struct memory_image *image, const struct module *m, uint32_t memory,
                 uint32_t data_count, struct arena *arena)
{
    for (uint32_t i = 0; i < image->count; i++) {
        image->extents[i].bytes = arena_alloc(arena, image->extents[i].size);
        memset(image->extents[i].bytes, 0, image->extents[i].size);
    }
    for (uint32_t i = 0; i < data_count; i++) {
        const struct data_segment *data = &m->datas[i];
        if (data->mode != SEGMENT_ACTIVE || data->memory != memory || data->bytes.n == 0)
            continue;
        uint64_t at = constexpr_offset(&data->at);
        const struct image_extent *extent = extent_at(image, at);
        memcpy(extent->bytes + (at - extent->address), data->bytes.p, data->bytes.n);
    }
}

static void plan_memory(struct memory_image *image, const struct module *m, uint32_t memory,
                        uint32_t data_count, uint64_t page, struct arena *arena)
{
    const struct memory *type = &m->memories[memory];
    if (type->import || type->limits.shared || type->limits.page_size_log2 != 16)
        return;
    struct place *places = arena_array(arena, data_count, sizeof *places);
    uint32_t count = 0;
    for (uint32_t i = 0; i < data_count; i++)
        if (m->datas[i].mode == SEGMENT_ACTIVE && m->datas[i].memory == memory &&
            m->datas[i].bytes.n > 0 && known_place(m, i, &places[count]))
            count++;
    if (count == 0)
        return;
    qsort(places, count, sizeof *places, by_start);
    cover(image, places, count, page, arena);
    if (pays(image, places, count))
        fill(image, m, memory, data_count, arena);
    else
        image->count = 0;
}

void images_plan(struct images *images, const struct module *m, uint64_t page, struct arena *arena)
{
    images->data_count = safe_segments(m);
    images->memories = arena_array(arena, m->memory_count, sizeof *images->memories);
    memset(images->memories, 0, m->memory_count * sizeof *images->memories);
    for (uint32_t i = 0; i < m->memory_count; i++) {
        plan_memory(&images->memories[i], m, i, images->data_count, page, arena);
        images->any |= images->memories[i].count > 0;
    }
}

/* ---- in an LLVM module ---- */

LLVMValueRef image_bytes(struct cg *cg, uint32_t memory, uint32_t extent)
{
    const struct image_extent *e = &cg->c->images.memories[memory].extents[extent];
    const char *symbol = arena_printf(cg->arena, "w2s.image.%u.%u", memory, extent);
    LLVMValueRef global = LLVMGetNamedGlobal(cg->module, symbol);
    if (global)
        return global;
    LLVMValueRef value =
        LLVMConstStringInContext2(cg->context, (const char *)e->bytes, e->size, true);
    global = rodata_named(cg, symbol, value);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetSection(global, "w2s_image");
    LLVMSetAlignment(global, cg->c->target->page_size);
    return global;
}

LLVMValueRef image_segment(struct cg *cg, uint32_t segment)
{
    const struct data_segment *data = &cg->m->datas[segment];
    const struct images *images = &cg->c->images;
    if (data->mode != SEGMENT_ACTIVE || segment >= images->data_count || data->bytes.n == 0)
        return NULL;
    const struct memory_image *image = &images->memories[data->memory];
    uint64_t at = constexpr_offset(&data->at);
    const struct image_extent *extent = extent_at(image, at);
    if (!extent)
        return NULL;
    LLVMValueRef offset = LLVMConstInt(cg->i64, at - extent->address, false);
    LLVMValueRef all = image_bytes(cg, data->memory, (uint32_t)(extent - image->extents));
    return LLVMConstInBoundsGEP2(cg->i8, all, &offset, 1);
}
