/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tests and casts of references, i31, and the conversions between any and extern (spec 4.4.4).
 *
 * A type knows its supertypes by depth (struct w2s_object_type), so whether an object is of a type
 * of depth d takes one look: what its type has at d. Types that nobody may extend are compared
 * themselves. What the operand's static type says is not asked again.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

static LLVMValueRef i1(struct fn *f, bool value)
{
    return LLVMConstInt(f->cg->i1, value, false);
}

static LLVMValueRef is_i31(struct fn *f, LLVMValueRef ref)
{
    LLVMValueRef bits = LLVMBuildPtrToInt(f->b, ref, f->cg->i64, "");
    return LLVMBuildTrunc(f->b, bits, f->cg->i1, "");
}

/* A value that is computed in a block of its own if condition holds, else is `otherwise`. */
struct detour {
    LLVMBasicBlockRef from, next;
    LLVMValueRef otherwise;
};

static struct detour detour_begin(struct fn *f, LLVMValueRef condition, LLVMValueRef otherwise)
{
    LLVMBasicBlockRef aside = fn_block(f, "");
    struct detour detour = {LLVMGetInsertBlock(f->b), fn_block(f, ""), otherwise};
    LLVMBuildCondBr(f->b, condition, aside, detour.next);
    fn_continue(f, aside);
    return detour;
}

static LLVMValueRef detour_end(struct fn *f, const struct detour *detour, LLVMValueRef value)
{
    LLVMBasicBlockRef blocks[] = {detour->from, LLVMGetInsertBlock(f->b)};
    LLVMValueRef values[] = {detour->otherwise, value};
    LLVMBuildBr(f->b, detour->next);
    fn_continue(f, detour->next);
    LLVMValueRef phi = LLVMBuildPhi(f->b, LLVMTypeOf(value), "");
    LLVMAddIncoming(phi, values, blocks, 2);
    return phi;
}

/* ---- objects ---- */

static LLVMValueRef has_kind(struct fn *f, LLVMValueRef type, LLVMIntPredicate predicate,
                             enum w2s_object_kind kind)
{
    LLVMValueRef at = abi_offset(f, type, offsetof(struct w2s_object_type, kind));
    LLVMValueRef found = abi_load(f, f->cg->i8, at, ALIAS_RECORD);
    return LLVMBuildICmp(f->b, predicate, found, LLVMConstInt(f->cg->i8, kind, false), "");
}

/* Depth of the object's type is at least that. */
static LLVMValueRef is_deep(struct fn *f, LLVMValueRef type, uint32_t depth)
{
    LLVMValueRef at = abi_offset(f, type, offsetof(struct w2s_object_type, depth));
    LLVMValueRef found = abi_load(f, f->cg->i16, at, ALIAS_RECORD);
    return LLVMBuildICmp(f->b, LLVMIntUGE, found, LLVMConstInt(f->cg->i16, depth, false), "");
}

static LLVMValueRef displays(struct fn *f, LLVMValueRef type, uint32_t depth, LLVMValueRef wanted)
{
    uint64_t offset = offsetof(struct w2s_object_type, display) + depth * sizeof(void *);
    LLVMValueRef found = abi_load(f, f->cg->ptr, abi_offset(f, type, offset), ALIAS_RECORD);
    return LLVMBuildICmp(f->b, LLVMIntEQ, found, wanted, "");
}

static LLVMValueRef is_of_type(struct fn *f, LLVMValueRef type, uint32_t index)
{
    const struct subtype *sub = &f->cg->m->types[index];
    LLVMValueRef wanted = abi_object_type(f, index);
    if (sub->final)
        return LLVMBuildICmp(f->b, LLVMIntEQ, type, wanted, "");
    if (sub->depth < W2S_DISPLAY)
        return displays(f, type, sub->depth, wanted);
    struct detour deep = detour_begin(f, is_deep(f, type, sub->depth), i1(f, false));
    return detour_end(f, &deep, displays(f, type, sub->depth, wanted));
}

/* An object (no null, no i31) against a heap type that some objects are of. */
static LLVMValueRef test_object(struct fn *f, LLVMValueRef object, uint32_t heap)
{
    LLVMValueRef type = abi_load(f, f->cg->ptr, object, ALIAS_OBJECT);
    switch (heap) {
    case HEAP_EQ: return has_kind(f, type, LLVMIntULE, W2S_OBJECT_ARRAY);
    case HEAP_STRUCT: return has_kind(f, type, LLVMIntEQ, W2S_OBJECT_STRUCT);
    case HEAP_ARRAY: return has_kind(f, type, LLVMIntEQ, W2S_OBJECT_ARRAY);
    default: return is_of_type(f, type, heap);
    }
}

/* An i31, or null where ref may be it and the type takes it, needs no look at an object. */
static LLVMValueRef test_any(struct fn *f, LLVMValueRef ref, struct valtype from, struct valtype to)
{
    LLVMValueRef tagged = is_i31(f, ref), null = LLVMBuildIsNull(f->b, ref, "");
    LLVMValueRef otherwise = to.nullable ? null : i1(f, false);
    if (to.heap == HEAP_I31)
        return LLVMBuildOr(f->b, tagged, otherwise, "");
    if (to.heap == HEAP_EQ)
        otherwise = LLVMBuildOr(f->b, tagged, otherwise, "");
    LLVMValueRef is_object = LLVMBuildNot(f->b, null, "");
    if (heaptype_matches(f->cg->m, HEAP_I31, from.heap))
        is_object = LLVMBuildAnd(f->b, is_object, LLVMBuildNot(f->b, tagged, ""), "");
    struct detour object = detour_begin(f, is_object, otherwise);
    return detour_end(f, &object, test_object(f, ref, to.heap));
}

/* ---- functions ---- */

static LLVMValueRef test_func(struct fn *f, LLVMValueRef ref, struct valtype to)
{
    const struct subtype *type = &f->cg->m->types[to.heap];
    LLVMValueRef null = LLVMBuildIsNull(f->b, ref, "");
    struct detour func = detour_begin(f, LLVMBuildNot(f->b, null, ""), i1(f, to.nullable));
    LLVMValueRef at = abi_offset(f, ref, offsetof(struct w2s_func, type_id));
    LLVMValueRef id = abi_load(f, f->cg->i64, at, ALIAS_RECORD);
    LLVMValueRef expected = LLVMConstInt(f->cg->i64, type->id, false);
    LLVMValueRef same = LLVMBuildICmp(f->b, LLVMIntEQ, id, expected, "");
    if (!type->final) {
        struct detour ask = detour_begin(f, LLVMBuildNot(f->b, same, ""), i1(f, true));
        LLVMValueRef args[] = {ref, fn_i32(f, to.heap)};
        LLVMValueRef matches = LLVMBuildIsNotNull(f->b, abi_call(f, HELPER_func_is, args, 2), "");
        same = detour_end(f, &ask, matches);
    }
    return detour_end(f, &func, same);
}

/* ---- tests and casts ---- */

static bool is_bottom(uint32_t heap)
{
    return heap == HEAP_NONE || heap == HEAP_NOFUNC || heap == HEAP_NOEXTERN || heap == HEAP_NOEXN;
}

LLVMValueRef emit_type_test(struct fn *f, LLVMValueRef ref, struct valtype from, struct valtype to)
{
    const struct module *m = f->cg->m;
    if (is_bottom(to.heap))
        return to.nullable ? LLVMBuildIsNull(f->b, ref, "") : i1(f, false);
    if (heaptype_matches(m, from.heap, to.heap))
        return to.nullable || !from.nullable ? i1(f, true) : LLVMBuildIsNotNull(f->b, ref, "");
    return heaptype_top(m, to.heap) == HEAP_FUNC ? test_func(f, ref, to)
                                                 : test_any(f, ref, from, to);
}

/* Of ref.test and ref.cast: the operand's type, as the validator left it. */
static LLVMValueRef test_operand(struct fn *f, LLVMValueRef ref)
{
    struct valtype from = REFTYPE(f->insn->imm.index.b != 0, f->insn->imm.index.a);
    return emit_type_test(f, ref, from, f->insn->type);
}

void emit_ref_test(struct fn *f)
{
    LLVMValueRef is = test_operand(f, fn_pop(f));
    fn_push(f, LLVMBuildZExt(f->b, is, f->cg->i32, ""));
}

void emit_ref_test_null(struct fn *f)
{
    emit_ref_test(f);
}

void emit_ref_cast(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    LLVMValueRef is = test_operand(f, ref);
    emit_trap_if(f, LLVMBuildNot(f->b, is, ""), W2S_TRAP_CAST_FAILURE);
    fn_push(f, ref);
}

void emit_ref_cast_null(struct fn *f)
{
    emit_ref_cast(f);
}

/* Equal references are equal pointers: an i31 has one form only. */
void emit_ref_eq(struct fn *f)
{
    LLVMValueRef b = fn_pop(f), a = fn_pop(f);
    LLVMValueRef same = LLVMBuildICmp(f->b, LLVMIntEQ, a, b, "");
    fn_push(f, LLVMBuildZExt(f->b, same, f->cg->i32, ""));
}

/* ---- i31 ---- */

void emit_ref_i31(struct fn *f)
{
    LLVMValueRef shifted = LLVMBuildShl(f->b, fn_pop(f), fn_i32(f, 1), "");
    LLVMValueRef tagged = LLVMBuildOr(f->b, shifted, fn_i32(f, 1), "");
    LLVMValueRef bits = LLVMBuildZExt(f->b, tagged, f->cg->i64, "");
    fn_push(f, LLVMBuildIntToPtr(f->b, bits, f->cg->ptr, ""));
}

static LLVMValueRef pop_i31(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    if (f->insn->type.nullable)
        emit_trap_if(f, LLVMBuildIsNull(f->b, ref, ""), W2S_TRAP_NULL_I31);
    LLVMValueRef bits = LLVMBuildPtrToInt(f->b, ref, f->cg->i64, "");
    return LLVMBuildTrunc(f->b, bits, f->cg->i32, "");
}

void emit_i31_get_s(struct fn *f)
{
    fn_push(f, LLVMBuildAShr(f->b, pop_i31(f), fn_i32(f, 1), ""));
}

void emit_i31_get_u(struct fn *f)
{
    fn_push(f, LLVMBuildLShr(f->b, pop_i31(f), fn_i32(f, 1), ""));
}

/* ---- any and extern ---- */

void emit_any_convert_extern(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    fn_push(f, abi_call(f, HELPER_any_convert_extern, &ref, 1));
}

void emit_extern_convert_any(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    fn_push(f, abi_call(f, HELPER_extern_convert_any, &ref, 1));
}
