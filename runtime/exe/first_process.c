/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Signals that process 1 has no handler for are dropped (pid_namespaces(7)): it gets some.
 */
#include "runtime/include/wasm2so_exe.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static void end(int signal)
{
    _exit(128 + signal);
}

void first_process_obey_signals(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    if (getpid() != 1)
        return;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction old, action = {.sa_handler = end, .sa_flags = SA_ONSTACK};
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(signals[i], &action, NULL);
    }
}
