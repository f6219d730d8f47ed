/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Giant functions are compiled without the passes that take quadratic time on them (ladder.c), and
 * ordinary ones are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

/* (func (export "f") (param i32 i32) (result i32)) that repeats a piece of code n times. */
static const char *repeated(struct arena *arena, const char *piece, unsigned n)
{
    static const char head[] = "(module (memory 1) (table 1 funcref)"
                               " (func $g (param i32) (result i32) local.get 0) (func (export "
                               "\"f\") (param i32 i32) (result i32)"
                               " local.get 0 ";
    size_t size = strlen(piece);
    char *text = arena_alloc(arena, sizeof head + n * size + 3), *at = text + sizeof head - 1;
    memcpy(text, head, sizeof head);
    for (unsigned i = 0; i < n; i++, at += size)
        memcpy(at, piece, size);
    memcpy(at, "))", 3);
    return text;
}

/* Whether the generated IR, at a level, has some text in it. */
static bool ir_has(int level, enum w2s_memory_option memory, const char *piece, unsigned n,
                   const char *text)
{
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    options.memory = memory;
    bool found = strstr(support_ir(repeated(&arena, piece, n), &options, &arena), text) != NULL;
    arena_free(&arena);
    return found;
}

static bool is_giant(const char *piece, unsigned n)
{
    return ir_has(-1, W2S_MEMORY_GUARD, piece, n, "optnone");
}

static bool is_giant_checked(const char *piece, unsigned n)
{
    return ir_has(-1, W2S_MEMORY_CHECKED, piece, n, "optnone");
}

#define DIVIDE "local.get 1 i32.div_s "
#define BRANCH "(if (local.get 1) (then (local.set 0 (i32.add (local.get 0) (i32.const 3))))) "
#define LOOP   "(loop (br_if 0 (local.tee 1 (i32.shr_u (local.get 1) (i32.const 1))))) "
#define LOAD   "(i32.load (local.get 0)) i32.add "
#define CALL   "(call_indirect (param i32) (result i32) (local.get 1)) "
#define DIRECT "call $g "
#define DROP   "(drop (i32.load (local.get 1))) "

static void counts_decide(void **state)
{
    (void)state;
    assert_false(is_giant(DIVIDE, 200));
    assert_true(is_giant(DIVIDE, 300));
    assert_true(is_giant(BRANCH, 4100));
    assert_true(is_giant(LOOP, 600));
    assert_true(is_giant(CALL, 1400));
    assert_false(is_giant(CALL, 1300));
    assert_true(is_giant(DIRECT, 6100));
    assert_false(is_giant(DIRECT, 1900));
    assert_true(is_giant(LOAD, 4000));
    assert_false(is_giant(LOAD, 1000));
    assert_false(is_giant(LOAD, 3100));
    assert_true(is_giant_checked(LOAD, 3100));
    assert_false(is_giant_checked(LOAD, 2900));
}

static bool is_beyond(const char *piece, unsigned n)
{
    return ir_has(-1, W2S_MEMORY_GUARD, piece, n, "wasm2so-beyond");
}

static void no_pass_sees_what_is_beyond(void **state)
{
    (void)state;
    assert_false(is_beyond(DIVIDE, 400));
    assert_true(is_beyond(DIVIDE, 600));
    assert_false(is_beyond(LOOP, 600));
    assert_true(is_beyond(LOOP, 1100));
    assert_true(is_beyond(BRANCH, 8100));
}

/* Where no optimiser comes, no load has a keeper, which FastISel does not know. */
static void plain_code_has_no_keepers(void **state)
{
    (void)state;
    assert_true(ir_has(1, W2S_MEMORY_GUARD, DROP, 1, "asm sideeffect \"\""));
    assert_false(ir_has(0, W2S_MEMORY_GUARD, DROP, 1, "asm sideeffect \"\""));
    assert_true(ir_has(0, W2S_MEMORY_GUARD, DROP, 1, "load volatile i32"));
    assert_false(ir_has(2, W2S_MEMORY_GUARD, DROP, 4000, "asm sideeffect \"\""));
    assert_true(ir_has(2, W2S_MEMORY_GUARD, DROP, 4000, "load volatile i32"));
}

/* Whether the part of the IR that defines a function has a giant in it. */
static bool is_with_giant(const char *ir, const char *function)
{
    const char *define = ir;
    do {
        define = strstr(define + 1, "\ndefine ");
        assert_non_null(define);
    } while (strncmp(strchr(define, '@'), function, strlen(function)) != 0);
    const char *end = strstr(define, "; ModuleID"), *linear = strstr(define, "wasm2so-linear");
    return linear && (!end || linear < end); /* attributes come last */
}

/* Each rank has parts of its own, so that no other function is compiled with less. */
static void neighbours_are_optimised(void **state)
{
    (void)state;
    for (unsigned n = 300; n <= 600; n += 300) {
        struct arena arena = {0};
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        const char *ir = support_ir(repeated(&arena, DIVIDE, n), &options, &arena);
        assert_true(is_with_giant(ir, "@w2s.1"));
        assert_false(is_with_giant(ir, "@w2s.0"));
        arena_free(&arena);
    }
}

/* What f(a, b) gives; a trap counts as -1. */
static int32_t call_at(int level, const char *text, int32_t a, int32_t b)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w2s_value args[2] = {{.i32 = a}, {.i32 = b}}, result = {.i32 = 0};
    options.level = level;
    w2s_module *module = world_load(text, &options);
    w2s_store *store = w2s_store_new(NULL);
    w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
    assert_non_null(instance);
    w2s_trap *trap = w2s_call(w2s_instance_func(instance, "f"), args, &result);
    int32_t value = trap ? -1 : result.i32;
    w2s_trap_free(trap);
    w2s_store_free(store);
    w2s_module_free(module);
    return value;
}

static int32_t call(const char *text, int32_t a, int32_t b)
{
    return call_at(-1, text, a, b);
}

static void giants_compute_the_same(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_int_equal(call(repeated(&arena, DIVIDE, 300), 77, 1), 77);
    assert_int_equal(call(repeated(&arena, DIVIDE, 300), 77, 0), -1);
    assert_int_equal(call(repeated(&arena, LOAD, 4000), 65532, 0), 65532);
    assert_int_equal(call(repeated(&arena, LOAD, 4000), 65533, 0), -1);
    assert_int_equal(call(repeated(&arena, LOOP, 600), 5, 1 << 20), 5);
    assert_int_equal(call(repeated(&arena, LOOP, 1100), 5, 1 << 20), 5);
    assert_int_equal(call(repeated(&arena, DIVIDE, 600), 77, 1), 77);
    assert_int_equal(call(repeated(&arena, DIVIDE, 600), 77, 0), -1);
    arena_free(&arena);
}

static void dropped_loads_trap(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (int level = 0; level <= 3; level++)
        for (unsigned n = 1; n <= 4000; n += 3999) {
            assert_int_equal(call_at(level, repeated(&arena, DROP, n), 7, 65532), 7);
            assert_int_equal(call_at(level, repeated(&arena, DROP, n), 7, 65533), -1);
        }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_decide),
        cmocka_unit_test(no_pass_sees_what_is_beyond),
        cmocka_unit_test(plain_code_has_no_keepers),
        cmocka_unit_test(neighbours_are_optimised),
        cmocka_unit_test(giants_compute_the_same),
        cmocka_unit_test(dropped_loads_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
