/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Traps: objects with a kind, a message and the wasm frames at the moment of the trap, and the way
 * from a trap in generated code to the rt_enter that it ends. Frames keep their modules loaded,
 * because they show names that lie in them.
 */
#include "runtime/arch.h"
#include "runtime/exception.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

struct w2s_trap {
    enum w2s_trap_kind kind;
    int32_t exit_status;
    uint32_t offset; /* of the instruction in the .wasm, or W2S_NONE */
    bool located;
    uint32_t frame_count;
    struct rt_frame *frames; /* each holds a use of its module */
    struct rt_exception *exception;
    char message[]; /* empty: that of the kind */
};

/* What a trap is when there is no memory to make one; never freed. */
static struct w2s_trap no_memory = {
    .kind = W2S_TRAP_OUT_OF_MEMORY, .offset = W2S_NONE, .located = true};

static const char *const messages[] = {
#define T(name, message) message,
    W2S_TRAPS(T)
#undef T
};

static w2s_trap *trap_new(enum w2s_trap_kind kind, const char *message)
{
    size_t size = strlen(message) + 1;
    w2s_trap *trap = calloc(1, sizeof *trap + size);
    if (!trap)
        return &no_memory;
    trap->kind = kind;
    trap->offset = W2S_NONE;
    memcpy(trap->message, message, size);
    return trap;
}

void rt_trap_locate(w2s_trap *trap)
{
    if (trap->located)
        return;
    trap->located = true;
    struct rt_frame frames[RT_MAX_FRAMES];
    size_t count = rt_backtrace(frames);
    trap->frames = count ? malloc(count * sizeof frames[0]) : NULL;
    if (!trap->frames)
        return;
    memcpy(trap->frames, frames, count * sizeof frames[0]);
    trap->frame_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        if (frames[i].module)
            rt_module_retain(frames[i].module);
}

w2s_trap *rt_trap_make(enum w2s_trap_kind kind)
{
    w2s_trap *trap = trap_new(kind, "");
    rt_trap_locate(trap);
    return trap;
}

_Noreturn void rt_trap_throw(w2s_store *store, w2s_trap *trap)
{
    store->top->trap = trap;
    rt_unwind(store->top);
}

_Noreturn void rt_fault_trap(enum w2s_trap_kind kind)
{
    rt_trap_throw(rt_thread.top->store, rt_trap_make(kind));
}

/* Prototyped in wasm2so_abi.h by its shape; does not return. */
void w2s_rt_trap(void *ctx, uint32_t kind, uint32_t offset)
{
    enum w2s_trap_kind known = kind < W2S_TRAP__COUNT ? (enum w2s_trap_kind)kind : W2S_TRAP_HOST;
    w2s_trap *trap = rt_trap_make(known);
    if (trap != &no_memory)
        trap->offset = offset;
    rt_trap_throw(rt_ctx_store(ctx), trap);
}

w2s_trap *rt_trap_of_exception(struct rt_exception *e)
{
    w2s_trap *trap = e->trap ? e->trap : trap_new(W2S_TRAP_UNCAUGHT_EXCEPTION, "");
    e->trap = NULL;
    if (trap != &no_memory) {
        trap->exception = e;
        e->in_trap = true;
    }
    return trap;
}

struct rt_exception *rt_exception_of_trap(w2s_trap *trap, const w2s_store *store)
{
    struct rt_exception *e = trap->exception;
    if (!e || e->store != store)
        return NULL;
    trap->exception = NULL;
    e->in_trap = false;
    e->trap = trap;
    return e;
}

w2s_tag *w2s_trap_tag(const w2s_trap *trap)
{
    return trap->exception ? trap->exception->pub.tag : NULL;
}

const w2s_value *w2s_trap_values(const w2s_trap *trap)
{
    return trap->exception ? trap->exception->values : NULL;
}

w2s_trap *w2s_trap_new(w2s_store *store, const char *message)
{
    (void)store;
    return trap_new(W2S_TRAP_HOST, message);
}

w2s_trap *w2s_trap_exit(w2s_store *store, int32_t status)
{
    (void)store;
    w2s_trap *trap = trap_new(W2S_TRAP_EXIT, "");
    if (trap != &no_memory) {
        trap->exit_status = status;
        trap->located = true; /* nobody asks where a program ended */
    }
    return trap;
}

enum w2s_trap_kind w2s_trap_kind(const w2s_trap *trap)
{
    return trap->kind;
}

const char *w2s_trap_message(const w2s_trap *trap)
{
    if (trap == &no_memory) /* which has no room for one */
        return messages[trap->kind];
    return trap->message[0] || trap->kind == W2S_TRAP_HOST ? trap->message : messages[trap->kind];
}

int32_t w2s_trap_exit_status(const w2s_trap *trap)
{
    return trap->exit_status;
}

size_t w2s_trap_frame_count(const w2s_trap *trap)
{
    return trap->frame_count;
}

w2s_frame w2s_trap_frame(const w2s_trap *trap, size_t index)
{
    if (index >= trap->frame_count || !trap->frames[index].module)
        return (w2s_frame){.func_index = W2S_NONE};
    const struct rt_frame *frame = &trap->frames[index];
    return (w2s_frame){.func_index = frame->func_index,
                       .func_name = rt_func_name(frame->module->desc, frame->func_index),
                       .module_name = rt_module_name(frame->module),
                       .code_offset = frame->code_offset};
}

w2s_module *w2s_trap_frame_module(const w2s_trap *trap, size_t index)
{
    return index < trap->frame_count ? trap->frames[index].module : NULL;
}

uint32_t w2s_trap_offset(const w2s_trap *trap)
{
    return trap->offset;
}

void w2s_trap_free(w2s_trap *trap)
{
    if (!trap || trap == &no_memory)
        return;
    for (uint32_t i = 0; i < trap->frame_count; i++)
        w2s_module_free(trap->frames[i].module);
    if (trap->exception)
        rt_exception_release(trap->exception);
    free(trap->frames);
    free(trap);
}

const char *w2s_trap_kind_message(enum w2s_trap_kind kind)
{
    return (unsigned)kind < W2S_TRAP__COUNT ? messages[kind] : "unknown trap";
}

enum w2s_trap_kind w2s_last_trap(void)
{
    enum w2s_trap_kind kind = rt_thread.last_trap;
    rt_thread.last_trap = W2S_TRAP_NONE;
    return kind;
}
