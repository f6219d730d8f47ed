/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values over the boundary, converted as the JavaScript API says (ToInt32, ToBigInt64, ToNumber),
 * and the values of JavaScript that a guest holds. Those are elements of an array; an externref is
 * the index plus one. What the guest has dropped is found out between calls, by looking at its
 * tables and globals. Where it can keep references in other places than exports it holds them for
 * good.
 */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

enum { SWEEP_AT_LEAST = 1000 };

/* ---- held values ---- */

bool held_init(struct guest *guest)
{
    napi_value values;
    guest->held.limit = SWEEP_AT_LEAST;
    return napi_create_array(guest->env, &values) == napi_ok &&
           napi_create_reference(guest->env, values, 1, &guest->held.values) == napi_ok;
}

static napi_value held_values(const struct guest *guest)
{
    napi_value values = NULL;
    napi_get_reference_value(guest->env, guest->held.values, &values);
    return values;
}

/* Room for one more slot, and for all of them in the list of free ones. */
static bool held_grow(struct guest *guest)
{
    if (guest->held.count < guest->held.room)
        return true;
    uint32_t room = guest->held.room ? 2 * guest->held.room : 64;
    bool *marks = realloc(guest->held.marks, room * sizeof *marks);
    if (marks)
        guest->held.marks = marks;
    uint32_t *slots = realloc(guest->held.free_slots, room * sizeof *slots);
    if (slots)
        guest->held.free_slots = slots;
    if (!marks || !slots)
        return false;
    memset(marks + guest->held.room, 0, (room - guest->held.room) * sizeof *marks);
    guest->held.room = room;
    return true;
}

static bool hold(struct guest *guest, napi_value js, void **ref)
{
    uint32_t slot;
    if (guest->held.free_count > 0)
        slot = guest->held.free_slots[--guest->held.free_count];
    else if (held_grow(guest))
        slot = guest->held.count++;
    else
        return throw_error(guest->env, "RangeError", "out of memory");
    *ref = (void *)((uintptr_t)slot + 1);
    return napi_set_element(guest->env, held_values(guest), slot, js) == napi_ok;
}

static napi_value held_get(const struct guest *guest, const void *ref)
{
    napi_value js = NULL;
    if (ref)
        napi_get_element(guest->env, held_values(guest), (uint32_t)((uintptr_t)ref - 1), &js);
    else
        napi_get_null(guest->env, &js);
    return js;
}

static bool is_extern(w2s_valtype type)
{
    return type.kind == W2S_REF && type.heap == W2S_HEAP_EXTERN;
}

/* Functions are not held, numbers are not references. */
static bool can_hold(w2s_valtype type)
{
    return type.kind == W2S_REF && type.heap != W2S_HEAP_FUNC;
}

static uint32_t places_inside(const struct w2s_module_desc *desc)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < desc->table_count; i++)
        count += can_hold(desc->tables[i].type.type);
    for (uint32_t i = 0; i < desc->global_count; i++)
        count += can_hold(desc->globals[i].type.type);
    return count;
}

/* A place exported under two names is counted twice, which only leaves more unswept. */
void held_watch(struct guest *guest, w2s_instance *instance)
{
    const struct w2s_module_desc *desc = w2s_module_desc(w2s_instance_module(instance));
    guest->held.places = calloc(desc->export_count + 1, sizeof *guest->held.places);
    if (!guest->held.places)
        return;
    for (uint32_t i = 0; i < desc->export_count; i++) {
        const struct w2s_export_desc *export = &desc->exports[i];
        bool is_place =
            (export->kind == W2S_TABLE && is_extern(desc->tables[export->index].type.type)) ||
            (export->kind == W2S_GLOBAL && is_extern(desc->globals[export->index].type.type));
        if (is_place)
            guest->held.places[guest->held.place_count++] = w2s_instance_export_at(instance, i);
    }
    guest->held.swept = guest->held.place_count == places_inside(desc);
}

static void mark(struct guest *guest, const void *ref)
{
    if (ref)
        guest->held.marks[(uintptr_t)ref - 1] = true;
}

static void mark_place(struct guest *guest, w2s_extern place)
{
    void *ref;
    if (place.kind == W2S_GLOBAL) {
        mark(guest, w2s_global_get(place.of.global).ref);
        return;
    }
    for (uint64_t i = w2s_table_size(place.of.table); i-- > 0;)
        if (w2s_table_get(place.of.table, i, &ref))
            mark(guest, ref);
}

void held_sweep(struct guest *guest)
{
    if (!guest->held.swept || guest->held.count - guest->held.free_count < guest->held.limit)
        return;
    napi_value values = held_values(guest), undefined;
    napi_get_undefined(guest->env, &undefined);
    for (uint32_t i = 0; i < guest->held.place_count; i++)
        mark_place(guest, guest->held.places[i]);
    guest->held.free_count = 0;
    for (uint32_t slot = 0; slot < guest->held.count; slot++) {
        if (!guest->held.marks[slot]) {
            napi_set_element(guest->env, values, slot, undefined);
            guest->held.free_slots[guest->held.free_count++] = slot;
        }
        guest->held.marks[slot] = false;
    }
    guest->held.limit = 2 * (guest->held.count - guest->held.free_count) + SWEEP_AT_LEAST;
}

/* ---- conversion ---- */

/* BigInt.asIntN(64, js): what is no BigInt is converted, or an exception, as the API has it. */
static bool to_bigint(napi_env env, napi_value js, int64_t *number)
{
    bool lossless;
    napi_value global, class, convert, args[2] = {NULL, js};
    if (napi_get_value_bigint_int64(env, js, number, &lossless) == napi_ok)
        return true;
    napi_create_int32(env, 64, &args[0]);
    return napi_get_global(env, &global) == napi_ok &&
           napi_get_named_property(env, global, "BigInt", &class) == napi_ok &&
           napi_get_named_property(env, class, "asIntN", &convert) == napi_ok &&
           napi_call_function(env, class, convert, 2, args, &js) == napi_ok &&
           napi_get_value_bigint_int64(env, js, number, &lossless) == napi_ok;
}

static bool to_number(napi_env env, napi_value js, double *number)
{
    return napi_get_value_double(env, js, number) == napi_ok ||
           (napi_coerce_to_number(env, js, &js) == napi_ok &&
            napi_get_value_double(env, js, number) == napi_ok);
}

static bool to_int32(napi_env env, napi_value js, int32_t *number)
{
    return napi_get_value_int32(env, js, number) == napi_ok ||
           (napi_coerce_to_number(env, js, &js) == napi_ok &&
            napi_get_value_int32(env, js, number) == napi_ok);
}

static bool to_reference(struct guest *guest, napi_value js, w2s_valtype type, void **ref)
{
    napi_valuetype kind;
    napi_typeof(guest->env, js, &kind);
    *ref = NULL;
    if (kind == napi_null && type.nullable)
        return true;
    if (is_extern(type) && kind != napi_null)
        return hold(guest, js, ref);
    *ref = function_of(guest->env, js);
    return *ref || throw_error(guest->env, "TypeError", "not a reference of the type wanted");
}

bool from_js(struct guest *guest, napi_value js, w2s_valtype type, w2s_value *value)
{
    double number = 0;
    bool ok = true;
    *value = (w2s_value){.i64 = 0};
    switch (type.kind) {
    case W2S_I32: ok = to_int32(guest->env, js, &value->i32); break;
    case W2S_I64: ok = to_bigint(guest->env, js, &value->i64); break;
    case W2S_F32:
        ok = to_number(guest->env, js, &number);
        value->f32 = (float)number;
        break;
    case W2S_F64: ok = to_number(guest->env, js, &value->f64); break;
    default: ok = to_reference(guest, js, type, &value->ref);
    }
    return ok;
}

napi_value to_js(struct guest *guest, w2s_value value, w2s_valtype type)
{
    napi_value js = NULL;
    switch (type.kind) {
    case W2S_I32: napi_create_int32(guest->env, value.i32, &js); break;
    case W2S_I64: napi_create_bigint_int64(guest->env, value.i64, &js); break;
    case W2S_F32: napi_create_double(guest->env, (double)value.f32, &js); break;
    case W2S_F64: napi_create_double(guest->env, value.f64, &js); break;
    default:
        js = is_extern(type) || !value.ref ? held_get(guest, value.ref)
                                           : function_js(guest, value.ref);
    }
    return js;
}

/* Neither vectors nor objects go over. */
static bool is_convertible(w2s_valtype type)
{
    if (type.kind == W2S_REF)
        return type.heap == W2S_HEAP_EXTERN || type.heap == W2S_HEAP_FUNC;
    return type.kind == W2S_I32 || type.kind == W2S_I64 || type.kind == W2S_F32 ||
           type.kind == W2S_F64;
}

bool is_supported(const w2s_functype *type)
{
    if (type->param_count > MAX_VALUES || type->result_count > MAX_VALUES)
        return false;
    for (uint32_t i = 0; i < type->param_count; i++)
        if (!is_convertible(type->params[i]))
            return false;
    for (uint32_t i = 0; i < type->result_count; i++)
        if (!is_convertible(type->results[i]))
            return false;
    return true;
}
