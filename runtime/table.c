/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tables: arrays of reference pointers. Growing may move the array; generated code reads base and
 * size anew at each access. The bulk helpers check before they write an element (spec 4.4.6).
 */
#include "runtime/collector.h"

#include <stdlib.h>
#include <string.h>

static uint64_t max_elements(const w2s_store *store, const struct w2s_externtype *type)
{
    uint64_t max = type->has_max ? type->max : UINT64_MAX;
    if (!type->is_64 && max > UINT32_MAX)
        max = UINT32_MAX;
    return max > store->config.max_table ? store->config.max_table : max;
}

bool rt_table_init(struct rt_table *table, w2s_store *store, const struct w2s_externtype *type,
                   const struct w2s_module_desc *desc, w2s_error *err)
{
    *table = (struct rt_table){.store = store, .desc = desc, .type = *type};
    table->max_size = max_elements(store, type);
    if (type->min > table->max_size)
        return rt_fail(err, W2S_ERROR_MEMORY, "a table of %llu elements is over the limit",
                       (unsigned long long)type->min);
    if (!rt_store_add_table(store, type->min))
        return rt_fail(err, W2S_ERROR_LIMIT,
                       "a table of %llu elements is over the limit of the store's tables",
                       (unsigned long long)type->min);
    if (type->min && !(table->pub.base = calloc(type->min, sizeof(void *)))) {
        store->total_table -= type->min;
        return rt_fail(err, W2S_ERROR_MEMORY, "no memory for a table of %llu elements",
                       (unsigned long long)type->min);
    }
    table->pub.size = table->capacity = type->min;
    return true;
}

void rt_table_destroy(struct rt_table *table)
{
    free(table->pub.base);
    if (table->store)
        table->store->total_table -= table->pub.size;
    table->pub = (struct w2s_table){NULL, 0};
}

void rt_table_shrink(struct rt_table *table)
{
    const uint64_t min = table->type.min;
    table->store->total_table -= table->pub.size - min;
    table->pub.size = min;
    if (table->capacity == min)
        return;
    void **base = min ? realloc(table->pub.base, min * sizeof *base) : NULL;
    if (min && !base) /* then it keeps the room */
        return;
    if (!min)
        free(table->pub.base);
    table->pub.base = base;
    table->capacity = min;
}

/* ---- the embedding API ---- */

static void fill(struct w2s_table *table, uint64_t start, uint64_t n, void *ref)
{
    for (uint64_t i = start; i < start + n; i++)
        table->base[i] = ref;
}

static void host_table_destroy(void *self)
{
    rt_table_destroy(self);
    free(self);
}

w2s_table *w2s_table_new(w2s_store *store, const w2s_externtype *type, void *init, w2s_error *err)
{
    if (type->type.kind != W2S_REF || type->type.heap < W2S_HEAP_FUNC ||
        (type->has_max && type->max < type->min)) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "a table needs an abstract reference type and min <= max");
        return NULL;
    }
    struct rt_table *table = malloc(sizeof *table);
    if (!table) {
        rt_fail_memory(err);
        return NULL;
    }
    if (!rt_table_init(table, store, type, NULL, err)) {
        free(table);
        return NULL;
    }
    if (init)
        fill(&table->pub, 0, table->pub.size, init);
    rt_store_own_as(store, &table->owned, RT_TABLE, host_table_destroy, table);
    return &table->pub;
}

uint64_t w2s_table_size(const w2s_table *table)
{
    return table->size;
}

bool w2s_table_get(const w2s_table *table, uint64_t index, void **ref)
{
    if (index >= table->size)
        return false;
    *ref = table->base[index];
    return true;
}

bool w2s_table_set(w2s_table *table, uint64_t index, void *ref)
{
    if (index >= table->size)
        return false;
    const w2s_store *store = ((struct rt_table *)table)->store;
    rt_roots_lock(store);
    table->base[index] = ref;
    rt_roots_unlock(store);
    return true;
}

/* Room for size elements; grows by half at least, so that growing by one is not quadratic. */
static bool make_room(struct rt_table *table, uint64_t size)
{
    if (size <= table->capacity)
        return true;
    uint64_t capacity = table->capacity + table->capacity / 2;
    if (capacity < size)
        capacity = size;
    if (capacity > table->max_size)
        capacity = table->max_size;
    if (capacity > SIZE_MAX / sizeof(void *))
        return false;
    void **base = realloc(table->pub.base, capacity * sizeof *base);
    if (!base)
        return false;
    table->pub.base = base;
    table->capacity = capacity;
    return true;
}

static uint64_t grow(struct rt_table *t, uint64_t count, void *ref)
{
    struct w2s_table *table = &t->pub;
    uint64_t old = table->size;
    if (!rt_in_range(old, count, t->max_size) || !rt_store_add_table(t->store, count))
        return UINT64_MAX;
    if (!make_room(t, old + count)) {
        t->store->total_table -= count;
        return UINT64_MAX;
    }
    fill(table, old, count, ref);
    table->size = old + count;
    return old;
}

uint64_t w2s_table_grow(w2s_table *table, uint64_t count, void *ref)
{
    struct rt_table *t = (struct rt_table *)table;
    rt_roots_lock(t->store);
    uint64_t old = grow(t, count, ref);
    rt_roots_unlock(t->store);
    return old;
}

w2s_externtype w2s_table_type(const w2s_table *table)
{
    w2s_externtype type = ((const struct rt_table *)table)->type;
    type.kind = W2S_TABLE;
    type.min = table->size;
    return type;
}

/* ---- what generated code calls ---- */

static struct w2s_table *table_at(void *ctx, uint32_t index)
{
    return ((struct w2s_ctx *)ctx)->instance->tables[index];
}

uint64_t w2s_rt_table_grow(void *ctx, uint32_t table, void *ref, uint64_t n)
{
    return w2s_table_grow(table_at(ctx, table), n, ref);
}

void *rt_elem_ref(const w2s_instance *instance, uint32_t segment, uint64_t i)
{
    const struct w2s_elem_desc *elem = &instance->module->desc->elems[segment];
    if (elem->funcs)
        return rt_instance_func_at(instance, elem->funcs[i]);
    return instance->elem_refs[segment][i];
}

bool rt_elem_init(w2s_instance *instance, struct w2s_table *table, uint32_t segment, uint64_t dest,
                  uint64_t source, uint64_t n)
{
    const struct w2s_elem_desc *elem = &instance->module->desc->elems[segment];
    uint64_t size = instance->dropped_elems[segment] ? 0 : elem->count;
    if (!rt_in_range(source, n, size) || !rt_in_range(dest, n, table->size))
        return false;
    void **to = table->base + dest;
    if (!elem->funcs && n)
        memcpy(to, instance->elem_refs[segment] + source, n * sizeof *to);
    for (uint64_t i = 0; elem->funcs && i < n; i++)
        to[i] = rt_instance_func_at(instance, elem->funcs[source + i]);
    return true;
}

void w2s_rt_table_init(void *ctx, uint32_t table, uint32_t segment, uint64_t dest, uint64_t source,
                       uint64_t n)
{
    w2s_instance *instance = ((struct w2s_ctx *)ctx)->instance;
    if (!rt_elem_init(instance, table_at(ctx, table), segment, dest, source, n))
        w2s_rt_trap(ctx, W2S_TRAP_TABLE_OOB, 0);
}

void w2s_rt_table_copy(void *ctx, uint32_t to, uint32_t from, uint64_t dest, uint64_t source,
                       uint64_t n)
{
    struct w2s_table *d = table_at(ctx, to), *s = table_at(ctx, from);
    if (!rt_in_range(dest, n, d->size) || !rt_in_range(source, n, s->size))
        w2s_rt_trap(ctx, W2S_TRAP_TABLE_OOB, 0);
    if (n)
        memmove(d->base + dest, s->base + source, n * sizeof(void *));
}

void w2s_rt_table_fill(void *ctx, uint32_t table, uint64_t dest, void *ref, uint64_t n)
{
    struct w2s_table *t = table_at(ctx, table);
    if (!rt_in_range(dest, n, t->size))
        w2s_rt_trap(ctx, W2S_TRAP_TABLE_OOB, 0);
    fill(t, dest, n, ref);
}

void w2s_rt_elem_drop(void *ctx, uint32_t segment)
{
    ((struct w2s_ctx *)ctx)->instance->dropped_elems[segment] = 1;
}

uint32_t w2s_rt_func_is(void *ctx, void *func, uint32_t type_index)
{
    const struct w2s_func *f = func;
    const struct w2s_module_desc *desc = ((struct w2s_ctx *)ctx)->instance->module->desc;
    return f && rt_type_is(f->type, f->instance ? f->instance->module->desc : NULL,
                           desc->types[type_index].id);
}
