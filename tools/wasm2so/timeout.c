/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A thread that sleeps. The deadline itself, which computing code ends by with a backtrace, comes
 * first. Whoever called timeout_begin and then uses no processor time for a while waits in the
 * kernel, where no deadline reaches it: the process ends. As long as it does use some it is on its
 * way out, however slow the machine.
 */
#include "tools/wasm2so/timeout.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "runtime/include/wasm2so.h"
#include "tools/wasm2so/command.h"

enum { GRACE_MS = 200 };

static atomic_bool ended;
static uint64_t limit_ms;
static clockid_t used; /* processor time of the thread that runs the program */

static void sleep_ms(uint64_t milliseconds)
{
    struct timespec rest = {.tv_sec = (time_t)(milliseconds / 1000),
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&rest, &rest) != 0)
        ;
}

/* Whether the program gets on between two looks; a thread that is gone does not. */
static bool still_computes(struct timespec *last)
{
    struct timespec now;
    if (clock_gettime(used, &now) != 0)
        return false;
    bool more = now.tv_sec != last->tv_sec || now.tv_nsec != last->tv_nsec;
    *last = now;
    return more;
}

static void *wait_and_exit(void *env)
{
    (void)env;
    struct timespec last = {.tv_sec = 0};
    sleep_ms(limit_ms);
    (void)still_computes(&last);
    do
        sleep_ms(GRACE_MS);
    while (!atomic_load(&ended) && still_computes(&last));
    if (atomic_exchange(&ended, true))
        return NULL;
    fprintf(stderr, "wasm2so: trap: %s\n", w2s_trap_kind_message(W2S_TRAP_INTERRUPTED));
    _exit(EXIT_TRAP);
}

bool timeout_begin(uint64_t milliseconds)
{
    pthread_t thread;
    limit_ms = milliseconds;
    return pthread_getcpuclockid(pthread_self(), &used) == 0 &&
           pthread_create(&thread, NULL, wait_and_exit, NULL) == 0 && pthread_detach(thread) == 0;
}

void timeout_end(void)
{
    while (atomic_exchange(&ended, true)) /* the other thread is ending the process */
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
}
