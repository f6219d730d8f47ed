/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the runtime's tests share: a store with a linker that offers env.host, and short ways to
 * call the functions of the hand-written module (guest.c).
 */
#ifndef TESTS_RUNTIME_HOST_H
#define TESTS_RUNTIME_HOST_H

#include "runtime/include/wasm2so.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct host {
    w2s_store *store;
    w2s_linker *linker;
    w2s_func *func; /* env.host: (i32) -> (i32), what `callback` says */
    w2s_module *module;
    w2s_instance *instance;
};

/* Loads file and instantiates it with env.host = callback; fails the test if that fails. */
void host_open(struct host *host, const char *file, w2s_callback *callback, void *env);
/* The same without module and instance. */
void host_open_store(struct host *host, const w2s_store_config *config, w2s_callback *callback,
                     void *env);
void host_close(struct host *host);

/* What env.host can be: 0, or twice its argument. */
w2s_trap *host_zero(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results);
w2s_trap *host_twice(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results);
/* Defines env.host = callback; the function, or NULL if there is no memory for it. */
w2s_func *host_define(w2s_linker *linker, w2s_callback *callback, void *env);
/* For pools: env.host = host_zero. */
bool host_define_zero(void *env, w2s_linker *linker, w2s_error *err);
w2s_extern host_extern_func(w2s_func *func);

/* Under qemu-user, which neither sets limits nor can run a program anew. */
bool host_emulated(void);

/* Calls an export with up to three i32; the first result. */
w2s_trap *host_call(struct host *host, const char *name, int32_t a, int32_t b, int32_t c,
                    int32_t *result);
/* The same; must not trap. */
int32_t host_ok(struct host *host, const char *name, int32_t a, int32_t b, int32_t c);
/* The kind of the trap that the call must end with. */
enum w2s_trap_kind host_trap(struct host *host, const char *name, int32_t a, int32_t b, int32_t c);

#endif
