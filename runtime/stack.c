/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stack limits. A wasm function compares its stack pointer with the store's limit, and so does each
 * entry from the host, so recursion through any mix of both ends in a trap. The limit leaves room
 * for host functions, helpers and the fault handler, which run on the same stack.
 */
#include "runtime/arch.h"
#include "runtime/runtime.h"

#include <pthread.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(offsetof(w2s_store, exec) == 0 && offsetof(w2s_store, top) == 24 &&
                   offsetof(w2s_store, stack_thread) == 32 &&
                   offsetof(w2s_store, stack_from) == 40 && offsetof(struct rt_thread, top) == 0 &&
                   offsetof(struct rt_thread, id) == 8,
               "arch/*.S");

enum {
    HEADROOM = 128 * 1024,      /* below the limit, for what is not wasm */
    UNKNOWN_STACK = 256 * 1024, /* what a stack of unknown size (a coroutine's) is taken for */
    LARGE_STACK = 64 * 1024 * 1024,
    KERNEL_GAP = 1024 * 1024,  /* a growing main stack faults this far above the next mapping */
    OTHER_STACK = 1024 * 1024, /* so far below its limit it must be another stack */
};

_Thread_local struct rt_thread rt_thread;

static bool is_main_thread(void)
{
    return getpid() == (pid_t)syscall(SYS_gettid);
}

/* What the main stack may grow to: its limit, for which the kernel leaves room up to LARGE_STACK
 * and more. Beyond that glibc knows, which reads /proc/self/maps for it; other C libraries say how
 * far the stack has grown, and look for that page by page. */
static bool ask_main_stack(struct rt_thread *thread)
{
    uintptr_t name = getauxval(AT_EXECFN), page = getauxval(AT_PAGESZ); /* name: at the top */
    struct rlimit limit;
    if (!name || !page || !is_main_thread() || getrlimit(RLIMIT_STACK, &limit) != 0)
        return false;
#ifdef __GLIBC__
    if (limit.rlim_cur > LARGE_STACK)
        return false;
#endif
    thread->stack_high = (name + page) & ~(page - 1);
    thread->stack_low = thread->stack_high -
                        (limit.rlim_cur < LARGE_STACK ? (uintptr_t)limit.rlim_cur : LARGE_STACK);
    return true;
}

static void ask_stack(struct rt_thread *thread)
{
    static atomic_uint_least64_t threads;
    thread->id = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) + 1;
    thread->stack_asked = true;
    pthread_attr_t attr;
    if (ask_main_stack(thread) || pthread_getattr_np(pthread_self(), &attr) != 0)
        return;
    void *low;
    size_t size, guard;
    if (pthread_attr_getstack(&attr, &low, &size) == 0 &&
        pthread_attr_getguardsize(&attr, &guard) == 0) {
        thread->stack_low = (uintptr_t)low + guard;
        thread->stack_high = (uintptr_t)low + size;
        /* With a large or no ulimit -s the next mapping, not the limit, ends the main stack. */
        if (size > LARGE_STACK && is_main_thread())
            thread->stack_low += KERNEL_GAP;
    }
    pthread_attr_destroy(&attr);
}

static uintptr_t below(uintptr_t sp, uintptr_t n)
{
    return sp > n ? sp - n : 0;
}

void rt_stack_know(void)
{
    if (!rt_thread.stack_asked)
        ask_stack(&rt_thread);
}

/* Both: a thread that has not asked for its id has 0. */
void rt_stack_forget(w2s_store *store)
{
    store->stack_thread = 0;
    store->stack_from = 0;
}

/* The limit for an entry with the stack pointer at sp, and whether it holds for entries nearby. */
static void set_limit(w2s_store *store, uintptr_t sp)
{
    const struct rt_thread *thread = &rt_thread;
    rt_stack_know();
    const uint64_t max = store->config.max_stack;
    rt_stack_forget(store);
    if (sp < thread->stack_low || sp >= thread->stack_high) {
        store->exec.stack_limit = below(sp, max < UNKNOWN_STACK ? max : UNKNOWN_STACK);
        return;
    }
    uintptr_t headroom = (thread->stack_high - thread->stack_low) / 2;
    uintptr_t limit = thread->stack_low + (headroom < HEADROOM ? headroom : HEADROOM);
    uintptr_t allowed = below(sp, max);
    store->exec.stack_limit = allowed > limit ? allowed : limit;
    /* Collected stores are entered through rt_inside only, never by the short way. */
    if (!store->collected && sp > store->exec.stack_limit + RT_STACK_SPAN) {
        store->stack_thread = thread->id;
        store->stack_from = sp - RT_STACK_SPAN / 2;
    }
}

bool rt_stack_enter(w2s_store *store, uintptr_t sp)
{
    const struct rt_activation *outer = store->top;
    if (!outer || sp > outer->frame || sp < below(store->exec.stack_limit, OTHER_STACK))
        set_limit(store, sp);
    return sp > store->exec.stack_limit;
}

void rt_stack_leave(w2s_store *store, uintptr_t outer_limit)
{
    if (!store->top || store->exec.stack_limit == outer_limit)
        return; /* the next entry may well be as this one */
    store->exec.stack_limit = outer_limit;
    rt_stack_forget(store);
}
