/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A host in C. Calls go through the typed functions of the generated header; where the reason of a
 * trap is wanted in full, through w2s_call.   usage: host LIBGUEST.SO [--bench]
 */
#include "calc.h"
#include "guest.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasm2so.h>

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "host: %s\n", why);
    exit(1);
}

/* ---- what the guest imports ---- */

static w2s_trap *host_log(void *env, w2s_instance *caller, const w2s_value *args,
                          w2s_value *results)
{
    (void)env, (void)results;
    char text[100] = "";
    uint32_t address = (uint32_t)args[0].i32, size = (uint32_t)args[1].i32;
    w2s_memory *memory = w2s_instance_main_memory(caller);
    if (size >= sizeof text || !w2s_memory_read(memory, address, text, size))
        return w2s_trap_new(w2s_instance_store(caller), "log: bad string");
    printf("log: %s\n", text);
    return NULL;
}

static w2s_trap *host_price(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)env;
    char why[50];
    if (args[0].i64 != 7) {
        snprintf(why, sizeof why, "no price for item %" PRId64, args[0].i64);
        return w2s_trap_new(w2s_instance_store(caller), why);
    }
    results[0].f64 = 2.5;
    return NULL;
}

static bool define(w2s_linker *linker, const char *name, w2s_functype type, w2s_callback *callback)
{
    w2s_extern item = {.kind = W2S_FUNC};
    item.of.func = w2s_func_new(w2s_linker_store(linker), &type, callback, NULL, NULL);
    return item.of.func && w2s_linker_define(linker, "host", name, item);
}

static bool define_imports(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)env, (void)err;
    static const w2s_valtype two_i32[] = {{.kind = W2S_I32}, {.kind = W2S_I32}};
    static const w2s_valtype i64 = {.kind = W2S_I64}, f64 = {.kind = W2S_F64};
    const w2s_functype log = {.params = two_i32, .param_count = 2};
    const w2s_functype price = {&i64, &f64, 1, 1};
    return define(linker, "log", log, host_log) && define(linker, "price", price, host_price);
}

/* ---- calls ---- */

static void show_values(w2s_instance *guest)
{
    struct guest_divmod_result both;
    printf("add(34, 76) = %d\n", guest_add(guest, 34, 76));
    printf("next(9007199254740993) = %" PRId64 "\n", guest_next(guest, 9007199254740993));
    printf("mean(1.5, 4) = %g\n", guest_mean(guest, 1.5f, 4));
    guest_divmod(guest, 17, 5, &both);
    printf("divmod(17, 5) = %d, %d\n", both.r0, both.r1);
}

static void show_strings(w2s_instance *guest)
{
    static const char name[] = "world";
    w2s_memory *memory = w2s_instance_memory(guest, "memory");
    int32_t buffer = guest_buffer(guest);
    if (!w2s_memory_write(memory, (uint32_t)buffer, name, strlen(name)))
        die("the buffer is not in the memory");
    struct guest_greet_result text;
    guest_greet(guest, buffer, (int32_t)strlen(name), &text);
    uint64_t end = (uint64_t)(uint32_t)text.r0 + (uint32_t)text.r1;
    if (end > w2s_memory_size(memory)) /* what a guest says is checked */
        die("the greeting is not in the memory");
    printf("greet: %.*s\n", text.r1, (const char *)w2s_memory_base(memory) + (uint32_t)text.r0);
}

/* The trap as an object has the host's message, and the frames of the guest. */
static void show_host_error(w2s_instance *guest)
{
    w2s_value args[2] = {{.i64 = -1}, {.i32 = 3}}, result;
    printf("total(7, 3) = %g\n", guest_total(guest, 7, 3));
    w2s_trap *trap = w2s_call(w2s_instance_func(guest, "total"), args, &result);
    if (!trap || w2s_trap_kind(trap) != W2S_TRAP_HOST)
        die("a price for everything");
    printf("error: %s\n", w2s_trap_message(trap));
    w2s_trap_free(trap);
}

/* After a typed call: which trap was it? */
static void show_trap(void)
{
    printf("trap: %s\n", w2s_trap_kind_message(w2s_last_trap()));
}

static void show_traps(w2s_instance *guest)
{
    struct guest_divmod_result both;
    guest_divmod(guest, 1, 0, &both);
    show_trap();
    guest_peek(guest, -4);
    show_trap();
    guest_depth(guest, INT32_MAX);
    show_trap();
    guest_fail(guest);
    show_trap();
}

static void show_deadline(w2s_instance *guest)
{
    w2s_error err;
    w2s_store *store = w2s_instance_store(guest);
    if (!w2s_store_set_deadline(store, 10 * 1000 * 1000, &err)) /* 10 ms */
        die(err.message);
    guest_spin(guest);
    show_trap();
    w2s_store_set_deadline(store, 0, NULL);
    w2s_store_resume(store);
    printf("add(1, 2) = %d\n", guest_add(guest, 1, 2));
}

/* ---- an instance a request ---- */

static w2s_instance *take(w2s_pool *pool)
{
    w2s_error err;
    w2s_instance *guest = w2s_pool_take(pool, NULL, &err);
    if (!guest)
        die(err.message);
    return guest;
}

static void *thread_main(void *pool)
{
    w2s_instance *guest = take(pool);
    int32_t sum = guest_add(guest, 34, 76);
    w2s_pool_give(pool, guest);
    return (void *)(intptr_t)sum;
}

static void show_pool(w2s_module *module)
{
    const w2s_pool_config config = {
        .size = sizeof config, .max_instances = 10, .define = define_imports};
    w2s_error err;
    w2s_pool *pool = w2s_pool_new(module, &config, &err);
    if (!pool)
        die(err.message);
    printf("requests:");
    for (int i = 0; i < 3; i++) {
        w2s_instance *guest = take(pool);
        printf(" %d", guest_count(guest));
        w2s_pool_give(pool, guest);
    }
    printf("\nthreads:");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, thread_main, pool) != 0)
            die("no thread");
    for (int i = 0; i < 4; i++) {
        void *sum;
        pthread_join(threads[i], &sum);
        printf(" %d", (int)(intptr_t)sum);
    }
    printf("\n");
    w2s_pool_free(pool);
}

/* ---- how fast ---- */

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void bench(w2s_instance *guest)
{
    enum { CALLS = 50000000 };
    int32_t sum = 0;
    double start = now();
    for (int i = 0; i < CALLS; i++)
        sum = guest_add(guest, sum, 1);
    if (sum != CALLS)
        die("miscounted");
    printf("c: %.1f million calls a second\n", CALLS / (now() - start) / 1e6);
}

int main(int argc, char **argv)
{
    w2s_error err;
    if (argc < 2)
        die("usage: host LIBGUEST.SO [--bench]");
    w2s_module *module = w2s_module_load(argv[1], &err);
    if (!module)
        die(err.message);
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = store ? w2s_linker_new(store) : NULL;
    if (!linker || !define_imports(NULL, linker, &err))
        die("out of memory");
    w2s_instance *guest = w2s_instance_new(store, module, linker, NULL, &err);
    if (!guest)
        die(err.message);
    if (argc > 2 && strcmp(argv[2], "--bench") == 0) {
        bench(guest);
    } else {
        show_values(guest);
        show_strings(guest);
        show_host_error(guest);
        show_traps(guest);
        show_deadline(guest);
        printf("without an instance: %d\n", calc_add(NULL, 34, 76)); /* calc imports nothing */
        show_pool(module);
    }
    w2s_store_free(store);
    w2s_module_free(module);
    return 0;
}
