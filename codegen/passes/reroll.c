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
#include "codegen/passes/reroll.h"
#include "codegen/ir.h"

#include <string.h>

int16_t *reroll_kind(const struct reroll *r, int insn)
{
    return &r->notes[insn];
}

int16_t *reroll_image(const struct reroll *r, unsigned part, int insn)
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
        *reroll_kind(r, (int)i) = UNUSED;
        *reroll_image(r, 0, (int)i) = (int16_t)i;
        for (unsigned k = 1; k < r->count; k++)
            *reroll_image(r, k, (int)i) = NONE;
    }
}

/* From the first access of its group. */
static int64_t place_of(const struct access *a)
{
    return a->delta + (int64_t)a->offset;
}

/* ---- does an instruction of the part at hand do what one of the first does? ---- */

static bool match(struct reroll *r, LLVMValueRef first, LLVMValueRef other);

/* By how much a part is further on than the first, of what an iteration is. */
static uint64_t share_of(const struct reroll *r, uint64_t whole)
{
    return (uint64_t)((int64_t)whole / (int64_t)r->count * (int64_t)r->at);
}

/* Whether the scale of a value in form b is that in form a and the part's share of the rise: modulo
 * 2^32. */
static bool is_share(const struct reroll *r, const struct affine *a, const struct affine *b,
                     LLVMValueRef value)
{
    uint64_t share = share_of(r, affine_scale(a->rise, a->rise_count, value));
    return (uint32_t)(affine_scale(b->terms, b->count, value) -
                      affine_scale(a->terms, a->count, value) - share) == 0;
}

/* Whether form b is form a and the part's share of the rise. */
static bool is_higher(const struct reroll *r, const struct affine *a, const struct affine *b)
{
    bool all = true;
    for (unsigned i = 0; i < a->count; i++)
        all = all && is_share(r, a, b, a->terms[i].value);
    for (unsigned i = 0; i < a->rise_count; i++)
        all = all && is_share(r, a, b, a->rise[i].value);
    for (unsigned i = 0; i < b->count; i++)
        all = all && is_share(r, a, b, b->terms[i].value);
    return all;
}

static bool same_rise(const struct affine *a, const struct affine *b)
{
    struct affine stride = affine_stride(a, 1), other = affine_stride(b, 1);
    return stride.constant == other.constant && affine_is_parallel(&stride, &other);
}

/* Loads that are a part of the rise apart. They are of different groups: none may be written. */
static bool match_rising(const struct reroll *r, const struct access *a, const struct access *b)
{
    const struct group *g = &r->v->groups[a->group], *h = &r->v->groups[b->group];
    uint64_t apart = h->form.constant + (uint64_t)b->delta - g->form.constant - (uint64_t)a->delta;
    return !g->is_written && !h->is_written && !g->is_free && !h->is_free &&
           a->offset == b->offset && (uint32_t)(apart - share_of(r, g->form.step)) == 0 &&
           same_rise(&g->form, &h->form) && is_higher(r, &g->form, &h->form);
}

/* What is free in the addresses of the accesses. */
static bool match_free(struct reroll *r, const struct access *a, const struct access *b)
{
    bool all = a->free_count == b->free_count;
    for (unsigned i = 0; i < a->free_count && all; i++)
        all = a->free[i].scale == b->free[i].scale && match(r, a->free[i].value, b->free[i].value);
    return all;
}

static bool match_access(struct reroll *r, LLVMValueRef first, LLVMValueRef other)
{
    const struct access *a = version_access(r->v, first), *b = version_access(r->v, other);
    if (!a || !b || ir_accessed_type(first) != ir_accessed_type(other) ||
        LLVMGetAlignment(first) != LLVMGetAlignment(other))
        return false;
    const struct affine *form = &r->v->groups[a->group].form;
    if (form->rise_count > 0)
        return match_rising(r, a, b);
    return a->group == b->group && match_free(r, a, b) &&
           place_of(b) - place_of(a) == (int64_t)form->step / (int64_t)r->count * (int64_t)r->at;
}

/* Modulo 2^64 of a value of that type. */
static uint64_t low_bits(uint64_t n, LLVMTypeRef type)
{
    return n << (64 - LLVMGetIntTypeWidth(type));
}

bool reroll_linear_form(const struct reroll *r, LLVMValueRef value, struct affine *form)
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
    if (type != LLVMTypeOf(other) || !reroll_linear_form(r, first, &a) ||
        !reroll_linear_form(r, other, &b) || !affine_is_parallel(&a, &b) ||
        (int64_t)a.step % (int64_t)r->count != 0)
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
    case LLVMCall: return ir_intrinsic(insn) != 0;
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
    int16_t *image = reroll_image(r, r->at, a);
    if (*image != NONE)
        return *image == b;
    if (r->budget == 0)
        return false;
    r->budget--;
    int16_t kind = (int16_t)match_as(r, first, other);
    if (kind == UNUSED || (*reroll_kind(r, a) != UNUSED && *reroll_kind(r, a) != kind))
        return false;
    *reroll_kind(r, a) = kind;
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
            *reroll_kind(r, stores[i]) = ACCESS;
            *reroll_image(r, r->at, stores[i]) = (int16_t)other;
        }
    return true;
}

/* What a part computes for a phi, the next one gets for it; the last one for the next iteration. */
static bool match_carried(struct reroll *r, int phi)
{
    struct version *v = r->v;
    int next = *reroll_image(r, 1, phi);
    for (unsigned k = 1; k < r->count; k++) {
        int other = k + 1 < r->count ? *reroll_image(r, k + 1, phi)
                                     : version_index(v, loop_next(&v->loop, v->from[phi]));
        r->at = k;
        if (next == NONE || other == NONE || !match(r, v->from[next], v->from[other]))
            return false;
    }
    /* A sum of floats keeps its order, and so is not vectorised: not worth it. */
    return LLVMGetTypeKind(LLVMTypeOf(v->from[phi])) == LLVMIntegerTypeKind ||
           *reroll_kind(r, next) == ACCESS;
}

/* Matching one may find others. */
static bool match_all_carried(struct reroll *r)
{
    unsigned seen, now = 0;
    do {
        seen = now;
        now = 0;
        for (int i = 0; reroll_is_phi(r->v, (unsigned)i); i++) {
            now += *reroll_kind(r, i) == CARRIED;
            if (*reroll_kind(r, i) == CARRIED && !match_carried(r, i))
                return false;
        }
    } while (now != seen);
    return true;
}

/* ---- sums ---- */

/* Of integers, and in any order the same. */
static bool is_associative(LLVMValueRef insn)
{
    if (LLVMGetTypeKind(LLVMTypeOf(insn)) != LLVMIntegerTypeKind)
        return false;
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMAdd:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor: return true;
    default: return false;
    }
}

/* Adds the terms of a value that takes part in the sum. The phi is one of them, once. */
static bool add_terms(const struct reroll *r, LLVMValueRef value, struct sum *sum, bool *has_phi)
{
    LLVMValueRef phi = r->v->from[sum->phi];
    if (value == phi) {
        bool again = *has_phi;
        *has_phi = true;
        return !again && ir_has_one_use(phi);
    }
    bool is_inner =
        value == sum->last || (version_index(r->v, value) != NONE && ir_has_one_use(value));
    if (is_inner && LLVMIsABinaryOperator(value) &&
        LLVMGetInstructionOpcode(value) == LLVMGetInstructionOpcode(sum->last))
        return add_terms(r, LLVMGetOperand(value, 0), sum, has_phi) &&
               add_terms(r, LLVMGetOperand(value, 1), sum, has_phi);
    if (sum->count == MOST_TERMS)
        return false;
    sum->terms[sum->count++] = value;
    return true;
}

/* The sum that the phi is for. */
static bool find_sum(const struct reroll *r, int phi, struct sum *sum)
{
    struct version *v = r->v;
    bool has_phi = false;
    *sum = (struct sum){.phi = phi, .last = loop_next(&v->loop, v->from[phi])};
    if (version_index(v, sum->last) == NONE || !is_associative(sum->last))
        return false;
    for (LLVMUseRef u = LLVMGetFirstUse(sum->last); u; u = LLVMGetNextUse(u))
        if (version_index(v, LLVMGetUser(u)) != NONE && LLVMGetUser(u) != v->from[phi])
            return false;
    return add_terms(r, sum->last, sum, &has_phi) && has_phi && sum->count % r->count == 0;
}

/* Finds the counterparts of a term among those that are left, and takes them all away. */
static bool match_term(struct reroll *r, struct sum *sum, unsigned first)
{
    LLVMValueRef left[MOST_TERMS], term = sum->terms[first];
    memcpy(left, sum->terms, sizeof left);
    left[first] = NULL;
    for (r->at = 1; r->at < r->count; r->at++) {
        unsigned other = 0;
        while (other < sum->count && !(left[other] && match(r, term, left[other])))
            other++;
        if (other == sum->count)
            return false;
        left[other] = NULL;
    }
    memcpy(sum->terms, left, sizeof left);
    return true;
}

/* Finds the terms of the first part. */
static bool match_sum(struct reroll *r, struct sum *sum)
{
    LLVMValueRef firsts[MOST_TERMS];
    unsigned found = 0;
    for (unsigned i = 0; i < sum->count; i++) {
        LLVMValueRef term = sum->terms[i];
        memcpy(r->saved, r->notes, notes_size(r));
        if (term && match_term(r, sum, i))
            firsts[found++] = term;
        else
            memcpy(r->notes, r->saved, notes_size(r));
    }
    if (found * r->count != sum->count)
        return false;
    memcpy(sum->terms, firsts, sizeof firsts);
    sum->count = found;
    *reroll_kind(r, sum->phi) = SUM;
    return true;
}

static void match_sums(struct reroll *r)
{
    r->sum_count = 0;
    for (int i = 0; reroll_is_phi(r->v, (unsigned)i) && r->sum_count < MOST_SUMS; i++) {
        struct affine form;
        struct sum *sum = &r->sums[r->sum_count];
        if (*reroll_kind(r, i) == UNUSED && !reroll_linear_form(r, r->v->from[i], &form) &&
            find_sum(r, i, sum) && match_sum(r, sum))
            r->sum_count++;
    }
}

const struct sum *reroll_sum(const struct reroll *r, LLVMValueRef value)
{
    for (unsigned i = 0; i < r->sum_count; i++)
        if (r->sums[i].last == value)
            return &r->sums[i];
    return NULL;
}

/* ---- what leaves the loop ---- */

int reroll_last_image(const struct reroll *r, LLVMValueRef value)
{
    int index = version_index(r->v, value);
    for (int a = 0; a < (int)r->v->insn_count && index != NONE; a++)
        if (*reroll_kind(r, a) != UNUSED && *reroll_image(r, r->count - 1, a) == index)
            return a;
    return NONE;
}

static bool can_leave(const struct reroll *r)
{
    struct version *v = r->v;
    for (LLVMValueRef phi = LLVMGetFirstInstruction(v->loop.exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = version_leaving(v, phi);
        if (!version_has_final(v, value) && !reroll_sum(r, value) &&
            reroll_last_image(r, value) == NONE)
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
    if (a->free_count > 0)
        return false;
    int64_t apart = place_of(b) - place_of(a);
    uint64_t size = ir_accessed_size(v->cg, apart > 0 ? a->insn : b->insn); /* of the lower one */
    return (uint64_t)(apart > 0 ? apart : -apart) >= size;
}

/* In the loop that is made, part k does a before part l does b, which is not an earlier part. */
static bool keeps_order(const struct reroll *r, unsigned k, int a, unsigned l, int b,
                        bool is_separate)
{
    bool is_before = k < l || a < b;
    int one = *reroll_image(r, k, a), other = *reroll_image(r, l, b);
    return one == other || is_before == (one < other) || may_swap(r, one, other, is_separate);
}

static bool keeps_all_order(const struct reroll *r, bool is_separate)
{
    int n = (int)r->v->insn_count;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n && *reroll_kind(r, a) == ACCESS; b++)
            for (unsigned k = 0; k < r->count && *reroll_kind(r, b) == ACCESS; k++)
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

static bool step_divides(const struct affine *form, unsigned count)
{
    bool all = (int64_t)form->step % (int64_t)count == 0;
    for (unsigned i = 0; i < form->rise_count; i++)
        all = all && (int64_t)form->rise[i].scale % (int64_t)count == 0;
    return all;
}

static bool steps_divide(const struct version *v, unsigned count)
{
    for (unsigned i = 0; i < v->group_count; i++)
        if (!step_divides(&v->groups[i].form, count))
            return false;
    return true;
}

/* The part that a store of lanes is in: how far it is from the first that is stored. */
static int64_t part_of(const struct reroll *r, const int *stores, unsigned count, int store)
{
    const struct access *a = version_access(r->v, r->v->from[store]);
    int64_t step = (int64_t)r->v->groups[a->group].form.step, most = 0;
    int64_t sign = step < 0 ? -1 : 1, each = sign * step / (int64_t)r->count;
    for (unsigned i = 0; i < count; i++) {
        const struct access *other = version_access(r->v, r->v->from[stores[i]]);
        int64_t apart = sign * (place_of(a) - place_of(other));
        most = other->group == a->group && apart > most ? apart : most;
    }
    return each == 0 ? 0 : most / each;
}

/* A store of vectors is all parts' lanes one after the other: part by part instead. */
static void sort_lanes(const struct reroll *r, int *stores, unsigned count)
{
    int64_t parts[MOST_LANES_TIMES * MOST_ACCESSES];
    if (!r->v->flat || !r->v->flat->has_lanes)
        return;
    for (unsigned i = 0; i < count; i++)
        parts[i] = part_of(r, stores, count, stores[i]);
    for (unsigned i = 1; i < count; i++)
        for (unsigned k = i; k > 0 && parts[k - 1] > parts[k]; k--) {
            int64_t part = parts[k];
            int store = stores[k];
            parts[k] = parts[k - 1];
            stores[k] = stores[k - 1];
            parts[k - 1] = part;
            stores[k - 1] = store;
        }
}

static bool has_parts(struct reroll *r, int *stores, unsigned store_count, bool is_separate)
{
    if (store_count % r->count != 0 || r->v->access_count < r->count ||
        !steps_divide(r->v, r->count))
        return false;
    clear_notes(r);
    sort_lanes(r, stores, store_count);
    if (!match_stores(r, stores, store_count))
        return false;
    match_sums(r);
    return store_count + r->sum_count > 0 && match_all_carried(r) && can_leave(r) &&
           keeps_all_order(r, is_separate);
}

bool reroll_find(struct reroll *r, struct version *v, bool is_separate)
{
    enum { EACH = 8 }; /* comparisons */
    *r = (struct reroll){.v = v, .budget = EACH * v->insn_count};
    int stores[MOST_LANES_TIMES * MOST_ACCESSES];
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
