/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tail calls from every signature to every signature: 0 to 12 parameters, and more, of all types in
 * changing order, 0 to 6 results (in registers and in memory), direct, indirect and by reference in
 * turn. LLVM must accept each (it ends the process otherwise), on both targets, with and without
 * optimiser; and on this machine each callee must get the right arguments and return the right
 * results. The module is written by the functions below.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

enum { PARAMS = 14, RESULTS = 7, KINDS = 6 };

enum kind { I32, F64, I64, V128, F32, EXTERN };

/* clang-format off */
static const struct {
    const char *type;
    const char *constant[3]; /* two numbers go between */
    const char *to_i64;      /* of the value on the stack */
    const char *from_i64;
} kinds[KINDS] = {
    [I32] = {"i32", {"(i32.const ", "", ")"}, "i64.extend_i32_u", "i32.wrap_i64"},
    [F64] = {"f64", {"(f64.const ", ".", ")"}, "i64.reinterpret_f64", "f64.convert_i64_s"},
    [I64] = {"i64", {"(i64.const -", "", ")"}, "", ""},
    [V128] = {"v128", {"(v128.const i64x2 ", " ", ")"}, "call $sum", "i64x2.splat"},
    [F32] = {"f32", {"(f32.const ", ".", ")"}, "i32.reinterpret_f32 i64.extend_i32_u",
             "f32.convert_i64_s"},
    [EXTERN] = {"externref", {"(ref.null extern)(;", " ", ";)"}, "ref.is_null i64.extend_i32_u",
                "drop ref.null extern"},
};
/* clang-format on */

/* Parameters of signature number n: so many, and for the last one more than registers hold. */
static int arity(int n)
{
    return n < PARAMS - 1 ? n : 33;
}

/* Parameter number i of that signature. */
static enum kind param_kind(int params, int i)
{
    return (enum kind)((i * 5 + params) % KINDS);
}

static enum kind result_kind(int results, int i)
{
    return (enum kind)((i + results) % KINDS);
}

/* ---- the parts of the module ---- */

static void write_types(FILE *out, int results, int params)
{
    fprintf(out, "(type $t%d_%d (func", results, params);
    for (int i = 0; i < arity(params); i++)
        fprintf(out, " (param %s)", kinds[param_kind(params, i)].type);
    for (int i = 0; i < results; i++)
        fprintf(out, " (result %s)", kinds[result_kind(results, i)].type);
    fprintf(out, "))\n");
}

/* Makes the results out of all parameters. */
static void write_body(FILE *out, int results, int params)
{
    for (int i = 0; i < arity(params); i++)
        fprintf(out, " local.get $h i64.const 31 i64.mul local.get %d %s i64.add local.set $h", i,
                kinds[param_kind(params, i)].to_i64);
    for (int i = 0; i < results; i++)
        fprintf(out, " local.get $h i64.const %d i64.add %s", i,
                kinds[result_kind(results, i)].from_i64);
    fprintf(out, ")\n");
}

/* $plain: what is expected. $callee: the same, with a tail call that is never made. */
static void write_callees(FILE *out, int results, int params)
{
    fprintf(out, "(func $plain%d_%d (type $t%d_%d) (local $h i64)", results, params, results,
            params);
    write_body(out, results, params);
    fprintf(out, "(func $callee%d_%d (type $t%d_%d) (local $h i64) global.get $never (if (then",
            results, params, results, params);
    for (int i = 0; i < arity(params); i++)
        fprintf(out, " local.get %d", i);
    fprintf(out, " i32.const 0 return_call_indirect (type $t%d_%d)))", results, params);
    write_body(out, results, params);
}

static void write_constant(FILE *out, enum kind kind, int i)
{
    const char *const *text = kinds[kind].constant;
    fprintf(out, "%s%d%s%d%s", text[0], i + 1, text[1], i + 2, text[2]);
}

/* Which of the caller's parameters becomes parameter i of the callee; -1: a constant. */
static int source(int from, int to, int i)
{
    for (int n = 0; n < arity(from); n++) {
        int j = (i + 1 + n) % arity(from);
        if (param_kind(from, j) == param_kind(to, i))
            return j;
    }
    return -1;
}

static void write_caller(FILE *out, int results, int from, int to)
{
    fprintf(out, "(func $from%d_%d_%d (type $t%d_%d)", results, from, to, results, from);
    for (int i = 0; i < arity(to); i++) {
        int j = source(from, to, i);
        if (j >= 0)
            fprintf(out, " local.get %d", j);
        else
            write_constant(out, param_kind(to, i), i);
    }
    switch ((from + to) % 3) {
    case 0: fprintf(out, " return_call $callee%d_%d)\n", results, to); break;
    case 1:
        fprintf(out, " i32.const %d return_call_indirect $callees (type $t%d_%d))\n",
                results * PARAMS + to, results, to);
        break;
    default:
        fprintf(out, " ref.func $callee%d_%d return_call_ref $t%d_%d)\n", results, to, results, to);
    }
}

/* One number of the results on the stack. */
static void write_hash(FILE *out, int results)
{
    fprintf(out, "(func $hash%d", results);
    for (int i = 0; i < results; i++)
        fprintf(out, " (param %s)", kinds[result_kind(results, i)].type);
    fprintf(out, " (result i64) (local $h i64)");
    for (int i = 0; i < results; i++)
        fprintf(out, " local.get $h i64.const 31 i64.mul local.get %d %s i64.add local.set $h", i,
                kinds[result_kind(results, i)].to_i64);
    fprintf(out, " local.get $h)\n");
}

/* Counts in global $wrong the callees that a caller of that signature does not reach right. */
static void write_check(FILE *out, int results, int from)
{
    fprintf(out, "(func $check%d_%d", results, from);
    for (int to = 0; to < PARAMS; to++) {
        for (int i = 0; i < arity(from); i++)
            write_constant(out, param_kind(from, i), i);
        fprintf(out, " i32.const %d call_indirect $callers (type $t%d_%d) call $hash%d\n",
                (results * PARAMS + from) * PARAMS + to, results, from, results);
        for (int i = 0; i < arity(to); i++) {
            int j = source(from, to, i);
            write_constant(out, param_kind(to, i), j >= 0 ? j : i);
        }
        fprintf(out,
                " call $plain%d_%d call $hash%d i64.ne global.get $wrong i32.add"
                " global.set $wrong global.get $checked i32.const 1 i32.add global.set $checked\n",
                results, to, results);
    }
    fprintf(out, ")\n");
}

static void write_tables(FILE *out)
{
    fprintf(out, "(table $callees funcref (elem");
    for (int results = 0; results < RESULTS; results++)
        for (int to = 0; to < PARAMS; to++)
            fprintf(out, " $callee%d_%d", results, to);
    fprintf(out, "))\n(table $callers funcref (elem");
    for (int results = 0; results < RESULTS; results++)
        for (int from = 0; from < PARAMS; from++)
            for (int to = 0; to < PARAMS; to++)
                fprintf(out, " $from%d_%d_%d", results, from, to);
    fprintf(out, "))\n(func (export \"check\") (result i32 i32)");
    for (int results = 0; results < RESULTS; results++)
        for (int from = 0; from < PARAMS; from++)
            fprintf(out, " call $check%d_%d", results, from);
    fprintf(out, " global.get $wrong global.get $checked)\n");
}

static char *module_text(void)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fprintf(out,
            "(module (global $never (mut i32) (i32.const 0)) (export \"never\" (global $never))"
            "(global $wrong (mut i32) (i32.const 0)) (global $checked (mut i32) (i32.const 0))"
            "(func $sum (param v128) (result i64)"
            " (i64.add (i64.mul (i64x2.extract_lane 0 (local.get 0)) (i64.const 7))"
            " (i64x2.extract_lane 1 (local.get 0))))\n");
    for (int results = 0; results < RESULTS; results++) {
        write_hash(out, results);
        for (int from = 0; from < PARAMS; from++) {
            write_types(out, results, from);
            write_callees(out, results, from);
            write_check(out, results, from);
            for (int to = 0; to < PARAMS; to++)
                write_caller(out, results, from, to);
        }
    }
    write_tables(out);
    fprintf(out, ")\n");
    fclose(out);
    return text;
}

/* ---- the tests ---- */

static void arrives_right(int level)
{
    char *text = module_text();
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    w2s_error err;
    w2s_module *module = world_load(text, &options);
    free(text);
    w2s_store *store = w2s_store_new(NULL);
    w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
    assert_non_null(instance);
    w2s_value results[2];
    assert_null(w2s_call(w2s_instance_func(instance, "check"), NULL, results));
    assert_int_equal(results[0].i32, 0);
    assert_int_equal(results[1].i32, RESULTS * PARAMS * PARAMS);
    w2s_store_free(store);
    w2s_module_free(module);
}

static void arguments_arrive_unoptimised(void **state)
{
    (void)state;
    arrives_right(0);
}

static void arguments_arrive_optimised(void **state)
{
    (void)state;
    arrives_right(2);
}

static void the_other_target_is_generated(void **state)
{
    (void)state;
#ifdef __x86_64__
    static const char other[] = "aarch64-linux-gnu";
#else
    static const char other[] = "x86_64-linux-gnu";
#endif
    char path[SUPPORT_PATH], *text = module_text();
    for (int level = 0; level <= 2; level += 2) {
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = level;
        options.target = other;
        options.emit = W2S_EMIT_OBJ;
        support_compile(text, &options, path);
        unlink(path);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_arrive_unoptimised),
        cmocka_unit_test(arguments_arrive_optimised),
        cmocka_unit_test(the_other_target_is_generated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
