/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * module_print: one module of the 2.0 kind in all four forms, line for line as wasm-objdump 1.0.39
 * prints it; what is ours beyond that; selection of sections; damage.
 */
#include "frontend/print.h"

#include "frontend/decode.h"
#include "frontend/text/text.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const char source[] =
    "(module $demo\n"
    "  (type $bin (func (param i32 i32) (result i32)))\n"
    "  (type (func))\n"
    "  (type (func (param f32 f64 v128 funcref externref) (result i32 i64)))\n"
    "  (import \"env\" \"f\" (func $imp (type $bin)))\n"
    "  (import \"env\" \"g\" (global $gi i32))\n"
    "  (import \"env\" \"tab\" (table 1 20 funcref))\n"
    "  (table $tt 10 externref)\n"
    "  (memory $mem 1 2)\n"
    "  (global $g0 (mut i32) (i32.const -5))\n"
    "  (global f32 (f32.const 1.5))\n"
    "  (global f64 (f64.const -2.25e10))\n"
    "  (global $ref funcref (ref.func 1))\n"
    "  (global funcref (ref.null func))\n"
    "  (global i32 (global.get 0))\n"
    "  (export \"mem\" (memory 0))\n"
    "  (export \"add\" (func 1))\n"
    "  (export \"g\" (global 2))\n"
    "  (start 2)\n"
    "  (elem (i32.const 3) func 0 1 2)\n"
    "  (elem (table 0) (offset (global.get 0)) funcref (ref.func 1) (ref.null func))\n"
    "  (elem declare func 2)\n"
    "  (func $add (param $x i32) (param i32) (result i32) (local $l f32) (local i32 i32 f64)\n"
    "    block $B\n"
    "      loop $L\n"
    "        local.get $x\n"
    "        br_if $B\n"
    "        local.get 3\n"
    "        br_table 0 1 0 1\n"
    "      end\n"
    "    end\n"
    "    block (result i32)\n"
    "      i32.const 1\n"
    "    end\n"
    "    if (result i32)\n"
    "      i32.const -1\n"
    "    else\n"
    "      i32.const 0x7fffffff\n"
    "    end\n"
    "    drop\n"
    "    i64.const -1 drop\n"
    "    f32.const nan drop\n"
    "    f32.const -nan:0x200000 drop\n"
    "    f64.const 0.1 drop\n"
    "    f64.const -inf drop\n"
    "    f64.const -0 drop\n"
    "    f32.const 1e-40 drop\n"
    "    i32.const 0 i64.const 1 i64.store8 offset=300\n"
    "    memory.size drop\n"
    "    i32.const 1 i32.const 2 call $imp drop\n"
    "    i32.const 1 i32.const 2 i32.const 0 call_indirect (type $bin) drop\n"
    "    global.get $g0 global.set $g0\n"
    "    ref.null func ref.null func i32.const 3 select (result funcref) drop\n"
    "    i32.const 0 i32.const 0 i32.const 0 memory.copy\n"
    "    i32.const 0 table.get 0 drop\n"
    "    v128.const i32x4 1 2 3 4 i8x16.extract_lane_s 3 drop\n"
    "    i32.const 0 v128.const i32x4 0 0 0 0 v128.load8_lane offset=3 5 drop\n"
    "    f32.const 1 i32.trunc_sat_f32_s)\n"
    "  (func $b nop)\n"
    "  (data (i32.const 1024) \"hello world, this is a long string\\00\\ff\")\n"
    "  (data $p \"passive\\n\")\n"
    ")\n";

static const char headers[] =
    "\n"
    "g.wasm:	file format wasm 0x1\n"
    "module name: <demo>\n"
    "\n"
    "Sections:\n"
    "\n"
    "     Type start=0x0000000a end=0x0000001e (size=0x00000014) count: 3\n"
    "   Import start=0x00000020 end=0x0000003f (size=0x0000001f) count: 3\n"
    " Function start=0x00000041 end=0x00000044 (size=0x00000003) count: 2\n"
    "    Table start=0x00000046 end=0x0000004a (size=0x00000004) count: 1\n"
    "   Memory start=0x0000004c end=0x00000050 (size=0x00000004) count: 1\n"
    "   Global start=0x00000052 end=0x0000007b (size=0x00000029) count: 6\n"
    "   Export start=0x0000007d end=0x0000008e (size=0x00000011) count: 3\n"
    "    Start start=0x00000090 end=0x00000091 (size=0x00000001) start: 2\n"
    "     Elem start=0x00000093 end=0x000000ab (size=0x00000018) count: 3\n"
    "     Code start=0x000000ae end=0x00000184 (size=0x000000d6) count: 2\n"
    "     Data start=0x00000186 end=0x000001bb (size=0x00000035) count: 2\n"
    "   Custom start=0x000001bd end=0x00000211 (size=0x00000054) \"name\"\n";

static const char details[] =
    "\n"
    "g.wasm:	file format wasm 0x1\n"
    "module name: <demo>\n"
    "\n"
    "Section Details:\n"
    "\n"
    "Type[3]:\n"
    " - type[0] (i32, i32) -> i32\n"
    " - type[1] () -> nil\n"
    " - type[2] (f32, f64, v128, funcref, externref) -> (i32, i64)\n"
    "Import[3]:\n"
    " - func[0] sig=0 <imp> <- env.f\n"
    " - global[0] i32 mutable=0 <- env.g\n"
    " - table[0] type=funcref initial=1 max=20 <- env.tab\n"
    "Function[2]:\n"
    " - func[1] sig=0 <add>\n"
    " - func[2] sig=1 <b>\n"
    "Table[1]:\n"
    " - table[1] type=externref initial=10 <tt>\n"
    "Memory[1]:\n"
    " - memory[0] pages: initial=1 max=2\n"
    "Global[6]:\n"
    " - global[1] i32 mutable=1 <g0> - init i32=-5\n"
    " - global[2] f32 mutable=0 <g> - init f32=0x1.8p+0\n"
    " - global[3] f64 mutable=0 - init f64=-0x1.4f46b04p+34\n"
    " - global[4] funcref mutable=0 <ref> - init ref.func:1 <add>\n"
    " - global[5] funcref mutable=0 - init ref.null funcref\n"
    " - global[6] i32 mutable=0 - init global=0 <gi>\n"
    "Export[3]:\n"
    " - memory[0] -> \"mem\"\n"
    " - func[1] <add> -> \"add\"\n"
    " - global[2] -> \"g\"\n"
    "Start:\n"
    " - start function: 2 <b>\n"
    "Elem[3]:\n"
    " - segment[0] flags=0 table=0 count=3 - init i32=3\n"
    "  - elem[3] = ref.func:0 <imp>\n"
    "  - elem[4] = ref.func:1 <add>\n"
    "  - elem[5] = ref.func:2 <b>\n"
    " - segment[1] flags=4 table=0 count=2 - init global=0 <gi>\n"
    "  - elem[3] = ref.func:1 <add>\n"
    "  - elem[4] = ref.null funcref\n"
    " - segment[2] flags=3 table=0 count=1\n"
    "  - elem[3] = ref.func:2 <b>\n"
    "Code[2]:\n"
    " - func[1] size=207 <add>\n"
    " - func[2] size=3 <b>\n"
    "Data[2]:\n"
    " - segment[0] memory=0 size=36 - init i32=1024\n"
    "  - 0000400: 6865 6c6c 6f20 776f 726c 642c 2074 6869  hello world, thi\n"
    "  - 0000410: 7320 6973 2061 206c 6f6e 6720 7374 7269  s is a long stri\n"
    "  - 0000420: 6e67 00ff                                ng..\n"
    " - segment[1] <p> passive size=8\n"
    "  - 0000400: 7061 7373 6976 650a                      passive.\n"
    "Custom:\n"
    " - name: \"name\"\n"
    " - module <demo>\n"
    " - func[0] <imp>\n"
    " - func[1] <add>\n"
    " - func[2] <b>\n"
    " - func[1] local[0] <x>\n"
    " - func[1] local[2] <l>\n"
    " - type[0] <bin>\n"
    " - table[1] <tt>\n"
    " - memory[0] <mem>\n"
    " - global[0] <gi>\n"
    " - global[1] <g0>\n"
    " - global[4] <ref>\n"
    " - dataseg[1] <p>\n";

static const char disassembly[] =
    "\n"
    "g.wasm:	file format wasm 0x1\n"
    "module name: <demo>\n"
    "\n"
    "Code Disassembly:\n"
    "\n"
    "0000b1 func[1] <add>:\n"
    " 0000b2: 01 7d                      | local[2] type=f32\n"
    " 0000b4: 02 7f                      | local[3..4] type=i32\n"
    " 0000b6: 01 7c                      | local[5] type=f64\n"
    " 0000b8: 02 40                      | block\n"
    " 0000ba: 03 40                      |   loop\n"
    " 0000bc: 20 00                      |     local.get 0 <x>\n"
    " 0000be: 0d 01                      |     br_if 1\n"
    " 0000c0: 20 03                      |     local.get 3\n"
    " 0000c2: 0e 03 00 01 00 01          |     br_table 0 1 0 1\n"
    " 0000c8: 0b                         |   end\n"
    " 0000c9: 0b                         | end\n"
    " 0000ca: 02 7f                      | block i32\n"
    " 0000cc: 41 01                      |   i32.const 1\n"
    " 0000ce: 0b                         | end\n"
    " 0000cf: 04 7f                      | if i32\n"
    " 0000d1: 41 7f                      |   i32.const 4294967295\n"
    " 0000d3: 05                         | else\n"
    " 0000d4: 41 ff ff ff ff 07          |   i32.const 2147483647\n"
    " 0000da: 0b                         | end\n"
    " 0000db: 1a                         | drop\n"
    " 0000dc: 42 7f                      | i64.const 18446744073709551615\n"
    " 0000de: 1a                         | drop\n"
    " 0000df: 43 00 00 c0 7f             | f32.const nan\n"
    " 0000e4: 1a                         | drop\n"
    " 0000e5: 43 00 00 a0 ff             | f32.const -nan:0x200000\n"
    " 0000ea: 1a                         | drop\n"
    " 0000eb: 44 9a 99 99 99 99 99 b9 3f | f64.const 0x1.999999999999ap-4\n"
    " 0000f4: 1a                         | drop\n"
    " 0000f5: 44 00 00 00 00 00 00 f0 ff | f64.const -inf\n"
    " 0000fe: 1a                         | drop\n"
    " 0000ff: 44 00 00 00 00 00 00 00 80 | f64.const -0x0p+0\n"
    " 000108: 1a                         | drop\n"
    " 000109: 43 c2 16 01 00             | f32.const 0x1.16c2p-133\n"
    " 00010e: 1a                         | drop\n"
    " 00010f: 41 00                      | i32.const 0\n"
    " 000111: 42 01                      | i64.const 1\n"
    " 000113: 3c 00 ac 02                | i64.store8 0 300\n"
    " 000117: 3f 00                      | memory.size 0\n"
    " 000119: 1a                         | drop\n"
    " 00011a: 41 01                      | i32.const 1\n"
    " 00011c: 41 02                      | i32.const 2\n"
    " 00011e: 10 00                      | call 0 <imp>\n"
    " 000120: 1a                         | drop\n"
    " 000121: 41 01                      | i32.const 1\n"
    " 000123: 41 02                      | i32.const 2\n"
    " 000125: 41 00                      | i32.const 0\n"
    " 000127: 11 00 00                   | call_indirect 0 <env.tab> (type 0 <bin>)\n"
    " 00012a: 1a                         | drop\n"
    " 00012b: 23 01                      | global.get 1 <g0>\n"
    " 00012d: 24 01                      | global.set 1 <g0>\n"
    " 00012f: d0 70                      | ref.null func\n"
    " 000131: d0 70                      | ref.null func\n"
    " 000133: 41 03                      | i32.const 3\n"
    " 000135: 1c 01 70                   | select funcref\n"
    " 000138: 1a                         | drop\n"
    " 000139: 41 00                      | i32.const 0\n"
    " 00013b: 41 00                      | i32.const 0\n"
    " 00013d: 41 00                      | i32.const 0\n"
    " 00013f: fc 0a 00 00                | memory.copy 0 0\n"
    " 000143: 41 00                      | i32.const 0\n"
    " 000145: 25 00                      | table.get 0\n"
    " 000147: 1a                         | drop\n"
    " 000148: fd 0c 01 00 00 00 02 00 00 | v128.const 0x00000001 0x00000002 0x00000003 0x00000004\n"
    " 000151: 00 03 00 00 00 04 00 00 00 | \n"
    " 00015a: fd 15 03                   | i8x16.extract_lane_s 3\n"
    " 00015d: 1a                         | drop\n"
    " 00015e: 41 00                      | i32.const 0\n"
    " 000160: fd 0c 00 00 00 00 00 00 00 | v128.const 0x00000000 0x00000000 0x00000000 0x00000000\n"
    " 000169: 00 00 00 00 00 00 00 00 00 | \n"
    " 000172: fd 54 00 03 05             | v128.load8_lane 0 3 5\n"
    " 000177: 1a                         | drop\n"
    " 000178: 43 00 00 80 3f             | f32.const 0x1p+0\n"
    " 00017d: fc 00                      | i32.trunc_sat_f32_s\n"
    " 00017f: 0b                         | end\n"
    "000181 func[2] <b>:\n"
    " 000182: 01                         | nop\n"
    " 000183: 0b                         | end\n";

static const char raw_data[] =
    "\n"
    "g.wasm:	file format wasm 0x1\n"
    "module name: <demo>\n"
    "\n"
    "Contents of section Data:\n"
    "0000186: 0200 4180 080b 2468 656c 6c6f 2077 6f72  ..A...$hello wor\n"
    "0000196: 6c64 2c20 7468 6973 2069 7320 6120 6c6f  ld, this is a lo\n"
    "00001a6: 6e67 2073 7472 696e 6700 ff01 0870 6173  ng string....pas\n"
    "00001b6: 7369 7665 0a                             sive.\n";

/* clang-format on */

/* What module_print writes of a decoded module; the caller frees it. */
static char *print(const struct module *m, unsigned what, const char *section, struct arena *arena,
                   struct error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool ok = module_print(out, m, "dir/g.wasm", what, section, arena, err);
    fclose(out);
    assert_int_equal(ok, err->kind == ERR_NONE);
    return text;
}

/* The text module's print; want is all of it. */
static void expect_text(const char *text, unsigned what, const char *section, const char *want)
{
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct text_options options = {.names = true};
    struct slice input = {.p = (const uint8_t *)text, .n = strlen(text)}, bytes;
    struct module m;
    if (!text_to_binary(input, &options, &arena, &bytes, NULL, &err) ||
        !module_decode(&m, bytes, FEATURES_ALL, &arena, &err))
        fail_msg("%s", err.message);
    char *got = print(&m, what, section, &arena, &err);
    assert_string_equal(got, want);
    free(got);
    arena_free(&arena);
}

/* The print of a module in words holds this line. */
static void expect_line(const char *sections, unsigned what, const char *line)
{
    struct opened o;
    if (!words_decode(&o, sections, FEATURES_ALL))
        fail_msg("%s", o.err.message);
    char *got = print(&o.module, what, NULL, &o.arena, &o.err);
    if (!strstr(got, line))
        fail_msg("%s\nlacks: %s", got, line);
    free(got);
    words_close(&o);
}

static void test_headers(void **state)
{
    (void)state;
    expect_text(source, PRINT_HEADERS, NULL, headers);
}

static void test_details(void **state)
{
    (void)state;
    expect_text(source, PRINT_DETAILS, NULL, details);
}

static void test_disassembly(void **state)
{
    (void)state;
    expect_text(source, PRINT_DISASSEMBLY, NULL, disassembly);
}

static void test_raw_of_one_section(void **state)
{
    (void)state;
    expect_text(source, PRINT_RAW, "data", raw_data);
    expect_text(source, PRINT_RAW, "Data", raw_data);
}

static void test_newer_types(void **state)
{
    (void)state;
    static const char types[] = "1: 3 0x50 0 0x5f 1 0x78 1  0x4f 1 0 0x5f 2 0x78 1 0x7e 0 "
                                "0x5e 0x63 0 0";
    expect_line(types, PRINT_DETAILS, " - type[0] (sub) (struct (mut i8))\n");
    expect_line(types, PRINT_DETAILS, " - type[1] (sub final 0) (struct (mut i8) i64)\n");
    expect_line(types, PRINT_DETAILS, " - type[2] (array (ref null 0))\n");
    expect_line("5: 2 3 1 2 12 1 0", PRINT_DETAILS, "initial=1 max=2 shared\n");
    expect_line("5: 2 3 1 2 12 1 0", PRINT_DETAILS, "initial=1 i64 pagesize=2^0\n");
    expect_line("6: 1 0x7f 0 i32.const -1 i32.const 2 i32.add end", PRINT_DETAILS,
                "- init (i32.const -1, i32.const 2, i32.add)\n");
    expect_line("6: 1 0x7f 0 end", PRINT_DETAILS, "- init ()\n");
}

#define BODY(words) "1: 1 0x60 0 0 | 3: 1 0 | 10: 1 " words

static void test_newer_instructions(void **state)
{
    (void)state;
    expect_line(BODY("7 0 i32.load 0x42 1 4 nop end"), PRINT_DISASSEMBLY, "| i32.load 2 1 4\n");
    expect_line(BODY("9 0 try_table 0x40 1 0 5 6 end end"), PRINT_DISASSEMBLY,
                "| try_table catch 5 6\n");
    expect_line(BODY("8 0 0xfb 24 1 2 0x6e 0x6c end"), PRINT_DISASSEMBLY,
                "| br_on_cast 2 anyref (ref i31)\n");
    expect_line(BODY("12 0 f64.const 1 0 0 0 0 0 0 0 drop end"), PRINT_DISASSEMBLY,
                "| f64.const 0x1p-1074\n");
    expect_line(BODY("4 1 0 0x7f end"), PRINT_DISASSEMBLY, "| local[] type=i32\n");
}

/* A name may hold what a terminal obeys. */
static void test_control_characters(void **state)
{
    (void)state;
    expect_line("7: 1 3 0x1b 0x5b 0x41 2 0", PRINT_DETAILS, "-> \"\\1b[A\"\n");
}

static void test_no_such_section(void **state)
{
    (void)state;
    struct opened o;
    assert_true(words_decode(&o, "1: 0 | 0: 1 0x61", FEATURES_ALL));
    free(print(&o.module, PRINT_HEADERS, "a", &o.arena, &o.err));
    assert_int_equal(o.err.kind, ERR_NONE);
    free(print(&o.module, PRINT_HEADERS, "memory", &o.arena, &o.err));
    assert_string_equal(o.err.message, "section not found: memory");
    words_close(&o);
}

static void test_broken_body(void **state)
{
    (void)state;
    struct opened o;
    assert_true(words_decode(&o, BODY("3 0 0xff end"), FEATURES_ALL));
    char *got = print(&o.module, PRINT_DISASSEMBLY, NULL, &o.arena, &o.err);
    assert_string_equal(o.err.message, "illegal opcode ff");
    assert_non_null(strstr(got, "illegal opcode ff\n"));
    free(got);
    words_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_disassembly),
        cmocka_unit_test(test_raw_of_one_section),
        cmocka_unit_test(test_newer_types),
        cmocka_unit_test(test_newer_instructions),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_no_such_section),
        cmocka_unit_test(test_broken_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
