/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host functions. All have one code address, rt_host_entry (arch/), which spills the argument
 * registers and comes here; the "ctx" of the call is a binding that says which function is meant
 * and which instance imported it.
 */
#include "runtime/arch.h"
#include "runtime/collector.h"
#include "runtime/exception.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

enum { LOCAL_VALUES = 16 };

void rt_host_call(const struct rt_binding *binding, uint8_t *regs, const uint8_t *stack);

/* ---- making them ---- */

static void host_func_destroy(void *self)
{
    struct rt_host_func *host = self;
    if (host->finalize)
        host->finalize(host->env);
    rt_type_release(host->entry);
    free(host->type);
    free(host);
}

w2s_func *w2s_func_new(w2s_store *store, const w2s_functype *type, w2s_callback *callback,
                       void *env, void (*finalize)(void *env))
{
    struct rt_host_func *host = calloc(1, sizeof *host);
    if (!host)
        return NULL;
    host->type = rt_type_of_functype(type);
    host->entry = host->type ? rt_type_intern(host->type, NULL, NULL) : NULL;
    if (!host->entry) {
        free(host->type);
        free(host);
        return NULL;
    }
    host->store = store;
    host->callback = callback;
    host->env = env;
    host->finalize = finalize;
    host->binding.host = host;
    host->func = (struct w2s_func){.code = (void *)(uintptr_t)rt_host_entry,
                                   .type_id = host->type->id,
                                   .ctx = (struct w2s_ctx *)(void *)&host->binding,
                                   .type = host->type};
    rt_store_own_as(store, &host->owned, RT_STATELESS, host_func_destroy, host);
    return &host->func;
}

w2s_functype w2s_func_type(const w2s_func *func)
{
    const struct w2s_type *type = func->type;
    return (w2s_functype){.params = type->types,
                          .results = type->types ? type->types + type->param_count : NULL,
                          .param_count = type->param_count,
                          .result_count = type->result_count};
}

/* ---- calling them ---- */

struct host_task {
    const struct rt_binding *binding;
    const w2s_value *args;
    w2s_value *results;
    w2s_trap *trap;
};

static void run_callback(void *env)
{
    struct host_task *task = env;
    const struct rt_binding *binding = task->binding;
    task->trap =
        binding->host->callback(binding->host->env, binding->caller, task->args, task->results);
}

w2s_trap *rt_host_invoke(const struct rt_binding *binding, const w2s_value *args,
                         w2s_value *results)
{
    const struct rt_host_func *host = binding->host;
    size_t size = host->type->result_count * sizeof *results;
    if (size)
        memset(results, 0, size);
    struct host_task task = {binding, args, results, NULL};
    rt_outside(run_callback, &task);
    if (task.trap && size)
        memset(results, 0, size);
    return task.trap;
}

/* A frame's slots behind the register block are the caller's stack arguments here. */
void rt_args_get(const struct rt_plan *plan, const uint8_t *regs, const uint8_t *stack,
                 w2s_value *args)
{
    for (uint32_t i = 0; i < plan->param_count; i++) {
        const struct rt_slot *slot = &plan->slots[i];
        const uint8_t *from = slot->offset < sizeof(struct rt_regs)
                                  ? regs + slot->offset
                                  : stack + (slot->offset - sizeof(struct rt_regs));
        args[i] = (w2s_value){.bits = {0, 0}};
        memcpy(&args[i], from, slot->size);
    }
}

void rt_results_put(const struct rt_plan *plan, uint8_t *regs, const w2s_value *results,
                    uint8_t *buffer)
{
    for (uint32_t i = 0; i < plan->result_count; i++) {
        const struct rt_slot *slot = &plan->slots[plan->param_count + i];
        memcpy(buffer ? buffer + 16 * (size_t)i : regs + slot->offset, &results[i], slot->size);
    }
}

/* Returns a trap instead of throwing it, so that its locals are done with. */
static w2s_trap *host_call(const struct rt_binding *binding, uint8_t *regs, const uint8_t *stack)
{
    const struct rt_plan *plan = binding->host->entry->plan;
    uint8_t *buffer = NULL;
    if (plan->buffer_offset)
        memcpy(&buffer, regs, sizeof buffer);
    w2s_value local[LOCAL_VALUES], *values = local;
    size_t count = (size_t)plan->param_count + plan->result_count;
    if (count > LOCAL_VALUES && !(values = rt_buffer_new(count * sizeof *values)))
        return rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
    w2s_value *results = values + plan->param_count;
    rt_args_get(plan, regs, stack, values);
    if (plan->has_exnrefs)
        rt_exceptions_keep(binding->host->type->types, values, plan->param_count);
    w2s_trap *trap = rt_host_invoke(binding, values, results);
    if (!trap)
        rt_results_put(plan, regs, results, buffer);
    if (values != local)
        rt_buffer_free(values);
    return trap;
}

void rt_host_call(const struct rt_binding *binding, uint8_t *regs, const uint8_t *stack)
{
    w2s_store *store = binding->host->store;
    w2s_trap *trap = rt_is_interrupted(store) ? rt_trap_make(W2S_TRAP_INTERRUPTED)
                                              : host_call(binding, regs, stack);
    /* A callback may have switched stacks (coroutines) and left another entry of the thread on
     * top; the one we return to is the store's. */
    rt_thread.top = store->top;
    if (trap) {
        rt_trap_locate(trap);
        struct rt_exception *exception = rt_exception_of_trap(trap, store);
        if (exception)
            rt_exception_throw(exception);
        rt_trap_throw(store, trap);
    }
}
