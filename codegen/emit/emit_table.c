/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tables and references (spec 4.4.3, 4.4.6). A table is {base, size} behind a pointer in ctx; both
 * change when it grows, so they are read each time. Elements are pointers.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

static void push_size(struct fn *f, uint32_t table, LLVMValueRef value)
{
    fn_push_size(f, value, f->cg->m->tables[table].type.limits.is64);
}

static void keep_element(struct fn *f, uint32_t table, LLVMValueRef value)
{
    emit_keep_exception(f, f->cg->m->tables[table].type.elem, value);
}

LLVMValueRef emit_table_address(struct fn *f, uint32_t table, LLVMValueRef index,
                                enum w2s_trap_kind kind)
{
    LLVMValueRef object = abi_table(f, table);
    LLVMValueRef size = abi_table_size(f, object);
    emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntUGE, index, size, ""), kind);
    return LLVMBuildGEP2(f->b, f->cg->ptr, abi_table_base(f, object), &index, 1, "");
}

void emit_table_get(struct fn *f)
{
    LLVMValueRef index = fn_pop_u64(f);
    LLVMValueRef at = emit_table_address(f, f->insn->imm.index.a, index, W2S_TRAP_TABLE_OOB);
    fn_push(f, abi_load(f, f->cg->ptr, at, ALIAS_TABLE));
}

void emit_table_set(struct fn *f)
{
    LLVMValueRef value = fn_pop(f), index = fn_pop_u64(f);
    LLVMValueRef at = emit_table_address(f, f->insn->imm.index.a, index, W2S_TRAP_TABLE_OOB);
    keep_element(f, f->insn->imm.index.a, value);
    abi_store(f, value, at, ALIAS_TABLE);
}

void emit_table_size(struct fn *f)
{
    uint32_t table = f->insn->imm.index.a, size;
    bool known = closed_table_size(f->cg->c->closed, table, &size);
    push_size(f, table,
              known ? LLVMConstInt(f->cg->i64, size, false)
                    : abi_table_size(f, abi_table(f, table)));
}

void emit_table_grow(struct fn *f)
{
    uint32_t table = f->insn->imm.index.a;
    LLVMValueRef n = fn_pop_u64(f), value = fn_pop(f);
    LLVMValueRef args[] = {fn_i32(f, table), value, n};
    keep_element(f, table, value);
    push_size(f, table, abi_call(f, HELPER_table_grow, args, 3));
}

void emit_table_fill(struct fn *f)
{
    LLVMValueRef n = fn_pop_u64(f), value = fn_pop(f), dest = fn_pop_u64(f);
    LLVMValueRef args[] = {fn_i32(f, f->insn->imm.index.a), dest, value, n};
    keep_element(f, f->insn->imm.index.a, value);
    abi_call(f, HELPER_table_fill, args, 4);
}

void emit_table_copy(struct fn *f)
{
    LLVMValueRef n = fn_pop_u64(f), source = fn_pop_u64(f), dest = fn_pop_u64(f);
    LLVMValueRef args[] = {fn_i32(f, f->insn->imm.index.a), fn_i32(f, f->insn->imm.index.b), dest,
                           source, n};
    abi_call(f, HELPER_table_copy, args, 5);
}

void emit_table_init(struct fn *f)
{
    LLVMValueRef n = fn_pop_u64(f), source = fn_pop_u64(f), dest = fn_pop_u64(f);
    LLVMValueRef args[] = {fn_i32(f, f->insn->imm.index.b), fn_i32(f, f->insn->imm.index.a), dest,
                           source, n};
    abi_call(f, HELPER_table_init, args, 5);
}

void emit_elem_drop(struct fn *f)
{
    LLVMValueRef segment = fn_i32(f, f->insn->imm.index.a);
    abi_call(f, HELPER_elem_drop, &segment, 1);
}

void emit_ref_null(struct fn *f)
{
    fn_push(f, LLVMConstNull(f->cg->ptr));
}

void emit_ref_is_null(struct fn *f)
{
    LLVMValueRef is_null = LLVMBuildIsNull(f->b, fn_pop(f), "");
    fn_push(f, LLVMBuildZExt(f->b, is_null, f->cg->i32, ""));
}

void emit_ref_func(struct fn *f)
{
    fn_push(f, abi_func_ref(f, f->insn->imm.index.a));
}

void emit_ref_as_non_null(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    if (f->insn->type.nullable)
        emit_trap_if(f, LLVMBuildIsNull(f->b, ref, ""), W2S_TRAP_NULL_REF);
    fn_push(f, ref);
}
