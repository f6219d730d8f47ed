/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which functions share an LLVM module: neighbours, until a partition is as large as one of these
 * limits. Only the module decides; the number of threads must not, or the output would differ. A
 * function larger than a partition gets one of its own.
 *
 * Some functions begin a partition because of what is in them: after a change in one function the
 * borders behind it are soon the same again, and so are the partitions (part_cache.c).
 */
#include "codegen/artifact.h"

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

struct partition *partition_plan(const struct module *m, struct arena *arena, uint32_t *count)
{
    uint32_t defined = m->func_count - m->import_func_count;
    struct partition *plan = arena_array(arena, (size_t)defined + 1, sizeof *plan);
    struct partition *last = plan;
    size_t bytes = 0;
    last->first = m->import_func_count;
    for (uint32_t i = m->import_func_count; i < m->func_count; i++) {
        size_t size = m->funcs[i].body.n;
        if (is_full(last, bytes, m->funcs[i].body)) {
            last++;
            last->first = i;
            bytes = 0;
        }
        last->count++;
        bytes += size;
    }
    *count = (uint32_t)(last - plan) + 1;
    return plan;
}
