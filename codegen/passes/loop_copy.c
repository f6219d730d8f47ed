/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The fast version of a loop of one block: a copy whose accesses are computed from the number of
 * the iteration, in 64 bits and without keepers; and what leaves it. Whoever makes it
 * (loop_version.c) has checked that it stays inside the memory.
 */
#include "codegen/ir.h"
#include "codegen/passes/loop_version.h"

LLVMValueRef version_number(const struct version *v, uint64_t n)
{
    return LLVMConstInt(v->cg->i64, n, false);
}

/* ---- instructions ---- */

int version_index(const struct version *v, LLVMValueRef value)
{
    uint32_t number = value_set_number(&v->insns, value);
    return number == VALUE_ABSENT ? VERSION_NO_INDEX : (int)number;
}

void version_list_body(struct version *v)
{
    v->from = arena_array(v->cg->arena, v->insn_count, sizeof(LLVMValueRef));
    v->to = arena_array(v->cg->arena, v->insn_count, sizeof(LLVMValueRef));
    v->insns = (struct value_set){.arena = v->cg->arena};
    value_set_clear(&v->insns);
    for (LLVMValueRef i = LLVMGetFirstInstruction(v->loop.body); i; i = LLVMGetNextInstruction(i)) {
        v->from[v->insns.count] = i;
        value_set_add(&v->insns, i);
    }
}

LLVMValueRef version_copy_of(const struct version *v, LLVMValueRef value)
{
    int index = version_index(v, value);
    return index == VERSION_NO_INDEX ? value : v->to[index];
}

void version_set_scopes(struct version *v, LLVMValueRef access, const struct group *g)
{
    struct cg *cg = v->cg;
    unsigned scope = LLVMGetMDKindIDInContext(cg->context, "alias.scope", 11);
    unsigned noalias = LLVMGetMDKindIDInContext(cg->context, "noalias", 7);
    LLVMSetMetadata(access, scope, LLVMMetadataAsValue(cg->context, g->scope));
    LLVMSetMetadata(access, noalias, LLVMMetadataAsValue(cg->context, g->others));
}

/* Adds what is free in an address. */
static LLVMValueRef add_free(struct version *v, const struct access *a, LLVMValueRef pointer)
{
    LLVMBuilderRef b = v->cg->builder;
    for (unsigned i = 0; i < a->free_count; i++) {
        LLVMValueRef scale = LLVMConstInt(v->cg->i64, a->free[i].scale, false);
        LLVMValueRef value = version_copy_of(v, a->free[i].value);
        value = LLVMBuildSExt(b, value, v->cg->i64, "");
        value = LLVMBuildMul(b, value, scale, "");
        LLVMSetNSW(value, true);
        pointer = LLVMBuildGEP2(b, v->cg->i8, pointer, &value, 1, "");
    }
    return pointer;
}

LLVMValueRef version_pointer(struct version *v, const struct access *a, LLVMValueRef iteration,
                             unsigned pace)
{
    LLVMBuilderRef b = v->cg->builder;
    const struct group *g = &v->groups[a->group];
    int64_t step = (int64_t)g->form.step / (int64_t)pace;
    LLVMValueRef stride = pace == 1 ? g->stride : g->part_stride;
    LLVMValueRef moved =
        LLVMBuildMul(b, iteration, stride ? stride : version_number(v, (uint64_t)step), "");
    LLVMSetNSW(moved, true);
    LLVMSetNUW(moved, stride || step >= 0);
    LLVMValueRef parts[] = {g->start, moved,
                            version_number(v, (uint64_t)(a->delta - g->low) + a->offset)};
    LLVMValueRef pointer = v->base;
    for (unsigned i = 0; i < 3; i++)
        pointer = a->free_count > 0
                      ? LLVMBuildGEP2(b, v->cg->i8, pointer, &parts[i], 1, "")
                      : LLVMBuildInBoundsGEP2(b, v->cg->i8, pointer, &parts[i], 1, "");
    return add_free(v, a, pointer);
}

LLVMValueRef version_copy_insn(struct version *v, LLVMValueRef insn, LLVMValueRef iteration,
                               unsigned pace)
{
    const struct access *a = version_access(v, insn);
    LLVMValueRef pointer = a ? version_pointer(v, a, iteration, pace) : NULL;
    LLVMValueRef copy = LLVMInstructionClone(insn);
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(insn); i < n; i++) {
        LLVMValueRef operand = LLVMGetOperand(insn, i);
        bool is_pointer = a && operand == ir_pointer(insn);
        LLVMSetOperand(copy, i, is_pointer ? pointer : version_copy_of(v, operand));
    }
    if (a && v->groups[a->group].scope)
        version_set_scopes(v, copy, &v->groups[a->group]);
    LLVMInsertIntoBuilder(v->cg->builder, copy);
    return copy;
}

static LLVMValueRef copy_insn(struct version *v, LLVMValueRef insn, LLVMValueRef iteration)
{
    if (LLVMIsAPHINode(insn))
        return LLVMBuildPhi(v->cg->builder, LLVMTypeOf(insn), "");
    if (LLVMIsATerminatorInst(insn) || version_is_needless(v, insn))
        return NULL;
    return version_copy_insn(v, insn, iteration, 1);
}

/* ---- what leaves the loop ---- */

void version_position_at_end(const struct version *v, LLVMBasicBlockRef block)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(block);
    if (end)
        LLVMPositionBuilderBefore(v->cg->builder, end);
    else
        LLVMPositionBuilderAtEnd(v->cg->builder, block);
}

LLVMValueRef version_leaving(const struct version *v, LLVMValueRef phi)
{
    return ir_incoming(phi, v->loop.body);
}

static bool counts(const struct version *v, LLVMValueRef value, struct affine *form)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    return LLVMGetTypeKind(type) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(type) <= 64 &&
           affine_rising_of(&v->loop, value, form);
}

/* Has no effect, wherever it stands. */
static bool is_movable(LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMShl:
    case LLVMGetElementPtr: return true;
    default: return LLVMIsACastInst(insn);
    }
}

enum { FINAL_DEPTH = 4 }; /* of an expression; bounds the time */

static bool has_final(const struct version *v, LLVMValueRef value, int depth)
{
    struct affine form;
    if (version_index(v, value) == VERSION_NO_INDEX || counts(v, value, &form))
        return true;
    if (depth == 0 || !is_movable(value))
        return false;
    for (int i = 0, n = LLVMGetNumOperands(value); i < n; i++)
        if (!has_final(v, LLVMGetOperand(value, (unsigned)i), depth - 1))
            return false;
    return true;
}

bool version_has_final(const struct version *v, LLVMValueRef value)
{
    return has_final(v, value, FINAL_DEPTH);
}

/* Of an integer that counts. */
static LLVMValueRef final_count(struct version *v, const struct affine *form, LLVMTypeRef type)
{
    LLVMBuilderRef b = v->cg->builder;
    struct affine stride = affine_stride(form, 1);
    LLVMValueRef count = v->backedges;
    if (type != v->cg->i64)
        count = LLVMBuildTrunc(b, count, type, "");
    LLVMValueRef moved = LLVMBuildMul(b, count, affine_start(v->cg, &stride, type), "");
    return LLVMBuildAdd(b, affine_start(v->cg, form, type), moved, "");
}

LLVMValueRef version_final(struct version *v, LLVMValueRef value)
{
    struct affine form;
    if (version_index(v, value) == VERSION_NO_INDEX)
        return value;
    if (counts(v, value, &form))
        return final_count(v, &form, LLVMTypeOf(value));
    LLVMValueRef final = LLVMInstructionClone(value);
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(value); i < n; i++)
        LLVMSetOperand(final, i, version_final(v, LLVMGetOperand(value, i)));
    LLVMInsertIntoBuilder(v->cg->builder, final);
    return final;
}

/* What counts is computed before the copy: the vectoriser makes no epilogue of a loop that leaves
 * such a value. */
static void fill_exit(struct version *v, LLVMBasicBlockRef before, LLVMBasicBlockRef copy)
{
    version_position_at_end(v, before);
    for (LLVMValueRef phi = LLVMGetFirstInstruction(v->loop.exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = version_leaving(v, phi);
        value = version_has_final(v, value) ? version_final(v, value) : version_copy_of(v, value);
        LLVMAddIncoming(phi, &value, &copy, 1);
    }
}

/* The phis of the copy, entered from before. */
static void fill_phis(struct version *v, LLVMBasicBlockRef before, LLVMBasicBlockRef copy)
{
    for (unsigned i = 0; i < v->insn_count && LLVMIsAPHINode(v->from[i]); i++) {
        LLVMValueRef values[] = {loop_first(&v->loop, v->from[i]),
                                 version_copy_of(v, loop_next(&v->loop, v->from[i]))};
        LLVMBasicBlockRef blocks[] = {before, copy};
        LLVMAddIncoming(v->to[i], values, blocks, 2);
    }
}

LLVMBasicBlockRef version_emit_copy(struct version *v, LLVMBasicBlockRef before)
{
    LLVMBuilderRef b = v->cg->builder;
    v->parts = 1;
    LLVMBasicBlockRef copy = LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "inside");
    LLVMPositionBuilderAtEnd(b, copy);
    LLVMValueRef iteration = LLVMBuildPhi(b, v->cg->i64, "");
    for (unsigned i = 0; i < v->insn_count; i++)
        v->to[i] = copy_insn(v, v->from[i], iteration);
    LLVMValueRef next = LLVMBuildAdd(b, iteration, version_number(v, 1), "");
    LLVMSetNUW(next, true);
    LLVMSetNSW(next, true);
    LLVMValueRef more = LLVMBuildICmp(b, LLVMIntNE, iteration, v->backedges, "");
    LLVMBuildCondBr(b, more, copy, v->loop.exit);
    LLVMValueRef values[] = {version_number(v, 0), next};
    LLVMBasicBlockRef blocks[] = {before, copy};
    LLVMAddIncoming(iteration, values, blocks, 2);
    fill_phis(v, before, copy);
    fill_exit(v, before, copy);
    return copy;
}
