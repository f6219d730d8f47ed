/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Each exported function as an ordinary C function:
 *
 *     R PREFIX_NAME(w2s_instance *instance, params..., struct PREFIX_NAME_result *results)
 *
 * It calls w2s_rt_direct_enter, which has the function's own type, with the instance in place of
 * ctx: the arguments move to where wasm has them and the runtime leaves them there. One result
 * comes back by value; of several, results points to a struct that gets them (docs/abi.md).
 */
#include "codegen/abi.h"

/* Size of a slot of results in memory, as wasm2so_abi.h has it. */
#define SLOT_SIZE sizeof(((struct w2s_init *)0)->bits)

struct wrapper {
    struct cg *cg;
    const struct functype *type;
    uint32_t func;
    LLVMValueRef function;
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

static LLVMValueRef at(const struct wrapper *w, LLVMValueRef pointer, size_t offset)
{
    LLVMValueRef index = LLVMConstInt(w->cg->i64, offset, false);
    return LLVMBuildInBoundsGEP2(w->cg->builder, w->cg->i8, pointer, &index, 1, "");
}

/* ---- struct w2s_direct ---- */

/* Words of stack arguments at most: a vector may have one of padding before it. */
static uint32_t stack_words(const struct wrapper *w)
{
    const struct target *target = w->cg->c->target;
    uint32_t integers = functype_results_in_memory(w->type), vectors = 0, words = 0;
    for (uint32_t i = 0; i < w->type->param_count; i++) {
        switch (w->type->params[i].kind) {
        case VT_F32:
        case VT_F64: words += vectors++ >= target->vector_args; break;
        case VT_V128: words += vectors++ >= target->vector_args ? 3 : 0; break;
        default: words += integers++ >= target->integer_args; break;
        }
    }
    return (words + 1) & ~1u;
}

/* Whether the runtime has something to do for the arguments and results: exnrefs that the host
 * sees live as long as the store. */
static bool has_exnrefs(const struct functype *type)
{
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++) {
        struct valtype t =
            i < type->param_count ? type->params[i] : type->results[i - type->param_count];
        if (t.kind == VT_REF && (t.heap == HEAP_EXN || t.heap == HEAP_NOEXN))
            return true;
    }
    return false;
}

/* The module's descriptor, which descriptor.c defines here or in another partition. */
static LLVMValueRef descriptor_declare(struct cg *cg)
{
    LLVMValueRef descriptor = LLVMGetNamedGlobal(cg->module, cg->c->descriptor);
    if (!descriptor) {
        descriptor = LLVMAddGlobal(cg->module, cg->i8, cg->c->descriptor);
        LLVMSetVisibility(descriptor, LLVMProtectedVisibility);
    }
    return descriptor;
}

static LLVMValueRef distance(struct cg *cg, LLVMValueRef to, LLVMValueRef from)
{
    LLVMValueRef bytes =
        LLVMConstSub(LLVMConstPtrToInt(to, cg->i64), LLVMConstPtrToInt(from, cg->i64));
    return LLVMConstTrunc(bytes, cg->i32);
}

static LLVMValueRef direct(const struct wrapper *w)
{
    enum { FIELDS = sizeof(struct w2s_direct) / sizeof(uint32_t) };
    struct cg *cg = w->cg;
    LLVMTypeRef type = LLVMArrayType2(cg->i32, FIELDS);
    LLVMValueRef global = LLVMAddGlobal(cg->module, type, "");
    bool known = !cg->m->funcs[w->func].import && !has_exnrefs(w->type);
    uint64_t buffer = functype_results_in_memory(w->type) ? w->type->result_count * SLOT_SIZE : 0;
    LLVMValueRef zero = LLVMConstInt(cg->i32, 0, false);
    LLVMValueRef fields[FIELDS] = {
        known ? distance(cg, cg_function(cg, w->func), global) : zero,
        distance(cg, descriptor_declare(cg), global),
        LLVMConstInt(cg->i32, w->func, false),
        LLVMConstInt(cg->i32, stack_words(w), false),
        LLVMConstInt(cg->i32, buffer, false),
        zero,
    };
    LLVMSetInitializer(global, LLVMConstArray2(cg->i32, fields, FIELDS));
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetGlobalConstant(global, true);
    LLVMSetAlignment(global, 8);
    return global;
}

/* ---- the call ---- */

/* w2s_rt_direct_enter(struct w2s_direct, instance, [buffer,] arguments...), which returns as the
 * function itself does. */
static LLVMValueRef call_enter(const struct wrapper *w, LLVMValueRef buffer)
{
    struct cg *cg = w->cg;
    LLVMTypeRef own = cg_functype(cg, w->type);
    unsigned own_count = LLVMCountParamTypes(own), n = 0;
    LLVMTypeRef *types = arena_array(cg->arena, (size_t)own_count + 1, sizeof *types);
    LLVMValueRef *args = arena_array(cg->arena, (size_t)own_count + 1, sizeof *args);
    types[0] = cg->ptr;
    LLVMGetParamTypes(own, types + 1);
    args[n++] = direct(w);
    args[n++] = LLVMGetParam(w->function, 0);
    if (buffer)
        args[n++] = buffer;
    for (uint32_t i = 0; i < w->type->param_count; i++)
        args[n++] = LLVMGetParam(w->function, i + 1);
    LLVMTypeRef type = LLVMFunctionType(LLVMGetReturnType(own), types, own_count + 1, false);
    LLVMValueRef call =
        LLVMBuildCall2(cg->builder, type, abi_helper(cg, HELPER_direct_enter), args, n, "");
    LLVMAddCallSiteAttribute(call, 1, cg_attribute(cg, "nest", 0));
    LLVMAddCallSiteAttribute(call, 2, cg_attribute(cg, "swiftself", 0));
    return call;
}

/* ---- results ---- */

static LLVMValueRef result_at(const struct wrapper *w, LLVMValueRef call, LLVMValueRef buffer,
                              uint32_t index)
{
    LLVMTypeRef type = cg_valtype(w->cg, w->type->results[index]);
    if (buffer)
        return LLVMBuildLoad2(w->cg->builder, type, at(w, buffer, index * SLOT_SIZE), "");
    return w->type->result_count == 1 ? call
                                      : LLVMBuildExtractValue(w->cg->builder, call, index, "");
}

/* Returns what came back from the call. Several results go to the caller's struct, which LLVM lays
 * out as C does. */
static void build_return(const struct wrapper *w, LLVMValueRef call, LLVMValueRef buffer)
{
    struct cg *cg = w->cg;
    uint32_t count = w->type->result_count;
    if (count == 1) {
        LLVMBuildRet(cg->builder, result_at(w, call, buffer, 0));
        return;
    }
    LLVMTypeRef *fields = arena_array(cg->arena, (size_t)count + 1, sizeof *fields);
    for (uint32_t i = 0; i < count; i++)
        fields[i] = cg_valtype(cg, w->type->results[i]);
    LLVMTypeRef type = LLVMStructTypeInContext(cg->context, fields, count, false);
    for (uint32_t i = 0; i < count; i++) {
        LLVMValueRef results = LLVMGetParam(w->function, w->type->param_count + 1);
        LLVMBuildStore(cg->builder, result_at(w, call, buffer, i),
                       LLVMBuildStructGEP2(cg->builder, type, results, i, ""));
    }
    LLVMBuildRetVoid(cg->builder);
}

static LLVMValueRef buffer_alloca(const struct wrapper *w)
{
    if (!functype_results_in_memory(w->type))
        return NULL;
    LLVMTypeRef slots = LLVMArrayType2(w->cg->i8, (uint64_t)w->type->result_count * SLOT_SIZE);
    LLVMValueRef buffer = LLVMBuildAlloca(w->cg->builder, slots, "");
    LLVMSetAlignment(buffer, SLOT_SIZE);
    return buffer;
}

static void emit_wrapper(struct cg *cg, const char *symbol, uint32_t func)
{
    const struct functype *type = &cg->m->types[cg->m->funcs[func].type].func;
    struct wrapper w = {.cg = cg, .type = type, .func = func};
    w.function = LLVMAddFunction(cg->module, symbol, wrapper_type(cg, type));
    /* Protected: a symbol of that name in another module must not take its place. */
    LLVMSetVisibility(w.function, LLVMProtectedVisibility);
    cg_add_attribute(cg, w.function, "nounwind", 0);
    cg_add_attribute(cg, w.function, "uwtable", 2); /* asynchronous */
    cg_add_string_attribute(cg, w.function, "no-builtins", "");
    LLVMPositionBuilderAtEnd(cg->builder,
                             LLVMAppendBasicBlockInContext(cg->context, w.function, ""));
    LLVMValueRef buffer = buffer_alloca(&w);
    build_return(&w, call_enter(&w, buffer), buffer);
}

void emit_export_wrappers(struct cg *cg, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (cg->c->symbols[i])
            emit_wrapper(cg, cg->c->symbols[i], cg->m->exports[i].index);
}
