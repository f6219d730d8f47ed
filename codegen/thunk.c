/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Each exported function as an ordinary C function:
 *
 *     R PREFIX_NAME(w2s_instance *instance, params..., struct PREFIX_NAME_result *results)
 *
 * It puts its arguments into slots and asks the runtime to make the call, which finds the instance,
 * enters wasm code and catches traps. One result comes back by value; of several, results points to
 * a struct that gets them (docs/abi.md).
 */
#include "codegen/abi.h"

/* Size of an argument's or a result's slot, as the runtime and w2s_init.bits have it. */
#define SLOT_SIZE sizeof(((struct w2s_init *)0)->bits)

struct wrapper {
    struct cg *cg;
    const struct functype *type;
    LLVMValueRef function;
    LLVMTypeRef slot;
};

static LLVMTypeRef wrapper_type(struct cg *cg, const struct functype *type)
{
    bool by_pointer = type->result_count > 1;
    unsigned count = 0;
    LLVMTypeRef *params = arena_array(cg->arena, (size_t)type->param_count + 2, sizeof *params);
    params[count++] = cg->ptr;
    for (uint32_t i = 0; i < type->param_count; i++)
        params[count++] = cg_valtype(cg, type->params[i]);
    if (by_pointer)
        params[count++] = cg->ptr;
    LLVMTypeRef result = type->result_count == 1 ? cg_valtype(cg, type->results[0]) : cg->void_;
    return LLVMFunctionType(result, params, count, false);
}

static LLVMValueRef slots_alloca(const struct wrapper *w, uint32_t count)
{
    LLVMValueRef slots = LLVMBuildAlloca(w->cg->builder, LLVMArrayType2(w->slot, count), "");
    LLVMSetAlignment(slots, SLOT_SIZE);
    return slots;
}

static LLVMValueRef slot_address(const struct wrapper *w, LLVMValueRef slots, uint32_t index)
{
    LLVMValueRef at = LLVMConstInt(w->cg->i64, index, false);
    return LLVMBuildInBoundsGEP2(w->cg->builder, w->slot, slots, &at, 1, "");
}

static LLVMValueRef result_load(const struct wrapper *w, LLVMValueRef slots, uint32_t index)
{
    return LLVMBuildLoad2(w->cg->builder, cg_valtype(w->cg, w->type->results[index]),
                          slot_address(w, slots, index), "");
}

/* Copies the results into the caller's struct, which LLVM lays out as C does. */
static void results_to_struct(const struct wrapper *w, LLVMValueRef slots)
{
    struct cg *cg = w->cg;
    uint32_t count = w->type->result_count;
    LLVMTypeRef *fields = arena_array(cg->arena, count, sizeof *fields);
    for (uint32_t i = 0; i < count; i++)
        fields[i] = cg_valtype(cg, w->type->results[i]);
    LLVMTypeRef type = LLVMStructTypeInContext(cg->context, fields, count, false);
    LLVMValueRef results = LLVMGetParam(w->function, w->type->param_count + 1);
    for (uint32_t i = 0; i < count; i++)
        LLVMBuildStore(cg->builder, result_load(w, slots, i),
                       LLVMBuildStructGEP2(cg->builder, type, results, i, ""));
    LLVMBuildRetVoid(cg->builder);
}

/* The module's descriptor, which descriptor.c defines here or in another partition. */
static LLVMValueRef descriptor_declare(struct cg *cg)
{
    LLVMValueRef descriptor = LLVMGetNamedGlobal(cg->module, W2S_MODULE_SYMBOL);
    if (!descriptor) {
        descriptor = LLVMAddGlobal(cg->module, cg->i8, W2S_MODULE_SYMBOL);
        LLVMSetVisibility(descriptor, LLVMProtectedVisibility);
    }
    return descriptor;
}

static void wrapper_body(const struct wrapper *w, uint32_t func)
{
    struct cg *cg = w->cg;
    LLVMPositionBuilderAtEnd(cg->builder,
                             LLVMAppendBasicBlockInContext(cg->context, w->function, ""));
    LLVMValueRef args = slots_alloca(w, w->type->param_count);
    LLVMValueRef results = slots_alloca(w, w->type->result_count);
    for (uint32_t i = 0; i < w->type->param_count; i++)
        LLVMBuildStore(cg->builder, LLVMGetParam(w->function, i + 1), slot_address(w, args, i));
    LLVMValueRef helper = abi_helper(cg, HELPER_direct_call);
    LLVMValueRef operands[] = {descriptor_declare(cg), LLVMGetParam(w->function, 0),
                               LLVMConstInt(cg->i32, func, false), args, results};
    LLVMBuildCall2(cg->builder, LLVMGlobalGetValueType(helper), helper, operands,
                   sizeof operands / sizeof *operands, "");
    if (w->type->result_count > 1)
        results_to_struct(w, results);
    else if (w->type->result_count == 1)
        LLVMBuildRet(cg->builder, result_load(w, results, 0));
    else
        LLVMBuildRetVoid(cg->builder);
}

static void emit_wrapper(struct cg *cg, const char *symbol, uint32_t func)
{
    const struct functype *type = &cg->m->types[cg->m->funcs[func].type].func;
    struct wrapper w = {.cg = cg, .type = type, .slot = LLVMArrayType2(cg->i8, SLOT_SIZE)};
    w.function = LLVMAddFunction(cg->module, symbol, wrapper_type(cg, type));
    /* Protected: a symbol of that name in another module must not take its place. */
    LLVMSetVisibility(w.function, LLVMProtectedVisibility);
    cg_add_attribute(cg, w.function, "nounwind", 0);
    cg_add_attribute(cg, w.function, "uwtable", 2); /* asynchronous */
    cg_add_string_attribute(cg, w.function, "no-builtins", "");
    wrapper_body(&w, func);
}

void emit_export_wrappers(struct cg *cg)
{
    for (uint32_t i = 0; i < cg->m->export_count; i++)
        if (cg->c->symbols[i])
            emit_wrapper(cg, cg->c->symbols[i], cg->m->exports[i].index);
}
