/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Arguments and environment. Both are lists of strings, handed out by size and then by content:
 * an array of pointers and the bytes they point to.
 */
#include "runtime/wasi/wasi.h"

#include <string.h>

static enum wasi_errno sizes_get(const struct wasi_call *call, const struct wasi_strings *strings)
{
    void *count = wasi_guest(call, wasi_arg_u32(call, 0), 4);
    void *size = wasi_guest(call, wasi_arg_u32(call, 1), 4);
    if (!count || !size)
        return WASI_FAULT;
    wasi_put_u32(count, strings->count);
    wasi_put_u32(size, strings->size);
    return WASI_SUCCESS;
}

static enum wasi_errno strings_get(const struct wasi_call *call, const struct wasi_strings *strings)
{
    uint32_t address = wasi_arg_u32(call, 1);
    uint8_t *pointers = wasi_guest_array(call, wasi_arg_u32(call, 0), strings->count, 4);
    uint8_t *bytes = wasi_guest(call, address, strings->size);
    if (!pointers || !bytes)
        return WASI_FAULT;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < strings->count; i++) {
        wasi_put_u32(pointers + (size_t)i * 4, address + offset);
        offset += (uint32_t)strlen(strings->bytes + offset) + 1;
    }
    if (strings->size > 0)
        memcpy(bytes, strings->bytes, strings->size);
    return WASI_SUCCESS;
}

enum wasi_errno wasi_args_sizes_get(struct wasi_call *call)
{
    return sizes_get(call, &call->wasi->args);
}

enum wasi_errno wasi_args_get(struct wasi_call *call)
{
    return strings_get(call, &call->wasi->args);
}

enum wasi_errno wasi_environ_sizes_get(struct wasi_call *call)
{
    return sizes_get(call, &call->wasi->env);
}

enum wasi_errno wasi_environ_get(struct wasi_call *call)
{
    return strings_get(call, &call->wasi->env);
}
