/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation rules of control instructions, calls, drop and select, and variables (spec 3.4.1 to
 * 3.4.4): one check_<name> an OPX row. Exceptions, memories and tables, references and aggregates
 * have files of their own.
 */
#include "frontend/validate_private.h"

/* ---- blocks ---- */

bool blocktype_check(struct validator *v, struct blocktype *block)
{
    if (block->type_index == NO_INDEX)
        return block->type.result_count == 0 || valtype_check(v, block->type.results[0]);
    const struct functype *type = functype_at(v, block->type_index);
    if (!type)
        return false;
    block->type = *type;
    return (type->param_count == 0 && type->result_count < 2) ||
           require_feature(v, FEATURE_MULTI_VALUE);
}

void block_enter(struct validator *v, struct insn *insn)
{
    struct blocktype *block = insn->imm.block;
    if (!blocktype_check(v, block))
        return;
    if (insn->op == OP_if)
        operand_pop_kind(v, VT_I32);
    operands_pop(v, functype_params(&block->type));
    ctrl_push(v, (enum opcode)insn->op, &block->type, block);
    operands_push(v, functype_params(&block->type));
}

void check_block(struct validator *v, struct insn *insn)
{
    block_enter(v, insn);
}

void check_loop(struct validator *v, struct insn *insn)
{
    block_enter(v, insn);
}

void check_if(struct validator *v, struct insn *insn)
{
    block_enter(v, insn);
}

void check_else(struct validator *v, struct insn *insn)
{
    struct frame *frame = v->frame;
    if (frame->op != OP_if) {
        error_set(v->err, ERR_MALFORMED, insn->offset, "END opcode expected: else outside an if");
        return;
    }
    if (frame->live)
        v->insns[frame->opener].flags |= INSN_HAS_ELSE;
    ctrl_next(v, insn, OP_else);
    operands_push(v, functype_params(frame->type));
}

/* Without an else the parameters are the results where the condition is false. */
static bool check_missing_else(struct validator *v, const struct functype *type)
{
    bool same = type->param_count == type->result_count;
    for (uint32_t i = 0; same && i < type->param_count; i++)
        same = valtype_matches(v->m, type->params[i], type->results[i]);
    return same || invalid(v, "type mismatch: an if without else must result in its parameters");
}

void check_end(struct validator *v, struct insn *insn)
{
    if (v->frame->op == OP_if && !check_missing_else(v, v->frame->type))
        return;
    ctrl_end(v, insn);
}

void check_nop(struct validator *v, struct insn *insn)
{
    (void)v, (void)insn;
}

void check_unreachable(struct validator *v, struct insn *insn)
{
    (void)insn;
    ctrl_unreachable(v);
}

/* ---- branches ---- */

void check_br(struct validator *v, struct insn *insn)
{
    struct resulttype types;
    if (!label_branch(v, insn->imm.index.a, &types))
        return;
    operands_pop(v, types);
    ctrl_unreachable(v);
}

void check_br_if(struct validator *v, struct insn *insn)
{
    struct resulttype types;
    operand_pop_kind(v, VT_I32);
    if (label_branch(v, insn->imm.index.a, &types))
        operands_retype(v, types);
}

/* All labels take as many values as the default one, and each the values that are there. A label
 * named again is not compared again: that bounds the work by labels and types, not their product.*/
void check_br_table(struct validator *v, struct insn *insn)
{
    const struct br_table *table = insn->imm.br_table;
    struct resulttype defaults, types;
    operand_pop_kind(v, VT_I32);
    if (!label_branch(v, table->labels[table->count], &defaults))
        return;
    v->br_tables++;
    for (uint32_t i = 0; i < table->count; i++) {
        struct frame *frame = label_branch(v, table->labels[i], &types);
        if (!frame)
            return;
        if (frame->br_table == v->br_tables)
            continue;
        frame->br_table = v->br_tables;
        if (types.count != defaults.count) {
            invalid(v, "type mismatch: br_table to labels of %u and of %u values", defaults.count,
                    types.count);
            return;
        }
        if (!operands_match(v, types))
            return;
    }
    operands_pop(v, defaults);
    ctrl_unreachable(v);
}

void check_return(struct validator *v, struct insn *insn)
{
    (void)insn;
    operands_pop(v, functype_results(v->type));
    ctrl_unreachable(v);
}

/* ---- calls ---- */

static void call(struct validator *v, const struct functype *type)
{
    operands_pop(v, functype_params(type));
    operands_push(v, functype_results(type));
}

/* The callee returns for us: its results are ours (3.4.1, return_call). */
static void tail_call(struct validator *v, const struct functype *type)
{
    bool same = type->result_count == v->type->result_count;
    for (uint32_t i = 0; same && i < type->result_count; i++)
        same = valtype_matches(v->m, type->results[i], v->type->results[i]);
    if (!same) {
        invalid(v, "type mismatch: %s of a function with other results", op_info[v->insn->op].text);
        return;
    }
    operands_pop(v, functype_params(type));
    ctrl_unreachable(v);
}

void check_call(struct validator *v, struct insn *insn)
{
    const struct functype *type = func_at(v, insn->imm.index.a);
    if (type)
        call(v, type);
}

void check_return_call(struct validator *v, struct insn *insn)
{
    const struct functype *type = func_at(v, insn->imm.index.a);
    if (type)
        tail_call(v, type);
}

/* Type and table of an indirect call; pops the table index. */
static const struct functype *indirect_callee(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.b);
    if (!table)
        return NULL;
    insn->type = table->type.elem;
    if (!valtype_matches(v->m, insn->type, REFTYPE(1, HEAP_FUNC))) {
        char text[48];
        mismatch(v, "a table of funcref", valtype_print(insn->type, text, sizeof text));
        return NULL;
    }
    const struct functype *type = functype_at(v, insn->imm.index.a);
    if (type)
        operand_pop(v, limits_index_type(&table->type.limits));
    return type;
}

void check_call_indirect(struct validator *v, struct insn *insn)
{
    const struct functype *type = indirect_callee(v, insn);
    if (type)
        call(v, type);
}

void check_return_call_indirect(struct validator *v, struct insn *insn)
{
    const struct functype *type = indirect_callee(v, insn);
    if (type)
        tail_call(v, type);
}

/* Type of a call by reference; pops the reference. */
static const struct functype *reference_callee(struct validator *v, struct insn *insn)
{
    const struct functype *type = functype_at(v, insn->imm.index.a);
    if (type)
        insn->type = operand_pop(v, REFTYPE(1, insn->imm.index.a));
    return type;
}

void check_call_ref(struct validator *v, struct insn *insn)
{
    const struct functype *type = reference_callee(v, insn);
    if (type)
        call(v, type);
}

void check_return_call_ref(struct validator *v, struct insn *insn)
{
    if (!require_feature(v, FEATURE_FUNCTION_REFERENCES))
        return;
    const struct functype *type = reference_callee(v, insn);
    if (type)
        tail_call(v, type);
}

/* ---- drop, select (3.4.2) ---- */

void check_drop(struct validator *v, struct insn *insn)
{
    insn->type = operand_pop_any(v);
}

void check_select(struct validator *v, struct insn *insn)
{
    char a_text[48], b_text[48];
    operand_pop_kind(v, VT_I32);
    struct valtype b = operand_pop_any(v);
    struct valtype a = operand_pop_any(v);
    struct valtype type = a.kind == VT_BOT ? b : a;
    if (a.kind == VT_REF || b.kind == VT_REF) {
        mismatch(v, "a number or vector",
                 valtype_print(a.kind == VT_REF ? a : b, a_text, sizeof a_text));
        return;
    }
    if (b.kind != VT_BOT && b.kind != type.kind) {
        mismatch(v, valtype_print(a, a_text, sizeof a_text),
                 valtype_print(b, b_text, sizeof b_text));
        return;
    }
    insn->type = type;
    operand_push(v, type);
}

void check_select_t(struct validator *v, struct insn *insn)
{
    if (insn->imm.select.count != 1) {
        invalid(v, "invalid result arity: select of %u types", insn->imm.select.count);
        return;
    }
    insn->type = insn->imm.select.types[0];
    if (!valtype_check(v, insn->type))
        return;
    operand_pop_kind(v, VT_I32);
    operand_pop(v, insn->type);
    operand_pop(v, insn->type);
    operand_push(v, insn->type);
}

/* ---- variables (3.4.4) ---- */

void check_local_get(struct validator *v, struct insn *insn)
{
    uint32_t index = insn->imm.index.a;
    if (!index_check(v, "local", index, v->local_count))
        return;
    if (v->unset && v->unset[index]) {
        char text[48];
        invalid(v, "uninitialized local %u of type %s", index,
                valtype_print(v->locals[index], text, sizeof text));
        return;
    }
    insn->type = v->locals[index];
    operand_push(v, insn->type);
}

/* local.set and local.tee: the value, and from here on the local has one. */
static bool local_assign(struct validator *v, struct insn *insn)
{
    uint32_t index = insn->imm.index.a;
    if (!index_check(v, "local", index, v->local_count))
        return false;
    insn->type = v->locals[index];
    operand_pop(v, insn->type);
    local_init(v, index);
    return true;
}

void check_local_set(struct validator *v, struct insn *insn)
{
    local_assign(v, insn);
}

void check_local_tee(struct validator *v, struct insn *insn)
{
    if (local_assign(v, insn))
        operand_push(v, insn->type);
}

void check_global_get(struct validator *v, struct insn *insn)
{
    const struct global *global = global_at(v, insn->imm.index.a);
    if (!global)
        return;
    insn->type = global->type.type;
    operand_push(v, insn->type);
}

void check_global_set(struct validator *v, struct insn *insn)
{
    const struct global *global = global_at(v, insn->imm.index.a);
    if (!global)
        return;
    if (!global->type.mutable_) {
        invalid(v, "immutable global %u: global.set", insn->imm.index.a);
        return;
    }
    insn->type = global->type.type;
    operand_pop(v, insn->type);
}
