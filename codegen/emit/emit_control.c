/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Structured control: blocks become basic blocks, what branches carry becomes phis at the label.
 *
 * A label's target is the block after its end (block, if) or its header (loop). Every branch adds
 * an edge from the current basic block: values to the label's phis, and a predecessor to the
 * label's ssa_block so that locals find theirs. After an unconditional branch nothing follows up to
 * the next else or end (the validator left it out), which then says INSN_DEAD_BEFORE. A label that
 * nobody reaches (INSN_DEAD_BEFORE and INSN_NO_BRANCH at its end) is thrown away again.
 */
#include "codegen/abi.h"
#include "codegen/emit/fact.h"
#include "codegen/emit/function.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint32_t fn_insn_number(const struct fn *f)
{
    return (uint32_t)(f->insn - f->body->insns);
}

struct label *fn_label(struct fn *f, uint32_t depth)
{
    assert(depth < f->label_count);
    return &f->labels[f->label_count - 1 - depth];
}

static bool is_function_label(const struct label *label)
{
    return label->op == OP_unreachable;
}

/* ---- labels ---- */

static void make_phis(struct fn *f, struct label *label, const struct valtype *types,
                      uint32_t count)
{
    label->arity = count;
    label->phis = arena_array(f->cg->arena, count, sizeof *label->phis);
    LLVMPositionBuilderAtEnd(f->cg->phi_builder, label->target);
    for (uint32_t i = 0; i < count; i++)
        label->phis[i] = LLVMBuildPhi(f->cg->phi_builder, cg_valtype(f->cg, types[i]), "");
}

/* Opens the label of a block, loop or if; its parameters stay on the stack. */
static struct label *open_label(struct fn *f, const char *name)
{
    const struct blocktype *block = f->insn->imm.block;
    struct handler *handler = fn_label(f, 0)->handler;
    struct label *label = &f->labels[f->label_count++];
    *label = (struct label){.op = (enum opcode)f->insn->op,
                            .type = &block->type,
                            .target = fn_block(f, name),
                            .height = f->stack_size - block->type.param_count,
                            .handler = handler,
                            .facts = facts_mark(f->facts)};
    return label;
}

static void open_forward_label(struct fn *f, struct label *label)
{
    make_phis(f, label, label->type->results, label->type->result_count);
    label->join = ssa_join(f->ssa, label->target, ssa_current(f->ssa), fn_insn_number(f),
                           f->insn->imm.block->end);
}

/* The edge of a branch from the current place to the label, with the values on top of the stack. */
static void add_edge(struct fn *f, struct label *label)
{
    LLVMBasicBlockRef from = LLVMGetInsertBlock(f->b);
    LLVMValueRef *values = f->stack + f->stack_size - label->arity;
    for (uint32_t i = 0; i < label->arity; i++)
        LLVMAddIncoming(label->phis[i], &values[i], &from, 1);
    ssa_add_pred(f->ssa, label->join, from);
}

/* Goes to the label and closes the basic block. */
void emit_branch(struct fn *f, struct label *label)
{
    label = dispatch_target(f, label);
    if (is_function_label(label)) {
        emit_return_values(f);
        return;
    }
    add_edge(f, label);
    LLVMBuildBr(f->b, label->target);
}

/* ---- block, loop, if ---- */

void emit_nop(struct fn *f)
{
    (void)f;
}

struct label *emit_forward_label(struct fn *f)
{
    struct label *label = open_label(f, "end");
    open_forward_label(f, label);
    return label;
}

void emit_block(struct fn *f)
{
    struct dispatch *dispatch = fn_label(f, 0)->dispatch;
    struct label *label = open_label(f, "end");
    if (!dispatch_open_block(f, dispatch, label))
        open_forward_label(f, label);
}

void emit_loop(struct fn *f)
{
    emit_loop_idiom(f);
    struct dispatch *dispatch = dispatch_of_loop(f);
    struct label *label = open_label(f, "loop");
    make_phis(f, label, label->type->params, label->type->param_count);
    label->join = ssa_loop(f->ssa, label->target, ssa_current(f->ssa), fn_insn_number(f),
                           f->insn->imm.block->end);
    emit_branch(f, label);
    label->dispatch = dispatch;
    ssa_enter(f->ssa, label->join);
    fn_continue(f, label->target);
    for (uint32_t i = 0; i < label->arity; i++)
        f->stack[label->height + i] = label->phis[i];
}

/* i1 of the i32 on top: not zero. */
static LLVMValueRef pop_condition(struct fn *f)
{
    LLVMValueRef value = fn_pop(f);
    return LLVMBuildICmp(f->b, LLVMIntNE, value, LLVMConstNull(LLVMTypeOf(value)), "");
}

/* Order of hints: by function, then by offset in its body. */
static int compare_hints(const void *a, const void *b)
{
    const struct branch_hint *x = a, *y = b;
    if (x->func != y->func)
        return x->func < y->func ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* A conditional branch of the current instruction, with the weights of the profile, or else of its
 * hint if it has one (branch hinting, section metadata.code.branch_hint). */
static void emit_condition(struct fn *f, LLVMValueRef condition, LLVMBasicBlockRef taken,
                           LLVMBasicBlockRef otherwise)
{
    const struct module *m = f->cg->m;
    profile_condition(f, condition);
    LLVMValueRef branch = LLVMBuildCondBr(f->b, condition, taken, otherwise);
    if (profile_weigh_condition(f, branch))
        return;
    size_t offset = f->insn->offset - m->funcs[f->index].body_offset;
    struct branch_hint key = {.func = f->index, .offset = (uint32_t)offset};
    const struct branch_hint *hint = NULL;
    if (m->hint_count > 0)
        hint = bsearch(&key, m->hints, m->hint_count, sizeof key, compare_hints);
    if (hint)
        LLVMSetMetadata(branch, f->cg->md_prof,
                        hint->likely ? f->cg->prof_likely : f->cg->prof_unlikely);
}

void emit_if(struct fn *f)
{
    LLVMValueRef condition = pop_condition(f);
    struct label *label = emit_forward_label(f);
    label->entry = ssa_current(f->ssa);
    label->else_block = fn_block(f, "else");
    label->params = arena_array(f->cg->arena, label->type->param_count, sizeof *label->params);
    if (label->type->param_count > 0)
        memcpy(label->params, f->stack + label->height,
               label->type->param_count * sizeof *label->params);
    LLVMBasicBlockRef then = fn_block(f, "then");
    emit_condition(f, condition, then, label->else_block);
    fn_continue(f, then);
    ssa_split(f->ssa);
}

/* Starts the else branch with the if's parameters. */
static void begin_else(struct fn *f, struct label *label)
{
    fn_continue(f, label->else_block);
    label->else_block = NULL;
    facts_forget(f->facts, label->facts);
    ssa_enter(f->ssa, ssa_block_after(f->ssa, label->entry));
    f->stack_size = label->height;
    for (uint32_t i = 0; i < label->type->param_count; i++)
        fn_push(f, label->params[i]);
}

void emit_else(struct fn *f)
{
    struct label *label = fn_label(f, 0);
    if (!(f->insn->flags & INSN_DEAD_BEFORE))
        emit_branch(f, label);
    begin_else(f, label);
}

/* After the end: in the label's target, with the results on the stack. */
static void enter_target(struct fn *f, struct label *label)
{
    f->stack_size = label->height;
    for (uint32_t i = 0; i < label->type->result_count; i++)
        fn_push(f, label->phis[i]);
    fn_continue(f, label->target);
    ssa_enter(f->ssa, label->join);
}

/* What was learnt inside holds behind the end if that is the only way there. */
static void keep_facts(struct fn *f, const struct label *label, bool falls_through)
{
    bool only_way = label->op == OP_block && falls_through && f->insn->flags & INSN_NO_BRANCH;
    if (!only_way)
        facts_forget(f->facts, label->facts);
}

static void end_forward(struct fn *f, struct label *label, bool falls_through)
{
    bool reached = falls_through || !(f->insn->flags & INSN_NO_BRANCH);
    keep_facts(f, label, falls_through);
    if (falls_through)
        emit_branch(f, label);
    if (label->else_block) { /* an if without else: the parameters are the results */
        begin_else(f, label);
        emit_branch(f, label);
        reached = true;
    }
    if (label->op == OP_try_table)
        emit_catch_clauses(f, label);
    else if (label->op == OP_try && label->own)
        emit_legacy_rest(f, label);
    if (reached)
        enter_target(f, label);
    else
        LLVMDeleteBasicBlock(label->target);
}

void emit_end(struct fn *f)
{
    bool falls_through = !(f->insn->flags & INSN_DEAD_BEFORE);
    struct label *label = fn_label(f, 0);
    f->label_count--;
    if (is_function_label(label)) {
        if (falls_through)
            emit_return_values(f);
    } else if (label->op == OP_loop) {
        ssa_seal(f->ssa, label->join);
        dispatch_seal(f, label->dispatch);
    } else {
        end_forward(f, label, falls_through);
    }
}

/* ---- branches ---- */

void emit_br(struct fn *f)
{
    emit_branch(f, fn_label(f, f->insn->imm.index.a));
}

void emit_return(struct fn *f)
{
    emit_return_values(f);
}

/* Goes to the label if condition holds, with the values on top of the stack; goes on otherwise. */
static void branch_if(struct fn *f, struct label *label, LLVMValueRef condition)
{
    label = dispatch_target(f, label);
    LLVMBasicBlockRef next = fn_block(f, ""), taken = label->target;
    if (is_function_label(label))
        taken = fn_block(f, "return");
    else
        add_edge(f, label);
    emit_condition(f, condition, taken, next);
    if (is_function_label(label)) {
        fn_continue(f, taken);
        emit_return_values(f);
    }
    fn_continue(f, next);
    ssa_split(f->ssa);
}

void emit_br_if(struct fn *f)
{
    LLVMValueRef condition = pop_condition(f);
    branch_if(f, fn_label(f, f->insn->imm.index.a), condition);
}

void emit_br_on_null(struct fn *f)
{
    LLVMValueRef ref = fn_pop(f);
    branch_if(f, fn_label(f, f->insn->imm.index.a), LLVMBuildIsNull(f->b, ref, ""));
    fn_push(f, ref);
}

/* The branch takes the reference along. */
void emit_br_on_non_null(struct fn *f)
{
    LLVMValueRef ref = f->stack[f->stack_size - 1];
    branch_if(f, fn_label(f, f->insn->imm.index.a), LLVMBuildIsNotNull(f->b, ref, ""));
    fn_pop(f);
}

/* The reference goes along with the branch, or stays. */
void emit_br_on_cast(struct fn *f)
{
    const struct br_cast *cast = f->insn->imm.br_cast;
    LLVMValueRef ref = f->stack[f->stack_size - 1];
    branch_if(f, fn_label(f, cast->label), emit_type_test(f, ref, cast->from, cast->to));
}

void emit_br_on_cast_fail(struct fn *f)
{
    const struct br_cast *cast = f->insn->imm.br_cast;
    LLVMValueRef ref = f->stack[f->stack_size - 1];
    LLVMValueRef is = emit_type_test(f, ref, cast->from, cast->to);
    branch_if(f, fn_label(f, cast->label), LLVMBuildNot(f->b, is, ""));
}

/* A block that goes to the label, one a label and br_table: LLVM wants one phi entry an edge. */
static LLVMBasicBlockRef switch_edge(struct fn *f, uint32_t depth)
{
    struct label *label = fn_label(f, depth);
    if (label->edge_stamp == f->switches)
        return label->edge;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(f->b);
    label->edge = fn_block(f, "case");
    label->edge_stamp = f->switches;
    LLVMPositionBuilderAtEnd(f->b, label->edge);
    emit_branch(f, label);
    LLVMPositionBuilderAtEnd(f->b, here);
    return label->edge;
}

void emit_br_table(struct fn *f)
{
    const struct br_table *table = f->insn->imm.br_table;
    LLVMValueRef index = fn_pop(f);
    profile_switch(f, index, table->count);
    f->switches++;
    LLVMBasicBlockRef otherwise = switch_edge(f, table->labels[table->count]);
    LLVMValueRef branch = LLVMBuildSwitch(f->b, index, otherwise, table->count);
    for (uint32_t i = 0; i < table->count; i++) {
        LLVMBasicBlockRef edge = switch_edge(f, table->labels[i]);
        if (edge != otherwise)
            LLVMAddCase(branch, LLVMConstInt(f->cg->i32, i, false), edge);
    }
    profile_weigh_switch(f, branch);
}

void emit_unreachable(struct fn *f)
{
    emit_trap(f, W2S_TRAP_UNREACHABLE);
}
