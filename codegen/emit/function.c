/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One function: prologue, the walk over the validated stream, epilogue; and the operand stack that
 * the emitters share.
 */
#include "codegen/emit/function.h"

#include "codegen/abi.h"
#include "codegen/emit/fact.h"
#include "codegen/emit/simd.h"

#include <assert.h>
#include <string.h>

typedef void emit_fn(struct fn *f);

static emit_fn *const emit_table[OP__COUNT] = {
#define OP(name, prefix, code, text, imm, align, sig, feature) [OP_##name] = emit_##name,
#include "frontend/opcodes.def"
};

void emit_insn(struct fn *f, const struct insn *insn)
{
    f->insn = insn;
    if (!emit_machine_simd(f))
        emit_table[insn->op](f);
}

/* ---- the operand stack ---- */

void fn_push(struct fn *f, LLVMValueRef value)
{
    if (f->stack_size == f->stack_capacity) {
        uint32_t capacity = f->stack_capacity ? 2 * f->stack_capacity : 64;
        f->stack =
            arena_grow(f->cg->arena, f->stack, f->stack_capacity, capacity, sizeof *f->stack);
        f->stack_capacity = capacity;
    }
    f->stack[f->stack_size++] = value;
}

LLVMValueRef fn_pop(struct fn *f)
{
    assert(f->stack_size > 0);
    return f->stack[--f->stack_size];
}

LLVMValueRef fn_u64(struct fn *f, LLVMValueRef value)
{
    return LLVMTypeOf(value) == f->cg->i32 ? LLVMBuildZExt(f->b, value, f->cg->i64, "") : value;
}

LLVMValueRef fn_pop_u64(struct fn *f)
{
    return fn_u64(f, fn_pop(f));
}

void fn_push_size(struct fn *f, LLVMValueRef value, bool is64)
{
    fn_push(f, is64 ? value : LLVMBuildTrunc(f->b, value, f->cg->i32, ""));
}

LLVMValueRef fn_i32(struct fn *f, uint32_t n)
{
    return LLVMConstInt(f->cg->i32, n, false);
}

/* ---- blocks ---- */

LLVMBasicBlockRef fn_block(struct fn *f, const char *name)
{
    return LLVMAppendBasicBlockInContext(f->cg->context, f->value, name);
}

void fn_continue(struct fn *f, LLVMBasicBlockRef block)
{
    if (f->last != block)
        LLVMMoveBasicBlockAfter(block, f->last);
    f->last = block;
    LLVMPositionBuilderAtEnd(f->b, block);
}

LLVMValueRef fn_frame_slots(struct fn *f, uint32_t count)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(f->b);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(f->value);
    LLVMPositionBuilderBefore(f->b, LLVMGetFirstInstruction(entry));
    LLVMValueRef slots = LLVMBuildAlloca(f->b, LLVMArrayType2(f->cg->v128, count), "");
    LLVMPositionBuilderAtEnd(f->b, here);
    return slots;
}

/* ---- traps and intrinsics ---- */

void emit_trap(struct fn *f, enum w2s_trap_kind kind)
{
    uint32_t offset = f->insn ? f->insn->offset : 0;
    abi_call(f, HELPER_trap,
             (LLVMValueRef[]){LLVMConstInt(f->cg->i32, kind, false),
                              LLVMConstInt(f->cg->i32, offset, false)},
             2);
    LLVMBuildUnreachable(f->b);
}

void emit_trap_if(struct fn *f, LLVMValueRef condition, enum w2s_trap_kind kind)
{
    LLVMBasicBlockRef trap = fn_block(f, "trap"), next = fn_block(f, "");
    LLVMValueRef branch = LLVMBuildCondBr(f->b, condition, trap, next);
    LLVMSetMetadata(branch, f->cg->md_prof, f->cg->prof_unlikely);
    LLVMPositionBuilderAtEnd(f->b, trap);
    emit_trap(f, kind);
    fn_continue(f, next);
}

LLVMValueRef emit_intrinsic(struct fn *f, const char *name, LLVMTypeRef *types, unsigned type_count,
                            LLVMValueRef *args, unsigned arg_count)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(f->cg->module, id, types, type_count);
    LLVMTypeRef type = LLVMIntrinsicGetType(f->cg->context, id, types, type_count);
    return LLVMBuildCall2(f->b, type, function, args, arg_count, "");
}

/* ---- results ---- */

static void return_in_memory(struct fn *f, LLVMValueRef *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        LLVMBuildStore(f->b, values[i], abi_offset(f, f->results_pointer, (uint64_t)i * 16));
    LLVMBuildRetVoid(f->b);
}

void emit_return_values(struct fn *f)
{
    const struct functype *type = f->body->type;
    LLVMValueRef *values = f->stack + f->stack_size - type->result_count;
    if (f->results_pointer)
        return_in_memory(f, values, type->result_count);
    else if (type->result_count == 0)
        LLVMBuildRetVoid(f->b);
    else if (type->result_count == 1)
        LLVMBuildRet(f->b, values[0]);
    else
        LLVMBuildAggregateRet(f->b, values, type->result_count);
}

/* ---- the function ---- */

static void define_locals(struct fn *f)
{
    const struct func_body *body = f->body;
    uint32_t first = f->results_pointer ? 2 : 1;
    for (uint32_t i = 0; i < body->local_count; i++) {
        LLVMTypeRef type = cg_valtype(f->cg, body->locals[i]);
        ssa_write(f->ssa, i,
                  i < body->type->param_count
                      ? cg_convert_argument(f->cg, LLVMGetParam(f->value, first + i), type)
                      : LLVMConstNull(type));
    }
}

void fn_load_memory_base(struct fn *f)
{
    if (f->cg->m->memory_count > 0)
        f->memory0_base = abi_load_invariant(
            f, f->cg->ptr, abi_offset(f, f->ctx, offsetof(struct w2s_ctx, memory0_base)));
}

static void open_function_label(struct fn *f)
{
    f->labels = arena_array(f->cg->arena, (size_t)f->body->max_depth + 1, sizeof *f->labels);
    f->labels[f->label_count++] = (struct label){
        .op = OP_unreachable, .type = f->body->type, .arity = f->body->type->result_count};
}

/* The body starts in a block of its own: the entry block keeps frame slots and the memory base. */
static void open_function(struct fn *f)
{
    f->last = fn_block(f, "entry");
    LLVMPositionBuilderAtEnd(f->b, f->last);
    f->ctx = LLVMGetParam(f->value, 0);
    fn_load_memory_base(f);
    LLVMBasicBlockRef start = fn_block(f, "body");
    LLVMBuildBr(f->b, start);
    fn_continue(f, start);
}

/* The register allocator of -O0 looks at all values that a block has had at each call in it. */
static void divide_block(struct fn *f, uint32_t i)
{
    enum { ROW = 1000 };
    if (!f->plain || i % ROW != ROW - 1 || LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(f->b)))
        return;
    LLVMBasicBlockRef next = fn_block(f, "");
    LLVMBuildBr(f->b, next);
    fn_continue(f, next);
}

void emit_function(struct cg *cg, uint32_t index, const struct func_body *body)
{
    struct fn f = {.cg = cg, .b = cg->builder, .index = index, .body = body};
    f.value = cg_body(cg, index);
    LLVMSetSection(f.value, cg->c->text_section);
    f.plain = cg->c->level == 0 || cg_mark_giant(cg, f.value, index);
    if (functype_results_in_memory(body->type))
        f.results_pointer = LLVMGetParam(f.value, 1);
    f.ssa = ssa_new(cg, body, &f.insn);
    f.facts = facts_new(cg->arena);
    f.stack_capacity = 64; /* an array even if nothing is pushed: its top is addressed */
    f.stack = arena_array(cg->arena, f.stack_capacity, sizeof *f.stack);
    open_function(&f);
    define_locals(&f);
    open_function_label(&f);
    profile_entry(&f);
    fuel_at_entry(&f);
    for (uint32_t i = 0; i < body->insn_count; i++) {
        LLVMValueRef units = fuel_before_bulk(&f, &body->insns[i]);
        emit_insn(&f, &body->insns[i]);
        emit_canonical_nan(&f);
        fuel_after_bulk(&f, units);
        fuel_after(&f, i);
        divide_block(&f, i);
    }
    if (cg_is_tail(cg, index))
        emit_tail_entry(cg, index);
}
