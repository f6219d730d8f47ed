/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Traps and their frames. A trap that a host function returns goes through wasm as the runtime's
 * and comes out as the same object: until then it is in flight. Exceptions are the exception, as
 * wasm may catch them.
 */
#include "capi/capi.h"

#include <stdlib.h>

/* ---- making traps ---- */

static wasm_trap_t *trap_make(wasm_store_t *store, w2s_trap *trap, const char *text, size_t size)
{
    wasm_trap_t *made = ref_new(store, REF_TRAP, sizeof *made);
    if (!made) {
        w2s_trap_free(trap);
        return NULL;
    }
    made->trap = trap;
    wasm_byte_vec_new_uninitialized(&made->message, size + 1);
    if (made->message.data && size)
        memcpy(made->message.data, text, size);
    return made;
}

/* The message with or without its NUL. */
wasm_trap_t *wasm_trap_new(wasm_store_t *store, const wasm_message_t *message)
{
    size_t size = message ? message->size : 0;
    while (size && message->data[size - 1] == '\0')
        size--;
    wasm_trap_t *trap = trap_make(store, NULL, size ? message->data : NULL, size);
    if (trap && trap->message.data)
        trap->trap = w2s_trap_new(store->store, trap->message.data);
    return trap;
}

wasm_trap_t *trap_text(wasm_store_t *store, const char *message)
{
    return trap_make(store, NULL, message, strlen(message));
}

/* ---- to wasm and back ---- */

static w2s_trap *trap_again(const wasm_trap_t *trap)
{
    return w2s_trap_new(trap->ref.store->store, trap->message.data ? trap->message.data : "");
}

w2s_trap *trap_to(wasm_trap_t *trap)
{
    wasm_store_t *store = trap->ref.store;
    if (!trap->trap)
        trap->trap = trap_again(trap);
    w2s_trap *out = trap->in_flight ? trap_again(trap) : trap->trap;
    if (!trap->in_flight && !w2s_trap_tag(out)) {
        trap->in_flight = true;
        trap->next = store->in_flight;
        store->in_flight = trap;
        return out;
    }
    if (!trap->in_flight)
        trap->trap = NULL; /* an exception: wasm's alone */
    wasm_trap_delete(trap);
    return out;
}

wasm_trap_t *trap_from(wasm_store_t *store, w2s_trap *trap)
{
    for (wasm_trap_t **link = &store->in_flight; *link; link = &(*link)->next) {
        wasm_trap_t *known = *link;
        if (known->trap == trap) {
            *link = known->next;
            known->in_flight = false;
            return known;
        }
    }
    const char *message = w2s_trap_message(trap);
    return trap_make(store, trap, message, strlen(message));
}

void trap_destroy(wasm_trap_t *trap)
{
    if (!trap->in_flight)
        w2s_trap_free(trap->trap);
    wasm_byte_vec_delete(&trap->message);
}

void traps_close(wasm_store_t *store)
{
    for (wasm_ref_t *ref = store->refs; ref; ref = ref->next) {
        wasm_trap_t *trap = wasm_ref_as_trap(ref);
        if (!trap)
            continue;
        if (!trap->in_flight)
            w2s_trap_free(trap->trap);
        trap->trap = NULL;
    }
}

/* ---- looking at them ---- */

void wasm_trap_message(const wasm_trap_t *trap, wasm_message_t *out)
{
    wasm_byte_vec_copy(out, &trap->message);
}

/* The instance of the module, if there is one only. */
static wasm_instance_t *instance_of(const wasm_store_t *store, const w2s_module *module)
{
    wasm_instance_t *found = NULL;
    for (wasm_ref_t *ref = store->refs; ref; ref = ref->next) {
        wasm_instance_t *instance = wasm_ref_as_instance(ref);
        if (!instance || w2s_instance_module(instance->instance) != module)
            continue;
        if (found)
            return NULL;
        found = instance;
    }
    return found;
}

/* The function that contains the byte offset of a module. */
static uint32_t func_around(const struct w2s_module_desc *desc, uint32_t offset)
{
    uint32_t found = W2S_NONE;
    for (uint32_t i = desc->import_func_count; i < desc->func_count; i++)
        if (desc->funcs[i].wasm_offset <= offset &&
            (found == W2S_NONE || desc->funcs[i].wasm_offset >= desc->funcs[found].wasm_offset))
            found = i;
    return found;
}

/* Where the trapping instruction lies in a function that was inlined: that function, whose frame is
 * missing; else W2S_NONE. */
static uint32_t inlined_func(const wasm_trap_t *trap)
{
    const w2s_module *module = w2s_trap_frame_module(trap->trap, 0);
    uint32_t offset = w2s_trap_offset(trap->trap);
    if (!module || offset == W2S_NONE)
        return W2S_NONE;
    uint32_t func = func_around(w2s_module_desc(module), offset);
    return func == w2s_trap_frame(trap->trap, 0).func_index ? W2S_NONE : func;
}

static wasm_frame_t *frame_new(const wasm_trap_t *trap, const w2s_module *module, uint32_t func,
                               uint32_t offset)
{
    wasm_frame_t *frame = malloc(sizeof *frame);
    uint32_t start = w2s_module_desc(module)->funcs[func].wasm_offset;
    if (frame)
        *frame = (wasm_frame_t){.instance = instance_of(trap->ref.store, module),
                                .func_index = func,
                                .func_offset = offset - start,
                                .module_offset = offset};
    return frame;
}

/* Frame number index of the runtime's, or NULL for a host function's. The instruction is known of
 * the innermost frame at most. */
static wasm_frame_t *frame_at(const wasm_trap_t *trap, size_t index, bool inlined)
{
    const w2s_module *module = w2s_trap_frame_module(trap->trap, index);
    if (!module)
        return NULL;
    uint32_t func = w2s_trap_frame(trap->trap, index).func_index;
    uint32_t offset = index == 0 && !inlined ? w2s_trap_offset(trap->trap) : W2S_NONE;
    if (offset == W2S_NONE)
        offset = w2s_module_desc(module)->funcs[func].wasm_offset;
    return frame_new(trap, module, func, offset);
}

void wasm_trap_trace(const wasm_trap_t *trap, wasm_frame_vec_t *out)
{
    bool known = trap->trap && trap->ref.store;
    size_t frames = known ? w2s_trap_frame_count(trap->trap) : 0, count = 0;
    uint32_t inlined = frames ? inlined_func(trap) : W2S_NONE;
    wasm_frame_vec_new_uninitialized(out, frames + 1);
    if (out->data && inlined != W2S_NONE)
        out->data[count++] = frame_new(trap, w2s_trap_frame_module(trap->trap, 0), inlined,
                                       w2s_trap_offset(trap->trap));
    for (size_t i = 0; out->data && i < frames; i++)
        if ((out->data[count] = frame_at(trap, i, inlined != W2S_NONE)))
            count++;
    out->size = count;
    if (count == 0)
        wasm_frame_vec_delete(out);
}

wasm_frame_t *wasm_trap_origin(const wasm_trap_t *trap)
{
    wasm_frame_vec_t trace;
    wasm_trap_trace(trap, &trace);
    wasm_frame_t *origin = trace.size ? wasm_frame_copy(trace.data[0]) : NULL;
    wasm_frame_vec_delete(&trace);
    return origin;
}

wasm_frame_t *wasm_frame_copy(const wasm_frame_t *frame)
{
    wasm_frame_t *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *frame;
    return copy;
}

void wasm_frame_delete(wasm_frame_t *frame)
{
    free(frame);
}

wasm_instance_t *wasm_frame_instance(const wasm_frame_t *frame)
{
    return frame->instance;
}

uint32_t wasm_frame_func_index(const wasm_frame_t *frame)
{
    return frame->func_index;
}

size_t wasm_frame_func_offset(const wasm_frame_t *frame)
{
    return frame->func_offset;
}

size_t wasm_frame_module_offset(const wasm_frame_t *frame)
{
    return frame->module_offset;
}
