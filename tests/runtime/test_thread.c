/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Threads: stores of their own on one module, with calls, faults and loading at once; and direct
 * calls, whose default instance is one a thread.
 */
#include "tests/runtime/host.h"

#include <dlfcn.h>
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 200 };

/* cmocka's asserts are for its own thread: workers count their failures. */
static void *work(void *arg)
{
    unsigned *bad = arg;
    struct host host;
    for (int i = 0; i < ROUNDS; i++) {
        host_open(&host, i % 2 ? CHECKED : GUEST, host_twice, NULL);
        *bad += host_ok(&host, "call_host", i, 0, 0) != 2 * i + 1;
        *bad += host_trap(&host, "load", -1 - i, 0, 0) != W2S_TRAP_MEMORY_OOB;
        *bad += host_trap(&host, "unreachable", 0, 0, 0) != W2S_TRAP_UNREACHABLE;
        *bad += host_ok(&host, "grow", 1, 0, 0) != 1;
        host_close(&host);
    }
    return NULL;
}

static void run(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    unsigned bad[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, &bad[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(bad[i], 0);
    }
}

static void test_stores(void **state)
{
    (void)state;
    run(work);
}

/* ---- direct calls ---- */

enum { ADD = 1, LOAD = 2, STORE = 3, UNREACHABLE = 6 };

static w2s_value direct(const void *desc, w2s_instance *instance, uint32_t func, int32_t a,
                        int32_t b)
{
    w2s_value args[2] = {{.i32 = a}, {.i32 = b}}, result = {.i64 = -1};
    w2s_rt_direct_call((void *)(uintptr_t)desc, instance, func, args, &result);
    return result;
}

/* As a program does that links the module or opens it by itself. */
static const void *alone(void)
{
    return dlsym(dlopen(ALONE, RTLD_NOW | RTLD_LOCAL), W2S_MODULE_SYMBOL);
}

static void *direct_work(void *arg)
{
    unsigned *bad = arg;
    const void *desc = alone();
    for (int i = 0; i < ROUNDS; i++) {
        *bad += direct(desc, NULL, ADD, i, 2).i32 != i + 2;
        *bad += direct(desc, NULL, LOAD, 100, 0).i32 != (i & 0xff); /* nobody else writes there */
        direct(desc, NULL, STORE, 100, i + 1);
        *bad += direct(desc, NULL, UNREACHABLE, 1, 1).i64 != 0;
        *bad += w2s_last_trap() != W2S_TRAP_UNREACHABLE;
        *bad += w2s_last_trap() != W2S_TRAP_NONE;
        *bad += direct(desc, NULL, LOAD, -1, 0).i64 != 0;
        *bad += w2s_last_trap() != W2S_TRAP_MEMORY_OOB;
    }
    return NULL;
}

static void test_default_instances(void **state)
{
    (void)state;
    assert_non_null(alone());
    run(direct_work);
}

static void test_direct_calls(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, host_twice, NULL);
    const void *desc = w2s_module_desc(host.module);
    assert_int_equal(direct(desc, host.instance, ADD, 34, 76).i32, 110);
    assert_int_equal(direct(desc, host.instance, 0, 4, 0).i32, 8); /* an import */
    assert_int_equal(direct(desc, host.instance, LOAD, -1, 0).i64, 0);
    assert_int_equal(w2s_last_trap(), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(direct(desc, NULL, ADD, 1, 1).i64, 0); /* it has imports */
    assert_int_equal(w2s_last_trap(), W2S_TRAP_HOST);
    assert_int_equal(direct(alone(), host.instance, ADD, 1, 1).i64, 0); /* not its instance */
    assert_int_equal(w2s_last_trap(), W2S_TRAP_HOST);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stores),
                                       cmocka_unit_test(test_default_instances),
                                       cmocka_unit_test(test_direct_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
