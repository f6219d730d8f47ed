/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Modules and their fields: sections byte by byte, abbreviations against what they stand for,
 * names, annotations, and errors with their place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/arena.h"
#include "frontend/text/text.h"
#include "tests/frontend/text/text_check.h"

static void test_modules(void **state)
{
    (void)state;
    check_bytes("", "");
    check_bytes("(module)", "");
    check_bytes("(module $m)", "");
    check_bytes("(func)", "01 04 01 60 00 00  03 02 01 00  0a 04 01 02 00 0b");
    check_same("(func)", "(module quote \"(fu\" \"nc)\")");
    check_same("(func)", "(module binary \"\\00asm\\01\\00\\00\\00\\01\\04\\01\\60\\00\\00\" "
                         "\"\\03\\02\\01\\00\\0a\\04\\01\\02\\00\\0b\")");
    check_error("(module", 1, 8, "unexpected token");
    check_error("(module) (", 1, 10, "unexpected token: expected the end of the module");
    check_error("(module)\n (foo)", 2, 2, "unexpected token");
    check_error("(foo)", 1, 2, "unknown operator foo");
    check_error("(module quote \"(module quote)\")", 1, 9, "unexpected token");
}

static void test_types(void **state)
{
    (void)state;
    check_bytes("(type (func (param i32 f64) (result v128)))", "01 07 01 60 02 7f 7c 01 7b");
    check_bytes("(type $s (struct (field $a (mut i8)) (field i16 (ref null $s))))",
                "01 0a 01 5f 03 78 01 77 00 63 00 00");
    check_bytes("(type (array (mut (ref extern))))", "01 05 01 5e 64 6f 01");
    check_bytes("(rec (type $a (sub (struct))) (type $b (sub final $a (struct))))",
                "01 0c 01 4e 02 50 00 5f 00 4f 01 00 5f 00");
    check_same("(type (func))", "(rec (type (func)))");
    check_same("(type (func))", "(type (sub final (func)))");
    check_bytes("(rec)", "01 03 01 4e 00");
    check_same("(type (struct (field i32) (field i64)))", "(type (struct (field i32 i64)))");
    check_bytes("(type (func (param funcref (ref null func) anyref nullref (ref i31) exnref)))",
                "01 0b 01 60 06 70 70 6e 71 64 6c 69 00");
    check_error("(type $t (func)) (type $t (func))", 1, 24, "duplicate type $t");
    check_error("(type (struct (field $x i32) (field $x i32)))", 1, 37, "duplicate field");
    check_error("(type (func (result i32) (param i32)))", 1, 26, "unexpected token");
    check_error("(type (func (param (ref $u))))", 1, 25, "unknown type $u");
    check_error("(type (foo))", 1, 8, "unknown operator foo");
}

/* 6.4.4: an inline function type is the first like it, or a new one behind all that are written. */
static void test_type_uses(void **state)
{
    (void)state;
    check_bytes(
        "(func) (func (param i32)) (type (func (param i32))) (func)",
        "01 08 02 60 01 7f 00 60 00 00  03 04 03 01 00 01  0a 0a 03 02 00 0b 02 00 0b 02 00 0b");
    check_same("(type (func (param i32))) (func (type 0))",
               "(type (func (param i32))) (func (type 0) (param $x i32))");
    check_same("(type (sub (func))) (type (func)) (func (type 1))",
               "(type (sub (func))) (type (func)) (func)");
    check_error("(type $t (func))\n(func (type $t) (result i32))", 2, 7, "inline function type");
    check_error("(func (type 3) (param i32))", 1, 7, "unknown type 3");
    check_error("(func (type $no))", 1, 13, "unknown type $no");
    check_error("(func (param i32) (type 0))", 1, 20, "unexpected token");
}

static void test_imports_and_exports(void **state)
{
    (void)state;
    check_bytes("(import \"m\" \"n\" (memory 1 2))", "02 09 01 01 6d 01 6e 02 01 01 02");
    check_same("(import \"m\" \"n\" (func $f (param i32))) (export \"a\" (func $f)) (export \"b\" "
               "(func 0))",
               "(func (export \"a\") (export \"b\") (import \"m\" \"n\") (param i32))");
    check_same("(import \"m\" \"n\" (table 1 funcref))", "(table (import \"m\" \"n\") 1 funcref)");
    check_same("(import \"m\" \"n\" (memory i64 1))", "(memory (import \"m\" \"n\") i64 1)");
    check_same("(import \"m\" \"n\" (global (mut i32)))",
               "(global (import \"m\" \"n\") (mut i32))");
    check_same("(import \"m\" \"n\" (tag (param i32)))", "(tag (import \"m\" \"n\") (param i32))");
    check_error("(func)\n(import \"m\" \"n\" (func))", 2, 1, "import after function");
    check_error("(memory 1)(table (import \"m\" \"n\") 1 funcref)", 1, 11, "import after memory");
    check_error("(import \"m\" \"\\ff\" (func))", 1, 13, "malformed UTF-8 encoding");
    check_error("(export \"a\" (func $f))", 1, 19, "unknown function $f");
    check_error("(func $f) (func $f)", 1, 17, "duplicate func $f");
}

static void test_tables_and_memories(void **state)
{
    (void)state;
    check_bytes("(table 1 2 funcref)", "04 05 01 70 01 01 02");
    check_bytes("(table i64 1 externref)", "04 04 01 6f 04 01");
    check_bytes("(table 1 (ref func) (ref.func 0))", "04 0a 01 40 00 64 70 00 01 d2 00 0b");
    check_bytes("(memory 1 2 shared)", "05 04 01 03 01 02");
    check_bytes("(memory i64 0x10)", "05 03 01 04 10");
    check_bytes("(memory 3 (pagesize 1))", "05 04 01 08 03 00");
    check_same("(memory 2 (pagesize 65536))", "(memory 2)");
    check_same("(memory 1 1) (data (i32.const 0) \"ab\")", "(memory (data \"a\" \"b\"))");
    check_same("(memory 0 0) (data (i32.const 0))", "(memory (data))");
    check_same("(memory i64 3 3 (pagesize 1)) (data (i64.const 0) \"abc\")",
               "(memory i64 (pagesize 1) (data \"abc\"))");
    check_same("(table 2 2 funcref) (elem (i32.const 0) func 0 0) (func)",
               "(table funcref (elem 0 0)) (func)");
    check_same("(table 1 1 externref) (elem (table 0) (i32.const 0) externref (ref.null extern))",
               "(table externref (elem (ref.null extern)))");
    check_error("(memory 1 (pagesize 3))", 1, 21, "invalid custom page size");
    check_error("(memory i64 0x1_0000_0000_0000_0000)", 1, 13, "i64 constant out of range");
    check_error("(memory)", 1, 8, "unexpected token");
}

static void test_elements(void **state)
{
    (void)state;
    check_bytes("(elem (i32.const 1) 0 2)", "09 08 01 00 41 01 0b 02 00 02");
    check_same("(elem (i32.const 1) 0 2)", "(elem (offset (i32.const 1)) func 0 2)");
    check_same("(elem (i32.const 1) 0 2)", "(elem (table 0) (offset i32.const 1) func 0 2)");
    check_bytes("(elem (table 1) (i32.const 1) func 0)", "09 09 01 02 01 41 01 0b 00 01 00");
    check_bytes("(elem func 0)", "09 05 01 01 00 01 00");
    check_bytes("(elem declare func 0)", "09 05 01 03 00 01 00");
    check_bytes("(elem (i32.const 0) funcref (ref.func 0) (item ref.null func))",
                "09 0c 01 04 41 00 0b 02 d2 00 0b d0 70 0b");
    check_bytes("(elem externref (ref.null extern))", "09 07 01 05 6f 01 d0 6f 0b");
    check_bytes("(elem declare anyref)", "09 04 01 07 6e 00");
    check_bytes("(elem (table 0) (i32.const 0) (ref null 3))", "09 09 01 06 00 41 00 0b 63 03 00");
    check_error("(elem $e func $f)", 1, 15, "unknown function $f");
    check_error("(elem)", 1, 6, "unexpected token");
}

static void test_data(void **state)
{
    (void)state;
    check_bytes("(data \"a\\00\")", "0b 05 01 01 02 61 00");
    check_bytes("(data (i32.const 8) \"a\")", "0b 07 01 00 41 08 0b 01 61");
    check_bytes("(data (memory 1) (offset i64.const 8) \"a\")", "0b 08 01 02 01 42 08 0b 01 61");
    check_same("(data (memory 0) (i32.const 8) \"a\")", "(data 0 (i32.const 8) \"a\")");
    /* The data count section stands only where code names segments. */
    check_bytes(
        "(func data.drop $d) (data $d \"a\")",
        "01 04 01 60 00 00  03 02 01 00  0c 01 01  0a 07 01 05 00 fc 09 00 0b  0b 04 01 01 01 61");
}

static void test_globals_tags_start(void **state)
{
    (void)state;
    check_bytes("(global $g (mut i64) (i64.const -1))", "06 06 01 7e 01 42 7f 0b");
    check_bytes("(global i32 i32.const 1 i32.const 2 i32.add)", "06 09 01 7f 00 41 01 41 02 6a 0b");
    check_bytes("(tag (param i32))", "01 05 01 60 01 7f 00  0d 03 01 00 00");
    check_bytes("(start $f) (func $f)",
                "01 04 01 60 00 00  03 02 01 00  08 01 00  0a 04 01 02 00 0b");
    check_error("(func $f)(start $f)(start $f)", 1, 27, "multiple start sections");
}

static void test_names(void **state)
{
    (void)state;
    check_named_bytes("(module $m (func $f (param $p i32)) (func))",
                      "01 08 02 60 01 7f 00 60 00 00  03 03 02 00 01  0a 07 02 02 00 0b 02 00 0b "
                      "00 17 04 6e616d65  00 02 01 6d  01 04 01 00 01 66  02 06 01 00 01 00 01 70");
    check_bytes(
        "(module $m (@name \"n\") (func $f))",
        "01 04 01 60 00 00  03 02 01 00  0a 04 01 02 00 0b  00 09 04 6e616d65  00 02 01 6e");
    check_error("(module (@name \"a\") (@name \"b\"))", 1, 21, "@name annotation: multiple module");
    check_error("(module (func) (@name \"M\"))", 1, 16, "misplaced @name annotation");
}

static void test_customs(void **state)
{
    (void)state;
    check_bytes("(memory 1) (@custom \"a\" (before memory) \"x\" \"y\") (@custom \"b\")",
                "00 04 01 61 78 79  05 03 01 00 01  00 02 01 62");
    check_error("(@custom)", 1, 9, "@custom annotation: missing section name");
    check_error("(@custom \"a\" (after types))", 1, 21,
                "@custom annotation: malformed section kind");
    check_error("(@custom \"a\" b)", 1, 14, "@custom annotation: unexpected token");
    check_error("(func (@custom \"a\"))", 1, 7, "misplaced @custom annotation");
    check_bytes("(func i32.const 1 (@metadata.code.branch_hint \"\\01\") if end)",
                "01 04 01 60 00 00  03 02 01 00 "
                "00 20 19 6d657461646174612e636f64652e6272616e63685f68696e74 01 00 01 03 01 01 "
                "0a 09 01 07 00 41 01 04 40 0b 0b");
    check_error("(@metadata.code.branch_hint \"\\01\") (func)", 1, 1,
                "@metadata.code.branch_hint annotation: not in a function");
}

static void test_map(void **state)
{
    (void)state;
    const char *text = "(func\n  nop\n  (drop\n (i32.const 1)))";
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct text_map *map;
    struct slice binary, source = {(const uint8_t *)text, strlen(text)};
    assert_true(text_to_binary(source, NULL, &arena, &binary, &map, &err));
    /* header 8, type section 6, function section 4, code: id, size, count, size, locals */
    static const struct {
        size_t offset;
        uint32_t line, column;
    } places[] = {{23, 2, 3}, {24, 4, 3}, {25, 4, 3}, {26, 3, 4}, {27, 4, 16}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint32_t line, column;
        text_locate(map, places[i].offset, &line, &column);
        assert_int_equal(line, places[i].line);
        assert_int_equal(column, places[i].column);
    }
    error_set(&err, ERR_INVALID, 26, "x");
    text_locate_error(map, &err);
    assert_int_equal(err.line, 3);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_type_uses),
        cmocka_unit_test(test_imports_and_exports),
        cmocka_unit_test(test_tables_and_memories),
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_globals_tags_start),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_customs),
        cmocka_unit_test(test_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
