/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tail calls (spec 4.4.8, return_call*): constant stack, whatever the signatures and whoever's
 * functions they are.
 *
 * A function that tail_plan.c picked has its body in LLVM's swifttailcc and an entry of the C
 * convention before it. Its tail calls are `musttail`, which LLVM never gives up on here: caller
 * and callee have that convention, the call is followed by its return, and results fit registers or
 * go through the results pointer, which is handed on. Of the conventions that allow other
 * parameters than the caller's, this is the one that passes another ctx right.
 *
 * What has no body of the tail convention (a function that needs none, of a module without tail
 * calls, of the host) is reached through an adapter: it has the convention, calls, and returns. For
 * callees known at run time only, there is one a type; where it finds them comes in place of ctx.
 *
 * Danger: an adapter's "ctx" may be none, so nothing may be done in it but the call. Entries and
 * adapters stay outside of the section of wasm functions, so that they get no stack check and show
 * up in no backtrace; then no code that may trap may be inlined into them either.
 * tests/codegen/test_tail.c proves stack use, results, traps and backtraces.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

#include <assert.h>
#include <string.h>

static const struct functype *type_at(const struct cg *cg, uint32_t type_index)
{
    return &cg->m->types[type_index].func;
}

/* Code to call, and what to pass as ctx. */
struct callee {
    LLVMValueRef code, ctx;
};

/* What has code and ctx of a function at these offsets. */
struct holder {
    const char *name;
    size_t code, ctx;
};

static const struct holder record_holder = {"record", offsetof(struct w2s_func, code),
                                            offsetof(struct w2s_func, ctx)};
static const struct holder import_holder = {"import", offsetof(struct w2s_import_func, code),
                                            offsetof(struct w2s_import_func, ctx)};

static void make_tail_call(LLVMValueRef call)
{
    LLVMSetInstructionCallConv(call, CG_TAIL_CONVENTION);
    LLVMSetTailCallKind(call, LLVMTailCallKindMustTail);
}

static void return_call_result(LLVMBuilderRef b, LLVMValueRef call)
{
    if (LLVMGetTypeKind(LLVMTypeOf(call)) == LLVMVoidTypeKind)
        LLVMBuildRetVoid(b);
    else
        LLVMBuildRet(b, call);
}

/* ---- parameters ---- */

/* What every target passes in registers. */
enum { VECTOR_REGISTERS = 8 };

static LLVMTypeRef pair_type(struct cg *cg)
{
    return LLVMStructTypeInContext(cg->context, (LLVMTypeRef[]){cg->i64, cg->i64}, 2, false);
}

/* A v128 that would be on the stack travels as two i64: where stack arguments are aligned to 16
 * bytes but fill an odd number of words, LLVM 19 for x86-64 lets the callee pop less than the
 * caller pushed. */
LLVMTypeRef cg_tail_functype(struct cg *cg, const struct functype *type)
{
    LLVMTypeRef plain = cg_functype(cg, type);
    unsigned count = LLVMCountParamTypes(plain), vectors = 0;
    LLVMTypeRef *params = arena_array(cg->arena, count, sizeof *params);
    LLVMGetParamTypes(plain, params);
    for (unsigned i = 0; i < count; i++) {
        vectors += params[i] == cg->f32 || params[i] == cg->f64 || params[i] == cg->v128;
        if (params[i] == cg->v128 && vectors > VECTOR_REGISTERS)
            params[i] = pair_type(cg);
    }
    return LLVMFunctionType(LLVMGetReturnType(plain), params, count, false);
}

LLVMValueRef cg_convert_argument(struct cg *cg, LLVMValueRef value, LLVMTypeRef type)
{
    LLVMBuilderRef b = cg->builder;
    if (LLVMTypeOf(value) == type)
        return value;
    LLVMTypeRef lanes = LLVMVectorType(cg->i64, 2);
    bool pack = type != cg->v128;
    LLVMValueRef from = pack ? LLVMBuildBitCast(b, value, lanes, "") : value;
    LLVMValueRef to = LLVMGetPoison(pack ? type : lanes);
    for (unsigned i = 0; i < 2; i++) {
        LLVMValueRef lane = LLVMConstInt(cg->i32, i, false);
        to = pack ? LLVMBuildInsertValue(b, to, LLVMBuildExtractElement(b, from, lane, ""), i, "")
                  : LLVMBuildInsertElement(b, to, LLVMBuildExtractValue(b, from, i, ""), lane, "");
    }
    return pack ? to : LLVMBuildBitCast(b, to, type, "");
}

static void convert_arguments(struct cg *cg, LLVMValueRef *args, LLVMTypeRef type)
{
    unsigned count = LLVMCountParamTypes(type);
    LLVMTypeRef *params = arena_array(cg->arena, count, sizeof *params);
    LLVMGetParamTypes(type, params);
    for (unsigned i = 0; i < count; i++)
        args[i] = cg_convert_argument(cg, args[i], params[i]);
}

/* ---- functions that hand their arguments on ---- */

/* The only block of function; the block that was open before, or NULL. */
static LLVMBasicBlockRef open_block(struct cg *cg, LLVMValueRef function)
{
    LLVMBasicBlockRef before = LLVMGetInsertBlock(cg->builder);
    LLVMPositionBuilderAtEnd(cg->builder, LLVMAppendBasicBlockInContext(cg->context, function, ""));
    return before;
}

/* Ends function with a call of code, a function of that type, that gets its arguments and that ctx,
 * and returns for it. Then goes on in block `before`. noinline: see the head. */
static LLVMValueRef forward(struct cg *cg, LLVMValueRef function, LLVMTypeRef type,
                            struct callee to, LLVMBasicBlockRef before)
{
    unsigned count = LLVMCountParams(function);
    LLVMValueRef *args = arena_array(cg->arena, count, sizeof *args);
    LLVMGetParams(function, args);
    args[0] = to.ctx;
    convert_arguments(cg, args, type);
    LLVMValueRef call = LLVMBuildCall2(cg->builder, type, to.code, args, count, "");
    cg_call_attributes(cg, call);
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX, cg_attribute(cg, "noinline", 0));
    if (LLVMIsAFunction(to.code))
        LLVMSetInstructionCallConv(call, LLVMGetFunctionCallConv(to.code));
    return_call_result(cg->builder, call);
    if (before)
        LLVMPositionBuilderAtEnd(cg->builder, before);
    return call;
}

/* All ordinary calls go through it. A function at the end of a chain of tail calls may have popped
 * more arguments than were pushed here, and so far is the stack pointer off for an unwinder: the
 * frame pointer puts it right, and the callers of the entry never notice. */
void emit_tail_entry(struct cg *cg, uint32_t index)
{
    LLVMValueRef entry = cg_function(cg, index);
    cg_add_attribute(cg, entry, "noinline", 0);
    cg_add_string_attribute(cg, entry, "frame-pointer", "all");
    LLVMBasicBlockRef before = open_block(cg, entry);
    LLVMValueRef body = cg_body(cg, index);
    forward(cg, entry, LLVMGlobalGetValueType(body), (struct callee){body, LLVMGetParam(entry, 0)},
            before);
}

/* ---- adapters ---- */

/* noinline: a function that makes tail calls only needs no frame, and should stay so. */
static LLVMValueRef adapter_declare(struct cg *cg, const char *symbol, uint32_t type_index)
{
    const struct functype *type = type_at(cg, type_index);
    LLVMValueRef adapter = LLVMAddFunction(cg->module, symbol, cg_tail_functype(cg, type));
    LLVMSetLinkage(adapter, LLVMInternalLinkage);
    LLVMSetFunctionCallConv(adapter, CG_TAIL_CONVENTION);
    cg_function_attributes(cg, adapter);
    cg_add_attribute(cg, adapter, "noinline", 0);
    return adapter;
}

/* To any function of that type: the holder comes in place of ctx. */
static LLVMValueRef adapter_of_holder(struct cg *cg, uint32_t type_index,
                                      const struct holder *holder)
{
    const char *symbol = arena_printf(cg->arena, "w2s.%s.adapter.%u", holder->name, type_index);
    LLVMValueRef adapter = LLVMGetNamedFunction(cg->module, symbol);
    if (adapter)
        return adapter;
    adapter = adapter_declare(cg, symbol, type_index);
    LLVMRemoveEnumAttributeAtIndex(
        adapter, 1, LLVMGetEnumAttributeKindForName("dereferenceable", strlen("dereferenceable")));
    struct fn f = {.cg = cg, .b = cg->builder, .value = adapter};
    LLVMBasicBlockRef before = open_block(cg, adapter);
    LLVMValueRef at = LLVMGetParam(adapter, 0);
    LLVMValueRef code = abi_load(&f, cg->ptr, abi_offset(&f, at, holder->code), ALIAS_RECORD);
    LLVMValueRef ctx = abi_load(&f, cg->ptr, abi_offset(&f, at, holder->ctx), ALIAS_RECORD);
    forward(cg, adapter, cg_functype(cg, type_at(cg, type_index)), (struct callee){code, ctx},
            before);
    return adapter;
}

/* The function that the holder at that address and func, a struct w2s_func *, tell of. */
static struct callee held_callee(struct fn *f, uint32_t type_index, const struct holder *holder,
                                 LLVMValueRef at, LLVMValueRef func)
{
    LLVMValueRef adapter = adapter_of_holder(f->cg, type_index, holder);
    LLVMValueRef tail_code = abi_load(
        f, f->cg->ptr, abi_offset(f, func, offsetof(struct w2s_func, tail_code)), ALIAS_RECORD);
    LLVMValueRef ctx = abi_load(f, f->cg->ptr, abi_offset(f, at, holder->ctx), ALIAS_RECORD);
    LLVMValueRef has_none = LLVMBuildIsNull(f->b, tail_code, "");
    return (struct callee){LLVMBuildSelect(f->b, has_none, adapter, tail_code, ""),
                           LLVMBuildSelect(f->b, has_none, at, ctx, "")};
}

static struct callee imported_callee(struct fn *f, uint32_t func)
{
    return held_callee(f, f->cg->m->funcs[func].type, &import_holder, abi_import_slot(f, func),
                       abi_func_ref(f, func));
}

static void emit_import_adapter(struct cg *cg, LLVMValueRef adapter, uint32_t func)
{
    struct fn f = {.cg = cg, .b = cg->builder, .value = adapter, .ctx = LLVMGetParam(adapter, 0)};
    LLVMBasicBlockRef before = open_block(cg, adapter);
    make_tail_call(
        forward(cg, adapter, LLVMGlobalGetValueType(adapter), imported_callee(&f, func), before));
}

static void emit_function_adapter(struct cg *cg, LLVMValueRef adapter, uint32_t func)
{
    LLVMBasicBlockRef before = open_block(cg, adapter);
    LLVMValueRef function = cg_function(cg, func);
    forward(cg, adapter, LLVMGlobalGetValueType(function),
            (struct callee){function, LLVMGetParam(adapter, 0)}, before);
}

LLVMValueRef cg_tail_target(struct cg *cg, uint32_t func)
{
    if (cg_is_tail(cg, func))
        return cg_body(cg, func);
    const char *symbol = arena_printf(cg->arena, "w2s.%u.adapter", func);
    LLVMValueRef adapter = LLVMGetNamedFunction(cg->module, symbol);
    if (adapter)
        return adapter;
    adapter = adapter_declare(cg, symbol, cg->m->funcs[func].type);
    if (cg->m->funcs[func].import)
        emit_import_adapter(cg, adapter, func);
    else
        emit_function_adapter(cg, adapter, func);
    return adapter;
}

/* ---- the calls ---- */

/* The callee's results are ours (3.4.1), so they go where ours go. */
static void emit_tail_call(struct fn *f, uint32_t type_index, struct callee callee)
{
    const struct functype *type = type_at(f->cg, type_index);
    LLVMTypeRef tail_type = cg_tail_functype(f->cg, type);
    LLVMValueRef *args = arena_array(f->cg->arena, (size_t)type->param_count + 2, sizeof *args);
    unsigned count = emit_arguments(f, type, callee.ctx, f->results_pointer, args);
    assert(functype_results_in_memory(type) == (f->results_pointer != NULL));
    convert_arguments(f->cg, args, tail_type);
    LLVMValueRef call = LLVMBuildCall2(f->b, tail_type, callee.code, args, count, "");
    cg_call_attributes(f->cg, call);
    make_tail_call(call);
    return_call_result(f->b, call);
}

static void emit_ordinary_call(struct fn *f, uint32_t func)
{
    const struct functype *type = type_at(f->cg, f->cg->m->funcs[func].type);
    return_call_result(
        f->b, emit_raw_call(f, type, cg_function(f->cg, func), f->ctx, f->results_pointer));
}

void emit_return_call(struct fn *f)
{
    uint32_t func = f->insn->imm.index.a, type_index = f->cg->m->funcs[func].type;
    if (!cg_is_tail(f->cg, f->index))
        emit_ordinary_call(f, func);
    else if (f->cg->m->funcs[func].import)
        emit_tail_call(f, type_index, imported_callee(f, func));
    else
        emit_tail_call(f, type_index, (struct callee){cg_tail_target(f->cg, func), f->ctx});
}

static void emit_tail_call_record(struct fn *f, LLVMValueRef record)
{
    uint32_t type_index = f->insn->imm.index.a;
    emit_tail_call(f, type_index, held_callee(f, type_index, &record_holder, record, record));
}

void emit_return_call_indirect(struct fn *f)
{
    uint32_t type_index = f->insn->imm.index.a;
    LLVMValueRef code = emit_closed_tail_callee(f, f->insn->imm.index.b, type_index);
    if (code)
        emit_tail_call(f, type_index, (struct callee){code, f->ctx});
    else
        emit_tail_call_record(f, emit_table_callee(f));
}

void emit_return_call_ref(struct fn *f)
{
    emit_tail_call_record(f, emit_reference_callee(f));
}
