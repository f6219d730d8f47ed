/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Out of memory, everywhere: the linker puts the functions below between the runtime and the C
 * library, and the n-th request for memory fails, or all from the n-th on, for every n there is.
 * Loading, instances, pools, calls and traps then end with an error, and nothing is left behind.
 */
#include "tests/runtime/host.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

static long requests, failing; /* the request that fails; 0: none does */
static bool for_good;          /* and all after it */
static long live;              /* blocks that were handed out and are not free yet */

static bool fails(void)
{
    requests++;
    return failing && (requests == failing || (for_good && requests > failing));
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

/* The linker's --wrap gives these names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strndup(const char *text, size_t size);
void __real_free(void *block);
void *__real_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
int __real_mprotect(void *at, size_t size, int protection);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strndup(const char *text, size_t size);
void __wrap_free(void *block);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
int __wrap_mprotect(void *at, size_t size, int protection);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    void *moved = __real_realloc(block, size);
    live += moved && !block;
    return moved;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : counted(__real_strndup(text, size));
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
    return fails() ? MAP_FAILED : __real_mmap(at, size, protection, flags, file, offset);
}

int __wrap_mprotect(void *at, size_t size, int protection)
{
    return fails() ? -1 : __real_mprotect(at, size, protection);
}

/* ---- what is done; each step says whether it got what it wanted, or why not ---- */

static enum w2s_trap_kind call(w2s_instance *instance, const char *name, int32_t a, int32_t b)
{
    w2s_value args[2] = {{.i32 = a}, {.i32 = b}}, results[1] = {{.i32 = 0}};
    w2s_trap *trap = w2s_call(w2s_instance_func(instance, name), args, results);
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    if (trap)
        assert_non_null(w2s_trap_message(trap));
    w2s_trap_free(trap);
    return kind;
}

/* Calls need no memory but for what they ask for; traps are traps, if only of being out of it. */
static void use(w2s_instance *instance)
{
    assert_int_equal(call(instance, "load", 41, 0), W2S_TRAP_NONE);
    assert_int_equal(call(instance, "store", 41, 0), W2S_TRAP_NONE);
    assert_int_equal(call(instance, "grow", 1, 0), W2S_TRAP_NONE);
    enum w2s_trap_kind kind = call(instance, "unreachable", 0, 0);
    assert_true(kind == W2S_TRAP_UNREACHABLE || kind == W2S_TRAP_OUT_OF_MEMORY);
}

static void use_store(w2s_module *module)
{
    w2s_error err = {0};
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = store ? w2s_linker_new(store) : NULL;
    if (linker && host_define(linker, host_zero, NULL)) {
        w2s_trap *trap = NULL;
        w2s_instance *instance = w2s_instance_new(store, module, linker, &trap, &err);
        w2s_trap_free(trap);
        if (instance)
            use(instance);
        else
            assert_true(err.kind != W2S_ERROR_NONE && err.message[0]);
    }
    w2s_store_free(store);
}

static void use_pool(w2s_module *module)
{
    w2s_error err = {0};
    w2s_pool_config config = {.size = sizeof config, .define = host_define_zero};
    w2s_pool *pool = w2s_pool_new(module, &config, &err);
    for (int i = 0; pool && i < 3; i++) {
        err = (w2s_error){0};
        w2s_trap *trap = NULL;
        w2s_instance *instance = w2s_pool_take(pool, &trap, &err);
        w2s_trap_free(trap);
        if (!instance) {
            assert_true(err.kind != W2S_ERROR_NONE && err.message[0]);
            continue;
        }
        use(instance);
        assert_true(w2s_pool_give(pool, instance));
    }
    if (!pool)
        assert_true(err.kind != W2S_ERROR_NONE && err.message[0]);
    w2s_pool_free(pool);
}

static void use_all(const char *file)
{
    w2s_error err = {0};
    w2s_module *module = w2s_module_load(file, &err);
    if (module) {
        use_store(module);
        use_pool(module);
    } else {
        assert_true(err.kind != W2S_ERROR_NONE && err.message[0]);
    }
    w2s_module_free(module);
}

/* How many requests there are. What is left of the first time is the process's, not the module's.
 */
static long measure(const char *file)
{
    w2s_error err = {0};
    w2s_module *module = w2s_module_load(file, &err);
    if (!module)
        fail_msg("%s", err.message);
    w2s_module_free(module);
    failing = 0;
    use_all(file);
    requests = 0;
    use_all(file);
    return requests;
}

static void check_all(const char *file)
{
    long count = measure(file), before = live;
    assert_true(count > 20);
    for (int good = 0; good < 2; good++) {
        for (long n = 1; n <= count; n++) {
            for_good = good != 0;
            requests = 0;
            failing = n;
            use_all(file);
            if (live != before)
                fail_msg("request %ld of %ld failed%s: %ld blocks are left", n, count,
                         for_good ? " as all after it" : "", live - before);
        }
    }
    failing = 0;
    use_all(file); /* and the process goes on */
    assert_int_equal(live, before);
}

static void test_guard(void **state)
{
    (void)state;
    check_all(GUEST);
}

static void test_checked(void **state)
{
    (void)state;
    check_all(CHECKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
