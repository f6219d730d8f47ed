/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The host functions of proxy-wasm as the runtime's: one row of functions.def each.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 12 };

typedef enum pw_status host_function(struct vm *vm, const w2s_value *args);

static const struct row {
    const char *name, *params;
    host_function *function;
} rows[] = {
#define HOST(name, params) {"proxy_" #name, params, host_##name},
#include "runtime/envoy/functions.def"
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* The env of a host function. */
struct binding {
    struct vm *vm;
    const struct row *row;
};

uint32_t arg(const w2s_value *args, unsigned index)
{
    return (uint32_t)args[index].i32;
}

bool arg_bytes(const struct vm *vm, const w2s_value *args, unsigned index,
               struct envoy_bytes *bytes)
{
    bytes->size = arg(args, index + 1);
    bytes->ptr = guest_bytes(vm, arg(args, index), arg(args, index + 1));
    return bytes->ptr != NULL;
}

/* Where the guest trapped in a call that this one needed (its allocator), it does not go on. */
static w2s_trap *call_host(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    const struct binding *binding = env;
    struct vm *vm = binding->vm;
    if (!vm->memory && caller) /* the start function */
        vm->memory = w2s_instance_main_memory(caller);
    results[0].i32 = (int32_t)binding->row->function(vm, args);
    return vm->broken ? w2s_trap_new(vm->store, "the filter failed in a call by the host") : NULL;
}

static w2s_func *make(struct binding *binding, void (*finalize)(void *env))
{
    w2s_valtype params[MAX_PARAMS];
    const w2s_valtype result = {.kind = W2S_I32};
    uint32_t count = 0;
    for (const char *letter = binding->row->params; *letter; letter++)
        params[count++] = (w2s_valtype){.kind = *letter == 'I' ? W2S_I64 : W2S_I32};
    w2s_functype type = {
        .params = params, .results = &result, .param_count = count, .result_count = 1};
    return w2s_func_new(binding->vm->store, &type, call_host, binding, finalize);
}

bool functions_define(struct vm *vm, w2s_linker *linker, w2s_error *err)
{
    struct binding *bindings = calloc(ROW_COUNT, sizeof *bindings);
    bool ok = bindings != NULL, owned = false;
    for (unsigned i = 0; ok && i < ROW_COUNT; i++) {
        bindings[i] = (struct binding){vm, &rows[i]};
        w2s_extern item = {.kind = W2S_FUNC, .of.func = make(&bindings[i], owned ? NULL : free)};
        owned = owned || item.of.func;
        ok = item.of.func && w2s_linker_define(linker, "env", rows[i].name, item);
    }
    if (!owned)
        free(bindings);
    if (!ok)
        *err = (w2s_error){W2S_ERROR_MEMORY, "out of memory"};
    return ok;
}
