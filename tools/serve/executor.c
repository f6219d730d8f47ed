/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A queue, a lock and a condition.
 */
#include "tools/serve/executor.h"

#include <stdlib.h>

#include "tools/serve/clients.h"
#include "tools/serve/request.h"

struct start {
    struct executor *executor;
    unsigned thread;
};

/* The next request, or NULL at the end. Requires the lock. */
static struct request *take(struct executor *executor)
{
    while (!executor->first && !executor->stopping)
        pthread_cond_wait(&executor->work, &executor->lock);
    struct request *request = executor->first;
    if (!request)
        return NULL;
    executor->first = request->next;
    if (!executor->first)
        executor->last = &executor->first;
    executor->waiting--;
    executor->busy++;
    return request;
}

static void *thread_main(void *env)
{
    struct start start = *(struct start *)env;
    struct executor *executor = start.executor;
    free(env);
    pthread_mutex_lock(&executor->lock);
    for (struct request *request; (request = take(executor));) {
        pthread_mutex_unlock(&executor->lock);
        executor->run(request, start.thread);
        pthread_mutex_lock(&executor->lock);
        executor->busy--;
    }
    pthread_mutex_unlock(&executor->lock);
    return NULL;
}

static bool thread_start(struct executor *executor)
{
    struct start *start = malloc(sizeof *start);
    if (!start)
        return false;
    *start = (struct start){executor, executor->threads};
    if (pthread_create(&executor->ids[executor->threads], NULL, thread_main, start) != 0) {
        free(start);
        return false;
    }
    executor->threads++;
    return true;
}

bool executor_start(struct executor *executor, unsigned threads, unsigned queue,
                    void (*run)(struct request *, unsigned))
{
    *executor = (struct executor){.queue = queue, .run = run};
    executor->last = &executor->first;
    pthread_mutex_init(&executor->lock, NULL);
    pthread_cond_init(&executor->work, NULL);
    executor->ids = calloc(threads, sizeof *executor->ids);
    executor->guests = calloc(threads, sizeof *executor->guests);
    bool ok = executor->ids && executor->guests;
    while (ok && executor->threads < threads)
        ok = thread_start(executor);
    if (!ok)
        executor_stop(executor);
    return ok;
}

/* Threads that are free take what is in the queue at once: only what is beyond them waits. */
bool executor_reserve(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    bool room = executor->waiting + executor->busy < executor->queue + executor->threads;
    executor->waiting += room;
    pthread_mutex_unlock(&executor->lock);
    return room;
}

void executor_push(struct executor *executor, struct request *request)
{
    request->next = NULL;
    pthread_mutex_lock(&executor->lock);
    *executor->last = request;
    executor->last = &request->next;
    pthread_mutex_unlock(&executor->lock);
    pthread_cond_signal(&executor->work);
}

void executor_enter(struct executor *executor, unsigned thread, struct request *request,
                    w2s_store *store)
{
    pthread_mutex_lock(&executor->lock);
    executor->guests[thread] = (struct executor_guest){request, store, clients_now()};
    pthread_mutex_unlock(&executor->lock);
}

void executor_leave(struct executor *executor, unsigned thread)
{
    pthread_mutex_lock(&executor->lock);
    executor->guests[thread].store = NULL;
    pthread_mutex_unlock(&executor->lock);
}

void executor_interrupt(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    for (unsigned i = 0; i < executor->threads; i++)
        if (executor->guests[i].store)
            w2s_store_interrupt(executor->guests[i].store);
    pthread_mutex_unlock(&executor->lock);
}

unsigned executor_late(struct executor *executor, uint64_t nanoseconds)
{
    unsigned count = 0;
    uint64_t now = clients_now();
    pthread_mutex_lock(&executor->lock);
    for (unsigned i = 0; i < executor->threads; i++) {
        const struct executor_guest *guest = &executor->guests[i];
        count += guest->store && now > guest->since + nanoseconds;
    }
    pthread_mutex_unlock(&executor->lock);
    return count;
}

void executor_freeze(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
}

void executor_load(struct executor *executor, unsigned *busy, unsigned *waiting)
{
    pthread_mutex_lock(&executor->lock);
    *busy = executor->busy;
    *waiting = executor->waiting;
    pthread_mutex_unlock(&executor->lock);
}

void executor_stop(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    executor->stopping = true;
    pthread_mutex_unlock(&executor->lock);
    pthread_cond_broadcast(&executor->work);
    for (unsigned i = 0; i < executor->threads; i++)
        pthread_join(executor->ids[i], NULL);
    free(executor->ids);
    free(executor->guests);
    pthread_mutex_destroy(&executor->lock);
    pthread_cond_destroy(&executor->work);
}
