/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bulk operations on linear memory, which may be gigabytes: done in pieces, so that an interrupt
 * need not wait for the end. A piece takes some milliseconds.
 */
#include "runtime/runtime.h"

#include <string.h>

enum { PIECE = 16 << 20 };

static void check(void *ctx)
{
    if (rt_is_interrupted(rt_ctx_store(ctx)))
        w2s_rt_trap(ctx, W2S_TRAP_INTERRUPTED, 0);
}

/* From the end that the ranges do not overlap at, as memmove does. Apart, so that short copies save
 * no registers for it. */
static __attribute__((noinline)) void copy_in_pieces(void *ctx, uint8_t *to, const uint8_t *from,
                                                     uint64_t n)
{
    bool upwards = to <= from;
    while (n > PIECE) {
        uint64_t at = upwards ? 0 : n - PIECE;
        memmove(to + at, from + at, PIECE);
        to += upwards ? PIECE : 0;
        from += upwards ? PIECE : 0;
        n -= PIECE;
        check(ctx);
    }
    memmove(to, from, n);
}

static __attribute__((noinline)) void fill_in_pieces(void *ctx, uint8_t *to, uint8_t byte,
                                                     uint64_t n)
{
    for (; n > PIECE; n -= PIECE, to += PIECE) {
        memset(to, byte, PIECE);
        check(ctx);
    }
    memset(to, byte, n);
}

/* Most are short, and then this is a jump to the C library. */
void rt_bulk_copy(void *ctx, uint8_t *to, const uint8_t *from, uint64_t n)
{
    if (n > PIECE)
        copy_in_pieces(ctx, to, from, n);
    else if (n > 0)
        memmove(to, from, n);
}

void rt_bulk_fill(void *ctx, uint8_t *to, uint8_t byte, uint64_t n)
{
    if (n > PIECE)
        fill_in_pieces(ctx, to, byte, n);
    else if (n > 0)
        memset(to, byte, n);
}

/* ---- what generated code calls ---- */

static struct w2s_memory *memory_at(void *ctx, uint32_t index)
{
    return ((struct w2s_ctx *)ctx)->instance->memories[index];
}

void w2s_rt_memory_copy(void *ctx, uint32_t to, uint32_t from, uint64_t dest, uint64_t source,
                        uint64_t n)
{
    struct w2s_memory *d = memory_at(ctx, to), *s = memory_at(ctx, from);
    if (rt_in_range(dest, n, rt_memory_size(d)) && rt_in_range(source, n, rt_memory_size(s)))
        rt_bulk_copy(ctx, d->base + dest, s->base + source, n);
    else
        w2s_rt_trap(ctx, W2S_TRAP_MEMORY_OOB, 0);
}

void w2s_rt_memory_fill(void *ctx, uint32_t memory, uint64_t dest, uint32_t byte, uint64_t n)
{
    struct w2s_memory *m = memory_at(ctx, memory);
    if (rt_in_range(dest, n, rt_memory_size(m)))
        rt_bulk_fill(ctx, m->base + dest, (uint8_t)byte, n);
    else
        w2s_rt_trap(ctx, W2S_TRAP_MEMORY_OOB, 0);
}
