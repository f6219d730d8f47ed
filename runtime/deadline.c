/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Deadlines of stores: one thread for the process, started with the first deadline, interrupts the
 * stores whose time has come. Arming is a store and a load: the watchdog need be told only when the
 * new deadline comes before the time it will wake up at anyhow, so a host that arms one for each
 * request makes a system call now and then. A deadline taken back costs nothing; the watchdog looks
 * in vain.
 *
 * Order that no deadline is missed: whoever arms writes the deadline, then reads wakes_at; the
 * watchdog writes wakes_at (now: never, so that all that is armed from here on calls it), then
 * reads the deadlines. All of it sequentially consistent.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Values of a store's deadline that are no times. */
enum { NONE = 0, FIRING = 1 };

enum { RETRY_NS = 1000000 };

static struct {
    pthread_mutex_t lock; /* of the list and of the thread's existence; held while it fires */
    w2s_store *stores;    /* those that ever had a deadline */
    bool running;
    _Atomic(uint64_t) wakes_at;
    _Atomic(uint32_t) calls; /* futex: a call wakes the thread */
} watchdog = {.lock = PTHREAD_MUTEX_INITIALIZER, .wakes_at = UINT64_MAX};

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/* ---- the thread ---- */

/* Unless the deadline has just been changed. */
static void fire(w2s_store *store, uint64_t deadline, uint64_t now)
{
    if (!atomic_compare_exchange_strong(&store->deadline, &deadline, FIRING))
        return;
    uint64_t firing = FIRING;
    uint64_t after = rt_store_stop(store) ? NONE : now + RETRY_NS;
    atomic_compare_exchange_strong(&store->deadline, &firing, after);
}

/* Interrupts what is due; when to look again. */
static uint64_t look(void)
{
    uint64_t next = UINT64_MAX, now = now_ns();
    for (w2s_store *store = watchdog.stores; store; store = store->next_watched) {
        uint64_t deadline = atomic_load(&store->deadline);
        if (deadline > FIRING && deadline <= now)
            fire(store, deadline, now);
        deadline = atomic_load(&store->deadline);
        if (deadline > FIRING && deadline < next)
            next = deadline;
    }
    return next;
}

static void sleep_until(uint64_t time, uint32_t calls)
{
    struct timespec until = {.tv_sec = (time_t)(time / 1000000000),
                             .tv_nsec = (long)(time % 1000000000)};
    syscall(SYS_futex, &watchdog.calls, FUTEX_WAIT_BITSET_PRIVATE, calls,
            time == UINT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
}

static _Noreturn void *watch(void *env)
{
    (void)env;
    for (;;) {
        uint32_t calls = atomic_load(&watchdog.calls);
        pthread_mutex_lock(&watchdog.lock);
        atomic_store(&watchdog.wakes_at, UINT64_MAX);
        uint64_t next = look();
        atomic_store(&watchdog.wakes_at, next);
        pthread_mutex_unlock(&watchdog.lock);
        sleep_until(next, calls);
    }
}

/* ---- its life ---- */

static void before_fork(void)
{
    pthread_mutex_lock(&watchdog.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&watchdog.lock);
}

/* The child has no such thread: the next deadline starts one. */
static void after_fork_in_child(void)
{
    watchdog.running = false;
    atomic_store(&watchdog.wakes_at, UINT64_MAX);
    pthread_mutex_unlock(&watchdog.lock);
}

static void once(void)
{
    (void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

/* No signal of the host's is for it. Under the lock. */
static bool thread_start(void)
{
    enum { STACK = 128 * 1024 };
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    watchdog.running = pthread_create(&thread, &attr, watch, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return watchdog.running;
}

/* Makes the thread look at the deadlines. */
static bool call_watchdog(void)
{
    static pthread_once_t forks = PTHREAD_ONCE_INIT;
    pthread_once(&forks, once);
    pthread_mutex_lock(&watchdog.lock);
    bool good = watchdog.running || thread_start();
    pthread_mutex_unlock(&watchdog.lock);
    atomic_fetch_add(&watchdog.calls, 1);
    syscall(SYS_futex, &watchdog.calls, FUTEX_WAKE_PRIVATE, 1);
    return good;
}

/* ---- stores ---- */

static void unwatch(w2s_store *store)
{
    pthread_mutex_lock(&watchdog.lock);
    w2s_store **link = &watchdog.stores;
    while (*link != store)
        link = &(*link)->next_watched;
    *link = store->next_watched;
    pthread_mutex_unlock(&watchdog.lock);
}

static void join_list(w2s_store *store)
{
    pthread_mutex_lock(&watchdog.lock);
    store->next_watched = watchdog.stores;
    watchdog.stores = store;
    store->unwatch = unwatch;
    pthread_mutex_unlock(&watchdog.lock);
}

/* Puts the time in place of the old one, and waits for an interrupt that is on its way. */
static void change(w2s_store *store, uint64_t deadline)
{
    if (atomic_exchange(&store->deadline, deadline) != FIRING)
        return;
    pthread_mutex_lock(&watchdog.lock);
    pthread_mutex_unlock(&watchdog.lock);
}

bool w2s_store_set_deadline(w2s_store *store, uint64_t nanoseconds, w2s_error *err)
{
    if (nanoseconds == 0) {
        change(store, NONE);
        return true;
    }
    if (store->uninterruptible)
        return rt_fail(err, W2S_ERROR_ARGUMENT,
                       "a deadline needs code that can be interrupted: the store has a module "
                       "compiled without --interruptible");
    if (!store->unwatch)
        join_list(store);
    uint64_t now = now_ns();
    uint64_t deadline = nanoseconds < UINT64_MAX - now ? now + nanoseconds : UINT64_MAX;
    change(store, deadline);
    if (deadline >= atomic_load(&watchdog.wakes_at) || call_watchdog())
        return true;
    change(store, NONE);
    return rt_fail_memory(err);
}
