/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Ticks of root contexts. For the main thread's a thread of our own sleeps and has Envoy's
 * scheduler bring the tick there. Nothing brings one to a worker, so a worker's tick comes late,
 * with the next event of a stream there.
 */
#include "runtime/envoy/envoy.h"

#include <signal.h>
#include <time.h>

enum { SECOND = 1000000000 };

uint64_t now_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

bool timer_init(struct timer *timer)
{
    pthread_condattr_t attr;
    return pthread_mutex_init(&timer->lock, NULL) == 0 && pthread_condattr_init(&attr) == 0 &&
           pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&timer->changed, &attr) == 0;
}

/* ---- the main thread's ---- */

/* Until the next tick of that period, or a change. True: it is time. With the lock. */
static bool sleep_until(struct timer *timer, uint64_t next)
{
    const struct timespec at = {.tv_sec = (time_t)(next / SECOND),
                                .tv_nsec = (long)(next % SECOND)};
    uint64_t period = timer->period;
    while (!timer->ends && timer->period == period && now_monotonic() < next)
        pthread_cond_timedwait(&timer->changed, &timer->lock, &at);
    return !timer->ends && timer->period == period;
}

static void *run(void *env)
{
    struct config *config = env;
    struct timer *timer = &config->timer;
    pthread_mutex_lock(&timer->lock);
    while (!timer->ends) {
        if (timer->period == 0)
            pthread_cond_wait(&timer->changed, &timer->lock);
        else if (sleep_until(timer, now_monotonic() + timer->period))
            ENVOY(http_filter_config_scheduler_commit)(config->scheduler, EVENT_TICK);
    }
    pthread_mutex_unlock(&timer->lock);
    return NULL;
}

/* Signals are for Envoy's threads. */
static bool start(struct config *config)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool ok = pthread_create(&config->timer.thread, NULL, run, config) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

bool timer_set(struct config *config, uint64_t period)
{
    struct timer *timer = &config->timer;
    if (!config->scheduler)
        return false;
    pthread_mutex_lock(&timer->lock);
    timer->period = period;
    pthread_cond_signal(&timer->changed);
    pthread_mutex_unlock(&timer->lock);
    if (!timer->running && period)
        timer->running = start(config);
    return timer->running || !period;
}

void timer_stop(struct config *config)
{
    struct timer *timer = &config->timer;
    if (timer->running) {
        pthread_mutex_lock(&timer->lock);
        timer->ends = true;
        pthread_cond_signal(&timer->changed);
        pthread_mutex_unlock(&timer->lock);
        pthread_join(timer->thread, NULL);
    }
    pthread_cond_destroy(&timer->changed);
    pthread_mutex_destroy(&timer->lock);
    timer->running = false;
}

/* ---- a worker's ---- */

void tick_if_due(struct vm *vm)
{
    static const uint32_t args[] = {ROOT_CONTEXT};
    if (vm->tick_period == 0 || vm->depth > 0)
        return;
    uint64_t now = now_monotonic();
    if (now < vm->next_tick)
        return;
    vm->next_tick = now + vm->tick_period;
    guest_call(vm, NULL, GUEST_TICK, args, NULL);
}
