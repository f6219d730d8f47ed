/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions that are made to keep a compiler busy: many branches, many locals, many uses of one
 * value. Eight times as much of them takes about eight times as long, where something quadratic
 * would take up to sixty-four times; what is measured is the processor's time, so that other
 * programs do not matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* Writes the function's locals and body, of that size. */
typedef void shape(FILE *out, unsigned n);

static double seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

static double time_of(shape *write, unsigned n, int level)
{
    char *text, path[SUPPORT_PATH];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("(module (memory i64 1) (global $g (mut i64) (i64.const 0))"
          " (func (export \"f\") (param $a i64) (param $b i64)",
          out);
    write(out, n);
    fputs("))", out);
    fclose(out);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    options.jobs = 1;
    double start = seconds();
    support_compile(text, &options, path);
    double end = seconds();
    unlink(path);
    free(text);
    return end - start;
}

static void is_linear(shape *write, unsigned n, int level)
{
    double small = time_of(write, n, level), large = time_of(write, 8 * n, level);
    if (large > 24 * small)
        fail_msg("%u: %.2f s, %u: %.2f s", n, small, 8 * n, large);
}

/* No row of instructions may be so long that the function is a giant (ladder.c). */
static void end_row(FILE *out, unsigned i)
{
    if (i % 500 == 0)
        fprintf(out, "(if (i64.eqz (local.get $b)) (then (global.set $g (i64.const %u))))", i);
}

static void write_branches(FILE *out, unsigned n)
{
    fputs("(local $r i64)", out);
    for (unsigned i = 0; i < n; i++)
        fprintf(out,
                "(if (i64.eq (local.get $a) (i64.const %u))"
                " (then (local.set $r (i64.add (local.get $r) (local.get $b)))))",
                i);
}

static void write_nested_branches(FILE *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        fprintf(out,
                "(if (i64.eq (local.get $a) (i64.const %u)) (then (global.set $g "
                "(local.get $b))) (else ",
                i);
    for (unsigned i = 0; i < n; i++)
        fputs("))", out);
}

/* All are assigned before the branches, and read behind them. */
static void write_locals(FILE *out, unsigned n)
{
    fputs("(local", out);
    for (unsigned i = 0; i < n; i++)
        fputs(" i64", out);
    fputs(")", out);
    for (unsigned i = 0; i < n; i++)
        fprintf(out, "(local.set %u (i64.mul (local.get $a) (i64.const %u)))", 2 + i, i);
    for (unsigned i = 0; i < n; i++)
        end_row(out, 0);
    for (unsigned i = 0; i < n; i++)
        fprintf(out, "(global.set $g (i64.xor (global.get $g) (local.get %u)))", 2 + i);
}

static void write_arms(FILE *out, unsigned n)
{
    fputs("(local", out);
    for (unsigned i = 0; i < n; i++)
        fputs(" i64", out);
    fputs(")", out);
    for (unsigned i = 0; i < n; i++)
        fprintf(out,
                "(if (i64.eq (local.get $a) (i64.const %u))"
                " (then (local.set %u (i64.add (local.get %u) (local.get $b)))))",
                i, 2 + i, 2 + i * 7 % n);
}

#define LOW(x)  "(i64.and (local.get " x ") (i64.const 0xffffffff))"
#define HIGH(x) "(i64.shr_u (local.get " x ") (i64.const 32))"

/* Both halves of the carry of a product (product.c), over and over. */
static void write_carries(FILE *out, unsigned n)
{
    fputs("(local $l i64) (local $p i64) (local $q i64) (local $u i64)"
          "(local.set $l (i64.mul " LOW("$a")
              LOW("$b") "))"
                        "(local.set $p (i64.mul " HIGH("$a")
                            LOW("$b") "))"
                                      "(local.set $q (i64.mul " LOW("$a")
                                          HIGH("$b") "))"
                                                     "(local.set $u (i64.add (i64.add " HIGH("$l")
                                                         LOW("$p") ") (local.get $q)))",
          out);
    for (unsigned i = 0; i < n; i++) {
        fputs("(global.set $g (i64.xor " HIGH("$u") " (i64.shl (local.get $u) (i64.const 32))))",
              out);
        end_row(out, i);
    }
}

/* Each has a branch put around it, behind the passes (saturate.c). */
static void write_saturations(FILE *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fputs("(global.set $g (i64.trunc_sat_f64_s (f64.convert_i64_s (i64.add (global.get $g)"
              " (local.get $a)))))",
              out);
        end_row(out, i);
    }
}

/* Many targets of one table, and other blocks. */
static void write_targets(FILE *out, unsigned n)
{
    fputs("(block (block (br_table", out);
    for (unsigned i = 0; i < 6 * n; i++)
        fprintf(out, " %u", i % 2);
    fputs("(i32.wrap_i64 (local.get $a)))))", out);
    for (unsigned i = 0; i < n; i++)
        fputs("(if (i64.eqz (local.get $b)) (then (nop)))", out);
}

static void locals_are_found(void **state)
{
    (void)state;
    is_linear(write_branches, 1500, 0);
    is_linear(write_nested_branches, 1500, 0);
    is_linear(write_locals, 1000, 0);
    is_linear(write_arms, 1000, 0);
}

static void uses_are_counted(void **state)
{
    (void)state;
    is_linear(write_carries, 1500, 2);
}

static void blocks_are_split_once(void **state)
{
    (void)state;
    is_linear(write_saturations, 500, 2);
}

/* A call in it takes time in proportion to the block (function.c). */
static void blocks_are_divided(void **state)
{
    (void)state;
    char *text;
    size_t size;
    struct arena arena = {0};
    FILE *out = open_memstream(&text, &size);
    fputs("(module (func $f (export \"f\") (param i32)", out);
    for (unsigned i = 0; i < 10000; i++)
        fputs("(call $f (local.get 0))", out);
    fputs("))", out);
    fclose(out);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    assert_in_range(support_count(support_ir(text, &options, &arena), "br label"), 20, 30);
    free(text);
    arena_free(&arena);
}

static void tables_are_freed(void **state)
{
    (void)state;
    is_linear(write_targets, 6000, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locals_are_found),      cmocka_unit_test(uses_are_counted),
        cmocka_unit_test(blocks_are_split_once), cmocka_unit_test(blocks_are_divided),
        cmocka_unit_test(tables_are_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
