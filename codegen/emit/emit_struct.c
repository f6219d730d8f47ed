/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Structures (spec 4.4.4), and the fields of structures and elements of arrays in memory: packed
 * ones are cut off when they are stored and extended when they are loaded.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

#include <assert.h>

/* ---- fields ---- */

static LLVMTypeRef stored_type(struct fn *f, const struct fieldtype *field)
{
    switch (field->packed_bits) {
    case 8: return f->cg->i8;
    case 16: return f->cg->i16;
    default: return cg_valtype(f->cg, field->type);
    }
}

LLVMValueRef emit_field_load(struct fn *f, const struct fieldtype *field, LLVMValueRef address,
                             bool is_signed)
{
    LLVMValueRef value = abi_load(f, stored_type(f, field), address, ALIAS_OBJECT);
    if (field->packed_bits == 0)
        return value;
    return is_signed ? LLVMBuildSExt(f->b, value, f->cg->i32, "")
                     : LLVMBuildZExt(f->b, value, f->cg->i32, "");
}

void emit_field_store(struct fn *f, const struct fieldtype *field, LLVMValueRef value,
                      LLVMValueRef address)
{
    emit_keep_exception(f, field->type, value);
    if (field->packed_bits != 0)
        value = LLVMBuildTrunc(f->b, value, stored_type(f, field), "");
    abi_store(f, value, address, ALIAS_OBJECT);
}

/* ---- new structures ---- */

static LLVMValueRef new_struct(struct fn *f)
{
    LLVMValueRef type = abi_object_type(f, f->insn->imm.index.a);
    return abi_call(f, HELPER_struct_new, &type, 1);
}

static LLVMValueRef field_address(struct fn *f, LLVMValueRef object, uint32_t field)
{
    uint32_t type = f->insn->imm.index.a;
    return abi_offset(f, object, f->cg->c->layout.objects[type].offsets[field]);
}

/* The object comes zeroed. */
static bool is_zero(LLVMValueRef value)
{
    return LLVMIsConstant(value) && LLVMIsNull(value);
}

void emit_struct_new(struct fn *f)
{
    const struct subtype *type = &f->cg->m->types[f->insn->imm.index.a];
    LLVMValueRef object = new_struct(f);
    assert(f->stack_size >= type->field_count);
    f->stack_size -= type->field_count;
    for (uint32_t i = 0; i < type->field_count; i++) {
        LLVMValueRef value = f->stack[f->stack_size + i];
        if (!is_zero(value))
            emit_field_store(f, &type->fields[i], value, field_address(f, object, i));
    }
    fn_push(f, object);
}

void emit_struct_new_default(struct fn *f)
{
    fn_push(f, new_struct(f));
}

/* ---- access ---- */

static LLVMValueRef pop_struct(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    if (f->insn->type.nullable)
        emit_trap_if(f, LLVMBuildIsNull(f->b, ref, ""), W2S_TRAP_NULL_STRUCT);
    return ref;
}

static const struct fieldtype *field_of(const struct fn *f)
{
    return &f->cg->m->types[f->insn->imm.index.a].fields[f->insn->imm.index.b];
}

static void get(struct fn *f, bool is_signed)
{
    LLVMValueRef address = field_address(f, pop_struct(f), f->insn->imm.index.b);
    fn_push(f, emit_field_load(f, field_of(f), address, is_signed));
}

void emit_struct_get(struct fn *f)
{
    get(f, false);
}

void emit_struct_get_s(struct fn *f)
{
    get(f, true);
}

void emit_struct_get_u(struct fn *f)
{
    get(f, false);
}

void emit_struct_set(struct fn *f)
{
    LLVMValueRef value = fn_pop(f), object = pop_struct(f);
    emit_field_store(f, field_of(f), value, field_address(f, object, f->insn->imm.index.b));
}
