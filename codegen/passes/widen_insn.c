/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One instruction for several rounds of a loop. What is done lane by lane is done with more lanes;
 * what moves lanes within 128 bits does so in each 128 bits, as the machine's wider shuffles and
 * packs do; accesses side by side become one.
 */
#include "codegen/ir.h"
#include "codegen/passes/widen.h"

#include <string.h>

enum { ALL_LANES = MOST_TIMES * MOST_LANES, ANY = -1 };

LLVMTypeRef widen_type(const struct widen *w, LLVMTypeRef type)
{
    return LLVMVectorType(ir_lane_type(type), ir_lanes(type) * w->times);
}

/* ---- lanes ---- */

static LLVMValueRef shuffle(struct widen *w, LLVMValueRef a, LLVMValueRef b, const int *lanes,
                            unsigned count)
{
    LLVMValueRef mask[ALL_LANES];
    for (unsigned i = 0; i < count; i++)
        mask[i] = lanes[i] == ANY ? LLVMGetPoison(w->v->cg->i32)
                                  : LLVMConstInt(w->v->cg->i32, (unsigned)lanes[i], false);
    return LLVMBuildShuffleVector(w->v->cg->builder, a, b, LLVMConstVector(mask, count), "");
}

/* The same lanes of each of the values that a and b are for the rounds. */
static LLVMValueRef shuffle_each(struct widen *w, LLVMValueRef a, LLVMValueRef b, const int *lanes,
                                 unsigned count)
{
    int all[ALL_LANES];
    int n = (int)(ir_lanes(LLVMTypeOf(a)) / w->times);
    for (unsigned i = 0; i < count * w->times; i++) {
        int lane = lanes[i % count], skipped = (int)(i / count) * n;
        all[i] = lane == ANY ? ANY
                 : lane < n  ? lane + skipped
                             : lane + skipped + n * ((int)w->times - 1);
    }
    return shuffle(w, a, b, all, count * w->times);
}

static LLVMValueRef number(const struct widen *w, unsigned n)
{
    return LLVMConstInt(w->v->cg->i32, n, false);
}

static LLVMValueRef join_scalars(struct widen *w, LLVMValueRef *values)
{
    LLVMValueRef all = LLVMGetPoison(widen_type(w, LLVMTypeOf(values[0])));
    for (unsigned i = 0; i < w->times; i++)
        all = LLVMBuildInsertElement(w->v->cg->builder, all, values[i], number(w, i), "");
    return all;
}

static LLVMValueRef join_vectors(struct widen *w, LLVMValueRef *values, unsigned count)
{
    if (count == 1)
        return values[0];
    LLVMValueRef low = join_vectors(w, values, count / 2);
    LLVMValueRef high = join_vectors(w, values + count / 2, count / 2);
    int lanes[ALL_LANES];
    unsigned n = 2 * ir_lanes(LLVMTypeOf(low));
    for (unsigned i = 0; i < n; i++)
        lanes[i] = (int)i;
    return shuffle(w, low, high, lanes, n);
}

LLVMValueRef widen_join(struct widen *w, LLVMValueRef *values)
{
    bool is_scalar = LLVMGetTypeKind(LLVMTypeOf(values[0])) != LLVMVectorTypeKind;
    return is_scalar ? join_scalars(w, values) : join_vectors(w, values, w->times);
}

LLVMValueRef widen_part(struct widen *w, LLVMValueRef wide, LLVMTypeRef type, unsigned round)
{
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return LLVMBuildExtractElement(w->v->cg->builder, wide, number(w, round), "");
    int lanes[ALL_LANES];
    unsigned n = ir_lanes(type);
    for (unsigned i = 0; i < n; i++)
        lanes[i] = (int)(round * n + i);
    return shuffle(w, wide, LLVMGetPoison(LLVMTypeOf(wide)), lanes, n);
}

LLVMValueRef widen_follow(struct widen *w, LLVMValueRef before, LLVMValueRef wide, unsigned lanes)
{
    int all[ALL_LANES];
    for (unsigned i = 0; i < lanes * w->times; i++)
        all[i] = (int)(lanes * (w->times - 1) + i);
    return shuffle(w, before, wide, all, lanes * w->times);
}

/* A scalar of each round in all lanes of a vector. */
static LLVMValueRef spread(struct widen *w, LLVMValueRef scalars, unsigned lanes)
{
    static const int first[MOST_LANES] = {0};
    return shuffle_each(w, scalars, LLVMGetPoison(LLVMTypeOf(scalars)), first, lanes);
}

static LLVMValueRef same_in_all(struct widen *w, LLVMValueRef value)
{
    LLVMValueRef values[MOST_TIMES];
    for (unsigned i = 0; i < w->times; i++)
        values[i] = value;
    return widen_join(w, values);
}

LLVMValueRef widen_operand(struct widen *w, LLVMValueRef value)
{
    uint32_t i = value_set_number(&w->insns, value);
    if (i != VALUE_ABSENT)
        return w->to[i];
    LLVMBasicBlockRef here = LLVMGetInsertBlock(w->v->cg->builder);
    LLVMPositionBuilderAtEnd(w->v->cg->builder, w->entry);
    LLVMValueRef wide = same_in_all(w, value);
    LLVMPositionBuilderAtEnd(w->v->cg->builder, here);
    return wide;
}

static LLVMValueRef operand(struct widen *w, LLVMValueRef insn, unsigned i)
{
    return widen_operand(w, LLVMGetOperand(insn, i));
}

static LLVMValueRef widen_shuffle(struct widen *w, LLVMValueRef insn)
{
    int lanes[MOST_LANES];
    unsigned n = LLVMGetNumMaskElements(insn);
    for (unsigned i = 0; i < n; i++)
        lanes[i] = LLVMGetMaskValue(insn, i);
    return shuffle_each(w, operand(w, insn, 0), operand(w, insn, 1), lanes, n);
}

static LLVMValueRef widen_insert(struct widen *w, LLVMValueRef insn)
{
    int lanes[MOST_LANES], n = (int)ir_lanes(LLVMTypeOf(insn));
    for (int i = 0; i < n; i++)
        lanes[i] = i;
    lanes[LLVMConstIntGetZExtValue(LLVMGetOperand(insn, 2))] += n;
    LLVMValueRef scalars = spread(w, operand(w, insn, 1), (unsigned)n);
    return shuffle_each(w, operand(w, insn, 0), scalars, lanes, (unsigned)n);
}

static LLVMValueRef widen_extract(struct widen *w, LLVMValueRef insn)
{
    int lane = (int)LLVMConstIntGetZExtValue(LLVMGetOperand(insn, 1));
    LLVMValueRef x = operand(w, insn, 0);
    return shuffle_each(w, x, LLVMGetPoison(LLVMTypeOf(x)), &lane, 1);
}

static LLVMValueRef widen_select(struct widen *w, LLVMValueRef insn)
{
    LLVMValueRef condition = operand(w, insn, 0);
    if (LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(insn, 0))) != LLVMVectorTypeKind)
        condition = spread(w, condition, ir_lanes(LLVMTypeOf(insn)));
    return LLVMBuildSelect(w->v->cg->builder, condition, operand(w, insn, 1), operand(w, insn, 2),
                           "");
}

/* ---- accesses ---- */

bool widen_step(const struct widen *w, const struct access *a, int64_t *step)
{
    const struct group *g = &w->v->groups[a->group];
    *step = (int64_t)g->form.step / (int64_t)w->v->parts;
    return !g->stride;
}

/* A value of the old loop made of the number of the round alone: of a certain one. */
static LLVMValueRef in_round(struct widen *w, LLVMValueRef value, LLVMValueRef round)
{
    if (value == w->iteration)
        return round;
    if (value_set_number(&w->insns, value) == VALUE_ABSENT)
        return value;
    LLVMValueRef copy = LLVMInstructionClone(value);
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(value); i < n; i++)
        LLVMSetOperand(copy, i, in_round(w, LLVMGetOperand(value, i), round));
    LLVMInsertIntoBuilder(w->v->cg->builder, copy);
    return copy;
}

static LLVMValueRef address(struct widen *w, LLVMValueRef access, unsigned round)
{
    LLVMValueRef number = version_number(w->v, round);
    if (round > 0)
        number = LLVMBuildNUWAdd(w->v->cg->builder, w->round, number, "");
    return in_round(w, ir_pointer(access), round > 0 ? number : w->round);
}

/* What the access of one round says of itself holds for one of several. */
static LLVMValueRef like(const struct widen *w, LLVMValueRef access, LLVMValueRef old)
{
    static const char *const names[] = {"tbaa", "alias.scope", "noalias"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned kind =
            LLVMGetMDKindIDInContext(w->v->cg->context, names[i], (unsigned)strlen(names[i]));
        LLVMValueRef node = LLVMGetMetadata(old, kind);
        if (node)
            LLVMSetMetadata(access, kind, node);
    }
    LLVMSetAlignment(access, LLVMGetAlignment(old));
    return access;
}

static LLVMValueRef load(struct widen *w, LLVMValueRef old, LLVMTypeRef type, unsigned round)
{
    LLVMBuilderRef b = w->v->cg->builder;
    return like(w, LLVMBuildLoad2(b, type, address(w, old, round), ""), old);
}

static void store(struct widen *w, LLVMValueRef old, LLVMValueRef value, unsigned round)
{
    like(w, LLVMBuildStore(w->v->cg->builder, value, address(w, old, round)), old);
}

/* Of loads with gaps: from the first to where the next round's would begin, which is inside, as the
 * old loop has at least one more. */
static LLVMValueRef load_with_gaps(struct widen *w, LLVMValueRef insn)
{
    int64_t step = 0;
    LLVMTypeRef type = LLVMTypeOf(insn);
    widen_step(w, w->accesses[value_set_number(&w->insns, insn)], &step);
    unsigned lane_size = (unsigned)ir_accessed_size(w->v->cg, insn) / ir_lanes(type);
    LLVMTypeRef wide = LLVMVectorType(ir_lane_type(type), w->times * (unsigned)step / lane_size);
    LLVMValueRef all = load(w, insn, wide, 0);
    int lanes[MOST_LANES];
    for (unsigned i = 0; i < ir_lanes(type); i++)
        lanes[i] = (int)i;
    return shuffle_each(w, all, LLVMGetPoison(wide), lanes, ir_lanes(type));
}

/* Where an access of one round is from that of the round before: right behind, at the same place,
 * after a gap of some lanes of a vector, or anywhere. */
enum places { SIDE_BY_SIDE, SAME, WITH_GAPS, APART };

static enum places places_of(const struct widen *w, LLVMValueRef insn)
{
    int64_t step, size = (int64_t)ir_accessed_size(w->v->cg, insn);
    if (!widen_step(w, w->accesses[value_set_number(&w->insns, insn)], &step))
        return APART;
    if (step == size)
        return SIDE_BY_SIDE;
    if (!LLVMIsALoadInst(insn))
        return APART;
    bool is_gap = step > size && step <= 16 && step % (size / ir_lanes(LLVMTypeOf(insn))) == 0;
    return step == 0 ? SAME : is_gap ? WITH_GAPS : APART;
}

bool widen_is_whole(const struct widen *w, LLVMValueRef insn)
{
    return places_of(w, insn) != APART;
}

static LLVMValueRef widen_load(struct widen *w, LLVMValueRef insn)
{
    LLVMTypeRef type = LLVMTypeOf(insn);
    LLVMValueRef values[MOST_TIMES];
    switch (places_of(w, insn)) {
    case SIDE_BY_SIDE: return load(w, insn, widen_type(w, type), 0);
    case SAME: return same_in_all(w, load(w, insn, type, 0));
    case WITH_GAPS: return load_with_gaps(w, insn);
    default:
        for (unsigned i = 0; i < w->times; i++)
            values[i] = load(w, insn, type, i);
        return widen_join(w, values);
    }
}

static LLVMValueRef widen_store(struct widen *w, LLVMValueRef insn)
{
    LLVMValueRef value = operand(w, insn, 0);
    if (places_of(w, insn) == SIDE_BY_SIDE) {
        store(w, insn, value, 0);
        return NULL;
    }
    for (unsigned i = 0; i < w->times; i++)
        store(w, insn, widen_part(w, value, ir_accessed_type(insn), i), i);
    return NULL;
}

/* ---- calls ---- */

/* LLVM's, lane by lane: the types that they are overloaded by are that of the result and, of
 * conversions, that of the operand. */
static const char *const lane_calls[] = {
    "llvm.abs.",
    "llvm.ctpop.",
    "llvm.smin.",
    "llvm.smax.",
    "llvm.umin.",
    "llvm.umax.",
    "llvm.sadd.sat.",
    "llvm.uadd.sat.",
    "llvm.ssub.sat.",
    "llvm.usub.sat.",
    "llvm.fshl.",
    "llvm.fshr.",
    "llvm.fabs.",
    "llvm.sqrt.",
    "llvm.ceil.",
    "llvm.floor.",
    "llvm.trunc.",
    "llvm.rint.",
    "llvm.nearbyint.",
    "llvm.roundeven.",
    "llvm.copysign.",
    "llvm.minimum.",
    "llvm.maximum.",
    "llvm.fma.",
    "llvm.arithmetic.fence.",
    "llvm.fptosi.sat.",
    "llvm.fptoui.sat.",
};

/* The machine's, which do the same in each 128 bits: of two rounds, and of four. */
static const struct {
    const char *narrow, *wide[2];
} machine_calls[] = {
#define X86(narrow, two, four)                                                                     \
    {                                                                                              \
        "llvm.x86." narrow,                                                                        \
        {                                                                                          \
            "llvm.x86.avx2." two, "llvm.x86.avx512." four                                          \
        }                                                                                          \
    }
    X86("ssse3.pshuf.b.128", "pshuf.b", "pshuf.b.512"),
    X86("ssse3.pmul.hr.sw.128", "pmul.hr.sw", "pmul.hr.sw.512"),
    X86("ssse3.pmadd.ub.sw.128", "pmadd.ub.sw", "pmaddubs.w.512"),
    X86("sse2.pmadd.wd", "pmadd.wd", "pmaddw.d.512"),
    X86("sse2.packsswb.128", "packsswb", "packsswb.512"),
    X86("sse2.packuswb.128", "packuswb", "packuswb.512"),
    X86("sse2.packssdw.128", "packssdw", "packssdw.512"),
    X86("sse41.packusdw", "packusdw", "packusdw.512"),
#undef X86
};

static const char *lane_call(LLVMValueRef call)
{
    for (unsigned i = 0; i < sizeof lane_calls / sizeof *lane_calls; i++)
        if (ir_calls(call, lane_calls[i]))
            return lane_calls[i];
    return NULL;
}

bool widen_is_lane_call(LLVMValueRef call)
{
    return lane_call(call) != NULL;
}

LLVMValueRef widen_lane_call(struct cg *cg, LLVMValueRef call, LLVMTypeRef type, LLVMValueRef *args)
{
    const char *name = lane_call(call);
    bool converts = strstr(name, ".fpto") != NULL;
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name) - 1);
    LLVMTypeRef types[] = {type, LLVMTypeOf(args[0])};
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(cg->module, id, types, converts ? 2 : 1);
    LLVMTypeRef function_type = LLVMIntrinsicGetType(cg->context, id, types, converts ? 2 : 1);
    return LLVMBuildCall2(cg->builder, function_type, function, args, LLVMGetNumArgOperands(call),
                          "");
}

static const char *machine_call(const struct widen *w, LLVMValueRef call)
{
    for (unsigned i = 0; i < sizeof machine_calls / sizeof *machine_calls; i++)
        if (ir_calls(call, machine_calls[i].narrow))
            return machine_calls[i].wide[w->times == 4];
    return NULL;
}

/* An operand that is the same for all lanes, as abs has one, stays. */
static LLVMValueRef argument(struct widen *w, LLVMValueRef call, unsigned i)
{
    LLVMValueRef x = LLVMGetOperand(call, i);
    return LLVMTypeOf(x) == w->v->cg->i1 && LLVMIsAConstantInt(x) ? x : widen_operand(w, x);
}

static LLVMValueRef widen_call(struct widen *w, LLVMValueRef insn)
{
    struct cg *cg = w->v->cg;
    LLVMValueRef args[3];
    unsigned count = LLVMGetNumArgOperands(insn);
    for (unsigned i = 0; i < count; i++)
        args[i] = argument(w, insn, i);
    const char *name = machine_call(w, insn);
    if (name)
        return ir_call_machine(cg, cg->builder, &(struct machine_call){name, NULL, 0, args, count});
    return widen_lane_call(cg, insn, widen_type(w, LLVMTypeOf(insn)), args);
}

/* ---- all instructions ---- */

bool widen_has_lanes(LLVMTypeRef type)
{
    LLVMTypeRef lane = ir_lane_type(type);
    LLVMTypeKind kind = LLVMGetTypeKind(lane);
    bool is_number = kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind ||
                     (kind == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(lane) <= 64);
    return is_number && ir_lanes(type) <= MOST_LANES;
}

/* Registers for masks have no shuffles. */
static bool moves_masks(const struct widen *w, LLVMValueRef insn)
{
    return ir_lane_type(LLVMTypeOf(insn)) == w->v->cg->i1 && cpu_has(&w->v->cg->c->cpu, "avx512vl");
}

static bool has_lane_types(LLVMValueRef insn)
{
    bool all = widen_has_lanes(LLVMTypeOf(insn));
    for (int i = 0, n = LLVMIsACallInst(insn) ? 0 : LLVMGetNumOperands(insn); i < n; i++)
        all = all && widen_has_lanes(LLVMTypeOf(LLVMGetOperand(insn, (unsigned)i)));
    return all;
}

static bool is_access_of_lanes(const struct widen *w, LLVMValueRef insn)
{
    const struct access *a = w->accesses[value_set_number(&w->insns, insn)];
    return a && a->free_count == 0 && widen_has_lanes(ir_accessed_type(insn));
}

static bool is_lane(LLVMTypeRef vector, LLVMValueRef lane)
{
    return LLVMIsAConstantInt(lane) && LLVMConstIntGetZExtValue(lane) < ir_lanes(vector);
}

bool widen_has_form(const struct widen *w, LLVMValueRef insn)
{
    if (LLVMIsALoadInst(insn) || LLVMIsAStoreInst(insn))
        return is_access_of_lanes(w, insn);
    if (!has_lane_types(insn))
        return false;
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMInsertElement:
        return is_lane(LLVMTypeOf(insn), LLVMGetOperand(insn, 2)) && !moves_masks(w, insn);
    case LLVMExtractElement:
        return is_lane(LLVMTypeOf(LLVMGetOperand(insn, 0)), LLVMGetOperand(insn, 1)) &&
               !moves_masks(w, insn);
    case LLVMShuffleVector: return !moves_masks(w, insn);
    case LLVMCall: return lane_call(insn) || machine_call(w, insn);
    case LLVMSelect:
    case LLVMICmp:
    case LLVMFCmp:
    case LLVMFNeg:
    case LLVMFreeze: return true;
    default: return LLVMIsABinaryOperator(insn) || LLVMIsACastInst(insn);
    }
}

static unsigned width_of(LLVMTypeRef type)
{
    return LLVMGetIntTypeWidth(ir_lane_type(type)) * ir_lanes(type);
}

/* Which half of a 128-bit vector's lanes are extended to 128 bits: the first of them, or ANY. */
static int extended_half(LLVMValueRef insn)
{
    LLVMValueRef x = LLVMGetOperand(insn, 0);
    unsigned n = ir_lanes(LLVMTypeOf(insn));
    if (!LLVMIsAShuffleVectorInst(x) || width_of(LLVMTypeOf(insn)) != 128 ||
        width_of(LLVMTypeOf(x)) != 64 || width_of(LLVMTypeOf(LLVMGetOperand(x, 0))) != 128)
        return ANY;
    int first = LLVMGetMaskValue(x, 0);
    for (unsigned i = 1; i < n; i++)
        if (LLVMGetMaskValue(x, i) != first + (int)i)
            return ANY;
    return first == 0 || first == (int)n ? first : ANY;
}

/* Machines extend the first lanes of a whole register, which are not the first of each 128 bits;
 * but they interleave in each: with zeros, or with themselves, which a shift drops. */
static LLVMValueRef widen_half(struct widen *w, LLVMValueRef insn, int first)
{
    LLVMBuilderRef b = w->v->cg->builder;
    LLVMValueRef x = operand(w, LLVMGetOperand(insn, 0), 0);
    bool is_signed = ir_is(insn, LLVMSExt);
    int lanes[MOST_LANES];
    unsigned n = ir_lanes(LLVMTypeOf(insn));
    for (unsigned i = 0; i < n; i++) {
        lanes[2 * i] = first + (int)i;
        lanes[2 * i + 1] = first + (int)(is_signed ? i : 2 * n + i);
    }
    LLVMValueRef other = is_signed ? x : LLVMConstNull(LLVMTypeOf(x));
    LLVMTypeRef type = widen_type(w, LLVMTypeOf(insn));
    LLVMValueRef pairs = LLVMBuildBitCast(b, shuffle_each(w, x, other, lanes, 2 * n), type, "");
    if (!is_signed)
        return pairs;
    unsigned width = LLVMGetIntTypeWidth(ir_lane_type(type)) / 2;
    LLVMValueRef by = LLVMConstInt(ir_lane_type(type), width, false), all[ALL_LANES];
    for (unsigned i = 0; i < ir_lanes(type); i++)
        all[i] = by;
    return LLVMBuildAShr(b, pairs, LLVMConstVector(all, ir_lanes(type)), "");
}

static LLVMValueRef widen_extension(struct widen *w, LLVMValueRef insn)
{
    int first = LLVMGetTypeKind(LLVMTypeOf(insn)) == LLVMVectorTypeKind ? extended_half(insn) : ANY;
    if (first != ANY)
        return widen_half(w, insn, first);
    return LLVMBuildCast(w->v->cg->builder, LLVMGetInstructionOpcode(insn), operand(w, insn, 0),
                         widen_type(w, LLVMTypeOf(insn)), "");
}

static LLVMValueRef widen_operation(struct widen *w, LLVMValueRef insn)
{
    LLVMBuilderRef b = w->v->cg->builder;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(insn);
    LLVMValueRef x = operand(w, insn, 0);
    switch (opcode) {
    case LLVMICmp: return LLVMBuildICmp(b, LLVMGetICmpPredicate(insn), x, operand(w, insn, 1), "");
    case LLVMFCmp: return LLVMBuildFCmp(b, LLVMGetFCmpPredicate(insn), x, operand(w, insn, 1), "");
    case LLVMFNeg: return LLVMBuildFNeg(b, x, "");
    case LLVMFreeze: return LLVMBuildFreeze(b, x, "");
    default:
        if (LLVMIsACastInst(insn))
            return LLVMBuildCast(b, opcode, x, widen_type(w, LLVMTypeOf(insn)), "");
        return LLVMBuildBinOp(b, opcode, x, operand(w, insn, 1), "");
    }
}

static LLVMValueRef widen_value(struct widen *w, LLVMValueRef insn)
{
    switch (LLVMGetInstructionOpcode(insn)) {
    case LLVMInsertElement: return widen_insert(w, insn);
    case LLVMExtractElement: return widen_extract(w, insn);
    case LLVMShuffleVector: return widen_shuffle(w, insn);
    case LLVMSelect: return widen_select(w, insn);
    case LLVMZExt:
    case LLVMSExt: return widen_extension(w, insn);
    case LLVMCall: return widen_call(w, insn);
    default: return widen_operation(w, insn);
    }
}

LLVMValueRef widen_insn(struct widen *w, LLVMValueRef insn)
{
    if (LLVMIsALoadInst(insn))
        return widen_load(w, insn);
    if (LLVMIsAStoreInst(insn))
        return widen_store(w, insn);
    LLVMValueRef wide = widen_value(w, insn);
    if (LLVMIsAInstruction(wide) && LLVMCanValueUseFastMathFlags(insn) &&
        LLVMCanValueUseFastMathFlags(wide))
        LLVMSetFastMathFlags(wide, LLVMGetFastMathFlags(insn));
    return wide;
}
