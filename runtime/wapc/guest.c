/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls into a waPC guest. The host keeps operation and payload, and tells __guest_call their sizes
 * only; the guest comes for them (__guest_request) and leaves its answer (__guest_response,
 * __guest_error) before it returns 1 or 0.
 */
#include "runtime/wapc/wapc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a buffer may keep from one request of a pool to the next. */
enum { MAX_KEPT = 64 * 1024 };

bool wapc_buffer_set(struct wapc_buffer *buffer, w2s_wapc_bytes bytes)
{
    if (bytes.size > buffer->room) {
        uint8_t *data = malloc(bytes.size);
        if (!data)
            return false;
        free(buffer->data);
        buffer->data = data;
        buffer->room = bytes.size;
    }
    if (bytes.size)
        memcpy(buffer->data, bytes.data, bytes.size);
    buffer->size = bytes.size;
    return true;
}

static void buffer_reset(struct wapc_buffer *buffer)
{
    if (buffer->room > MAX_KEPT) {
        free(buffer->data);
        *buffer = (struct wapc_buffer){.data = NULL};
    }
    buffer->size = 0;
}

static w2s_wapc_bytes buffer_bytes(const struct wapc_buffer *buffer)
{
    return (w2s_wapc_bytes){buffer->data ? buffer->data : (const uint8_t *)"", buffer->size};
}

/* ---- life ---- */

static void guest_free(void *self)
{
    w2s_wapc *guest = self;
    free(guest->response.data);
    free(guest->error.data);
    free(guest->host_response.data);
    free(guest->host_error.data);
    free(guest->reply.data);
    free(guest);
}

/* When a pool gets the instance back. */
static bool guest_reset(void *env)
{
    w2s_wapc *guest = env;
    guest->instance = NULL;
    buffer_reset(&guest->response);
    buffer_reset(&guest->error);
    buffer_reset(&guest->host_response);
    buffer_reset(&guest->host_error);
    buffer_reset(&guest->reply);
    return true;
}

w2s_wapc *wapc_new(w2s_store *store, const w2s_wapc_config *config)
{
    w2s_wapc *guest = calloc(1, sizeof *guest);
    if (!guest)
        return NULL;
    if (config) /* an older caller knows fewer fields, a newer one more */
        memcpy(&guest->config, config,
               config->size < sizeof *config ? config->size : sizeof *config);
    rt_store_own_as(store, &guest->owned, RT_STATELESS, guest_free, guest);
    return w2s_store_on_reset(store, guest_reset, guest) ? guest : NULL;
}

w2s_wapc *wapc_of_store(const w2s_store *store)
{
    for (const struct rt_reset_hook *hook = store->hooks; hook; hook = hook->next)
        if (hook->reset == guest_reset)
            return hook->env;
    return NULL;
}

w2s_instance *w2s_wapc_instance(const w2s_wapc *guest)
{
    return guest->instance;
}

/* ---- start ---- */

static bool has_type(const w2s_func *func, uint32_t params, uint32_t results)
{
    w2s_functype type = w2s_func_type(func);
    if (type.param_count != params || type.result_count != results)
        return false;
    for (uint32_t i = 0; i < params + results; i++)
        if (func->type->types[i].kind != W2S_I32)
            return false;
    return true;
}

static bool is_clean_exit(const w2s_trap *trap)
{
    return w2s_trap_kind(trap) == W2S_TRAP_EXIT && w2s_trap_exit_status(trap) == 0;
}

static bool initialise(w2s_instance *instance, w2s_trap **trap, w2s_error *err)
{
    static const char *const names[] = {"_start", "_initialize", "wapc_init"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        w2s_func *func = w2s_instance_func(instance, names[i]);
        if (!func)
            continue;
        if (!has_type(func, 0, 0))
            return rt_fail(err, W2S_ERROR_LINK,
                           "the export %s of a waPC guest has no parameters "
                           "and results",
                           names[i]);
        w2s_trap *t = w2s_call(func, NULL, NULL);
        if (t && !is_clean_exit(t)) {
            rt_instance_trapped(t, trap, err);
            return false;
        }
        w2s_trap_free(t);
    }
    return true;
}

static bool attach(w2s_wapc *guest, w2s_instance *instance, w2s_error *err)
{
    if (!guest)
        return rt_fail(err, W2S_ERROR_ARGUMENT, "the linker has no waPC (w2s_linker_define_wapc)");
    if (guest->instance)
        return rt_fail(err, W2S_ERROR_ARGUMENT, "the store has a waPC guest that is started");
    guest->guest_call = w2s_instance_func(instance, "__guest_call");
    if (!guest->guest_call || !has_type(guest->guest_call, 2, 1))
        return rt_fail(err, W2S_ERROR_LINK,
                       "no waPC guest: it has no export __guest_call of type (i32, i32) -> (i32)");
    if (!w2s_instance_main_memory(instance))
        return rt_fail(err, W2S_ERROR_LINK, "no waPC guest: it has no memory");
    guest->instance = instance;
    return true;
}

w2s_wapc *w2s_wapc_start(w2s_instance *instance, w2s_trap **trap, w2s_error *err)
{
    if (trap)
        *trap = NULL;
    w2s_wapc *guest = wapc_of_store(w2s_instance_store(instance));
    if (!attach(guest, instance, err))
        return NULL;
    guest->busy = true;
    bool ok = initialise(instance, trap, err);
    guest->busy = false;
    if (ok)
        return guest;
    guest->instance = NULL;
    return NULL;
}

/* ---- calls ---- */

static w2s_trap *host_trap(const w2s_wapc *guest, const char *message)
{
    return w2s_trap_new(w2s_instance_store(guest->instance), message);
}

/* The guest's own text, or one where it left none. */
static bool error_answer(w2s_wapc *guest, const char *operation, int32_t result)
{
    if (result == 0 && guest->error.size != 0)
        return true;
    char text[300];
    int n = snprintf(text, sizeof text, "%.200s: __guest_call returned %d, without a message",
                     operation, result);
    return wapc_buffer_set(&guest->error, (w2s_wapc_bytes){(const uint8_t *)text, (size_t)n});
}

static w2s_trap *enter(w2s_wapc *guest, int32_t *result)
{
    w2s_value args[2] = {{.i32 = (int32_t)guest->operation.size},
                         {.i32 = (int32_t)guest->payload.size}};
    w2s_value value;
    guest->response.size = guest->error.size = 0;
    guest->host_response.size = guest->host_error.size = 0;
    guest->busy = true;
    w2s_trap *trap = w2s_call(guest->guest_call, args, &value);
    guest->busy = false;
    *result = value.i32;
    return trap;
}

w2s_trap *w2s_wapc_call(w2s_wapc *guest, const char *operation, const void *payload, size_t size,
                        w2s_wapc_answer *answer)
{
    size_t operation_size = strlen(operation);
    if (guest->busy)
        return host_trap(guest, "waPC: a call of this guest is in progress");
    if (size > UINT32_MAX || operation_size > UINT32_MAX)
        return host_trap(guest, "waPC: more than 4 GiB for the guest");
    guest->operation = (w2s_wapc_bytes){(const uint8_t *)operation, operation_size};
    guest->payload = (w2s_wapc_bytes){payload, size};
    int32_t result;
    w2s_trap *trap = enter(guest, &result);
    guest->operation = guest->payload = (w2s_wapc_bytes){NULL, 0};
    if (trap)
        return trap;
    answer->ok = result == 1;
    if (!answer->ok && !error_answer(guest, operation, result))
        return rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
    answer->bytes = buffer_bytes(answer->ok ? &guest->response : &guest->error);
    return NULL;
}

bool w2s_wapc_reply(w2s_wapc *guest, const void *data, size_t size)
{
    return wapc_buffer_set(&guest->reply, (w2s_wapc_bytes){data, size});
}
