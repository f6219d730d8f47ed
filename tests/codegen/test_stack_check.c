/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Where functions ask for the stack: not before they call something. What they do is in
 * tests/wast/recursion.wast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

static const char *const targets[] = {"x86_64-linux-gnu", "aarch64-linux-gnu"};

static const char *compiled(const char *target, const char *text, struct arena *arena)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = target;
    return support_ir(text, &options, arena);
}

static const char *assembly(const char *text, struct arena *arena)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.emit = W2S_EMIT_ASM;
    options.target = targets[0];
    char path[SUPPORT_PATH];
    support_compile(text, &options, path);
    return (const char *)support_read(path, arena).p;
}

/* The first result is there before the check, in a block of its own. */
static void the_end_of_a_recursion_does_not_ask(void **state)
{
    (void)state;
    static const char text[] = "(module (func $f (export \"f\") (param $n i32) (result i32)"
                               "(if (i32.eqz (local.get $n)) (then (return (i32.const 1))))"
                               "(i32.add (call $f (i32.sub (local.get $n) (i32.const 1)))"
                               " (call $f (i32.sub (local.get $n) (i32.const 2))))))";
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct arena arena = {0};
        const char *ir = compiled(targets[i], text, &arena);
        const char *body = strstr(ir, "@w2s.0.f(");
        const char *branch = strstr(body, "br i1"), *check = strstr(body, "@llvm.read_register");
        assert_non_null(branch);
        assert_non_null(check);
        assert_true(branch < check);
        assert_int_equal(support_count(body, "ret i32 1\n"), 1);
        arena_free(&arena);
    }
}

/* So registers are saved after it. */
static void nor_does_it_save_registers(void **state)
{
    (void)state;
    static const char text[] =
        "(module (func $f (export \"f\") (param $n i32) (param $x i32) (result i32)"
        "(if (i32.eqz (local.get $n)) (then (return (i32.const 1))))"
        "(i32.mul (i32.add (local.get $x)"
        " (call $f (i32.sub (local.get $n) (i32.const 1)) (local.get $n)))"
        " (call $f (i32.sub (local.get $n) (i32.const 2)) (local.get $x)))))";
    struct arena arena = {0};
    const char *code = strstr(assembly(text, &arena), "\nw2s.0.f:");
    assert_non_null(code);
    assert_true(strstr(code, "testl") < strstr(code, "pushq"));
    arena_free(&arena);
}

/* A call on each way, or in a loop: once, before all. */
static void whoever_calls_asks_once(void **state)
{
    (void)state;
    static const char text[] =
        "(module (import \"m\" \"g\" (func $g)) (import \"m\" \"h\" (func $h))"
        "(func $f (export \"f\") (param $n i32) (loop $next"
        " (if (i32.and (local.get $n) (i32.const 1)) (then (call $g)) (else (call $h)))"
        " (br_if $next (local.tee $n (i32.shr_u (local.get $n) (i32.const 1)))))))";
    struct arena arena = {0};
    const char *ir = compiled(targets[0], text, &arena);
    const char *body = strstr(ir, "@w2s.2.f(");
    assert_int_equal(support_count(body, "call i64 @llvm.read_register"), 1);
    assert_true(strstr(body, "@llvm.read_register") < strstr(body, "phi"));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_recursion_does_not_ask),
        cmocka_unit_test(nor_does_it_save_registers),
        cmocka_unit_test(whoever_calls_asks_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
