/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Locals, globals, and the parametric instructions drop and select (spec 4.4.2, 4.4.4).
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

void emit_local_get(struct fn *f)
{
    fn_push(f, ssa_read(f->ssa, f->insn->imm.index.a));
}

void emit_local_set(struct fn *f)
{
    ssa_write(f->ssa, f->insn->imm.index.a, fn_pop(f));
}

void emit_local_tee(struct fn *f)
{
    ssa_write(f->ssa, f->insn->imm.index.a, f->stack[f->stack_size - 1]);
}

/* An immutable global of ours whose initialiser is one constant: no memory is read. */
static const struct insn *constant_of(const struct global *global)
{
    const struct insn *insn = global->init.insns;
    if (global->import || global->type.mutable_ || global->init.insn_count != 2)
        return NULL;
    switch (insn->op) {
    case OP_i32_const:
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const: return insn;
    default: return NULL;
    }
}

void emit_global_get(struct fn *f)
{
    uint32_t index = f->insn->imm.index.a;
    const struct global *global = &f->cg->m->globals[index];
    const struct insn *constant = constant_of(global);
    if (constant) {
        emit_insn(f, constant);
        return;
    }
    LLVMTypeRef type = cg_valtype(f->cg, global->type.type);
    fn_push(f, abi_load(f, type, abi_global(f, index), ALIAS_GLOBAL));
}

void emit_global_set(struct fn *f)
{
    LLVMValueRef value = fn_pop(f);
    emit_keep_exception(f, f->cg->m->globals[f->insn->imm.index.a].type.type, value);
    abi_store(f, value, abi_global(f, f->insn->imm.index.a), ALIAS_GLOBAL);
}

void emit_drop(struct fn *f)
{
    fn_pop(f);
}

void emit_select(struct fn *f)
{
    LLVMValueRef condition = fn_pop(f), otherwise = fn_pop(f), then = fn_pop(f);
    condition = LLVMBuildICmp(f->b, LLVMIntNE, condition, LLVMConstNull(f->cg->i32), "");
    fn_push(f, LLVMBuildSelect(f->b, condition, then, otherwise, ""));
}

void emit_select_t(struct fn *f)
{
    emit_select(f);
}
