/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The loop that an unrolled body was made of: one part, as many times as the body has parts and
 * runs. Accesses and integers that count are computed from the number of the iteration; the rest is
 * copied.
 */
#include "codegen/passes/reroll.h"

/* The value of an integer that counts, after so many iterations (i64) of the given step. */
static LLVMValueRef linear_value(struct reroll *r, LLVMValueRef start, LLVMValueRef iterations,
                                 uint64_t step)
{
    LLVMBuilderRef b = r->v->cg->builder;
    LLVMTypeRef type = LLVMTypeOf(start);
    if (type != r->v->cg->i64)
        iterations = LLVMBuildTrunc(b, iterations, type, "");
    return LLVMBuildAdd(b, start, LLVMBuildMul(b, iterations, LLVMConstInt(type, step, true), ""),
                        "");
}

void version_drop_flags(LLVMValueRef copy)
{
    switch (LLVMGetInstructionOpcode(copy)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMShl:
    case LLVMTrunc:
        LLVMSetNSW(copy, false);
        LLVMSetNUW(copy, false);
        break;
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMLShr:
    case LLVMAShr: LLVMSetExact(copy, false); break;
    case LLVMOr: LLVMSetIsDisjoint(copy, false); break;
    case LLVMZExt:
    case LLVMUIToFP: LLVMSetNNeg(copy, false); break;
    case LLVMCall:
        LLVMRemoveCallSiteEnumAttribute(copy, LLVMAttributeReturnIndex,
                                        LLVMGetEnumAttributeKindForName("range", 5));
        break;
    default: break;
    }
    if (LLVMCanValueUseFastMathFlags(copy))
        LLVMSetFastMathFlags(copy, LLVMFastMathNone);
}

/* Before the loop: where the integers that count start. */
static void emit_starts(struct reroll *r)
{
    struct version *v = r->v;
    for (unsigned i = 0; i < v->insn_count; i++) {
        struct affine form;
        v->to[i] = NULL;
        if (*reroll_kind(r, (int)i) == LINEAR && reroll_linear_form(r, v->from[i], &form))
            v->to[i] = affine_start(v->cg, &form, LLVMTypeOf(v->from[i]));
    }
}

/* A phi in the loop that is made as well. */
static bool is_round(const struct reroll *r, int phi)
{
    return *reroll_kind(r, phi) == CARRIED || *reroll_kind(r, phi) == SUM;
}

static void emit_body(struct reroll *r, LLVMValueRef iteration)
{
    struct version *v = r->v;
    for (unsigned i = 0; reroll_is_phi(v, i); i++)
        if (is_round(r, (int)i))
            v->to[i] = LLVMBuildPhi(v->cg->builder, LLVMTypeOf(v->from[i]), "");
    for (unsigned i = 0; i < v->insn_count; i++) {
        int kind = *reroll_kind(r, (int)i);
        struct affine form;
        if (kind == LINEAR && reroll_linear_form(r, v->from[i], &form)) {
            int64_t step = (int64_t)form.step / (int64_t)r->count;
            v->to[i] = linear_value(r, v->to[i], iteration, (uint64_t)step);
        } else if (kind == ACCESS || kind == PLAIN) {
            v->to[i] = version_copy_insn(v, v->from[i], iteration, r->count);
            if (kind == PLAIN)
                version_drop_flags(v->to[i]);
        }
    }
}

static void emit_sum(struct reroll *r, struct sum *sum)
{
    sum->copy = r->v->to[sum->phi];
    for (unsigned i = 0; i < sum->count; i++) {
        LLVMValueRef copy = LLVMInstructionClone(sum->last);
        LLVMSetOperand(copy, 0, sum->copy);
        LLVMSetOperand(copy, 1, version_copy_of(r->v, sum->terms[i]));
        version_drop_flags(copy);
        LLVMInsertIntoBuilder(r->v->cg->builder, copy);
        sum->copy = copy;
    }
}

static void fill_phis(struct reroll *r, LLVMBasicBlockRef before, LLVMBasicBlockRef loop)
{
    struct version *v = r->v;
    for (int i = 0; reroll_is_phi(v, (unsigned)i); i++) {
        if (!is_round(r, i))
            continue;
        const struct sum *sum = reroll_sum(r, loop_next(&v->loop, v->from[i]));
        LLVMValueRef values[] = {loop_first(&v->loop, v->from[i]),
                                 sum ? sum->copy : v->to[*reroll_image(r, 1, i)]};
        LLVMBasicBlockRef blocks[] = {before, loop};
        LLVMAddIncoming(v->to[i], values, blocks, 2);
    }
}

/* What leaves the loop, counted from before it where that can be. */
static LLVMValueRef final_value(struct reroll *r, LLVMValueRef value)
{
    struct version *v = r->v;
    if (reroll_sum(r, value))
        return reroll_sum(r, value)->copy;
    return version_has_final(v, value) ? version_final(v, value)
                                       : v->to[reroll_last_image(r, value)];
}

static void fill_exit(struct reroll *r, LLVMBasicBlockRef loop)
{
    for (LLVMValueRef phi = LLVMGetFirstInstruction(r->v->loop.exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = final_value(r, version_leaving(r->v, phi));
        LLVMAddIncoming(phi, &value, &loop, 1);
    }
}

/* The steps of one part that are no constants, and whether they are what they should be: all parts
 * together are the step of the body (no product has wrapped), and where the first part's accesses
 * get to, counted by its own step, is inside. */
static void emit_strides(struct reroll *r)
{
    struct version *v = r->v;
    LLVMBuilderRef b = v->cg->builder;
    version_position_at_end(v, v->loop.preheader);
    for (unsigned i = 0; i < v->group_count; i++) {
        struct group *g = &v->groups[i];
        if (!g->stride)
            continue;
        g->part_stride = version_stride(v, &g->form, r->count);
        LLVMValueRef all = LLVMBuildMul(b, g->part_stride, version_number(v, r->count), "");
        LLVMValueRef same = LLVMBuildICmp(b, LLVMIntEQ, all, g->stride, "");
        LLVMValueRef rest = LLVMBuildMul(b, g->part_stride, version_number(v, r->count - 1), "");
        LLVMValueRef end = LLVMBuildAdd(b, g->to, rest, "");
        LLVMValueRef inside = LLVMBuildICmp(b, LLVMIntULE, end, v->size, "");
        v->inside = LLVMBuildAnd(b, v->inside, LLVMBuildAnd(b, same, inside, ""), "");
    }
}

bool reroll_is_found(struct version *v, bool is_separate)
{
    struct reroll r;
    return reroll_find(&r, v, is_separate);
}

LLVMBasicBlockRef reroll_emit(struct version *v, LLVMBasicBlockRef before, bool is_separate)
{
    struct reroll r;
    if (!reroll_find(&r, v, is_separate))
        return NULL;
    LLVMBuilderRef b = v->cg->builder;
    v->parts = r.count;
    emit_strides(&r);
    LLVMBasicBlockRef loop =
        LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "rerolled");
    version_position_at_end(v, before);
    LLVMValueRef last = LLVMBuildMul(b, v->backedges, version_number(v, r.count), "");
    last = LLVMBuildAdd(b, last, version_number(v, r.count - 1), "");
    emit_starts(&r);
    LLVMPositionBuilderAtEnd(b, loop);
    LLVMValueRef iteration = LLVMBuildPhi(b, v->cg->i64, "");
    emit_body(&r, iteration);
    for (unsigned i = 0; i < r.sum_count; i++)
        emit_sum(&r, &r.sums[i]);
    LLVMValueRef next = LLVMBuildAdd(b, iteration, version_number(v, 1), "");
    LLVMSetNUW(next, true);
    LLVMSetNSW(next, true);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntNE, iteration, last, ""), loop, v->loop.exit);
    LLVMValueRef values[] = {version_number(v, 0), next};
    LLVMBasicBlockRef blocks[] = {before, loop};
    LLVMAddIncoming(iteration, values, blocks, 2);
    fill_phis(&r, before, loop);
    version_position_at_end(v, before);
    fill_exit(&r, loop);
    return loop;
}
