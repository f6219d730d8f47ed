/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Faults in generated code become traps; all others go where they would have gone without us.
 *
 * Danger: a handler for the whole process. A fault is ours only if its code address lies in a
 * loaded module, this thread runs wasm, and the address touched lies in the reservation of a memory
 * of the store that runs. Then generated code was interrupted, which holds no lock and is in no
 * library call, so making the trap may allocate; and the handler returns normally, into rt_unwind.
 * Anything else reaches the handler installed before, or the default action.
 * SA_NODEFER: the mask needs no repair when we do not return to the faulting code, and a fault in a
 * chained handler acts as it would have. SA_ONSTACK: a host that gave its threads signal stacks may
 * have good reasons. tests/runtime/test_signal.c proves chaining, test_trap.c the traps.
 */
#include "runtime/arch.h"
#include "runtime/runtime.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

/* Written once, before the handlers are installed. */
static struct sigaction previous_segv, previous_bus;

static bool address_in_store(const w2s_store *store, uintptr_t address)
{
    for (const struct rt_memory *memory = store->memories; memory; memory = memory->next)
        if (address - (uintptr_t)memory->pub.base < memory->reserved)
            return true;
    return false;
}

/* The activation that the fault ends, or NULL if it is not ours. */
static struct rt_activation *trapped(const siginfo_t *info, const ucontext_t *context)
{
    if (info->si_code <= 0 || !rt_text_find(rt_context_pc(context)))
        return NULL;
    struct rt_activation *top = rt_thread.top;
    return top && address_in_store(top->store, (uintptr_t)info->si_addr) ? top : NULL;
}

/* Restores the default action and lets it happen: a fault happens again on return, a signal that
 * somebody sent is sent once more. */
static void die_by(int signo, const siginfo_t *info)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(signo, &action, NULL);
    if (info->si_code <= 0)
        raise(signo);
}

static void chain(int signo, siginfo_t *info, void *context)
{
    struct sigaction *previous = signo == SIGBUS ? &previous_bus : &previous_segv;
    if (!(previous->sa_flags & SA_SIGINFO)) {
        if (previous->sa_handler == SIG_IGN && info->si_code <= 0)
            return; /* the kernel does not ignore faults, only sent signals */
        if (previous->sa_handler == SIG_DFL || previous->sa_handler == SIG_IGN) {
            die_by(signo, info);
            return;
        }
    }
    /* As the kernel would have called it; returning from ours restores the mask. */
    sigset_t mask = previous->sa_mask;
    if (!(previous->sa_flags & SA_NODEFER))
        sigaddset(&mask, signo);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    struct sigaction action = *previous;
    if (previous->sa_flags & (int)SA_RESETHAND) {
        previous->sa_flags = 0;
        previous->sa_handler = SIG_DFL;
    }
    if (action.sa_flags & SA_SIGINFO)
        action.sa_sigaction(signo, info, context);
    else
        action.sa_handler(signo);
}

static void handle(int signo, siginfo_t *info, void *context)
{
    struct rt_activation *activation = trapped(info, context);
    if (!activation) {
        chain(signo, info, context);
        return;
    }
    activation->trap = rt_trap_make(W2S_TRAP_MEMORY_OOB);
    rt_context_unwind(context, activation);
}

static void install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, NULL, &previous_segv);
    sigaction(SIGBUS, NULL, &previous_bus);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

void rt_signals_install(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}
