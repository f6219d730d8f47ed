/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Deterministic code: every operation that makes a NaN makes the positive canonical one, whatever
 * its operands and whatever the optimiser knows of them; relaxed multiply-adds round twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/codegen/world.h"

/* A signalling and a quiet NaN with signs and payloads come in as integers. */
#define UNARY(name)                                                                                \
    " (func (export \"f32." name "\") (param i32) (result i32) (i32.reinterpret_f32"               \
    "   (f32." name " (f32.reinterpret_i32 (local.get 0)))))"
#define BINARY(name)                                                                               \
    " (func (export \"f32." name "\") (param i32) (result i32) (i32.reinterpret_f32"               \
    "   (f32." name " (f32.reinterpret_i32 (local.get 0)) (f32.const 1))))"                        \
    " (func (export \"f32x4." name "\") (param i32) (result i32) (i32x4.extract_lane 2"            \
    "   (f32x4." name " (i32x4.splat (local.get 0)) (v128.const f32x4 1 1 1 1))))"

static const char text[] = "(module" UNARY("ceil") UNARY("floor") UNARY("trunc") UNARY("nearest")
    UNARY("sqrt") BINARY("add") BINARY("sub") BINARY("mul") BINARY("div") BINARY("min") BINARY(
        "max") " (func (export \"promote\") (param i32) (result i32) (i32.wrap_i64 (i64.shr_u"
               "   (i64.reinterpret_f64 (f64.promote_f32 (f32.reinterpret_i32 (local.get 0))))"
               "   (i64.const 32))))"
               " (func (export \"demote\") (param i32) (result i32) (i32.reinterpret_f32 "
               "(f32.demote_f64"
               "   (f64.reinterpret_i64 (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const "
               "32))))))"
               " (func (export \"zero/zero\") (param i32) (result i32)"
               "   (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.const 0))))"
               " (func (export \"constant\") (param i32) (result i32)"
               "   (i32.reinterpret_f32 (f32.add (f32.const -nan:0x123456) (f32.const 1))))"
               " (func (export \"neg\") (param i32) (result i32)"
               "   (i32.reinterpret_f32 (f32.neg (f32.reinterpret_i32 (local.get 0)))))"
               /* (1 + 2^-12)^2 - (1 + 2^-11): rounded twice 0, fused 2^-24 */
               " (func (export \"madd\") (param i32) (result i32) (i32x4.extract_lane 0 "
               "(f32x4.relaxed_madd"
               "   (i32x4.splat (local.get 0)) (i32x4.splat (local.get 0))"
               "   (f32x4.splat (f32.const -0x1.002p0)))))"
               ")";

static const char *const names[] = {
    "f32.ceil",  "f32.floor", "f32.trunc", "f32.nearest", "f32.sqrt",  "f32.add",
    "f32.sub",   "f32.mul",   "f32.div",   "f32.min",     "f32.max",   "f32x4.add",
    "f32x4.sub", "f32x4.mul", "f32x4.div", "f32x4.min",   "f32x4.max",
};

static int32_t call(w2s_instance *instance, const char *name, uint32_t arg)
{
    w2s_value value = {.i32 = (int32_t)arg}, result;
    w2s_func *func = w2s_instance_func(instance, name);
    assert_non_null(func);
    assert_null(w2s_call(func, &value, &result));
    return result.i32;
}

static void check(w2s_instance *instance)
{
    static const uint32_t nans[] = {0x7fc00000, 0xffc00000, 0x7f800001, 0xff9abcde, 0xffffffff};
    for (size_t n = 0; n < sizeof nans / sizeof nans[0]; n++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (call(instance, names[i], nans[n]) != 0x7fc00000)
                fail_msg("%s of %08x", names[i], nans[n]);
        assert_int_equal(call(instance, "promote", nans[n]), 0x7ff80000);
        assert_int_equal(call(instance, "neg", nans[n]), (int32_t)(nans[n] ^ 0x80000000));
    }
    assert_int_equal(call(instance, "demote", 0xfff80001), 0x7fc00000);
    assert_int_equal(call(instance, "f32.sqrt", 0xbf800000), 0x7fc00000); /* of -1 */
    assert_int_equal(call(instance, "f32.add", 0x3f800000), 0x40000000);  /* 1 + 1 */
    assert_int_equal(call(instance, "zero/zero", 0), 0x7fc00000);
    assert_int_equal(call(instance, "constant", 0), 0x7fc00000);
    assert_int_equal(call(instance, "madd", 0x3f800800), 0);
}

static void test_levels(void **state)
{
    (void)state;
    for (int level = 0; level <= 3; level++) {
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = level;
        options.cpu = "native";
        options.deterministic = true;
        w2s_error err = {.kind = W2S_ERROR_NONE};
        w2s_module *module = world_load(text, &options);
        w2s_store *store = w2s_store_new(NULL);
        w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
        assert_string_equal(err.message, "");
        check(instance);
        w2s_store_free(store);
        w2s_module_free(module);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_levels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
