/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Where WASI meets the runtime: turns the rows of functions.def into host functions of a linker,
 * and a host call into a struct wasi_call. The state belongs to the first host function made,
 * whose finaliser frees it with the store. Each row is an object of its own, so that an
 * executable that names some of them is linked with those alone.
 */
#include "runtime/wasi/wasi.h"

#include "runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(module, name, params, results, function)                                               \
    const struct w2s_wasi_row w2s_wasi_row_##module##_##name = {#module, #name, params, results,   \
                                                                function};

#define BOTH(name, params, results)                                                                \
    ROW(wasi_snapshot_preview1, name, params, results, wasi_##name)                                \
    ROW(wasi_unstable, name, params, results, wasi_##name)
#define OLD_DIFFERS(name, params, results)                                                         \
    ROW(wasi_snapshot_preview1, name, params, results, wasi_##name)                                \
    ROW(wasi_unstable, name, params, results, wasi_unstable_##name)
#define NEW_ONLY(name, params, results)                                                            \
    ROW(wasi_snapshot_preview1, name, params, results, wasi_##name)
#include "runtime/wasi/functions.def"

static const struct w2s_wasi_row *const all_rows[] = {
#define NEW_ONLY(name, params, results) &w2s_wasi_row_wasi_snapshot_preview1_##name,
#define BOTH(name, params, results)                                                                \
    NEW_ONLY(name, params, results) & w2s_wasi_row_wasi_unstable_##name,
#define OLD_DIFFERS(name, params, results) BOTH(name, params, results)
#include "runtime/wasi/functions.def"
};

enum { MAX_PARAMS = 9 };

struct bindings;

/* The env of one host function. */
struct binding {
    struct bindings *all;
    const struct w2s_wasi_row *row;
};

/* All that a program's WASI needs. */
struct bindings {
    struct wasi *wasi;
    w2s_store *store;
    size_t count;
    struct binding items[];
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

/* A pointer that leaves the memory is a trap, as a load there would be (witx, "Pointers"): the
 * functions themselves answer FAULT. */
static w2s_trap *call_wasi(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    const struct binding *binding = env;
    struct wasi_call call = {.wasi = binding->all->wasi,
                             .args = args,
                             .store = caller ? w2s_instance_store(caller) : binding->all->store};
    find_memory(caller, &call);
    enum wasi_errno error = wasi_call_run(&call, binding->row->function);
    if (call.exited)
        return w2s_trap_exit(binding->all->store, call.exit_status);
    if (error == WASI_FAULT && call.memory)
        return rt_trap_make(W2S_TRAP_MEMORY_OOB);
    if (binding->row->results[0])
        results[0].i32 = (int32_t)error;
    return NULL;
}

static w2s_valtype valtype_of(char letter)
{
    return (w2s_valtype){.kind = letter == 'I' ? W2S_I64 : W2S_I32};
}

static w2s_func *make(w2s_store *store, struct binding *binding, void (*finalize)(void *))
{
    const struct w2s_wasi_row *row = binding->row;
    w2s_valtype params[MAX_PARAMS];
    w2s_valtype result = valtype_of('i');
    uint32_t count = 0;
    for (const char *letter = row->params; *letter; letter++)
        params[count++] = valtype_of(*letter);
    w2s_functype type = {.params = params,
                         .results = &result,
                         .param_count = count,
                         .result_count = (uint32_t)strlen(row->results)};
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
    for (size_t i = 0; i < all->count; i++) {
        struct binding *binding = &all->items[i];
        w2s_func *func = i == 0 ? owner : make(all->store, binding, NULL);
        w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
        if (!func || !w2s_linker_define(linker, binding->row->module, binding->row->name, item))
            return false;
    }
    return true;
}

static struct bindings *bindings_new(w2s_store *store, const struct w2s_wasi_row *const *rows,
                                     size_t count, const w2s_wasi_config *config, w2s_error *err)
{
    struct bindings *all = calloc(1, sizeof *all + count * sizeof all->items[0]);
    if (!all) {
        fail(err);
        return NULL;
    }
    all->store = store;
    all->count = count;
    all->wasi = wasi_new(config, err);
    for (size_t i = 0; i < count; i++)
        all->items[i] = (struct binding){.all = all, .row = rows[i]};
    if (all->wasi)
        return all;
    free(all);
    return NULL;
}

bool wasi_define(w2s_linker *linker, const struct w2s_wasi_row *const *rows, size_t count,
                 const w2s_wasi_config *config, w2s_error *err)
{
    if (count == 0)
        return true;
    w2s_store *store = w2s_linker_store(linker);
    struct bindings *all = bindings_new(store, rows, count, config, err);
    if (!all)
        return false;
    w2s_func *owner = make(store, &all->items[0], bindings_free);
    if (!owner) {
        bindings_free(&all->items[0]);
        return fail(err);
    }
    if (!define(linker, all, owner) || !w2s_store_on_reset(store, wasi_is_fresh, all->wasi))
        return fail(err);
    return true;
}

bool w2s_linker_define_wasi(w2s_linker *linker, const w2s_wasi_config *config, w2s_error *err)
{
    return wasi_define(linker, all_rows, sizeof all_rows / sizeof *all_rows, config, err);
}
