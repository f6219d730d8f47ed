/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Shared memories through the API: one memory in several stores and threads, growing at once,
 * outliving the store that made it; and what a linker can share with another store. What guests do
 * with them is proven by tests/threads and tests/proposals/atomics.
 */
#include "tests/runtime/host.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 4, PAGE = 65536, MAX_PAGES = 400 };

static const w2s_externtype shared_type = {.kind = W2S_MEMORY,
                                           .is_shared = 1,
                                           .has_max = 1,
                                           .page_size_log2 = 16,
                                           .min = 1,
                                           .max = MAX_PAGES};

static w2s_memory *memory_new(w2s_store *store, w2s_externtype type)
{
    w2s_error err = {0};
    w2s_memory *memory = w2s_memory_new(store, &type, &err);
    if (!memory)
        fail_msg("%s", err.message);
    return memory;
}

static void test_types(void **state)
{
    (void)state;
    w2s_error err = {0};
    w2s_store *store = w2s_store_new(NULL), *other = w2s_store_new(NULL);
    w2s_externtype type = shared_type;
    type.has_max = 0;
    assert_null(w2s_memory_new(store, &type, &err));
    assert_string_equal(err.message, "shared memory must have maximum");
    type = shared_type;
    type.is_shared = 0;
    assert_false(w2s_memory_share(memory_new(store, type), other, &err));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    w2s_memory *memory = memory_new(store, shared_type);
    assert_true(w2s_memory_type(memory).is_shared);
    assert_true(w2s_memory_share(memory, store, &err)); /* it is there already */
    w2s_store_free(other);
    w2s_store_free(store);
}

static void test_outlives_its_maker(void **state)
{
    (void)state;
    w2s_store *maker = w2s_store_new(NULL), *user = w2s_store_new(NULL);
    w2s_memory *memory = memory_new(maker, shared_type);
    assert_true(w2s_memory_share(memory, user, NULL));
    assert_true(w2s_memory_share(memory, user, NULL));
    w2s_store_free(maker);
    assert_int_equal(w2s_memory_grow(memory, 1), 1);
    assert_true(w2s_memory_write(memory, 2 * PAGE - 3, "abc", 3));
    assert_memory_equal(w2s_memory_base(memory) + 2 * PAGE - 3, "abc", 3);
    w2s_store_free(user);
}

/* ---- growing from several threads ---- */

struct worker {
    w2s_memory *memory;
    uint32_t grown, bad;
};

static void *grow(void *arg)
{
    struct worker *worker = arg;
    w2s_store *store = w2s_store_new(NULL);
    worker->bad += !w2s_memory_share(worker->memory, store, NULL);
    for (;;) {
        uint64_t old = w2s_memory_grow(worker->memory, 1);
        if (old == UINT64_MAX)
            break;
        worker->grown++;
        worker->bad += w2s_memory_size(worker->memory) < (old + 1) * PAGE;
        uint8_t byte = 1; /* the new page is ours alone, and can be touched */
        worker->bad += !w2s_memory_read(worker->memory, old * PAGE, &byte, 1) || byte != 0;
        worker->bad += !w2s_memory_write(worker->memory, old * PAGE, "x", 1);
    }
    w2s_store_free(store);
    return NULL;
}

static void test_growing(void **state)
{
    (void)state;
    w2s_store *store = w2s_store_new(NULL);
    w2s_memory *memory = memory_new(store, shared_type);
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    uint32_t grown = 0;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.memory = memory};
        assert_int_equal(pthread_create(&threads[i], NULL, grow, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].bad, 0);
        grown += workers[i].grown;
    }
    assert_int_equal(grown, MAX_PAGES - 1);
    assert_int_equal(w2s_memory_size(memory), MAX_PAGES * PAGE);
    w2s_store_free(store);
}

/* ---- linkers ---- */

static w2s_trap *count_call(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)caller;
    ++*(int *)env;
    results[0].i32 = args[0].i32;
    return NULL;
}

static void test_linker(void **state)
{
    (void)state;
    struct host host;
    int calls = 0;
    w2s_error err = {0};
    host_open(&host, GUEST, count_call, &calls);
    w2s_store *other = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_share(host.linker, other, host.module, &err);
    assert_non_null(linker);
    w2s_instance *instance = w2s_instance_new(other, host.module, linker, NULL, &err);
    assert_non_null(instance);
    w2s_value arg = {.i32 = 41}, result;
    assert_null(w2s_call(w2s_instance_func(instance, "call_host"), &arg, &result));
    assert_int_equal(result.i32, 42);
    assert_int_equal(calls, 1);
    w2s_store_interrupt(other);
    w2s_trap *trap = w2s_call(w2s_instance_func(instance, "call_host"), &arg, &result);
    assert_non_null(trap);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_INTERRUPTED);
    assert_int_equal(calls, 1);
    w2s_trap_free(trap);
    w2s_store_free(other);
    host_close(&host);
}

static void test_linker_refuses(void **state)
{
    (void)state;
    struct host host;
    int calls = 0;
    w2s_error err = {0};
    host_open(&host, GUEST, count_call, &calls);
    w2s_module *importer = w2s_module_load(IMPORTER, &err);
    assert_non_null(importer);
    w2s_store *other = w2s_store_new(NULL);
    assert_true(w2s_linker_define_instance(host.linker, "env", host.instance));
    assert_null(w2s_linker_share(host.linker, other, importer, &err));
    assert_int_equal(err.kind, W2S_ERROR_LINK);
    assert_non_null(strstr(err.message, "cannot be shared between threads"));
    w2s_store_free(other);
    w2s_module_free(importer);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types), cmocka_unit_test(test_outlives_its_maker),
        cmocka_unit_test(test_growing), cmocka_unit_test(test_linker),
        cmocka_unit_test(test_linker_refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
