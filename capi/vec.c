/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Vectors: a size and an array. The eleven families differ in the type of their elements only; each
 * gets its five functions from a macro, which call the same few that do the work.
 */
#include "capi/capi.h"

#include <stdlib.h>

void *items_new(size_t size, size_t item_size, const void *from)
{
    void *items = size ? calloc(size, item_size) : NULL;
    if (items && from)
        memcpy(items, from, size * item_size);
    return items;
}

/* Items are of types that differ: they are moved as bytes. */
void items_copy(void *items, size_t size, void *(*copy)(const void *))
{
    for (size_t i = 0; i < size; i++) {
        void *item;
        memcpy(&item, (char *)items + i * sizeof item, sizeof item);
        item = item ? copy(item) : NULL;
        memcpy((char *)items + i * sizeof item, &item, sizeof item);
    }
}

void items_delete(void *items, size_t size, void (*destroy)(void *))
{
    for (size_t i = 0; i < size; i++) {
        void *item;
        memcpy(&item, (char *)items + i * sizeof item, sizeof item);
        destroy(item);
    }
    free(items);
}

/* clang-format off */
#define DEFINE_NEW(name)                                                                           \
    void wasm_##name##_vec_new_empty(wasm_##name##_vec_t *out)                                     \
    {                                                                                              \
        out->size = 0;                                                                             \
        out->data = NULL;                                                                          \
    }                                                                                              \
    void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t *out, size_t size)                \
    {                                                                                              \
        out->data = items_new(size, sizeof *out->data, NULL);                                      \
        out->size = out->data ? size : 0;                                                          \
    }

/* Elements are pointers to what has a copy and a delete. */
#define DEFINE_VEC(name)                                                                           \
    DEFINE_NEW(name)                                                                               \
    static void *name##_copy(const void *item)                                                     \
    {                                                                                              \
        return wasm_##name##_copy(item);                                                           \
    }                                                                                              \
    static void name##_delete(void *item)                                                          \
    {                                                                                              \
        wasm_##name##_delete(item);                                                                \
    }                                                                                              \
    void wasm_##name##_vec_new(wasm_##name##_vec_t *out, size_t size,                              \
                               wasm_##name##_t *const items[])                                     \
    {                                                                                              \
        out->data = items_new(size, sizeof *out->data, items);                                     \
        out->size = out->data ? size : 0;                                                          \
    }                                                                                              \
    void wasm_##name##_vec_copy(wasm_##name##_vec_t *out, const wasm_##name##_vec_t *from)         \
    {                                                                                              \
        wasm_##name##_vec_new(out, from->size, from->data);                                        \
        items_copy(out->data, out->size, name##_copy);                                             \
    }                                                                                              \
    void wasm_##name##_vec_delete(wasm_##name##_vec_t *vec)                                        \
    {                                                                                              \
        items_delete(vec->data, vec->size, name##_delete);                                         \
        wasm_##name##_vec_new_empty(vec);                                                          \
    }

DEFINE_VEC(valtype)
DEFINE_VEC(functype)
DEFINE_VEC(globaltype)
DEFINE_VEC(tabletype)
DEFINE_VEC(memorytype)
DEFINE_VEC(tagtype)
DEFINE_VEC(externtype)
DEFINE_VEC(importtype)
DEFINE_VEC(exporttype)
DEFINE_VEC(frame)
DEFINE_VEC(extern)
DEFINE_NEW(byte)
DEFINE_NEW(val)
/* clang-format on */

void wasm_byte_vec_new(wasm_byte_vec_t *out, size_t size, const wasm_byte_t bytes[])
{
    out->data = items_new(size, sizeof *out->data, bytes);
    out->size = out->data ? size : 0;
}

void wasm_byte_vec_copy(wasm_byte_vec_t *out, const wasm_byte_vec_t *from)
{
    wasm_byte_vec_new(out, from->size, from->data);
}

void wasm_byte_vec_delete(wasm_byte_vec_t *vec)
{
    free(vec->data);
    wasm_byte_vec_new_empty(vec);
}

void wasm_val_vec_new(wasm_val_vec_t *out, size_t size, const wasm_val_t values[])
{
    out->data = items_new(size, sizeof *out->data, values);
    out->size = out->data ? size : 0;
}

void wasm_val_vec_copy(wasm_val_vec_t *out, const wasm_val_vec_t *from)
{
    wasm_val_vec_new_uninitialized(out, from->size);
    for (size_t i = 0; i < out->size; i++)
        wasm_val_copy(&out->data[i], &from->data[i]);
}

void wasm_val_vec_delete(wasm_val_vec_t *vec)
{
    for (size_t i = 0; i < vec->size; i++)
        wasm_val_delete(&vec->data[i]);
    free(vec->data);
    wasm_val_vec_new_empty(vec);
}
