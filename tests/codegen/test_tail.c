/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tail calls at work: stack that does not grow over a hundred million of them, whatever the
 * signatures, the way the callee is found and whose function it is; backtraces; and what need not
 * pay for them. A chain that leaves something on the stack each time overflows it and ends this
 * program. tests/codegen/test_tail_pairs.c has all pairs of signatures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

enum { MANY = 100 * 1000 * 1000, SMALL_STACK = 16 * 1024 };

static struct world open(int level)
{
    w2s_store_config config = {.size = sizeof config, .max_stack = SMALL_STACK};
    return world_open(level, &config);
}

/* Calls an export of (i32) -> (i64) types. */
static w2s_trap *run(w2s_instance *instance, const char *name, int32_t n, int64_t *result)
{
    w2s_value arg = {.i32 = n}, results[8];
    w2s_func *func = w2s_instance_func(instance, name);
    assert_non_null(func);
    w2s_trap *trap = w2s_call(func, &arg, results);
    *result = results[0].i64;
    return trap;
}

static void returns(w2s_instance *instance, const char *name, int32_t n, int64_t expected)
{
    int64_t result;
    assert_null(run(instance, name, n, &result));
    assert_int_equal(result, expected);
}

/* ---- constant stack ---- */

/* Two functions that call each other: one parameter, and more than registers hold. */
#define ONE "(type $one (func (param i32) (result i64)))"
#define FEW "(i32.sub (local.get 0) (i32.const 1))"
#define MANY_TYPE                                                                                  \
    "(type $many (func (param i32 i64 f32 f64 i32 i64 i32 i64 i32 i64 f64 f64 f64 f64 f64 f64"     \
    " f64 f64 f64 v128) (result i64)))"
#define MANY_ARGS                                                                                  \
    FEW " (i64.const 1) (f32.const 2) (f64.const 3) (i32.const 4) (i64.const 5) (i32.const 6)"     \
        " (i64.const 7) (i32.const 8) (i64.const 9) (f64.const 10) (f64.const 11) (f64.const 12)"  \
        " (f64.const 13) (f64.const 14) (f64.const 15) (f64.const 16) (f64.const 17)"              \
        " (f64.const 18) (v128.const i64x2 1 2)"
#define ONE_END "(if (i32.eqz (local.get 0)) (then (return (i64.const 42))))"
#define MANY_END                                                                                   \
    "(if (i32.eqz (local.get 0))"                                                                  \
    " (then (return (i64.add (local.get 9) (i64x2.extract_lane 1 (local.get 19))))))"

static const char inside[] =
    "(module " ONE MANY_TYPE "(func $f (export \"direct\") (type $one) " ONE_END
    "(return_call $g " MANY_ARGS "))"
    "(func $g (type $many) " MANY_END "(return_call $f " FEW "))"
    "(table $t (export \"t\") funcref (elem $ti $tm))"
    "(func $ti (export \"indirect\") (type $one) " ONE_END
    " (return_call_indirect (type $many) " MANY_ARGS "(i32.const 1)))"
    "(func $tm (type $many) " MANY_END " (return_call_indirect (type $one) " FEW "(i32.const 0)))"
    "(elem declare func $rm)"
    "(func $ri (export \"reference\") (type $one) " ONE_END " (return_call_ref $many " MANY_ARGS
    "(ref.func $rm)))"
    "(func $rm (type $many) " MANY_END " (return_call_ref $one " FEW "(ref.func $ri))))";

static void a_chain_takes_constant_stack(void **state)
{
    (void)state;
    static const char *const names[] = {"direct", "indirect", "reference"};
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_instance *instance = world_add(&w, "m", inside);
        for (size_t i = 0; i < 3; i++) {
            returns(instance, names[i], MANY / 2, 42);
            returns(instance, names[i], MANY / 2 + 1, 11);
        }
        w2s_store_free(w.store);
    }
}

/* Six results go through memory: each function of the chain hands the caller's place on. */
static void results_in_memory_are_handed_on(void **state)
{
    (void)state;
    static const char text[] =
        "(module (type $r (func (param i32) (result i64 i32 i64 f64 v128 i64)))"
        "(func $f (export \"f\") (type $r) (if (i32.eqz (local.get 0)) (then (return"
        "  (i64.const 1) (i32.const 2) (i64.const 3) (f64.const 4) (v128.const i64x2 5 6)"
        "  (i64.const 7))))"
        " (return_call $g (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)"
        "  (i64.const 0) (i64.const 0) " FEW "))"
        "(func $g (param i64 i64 i64 i64 i64 i64 i64 i32) (result i64 i32 i64 f64 v128 i64)"
        " (return_call $f (local.get 7)))"
        "(func (export \"between\") (param i32) (result i64) (local i64 v128)"
        " (call $f (local.get 0)) (local.set 1) (local.set 2)"
        " drop drop drop drop (i64.add (local.get 1) (i64x2.extract_lane 1 (local.get 2)))))";
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_instance *instance = world_add(&w, "m", text);
        w2s_value arg = {.i32 = MANY / 4}, results[6];
        assert_null(w2s_call(w2s_instance_func(instance, "f"), &arg, results));
        assert_int_equal(results[0].i64, 1);
        assert_int_equal(results[1].i32, 2);
        assert_int_equal(results[2].i64, 3);
        assert_true(results[3].f64 > 3.5 && results[3].f64 < 4.5);
        assert_int_equal(results[4].bits[1], 6);
        assert_int_equal(results[5].i64, 7);
        returns(instance, "between", MANY / 4, 13);
        w2s_store_free(w.store);
    }
}

/* More arguments than a page of stack holds: the prologue makes room for them and probes it. Some
 * want alignment to 16 bytes, and there is an odd number of words behind the last of those. */
static void arguments_may_take_pages(void **state)
{
    (void)state;
    enum { PARAMS = 899, SIZE = 64 * 1024 };
    char *text = malloc(SIZE);
    size_t n = (size_t)snprintf(text, SIZE,
                                "(module (func $f (export \"f\") (param i32) (result i64)"
                                " (if (i32.eqz (local.get 0)) (then (return (i64.const 42))))"
                                " (return_call $g (local.get 0)");
    for (int i = 1; i < PARAMS; i++)
        n += (size_t)snprintf(text + n, SIZE - n,
                              i % 9 ? " (i64.const %d)" : " (v128.const i64x2 %d 0)", i);
    n += (size_t)snprintf(text + n, SIZE - n, ")) (func $g (param i32)");
    for (int i = 1; i < PARAMS; i++)
        n += (size_t)snprintf(text + n, SIZE - n, " (param %s)", i % 9 ? "i64" : "v128");
    snprintf(
        text + n, SIZE - n,
        " (result i64) (if (i32.eq (local.get 0) (i32.const 77)) (then (return (local.get 898))))"
        " (return_call $f " FEW ")))");
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_instance *instance = world_add(&w, "m", text);
        returns(instance, "f", 76, 42);
        returns(instance, "f", 1000000, 898);
        w2s_store_free(w.store);
    }
    free(text);
}

/* ---- between modules ---- */

#define COUNTER                                                                                    \
    "(global $n (mut i32) (i32.const 0)) (func (export \"count\") (param i32) (result i64)"        \
    " (i64.extend_i32_u (global.get $n)))"
#define COUNT "(global.set $n (i32.add (global.get $n) (i32.const 1)))"
#define BACK  "(type $back (func (param i32 i64 i64 i64 i64 i64 i64 i64 f64) (result i64)))"

/* Each module counts in a global of its own: the callee must get its own ctx. The second one finds
 * its way back by reference and through a table of the first. */
static void modules_call_each_other(void **state)
{
    (void)state;
    static const char second[] =
        "(module " BACK "(import \"none\" \"t\" (table $t 1 funcref))" COUNTER
        "(func (export \"ref\") (param i32 (ref $back)) (result i64) " COUNT
        " (return_call_ref $back (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3)"
        "  (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (f64.const 8) (local.get 1)))"
        "(func (export \"table\") (param i32) (result i64) " COUNT
        " (return_call_indirect (type $back) (local.get 0) (i64.const 1) (i64.const 2)"
        "  (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (f64.const 8)"
        "  (i32.const 0))))";
    static const char first[] =
        "(module " BACK "(import \"none\" \"t\" (table $t 1 funcref))"
        "(import \"second\" \"ref\" (func $ref (param i32 (ref $back)) (result i64)))"
        "(import \"second\" \"table\" (func $table (param i32) (result i64)))" COUNTER
        "(elem (table $t) (i32.const 0) func $tback) (elem declare func $rback)"
        "(func $rback (type $back) " COUNT "(return_call $rf (local.get 0)))"
        "(func $rf (export \"ref\") (param i32) (result i64)"
        " (if (i32.eqz (local.get 0)) (then (return (i64.const 42))))"
        " (return_call $ref " FEW " (ref.func $rback)))"
        "(func $tback (type $back) " COUNT "(return_call $tf (local.get 0)))"
        "(func $tf (export \"table\") (param i32) (result i64)"
        " (if (i32.eqz (local.get 0)) (then (return (i64.const 42))))"
        " (return_call $table " FEW ")))";
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_externtype type = {.kind = W2S_TABLE,
                               .min = 1,
                               .type = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_FUNC}};
        w2s_extern table = {.kind = W2S_TABLE};
        table.of.table = w2s_table_new(w.store, &type, NULL, NULL);
        assert_true(w2s_linker_define(w.linker, "none", "t", table));
        w2s_instance *b = world_add(&w, "second", second), *a = world_add(&w, "first", first);
        returns(a, "ref", MANY / 8, 42);
        returns(a, "table", MANY / 8, 42);
        returns(a, "count", 0, MANY / 4);
        returns(b, "count", 0, MANY / 4);
        w2s_store_free(w.store);
    }
}

/* A module without tail calls has no entry for them: the caller's adapter calls its functions. */
static void modules_without_tail_calls_are_called(void **state)
{
    (void)state;
    static const char plain[] =
        "(module (global $n (mut i64) (i64.const 5)) (func (export \"f\") (param f64 i32)"
        " (result i64 i64 i64) (global.get $n) (i64.extend_i32_u (local.get 1)) (i64.const 3)))";
    static const char caller[] =
        "(module (type $f (func (param f64 i32) (result i64 i64 i64)))"
        "(import \"plain\" \"f\" (func $f (type $f))) (table funcref (elem $f))"
        "(func (export \"import\") (param i32) (result i64 i64 i64)"
        " (return_call $f (f64.const 0) (local.get 0)))"
        "(func (export \"table\") (param i32) (result i64 i64 i64)"
        " (return_call_indirect (type $f) (f64.const 0) (local.get 0) (i32.const 0)))"
        "(func (export \"ref\") (param i32) (result i64 i64 i64)"
        " (return_call_ref $f (f64.const 0) (local.get 0) (ref.func $f))))";
    static const char *const names[] = {"import", "table", "ref"};
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        world_add(&w, "plain", plain);
        w2s_instance *instance = world_add(&w, "caller", caller);
        for (size_t i = 0; i < 3; i++) {
            w2s_value arg = {.i32 = 9}, results[3];
            assert_null(w2s_call(w2s_instance_func(instance, names[i]), &arg, results));
            assert_int_equal(results[0].i64, 5);
            assert_int_equal(results[1].i64, 9);
            assert_int_equal(results[2].i64, 3);
        }
        w2s_store_free(w.store);
    }
}

/* ---- the host ---- */

struct host {
    unsigned calls;
    w2s_instance *caller;
};

static w2s_trap *host_call(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    struct host *host = env;
    host->calls++;
    host->caller = caller;
    results[0].i64 = args[0].i32 + args[9].i64;
    return NULL;
}

static void the_host_is_called(void **state)
{
    (void)state;
    static const char text[] =
        "(module (type $h (func (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))"
        "(import \"host\" \"h\" (func $h (type $h))) (table funcref (elem $h))"
        "(func (export \"import\") (param i32) (result i64) (return_call $h (local.get 0)"
        " (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)"
        " (i64.const 7) (i64.const 8) (i64.const 9)))"
        "(func (export \"table\") (param i32) (result i64)"
        " (return_call_indirect (type $h) (local.get 0)"
        " (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)"
        " (i64.const 7) (i64.const 8) (i64.const 9) (i32.const 0))))";
    w2s_valtype types[11] = {{.kind = W2S_I32}};
    for (int i = 1; i < 11; i++)
        types[i] = (w2s_valtype){.kind = W2S_I64};
    const w2s_functype type = {types, types + 10, 10, 1};
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        struct host host = {0};
        w2s_extern item = {.kind = W2S_FUNC};
        item.of.func = w2s_func_new(w.store, &type, host_call, &host, NULL);
        assert_true(w2s_linker_define(w.linker, "host", "h", item));
        w2s_instance *instance = world_add(&w, "m", text);
        returns(instance, "import", 33, 42);
        assert_ptr_equal(host.caller, instance);
        returns(instance, "table", 34, 43);
        assert_int_equal(host.calls, 2);
        w2s_store_free(w.store);
    }
}

/* ---- memory, traps, chains ---- */

static void memory_is_at_hand(void **state)
{
    (void)state;
    static const char text[] =
        "(module (memory 1)"
        "(func $f (export \"f\") (param i32) (result i64)"
        " (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))"
        " (if (i32.eqz (local.get 0)) (then (return (i64.load (i32.const 8)))))"
        " (return_call $g (i64.const 0) " FEW "))"
        "(func $g (param i64 i32) (result i64)"
        " (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (i32.const 1)))"
        " (return_call $f (local.get 1)))"
        "(func $out (export \"out\") (param i32) (result i64)"
        " (if (i32.eqz (local.get 0)) (then (return (i64.load (i32.const 65529)))))"
        " (return_call $out " FEW "))"
        "(func $plain (param i32) (result i64) (i64.load (local.get 0)))"
        "(func $to_plain (export \"plain\") (param i32) (result i64)"
        " (if (local.get 0) (then (return_call $plain (local.get 0))))"
        " (return_call $to_plain (i32.const 16))))";
    for (int level = 0; level <= 3; level++)
        for (int checked = 0; checked < 2; checked++) {
            struct world w = open(level);
            w.options.memory = checked ? W2S_MEMORY_CHECKED : W2S_MEMORY_GUARD;
            w2s_instance *instance = world_add(&w, "m", text);
            int64_t result;
            returns(instance, "f", 1000000, INT64_C(1000000) << 32 | 1000001);
            returns(instance, "plain", 0, 0);
            static const char *const traps[] = {"out", "plain"};
            for (size_t i = 0; i < 2; i++) {
                w2s_trap *trap = run(instance, traps[i], 65529, &result);
                assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_MEMORY_OOB);
                w2s_trap_free(trap);
            }
            w2s_store_free(w.store);
        }
}

static void traps_with_frames(int level, const char *text, enum w2s_trap_kind kind)
{
    static const char *const names[] = {"narrow", "start", "wide", "start", "wide", "start"};
    struct world w = open(level);
    w2s_instance *instance = world_add(&w, "m", text);
    int64_t result;
    w2s_trap *trap = run(instance, "f", 5, &result);
    assert_int_equal(w2s_trap_kind(trap), kind);
    assert_int_equal(w2s_trap_frame_count(trap), 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(w2s_trap_frame(trap, i).func_name, names[i]);
    w2s_trap_free(trap);
    w2s_store_free(w.store);
}

/* What called without a tail call is there, and the last of the chain; the rest is gone. */
static void backtraces_show_who_is_left(void **state)
{
    (void)state;
    static const char text[] =
        "(module " ONE MANY_TYPE "(func $start (export \"f\") (type $one)"
        " (i64.add (call $first (local.get 0)) (i64.const 1)))"
        "(func $first (type $one) (return_call $wide " MANY_ARGS "))"
        "(func $wide (type $many)"
        " (if (i32.eqz (local.get 0)) (then (return_call $narrow (local.get 0))))"
        " (i64.add (call $start " FEW ") (i64.const 1)))"
        "(func $narrow (type $one)"
        " (if (i32.eqz (local.get 0)) (then unreachable)) (return_call $first " FEW ")))";
    traps_with_frames(0, text, W2S_TRAP_UNREACHABLE);
}

/* Calls that the optimiser cannot see through. */
static void backtraces_survive_the_optimiser(void **state)
{
    (void)state;
    static const char text[] =
        "(module " ONE MANY_TYPE "(memory 1)"
        "(table (export \"t\") funcref (elem $start $wide $narrow))"
        "(func $start (export \"f\") (type $one) (i64.add (i64.const 1)"
        " (call_indirect (type $many) " MANY_ARGS "(i32.const 1))))"
        "(func $wide (type $many)"
        " (if (i32.eqz (local.get 0)) (then (return_call_indirect (type $one) (local.get 0)"
        " (i32.const 2))))"
        " (i64.add (call_indirect (type $one) " FEW " (i32.const 0)) (i64.const 1)))"
        "(func $narrow (type $one)"
        " (if (local.get 0) (then (return_call $narrow (local.get 0))))"
        " (i64.load (i32.sub (local.get 0) (i32.const 1)))))";
    for (int level = 1; level <= 3; level++)
        traps_with_frames(level, text, W2S_TRAP_MEMORY_OOB);
}

static void runaway_recursion_traps(void **state)
{
    (void)state;
    static const char text[] =
        "(module " ONE "(func $f (export \"f\") (type $one)"
        " (drop (call $g (local.get 0))) (return_call $g (local.get 0)))"
        "(func $g (type $one) (return_call $f (i32.add (local.get 0) (i32.const 1)))))";
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_instance *instance = world_add(&w, "m", text);
        int64_t result;
        w2s_trap *trap = run(instance, "f", 0, &result);
        assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_STACK_OVERFLOW);
        w2s_trap_free(trap);
        w2s_store_free(w.store);
    }
}

/* Thrown at the end of a chain that has more arguments than its first call, through functions that
 * are gone, to one whose frame must be found as it was. */
static void exceptions_find_their_way(void **state)
{
    (void)state;
    static const char text[] =
        "(module " ONE MANY_TYPE "(tag $e (param i64))"
        "(func $first (type $one) (return_call $wide " MANY_ARGS "))"
        "(func $wide (type $many)"
        " (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $e (local.get 9))))"
        " (if (local.get 0) (then (return_call $first (local.get 0))))"
        " (throw $e (i64.const 7)))"
        "(func (export \"catch\") (param $n i32) (result i64) (local $sum i64) (local $a i64)"
        " (local.set $a (i64.const 1000))"
        " (loop $again"
        "  (block $caught (result i64)"
        "   (try_table (catch $e $caught)"
        "    (return (call $first"
        "     (i32.add (i32.and (local.get $n) (i32.const 7)) (i32.const 1))))) unreachable)"
        "  (local.set $sum (i64.add (local.get $sum)))"
        "  (local.set $a (i64.add (local.get $a) (i64.const 1)))"
        "  (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
        " (i64.add (local.get $sum) (local.get $a))))";
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_instance *instance = world_add(&w, "m", text);
        returns(instance, "catch", 8000, 8000 / 8 * (7 + 7 * 9) + 1000 + 8000);
        w2s_store_free(w.store);
    }
}

/* f0 -> f1 -> ... -> f19, which is long enough for both conventions. */
static void long_chains_arrive(void **state)
{
    (void)state;
    enum { LENGTH = 20 };
    char text[4096] =
        "(module (func $f0 (param i32) (result i64) (i64.extend_i32_u (local.get 0)))";
    size_t n = strlen(text);
    for (int i = 1; i < LENGTH; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "(func $f%d (export \"f%d\") (param i32) (result i64)"
                              " (return_call $f%d (i32.add (local.get 0) (i32.const 1))))",
                              i, i, i - 1);
    snprintf(text + n, sizeof text - n, ")");
    for (int level = 0; level <= 3; level++) {
        struct world w = open(level);
        w2s_instance *instance = world_add(&w, "m", text);
        returns(instance, "f1", 100, 101);
        returns(instance, "f19", 100, 119);
        w2s_store_free(w.store);
    }
}

/* ---- who pays ---- */

static unsigned tail_functions(const char *text)
{
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    unsigned n = support_count(support_ir(text, &options, &arena), "define internal swifttailcc");
    arena_free(&arena);
    return n;
}

static void few_functions_pay(void **state)
{
    (void)state;
#define PLAIN "(module (func $p (param i32) (result i32) (local.get 0))"
    assert_int_equal(tail_functions(PLAIN "(func (param i32) (result i32)"
                                          " (return_call $p (local.get 0))))"),
                     0);
    assert_int_equal(tail_functions(PLAIN "(func $s (param i32) (result i32)"
                                          " (return_call $s (local.get 0)))"
                                          "(func (result i32) (call $s (i32.const 1))))"),
                     1);
    /* The function, and the adapter to $p. */
    assert_int_equal(tail_functions(PLAIN
                                    "(func $s (param i32) (result i32)"
                                    " (if (local.get 0) (then (return_call $p (local.get 0))))"
                                    " (return_call $s (local.get 0))))"),
                     2);
    /* A damaged body is the validator's to find. */
    w2s_compile_error err =
        support_refused(PLAIN "(func (result i64) (return_call $p (i32.const 0))))", NULL);
    assert_int_equal(err.kind, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_takes_constant_stack),
        cmocka_unit_test(results_in_memory_are_handed_on),
        cmocka_unit_test(arguments_may_take_pages),
        cmocka_unit_test(modules_call_each_other),
        cmocka_unit_test(modules_without_tail_calls_are_called),
        cmocka_unit_test(the_host_is_called),
        cmocka_unit_test(memory_is_at_hand),
        cmocka_unit_test(backtraces_show_who_is_left),
        cmocka_unit_test(backtraces_survive_the_optimiser),
        cmocka_unit_test(runaway_recursion_traps),
        cmocka_unit_test(exceptions_find_their_way),
        cmocka_unit_test(long_chains_arrive),
        cmocka_unit_test(few_functions_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
