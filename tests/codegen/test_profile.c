/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Profiles: what code that counts has counted, how files of counts are merged, that the counts
 * arrive in LLVM's IR, and that a file which is damaged or of another module is refused. Results of
 * such code are compared by the wast suites and tests/fuzz/differential.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/include/wasm2so_abi.h"
#include "tests/codegen/world.h"

/* Function 5 calls through the closed table 0, function 6 through table 1, which is exported: of
 * ten calls seven reach $a, three $b. 0 to 4: $a $b $cold $way $ref. */
static const char module_text[] =
    "(module (type $op (func (param i32) (result i32)))"
    " (table $closed 8 funcref) (table $open (export \"open\") 8 funcref)"
    " (elem (table $closed) (i32.const 1) func $a $b $a2 $a3 $a4 $a5)"
    " (elem (table $open) (i32.const 1) func $a $b)"
    " (func $a (type $op) (i32.add (local.get 0) (i32.const 1)))"
    " (func $b (type $op) (i32.mul (local.get 0) (i32.const 3)))"
    " (func $cold (type $op) (local.get 0))"
    " (func $way (export \"way\") (param i32) (result i32)"
    "  (block (block (block (br_table 0 1 0 2 (local.get 0)))"
    "    (return (i32.const 10))) (return (i32.const 11)))"
    "  (if (result i32) (i32.eq (local.get 0) (i32.const 3))"
    "   (then (call $cold (i32.const 12))) (else (i32.const 13))))"
    " (func $ref (export \"ref\") (param i32) (result i32)"
    "  (call_ref $op (local.get 0) (select (result (ref $op)) (ref.func $b) (ref.func $a)"
    "   (local.get 0))))"
    " (func $through (export \"closed\") (param i32) (result i32)"
    "  (call_indirect $closed (type $op) (local.get 0) (i32.add (i32.const 1) (local.get 0))))"
    " (func (export \"open call\") (param i32) (result i32)"
    "  (call_indirect $open (type $op) (local.get 0) (i32.add (i32.const 1) (local.get 0))))"
    " (func $a2 (type $op) (i32.const 2)) (func $a3 (type $op) (i32.const 3))"
    " (func $a4 (type $op) (i32.const 4)) (func $a5 (type $op) (i32.const 5)))";

struct counted {
    struct w2s_profile_header header;
    const struct w2s_profile_counter *counters;
    struct slice file;
};

static void call(w2s_instance *instance, const char *name, int32_t argument, int times)
{
    for (int i = 0; i < times; i++) {
        w2s_value value = {.i32 = argument}, result;
        assert_null(w2s_call(w2s_instance_func(instance, name), &value, &result));
    }
}

/* What all tests do with the module. */
static void exercise(w2s_instance *instance)
{
    static const char *const calls[] = {"closed", "open call", "ref"};
    for (int i = 0; i < 3; i++) {
        call(instance, calls[i], 0, 7);
        call(instance, calls[i], 1, 3);
    }
    call(instance, "way", 0, 4);
    call(instance, "way", 1, 1);
    call(instance, "way", 2, 2);
    call(instance, "way", 9, 5);
}

/* Runs the module, compiled at that level to count, that many times, into one file. */
static struct counted count(int level, int runs, struct arena *arena)
{
    char path[] = "/tmp/w2s-profile-XXXXXX";
    struct counted c;
    close(mkstemp(path));
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = level;
    options.count_profile = true;
    w2s_module *module = world_load(module_text, &options);
    for (int i = 0; i < runs; i++) {
        w2s_error err;
        w2s_store *store = w2s_store_new(NULL);
        exercise(w2s_instance_new(store, module, NULL, NULL, &err));
        w2s_store_free(store);
        assert_true(w2s_module_write_profile(module, path, &err));
    }
    w2s_module_free(module);
    c.file = support_read(path, arena);
    memcpy(&c.header, c.file.p, sizeof c.header);
    struct w2s_profile_counter *counters =
        arena_array(arena, (size_t)c.header.count, sizeof *counters);
    memcpy(counters, c.file.p + sizeof c.header, (size_t)c.header.count * sizeof *counters);
    c.counters = counters;
    return c;
}

/* The sum of a function's counts in that slot, over all its offsets. */
static uint64_t sum(const struct counted *c, uint32_t func, uint32_t slot)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < c->header.count; i++)
        if (c->counters[i].func == func && c->counters[i].slot == slot)
            total += c->counters[i].count;
    return total;
}

static void counts_are_exact(void **state)
{
    (void)state;
    for (int level = 0; level <= 3; level++)
        for (unsigned runs = 1; runs <= 2; runs++) {
            struct arena arena = {0};
            struct counted c = count(level, (int)runs, &arena);
            /* Calls of functions. */
            assert_int_equal(sum(&c, 0, 0), 21 * runs);
            assert_int_equal(sum(&c, 1, 0), 9 * runs);
            assert_int_equal(sum(&c, 2, 0), 0);
            /* way: 12 calls; br_table 4, 1, 2 and 5 by default; the if, never taken, 5. */
            assert_int_equal(sum(&c, 3, 0), (12 + 4 + 5) * runs);
            assert_int_equal(sum(&c, 3, 1), 1 * runs);
            assert_int_equal(sum(&c, 3, 2), 2 * runs);
            assert_int_equal(sum(&c, 3, 3), 5 * runs);
            for (uint32_t caller = 4; caller <= 6; caller++) {
                assert_int_equal(sum(&c, caller, W2S_PROFILE_CALLEE | 0), 7 * runs);
                assert_int_equal(sum(&c, caller, W2S_PROFILE_CALLEE | 1), 3 * runs);
            }
            arena_free(&arena);
        }
}

/* ---- going by counts ---- */

static const char *ir_by(const struct counted *c, struct arena *arena)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    options.profile = c->file.p;
    options.profile_size = c->file.n;
    return support_ir(module_text, &options, arena);
}

static unsigned times(const char *text, const char *word)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        n++;
    return n;
}

static void counts_arrive(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct counted c = count(2, 1, &arena);
    const char *ir = ir_by(&c, &arena);
    /* Calls: 21 of $a, 12 of $way. Ways: the if, the br_table in the order of LLVM's switch. */
    assert_int_equal(times(ir, "!{!\"function_entry_count\", i64 21}"), 1);
    assert_int_equal(times(ir, "!{!\"function_entry_count\", i64 12}"), 1);
    assert_int_equal(times(ir, "!{!\"branch_weights\", i32 0, i32 5}"), 1);
    assert_int_equal(times(ir, "!{!\"branch_weights\", i32 5, i32 4, i32 1, i32 2}"), 1);
    /* Callees: $a before $b, each by name, in the three callers. */
    assert_int_equal(times(ir, "!{!\"branch_weights\", i32 7, i32 3}"), 1);
    assert_int_equal(times(ir, "!{!\"branch_weights\", i32 3, i32 0}"), 1);
    assert_int_equal(times(ir, "call i32 @w2s.0.a("), 3);
    assert_int_equal(times(ir, "call i32 @w2s.1.b("), 3);
    /* What was never called. */
    assert_non_null(strstr(ir, "cold nounwind optsize"));
    assert_int_equal(times(ir, "!\"ProfileSummary\""), 1);
    arena_free(&arena);
}

static void results_are_the_same(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct counted c = count(2, 1, &arena);
    for (int level = 0; level <= 3; level++) {
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = level;
        options.profile = c.file.p;
        options.profile_size = c.file.n;
        w2s_module *module = world_load(module_text, &options);
        w2s_store *store = w2s_store_new(NULL);
        w2s_error err;
        w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
        static const struct {
            const char *name;
            int32_t argument, result;
        } calls[] = {{"closed", 0, 1},    {"closed", 1, 3},    {"closed", 2, 2}, {"closed", 5, 5},
                     {"open call", 0, 1}, {"open call", 1, 3}, {"ref", 0, 1},    {"ref", 5, 15},
                     {"way", 0, 10},      {"way", 1, 11},      {"way", 3, 12},   {"way", 4, 13}};
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            w2s_value argument = {.i32 = calls[i].argument}, result;
            w2s_func *func = w2s_instance_func(instance, calls[i].name);
            assert_null(w2s_call(func, &argument, &result));
            assert_int_equal(result.i32, calls[i].result);
        }
        for (int32_t index = 6; index <= 7; index++) {
            w2s_value argument = {.i32 = index}, result;
            w2s_trap *trap = w2s_call(w2s_instance_func(instance, "closed"), &argument, &result);
            assert_int_equal(w2s_trap_kind(trap), index == 6 ? W2S_TRAP_UNINITIALIZED_ELEMENT
                                                             : W2S_TRAP_UNDEFINED_ELEMENT);
            w2s_trap_free(trap);
        }
        w2s_store_free(store);
        w2s_module_free(module);
    }
    arena_free(&arena);
}

/* ---- files that are refused ---- */

static const char *refusal(const char *text, const void *bytes, size_t size)
{
    static char message[256];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.profile = bytes;
    options.profile_size = size;
    w2s_compile_error err = support_refused(text, &options);
    snprintf(message, sizeof message, "%s", err.message);
    return message;
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct counted c = count(1, 1, &arena);
    uint8_t *bytes = arena_alloc(&arena, c.file.n);
    for (size_t i = 0; i < c.file.n; i++) {
        memcpy(bytes, c.file.p, c.file.n);
        bytes[i] ^= 0x10;
        assert_non_null(strstr(refusal(module_text, bytes, c.file.n), "the profile is "));
        if (i % 3 == 0)
            assert_non_null(strstr(refusal(module_text, c.file.p, i), "the profile is "));
    }
    assert_string_equal(refusal("(module)", c.file.p, c.file.n),
                        "the profile is that of another module");
    arena_free(&arena);
}

/* Writing into a file that is none of this module's profiles. */
static void other_files_are_kept(void **state)
{
    (void)state;
    char path[] = "/tmp/w2s-profile-XXXXXX";
    struct arena arena = {0};
    w2s_error err;
    FILE *file = fdopen(mkstemp(path), "w");
    fputs("something else", file);
    fclose(file);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.count_profile = true;
    w2s_module *module = world_load(module_text, &options);
    assert_false(w2s_module_write_profile(module, path, &err));
    assert_non_null(strstr(err.message, "not a profile"));
    assert_false(w2s_module_write_profile(module, "/dev/null", &err));
    assert_non_null(strstr(err.message, "regular file"));
    w2s_module_free(module);
    assert_string_equal((const char *)support_read(path, &arena).p, "something else");
    module = world_load(module_text, NULL);
    assert_false(w2s_module_write_profile(module, path, &err));
    assert_non_null(strstr(err.message, "--pgo-gen"));
    w2s_module_free(module);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact),     cmocka_unit_test(counts_arrive),
        cmocka_unit_test(results_are_the_same), cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(other_files_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
