/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The threads that run guests: as many as guests may be at work at once, with a queue before them
 * that has an end. The threads that speak HTTP never wait for a guest.
 */
#ifndef TOOLS_SERVE_EXECUTOR_H
#define TOOLS_SERVE_EXECUTOR_H

#include <pthread.h>
#include <stdbool.h>

#include "runtime/include/wasm2so.h"

struct request;

/* What a thread runs; store NULL: nothing. */
struct executor_guest {
    struct request *request;
    w2s_store *store;
    uint64_t since; /* ns, monotonic */
};

struct executor {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct request *first, **last; /* the queue, by request->next */
    unsigned waiting, queue;       /* in the queue: now, and at most */
    unsigned busy, threads;        /* threads at work, and all */
    bool stopping;                 /* no thread waits any more */
    pthread_t *ids;
    struct executor_guest *guests; /* one a thread */
    void (*run)(struct request *request, unsigned thread);
};

/* Starts the threads; run is called in one of them with each request. False if that failed. */
bool executor_start(struct executor *executor, unsigned threads, unsigned queue,
                    void (*run)(struct request *, unsigned));
/* Takes room in the queue: false if there is none. executor_push fills it. */
bool executor_reserve(struct executor *executor);
void executor_push(struct executor *executor, struct request *request);
/* A thread begins to run a guest, which can be interrupted from now on, and is done with it. */
void executor_enter(struct executor *executor, unsigned thread, struct request *request,
                    w2s_store *store);
void executor_leave(struct executor *executor, unsigned thread);
void executor_interrupt(struct executor *executor);
/* The number of guests that have run for longer than that. */
unsigned executor_late(struct executor *executor, uint64_t nanoseconds);
/* For good: no thread gets beyond executor_leave, or to another request. */
void executor_freeze(struct executor *executor);
void executor_load(struct executor *executor, unsigned *busy, unsigned *waiting);
/* Once the queue is empty: ends the threads. */
void executor_stop(struct executor *executor);

#endif
