/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linear memory (spec 4.4.7). emit_address.c has the addresses, emit_bulk.c the bulk operations.
 *
 * A load that nobody uses must still trap, and LLVM may drop a plain one. So an empty asm "uses"
 * the value. It says that it reads memory (stores before it stay) and writes only what nobody else
 * sees (equal loads still merge), and it keeps its place among other side effects: no trap is lost
 * or moved across a call. See docs/rationale.md; tests/golden/ir shows each case. Where no
 * optimiser comes, loads are volatile instead: FastISel knows no asm and would leave it to slow
 * code.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

#include <string.h>

/* LLVM's encoding of memory(read, inaccessiblemem: readwrite): two bits a location. */
enum { MEMORY_READ_INACCESSIBLE_READWRITE = 29 };

/* Pops the index. */
static LLVMValueRef pop_address(struct fn *f, uint32_t bytes)
{
    return emit_memory_address(f, fn_pop(f), bytes);
}

/* ---- loads ---- */

/* A load that traps by a fault, which somebody may count on: no other one before it would have.
 * Without an optimiser there is nothing to gain by traps that get lost. */
static bool may_fault(const struct fn *f)
{
    return !f->is_covered && !memory_is_checked(f->cg->c, f->insn->imm.mem.memory) &&
           (f->plain || !f->cg->c->relaxed_traps);
}

/* Volatile loads need it as well: LLVM for x86-64 makes one (of --strict-traps) the operand of a
 * conditional move, and a branch around it of that; and one of a vector the operand of an
 * instruction that reads half of it (tests/wast/vector_loads.wast). */
void emit_keep_load(struct fn *f, LLVMValueRef value)
{
    struct cg *cg = f->cg;
    LLVMTypeRef type = LLVMTypeOf(value);
    bool is_vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
    if ((f->plain && !is_vector) || !may_fault(f))
        return;
    bool is_int = LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
    const char *constraint = is_int ? "r" : cg->c->target->float_constraint;
    LLVMTypeRef asm_type = LLVMFunctionType(cg->void_, &type, 1, false);
    LLVMValueRef use = LLVMGetInlineAsm(asm_type, "", 0, constraint, strlen(constraint), true,
                                        false, LLVMInlineAsmDialectATT, false);
    LLVMValueRef call = LLVMBuildCall2(f->b, asm_type, use, &value, 1, "");
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX,
                             cg_attribute(cg, "memory", MEMORY_READ_INACCESSIBLE_READWRITE));
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX, cg_attribute(cg, "nounwind", 0));
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX, cg_attribute(cg, "willreturn", 0));
}

static uint32_t bytes_of(const struct fn *f)
{
    return 1u << op_info[f->insn->op].align_log2;
}

LLVMValueRef emit_load_value(struct fn *f, LLVMTypeRef memory_type)
{
    LLVMValueRef address = pop_address(f, bytes_of(f));
    LLVMValueRef value = abi_load(f, memory_type, address, ALIAS_MEMORY);
    LLVMSetAlignment(value, 1);
    if (f->plain && may_fault(f))
        LLVMSetVolatile(value, true);
    return value;
}

enum extension { FULL, SIGNED, UNSIGNED };

/* Loads memory_type at the popped address and extends it to type. */
static void emit_load(struct fn *f, LLVMTypeRef memory_type, LLVMTypeRef type,
                      enum extension extend)
{
    LLVMValueRef value = emit_load_value(f, memory_type);
    if (extend == SIGNED)
        value = LLVMBuildSExt(f->b, value, type, "");
    else if (extend == UNSIGNED)
        value = LLVMBuildZExt(f->b, value, type, "");
    emit_keep_load(f, value);
    fn_push(f, value);
}

/* ---- stores ---- */

void emit_store_value(struct fn *f, LLVMValueRef value)
{
    LLVMValueRef address = pop_address(f, bytes_of(f));
    LLVMSetAlignment(abi_store(f, value, address, ALIAS_MEMORY), 1);
}

static void emit_store(struct fn *f, LLVMTypeRef memory_type)
{
    LLVMValueRef value = fn_pop(f);
    if (LLVMTypeOf(value) != memory_type)
        value = LLVMBuildTrunc(f->b, value, memory_type, "");
    emit_store_value(f, value);
}

/* clang-format off */
#define EMIT(name, call) void emit_##name(struct fn *f) { call; }

EMIT(i32_load,     emit_load(f, f->cg->i32, f->cg->i32, FULL))
EMIT(i64_load,     emit_load(f, f->cg->i64, f->cg->i64, FULL))
EMIT(f32_load,     emit_load(f, f->cg->f32, f->cg->f32, FULL))
EMIT(f64_load,     emit_load(f, f->cg->f64, f->cg->f64, FULL))
EMIT(i32_load8_s,  emit_load(f, f->cg->i8,  f->cg->i32, SIGNED))
EMIT(i32_load8_u,  emit_load(f, f->cg->i8,  f->cg->i32, UNSIGNED))
EMIT(i32_load16_s, emit_load(f, f->cg->i16, f->cg->i32, SIGNED))
EMIT(i32_load16_u, emit_load(f, f->cg->i16, f->cg->i32, UNSIGNED))
EMIT(i64_load8_s,  emit_load(f, f->cg->i8,  f->cg->i64, SIGNED))
EMIT(i64_load8_u,  emit_load(f, f->cg->i8,  f->cg->i64, UNSIGNED))
EMIT(i64_load16_s, emit_load(f, f->cg->i16, f->cg->i64, SIGNED))
EMIT(i64_load16_u, emit_load(f, f->cg->i16, f->cg->i64, UNSIGNED))
EMIT(i64_load32_s, emit_load(f, f->cg->i32, f->cg->i64, SIGNED))
EMIT(i64_load32_u, emit_load(f, f->cg->i32, f->cg->i64, UNSIGNED))

EMIT(i32_store,   emit_store(f, f->cg->i32))
EMIT(i64_store,   emit_store(f, f->cg->i64))
EMIT(f32_store,   emit_store(f, f->cg->f32))
EMIT(f64_store,   emit_store(f, f->cg->f64))
EMIT(i32_store8,  emit_store(f, f->cg->i8))
EMIT(i32_store16, emit_store(f, f->cg->i16))
EMIT(i64_store8,  emit_store(f, f->cg->i8))
EMIT(i64_store16, emit_store(f, f->cg->i16))
EMIT(i64_store32, emit_store(f, f->cg->i32))
/* clang-format on */

/* ---- size, grow ---- */

static void push_size(struct fn *f, uint32_t memory, LLVMValueRef value)
{
    fn_push_size(f, value, f->cg->m->memories[memory].limits.is64);
}

/* The size of a shared memory takes part in the order of atomic accesses. */
void emit_memory_size(struct fn *f)
{
    uint32_t memory = f->insn->imm.index.a;
    const struct limits *limits = &f->cg->m->memories[memory].limits;
    LLVMValueRef shift = LLVMConstInt(f->cg->i64, limits->page_size_log2, false);
    LLVMValueRef size = abi_memory_size(f, memory);
    if (limits->shared)
        LLVMSetOrdering(size, LLVMAtomicOrderingSequentiallyConsistent);
    push_size(f, memory, LLVMBuildLShr(f->b, size, shift, ""));
}

void emit_memory_grow(struct fn *f)
{
    uint32_t memory = f->insn->imm.index.a;
    LLVMValueRef args[] = {fn_i32(f, memory), fn_pop_u64(f)};
    push_size(f, memory, abi_call(f, HELPER_memory_grow, args, 2));
}
