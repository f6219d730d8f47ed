/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm.h: modules as bytes, in several stores, in several threads. Variants of the standard
 * examples serialize and threads.
 */
#include "tests/capi/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wasm2so_capi.h"

static atomic_int sum;

static wasm_trap_t *report(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)results;
    atomic_fetch_add(&sum, args->data[0].of.i32);
    return NULL;
}

/* Runs the module "small" with that number in a store. */
static void run_small(wasm_store_t *store, const wasm_module_t *module, int32_t id)
{
    wasm_extern_t *func =
        support_func(store, wasm_functype_new_1_0(wasm_valtype_new_i32()), report);
    wasm_globaltype_t *type = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_val_t val = WASM_I32_VAL(id);
    wasm_global_t *global = wasm_global_new(store, type, &val);
    wasm_extern_t *externs[] = {func, wasm_global_as_extern(global)};
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
    wasm_instance_t *instance = wasm_instance_new(store, module, &imports, NULL);
    wasm_instance_exports(instance, &exports);
    call(wasm_extern_as_func(exports.data[0]), NULL, 0, NULL, 0);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_global_delete(global);
    wasm_extern_delete(func);
    wasm_globaltype_delete(type);
}

/* ---- serialization ---- */

static void test_serialize(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "small");
    wasm_byte_vec_t first, second;
    wasm_module_serialize(w.module, &first);
    assert_true(first.size > 4 && memcmp(first.data, "\177ELF", 4) == 0);
    wasm_module_delete(w.module);
    w.module = wasm_module_deserialize(w.store, &first);
    assert_non_null(w.module);
    wasm_module_serialize(w.module, &second);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    wasm_byte_vec_delete(&second);
    sum = 0;
    run_small(w.store, w.module, 5);
    assert_int_equal(sum, 5);
    wasm_byte_vec_delete(&first);
    world_close(&w);
}

/* Each module is itself, however often the descriptor of its file has the same number. */
static void test_many_modules(void **state)
{
    (void)state;
    struct world small, calls;
    world_open(&small, "small");
    world_open(&calls, "calls");
    wasm_byte_vec_t bytes[2];
    wasm_module_serialize(small.module, &bytes[0]);
    wasm_module_serialize(calls.module, &bytes[1]);
    enum { MANY = 40 };
    wasm_module_t *kept[MANY] = {NULL};
    for (int i = 0; i < MANY; i++) {
        wasm_module_t *module = wasm_module_deserialize(small.store, &bytes[i % 2]);
        wasm_exporttype_vec_t exports;
        wasm_module_exports(module, &exports);
        assert_int_equal(exports.size, i % 2 ? 8 : 1);
        wasm_exporttype_vec_delete(&exports);
        if (i % 3)
            wasm_module_delete(module);
        else
            kept[i] = module;
    }
    run_small(small.store, kept[0], 1);
    wasm_byte_vec_delete(&bytes[0]);
    wasm_byte_vec_delete(&bytes[1]);
    world_close(&calls);
    wasm_store_delete(small.store);
    small.store = NULL;
    for (int i = 0; i < MANY; i++)
        wasm_module_delete(kept[i]);
    world_close(&small);
}

static void test_garbage(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "small");
    wasm_byte_vec_t whole, part, none = WASM_EMPTY_VEC;
    wasm_module_serialize(w.module, &whole);
    assert_null(wasm_module_deserialize(w.store, &none));
    for (size_t size = 1; size < whole.size; size += size < 80 ? 1 : whole.size / 9) {
        wasm_byte_vec_new(&part, size, whole.data);
        assert_null(wasm_module_deserialize(w.store, &part));
        assert_true(*w2s_capi_error() != '\0');
        wasm_byte_vec_delete(&part);
    }
    support_binary("small", &part);
    assert_null(wasm_module_deserialize(w.store, &part));
    wasm_byte_vec_delete(&part);
    memset(whole.data + 4, 0xff, whole.size - 4);
    assert_null(wasm_module_deserialize(w.store, &whole));
    wasm_byte_vec_delete(&whole);
    world_close(&w);
}

static void test_file(void **state)
{
    (void)state;
    struct world w;
    char path[] = "/tmp/w2s-capi-XXXXXX";
    world_open(&w, "small");
    wasm_byte_vec_t bytes;
    wasm_module_serialize(w.module, &bytes);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, bytes.data, bytes.size), (ssize_t)bytes.size);
    close(fd);
    wasm_module_t *module = w2s_module_load_file(w.store, path);
    assert_non_null(module);
    unlink(path);
    sum = 0;
    run_small(w.store, module, 3);
    assert_int_equal(sum, 3);
    wasm_module_delete(module);
    assert_null(w2s_module_load_file(w.store, path));
    wasm_byte_vec_delete(&bytes);
    world_close(&w);
}

/* ---- threads ---- */

struct job {
    wasm_engine_t *engine;
    wasm_shared_module_t *module;
    int32_t id;
};

static void *run_thread(void *env)
{
    const struct job *job = env;
    wasm_store_t *store = wasm_store_new(job->engine);
    wasm_module_t *module = wasm_module_obtain(store, job->module);
    for (int i = 0; i < 3; i++)
        run_small(store, module, job->id);
    wasm_module_delete(module);
    wasm_store_delete(store);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    enum { THREADS = 10 };
    pthread_t threads[THREADS];
    struct job jobs[THREADS];
    struct world w;
    world_open(&w, "small");
    wasm_shared_module_t *shared = wasm_module_share(w.module);
    wasm_module_delete(w.module);
    wasm_store_delete(w.store);
    sum = 0;
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){w.engine, shared, i};
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(sum, 3 * THREADS * (THREADS - 1) / 2);
    wasm_shared_module_delete(shared);
    wasm_engine_delete(w.engine);
}

/* ---- compiling ---- */

#ifndef ARTIFACTS
static void *compile_and_run(void *env)
{
    const struct job *job = env;
    wasm_store_t *store = wasm_store_new(job->engine);
    wasm_byte_vec_t binary;
    support_binary("small", &binary);
    wasm_module_t *module = wasm_module_new(store, &binary);
    if (module)
        run_small(store, module, job->id);
    wasm_byte_vec_delete(&binary);
    wasm_store_delete(store);
    wasm_module_delete(module);
    return NULL;
}

static void test_compile_in_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    wasm_config_t *config = wasm_config_new();
    w2s_config_set_level(config, 0);
    w2s_config_set_jobs(config, 1);
    assert_true(w2s_config_set_cpu(config, "generic"));
    w2s_config_set_isolated(config, true);
    struct job job = {.engine = wasm_engine_new_with_config(config), .id = 1};
    sum = 0;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compile_and_run, &job), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(sum, 4);
    wasm_engine_delete(job.engine);
}

static void check_refused(wasm_store_t *store, const char *bytes, size_t size, const char *why)
{
    wasm_byte_vec_t binary;
    wasm_byte_vec_new(&binary, size, bytes);
    assert_null(wasm_module_new(store, &binary));
    if (!strstr(w2s_capi_error(), why))
        fail_msg("\"%s\" where \"%s\" was expected", w2s_capi_error(), why);
    assert_false(wasm_module_validate(store, &binary));
    wasm_byte_vec_delete(&binary);
}

static void test_bad_modules(void **state)
{
    (void)state;
    static const char cut[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1};
    static const char wrong[] = {
        0, 'a', 's', 'm', 1, 0,  0, 0, 1, 4, 1,    0x60, 0,
        0, 3,   2,   1,   0, 10, 5, 1, 3, 0, 0x6a, 0x0b}; /* i32.add on an empty stack */
    wasm_engine_t *engine = wasm_engine_new();
    wasm_store_t *store = wasm_store_new(engine);
    check_refused(store, NULL, 0, "magic");
    check_refused(store, "(module)", 8, "magic"); /* the API has no text */
    check_refused(store, cut, sizeof cut, "0x");
    check_refused(store, wrong, sizeof wrong, "type mismatch");
    wasm_byte_vec_t binary;
    support_binary("calls", &binary);
    assert_true(wasm_module_validate(store, &binary));
    wasm_byte_vec_delete(&binary);
    wasm_config_t *config = wasm_config_new();
    assert_true(w2s_config_set_cpu(config, "no such CPU"));
    wasm_engine_t *odd = wasm_engine_new_with_config(config);
    wasm_store_t *odd_store = wasm_store_new(odd);
    support_binary("small", &binary);
    assert_null(wasm_module_new(odd_store, &binary));
    wasm_byte_vec_delete(&binary);
    wasm_store_delete(odd_store);
    wasm_engine_delete(odd);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    wasm_config_delete(wasm_config_new());
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serialize),
        cmocka_unit_test(test_many_modules),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_threads),
#ifndef ARTIFACTS
        cmocka_unit_test(test_compile_in_threads),
        cmocka_unit_test(test_bad_modules),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
