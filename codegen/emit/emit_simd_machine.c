/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SIMD instructions that a machine has as they are, one row each, where LLVM does not find its
 * instruction by the shape that the other files make. Of relaxed instructions it is whatever the
 * machine gives, unless all machines have to give the same.
 */
#include "codegen/emit/simd.h"
#include "codegen/ir.h"

#include <string.h>

/* args: 0, 1, 2 are the operands; b and h ones in bytes and halves; i operand 1 as x86's index of
 * bytes. */
struct machine_insn {
    const char *intrinsic, *args;
    const char *feature, *or_feature; /* either; or NULL */
    bool is_relaxed;
    enum shape overloads[2]; /* of an intrinsic that has several types */
    unsigned overload_count;
    bool by_halves;   /* each operand becomes half of the result */
    bool of_products; /* takes the products of both halves' lanes, twice as wide */
    bool flips_least; /* gives the least integer where the instruction gives the greatest */
};

/* clang-format off */
#define X86(insn, name, arguments, ...)                                                            \
    [OP_##insn] = {.intrinsic = "llvm.x86." name, .args = arguments, .feature = __VA_ARGS__}
#define RELAXED(insn, name, arguments, ...)                                                        \
    X86(insn, name, arguments, __VA_ARGS__, .is_relaxed = true)

static const struct machine_insn x86[OP__COUNT] = {
    X86(i8x16_swizzle,                "ssse3.pshuf.b.128",      "0i", "ssse3"),
    X86(i16x8_q15mulr_sat_s,          "ssse3.pmul.hr.sw.128",   "01", "ssse3", .flips_least = true),
    X86(i8x16_narrow_i16x8_s,         "sse2.packsswb.128",      "01", NULL),
    X86(i8x16_narrow_i16x8_u,         "sse2.packuswb.128",      "01", NULL),
    X86(i16x8_narrow_i32x4_s,         "sse2.packssdw.128",      "01", NULL),
    X86(i16x8_narrow_i32x4_u,         "sse41.packusdw",         "01", "sse4.1"),
    X86(i16x8_extadd_pairwise_i8x16_s, "ssse3.pmadd.ub.sw.128", "b0", "ssse3"),
    X86(i16x8_extadd_pairwise_i8x16_u, "ssse3.pmadd.ub.sw.128", "0b", "ssse3"),
    X86(i32x4_extadd_pairwise_i16x8_s, "sse2.pmadd.wd",         "0h", NULL),
    X86(i32x4_dot_i16x8_s,            "sse2.pmadd.wd",          "01", NULL),

    RELAXED(i8x16_relaxed_swizzle,          "ssse3.pshuf.b.128",  "01", "ssse3"),
    RELAXED(i16x8_relaxed_q15mulr_s,        "ssse3.pmul.hr.sw.128", "01", "ssse3"),
    RELAXED(i16x8_relaxed_dot_i8x16_i7x16_s, "ssse3.pmadd.ub.sw.128", "10", "ssse3"),
    RELAXED(i32x4_relaxed_dot_i8x16_i7x16_add_s, "avx512.vpdpbusd.128", "210", "avxvnni",
            .or_feature = "avx512vnni"),
    RELAXED(i32x4_relaxed_trunc_f32x4_s,      "sse2.cvttps2dq",             "0", NULL),
    RELAXED(i32x4_relaxed_trunc_f32x4_u,      "avx512.mask.cvttps2udq.128", "0", "avx512vl"),
    RELAXED(i32x4_relaxed_trunc_f64x2_s_zero, "sse2.cvttpd2dq",             "0", NULL),
    RELAXED(i32x4_relaxed_trunc_f64x2_u_zero, "avx512.mask.cvttpd2udq.128", "0", "avx512vl"),
    RELAXED(f32x4_relaxed_min, "sse.min.ps",  "01", NULL),
    RELAXED(f32x4_relaxed_max, "sse.max.ps",  "01", NULL),
    RELAXED(f64x2_relaxed_min, "sse2.min.pd", "01", NULL),
    RELAXED(f64x2_relaxed_max, "sse2.max.pd", "01", NULL),
};

#define NEON(insn, name, arguments, ...)                                                           \
    [OP_##insn] = {.intrinsic = "llvm.aarch64.neon." name, .args = arguments, __VA_ARGS__}
#define ONE(shape)        .overloads = {shape}, .overload_count = 1
#define TWO(shape, other) .overloads = {shape, other}, .overload_count = 2

static const struct machine_insn aarch64[OP__COUNT] = {
    NEON(i8x16_swizzle,           "tbl1",     "01", ONE(I8X16)),
    NEON(i8x16_relaxed_swizzle,   "tbl1",     "01", ONE(I8X16)),
    NEON(i16x8_q15mulr_sat_s,     "sqrdmulh", "01", ONE(I16X8)),
    NEON(i16x8_relaxed_q15mulr_s, "sqrdmulh", "01", ONE(I16X8)),
    NEON(i8x16_narrow_i16x8_u,    "sqxtun",   "01", ONE(I8X16), .by_halves = true),
    NEON(i16x8_narrow_i32x4_u,    "sqxtun",   "01", ONE(I16X8), .by_halves = true),
    NEON(i16x8_extadd_pairwise_i8x16_s, "saddlp", "0", TWO(I16X8, I8X16)),
    NEON(i16x8_extadd_pairwise_i8x16_u, "uaddlp", "0", TWO(I16X8, I8X16)),
    NEON(i32x4_extadd_pairwise_i16x8_s, "saddlp", "0", TWO(I32X4, I16X8)),
    NEON(i32x4_extadd_pairwise_i16x8_u, "uaddlp", "0", TWO(I32X4, I16X8)),
    NEON(i32x4_dot_i16x8_s,                   "addp", "01", ONE(I32X4), .of_products = true),
    NEON(i32x4_relaxed_dot_i8x16_i7x16_add_s, "sdot", "201", TWO(I32X4, I8X16),
         .feature = "dotprod", .is_relaxed = true),
};
/* clang-format on */

static bool is_usable(const struct compile *c, const struct machine_insn *m)
{
    if (!m->intrinsic || (m->is_relaxed && c->deterministic))
        return false;
    return !m->feature || cpu_has(&c->cpu, m->feature) ||
           (m->or_feature && cpu_has(&c->cpu, m->or_feature));
}

static LLVMValueRef splat_constant(LLVMTypeRef lane, uint64_t n, unsigned lanes)
{
    LLVMValueRef all[16];
    for (unsigned i = 0; i < lanes; i++)
        all[i] = LLVMConstInt(lane, n, false);
    return LLVMConstVector(all, lanes);
}

/* An index of 16 or more gives 0. x86's pshufb gives 0 where the top bit is set and else looks at
 * the low four bits: adding 0x70 with saturation sets the top bit of those. */
static LLVMValueRef top_bit_index(struct fn *f, LLVMValueRef index)
{
    LLVMValueRef args[] = {index, splat_constant(f->cg->i8, 0x70, 16)};
    return emit_intrinsic(f, "llvm.uadd.sat", &f->cg->v128, 1, args, 2);
}

static LLVMValueRef argument(struct fn *f, char letter, LLVMValueRef *operands)
{
    switch (letter) {
    case 'b': return splat_constant(f->cg->i8, 1, 16);
    case 'h': return splat_constant(f->cg->i16, 1, 8);
    case 'i': return top_bit_index(f, operands[1]);
    default: return operands[letter - '0'];
    }
}

static unsigned operand_count(const struct machine_insn *m)
{
    return strpbrk(m->args, "2") ? 3 : strpbrk(m->args, "1i") ? 2 : 1;
}

/* x86's product of the least fractions is the least again. */
static LLVMValueRef flip_least(struct fn *f, LLVMValueRef x)
{
    LLVMValueRef least = splat_constant(f->cg->i16, 0x8000, 8);
    LLVMValueRef is_least = LLVMBuildICmp(f->b, LLVMIntEQ, x, least, "");
    return LLVMBuildXor(f->b, x, LLVMBuildSExt(f->b, is_least, LLVMTypeOf(x), ""), "");
}

/* The operand has lanes twice as wide, which become those of the shape. */
static LLVMValueRef narrow_half(struct fn *f, const struct machine_insn *m, LLVMValueRef operand)
{
    enum shape shape = m->overloads[0];
    LLVMTypeRef half = LLVMVectorType(simd_lane_type(f, shape), simd_lanes(shape) / 2);
    const struct machine_call call = {m->intrinsic, &half, 1, &operand, 1};
    return ir_call_machine(f->cg, f->b, &call);
}

static LLVMValueRef join_halves(struct fn *f, const struct machine_insn *m, LLVMValueRef *operands)
{
    LLVMValueRef all[16];
    unsigned lanes = simd_lanes(m->overloads[0]);
    for (unsigned i = 0; i < lanes; i++)
        all[i] = fn_i32(f, i);
    return LLVMBuildShuffleVector(f->b, narrow_half(f, m, operands[0]),
                                  narrow_half(f, m, operands[1]), LLVMConstVector(all, lanes), "");
}

static LLVMValueRef extended_half(struct fn *f, LLVMValueRef x, unsigned half)
{
    LLVMValueRef lanes[4];
    for (unsigned i = 0; i < 4; i++)
        lanes[i] = fn_i32(f, 4 * half + i);
    x = LLVMBuildBitCast(f->b, x, simd_type(f, I16X8), "");
    x = LLVMBuildShuffleVector(f->b, x, LLVMGetPoison(LLVMTypeOf(x)), LLVMConstVector(lanes, 4),
                               "");
    return LLVMBuildSExt(f->b, x, simd_type(f, I32X4), "");
}

/* Of lanes of 16 bits. */
static void multiply_halves(struct fn *f, LLVMValueRef *operands)
{
    LLVMValueRef products[2];
    for (unsigned i = 0; i < 2; i++)
        products[i] = LLVMBuildMul(f->b, extended_half(f, operands[0], i),
                                   extended_half(f, operands[1], i), "");
    operands[0] = products[0];
    operands[1] = products[1];
}

static const struct machine_insn *machine_insn(struct fn *f, enum opcode op)
{
    const struct compile *c = f->cg->c;
    const struct machine_insn *m = c->target->truncates_to_least ? &x86[op] : &aarch64[op];
    return is_usable(c, m) ? m : NULL;
}

LLVMValueRef simd_build_machine(struct fn *f, enum opcode op, LLVMValueRef *operands)
{
    const struct machine_insn *m = machine_insn(f, op);
    if (!m)
        return NULL;
    if (m->by_halves)
        return join_halves(f, m, operands);
    if (m->of_products)
        multiply_halves(f, operands);
    LLVMTypeRef types[2];
    LLVMValueRef args[3];
    unsigned count = (unsigned)strlen(m->args);
    for (unsigned i = 0; i < m->overload_count; i++)
        types[i] = simd_type(f, m->overloads[i]);
    for (unsigned i = 0; i < count; i++)
        args[i] = argument(f, m->args[i], operands);
    const struct machine_call call = {m->intrinsic, types, m->overload_count, args, count};
    LLVMValueRef result = ir_call_machine(f->cg, f->b, &call);
    return m->flips_least ? flip_least(f, result) : result;
}

bool emit_machine_simd(struct fn *f)
{
    const struct machine_insn *m = machine_insn(f, (enum opcode)f->insn->op);
    if (!m)
        return false;
    LLVMValueRef operands[3];
    for (unsigned i = operand_count(m); i-- > 0;)
        operands[i] = simd_pop(f, I8X16);
    simd_push(f, simd_build_machine(f, (enum opcode)f->insn->op, operands));
    return true;
}
