/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * func_validate: the stream of live code, flag by flag; locals; instructions described by their
 * row; errors with their place; large and broken bodies.
 */
#include "frontend/insn.h"
#include "tests/support/sample_module.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- the stream ---- */

static void test_stream_blocks(void **state)
{
    (void)state;
    expect_stream(0, "0 end", "end/n");
    expect_stream(0, "0 nop end", "nop end/n");
    expect_stream(0, "0 block 0x40 end end", "block end/n end/n");
    expect_stream(0, "0 block 0x40 i32.const 1 br_if 0 end end", "block i32.const br_if end end/n");
    expect_stream(0, "0 block 0x40 br 0 end nop end", "block br end/d nop end/n");
    expect_stream(0, "0 block 0x40 br 1 end nop end", "block br end/dn end/d");
    expect_stream(0, "0 i32.const 0 br_if 0 end", "i32.const br_if end");
}

static void test_stream_dead_code_is_left_out(void **state)
{
    (void)state;
    expect_stream(0, "0 unreachable nop nop end", "unreachable end/dn");
    expect_stream(0, "0 return i32.const 1 drop end", "return end/dn");
    expect_stream(0, "0 unreachable block 0x40 nop end nop end", "unreachable end/dn");
    expect_stream(0, "0 block 0x40 unreachable end nop end", "block unreachable end/dn end/dn");
    expect_stream(0, "0 unreachable i32.const 0 if 0x40 nop else nop end end",
                  "unreachable end/dn");
    expect_stream(0, "0 unreachable try 0x40 nop catch_all nop end end", "unreachable end/dn");
    expect_stream(3, "0 unreachable i32.add end", "unreachable end/dn");
}

static void test_stream_branches_of_dead_code(void **state)
{
    (void)state;
    expect_stream(0, "0 block 0x40 unreachable br 0 end nop end",
                  "block unreachable end/dn end/dn");
    expect_stream(0, "0 block 0x40 unreachable i32.const 0 br_table 1 0 0 end nop end",
                  "block unreachable end/dn end/dn");
    expect_stream(0, "0 block 0x40 unreachable block 0x40 br 1 end end nop end",
                  "block unreachable end/dn end/dn");
    expect_stream(0, "0 block 0x40 unreachable try_table 0x40 1 2 0 end end nop end",
                  "block unreachable end/dn end/dn");
}

static void test_stream_loops(void **state)
{
    (void)state;
    expect_stream(0, "0 loop 0x40 end nop end", "loop end/n nop end/n");
    expect_stream(0, "0 loop 0x40 i32.const 0 br_if 0 end nop end",
                  "loop i32.const br_if end nop end/n");
    /* A branch to the loop goes to its start: nothing follows the end. */
    expect_stream(0, "0 loop 0x40 br 0 end nop end", "loop br end/d end/dn");
}

static void test_stream_if(void **state)
{
    (void)state;
    expect_stream(0, "0 i32.const 1 if 0x40 end nop end", "i32.const if end nop end/n");
    expect_stream(0, "0 i32.const 1 if 0x40 unreachable end nop end",
                  "i32.const if unreachable end/d nop end/n");
    expect_stream(0, "0 i32.const 1 if 0x40 else end nop end", "i32.const if/e else end nop end/n");
    expect_stream(0, "0 i32.const 1 if 0x40 return nop else end nop end",
                  "i32.const if/e return else/d end/n nop end/n");
    expect_stream(0, "0 i32.const 1 if 0x40 else return nop end nop end",
                  "i32.const if/e else return end/d nop end/n");
    expect_stream(0, "0 i32.const 1 if 0x40 return else return end nop end",
                  "i32.const if/e return else/d return end/dn end/dn");
    expect_stream(0, "0 i32.const 1 if 0x40 br 0 else return end nop end",
                  "i32.const if/e br else/d return end/d nop end/n");
    /* Parameters flow through the missing else. */
    expect_stream(1, "0 local.get 0 local.get 0 if 1 nop end end",
                  "local.get local.get if nop end end/n");
}

static void test_stream_br_table(void **state)
{
    (void)state;
    expect_stream(0, "0 block 0x40 block 0x40 i32.const 0 br_table 1 0 2 end nop end nop end",
                  "block block i32.const br_table end/d nop end/n nop end");
    expect_stream(0, "0 block 0x40 block 0x40 i32.const 0 br_table 0 1 end nop end nop end",
                  "block block i32.const br_table end/dn end/d nop end/n");
}

static void test_stream_tail_calls_and_throws(void **state)
{
    (void)state;
    expect_stream(0, "0 return_call 1 nop end", "return_call end/dn");
    expect_stream(0, "0 i32.const 0 return_call_indirect 0 0 nop end",
                  "i32.const return_call_indirect end/dn");
    expect_stream(1, "0 local.get 0 ref.func 2 return_call_ref 1 nop end",
                  "local.get ref.func return_call_ref end/dn");
    expect_stream(0, "0 throw 0 nop end", "throw end/dn");
    expect_stream(0, "0 ref.null 0x69 throw_ref nop end", "ref.null throw_ref end/dn");
}

static void test_stream_try_table(void **state)
{
    (void)state;
    expect_stream(0, "0 block 0x40 try_table 0x40 1 2 0 return end end nop end",
                  "block try_table return end/dn end/d nop end/n");
    expect_stream(0, "0 try_table 0x40 0 end nop end", "try_table end/n nop end/n");
}

static void test_stream_legacy_try(void **state)
{
    (void)state;
    expect_stream(0, "0 try 0x40 nop catch 0 nop catch_all nop end nop end",
                  "try nop catch nop catch_all nop end nop end/n");
    expect_stream(0, "0 try 0x40 throw 0 nop catch 1 drop return nop catch_all return end nop end",
                  "try throw catch/d drop return catch_all/d return end/dn end/dn");
    expect_stream(0, "0 try 0x40 throw 0 catch_all end nop end",
                  "try throw catch_all/d end/n nop end/n");
    expect_stream(0, "0 try 0x40 return delegate 0 nop end", "try return delegate/dn end/dn");
    expect_stream(0, "0 try 0x40 nop delegate 0 nop end", "try nop delegate/n nop end/n");
    expect_stream(0, "0 try 0x40 br 0 delegate 0 nop end", "try br delegate/d nop end/n");
    expect_stream(0, "0 try 0x40 nop catch_all rethrow 0 nop end nop end",
                  "try nop catch_all rethrow end/d nop end/n");
    expect_stream(0, "0 try 0x40 end nop end", "try end/n nop end/n");
}

/* blocktype.end, blocktype.type, insn.type, offsets, depth. */
static void test_stream_resolved(void **state)
{
    (void)state;
    struct sample s;
    assert_true(sample_open(&s, 1, "0 local.get 0 block 1 block 0x40 end end i64.const 1 drop end",
                            FEATURES_ALL));
    const struct insn *insns = s.body.insns;
    assert_int_equal(s.body.insn_count, 8);
    assert_int_equal(s.body.max_depth, 3);
    assert_int_equal(s.body.local_count, 1);
    assert_ptr_equal(s.body.type, &s.module.types[1].func);
    assert_int_equal(insns[0].type.kind, VT_I32);
    assert_int_equal(insns[1].imm.block->end, 4);
    assert_int_equal(insns[1].imm.block->type.param_count, 1);
    assert_int_equal(insns[1].imm.block->type.result_count, 1);
    assert_int_equal(insns[2].imm.block->end, 3);
    assert_int_equal(insns[6].op, OP_drop);
    assert_int_equal(insns[6].type.kind, VT_I64);
    assert_int_equal(insns[0].offset - s.module.funcs[0].body_offset, 1);
    assert_int_equal(insns[7].offset - s.module.funcs[0].body_offset, 12);
    sample_close(&s);

    assert_true(sample_open(&s, 0,
                            "0 try 0x40 nop delegate 0 unreachable block 0x40 block 0x40 "
                            "end end end",
                            FEATURES_ALL));
    assert_int_equal(s.body.insns[0].imm.block->end, 2);
    assert_int_equal(s.body.max_depth, 2); /* the dead blocks do not count */
    sample_close(&s);
}

/* The operand types that the generator asks for. */
static void test_stream_operand_types(void **state)
{
    (void)state;
    const struct {
        const char *body;
        uint32_t insn;
        struct valtype type;
    } rows[] = {
        {"0 i64.const 1 i64.const 2 i32.const 0 select drop end", 3, VALTYPE(VT_I64)},
        {"0 ref.null 0x70 ref.null 0x70 i32.const 0 select:2 1 0x70 drop end", 3,
         REFTYPE(1, HEAP_FUNC)},
        {"0 ref.func 2 ref.is_null drop end", 1, REFTYPE(0, 1)},
        {"0 ref.null 0x6f ref.as_non_null drop end", 1, REFTYPE(1, HEAP_EXTERN)},
        {"0 ref.null 4 br_on_null 0 drop end", 1, REFTYPE(1, 4)},
        {"0 block 0x64 4 ref.null 4 br_on_non_null 0 return end drop end", 2, REFTYPE(1, 4)},
        {"0 i64.const 0 table.get 1 drop end", 1, REFTYPE(1, HEAP_EXTERN)},
        {"0 ref.null 1 ref.cast:2 1 drop end", 1, REFTYPE(1, 1)},
        {"0 struct.new_default 4 struct.get 4 0 drop end", 1, REFTYPE(0, 4)},
        {"0 i32.const 0 ref.func 2 call_ref 1 drop end", 2, REFTYPE(0, 1)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample s;
        if (!sample_open(&s, 0, rows[i].body, FEATURES_ALL))
            fail_msg("%s: %s", rows[i].body, s.err.message);
        if (!valtype_eq(s.body.insns[rows[i].insn].type, rows[i].type))
            fail_msg("%s: wrong type at %u", rows[i].body, rows[i].insn);
        sample_close(&s);
    }
}

/* ---- locals ---- */

static void test_locals(void **state)
{
    (void)state;
    expect_valid(1, "2 1 0x7e 2 0x7d local.get 1 drop local.get 3 drop local.get 0 end");
    expect_invalid(1, "1 1 0x7e local.get 2 drop local.get 0 end", "unknown local 2", 3);
    expect_valid(0, "1 50000 0x7f local.get 49999 drop end");
    expect_invalid(0, "2 1 0x7f 50000 0x7f end", "too many locals", 3);
    expect_invalid(0, "1 4294967295 0x7f end", "too many locals", 1);
    expect_invalid(0, "1 1 0x64 0xe3 0 end", "unknown type 99", 1);
    expect_invalid(0, "1 1 0x3f end", "malformed value type", 2);
}

static void test_locals_without_default(void **state)
{
    (void)state;
    const char *message = "uninitialized local 0 of type (ref 4)";
    expect_valid(0, "1 1 0x64 4 struct.new_default 4 local.set 0 local.get 0 drop end");
    expect_invalid(0, "1 1 0x64 4 local.get 0 drop end", message, 4);
    expect_valid(0, "1 1 0x64 4 struct.new_default 4 local.set 0 "
                    "block 0x40 local.get 0 drop end end");
    expect_invalid(0,
                   "1 1 0x64 4 block 0x40 struct.new_default 4 local.set 0 end "
                   "local.get 0 drop end",
                   message, -1);
    expect_invalid(0,
                   "1 1 0x64 4 i32.const 0 if 0x40 struct.new_default 4 local.tee 0 drop else "
                   "local.get 0 drop end end",
                   message, -1);
    expect_invalid(0,
                   "1 1 0x64 4 try 0x40 struct.new_default 4 local.set 0 catch_all "
                   "local.get 0 drop end end",
                   message, -1);
    expect_invalid(0, "1 1 0x64 4 unreachable local.get 0 drop end", message, -1);
    expect_valid(0, "1 1 0x63 4 local.get 0 drop end");
}

/* ---- rows ---- */

static void test_rows(void **state)
{
    (void)state;
    expect_valid(3, "0 i32.const 1 i32.const 2 i32.add end");
    expect_invalid(3, "0 i32.const 1 f32.const 0 0 0 0 i32.add end",
                   "type mismatch: i32.add wants i32, found f32", 8);
    expect_invalid(3, "0 i32.const 1 i32.add end",
                   "type mismatch: i32.add wants i32, found nothing", 3);
    expect_invalid(3, "0 end", "type mismatch: end wants i32, found nothing", 1);
    expect_invalid(0, "0 i32.const 1 end",
                   "type mismatch: values left at the end of the function: 1", 3);
    expect_invalid(0, "0 i32.const 1 block 0x40 drop end end", "type mismatch", 5);
    expect_valid(0, "0 i64.const 1 i64.const 2 i64.mul_wide_s drop drop end");
    expect_valid(3, "0 unreachable i32.add end");
    expect_invalid(3, "0 unreachable i64.const 1 i32.add end", "type mismatch", 4);
}

static void test_memory_rows(void **state)
{
    (void)state;
    expect_valid(0, "0 i32.const 0 i32.load 2 0 drop end");
    expect_invalid(0, "0 i32.const 0 i32.load 3 0 drop end",
                   "alignment must not be larger than natural", 3);
    expect_valid(0, "0 i64.const 0 i32.load 0x42 1 0 drop end");
    expect_invalid(0, "0 i32.const 0 i32.load 0x42 1 0 drop end",
                   "type mismatch: i32.load wants i64, found i32", 3);
    expect_invalid(0, "0 i32.const 0 i32.load 0x42 2 0 drop end", "unknown memory 2", 3);
    expect_invalid(0, "0 i32.const 0 i32.load 2 4294967296 drop end", "offset out of range", 3);
    expect_valid(0, "0 i64.const 0 i32.load 0x42 1 4294967296 drop end");
    expect_valid(3, "0 memory.size 0 memory.grow 0 end");
    expect_valid(8, "0 memory.size 1 memory.grow 1 end");
    expect_invalid(3, "0 memory.size 1 end", "type mismatch", 3);
    expect_invalid(3, "0 memory.size 2 end", "unknown memory 2", 1);
}

static void test_simd_rows(void **state)
{
    (void)state;
    const char *zero = "0 v128.const 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ";
    static const struct {
        const char *rest, *message;
    } rows[] = {
        {"i8x16.extract_lane_s 15 drop end", NULL},
        {"i8x16.extract_lane_s 16 drop end", "invalid lane index 16"},
        {"f32x4.extract_lane 3 drop end", NULL},
        {"f32x4.extract_lane 4 drop end", "invalid lane index 4"},
        {"i64x2.extract_lane 2 drop end", "invalid lane index 2"},
        {"v128.any_true drop end", NULL},
        {"i32.const 0 i32x4.shl drop end", NULL},
        {"v128.not i32.eqz drop end", "type mismatch"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[200];
        snprintf(body, sizeof body, "%s%s", zero, rows[i].rest);
        if (rows[i].message)
            expect_invalid(0, body, rows[i].message, -1);
        else
            expect_valid(0, body);
    }
    expect_invalid(0, "0 unreachable i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 32 drop end",
                   "invalid lane index 32", 2);
    expect_valid(0, "0 unreachable v128.load64_lane 3 0 1 drop end");
    expect_invalid(0, "0 unreachable v128.load64_lane 3 0 2 drop end", "invalid lane index 2", 2);
    expect_invalid(0, "0 unreachable v128.load 5 0 drop end",
                   "alignment must not be larger than natural", 2);
}

static void test_atomic_rows(void **state)
{
    (void)state;
    expect_valid(0, "0 i32.const 0 i64.atomic.load 3 0 drop end");
    expect_invalid(0, "0 i32.const 0 i64.atomic.load 2 0 drop end", "atomic alignment", 3);
    expect_invalid(0, "0 i32.const 0 i64.atomic.load 4 0 drop end",
                   "alignment must not be larger than natural", 3);
    expect_valid(0, "0 atomic.fence 0 end");
}

/* ---- features ---- */

static void test_features(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum feature feature;
        const char *message;
    } rows[] = {
        {"0 unreachable i8x16.add drop end", FEATURE_SIMD,
         "illegal opcode: i8x16.add: the simd proposal is disabled"},
        {"1 1 0x7b end", FEATURE_SIMD, "malformed value type: v128: the simd proposal is disabled"},
        {"0 i32.const 1 i32.extend8_s drop end", FEATURE_SIGN_EXT,
         "illegal opcode: i32.extend8_s: the sign-extension proposal is disabled"},
        {"0 return_call 1 end", FEATURE_TAIL_CALL,
         "illegal opcode: return_call: the tail-call proposal is disabled"},
        {"0 block 3 i32.const 1 end drop end", FEATURE_MULTI_VALUE, NULL},
        {"0 i32.const 1 block 11 drop end end", FEATURE_MULTI_VALUE,
         "illegal opcode: block: the multi-value proposal is disabled"},
        {"0 ref.null 0x6e drop end", FEATURE_GC,
         "malformed value type: anyref: the gc proposal is disabled"},
        {"0 ref.null 0x69 drop end", FEATURE_EXCEPTIONS,
         "malformed value type: exnref: the exceptions proposal is disabled"},
        {"0 ref.null 0x70 drop end", FEATURE_REFERENCE_TYPES,
         "illegal opcode: ref.null: the reference-types proposal is disabled"},
        {"0 ref.null 1 drop end", FEATURE_FUNCTION_REFERENCES,
         "malformed value type: (ref null 1): the function-references proposal is disabled"},
        {"0 try 0x40 end end", FEATURE_LEGACY_EXCEPTIONS,
         "illegal opcode: try: the legacy-exceptions proposal is disabled"},
        {"0 throw 0 end", FEATURE_EXCEPTIONS, NULL}, /* legacy-exceptions has it too */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample s;
        bool valid = sample_open(&s, 0, rows[i].body, FEATURES_ALL & ~FEATURE_BIT(rows[i].feature));
        assert_int_equal(valid, rows[i].message == NULL);
        if (rows[i].message)
            assert_string_equal(s.err.message, rows[i].message);
        sample_close(&s);
    }
}

/* ---- broken and large bodies ---- */

static void test_malformed(void **state)
{
    (void)state;
    struct sample s;
    expect_invalid(0, "0 nop", "END opcode expected", 2);
    expect_invalid(0, "0 block 0x40 nop", "unexpected end", 4);
    expect_invalid(0, "0 i32.const 0x80", "unexpected end", -1);
    expect_invalid(0, "0 end nop", "section size mismatch", 2);
    expect_invalid(0, "0 else end", "END opcode expected", 1);
    expect_invalid(0, "0 unreachable 0xff 0 end", "illegal opcode ff", 2);
    expect_invalid(0, "0 catch_all end", "END opcode expected", 1);
    expect_invalid(0, "0 block 0x40 delegate 0 end", "END opcode expected", 3);
    assert_false(sample_open(&s, 0, "", FEATURES_ALL));
    assert_int_equal(s.err.kind, ERR_MALFORMED);
    sample_close(&s);
}

static void test_first_error_stays(void **state)
{
    (void)state;
    struct sample s;
    assert_true(sample_open(&s, 0, "0 end", FEATURES_ALL));
    error_set(&s.err, ERR_IO, 7, "earlier");
    assert_false(func_validate(&s.module, 0, &s.body, &s.arena, &s.err));
    assert_string_equal(s.err.message, "earlier");
    assert_int_equal(s.err.func, ERROR_NO_FUNC);
    sample_close(&s);
}

static void test_deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    struct wasm_bytes body = {0};
    struct sample s;
    wasm_put_u8(&body, 0);
    for (int i = 0; i < DEPTH; i++)
        wasm_asm(&body, i % 2 ? "block 0x40" : "loop 0x40");
    wasm_put_u8(&body, 0x0c); /* br to the outermost block */
    wasm_put_leb(&body, DEPTH - 2);
    for (int i = 0; i <= DEPTH; i++)
        wasm_put_u8(&body, 0x0b);
    assert_true(sample_open_bytes(&s, 0, wasm_slice(&body), FEATURES_ALL));
    assert_int_equal(s.body.max_depth, DEPTH + 1);
    /* All ends stand there, though only the outermost two blocks' can be left. */
    assert_int_equal(s.body.insn_count, DEPTH + 1 + DEPTH + 1);
    assert_int_equal(s.body.insns[0].imm.block->end, 2 * DEPTH);
    assert_int_equal(s.body.insns[1].imm.block->end, 2 * DEPTH - 1);
    assert_int_equal(s.body.insns[2 * DEPTH].flags, INSN_NO_BRANCH);
    assert_int_equal(s.body.insns[2 * DEPTH - 1].flags, INSN_DEAD_BEFORE);
    assert_int_equal(s.body.insns[2 * DEPTH - 2].flags, INSN_DEAD_BEFORE | INSN_NO_BRANCH);
    sample_close(&s);
    wasm_bytes_free(&body);
}

/* The count of array.new_fixed says nothing about the operands that are there. */
static void test_huge_counts(void **state)
{
    (void)state;
    expect_valid(0, "0 unreachable array.new_fixed 5 4294967295 drop end");
    expect_invalid(0, "0 array.new_fixed 5 4294967295 drop end", "type mismatch", 1);
    expect_invalid(0, "0 i32.const 0 br_table 4294967295 0 end", "unexpected end", -1);
}

static const char varied[] =
    "2 2 0x7f 1 0x63 4 i32.const 1 if 0x7f i32.const 5 else local.get 0 end local.set 1 "
    "block 0x40 loop 0x40 local.get 1 br_table 2 0 1 0 end end try_table 0x40 1 2 0 "
    "struct.new_default 4 local.set 2 end i32.const 0 i64.load 3 16 drop local.get 2 "
    "br_on_null 0 struct.get_u 4 1 drop ref.func 2 drop i32.const 8 i32.const 0 "
    "i32.const 2 memory.init 0 0 try 0x40 call 1 catch 1 drop catch_all end "
    "i32.const 1 array.new_default 7 array.len drop end";

/* Every prefix and many single-byte changes: any verdict, no crash. */
static void test_mutations(void **state)
{
    (void)state;
    struct wasm_bytes body = {0};
    wasm_asm(&body, varied);
    struct sample s;
    assert_true(sample_open_bytes(&s, 0, wasm_slice(&body), FEATURES_ALL));
    sample_close(&s);
    for (size_t n = 0; n < body.n; n++) {
        assert_false(sample_open_bytes(&s, 0, (struct slice){body.p, n}, FEATURES_ALL));
        sample_close(&s);
    }
    for (size_t i = 0; i < body.n; i++) {
        uint8_t right = body.p[i];
        for (unsigned flip = 1; flip < 256; flip += 3) {
            body.p[i] = (uint8_t)(right ^ flip);
            if (!sample_open_bytes(&s, 0, wasm_slice(&body), FEATURES_ALL))
                assert_true(s.err.func == 0 && s.err.offset <= s.bytes.n);
            sample_close(&s);
        }
        body.p[i] = right;
    }
    wasm_bytes_free(&body);
}

static void test_module_validate_all(void **state)
{
    (void)state;
    struct sample s;
    assert_true(sample_open(&s, 0, "0 end", FEATURES_ALL));
    assert_true(module_validate_all(&s.module, &s.arena, &s.err));
    sample_close(&s);
    assert_false(sample_open(&s, 0, "0 drop end", FEATURES_ALL));
    s.err = (struct error)ERROR_INIT;
    assert_false(module_validate_all(&s.module, &s.arena, &s.err));
    assert_int_equal(s.err.func, 0);
    sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_blocks),
        cmocka_unit_test(test_stream_dead_code_is_left_out),
        cmocka_unit_test(test_stream_branches_of_dead_code),
        cmocka_unit_test(test_stream_loops),
        cmocka_unit_test(test_stream_if),
        cmocka_unit_test(test_stream_br_table),
        cmocka_unit_test(test_stream_tail_calls_and_throws),
        cmocka_unit_test(test_stream_try_table),
        cmocka_unit_test(test_stream_legacy_try),
        cmocka_unit_test(test_stream_resolved),
        cmocka_unit_test(test_stream_operand_types),
        cmocka_unit_test(test_locals),
        cmocka_unit_test(test_locals_without_default),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_memory_rows),
        cmocka_unit_test(test_simd_rows),
        cmocka_unit_test(test_atomic_rows),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_first_error_stays),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_huge_counts),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_module_validate_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
