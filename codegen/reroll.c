/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compilers unroll loops for WebAssembly (clang twice) before anybody has vectorised them, and a
 * vectoriser then sees strides, shuffles and gathers. Where the body of a loop in versions does the
 * same several times, one after the other, its fast version is the loop that it was made of.
 *
 * The body repeats itself if the stores of the first part of it, and all that their values are
 * computed of, have a counterpart in each other part: accesses a constant further on, integers that
 * count likewise, equal operations of counterparts. What a phi brings from the iteration before is,
 * in the second part, a value of the first one. Only the order of accesses may differ, where they
 * do not overlap.
 */
#include "codegen/loop_version.h"

#include <string.h>

/* What an instruction of the first part is. LINEAR: an integer that counts. CARRIED: a phi of what
 * the part before it computed. */
enum kind { UNUSED, ACCESS, PLAIN, LINEAR, CARRIED };

enum { MOST_PARTS = 16, NONE = VERSION_NO_INDEX };

/* Instructions go by their number in the body. */
struct reroll {
    struct version *v;
    unsigned count;  /* of parts */
    unsigned at;     /* the part that is compared with the first */
    unsigned budget; /* of comparisons, for all counts that are tried */
    /* In rows of one for each instruction of the body: first their kinds, then for each part the
     * instruction that does the same there, or NONE. */
    int16_t *notes, *saved;
};

static int16_t *kind_of(const struct reroll *r, int insn)
{
    return &r->notes[insn];
}

static int16_t *image_of(const struct reroll *r, unsigned part, int insn)
{
    return &r->notes[(1 + part) * r->v->insn_count + (unsigned)insn];
}

static size_t notes_size(const struct reroll *r)
{
    return (size_t)(1 + r->count) * r->v->insn_count * sizeof *r->notes;
}

static void clear_notes(struct reroll *r)
{
    for (unsigned i = 0; i < r->v->insn_count; i++) {
        *kind_of(r, (int)i) = UNUSED;
        *image_of(r, 0, (int)i) = (int16_t)i;
        for (unsigned k = 1; k < r->count; k++)
            *image_of(r, k, (int)i) = NONE;
    }
}

static LLVMValueRef latch_value(const struct version *v, LLVMValueRef phi)
{
    unsigned latch = LLVMGetIncomingBlock(phi, 0) == v->loop.body ? 0 : 1;
    return LLVMGetIncomingValue(phi, latch);
}

/* From the first access of its group. */
static int64_t place_of(const struct access *a)
{
    return a->delta + (int64_t)a->offset;
}

static LLVMTypeRef accessed_type(LLVMValueRef insn)
{
    return LLVMIsAStoreInst(insn) ? LLVMTypeOf(LLVMGetOperand(insn, 0)) : LLVMTypeOf(insn);
}

/* ---- does an instruction of the part at hand do what one of the first does? ---- */

static bool match(struct reroll *r, LLVMValueRef first, LLVMValueRef other);

static bool match_access(struct reroll *r, LLVMValueRef first, LLVMValueRef other)
{
    const struct access *a = version_access(r->v, first), *b = version_access(r->v, other);
    if (!a || !b || a->group != b->group || accessed_type(first) != accessed_type(other) ||
        LLVMGetAlignment(first) != LLVMGetAlignment(other))
        return false;
    int64_t step = (int64_t)r->v->groups[a->group].form.step;
    return place_of(b) - place_of(a) == step / (int64_t)r->count * (int64_t)r->at;
}

/* Modulo 2^64 of a value of that type. */
static uint64_t low_bits(uint64_t n, LLVMTypeRef type)
{
    return n << (64 - LLVMGetIntTypeWidth(type));
}

static bool linear_form(const struct reroll *r, LLVMValueRef value, struct affine *form)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    return LLVMGetTypeKind(type) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(type) <= 64 &&
           affine_of(&r->v->loop, value, form);
}

/* Integers that grow by a part of the step in each part. */
static bool match_linear(struct reroll *r, LLVMValueRef first, LLVMValueRef other)
{
    struct affine a, b;
    LLVMTypeRef type = LLVMTypeOf(first);
    if (type != LLVMTypeOf(other) || !linear_form(r, first, &a) || !linear_form(r, other, &b) ||
        !affine_is_parallel(&a, &b) || (int64_t)a.step % (int64_t)r->count != 0)
        return false;
    uint64_t stride = (uint64_t)((int64_t)a.step / (int64_t)r->count);
    return low_bits(b.constant - a.constant - stride * r->at, type) == 0;
}

static bool is_commutative(LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMAdd:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMFAdd:
    case LLVMFMul: return true;
    default: return false;
    }
}

static bool is_plain(LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMSelect:
    case LLVMFNeg:
    case LLVMFreeze:
    case LLVMExtractElement:
    case LLVMInsertElement: return true;
    case LLVMICmp:
    case LLVMFCmp: return true;
    case LLVMCall: return LLVMGetIntrinsicID(LLVMGetCalledValue(insn)) != 0;
    default: return LLVMIsABinaryOperator(insn) || LLVMIsACastInst(insn);
    }
}

static bool same_predicate(LLVMValueRef a, LLVMValueRef b)
{
    if (LLVMIsAICmpInst(a))
        return LLVMGetICmpPredicate(a) == LLVMGetICmpPredicate(b);
    return !LLVMIsAFCmpInst(a) || LLVMGetFCmpPredicate(a) == LLVMGetFCmpPredicate(b);
}

/* Equal operations of operands that match. */
static bool match_operation(struct reroll *r, LLVMValueRef first, LLVMValueRef other)
{
    int n = LLVMGetNumOperands(first);
    if (!is_plain(first) || LLVMGetInstructionOpcode(first) != LLVMGetInstructionOpcode(other) ||
        LLVMTypeOf(first) != LLVMTypeOf(other) || n != LLVMGetNumOperands(other) ||
        !same_predicate(first, other))
        return false;
    bool all = true;
    for (int i = 0; i < n && all; i++)
        all = match(r, LLVMGetOperand(first, (unsigned)i), LLVMGetOperand(other, (unsigned)i));
    return all ||
           (is_commutative(first) && match(r, LLVMGetOperand(first, 0), LLVMGetOperand(other, 1)) &&
            match(r, LLVMGetOperand(first, 1), LLVMGetOperand(other, 0)));
}

/* The kind as which they match, or UNUSED. */
static enum kind match_as(struct reroll *r, LLVMValueRef first, LLVMValueRef other)
{
    if (match_linear(r, first, other))
        return LINEAR;
    if (LLVMIsAPHINode(first))
        return LLVMTypeOf(first) == LLVMTypeOf(other) ? CARRIED : UNUSED;
    if (LLVMIsALoadInst(first))
        return LLVMIsALoadInst(other) && match_access(r, first, other) ? ACCESS : UNUSED;
    return match_operation(r, first, other) ? PLAIN : UNUSED;
}

/* Notes what was found. A part that does not match after all leaves notes that are true, too. */
static bool match(struct reroll *r, LLVMValueRef first, LLVMValueRef other)
{
    int a = version_index(r->v, first), b = version_index(r->v, other);
    if (a == NONE || b == NONE)
        return first == other;
    int16_t *image = image_of(r, r->at, a);
    if (*image != NONE)
        return *image == b;
    if (r->budget == 0)
        return false;
    r->budget--;
    int16_t kind = (int16_t)match_as(r, first, other);
    if (kind == UNUSED || (*kind_of(r, a) != UNUSED && *kind_of(r, a) != kind))
        return false;
    *kind_of(r, a) = kind;
    *image = (int16_t)b;
    return true;
}

/* ---- the whole body ---- */

/* The stores, in their order: so many in each part. */
static bool match_stores(struct reroll *r, const int *stores, unsigned count)
{
    unsigned each = count / r->count;
    for (r->at = 1; r->at < r->count; r->at++)
        for (unsigned i = 0; i < each; i++) {
            int other = stores[r->at * each + i];
            LLVMValueRef a = r->v->from[stores[i]], b = r->v->from[other];
            if (!match_access(r, a, b) || !match(r, LLVMGetOperand(a, 0), LLVMGetOperand(b, 0)))
                return false;
            *kind_of(r, stores[i]) = ACCESS;
            *image_of(r, r->at, stores[i]) = (int16_t)other;
        }
    return true;
}

/* What a part computes for a phi, the next one gets for it; the last one for the next iteration. */
static bool match_carried(struct reroll *r, int phi)
{
    struct version *v = r->v;
    int next = *image_of(r, 1, phi);
    for (unsigned k = 1; k < r->count; k++) {
        int other = k + 1 < r->count ? *image_of(r, k + 1, phi)
                                     : version_index(v, latch_value(v, v->from[phi]));
        r->at = k;
        if (next == NONE || other == NONE || !match(r, v->from[next], v->from[other]))
            return false;
    }
    /* A sum of floats keeps its order, and so is not vectorised: not worth it. */
    return LLVMGetTypeKind(LLVMTypeOf(v->from[phi])) == LLVMIntegerTypeKind ||
           *kind_of(r, next) == ACCESS;
}

static bool is_phi(const struct version *v, unsigned insn)
{
    return insn < v->insn_count && LLVMIsAPHINode(v->from[insn]);
}

/* Matching one may find others. */
static bool match_all_carried(struct reroll *r)
{
    unsigned seen, now = 0;
    do {
        seen = now;
        now = 0;
        for (int i = 0; is_phi(r->v, (unsigned)i); i++) {
            now += *kind_of(r, i) == CARRIED;
            if (*kind_of(r, i) == CARRIED && !match_carried(r, i))
                return false;
        }
    } while (now != seen);
    return true;
}

/* ---- what leaves the loop ---- */

/* The instruction of the first part whose counterpart in the last one is the value, or NONE. */
static int last_image(const struct reroll *r, LLVMValueRef value)
{
    int index = version_index(r->v, value);
    for (int a = 0; a < (int)r->v->insn_count && index != NONE; a++)
        if (*kind_of(r, a) != UNUSED && *image_of(r, r->count - 1, a) == index)
            return a;
    return NONE;
}

/* Whether instruction c does in the first part what the last one does for the phi. */
static bool is_first_sum(struct reroll *r, int phi, int c, LLVMValueRef last)
{
    for (r->at = r->count - 1; r->at > 0; r->at--) {
        if (!match(r, r->v->from[c], last) || *image_of(r, r->at, phi) == NONE)
            return false;
        last = r->v->from[*image_of(r, r->at, phi)];
    }
    return last == r->v->from[c];
}

/* A value that a phi carries round and that leaves, but is not stored: a sum. One of the operations
 * like the last one is the first part's. */
static void match_sum(struct reroll *r, int phi)
{
    LLVMValueRef last = latch_value(r->v, r->v->from[phi]);
    memcpy(r->saved, r->notes, notes_size(r));
    for (int c = 0, end = version_index(r->v, last); c < end; c++) {
        LLVMValueRef candidate = r->v->from[c];
        if (LLVMGetInstructionOpcode(candidate) != LLVMGetInstructionOpcode(last))
            continue;
        if (is_first_sum(r, phi, c, last))
            return;
        memcpy(r->notes, r->saved, notes_size(r));
    }
}

/* The value that a phi of the exit has from the loop. */
static LLVMValueRef leaving(const struct version *v, LLVMValueRef phi)
{
    for (unsigned i = 0, n = LLVMCountIncoming(phi); i < n; i++)
        if (LLVMGetIncomingBlock(phi, i) == v->loop.body)
            return LLVMGetIncomingValue(phi, i);
    return NULL;
}

static void match_sums(struct reroll *r)
{
    const struct version *v = r->v;
    for (LLVMValueRef out = LLVMGetFirstInstruction(v->loop.exit); out && LLVMIsAPHINode(out);
         out = LLVMGetNextInstruction(out))
        for (unsigned i = 0; is_phi(v, i); i++)
            if (latch_value(v, v->from[i]) == leaving(v, out) && *kind_of(r, (int)i) == UNUSED)
                match_sum(r, (int)i);
}

static bool can_leave(const struct reroll *r)
{
    struct version *v = r->v;
    for (LLVMValueRef phi = LLVMGetFirstInstruction(v->loop.exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = leaving(v, phi);
        struct affine form;
        if (version_index(v, value) != NONE && !linear_form(r, value, &form) &&
            last_image(r, value) == NONE)
            return false;
    }
    return true;
}

/* ---- the order of accesses ---- */

/* Accesses that change places do not overlap. */
static bool may_swap(const struct reroll *r, int one, int other, bool is_separate)
{
    const struct version *v = r->v;
    const struct access *a = version_access(v, v->from[one]);
    const struct access *b = version_access(v, v->from[other]);
    if (LLVMIsALoadInst(a->insn) && LLVMIsALoadInst(b->insn))
        return true;
    if (a->group != b->group)
        return is_separate;
    LLVMTargetDataRef layout = LLVMGetModuleDataLayout(v->cg->module);
    int64_t apart = place_of(b) - place_of(a);
    LLVMTypeRef lower = accessed_type(apart > 0 ? a->insn : b->insn);
    return (uint64_t)(apart > 0 ? apart : -apart) >= LLVMStoreSizeOfType(layout, lower);
}

/* In the loop that is made, part k does a before part l does b, which is not an earlier part. */
static bool keeps_order(const struct reroll *r, unsigned k, int a, unsigned l, int b,
                        bool is_separate)
{
    bool is_before = k < l || a < b;
    int one = *image_of(r, k, a), other = *image_of(r, l, b);
    return one == other || is_before == (one < other) || may_swap(r, one, other, is_separate);
}

static bool keeps_all_order(const struct reroll *r, bool is_separate)
{
    int n = (int)r->v->insn_count;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n && *kind_of(r, a) == ACCESS; b++)
            for (unsigned k = 0; k < r->count && *kind_of(r, b) == ACCESS; k++)
                for (unsigned l = k; l < r->count; l++)
                    if (!keeps_order(r, k, a, l, b, is_separate))
                        return false;
    return true;
}

/* ---- finding it ---- */

/* Nothing but accesses, their keepers and what may be left out when it is not used. */
static bool is_known(const struct version *v, LLVMValueRef insn)
{
    if (LLVMIsAStoreInst(insn))
        return version_access(v, insn);
    return !LLVMIsACallInst(insn) || version_is_needless(v, insn) ||
           LLVMGetTypeKind(LLVMTypeOf(insn)) != LLVMVoidTypeKind;
}

/* The stores of the body, in their order; false if the body does something else. */
static bool find_stores(const struct version *v, int *stores, unsigned *count)
{
    *count = 0;
    for (unsigned i = 0; i < v->insn_count; i++) {
        if (!is_known(v, v->from[i]))
            return false;
        if (LLVMIsAStoreInst(v->from[i]))
            stores[(*count)++] = (int)i;
    }
    return true;
}

static bool steps_divide(const struct version *v, unsigned count)
{
    for (unsigned i = 0; i < v->group_count; i++)
        if ((int64_t)v->groups[i].form.step % (int64_t)count != 0)
            return false;
    return true;
}

static bool has_parts(struct reroll *r, const int *stores, unsigned store_count, bool is_separate)
{
    if (store_count % r->count != 0 || r->v->access_count < r->count ||
        !steps_divide(r->v, r->count))
        return false;
    clear_notes(r);
    if (!match_stores(r, stores, store_count))
        return false;
    match_sums(r);
    return match_all_carried(r) && can_leave(r) && keeps_all_order(r, is_separate);
}

/* Finds how many parts the body has. */
static bool find_parts(struct reroll *r, bool is_separate)
{
    int stores[MOST_ACCESSES];
    unsigned store_count;
    size_t most = (size_t)(1 + MOST_PARTS) * r->v->insn_count;
    if (r->v->access_count < 2 || !find_stores(r->v, stores, &store_count))
        return false;
    r->notes = arena_array(r->v->cg->arena, most, sizeof *r->notes);
    r->saved = arena_array(r->v->cg->arena, most, sizeof *r->saved);
    for (r->count = MOST_PARTS; r->count > 1; r->count--)
        if (has_parts(r, stores, store_count, is_separate))
            return true;
    return false;
}

/* ---- making the loop ---- */

static LLVMValueRef number(struct reroll *r, uint64_t n)
{
    return LLVMConstInt(r->v->cg->i64, n, false);
}

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

/* What holds of the first part need not hold of the others. */
static void drop_flags(LLVMValueRef copy)
{
    switch (LLVMGetInstructionOpcode(copy)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMShl:
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
        if (*kind_of(r, (int)i) == LINEAR && linear_form(r, v->from[i], &form))
            v->to[i] = affine_start(v->cg, &form, LLVMTypeOf(v->from[i]));
    }
}

static void emit_body(struct reroll *r, LLVMValueRef iteration)
{
    struct version *v = r->v;
    for (unsigned i = 0; is_phi(v, i); i++)
        if (*kind_of(r, (int)i) == CARRIED)
            v->to[i] = LLVMBuildPhi(v->cg->builder, LLVMTypeOf(v->from[i]), "");
    for (unsigned i = 0; i < v->insn_count; i++) {
        int kind = *kind_of(r, (int)i);
        struct affine form;
        if (kind == LINEAR && linear_form(r, v->from[i], &form)) {
            int64_t step = (int64_t)form.step / (int64_t)r->count;
            v->to[i] = linear_value(r, v->to[i], iteration, (uint64_t)step);
        } else if (kind == ACCESS || kind == PLAIN) {
            v->to[i] = version_copy_insn(v, v->from[i], iteration, r->count);
            if (kind == PLAIN)
                drop_flags(v->to[i]);
        }
    }
}

static void fill_phis(struct reroll *r, LLVMBasicBlockRef before, LLVMBasicBlockRef loop)
{
    struct version *v = r->v;
    for (int i = 0; is_phi(v, (unsigned)i); i++) {
        if (*kind_of(r, i) != CARRIED)
            continue;
        unsigned latch = LLVMGetIncomingBlock(v->from[i], 0) == v->loop.body ? 0 : 1;
        LLVMValueRef values[] = {LLVMGetIncomingValue(v->from[i], 1 - latch),
                                 v->to[*image_of(r, 1, i)]};
        LLVMBasicBlockRef blocks[] = {before, loop};
        LLVMAddIncoming(v->to[i], values, blocks, 2);
    }
}

/* What leaves the loop, counted from before it where that can be. */
static LLVMValueRef final_value(struct reroll *r, LLVMValueRef value)
{
    struct version *v = r->v;
    struct affine form;
    if (version_index(v, value) == NONE)
        return value;
    if (!linear_form(r, value, &form))
        return v->to[last_image(r, value)];
    LLVMValueRef start = affine_start(v->cg, &form, LLVMTypeOf(value));
    return linear_value(r, start, v->backedges, form.step);
}

static void fill_exit(struct reroll *r, LLVMBasicBlockRef loop)
{
    for (LLVMValueRef phi = LLVMGetFirstInstruction(r->v->loop.exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = final_value(r, leaving(r->v, phi));
        LLVMAddIncoming(phi, &value, &loop, 1);
    }
}

static void position_at_end(struct reroll *r, LLVMBasicBlockRef block)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(block);
    if (end)
        LLVMPositionBuilderBefore(r->v->cg->builder, end);
    else
        LLVMPositionBuilderAtEnd(r->v->cg->builder, block);
}

LLVMBasicBlockRef reroll_emit(struct version *v, LLVMBasicBlockRef before, bool is_separate)
{
    enum { EACH = 8 }; /* comparisons */
    struct reroll r = {.v = v, .budget = EACH * v->insn_count};
    if (!find_parts(&r, is_separate))
        return NULL;
    LLVMBuilderRef b = v->cg->builder;
    LLVMBasicBlockRef loop =
        LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "rerolled");
    position_at_end(&r, before);
    LLVMValueRef last = LLVMBuildMul(b, v->backedges, number(&r, r.count), "");
    last = LLVMBuildAdd(b, last, number(&r, r.count - 1), "");
    emit_starts(&r);
    LLVMPositionBuilderAtEnd(b, loop);
    LLVMValueRef iteration = LLVMBuildPhi(b, v->cg->i64, "");
    emit_body(&r, iteration);
    LLVMValueRef next = LLVMBuildAdd(b, iteration, number(&r, 1), "");
    LLVMSetNUW(next, true);
    LLVMSetNSW(next, true);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntNE, iteration, last, ""), loop, v->loop.exit);
    LLVMValueRef values[] = {number(&r, 0), next};
    LLVMBasicBlockRef blocks[] = {before, loop};
    LLVMAddIncoming(iteration, values, blocks, 2);
    fill_phis(&r, before, loop);
    position_at_end(&r, before);
    fill_exit(&r, loop);
    return loop;
}
