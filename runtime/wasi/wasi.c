/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasi.c: where WASI meets the runtime: turns the rows of functions.def into host functions of a
 * linker, and a host call into a struct wasi_call. The state belongs to the first host function
 * made, whose finaliser frees it with the store.
 */
#include "runtime/wasi/wasi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct function {
    const char *module;
    const char *name;
    const char *params;
    const char *results;
    wasi_function *function;
};

#define CURRENT "wasi_snapshot_preview1"
#define OLD     "wasi_unstable"

static const struct function functions[] = {
#define BOTH(name, params, results)                                                                \
    {CURRENT, #name, params, results, wasi_##name}, {OLD, #name, params, results, wasi_##name},
#define OLD_DIFFERS(name, params, results)                                                         \
    {CURRENT, #name, params, results, wasi_##name},                                                \
        {OLD, #name, params, results, wasi_unstable_##name},
#define NEW_ONLY(name, params, results) {CURRENT, #name, params, results, wasi_##name},
#include "runtime/wasi/functions.def"
};

enum { FUNCTION_COUNT = sizeof functions / sizeof *functions, MAX_PARAMS = 9 };

struct bindings;

/* The env of one host function. */
struct binding {
    struct bindings *all;
    const struct function *function;
};

/* All that a program's WASI needs. */
struct bindings {
    struct wasi *wasi;
    w2s_store *store;
    struct binding items[FUNCTION_COUNT];
};

static void bindings_free(void *env)
{
    struct binding *first = env;
    wasi_free(first->all->wasi);
    free(first->all);
}

/* A call without a calling instance (through a reference, or by the host) has no memory: functions
 * that need one return FAULT. */
static void find_memory(w2s_instance *caller, struct wasi_call *call)
{
    w2s_memory *memory = caller ? w2s_instance_main_memory(caller) : NULL;
    if (memory) {
        call->memory = w2s_memory_base(memory);
        call->memory_size = w2s_memory_size(memory);
    }
}

static w2s_trap *call_wasi(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    const struct binding *binding = env;
    struct wasi_call call = {.wasi = binding->all->wasi, .args = args};
    find_memory(caller, &call);
    enum wasi_errno error = wasi_call_run(&call, binding->function->function);
    if (call.exited)
        return w2s_trap_exit(binding->all->store, call.exit_status);
    if (binding->function->results[0])
        results[0].i32 = (int32_t)error;
    return NULL;
}

static w2s_valtype valtype_of(char letter)
{
    return (w2s_valtype){.kind = letter == 'I' ? W2S_I64 : W2S_I32};
}

static w2s_func *make(w2s_store *store, struct binding *binding, void (*finalize)(void *))
{
    const struct function *function = binding->function;
    w2s_valtype params[MAX_PARAMS];
    w2s_valtype result = valtype_of('i');
    uint32_t count = 0;
    for (const char *letter = function->params; *letter; letter++)
        params[count++] = valtype_of(*letter);
    w2s_functype type = {.params = params,
                         .results = &result,
                         .param_count = count,
                         .result_count = (uint32_t)strlen(function->results)};
    return w2s_func_new(store, &type, call_wasi, binding, finalize);
}

static bool fail(w2s_error *err)
{
    if (err) {
        err->kind = W2S_ERROR_MEMORY;
        snprintf(err->message, sizeof err->message, "wasi: out of memory");
    }
    return false;
}

/* Defines every function; owner is the first. */
static bool define(w2s_linker *linker, struct bindings *all, w2s_func *owner)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        w2s_func *func = i == 0 ? owner : make(all->store, &all->items[i], NULL);
        w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
        if (!func || !w2s_linker_define(linker, functions[i].module, functions[i].name, item))
            return false;
    }
    return true;
}

static struct bindings *bindings_new(w2s_store *store, const w2s_wasi_config *config,
                                     w2s_error *err)
{
    struct bindings *all = calloc(1, sizeof *all);
    if (!all) {
        fail(err);
        return NULL;
    }
    all->store = store;
    all->wasi = wasi_new(config, err);
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        all->items[i] = (struct binding){.all = all, .function = &functions[i]};
    if (all->wasi)
        return all;
    free(all);
    return NULL;
}

bool w2s_linker_define_wasi(w2s_linker *linker, const w2s_wasi_config *config, w2s_error *err)
{
    w2s_store *store = w2s_linker_store(linker);
    struct bindings *all = bindings_new(store, config, err);
    if (!all)
        return false;
    w2s_func *owner = make(store, &all->items[0], bindings_free);
    if (!owner) {
        bindings_free(&all->items[0]);
        return fail(err);
    }
    return define(linker, all, owner) ? true : fail(err);
}
