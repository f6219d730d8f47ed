/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Instructions: every kind of immediate, plain and folded, labels, deep nesting, old mnemonics.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/arena.h"
#include "frontend/text/text.h"
#include "tests/frontend/text/text_check.h"

static void test_constants(void **state)
{
    (void)state;
    check_body("", "i32.const -1", "00 41 7f");
    check_body("", "i32.const 0xffffffff", "00 41 7f");
    check_body("", "i64.const 128", "00 42 80 01");
    check_body("", "f32.const 1", "00 43 00 00 80 3f");
    check_body("", "f64.const -inf", "00 44 00 00 00 00 00 00 f0 ff");
    check_body("", "v128.const i16x8 1 2 3 4 5 6 -1 0xffff",
               "00 fd 0c 0100 0200 0300 0400 0500 0600 ffff ffff");
    check_body("", "v128.const f32x4 0 -0 nan inf", "00 fd 0c 00000000 00000080 0000c07f 0000807f");
    check_error("(func i32.const 0x1_0000_0000)", 1, 17, "constant out of range");
    check_error("(func v128.const i32x4 1 2 3)", 1, 29, "wrong number of lane literals");
    check_error("(func v128.const i8x16 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0)", 1, 24,
                "constant out of range");
    check_error("(func f32.const nan:canonical)", 1, 17, "unexpected token");
    check_error("(func i32.const)", 1, 16, "unexpected token");
}

static void test_indices(void **state)
{
    (void)state;
    check_body("", "(param $x i32) (local $y i32) local.get $x local.tee $y drop",
               "01 01 7f 20 00 22 01 1a");
    check_body("", "(local i32 i32) (local i64) (local i32)", "03 02 7f 01 7e 01 7f");
    check_body("(global $g i32 (i32.const 0))", "global.get $g drop", "00 23 00 1a");
    check_body("(func $f)", "call $f return_call 0", "00 10 00 12 00");
    check_body("(type $t (func)) (table $a 0 funcref) (table $b 0 funcref)",
               "i32.const 0 call_indirect $b (type $t)", "00 41 00 11 00 01");
    check_body("(table 0 funcref)", "call_indirect (param i32) (result i32)", "00 11 01 00");
    check_body("(table $a 0 funcref) (table $b 0 funcref)",
               "table.copy $b $a table.copy table.get table.set 1",
               "00 fc 0e 01 00 fc 0e 00 00 25 00 26 01");
    check_body("(table $t 0 funcref) (elem $e func)", "table.init $t $e table.init $e elem.drop $e",
               "00 fc 0c 00 00 fc 0c 00 00 fc 0d 00");
    check_body("(memory $a 0) (memory $b 0)", "memory.size memory.grow $b memory.copy $b $a",
               "00 3f 00 40 01 fc 0a 01 00");
    check_body("(tag $e)", "throw $e", "00 08 00");
    check_error("(func local.get $x)", 1, 17, "unknown local $x");
    check_error("(func (param $x i32) (local $x i32))", 1, 29, "duplicate local $x");
    check_error("(func call 4294967296)", 1, 12, "i32 constant out of range");
}

static void test_memory_arguments(void **state)
{
    (void)state;
    check_body("", "i32.load", "00 28 02 00");
    check_body("", "i64.load8_u offset=300 align=1", "00 31 00 ac 02");
    check_body("(memory 0) (memory $m 0)", "i32.load $m offset=1", "00 28 42 01 01");
    check_body("", "i32.load align=16", "00 28 04 00");
    check_body("", "i32.load offset=0xffff_ffff_ffff_ffff", "00 28 02 ffffffffffffffffff01");
    check_body("", "v128.load8_lane 3", "00 fd 54 00 00 03");
    check_body("", "v128.load8_lane 1 3", "00 fd 54 40 01 00 03");
    check_body("", "v128.load16_lane offset=4 3", "00 fd 55 01 04 03");
    check_body("", "i32.atomic.load atomic.fence", "00 fe 10 02 00 fe 03 00");
    check_error("(func i32.load align=3)", 1, 16, "alignment must be a power of two");
    check_error("(func i32.load align=0)", 1, 16, "alignment must be a power of two");
    check_error("(func i32.load offset=-1)", 1, 16, "unknown operator offset=-1");
    check_error("(func v128.load8_lane 256)", 1, 23, "i8 constant out of range");
}

static void test_lanes(void **state)
{
    (void)state;
    check_body("", "i8x16.extract_lane_s 15", "00 fd 15 0f");
    check_body("", "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31",
               "00 fd 0d 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 1f");
    check_error("(func i8x16.shuffle 0 1 2)", 1, 26, "invalid lane length");
    check_error("(func i8x16.extract_lane_s -1)", 1, 28, "unexpected token");
}

static void test_references(void **state)
{
    (void)state;
    check_body("", "ref.null func ref.null 3", "00 d0 70 d0 03");
    check_body("", "ref.test (ref i31) ref.test i31ref ref.cast (ref null 2)",
               "00 fb 14 6c fb 15 6c fb 17 02");
    check_body("", "block br_on_cast 0 anyref (ref i31) end", "00 02 40 fb 18 01 00 6e 6c 0b");
    check_body("(type $s (struct (field i32) (field $f i32)))", "struct.get $s $f struct.set 0 0",
               "00 fb 02 00 01 fb 05 00 00");
    check_body("", "array.new_fixed 1 4 array.copy 1 2", "00 fb 08 01 04 fb 11 01 02");
    check_body("", "select select (result i32)", "00 1b 1c 01 7f");
    check_error("(type $s (struct)) (func struct.get $s $f)", 1, 40, "unknown field $f");
}

static void test_blocks(void **state)
{
    (void)state;
    check_body("", "block end loop nop end", "00 02 40 0b 03 40 01 0b");
    check_body("", "block (result i32) i32.const 0 end", "00 02 7f 41 00 0b");
    check_body("(type $t (func (param i32)))", "block (type $t) end", "00 02 00 0b");
    check_body("(type (func)) (type (func (param i32)))", "block (param i32) end", "00 02 01 0b");
    check_body("", "block $a loop $b br $a br $b br 2 end end",
               "00 02 40 03 40 0c 01 0c 00 0c 02 0b 0b");
    check_body("", "block $a block $a br $a end br $a end", "00 02 40 02 40 0c 00 0b 0c 00 0b");
    check_body("", "block $a br_table $a 1 0 end", "00 02 40 0e 02 00 01 00 0b");
    check_body("", "if $l nop else $l nop end $l", "00 04 40 01 05 01 0b");
    check_body("", "if nop else end", "00 04 40 01 0b");
    check_error("(func block $a end $b)", 1, 20, "mismatching label $b");
    check_error("(func block end $b)", 1, 17, "mismatching label $b");
    check_error("(func block $a end br $a)", 1, 23, "unknown label $a");
    check_error("(func block)", 1, 12, "unexpected token: expected end");
    check_error("(func end)", 1, 7, "unexpected token");
    check_error("(func block else end)", 1, 13, "unexpected token");
    check_error("(func block (param $x i32) end)", 1, 20, "unexpected token");
}

static void test_folded(void **state)
{
    (void)state;
    check_body("", "(i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))",
               "00 41 01 41 02 41 03 6c 6a");
    check_body("", "(block $a (result i32) i32.const 1 (br $a))", "00 02 7f 41 01 0c 00 0b");
    check_body("", "(if (i32.const 1) (then nop) (else (nop) nop))",
               "00 41 01 04 40 01 05 01 01 0b");
    check_body("", "(if $l (br 0 (i32.const 1)) (then (br $l)))", "00 41 01 0c 00 04 40 0c 00 0b");
    check_body("", "(if (then nop) (else))", "00 04 40 01 0b");
    check_body("",
               "(drop (if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const 3))))",
               "00 41 01 04 7f 41 02 05 41 03 0b 1a");
    check_error("(func (if i32.const 0 (then)))", 1, 11, "unexpected token");
    check_error("(func (if (i32.const 0)))", 1, 24, "unexpected token: expected then");
    check_error("(func (drop nop))", 1, 13, "unexpected token");
    check_error("(func (end))", 1, 8, "unexpected token");
    check_error("(func (foo))", 1, 8, "unknown operator foo");
    check_error("(func (nop)", 1, 12, "unexpected token");
}

static void test_exceptions(void **state)
{
    (void)state;
    check_body("(tag $e)",
               "block $h (try_table $t (result i32) (catch $e $h) (catch_all_ref 0) (br $t)) end",
               "00 02 40 1f 7f 02 00 00 00 03 00 0c 00 0b 0b");
    check_body("(tag $e)", "try $l nop catch $e rethrow $l catch_all nop end",
               "00 06 40 01 07 00 09 00 19 01 0b");
    check_body("", "block $b try delegate $b end", "00 02 40 06 40 18 00 0b");
    check_body("(tag $e)", "(try (do nop) (catch $e (nop)) (catch_all))",
               "00 06 40 01 07 00 01 19 0b");
    check_body("", "(block $b (try (do) (delegate $b)))", "00 02 40 06 40 18 00 0b");
    check_error("(func (try (do) (catch_all) (catch_all)))", 1, 30, "unexpected token");
    check_error("(func (catch_all))", 1, 8, "unexpected token");
    check_error("(func (try (do) (@custom \"a\") (catch_all)))", 1, 17, "misplaced @custom");
    check_error("(func try catch_all catch 0 end)", 1, 21, "unexpected token");
}

/* 200,000 levels: nothing recurses. */
static void test_depth(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    static const char open[] = "(i32.eqz ", middle[] = "(i32.const 1)";
    struct arena arena = {0};
    size_t n = sizeof open - 1, size = DEPTH * (n + 1) + 100;
    char *text = arena_alloc(&arena, size), *p = text;
    p += strlen(strcpy(p, "(func "));
    for (int i = 0; i < DEPTH; i++, p += n)
        memcpy(p, open, n);
    p += strlen(strcpy(p, middle));
    memset(p, ')', DEPTH + 1);
    struct slice binary;
    struct error err = ERROR_INIT;
    struct slice source = {(const uint8_t *)text, strlen(text)};
    assert_true(text_to_binary(source, NULL, &arena, &binary, NULL, &err));
    assert_true(binary.n > DEPTH && binary.n < DEPTH + 40);
    assert_int_equal(binary.p[binary.n - 2], 0x45);
    arena_free(&arena);
}

struct notes {
    char text[400];
};

static void take_note(void *env, uint32_t line, uint32_t column, const char *message)
{
    struct notes *notes = env;
    size_t n = strlen(notes->text);
    snprintf(notes->text + n, sizeof notes->text - n, "%u:%u %s\n", line, column, message);
}

static void test_old_mnemonics(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct notes notes = {""};
    struct text_options options = {.note = take_note, .env = &notes};
    struct error err = ERROR_INIT;
    struct slice binary;
    const char *text = "(table 0 anyfunc) (func (local i32)\n get_local 0 i64.extend_u/i32\n"
                       " i64.trunc_s:sat/f32 f32.reinterpret/i32)";
    struct slice source = {(const uint8_t *)text, strlen(text)};
    assert_true(text_to_binary(source, &options, &arena, &binary, NULL, &err));
    assert_string_equal(notes.text, "1:10 'anyfunc' is now 'funcref'\n"
                                    "2:2 'get_local' is now 'local.get'\n"
                                    "2:14 'i64.extend_u/i32' is now 'i64.extend_i32_u'\n"
                                    "3:2 'i64.trunc_s:sat/f32' is now 'i64.trunc_sat_f32_s'\n"
                                    "3:22 'f32.reinterpret/i32' is now 'f32.reinterpret_i32'\n");
    assert_memory_equal(binary.p + binary.n - 7, "\x20\x00\xad\xfc\x04\xbe\x0b", 7);
    check_error("(func get_local 0)", 1, 7, "unknown operator get_local");
    check_error("(table 0 anyfunc)", 1, 10, "unknown operator anyfunc");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_indices),
        cmocka_unit_test(test_memory_arguments),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_folded),
        cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_old_mnemonics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
