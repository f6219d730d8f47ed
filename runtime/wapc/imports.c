/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a waPC guest imports: a table of host functions over one w2s_wapc. A range that leaves the
 * guest's memory is a trap, as a load there would be.
 */
#include "runtime/wapc/wapc.h"

#include <string.h>
#include <unistd.h>

bool wapc_bytes_get(const w2s_wapc *guest, w2s_instance *caller, const w2s_value *at,
                    w2s_wapc_bytes *bytes)
{
    uint32_t start = (uint32_t)at[0].i32, size = (uint32_t)at[1].i32;
    *bytes = (w2s_wapc_bytes){(const uint8_t *)"", 0};
    if (size == 0)
        return true;
    w2s_instance *instance = caller ? caller : guest->instance;
    w2s_memory *memory = instance ? w2s_instance_main_memory(instance) : NULL;
    if (!memory || !rt_in_range(start, size, w2s_memory_size(memory)))
        return false;
    *bytes = (w2s_wapc_bytes){w2s_memory_base(memory) + start, size};
    return true;
}

static w2s_trap *out_of_bounds(void)
{
    return rt_trap_make(W2S_TRAP_MEMORY_OOB);
}

/* ---- from the host to the guest ---- */

static bool put(const w2s_wapc *guest, w2s_instance *caller, w2s_value at, const uint8_t *data,
                size_t size)
{
    w2s_instance *instance = caller ? caller : guest->instance;
    w2s_memory *memory = instance ? w2s_instance_main_memory(instance) : NULL;
    return size == 0 || (memory && w2s_memory_write(memory, (uint32_t)at.i32, data, size));
}

static w2s_trap *guest_request(void *env, w2s_instance *caller, const w2s_value *args,
                               w2s_value *results)
{
    (void)results;
    const w2s_wapc *guest = env;
    if (!put(guest, caller, args[0], guest->operation.data, guest->operation.size) ||
        !put(guest, caller, args[1], guest->payload.data, guest->payload.size))
        return out_of_bounds();
    return NULL;
}

static w2s_trap *host_response(void *env, w2s_instance *caller, const w2s_value *args,
                               w2s_value *results)
{
    (void)results;
    const w2s_wapc *guest = env;
    const struct wapc_buffer *buffer = &guest->host_response;
    return put(guest, caller, args[0], buffer->data, buffer->size) ? NULL : out_of_bounds();
}

static w2s_trap *host_error(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)results;
    const w2s_wapc *guest = env;
    const struct wapc_buffer *buffer = &guest->host_error;
    return put(guest, caller, args[0], buffer->data, buffer->size) ? NULL : out_of_bounds();
}

static w2s_trap *host_response_len(void *env, w2s_instance *caller, const w2s_value *args,
                                   w2s_value *results)
{
    (void)caller, (void)args;
    const w2s_wapc *guest = env;
    results[0].i32 = (int32_t)guest->host_response.size;
    return NULL;
}

static w2s_trap *host_error_len(void *env, w2s_instance *caller, const w2s_value *args,
                                w2s_value *results)
{
    (void)caller, (void)args;
    const w2s_wapc *guest = env;
    results[0].i32 = (int32_t)guest->host_error.size;
    return NULL;
}

/* ---- from the guest to the host ---- */

static w2s_trap *keep(const w2s_wapc *guest, w2s_instance *caller, const w2s_value *args,
                      struct wapc_buffer *buffer)
{
    w2s_wapc_bytes bytes;
    if (!wapc_bytes_get(guest, caller, args, &bytes))
        return out_of_bounds();
    return wapc_buffer_set(buffer, bytes) ? NULL : rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
}

static w2s_trap *guest_response(void *env, w2s_instance *caller, const w2s_value *args,
                                w2s_value *results)
{
    (void)results;
    w2s_wapc *guest = env;
    return keep(guest, caller, args, &guest->response);
}

static w2s_trap *guest_error(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    (void)results;
    w2s_wapc *guest = env;
    return keep(guest, caller, args, &guest->error);
}

static w2s_trap *console_log(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    (void)results;
    w2s_wapc *guest = env;
    w2s_wapc_bytes text;
    if (!wapc_bytes_get(guest, caller, args, &text))
        return out_of_bounds();
    if (guest->config.console_log)
        guest->config.console_log(guest->config.env, guest, text);
    return NULL;
}

static bool answer(w2s_wapc *guest, const w2s_wapc_host_call *call)
{
    static const char nobody[] = "this host answers no calls";
    if (guest->config.host_call)
        return guest->config.host_call(guest->config.env, guest, call);
    w2s_wapc_reply(guest, nobody, sizeof nobody - 1);
    return false;
}

/* Its answer or error stands in the reply, which becomes the one that the guest can ask for. */
static w2s_trap *host_call(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    w2s_wapc *guest = env;
    w2s_wapc_host_call call;
    if (!wapc_bytes_get(guest, caller, &args[0], &call.binding) ||
        !wapc_bytes_get(guest, caller, &args[2], &call.name_space) ||
        !wapc_bytes_get(guest, caller, &args[4], &call.operation) ||
        !wapc_bytes_get(guest, caller, &args[6], &call.payload))
        return out_of_bounds();
    guest->reply.size = guest->host_response.size = guest->host_error.size = 0;
    bool ok = answer(guest, &call);
    struct wapc_buffer *to = ok ? &guest->host_response : &guest->host_error, reply = guest->reply;
    guest->reply = *to;
    *to = reply;
    results[0].i32 = ok;
    return NULL;
}

/* ---- the table ---- */

struct row {
    const char *module, *name;
    uint32_t params, results; /* all i32 */
    w2s_callback *callback;
};

static const struct row rows[] = {
    {"wapc", "__guest_request", 2, 0, guest_request},
    {"wapc", "__guest_response", 2, 0, guest_response},
    {"wapc", "__guest_error", 2, 0, guest_error},
    {"wapc", "__host_call", 8, 1, host_call},
    {"wapc", "__host_response_len", 0, 1, host_response_len},
    {"wapc", "__host_response", 1, 0, host_response},
    {"wapc", "__host_error_len", 0, 1, host_error_len},
    {"wapc", "__host_error", 1, 0, host_error},
    {"wapc", "__console_log", 2, 0, console_log},
};
static const struct row abort_row = {"env", "abort", 4, 0, wapc_abort};

static bool define(w2s_linker *linker, const struct row *row, w2s_wapc *guest)
{
    w2s_valtype i32s[8];
    for (size_t i = 0; i < 8; i++)
        i32s[i] = (w2s_valtype){.kind = W2S_I32};
    w2s_functype type = {i32s, i32s, row->params, row->results};
    w2s_func *func = w2s_func_new(w2s_linker_store(linker), &type, row->callback, guest, NULL);
    w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
    return func && w2s_linker_define(linker, row->module, row->name, item);
}

/* The oldest guests import WASI from `wasi`. */
static bool define_old_wasi(w2s_linker *linker)
{
    static const char *const names[] = {
#define NEW_ONLY(name, params, results)
#define BOTH(name, params, results)        #name,
#define OLD_DIFFERS(name, params, results) #name,
#include "runtime/wasi/functions.def"
    };
    w2s_extern item;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (w2s_linker_get(linker, "wasi_unstable", names[i], &item) &&
            !w2s_linker_define(linker, "wasi", names[i], item))
            return false;
    return true;
}

static bool define_wasi(w2s_linker *linker, const w2s_wasi_config *wasi, w2s_error *err)
{
    const w2s_wasi_config output_only = {.size = sizeof output_only,
                                         .stdin_fd = -1,
                                         .stdout_fd = STDERR_FILENO,
                                         .stderr_fd = STDERR_FILENO};
    w2s_extern item;
    if ((wasi || !w2s_linker_get(linker, "wasi_snapshot_preview1", "fd_write", &item)) &&
        !w2s_linker_define_wasi(linker, wasi ? wasi : &output_only, err))
        return false;
    return define_old_wasi(linker) || rt_fail_memory(err);
}

bool w2s_linker_define_wapc(w2s_linker *linker, const w2s_wapc_config *config, w2s_error *err)
{
    if (config && config->size < sizeof(size_t))
        return rt_fail(err, W2S_ERROR_ARGUMENT, "size: not sizeof(w2s_wapc_config)");
    if (wapc_of_store(w2s_linker_store(linker)))
        return rt_fail(err, W2S_ERROR_ARGUMENT, "the store has a waPC guest");
    w2s_wapc *guest = wapc_new(w2s_linker_store(linker), config);
    if (!guest)
        return rt_fail_memory(err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!define(linker, &rows[i], guest))
            return rt_fail_memory(err);
    w2s_extern item;
    if (!w2s_linker_get(linker, "env", "abort", &item) && !define(linker, &abort_row, guest))
        return rt_fail_memory(err);
    bool ok = define_wasi(linker, guest->config.wasi, err);
    guest->config.wasi = NULL; /* the caller's */
    return ok;
}
