/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Arrays (spec 4.4.4). Elements follow struct w2s_array; an index is compared with the length in
 * there. What copies many elements from elsewhere is the runtime's work, filling is done here.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

static const struct fieldtype *element_of(const struct fn *f)
{
    return f->cg->m->types[f->insn->imm.index.a].fields;
}

static LLVMValueRef object_type(struct fn *f)
{
    return abi_object_type(f, f->insn->imm.index.a);
}

/* index: i64. */
static LLVMValueRef element_address(struct fn *f, LLVMValueRef array, LLVMValueRef index)
{
    LLVMTypeRef element = LLVMArrayType2(f->cg->i8, field_size(element_of(f)));
    return LLVMBuildGEP2(f->b, element, abi_offset(f, array, sizeof(struct w2s_array)), &index, 1,
                         "");
}

static LLVMValueRef non_null(struct fn *f, LLVMValueRef array, bool nullable)
{
    if (nullable)
        emit_trap_if(f, LLVMBuildIsNull(f->b, array, ""), W2S_TRAP_NULL_ARRAY);
    return array;
}

static LLVMValueRef pop_array(struct fn *f)
{
    return non_null(f, fn_pop(f), f->insn->type.nullable);
}

static LLVMValueRef length_of(struct fn *f, LLVMValueRef array)
{
    LLVMValueRef at = abi_offset(f, array, offsetof(struct w2s_array, length));
    return abi_load(f, f->cg->i32, at, ALIAS_OBJECT);
}

static LLVMValueRef wide(struct fn *f, LLVMValueRef n)
{
    return LLVMBuildZExt(f->b, n, f->cg->i64, "");
}

/* ---- new arrays ---- */

/* Stores value in the elements [start, start + n), all i64; they exist. */
static void fill(struct fn *f, LLVMValueRef array, LLVMValueRef start, LLVMValueRef n,
                 LLVMValueRef value)
{
    LLVMBasicBlockRef before = LLVMGetInsertBlock(f->b), loop = fn_block(f, "fill");
    LLVMBasicBlockRef next = fn_block(f, "");
    LLVMValueRef zero = LLVMConstInt(f->cg->i64, 0, false);
    LLVMBuildCondBr(f->b, LLVMBuildICmp(f->b, LLVMIntEQ, n, zero, ""), next, loop);
    fn_continue(f, loop);
    LLVMValueRef i = LLVMBuildPhi(f->b, f->cg->i64, "");
    LLVMValueRef address = element_address(f, array, LLVMBuildNUWAdd(f->b, start, i, ""));
    emit_field_store(f, element_of(f), value, address);
    LLVMValueRef more = LLVMBuildNUWAdd(f->b, i, LLVMConstInt(f->cg->i64, 1, false), "");
    LLVMBasicBlockRef end = LLVMGetInsertBlock(f->b);
    LLVMAddIncoming(i, (LLVMValueRef[]){zero, more}, (LLVMBasicBlockRef[]){before, end}, 2);
    LLVMBuildCondBr(f->b, LLVMBuildICmp(f->b, LLVMIntULT, more, n, ""), loop, next);
    fn_continue(f, next);
}

static LLVMValueRef new_array(struct fn *f, LLVMValueRef length)
{
    LLVMValueRef args[] = {object_type(f), length};
    return abi_call(f, HELPER_array_new, args, 2);
}

void emit_array_new(struct fn *f)
{
    LLVMValueRef length = fn_pop(f), value = fn_pop(f);
    LLVMValueRef array = new_array(f, length);
    if (!LLVMIsConstant(value) || !LLVMIsNull(value))
        fill(f, array, LLVMConstInt(f->cg->i64, 0, false), wide(f, length), value);
    fn_push(f, array);
}

void emit_array_new_default(struct fn *f)
{
    fn_push(f, new_array(f, fn_pop(f)));
}

void emit_array_new_fixed(struct fn *f)
{
    uint32_t count = f->insn->imm.index.b;
    LLVMValueRef array = new_array(f, fn_i32(f, count));
    f->stack_size -= count;
    for (uint32_t i = 0; i < count; i++) {
        LLVMValueRef index = LLVMConstInt(f->cg->i64, i, false);
        emit_field_store(f, element_of(f), f->stack[f->stack_size + i],
                         element_address(f, array, index));
    }
    fn_push(f, array);
}

static void new_from_segment(struct fn *f, enum helper helper)
{
    LLVMValueRef n = fn_pop(f), source = fn_pop(f);
    LLVMValueRef args[] = {object_type(f), fn_i32(f, f->insn->imm.index.b), source, n};
    fn_push(f, abi_call(f, helper, args, 4));
}

void emit_array_new_data(struct fn *f)
{
    new_from_segment(f, HELPER_array_new_data);
}

void emit_array_new_elem(struct fn *f)
{
    new_from_segment(f, HELPER_array_new_elem);
}

/* ---- elements ---- */

/* Pops index and array. */
static LLVMValueRef pop_element_address(struct fn *f)
{
    LLVMValueRef index = fn_pop(f), array = pop_array(f);
    LLVMValueRef outside = LLVMBuildICmp(f->b, LLVMIntUGE, index, length_of(f, array), "");
    emit_trap_if(f, outside, W2S_TRAP_ARRAY_OOB);
    return element_address(f, array, wide(f, index));
}

static void get(struct fn *f, bool is_signed)
{
    LLVMValueRef address = pop_element_address(f);
    fn_push(f, emit_field_load(f, element_of(f), address, is_signed));
}

void emit_array_get(struct fn *f)
{
    get(f, false);
}

void emit_array_get_s(struct fn *f)
{
    get(f, true);
}

void emit_array_get_u(struct fn *f)
{
    get(f, false);
}

void emit_array_set(struct fn *f)
{
    LLVMValueRef value = fn_pop(f), address = pop_element_address(f);
    emit_field_store(f, element_of(f), value, address);
}

void emit_array_len(struct fn *f)
{
    fn_push(f, length_of(f, pop_array(f)));
}

/* ---- many elements ---- */

void emit_array_fill(struct fn *f)
{
    LLVMValueRef n = wide(f, fn_pop(f)), value = fn_pop(f), start = wide(f, fn_pop(f));
    LLVMValueRef array = pop_array(f), length = wide(f, length_of(f, array));
    LLVMValueRef end = LLVMBuildNUWAdd(f->b, start, n, "");
    emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntUGT, end, length, ""), W2S_TRAP_ARRAY_OOB);
    fill(f, array, start, n, value);
}

/* The operand of the source has no type in the instruction. */
void emit_array_copy(struct fn *f)
{
    LLVMValueRef n = fn_pop(f), source = fn_pop(f), from = fn_pop(f), dest = fn_pop(f);
    LLVMValueRef to = pop_array(f);
    non_null(f, from, true);
    LLVMValueRef args[] = {to, dest, from, source, n};
    abi_call(f, HELPER_array_copy, args, 5);
}

static void init_from_segment(struct fn *f, enum helper helper)
{
    LLVMValueRef n = fn_pop(f), source = fn_pop(f), dest = fn_pop(f), array = pop_array(f);
    LLVMValueRef args[] = {array, fn_i32(f, f->insn->imm.index.b), dest, source, n};
    abi_call(f, helper, args, 5);
}

void emit_array_init_data(struct fn *f)
{
    init_from_segment(f, HELPER_array_init_data);
}

void emit_array_init_elem(struct fn *f)
{
    init_from_segment(f, HELPER_array_init_elem);
}
