/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a loop of one block accesses, in groups of a common form, and what its iterations have to do
 * with each other there. A loop that does anything else to memory, or whose addresses are not all
 * linear, has no fast version (loop_version.c).
 */
#include "codegen/ir.h"
#include "codegen/passes/address.h"
#include "codegen/passes/loop_version.h"

#include <string.h>

/* ---- accesses ---- */

/* The group of accesses of that form, which may be new; NULL if there are too many. */
static struct group *group_of(struct version *v, const struct affine *form)
{
    unsigned g = 0;
    bool is_free = form->free_count > 0;
    while (g < v->group_count &&
           !(v->groups[g].is_free == is_free && affine_is_parallel(&v->groups[g].form, form)))
        g++;
    if (g == MOST_GROUPS)
        return NULL;
    if (g == v->group_count)
        v->groups[v->group_count++] =
            (struct group){.form = *form, .offset = UINT64_MAX, .is_free = is_free};
    return &v->groups[g];
}

/* Adds to the groups what is accessed there. */
static bool add_place(struct version *v, const struct address *address, uint64_t size,
                      struct access *access)
{
    struct affine form;
    struct interval free;
    uint64_t offset;
    if (!cg_free_address_form(v->cg, &v->loop, address, &form, &free, &offset))
        return false;
    if ((int64_t)form.step > MOST_STEP || (int64_t)form.step < -MOST_STEP)
        return false;
    struct group *group = group_of(v, &form);
    if (!group)
        return false;
    int64_t delta = (int64_t)(form.constant - group->form.constant);
    if (!cg_is_wide_memory(v->cg))
        delta = (int32_t)delta;
    if (delta > MOST_SPAN || delta < -MOST_SPAN)
        return false;
    group->low = delta + free.low < group->low ? delta + free.low : group->low;
    group->high = delta + free.high > group->high ? delta + free.high : group->high;
    group->offset = offset < group->offset ? offset : group->offset;
    group->reach = offset + size > group->reach ? offset + size : group->reach;
    *access = (struct access){.group = (unsigned)(group - v->groups),
                              .delta = delta,
                              .offset = offset,
                              .free_count = form.free_count};
    memcpy(access->free, form.free, sizeof access->free);
    return true;
}

unsigned version_most_times(const struct version *v)
{
    return v->flat && v->flat->has_lanes ? MOST_LANES_TIMES : 1;
}

static bool add_access(struct version *v, LLVMValueRef insn, const struct address *address)
{
    struct access access;
    if (v->access_count == version_most_times(v) * MOST_ACCESSES ||
        !add_place(v, address, ir_accessed_size(v->cg, insn), &access))
        return false;
    access.insn = insn;
    v->groups[access.group].is_written |= LLVMIsAStoreInst(insn) != NULL;
    v->accesses[v->access_count++] = access;
    return true;
}

/* Traps if place > size - less. */
static bool is_check(const struct flat_check *check, LLVMValueRef *place, LLVMValueRef *size,
                     int64_t *less)
{
    if (!LLVMIsAICmpInst(check->condition))
        return false;
    LLVMIntPredicate predicate = LLVMGetICmpPredicate(check->condition);
    bool above = predicate == LLVMIntUGT || predicate == LLVMIntUGE;
    if (!above && predicate != LLVMIntULT && predicate != LLVMIntULE)
        return false;
    bool or_equal = predicate == LLVMIntUGE || predicate == LLVMIntULE;
    bool place_first = above == check->traps_if;
    *place = LLVMGetOperand(check->condition, place_first ? 0 : 1);
    *size = LLVMGetOperand(check->condition, place_first ? 1 : 0);
    *less = or_equal == check->traps_if;
    return true;
}

/* The check of an address, or of the end of what is accessed there: adds that to the groups, and so
 * to the check before the loop. */
static bool add_check(struct version *v, const struct flat_check *check)
{
    LLVMValueRef place, size;
    struct address address;
    struct access access;
    int64_t less;
    if (!is_check(check, &place, &size, &less))
        return false;
    if (ir_is(size, LLVMAdd) && LLVMIsAConstantInt(LLVMGetOperand(size, 1))) {
        less -= LLVMConstIntGetSExtValue(LLVMGetOperand(size, 1));
        size = LLVMGetOperand(size, 0);
    }
    return less >= 0 && less <= UINT32_MAX && cg_is_memory_size(size) &&
           cg_find_place(v->cg, place, &address) && add_place(v, &address, (uint64_t)less, &access);
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
    bool simple = cg_find_wide_address(v->cg, ir_pointer(insn), &address);
    if (!cg_is_memory_base(address.base))
        return true; /* something else: the copy does the same */
    v->base = address.base;
    if (loop_has(&v->loop, v->base))
        return false; /* the check could not use it */
    return simple && add_access(v, insn, &address);
}

/* A phi of the exit that uses the value only where it comes from the loop. */
static bool is_exit_phi(const struct loop *loop, LLVMValueRef user, LLVMValueRef value)
{
    if (LLVMGetInstructionParent(user) != loop->exit || !LLVMIsAPHINode(user))
        return false;
    for (unsigned i = 0, n = LLVMCountIncoming(user); i < n; i++)
        if (LLVMGetIncomingValue(user, i) == value && LLVMGetIncomingBlock(user, i) != loop->latch)
            return false;
    return true;
}

/* Uses outside of the loop are phis of the exit. Not a matter of course where LLVM's loop passes
 * did not run (ladder.c). */
static bool is_closed(const struct loop *loop, LLVMValueRef insn)
{
    for (LLVMUseRef u = LLVMGetFirstUse(insn); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (!loop_has(loop, user) && !is_exit_phi(loop, user, insn))
            return false;
    }
    return true;
}

bool version_visit_block(struct version *v, LLVMBasicBlockRef block)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i; i = LLVMGetNextInstruction(i))
        if (++v->insn_count > version_most_times(v) * MOST_INSNS || !visit(v, i) ||
            !is_closed(&v->loop, i))
            return false;
    return true;
}

bool version_find_accesses(struct version *v)
{
    if (!version_visit_block(v, v->loop.body))
        return false;
    for (unsigned i = 0; v->flat && i < v->flat->check_count; i++)
        if (!add_check(v, &v->flat->checks[i]))
            return false;
    return v->access_count > 0;
}

const struct access *version_access(const struct version *v, LLVMValueRef insn)
{
    for (unsigned i = 0; i < v->access_count; i++)
        if (v->accesses[i].insn == insn)
            return &v->accesses[i];
    return NULL;
}

/* What was loaded, if the value is that in other lanes or of another type. */
static LLVMValueRef loaded(LLVMValueRef value)
{
    enum { DEPTH = 4 };
    for (int i = 0; i < DEPTH; i++) {
        if (LLVMIsACastInst(value) || LLVMIsAShuffleVectorInst(value))
            value = LLVMGetOperand(value, 0);
        else if (LLVMIsAInsertElementInst(value))
            value = LLVMGetOperand(value, 1);
    }
    return value;
}

bool version_is_needless(const struct version *v, LLVMValueRef insn)
{
    return cg_is_keeper(insn) && version_access(v, loaded(LLVMGetOperand(insn, 0)));
}

/* ---- groups ---- */

unsigned version_written_pairs(const struct version *v)
{
    unsigned pairs = 0;
    for (unsigned i = 0; i < v->group_count; i++)
        for (unsigned k = 0; k < i; k++)
            pairs += v->groups[i].is_written || v->groups[k].is_written;
    return pairs;
}

bool version_only_copies(const struct version *v)
{
    for (unsigned i = 0; i < v->access_count; i++) {
        LLVMValueRef insn = v->accesses[i].insn;
        if (LLVMIsAStoreInst(insn) && !LLVMIsALoadInst(LLVMGetOperand(insn, 0)))
            return false;
    }
    return true;
}

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

static bool has_rise(const struct version *v)
{
    for (unsigned i = 0; i < v->group_count; i++)
        if (v->groups[i].form.rise_count > 0)
            return true;
    return false;
}

bool version_is_parallel(const struct version *v)
{
    if (has_rise(v))
        return false;
    for (unsigned i = 0; i < v->access_count; i++) {
        const struct access *store = &v->accesses[i];
        if (!LLVMIsAStoreInst(store->insn))
            continue;
        if (store->free_count > 0)
            return false;
        for (unsigned k = 0; k < v->access_count; k++)
            if (v->accesses[k].group == store->group && is_carried(v, store, &v->accesses[k]))
                return false;
    }
    return true;
}
