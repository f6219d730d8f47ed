/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls about contexts and time.
 */
#include "runtime/envoy/envoy.h"

#include <time.h>

enum pw_status host_get_current_time_nanoseconds(struct vm *vm, const w2s_value *args)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return guest_put_u64(vm, arg(args, 0), nanoseconds) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

/* The main thread's ticks come by themselves, a worker's with its streams (timer.c). */
enum pw_status host_set_tick_period_milliseconds(struct vm *vm, const w2s_value *args)
{
    uint64_t period = (uint64_t)arg(args, 0) * 1000000;
    if (pthread_equal(vm->thread, vm->config->main_thread))
        return timer_set(vm->config, period) ? PW_OK : PW_INTERNAL_FAILURE;
    vm->tick_period = period;
    vm->next_tick = now_monotonic() + period;
    return PW_OK;
}

enum pw_status host_set_effective_context(struct vm *vm, const w2s_value *args)
{
    struct stream *stream = vm_stream(vm, arg(args, 0));
    if (!stream && arg(args, 0) != ROOT_CONTEXT)
        return PW_BAD_ARGUMENT;
    vm->current = stream;
    return PW_OK;
}

/* Contexts do not outlive their streams, so there is nothing to let go. */
enum pw_status host_done(struct vm *vm, const w2s_value *args)
{
    (void)vm;
    (void)args;
    return PW_OK;
}
