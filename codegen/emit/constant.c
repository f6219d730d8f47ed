/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Constant expressions that need code (extended constants and the like): a function
 * `void name(ctx, ptr result)` that runs the expression's instructions through the ordinary
 * emitters and stores the value.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

static LLVMValueRef declare(struct cg *cg, const char *name)
{
    LLVMTypeRef params[] = {cg->ptr, cg->ptr};
    LLVMValueRef value =
        LLVMAddFunction(cg->module, name, LLVMFunctionType(cg->void_, params, 2, false));
    LLVMSetVisibility(value, LLVMHiddenVisibility);
    LLVMSetSection(value, cg->c->text_section);
    cg_function_attributes(cg, value);
    return value;
}

LLVMValueRef emit_constexpr_function(struct cg *cg, const char *name, const struct constexpr *expr,
                                     struct valtype type)
{
    struct fn f = {.cg = cg, .b = cg->builder, .index = NO_INDEX, .value = declare(cg, name)};
    (void)type;
    f.ctx = LLVMGetParam(f.value, 0);
    f.last = fn_block(&f, "entry");
    LLVMPositionBuilderAtEnd(f.b, f.last);
    for (uint32_t i = 0; i + 1 < expr->insn_count; i++)
        emit_insn(&f, &expr->insns[i]);
    LLVMBuildStore(f.b, fn_pop(&f), LLVMGetParam(f.value, 1));
    LLVMBuildRetVoid(f.b);
    return f.value;
}
