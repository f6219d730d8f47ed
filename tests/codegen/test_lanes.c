/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Operations on lanes in the LLVM IR: what a machine has as one instruction, or in few, is that and
 * not what LLVM's instruction selection would make of it. What they give is in tests/wast and in
 * the official suite.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

#define AVX512  "x86_64-linux-gnu", "skylake-avx512"
#define SSE4    "x86_64-linux-gnu", "x86-64-v2"
#define SSE2    "x86_64-linux-gnu", "x86-64"
#define AARCH64 "aarch64-linux-gnu", NULL

/* The floor of each target, and what CPUs have more. */
static const char *compiled(struct arena *arena, const char *target, const char *cpu,
                            const char *insn, const char *params)
{
    const char *text = arena_printf(
        arena, "(module (func (export \"f\") (param $x %s) (param $y %s) (result %s) (%s)))",
        params, params, params, insn);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = target;
    options.cpu = cpu;
    return support_ir(text, &options, arena);
}

#define UNARY(insn)  insn " (local.get $x)"
#define BINARY(insn) insn " (local.get $x) (local.get $y)"

static void conversions_are_vectors(void **state)
{
    (void)state;
    struct arena arena = {0};
    static const char *const insns[] = {
        UNARY("i32x4.trunc_sat_f32x4_s"), UNARY("i32x4.trunc_sat_f32x4_u"),
        UNARY("i32x4.trunc_sat_f64x2_s_zero"), UNARY("i32x4.trunc_sat_f64x2_u_zero")};
    static const char *const avx512[] = {"sse2.cvttps2dq(", "mask.cvttps2udq.128(",
                                         "sse2.cvttpd2dq(", "mask.cvttpd2udq.128("};
    for (int i = 0; i < 4; i++) {
        const char *ir = compiled(&arena, AVX512, insns[i], "v128");
        assert_true(support_count(ir, avx512[i]) > 0);
        assert_int_equal(support_count(ir, "@llvm.fpto"), 0);
        ir = compiled(&arena, SSE4, insns[i], "v128");
        assert_int_equal(support_count(ir, "@llvm.fpto"), 0);
    }
    assert_int_equal(support_count(compiled(&arena, AARCH64, insns[2], "v128"), "neon.sqxtn"), 2);
    assert_int_equal(support_count(compiled(&arena, AARCH64, insns[3], "v128"), "neon.uqxtn"), 2);
    arena_free(&arena);
}

static void minima_are_the_machines(void **state)
{
    (void)state;
    struct arena arena = {0};
    static const char *const insns[] = {BINARY("f32.min"), BINARY("f64x2.max")};
    static const char *const params[] = {"f32", "v128"};
    static const char *const avx512[] = {"mask.range.ps.128(", "mask.range.pd.128("};
    for (int i = 0; i < 2; i++) {
        const char *ir = compiled(&arena, AVX512, insns[i], params[i]);
        assert_true(support_count(ir, avx512[i]) > 0);
        assert_int_equal(support_count(ir, "@llvm.m"), 0);
        ir = compiled(&arena, AARCH64, insns[i], params[i]);
        assert_int_equal(support_count(ir, "select"), 0);
    }
    arena_free(&arena);
}

static const char *const relaxed_rows[][2] = {
    {BINARY("i8x16.relaxed_swizzle"), "ssse3.pshuf.b.128("},
    {BINARY("i16x8.relaxed_q15mulr_s"), "ssse3.pmul.hr.sw.128("},
    {BINARY("i16x8.relaxed_dot_i8x16_i7x16_s"), "ssse3.pmadd.ub.sw.128("},
    {BINARY("i32x4.relaxed_dot_i8x16_i7x16_add_s") "(local.get $x)", "avx512.vpdpbusd.128("},
    {UNARY("i32x4.relaxed_trunc_f32x4_s"), "sse2.cvttps2dq("},
    {UNARY("i32x4.relaxed_trunc_f64x2_u_zero"), "mask.cvttpd2udq.128("},
    {BINARY("f32x4.relaxed_min"), "sse.min.ps("},
    {BINARY("f64x2.relaxed_max"), "sse2.max.pd("},
};

static const char *const x86_rows[][2] = {
    {BINARY("i8x16.narrow_i16x8_u"), "sse2.packuswb.128("},
    {BINARY("i16x8.narrow_i32x4_u"), "sse41.packusdw("},
    {UNARY("i16x8.extadd_pairwise_i8x16_s"), "ssse3.pmadd.ub.sw.128("},
    {UNARY("i32x4.extadd_pairwise_i16x8_s"), "sse2.pmadd.wd("},
    {BINARY("i32x4.dot_i16x8_s"), "sse2.pmadd.wd("},
    {BINARY("i16x8.q15mulr_sat_s"), "ssse3.pmul.hr.sw.128("},
    {BINARY("i8x16.swizzle"), "ssse3.pshuf.b.128("},
};

static const char *const neon_rows[][2] = {
    {BINARY("i8x16.narrow_i16x8_u"), "neon.sqxtun.v8i8("},
    {UNARY("i16x8.extadd_pairwise_i8x16_u"), "neon.uaddlp.v8i16.v16i8("},
    {BINARY("i32x4.dot_i16x8_s"), "neon.addp.v4i32("},
    {BINARY("i16x8.q15mulr_sat_s"), "neon.sqrdmulh.v8i16("},
    {BINARY("i8x16.swizzle"), "neon.tbl1.v16i8("},
};

#define ROWS(rows) (sizeof(rows) / sizeof *(rows))

/* With arguments: a declaration alone does not count. */
static void assert_called(const char *ir, const char *intrinsic)
{
    assert_true(support_count(ir, intrinsic) > 1);
}

static void machine_has_them(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < ROWS(relaxed_rows); i++)
        assert_called(
            compiled(&arena, "x86_64-linux-gnu", "icelake-server", relaxed_rows[i][0], "v128"),
            relaxed_rows[i][1]);
    for (size_t i = 0; i < ROWS(x86_rows); i++)
        assert_called(compiled(&arena, SSE4, x86_rows[i][0], "v128"), x86_rows[i][1]);
    for (size_t i = 0; i < ROWS(neon_rows); i++)
        assert_called(compiled(&arena, AARCH64, neon_rows[i][0], "v128"), neon_rows[i][1]);
    arena_free(&arena);
}

/* What it has not, it is not asked for. */
static void floor_has_few(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < ROWS(x86_rows); i++) {
        const char *ir = compiled(&arena, SSE2, x86_rows[i][0], "v128");
        assert_int_equal(support_count(ir, "@llvm.x86.ss"), support_count(ir, "@llvm.x86.sse2."));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions_are_vectors),
        cmocka_unit_test(minima_are_the_machines),
        cmocka_unit_test(machine_has_them),
        cmocka_unit_test(floor_has_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
