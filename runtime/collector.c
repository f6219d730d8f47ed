/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The collector (collector.h says how it is used): libgc, loaded at run time, so that programs
 * without objects neither load nor need it.
 *
 * It suspends threads by two signals (SIGPWR and SIGXCPU), which a thread gets only while it is
 * inside. If the program itself uses libgc, its settings are left alone.
 */
#include "runtime/collector.h"

#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>
#include <gc/gc_gcj.h>
#include <gc/gc_mark.h>

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libgc.so.1"

/* Bytes to begin with: a smaller heap would be collected more often than it pays. */
enum { FIRST_HEAP = 4 << 20 };

#define FUNCTIONS(F)                                                                               \
    F(GC_is_init_called)                                                                           \
    F(GC_set_all_interior_pointers)                                                                \
    F(GC_set_no_dls)                                                                               \
    F(GC_set_markers_count)                                                                        \
    F(GC_set_handle_fork)                                                                          \
    F(GC_set_warn_proc)                                                                            \
    F(GC_ignore_warn_proc)                                                                         \
    F(GC_set_max_heap_size)                                                                        \
    F(GC_init)                                                                                     \
    F(GC_expand_hp)                                                                                \
    F(GC_init_gcj_malloc)                                                                          \
    F(GC_allow_register_threads)                                                                   \
    F(GC_register_my_thread)                                                                       \
    F(GC_unregister_my_thread)                                                                     \
    F(GC_get_suspend_signal)                                                                       \
    F(GC_get_thr_restart_signal)                                                                   \
    F(GC_get_push_other_roots)                                                                     \
    F(GC_set_push_other_roots)                                                                     \
    F(GC_push_all_eager)                                                                           \
    F(GC_do_blocking)                                                                              \
    F(GC_call_with_gc_active)                                                                      \
    F(GC_alloc_lock)                                                                               \
    F(GC_alloc_unlock)                                                                             \
    F(GC_malloc)                                                                                   \
    F(GC_malloc_atomic)                                                                            \
    F(GC_gcj_malloc)                                                                               \
    F(GC_malloc_uncollectable)                                                                     \
    F(GC_free)                                                                                     \
    F(GC_base)

/* Written once, under the lock of rt_collector_load. */
static struct {
#define F(name) __typeof__(name) *name;
    FUNCTIONS(F)
#undef F
} gc;

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define F(name) {#name, offsetof(__typeof__(gc), name)},
    FUNCTIONS(F)
#undef F
};

/* Guarded by libgc's lock, which is held during a collection. */
static w2s_store *stores;
static GC_push_other_roots_proc other_roots;

/* ---- roots ---- */

static void push(void **refs, size_t count)
{
    if (count)
        gc.GC_push_all_eager(refs, refs + count);
}

static void push_roots(void)
{
    if (other_roots)
        other_roots();
    for (w2s_store *store = stores; store; store = store->next_collected)
        rt_store_visit(store, push);
}

void rt_roots_lock(const w2s_store *store)
{
    if (store->collected)
        gc.GC_alloc_lock();
}

void rt_roots_unlock(const w2s_store *store)
{
    if (store->collected)
        gc.GC_alloc_unlock();
}

bool rt_store_collect(w2s_store *store, w2s_error *err)
{
    if (store->collected)
        return true;
    if (store->top)
        return rt_fail(err, W2S_ERROR_ARGUMENT,
                       "the first module with garbage collection of a store cannot be "
                       "instantiated from inside a call");
    gc.GC_alloc_lock();
    store->next_collected = stores;
    stores = store;
    store->collected = true;
    rt_stack_forget(store);
    gc.GC_alloc_unlock();
    return true;
}

void rt_store_leave(w2s_store *store)
{
    if (!store->collected)
        return;
    gc.GC_alloc_lock();
    w2s_store **link = &stores;
    while (*link != store)
        link = &(*link)->next_collected;
    *link = store->next_collected;
    store->collected = false;
    gc.GC_alloc_unlock();
}

/* ---- threads ---- */

struct call {
    rt_task *task;
    void *env;
};

static void *run_inside(void *env)
{
    const struct call *call = env;
    rt_thread.mutator = RT_INSIDE;
    call->task(call->env);
    return NULL;
}

static void *run_outside(void *env)
{
    const struct call *call = env;
    rt_thread.mutator = RT_OUTSIDE;
    call->task(call->env);
    return NULL;
}

/* A thread that blocks the signals could not be stopped, and the others would wait for it. */
static void open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, gc.GC_get_suspend_signal());
    sigaddset(&set, gc.GC_get_thr_restart_signal());
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    rt_thread.signals_open = true;
}

static void run_registered(struct call *call)
{
    struct GC_stack_base base = {.mem_base = __builtin_frame_address(0)};
    if (!rt_thread.signals_open)
        open_signals();
    int registered = gc.GC_register_my_thread(&base);
    run_inside(call);
    rt_thread.mutator = RT_NO_MUTATOR;
    if (registered == GC_SUCCESS) /* else the program's own use of libgc knows the thread */
        gc.GC_unregister_my_thread();
}

void rt_inside(w2s_store *store, rt_task *task, void *env)
{
    struct call call = {task, env};
    if (!store->collected || rt_thread.mutator == RT_INSIDE) {
        task(env);
    } else if (rt_thread.mutator == RT_OUTSIDE) {
        gc.GC_call_with_gc_active(run_inside, &call);
        rt_thread.mutator = RT_OUTSIDE;
    } else {
        run_registered(&call);
    }
}

void rt_outside(rt_task *task, void *env)
{
    struct call call = {task, env};
    if (rt_thread.mutator != RT_INSIDE) {
        task(env);
        return;
    }
    gc.GC_do_blocking(run_outside, &call);
    rt_thread.mutator = RT_INSIDE;
}

/* ---- memory ---- */

static void *alloc(const struct w2s_object_type *type, size_t size)
{
    if (!type->traced)
        return gc.GC_malloc_atomic(size);
    /* The marks of an array's type could not say how long it is; all of it is references. */
    if (type->kind == W2S_OBJECT_ARRAY)
        return gc.GC_malloc(size);
    return gc.GC_gcj_malloc(size, (void *)(uintptr_t)type);
}

struct w2s_object *rt_object_alloc(const struct w2s_object_type *type, size_t size)
{
    struct w2s_object *object = alloc(type, size);
    if (!object)
        return NULL;
    if (!type->traced)
        memset(object, 0, size);
    object->type = type;
    return object;
}

/* The first word of an allocated object is its type, which is not in the heap; of a free one a link
 * to another free one, or NULL. */
struct w2s_object *rt_object_at(void *address)
{
    gc.GC_alloc_lock();
    struct w2s_object *object = gc.GC_base(address) == address ? address : NULL;
    if (object && (!object->type || gc.GC_base((void *)(uintptr_t)object->type)))
        object = NULL;
    gc.GC_alloc_unlock();
    return object;
}

void *rt_buffer_new(size_t size)
{
    return rt_thread.mutator == RT_INSIDE ? gc.GC_malloc_uncollectable(size)
                                          : aligned_alloc(16, (size + 15) & ~(size_t)15);
}

void rt_buffer_free(void *buffer)
{
    if (rt_thread.mutator == RT_INSIDE)
        gc.GC_free(buffer);
    else
        free(buffer);
}

/* ---- starting ---- */

/* Bytes the process may have: the machine's, or what its control group leaves it. */
static uint64_t memory_limit(void)
{
    uint64_t limit = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    unsigned long long group;
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
    if (file && fscanf(file, "%llu", &group) == 1 && group < limit)
        limit = group;
    if (file)
        fclose(file);
    return limit;
}

static bool bind_functions(void *library, w2s_error *err)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *address = dlsym(library, functions[i].name);
        if (!address)
            return rt_fail(err, W2S_ERROR_TARGET,
                           "the garbage collector " LIBRARY " is too old: it has no %s",
                           functions[i].name);
        memcpy((uint8_t *)&gc + functions[i].offset, &address, sizeof address);
    }
    return true;
}

/* - Only stacks may point into the middle of an object.
 * - The data segments of the program and its libraries hold no references to ours.
 * - No threads that nobody asked for.
 * - An allocation beyond what the machine has must fail, and not have the process killed. */
static void start(void)
{
    gc.GC_set_all_interior_pointers(0);
    gc.GC_set_no_dls(1);
    gc.GC_set_markers_count(1);
    gc.GC_set_handle_fork(1);
    gc.GC_set_warn_proc(gc.GC_ignore_warn_proc);
    gc.GC_init();
    gc.GC_set_max_heap_size(memory_limit() / 4 * 3);
    gc.GC_expand_hp(FIRST_HEAP);
    gc.GC_allow_register_threads();
    gc.GC_unregister_my_thread();
}

static bool load(w2s_error *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return rt_fail(err, W2S_ERROR_TARGET,
                       "needs garbage collection, and the collector cannot be loaded (%s; "
                       "Debian's package is libgc1)",
                       dlerror());
    if (!bind_functions(library, err))
        return false;
    if (gc.GC_is_init_called())
        gc.GC_allow_register_threads();
    else
        start();
    gc.GC_alloc_lock();
    other_roots = gc.GC_get_push_other_roots();
    gc.GC_set_push_other_roots(push_roots);
    gc.GC_alloc_unlock();
    gc.GC_init_gcj_malloc(GC_GCJ_RESERVED_MARK_PROC_INDEX, NULL);
    return true;
}

bool rt_collector_load(w2s_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool loaded;
    pthread_mutex_lock(&lock);
    if (!loaded)
        loaded = load(err);
    bool ok = loaded;
    pthread_mutex_unlock(&lock);
    return ok;
}
