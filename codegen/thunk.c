/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Each exported function as an ordinary C function:
 *
 *     R PREFIX_NAME(w2s_instance *instance, params..., struct PREFIX_NAME_result *results)
 *
 * It finds the instance and calls w2s_rt_direct_enter, which has the function's own type: the
 * arguments move to where wasm has them and the runtime leaves them there. One result comes back by
 * value; of several, results points to a struct that gets them (docs/abi.md).
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

static LLVMBasicBlockRef block(const struct wrapper *w)
{
    return LLVMAppendBasicBlockInContext(w->cg->context, w->function, "");
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

/* Distance from the constant's begin to the function; 0: the runtime has to look. */
static LLVMValueRef code_distance(const struct wrapper *w, LLVMValueRef from)
{
    struct cg *cg = w->cg;
    if (cg->m->funcs[w->func].import || has_exnrefs(w->type))
        return LLVMConstInt(cg->i32, 0, false);
    LLVMValueRef code = LLVMConstPtrToInt(cg_function(cg, w->func), cg->i64);
    return LLVMConstTrunc(LLVMConstSub(code, LLVMConstPtrToInt(from, cg->i64)), cg->i32);
}

static LLVMValueRef direct(const struct wrapper *w)
{
    struct cg *cg = w->cg;
    LLVMTypeRef types[] = {cg->i32, cg->i32, cg->i32, cg->i32};
    LLVMTypeRef type = LLVMStructTypeInContext(cg->context, types, 4, false);
    LLVMValueRef global = LLVMAddGlobal(cg->module, type, "");
    uint64_t buffer = functype_results_in_memory(w->type) ? w->type->result_count * SLOT_SIZE : 0;
    LLVMValueRef fields[] = {code_distance(w, global), LLVMConstInt(cg->i32, w->func, false),
                             LLVMConstInt(cg->i32, stack_words(w), false),
                             LLVMConstInt(cg->i32, buffer, false)};
    LLVMSetInitializer(global, LLVMConstStructInContext(cg->context, fields, 4, false));
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetGlobalConstant(global, true);
    return global;
}

/* ---- the call ---- */

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

/* w2s_rt_direct_enter(struct w2s_direct, ctx, [buffer,] arguments...), which returns as the
 * function itself does. */
static LLVMValueRef call_enter(const struct wrapper *w, LLVMValueRef instance, LLVMValueRef buffer)
{
    struct cg *cg = w->cg;
    LLVMTypeRef own = cg_functype(cg, w->type);
    unsigned own_count = LLVMCountParamTypes(own), n = 0;
    LLVMTypeRef *types = arena_array(cg->arena, (size_t)own_count + 1, sizeof *types);
    LLVMValueRef *args = arena_array(cg->arena, (size_t)own_count + 1, sizeof *args);
    types[0] = cg->ptr;
    LLVMGetParamTypes(own, types + 1);
    args[n++] = direct(w);
    args[n++] = LLVMBuildLoad2(cg->builder, cg->ptr, instance, "");
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
    if (!call)
        return LLVMConstNull(type);
    if (buffer)
        return LLVMBuildLoad2(w->cg->builder, type, at(w, buffer, index * SLOT_SIZE), "");
    return w->type->result_count == 1 ? call
                                      : LLVMBuildExtractValue(w->cg->builder, call, index, "");
}

/* Returns what came back from the call; zeros for NULL. Several results go to the caller's struct,
 * which LLVM lays out as C does. */
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

static void wrapper_return_call(const struct wrapper *w, LLVMValueRef callee, LLVMValueRef instance)
{
    struct cg *cg = w->cg;
    unsigned count = LLVMCountParams(w->function);
    LLVMValueRef *args = arena_array(cg->arena, count, sizeof *args);
    LLVMGetParams(w->function, args);
    args[0] = instance;
    LLVMTypeRef type = LLVMGlobalGetValueType(callee);
    LLVMValueRef call = LLVMBuildCall2(cg->builder, type, callee, args, count, "");
    LLVMSetTailCallKind(call, LLVMTailCallKindTail);
    if (w->type->result_count == 1)
        LLVMBuildRet(cg->builder, call);
    else
        LLVMBuildRetVoid(cg->builder);
}

/* Where the instance is none of this module: asks for the one that is meant, and starts again. */
static void ask_body(const struct wrapper *w, LLVMValueRef wrapper)
{
    struct cg *cg = w->cg;
    LLVMPositionBuilderAtEnd(cg->builder, block(w));
    LLVMBasicBlockRef none = block(w), found = block(w);
    LLVMValueRef helper = abi_helper(cg, HELPER_direct_instance);
    LLVMValueRef args[] = {descriptor_declare(cg), LLVMGetParam(w->function, 0)};
    LLVMValueRef instance =
        LLVMBuildCall2(cg->builder, LLVMGlobalGetValueType(helper), helper, args, 2, "");
    LLVMBuildCondBr(cg->builder, LLVMBuildIsNull(cg->builder, instance, ""), none, found);
    LLVMPositionBuilderAtEnd(cg->builder, found);
    wrapper_return_call(w, wrapper, instance);
    LLVMPositionBuilderAtEnd(cg->builder, none);
    build_return(w, NULL, NULL);
}

/* The usual instance, of this module, takes two comparisons. */
static void wrapper_body(const struct wrapper *w, LLVMValueRef ask)
{
    struct cg *cg = w->cg;
    LLVMBuilderRef b = cg->builder;
    LLVMValueRef instance = LLVMGetParam(w->function, 0);
    LLVMPositionBuilderAtEnd(b, block(w));
    LLVMValueRef buffer = buffer_alloca(w);
    LLVMBasicBlockRef look = block(w), enter = block(w), other = block(w);
    LLVMSetMetadata(LLVMBuildCondBr(b, LLVMBuildIsNull(b, instance, ""), other, look), cg->md_prof,
                    cg->prof_unlikely);
    LLVMPositionBuilderAtEnd(b, look);
    LLVMValueRef desc =
        LLVMBuildLoad2(b, cg->ptr, at(w, instance, offsetof(struct w2s_instance_head, desc)), "");
    LLVMValueRef same = LLVMBuildICmp(b, LLVMIntEQ, desc, descriptor_declare(cg), "");
    LLVMSetMetadata(LLVMBuildCondBr(b, same, enter, other), cg->md_prof, cg->prof_likely);
    LLVMPositionBuilderAtEnd(b, enter);
    build_return(w, call_enter(w, instance, buffer), buffer);
    LLVMPositionBuilderAtEnd(b, other);
    wrapper_return_call(w, ask, instance);
}

static struct wrapper wrapper_declare(struct cg *cg, const char *symbol, uint32_t func)
{
    const struct functype *type = &cg->m->types[cg->m->funcs[func].type].func;
    struct wrapper w = {.cg = cg, .type = type, .func = func};
    w.function = LLVMAddFunction(cg->module, symbol, wrapper_type(cg, type));
    cg_add_attribute(cg, w.function, "nounwind", 0);
    cg_add_attribute(cg, w.function, "uwtable", 2); /* asynchronous */
    cg_add_string_attribute(cg, w.function, "no-builtins", "");
    return w;
}

static void emit_wrapper(struct cg *cg, const char *symbol, uint32_t func)
{
    struct wrapper w = wrapper_declare(cg, symbol, func);
    /* Protected: a symbol of that name in another module must not take its place. */
    LLVMSetVisibility(w.function, LLVMProtectedVisibility);
    struct wrapper ask = wrapper_declare(cg, arena_printf(cg->arena, "w2s.ask.%s", symbol), func);
    LLVMSetLinkage(ask.function, LLVMInternalLinkage);
    cg_add_attribute(cg, ask.function, "noinline", 0);
    cg_add_attribute(cg, ask.function, "cold", 0);
    ask_body(&ask, w.function);
    wrapper_body(&w, ask.function);
}

void emit_export_wrappers(struct cg *cg)
{
    for (uint32_t i = 0; i < cg->m->export_count; i++)
        if (cg->c->symbols[i])
            emit_wrapper(cg, cg->c->symbols[i], cg->m->exports[i].index);
}
