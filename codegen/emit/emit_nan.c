/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The deterministic profile of the specification (Appendix, Profiles): where the sign and payload
 * of a NaN are the machine's choice, the result is the positive canonical NaN. The choice is made
 * after each instruction that has it, on the bits: to LLVM one NaN is as good as another, so it
 * must not see that one float is chosen for another.
 */
#include "codegen/emit/function.h"
#include "codegen/emit/simd.h"

enum result { OTHER, F32, F64, VECTOR_F32, VECTOR_F64 };

/* The type of the result, if that may be a NaN that no operand decides (spec 4.3.3). */
static enum result result_of(enum opcode op)
{
#define BOTH(name)                                                                                 \
    case OP_f32_##name: return F32;                                                                \
    case OP_f64_##name: return F64;                                                                \
    case OP_f32x4_##name: return VECTOR_F32;                                                       \
    case OP_f64x2_##name: return VECTOR_F64;
#define VECTORS(name)                                                                              \
    case OP_f32x4_##name: return VECTOR_F32;                                                       \
    case OP_f64x2_##name: return VECTOR_F64;
    switch (op) {
        /* clang-format off */
    BOTH(add) BOTH(sub) BOTH(mul) BOTH(div) BOTH(min) BOTH(max) BOTH(sqrt)
    BOTH(ceil) BOTH(floor) BOTH(trunc) BOTH(nearest)
    VECTORS(relaxed_madd) VECTORS(relaxed_nmadd) VECTORS(relaxed_min) VECTORS(relaxed_max)
        /* clang-format on */
        case OP_f32_demote_f64:
        return F32;
    case OP_f64_promote_f32: return F64;
    case OP_f32x4_demote_f64x2_zero: return VECTOR_F32;
    case OP_f64x2_promote_low_f32x4: return VECTOR_F64;
        default : return OTHER;
    }
#undef BOTH
#undef VECTORS
}

static LLVMValueRef canonical(struct fn *f, LLVMValueRef x, LLVMTypeRef bits, LLVMValueRef nan)
{
    LLVMValueRef is_nan = LLVMBuildFCmp(f->b, LLVMRealUNO, x, x, "");
    LLVMValueRef own = LLVMBuildBitCast(f->b, x, bits, "");
    LLVMValueRef chosen = LLVMBuildSelect(f->b, is_nan, nan, own, "");
    return LLVMBuildBitCast(f->b, chosen, LLVMTypeOf(x), "");
}

static LLVMValueRef canonical_lanes(struct fn *f, enum shape shape, LLVMTypeRef lane, uint64_t nan)
{
    unsigned lanes = simd_lanes(shape);
    LLVMValueRef nans[4];
    for (unsigned i = 0; i < lanes; i++)
        nans[i] = LLVMConstInt(lane, nan, false);
    return canonical(f, simd_pop(f, shape), LLVMVectorType(lane, lanes),
                     LLVMConstVector(nans, lanes));
}

void emit_canonical_nan(struct fn *f)
{
    const uint64_t nan32 = UINT64_C(0x7fc00000), nan64 = UINT64_C(0x7ff8000000000000);
    struct cg *cg = f->cg;
    switch (cg->c->deterministic ? result_of((enum opcode)f->insn->op) : OTHER) {
    case OTHER: return;
    case F32:
        fn_push(f, canonical(f, fn_pop(f), cg->i32, LLVMConstInt(cg->i32, nan32, false)));
        return;
    case F64:
        fn_push(f, canonical(f, fn_pop(f), cg->i64, LLVMConstInt(cg->i64, nan64, false)));
        return;
    case VECTOR_F32: simd_push(f, canonical_lanes(f, F32X4, cg->i32, nan32)); return;
    case VECTOR_F64: simd_push(f, canonical_lanes(f, F64X2, cg->i64, nan64)); return;
    }
}
