/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What scripts (tests/proposals) cannot see of memory64, custom page sizes, wide arithmetic and
 * typed references: which checks the code has and which it leaves out, and memories that the host
 * makes or that are larger than 4 GiB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/include/wasm2so.h"
#include "tests/codegen/support.h"

/* ---- the shape of the code ---- */

static const char *emitted(const char *text, enum w2s_emit emit, struct arena *arena)
{
    char path[SUPPORT_PATH];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.emit = emit;
    options.target = "x86_64-linux-gnu";
    support_compile(text, &options, path);
    return (const char *)support_read(path, arena).p;
}

static void wide_arithmetic_is_carries_and_one_product(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *add =
        emitted("(module (func (export \"f\") (param i64 i64 i64 i64) (result i64 i64)"
                " local.get 0 local.get 1 local.get 2 local.get 3 i64.add128"
                " local.get 2 local.get 1 i64.sub128))",
                W2S_EMIT_ASM, &arena);
    assert_int_equal(support_count(add, "adcq"), 1);
    assert_int_equal(support_count(add, "sbbq"), 1);
    const char *mul = emitted("(module (func (export \"f\") (param i64 i64) (result i64 i64)"
                              " local.get 0 local.get 1 i64.mul_wide_u))",
                              W2S_EMIT_ASM, &arena);
    assert_int_equal(support_count(mul, "\tmulq"), 1);
    assert_int_equal(support_count(mul, "imulq"), 0);
    const char *signed_mul = emitted("(module (func (export \"f\") (param i64 i64) (result i64 i64)"
                                     " local.get 0 local.get 1 i64.mul_wide_s))",
                                     W2S_EMIT_ASM, &arena);
    assert_int_equal(support_count(signed_mul, "imulq"), 1);
    arena_free(&arena);
}

/* How many places in the code of this module may trap, but for the stack check at their head. */
static unsigned traps(const char *text)
{
    struct arena arena = {0};
    const char *ir = emitted(text, W2S_EMIT_LLVM_IR, &arena);
    char overflow[64];
    snprintf(overflow, sizeof overflow, "call void @w2s_rt_trap(ptr %%0, i32 %d, ",
             W2S_TRAP_STACK_OVERFLOW);
    unsigned n = support_count(ir, "call void @w2s_rt_trap(") - support_count(ir, overflow);
    arena_free(&arena);
    return n;
}

#define TYPED "(module (type $t (func)) (type $u (func (param i32)))"

static void types_say_which_checks_are_needed(void **state)
{
    (void)state;
    assert_int_equal(
        traps(TYPED "(func (export \"f\") (param (ref $t)) (call_ref $t (local.get 0))))"), 0);
    assert_int_equal(
        traps(TYPED "(func (export \"f\") (param (ref null $t)) (call_ref $t (local.get 0))))"), 1);
    assert_int_equal(traps(TYPED "(func (export \"f\") (param (ref null $t)) (result (ref $t))"
                                 " (ref.as_non_null (local.get 0))))"),
                     1);
    /* Bounds; null; type. */
    assert_int_equal(
        traps(TYPED "(func $g) (table (export \"t\") 1 (ref $t) (ref.func $g))"
                    "(func (export \"f\") (param i32) (call_indirect (type $t) (local.get 0))))"),
        1);
    assert_int_equal(
        traps(TYPED "(table (export \"t\") 1 (ref null $t))"
                    "(func (export \"f\") (param i32) (call_indirect (type $t) (local.get 0))))"),
        2);
    assert_int_equal(
        traps(TYPED "(table (export \"t\") 1 funcref)"
                    "(func (export \"f\") (param i32) (call_indirect (type $t) (local.get 0))))"),
        3);
}

static void memories_say_which_accesses_are_checked(void **state)
{
    (void)state;
    static const char load[] = "(func (export \"f\") (param %s) (result i32)"
                               " local.get 0 i32.load8_u offset=%s))";
    static const struct {
        const char *memory, *index, *offset;
        unsigned checks;
    } rows[] = {
        {"1", "i32", "0xffffffff", 0},
        {"i64 1", "i64", "1", 1},
        {"i64 1", "i64", "0xffffffffffffffff", 1},
        {"1 (pagesize 1)", "i32", "0", 1},
        {"65536 (pagesize 1)", "i32", "0", 1},
        {"i64 1 (pagesize 1)", "i64", "0", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256], function[160];
        snprintf(function, sizeof function, load, rows[i].index, rows[i].offset);
        snprintf(text, sizeof text, "(module (memory (export \"m\") %s) %s", rows[i].memory,
                 function);
        assert_int_equal(traps(text), rows[i].checks);
    }
}

/* ---- with the host ---- */

struct guest {
    w2s_store *store;
    w2s_module *module;
    w2s_linker *linker;
    w2s_instance *instance;
};

/* What a conditional store's branch carries without a hint, and with either. The code is for -O0:
 * the optimiser may turn a branch round, and its weights with it. */
static void hints_become_weights(void **state)
{
    (void)state;
    static const char module[] = "(module (memory 1) (table (export \"t\") funcref (elem $f)) "
                                 "(func $f (param i32) %s (if (local.get "
                                 "0) (then (i32.store (i32.const 0) (i32.const 1))))))";
    static const char *const hints[] = {"", "(@metadata.code.branch_hint \"\\00\")",
                                        "(@metadata.code.branch_hint \"\\01\")"};
    static const unsigned rare[] = {0, 1, 0}, often[] = {0, 0, 1};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        struct arena arena = {0};
        char text[300];
        snprintf(text, sizeof text, module, hints[i]);
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = 0;
        const char *ir = support_ir(text, &options, &arena);
        assert_int_equal(support_count(ir, "\"branch_weights\", i32 1, i32 1048576"), rare[i]);
        assert_int_equal(support_count(ir, "\"branch_weights\", i32 1048576, i32 1"), often[i]);
        arena_free(&arena);
    }
}

static struct guest guest_open(const char *text, w2s_memory *(*memory)(w2s_store *))
{
    struct guest guest = {.store = w2s_store_new(NULL)};
    guest.linker = w2s_linker_new(guest.store);
    w2s_error err;
    char path[SUPPORT_PATH];
    support_compile(text, NULL, path);
    guest.module = w2s_module_load(path, &err);
    unlink(path);
    if (!guest.module)
        fail_msg("%s", err.message);
    if (memory) {
        w2s_extern item = {.kind = W2S_MEMORY, .of.memory = memory(guest.store)};
        assert_non_null(item.of.memory);
        assert_true(w2s_linker_define(guest.linker, "host", "memory", item));
    }
    guest.instance = w2s_instance_new(guest.store, guest.module, guest.linker, NULL, &err);
    if (!guest.instance)
        fail_msg("%s", err.message);
    return guest;
}

static void guest_close(struct guest *guest)
{
    w2s_store_free(guest->store);
    w2s_module_free(guest->module);
}

/* Calls export(address); the trap's kind. */
static enum w2s_trap_kind touch(struct guest *guest, const char *export, uint64_t address)
{
    w2s_value args[] = {{.i64 = (int64_t)address}}, result;
    w2s_trap *trap = w2s_call(w2s_instance_func(guest->instance, export), args, &result);
    enum w2s_trap_kind kind = trap ? w2s_trap_kind(trap) : W2S_TRAP_NONE;
    w2s_trap_free(trap);
    return kind;
}

static w2s_memory *bytes_memory(w2s_store *store)
{
    const w2s_externtype type = {.kind = W2S_MEMORY, .min = 5, .max = 6, .has_max = 1};
    return w2s_memory_new(store, &type, NULL);
}

static void host_memory_of_bytes_is_checked(void **state)
{
    (void)state;
    struct guest guest = guest_open("(module (import \"host\" \"memory\" (memory 5 6 (pagesize 1)))"
                                    " (func (export \"load\") (param i32) (result i32)"
                                    " (i32.load8_u (local.get 0)))"
                                    " (func (export \"grow\") (param i32) (result i32)"
                                    " (memory.grow (local.get 0))))",
                                    bytes_memory);
    assert_int_equal(touch(&guest, "load", 4), W2S_TRAP_NONE);
    assert_int_equal(touch(&guest, "load", 5), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(touch(&guest, "grow", 1), W2S_TRAP_NONE);
    assert_int_equal(touch(&guest, "load", 5), W2S_TRAP_NONE);
    assert_int_equal(touch(&guest, "load", 6), W2S_TRAP_MEMORY_OOB);
    guest_close(&guest);
}

/* Not under ulimit -v, nor with strict overcommit. */
static bool have_address_space(uint64_t size)
{
    void *space = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED)
        return false;
    munmap(space, size);
    return true;
}

/* Only two pages are ever touched. */
static void memory64_grows_beyond_4_gib(void **state)
{
    (void)state;
    uint64_t four_gib = UINT64_C(1) << 32;
    if (!have_address_space(2 * four_gib))
        skip();
    struct guest guest = guest_open("(module (memory (export \"m\") i64 1)"
                                    " (func (export \"store\") (param i64)"
                                    " (i64.store offset=8 (local.get 0) (i64.const 7))))",
                                    NULL);
    w2s_memory *memory = w2s_instance_memory(guest.instance, "m");
    const uint8_t *base = w2s_memory_base(memory);
    assert_int_equal(touch(&guest, "store", four_gib), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(w2s_memory_grow(memory, 65536), 1);
    assert_ptr_equal(w2s_memory_base(memory), base);
    assert_int_equal(w2s_memory_size(memory), four_gib + 65536);
    assert_int_equal(touch(&guest, "store", four_gib), W2S_TRAP_NONE);
    assert_int_equal(base[four_gib + 8], 7);
    assert_int_equal(base[8], 0);
    assert_int_equal(touch(&guest, "store", four_gib + 65536 - 16), W2S_TRAP_NONE);
    assert_int_equal(touch(&guest, "store", four_gib + 65536 - 15), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(touch(&guest, "store", UINT64_MAX - 7), W2S_TRAP_MEMORY_OOB);
    guest_close(&guest);
}

/* Valid limits that no machine has are refused when the module is instantiated. */
static void huge_limits_are_refused_by_the_runtime(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "(module (memory i64 0x1000000000000))",
        "(module (table i64 0xffffffffffffffff funcref))",
        "(module (memory i64 0xffffffffffffffff (pagesize 1)))",
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        char path[SUPPORT_PATH];
        w2s_error err;
        support_compile(modules[i], NULL, path);
        w2s_module *module = w2s_module_load(path, &err);
        unlink(path);
        assert_non_null(module);
        w2s_store *store = w2s_store_new(NULL);
        assert_null(w2s_instance_new(store, module, NULL, NULL, &err));
        assert_int_equal(err.kind, W2S_ERROR_MEMORY);
        w2s_store_free(store);
        w2s_module_free(module);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_arithmetic_is_carries_and_one_product),
        cmocka_unit_test(types_say_which_checks_are_needed),
        cmocka_unit_test(memories_say_which_accesses_are_checked),
        cmocka_unit_test(hints_become_weights),
        cmocka_unit_test(host_memory_of_bytes_is_checked),
        cmocka_unit_test(memory64_grows_beyond_4_gib),
        cmocka_unit_test(huge_limits_are_refused_by_the_runtime),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
