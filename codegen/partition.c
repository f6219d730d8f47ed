/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which functions share an LLVM module: neighbours, until a partition is as large as one of these
 * limits. Only the module decides; the number of threads must not, or the output would differ. A
 * function larger than a partition gets one of its own. Giants (ladder.c) are compiled with less,
 * and so is what shares their module: they come first, by themselves.
 *
 * Some functions begin a partition because of what is in them: after a change in one function the
 * borders behind it are soon the same again, and so are the partitions (part_cache.c).
 */
#include "codegen/artifact.h"
#include "codegen/plan/profile.h"

/* Small enough that a large module spreads over all processors and one partition's IR stays in tens
 * of megabytes; large enough that what a partition costs by itself does not count. */
enum { PARTITION_BYTES = 96 * 1024, PARTITION_FUNCTIONS = 2000 };

/* From this size on, one function in BORDER_ODDS begins another partition. */
enum { BORDER_BYTES = 32 * 1024, BORDER_ODDS = 64 };

/* FNV-1a. */
static bool is_border(struct slice body)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < body.n; i++)
        sum = (sum ^ body.p[i]) * 16777619u;
    return sum % BORDER_ODDS == 0;
}

static bool is_full(const struct partition *p, size_t bytes, struct slice next)
{
    return p->count > 0 && (bytes + next.n > PARTITION_BYTES || p->count == PARTITION_FUNCTIONS ||
                            (bytes >= BORDER_BYTES && is_border(next)));
}

static enum rank rank_of(const struct compile *c, uint32_t func)
{
    return c->ranks ? c->ranks[func] : RANK_ORDINARY;
}

/* By a profile, what was called comes before what never was: it shares LLVM modules, for inlining,
 * and pages. */
static uint32_t *order_functions(const struct compile *c, struct arena *arena)
{
    const struct module *m = c->m;
    uint32_t defined = m->func_count - m->import_func_count, n = 0;
    uint32_t *order = arena_array(arena, defined, sizeof *order);
    for (int rank = RANK_BEYOND; rank >= RANK_ORDINARY; rank--)
        for (int cold = 0; cold <= 1; cold++)
            for (uint32_t i = m->import_func_count; i < m->func_count; i++)
                if ((int)rank_of(c, i) == rank && profile_is_cold(c->profile, m, i) == cold)
                    order[n++] = i;
    return order;
}

struct partition *partition_plan(const struct compile *c, struct arena *arena, uint32_t *count)
{
    const struct module *m = c->m;
    uint32_t defined = m->func_count - m->import_func_count;
    struct partition *plan = arena_array(arena, (size_t)defined + 1, sizeof *plan);
    struct partition *last = plan;
    const uint32_t *order = order_functions(c, arena);
    size_t bytes = 0;
    last->funcs = order;
    for (uint32_t i = 0; i < defined; i++) {
        const struct slice body = m->funcs[order[i]].body;
        bool differs = i > 0 && rank_of(c, order[i]) != rank_of(c, order[i - 1]);
        if (differs || is_full(last, bytes, body)) {
            last++;
            last->funcs = order + i;
            bytes = 0;
        }
        last->count++;
        bytes += body.n;
    }
    *count = (uint32_t)(last - plan) + 1;
    return plan;
}
