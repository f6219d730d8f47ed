/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What generated code asks of structures and arrays: new ones, and moving many elements. Bounds are
 * checked before an element is written (spec 4.4.4); null references have been seen to.
 */
#include "runtime/collector.h"

#include <string.h>

static uint8_t *element(void *array, uint64_t index)
{
    return (uint8_t *)array + sizeof(struct w2s_array) +
           index * ((struct w2s_array *)array)->object.type->size;
}

static w2s_instance *instance_of(void *ctx)
{
    return ((struct w2s_ctx *)ctx)->instance;
}

void *w2s_rt_struct_new(void *ctx, void *type)
{
    const struct w2s_object_type *t = type;
    struct w2s_object *object = rt_object_alloc(t, t->size);
    if (!object)
        w2s_rt_trap(ctx, W2S_TRAP_OUT_OF_MEMORY, 0);
    return object;
}

/* One byte more than there is use for: optimised loops may hold no pointer to the array but one to
 * its end, which has to be inside. */
void *w2s_rt_array_new(void *ctx, void *type, uint32_t length)
{
    const struct w2s_object_type *t = type;
    uint64_t size = sizeof(struct w2s_array) + (uint64_t)length * t->size + 1;
    struct w2s_array *array = (struct w2s_array *)rt_object_alloc(t, size);
    if (!array)
        w2s_rt_trap(ctx, W2S_TRAP_OUT_OF_MEMORY, 0);
    array->length = length;
    return array;
}

/* ---- from segments ---- */

/* The bytes of n elements of a data segment; traps if they are not there. */
static const uint8_t *data_bytes(void *ctx, uint32_t segment, uint64_t source, uint64_t size)
{
    const w2s_instance *instance = instance_of(ctx);
    const struct w2s_data_desc *data = &instance->module->desc->datas[segment];
    if (!rt_in_range(source, size, instance->dropped_datas[segment] ? 0 : data->size))
        w2s_rt_trap(ctx, W2S_TRAP_MEMORY_OOB, 0);
    return size ? data->bytes + source : NULL;
}

static void check_elems(void *ctx, uint32_t segment, uint32_t source, uint32_t n)
{
    const w2s_instance *instance = instance_of(ctx);
    uint64_t count = instance->module->desc->elems[segment].count;
    if (!rt_in_range(source, n, instance->dropped_elems[segment] ? 0 : count))
        w2s_rt_trap(ctx, W2S_TRAP_TABLE_OOB, 0);
}

static void copy_elems(void *ctx, void *array, uint32_t dest, uint32_t segment, uint32_t source,
                       uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        void *ref = rt_elem_ref(instance_of(ctx), segment, (uint64_t)source + i);
        memcpy(element(array, (uint64_t)dest + i), &ref, sizeof ref);
    }
}

void *w2s_rt_array_new_data(void *ctx, void *type, uint32_t segment, uint32_t source, uint32_t n)
{
    uint64_t size = (uint64_t)n * ((const struct w2s_object_type *)type)->size;
    const uint8_t *bytes = data_bytes(ctx, segment, source, size);
    void *array = w2s_rt_array_new(ctx, type, n);
    if (size)
        memcpy(element(array, 0), bytes, size);
    return array;
}

void *w2s_rt_array_new_elem(void *ctx, void *type, uint32_t segment, uint32_t source, uint32_t n)
{
    check_elems(ctx, segment, source, n);
    void *array = w2s_rt_array_new(ctx, type, n);
    copy_elems(ctx, array, 0, segment, source, n);
    return array;
}

/* ---- into arrays ---- */

static void check_array(void *ctx, const void *array, uint32_t start, uint32_t n)
{
    if (!rt_in_range(start, n, ((const struct w2s_array *)array)->length))
        w2s_rt_trap(ctx, W2S_TRAP_ARRAY_OOB, 0);
}

void w2s_rt_array_init_data(void *ctx, void *array, uint32_t segment, uint32_t dest,
                            uint32_t source, uint32_t n)
{
    check_array(ctx, array, dest, n);
    uint64_t size = (uint64_t)n * ((struct w2s_array *)array)->object.type->size;
    const uint8_t *bytes = data_bytes(ctx, segment, source, size);
    if (size)
        memcpy(element(array, dest), bytes, size);
}

void w2s_rt_array_init_elem(void *ctx, void *array, uint32_t segment, uint32_t dest,
                            uint32_t source, uint32_t n)
{
    check_array(ctx, array, dest, n);
    check_elems(ctx, segment, source, n);
    copy_elems(ctx, array, dest, segment, source, n);
}

void w2s_rt_array_copy(void *ctx, void *to, uint32_t dest, void *from, uint32_t source, uint32_t n)
{
    check_array(ctx, to, dest, n);
    check_array(ctx, from, source, n);
    size_t size = (size_t)n * ((struct w2s_array *)to)->object.type->size;
    memmove(element(to, dest), element(from, source), size);
}
