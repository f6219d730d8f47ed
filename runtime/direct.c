/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Direct calls, from the C functions that a module exports. With no instance given they use the
 * module's default instance, one for each thread, made at the first call and freed when the thread
 * ends: so they need no lock, and threads share no state. Only modules without imports have one. A
 * trap gives zero results and is remembered for w2s_last_trap.
 *
 * The call itself is w2s_rt_direct_enter (arch/), which leaves the arguments in their registers and
 * comes here only for what is not plain. w2s_rt_direct_call takes slots: modules made before that
 * entry was there use it.
 */
#include "runtime/arch.h"
#include "runtime/collector.h"
#include "runtime/runtime.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct rt_default_instance {
    struct rt_default_instance *next;
    const struct w2s_module_desc *desc;
    w2s_module *module;
    w2s_store *store;
    w2s_instance *instance;
    void *pin; /* keeps the shared object that holds desc loaded */
};

static void default_free(struct rt_default_instance *d)
{
    w2s_store_free(d->store);
    w2s_module_free(d->module);
    if (d->pin)
        dlclose(d->pin);
    free(d);
}

static pthread_key_t thread_end;

static void free_all(void *first)
{
    rt_thread.defaults = NULL;
    for (struct rt_default_instance *d = first, *next; d; d = next) {
        next = d->next;
        default_free(d);
    }
}

static void make_key(void)
{
    /* Without a key a thread's default instances just live as long as the process. */
    (void)pthread_key_create(&thread_end, free_all);
}

static void *pin_object(const struct w2s_module_desc *desc)
{
    Dl_info info;
    if (!dladdr(desc, &info) || !info.dli_fname)
        return NULL;
    return dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
}

static w2s_instance *default_make(const struct w2s_module_desc *desc)
{
    struct rt_default_instance *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->desc = desc;
    d->pin = pin_object(desc);
    d->module = w2s_module_from_desc(desc, NULL);
    d->store = d->module ? w2s_store_new(NULL) : NULL;
    w2s_trap *trap = NULL;
    d->instance = d->store ? w2s_instance_new(d->store, d->module, NULL, &trap, NULL) : NULL;
    if (!d->instance) {
        rt_thread.last_trap = trap ? w2s_trap_kind(trap) : W2S_TRAP_HOST;
        w2s_trap_free(trap);
        default_free(d);
        return NULL;
    }
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    d->next = rt_thread.defaults;
    rt_thread.defaults = d;
    (void)pthread_setspecific(thread_end, d);
    return d->instance;
}

static w2s_instance *default_instance(const struct w2s_module_desc *desc)
{
    for (const struct rt_default_instance *d = rt_thread.defaults; d; d = d->next)
        if (d->desc == desc)
            return d->instance;
    return default_make(desc);
}

static w2s_trap *call_by_index(w2s_instance *instance, uint32_t index, const w2s_value *args,
                               w2s_value *results)
{
    const struct w2s_module_desc *desc = instance->module->desc;
    if (index < desc->import_func_count)
        return w2s_call(instance->imports[index].func, args, results);
    const struct w2s_type *type = &desc->types[desc->funcs[index].type_index];
    const struct rt_plan *plan = instance->module->plans[desc->funcs[index].type_index];
    w2s_trap *trap =
        rt_call(instance->store, plan, rt_func_code(desc, index), instance->ctx, args, results);
    if (plan->has_exnrefs)
        rt_exceptions_keep(type->types + plan->param_count, results, plan->result_count);
    return trap;
}

/* What to call for the instance that was given; NULL: nothing, and why is remembered. */
static w2s_instance *find_instance(const struct w2s_module_desc *desc, w2s_instance *instance)
{
    w2s_instance *callee = instance ? instance : default_instance(desc);
    if (callee && callee->desc == desc)
        return callee;
    if (callee || rt_thread.last_trap == W2S_TRAP_NONE)
        rt_thread.last_trap = W2S_TRAP_HOST;
    return NULL;
}

static void remember(w2s_trap *trap)
{
    rt_thread.last_trap = w2s_trap_kind(trap);
    w2s_trap_free(trap);
}

void w2s_rt_direct_call(void *module, void *instance, uint32_t func, void *args, void *results)
{
    const struct w2s_module_desc *desc = module;
    w2s_instance *callee = find_instance(desc, instance);
    if (callee) {
        w2s_trap *trap = call_by_index(callee, func, args, results);
        if (trap)
            remember(trap);
        return;
    }
    uint32_t count = desc->types[desc->funcs[func].type_index].result_count;
    if (count)
        memset(results, 0, count * sizeof(w2s_value));
}

/* ---- called by w2s_rt_direct_enter ---- */

w2s_instance *rt_direct_find(w2s_instance *instance, const struct w2s_direct *direct,
                             uint8_t *regs);
void rt_direct_slow(w2s_instance *instance, const struct w2s_direct *direct, uint8_t *regs,
                    const uint8_t *stack);
void rt_direct_trapped(const struct rt_activation *activation);

/* What a trap leaves of results in memory. */
static void zero_buffer(const struct w2s_direct *direct, void *buffer)
{
    if (direct->buffer_size)
        memset(buffer, 0, direct->buffer_size);
}

/* The same where the arguments are in regs still. */
static void zero_results(const struct w2s_direct *direct, uint8_t *regs)
{
    void *buffer;
    memcpy(&buffer, regs, sizeof buffer);
    zero_buffer(direct, buffer);
    memset(regs, 0, sizeof(struct rt_regs));
}

/* The instance is not of this module, or NULL. The registers become zeros where there is none. */
w2s_instance *rt_direct_find(w2s_instance *instance, const struct w2s_direct *direct, uint8_t *regs)
{
    const uint8_t *desc = (const uint8_t *)direct + direct->desc;
    w2s_instance *found =
        find_instance((const struct w2s_module_desc *)(const void *)desc, instance);
    if (!found)
        zero_results(direct, regs);
    return found;
}

void rt_direct_slow(w2s_instance *instance, const struct w2s_direct *direct, uint8_t *regs,
                    const uint8_t *stack)
{
    enum { LOCAL_VALUES = 16 };
    const struct rt_plan *plan =
        instance->module->plans[instance->desc->funcs[direct->func].type_index];
    uint8_t *buffer = NULL;
    if (plan->buffer_offset)
        memcpy(&buffer, regs, sizeof buffer);
    w2s_value local[LOCAL_VALUES] = {0}, *values = local;
    size_t count = (size_t)plan->param_count + plan->result_count;
    if (count > LOCAL_VALUES && !(values = rt_buffer_new(count * sizeof *values))) {
        rt_thread.last_trap = W2S_TRAP_OUT_OF_MEMORY;
        zero_results(direct, regs);
        return;
    }
    w2s_value *results = values + plan->param_count;
    rt_args_get(plan, regs, stack, values);
    w2s_trap *trap = call_by_index(instance, direct->func, values, results);
    rt_results_put(plan, regs, results, buffer);
    if (trap)
        remember(trap);
    if (values != local)
        rt_buffer_free(values);
}

/* A trap or an exception ended the call; the entry unlinks the activation and returns zero. */
void rt_direct_trapped(const struct rt_activation *activation)
{
    remember(activation->trap);
    zero_buffer(activation->direct, activation->buffer);
}
