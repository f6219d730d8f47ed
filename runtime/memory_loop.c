/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What generated code asks for before a loop that fills or copies linear memory: many iterations at
 * once, with the effect that they would have had one by one. All of it or nothing: where a byte is
 * out of bounds, or pieces would read what others wrote, 0 tells the loop to run as it is.
 */
#include "runtime/runtime.h"

#include <string.h>

static bool is_reachable(const struct w2s_memory *memory, uint64_t address, uint64_t n)
{
    return address >= W2S_LOOP_LOWEST && rt_in_range(address, n, rt_memory_size(memory));
}

/* What repeats starts at the lowest address, whichever way the loop goes. */
static void fill(void *ctx, uint8_t *to, uint64_t pattern, uint64_t n)
{
    uint64_t rest = n % sizeof pattern;
    if (pattern == (pattern & 0xff) * UINT64_C(0x0101010101010101)) {
        rt_bulk_fill(ctx, to, (uint8_t)pattern, n);
        return;
    }
    for (uint64_t i = 0; i < n - rest; i += sizeof pattern)
        memcpy(to + i, &pattern, sizeof pattern);
    memcpy(to + n - rest, &pattern, rest);
}

uint64_t w2s_rt_loop_fill(void *ctx, uint32_t memory, uint64_t dest, uint64_t pattern, uint64_t n)
{
    struct w2s_memory *m = ((struct w2s_ctx *)ctx)->instance->memories[memory];
    if (!is_reachable(m, dest, n))
        return 0;
    fill(ctx, m->base + dest, pattern, n);
    return n;
}

/* Rising copy to a place inside the source: its first `distance` bytes repeat. */
static void repeat(uint8_t *to, uint64_t distance, uint64_t n)
{
    const uint8_t *from = to - distance;
    for (uint64_t done = 0, piece; done < n; done += piece) {
        piece = n - done < distance + done ? n - done : distance + done;
        memcpy(to + done, from, piece);
    }
}

uint64_t w2s_rt_loop_copy(void *ctx, uint32_t memory, uint64_t dest, uint64_t source, uint64_t n,
                          uint32_t way)
{
    struct w2s_memory *m = ((struct w2s_ctx *)ctx)->instance->memories[memory];
    if (!is_reachable(m, dest, n) || !is_reachable(m, source, n))
        return 0;
    uint64_t distance = dest > source ? dest - source : source - dest;
    bool down = way & W2S_LOOP_DOWN;
    bool away = down ? dest >= source : dest <= source; /* what is written is read no more */
    if (distance >= n || (away && way & W2S_LOOP_ORDERED))
        rt_bulk_copy(ctx, m->base + dest, m->base + source, n);
    else if (!away && !down && distance >= (way & W2S_LOOP_BYTES))
        repeat(m->base + dest, distance, n);
    else
        return 0;
    return n;
}
