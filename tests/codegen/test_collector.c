/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The garbage collector behind structures and arrays: what is dead goes, cycles too, in bounded
 * memory; what is reachable from anywhere stays; threads and host functions do not get in its way.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

/* ---- a store with an instance ---- */

typedef w2s_trap *pause_fn(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results);

struct running {
    w2s_store *store;
    w2s_linker *linker;
    w2s_instance *instance;
};

static w2s_module *module;

/* Compiles and loads collector.wat. */
static w2s_module *load_nodes(void)
{
    static char text[16384];
    FILE *file = fopen(COLLECTOR_WAT, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    assert_true(size < sizeof text - 1);
    fclose(file);
    return world_load(text, NULL);
}

static w2s_trap *pass(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)env, (void)caller;
    results[0] = args[0];
    return NULL;
}

static void running_open(struct running *world, pause_fn *pause)
{
    const w2s_valtype anyref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_ANY};
    const w2s_functype type = {&anyref, &anyref, 1, 1};
    w2s_error err;
    world->store = w2s_store_new(NULL);
    world->linker = w2s_linker_new(world->store);
    w2s_func *func = w2s_func_new(world->store, &type, pause, world, NULL);
    w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
    assert_true(w2s_linker_define(world->linker, "host", "pause", item));
    world->instance = w2s_instance_new(world->store, module, world->linker, NULL, &err);
    if (!world->instance)
        fail_msg("%s", err.message);
}

static void running_close(struct running *world)
{
    w2s_store_free(world->store);
}

static enum w2s_trap_kind try(const struct running *world, const char *name, const w2s_value *args,
                              w2s_value *result)
{
    w2s_trap *trap = w2s_call(w2s_instance_func(world->instance, name), args, result);
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    w2s_trap_free(trap);
    return kind;
}

static w2s_value call2(const struct running *world, const char *name, int64_t a, int64_t b)
{
    w2s_value result = {.bits = {0, 0}}, args[2] = {{.i64 = a}, {.i64 = b}};
    enum w2s_trap_kind kind = try(world, name, args, &result);
    if (kind != W2S_TRAP_NONE)
        fail_msg("%s: %s", name, w2s_trap_kind_message(kind));
    return result;
}

static w2s_value call(const struct running *world, const char *name, int64_t a)
{
    return call2(world, name, a, 0);
}

static int64_t sum_to(int64_t n)
{
    return n * (n + 1) / 2;
}

static int64_t sum(const struct running *world, void *list)
{
    w2s_value arg = {.ref = list}, result = {0};
    assert_int_equal(try(world, "sum", &arg, &result), W2S_TRAP_NONE);
    return result.i64;
}

/* Bytes of memory that the process has. */
static size_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    size_t size = 0, pages = 0;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &size, &pages), 2);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

enum { MIB = 1 << 20, SOME = 200000 };

/* ---- tests ---- */

static bool is_loaded(const char *library)
{
    char line[512];
    bool found = false;
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        found |= strstr(line, library) != NULL;
    fclose(file);
    return found;
}

static void *load_in_thread(void *env)
{
    (void)env;
    module = load_nodes();
    return NULL;
}

/* The first test: nothing else has loaded the collector. The thread that starts it may end. */
static void only_who_needs_it_loads_it(void **state)
{
    (void)state;
    char path[SUPPORT_PATH];
    w2s_error err;
    support_compile("(module (func (export \"f\") (param externref) (result externref)"
                    " local.get 0))",
                    NULL, path);
    w2s_module *plain = w2s_module_load(path, &err);
    assert_non_null(plain);
    assert_false(is_loaded("libgc.so"));
    w2s_module_free(plain);
    unlink(path);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, load_in_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(is_loaded("libgc.so"));
}

/* 48 bytes a node, two a cycle: a billion bytes and more. */
static void garbage_takes_no_memory(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, pass);
    call(&world, "churn", 100000);
    size_t before = resident();
    call(&world, "churn", 11000000);
    assert_true(resident() < before + 32 * MIB);
    call2(&world, "bytes", 10 * MIB, 300);
    call2(&world, "bytes", 100, 3000000);
    assert_true(resident() < before + 128 * MIB);
    running_close(&world);
}

static void what_is_reachable_stays(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, pass);
    call(&world, "keep", 100000);
    call(&world, "keep_outside", 1000);
    call(&world, "keep_table", 2000);
    call(&world, "keep_thrown", 3000);
    call(&world, "churn", SOME);
    assert_int_equal(call2(&world, "on_stack", 100, SOME).i64, sum_to(100));
    assert_int_equal(call(&world, "kept", 0).i64, sum_to(100000));
    assert_int_equal(call(&world, "kept_outside", 0).i64, sum_to(1000));
    assert_int_equal(call(&world, "kept_table", 0).i64, 2 * sum_to(2000));
    assert_int_equal(call(&world, "kept_thrown", 0).i64, sum_to(3000));
    assert_int_equal(call(&world, "kept_elem", 0).i64, 77);
    running_close(&world);
}

/* A list is as deep as it is long: marking it must not recurse. */
static void long_lists_are_marked(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, pass);
    call(&world, "keep", 2000000);
    call(&world, "churn", SOME);
    assert_int_equal(call(&world, "kept", 0).i64, sum_to(2000000));
    running_close(&world);
}

static void the_host_roots_what_it_keeps(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, pass);
    w2s_root *roots[10];
    for (int64_t i = 0; i < 10; i++)
        roots[i] = w2s_ref_root(world.store, call(&world, "list", 1000 + i).ref);
    w2s_ref_unroot(roots[3]);
    call(&world, "churn", SOME);
    for (int64_t i = 0; i < 10; i++)
        if (i != 3)
            assert_int_equal(sum(&world, w2s_root_ref(roots[i])), sum_to(1000 + i));
    /* The last result needs no root, neither as an argument nor while the host converts it. */
    void *last = call(&world, "list", 500).ref;
    assert_int_equal(w2s_any_kind(last), W2S_HEAP_STRUCT);
    assert_ptr_equal(w2s_extern_to_any(world.store, w2s_any_to_extern(world.store, last)), last);
    assert_int_equal(sum(&world, last), sum_to(500));
    int mine;
    void *box = w2s_extern_to_any(world.store, &mine);
    assert_int_equal(w2s_any_kind(box), W2S_HEAP_EXTERN);
    assert_ptr_equal(w2s_any_to_extern(world.store, box), &mine);
    assert_int_equal(w2s_any_kind(NULL), W2S_HEAP_NONE);
    running_close(&world);
}

/* The table is the host's to change as well. */
static void host_writes_are_seen(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, pass);
    w2s_table *table = w2s_instance_table(world.instance, "table");
    for (uint64_t i = 0; i < 4; i++)
        assert_true(w2s_table_set(table, i, call(&world, "list", 100 + (int64_t)i).ref));
    assert_int_equal(w2s_table_grow(table, 1000, call(&world, "list", 99).ref), 4);
    call(&world, "churn", SOME);
    void *ref;
    for (uint64_t i = 0; i < 4; i++) {
        assert_true(w2s_table_get(table, i, &ref));
        assert_int_equal(sum(&world, ref), sum_to(100 + (int64_t)i));
    }
    assert_true(w2s_table_get(table, 1003, &ref));
    assert_int_equal(sum(&world, ref), sum_to(99));
    running_close(&world);
}

static void a_store_gives_back_what_it_had(void **state)
{
    (void)state;
    size_t before = resident();
    for (int i = 0; i < 12; i++) {
        struct running world;
        running_open(&world, pass);
        call(&world, "keep", 500000); /* 24 million bytes */
        assert_int_equal(call(&world, "kept", 0).i64, sum_to(500000));
        running_close(&world);
    }
    assert_true(resident() < before + 128 * MIB);
}

static void no_memory_is_a_trap(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, pass);
    static const char *const names[] = {"vectors", "node_arrays"};
    for (size_t i = 0; i < 2; i++) {
        w2s_value result, most = {.i32 = -1}, less = {.i32 = 1000};
        assert_int_equal(try(&world, names[i], &most, &result), W2S_TRAP_OUT_OF_MEMORY);
        assert_int_equal(try(&world, names[i], &less, &result), W2S_TRAP_NONE);
        assert_int_equal(result.i32, 1000);
    }
    running_close(&world);
}

/* ---- threads and host functions ---- */

/* Makes garbage while its caller holds references. */
static w2s_trap *churn_inside(void *env, w2s_instance *caller, const w2s_value *args,
                              w2s_value *results)
{
    const struct running *world = env;
    (void)caller;
    call(world, "churn", SOME);
    results[0] = args[0];
    return NULL;
}

static void host_functions_may_call_back(void **state)
{
    (void)state;
    struct running world;
    running_open(&world, churn_inside);
    assert_int_equal(call(&world, "paused", 1234).i64, sum_to(1234));
    running_close(&world);
}

/* Blocks, with signals that wake it counted, until the other thread has collected. */
static volatile int wakes;

static w2s_trap *sleep_inside(void *env, w2s_instance *caller, const w2s_value *args,
                              w2s_value *results)
{
    (void)env, (void)caller;
    if (usleep(200000) != 0)
        wakes++;
    results[0] = args[0];
    return NULL;
}

static void *run_sleeper(void *env)
{
    struct running world;
    (void)env;
    running_open(&world, sleep_inside);
    assert_int_equal(call(&world, "paused", 1234).i64, sum_to(1234));
    running_close(&world);
    return NULL;
}

static void *run_worker(void *env)
{
    struct running world;
    (void)env;
    running_open(&world, churn_inside);
    for (int64_t i = 0; i < 5; i++) {
        call(&world, "keep", 10000 + i);
        call(&world, "keep_table", 100 + i);
        assert_int_equal(call2(&world, "on_stack", 50, SOME).i64, sum_to(50));
        assert_int_equal(call(&world, "paused", 300).i64, sum_to(300));
        assert_int_equal(call(&world, "kept", 0).i64, sum_to(10000 + i));
        call(&world, "churn", 500000);
    }
    running_close(&world);
    return NULL;
}

static void threads_collect_at_once(void **state)
{
    (void)state;
    pthread_t threads[3];
    assert_int_equal(pthread_create(&threads[0], NULL, run_worker, NULL), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, run_worker, NULL), 0);
    assert_int_equal(pthread_create(&threads[2], NULL, run_sleeper, NULL), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(wakes, 0);
}

/* Many programs block all signals in their threads. */
static void threads_may_block_signals(void **state)
{
    (void)state;
    sigset_t all, old;
    pthread_t threads[2];
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_worker, NULL), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static w2s_trap *instantiate_inside(void *env, w2s_instance *caller, const w2s_value *args,
                                    w2s_value *results)
{
    w2s_error *err = env;
    w2s_store *store = w2s_instance_store(caller);
    (void)args, (void)results;
    assert_null(w2s_instance_new(store, module, w2s_linker_new(store), NULL, err));
    return NULL;
}

/* The frames that are there already would not be scanned. */
static void the_first_instance_is_not_made_in_a_call(void **state)
{
    (void)state;
    char path[SUPPORT_PATH];
    w2s_error err = {0};
    support_compile("(module (import \"\" \"f\" (func $f)) (func (export \"g\") (call $f)))", NULL,
                    path);
    w2s_module *plain = w2s_module_load(path, &err);
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_new(store);
    const w2s_functype none = {0};
    w2s_extern item = {.kind = W2S_FUNC,
                       .of.func = w2s_func_new(store, &none, instantiate_inside, &err, NULL)};
    assert_true(w2s_linker_define(linker, "", "f", item));
    w2s_instance *instance = w2s_instance_new(store, plain, linker, NULL, NULL);
    assert_non_null(instance);
    assert_null(w2s_call(w2s_instance_func(instance, "g"), NULL, NULL));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    w2s_store_free(store);
    w2s_module_free(plain);
    unlink(path);
}

static int unload(void **state)
{
    (void)state;
    w2s_module_free(module);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_needs_it_loads_it),
        cmocka_unit_test(garbage_takes_no_memory),
        cmocka_unit_test(what_is_reachable_stays),
        cmocka_unit_test(long_lists_are_marked),
        cmocka_unit_test(the_host_roots_what_it_keeps),
        cmocka_unit_test(host_writes_are_seen),
        cmocka_unit_test(a_store_gives_back_what_it_had),
        cmocka_unit_test(no_memory_is_a_trap),
        cmocka_unit_test(host_functions_may_call_back),
        cmocka_unit_test(threads_collect_at_once),
        cmocka_unit_test(threads_may_block_signals),
        cmocka_unit_test(the_first_instance_is_not_made_in_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, unload);
}
