/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the compiler makes of accesses near others (codegen/emit/emit_address.c): that sums, keepers
 * and bounds checks go where they may. tests/wast/address_facts.wast shows that the code does the
 * same. Counted in the LLVM IR of one function.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* How often the word stands in the code of a function (param $t) that does this. */
static unsigned in_code(const char *memory, const char *body, w2s_compile_options options,
                        const char *word)
{
    struct arena arena = {0};
    const char *text = arena_printf(
        &arena, "(module (memory %s) (func $no) (func (export \"f\") (param $t i32) %s))", memory,
        body);
    unsigned n = support_count(support_ir(text, &options, &arena), word);
    arena_free(&arena);
    return n;
}

static unsigned sums(const char *memory, const char *body)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 2;
    return in_code(memory, body, options, "add i32");
}

static unsigned keepers(const char *body)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    return in_code("1", body, options, "load volatile");
}

static unsigned checks(const char *memory, const char *body)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    options.memory = W2S_MEMORY_CHECKED;
    return in_code(memory, body, options, "@w2s_rt_trap(ptr %0, i32 2,");
}

#define T          "(local.get $t)"
#define UP(n)      "(i32.add (local.get $t) (i32.const " #n "))"
#define DOWN(n)    "(i32.sub (local.get $t) (i32.const " #n "))"
#define STORE(at)  "(i32.store " at " (i32.const 7))"
#define STORE8(at) "(i32.store offset=8 " at " (i32.const 7))"
#define LOAD(at)   "(drop (i32.load " at "))"
#define LOAD8(at)  "(drop (i32.load offset=8 " at "))"

static void near_sums_are_offsets(void **state)
{
    (void)state;
    assert_int_equal(sums("1", STORE(UP(4))), 1); /* nothing before it */
    assert_int_equal(sums("1", STORE(T) STORE(UP(4))), 0);
    assert_int_equal(sums("1", STORE(T) STORE(UP(65536)) STORE(DOWN(65536))), 0);
    assert_int_equal(sums("1", STORE(UP(8)) STORE(T) STORE(UP(4)) STORE(DOWN(100))), 1);
    assert_int_equal(sums("1", STORE(T) STORE8(UP(4))), 0);
    assert_int_equal(sums("1", STORE(T) "(block " STORE(UP(4)) ")" STORE(UP(12))), 0);
    assert_int_equal(sums("1", STORE(T) "(call $no)(if " T "(then " STORE(UP(4)) "))"), 0);
}

static void others_are_not(void **state)
{
    (void)state;
    assert_int_equal(sums("1", STORE(T) STORE(UP(65537))), 1);
    assert_int_equal(sums("1", STORE(T) STORE(DOWN(65537))), 1);
    assert_int_equal(sums("1", STORE(T) STORE8(DOWN(4))), 1);
    assert_int_equal(sums("65536", STORE(T) STORE(UP(4))), 1);
    assert_int_equal(sums("1", "(if " T "(then " STORE(T) "))" STORE(UP(4))), 1);
    assert_int_equal(sums("1", "(block (br_if 0 " T ")" STORE(T) ")" STORE(UP(4))), 1);
}

static void covered_loads_have_no_keeper(void **state)
{
    (void)state;
    assert_int_equal(keepers(LOAD(T)), 1);
    assert_int_equal(keepers(LOAD(T) LOAD(T)), 1);
    assert_int_equal(keepers(LOAD(T) LOAD8(T)), 2);
    assert_int_equal(keepers(LOAD8(T) LOAD(T) LOAD(UP(8)) LOAD8(T)), 1);
    assert_int_equal(keepers(LOAD(T) LOAD(DOWN(4))), 2); /* may be below 0 */
    assert_int_equal(keepers(LOAD(T) LOAD(DOWN(4)) LOAD(DOWN(2))), 2);
    assert_int_equal(keepers(STORE8(T) LOAD(T)), 0);
    assert_int_equal(keepers("(drop (i32.load (i32.const 65532)))"), 0);
    assert_int_equal(keepers("(drop (i32.load (i32.const 65533)))"), 1);
}

static void covered_accesses_have_no_check(void **state)
{
    (void)state;
    assert_int_equal(checks("1", STORE(T)), 1);
    assert_int_equal(checks("1", STORE8(T) STORE(T) STORE(UP(4)) STORE(UP(8))), 1);
    assert_int_equal(checks("1", STORE(T) STORE8(T) STORE(UP(4))), 2);
    assert_int_equal(checks("1", STORE8(T) STORE(DOWN(4)) STORE8(DOWN(4)) STORE(DOWN(4))), 2);
    assert_int_equal(checks("1", STORE(T) "(call $no)" STORE(T)), 1);
    assert_int_equal(checks("1", "(if " T "(then " STORE(T) ")(else " STORE(T) "))" STORE(T)), 3);
    assert_int_equal(checks("1", "(i32.store (i32.const 65532) (i32.const 7))"), 0);
    assert_int_equal(checks("i64 1", "(i64.store (i64.extend_i32_s " T ") (i64.const 7))"), 1);
    assert_int_equal(checks("65536", STORE(T) STORE(T)), 2);
}

#define TABLE(from, index) "(drop (i32.load offset=" #from " " index "))"
#define BYTE               "(i32.and " T "(i32.const 255))"
#define ELEMENT            "(i32.shl " BYTE "(i32.const 2))"

/* Whatever the index is, a table that it selects from is in the memory. */
static void masked_indices_are_inside(void **state)
{
    (void)state;
    assert_int_equal(keepers(TABLE(64512, ELEMENT)), 0); /* 1024 bytes */
    assert_int_equal(keepers(TABLE(64513, ELEMENT)), 1);
    assert_int_equal(keepers(TABLE(64512, "(i32.and (i32.shr_u " T "(i32.const 6))"
                                          " (i32.const 1020))")),
                     0);
    assert_int_equal(keepers(TABLE(0, "(i32.add (i32.const 64512) " ELEMENT ")")), 0);
    assert_int_equal(keepers(TABLE(4, "(i32.add (i32.const 64512) " ELEMENT ")")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.add (i32.const -1) " BYTE ")")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.shr_u " T "(i32.const 17))")), 0);
    assert_int_equal(keepers(TABLE(0, "(i32.shr_s " T "(i32.const 17))")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.shl " BYTE "(i32.const 25))")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.mul " BYTE "(i32.const 256))")), 0);
    assert_int_equal(keepers(TABLE(0, "(i32.mul " BYTE "(i32.const 0x2000000))")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.rem_u " T "(i32.const 65533))")), 0);
    assert_int_equal(keepers(TABLE(0, "(i32.rem_u " T "(i32.const 65534))")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.rem_s " T "(i32.const 16))")), 1);
    assert_int_equal(keepers(TABLE(0, "(select " BYTE "(i32.const 65532) " T ")")), 0);
    assert_int_equal(keepers(TABLE(0, "(select " BYTE "(i32.const 65533) " T ")")), 1);
    assert_int_equal(keepers(TABLE(0, "(i32.or (i32.const 65024) " BYTE ")")), 1); /* 65535 */
    assert_int_equal(checks("1", TABLE(64512, ELEMENT) "(i32.store " BYTE "(i32.const 1))"), 0);
    assert_int_equal(checks("0", TABLE(0, BYTE)), 1);
    assert_int_equal(checks("i64 1", "(drop (i32.load (i64.extend_i32_u " BYTE ")))"), 0);
    assert_int_equal(checks("i64 1", "(drop (i32.load (i64.extend_i32_s " BYTE ")))"), 0);
    assert_int_equal(checks("i64 1", "(drop (i32.load (i64.extend_i32_s " T ")))"), 1);
}

/* A memory of 64-bit addresses is compared with once if it has room for the access at all. */
static void wide_checks_compare_once(void **state)
{
    (void)state;
    const char *store = "(i64.store (i64.extend_i32_s " T ") (i64.const 7))";
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 0;
    assert_int_equal(in_code("i64 1", store, options, "or i1"), 0);
    assert_int_equal(in_code("i64 0", store, options, "or i1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_sums_are_offsets),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(covered_loads_have_no_keeper),
        cmocka_unit_test(covered_accesses_have_no_check),
        cmocka_unit_test(masked_indices_are_inside),
        cmocka_unit_test(wide_checks_compare_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
