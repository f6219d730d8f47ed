/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Counters, and the page that shows them.
 */
#include "tools/serve/metrics.h"

/* Upper bounds of the latency histogram, in microseconds; the last bucket has none. */
static const unsigned long bounds[METRICS_BUCKETS - 1] = {
    50,    100,   250,    500,    1000,    2500,    5000,    10000,
    25000, 50000, 100000, 250000, 1000000, 5000000, 30000000};

void metrics_answered(struct metrics *metrics, unsigned status, uint64_t nanoseconds)
{
    unsigned long us = (unsigned long)(nanoseconds / 1000);
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS - 1 && us > bounds[bucket])
        bucket++;
    atomic_fetch_add(&metrics->buckets[bucket], 1);
    atomic_fetch_add(&metrics->microseconds, us);
    if (status < METRICS_STATUS_LIMIT)
        atomic_fetch_add(&metrics->by_status[status], 1);
}

static void write_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP wasm2so_%s %s\n# TYPE wasm2so_%s %s\n", name, help, name, type);
}

static void write_one(FILE *out, const char *name, const char *type, unsigned long value,
                      const char *help)
{
    write_head(out, name, type, help);
    fprintf(out, "wasm2so_%s %lu\n", name, value);
}

static void write_statuses(struct metrics *metrics, FILE *out)
{
    write_head(out, "requests_total", "counter", "Requests answered, by status.");
    for (unsigned status = 0; status < METRICS_STATUS_LIMIT; status++) {
        unsigned long count = atomic_load(&metrics->by_status[status]);
        if (count > 0)
            fprintf(out, "wasm2so_requests_total{code=\"%u\"} %lu\n", status, count);
    }
}

static void write_histogram(struct metrics *metrics, FILE *out)
{
    unsigned long total = 0;
    write_head(out, "request_duration_seconds", "histogram",
               "From a request's first line to its answer.");
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        total += atomic_load(&metrics->buckets[i]);
        fputs("wasm2so_request_duration_seconds_bucket{le=\"", out);
        if (i < METRICS_BUCKETS - 1)
            fprintf(out, "%g", (double)bounds[i] / 1e6);
        else
            fputs("+Inf", out);
        fprintf(out, "\"} %lu\n", total);
    }
    fprintf(out, "wasm2so_request_duration_seconds_sum %g\n",
            (double)atomic_load(&metrics->microseconds) / 1e6);
    fprintf(out, "wasm2so_request_duration_seconds_count %lu\n", total);
}

void metrics_write(struct metrics *metrics, const struct metrics_gauges *gauges, FILE *out)
{
    write_statuses(metrics, out);
    write_histogram(metrics, out);
    write_one(out, "instances", "gauge", gauges->instances, "Guests that may be at work at once.");
    write_one(out, "instances_busy", "gauge", gauges->busy, "Guests at work.");
    write_one(out, "queue", "gauge", gauges->queue, "Requests that may wait for a guest.");
    write_one(out, "queue_waiting", "gauge", gauges->waiting, "Requests that wait for a guest.");
    write_one(out, "connections", "gauge", gauges->connections, "Open connections.");
    write_one(out, "traps_total", "counter", atomic_load(&metrics->traps), "Guests that trapped.");
    write_one(out, "guest_errors_total", "counter", atomic_load(&metrics->guest_errors),
              "Guests that reported an error.");
    write_one(out, "timeouts_total", "counter", atomic_load(&metrics->timeouts),
              "Guests that were ended by the time limit.");
    write_one(out, "refused_total", "counter", atomic_load(&metrics->refused),
              "Requests refused because too many waited.");
}
