/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops whose accesses to linear memory are all known before they run get a second version. A few
 * comparisons before the loop find that it stays inside the memory and that no address wraps; then
 * it runs with 64-bit addresses, without bounds to keep and without keepers (emit_memory.c), which
 * is what LLVM's vectoriser and instruction selection want to see. Otherwise it runs as it was, and
 * traps where it should.
 *
 * Accesses whose addresses differ by a constant are checked together: the lowest address of the
 * first (or, counting down, last) iteration and the reach from there to the end of the highest.
 *
 * Runs on simplified, rotated loops in LCSSA form, before keepers are released (keep.c).
 */
#include "codegen/loop_version.h"
#include "codegen/address.h"
#include "codegen/ir.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

/* ---- what the loop accesses ---- */

static bool add_access(struct version *v, LLVMValueRef insn, const struct address *address)
{
    struct affine form;
    uint64_t offset;
    if (!cg_address_form(v->cg, &v->loop, address, &form, &offset))
        return false;
    uint64_t size = ir_accessed_size(v->cg, insn);
    if ((int64_t)form.step > MOST_STEP || (int64_t)form.step < -MOST_STEP ||
        v->access_count == MOST_ACCESSES)
        return false;
    unsigned g = 0;
    while (g < v->group_count && !affine_is_parallel(&v->groups[g].form, &form))
        g++;
    if (g == MOST_GROUPS)
        return false;
    struct group *group = &v->groups[g];
    if (g == v->group_count) {
        *group = (struct group){.form = form, .offset = UINT64_MAX};
        v->group_count++;
    }
    int64_t delta = (int32_t)(form.constant - group->form.constant);
    if (delta > MOST_SPAN || delta < -MOST_SPAN)
        return false;
    group->low = delta < group->low ? delta : group->low;
    group->high = delta > group->high ? delta : group->high;
    group->offset = offset < group->offset ? offset : group->offset;
    group->reach = offset + size > group->reach ? offset + size : group->reach;
    group->is_written |= LLVMIsAStoreInst(insn) != NULL;
    v->accesses[v->access_count++] = (struct access){insn, g, delta, offset};
    return true;
}

bool version_is_plain_call(LLVMValueRef insn)
{
    return cg_is_keeper(insn) || ir_intrinsic(insn) != 0;
}

/* Notes an access; false if the loop cannot have a second version because of the instruction. */
static bool visit(struct version *v, LLVMValueRef insn)
{
    if (LLVMIsACallInst(insn))
        return version_is_plain_call(insn);
    if (!LLVMIsALoadInst(insn) && !LLVMIsAStoreInst(insn))
        return !LLVMIsAAtomicRMWInst(insn) && !LLVMIsAAtomicCmpXchgInst(insn) &&
               !LLVMIsAFenceInst(insn) && !LLVMIsAAllocaInst(insn);
    if (!ir_is_plain_access(insn))
        return false;
    struct address address;
    bool simple = cg_find_address(v->cg, ir_pointer(insn), &address);
    if (!cg_is_memory_base(address.base))
        return true; /* something else: the copy does the same */
    v->base = address.base;
    if (LLVMGetInstructionParent(v->base) == v->loop.body)
        return false; /* the check could not use it */
    return simple && add_access(v, insn, &address);
}

/* A phi of the exit that uses the value only where it comes from the body. */
static bool is_exit_phi(const struct loop *loop, LLVMValueRef user, LLVMValueRef value)
{
    if (LLVMGetInstructionParent(user) != loop->exit || !LLVMIsAPHINode(user))
        return false;
    for (unsigned i = 0, n = LLVMCountIncoming(user); i < n; i++)
        if (LLVMGetIncomingValue(user, i) == value && LLVMGetIncomingBlock(user, i) != loop->body)
            return false;
    return true;
}

/* Uses outside of the body are phis of the exit. Not a matter of course where LLVM's loop passes
 * did not run (ladder.c). */
static bool is_closed(const struct loop *loop, LLVMValueRef insn)
{
    for (LLVMUseRef u = LLVMGetFirstUse(insn); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMGetInstructionParent(user) != loop->body && !is_exit_phi(loop, user, insn))
            return false;
    }
    return true;
}

static bool find_accesses(struct version *v)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(v->loop.body); i; i = LLVMGetNextInstruction(i)) {
        if (++v->insn_count > MOST_INSNS || !visit(v, i) || !is_closed(&v->loop, i))
            return false;
    }
    return v->access_count > 0;
}

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

/* Phis of extended indices become extended phis of indices: LLVM leaves the former where it has
 * moved the begin of a loop. */
static void narrow_phis(struct cg *cg, const struct loop *loop)
{
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

/* The accesses of a group alias those of no other group. The scopes are declared before the loop,
 * so that a pass which copies that place makes new ones: the groups may change places there. */
static void make_scopes(struct version *v)
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

static void set_scopes(struct version *v, LLVMValueRef access, const struct group *g)
{
    struct cg *cg = v->cg;
    unsigned scope = LLVMGetMDKindIDInContext(cg->context, "alias.scope", 11);
    unsigned noalias = LLVMGetMDKindIDInContext(cg->context, "noalias", 7);
    LLVMSetMetadata(access, scope, LLVMMetadataAsValue(cg->context, g->scope));
    LLVMSetMetadata(access, noalias, LLVMMetadataAsValue(cg->context, g->others));
}

/* The original is what runs when something is odd: not worth vectors or unrolling. */
static void mark_slow(struct cg *cg, LLVMBasicBlockRef latch)
{
    static const char *const names[] = {"llvm.loop.vectorize.enable", "llvm.loop.unroll.disable"};
    LLVMContextRef context = cg->context;
    LLVMMetadataRef parts[2];
    for (unsigned i = 0; i < 2; i++) {
        LLVMMetadataRef words[] = {LLVMMDStringInContext2(context, names[i], strlen(names[i])),
                                   LLVMValueAsMetadata(LLVMConstInt(cg->i1, 0, false))};
        parts[i] = list_node(cg, words, i == 0 ? 2 : 1);
    }
    LLVMSetMetadata(LLVMGetBasicBlockTerminator(latch),
                    LLVMGetMDKindIDInContext(context, "llvm.loop", 9),
                    LLVMMetadataAsValue(context, distinct_node(cg, parts, 2)));
}

/* ---- the check before the loop ---- */

static LLVMValueRef constant(struct version *v, uint64_t n)
{
    return LLVMConstInt(v->cg->i64, n, false);
}

LLVMValueRef version_stride(struct version *v, const struct affine *form, unsigned parts)
{
    struct affine stride = affine_stride(form, parts);
    LLVMValueRef sum = affine_start(v->cg, &stride, v->cg->i32);
    return LLVMBuildSExt(v->cg->builder, sum, v->cg->i64, "");
}

/* Whether all accesses of the group are inside: the lowest index, which is one of 32 bits, plus
 * what the loop moves, plus the reach of the highest. If the sum is at most the size of a memory,
 * no address between wraps. Leaves where the first iteration starts. */
static LLVMValueRef check_group(struct version *v, struct group *g)
{
    LLVMBuilderRef b = v->cg->builder;
    bool down = g->form.rise_count == 0 && (int64_t)g->form.step < 0;
    LLVMValueRef step = constant(v, down ? -g->form.step : g->form.step);
    if (g->form.rise_count > 0)
        step = g->stride = version_stride(v, &g->form, 1);
    LLVMValueRef moved = LLVMBuildMul(b, v->backedges, step, "");
    LLVMValueRef index = affine_start(v->cg, &g->form, v->cg->i32);
    index = LLVMBuildAdd(b, index, LLVMConstInt(v->cg->i32, (uint64_t)g->low, true), "");
    if (down)
        index = LLVMBuildSub(b, index, LLVMBuildTrunc(b, moved, v->cg->i32, ""), "");
    LLVMValueRef lowest = LLVMBuildZExt(b, index, v->cg->i64, "");
    g->start = down ? LLVMBuildAdd(b, lowest, moved, "") : lowest;
    LLVMValueRef reach = constant(v, (uint64_t)(g->high - g->low) + g->reach);
    g->from = LLVMBuildAdd(b, lowest, constant(v, g->offset), "");
    g->to = LLVMBuildAdd(b, LLVMBuildAdd(b, lowest, moved, ""), reach, "");
    LLVMValueRef inside = LLVMBuildICmp(b, LLVMIntULE, g->to, v->size, "");
    if (!g->stride)
        return inside;
    LLVMValueRef up = LLVMBuildICmp(b, LLVMIntSGE, step, constant(v, 0), "");
    return LLVMBuildAnd(b, up, inside, "");
}

/* The number of pairs of groups of which one is written. */
static unsigned written_pairs(const struct version *v)
{
    unsigned pairs = 0;
    for (unsigned i = 0; i < v->group_count; i++)
        for (unsigned k = 0; k < i; k++)
            pairs += v->groups[i].is_written || v->groups[k].is_written;
    return pairs;
}

static LLVMValueRef check_apart(struct version *v, const struct group *a, const struct group *b)
{
    LLVMValueRef below = LLVMBuildICmp(v->cg->builder, LLVMIntULE, a->to, b->from, "");
    LLVMValueRef above = LLVMBuildICmp(v->cg->builder, LLVMIntULE, b->to, a->from, "");
    return LLVMBuildOr(v->cg->builder, below, above, "");
}

/* No group writes what another accesses. */
static LLVMValueRef check_aliases(struct version *v)
{
    LLVMValueRef apart = LLVMConstInt(v->cg->i1, 1, false);
    for (unsigned i = 0; i < v->group_count; i++)
        for (unsigned k = 0; k < i; k++)
            if (v->groups[i].is_written || v->groups[k].is_written)
                apart = LLVMBuildAnd(v->cg->builder, apart,
                                     check_apart(v, &v->groups[i], &v->groups[k]), "");
    return apart;
}

/* Emits the check at the end of the preheader. False if the loop cannot be counted. */
static bool emit_check(struct version *v)
{
    LLVMPositionBuilderBefore(v->cg->builder, LLVMGetBasicBlockTerminator(v->loop.preheader));
    v->backedges = loop_backedges(v->cg, &v->loop, &v->inside);
    if (!v->backedges)
        return false;
    v->size = cg_memory_size(v->cg, v->base);
    for (unsigned i = 0; i < v->group_count; i++)
        v->inside = LLVMBuildAnd(v->cg->builder, v->inside, check_group(v, &v->groups[i]), "");
    return true;
}

/* ---- the copy ---- */

int version_index(const struct version *v, LLVMValueRef value)
{
    uint32_t number = value_set_number(&v->insns, value);
    return number == VALUE_ABSENT ? VERSION_NO_INDEX : (int)number;
}

static void list_body(struct version *v)
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

const struct access *version_access(const struct version *v, LLVMValueRef insn)
{
    for (unsigned i = 0; i < v->access_count; i++)
        if (v->accesses[i].insn == insn)
            return &v->accesses[i];
    return NULL;
}

bool version_is_needless(const struct version *v, LLVMValueRef insn)
{
    if (!cg_is_keeper(insn))
        return false;
    LLVMValueRef value = LLVMGetOperand(insn, 0);
    return version_access(v, LLVMIsACastInst(value) ? LLVMGetOperand(value, 0) : value) != NULL;
}

static LLVMValueRef fast_pointer(struct version *v, const struct access *a, LLVMValueRef iteration,
                                 unsigned pace)
{
    LLVMBuilderRef b = v->cg->builder;
    const struct group *g = &v->groups[a->group];
    int64_t step = (int64_t)g->form.step / (int64_t)pace;
    LLVMValueRef stride = pace == 1 ? g->stride : g->part_stride;
    LLVMValueRef moved =
        LLVMBuildMul(b, iteration, stride ? stride : constant(v, (uint64_t)step), "");
    LLVMSetNSW(moved, true);
    LLVMSetNUW(moved, stride || step >= 0);
    LLVMValueRef parts[] = {g->start, moved,
                            constant(v, (uint64_t)(a->delta - g->low) + a->offset)};
    LLVMValueRef pointer = v->base;
    for (unsigned i = 0; i < 3; i++)
        pointer = LLVMBuildInBoundsGEP2(b, v->cg->i8, pointer, &parts[i], 1, "");
    return pointer;
}

LLVMValueRef version_copy_insn(struct version *v, LLVMValueRef insn, LLVMValueRef iteration,
                               unsigned pace)
{
    const struct access *a = version_access(v, insn);
    LLVMValueRef pointer = a ? fast_pointer(v, a, iteration, pace) : NULL;
    LLVMValueRef copy = LLVMInstructionClone(insn);
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(insn); i < n; i++) {
        LLVMValueRef operand = LLVMGetOperand(insn, i);
        bool is_pointer = a && operand == ir_pointer(insn);
        LLVMSetOperand(copy, i, is_pointer ? pointer : version_copy_of(v, operand));
    }
    if (a && v->groups[a->group].scope)
        set_scopes(v, copy, &v->groups[a->group]);
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

/* Emits a copy of the loop that is entered from before. */
static LLVMBasicBlockRef emit_copy(struct version *v, LLVMBasicBlockRef before)
{
    LLVMBuilderRef b = v->cg->builder;
    LLVMBasicBlockRef copy = LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "inside");
    LLVMPositionBuilderAtEnd(b, copy);
    LLVMValueRef iteration = LLVMBuildPhi(b, v->cg->i64, "");
    for (unsigned i = 0; i < v->insn_count; i++)
        v->to[i] = copy_insn(v, v->from[i], iteration);
    LLVMValueRef next = LLVMBuildAdd(b, iteration, constant(v, 1), "");
    LLVMSetNUW(next, true);
    LLVMSetNSW(next, true);
    LLVMValueRef more = LLVMBuildICmp(b, LLVMIntNE, iteration, v->backedges, "");
    LLVMBuildCondBr(b, more, copy, v->loop.exit);
    LLVMValueRef values[] = {constant(v, 0), next};
    LLVMBasicBlockRef blocks[] = {before, copy};
    LLVMAddIncoming(iteration, values, blocks, 2);
    fill_phis(v, before, copy);
    fill_exit(v, before, copy);
    return copy;
}

/* A copy for accesses that may alias, and one for those that do not; what chooses. */
static LLVMBasicBlockRef emit_two_copies(struct version *v)
{
    LLVMBuilderRef b = v->cg->builder;
    LLVMBasicBlockRef choose = LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "");
    LLVMBasicBlockRef mixed = emit_copy(v, choose);
    LLVMPositionBuilderAtEnd(b, choose);
    LLVMValueRef apart = check_aliases(v);
    make_scopes(v);
    LLVMBasicBlockRef separate = reroll_emit(v, choose, true);
    if (!separate)
        separate = emit_copy(v, choose);
    LLVMPositionBuilderAtEnd(b, choose);
    LLVMBuildCondBr(b, apart, separate, mixed);
    return choose;
}

static LLVMBasicBlockRef emit_only_copy(struct version *v, bool is_separate)
{
    LLVMBasicBlockRef copy = reroll_emit(v, v->loop.preheader, is_separate);
    return copy ? copy : emit_copy(v, v->loop.preheader);
}

/* The preheader goes to the fast version or, if it must not run, to the loop as it was. */
static void enter(struct version *v, LLVMBasicBlockRef fast, LLVMBasicBlockRef slow)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(v->loop.preheader);
    LLVMPositionBuilderBefore(v->cg->builder, branch);
    LLVMSetMetadata(LLVMBuildCondBr(v->cg->builder, v->inside, fast, slow), v->cg->md_prof,
                    v->cg->prof_likely);
    LLVMInstructionEraseFromParent(branch);
}

/* False if the loop stays as it is. */
static bool version_loop(struct cg *cg, const struct loop *loop)
{
    struct version v = {.cg = cg, .loop = *loop};
    if (!find_accesses(&v) || !emit_check(&v))
        return false;
    list_body(&v);
    unsigned pairs = written_pairs(&v);
    LLVMBasicBlockRef copy =
        pairs > 0 && pairs <= MOST_PAIRS ? emit_two_copies(&v) : emit_only_copy(&v, pairs == 0);
    enter(&v, copy, loop->body);
    mark_slow(cg, loop->body);
    return true;
}

/* ---- loops of several blocks ---- */

/* An iteration soon afterwards accesses what the store has written. LLVM's vectors keep to what is
 * further away. */
static bool is_carried(const struct version *v, const struct access *store,
                       const struct access *other)
{
    enum { SOON = 4096 };
    int64_t step = (int64_t)v->groups[store->group].form.step;
    int64_t ahead = store->delta + (int64_t)store->offset - other->delta - (int64_t)other->offset;
    uint64_t size = ir_accessed_size(v->cg, other->insn);
    if (step < 0) {
        step = -step;
        ahead = -ahead;
    }
    return ahead > step - (int64_t)size && ahead < SOON;
}

/* No iteration needs what the ones before it have written. */
static bool is_parallel(const struct version *v)
{
    for (unsigned i = 0; i < v->access_count; i++) {
        const struct access *store = &v->accesses[i];
        if (!LLVMIsAStoreInst(store->insn))
            continue;
        for (unsigned k = 0; k < v->access_count; k++)
            if (v->accesses[k].group == store->group && is_carried(v, store, &v->accesses[k]))
                return false;
    }
    return true;
}

static bool has_rise(const struct version *v)
{
    for (unsigned i = 0; i < v->group_count; i++)
        if (v->groups[i].form.rise_count > 0)
            return true;
    return false;
}

/* Its fast version runs if no arrays overlap: it is for vectors only. */
static bool version_flat(struct cg *cg, struct flat_loop *flat)
{
    struct version v = {.cg = cg, .loop = flat->loop};
    narrow_phis(cg, &flat->loop);
    if (!find_accesses(&v) || written_pairs(&v) > MOST_PAIRS || has_rise(&v) || !is_parallel(&v) ||
        !emit_check(&v)) {
        loop_unflatten(flat);
        return false;
    }
    list_body(&v);
    v.inside = LLVMBuildAnd(cg->builder, v.inside, check_aliases(&v), "");
    make_scopes(&v);
    enter(&v, emit_only_copy(&v, true), flat->header);
    mark_slow(cg, flat->latch);
    loop_unflatten(flat);
    return true;
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
            narrow_phis(cg, &loop);
            versions += version_loop(cg, &loop);
        } else if (loop_flatten(cg, bb, &flat)) {
            versions += version_flat(cg, &flat);
        }
        next = LLVMGetNextBasicBlock(bb);
    }
}

void cg_version_loops(struct cg *cg)
{
    if (cg->m->memory_count == 0 || cg->m->memories[0].limits.is64)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (!cg_is_giant(f))
            version_function(cg, f);
}
