/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * How calls through a table that the compiler knows are made, seen in the LLVM IR, and what a trap
 * in one says. tests/wast/closed_calls.wast shows that all ways do the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/include/wasm2so.h"
#include "runtime/include/wasm2so_abi.h"
#include "tests/codegen/world.h"

/* The table has few functions of $few, more of $op at its end, some of $rare far apart. $few is
 * not small enough to be inlined. */
static const char module_text[] =
    "(module (type $few (func (param i32) (result i32))) (type $op (func (param i64) (result i64)))"
    " (type $rare (func (param f32) (result f32))) (table 1000 funcref)"
    " (elem (i32.const 1) $few) (elem (i32.const 800) $a $a $b $a $c $d)"
    " (elem (i32.const 5) $r) (elem (i32.const 300) $s) (elem (i32.const 600) $t)"
    " (elem (i32.const 999) $u)"
    " (func $few (type $few) (call_indirect (type $few) (local.get 0) (local.get 0)))"
    " (func $a (type $op) (local.get 0)) (func $b (type $op) (local.get 0))"
    " (func $c (type $op) (local.get 0)) (func $d (type $op) (local.get 0))"
    " (func $r (type $rare) (local.get 0)) (func $s (type $rare) (local.get 0))"
    " (func $t (type $rare) (local.get 0)) (func $u (type $rare) (local.get 0))"
    " (func (export \"few\") (param i32) (result i32)"
    "  (call_indirect (type $few) (local.get 0) (local.get 0)))"
    " (func (export \"op\") (param i32) (result i64)"
    "  (call_indirect (type $op) (i64.const 1) (local.get 0)))"
    " (func (export \"rare\") (param i32) (result f32)"
    "  (call_indirect (type $rare) (f32.const 1) (local.get 0))))";

/* The text between the braces of the function whose symbol ends so, in the arena. */
static char *body_of(const char *ir, const char *symbol, struct arena *arena)
{
    for (const char *at = strstr(ir, "\ndefine "); at; at = strstr(at + 1, "\ndefine ")) {
        const char *name = strchr(at, '@'), *end = strstr(at, "\n}");
        assert_non_null(name);
        assert_non_null(end);
        if (strncmp(name + 1, symbol, strlen(symbol)) == 0)
            return arena_string(arena, at, (size_t)(end - at));
    }
    fail_msg("no function %s", symbol);
    return NULL;
}

static void calls_have_their_shapes(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *ir = support_ir(module_text, NULL, &arena);
    const char *few = body_of(ir, "w2s.9(", &arena), *op = body_of(ir, "w2s.10(", &arena),
               *rare = body_of(ir, "w2s.11(", &arena);
    /* A comparison and a direct call. */
    assert_int_equal(support_count(few, "load i32"), 0);
    assert_int_equal(support_count(few, "call i32 @w2s.0.few("), 1);
    /* One load, whose result says whether there is a function. */
    assert_int_equal(support_count(op, "load i32"), 1);
    assert_int_equal(support_count(op, "@w2s.table.0.1"), 2);
    /* Code and type. */
    assert_int_equal(support_count(rare, "load i32"), 2);
    assert_non_null(strstr(ir, "@w2s.table.0.1 = hidden constant [6 x i32]"));
    assert_null(strstr(ir, "@w2s.table.0.0"));
    arena_free(&arena);
}

/* The call's frame on top, at the call. */
static void traps_are_located(void **state)
{
    (void)state;
    static const char *const exports[] = {"few", "op", "rare"};
    w2s_module *module = world_load(module_text, NULL);
    w2s_store *store = w2s_store_new(NULL);
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
    assert_non_null(instance);
    uint32_t before = 0;
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++) {
        w2s_value argument = {.i32 = 1000}, result;
        w2s_func *func = w2s_instance_func(instance, exports[i]);
        w2s_trap *trap = w2s_call(func, &argument, &result);
        assert_non_null(trap);
        assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_UNDEFINED_ELEMENT);
        assert_int_equal(w2s_trap_frame_count(trap), 1);
        assert_int_equal(w2s_trap_frame(trap, 0).func_index, 9 + i);
        assert_true(w2s_trap_offset(trap) > before);
        before = w2s_trap_offset(trap);
        w2s_trap_free(trap);
    }
    w2s_store_free(store);
    w2s_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_have_their_shapes),
        cmocka_unit_test(traps_are_located),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
