/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * waPC guests that misbehave (wapc/guest.wat), one way for each length of the operation's name: a
 * trap or an error, never more; and what holds between calls, guests and requests of a pool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/include/wasm2so_wapc.h"

struct world {
    w2s_module *module;
    w2s_store *store;
    w2s_wapc *guest;
    char log[16];
    bool refuse, reenter;
};

static void on_log(void *env, w2s_wapc *guest, w2s_wapc_bytes text)
{
    struct world *world = env;
    (void)guest;
    assert_true(strlen(world->log) + text.size < sizeof world->log);
    strncat(world->log, (const char *)text.data, text.size);
}

/* Answers the payload twice over. */
static bool on_host_call(void *env, w2s_wapc *guest, const w2s_wapc_host_call *call)
{
    struct world *world = env;
    assert_memory_equal(call->binding.data, "s", call->binding.size);
    assert_memory_equal(call->name_space.data, "i", call->name_space.size);
    assert_memory_equal(call->operation.data, "w", call->operation.size);
    if (world->reenter) {
        w2s_wapc_answer answer;
        w2s_trap *trap = w2s_wapc_call(guest, "", NULL, 0, &answer);
        assert_non_null(trap);
        assert_non_null(strstr(w2s_trap_message(trap), "in progress"));
        w2s_trap_free(trap);
    }
    char twice[100];
    size_t n = call->payload.size < 50 ? call->payload.size : 50;
    memcpy(twice, call->payload.data, n);
    memcpy(twice + n, call->payload.data, n);
    assert_true(w2s_wapc_reply(guest, "a first reply", 13));
    assert_true(w2s_wapc_reply(guest,
                               world->refuse ? "no"
                               : n           ? twice
                                             : "x",
                               world->refuse ? 2
                               : n           ? 2 * n
                                             : 1));
    return !world->refuse;
}

static w2s_module *load(const char *name)
{
    char path[500];
    w2s_error err = {0};
    snprintf(path, sizeof path, "%s/%s.so", WAPC_GUESTS, name);
    w2s_module *module = w2s_module_load(path, &err);
    if (!module)
        fail_msg("%s", err.message);
    return module;
}

static bool define(void *env, w2s_linker *linker, w2s_error *err)
{
    w2s_wapc_config config = {
        .size = sizeof config, .host_call = on_host_call, .console_log = on_log, .env = env};
    return w2s_linker_define_wapc(linker, &config, err);
}

static w2s_instance *instantiate(struct world *world)
{
    w2s_error err = {0};
    world->store = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_new(world->store);
    assert_true(define(world, linker, &err));
    w2s_instance *instance = w2s_instance_new(world->store, world->module, linker, NULL, &err);
    if (!instance)
        fail_msg("%s", err.message);
    return instance;
}

static int open_world(void **state)
{
    static struct world world;
    w2s_error err = {0};
    world = (struct world){.module = load("guest")};
    world.guest = w2s_wapc_start(instantiate(&world), NULL, &err);
    if (!world.guest)
        fail_msg("%s", err.message);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    w2s_store_free(world->store);
    w2s_module_free(world->module);
    return 0;
}

/* An operation whose name has that length. */
static w2s_trap *call(w2s_wapc *guest, size_t how, const char *payload, w2s_wapc_answer *answer)
{
    static const char name[] = "0123456789abcdefghij";
    return w2s_wapc_call(guest, &name[20 - how], payload, strlen(payload), answer);
}

static void expect(w2s_wapc *guest, size_t how, const char *payload, bool ok, const char *text)
{
    w2s_wapc_answer answer;
    w2s_trap *trap = call(guest, how, payload, &answer);
    if (trap)
        fail_msg("%zu: %s", how, w2s_trap_message(trap));
    assert_int_equal(answer.ok, ok);
    assert_int_equal(answer.bytes.size, strlen(text));
    assert_memory_equal(answer.bytes.data, text, answer.bytes.size);
}

static void expect_trap(w2s_wapc *guest, size_t how, enum w2s_trap_kind kind, const char *message)
{
    w2s_wapc_answer answer;
    w2s_trap *trap = call(guest, how, "0123456", &answer);
    if (!trap)
        fail_msg("%zu: no trap", how);
    assert_int_equal(w2s_trap_kind(trap), kind);
    if (message)
        assert_string_equal(w2s_trap_message(trap), message);
    w2s_trap_free(trap);
}

static void test_start_order(void **state)
{
    struct world *world = *state;
    assert_string_equal(world->log, "siw");
}

static void test_bad_pointers(void **state)
{
    w2s_wapc *guest = ((struct world *)*state)->guest;
    static const size_t ways[] = {1, 2, 3, 4, 5, 6, 11};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        expect_trap(guest, ways[i], W2S_TRAP_MEMORY_OOB, NULL);
    expect(guest, 15, "ab", true, "abab"); /* it can still be called */
}

static void test_answers(void **state)
{
    w2s_wapc *guest = ((struct world *)*state)->guest;
    expect(guest, 15, "ab", true, "abab");
    expect(guest, 0, "", true, ""); /* not the answer before */
    expect(guest, 9, "", true, "");
    expect(guest, 7, "", false, "defghij: __guest_call returned 7, without a message");
    expect(guest, 8, "", false, "cdefghij: __guest_call returned 0, without a message");
}

/* The payload comes to lie over the end of the operation's name. */
static void test_grown_memory(void **state)
{
    struct world *world = *state;
    world->log[0] = '\0';
    expect(world->guest, 14, "payload", true, "6789abpayloadj");
    assert_string_equal(world->log, "s");
}

static void test_traps(void **state)
{
    w2s_wapc *guest = ((struct world *)*state)->guest;
    expect_trap(guest, 10, W2S_TRAP_UNREACHABLE, "unreachable");
    expect_trap(guest, 12, W2S_TRAP_HOST, NULL);
    expect_trap(guest, 13, W2S_TRAP_EXIT, NULL);
    expect(guest, 0, "", true, "");
}

static void test_host_calls(void **state)
{
    struct world *world = *state;
    expect(world->guest, 15, "xyz", true, "xyzxyz");
    expect(world->guest, 15, "", true, "x");
    world->reenter = true;
    expect(world->guest, 15, "q", true, "qq");
    world->refuse = true;
    expect(world->guest, 15, "xyz", false, "no");
}

static void test_host_without_answers(void **state)
{
    (void)state;
    w2s_error err = {0};
    w2s_module *module = load("guest");
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_new(store);
    assert_true(w2s_linker_define_wapc(linker, NULL, &err));
    assert_false(w2s_linker_define_wapc(linker, NULL, &err)); /* one guest a store */
    w2s_instance *instance = w2s_instance_new(store, module, linker, NULL, &err);
    w2s_wapc *guest = w2s_wapc_start(instance, NULL, &err);
    assert_non_null(guest);
    assert_ptr_equal(w2s_wapc_instance(guest), instance);
    assert_null(w2s_wapc_start(instance, NULL, &err));
    expect(guest, 15, "xyz", false, "this host answers no calls");
    w2s_store_free(store);
    w2s_module_free(module);
}

static void refused(const char *name, enum w2s_error_kind kind, const char *message)
{
    struct world world = {.module = load(name)};
    w2s_error err = {0};
    w2s_trap *trap = NULL;
    assert_null(w2s_wapc_start(instantiate(&world), &trap, &err));
    assert_int_equal(err.kind, kind);
    if (!strstr(err.message, message))
        fail_msg("%s: %s", name, err.message);
    assert_int_equal(trap != NULL, kind == W2S_ERROR_TRAP);
    w2s_trap_free(trap);
    w2s_store_free(world.store);
    w2s_module_free(world.module);
}

static void test_no_guests(void **state)
{
    (void)state;
    refused("other", W2S_ERROR_LINK, "__guest_call of type (i32, i32) -> (i32)");
    refused("bare", W2S_ERROR_LINK, "no memory");
    refused("trap", W2S_ERROR_TRAP, "unreachable");
    w2s_error err = {0};
    w2s_module *module = load("other");
    w2s_store *store = w2s_store_new(NULL);
    assert_null(w2s_wapc_start(w2s_instance_new(store, module, NULL, NULL, &err), NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    w2s_store_free(store);
    w2s_module_free(module);
}

/* Takes an instance and counts the calls it has had: always the first. */
static void request(w2s_pool *pool, size_t how)
{
    w2s_error err = {0};
    w2s_wapc_answer answer;
    w2s_instance *instance = w2s_pool_take(pool, NULL, &err);
    w2s_wapc *guest = instance ? w2s_wapc_start(instance, NULL, &err) : NULL;
    if (!guest)
        fail_msg("%s", err.message);
    assert_null(call(guest, 16, "", &answer));
    assert_int_equal(answer.bytes.data[0], 1);
    w2s_trap_free(call(guest, how, "some payload", &answer));
    assert_true(w2s_pool_give(pool, instance));
}

static void test_pool(void **state)
{
    (void)state;
    struct world world = {.module = load("guest")};
    w2s_error err = {0};
    w2s_pool_config config = {
        .size = sizeof config, .max_instances = 1, .define = define, .env = &world};
    w2s_pool *pool = w2s_pool_new(world.module, &config, &err);
    assert_non_null(pool);
    for (size_t how = 0; how <= 17; how++) {
        world.log[0] = '\0';
        request(pool, how);
    }
    w2s_pool_free(pool);
    w2s_module_free(world.module);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_start_order),
        TEST(test_bad_pointers),
        TEST(test_answers),
        TEST(test_grown_memory),
        TEST(test_traps),
        TEST(test_host_calls),
        cmocka_unit_test(test_host_without_answers),
        cmocka_unit_test(test_no_guests),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
