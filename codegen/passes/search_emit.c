/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The scan of a loop that searches memory (search.h):
 *
 *     count:  wait = phi; phis of the header   if wait == 0 goto scan else goto body
 *     scan:   how many iterations stay inside the memory and its limits; too few: goto body
 *     look:   as many as a vector has lanes: do all go on?   no: goto found
 *     more:   still inside: goto look; else goto moved
 *     found:  which of them does not
 *     moved:  the phis after those iterations; goto body
 *     body:   the loop as it was; its latch goes back to count
 *
 * Lanes of iterations that come after the one that leaves are evaluated as well, with what happens
 * to stand in memory. So nothing there may be poison: instructions are built without the flags that
 * the originals have, and a shift by an unknown count is frozen.
 */
#include "codegen/passes/search.h"

#include "codegen/abi.h"
#include "codegen/ir.h"
#include "codegen/passes/address.h"

#include <string.h>

/* Bytes of the loop's fastest pointer that are looked at together. */
enum { SCAN_BYTES = 64 };

/* Iterations of the loop before it scans: as many bytes, but some even if they are large. */
enum { WAIT_BYTES = 16, LEAST_WAIT = 4 };

/* Values of the loop in `count` iterations from first (i64, counted from now): vectors with a lane
 * for each, or just numbers. */
struct lanes {
    const struct search *s;
    unsigned count;
    LLVMValueRef first;
    struct lanes *before; /* the same of one iteration earlier: where what is carried comes from */
    LLVMValueRef from[SEARCH_INSNS], to[SEARCH_INSNS];
    unsigned known;
};

static LLVMValueRef value_of(struct lanes *l, LLVMValueRef value);

static LLVMBuilderRef builder(const struct lanes *l)
{
    return l->s->cg->builder;
}

static LLVMValueRef const64(const struct search *s, uint64_t n)
{
    return LLVMConstInt(s->cg->i64, n, true);
}

/* n * factor + constant, in n's type, without what does nothing. */
static LLVMValueRef linear(const struct search *s, LLVMValueRef n, uint64_t factor,
                           uint64_t constant)
{
    LLVMBuilderRef b = s->cg->builder;
    LLVMTypeRef type = LLVMTypeOf(n);
    if (factor != 1)
        n = LLVMBuildMul(b, n, LLVMConstInt(type, factor, true), "");
    return constant == 0 ? n : LLVMBuildAdd(b, n, LLVMConstInt(type, constant, true), "");
}

/* ---- vectors ---- */

static LLVMTypeRef lanes_type(const struct lanes *l, LLVMTypeRef type)
{
    return l->count == 1 ? type : LLVMVectorType(type, l->count);
}

/* The vector whose lane i is lane start + i * step of value. */
static LLVMValueRef shuffle(const struct lanes *l, LLVMValueRef value, uint64_t start,
                            uint64_t step)
{
    LLVMValueRef mask[SCAN_BYTES];
    for (unsigned i = 0; i < l->count; i++)
        mask[i] = LLVMConstInt(l->s->cg->i32, start + i * step, true);
    return LLVMBuildShuffleVector(builder(l), value, LLVMGetUndef(LLVMTypeOf(value)),
                                  LLVMConstVector(mask, l->count), "");
}

static LLVMValueRef splat(const struct lanes *l, LLVMValueRef value)
{
    if (l->count == 1)
        return value;
    LLVMValueRef none = LLVMGetUndef(lanes_type(l, LLVMTypeOf(value)));
    LLVMValueRef zero = LLVMConstInt(l->s->cg->i32, 0, false);
    return shuffle(l, LLVMBuildInsertElement(builder(l), none, value, zero, ""), 0, 0);
}

/* 0, step, 2 * step, ... */
static LLVMValueRef stairs(const struct lanes *l, LLVMTypeRef type, uint64_t step)
{
    LLVMValueRef parts[SCAN_BYTES];
    for (unsigned i = 0; i < l->count; i++)
        parts[i] = LLVMConstInt(type, i * step, true);
    return l->count == 1 ? parts[0] : LLVMConstVector(parts, l->count);
}

/* ---- values ---- */

/* A phi that moves, after n iterations (i64). */
static LLVMValueRef phi_after(const struct search *s, const struct search_phi *phi, LLVMValueRef n)
{
    LLVMBuilderRef b = s->cg->builder;
    if (phi->step == 0)
        return phi->phi;
    n = LLVMBuildIntCast2(b, n, LLVMTypeOf(phi->phi), false, "");
    return LLVMBuildAdd(b, phi->phi, linear(s, n, phi->step, 0), "");
}

static LLVMValueRef moving_phi(struct lanes *l, const struct search_phi *phi)
{
    LLVMValueRef first = splat(l, phi_after(l->s, phi, l->first));
    return LLVMBuildAdd(builder(l), first, stairs(l, LLVMTypeOf(phi->phi), phi->step), "");
}

static LLVMValueRef load_lanes(struct lanes *l, const struct search_load *load)
{
    struct cg *cg = l->s->cg;
    LLVMBuilderRef b = cg->builder;
    bool down = (int64_t)load->form.step < 0, moves = load->form.step != 0;
    LLVMValueRef iteration = linear(l->s, l->first, 1, l->s->has_carried); /* from load->start */
    uint64_t lowest = down ? (l->count - 1) * load->form.step : 0;
    LLVMValueRef at = LLVMBuildAdd(b, load->start, linear(l->s, iteration, load->form.step, 0), "");
    at = linear(l->s, at, 1, load->offset + lowest);
    LLVMTypeRef type = LLVMTypeOf(load->insn);
    LLVMValueRef value = LLVMBuildLoad2(b, moves ? lanes_type(l, type) : type,
                                        LLVMBuildGEP2(b, cg->i8, load->base, &at, 1, ""), "");
    LLVMSetAlignment(value, 1);
    LLVMSetMetadata(value, cg->md_tbaa, cg->tbaa[ALIAS_MEMORY]);
    if (cg->m->memories[0].limits.shared) /* what is written meanwhile is still some value */
        value = LLVMBuildFreeze(b, value, "");
    if (!moves)
        return splat(l, value);
    return down && l->count > 1 ? shuffle(l, value, l->count - 1, UINT64_MAX) : value;
}

/* i1: what an iteration in a does on which it goes to bb; NULL: nothing is asked. */
static LLVMValueRef edge_of(struct lanes *l, LLVMBasicBlockRef a, LLVMBasicBlockRef bb);

/* i1: whether an iteration comes to block i of the loop; NULL: any that goes on does. */
static LLVMValueRef arrival_at(struct lanes *l, LLVMBasicBlockRef bb)
{
    const struct search *s = l->s;
    LLVMValueRef any = NULL;
    for (unsigned i = 0; i < s->loop.block_count; i++) {
        LLVMValueRef branch = LLVMGetBasicBlockTerminator(s->blocks[i]);
        bool goes = false;
        for (unsigned n = 0; n < LLVMGetNumSuccessors(branch); n++)
            goes |= LLVMGetSuccessor(branch, n) == bb;
        if (!goes)
            continue;
        LLVMValueRef edge = edge_of(l, s->blocks[i], bb);
        if (!edge)
            return NULL;
        any = any ? LLVMBuildOr(builder(l), any, edge, "") : edge;
    }
    return any;
}

static bool is_passed(const struct search *s, LLVMBasicBlockRef bb)
{
    for (unsigned i = 0; i < s->loop.block_count; i++)
        if (s->blocks[i] == bb)
            return s->is_passed[i];
    return false;
}

/* The cases of a switch that go to bb. */
static LLVMValueRef switch_edge(struct lanes *l, LLVMValueRef branch, LLVMBasicBlockRef bb)
{
    LLVMBuilderRef b = builder(l);
    LLVMValueRef value = value_of(l, LLVMGetOperand(branch, 0));
    bool by_default = LLVMGetSwitchDefaultDest(branch) == bb;
    LLVMValueRef result = splat(l, LLVMConstInt(l->s->cg->i1, by_default, false));
    for (unsigned n = 1; n < LLVMGetNumSuccessors(branch); n++) {
        if ((LLVMGetSuccessor(branch, n) == bb) == by_default)
            continue;
        LLVMValueRef label = splat(l, LLVMGetOperand(branch, 2 * n));
        LLVMValueRef test = LLVMBuildICmp(b, by_default ? LLVMIntNE : LLVMIntEQ, value, label, "");
        result = by_default ? LLVMBuildAnd(b, result, test, "") : LLVMBuildOr(b, result, test, "");
    }
    return result;
}

static LLVMValueRef branch_edge(struct lanes *l, LLVMValueRef branch, LLVMBasicBlockRef bb)
{
    if (LLVMIsASwitchInst(branch))
        return switch_edge(l, branch, bb);
    if (!LLVMIsConditional(branch) || LLVMGetSuccessor(branch, 0) == LLVMGetSuccessor(branch, 1))
        return NULL;
    LLVMValueRef condition = value_of(l, LLVMGetCondition(branch));
    return LLVMGetSuccessor(branch, 0) == bb ? condition : LLVMBuildNot(builder(l), condition, "");
}

static LLVMValueRef edge_of(struct lanes *l, LLVMBasicBlockRef a, LLVMBasicBlockRef bb)
{
    LLVMValueRef edge = branch_edge(l, LLVMGetBasicBlockTerminator(a), bb);
    LLVMValueRef arrival = is_passed(l->s, a) ? NULL : arrival_at(l, a);
    if (!edge || !arrival)
        return edge ? edge : arrival;
    return LLVMBuildAnd(builder(l), arrival, edge, "");
}

/* A phi where ways of an iteration meet. */
static LLVMValueRef joining_phi(struct lanes *l, LLVMValueRef phi)
{
    LLVMValueRef result = value_of(l, LLVMGetIncomingValue(phi, 0));
    for (unsigned i = 1, n = LLVMCountIncoming(phi); i < n; i++) {
        LLVMValueRef value = value_of(l, LLVMGetIncomingValue(phi, i));
        LLVMValueRef edge = edge_of(l, LLVMGetIncomingBlock(phi, i), LLVMGetInstructionParent(phi));
        result = edge ? LLVMBuildSelect(builder(l), edge, value, result, "") : value;
    }
    return result;
}

/* The narrow value that an operand extends, or NULL. */
static LLVMValueRef extended(const struct lanes *l, LLVMValueRef value)
{
    return LLVMIsAZExtInst(value) && loop_has(&l->s->loop, value) ? LLVMGetOperand(value, 0) : NULL;
}

/* A loaded byte compared with a number that stays: compared as bytes, if the number is one. */
static LLVMValueRef narrow_equality(struct lanes *l, LLVMValueRef insn)
{
    LLVMBuilderRef b = builder(l);
    LLVMIntPredicate predicate = LLVMGetICmpPredicate(insn);
    LLVMValueRef left = LLVMGetOperand(insn, 0), right = LLVMGetOperand(insn, 1);
    if (!extended(l, left)) {
        left = right;
        right = LLVMGetOperand(insn, 0);
    }
    LLVMValueRef byte = extended(l, left);
    if (!byte || loop_has(&l->s->loop, right) || LLVMIsAConstant(right) ||
        (predicate != LLVMIntEQ && predicate != LLVMIntNE))
        return NULL;
    LLVMValueRef narrow = LLVMBuildTrunc(b, right, LLVMTypeOf(byte), "");
    LLVMValueRef wide = LLVMBuildZExt(b, narrow, LLVMTypeOf(right), "");
    LLVMValueRef fits = LLVMBuildICmp(b, predicate, wide, right, "");
    LLVMValueRef same = LLVMBuildICmp(b, predicate, value_of(l, byte), splat(l, narrow), "");
    return predicate == LLVMIntEQ ? LLVMBuildAnd(b, same, splat(l, fits), "")
                                  : LLVMBuildOr(b, same, splat(l, fits), "");
}

static LLVMValueRef compare(struct lanes *l, LLVMValueRef insn)
{
    LLVMValueRef narrow = LLVMIsAICmpInst(insn) ? narrow_equality(l, insn) : NULL;
    if (narrow)
        return narrow;
    LLVMValueRef left = value_of(l, LLVMGetOperand(insn, 0));
    LLVMValueRef right = value_of(l, LLVMGetOperand(insn, 1));
    if (LLVMIsAFCmpInst(insn))
        return LLVMBuildFCmp(builder(l), LLVMGetFCmpPredicate(insn), left, right, "");
    return LLVMBuildICmp(builder(l), LLVMGetICmpPredicate(insn), left, right, "");
}

static LLVMValueRef call_intrinsic(struct lanes *l, LLVMValueRef insn)
{
    LLVMValueRef args[3];
    unsigned count = (unsigned)LLVMGetNumArgOperands(insn);
    unsigned id = ir_intrinsic(insn);
    for (unsigned i = 0; i < count; i++)
        args[i] = value_of(l, LLVMGetOperand(insn, i));
    LLVMTypeRef type = lanes_type(l, LLVMTypeOf(insn));
    LLVMValueRef callee = LLVMGetIntrinsicDeclaration(l->s->cg->module, id, &type, 1);
    return LLVMBuildCall2(builder(l), LLVMIntrinsicGetType(l->s->cg->context, id, &type, 1), callee,
                          args, count, "");
}

static LLVMValueRef arithmetic(struct lanes *l, LLVMValueRef insn)
{
    LLVMBuilderRef b = builder(l);
    LLVMOpcode opcode = LLVMGetInstructionOpcode(insn);
    LLVMValueRef args[3] = {NULL};
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(insn); i < n; i++)
        args[i] = value_of(l, LLVMGetOperand(insn, i));
    switch (opcode) {
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc: return LLVMBuildCast(b, opcode, args[0], lanes_type(l, LLVMTypeOf(insn)), "");
    case LLVMSelect: return LLVMBuildSelect(b, args[0], args[1], args[2], "");
    case LLVMFreeze: return LLVMBuildFreeze(b, args[0], "");
    case LLVMFNeg: return LLVMBuildFNeg(b, args[0], "");
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr: return LLVMBuildFreeze(b, LLVMBuildBinOp(b, opcode, args[0], args[1], ""), "");
    default: return LLVMBuildBinOp(b, opcode, args[0], args[1], "");
    }
}

static LLVMValueRef instruction(struct lanes *l, LLVMValueRef insn)
{
    const struct search_load *load = search_load_of(l->s, insn);
    const struct search_phi *phi = search_phi_of(l->s, insn);
    if (load)
        return load_lanes(l, load);
    if (phi && phi->is_carried)
        return value_of(l->before, loop_next(&l->s->loop, insn));
    if (phi)
        return moving_phi(l, phi);
    if (LLVMIsAPHINode(insn))
        return joining_phi(l, insn);
    if (LLVMIsAICmpInst(insn) || LLVMIsAFCmpInst(insn))
        return compare(l, insn);
    return LLVMIsACallInst(insn) ? call_intrinsic(l, insn) : arithmetic(l, insn);
}

static LLVMValueRef value_of(struct lanes *l, LLVMValueRef value)
{
    if (!loop_has(&l->s->loop, value))
        return splat(l, value);
    for (unsigned i = 0; i < l->known; i++)
        if (l->from[i] == value)
            return l->to[i];
    LLVMValueRef result = instruction(l, value);
    l->from[l->known] = value;
    l->to[l->known++] = result;
    return result;
}

/* i1: whether iterations go on. */
static LLVMValueRef goes_on(struct lanes *l, const struct search_condition *condition)
{
    if (!condition->value) {
        LLVMValueRef arrival = arrival_at(l, condition->block);
        return arrival ? arrival : splat(l, LLVMConstInt(l->s->cg->i1, 1, false));
    }
    LLVMValueRef value = value_of(l, condition->value);
    return condition->wanted ? value : LLVMBuildNot(builder(l), value, "");
}

/* ---- how far the scan may go ---- */

struct scan {
    struct search *s;
    LLVMBasicBlockRef count, scan, look, more, found, moved;
    LLVMValueRef limit;               /* iterations that the loop makes if no byte ends it: i64 */
    LLVMValueRef last;                /* of those that a vector may begin at */
    LLVMValueRef next, done;          /* iterations */
    LLVMValueRef phis[SEARCH_PHIS];   /* in count */
    LLVMValueRef values[SEARCH_PHIS]; /* in moved */
    struct lanes lanes, lanes_before;
};

static LLVMValueRef least(struct cg *cg, LLVMValueRef a, LLVMValueRef b)
{
    LLVMValueRef less = LLVMBuildICmp(cg->builder, LLVMIntSLT, a, b, "");
    return a == b ? a : LLVMBuildSelect(cg->builder, less, a, b, "");
}

/* For how many iterations from now the load stays inside the memory, and its index wraps nowhere;
 * zero or less: none. An iteration before now counts too if something is carried from it. */
static LLVMValueRef room_of(struct search *s, struct search_load *load, LLVMValueRef size)
{
    LLVMBuilderRef b = s->cg->builder;
    uint64_t step = load->form.step, carried = s->has_carried;
    LLVMValueRef index =
        linear(s, affine_start(s->cg, &load->form, s->cg->i32), 1, -carried * step);
    load->start = LLVMBuildZExt(b, index, s->cg->i64, ""); /* of the first */
    LLVMValueRef end = linear(s, size, 1, -(load->offset + load->bytes));
    LLVMValueRef above = LLVMBuildSub(b, end, load->start, "");
    LLVMValueRef inside = LLVMBuildICmp(b, LLVMIntSGE, above, const64(s, 0), "");
    LLVMValueRef most = const64(s, INT64_MAX);
    if (step != 0) {
        LLVMValueRef way = (int64_t)step > 0 ? above : load->start;
        most = LLVMBuildUDiv(b, way, const64(s, load->bytes), "");
        most = linear(s, most, 1, 1 - carried);
    }
    return LLVMBuildSelect(b, inside, most, const64(s, 0), "");
}

static void emit_limits(struct scan *scan)
{
    struct search *s = scan->s;
    LLVMBuilderRef b = s->cg->builder;
    LLVMValueRef size = cg_memory_size(s->cg, s->loads[0].base), room = NULL;
    for (unsigned i = 0; i < s->load_count; i++) {
        LLVMValueRef own = room_of(s, &s->loads[i], size);
        room = room ? least(s->cg, room, own) : own;
    }
    scan->last = LLVMBuildSub(b, room, const64(s, scan->lanes.count), "");
    for (unsigned i = 0; i < s->limit_count; i++) {
        LLVMValueRef sure, count = limit_count(s->cg, &s->limits[i], &sure);
        count = LLVMBuildSelect(b, sure, count, const64(s, 0), "");
        scan->limit = scan->limit ? least(s->cg, scan->limit, count) : count;
    }
    if (scan->limit)
        scan->last = least(s->cg, scan->last, LLVMBuildSub(b, scan->limit, const64(s, 1), ""));
}

/* ---- the blocks ---- */

static LLVMBasicBlockRef new_block(const struct search *s, const char *name)
{
    return LLVMInsertBasicBlockInContext(s->cg->context, s->loop.body, name);
}

static void branch_weighted(const struct search *s, LLVMValueRef condition,
                            LLVMBasicBlockRef unlikely, LLVMBasicBlockRef likely)
{
    LLVMValueRef branch = LLVMBuildCondBr(s->cg->builder, condition, unlikely, likely);
    LLVMSetMetadata(branch, s->cg->md_prof, s->cg->prof_unlikely);
}

/* The mask as a number with a bit for each lane. */
static LLVMValueRef bits_of(const struct scan *scan, LLVMValueRef mask)
{
    LLVMTypeRef type = LLVMIntTypeInContext(scan->s->cg->context, scan->lanes.count);
    return LLVMBuildBitCast(scan->s->cg->builder, mask, type, "");
}

/* The lowest bit that is set; there is one: i64. */
static LLVMValueRef lowest_bit(struct search *s, LLVMValueRef bits)
{
    static const char name[] = "llvm.cttz";
    struct cg *cg = s->cg;
    LLVMTypeRef i64 = cg->i64;
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef args[] = {LLVMBuildZExt(cg->builder, bits, i64, ""),
                           LLVMConstInt(cg->i1, 1, false)};
    return LLVMBuildCall2(cg->builder, LLVMIntrinsicGetType(cg->context, id, &i64, 1),
                          LLVMGetIntrinsicDeclaration(cg->module, id, &i64, 1), args, 2, "");
}

/* look, more and found. */
static void emit_look(struct scan *scan)
{
    struct search *s = scan->s;
    LLVMBuilderRef b = s->cg->builder;
    LLVMPositionBuilderAtEnd(b, scan->look);
    LLVMValueRef first = LLVMBuildPhi(b, s->cg->i64, "");
    scan->lanes.first = first;
    if (s->has_carried)
        scan->lanes_before.first = linear(s, first, 1, UINT64_MAX);
    LLVMValueRef mask = goes_on(&scan->lanes, &s->conditions[0]);
    for (unsigned i = 1; i < s->condition_count; i++)
        mask = LLVMBuildAnd(b, mask, goes_on(&scan->lanes, &s->conditions[i]), "");
    mask = LLVMBuildNot(b, mask, "");
    LLVMValueRef bits = bits_of(scan, mask), none = LLVMConstInt(LLVMTypeOf(bits), 0, false);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntEQ, bits, none, ""), scan->more, scan->found);
    LLVMPositionBuilderAtEnd(b, scan->more);
    scan->next = LLVMBuildAdd(b, first, const64(s, scan->lanes.count), "");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLE, scan->next, scan->last, ""), scan->look,
                    scan->moved);
    LLVMPositionBuilderAtEnd(b, scan->found);
    scan->done = LLVMBuildAdd(b, first, lowest_bit(s, bits_of(scan, mask)), "");
    LLVMBuildBr(b, scan->moved);
    LLVMValueRef values[] = {const64(s, 0), scan->next};
    LLVMAddIncoming(first, values, (LLVMBasicBlockRef[]){scan->scan, scan->more}, 2);
}

/* The phi after the iterations that the scan has found. */
static LLVMValueRef moved_phi(struct scan *scan, const struct search_phi *phi, LLVMValueRef done,
                              struct lanes *last)
{
    LLVMBuilderRef b = scan->s->cg->builder;
    if (!phi->is_carried)
        return phi_after(scan->s, phi, done);
    LLVMValueRef value = value_of(last, loop_next(&scan->s->loop, phi->phi));
    LLVMValueRef none = LLVMBuildICmp(b, LLVMIntEQ, done, const64(scan->s, 0), "");
    return LLVMBuildSelect(b, none, phi->phi, value, "");
}

static void emit_moved(struct scan *scan)
{
    struct search *s = scan->s;
    LLVMBuilderRef b = s->cg->builder;
    LLVMPositionBuilderAtEnd(b, scan->moved);
    LLVMValueRef done = LLVMBuildPhi(b, s->cg->i64, "");
    LLVMAddIncoming(done, (LLVMValueRef[]){scan->done, scan->next},
                    (LLVMBasicBlockRef[]){scan->found, scan->more}, 2);
    if (scan->limit)
        done = least(s->cg, done, scan->limit);
    struct lanes last = {.s = s, .count = 1};
    if (s->has_carried)
        last.first = linear(s, done, 1, UINT64_MAX);
    for (unsigned i = 0; i < s->phi_count; i++)
        scan->values[i] = moved_phi(scan, &s->phis[i], done, &last);
    LLVMBuildBr(b, s->loop.body);
}

static void redirect(LLVMBasicBlockRef from, LLVMBasicBlockRef was, LLVMBasicBlockRef to)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(from);
    for (unsigned i = 0; i < LLVMGetNumSuccessors(branch); i++)
        if (LLVMGetSuccessor(branch, i) == was)
            LLVMSetSuccessor(branch, i, to);
}

/* count, with what was in the header's phis: the loop's way in and back goes through it. */
static void emit_count(struct scan *scan)
{
    struct search *s = scan->s;
    LLVMBuilderRef b = s->cg->builder;
    LLVMBasicBlockRef from[] = {s->loop.preheader, s->loop.latch};
    unsigned wait = WAIT_BYTES / s->bytes;
    LLVMTypeRef i32 = s->cg->i32;
    LLVMPositionBuilderAtEnd(b, scan->count);
    LLVMValueRef left = LLVMBuildPhi(b, i32, "");
    for (unsigned i = 0; i < s->phi_count; i++) {
        LLVMValueRef phi = s->phis[i].phi;
        scan->phis[i] = LLVMBuildPhi(b, LLVMTypeOf(phi), "");
        LLVMValueRef values[] = {loop_first(&s->loop, phi), loop_next(&s->loop, phi)};
        LLVMAddIncoming(scan->phis[i], values, from, 2);
    }
    LLVMValueRef next = LLVMBuildSub(b, left, LLVMConstInt(i32, 1, false), "");
    LLVMValueRef values[] = {LLVMConstInt(i32, wait < LEAST_WAIT ? LEAST_WAIT : wait, false), next};
    LLVMAddIncoming(left, values, from, 2);
    LLVMValueRef now = LLVMBuildICmp(b, LLVMIntEQ, left, LLVMConstInt(i32, 0, false), "");
    branch_weighted(s, now, scan->scan, s->loop.body);
}

static void replace_in(LLVMBasicBlockRef bb, LLVMValueRef was, LLVMValueRef by)
{
    for (LLVMValueRef insn = LLVMGetFirstInstruction(bb); insn; insn = LLVMGetNextInstruction(insn))
        for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(insn); i < n; i++)
            if (LLVMGetOperand(insn, i) == was)
                LLVMSetOperand(insn, i, by);
}

/* The header's phis are in the scan those of count, */
static void replace_phis(struct scan *scan)
{
    LLVMBasicBlockRef blocks[] = {scan->scan, scan->look, scan->more, scan->found, scan->moved};
    for (unsigned i = 0; i < scan->s->phi_count; i++) {
        for (unsigned k = 0; k < sizeof blocks / sizeof *blocks; k++)
            replace_in(blocks[k], scan->s->phis[i].phi, scan->phis[i]);
        for (unsigned k = 0; k < scan->s->phi_count; k++)
            if (scan->values[k] == scan->s->phis[i].phi)
                scan->values[k] = scan->phis[i];
    }
}

/* and in the loop these, or what the scan has made of them. */
static void join_phis(struct scan *scan)
{
    LLVMBuilderRef b = scan->s->cg->builder;
    for (unsigned i = 0; i < scan->s->phi_count; i++) {
        LLVMValueRef phi = scan->s->phis[i].phi, in_count = scan->phis[i];
        LLVMPositionBuilderBefore(b, phi);
        LLVMValueRef joined = LLVMBuildPhi(b, LLVMTypeOf(phi), "");
        LLVMAddIncoming(joined, (LLVMValueRef[]){in_count, in_count, scan->values[i]},
                        (LLVMBasicBlockRef[]){scan->count, scan->scan, scan->moved}, 3);
        LLVMReplaceAllUsesWith(phi, joined);
        LLVMInstructionEraseFromParent(phi);
    }
}

void search_emit(struct search *s)
{
    struct scan scan = {.s = s,
                        .count = new_block(s, "count"),
                        .scan = new_block(s, "scan"),
                        .look = new_block(s, "look"),
                        .more = new_block(s, "more"),
                        .found = new_block(s, "found"),
                        .moved = new_block(s, "moved")};
    scan.lanes = (struct lanes){.s = s, .count = SCAN_BYTES / s->bytes};
    scan.lanes_before = (struct lanes){.s = s, .count = scan.lanes.count};
    scan.lanes.before = &scan.lanes_before;
    emit_count(&scan);
    LLVMPositionBuilderAtEnd(s->cg->builder, scan.scan);
    emit_limits(&scan);
    LLVMValueRef short_of = LLVMBuildICmp(s->cg->builder, LLVMIntSLT, scan.last, const64(s, 0), "");
    branch_weighted(s, short_of, s->loop.body, scan.look);
    emit_look(&scan);
    emit_moved(&scan);
    replace_phis(&scan);
    join_phis(&scan);
    redirect(s->loop.preheader, s->loop.body, scan.count); /* now that edges count no more */
    redirect(s->loop.latch, s->loop.body, scan.count);
}
