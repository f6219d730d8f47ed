/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Direct calls, as a C program makes them: through the functions of generated headers. Values of
 * all classes, all that ends a call, calls in calls, threads, stacks of others, instances that are
 * none, and backtraces and exceptions across the entry.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unwind.h>

#include "alone.h"
#include "direct.h"
#include "wasm2so.h"

static int failures;

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0                                                                         \
                 : (void)(failures++, printf("%s:%d: %s\n", __FILE__, __LINE__, #condition)))

static w2s_store *store;
static w2s_instance *instance;
static w2s_module *module;

/* ---- the host's functions ---- */

static int depth, frames_to_main;

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *arg)
{
    ++*(int *)arg;
    return _Unwind_GetIP(context) ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* Goes back into the module n times, and looks at the stack from there. */
static w2s_trap *host_call(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    (void)env;
    int32_t n = args[0].i32;
    if (!caller) /* called by the host itself */
        caller = instance;
    if (n == -1)
        return w2s_trap_new(store, "as asked");
    if (n == -2)
        CHECK(direct_unreachable(caller) == 0 && w2s_last_trap() == W2S_TRAP_UNREACHABLE);
    depth++;
    _Unwind_Backtrace(visit, &frames_to_main);
    results[0].i32 = n > 0 ? direct_call(caller, n - 1) : 0;
    return NULL;
}

/* Back through the module, whose exception it passes on. */
static w2s_trap *host_throw(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)env, (void)results;
    w2s_value result;
    return w2s_call(w2s_instance_func(caller, "raise"), args, &result);
}

static w2s_instance *make(w2s_store *in, w2s_module *of)
{
    static const w2s_valtype types[] = {{.kind = W2S_I32}, {.kind = W2S_I32}};
    const w2s_functype call = {types, types + 1, 1, 1}, throw = {types, NULL, 1, 0};
    w2s_linker *linker = w2s_linker_new(in);
    w2s_extern item = {W2S_FUNC, {.func = w2s_func_new(in, &call, host_call, NULL, NULL)}};
    w2s_linker_define(linker, "env", "call", item);
    item.of.func = w2s_func_new(in, &throw, host_throw, NULL, NULL);
    w2s_linker_define(linker, "env", "throw", item);
    w2s_error err;
    w2s_instance *made = w2s_instance_new(in, of, linker, NULL, &err);
    if (!made) {
        printf("%s\n", err.message);
        exit(1);
    }
    return made;
}

/* ---- values ---- */

static double weigh(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum = sum * 3 + values[i];
    return sum;
}

static void check_values(void)
{
    CHECK(direct_add(instance, 34, 76) == 110);
    CHECK(direct_mixed(instance, 1, 2.5, -3, 4.25f) == 4.75);
    w2s_v128 a = {0}, b = {0};
    for (int i = 0; i < 16; i++)
        a[i] = (uint8_t)i;
    b[12] = 1;
    w2s_v128 v = direct_vector(instance, a, b);
    CHECK(v[0] == 0 && v[12] == 13 && v[15] == 15);
    w2s_v128 four = {0};
    four[12] = 4;
    const double values[] = {1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,
                             12, 13, 14, 15, 16, 17, 18, 19, 4, 21, 22};
    CHECK(direct_many(instance, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
                      four, 21, 22) == weigh(values, 22));
    struct direct_two_result two;
    direct_two(instance, 7, 2.5, &two);
    CHECK(two.r0 == 2.5 && two.r1 == 7);
    struct direct_three_result three;
    direct_three(instance, 8, &three);
    CHECK(three.r0 == 8 && three.r1 == 8 && three.r2 == 0);
    CHECK(direct_same(instance, &two) == &two && direct_same(instance, NULL) == NULL);
    direct_nothing(instance);
    for (int32_t i = 1; i < 100; i++)
        CHECK(direct_count(instance) == i);
}

/* ---- what ends a call ---- */

static void check_traps(void)
{
    CHECK(w2s_last_trap() == W2S_TRAP_NONE);
    CHECK(direct_unreachable(instance) == 0 && w2s_last_trap() == W2S_TRAP_UNREACHABLE);
    CHECK(w2s_last_trap() == W2S_TRAP_NONE);
    CHECK(direct_divide(instance, 1, 0) == 0 && w2s_last_trap() == W2S_TRAP_DIV_BY_ZERO);
    CHECK(direct_divide(instance, 7, 2) == 3);
    CHECK(direct_load(instance, 0x7fff0000) == 0 && w2s_last_trap() == W2S_TRAP_MEMORY_OOB);
    CHECK(direct_deep(instance, 2000000000) == 0 && w2s_last_trap() == W2S_TRAP_STACK_OVERFLOW);
    CHECK(direct_deep(instance, 1000) == 1000);
    CHECK(direct_raise(instance, 7) == 0 && w2s_last_trap() == W2S_TRAP_UNCAUGHT_EXCEPTION);
    CHECK(direct_catch(instance, 7) == 7 && direct_guarded(instance, 9) == 9);
    CHECK(direct_call(instance, -1) == 0 && w2s_last_trap() == W2S_TRAP_HOST);
    struct direct_three_result three;
    memset(&three, 0xff, sizeof three);
    direct_three(instance, 0x7fff0000, &three);
    CHECK(three.r0 == 0 && three.r1 == 0 && three.r2 == 0);
    CHECK(w2s_last_trap() == W2S_TRAP_MEMORY_OOB && direct_add(instance, 1, 2) == 3);
}

/* ---- calls in calls ---- */

static void check_nesting(void)
{
    depth = frames_to_main = 0;
    CHECK(direct_call(instance, 200) == 201 && depth == 201);
    CHECK(frames_to_main > 201 * 100); /* each looked as far as here */
    CHECK(direct_call(instance, -2) == 1);
    CHECK(direct_host(instance, 3) == 3 && direct_host(instance, -1) == 0);
    CHECK(w2s_last_trap() == W2S_TRAP_HOST);
    w2s_value arg = {.i32 = 5}, result;
    CHECK(!w2s_call(w2s_instance_func(instance, "call"), &arg, &result) && result.i32 == 6);
}

/* ---- stacks and threads ---- */

static void *run_checks(void *env)
{
    (void)env;
    check_traps();
    check_nesting();
    return NULL;
}

/* One store, used by one thread after the other, with small stacks in turn at one place. */
static void check_threads(void)
{
    for (int i = 0; i < 20; i++) {
        pthread_attr_t attr;
        pthread_t thread;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, i % 2 ? 8 << 20 : 512 << 10);
        CHECK(pthread_create(&thread, &attr, run_checks, NULL) == 0);
        pthread_join(thread, NULL);
        pthread_attr_destroy(&attr);
        CHECK(direct_add(instance, i, 1) == i + 1);
    }
}

static ucontext_t main_context, other_context;

static void on_other_stack(void)
{
    check_traps();
    depth = 0;
    CHECK(direct_call(instance, 20) == 21 && depth == 21);
}

/* A stack that the runtime knows nothing of. */
static void check_coroutine(void)
{
    size_t size = 1 << 20;
    void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++) {
        getcontext(&other_context);
        other_context.uc_stack.ss_sp = stack;
        other_context.uc_stack.ss_size = size;
        other_context.uc_link = &main_context;
        makecontext(&other_context, on_other_stack, 0);
        swapcontext(&main_context, &other_context);
        check_traps();
    }
    munmap(stack, size);
}

static void check_small_stack(void)
{
    const w2s_store_config config = {.size = sizeof config, .max_stack = 64 << 10};
    w2s_store *small = w2s_store_new(&config);
    w2s_instance *in_small = make(small, module);
    for (int i = 0; i < 3; i++) {
        CHECK(direct_deep(in_small, 100000) == 0 && w2s_last_trap() == W2S_TRAP_STACK_OVERFLOW);
        CHECK(direct_deep(in_small, 100) == 100);
    }
    w2s_store_free(small);
}

/* ---- instances that are none ---- */

static void *count_alone(void *env)
{
    for (int32_t i = 1; i < 50; i++)
        CHECK(alone_count(NULL) == i); /* a default instance for each thread */
    return env;
}

static void check_instances(void)
{
    CHECK(direct_add(NULL, 1, 2) == 0 && w2s_last_trap() == W2S_TRAP_HOST); /* it has imports */
    CHECK(alone_count(instance) == 0 && w2s_last_trap() == W2S_TRAP_HOST);
    struct alone_divide_result three;
    memset(&three, 0xff, sizeof three);
    alone_divide(instance, 7, 2, &three);
    CHECK(three.r0 == 0 && three.r2 == 0 && w2s_last_trap() == W2S_TRAP_HOST);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, count_alone, NULL) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    count_alone(NULL);
    CHECK(alone_sum(NULL, 20, 22) == 42);
    alone_divide(NULL, 7, 2, &three);
    CHECK(three.r0 == 3 && three.r1 == 1 && three.r2 == 7);
    alone_divide(NULL, 7, 0, &three);
    CHECK(three.r0 == 0 && three.r2 == 0 && w2s_last_trap() == W2S_TRAP_DIV_BY_ZERO);
}

/* Code belongs to the right module, also where both are linked into one program. */
static void check_frames(void)
{
    w2s_func *func = w2s_instance_func(instance, "unreachable");
    w2s_value result;
    w2s_trap *trap = w2s_call(func, NULL, &result);
    CHECK(trap && w2s_trap_frame_count(trap) == 1);
    const char *name = trap ? w2s_trap_frame(trap, 0).func_name : NULL;
    CHECK(name && strcmp(name, "unreachable") == 0);
    w2s_trap_free(trap);
}

#ifdef LINKED
static w2s_module *open_module(const char *path, w2s_error *err)
{
    (void)path;
    /* The other one first: its code is looked at first. */
    w2s_module *other = w2s_module_from_desc(&alone_module, err);
    return other ? w2s_module_from_desc(&direct_module, err) : NULL;
}
#else
static w2s_module *open_module(const char *path, w2s_error *err)
{
    return w2s_module_load(path, err);
}
#endif

int main(int argc, char **argv)
{
    w2s_error err;
    module = argc > 1 ? open_module(argv[1], &err) : NULL;
    if (!module) {
        printf("%s\n", argc > 1 ? err.message : "which module?");
        return 1;
    }
    store = w2s_store_new(NULL);
    instance = make(store, module);
    check_values();
    check_traps();
    check_nesting();
    check_frames();
    check_threads();
    check_coroutine();
    check_small_stack();
    if (argc > 2) /* there is a collector */
        check_instances();
    w2s_store_free(store);
    w2s_module_free(module);
    printf("%d failures\n", failures);
    return failures != 0;
}
