/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a call across the boundary takes: host to wasm through the generated header and through
 * w2s_call, wasm to a host function. Prints the least of several runs, in ns a call. run.sh builds
 * it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "calls.h"
#include "wasm2so.h"

enum { CALLS = 5000000, RUNS = 9 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static w2s_trap *host_add(void *env, w2s_instance *caller, const w2s_value *args,
                          w2s_value *results)
{
    (void)env, (void)caller;
    results[0].i32 = (int32_t)((uint32_t)args[0].i32 + (uint32_t)args[1].i32);
    return NULL;
}

static uint32_t by_header(w2s_instance *instance)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < CALLS; i++)
        sum += (uint32_t)calls_add(instance, (int32_t)i, (int32_t)sum);
    return sum;
}

static uint32_t by_header_two_results(w2s_instance *instance)
{
    uint32_t sum = 0;
    struct calls_swap_result two;
    for (uint32_t i = 0; i < CALLS; i++) {
        calls_swap(instance, (int32_t)i, (int32_t)sum, &two);
        sum += (uint32_t)two.r1;
    }
    return sum;
}

static uint32_t by_call(w2s_instance *instance)
{
    w2s_func *func = w2s_instance_func(instance, "add");
    uint32_t sum = 0;
    for (uint32_t i = 0; i < CALLS; i++) {
        w2s_value args[2] = {{.i32 = (int32_t)i}, {.i32 = (int32_t)sum}}, result;
        if (w2s_call(func, args, &result))
            abort();
        sum += (uint32_t)result.i32;
    }
    return sum;
}

static uint32_t to_host(w2s_instance *instance)
{
    return (uint32_t)calls_loop_host(instance, CALLS);
}

static void measure(const char *name, uint32_t (*run)(w2s_instance *), w2s_instance *instance)
{
    double least = 1e99;
    volatile uint32_t result = 0;
    for (int i = 0; i < RUNS; i++) {
        double start = now();
        result = result + run(instance);
        double took = now() - start;
        least = took < least ? took : least;
    }
    printf("%-28s %6.2f ns\n", name, least / CALLS);
}

static w2s_instance *make(w2s_store *store, w2s_module *module, w2s_func *add)
{
    w2s_linker *linker = w2s_linker_new(store);
    w2s_linker_define(linker, "env", "add", (w2s_extern){W2S_FUNC, {.func = add}});
    w2s_error err;
    w2s_instance *instance = w2s_instance_new(store, module, linker, NULL, &err);
    if (!instance) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return instance;
}

int main(int argc, char **argv)
{
    w2s_error err;
    w2s_module *module = argc > 1 ? w2s_module_load(argv[1], &err) : NULL;
    if (!module) {
        fprintf(stderr, "calls: %s\n", argc > 1 ? err.message : "which module?");
        return 1;
    }
    static const w2s_valtype types[] = {{.kind = W2S_I32}, {.kind = W2S_I32}};
    const w2s_functype type = {types, types, 2, 1};
    w2s_store *store = w2s_store_new(NULL);
    w2s_instance *instance = make(store, module, w2s_func_new(store, &type, host_add, NULL, NULL));
    measure("header: add(i32, i32)", by_header, instance);
    measure("header: swap, two results", by_header_two_results, instance);
    measure("w2s_call: add(i32, i32)", by_call, instance);
    measure("wasm to host: w2s_func_new", to_host, instance);
    w2s_store_free(store);
    w2s_module_free(module);
    return 0;
}
