/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * clocks.c: the four clocks: resolution, progress, and that they are what they are called.
 */
#include "check.h"

#include <time.h>

static uint64_t now(uint32_t clock)
{
    uint64_t time = 0;
    WORKS(clock_time_get, clock, 0, &time);
    return time;
}

static uint64_t work(void)
{
    volatile uint64_t x = 1;
    for (int i = 0; i < 3000000; i++)
        x = x * 6364136223846793005u + 1;
    return x;
}

int main(void)
{
    const uint64_t second = 1000000000;
    for (uint32_t clock = 0; clock < CLOCKS; clock++) {
        uint64_t resolution = 0, other = 0;
        WORKS(clock_res_get, clock, &resolution);
        HOLDS(clock_res_get, resolution > 0 && resolution <= second);
        WORKS(clock_res_get, clock, &other);
        EQUAL(clock_res_get, resolution, other);
        uint64_t before = now(clock);
        work();
        uint64_t after = now(clock);
        HOLDS(clock_time_get, clock == REALTIME || after > before);
        HOLDS(clock_time_get, after - before < 100 * second);
        WORKS(clock_time_get, clock, UINT64_MAX, &other); /* any precision will do */
        HOLDS(clock_time_get, other >= after);
    }
    uint64_t time = 42;
    FAILS(INVAL, clock_res_get, CLOCKS, &time);
    FAILS(INVAL, clock_res_get, UINT32_MAX, &time);
    FAILS(INVAL, clock_time_get, CLOCKS, 0, &time);
    FAILS(INVAL, clock_time_get, UINT32_MAX, 0, &time);
    EQUAL(clock_time_get, 42, time);
    HOLDS(clock_time_get, now(REALTIME) > 1700000000 * second); /* since 1970, in nanoseconds */
    HOLDS(clock_time_get, now(PROCESS_CPU) < 100 * second);
    HOLDS(clock_time_get, now(THREAD_CPU) <= now(PROCESS_CPU));
    struct timespec c_time;
    uint64_t before = now(REALTIME) / second;
    HOLDS(clock_time_get, clock_gettime(CLOCK_REALTIME, &c_time) == 0);
    HOLDS(clock_time_get, (uint64_t)c_time.tv_sec >= before);
    HOLDS(clock_time_get, (uint64_t)c_time.tv_sec <= now(REALTIME) / second);
    return check_end();
}
