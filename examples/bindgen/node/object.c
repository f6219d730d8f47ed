/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Memories, tables and globals as objects with the methods of WebAssembly.Memory, Table and Global.
 * A memory's buffer lies over the linear memory; when that has grown the buffer is detached and the
 * next one is new, as the JavaScript API has it: glue tells by it that its views are out of date.
 */
#include "addon.h"

#include <stdlib.h>

struct memory {
    struct memory *next; /* of the guest */
    struct guest *guest;
    w2s_memory *memory;
    napi_ref buffer; /* or NULL */
    uint64_t size;   /* of buffer */
};

struct table {
    struct guest *guest;
    w2s_table *table;
};

struct global {
    struct guest *guest;
    w2s_global *global;
};

/* The first two arguments of a call, undefined where not given, and what the method belongs to. */
static void *method(napi_env env, napi_callback_info info, napi_value *args, size_t *count)
{
    void *data;
    *count = 2;
    napi_get_cb_info(env, info, count, args, NULL, &data);
    return data;
}

static napi_value object_new(napi_env env, void *data, napi_property_descriptor *properties,
                             size_t count)
{
    napi_value js = NULL;
    for (size_t i = 0; i < count; i++) {
        properties[i].data = data;
        properties[i].attributes = napi_enumerable;
    }
    if (!data)
        return NULL;
    napi_create_object(env, &js);
    napi_define_properties(env, js, count, properties);
    return js;
}

/* An index or a count; throws where it is none. */
static bool index_of(napi_env env, napi_value js, uint64_t *index)
{
    double number;
    if (napi_get_value_double(env, js, &number) != napi_ok || !(number >= 0) || number > 1e15)
        return throw_error(env, "TypeError", "an index or a count is wanted");
    *index = (uint64_t)number;
    return true;
}

static napi_value number_new(napi_env env, uint64_t number)
{
    napi_value js = NULL;
    napi_create_double(env, (double)number, &js);
    return js;
}

/* ---- memories ---- */

static void buffer_detach(struct memory *memory)
{
    napi_value buffer = NULL;
    napi_get_reference_value(memory->guest->env, memory->buffer, &buffer);
    if (buffer)
        napi_detach_arraybuffer(memory->guest->env, buffer);
    napi_delete_reference(memory->guest->env, memory->buffer);
    memory->buffer = NULL;
}

static void memory_refresh(struct memory *memory)
{
    if (memory->buffer && memory->size != w2s_memory_size(memory->memory))
        buffer_detach(memory);
}

void memories_refresh(struct guest *guest)
{
    for (struct memory *memory = guest->memories; memory; memory = memory->next)
        memory_refresh(memory);
}

static napi_value memory_buffer(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2], buffer = NULL;
    struct memory *memory = method(env, info, args, &count);
    memory_refresh(memory);
    if (memory->buffer) {
        napi_get_reference_value(env, memory->buffer, &buffer);
        return buffer;
    }
    memory->size = w2s_memory_size(memory->memory);
    napi_create_external_arraybuffer(env, w2s_memory_base(memory->memory), memory->size, NULL, NULL,
                                     &buffer);
    napi_create_reference(env, buffer, 1, &memory->buffer);
    return buffer;
}

/* Also by no page: the buffer is a new one. */
static napi_value memory_grow(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    uint64_t pages;
    struct memory *memory = method(env, info, args, &count);
    if (!index_of(env, args[0], &pages))
        return NULL;
    uint64_t old = w2s_memory_grow(memory->memory, pages);
    if (old == UINT64_MAX)
        return throw_error(env, "RangeError", "the memory cannot grow by so much");
    if (memory->buffer)
        buffer_detach(memory);
    return number_new(env, old);
}

napi_value memory_js(struct guest *guest, w2s_memory *of)
{
    napi_property_descriptor properties[] = {{.utf8name = "buffer", .getter = memory_buffer},
                                             {.utf8name = "grow", .method = memory_grow}};
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    *memory = (struct memory){.next = guest->memories, .guest = guest, .memory = of};
    guest->memories = memory;
    return object_new(guest->env, memory, properties, 2);
}

/* ---- tables ---- */

static napi_value table_length(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    const struct table *table = method(env, info, args, &count);
    return number_new(env, w2s_table_size(table->table));
}

static napi_value table_get(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    uint64_t index;
    w2s_value value = {.i64 = 0};
    const struct table *table = method(env, info, args, &count);
    if (!index_of(env, args[0], &index))
        return NULL;
    if (!w2s_table_get(table->table, index, &value.ref))
        return throw_error(env, "RangeError", "no such element in the table");
    return to_js(table->guest, value, w2s_table_type(table->table).type);
}

/* A function that is not given is null. */
static bool element(const struct table *table, size_t count, napi_value *args, w2s_value *value)
{
    w2s_valtype type = w2s_table_type(table->table).type;
    if (count < 2 && type.heap == W2S_HEAP_FUNC)
        napi_get_null(table->guest->env, &args[1]);
    return from_js(table->guest, args[1], type, value);
}

static napi_value table_set(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    uint64_t index;
    w2s_value value;
    const struct table *table = method(env, info, args, &count);
    if (!index_of(env, args[0], &index) || !element(table, count, args, &value))
        return NULL;
    if (!w2s_table_set(table->table, index, value.ref))
        throw_error(env, "RangeError", "no such element in the table");
    return NULL;
}

static napi_value table_grow(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    uint64_t more;
    w2s_value value;
    const struct table *table = method(env, info, args, &count);
    if (!index_of(env, args[0], &more) || !element(table, count, args, &value))
        return NULL;
    uint64_t old = w2s_table_grow(table->table, more, value.ref);
    if (old == UINT64_MAX)
        return throw_error(env, "RangeError", "the table cannot grow by so much");
    return number_new(env, old);
}

napi_value table_js(struct guest *guest, w2s_table *of)
{
    napi_property_descriptor properties[] = {{.utf8name = "length", .getter = table_length},
                                             {.utf8name = "get", .method = table_get},
                                             {.utf8name = "set", .method = table_set},
                                             {.utf8name = "grow", .method = table_grow}};
    struct table *table = calloc(1, sizeof *table);
    if (table)
        *table = (struct table){guest, of};
    return object_new(guest->env, table, properties, 4);
}

/* ---- globals ---- */

static napi_value global_get(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    const struct global *global = method(env, info, args, &count);
    return to_js(global->guest, w2s_global_get(global->global),
                 w2s_global_type(global->global).type);
}

static napi_value global_set(napi_env env, napi_callback_info info)
{
    size_t count;
    napi_value args[2];
    w2s_value value;
    const struct global *global = method(env, info, args, &count);
    w2s_externtype type = w2s_global_type(global->global);
    if (!type.is_mutable)
        return throw_error(env, "TypeError", "the global cannot be changed");
    if (from_js(global->guest, args[0], type.type, &value))
        w2s_global_set(global->global, value);
    return NULL;
}

napi_value global_js(struct guest *guest, w2s_global *of)
{
    napi_property_descriptor properties[] = {
        {.utf8name = "value", .getter = global_get, .setter = global_set},
        {.utf8name = "valueOf", .method = global_get}};
    w2s_valtype type = w2s_global_type(of).type;
    w2s_functype has = {&type, NULL, 1, 0};
    struct global *global = is_supported(&has) ? calloc(1, sizeof *global) : NULL;
    if (global)
        *global = (struct global){guest, of};
    return object_new(guest->env, global, properties, 2);
}
