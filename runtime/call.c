/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls from the host into wasm. A call frame (register block, stack arguments, result buffer) is
 * filled as the type's plan says, and rt_enter (arch/) makes the call.
 *
 * Danger: rt_enter returns 1 after an unwind that skipped every frame in between, and the
 * activation is reachable from the thread and the store while generated code runs. So both must be
 * put back on each way out, and nothing between push and pop may return.
 * tests/runtime/test_call.c and test_trap.c prove nesting and unwinding.
 */
#include "runtime/arch.h"
#include "runtime/collector.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

enum { LOCAL_FRAME = 512 }; /* frames of usual types are on the stack */

static w2s_trap *enter(w2s_store *store, void *code, void *ctx, const struct rt_plan *plan,
                       uint8_t *frame)
{
    uintptr_t outer_limit = store->exec.stack_limit;
    if (!rt_stack_known(store, (uintptr_t)__builtin_frame_address(0)) &&
        !rt_stack_enter(store, (uintptr_t)__builtin_frame_address(0))) {
        rt_stack_leave(store, outer_limit);
        return rt_trap_make(W2S_TRAP_STACK_OVERFLOW);
    }
    struct rt_thread *thread = &rt_thread;
    struct rt_activation activation = {
        .uses_vectors = plan->uses_vectors,
        .thread_outer = thread->top,
        .store_outer = store->top,
        .store = store,
    };
    thread->top = store->top = &activation;
    int unwound = rt_enter(code, ctx, (struct rt_regs *)(void *)frame,
                           frame + sizeof(struct rt_regs), plan->stack_words, &activation);
    rt_thread.top = activation.thread_outer;
    store->top = activation.store_outer;
    rt_stack_leave(store, outer_limit);
    return unwound ? activation.trap : NULL;
}

/* Exactly as wide as the value was written: a wider load would wait for the store to retire. */
static uint64_t load_bits(const void *from, uint32_t size)
{
    uint32_t narrow;
    uint64_t wide;
    if (size == 4) {
        memcpy(&narrow, from, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, from, sizeof wide);
    return wide;
}

static void put_args(const struct rt_plan *plan, uint8_t *frame, const w2s_value *args)
{
    for (uint32_t i = 0; i < plan->param_count; i++) {
        const struct rt_slot *slot = &plan->slots[i];
        uint64_t bits = load_bits(&args[i], slot->size);
        memcpy(frame + slot->offset, &bits, sizeof bits);
        if (slot->size == 16)
            memcpy(frame + slot->offset + 8, &args[i].bits[1], 8);
    }
    if (plan->buffer_offset) {
        uint8_t *buffer = frame + plan->buffer_offset;
        memcpy(frame, &buffer, sizeof buffer); /* the first integer register */
    }
}

static void get_results(const struct rt_plan *plan, const uint8_t *frame, w2s_value *results)
{
    for (uint32_t i = 0; i < plan->result_count; i++) {
        const struct rt_slot *slot = &plan->slots[plan->param_count + i];
        const uint8_t *from = frame + slot->offset;
        results[i].bits[0] = load_bits(from, slot->size);
        results[i].bits[1] = slot->size == 16 ? load_bits(from + 8, 8) : 0;
    }
}

static w2s_trap *call_in(uint8_t *frame, w2s_store *store, const struct rt_plan *plan, void *code,
                         void *ctx, const w2s_value *args, w2s_value *results)
{
    put_args(plan, frame, args);
    w2s_trap *trap = enter(store, code, ctx, plan, frame);
    if (!trap)
        get_results(plan, frame, results);
    else if (plan->result_count)
        memset(results, 0, plan->result_count * sizeof *results);
    return trap;
}

static w2s_trap *call(w2s_store *store, const struct rt_plan *plan, void *code, void *ctx,
                      const w2s_value *args, w2s_value *results)
{
    if (plan->frame_size <= LOCAL_FRAME) {
        _Alignas(16) uint8_t frame[LOCAL_FRAME];
        return call_in(frame, store, plan, code, ctx, args, results);
    }
    uint8_t *frame = rt_buffer_new(plan->frame_size);
    if (!frame) {
        memset(results, 0, plan->result_count * sizeof *results);
        return rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
    }
    w2s_trap *trap = call_in(frame, store, plan, code, ctx, args, results);
    rt_buffer_free(frame);
    return trap;
}

struct collected_call {
    w2s_store *store;
    const struct rt_plan *plan;
    void *code, *ctx;
    const w2s_value *args;
    w2s_value *results;
    w2s_trap *trap;
};

/* The host has the results before it can root them: they are kept until the next call. */
static void call_collected(void *env)
{
    struct collected_call *c = env;
    if (!rt_recent_reserve(c->store, c->plan->result_count)) {
        memset(c->results, 0, c->plan->result_count * sizeof *c->results);
        c->trap = rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
        return;
    }
    c->trap = call(c->store, c->plan, c->code, c->ctx, c->args, c->results);
    rt_recent_set(c->store, c->results, c->plan->result_count);
}

w2s_trap *rt_call(w2s_store *store, const struct rt_plan *plan, void *code, void *ctx,
                  const w2s_value *args, w2s_value *results)
{
    if (!store->collected)
        return call(store, plan, code, ctx, args, results);
    struct collected_call c = {store, plan, code, ctx, args, results, NULL};
    rt_inside(store, call_collected, &c);
    return c.trap;
}

w2s_trap *rt_call_init(w2s_instance *instance, void (*code)(struct w2s_ctx *, void *),
                       w2s_value *result)
{
    static const struct rt_plan plan = {.frame_size = sizeof(struct rt_regs)};
    struct rt_regs regs;
    _Alignas(16) w2s_value value = {.bits = {0, 0}};
    regs.integers[0] = (uintptr_t)&value;
    w2s_trap *trap =
        enter(instance->store, (void *)(uintptr_t)code, instance->ctx, &plan, (uint8_t *)&regs);
    *result = value;
    return trap;
}

w2s_trap *w2s_call(w2s_func *func, const w2s_value *args, w2s_value *results)
{
    w2s_instance *instance = func->instance;
    if (!instance)
        return rt_host_invoke(&((struct rt_host_func *)func)->binding, args, results);
    const w2s_module *module = instance->module;
    const struct rt_plan *plan = module->plans[func->type - module->desc->types];
    w2s_trap *trap = rt_call(instance->store, plan, func->code, func->ctx, args, results);
    if (plan->has_exnrefs)
        rt_exceptions_keep(func->type->types + plan->param_count, results, plan->result_count);
    return trap;
}
