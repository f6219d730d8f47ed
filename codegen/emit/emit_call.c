/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls (spec 4.4.8). A function of ours is called by its symbol with our ctx; an import through
 * its slot {code, ctx}; a table element through its record, after its type has been compared (or
 * without one: emit_closed.c).
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

unsigned emit_arguments(struct fn *f, const struct functype *type, LLVMValueRef ctx,
                        LLVMValueRef results, LLVMValueRef *args)
{
    unsigned n = 0;
    args[n++] = ctx;
    if (results)
        args[n++] = results;
    f->stack_size -= type->param_count;
    for (uint32_t i = 0; i < type->param_count; i++)
        args[n++] = f->stack[f->stack_size + i];
    return n;
}

LLVMValueRef emit_raw_call(struct fn *f, const struct functype *type, LLVMValueRef code,
                           LLVMValueRef ctx, LLVMValueRef results)
{
    LLVMValueRef *args = arena_array(f->cg->arena, (size_t)type->param_count + 2, sizeof *args);
    unsigned count = emit_arguments(f, type, ctx, results, args);
    LLVMValueRef call = emit_throwing_call(f, cg_functype(f->cg, type), code, args, count);
    cg_call_attributes(f->cg, call);
    return call;
}

/* Result i of a call of that type: of the LLVM call, or in memory. */
static LLVMValueRef call_result(struct fn *f, const struct functype *type, LLVMValueRef call,
                                LLVMValueRef results, uint32_t i)
{
    if (results)
        return LLVMBuildLoad2(f->b, cg_valtype(f->cg, type->results[i]),
                              abi_offset(f, results, (uint64_t)i * 16), "");
    return type->result_count > 1 ? LLVMBuildExtractValue(f->b, call, i, "") : call;
}

static LLVMValueRef results_memory(struct fn *f, const struct functype *type)
{
    return functype_results_in_memory(type) ? fn_frame_slots(f, type->result_count) : NULL;
}

/* Calls code with that ctx; arguments from the stack, results onto it. */
static void call_code(struct fn *f, const struct functype *type, LLVMValueRef code,
                      LLVMValueRef ctx)
{
    LLVMValueRef results = results_memory(f, type);
    LLVMValueRef call = emit_raw_call(f, type, code, ctx, results);
    for (uint32_t i = 0; i < type->result_count; i++)
        fn_push(f, call_result(f, type, call, results, i));
}

/* ---- one of several calls ---- */

struct alternatives alternatives_open(struct fn *f, const struct functype *type)
{
    struct alternatives calls = {
        .type = type, .results = results_memory(f, type), .join = fn_block(f, "called")};
    calls.args = arena_array(f->cg->arena, (size_t)type->param_count + 2, sizeof *calls.args);
    calls.arg_count = emit_arguments(f, type, f->ctx, calls.results, calls.args);
    if (calls.results)
        return calls;
    calls.phis = arena_array(f->cg->arena, type->result_count, sizeof *calls.phis);
    LLVMPositionBuilderAtEnd(f->cg->phi_builder, calls.join);
    for (uint32_t i = 0; i < type->result_count; i++)
        calls.phis[i] = LLVMBuildPhi(f->cg->phi_builder, cg_valtype(f->cg, type->results[i]), "");
    return calls;
}

void alternatives_call(struct fn *f, struct alternatives *calls, LLVMValueRef code,
                       LLVMValueRef ctx)
{
    calls->args[0] = ctx;
    LLVMValueRef call =
        emit_throwing_call(f, cg_functype(f->cg, calls->type), code, calls->args, calls->arg_count);
    cg_call_attributes(f->cg, call);
    LLVMBasicBlockRef from = LLVMGetInsertBlock(f->b);
    for (uint32_t i = 0; i < calls->type->result_count && calls->phis; i++) {
        LLVMValueRef result = call_result(f, calls->type, call, NULL, i);
        LLVMAddIncoming(calls->phis[i], &result, &from, 1);
    }
    LLVMBuildBr(f->b, calls->join);
}

void alternatives_close(struct fn *f, struct alternatives *calls)
{
    fn_continue(f, calls->join);
    for (uint32_t i = 0; i < calls->type->result_count; i++)
        fn_push(f, calls->phis ? calls->phis[i]
                               : call_result(f, calls->type, NULL, calls->results, i));
}

/* ---- the instructions ---- */

/* Code of a function and the ctx it wants. */
static LLVMValueRef function_code(struct fn *f, uint32_t func, LLVMValueRef *ctx)
{
    *ctx = f->ctx;
    if (!f->cg->m->funcs[func].import)
        return cg_function(f->cg, func);
    LLVMValueRef at = abi_import_slot(f, func);
    LLVMValueRef code = abi_load_invariant(
        f, f->cg->ptr, abi_offset(f, at, offsetof(struct w2s_import_func, code)));
    *ctx =
        abi_load_invariant(f, f->cg->ptr, abi_offset(f, at, offsetof(struct w2s_import_func, ctx)));
    return code;
}

static void call_func(struct fn *f, uint32_t func)
{
    LLVMValueRef ctx, code = function_code(f, func, &ctx);
    call_code(f, cg_type_of(f->cg, func), code, ctx);
}

void emit_call(struct fn *f)
{
    uint32_t func = f->insn->imm.index.a;
    if (emit_transfer_call(f, func, call_func))
        return;
    LLVMValueRef around = emit_transfer_code(f, func);
    if (around)
        call_code(f, cg_type_of(f->cg, func), around, f->ctx);
    else
        call_func(f, func);
}

void alternatives_call_func(struct fn *f, struct alternatives *calls, uint32_t func)
{
    LLVMValueRef ctx, code = function_code(f, func, &ctx);
    alternatives_call(f, calls, code, ctx);
}

static LLVMValueRef record_field(struct fn *f, LLVMTypeRef type, LLVMValueRef record, size_t offset)
{
    return abi_load(f, type, abi_offset(f, record, offset), ALIAS_RECORD);
}

/* Traps unless the record's type is the expected one: equal ids mean equal types (the loader
 * refuses collisions). A type that others may extend asks the runtime when the ids differ. */
static void emit_type_check(struct fn *f, LLVMValueRef record, uint32_t type_index)
{
    const struct subtype *type = &f->cg->m->types[type_index];
    LLVMValueRef id = record_field(f, f->cg->i64, record, offsetof(struct w2s_func, type_id));
    LLVMValueRef expected = LLVMConstInt(f->cg->i64, type->id, false);
    LLVMValueRef differs = LLVMBuildICmp(f->b, LLVMIntNE, id, expected, "");
    if (type->final) {
        emit_trap_if(f, differs, W2S_TRAP_INDIRECT_CALL_TYPE);
        return;
    }
    LLVMBasicBlockRef ask = fn_block(f, "subtype"), next = fn_block(f, "");
    LLVMBuildCondBr(f->b, differs, ask, next);
    fn_continue(f, ask);
    LLVMValueRef args[] = {record, LLVMConstInt(f->cg->i32, type_index, false)};
    LLVMValueRef matches = abi_call(f, HELPER_func_is, args, 2);
    emit_trap_if(f, LLVMBuildIsNull(f->b, matches, ""), W2S_TRAP_INDIRECT_CALL_TYPE);
    LLVMBuildBr(f->b, next);
    fn_continue(f, next);
}

/* The record of the element whose index is on the stack; its type is not known yet. */
static LLVMValueRef pop_element(struct fn *f)
{
    LLVMValueRef index = fn_pop_u64(f);
    LLVMValueRef at =
        emit_table_address(f, f->insn->imm.index.b, index, W2S_TRAP_UNDEFINED_ELEMENT);
    LLVMValueRef record = abi_load(f, f->cg->ptr, at, ALIAS_TABLE);
    profile_callee(f, record);
    return record;
}

/* What the table's element type already says needs no check. */
static void check_element(struct fn *f, LLVMValueRef record)
{
    uint32_t type_index = f->insn->imm.index.a;
    struct valtype elem = f->cg->m->tables[f->insn->imm.index.b].type.elem;
    if (elem.nullable)
        emit_trap_if(f, LLVMBuildIsNull(f->b, record, ""), W2S_TRAP_UNINITIALIZED_ELEMENT);
    if (!heaptype_matches(f->cg->m, elem.heap, type_index))
        emit_type_check(f, record, type_index);
}

static LLVMValueRef pop_reference(struct fn *f)
{
    LLVMValueRef record = fn_pop(f);
    profile_callee(f, record);
    return record;
}

static void check_reference(struct fn *f, LLVMValueRef record)
{
    if (f->insn->type.nullable)
        emit_trap_if(f, LLVMBuildIsNull(f->b, record, ""), W2S_TRAP_NULL_FUNC);
}

LLVMValueRef emit_table_callee(struct fn *f)
{
    LLVMValueRef record = pop_element(f);
    check_element(f, record);
    return record;
}

LLVMValueRef emit_reference_callee(struct fn *f)
{
    LLVMValueRef record = pop_reference(f);
    check_reference(f, record);
    return record;
}

/* Calls the function of a record: one that it mostly is, by name, or after check what it says. */
static void emit_call_record(struct fn *f, LLVMValueRef record,
                             void (*check)(struct fn *f, LLVMValueRef record))
{
    uint32_t type_index = f->insn->imm.index.a;
    struct hot_callees hot = profile_callees(f, type_index);
    struct alternatives calls = alternatives_open(f, &f->cg->m->types[type_index].func);
    for (uint32_t i = 0; i < hot.count; i++) {
        if (f->cg->c->layout.record[hot.callees[i].func] == NO_INDEX)
            continue;
        LLVMValueRef own = abi_func_ref(f, hot.callees[i].func);
        emit_guarded_call(f, &calls, &hot.callees[i],
                          LLVMBuildICmp(f->b, LLVMIntEQ, record, own, ""));
    }
    check(f, record);
    LLVMValueRef code = record_field(f, f->cg->ptr, record, offsetof(struct w2s_func, code));
    LLVMValueRef ctx = record_field(f, f->cg->ptr, record, offsetof(struct w2s_func, ctx));
    alternatives_call(f, &calls, code, ctx);
    alternatives_close(f, &calls);
}

void emit_call_indirect(struct fn *f)
{
    if (!emit_closed_call(f, f->insn->imm.index.b, f->insn->imm.index.a))
        emit_call_record(f, pop_element(f), check_element);
}

void emit_call_ref(struct fn *f)
{
    emit_call_record(f, pop_reference(f), check_reference);
}
