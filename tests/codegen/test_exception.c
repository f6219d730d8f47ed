/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Exceptions and the host: what is not caught arrives as a trap, host functions throw and pass on,
 * tags made by the host join modules; who owns an exception, and that millions of them take no more
 * memory than a few; and that modules without exceptions pay nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED 1 /* what is freed stays in its quarantine */
#else
#define SANITIZED 0
#endif

static const w2s_valtype i32 = {.kind = W2S_I32};
static const w2s_valtype pair[] = {{.kind = W2S_I64}, {.kind = W2S_V128}};

/* What host functions know. */
struct host {
    struct world w;
    w2s_tag *tag;      /* "host" "tag": (i32) */
    w2s_instance *top; /* what they call into */
};

static w2s_trap *run(w2s_instance *instance, const char *name, int32_t n, w2s_value *result)
{
    w2s_value arg = {.i32 = n};
    w2s_func *func = w2s_instance_func(instance, name);
    assert_non_null(func);
    return w2s_call(func, &arg, result);
}

static void returns(w2s_instance *instance, const char *name, int32_t n, int32_t expected)
{
    w2s_value result;
    assert_null(run(instance, name, n, &result));
    assert_int_equal(result.i32, expected);
}

/* ---- host functions ---- */

/* Calls the export "inner" of the instance on top, and returns what comes of it. */
static w2s_trap *call_inner(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    const struct host *h = env;
    (void)caller;
    return run(h->top, "inner", args[0].i32, results);
}

/* The same, but what it throws ends here. */
static w2s_trap *swallow(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    w2s_trap *trap = call_inner(env, caller, args, results);
    results[0].i32 = trap ? -2 : results[0].i32;
    w2s_trap_free(trap);
    return NULL;
}

static w2s_trap *throw_tag(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    const struct host *h = env;
    (void)caller, (void)results;
    return w2s_trap_exception(h->w.store, h->tag, args);
}

static w2s_trap *trap_always(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    const struct host *h = env;
    (void)caller, (void)args, (void)results;
    return w2s_trap_new(h->w.store, "not today");
}

static void define_func(struct host *h, const char *name, w2s_callback *callback)
{
    w2s_functype type = {&i32, &i32, 1, 1};
    w2s_extern item = {.kind = W2S_FUNC,
                       .of.func = w2s_func_new(h->w.store, &type, callback, h, NULL)};
    assert_true(w2s_linker_define(h->w.linker, "host", name, item));
}

static void host_open(struct host *h, int level)
{
    *h = (struct host){.w = world_open(level, NULL)};
    h->tag = w2s_tag_new(h->w.store, &(w2s_functype){.params = &i32, .param_count = 1});
    w2s_extern item = {.kind = W2S_TAG, .of.tag = h->tag};
    assert_true(w2s_linker_define(h->w.linker, "host", "tag", item));
    define_func(h, "call", call_inner);
    define_func(h, "swallow", swallow);
    define_func(h, "throw", throw_tag);
    define_func(h, "trap", trap_always);
}

/* inner throws odd arguments, with the host's tag; outer catches what a host function lets pass. */
static const char both[] =
    "(module (import \"host\" \"tag\" (tag $e (param i32)))"
    " (import \"host\" \"call\" (func $call (param i32) (result i32)))"
    " (import \"host\" \"swallow\" (func $swallow (param i32) (result i32)))"
    " (import \"host\" \"throw\" (func $throw (param i32) (result i32)))"
    " (import \"host\" \"trap\" (func $trap (param i32) (result i32)))"
    " (func $deep (param i32) (throw $e (local.get 0)))"
    " (func (export \"inner\") (param i32) (result i32)"
    "  (if (i32.and (local.get 0) (i32.const 1)) (then (call $deep (local.get 0)))) (local.get 0))"
#define OUTER(name)                                                                                \
    " (func (export \"" #name "\") (param i32) (result i32)"                                       \
    "  (block $h (result i32) (try_table (catch $e $h) (return (call $" #name " (local.get 0))))"  \
    "   (unreachable)) (i32.add (i32.const 1000)))"                                                \
    " (func (export \"" #name "-open\") (param i32) (result i32) (call $" #name " (local.get 0)))"
    OUTER(call) OUTER(swallow) OUTER(throw) OUTER(trap) ")";

static void expect_exception(w2s_trap *trap, const w2s_tag *tag, int32_t value)
{
    assert_non_null(trap);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_UNCAUGHT_EXCEPTION);
    assert_string_equal(w2s_trap_message(trap), "unhandled exception");
    assert_ptr_equal(w2s_trap_tag(trap), tag);
    assert_int_equal(w2s_trap_values(trap)[0].i32, value);
    w2s_trap_free(trap);
}

static void through_host(int level)
{
    struct host h;
    w2s_value result;
    host_open(&h, level);
    h.top = world_add(&h.w, "both", both);
    returns(h.top, "call", 4, 4);
    returns(h.top, "call", 5, 1005);
    returns(h.top, "swallow", 5, -2);
    returns(h.top, "throw", 8, 1008);
    expect_exception(run(h.top, "inner", 3, &result), h.tag, 3);
    expect_exception(run(h.top, "call-open", 3, &result), h.tag, 3);
    expect_exception(run(h.top, "throw-open", 6, &result), h.tag, 6);
    assert_int_equal(result.i32, 0);
    w2s_trap *trap = run(h.top, "trap", 5, &result);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_HOST);
    assert_null(w2s_trap_tag(trap));
    assert_null(w2s_trap_values(trap));
    w2s_trap_free(trap);
    w2s_store_free(h.w.store);
}

static void test_host_frames(void **state)
{
    (void)state;
    for (int level = 0; level <= 3; level++)
        through_host(level);
}

/* The backtrace is of the throw, not of where the host passed it on. */
static void test_backtrace(void **state)
{
    (void)state;
    struct host h;
    w2s_value result;
    host_open(&h, 0);
    h.top = world_add(&h.w, "both", both);
    w2s_trap *trap = run(h.top, "call-open", 1, &result);
    static const char *const names[] = {"deep", "inner", NULL, "call-open"};
    assert_int_equal(w2s_trap_frame_count(trap), 4);
    for (size_t i = 0; i < 4; i++) {
        w2s_frame frame = w2s_trap_frame(trap, i);
        if (names[i])
            assert_string_equal(frame.func_name, names[i]);
        else
            assert_int_equal(frame.func_index, W2S_NONE);
    }
    w2s_trap_free(trap);
    w2s_store_free(h.w.store);
}

/* ---- tags ---- */

static void test_tags(void **state)
{
    (void)state;
    struct host h;
    host_open(&h, 2);
    w2s_functype type = {.params = pair, .param_count = 2};
    w2s_tag *tag = w2s_tag_new(h.w.store, &type);
    assert_int_equal(w2s_tag_type(tag).param_count, 2);
    assert_int_equal(w2s_tag_type(tag).params[1].kind, W2S_V128);
    assert_int_equal(w2s_tag_type(tag).result_count, 0);
    assert_null(w2s_tag_new(h.w.store, &(w2s_functype){.results = &i32, .result_count = 1}));
    w2s_linker_define(h.w.linker, "host", "pair", (w2s_extern){.kind = W2S_TAG, .of.tag = tag});
    w2s_instance *thrower =
        world_add(&h.w, "thrower",
                  "(module (import \"host\" \"pair\" (tag $p (param i64 v128)))"
                  " (export \"pair\" (tag $p)) (tag (export \"own\") (param i64 v128))"
                  " (func (export \"throw\") (param i32)"
                  "  (throw $p (i64.extend_i32_s (local.get 0)) (i8x16.splat (i32.const 9)))))");
    w2s_instance *catcher =
        world_add(&h.w, "catcher",
                  "(module (import \"thrower\" \"own\" (tag $own (param i64 v128)))"
                  " (import \"thrower\" \"pair\" (tag $p (param i64 v128)))"
                  " (import \"thrower\" \"throw\" (func $throw (param i32)))"
                  " (func (export \"catch\") (param i32) (result i32) (local $v v128)"
                  "  (block $mine (result i64 v128)"
                  "   (block $other (result i64 v128)"
                  "    (try_table (catch $own $other) (catch $p $mine) (call $throw (local.get 0)))"
                  "    (unreachable))"
                  "   (drop) (drop) (return (i32.const -1)))"
                  "  (local.set $v) (i32.wrap_i64)"
                  "  (i32.add (i8x16.extract_lane_u 3 (local.get $v)))))");
    returns(catcher, "catch", -5, 4);
    w2s_extern item;
    assert_true(w2s_instance_export(thrower, "pair", &item));
    assert_ptr_equal(item.of.tag, tag);
    w2s_trap *trap = run(thrower, "throw", -5, NULL);
    assert_int_equal(w2s_trap_values(trap)[0].i64, -5);
    assert_int_equal(w2s_trap_values(trap)[1].v128[15], 9);
    w2s_trap_free(trap);
    w2s_store_free(h.w.store);
}

static void test_tag_mismatch(void **state)
{
    (void)state;
    struct host h;
    host_open(&h, 2);
    w2s_error err;
    w2s_module *module = world_load("(module (import \"host\" \"tag\" (tag (param i64))))", NULL);
    assert_null(w2s_instance_new(h.w.store, module, h.w.linker, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LINK);
    assert_int_equal(strncmp(err.message, "incompatible import type", 24), 0);
    w2s_module_free(module);
    w2s_store_free(h.w.store);
}

/* ---- how long exceptions live ---- */

static const char churn[] =
    "(module (tag $e (param i32))"
    " (func $throw (param i32) (throw $e (local.get 0)))"
    " (func (export \"throw\") (param i32) (call $throw (local.get 0)))"
    " (func $take (export \"take\") (param exnref) (result i32)"
    "  (block $h (result i32) (try_table (catch $e $h) (throw_ref (local.get 0))) (unreachable)))"
    " (func $give (export \"give\") (param i32) (result exnref)"
    "  (block $h (result exnref)"
    "   (try_table (catch_all_ref $h) (call $throw (local.get 0))) (unreachable)))"
    " (func $catch (param i32)"
    "  (block $h (result i32) (try_table (catch $e $h) (call $throw (local.get 0))) (return))"
    "  (drop))"
    " (func $leave (param i32)"
    "  (block $out (try (do (call $throw (local.get 0)))"
    "   (catch $e (drop) (br_if $out (local.get 0)) (rethrow 0)))))"
#define CHURN(name, body)                                                                          \
    " (func (export \"" name "\") (param i32) (result i32)"                                        \
    "  (loop $l " body " (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"          \
    "  (i32.const 0))"
    CHURN("values", "(call $catch (local.get 0))")
        CHURN("references", "(drop (call $take (call $give (local.get 0))))")
            CHURN("left", "(call $leave (local.get 0))") ")";

static long resident_pages(void)
{
    long size, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

static void test_memory(void **state)
{
    (void)state;
    enum { FEW = 10000, MANY = 300000, PAGES = 512 };
    static const char *const names[] = {"values", "references", "left"};
    struct host h;
    host_open(&h, 2);
    w2s_instance *instance = world_add(&h.w, "churn", churn);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        returns(instance, names[i], FEW, 0);
        long before = resident_pages();
        returns(instance, names[i], MANY, 0);
        if (!SANITIZED)
            assert_true(resident_pages() - before < PAGES);
    }
    w2s_store_free(h.w.store);
}

/* What the host holds stays, whatever is collected meanwhile; a trap even when the store goes. */
static void test_held_by_host(void **state)
{
    (void)state;
    struct host h;
    w2s_value results[2], taken;
    host_open(&h, 2);
    w2s_instance *instance = world_add(&h.w, "churn", churn);
    assert_null(run(instance, "give", 41, &results[0]));
    assert_null(run(instance, "give", 42, &results[1]));
    w2s_trap *trap = run(instance, "throw", 43, NULL);
    returns(instance, "references", 20000, 0);
    for (int i = 0; i < 2; i++) {
        assert_null(w2s_call(w2s_instance_func(instance, "take"), &results[i], &taken));
        assert_int_equal(taken.i32, 41 + i);
    }
    w2s_store_free(h.w.store);
    assert_int_equal(w2s_trap_values(trap)[0].i32, 43);
    w2s_trap_free(trap);
}

/* ---- what code without exceptions pays ---- */

static bool ir_has(const char *text, const char *what)
{
    struct arena arena = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    bool found = strstr(support_ir(text, &options, &arena), what) != NULL;
    arena_free(&arena);
    return found;
}

static void test_cost(void **state)
{
    (void)state;
#define CALLS "(import \"m\" \"f\" (func $f)) (func (export \"g\") (call $f)"
    static const char none[] = "(module " CALLS "))";
    static const char tag[] = "(module " CALLS ") (tag))";
    static const char try[] = "(module " CALLS ") (func (block $h (try_table (catch_all $h)"
                              " (call 1)))))";
    assert_true(ir_has(none, "nounwind uwtable \"disable-tail-calls\""));
    assert_false(ir_has(none, "personality"));
    assert_false(ir_has(tag, "nounwind uwtable \"disable-tail-calls\""));
    assert_false(ir_has(tag, "personality"));
    assert_false(ir_has(try, "nounwind uwtable \"disable-tail-calls\""));
    assert_true(ir_has(try, "invoke void"));
    /* The unwinder belongs to the runtime. */
    assert_false(ir_has(try, "_Unwind"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_frames), cmocka_unit_test(test_backtrace),
        cmocka_unit_test(test_tags),        cmocka_unit_test(test_tag_mismatch),
        cmocka_unit_test(test_memory),      cmocka_unit_test(test_held_by_host),
        cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
