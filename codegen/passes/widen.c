/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A loop of 128-bit vectors, as -msimd128 makes them, on a machine that has wider ones: in front of
 * the fast version (loop_version.c), of which the accesses are known, goes a loop that does two or
 * four of its rounds at once. What is left, at least one round, the fast version does.
 *
 * That is right if accesses which change places by it do not overlap, and if all that a round gets
 * from the one before it counts, or is combined with the round's own by an operation whose order
 * does not matter: the rounds are then combined apart, and joined behind the loop. Floats are not.
 */
#include "codegen/passes/widen.h"
#include "codegen/ir.h"

/* ---- the old loop ---- */

/* Instructions and the accesses that they were made of. */
static void list_loop(struct widen *w)
{
    struct version *v = w->v;
    unsigned count = 0;
    w->insns = (struct value_set){.arena = v->cg->arena};
    value_set_clear(&w->insns);
    for (LLVMValueRef i = LLVMGetFirstInstruction(w->loop); i; i = LLVMGetNextInstruction(i)) {
        value_set_add(&w->insns, i);
        count++;
    }
    w->from = arena_array(v->cg->arena, count, sizeof *w->from);
    w->to = arena_array(v->cg->arena, count, sizeof *w->to);
    w->phis = arena_array(v->cg->arena, count, sizeof *w->phis);
    w->resumes = arena_array(v->cg->arena, count, sizeof *w->resumes);
    w->accesses = arena_array(v->cg->arena, count, sizeof *w->accesses);
    w->states = arena_array(v->cg->arena, count, sizeof *w->states);
    count = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(w->loop); i; i = LLVMGetNextInstruction(i))
        w->from[count++] = i;
    for (unsigned i = 0; i < v->access_count; i++) {
        LLVMValueRef copy = version_copy_of(v, v->accesses[i].insn);
        uint32_t number = copy ? value_set_number(&w->insns, copy) : VALUE_ABSENT;
        if (number != VALUE_ABSENT)
            w->accesses[number] = &v->accesses[i];
    }
}

static bool is_phi(const struct widen *w, unsigned i)
{
    return i < w->insns.count && LLVMIsAPHINode(w->from[i]);
}

static LLVMValueRef first_of(const struct widen *w, LLVMValueRef phi)
{
    return ir_incoming(phi, w->entry);
}

static LLVMValueRef next_of(const struct widen *w, LLVMValueRef phi)
{
    return ir_incoming(phi, w->loop);
}

static bool is_inside(const struct widen *w, LLVMValueRef value)
{
    return value_set_number(&w->insns, value) != VALUE_ABSENT;
}

/* ---- what goes from round to round ---- */

/* What an integer or its lanes grow by in each round, or NULL. */
static LLVMValueRef growth_of(const struct widen *w, LLVMValueRef phi)
{
    LLVMValueRef next = next_of(w, phi);
    if (!ir_is(next, LLVMAdd))
        return NULL;
    unsigned own = LLVMGetOperand(next, 0) == phi ? 0 : 1;
    LLVMValueRef growth = LLVMGetOperand(next, 1 - own);
    return LLVMGetOperand(next, own) == phi && !is_inside(w, growth) ? growth : NULL;
}

/* The same twice is the same once. */
static bool is_idempotent(LLVMValueRef insn)
{
    return ir_is(insn, LLVMAnd) || ir_is(insn, LLVMOr) || ir_calls(insn, "llvm.smin.") ||
           ir_calls(insn, "llvm.smax.") || ir_calls(insn, "llvm.umin.") ||
           ir_calls(insn, "llvm.umax.");
}

static bool is_same_operation(LLVMValueRef a, LLVMValueRef b)
{
    if (!LLVMIsAInstruction(a) || LLVMGetInstructionOpcode(a) != LLVMGetInstructionOpcode(b))
        return false;
    return !LLVMIsACallInst(a) || LLVMGetCalledValue(a) == LLVMGetCalledValue(b);
}

/* The last operation that combines a round with the phi, which nothing else uses; or NULL. */
static LLVMValueRef sum_of(const struct widen *w, LLVMValueRef phi)
{
    LLVMValueRef last = next_of(w, phi), at = phi;
    if (!is_inside(w, last) || !(is_idempotent(last) || ir_is(last, LLVMAdd) ||
                                 ir_is(last, LLVMMul) || ir_is(last, LLVMXor)))
        return NULL;
    while (at != last) {
        LLVMValueRef user = ir_has_one_use(at) ? LLVMGetUser(LLVMGetFirstUse(at)) : NULL;
        if (!user || !is_inside(w, user) || !is_same_operation(user, last))
            return NULL;
        at = user;
    }
    for (LLVMUseRef u = LLVMGetFirstUse(last); u; u = LLVMGetNextUse(u))
        if (is_inside(w, LLVMGetUser(u)) && LLVMGetUser(u) != phi)
            return NULL;
    return last;
}

/* What a phi has in a round: what it had in the one before and a growth; what that was combined
 * with; or what the round before computed from other things. */
enum flow { GROWS, COMBINED, CARRIED };

static enum flow flow_of(const struct widen *w, LLVMValueRef phi)
{
    return growth_of(w, phi) ? GROWS : sum_of(w, phi) ? COMBINED : CARRIED;
}

/* What combining with does not change. */
static LLVMValueRef neutral(LLVMValueRef sum, LLVMValueRef first)
{
    LLVMTypeRef type = LLVMTypeOf(first), lane = ir_lane_type(type);
    if (is_idempotent(sum))
        return first;
    if (!ir_is(sum, LLVMMul))
        return LLVMConstNull(type);
    LLVMValueRef ones[MOST_LANES];
    for (unsigned i = 0; i < ir_lanes(type); i++)
        ones[i] = LLVMConstInt(lane, 1, false);
    return lane == type ? ones[0] : LLVMConstVector(ones, ir_lanes(type));
}

/* ---- whether it can be done ---- */

static bool need(struct widen *w, LLVMValueRef value);

/* A sum's phi is needed by the sum only, and a count by itself. */
static bool need_phi(struct widen *w, LLVMValueRef phi)
{
    if (!widen_has_lanes(LLVMTypeOf(phi)))
        return false;
    if (flow_of(w, phi) != CARRIED)
        return true;
    w->has_carried = true;
    return need(w, next_of(w, phi));
}

static bool need_operands(struct widen *w, LLVMValueRef insn, uint32_t i)
{
    if (!widen_has_form(w, insn))
        return false;
    if (w->accesses[i])
        return LLVMIsALoadInst(insn) || need(w, LLVMGetOperand(insn, 0));
    bool all = true;
    for (unsigned k = 0, n = (unsigned)LLVMGetNumOperands(insn); k < n && all; k++)
        all = need(w, LLVMGetOperand(insn, k));
    return all;
}

/* Notes what stores, and what leaves the loop, are computed of. False if there is something that
 * has no wide form, or a phi is computed of itself. */
static bool need(struct widen *w, LLVMValueRef value)
{
    uint32_t i = value_set_number(&w->insns, value);
    if (i == VALUE_ABSENT || w->states[i] == NEEDED)
        return true;
    if (w->states[i] == ASKED)
        return false;
    w->states[i] = ASKED;
    bool all = LLVMIsAPHINode(value) ? need_phi(w, value) : need_operands(w, value, i);
    w->states[i] = NEEDED;
    return all;
}

static bool need_all(struct widen *w)
{
    bool all = true;
    for (unsigned i = 0; i < w->insns.count && all; i++) {
        LLVMValueRef insn = w->from[i];
        bool has_effect = LLVMGetTypeKind(LLVMTypeOf(insn)) == LLVMVoidTypeKind;
        all =
            !has_effect || LLVMIsATerminatorInst(insn) || (LLVMIsAStoreInst(insn) && need(w, insn));
    }
    LLVMValueRef phi = LLVMGetFirstInstruction(w->v->loop.exit);
    for (; all && LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi))
        all = need(w, ir_incoming(phi, w->loop));
    return all;
}

static bool is_vector(const struct widen *w, LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind &&
           LLVMSizeOfTypeInBits(LLVMGetModuleDataLayout(w->v->cg->module), type) >= 128;
}

/* There are vectors, and most accesses become one. */
static bool pays(const struct widen *w)
{
    unsigned vectors = 0, whole = 0, parts = 0;
    for (unsigned i = 0; i < w->insns.count; i++) {
        if (!w->states[i])
            continue;
        vectors += is_vector(w, LLVMTypeOf(w->from[i]));
        if (w->accesses[i])
            *(widen_is_whole(w, w->from[i]) ? &whole : &parts) += 1;
    }
    return vectors > 0 && whole >= parts;
}

/* What round r of the store and round r + by of the other access, of the same group, touch. */
static bool overlap(const struct widen *w, const struct access *store, const struct access *other,
                    int64_t by)
{
    int64_t from = store->delta + (int64_t)store->offset;
    int64_t begin = other->delta + (int64_t)other->offset + by;
    return begin < from + (int64_t)ir_accessed_size(w->v->cg, store->insn) &&
           from < begin + (int64_t)ir_accessed_size(w->v->cg, other->insn);
}

/* The wide loop does all rounds of one access and then all of the other. Loads may come earlier yet
 * if values are carried. */
static bool keeps_order(const struct widen *w, unsigned store, unsigned other)
{
    const struct access *a = w->accesses[store], *b = w->accesses[other];
    bool may_move = w->has_carried && LLVMIsALoadInst(b->insn);
    int64_t step;
    if (a->group != b->group || store == other)
        return true;
    if (!widen_step(w, a, &step))
        return false;
    for (int by = 1 - (int)w->times; by < (int)w->times; by++)
        if ((may_move || (by != 0 && (by > 0) != (store < other))) && overlap(w, a, b, by * step))
            return false;
    return true;
}

static bool keeps_all_order(const struct widen *w)
{
    for (unsigned i = 0; i < w->insns.count; i++)
        for (unsigned k = 0; k < w->insns.count && w->accesses[i]; k++)
            if (LLVMIsAStoreInst(w->from[i]) && w->accesses[k] && !keeps_order(w, i, k))
                return false;
    return true;
}

/* ---- the wide loop ---- */

/* What the old loop's first rounds begin with. Of what is carried, the wide phi has the rounds
 * before: only the last counts. */
static LLVMValueRef emit_start(struct widen *w, LLVMValueRef phi)
{
    LLVMBuilderRef b = w->v->cg->builder;
    LLVMValueRef starts[MOST_TIMES] = {first_of(w, phi)}, growth = growth_of(w, phi);
    bool is_sum = flow_of(w, phi) == COMBINED;
    LLVMPositionBuilderAtEnd(b, w->entry);
    for (unsigned k = 1; k < w->times; k++)
        starts[k] = growth   ? LLVMBuildAdd(b, starts[k - 1], growth, "")
                    : is_sum ? neutral(sum_of(w, phi), starts[0])
                             : starts[0];
    LLVMValueRef start = widen_join(w, starts);
    LLVMPositionBuilderAtEnd(b, w->wide);
    return start;
}

static void emit_phi(struct widen *w, unsigned i)
{
    LLVMValueRef start = emit_start(w, w->from[i]);
    w->phis[i] = LLVMBuildPhi(w->v->cg->builder, widen_type(w, LLVMTypeOf(w->from[i])), "");
    LLVMAddIncoming(w->phis[i], &start, &w->entry, 1);
    if (flow_of(w, w->from[i]) != CARRIED)
        w->to[i] = w->phis[i];
}

static void emit_insn(struct widen *w, uint32_t i);

/* Of what is carried: the last of the rounds before, and all but the last of these. */
static LLVMValueRef emit_carried(struct widen *w, uint32_t i)
{
    LLVMValueRef next = next_of(w, w->from[i]);
    if (is_inside(w, next))
        emit_insn(w, value_set_number(&w->insns, next));
    return widen_follow(w, w->phis[i], widen_operand(w, next), ir_lanes(LLVMTypeOf(next)));
}

/* After what is carried into it, which may stand behind it. */
static void emit_insn(struct widen *w, uint32_t i)
{
    LLVMValueRef insn = w->from[i];
    if (w->to[i])
        return;
    if (LLVMIsAPHINode(insn)) {
        w->to[i] = emit_carried(w, i);
        return;
    }
    for (unsigned k = 0, n = (unsigned)LLVMGetNumOperands(insn); k < n; k++) {
        uint32_t operand = value_set_number(&w->insns, LLVMGetOperand(insn, k));
        if (operand != VALUE_ABSENT && w->states[operand])
            emit_insn(w, operand);
    }
    w->to[i] = widen_insn(w, insn);
}

/* So many times the growth in one round. */
static LLVMValueRef grown(struct widen *w, LLVMValueRef phi, LLVMValueRef wide)
{
    LLVMBuilderRef b = w->v->cg->builder;
    LLVMValueRef growth = growth_of(w, phi), all = growth;
    LLVMPositionBuilderAtEnd(b, w->entry);
    for (unsigned k = 1; k < w->times; k++)
        all = LLVMBuildAdd(b, all, growth, "");
    LLVMPositionBuilderAtEnd(b, w->wide);
    return LLVMBuildAdd(b, wide, widen_operand(w, all), "");
}

static void emit_body(struct widen *w)
{
    for (unsigned i = 0; is_phi(w, i); i++)
        if (w->states[i])
            emit_phi(w, i);
    for (unsigned i = 0; i < w->insns.count; i++)
        if (w->states[i])
            emit_insn(w, i);
    for (unsigned i = 0; is_phi(w, i); i++) {
        if (!w->states[i])
            continue;
        LLVMValueRef phi = w->from[i];
        LLVMValueRef next =
            growth_of(w, phi) ? grown(w, phi, w->to[i]) : widen_operand(w, next_of(w, phi));
        LLVMAddIncoming(w->phis[i], &next, &w->wide, 1);
    }
}

/* ---- from the wide loop to the old one ---- */

/* The sums of the rounds, each of every so many, as one. */
static LLVMValueRef joined(struct widen *w, LLVMValueRef phi, LLVMValueRef wide)
{
    LLVMTypeRef type = LLVMTypeOf(phi);
    LLVMValueRef all = widen_part(w, wide, type, 0), sum = sum_of(w, phi);
    for (unsigned k = 1; k < w->times; k++) {
        LLVMValueRef one = LLVMInstructionClone(sum);
        LLVMSetOperand(one, 0, all);
        LLVMSetOperand(one, 1, widen_part(w, wide, type, k));
        version_drop_flags(one);
        LLVMInsertIntoBuilder(w->v->cg->builder, one);
        all = one;
    }
    return all;
}

/* What the phi of the old loop goes on from. wide: what the wide one has for the next round. */
static LLVMValueRef resumed(struct widen *w, LLVMValueRef phi, LLVMValueRef wide)
{
    switch (flow_of(w, phi)) {
    case GROWS: return widen_part(w, wide, LLVMTypeOf(phi), 0);
    case COMBINED: return joined(w, phi, wide);
    default: return widen_part(w, wide, LLVMTypeOf(phi), w->times - 1);
    }
}

/* after: the block between the loops. */
static void emit_resumes(struct widen *w, LLVMBasicBlockRef after, LLVMValueRef next)
{
    LLVMPositionBuilderAtEnd(w->v->cg->builder, after);
    for (unsigned i = 0; is_phi(w, i); i++) {
        LLVMValueRef phi = w->from[i], value = first_of(w, phi);
        if (phi == w->iteration)
            value = next;
        else if (w->states[i])
            value = resumed(w, phi, ir_incoming(w->phis[i], w->wide));
        w->resumes[i] = value;
    }
    for (unsigned i = 0; is_phi(w, i); i++)
        LLVMAddIncoming(w->from[i], &w->resumes[i], &after, 1);
}

/* last: the number of the old loop's last round. */
static void emit_wide_loop(struct widen *w, LLVMValueRef last)
{
    struct version *v = w->v;
    LLVMBuilderRef b = v->cg->builder;
    LLVMValueRef times = version_number(v, w->times);
    w->wide = LLVMInsertBasicBlockInContext(v->cg->context, w->loop, "widened");
    LLVMBasicBlockRef after = LLVMInsertBasicBlockInContext(v->cg->context, w->loop, "");
    LLVMPositionBuilderAtEnd(b, w->wide);
    w->round = LLVMBuildPhi(b, v->cg->i64, "");
    emit_body(w);
    LLVMValueRef next = LLVMBuildAdd(b, w->round, times, "");
    LLVMSetNUW(next, true);
    LLVMSetNSW(next, true);
    LLVMPositionBuilderAtEnd(b, w->entry);
    LLVMValueRef enough = LLVMBuildICmp(b, LLVMIntUGE, last, times, "");
    LLVMValueRef least = LLVMBuildSub(b, last, times, "");
    LLVMBuildCondBr(b, enough, w->wide, w->loop);
    LLVMPositionBuilderAtEnd(b, w->wide);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntULE, next, least, ""), w->wide, after);
    LLVMValueRef values[] = {version_number(v, 0), next};
    LLVMBasicBlockRef blocks[] = {w->entry, w->wide};
    LLVMAddIncoming(w->round, values, blocks, 2);
    emit_resumes(w, after, next);
    LLVMBuildBr(b, w->loop);
}

/* ---- a version's loop ---- */

/* How many 128-bit vectors are one of the machine's; 1 where the CPU is said to be slower with its
 * widest. */
static unsigned machine_times(const struct cpu *cpu)
{
    if (cpu_has(cpu, "avx512bw") && cpu_has(cpu, "avx512vl") && !cpu_has(cpu, "prefer-256-bit"))
        return 4;
    return cpu_has(cpu, "avx2") && !cpu_has(cpu, "prefer-128-bit") ? 2 : 1;
}

bool widen_may_pay(const struct version *v)
{
    if (machine_times(&v->cg->c->cpu) == 1)
        return false;
    for (unsigned i = 0; i < v->insn_count; i++)
        if (LLVMGetTypeKind(LLVMTypeOf(v->from[i])) == LLVMVectorTypeKind)
            return true;
    return false;
}

bool widen_emit(struct version *v, LLVMBasicBlockRef entry, LLVMBasicBlockRef loop)
{
    struct widen w = {.v = v, .entry = entry, .loop = loop};
    w.times = machine_times(&v->cg->c->cpu);
    w.iteration = LLVMGetFirstInstruction(loop);
    list_loop(&w);
    if (!need_all(&w) || !pays(&w) || !keeps_all_order(&w)) {
        LLVMPositionBuilderAtEnd(v->cg->builder, entry);
        LLVMBuildBr(v->cg->builder, loop);
        return false;
    }
    LLVMValueRef more = LLVMGetCondition(LLVMGetBasicBlockTerminator(loop));
    emit_wide_loop(&w, LLVMGetOperand(more, 1));
    return true;
}
