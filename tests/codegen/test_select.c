/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Minima that go from one iteration to the next stay conditional moves: a row of edit distances.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

static const char row[] =
    "(module (memory 1) (func (export \"row\") (param $x i32) (param $corner i32)"
    "(local $p i32) (local $left i32) (local $above i32) (loop $next"
    "(local.set $above (i32.load (local.get $p)))"
    "(local.set $corner (i32.add (local.get $corner) (i32.ne (local.get $x)"
    " (i32.load8_u offset=8192 (local.get $p)))))"
    "(local.set $left (i32.add (i32.const 1) (select (local.get $above) (local.get $left)"
    " (i32.lt_s (local.get $above) (local.get $left)))))"
    "(local.set $left (select (local.get $left) (local.get $corner)"
    " (i32.lt_s (local.get $left) (local.get $corner))))"
    "(i32.store (local.get $p) (local.get $left)) (local.set $corner (local.get $above))"
    "(br_if $next (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 4)))"
    " (i32.const 6000))))))";

/* With branches, 2 of 8 are left. */
static void minima_are_moves(void **state)
{
    (void)state;
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.emit = W2S_EMIT_ASM;
    options.target = "x86_64-linux-gnu";
    options.cpu = "x86-64-v3";
    char path[SUPPORT_PATH];
    support_compile(row, &options, path);
    const char *code = (const char *)support_read(path, &arena).p;
    assert_true(support_count(code, "cmov") >= 4);
    arena_free(&arena);
}

/* lld sets LLVM's options back to their defaults. */
static void links_change_nothing(void **state)
{
    char path[SUPPORT_PATH];
    support_compile(row, NULL, path);
    minima_are_moves(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minima_are_moves),
        cmocka_unit_test(links_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
