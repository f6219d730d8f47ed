/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * See host.h.
 */
#include "tests/runtime/host.h"

#include <stdio.h>
#include <stdlib.h>

w2s_extern host_extern_func(w2s_func *func)
{
    w2s_extern item = {.kind = W2S_FUNC};
    item.of.func = func;
    return item;
}

w2s_trap *host_zero(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)env, (void)caller, (void)args;
    results[0].i32 = 0;
    return NULL;
}

w2s_trap *host_twice(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)env, (void)caller;
    results[0].i32 = 2 * args[0].i32;
    return NULL;
}

w2s_func *host_define(w2s_linker *linker, w2s_callback *callback, void *env)
{
    static const w2s_valtype i32 = {.kind = W2S_I32};
    const w2s_functype type = {&i32, &i32, 1, 1};
    w2s_func *func = w2s_func_new(w2s_linker_store(linker), &type, callback, env, NULL);
    bool defined = func && w2s_linker_define(linker, "env", "host", host_extern_func(func));
    return defined ? func : NULL;
}

bool host_define_zero(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)err;
    return host_define(linker, host_zero, env) != NULL;
}

void host_open_store(struct host *host, const w2s_store_config *config, w2s_callback *callback,
                     void *env)
{
    *host = (struct host){.store = w2s_store_new(config)};
    assert_non_null(host->store);
    host->linker = w2s_linker_new(host->store);
    host->func = host_define(host->linker, callback, env);
    assert_non_null(host->func);
}

void host_open(struct host *host, const char *file, w2s_callback *callback, void *env)
{
    w2s_error err = {0};
    host_open_store(host, NULL, callback, env);
    host->module = w2s_module_load(file, &err);
    if (!host->module)
        fail_msg("%s", err.message);
    host->instance = w2s_instance_new(host->store, host->module, host->linker, NULL, &err);
    if (!host->instance)
        fail_msg("%s", err.message);
}

void host_close(struct host *host)
{
    w2s_store_free(host->store);
    w2s_module_free(host->module);
}

bool host_emulated(void)
{
    return getenv("W2S_EMULATED") != NULL;
}

w2s_trap *host_call(struct host *host, const char *name, int32_t a, int32_t b, int32_t c,
                    int32_t *result)
{
    w2s_func *func = w2s_instance_func(host->instance, name);
    if (!func)
        fail_msg("no function %s", name);
    w2s_value args[3] = {{.i32 = a}, {.i32 = b}, {.i32 = c}}, results[4] = {{.i64 = -1}};
    w2s_trap *trap = w2s_call(func, args, results);
    *result = results[0].i32;
    return trap;
}

int32_t host_ok(struct host *host, const char *name, int32_t a, int32_t b, int32_t c)
{
    int32_t result;
    w2s_trap *trap = host_call(host, name, a, b, c, &result);
    if (trap)
        fail_msg("%s: %s", name, w2s_trap_message(trap));
    return result;
}

enum w2s_trap_kind host_trap(struct host *host, const char *name, int32_t a, int32_t b, int32_t c)
{
    int32_t result;
    w2s_trap *trap = host_call(host, name, a, b, c, &result);
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    w2s_trap_free(trap);
    return kind;
}
