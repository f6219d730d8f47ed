/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Exceptions (spec 4.4.9): throw, throw_ref, try_table, and what the legacy form shares with them.
 *
 * Nothing is paid until something is thrown: a call in the body of a try is an LLVM invoke, whose
 * landing pad is found in tables by the runtime's personality. A landing pad takes every exception;
 * the code behind it, the dispatch block, compares the tag with those of the clauses, and what no
 * clause is for goes on: to the dispatch block of the enclosing try, or out of the function by
 * another throw. A throw in the body of a try needs no unwinding and branches to the dispatch.
 *
 * For the variables, an invoke is a branch: the landing pad is a join of all calls of the body, the
 * dispatch a join of the landing pad and whoever else goes there. Where nothing throws at all, the
 * handlers are translated as unreachable code, for LLVM to drop.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

/* ---- handlers ---- */

struct handler *handler_open(struct fn *f)
{
    struct handler *h = arena_alloc(f->cg->arena, sizeof *h);
    h->block = f->insn->imm.block;
    h->begin = fn_insn_number(f);
    h->entry = ssa_current(f->ssa);
    return h;
}

static struct ssa_block *handler_join(struct fn *f, struct handler *h, LLVMBasicBlockRef bb)
{
    return ssa_join(f->ssa, bb, h->entry, h->begin, h->block->end);
}

void emit_raise(struct fn *f, struct handler *h, LLVMValueRef exception)
{
    if (!h) {
        abi_call(f, HELPER_exception_throw, &exception, 1);
        LLVMBuildUnreachable(f->b);
        return;
    }
    if (!h->dispatch) {
        h->dispatch = fn_block(f, "dispatch");
        h->join = handler_join(f, h, h->dispatch);
        LLVMPositionBuilderAtEnd(f->cg->phi_builder, h->dispatch);
        h->exception = LLVMBuildPhi(f->cg->phi_builder, f->cg->ptr, "");
    }
    LLVMBasicBlockRef from = LLVMGetInsertBlock(f->b);
    LLVMAddIncoming(h->exception, &exception, &from, 1);
    ssa_add_pred(f->ssa, h->join, from);
    LLVMBuildBr(f->b, h->dispatch);
}

LLVMValueRef emit_throwing_call(struct fn *f, LLVMTypeRef type, LLVMValueRef code,
                                LLVMValueRef *args, unsigned count)
{
    struct handler *h = fn_label(f, 0)->handler;
    bool leaves = op_info[f->insn->op].feature == FEATURE_TAIL_CALL; /* the frame, and its tries */
    if (!h || leaves)
        return LLVMBuildCall2(f->b, type, code, args, count, "");
    if (!h->pad) {
        h->pad = fn_block(f, "landing");
        h->pad_join = handler_join(f, h, h->pad);
    }
    LLVMBasicBlockRef next = fn_block(f, "");
    ssa_add_pred(f->ssa, h->pad_join, LLVMGetInsertBlock(f->b));
    LLVMValueRef call = LLVMBuildInvoke2(f->b, type, code, args, count, next, h->pad, "");
    fn_continue(f, next);
    ssa_split(f->ssa);
    return call;
}

static void emit_landing_pad(struct fn *f, struct handler *h)
{
    fn_continue(f, h->pad);
    ssa_enter(f->ssa, h->pad_join);
    LLVMTypeRef registers[] = {f->cg->ptr, f->cg->i32};
    LLVMTypeRef type = LLVMStructTypeInContext(f->cg->context, registers, 2, false);
    LLVMValueRef pad =
        LLVMBuildLandingPad(f->b, type, abi_helper(f->cg, HELPER_personality), 0, "");
    LLVMSetCleanup(pad, true);
    emit_raise(f, h, LLVMBuildExtractValue(f->b, pad, 0, ""));
}

LLVMValueRef handler_enter(struct fn *f, struct handler *h)
{
    if (h->pad)
        emit_landing_pad(f, h);
    if (h->dispatch) {
        fn_continue(f, h->dispatch);
        ssa_enter(f->ssa, h->join);
        return h->exception;
    }
    fn_continue(f, fn_block(f, "unreachable"));
    ssa_enter(f->ssa, ssa_block_after(f->ssa, h->entry));
    return LLVMConstNull(f->cg->ptr);
}

/* ---- exceptions ---- */

static const struct functype *tag_type(const struct fn *f, uint32_t tag)
{
    return &f->cg->m->types[f->cg->m->tags[tag].type].func;
}

static LLVMValueRef value_address(struct fn *f, LLVMValueRef exception, uint32_t index)
{
    return abi_offset(f, exception, sizeof(struct w2s_exception) + (uint64_t)index * 16);
}

LLVMBasicBlockRef emit_tag_test(struct fn *f, uint32_t tag, LLVMValueRef exception)
{
    LLVMValueRef at = abi_offset(f, exception, offsetof(struct w2s_exception, tag));
    LLVMValueRef thrown = LLVMBuildLoad2(f->b, f->cg->ptr, at, "");
    LLVMValueRef same = LLVMBuildICmp(f->b, LLVMIntEQ, thrown, abi_tag(f, tag), "");
    LLVMBasicBlockRef caught = fn_block(f, "catch"), other = fn_block(f, "");
    LLVMBuildCondBr(f->b, same, caught, other);
    fn_continue(f, caught);
    return other;
}

void emit_exception_values(struct fn *f, uint32_t tag, LLVMValueRef exception)
{
    const struct functype *type = tag_type(f, tag);
    for (uint32_t i = 0; i < type->param_count; i++)
        fn_push(f, LLVMBuildLoad2(f->b, cg_valtype(f->cg, type->params[i]),
                                  value_address(f, exception, i), ""));
}

void emit_keep_exception(struct fn *f, struct valtype type, LLVMValueRef ref)
{
    if (type.kind == VT_REF && heaptype_top(f->cg->m, type.heap) == HEAP_EXN)
        abi_call(f, HELPER_exception_keep, &ref, 1);
}

/* ---- throwing ---- */

void emit_throw(struct fn *f)
{
    uint32_t tag = f->insn->imm.index.a;
    const struct functype *type = tag_type(f, tag);
    LLVMValueRef number = fn_i32(f, tag);
    LLVMValueRef exception = abi_call(f, HELPER_exception_new, &number, 1);
    f->stack_size -= type->param_count;
    for (uint32_t i = 0; i < type->param_count; i++) {
        LLVMValueRef value = f->stack[f->stack_size + i];
        emit_keep_exception(f, type->params[i], value);
        LLVMBuildStore(f->b, value, value_address(f, exception, i));
    }
    emit_raise(f, fn_label(f, 0)->handler, exception);
}

void emit_throw_ref(struct fn *f)
{
    LLVMValueRef exception = fn_pop(f);
    emit_trap_if(f, LLVMBuildIsNull(f->b, exception, ""), W2S_TRAP_NULL_EXN);
    emit_raise(f, fn_label(f, 0)->handler, exception);
}

/* ---- try_table ---- */

void emit_try_table(struct fn *f)
{
    struct label *label = emit_forward_label(f);
    label->own = label->handler = handler_open(f);
}

/* Takes the exception to the clause's label, by its values or by reference. */
static void emit_catch_branch(struct fn *f, const struct catch_clause *clause,
                              LLVMValueRef exception)
{
    bool by_reference = clause->kind == CATCH_REF || clause->kind == CATCH_ALL_REF;
    if (clause->kind == CATCH || clause->kind == CATCH_REF)
        emit_exception_values(f, clause->tag, exception);
    if (by_reference) {
        LLVMBuildStore(f->b, LLVMConstInt(f->cg->i64, 1, false),
                       abi_offset(f, exception, offsetof(struct w2s_exception, referenced)));
        fn_push(f, exception);
    } else {
        abi_call(f, HELPER_exception_drop, &exception, 1);
    }
    emit_branch(f, fn_label(f, clause->label));
}

void emit_catch_clauses(struct fn *f, struct label *label)
{
    const struct blocktype *block = label->own->block;
    LLVMValueRef exception = handler_enter(f, label->own);
    for (uint32_t i = 0; i < block->catch_count; i++) {
        const struct catch_clause *clause = &block->catches[i];
        f->stack_size = label->height;
        if (clause->kind == CATCH_ALL || clause->kind == CATCH_ALL_REF) {
            emit_catch_branch(f, clause, exception);
            return; /* the clauses behind it catch nothing */
        }
        LLVMBasicBlockRef other = emit_tag_test(f, clause->tag, exception);
        emit_catch_branch(f, clause, exception);
        fn_continue(f, other);
    }
    emit_raise(f, fn_label(f, 0)->handler, exception);
}
