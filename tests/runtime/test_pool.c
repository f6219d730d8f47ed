/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Pools: an instance that is taken is as good as new, whatever the one before did; what cannot be
 * had is an error; threads share a pool.
 */
#include "tests/runtime/host.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static w2s_module *load(const char *file)
{
    w2s_error err = {0};
    w2s_module *module = w2s_module_load(file, &err);
    if (!module)
        fail_msg("%s", err.message);
    return module;
}

static w2s_pool *pool_of(w2s_module *module, const w2s_pool_config *config)
{
    w2s_error err = {0};
    w2s_pool_config c = {.size = sizeof c, .define = host_define_zero};
    w2s_pool *pool = w2s_pool_new(module, config ? config : &c, &err);
    if (!pool)
        fail_msg("%s", err.message);
    return pool;
}

static struct host take(w2s_pool *pool)
{
    w2s_error err = {0};
    struct host host = {.instance = w2s_pool_take(pool, NULL, &err)};
    if (!host.instance)
        fail_msg("%s", err.message);
    host.store = w2s_instance_store(host.instance);
    return host;
}

/* What the module of guest.c is when its start function has run. */
static void check_new(struct host *host)
{
    w2s_memory *memory = w2s_instance_memory(host->instance, "memory");
    w2s_table *table = w2s_instance_table(host->instance, "table");
    void *ref = host;
    assert_int_equal(host_ok(host, "load", 41, 0, 0), 'w');
    assert_int_equal(host_ok(host, "load", 100, 0, 0), 0);
    assert_int_equal(host_ok(host, "load", 65535, 0, 0), 0);
    assert_int_equal(w2s_memory_size(memory), 65536);
    assert_int_equal(host_trap(host, "load", 65536, 0, 0), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(w2s_global_get(w2s_instance_global(host->instance, "global1")).i32, 43);
    assert_int_equal(w2s_table_size(table), 6);
    assert_true(w2s_table_get(table, 0, &ref) && !ref);
    assert_true(w2s_table_get(table, 1, &ref) && ref);
    host_ok(host, "init", 200, 0, 7); /* the passive segment */
    assert_null(w2s_instance_data(host->instance));
}

static void change_all(struct host *host)
{
    w2s_memory *memory = w2s_instance_memory(host->instance, "memory");
    w2s_table *table = w2s_instance_table(host->instance, "table");
    static const w2s_valtype i32 = {.kind = W2S_I32};
    const w2s_functype type = {&i32, &i32, 1, 1};
    w2s_instance_set_data(host->instance, host);
    host_ok(host, "grow", 2, 0, 0);
    memset(w2s_memory_base(memory), 0xaa, w2s_memory_size(memory));
    host_ok(host, "drop", 0, 0, 0);
    assert_true(
        w2s_global_set(w2s_instance_global(host->instance, "global1"), (w2s_value){.i32 = 7}));
    assert_true(w2s_table_set(table, 0, w2s_func_new(host->store, &type, host_zero, NULL, NULL)));
    assert_true(w2s_table_set(table, 1, NULL));
    assert_int_equal(w2s_table_grow(table, 5, NULL), 6);
    w2s_externtype small = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1};
    assert_non_null(w2s_memory_new(host->store, &small, NULL));
    assert_non_null(w2s_ref_root(host->store, NULL));
    assert_int_equal(host_trap(host, "unreachable", 0, 0, 0), W2S_TRAP_UNREACHABLE);
}

static void check_reset(const char *file, size_t keep)
{
    w2s_module *module = load(file);
    w2s_pool_config config = {
        .size = sizeof config, .define = host_define_zero, .warm = 1, .keep_resident = keep};
    w2s_pool *pool = pool_of(module, &config);
    w2s_instance *first = NULL;
    for (int i = 0; i < 5; i++) {
        struct host host = take(pool);
        first = first ? first : host.instance;
        assert_ptr_equal(host.instance, first); /* the same place, a new instance */
        check_new(&host);
        change_all(&host);
        if (i == 3)
            w2s_store_interrupt(host.store);
        assert_true(w2s_pool_give(pool, host.instance));
    }
    struct host host = take(pool);
    check_new(&host);
    assert_int_equal(host_ok(&host, "call_host", 1, 0, 0), 1); /* not interrupted */
    w2s_pool_free(pool);
    w2s_module_free(module);
}

static void test_reset(void **state)
{
    (void)state;
    check_reset(GUEST, 0);
    check_reset(GUEST, 1); /* nothing is kept */
    check_reset(CHECKED, 0);
    check_reset(CHECKED, 1);
}

/* One page that was read, and one that was written, again and again. */
static void test_few_pages(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_pool *pool = pool_of(module, NULL);
    for (int i = 0; i < 1000; i++) {
        struct host host = take(pool);
        assert_int_equal(host_ok(&host, "load", 8192, 0, 0), 0);
        assert_int_equal(host_ok(&host, "load", 50000, 0, 0), 0);
        assert_int_equal(host_ok(&host, "load", 42, 0, 0), 'a');
        host_ok(&host, "store", i % 2 ? 50000 : 42, i | 1, 0);
        assert_true(w2s_pool_give(pool, host.instance));
    }
    w2s_pool_free(pool);
    w2s_module_free(module);
}

static void test_give(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_pool *pool = pool_of(module, NULL), *other = pool_of(module, NULL);
    struct host host = take(pool), second = take(other), alone;
    assert_false(w2s_pool_give(other, host.instance));
    assert_true(w2s_pool_give(pool, host.instance));
    assert_false(w2s_pool_give(pool, host.instance));
    assert_false(w2s_pool_give(pool, second.instance));
    assert_false(w2s_pool_give(pool, NULL));
    host_open(&alone, GUEST, host_zero, NULL);
    assert_false(w2s_pool_give(pool, alone.instance));
    host_close(&alone);
    w2s_pool_free(pool);
    w2s_pool_free(other); /* with an instance out */
    w2s_pool_free(NULL);
    w2s_module_free(module);
}

static w2s_pool *giving_pool;
static bool given;

static w2s_trap *give_inside(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    (void)env, (void)args, (void)results;
    given = w2s_pool_give(giving_pool, caller);
    return NULL;
}

static bool define_giving(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)env, (void)err;
    return host_define(linker, give_inside, NULL) != NULL;
}

static void test_give_inside(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_pool_config config = {.size = sizeof config, .define = define_giving};
    giving_pool = pool_of(module, &config);
    struct host host = take(giving_pool);
    given = true;
    host_ok(&host, "call_host", 0, 0, 0);
    assert_false(given);
    assert_true(w2s_pool_give(giving_pool, host.instance));
    w2s_pool_free(giving_pool);
    w2s_module_free(module);
}

static void test_exhausted(void **state)
{
    (void)state;
    w2s_module *module = load(CHECKED);
    w2s_pool_config config = {
        .size = sizeof config, .define = host_define_zero, .max_instances = 3};
    w2s_pool *pool = pool_of(module, &config);
    w2s_error err = {0};
    w2s_instance *out[3];
    for (int i = 0; i < 3; i++)
        assert_non_null(out[i] = w2s_pool_take(pool, NULL, &err));
    assert_null(w2s_pool_take(pool, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "3 instances"));
    assert_true(w2s_pool_give(pool, out[1]));
    assert_ptr_equal(w2s_pool_take(pool, NULL, &err), out[1]);
    w2s_pool_free(pool);
    w2s_module_free(module);
}

/* Errors of making an instance come out of the take, or of a pool that makes some ahead. */
static void test_errors(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_store_config small = {.size = sizeof small, .max_total_memory = 65535};
    w2s_pool_config config = {.size = sizeof config, .define = host_define_zero, .store = &small};
    w2s_error err = {0};
    w2s_pool *pool = pool_of(module, &config);
    for (int i = 0; i < 3; i++) {
        err.kind = W2S_ERROR_NONE;
        assert_null(w2s_pool_take(pool, NULL, &err));
        assert_int_equal(err.kind, W2S_ERROR_LIMIT);
    }
    w2s_pool_free(pool);
    config.warm = 1;
    assert_null(w2s_pool_new(module, &config, &err));
    config = (w2s_pool_config){.size = sizeof config};
    pool = pool_of(module, &config);
    assert_null(w2s_pool_take(pool, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LINK);
    assert_null(w2s_pool_new(NULL, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    w2s_pool_free(pool);
    w2s_module_free(module);
}

/* ---- what the host defines ---- */

struct counts {
    int defined, resets;
    bool fresh;
};

static bool count_reset(void *env)
{
    struct counts *counts = env;
    counts->resets++;
    return counts->fresh;
}

static bool define_counting(void *env, w2s_linker *linker, w2s_error *err)
{
    struct counts *counts = env;
    counts->defined++;
    return host_define_zero(NULL, linker, err) &&
           w2s_store_on_reset(w2s_linker_store(linker), count_reset, counts);
}

static void test_hooks(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    struct counts counts = {.fresh = true};
    w2s_pool_config config = {.size = sizeof config, .define = define_counting, .env = &counts};
    w2s_pool *pool = pool_of(module, &config);
    for (int i = 0; i < 4; i++) {
        counts.fresh = i < 2;
        struct host host = take(pool);
        check_new(&host);
        assert_int_equal(counts.defined, i < 3 ? 1 : 2);
        assert_true(w2s_pool_give(pool, host.instance));
        assert_int_equal(counts.resets, i + 1);
    }
    w2s_pool_free(pool);
    w2s_module_free(module);
}

/* The table, memory and global that IMPORTER takes. */
static bool define_importer(void *env, w2s_linker *linker, w2s_error *err)
{
    w2s_store *store = w2s_linker_store(linker);
    w2s_externtype memory = {
        .kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1, .has_max = 1, .max = 4};
    w2s_externtype table = {.kind = W2S_TABLE,
                            .type = {W2S_REF, 1, 0, W2S_HEAP_FUNC},
                            .min = 6,
                            .has_max = 1,
                            .max = 20};
    w2s_extern items[3] = {{.kind = W2S_MEMORY}, {.kind = W2S_TABLE}, {.kind = W2S_GLOBAL}};
    items[0].of.memory = w2s_memory_new(store, &memory, err);
    items[1].of.table = w2s_table_new(store, &table, NULL, err);
    items[2].of.global =
        w2s_global_new(store, (w2s_valtype){.kind = W2S_I32}, false, (w2s_value){.i32 = 41});
    return host_define_zero(env, linker, err) &&
           w2s_linker_define(linker, "env", "memory", items[0]) &&
           w2s_linker_define(linker, "env", "table", items[1]) &&
           w2s_linker_define(linker, "env", "global", items[2]);
}

static void test_imports(void **state)
{
    (void)state;
    w2s_module *module = load(IMPORTER);
    w2s_pool_config config = {.size = sizeof config, .define = define_importer};
    w2s_pool *pool = pool_of(module, &config);
    for (int i = 0; i < 3; i++) {
        struct host host = take(pool);
        assert_int_equal(host_ok(&host, "load", 41, 0, 0), 'w');
        assert_int_equal(host_ok(&host, "load", 500, 0, 0), 0);
        host_ok(&host, "store", 500, 1, 0);
        host_ok(&host, "store", 41, 1, 0);
        assert_true(w2s_pool_give(pool, host.instance));
        assert_false(w2s_pool_give(pool, host.instance));
    }
    w2s_pool_free(pool);
    w2s_module_free(module);
}

/* WASI's descriptors: a request that closed one leaves the next with all of them. */
static bool define_wasi(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)env;
    w2s_wasi_config config = {.size = sizeof config, .stdin_fd = 0, .stdout_fd = 1, .stderr_fd = 2};
    return host_define_zero(NULL, linker, err) && w2s_linker_define_wasi(linker, &config, err);
}

static w2s_linker *wasi_linker;

static bool define_and_keep_linker(void *env, w2s_linker *linker, w2s_error *err)
{
    wasi_linker = linker;
    return define_wasi(env, linker, err);
}

static int32_t call_wasi(const char *name, int32_t a)
{
    w2s_extern item;
    w2s_value arg = {.i32 = a}, result = {.i32 = -1};
    assert_true(w2s_linker_get(wasi_linker, "wasi_snapshot_preview1", name, &item));
    assert_null(w2s_call(item.of.func, &arg, &result));
    return result.i32;
}

static void test_wasi(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_pool_config config = {.size = sizeof config, .define = define_and_keep_linker};
    w2s_pool *pool = pool_of(module, &config);
    for (int i = 0; i < 3; i++) {
        struct host host = take(pool);
        assert_int_equal(call_wasi("fd_close", 1), 0);
        assert_int_equal(call_wasi("fd_close", 1), 8); /* badf */
        assert_true(w2s_pool_give(pool, host.instance));
    }
    w2s_pool_free(pool);
    w2s_module_free(module);
}

/* ---- processes and threads ---- */

/* The pages that the kernel tells of are the parent's, unless somebody thinks of it. */
static void test_fork(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_pool *pool = pool_of(module, NULL);
    struct host host = take(pool);
    host_ok(&host, "store", 9000, 1, 0);
    w2s_pool_give(pool, host.instance);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (int i = 0; i < 3; i++) {
            host = take(pool);
            if (host_ok(&host, "load", 20000, 0, 0) != 0)
                _exit(1);
            host_ok(&host, "store", 20000, 1, 0);
            if (!w2s_pool_give(pool, host.instance))
                _exit(2);
        }
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    w2s_pool_free(pool);
    w2s_module_free(module);
}

enum { THREADS = 8, ROUNDS = 300 };

static void *run_thread(void *env)
{
    w2s_pool *pool = env;
    w2s_instance *kept[2] = {NULL, NULL};
    for (int i = 0; i < ROUNDS; i++) {
        w2s_instance **slot = &kept[i % 2];
        if (*slot && !w2s_pool_give(pool, *slot))
            return env;
        *slot = w2s_pool_take(pool, NULL, NULL);
        struct host host = {.instance = *slot};
        if (!*slot || host_ok(&host, "load", 1000, 0, 0) != 0)
            return env;
        host_ok(&host, "store", 1000, i + 1, 0);
        if (host_ok(&host, "load", 1000, 0, 0) != ((i + 1) & 255))
            return env;
    }
    return w2s_pool_give(pool, kept[0]) && w2s_pool_give(pool, kept[1]) ? NULL : env;
}

static void test_threads(void **state)
{
    (void)state;
    w2s_module *module = load(GUEST);
    w2s_pool_config config = {
        .size = sizeof config, .define = host_define_zero, .max_instances = 2 * THREADS};
    w2s_pool *pool = pool_of(module, &config);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, pool), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = pool;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    w2s_pool_free(pool);
    w2s_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset),     cmocka_unit_test(test_few_pages),
        cmocka_unit_test(test_give),      cmocka_unit_test(test_give_inside),
        cmocka_unit_test(test_exhausted), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_hooks),     cmocka_unit_test(test_imports),
        cmocka_unit_test(test_wasi),      cmocka_unit_test(test_fork),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
