/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Arguments of a call, and the only way into guest memory: every range is checked against the
 * size of the memory in 64 bits, where address + size of a 32-bit guest cannot wrap.
 */
#include "runtime/wasi/wasi.h"

#include <assert.h>
#include <string.h>

enum wasi_errno wasi_call_run(struct wasi_call *call, wasi_function *function)
{
    struct wasi_uses uses = {.count = 0};
    call->uses = &uses;
    enum wasi_errno error = function(call);
    while (uses.count > 0)
        wasi_descriptor_release(&uses.items[--uses.count]);
    call->uses = NULL;
    return error;
}

enum wasi_errno wasi_call_descriptor(const struct wasi_call *call, unsigned index, uint64_t rights,
                                     struct wasi_descriptor **descriptor)
{
    struct wasi_uses *uses = call->uses;
    assert(uses->count < WASI_CALL_DESCRIPTORS);
    *descriptor = &uses->items[uses->count];
    enum wasi_errno error =
        wasi_table_use(&call->wasi->table, wasi_arg_u32(call, index), rights, *descriptor);
    uses->count += error == WASI_SUCCESS;
    return error;
}

uint32_t wasi_arg_u32(const struct wasi_call *call, unsigned index)
{
    return (uint32_t)call->args[index].i32;
}

uint64_t wasi_arg_u64(const struct wasi_call *call, unsigned index)
{
    return (uint64_t)call->args[index].i64;
}

void *wasi_guest(const struct wasi_call *call, uint32_t address, uint64_t size)
{
    if (size == 0)
        return call->memory; /* nothing is touched, wherever the address points */
    if (!call->memory || address > call->memory_size || size > call->memory_size - address)
        return NULL;
    return call->memory + address;
}

void *wasi_guest_array(const struct wasi_call *call, uint32_t address, uint32_t count,
                       size_t item_size)
{
    return wasi_guest(call, address, (uint64_t)count * item_size);
}

void wasi_put_u16(void *to, uint16_t value)
{
    memcpy(to, &value, sizeof value);
}

void wasi_put_u32(void *to, uint32_t value)
{
    memcpy(to, &value, sizeof value);
}

void wasi_put_u64(void *to, uint64_t value)
{
    memcpy(to, &value, sizeof value);
}

enum wasi_errno wasi_guest_buffers(const struct wasi_call *call, uint32_t address, uint32_t count,
                                   struct wasi_buffers *buffers)
{
    const uint8_t *array = wasi_guest_array(call, address, count, sizeof(struct wasi_iovec));
    if (!array)
        return WASI_FAULT;
    buffers->cut = count > WASI_IOV_MAX;
    buffers->count = buffers->cut ? WASI_IOV_MAX : (int)count;
    for (int i = 0; i < buffers->count; i++) {
        struct wasi_iovec item;
        memcpy(&item, array + (size_t)i * sizeof item, sizeof item);
        void *base = wasi_guest(call, item.address, item.size);
        if (!base)
            return WASI_FAULT;
        buffers->iov[i] = (struct iovec){.iov_base = base, .iov_len = item.size};
    }
    return WASI_SUCCESS;
}

enum wasi_errno wasi_guest_path(const struct wasi_call *call, unsigned index, char path[PATH_MAX])
{
    uint32_t size = wasi_arg_u32(call, index + 1);
    const char *from = wasi_guest(call, wasi_arg_u32(call, index), size);
    if (!from)
        return WASI_FAULT;
    if (size >= PATH_MAX)
        return WASI_NAMETOOLONG;
    memcpy(path, from, size);
    path[size] = 0;
    if (strlen(path) != size)
        return WASI_INVAL;
    if (size == 0)
        return WASI_NOENT;
    return path[0] == '/' ? WASI_NOTCAPABLE : WASI_SUCCESS;
}
