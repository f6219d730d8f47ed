/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Fuel: what functions cost, counted by hand and the same at every level and in both memory modes,
 * after traps too; what happens when it is gone; bulk operations; refusals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

enum { PLENTY = 1000000000 };

static const char text[] =
    "(module"
    " (type $t (func)) (table $t 10 funcref) (elem (i32.const 0) $tail)"
    " (memory 16) (tag $e) (global $g (mut i32) (i32.const 0))"
    " (func (export \"nothing\") (param i32))"
    " (func (export \"three\") (param i32) (drop (i32.add (local.get 0) (i32.const 1))) (nop))"
    /* 2 to begin with, a round 6, the last too */
    " (func (export \"loop\") (param i32) (local i32) (local.set 1 (i32.const 0))"
    "   (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1)))"
    "     (br_if 0 (local.get 0))))"
    /* get, if: 2; then 2 (const, set), else 4 */
    " (func (export \"if\") (param i32) (if (local.get 0)"
    "   (then (global.set $g (i32.const 1)))"
    "   (else (global.set $g (i32.const 1)) (global.set $g (i32.const 2)))))"
    /* get, if: 2; get, const, sub, call: 4 */
    " (func $recurse (export \"recurse\") (param i32) (if (local.get 0)"
    "   (then (call $recurse (i32.sub (local.get 0) (i32.const 1))))))"
    " (func $tail (export \"tail\") (return_call_indirect (type $t) (i32.const 0)))"
    /* 4 before the load is tried, and drop */
    " (func (export \"load\") (param i32) (drop (i32.load (local.get 0))) (nop)"
    "   (global.set $g (i32.const 1)))"
    /* const, get, load, const, store, get, load, drop */
    " (func (export \"traps\") (param i32) (loop"
    "   (i32.store (i32.const 0) (i32.const 7)) (drop (i32.load (local.get 0)))"
    "   (local.set 0 (i32.add (local.get 0) (i32.const 65536))) (br 0)))"
    " (func (export \"fill\") (param i32)"
    "   (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))"
    " (func (export \"table\") (param i32)"
    "   (drop (table.grow $t (ref.null func) (local.get 0))))"
    " (func (export \"throw\") (param i32)"
    "   (block (try_table (catch $e 0) (throw $e))) (drop (i32.const 1)))"
    " (func (export \"switch\") (param i32)"
    "   (block (block (br_table 0 1 (local.get 0))) (drop (i32.const 1))) (drop (i32.const 1))))";

static w2s_instance *make(w2s_store *store, int level, enum w2s_memory_option memory, bool fuel)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    options.memory = memory;
    options.fuel = fuel;
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w2s_module *module = world_load(text, &options);
    w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
    w2s_module_free(module);
    assert_string_equal(err.message, "");
    return instance;
}

static enum w2s_trap_kind call(w2s_instance *instance, const char *name, int32_t arg)
{
    w2s_func *func = w2s_instance_func(instance, name);
    assert_non_null(func);
    w2s_value value = {.i32 = arg};
    w2s_trap *trap = w2s_call(func, &value, NULL);
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    w2s_trap_free(trap);
    return kind;
}

/* What calls cost. kind: of the trap that ends them whatever fuel there is. */
static const struct {
    const char *name;
    int32_t arg;
    int64_t cost;
    enum w2s_trap_kind kind;
} costs[] = {
    {"nothing", 0, 0, W2S_TRAP_NONE},
    {"three", 0, 4, W2S_TRAP_NONE},
    {"loop", 1, 2 + 6, W2S_TRAP_NONE},
    {"loop", 1000, 2 + 6000, W2S_TRAP_NONE},
    {"if", 1, 4, W2S_TRAP_NONE},
    {"if", 0, 6, W2S_TRAP_NONE},
    {"recurse", 0, 2, W2S_TRAP_NONE},
    {"recurse", 100, 2 + 600, W2S_TRAP_NONE},
    {"load", 0, 5, W2S_TRAP_NONE},
    {"load", -1, 5, W2S_TRAP_MEMORY_OOB},
    {"traps", 0, 17 * 11, W2S_TRAP_MEMORY_OOB},
    {"fill", 0, 4, W2S_TRAP_NONE},
    {"fill", 640, 4 + 10, W2S_TRAP_NONE},
    {"fill", -1, 4, W2S_TRAP_MEMORY_OOB},
    {"table", 16, 4 + 2, W2S_TRAP_NONE},
    {"throw", 0, 1 + 2, W2S_TRAP_NONE},
    {"switch", 0, 2 + 4, W2S_TRAP_NONE},
    {"switch", 1, 2 + 2, W2S_TRAP_NONE},
};

static void test_costs(void **state)
{
    (void)state;
    for (int way = 0; way < 8; way++) {
        w2s_store *store = w2s_store_new(NULL);
        w2s_instance *instance =
            make(store, way % 4, way / 4 ? W2S_MEMORY_CHECKED : W2S_MEMORY_GUARD, true);
        for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
            assert_true(w2s_store_set_fuel(store, PLENTY, NULL));
            assert_int_equal(call(instance, costs[i].name, costs[i].arg), costs[i].kind);
            int64_t used = PLENTY - w2s_store_fuel(store);
            if (used != costs[i].cost)
                fail_msg("way %d: %s %d cost %d, not %d", way, costs[i].name, costs[i].arg,
                         (int)used, (int)costs[i].cost);
        }
        w2s_store_free(store);
    }
}

static void test_exhaustion(void **state)
{
    (void)state;
    for (int level = 0; level <= 3; level++) {
        w2s_store *store = w2s_store_new(NULL);
        w2s_instance *instance = make(store, level, W2S_MEMORY_AUTO, true);
        assert_true(w2s_store_set_fuel(store, 2 + 6000, NULL));
        assert_int_equal(call(instance, "loop", 1000), W2S_TRAP_NONE);
        assert_int_equal(w2s_store_fuel(store), 0);
        assert_int_equal(call(instance, "nothing", 0), W2S_TRAP_NONE);
        assert_int_equal(call(instance, "three", 0), W2S_TRAP_OUT_OF_FUEL);
        assert_true(w2s_store_set_fuel(store, 2 + 5999, NULL));
        assert_int_equal(call(instance, "loop", 1000), W2S_TRAP_OUT_OF_FUEL);
        assert_int_equal(w2s_store_fuel(store), 0);
        assert_true(w2s_store_set_fuel(store, 1000000, NULL));
        assert_int_equal(call(instance, "loop", 0), W2S_TRAP_OUT_OF_FUEL);
        assert_true(w2s_store_set_fuel(store, 1000000, NULL));
        assert_int_equal(call(instance, "tail", 0), W2S_TRAP_OUT_OF_FUEL);
        /* A bulk operation that cannot be paid does not begin. */
        assert_true(w2s_store_set_fuel(store, 100, NULL));
        assert_int_equal(call(instance, "fill", 65536), W2S_TRAP_OUT_OF_FUEL);
        assert_int_equal(w2s_store_fuel(store), 96);
        assert_true(w2s_store_set_fuel(store, W2S_FUEL_UNLIMITED, NULL));
        assert_int_equal(call(instance, "loop", 1000), W2S_TRAP_NONE);
        assert_int_equal(W2S_FUEL_UNLIMITED - w2s_store_fuel(store), 6002);
        w2s_store_free(store);
    }
}

static void test_refused(void **state)
{
    (void)state;
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w2s_store *store = w2s_store_new(NULL);
    w2s_instance *instance = make(store, 1, W2S_MEMORY_AUTO, false);
    assert_false(w2s_store_set_fuel(store, 5, &err));
    assert_non_null(strstr(err.message, "--fuel"));
    assert_true(w2s_store_set_fuel(store, W2S_FUEL_UNLIMITED, &err));
    assert_false(w2s_store_set_fuel(store, -1, &err));
    w2s_module *plain = w2s_instance_module(instance);
    w2s_store *other = w2s_store_new(NULL);
    assert_true(w2s_store_set_fuel(other, 5, &err));
    assert_null(w2s_instance_new(other, plain, NULL, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LINK);
    assert_non_null(strstr(err.message, "--fuel"));
    w2s_store_free(other);
    w2s_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_exhaustion),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
