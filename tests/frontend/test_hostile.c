/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Damaged modules: one with something of everything, cut at every byte and with every byte changed,
 * goes through decoder, validator and printer. Nothing may crash (the sanitizers watch), an error
 * must say something, and a module cut short must be refused.
 */
#include "frontend/decode.h"
#include "frontend/print.h"
#include "frontend/text/text.h"
#include "frontend/validate.h"
#include "tests/support/module_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char source[] =
    "(module $m\n"
    "  (rec (type $s (sub (struct (field i32) (field (mut i8)) (field (ref null $a)))))\n"
    "       (type $a (array (mut i64))))\n"
    "  (type $t (sub $s (struct (field i32) (field (mut i8)) (field (ref null $a)) (field f32))))\n"
    "  (type $f (func (param i32 i64) (result i32)))\n"
    "  (import \"env\" \"f\" (func $imp (type $f)))\n"
    "  (import \"env\" \"g\" (global $gi i32))\n"
    "  (import \"env\" \"tag\" (tag (param i32)))\n"
    "  (table $tab 3 10 funcref)\n"
    "  (table 2 (ref null any) (ref.i31 (i32.const 1)))\n"
    "  (memory $mem 1 2) (memory i64 1 4 shared)\n"
    "  (tag $tg (param i32))\n"
    "  (global $g (mut i32) (i32.add (i32.const 1) (global.get $gi)))\n"
    "  (global (ref $s) (struct.new $s (i32.const 1) (i32.const 2) (ref.null $a)))\n"
    "  (export \"run\" (func $run)) (export \"mem\" (memory 0))\n"
    "  (start $st)\n"
    "  (elem (i32.const 0) $imp $run) (elem declare func $st)\n"
    "  (elem $passive funcref (ref.func $imp) (ref.null func))\n"
    "  (data (i32.const 8) \"hello\") (data $d \"passive\")\n"
    "  (func $st)\n"
    "  (func $run (param $x i32) (result i32) (local $i i32) (local v128 (ref null $s))\n"
    "    (block $out (loop $top (br_if $out (i32.eqz (local.get $x)))\n"
    "      (local.set $x (i32.sub (local.get $x) (i32.const 1)))\n"
    "      (br_table $top $out (local.get $x))))\n"
    "    (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"
    "      (v128.load offset=4 (i32.const 0)) (v128.const i64x2 1 2)))\n"
    "    (block $h (result i32) (try_table (catch $tg $h) (throw $tg (i32.const 4))) (i32.const "
    "1))\n"
    "    (i32.store8 offset=70000 (i32.const 1)) \n"
    "    (memory.init $mem $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d)\n"
    "    (drop (i64.atomic.rmw.add 1 (i64.const 8) (i64.const 1)))\n"
    "    (drop (call_indirect (type $f) (i32.const 1) (i64.const -5) (i32.const 0)))\n"
    "    (drop (select (result funcref) (ref.func $st) (ref.null func) (local.get $i)))\n"
    "    (drop (ref.test (ref $t) (local.get 3)))\n"
    "    (drop (f64.add (f64.const 0x1p-1074) (f64.const nan:0x123)))\n"
    "    (drop (array.new_fixed $a 2 (i64.const 1) (i64.const 2)))\n"
    "    (return_call $run (local.get $x))))\n";

struct sample {
    struct arena arena;
    struct slice bytes;
};

static void assemble(struct sample *sample)
{
    *sample = (struct sample){0};
    struct error err = ERROR_INIT;
    struct slice text = {.p = (const uint8_t *)source, .n = sizeof source - 1};
    struct text_options options = {.names = true};
    if (!text_to_binary(text, &options, &sample->arena, &sample->bytes, NULL, &err))
        fail_msg("%u:%u: %s", err.line, err.column, err.message);
}

/* Everything the front end does with bytes, in memory of their very size, so that the sanitizer
 * sees a read beyond them. Returns whether the module is valid. */
static bool run(struct slice bytes, FILE *out, struct error *err)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    memcpy(copy, bytes.p, bytes.n);
    struct slice input = {.p = copy, .n = bytes.n};
    struct arena arena = {0};
    struct module m;
    bool valid = module_decode(&m, input, FEATURES_ALL, &arena, err);
    if (valid) {
        struct error print_err = ERROR_INIT;
        rewind(out);
        module_print(out, &m, "damaged.wasm", 15, NULL, &arena, &print_err);
        valid = module_validate_all(&m, &arena, err);
    }
    assert_int_equal(valid, err->kind == ERR_NONE);
    assert_int_equal(valid, err->message[0] == '\0');
    arena_free(&arena);
    free(copy);
    return valid;
}

static FILE *open_sink(void)
{
    FILE *sink = fopen("/dev/null", "w");
    assert_non_null(sink);
    return sink;
}

static void test_whole(void **state)
{
    (void)state;
    struct sample sample;
    assemble(&sample);
    FILE *sink = open_sink();
    struct error err = ERROR_INIT;
    if (!run(sample.bytes, sink, &err))
        fail_msg("0x%zx: %s", err.offset, err.message);
    fclose(sink);
    arena_free(&sample.arena);
}

/* Where a section ends a module may end as well; it is then valid, or lacks what it refers to. */
static void test_truncated(void **state)
{
    (void)state;
    struct sample sample;
    assemble(&sample);
    FILE *sink = open_sink();
    uint32_t accepted = 0;
    for (size_t n = 0; n < sample.bytes.n; n++) {
        struct error err = ERROR_INIT;
        struct slice cut = {.p = sample.bytes.p, .n = n};
        accepted += run(cut, sink, &err);
        if (err.offset != ERROR_NO_OFFSET)
            assert_in_range(err.offset, 0, n);
    }
    assert_in_range(accepted, 1, 13);
    fclose(sink);
    arena_free(&sample.arena);
}

static void test_each_byte_changed(void **state)
{
    (void)state;
    static const uint8_t flips[] = {0xff, 0x80, 0x01, 0x40};
    struct sample sample;
    assemble(&sample);
    FILE *sink = open_sink();
    uint8_t *bytes = arena_alloc(&sample.arena, sample.bytes.n);
    memcpy(bytes, sample.bytes.p, sample.bytes.n);
    for (size_t i = 0; i < sample.bytes.n; i++) {
        for (size_t f = 0; f < sizeof flips; f++) {
            struct error err = ERROR_INIT;
            bytes[i] ^= flips[f];
            run((struct slice){.p = bytes, .n = sample.bytes.n}, sink, &err);
            bytes[i] ^= flips[f];
        }
    }
    fclose(sink);
    arena_free(&sample.arena);
}

/* Deep nesting in a constant expression, and names that would talk to a terminal. */
static void test_deep_constant(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    struct wasm_bytes contents = {0}, file = {0};
    wasm_asm(&contents, "1 0x7f 0");
    for (int i = 0; i < DEPTH; i++)
        wasm_asm(&contents, "block 0x40");
    wasm_header(&file);
    wasm_put_u8(&file, 6);
    wasm_put_leb(&file, contents.n);
    wasm_put(&file, contents.p, contents.n);
    struct error err = ERROR_INIT;
    FILE *sink = open_sink();
    assert_false(run(wasm_slice(&file), sink, &err));
    assert_memory_equal(err.message, "unexpected end", 14);
    fclose(sink);
    wasm_bytes_free(&contents);
    wasm_bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_each_byte_changed),
        cmocka_unit_test(test_deep_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
