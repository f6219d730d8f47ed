/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Atomic accesses (threads proposal): LLVM's, sequentially consistent, of the natural widths, which
 * every target has as instructions. The effective address must be a multiple of the width, which is
 * checked before the bounds; bases are page-aligned, so that native addresses are then as well.
 * LLVM keeps each of these accesses whether its value is used or not, so that a load needs no
 * keeper for its trap (emit_memory.c), with one exception: see emit_rmw. Narrow ones work on the
 * low bits of their operands, the value that a compare-exchange expects included, and give
 * zero-extended results. Waiting and waking is the runtime's (wait.c), which checks addresses
 * itself.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

#define SEQ_CST LLVMAtomicOrderingSequentiallyConsistent

static uint32_t bytes_of(const struct fn *f)
{
    return 1u << op_info[f->insn->op].align_log2;
}

/* Pops the index. Addition may wrap, which does not change the low bits. */
static LLVMValueRef pop_address(struct fn *f)
{
    uint32_t bytes = bytes_of(f);
    LLVMValueRef index = fn_pop(f);
    if (bytes > 1) {
        LLVMValueRef offset = LLVMConstInt(f->cg->i64, f->insn->imm.mem.offset, false);
        LLVMValueRef address = LLVMBuildAdd(f->b, fn_u64(f, index), offset, "");
        LLVMValueRef mask = LLVMConstInt(f->cg->i64, bytes - 1, false);
        LLVMValueRef low = LLVMBuildAnd(f->b, address, mask, "");
        emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntNE, low, LLVMConstNull(f->cg->i64), ""),
                     W2S_TRAP_UNALIGNED_ATOMIC);
    }
    return emit_memory_address(f, index, bytes);
}

/* Pops an operand, its low bits if type is narrower. */
static LLVMValueRef pop_narrow(struct fn *f, LLVMTypeRef type)
{
    LLVMValueRef value = fn_pop(f);
    return LLVMTypeOf(value) == type ? value : LLVMBuildTrunc(f->b, value, type, "");
}

static void push_wide(struct fn *f, LLVMValueRef value, LLVMTypeRef type)
{
    fn_push(f, LLVMTypeOf(value) == type ? value : LLVMBuildZExt(f->b, value, type, ""));
}

static void emit_load(struct fn *f, LLVMTypeRef memory_type, LLVMTypeRef type)
{
    LLVMValueRef load = abi_load(f, memory_type, pop_address(f), ALIAS_MEMORY);
    LLVMSetAlignment(load, bytes_of(f));
    LLVMSetOrdering(load, SEQ_CST);
    push_wide(f, load, type);
}

static void emit_store(struct fn *f, LLVMTypeRef memory_type)
{
    LLVMValueRef value = pop_narrow(f, memory_type);
    LLVMValueRef store = abi_store(f, value, pop_address(f), ALIAS_MEMORY);
    LLVMSetAlignment(store, bytes_of(f));
    LLVMSetOrdering(store, SEQ_CST);
}

/* The operation may turn out to change nothing: x + 0, x & ~0. */
static bool may_be_idle(LLVMAtomicRMWBinOp op, LLVMValueRef value)
{
    if (op == LLVMAtomicRMWBinOpXchg)
        return false;
    if (!LLVMIsAConstantInt(value))
        return true;
    return op == LLVMAtomicRMWBinOpAnd ? LLVMConstIntGetSExtValue(value) == -1
                                       : LLVMConstIntGetZExtValue(value) == 0;
}

/* Where the operation changes nothing and nobody wants the old value, LLVM leaves but a fence, and
 * the trap is lost. A monotonic load is never dropped: where a page fault makes the trap, it comes
 * first. */
static void emit_rmw(struct fn *f, LLVMAtomicRMWBinOp op, LLVMTypeRef memory_type, LLVMTypeRef type)
{
    LLVMValueRef value = pop_narrow(f, memory_type), address = pop_address(f);
    if (may_be_idle(op, value) && !memory_is_checked(f->cg->c, f->insn->imm.mem.memory)) {
        LLVMValueRef probe = abi_load(f, f->cg->i8, address, ALIAS_MEMORY);
        LLVMSetAlignment(probe, 1);
        LLVMSetOrdering(probe, LLVMAtomicOrderingMonotonic);
    }
    LLVMValueRef old = LLVMBuildAtomicRMW(f->b, op, address, value, SEQ_CST, false);
    abi_set_alias(f, old, ALIAS_MEMORY);
    push_wide(f, old, type);
}

static void emit_cmpxchg(struct fn *f, LLVMTypeRef memory_type, LLVMTypeRef type)
{
    LLVMValueRef replacement = pop_narrow(f, memory_type);
    LLVMValueRef expected = pop_narrow(f, memory_type);
    LLVMValueRef pair = LLVMBuildAtomicCmpXchg(f->b, pop_address(f), expected, replacement, SEQ_CST,
                                               SEQ_CST, false);
    abi_set_alias(f, pair, ALIAS_MEMORY);
    push_wide(f, LLVMBuildExtractValue(f->b, pair, 0, ""), type);
}

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }

#define EMIT_RMW(op, OP)                                                                           \
    EMIT(i32_atomic_rmw_##op,     emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i32, f->cg->i32))      \
    EMIT(i64_atomic_rmw_##op,     emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i64, f->cg->i64))      \
    EMIT(i32_atomic_rmw8_##op##_u,  emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i8,  f->cg->i32))    \
    EMIT(i32_atomic_rmw16_##op##_u, emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i16, f->cg->i32))    \
    EMIT(i64_atomic_rmw8_##op##_u,  emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i8,  f->cg->i64))    \
    EMIT(i64_atomic_rmw16_##op##_u, emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i16, f->cg->i64))    \
    EMIT(i64_atomic_rmw32_##op##_u, emit_rmw(f, LLVMAtomicRMWBinOp##OP, f->cg->i32, f->cg->i64))

EMIT(i32_atomic_load,     emit_load(f, f->cg->i32, f->cg->i32))
EMIT(i64_atomic_load,     emit_load(f, f->cg->i64, f->cg->i64))
EMIT(i32_atomic_load8_u,  emit_load(f, f->cg->i8,  f->cg->i32))
EMIT(i32_atomic_load16_u, emit_load(f, f->cg->i16, f->cg->i32))
EMIT(i64_atomic_load8_u,  emit_load(f, f->cg->i8,  f->cg->i64))
EMIT(i64_atomic_load16_u, emit_load(f, f->cg->i16, f->cg->i64))
EMIT(i64_atomic_load32_u, emit_load(f, f->cg->i32, f->cg->i64))

EMIT(i32_atomic_store,   emit_store(f, f->cg->i32))
EMIT(i64_atomic_store,   emit_store(f, f->cg->i64))
EMIT(i32_atomic_store8,  emit_store(f, f->cg->i8))
EMIT(i32_atomic_store16, emit_store(f, f->cg->i16))
EMIT(i64_atomic_store8,  emit_store(f, f->cg->i8))
EMIT(i64_atomic_store16, emit_store(f, f->cg->i16))
EMIT(i64_atomic_store32, emit_store(f, f->cg->i32))

EMIT_RMW(add, Add)
EMIT_RMW(sub, Sub)
EMIT_RMW(and, And)
EMIT_RMW(or, Or)
EMIT_RMW(xor, Xor)
EMIT_RMW(xchg, Xchg)

EMIT(i32_atomic_rmw_cmpxchg,     emit_cmpxchg(f, f->cg->i32, f->cg->i32))
EMIT(i64_atomic_rmw_cmpxchg,     emit_cmpxchg(f, f->cg->i64, f->cg->i64))
EMIT(i32_atomic_rmw8_cmpxchg_u,  emit_cmpxchg(f, f->cg->i8,  f->cg->i32))
EMIT(i32_atomic_rmw16_cmpxchg_u, emit_cmpxchg(f, f->cg->i16, f->cg->i32))
EMIT(i64_atomic_rmw8_cmpxchg_u,  emit_cmpxchg(f, f->cg->i8,  f->cg->i64))
EMIT(i64_atomic_rmw16_cmpxchg_u, emit_cmpxchg(f, f->cg->i16, f->cg->i64))
EMIT(i64_atomic_rmw32_cmpxchg_u, emit_cmpxchg(f, f->cg->i32, f->cg->i64))
/* clang-format on */

void emit_atomic_fence(struct fn *f)
{
    LLVMBuildFence(f->b, SEQ_CST, false, "");
}

/* ---- waiting and waking ---- */

/* Pops the index; index + offset, or where that overflows 64 bits some address out of bounds with
 * the same low bits. */
static LLVMValueRef pop_effective_address(struct fn *f)
{
    LLVMValueRef index = fn_pop_u64(f);
    LLVMValueRef offset = LLVMConstInt(f->cg->i64, f->insn->imm.mem.offset, false);
    LLVMValueRef address = LLVMBuildAdd(f->b, index, offset, "");
    LLVMValueRef wrapped = LLVMBuildICmp(f->b, LLVMIntULT, address, offset, "");
    LLVMValueRef high = LLVMConstInt(f->cg->i64, ~UINT64_C(7), false);
    return LLVMBuildSelect(f->b, wrapped, LLVMBuildOr(f->b, address, high, ""), address, "");
}

static void emit_wait(struct fn *f, enum helper helper)
{
    LLVMValueRef timeout = fn_pop(f), expected = fn_pop(f), address = pop_effective_address(f);
    LLVMValueRef args[] = {fn_i32(f, f->insn->imm.mem.memory), address, expected, timeout};
    fn_push(f, abi_call(f, helper, args, 4));
}

void emit_memory_atomic_wait32(struct fn *f)
{
    emit_wait(f, HELPER_atomic_wait32);
}

void emit_memory_atomic_wait64(struct fn *f)
{
    emit_wait(f, HELPER_atomic_wait64);
}

void emit_memory_atomic_notify(struct fn *f)
{
    LLVMValueRef most = fn_pop(f), address = pop_effective_address(f);
    LLVMValueRef args[] = {fn_i32(f, f->insn->imm.mem.memory), address, most};
    fn_push(f, abi_call(f, HELPER_atomic_notify, args, 3));
}
