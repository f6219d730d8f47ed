/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which loops the compiler hands to the runtime, and which it must not:
 * tests/wast/memory_loops.wast shows that both do the same. Counted are the calls of its helpers in
 * the LLVM IR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How often the runtime is asked by a function (param $d $s $n i32) that is this loop. */
static unsigned calls(const char *body, int level)
{
    struct arena arena = {0};
    const char *text = arena_printf(&arena,
                                    "(module (memory 1) (func $no) (func (export \"f\")"
                                    " (param $d i32) (param $s i32) (param $n i32) (local $v i32)"
                                    " (loop %s (br_if 0 (local.tee $n"
                                    " (i32.sub (local.get $n) (i32.const 1)))))))",
                                    body);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    unsigned n = support_count(support_ir(text, &options, &arena), "call i64 @w2s_rt_loop_");
    arena_free(&arena);
    return n;
}

#define UP(name)     "(local.set " name " (i32.add (local.get " name ") (i32.const 1)))"
#define LOAD         "(i32.load8_u (local.get $s))"
#define STORE(value) "(i32.store8 (local.get $d) " value ")"

static void loops_are_found(void **state)
{
    (void)state;
    assert_int_equal(calls(STORE(LOAD) UP("$d") UP("$s"), 2), 1);
    assert_int_equal(calls(STORE("(i32.const 7)") UP("$d"), 2), 1);
    assert_int_equal(calls(STORE("(local.get $v)") UP("$d"), 1), 1);
    assert_int_equal(calls("(local.set $v " LOAD ")" STORE("(local.get $v)") UP("$d") UP("$s"), 2),
                     1);
}

static void others_are_not(void **state)
{
    (void)state;
    /* Something else happens. */
    assert_int_equal(calls("(call $no)" STORE(LOAD) UP("$d") UP("$s"), 2), 0);
    assert_int_equal(calls("(local.set $v (i32.add (local.get $v) " LOAD "))" UP("$s"), 2), 0);
    /* The value changes, the address does not, or only one of them. */
    assert_int_equal(calls(STORE("(local.get $n)") UP("$d"), 2), 0);
    assert_int_equal(calls(STORE("(i32.const 7)"), 2), 0);
    assert_int_equal(calls(STORE(LOAD) UP("$d"), 2), 0);
    /* One of two loads is stored; one store leaves a gap; two overlap. */
    assert_int_equal(calls("(local.set $v " LOAD ")" STORE(LOAD) UP("$d") UP("$s"), 2), 0);
    assert_int_equal(calls(STORE(LOAD) UP("$d") UP("$d") UP("$s") UP("$s"), 2), 0);
    assert_int_equal(calls(STORE("(i32.const 1)") STORE("(i32.const 1)") UP("$d") UP("$d"), 2), 0);
    /* Static offsets beyond what the runtime leaves out at the bottom. */
    assert_int_equal(calls("(i32.store8 offset=1025 (local.get $d) (i32.const 1))" UP("$d"), 2), 0);
}

static void nothing_is_sought_without_optimisation(void **state)
{
    (void)state;
    assert_int_equal(calls(STORE(LOAD) UP("$d") UP("$s"), 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_are_found),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(nothing_is_sought_without_optimisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
