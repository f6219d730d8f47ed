/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A thread that sleeps. The deadline itself, which computing code ends by with a backtrace, comes
 * first; what is still there a while later waits in the kernel.
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

static void *wait_and_exit(void *env)
{
    (void)env;
    struct timespec rest = {.tv_sec = (time_t)(limit_ms / 1000),
                            .tv_nsec = (long)(limit_ms % 1000) * 1000000};
    while (nanosleep(&rest, &rest) != 0)
        ;
    if (atomic_exchange(&ended, true))
        return NULL;
    fprintf(stderr, "wasm2so: trap: %s\n", w2s_trap_kind_message(W2S_TRAP_INTERRUPTED));
    _exit(EXIT_TRAP);
}

bool timeout_begin(uint64_t milliseconds)
{
    pthread_t thread;
    limit_ms = milliseconds + GRACE_MS;
    return pthread_create(&thread, NULL, wait_and_exit, NULL) == 0 && pthread_detach(thread) == 0;
}

void timeout_end(void)
{
    while (atomic_exchange(&ended, true)) /* the other thread is ending the process */
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
}
