/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops whose accesses to linear memory are all known before they run get a second version. A few
 * comparisons before the loop find that it stays inside the memory and that no address wraps; then
 * it runs with 64-bit addresses, without bounds to keep and without keepers (emit_memory.c), which
 * is what LLVM's vectoriser and instruction selection want to see. Otherwise it runs as it was, and
 * traps where it should.
 *
 * Accesses whose addresses differ by a constant are checked together (loop_access.c): the lowest
 * address of the first (or, counting down, last) iteration and the reach from there to the end of
 * the highest. Here are that check and the choice of versions; loop_copy.c makes them.
 *
 * Runs on simplified, rotated loops in LCSSA form, before keepers are released (keep.c).
 */
#include "codegen/passes/loop_version.h"

#include "codegen/ir.h"
#include "codegen/passes/address.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

/* ---- phis ---- */

/* An integer of 32 bits from which the value was, or could have been, zero-extended; or NULL. */
static LLVMValueRef narrow_value(struct cg *cg, LLVMValueRef value)
{
    if (LLVMIsAConstantInt(value) && LLVMConstIntGetZExtValue(value) <= UINT32_MAX)
        return LLVMConstInt(cg->i32, LLVMConstIntGetZExtValue(value), false);
    if (!LLVMIsAZExtInst(value) || LLVMTypeOf(LLVMGetOperand(value, 0)) != cg->i32)
        return NULL;
    return LLVMGetOperand(value, 0);
}

void version_narrow_phis(struct cg *cg, const struct loop *loop)
{
    if (cg_is_wide_memory(cg))
        return;
    LLVMValueRef first = LLVMGetFirstInstruction(loop->body), next;
    while (LLVMIsAPHINode(first))
        first = LLVMGetNextInstruction(first);
    for (LLVMValueRef phi = LLVMGetFirstInstruction(loop->body); LLVMIsAPHINode(phi); phi = next) {
        next = LLVMGetNextInstruction(phi);
        LLVMValueRef values[] = {narrow_value(cg, LLVMGetIncomingValue(phi, 0)),
                                 narrow_value(cg, LLVMGetIncomingValue(phi, 1))};
        if (LLVMTypeOf(phi) != cg->i64 || !values[0] || !values[1])
            continue;
        LLVMBasicBlockRef blocks[] = {LLVMGetIncomingBlock(phi, 0), LLVMGetIncomingBlock(phi, 1)};
        LLVMPositionBuilderBefore(cg->builder, phi);
        LLVMValueRef narrow = LLVMBuildPhi(cg->builder, cg->i32, "");
        LLVMAddIncoming(narrow, values, blocks, 2);
        LLVMPositionBuilderBefore(cg->builder, first);
        LLVMReplaceAllUsesWith(phi, LLVMBuildZExt(cg->builder, narrow, cg->i64, ""));
        LLVMInstructionEraseFromParent(phi);
    }
}

/* ---- metadata ---- */

/* A node that is equal to no other: its first operand is itself. */
static LLVMMetadataRef distinct_node(struct cg *cg, const LLVMMetadataRef *rest, unsigned count)
{
    LLVMMetadataRef parts[4] = {LLVMTemporaryMDNode(cg->context, NULL, 0)};
    for (unsigned i = 0; i < count; i++)
        parts[1 + i] = rest[i];
    LLVMMetadataRef node = LLVMMDNodeInContext2(cg->context, parts, 1 + count);
    LLVMMetadataReplaceAllUsesWith(parts[0], node);
    return node;
}

static LLVMMetadataRef list_node(struct cg *cg, LLVMMetadataRef *items, unsigned count)
{
    return LLVMMDNodeInContext2(cg->context, items, count);
}

void version_make_scopes(struct version *v)
{
    struct cg *cg = v->cg;
    LLVMMetadataRef domain = distinct_node(cg, NULL, 0), scopes[MOST_GROUPS];
    for (unsigned i = 0; i < v->group_count; i++)
        scopes[i] = distinct_node(cg, &domain, 1);
    for (unsigned i = 0; i < v->group_count; i++) {
        LLVMMetadataRef others[MOST_GROUPS];
        unsigned count = 0;
        for (unsigned k = 0; k < v->group_count; k++)
            if (k != i)
                others[count++] = scopes[k];
        v->groups[i].scope = list_node(cg, &scopes[i], 1);
        v->groups[i].others = list_node(cg, others, count);
        const char *name = "llvm.experimental.noalias.scope.decl";
        unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
        LLVMValueRef scope = LLVMMetadataAsValue(cg->context, v->groups[i].scope);
        LLVMBuildCall2(cg->builder, LLVMIntrinsicGetType(cg->context, id, NULL, 0),
                       LLVMGetIntrinsicDeclaration(cg->module, id, NULL, 0), &scope, 1, "");
    }
}

static LLVMMetadataRef loop_hint(struct cg *cg, const char *name, bool with_false)
{
    LLVMMetadataRef words[] = {LLVMMDStringInContext2(cg->context, name, strlen(name)),
                               LLVMValueAsMetadata(LLVMConstInt(cg->i1, 0, false))};
    return list_node(cg, words, with_false ? 2 : 1);
}

/* A loop that runs when something is odd is not worth vectors. */
static void mark_slow(struct cg *cg, LLVMBasicBlockRef latch, bool may_unroll)
{
    LLVMMetadataRef hints[] = {loop_hint(cg, "llvm.loop.vectorize.enable", true),
                               loop_hint(cg, "llvm.loop.unroll.disable", false)};
    LLVMSetMetadata(LLVMGetBasicBlockTerminator(latch),
                    LLVMGetMDKindIDInContext(cg->context, "llvm.loop", 9),
                    LLVMMetadataAsValue(cg->context, distinct_node(cg, hints, may_unroll ? 1 : 2)));
}

bool cg_forbid_unrolling(struct cg *cg, LLVMBasicBlockRef latch)
{
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(latch);
    unsigned kind = LLVMGetMDKindIDInContext(cg->context, "llvm.loop", 9);
    if (LLVMGetMetadata(terminator, kind))
        return false;
    LLVMMetadataRef hint = loop_hint(cg, "llvm.loop.unroll.disable", false);
    LLVMSetMetadata(terminator, kind,
                    LLVMMetadataAsValue(cg->context, distinct_node(cg, &hint, 1)));
    return true;
}

/* ---- the check before the loop ---- */

LLVMValueRef version_stride(struct version *v, const struct affine *form, unsigned parts)
{
    struct affine stride = affine_stride(form, parts);
    LLVMValueRef sum = affine_start(v->cg, &stride, v->cg->i32);
    return LLVMBuildSExt(v->cg->builder, sum, v->cg->i64, "");
}

LLVMValueRef version_check_range(struct version *v, struct group *g, const struct affine *form,
                                 struct way way)
{
    LLVMBuilderRef b = v->cg->builder;
    LLVMTypeRef type = cg_is_wide_memory(v->cg) ? v->cg->i64 : v->cg->i32;
    LLVMValueRef index = affine_start(v->cg, form, type);
    index = LLVMBuildAdd(b, index, LLVMConstInt(type, (uint64_t)g->low, true), "");
    index = LLVMBuildSub(b, index, LLVMBuildTrunc(b, way.down, type, ""), "");
    LLVMValueRef lowest = LLVMBuildZExt(b, index, v->cg->i64, "");
    g->start = LLVMBuildAdd(b, lowest, way.down, "");
    LLVMValueRef reach = version_number(v, (uint64_t)(g->high - g->low) + g->reach);
    g->from = LLVMBuildAdd(b, lowest, version_number(v, g->offset), "");
    g->to = LLVMBuildAdd(b, LLVMBuildAdd(b, g->start, way.up, ""), reach, "");
    LLVMValueRef inside = LLVMBuildICmp(b, LLVMIntULE, g->to, v->size, "");
    if (cg_is_wide_memory(v->cg))
        inside = LLVMBuildAnd(b, LLVMBuildICmp(b, LLVMIntULE, lowest, v->size, ""), inside, "");
    return inside;
}

static LLVMValueRef check_group(struct version *v, struct group *g)
{
    LLVMBuilderRef b = v->cg->builder;
    bool down = g->form.rise_count == 0 && (int64_t)g->form.step < 0;
    LLVMValueRef step = version_number(v, down ? -g->form.step : g->form.step);
    if (g->form.rise_count > 0)
        step = g->stride = version_stride(v, &g->form, 1);
    LLVMValueRef moved = LLVMBuildMul(b, v->backedges, step, ""), none = version_number(v, 0);
    struct way way = down ? (struct way){none, moved} : (struct way){moved, none};
    LLVMValueRef inside = version_check_range(v, g, &g->form, way);
    if (!g->stride)
        return inside;
    LLVMValueRef up = LLVMBuildICmp(b, LLVMIntSGE, step, version_number(v, 0), "");
    return LLVMBuildAnd(b, up, inside, "");
}

static LLVMValueRef check_apart(struct version *v, const struct group *a, const struct group *b)
{
    LLVMValueRef below = LLVMBuildICmp(v->cg->builder, LLVMIntULE, a->to, b->from, "");
    LLVMValueRef above = LLVMBuildICmp(v->cg->builder, LLVMIntULE, b->to, a->from, "");
    return LLVMBuildOr(v->cg->builder, below, above, "");
}

LLVMValueRef version_check_aliases(struct version *v)
{
    LLVMValueRef apart = LLVMConstInt(v->cg->i1, 1, false);
    for (unsigned i = 0; i < v->group_count; i++)
        for (unsigned k = 0; k < i; k++)
            if (v->groups[i].is_written || v->groups[k].is_written)
                apart = LLVMBuildAnd(v->cg->builder, apart,
                                     check_apart(v, &v->groups[i], &v->groups[k]), "");
    return apart;
}

/* Where the loop as it was begins. */
static LLVMBasicBlockRef header_of(const struct version *v)
{
    return v->flat ? v->flat->header : v->loop.body;
}

/* Rounds before whose end no check pays: few, but known ones, which become straight code. */
enum { FEW = 7 };

/* What a producer's unrolling leaves (n & 3) is over before a check pays, and vectors would wait
 * for what was just stored. */
static bool is_soon_over(const struct version *v)
{
    struct interval backedges = interval_of(v->backedges);
    return backedges.low != backedges.high && backedges.high < FEW;
}

/* The phis there get from a new predecessor what they get from the old one. */
static void add_edge(LLVMBasicBlockRef header, LLVMBasicBlockRef was, LLVMBasicBlockRef from)
{
    for (LLVMValueRef phi = LLVMGetFirstInstruction(header); LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = ir_incoming(phi, was);
        LLVMAddIncoming(phi, &value, &from, 1);
    }
}

/* Most matches that a decompressor copies are a few bytes, so it goes to the loop as it was without
 * the check if there are few rounds. What follows is for the others, in a preheader of theirs. */
static void skip_check(struct version *v)
{
    struct cg *cg = v->cg;
    LLVMBasicBlockRef was = v->loop.preheader, header = header_of(v);
    if (LLVMIsAConstant(v->backedges))
        return;
    v->loop.preheader = LLVMInsertBasicBlockInContext(cg->context, v->loop.body, "many");
    LLVMValueRef few =
        LLVMBuildICmp(cg->builder, LLVMIntULT, v->backedges, version_number(v, FEW), "");
    LLVMValueRef branch = LLVMBuildCondBr(cg->builder, few, header, v->loop.preheader);
    LLVMSetMetadata(branch, cg->md_prof, cg->prof_likely);
    LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(was));
    LLVMPositionBuilderAtEnd(cg->builder, v->loop.preheader);
    LLVMPositionBuilderBefore(cg->builder, LLVMBuildBr(cg->builder, header));
    add_edge(header, was, v->loop.preheader);
}

/* Emits the check at the end of the preheader. False if the loop cannot be counted, or not be worth
 * it. */
static bool emit_check(struct version *v)
{
    LLVMPositionBuilderBefore(v->cg->builder, LLVMGetBasicBlockTerminator(v->loop.preheader));
    v->backedges = loop_backedges(v->cg, &v->loop, &v->inside);
    if (!v->backedges || is_soon_over(v))
        return false;
    if (version_written_pairs(v) > 0 && version_only_copies(v))
        skip_check(v);
    v->size = cg_memory_size(v->cg, v->base);
    for (unsigned i = 0; i < v->group_count; i++)
        v->inside = LLVMBuildAnd(v->cg->builder, v->inside, check_group(v, &v->groups[i]), "");
    return true;
}

/* ---- versions ---- */

static LLVMBasicBlockRef emit_loop(struct version *v, LLVMBasicBlockRef before, bool is_separate)
{
    LLVMBasicBlockRef loop = reroll_emit(v, before, is_separate);
    return loop ? loop : version_emit_copy(v, before);
}

LLVMBasicBlockRef version_emit_fast(struct version *v, LLVMBasicBlockRef before, bool is_separate)
{
    if (!is_separate || !widen_may_pay(v))
        return emit_loop(v, before, is_separate);
    LLVMBasicBlockRef entry = LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "");
    LLVMBasicBlockRef loop = emit_loop(v, entry, is_separate);
    if (widen_emit(v, entry, loop))
        mark_slow(v->cg, loop, false); /* it has some rounds only */
    return entry;
}

/* A copy for accesses that overlap, and one for those that do not; what chooses. Where the former
 * only copies it gets no vectors: LLVM would compare the same ranges once more, for two more loops,
 * and of what overlaps the runtime copies what is long (emit_idiom.c). */
static LLVMBasicBlockRef emit_two_copies(struct version *v)
{
    LLVMBuilderRef b = v->cg->builder;
    LLVMBasicBlockRef choose = LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "");
    LLVMBasicBlockRef mixed = version_emit_copy(v, choose);
    if (version_only_copies(v))
        mark_slow(v->cg, mixed, true);
    LLVMPositionBuilderAtEnd(b, choose);
    LLVMValueRef apart = version_check_aliases(v);
    version_make_scopes(v);
    LLVMBasicBlockRef separate = version_emit_fast(v, choose, true);
    LLVMPositionBuilderAtEnd(b, choose);
    LLVMBuildCondBr(b, apart, separate, mixed);
    return choose;
}

static LLVMBasicBlockRef emit_only_copy(struct version *v, bool is_separate)
{
    return version_emit_fast(v, v->loop.preheader, is_separate);
}

/* The preheader goes to the fast version or, if it must not run, to the loop as it was. */
static void enter(struct version *v, LLVMBasicBlockRef fast)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(v->loop.preheader);
    LLVMPositionBuilderBefore(v->cg->builder, branch);
    LLVMSetMetadata(LLVMBuildCondBr(v->cg->builder, v->inside, fast, header_of(v)), v->cg->md_prof,
                    v->cg->prof_likely);
    LLVMInstructionEraseFromParent(branch);
}

/* False if the loop stays as it is. */
static bool version_loop(struct cg *cg, const struct loop *loop, const struct flat_loop *flat)
{
    struct version v = {.cg = cg, .loop = *loop, .flat = flat};
    version_narrow_phis(cg, loop);
    if (!version_find_accesses(&v) || !emit_check(&v))
        return false;
    version_list_body(&v);
    unsigned pairs = version_written_pairs(&v);
    LLVMBasicBlockRef copy =
        pairs > 0 && pairs <= MOST_PAIRS ? emit_two_copies(&v) : emit_only_copy(&v, pairs == 0);
    enter(&v, copy);
    mark_slow(cg, flat ? flat->latch : loop->body, false);
    return true;
}

/* ---- loops of several blocks ---- */

/* Its fast version runs if no arrays overlap: it is for vectors only. */
static bool version_arms(struct cg *cg, const struct flat_loop *flat)
{
    struct version v = {.cg = cg, .loop = flat->loop, .flat = flat};
    version_narrow_phis(cg, &flat->loop);
    if (!version_find_accesses(&v) || version_written_pairs(&v) > MOST_PAIRS ||
        !version_is_parallel(&v) || !emit_check(&v))
        return false;
    version_list_body(&v);
    v.inside = LLVMBuildAnd(cg->builder, v.inside, version_check_aliases(&v), "");
    version_make_scopes(&v);
    enter(&v, emit_only_copy(&v, true));
    mark_slow(cg, flat->latch, false);
    return true;
}

/* It runs if no arrays overlap as well, and if it is rolled up to the loop of one lane. */
static bool version_lanes(struct cg *cg, const struct flat_loop *flat)
{
    struct version v = {.cg = cg, .loop = flat->loop, .flat = flat};
    version_narrow_phis(cg, &flat->loop);
    if (!version_find_accesses(&v) || version_written_pairs(&v) > MOST_PAIRS)
        return false;
    version_list_body(&v);
    if (!reroll_is_found(&v, true) || !emit_check(&v))
        return false;
    v.inside = LLVMBuildAnd(cg->builder, v.inside, version_check_aliases(&v), "");
    version_make_scopes(&v);
    enter(&v, emit_only_copy(&v, true));
    mark_slow(cg, flat->latch, false);
    return true;
}

static bool version_vectors(struct cg *cg, const struct loop *loop)
{
    struct flat_loop flat;
    if (loop_part_lanes(cg, loop, &flat)) {
        bool made = version_lanes(cg, &flat);
        loop_unflatten(&flat);
        if (made)
            return true;
    }
    return version_loop(cg, loop, NULL);
}

static bool version_flat(struct cg *cg, struct flat_loop *flat)
{
    bool made = flat->has_arms ? version_arms(cg, flat) : version_loop(cg, &flat->loop, flat);
    loop_unflatten(flat);
    return made;
}

/* ---- the loops of a function ---- */

/* More loops than this in one function are not worth the time that the vectoriser takes on them. */
static const unsigned most_versions = 100;

static void version_function(struct cg *cg, LLVMValueRef function)
{
    unsigned versions = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function), next;
         bb && versions < most_versions; bb = next) {
        struct loop loop;
        struct flat_loop flat;
        versions += loop_rotate(cg, bb);
        if (loop_of(bb, &loop)) {
            versions += nest_version(cg, &loop);
            versions += version_vectors(cg, &loop);
        } else if (loop_flatten(cg, bb, &flat)) {
            versions += version_flat(cg, &flat);
        }
        next = LLVMGetNextBasicBlock(bb);
    }
}

void cg_version_loops(struct cg *cg)
{
    if (cg->m->memory_count == 0)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (!cg_is_giant(f))
            version_function(cg, f);
}
