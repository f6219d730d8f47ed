/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *     stress MODULE.so THREADS SECONDS
 *
 * Threads make, call and drop instances, of a pool that they share and in stores of their own: each
 * must find its instance new. Waves of THREADS threads follow one another until the time is over,
 * and neither memory nor the number of mappings may grow from the second wave on.
 */
#include "tests/runtime/host.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { REQUESTS = 20, MAX_INSTANCES = 64, SLACK_PAGES = 8192, SLACK_MAPPINGS = 200 };

static w2s_module *module;
static w2s_pool *pool;
static atomic_int failures;
static atomic_long requests, refusals;

static void check(bool good, const char *what)
{
    if (!good && atomic_fetch_add(&failures, 1) == 0)
        fprintf(stderr, "stress: %s\n", what);
}

static int32_t call(w2s_instance *instance, const char *name, int32_t a, int32_t b)
{
    w2s_value args[2] = {{.i32 = a}, {.i32 = b}}, results[1] = {{.i32 = 0}};
    w2s_trap *trap = w2s_call(w2s_instance_func(instance, name), args, results);
    check(!trap, "a call trapped");
    w2s_trap_free(trap);
    return results[0].i32;
}

/* Leaves traces everywhere. */
static void use(w2s_instance *instance, int32_t number)
{
    check(call(instance, "load", 2000, 0) == 0 && call(instance, "load", 41, 0) == 'w',
          "the memory is not new");
    check(w2s_global_get(w2s_instance_global(instance, "global1")).i32 == 43,
          "the global is not new");
    call(instance, "store", 2000, number | 1);
    call(instance, "store", 41, 0);
    if (number % 4 == 0)
        check(call(instance, "grow", 1, 0) == 1, "the memory has not its first size");
    if (number % 5 == 0) {
        w2s_value arg = {.i32 = 0}, result;
        w2s_trap *trap = w2s_call(w2s_instance_func(instance, "unreachable"), &arg, &result);
        check(trap != NULL, "no trap");
        w2s_trap_free(trap);
    }
}

static void use_pool(int32_t number)
{
    w2s_error err = {0};
    w2s_instance *instance = w2s_pool_take(pool, NULL, &err);
    if (!instance) {
        check(err.kind == W2S_ERROR_LIMIT, err.message);
        atomic_fetch_add(&refusals, 1);
        sched_yield();
        return;
    }
    use(instance, number);
    if (number % 7 == 0)
        w2s_store_interrupt(w2s_instance_store(instance));
    check(w2s_pool_give(pool, instance), "the pool refuses its instance");
}

static void use_store(int32_t number)
{
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = store ? w2s_linker_new(store) : NULL;
    w2s_instance *instance = NULL;
    if (linker && host_define(linker, host_zero, NULL))
        instance = w2s_instance_new(store, module, linker, NULL, NULL);
    check(instance != NULL, "no instance");
    if (instance)
        use(instance, number);
    w2s_store_free(store);
}

static void *run(void *env)
{
    int32_t number = *(const int *)env;
    for (int i = 0; i < REQUESTS; i++) {
        if ((number + i) % 10)
            use_pool(number + i);
        else
            use_store(number + i);
        atomic_fetch_add(&requests, 1);
    }
    return NULL;
}

static void wave(int threads, pthread_t *handles, int *numbers)
{
    for (int i = 0; i < threads; i++) {
        numbers[i] = i;
        if (pthread_create(&handles[i], NULL, run, &numbers[i]) != 0) {
            check(false, "no thread");
            threads = i;
        }
    }
    for (int i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
}

static long resident_pages(void)
{
    long size, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%ld %ld", &size, &pages) != 2)
        pages = 0;
    if (file)
        fclose(file);
    return pages;
}

static long mappings(void)
{
    long lines = 0;
    FILE *file = fopen("/proc/self/maps", "re");
    for (int c; file && (c = getc(file)) != EOF;)
        lines += c == '\n';
    if (file)
        fclose(file);
    return lines;
}

int main(int argc, char **argv)
{
    w2s_error err = {0};
    w2s_pool_config config = {
        .size = sizeof config, .max_instances = MAX_INSTANCES, .define = host_define_zero};
    int threads = argc == 4 ? atoi(argv[2]) : 0;
    module = threads > 0 ? w2s_module_load(argv[1], &err) : NULL;
    pool = module ? w2s_pool_new(module, &config, &err) : NULL;
    pthread_t *handles = calloc((size_t)threads + 1, sizeof *handles);
    int *numbers = calloc((size_t)threads + 1, sizeof *numbers);
    if (!pool || !handles || !numbers) {
        fprintf(stderr, "stress: %s\n", module ? err.message : "MODULE.so THREADS SECONDS");
        return 2;
    }
    wave(threads, handles, numbers);
    wave(threads, handles, numbers);
    long pages = resident_pages(), maps = mappings();
    for (time_t end = time(NULL) + atoi(argv[3]); time(NULL) < end;)
        wave(threads, handles, numbers);
    long more_pages = resident_pages() - pages, more_maps = mappings() - maps;
    printf("%ld requests (%ld times the pool was empty), %+ld pages, %+ld mappings\n",
           (long)requests, (long)refusals, more_pages, more_maps);
    if (!getenv("W2S_EMULATED")) /* an emulator's own memory grows */
        check(more_pages < SLACK_PAGES, "memory leaks");
    check(more_maps < SLACK_MAPPINGS, "mappings leak");
    check(requests > refusals, "the pool gave nothing");
    w2s_pool_free(pool);
    w2s_module_free(module);
    free(handles);
    free(numbers);
    return failures != 0;
}
