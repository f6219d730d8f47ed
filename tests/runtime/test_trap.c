/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Traps: by helper, by fault, by a host function, by exhausted stacks of several sizes; what a trap
 * object says; results after a trap.
 */
#include "tests/runtime/host.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static w2s_trap *refuse(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)caller;
    w2s_store *store = ((struct host *)env)->store;
    results[0].i32 = 77;
    if (args[0].i32 == 3)
        return w2s_trap_exit(store, 3);
    return w2s_trap_new(store, "host says no");
}

static void test_helper_trap(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, refuse, &host);
    int32_t result;
    w2s_trap *trap = host_call(&host, "unreachable", 5, 0, 0, &result);
    assert_non_null(trap);
    assert_int_equal(result, 0);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_UNREACHABLE);
    assert_string_equal(w2s_trap_message(trap), "unreachable");
    assert_int_equal(w2s_trap_frame_count(trap), 1);
    host_close(&host);
    /* A trap outlives store and module. */
    w2s_frame frame = w2s_trap_frame(trap, 0);
    assert_int_equal(frame.func_index, 6);
    assert_string_equal(frame.func_name, "$unreachable");
    assert_string_equal(frame.module_name, "guest");
    assert_true(frame.code_offset > 0 && frame.code_offset < 100);
    w2s_trap_free(trap);
}

static void test_fault(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, refuse, &host);
    static const int32_t outside[] = {65536, 65537, 4 * 65536, INT32_MAX, INT32_MIN, -1};
    assert_int_equal(host_ok(&host, "load", 65535, 0, 0), 0);
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        int32_t result;
        w2s_trap *trap = host_call(&host, i % 2 ? "store" : "load", outside[i], 1, 0, &result);
        assert_non_null(trap);
        assert_string_equal(w2s_trap_message(trap), "out of bounds memory access");
        assert_int_equal(w2s_trap_frame_count(trap), 1);
        assert_int_equal(w2s_trap_frame(trap, 0).func_index, i % 2 ? 3 : 2);
        w2s_trap_free(trap);
    }
    host_close(&host);
}

static void test_host_trap(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, refuse, &host);
    int32_t result;
    w2s_trap *trap = host_call(&host, "call_host", 1, 0, 0, &result);
    assert_string_equal(w2s_trap_message(trap), "host says no");
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_HOST);
    assert_int_equal(w2s_trap_frame_count(trap), 2);
    assert_int_equal(w2s_trap_frame(trap, 0).func_index, W2S_NONE);
    assert_int_equal(w2s_trap_frame(trap, 1).func_index, 5);
    w2s_trap_free(trap);
    trap = host_call(&host, "call_host", 3, 0, 0, &result);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_EXIT);
    assert_int_equal(w2s_trap_exit_status(trap), 3);
    w2s_trap_free(trap);
    /* Called by the host itself: results are zero as well. */
    trap = host_call(&host, "host", 1, 0, 0, &result);
    assert_int_equal(result, 0);
    w2s_trap_free(trap);
    host_close(&host);
}

/* ---- stacks ---- */

static w2s_trap *again(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)caller;
    struct host *host = env;
    return w2s_call(w2s_instance_func(host->instance, "call_host"), args, results);
}

/* Recursion in wasm, then recursion through the host, each without end. */
static void *exhaust(void *arg)
{
    struct host host;
    host_open(&host, GUEST, again, &host);
    assert_int_equal(host_ok(&host, "recurse", 20, 0, 0), 20);
    int32_t result;
    w2s_trap *trap = host_call(&host, "recurse", INT32_MAX, 0, 0, &result);
    assert_non_null(trap);
    assert_string_equal(w2s_trap_message(trap), "call stack exhausted");
    assert_int_equal(w2s_trap_frame_count(trap), 64);
    w2s_trap_free(trap);
    assert_int_equal(host_trap(&host, "call_host", 1, 0, 0), W2S_TRAP_STACK_OVERFLOW);
    assert_int_equal(host_ok(&host, "recurse", 20, 0, 0), 20);
    host_close(&host);
    return arg;
}

static void test_stack_of_main(void **state)
{
    (void)state;
    exhaust(NULL);
}

static void run_with_stack(size_t size)
{
    pthread_attr_t attr;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, size), 0);
    assert_int_equal(pthread_create(&thread, &attr, exhaust, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attr);
}

static void test_stack_of_threads(void **state)
{
    (void)state;
#ifdef SANITIZED
    run_with_stack(512 * 1024);
#else
    const long least = sysconf(_SC_THREAD_STACK_MIN);
    run_with_stack(least > 64 * 1024 ? (size_t)least : 64 * 1024);
    run_with_stack(128 * 1024);
#endif
    run_with_stack(1024 * 1024);
    run_with_stack(256 * 1024 * 1024);
}

static void test_max_stack(void **state)
{
    (void)state;
    struct host host;
    w2s_store_config config = {.size = sizeof config, .max_stack = 32 * 1024};
    host_open_store(&host, &config, refuse, NULL);
    host.module = w2s_module_load(GUEST, NULL);
    host.instance = w2s_instance_new(host.store, host.module, host.linker, NULL, NULL);
    assert_int_equal(host_ok(&host, "recurse", 50, 0, 0), 50);
    assert_int_equal(host_trap(&host, "recurse", 1000, 0, 0), W2S_TRAP_STACK_OVERFLOW);
    host_close(&host);
}

/* As after `ulimit -s unlimited`: the program runs itself anew, as the limit counts from exec. */
static void test_unlimited_stack(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_STACK, &limit), 0);
    if (limit.rlim_max != RLIM_INFINITY || host_emulated())
        skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        limit.rlim_cur = RLIM_INFINITY;
        setrlimit(RLIMIT_STACK, &limit);
        setenv("W2S_TEST_EXHAUST", "1", 1);
        execl("/proc/self/exe", "test_trap", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest exhaust_only[] = {cmocka_unit_test(test_stack_of_main)};
    if (getenv("W2S_TEST_EXHAUST"))
        return cmocka_run_group_tests(exhaust_only, NULL, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helper_trap),      cmocka_unit_test(test_fault),
        cmocka_unit_test(test_host_trap),        cmocka_unit_test(test_stack_of_main),
        cmocka_unit_test(test_stack_of_threads), cmocka_unit_test(test_max_stack),
        cmocka_unit_test(test_unlimited_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
