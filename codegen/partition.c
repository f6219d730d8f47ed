/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which functions share an LLVM module: neighbours, until a partition is as large as one of these
 * limits. Only the module decides; the number of threads must not, or the output would differ. A
 * function larger than a partition gets one of its own.
 */
#include "codegen/artifact.h"

/* Small enough that a large module spreads over all processors and one partition's IR stays in tens
 * of megabytes; large enough that what a partition costs by itself does not count. */
enum { PARTITION_BYTES = 64 * 1024, PARTITION_FUNCTIONS = 2000 };

struct partition *partition_plan(const struct module *m, struct arena *arena, uint32_t *count)
{
    uint32_t defined = m->func_count - m->import_func_count;
    struct partition *plan = arena_array(arena, (size_t)defined + 1, sizeof *plan);
    struct partition *last = plan;
    size_t bytes = 0;
    last->first = m->import_func_count;
    for (uint32_t i = m->import_func_count; i < m->func_count; i++) {
        size_t size = m->funcs[i].body.n;
        if (last->count > 0 &&
            (bytes + size > PARTITION_BYTES || last->count == PARTITION_FUNCTIONS)) {
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
