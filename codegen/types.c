/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm types as LLVM types, and the attributes of wasm functions: the calling convention of
 * wasm2so_abi.h said in LLVM's words.
 */
#include "codegen/internal.h"

#include <string.h>

LLVMTypeRef cg_valtype(struct cg *cg, struct valtype type)
{
    switch ((enum valtype_kind)type.kind) {
    case VT_I32: return cg->i32;
    case VT_I64: return cg->i64;
    case VT_F32: return cg->f32;
    case VT_F64: return cg->f64;
    case VT_V128: return cg->v128;
    case VT_REF: return cg->ptr;
    case VT_NONE:
    case VT_BOT: break;
    }
    return cg->void_;
}

static bool is_float_class(struct valtype type)
{
    return type.kind == VT_F32 || type.kind == VT_F64 || type.kind == VT_V128;
}

/* At most two of each register class: what every target returns in registers (LLVM aborts under
 * musttail where they do not fit). */
bool functype_results_in_memory(const struct functype *type)
{
    uint32_t floats = 0;
    for (uint32_t i = 0; i < type->result_count; i++)
        floats += is_float_class(type->results[i]);
    return floats > 2 || type->result_count - floats > 2;
}

static LLVMTypeRef result_type(struct cg *cg, const struct functype *type)
{
    if (type->result_count == 0 || functype_results_in_memory(type))
        return cg->void_;
    if (type->result_count == 1)
        return cg_valtype(cg, type->results[0]);
    LLVMTypeRef results[4];
    for (uint32_t i = 0; i < type->result_count; i++)
        results[i] = cg_valtype(cg, type->results[i]);
    return LLVMStructTypeInContext(cg->context, results, type->result_count, false);
}

LLVMTypeRef cg_functype(struct cg *cg, const struct functype *type)
{
    LLVMTypeRef *params =
        arena_array(cg->arena, (size_t)type->param_count + 2, sizeof(LLVMTypeRef));
    unsigned n = 0;
    params[n++] = cg->ptr;
    if (functype_results_in_memory(type))
        params[n++] = cg->ptr;
    for (uint32_t i = 0; i < type->param_count; i++)
        params[n++] = cg_valtype(cg, type->params[i]);
    return LLVMFunctionType(result_type(cg, type), params, n, false);
}

LLVMAttributeRef cg_attribute(struct cg *cg, const char *name, uint64_t value)
{
    return LLVMCreateEnumAttribute(cg->context, LLVMGetEnumAttributeKindForName(name, strlen(name)),
                                   value);
}

void cg_add_attribute(struct cg *cg, LLVMValueRef function, const char *name, uint64_t value)
{
    LLVMAddAttributeAtIndex(function, FUNCTION_INDEX, cg_attribute(cg, name, value));
}

void cg_add_string_attribute(struct cg *cg, LLVMValueRef function, const char *name,
                             const char *value)
{
    LLVMAddAttributeAtIndex(function, FUNCTION_INDEX,
                            LLVMCreateStringAttribute(cg->context, name, (unsigned)strlen(name),
                                                      value, (unsigned)strlen(value)));
}

/* - no-builtins: no pass may invent a call of memset or the like: a .so has no libc, and a store
 *   that traps must be ours.
 * - nounwind: where no function has to do with exceptions; those of others may pass all the same.
 * - uwtable: backtraces, at faulting instructions too (2: asynchronous), and exceptions.
 * - probe-stack: a frame larger than the guard page must not step over it.
 * - disable-tail-calls: runaway recursion must exhaust the stack, not become an endless loop. */
void cg_function_attributes(struct cg *cg, LLVMValueRef function)
{
    LLVMAddAttributeAtIndex(function, 1, cg_attribute(cg, "swiftself", 0));
    LLVMAddAttributeAtIndex(function, 1, cg_attribute(cg, "nonnull", 0));
    LLVMAddAttributeAtIndex(function, 1, cg_attribute(cg, "noundef", 0));
    LLVMAddAttributeAtIndex(function, 1,
                            cg_attribute(cg, "dereferenceable", cg->c->layout.ctx_size));
    if (!cg->c->exceptions)
        cg_add_attribute(cg, function, "nounwind", 0);
    cg_add_attribute(cg, function, "uwtable", 2);
    cg_add_string_attribute(cg, function, "no-builtins", "");
    cg_add_string_attribute(cg, function, "probe-stack", "inline-asm");
    cg_add_string_attribute(cg, function, "disable-tail-calls", "true");
    if (cg->c->cpu.tune)
        cg_add_string_attribute(cg, function, "tune-cpu", cg->c->cpu.tune);
    if (cg->c->size)
        cg_add_attribute(cg, function, "optsize", 0);
}

void cg_call_attributes(struct cg *cg, LLVMValueRef call)
{
    LLVMAddCallSiteAttribute(call, 1, cg_attribute(cg, "swiftself", 0));
}
