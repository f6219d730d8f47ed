/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls of the guest, and its memory.
 */
#include "runtime/envoy/envoy.h"

#include <string.h>

enum { MAX_PARAMS = 5 };

static bool ends_well(enum guest_function which, const w2s_trap *trap)
{
    return (which == GUEST_START || which == GUEST_INITIALIZE || which == GUEST_MAIN) &&
           w2s_trap_kind(trap) == W2S_TRAP_EXIT && w2s_trap_exit_status(trap) == 0;
}

static w2s_trap *call(struct vm *vm, w2s_func *func, const uint32_t *args, uint32_t *result)
{
    w2s_functype type = w2s_func_type(func);
    w2s_value values[MAX_PARAMS], answer = {.i32 = 0};
    for (uint32_t i = 0; i < type.param_count; i++)
        values[i].i32 = (int32_t)args[i];
    vm->depth++;
    w2s_trap *trap = w2s_call(func, values, &answer);
    vm->depth--;
    if (!trap && result && type.result_count > 0)
        *result = (uint32_t)answer.i32;
    return trap;
}

bool guest_call(struct vm *vm, struct stream *stream, enum guest_function which,
                const uint32_t *args, uint32_t *result)
{
    if (vm->broken || !vm->guest[which])
        return !vm->broken;
    struct stream *outer = vm->current;
    vm->current = stream;
    w2s_trap *trap = call(vm, vm->guest[which], args, result);
    vm->current = outer;
    if (trap && !ends_well(which, trap)) {
        vm->broken = true;
        log_trap(vm, trap);
    }
    w2s_trap_free(trap);
    return !vm->broken;
}

void *guest_bytes(const struct vm *vm, uint32_t address, uint32_t size)
{
    uint64_t all = vm->memory ? w2s_memory_size(vm->memory) : 0;
    if (address > all || size > all - address)
        return NULL;
    return w2s_memory_base(vm->memory) + address;
}

bool guest_put_u32(const struct vm *vm, uint32_t address, uint32_t value)
{
    void *at = guest_bytes(vm, address, sizeof value);
    if (at)
        memcpy(at, &value, sizeof value);
    return at != NULL;
}

bool guest_put_u64(const struct vm *vm, uint32_t address, uint64_t value)
{
    void *at = guest_bytes(vm, address, sizeof value);
    if (at)
        memcpy(at, &value, sizeof value);
    return at != NULL;
}

/* The guest stays in the context it is in. */
static bool allocate(struct vm *vm, uint32_t size, uint32_t *address)
{
    enum guest_function which = vm->guest[GUEST_ALLOCATE] ? GUEST_ALLOCATE : GUEST_MALLOC;
    *address = 0;
    return guest_call(vm, vm->current, which, &size, address) && *address != 0;
}

enum pw_status guest_return_room(struct vm *vm, size_t size, uint32_t address_at, uint32_t size_at,
                                 char **room)
{
    uint32_t address = 0;
    *room = NULL;
    if (size > UINT32_MAX || (size > 0 && !allocate(vm, (uint32_t)size, &address)))
        return PW_INTERNAL_FAILURE;
    *room = guest_bytes(vm, address, (uint32_t)size);
    if (!*room || !guest_put_u32(vm, address_at, address) ||
        !guest_put_u32(vm, size_at, (uint32_t)size))
        return PW_INVALID_MEMORY_ACCESS;
    return PW_OK;
}

enum pw_status guest_return(struct vm *vm, const void *bytes, size_t size, uint32_t address_at,
                            uint32_t size_at)
{
    char *room;
    enum pw_status status = guest_return_room(vm, size, address_at, size_at, &room);
    if (status == PW_OK && size > 0)
        memcpy(room, bytes, size);
    return status;
}
