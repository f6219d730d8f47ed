/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What /metrics tells: counters that any thread adds to, written in the text format of Prometheus.
 */
#ifndef TOOLS_SERVE_METRICS_H
#define TOOLS_SERVE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum { METRICS_STATUS_LIMIT = 600, METRICS_BUCKETS = 16 };

struct metrics {
    atomic_ulong by_status[METRICS_STATUS_LIMIT];
    atomic_ulong buckets[METRICS_BUCKETS]; /* each counts what did not fit the one before */
    atomic_ulong microseconds;             /* of all requests together */
    atomic_ulong traps, guest_errors, timeouts, refused;
};

/* What is read off rather than counted. */
struct metrics_gauges {
    unsigned instances, busy, queue, waiting;
    size_t connections;
};

/* A request that was answered with status, so long after it had arrived. */
void metrics_answered(struct metrics *metrics, unsigned status, uint64_t nanoseconds);
void metrics_write(struct metrics *metrics, const struct metrics_gauges *gauges, FILE *out);

#endif
