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

struct executor {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct request *first, **last; /* the queue, by request->next */
    unsigned waiting, queue;       /* in the queue: now, and at most */
    unsigned busy, threads;        /* threads at work, and all */
    bool stopping;                 /* no thread waits any more */
    pthread_t *ids;
    struct w2s_store **stores; /* what each thread runs, or NULL */
    void (*run)(struct request *request, unsigned thread);
};

/* Starts the threads; run is called in one of them with each request. False if that failed. */
bool executor_start(struct executor *executor, unsigned threads, unsigned queue,
                    void (*run)(struct request *, unsigned));
/* Takes room in the queue: false if there is none. executor_push fills it. */
bool executor_reserve(struct executor *executor);
void executor_push(struct executor *executor, struct request *request);
/* What a thread runs from now on (NULL: nothing), so that it can be interrupted. */
void executor_set_store(struct executor *executor, unsigned thread, w2s_store *store);
void executor_interrupt(struct executor *executor);
void executor_load(struct executor *executor, unsigned *busy, unsigned *waiting);
/* Once the queue is empty: ends the threads. */
void executor_stop(struct executor *executor);

#endif
