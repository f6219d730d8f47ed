/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The four clocks, and the conversions between WASI's nanoseconds and struct timespec.
 */
#include "runtime/wasi/wasi.h"

enum { NANOSECONDS = 1000000000 };

static const clockid_t clocks[WASI_CLOCK__COUNT] = {
    [WASI_CLOCK_REALTIME] = CLOCK_REALTIME,
    [WASI_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
    [WASI_CLOCK_PROCESS_CPUTIME] = CLOCK_PROCESS_CPUTIME_ID,
    [WASI_CLOCK_THREAD_CPUTIME] = CLOCK_THREAD_CPUTIME_ID,
};

uint64_t wasi_nanoseconds(struct timespec time)
{
    return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

struct timespec wasi_timespec(uint64_t nanoseconds)
{
    return (struct timespec){.tv_sec = (time_t)(nanoseconds / NANOSECONDS),
                             .tv_nsec = (long)(nanoseconds % NANOSECONDS)};
}

static struct timespec time_to_set(uint64_t nanoseconds, bool set, bool now)
{
    if (now)
        return (struct timespec){.tv_nsec = UTIME_NOW};
    return set ? wasi_timespec(nanoseconds) : (struct timespec){.tv_nsec = UTIME_OMIT};
}

enum wasi_errno wasi_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct timespec times[2])
{
    bool set_atim = (flags & WASI_FSTFLAGS_ATIM) != 0;
    bool now_atim = (flags & WASI_FSTFLAGS_ATIM_NOW) != 0;
    bool set_mtim = (flags & WASI_FSTFLAGS_MTIM) != 0;
    bool now_mtim = (flags & WASI_FSTFLAGS_MTIM_NOW) != 0;
    if (flags & ~(uint32_t)WASI_FSTFLAGS_ALL || (set_atim && now_atim) || (set_mtim && now_mtim))
        return WASI_INVAL;
    times[0] = time_to_set(atim, set_atim, now_atim);
    times[1] = time_to_set(mtim, set_mtim, now_mtim);
    return WASI_SUCCESS;
}

/* Argument 0 is the clock, argument result where the time goes. */
static enum wasi_errno clock_read(const struct wasi_call *call, unsigned result,
                                  int (*read)(clockid_t, struct timespec *))
{
    uint32_t clock = wasi_arg_u32(call, 0);
    void *to = wasi_guest(call, wasi_arg_u32(call, result), 8);
    if (!to)
        return WASI_FAULT;
    if (clock >= WASI_CLOCK__COUNT)
        return WASI_INVAL;
    struct timespec time;
    if (read(clocks[clock], &time) < 0)
        return wasi_result(-1);
    wasi_put_u64(to, wasi_nanoseconds(time));
    return WASI_SUCCESS;
}

enum wasi_errno wasi_clock_res_get(struct wasi_call *call)
{
    return clock_read(call, 1, clock_getres);
}

/* Argument 1 is the precision the guest would be content with: we always give the best. */
enum wasi_errno wasi_clock_time_get(struct wasi_call *call)
{
    return clock_read(call, 2, clock_gettime);
}
