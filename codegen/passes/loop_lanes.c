/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A loop of 128-bit vectors, as -msimd128 makes them, over numbers: each lane computed by itself.
 * Where elements are not side by side, as the colours of pixels, clang has loaded and stored each
 * lane alone, at addresses that are lanes of vectors. The lanes are the parts of an unrolled body,
 * of which reroll.c makes the loop that there was before; LLVM's vectoriser then does as it does
 * with native code. If they are no such parts, nothing comes of it.
 *
 * The loop of lanes is not entered, like that of loop_flatten.c: the fast version is made of it.
 */
#include "codegen/ir.h"
#include "codegen/passes/address.h"
#include "codegen/passes/loop_version.h"
#include "codegen/passes/widen.h"

#include <string.h>

enum { MOST_VECTOR_INSNS = 600, MOST_PHIS = 128, MOST_LANE_INSNS = 1500, BYTES = 16 };

struct lanes {
    struct cg *cg;
    struct loop loop;       /* of vectors */
    LLVMBasicBlockRef body; /* of lanes */
    struct value_set insns; /* of the loop of vectors, numbered in their order */
    /* Each one's lanes that are emitted, or NULL; behind them, of loads, what stands in their
     * place. */
    LLVMValueRef (*of)[BYTES + 1];
    struct {
        LLVMValueRef vector, scalar;
        unsigned lane;
    } phis[MOST_PHIS];
    unsigned phi_count, emitted;
    bool failed;
};

static LLVMValueRef lane_of(struct lanes *l, LLVMValueRef value, unsigned lane);

/* What goes on in place of what cannot be. */
static LLVMValueRef fail(struct lanes *l, LLVMTypeRef type)
{
    l->failed = true;
    return LLVMGetPoison(ir_lane_type(type));
}

static LLVMValueRef scalar_of(struct lanes *l, LLVMValueRef value)
{
    return lane_of(l, value, 0);
}

static bool is_vector(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind;
}

static bool is_inside(const struct lanes *l, LLVMValueRef value)
{
    return value_set_number(&l->insns, value) != VALUE_ABSENT;
}

/* ---- from outside ---- */

/* What is in all lanes, or NULL. */
static LLVMValueRef splatted(LLVMValueRef value)
{
    LLVMValueRef insert = LLVMIsAShuffleVectorInst(value) ? LLVMGetOperand(value, 0) : value;
    bool all_first = insert != value && LLVMIsAInsertElementInst(insert) &&
                     LLVMIsAConstantInt(LLVMGetOperand(insert, 2)) &&
                     LLVMConstIntGetZExtValue(LLVMGetOperand(insert, 2)) == 0;
    for (unsigned i = 0; all_first && i < LLVMGetNumMaskElements(value); i++)
        all_first = LLVMGetMaskValue(value, i) == 0;
    return all_first ? LLVMGetOperand(insert, 1) : NULL;
}

/* A constant behind a fence (emit_simd.c), the same in all lanes. */
static bool is_fenced_splat(LLVMValueRef value)
{
    LLVMValueRef constant =
        ir_calls(value, "llvm.arithmetic.fence.") ? LLVMGetOperand(value, 0) : value;
    if (!LLVMIsConstant(constant))
        return false;
    for (unsigned i = 1; i < ir_lanes(LLVMTypeOf(constant)); i++)
        if (LLVMGetAggregateElement(constant, i) != LLVMGetAggregateElement(constant, 0))
            return false;
    return true;
}

/* Before the loop: the same each time, so that lanes of the same are. */
static LLVMValueRef extracted(struct lanes *l, LLVMValueRef value, unsigned lane)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMValueRef index = LLVMConstInt(l->cg->i32, is_fenced_splat(value) ? 0 : lane, false);
    for (LLVMUseRef u = LLVMGetFirstUse(value); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (ir_is(user, LLVMExtractElement) && LLVMGetOperand(user, 1) == index &&
            LLVMGetInstructionParent(user) == l->loop.preheader)
            return user;
    }
    LLVMPositionBuilderBefore(b, LLVMGetBasicBlockTerminator(l->loop.preheader));
    LLVMValueRef element = LLVMBuildExtractElement(b, value, index, "");
    LLVMPositionBuilderAtEnd(b, l->body);
    return element;
}

static LLVMValueRef outer_lane(struct lanes *l, LLVMValueRef value, unsigned lane)
{
    if (!is_vector(LLVMTypeOf(value)))
        return value;
    if (LLVMIsConstant(value)) {
        LLVMValueRef element = LLVMGetAggregateElement(value, lane);
        return element && !LLVMIsUndef(element) ? element : fail(l, LLVMTypeOf(value));
    }
    LLVMValueRef all = splatted(value);
    return all ? all : extracted(l, value, lane);
}

/* ---- what moves lanes ---- */

static unsigned lane_bits(const struct lanes *l, LLVMTypeRef type)
{
    LLVMTypeRef lane = ir_lane_type(type);
    return (unsigned)LLVMSizeOfTypeInBits(LLVMGetModuleDataLayout(l->cg->module), lane);
}

/* A byte of a value. */
struct place {
    LLVMValueRef value;
    unsigned byte;
};

/* Where an instruction that only moves has a byte from. False if it is none, or computes. */
static bool is_moved(const struct lanes *l, struct place *p)
{
    LLVMValueRef insn = p->value;
    unsigned bits = lane_bits(l, LLVMTypeOf(insn));
    if (!is_inside(l, insn) || bits % 8 != 0)
        return false;
    unsigned size = bits / 8, lane = p->byte / size, within = p->byte % size;
    if (LLVMIsAShuffleVectorInst(insn)) {
        int from = LLVMGetMaskValue(insn, lane);
        int n = (int)ir_lanes(LLVMTypeOf(LLVMGetOperand(insn, 0)));
        if (from < 0)
            return false;
        *p = (struct place){LLVMGetOperand(insn, from < n ? 0 : 1),
                            (unsigned)(from % n) * size + within};
        return true;
    }
    if (LLVMIsABitCastInst(insn)) {
        p->value = LLVMGetOperand(insn, 0);
        return true;
    }
    unsigned index = LLVMIsAInsertElementInst(insn) ? 2 : LLVMIsAExtractElementInst(insn) ? 1 : 0;
    if (index == 0 || !LLVMIsAConstantInt(LLVMGetOperand(insn, index)))
        return false;
    unsigned n = (unsigned)LLVMConstIntGetZExtValue(LLVMGetOperand(insn, index));
    if (index == 1)
        *p = (struct place){LLVMGetOperand(insn, 0), n * size + p->byte};
    else
        *p = lane == n ? (struct place){LLVMGetOperand(insn, 1), within}
                       : (struct place){LLVMGetOperand(insn, 0), p->byte};
    return true;
}

static struct place origin(const struct lanes *l, LLVMValueRef value, unsigned byte)
{
    struct place p = {value, byte};
    while (is_moved(l, &p))
        continue;
    return p;
}

static LLVMValueRef as_type(struct lanes *l, LLVMValueRef value, LLVMTypeRef type)
{
    if (LLVMIsABitCastInst(value) && LLVMTypeOf(LLVMGetOperand(value, 0)) == type)
        return LLVMGetOperand(value, 0);
    return LLVMBuildBitCast(l->cg->builder, value, type, "");
}

/* Whether so many bytes from there on come from side by side. */
static bool are_together(const struct lanes *l, LLVMValueRef value, unsigned byte, unsigned size)
{
    struct place first = origin(l, value, byte);
    for (unsigned i = 1; i < size; i++) {
        struct place next = origin(l, value, byte + i);
        if (next.value != first.value || next.byte != first.byte + i)
            return false;
    }
    return true;
}

static void like(struct lanes *l, LLVMValueRef part, LLVMValueRef access)
{
    LLVMSetAlignment(part, 1);
    LLVMSetMetadata(part, l->cg->md_tbaa, LLVMGetMetadata(access, l->cg->md_tbaa));
}

/* A part of what is loaded. */
static LLVMValueRef loaded_part(struct lanes *l, struct place p, LLVMTypeRef type)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMValueRef first = l->of[value_set_number(&l->insns, p.value)][BYTES];
    LLVMValueRef offset = LLVMConstInt(l->cg->i64, p.byte, false);
    LLVMPositionBuilderBefore(b, first);
    LLVMValueRef place = LLVMBuildGEP2(b, l->cg->i8, LLVMGetOperand(first, 0), &offset, 1, "");
    LLVMValueRef part = LLVMBuildLoad2(b, type, place, "");
    like(l, part, p.value);
    LLVMPositionBuilderAtEnd(b, l->body);
    return part;
}

static LLVMValueRef loaded_lane(struct lanes *l, LLVMValueRef load, unsigned lane)
{
    unsigned bits = lane_bits(l, LLVMTypeOf(load));
    LLVMTypeRef type = LLVMIntTypeInContext(l->cg->context, bits);
    LLVMValueRef part = loaded_part(l, (struct place){load, lane * bits / 8}, type);
    return as_type(l, part, ir_lane_type(LLVMTypeOf(load)));
}

static bool is_bitwise(LLVMValueRef value)
{
    return ir_is(value, LLVMAnd) || ir_is(value, LLVMOr) || ir_is(value, LLVMXor);
}

/* So many bytes of a value, an integer: one lane elsewhere, or a part of one. */
static LLVMValueRef part_of(struct lanes *l, LLVMValueRef value, unsigned byte, unsigned size)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMTypeRef type = LLVMIntTypeInContext(l->cg->context, 8 * size);
    struct place p = origin(l, value, byte);
    unsigned whole = lane_bits(l, LLVMTypeOf(p.value)) / 8;
    if (l->failed || whole == 0 || !are_together(l, value, byte, size))
        return fail(l, type);
    unsigned lane = p.byte / whole;
    if (size == whole)
        return as_type(l, lane_of(l, p.value, lane), type);
    if (is_inside(l, p.value) && LLVMIsALoadInst(p.value))
        return loaded_part(l, p, type);
    if (p.byte % whole + size > whole)
        return fail(l, type);
    if (is_inside(l, p.value) && is_bitwise(p.value) && l->emitted++ < MOST_LANE_INSNS)
        return LLVMBuildBinOp(b, LLVMGetInstructionOpcode(p.value),
                              part_of(l, LLVMGetOperand(p.value, 0), p.byte, size),
                              part_of(l, LLVMGetOperand(p.value, 1), p.byte, size), "");
    LLVMTypeRef wide = LLVMIntTypeInContext(l->cg->context, 8 * whole);
    LLVMValueRef by = LLVMConstInt(wide, 8 * (p.byte % whole), false);
    LLVMValueRef low = LLVMBuildLShr(b, as_type(l, lane_of(l, p.value, lane), wide), by, "");
    return LLVMBuildTrunc(b, low, type, "");
}

static LLVMValueRef moved_lane(struct lanes *l, LLVMValueRef insn, unsigned lane)
{
    LLVMTypeRef type = ir_lane_type(LLVMTypeOf(insn));
    unsigned size = lane_bits(l, type) / 8;
    if (size == 0 || origin(l, insn, lane * size).value == insn)
        return fail(l, type);
    return as_type(l, part_of(l, insn, lane * size, size), type);
}

/* ---- what computes ---- */

static LLVMValueRef operand(struct lanes *l, LLVMValueRef insn, unsigned i, unsigned lane)
{
    LLVMValueRef x = LLVMGetOperand(insn, i);
    return lane_of(l, x, is_vector(LLVMTypeOf(x)) ? lane : 0);
}

/* Machines' packs, which saturate numbers of twice the width: x86's of the first operand, then the
 * second. */
static bool is_pack(LLVMValueRef call)
{
    return ir_calls(call, "llvm.x86.sse2.pack") || ir_calls(call, "llvm.x86.sse41.packusdw") ||
           ir_calls(call, "llvm.aarch64.neon.sqxtun.");
}

static LLVMValueRef packed_lane(struct lanes *l, LLVMValueRef call, unsigned lane)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMTypeRef type = ir_lane_type(LLVMTypeOf(call));
    unsigned each = ir_lanes(LLVMTypeOf(LLVMGetOperand(call, 0))), bits = lane_bits(l, type);
    bool is_signed = ir_calls(call, "llvm.x86.sse2.packss");
    LLVMValueRef x = operand(l, call, lane / each, lane % each);
    LLVMTypeRef wide = LLVMTypeOf(x);
    int64_t most = (INT64_C(1) << (is_signed ? bits - 1 : bits)) - 1;
    int64_t least = is_signed ? -most - 1 : 0;
    LLVMValueRef limits[] = {LLVMConstInt(wide, (uint64_t)least, true),
                             LLVMConstInt(wide, (uint64_t)most, true)};
    static const char *const names[] = {"llvm.smax", "llvm.smin"};
    for (int i = 0; i < 2; i++)
        x = ir_call_machine(
            l->cg, b,
            &(struct machine_call){names[i], &wide, 1, (LLVMValueRef[]){x, limits[i]}, 2});
    return LLVMBuildTrunc(b, x, type, "");
}

static LLVMValueRef called_lane(struct lanes *l, LLVMValueRef call, unsigned lane)
{
    LLVMValueRef args[3];
    unsigned count = LLVMGetNumArgOperands(call);
    if (is_pack(call))
        return packed_lane(l, call, lane);
    if (count > 3 || !widen_is_lane_call(call))
        return fail(l, LLVMTypeOf(call));
    for (unsigned i = 0; i < count; i++)
        args[i] = operand(l, call, i, lane);
    return widen_lane_call(l->cg, call, ir_lane_type(LLVMTypeOf(call)), args);
}

static LLVMValueRef binary_lane(struct lanes *l, LLVMValueRef insn, unsigned lane)
{
    LLVMOpcode opcode = LLVMGetInstructionOpcode(insn);
    LLVMValueRef value = LLVMBuildBinOp(l->cg->builder, opcode, operand(l, insn, 0, lane),
                                        operand(l, insn, 1, lane), "");
    if (opcode == LLVMOr && ir_is(value, LLVMOr))
        LLVMSetIsDisjoint(value, LLVMGetIsDisjoint(insn));
    return value;
}

static LLVMValueRef computed_lane(struct lanes *l, LLVMValueRef insn, unsigned lane)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(insn);
    LLVMTypeRef type = ir_lane_type(LLVMTypeOf(insn));
    switch (opcode) {
    case LLVMShuffleVector:
    case LLVMBitCast:
    case LLVMInsertElement:
    case LLVMExtractElement: return moved_lane(l, insn, lane);
    case LLVMICmp:
        return LLVMBuildICmp(b, LLVMGetICmpPredicate(insn), operand(l, insn, 0, lane),
                             operand(l, insn, 1, lane), "");
    case LLVMFCmp:
        return LLVMBuildFCmp(b, LLVMGetFCmpPredicate(insn), operand(l, insn, 0, lane),
                             operand(l, insn, 1, lane), "");
    case LLVMSelect:
        return LLVMBuildSelect(b, operand(l, insn, 0, lane), operand(l, insn, 1, lane),
                               operand(l, insn, 2, lane), "");
    case LLVMFNeg: return LLVMBuildFNeg(b, operand(l, insn, 0, lane), "");
    case LLVMCall: return called_lane(l, insn, lane);
    default:
        if (LLVMIsACastInst(insn))
            return LLVMBuildCast(b, opcode, operand(l, insn, 0, lane), type, "");
        return LLVMIsABinaryOperator(insn) ? binary_lane(l, insn, lane) : fail(l, type);
    }
}

/* An instruction without vectors. */
static LLVMValueRef copied(struct lanes *l, LLVMValueRef insn)
{
    LLVMValueRef operands[4];
    int n = LLVMGetNumOperands(insn);
    if (LLVMIsACallInst(insn))
        return called_lane(l, insn, 0);
    if (n > 4)
        return fail(l, LLVMTypeOf(insn));
    for (int i = 0; i < n; i++)
        operands[i] = scalar_of(l, LLVMGetOperand(insn, (unsigned)i));
    LLVMValueRef copy = LLVMInstructionClone(insn);
    for (int i = 0; i < n; i++)
        LLVMSetOperand(copy, (unsigned)i, operands[i]);
    LLVMInsertIntoBuilder(l->cg->builder, copy);
    return copy;
}

static bool has_vectors(LLVMValueRef insn)
{
    bool has = is_vector(LLVMTypeOf(insn));
    for (int i = 0, n = LLVMGetNumOperands(insn); i < n; i++)
        has = has || is_vector(LLVMTypeOf(LLVMGetOperand(insn, (unsigned)i)));
    return has;
}

/* Its values are filled in when there are all. */
static LLVMValueRef phi_lane(struct lanes *l, LLVMValueRef phi, unsigned lane)
{
    LLVMBuilderRef b = l->cg->builder;
    if (l->phi_count == MOST_PHIS)
        return fail(l, LLVMTypeOf(phi));
    LLVMValueRef first = LLVMGetFirstInstruction(l->body);
    if (first)
        LLVMPositionBuilderBefore(b, first);
    LLVMValueRef scalar = LLVMBuildPhi(b, ir_lane_type(LLVMTypeOf(phi)), "");
    LLVMPositionBuilderAtEnd(b, l->body);
    l->phis[l->phi_count].vector = phi;
    l->phis[l->phi_count].lane = lane;
    l->phis[l->phi_count++].scalar = scalar;
    return scalar;
}

/* Of a scalar: it. Emitted when it is asked for, once. */
static LLVMValueRef lane_of(struct lanes *l, LLVMValueRef value, unsigned lane)
{
    uint32_t i = value_set_number(&l->insns, value);
    if (i == VALUE_ABSENT)
        return outer_lane(l, value, lane);
    if (lane >= BYTES || l->failed)
        return fail(l, LLVMTypeOf(value));
    if (!l->of[i][lane] && l->emitted++ > MOST_LANE_INSNS)
        return fail(l, LLVMTypeOf(value));
    if (!l->of[i][lane])
        l->of[i][lane] = LLVMIsALoadInst(value)  ? loaded_lane(l, value, lane)
                         : LLVMIsAPHINode(value) ? phi_lane(l, value, lane)
                         : has_vectors(value)    ? computed_lane(l, value, lane)
                                                 : copied(l, value);
    return l->of[i][lane];
}

/* ---- accesses, in their order ---- */

static bool is_of_memory(struct lanes *l, LLVMValueRef insn)
{
    struct address address;
    return ir_is_plain_access(insn) && cg_find_wide_address(l->cg, ir_pointer(insn), &address) &&
           cg_is_memory_base(address.base);
}

static LLVMValueRef place_of_part(struct lanes *l, LLVMValueRef access, unsigned byte)
{
    LLVMValueRef pointer = scalar_of(l, ir_pointer(access));
    LLVMValueRef offset = LLVMConstInt(l->cg->i64, byte, false);
    return byte == 0 ? pointer : LLVMBuildGEP2(l->cg->builder, l->cg->i8, pointer, &offset, 1, "");
}

/* The first lane, in the place of all: others go beside it. */
static void emit_load(struct lanes *l, LLVMValueRef load)
{
    LLVMTypeRef type = LLVMTypeOf(load);
    LLVMValueRef *of = l->of[value_set_number(&l->insns, load)];
    of[BYTES] =
        LLVMBuildLoad2(l->cg->builder, LLVMIntTypeInContext(l->cg->context, lane_bits(l, type)),
                       scalar_of(l, ir_pointer(load)), "");
    like(l, of[BYTES], load);
    of[0] = as_type(l, of[BYTES], ir_lane_type(type));
}

/* In lanes of what is stored, which may be several in one of the access. */
static void emit_store(struct lanes *l, LLVMValueRef store)
{
    LLVMValueRef value = LLVMGetOperand(store, 0);
    unsigned all = (unsigned)ir_accessed_size(l->cg, store);
    unsigned size = lane_bits(l, LLVMTypeOf(value)) / 8;
    unsigned from = lane_bits(l, LLVMTypeOf(origin(l, value, 0).value)) / 8;
    size = from > 0 && from < size ? from : size;
    for (unsigned i = 0; i < all; i += size) {
        LLVMValueRef part = part_of(l, value, i, size);
        like(l, LLVMBuildStore(l->cg->builder, part, place_of_part(l, store, i)), store);
    }
}

static void emit_access(struct lanes *l, LLVMValueRef access)
{
    LLVMTypeRef type = ir_accessed_type(access);
    if (lane_bits(l, type) % 8 != 0 || ir_lanes(type) > BYTES || !is_of_memory(l, access))
        l->failed = true;
    else if (LLVMIsALoadInst(access))
        emit_load(l, access);
    else
        emit_store(l, access);
}

static void emit_accesses(struct lanes *l)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(l->loop.body); i; i = LLVMGetNextInstruction(i)) {
        if (LLVMIsALoadInst(i) || LLVMIsAStoreInst(i))
            emit_access(l, i);
        else if (LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMVoidTypeKind && !LLVMIsATerminatorInst(i) &&
                 !cg_is_keeper(i))
            l->failed = true;
    }
}

/* ---- the loop ---- */

/* Filling one may ask for others. */
static void fill_phis(struct lanes *l, LLVMBasicBlockRef entry)
{
    for (unsigned i = 0; i < l->phi_count; i++) {
        LLVMValueRef phi = l->phis[i].vector;
        LLVMValueRef values[] = {outer_lane(l, loop_first(&l->loop, phi), l->phis[i].lane),
                                 lane_of(l, loop_next(&l->loop, phi), l->phis[i].lane)};
        LLVMBasicBlockRef blocks[] = {entry, l->body};
        LLVMAddIncoming(l->phis[i].scalar, values, blocks, 2);
    }
}

/* A phi for each of the real exit. Vectors do not leave. */
static void fill_exit(struct lanes *l, LLVMBasicBlockRef exit)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMValueRef phi = LLVMGetFirstInstruction(l->loop.exit);
    for (; LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = ir_incoming(phi, l->loop.body);
        if (is_vector(LLVMTypeOf(phi)) && is_inside(l, value))
            l->failed = true;
        if (is_inside(l, value))
            value =
                is_vector(LLVMTypeOf(phi)) ? LLVMGetPoison(LLVMTypeOf(phi)) : scalar_of(l, value);
        LLVMPositionBuilderAtEnd(b, exit);
        LLVMAddIncoming(LLVMBuildPhi(b, LLVMTypeOf(phi), ""), &value, &l->body, 1);
        LLVMPositionBuilderAtEnd(b, l->body);
    }
    LLVMPositionBuilderAtEnd(b, exit);
    LLVMBuildUnreachable(b);
}

static void emit_loop(struct lanes *l, struct flat_loop *flat)
{
    LLVMBuilderRef b = l->cg->builder;
    LLVMPositionBuilderAtEnd(b, flat->entry);
    LLVMBuildBr(b, l->body);
    LLVMPositionBuilderAtEnd(b, l->body);
    emit_accesses(l);
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(l->loop.body);
    LLVMValueRef condition = scalar_of(l, LLVMGetCondition(branch));
    fill_exit(l, flat->loop.exit);
    LLVMPositionBuilderAtEnd(b, l->body);
    fill_phis(l, flat->entry);
    bool back = LLVMGetSuccessor(branch, 0) == l->loop.body;
    LLVMBuildCondBr(b, condition, back ? l->body : flat->loop.exit,
                    back ? flat->loop.exit : l->body);
}

/* Vectors, and lanes that go to memory or come from there alone. */
static bool has_lone_lanes(const struct loop *loop, unsigned *count)
{
    unsigned lone = 0, whole = 0;
    *count = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(loop->body); i; i = LLVMGetNextInstruction(i)) {
        ++*count;
        if (LLVMIsALoadInst(i) || LLVMIsAStoreInst(i))
            *(is_vector(ir_accessed_type(i)) ? &whole : &lone) += 1;
    }
    return lone > whole;
}

static bool has_any_vector(const struct loop *loop)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(loop->body); i; i = LLVMGetNextInstruction(i))
        if (is_vector(LLVMTypeOf(i)))
            return true;
    return false;
}

bool loop_part_lanes(struct cg *cg, const struct loop *loop, struct flat_loop *flat)
{
    struct lanes l = {.cg = cg, .loop = *loop};
    unsigned count;
    if (cg->m->memories[0].limits.shared || !has_any_vector(loop) ||
        !has_lone_lanes(loop, &count) || count > MOST_VECTOR_INSNS)
        return false;
    l.insns = (struct value_set){.arena = cg->arena};
    value_set_clear(&l.insns);
    for (LLVMValueRef i = LLVMGetFirstInstruction(loop->body); i; i = LLVMGetNextInstruction(i))
        value_set_add(&l.insns, i);
    l.of = arena_array(cg->arena, count, sizeof *l.of);
    memset(l.of, 0, count * sizeof *l.of);
    LLVMBasicBlockRef blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = LLVMInsertBasicBlockInContext(cg->context, loop->body, "lanes");
    l.body = blocks[1];
    *flat = (struct flat_loop){
        .loop = {.preheader = loop->preheader, .body = l.body, .exit = blocks[2], .latch = l.body},
        .entry = blocks[0],
        .header = loop->body,
        .latch = loop->body,
        .exit = loop->exit,
        .has_lanes = true};
    emit_loop(&l, flat);
    if (l.failed)
        loop_unflatten(flat);
    return !l.failed;
}
