/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The small profile of the runtime: modules that check their accesses run, with every kind of trap;
 * modules that count on faults are refused; nothing touches the program's signal handlers.
 */
#include "tests/runtime/host.h"

#include <signal.h>
#include <string.h>

static w2s_trap *answer(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)caller;
    struct host *host = env;
    if (args[0].i32 == 7)
        return w2s_call(w2s_instance_func(host->instance, "call_host"), args, results);
    if (args[0].i32 < 0)
        return w2s_trap_new(host->store, "host says no");
    results[0].i32 = 2 * args[0].i32;
    return NULL;
}

static void test_checked_module(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, CHECKED, answer, &host);
    assert_int_equal(host_ok(&host, "add", 40, 2, 0), 42);
    assert_int_equal(host_ok(&host, "call_host", 20, 0, 0), 41);
    host_ok(&host, "store", 65535, 9, 0);
    assert_int_equal(host_ok(&host, "load", 65535, 0, 0), 9);
    assert_int_equal(host_ok(&host, "grow", 2, 0, 0), 1);
    assert_int_equal(host_ok(&host, "load", 3 * 65536 - 1, 0, 0), 0);
    host_close(&host);
}

static void test_traps(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, CHECKED, answer, &host);
    assert_int_equal(host_trap(&host, "load", 65536, 0, 0), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "load", -1, 0, 0), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "fill", 65535, 0, 2), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "unreachable", 0, 0, 0), W2S_TRAP_UNREACHABLE);
    assert_int_equal(host_trap(&host, "call_indirect", 99, 0, 0), W2S_TRAP_UNDEFINED_ELEMENT);
    assert_int_equal(host_trap(&host, "call_host", -1, 0, 0), W2S_TRAP_HOST);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(host_trap(&host, "recurse", INT32_MAX, 0, 0), W2S_TRAP_STACK_OVERFLOW);
        assert_int_equal(host_trap(&host, "call_host", 7, 0, 0), W2S_TRAP_STACK_OVERFLOW);
    }
    assert_int_equal(host_ok(&host, "add", 1, 2, 0), 3);
    host_close(&host);
}

static void test_guard_module_refused(void **state)
{
    (void)state;
    w2s_error err = {0};
    assert_null(w2s_module_load(GUEST, &err));
    assert_int_equal(err.kind, W2S_ERROR_TARGET);
    assert_non_null(strstr(err.message, "--memory checked"));
}

static void test_handlers_untouched(void **state)
{
    (void)state;
    struct sigaction before[2], after[2];
    assert_int_equal(sigaction(SIGSEGV, NULL, &before[0]), 0);
    assert_int_equal(sigaction(SIGBUS, NULL, &before[1]), 0);
    test_checked_module(state);
    assert_int_equal(sigaction(SIGSEGV, NULL, &after[0]), 0);
    assert_int_equal(sigaction(SIGBUS, NULL, &after[1]), 0);
    for (int i = 0; i < 2; i++)
        assert_true(before[i].sa_sigaction == after[i].sa_sigaction);
}

static void test_memory_of_host(void **state)
{
    (void)state;
    w2s_error err = {0};
    w2s_store *store = w2s_store_new(NULL);
    w2s_externtype type = {
        .kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1, .has_max = 1, .max = 2};
    w2s_memory *memory = w2s_memory_new(store, &type, &err);
    assert_non_null(memory);
    assert_int_equal(w2s_memory_grow(memory, 1), 1);
    assert_true(w2s_memory_grow(memory, 1) == UINT64_MAX);
    w2s_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checked_module),       cmocka_unit_test(test_traps),
        cmocka_unit_test(test_guard_module_refused), cmocka_unit_test(test_handlers_untouched),
        cmocka_unit_test(test_memory_of_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
