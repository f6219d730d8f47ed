/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Interruptible code: whatever runs without end is stopped, at every level, by another thread, by a
 * signal handler and by a deadline; the store works again afterwards; what cannot be interrupted
 * takes no deadline. A place without a poll makes a test run for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>

#include "tests/codegen/world.h"

enum { MS = 1000000 };

/* Each function with parameters () runs for ever; `quick` does not. */
static const char endless[] =
    "(module"
    " (type $t (func)) (table 2 funcref) (elem (i32.const 0) $indirect $mutual)"
    " (memory 1) (memory $big 1024) (memory $shared 1 1 shared)"
    " (global $g (mut i32) (i32.const 0)) (tag $e)"
    " (func (export \"loop\") (loop (br 0)))"
    " (func (export \"nested\") (local i32) (loop (local.set 0 (i32.const 100))"
    "   (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br 0)))"
    " (func (export \"table\") (local i32) (loop (loop"
    "   (br_table 0 1 (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 1)))"
    "     (i32.const 1))))))"
    " (func (export \"sum\") (local i32 i32) (loop"
    "   (local.set 1 (i32.add (local.get 1) (i32.load (i32.and (local.get 0) (i32.const 0xfffc)))))"
    "   (local.set 0 (i32.add (local.get 0) (i32.const 4)))"
    "   (global.set $g (local.get 1)) (br 0)))"
    " (func $tree (param i64) (if (i64.gt_s (local.get 0) (i64.const 0)) (then"
    "   (call $tree (i64.sub (local.get 0) (i64.const 1)))"
    "   (call $tree (i64.sub (local.get 0) (i64.const 1)))"
    "   (global.set $g (i32.add (global.get $g) (i32.const 1))))))"
    " (func (export \"recursion\") (call $tree (i64.const 1000)))"
    " (func $tail (export \"tail\") (return_call $tail))"
    " (func $mutual (export \"mutual\") (return_call_indirect (type $t) (i32.const 0)))"
    " (func $indirect (return_call_indirect (type $t) (i32.const 1)))"
    " (func (export \"fill\") (loop"
    "   (memory.fill $big (i32.const 0) (i32.const 1) (i32.const 0x4000000)) (br 0)))"
    " (func (export \"copy\") (loop (memory.copy $big $big"
    "   (i32.const 1) (i32.const 0) (i32.const 0x3ffffff)) (br 0)))"
    " (func (export \"caught\") (loop (try_table (catch_all 0) (loop (br 0))) (br 0)))"
    " (func (export \"throwing\") (loop (block (try_table (catch_all 0) (throw $e))) (br 0)))"
    " (func (export \"waiting\") (drop (memory.atomic.wait32 $shared"
    "   (i32.const 0) (i32.const 0) (i64.const -1))))"
    " (func (export \"quick\") (param i32) (result i32) (local i32)"
    "   (loop (local.set 1 (i32.add (local.get 1) (local.get 0)))"
    "     (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    "   (local.get 1)))";

static const char *const names[] = {"loop",   "nested", "table", "sum",    "recursion", "tail",
                                    "mutual", "fill",   "copy",  "caught", "throwing",  "waiting"};
enum { NAMES = sizeof names / sizeof names[0] };

static w2s_module *compile(int level, bool interruptible)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    options.interruptible = interruptible;
    return world_load(endless, &options);
}

struct running {
    w2s_store *store;
    w2s_instance *instance;
};

static struct running running_open(w2s_module *module)
{
    struct running w = {.store = w2s_store_new(NULL)};
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w.instance = w2s_instance_new(w.store, module, NULL, NULL, &err);
    assert_string_equal(err.message, "");
    return w;
}

/* The kind of the trap that ends the call, or none. */
static enum w2s_trap_kind call(const struct running *w, const char *name)
{
    w2s_func *func = w2s_instance_func(w->instance, name);
    assert_non_null(func);
    w2s_trap *trap = w2s_call(func, NULL, NULL);
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    w2s_trap_free(trap);
    return kind;
}

static void works(const struct running *w)
{
    w2s_value arg = {.i32 = 100}, result;
    assert_null(w2s_call(w2s_instance_func(w->instance, "quick"), &arg, &result));
    assert_int_equal(result.i32, 5050);
}

static void pause_for(long nanoseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

static void *interrupt_soon(void *store)
{
    pause_for(5 * MS);
    w2s_store_interrupt(store);
    return NULL;
}

static void test_other_thread(void **state)
{
    (void)state;
    for (int level = 0; level <= 3; level++) {
        w2s_module *module = compile(level, true);
        struct running w = running_open(module);
        for (int i = 0; i < NAMES; i++) {
            pthread_t thread;
            assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, w.store), 0);
            assert_int_equal(call(&w, names[i]), W2S_TRAP_INTERRUPTED);
            pthread_join(thread, NULL);
            assert_true(w2s_store_interrupted(w.store));
            assert_int_equal(call(&w, names[i]), W2S_TRAP_INTERRUPTED);
            w2s_store_resume(w.store);
            assert_false(w2s_store_interrupted(w.store));
            works(&w);
        }
        w2s_store_free(w.store);
        w2s_module_free(module);
    }
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* A deadline taken back, or put off, does not fire: unless it came before that. */
static void take_back(w2s_store *store, uint64_t later)
{
    for (bool in_time = false; !in_time; w2s_store_resume(store)) {
        uint64_t start = now_ns();
        assert_true(w2s_store_set_deadline(store, 10 * MS, NULL));
        assert_true(w2s_store_set_deadline(store, later, NULL));
        in_time = now_ns() < start + 10 * MS;
        pause_for(20 * MS);
        assert_false(in_time && w2s_store_interrupted(store));
    }
}

static void test_deadline(void **state)
{
    (void)state;
    w2s_module *module = compile(2, true);
    struct running w = running_open(module);
    for (int i = 0; i < NAMES; i++) {
        assert_true(w2s_store_set_deadline(w.store, 5 * MS, NULL));
        assert_int_equal(call(&w, names[i]), W2S_TRAP_INTERRUPTED);
        w2s_store_resume(w.store);
    }
    take_back(w.store, 0);
    take_back(w.store, UINT64_MAX);
    works(&w);
    w2s_store_free(w.store);
    w2s_module_free(module);
}

static void test_refused(void **state)
{
    (void)state;
    w2s_module *plain = compile(1, false), *good = compile(1, true);
    assert_int_equal(w2s_module_code_features(plain) & W2S_CODE_INTERRUPTIBLE, 0);
    assert_int_not_equal(w2s_module_code_features(good) & W2S_CODE_INTERRUPTIBLE, 0);
    struct running w = running_open(plain);
    w2s_error err = {.kind = W2S_ERROR_NONE};
    assert_false(w2s_store_set_deadline(w.store, 1, &err));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "--interruptible"));
    assert_true(w2s_store_set_deadline(w.store, 0, NULL));
    w2s_store_free(w.store);
    /* And the other way round. */
    w = running_open(good);
    assert_true(w2s_store_set_deadline(w.store, UINT64_MAX, NULL));
    assert_null(w2s_instance_new(w.store, plain, NULL, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LINK);
    assert_non_null(strstr(err.message, "deadline"));
    works(&w);
    w2s_store_free(w.store);
    w2s_module_free(plain);
    w2s_module_free(good);
}

static w2s_store *signalled;

static void interrupt_from_handler(int signal)
{
    (void)signal;
    w2s_store_interrupt(signalled);
}

/* The signal comes while this thread computes, or waits with a lock of the runtime's in reach. */
static void test_signal_handler(void **state)
{
    (void)state;
    w2s_module *module = compile(2, true);
    struct running w = running_open(module);
    struct sigaction action = {.sa_handler = interrupt_from_handler}, old;
    signalled = w.store;
    assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
    for (int i = 0; i < NAMES; i++) {
        timer_t timer;
        struct itimerspec soon = {.it_value = {.tv_nsec = 3 * MS}};
        assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
        assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
        assert_int_equal(call(&w, names[i]), W2S_TRAP_INTERRUPTED);
        timer_delete(timer);
        w2s_store_resume(w.store);
        works(&w);
    }
    sigaction(SIGALRM, &old, NULL);
    w2s_store_free(w.store);
    w2s_module_free(module);
}

/* An interrupt concerns its store only, and a page goes from store to store. */
static void test_many_stores(void **state)
{
    (void)state;
    enum { STORES = 600 };
    w2s_module *module = compile(1, true);
    struct running *worlds = calloc(STORES, sizeof *worlds);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < STORES; i++)
            worlds[i] = running_open(module);
        for (int i = 0; i < STORES; i += 3)
            w2s_store_interrupt(worlds[i].store);
        for (int i = 0; i < STORES; i++) {
            if (i % 3 == 0)
                assert_int_equal(call(&worlds[i], "loop"), W2S_TRAP_INTERRUPTED);
            else
                works(&worlds[i]);
        }
        for (int i = 0; i < STORES; i++) /* some while they are interrupted */
            w2s_store_free(worlds[i].store);
    }
    free(worlds);
    w2s_module_free(module);
}

struct hammer {
    w2s_store *store;
    volatile bool stop;
};

static void *interrupt_often(void *env)
{
    struct hammer *hammer = env;
    while (!hammer->stop) {
        w2s_store_interrupt(hammer->store);
        pause_for(1); /* else resuming waits for a moment when this thread does not run */
    }
    return NULL;
}

/* Interrupts that come as calls begin and end: each is served, or the next call traps. */
static void test_races(void **state)
{
    (void)state;
    w2s_module *module = compile(2, true);
    struct running w = running_open(module);
    struct hammer hammer = {.store = w.store};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_often, &hammer), 0);
    for (int i = 0; i < 500; i++) {
        if (i % 100 == 0) {
            assert_true(w2s_store_set_deadline(w.store, 1, NULL));
            assert_true(w2s_store_set_deadline(w.store, 0, NULL));
        }
        const char *name = i % 2 ? "loop" : "waiting";
        assert_int_equal(call(&w, name), W2S_TRAP_INTERRUPTED);
        w2s_store_resume(w.store);
    }
    hammer.stop = true;
    pthread_join(thread, NULL);
    w2s_store_resume(w.store);
    works(&w);
    w2s_store_free(w.store);
    w2s_module_free(module);
}

/* The watchdog is a thread, and a child has no threads but the one that forked. */
static void test_fork(void **state)
{
    (void)state;
    w2s_module *module = compile(1, true);
    struct running w = running_open(module);
    assert_true(w2s_store_set_deadline(w.store, 10 * 1000 * (uint64_t)MS, NULL));
    pid_t child = fork();
    if (child == 0) {
        bool good = w2s_store_set_deadline(w.store, 5 * MS, NULL);
        _exit(good && call(&w, "loop") == W2S_TRAP_INTERRUPTED ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    w2s_store_free(w.store);
    w2s_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_thread), cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_signal_handler),
        cmocka_unit_test(test_many_stores),  cmocka_unit_test(test_races),
        cmocka_unit_test(test_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
