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

/* From the end that the ranges do not overlap at, as memmove does. */
void rt_bulk_copy(void *ctx, uint8_t *to, const uint8_t *from, uint64_t n)
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

void rt_bulk_fill(void *ctx, uint8_t *to, uint8_t byte, uint64_t n)
{
    for (; n > PIECE; n -= PIECE, to += PIECE) {
        memset(to, byte, PIECE);
        check(ctx);
    }
    memset(to, byte, n);
}
