/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Envoy's log: the guest's lines, what it writes to WASI's standard output and error, and what the
 * adapter has to say.
 */
#include "runtime/envoy/envoy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/wasi/wasi.h"

void log_line(unsigned level, const char *format, ...)
{
    char line[1000];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (n > 0)
        ENVOY(log)(level, (struct envoy_bytes){line, strlen(line)});
}

void log_guest(const struct vm *vm, unsigned level, const void *text, size_t size)
{
    static const char lead[] = "wasm log ", colon[] = ": ";
    const struct bytes *name = &vm->config->name;
    if (!ENVOY(log_enabled)(level))
        return;
    size_t head = sizeof lead - 1 + name->n + sizeof colon - 1;
    char *line = malloc(head + size);
    if (!line)
        return;
    memcpy(line, lead, sizeof lead - 1);
    memcpy(line + sizeof lead - 1, name->p, name->n);
    memcpy(line + head - (sizeof colon - 1), colon, sizeof colon - 1);
    memcpy(line + head, text, size);
    ENVOY(log)(level, (struct envoy_bytes){line, head + size});
    free(line);
}

void log_trap(const struct vm *vm, const w2s_trap *trap)
{
    log_line(ENVOY_LOG_CRITICAL, "wasm trap %s: %s", vm->config->name.p, w2s_trap_message(trap));
    for (size_t i = 0; i < w2s_trap_frame_count(trap); i++) {
        w2s_frame frame = w2s_trap_frame(trap, i);
        if (frame.func_index != W2S_NONE)
            log_line(ENVOY_LOG_CRITICAL, "    %zu: %s (function %u)", i,
                     frame.func_name ? frame.func_name : "?", frame.func_index);
    }
}

/* ---- host calls ---- */

enum pw_status host_log(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes text;
    if (arg(args, 0) > ENVOY_LOG_CRITICAL)
        return PW_BAD_ARGUMENT;
    if (!arg_bytes(vm, args, 1, &text))
        return PW_INVALID_MEMORY_ACCESS;
    log_guest(vm, arg(args, 0), text.ptr, text.size);
    return PW_OK;
}

enum pw_status host_get_log_level(struct vm *vm, const w2s_value *args)
{
    uint32_t level = ENVOY_LOG_TRACE;
    while (level < ENVOY_LOG_OFF && !ENVOY(log_enabled)(level))
        level++;
    return guest_put_u32(vm, arg(args, 0), level) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

/* ---- fd_write ---- */

enum { IOVEC_SIZE = 8 };

/* All iovecs as one line, or their number of bytes if line is NULL; false outside the memory. */
static bool gather(const struct vm *vm, uint32_t iovecs, uint32_t count, char *line, size_t *size)
{
    *size = 0;
    if (count > UINT32_MAX / IOVEC_SIZE)
        return false;
    const char *list = guest_bytes(vm, iovecs, count * IOVEC_SIZE);
    for (uint32_t i = 0; list && i < count; i++) {
        uint32_t iovec[2];
        memcpy(iovec, list + (size_t)i * IOVEC_SIZE, sizeof iovec);
        const void *bytes = guest_bytes(vm, iovec[0], iovec[1]);
        if (!bytes)
            return false;
        if (line)
            memcpy(line + *size, bytes, iovec[1]);
        *size += iovec[1];
    }
    return list != NULL;
}

static enum wasi_errno write_log(struct vm *vm, const w2s_value *args)
{
    size_t size;
    uint32_t fd = arg(args, 0);
    if (fd != 1 && fd != 2)
        return WASI_BADF;
    if (!gather(vm, arg(args, 1), arg(args, 2), NULL, &size))
        return WASI_FAULT;
    if (size > UINT32_MAX)
        return WASI_INVAL;
    char *line = malloc(size + 1);
    if (!line)
        return WASI_NOMEM;
    gather(vm, arg(args, 1), arg(args, 2), line, &size);
    size_t shown = size;
    while (shown > 0 && line[shown - 1] == '\n')
        shown--;
    log_guest(vm, fd == 1 ? ENVOY_LOG_INFO : ENVOY_LOG_ERROR, line, shown);
    free(line);
    return guest_put_u32(vm, arg(args, 3), (uint32_t)size) ? WASI_SUCCESS : WASI_FAULT;
}

static w2s_trap *call_write(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    struct vm *vm = env;
    if (!vm->memory && caller)
        vm->memory = w2s_instance_main_memory(caller);
    results[0].i32 = (int32_t)write_log(vm, args);
    return NULL;
}

bool log_define(struct vm *vm, w2s_linker *linker, w2s_error *err)
{
    static const w2s_valtype i32[4] = {
        {.kind = W2S_I32}, {.kind = W2S_I32}, {.kind = W2S_I32}, {.kind = W2S_I32}};
    const w2s_functype type = {.params = i32, .results = i32, .param_count = 4, .result_count = 1};
    w2s_extern item = {.kind = W2S_FUNC,
                       .of.func = w2s_func_new(vm->store, &type, call_write, vm, NULL)};
    if (item.of.func && w2s_linker_define(linker, "wasi_snapshot_preview1", "fd_write", item) &&
        w2s_linker_define(linker, "wasi_unstable", "fd_write", item))
        return true;
    *err = (w2s_error){W2S_ERROR_MEMORY, "out of memory"};
    return false;
}
