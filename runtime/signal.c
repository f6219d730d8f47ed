/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Faults in generated code become traps; all others go where they would have gone without us.
 *
 * Danger: a handler for the whole process. A fault is ours only if its code address lies in a
 * loaded module, this thread runs wasm, and the address touched lies in the reservation of a memory
 * of the store that runs, or in its interrupt page. Then the handler returns normally, into
 * rt_fault, and the trap is made there: on the stack of the code, since the signal stacks that
 * languages give their threads can be as small as the kernel allows; and where it may allocate,
 * because generated code holds no lock and is in no library call. Anything else reaches the handler
 * installed before, or the default action. A host may install handlers of its own later. Where they
 * have displaced ours, the next module or instance puts us in front again, as a new layer: each
 * layer is a function of its own with the handler it displaced, so one that chains back reaches an
 * older layer and never a loop.
 * SA_NODEFER: the mask needs no repair when we do not return to the faulting code, and a fault in a
 * chained handler acts as it would have. SA_ONSTACK: a host that gave its threads signal stacks may
 * have good reasons. tests/runtime/test_signal.c proves chaining, test_trap.c the traps.
 */
#include "runtime/arch.h"
#include "runtime/runtime.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

const bool rt_faults_are_traps = true;

enum { LAYERS = 8, SIGNALS = 2 };

static const int signals[SIGNALS] = {SIGSEGV, SIGBUS};

/* What each layer displaced; written before the layer is installed. */
static struct sigaction displaced[LAYERS][SIGNALS];

static bool address_in_memory(const struct rt_memory *memory, uintptr_t address)
{
    uintptr_t below = memory->guarded ? W2S_MEMORY_MARGIN : 0;
    return address - ((uintptr_t)memory->pub.base - below) < memory->reserved + below;
}

static bool address_in_store(const w2s_store *store, uintptr_t address)
{
    for (const struct rt_memory_use *use = store->memories; use; use = use->next)
        if (address_in_memory(use->memory, address))
            return true;
    return false;
}

/* What the fault is in the code of the innermost entry; none if it is not ours. */
static enum w2s_trap_kind trapped(const siginfo_t *info, const ucontext_t *context)
{
    const struct rt_activation *top = rt_thread.top;
    uintptr_t address = (uintptr_t)info->si_addr;
    if (info->si_code <= 0 || !top || !rt_text_find(rt_context_pc(context)))
        return W2S_TRAP_NONE;
    if (rt_page_holds(top->store, address))
        return W2S_TRAP_INTERRUPTED;
    return address_in_store(top->store, address) ? W2S_TRAP_MEMORY_OOB : W2S_TRAP_NONE;
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

static void chain(struct sigaction *previous, int signo, siginfo_t *info, void *context)
{
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

static void handle(unsigned layer, int signo, siginfo_t *info, void *context)
{
    enum w2s_trap_kind kind = trapped(info, context);
    if (kind == W2S_TRAP_NONE) {
        chain(&displaced[layer][signo == SIGBUS], signo, info, context);
        return;
    }
    rt_context_trap(context, (uint32_t)kind);
}

typedef void handler(int, siginfo_t *, void *);

#define LAYER(n)                                                                                   \
    static void handle_##n(int signo, siginfo_t *info, void *context)                              \
    {                                                                                              \
        handle(n, signo, info, context);                                                           \
    }
/* clang-format off */
LAYER(0) LAYER(1) LAYER(2) LAYER(3) LAYER(4) LAYER(5) LAYER(6) LAYER(7)
    /* clang-format on */

    static handler *const handlers[LAYERS] = {handle_0, handle_1, handle_2, handle_3,
                                              handle_4, handle_5, handle_6, handle_7};

static bool same_handler(const struct sigaction *a, const struct sigaction *b)
{
    if ((a->sa_flags & SA_SIGINFO) != (b->sa_flags & SA_SIGINFO))
        return false;
    return a->sa_flags & SA_SIGINFO ? a->sa_sigaction == b->sa_sigaction
                                    : a->sa_handler == b->sa_handler;
}

static bool is_ours(const struct sigaction *action)
{
    for (unsigned i = 0; i < LAYERS; i++)
        if (action->sa_flags & SA_SIGINFO && action->sa_sigaction == handlers[i])
            return true;
    return false;
}

/* Puts us in front of current: as the layer that displaced the same handler before, or a new one.
 * With all layers used up the host gets its way. */
static void displace(unsigned which, const struct sigaction *current, unsigned *used)
{
    unsigned layer = 0;
    while (layer < *used && !same_handler(&displaced[layer][which], current))
        layer++;
    if (layer == LAYERS)
        return;
    displaced[layer][which] = *current;
    if (layer == *used)
        ++*used;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handlers[layer];
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(signals[which], &action, NULL);
}

void rt_signals_install(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static unsigned used[SIGNALS]; /* layers; guarded by lock */
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < SIGNALS; i++) {
        struct sigaction current;
        if (sigaction(signals[i], NULL, &current) == 0 && !is_ours(&current))
            displace(i, &current, &used[i]);
    }
    pthread_mutex_unlock(&lock);
}
