/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls in both directions: values of all classes in registers, on the stack and in the result
 * buffer; nesting; the caller that a callback sees; the time of a call.
 */
#include "tests/runtime/host.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static w2s_trap *note_caller(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    *(w2s_instance **)env = caller;
    return host_twice(env, caller, args, results);
}

static void test_add(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, host_twice, NULL);
    assert_int_equal(host_ok(&host, "add", 34, 76, 0), 110);
    assert_int_equal(host_ok(&host, "add", INT32_MAX, 1, 0), INT32_MIN);
    assert_int_equal(host_ok(&host, "", 1, 2, 0), 3);
    host_close(&host);
}

static void test_many_params(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, host_twice, NULL);
    w2s_value args[20], result;
    memset(args, 0, sizeof args);
    double want = 0;
    for (int i = 0; i < 20; i++) {
        int value = 3 + i * i;
        if (i < 8)
            args[i].i32 = value;
        else if (i < 18)
            args[i].f64 = value;
        else if (i == 18)
            args[i].v128[15] = (uint8_t)(value & 0x7f);
        else
            args[i].i64 = value;
        want += (i + 1.0) * (i == 18 ? value & 0x7f : value);
    }
    assert_null(w2s_call(w2s_instance_func(host.instance, "many"), args, &result));
    assert_true(result.f64 == want);
    w2s_functype type = w2s_func_type(w2s_instance_func(host.instance, "many"));
    assert_int_equal(type.param_count, 20);
    assert_int_equal(type.params[18].kind, W2S_V128);
    assert_int_equal(type.results[0].kind, W2S_F64);
    host_close(&host);
}

static void test_many_results(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, host_twice, NULL);
    w2s_value arg = {.i32 = 6}, r[4];
    assert_null(w2s_call(w2s_instance_func(host.instance, "four"), &arg, r));
    assert_int_equal(r[0].i32, 6);
    assert_true(r[1].i64 == (int64_t)6 << 32);
    assert_true(r[2].f32 == 3.0f && r[3].f64 == 1.5);
    assert_null(w2s_call(w2s_instance_func(host.instance, "three"), &arg, r));
    for (int i = 0; i < 3; i++) { /* nothing but the i32 of a slot arrives */
        assert_true(r[i].bits[0] == (uint64_t)(6 + i));
        assert_true(r[i].bits[1] == 0);
    }
    host_close(&host);
}

static void test_host_function(void **state)
{
    (void)state;
    struct host host;
    w2s_instance *caller = NULL;
    host_open(&host, GUEST, note_caller, &caller);
    assert_int_equal(host_ok(&host, "call_host", 20, 0, 0), 41);
    assert_ptr_equal(caller, host.instance);
    /* The import exported again is the host's function itself. */
    assert_ptr_equal(w2s_instance_func(host.instance, "host"), host.func);
    assert_int_equal(host_ok(&host, "host", 8, 0, 0), 16);
    assert_null(caller);
    /* Through a table: no caller either. */
    caller = host.instance;
    assert_int_equal(host_ok(&host, "call_indirect", 2, 9, 0), 18);
    assert_null(caller);
    host_close(&host);
}

/* A host function with 20 parameters and 3 results, called by wasm through its own type. */
static w2s_trap *weigh(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)env, (void)caller;
    results[0].f64 = args[7].i32 + args[17].f64 + args[18].v128[3] + (double)args[19].i64;
    return NULL;
}

static void test_host_called_directly(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, host_twice, NULL);
    w2s_functype type = w2s_func_type(w2s_instance_func(host.instance, "many"));
    w2s_func *func = w2s_func_new(host.store, &type, weigh, NULL, NULL);
    assert_true(func->type_id == w2s_instance_func(host.instance, "many")->type_id);
    w2s_value args[20], result;
    memset(args, 0, sizeof args);
    args[7].i32 = 1;
    args[17].f64 = 0.5;
    args[18].v128[3] = 4;
    args[19].i64 = 8;
    assert_null(w2s_call(func, args, &result));
    assert_true(result.f64 == 13.5);
    host_close(&host);
}

/* Countdown across the border: each level is one host and one wasm frame. */
static w2s_trap *countdown(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    (void)caller;
    struct host *host = env;
    if (args[0].i32 == 0)
        return w2s_trap_new(host->store, "bottom");
    w2s_value next = {.i32 = args[0].i32 - 1};
    w2s_trap *trap = w2s_call(w2s_instance_func(host->instance, "call_host"), &next, results);
    if (trap && args[0].i32 == 5) { /* somebody half way catches it */
        assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_HOST);
        assert_string_equal(w2s_trap_message(trap), "bottom");
        w2s_trap_free(trap);
        results[0].i32 = 100;
        return NULL;
    }
    return trap;
}

static void test_nested(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, countdown, &host);
    assert_int_equal(host_ok(&host, "call_host", 10, 0, 0), 106);
    assert_int_equal(host_trap(&host, "call_host", 4, 0, 0), W2S_TRAP_HOST);
    assert_int_equal(host_ok(&host, "add", 1, 2, 0), 3);
    host_close(&host);
}

/* A callback of one store runs another, which traps. */
static w2s_trap *other_store(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    (void)caller;
    struct host *other = env;
    assert_int_equal(host_trap(other, "unreachable", 0, 0, 0), W2S_TRAP_UNREACHABLE);
    results[0].i32 = host_ok(other, "add", args[0].i32, 1, 0);
    return NULL;
}

static void test_two_stores(void **state)
{
    (void)state;
    struct host inner, outer;
    host_open(&inner, CHECKED, host_twice, NULL);
    host_open(&outer, GUEST, other_store, &inner);
    assert_int_equal(host_ok(&outer, "call_host", 5, 0, 0), 7);
    assert_int_equal(host_trap(&outer, "load", -1, 0, 0), W2S_TRAP_MEMORY_OOB);
    host_close(&outer);
    host_close(&inner);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* No bound, only a figure for the log, as machines differ: the best of many batches. */
static void test_speed(void **state)
{
    (void)state;
    enum { BATCHES = 200, CALLS = 10000 };
    struct host host;
    host_open(&host, GUEST, host_twice, NULL);
    w2s_func *func = w2s_instance_func(host.instance, "add");
    w2s_value args[2] = {{.i32 = 1}, {.i32 = 2}}, result = {.i32 = 0};
    double best = 1e9;
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = now_ns();
        for (int i = 0; i < CALLS; i++) {
            args[0].i32 = result.i32;
            w2s_call(func, args, &result);
        }
        double ns = (now_ns() - start) / (double)CALLS;
        best = ns < best ? ns : best;
    }
    assert_int_equal(result.i32, 2 * BATCHES * CALLS);
    print_message("one call: %.1f ns\n", best);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_many_params),
        cmocka_unit_test(test_many_results),
        cmocka_unit_test(test_host_function),
        cmocka_unit_test(test_host_called_directly),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_two_stores),
        cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
