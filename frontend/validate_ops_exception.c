/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation rules of exceptions (spec 3.4.1): throw, throw_ref and try_table, and the legacy try
 * with its catch, catch_all, delegate and rethrow.
 */
#include "frontend/validate_private.h"

void check_throw(struct validator *v, struct insn *insn)
{
    const struct functype *tag = tag_at(v, insn->imm.index.a);
    if (!tag)
        return;
    operands_pop(v, functype_params(tag));
    ctrl_unreachable(v);
}

void check_throw_ref(struct validator *v, struct insn *insn)
{
    (void)insn;
    operand_pop(v, REFTYPE(1, HEAP_EXN));
    ctrl_unreachable(v);
}

/* ---- try_table ---- */

/* A clause branches with the tag's values, if it names one, and the exception, if it asks for it
 * (3.4.1, catch clauses). These types lie on the operand stack for the time of the comparison; the
 * label counts from outside the try_table. */
static void check_clause(struct validator *v, const struct catch_clause *clause)
{
    static const struct functype nothing = {0};
    bool has_tag = clause->kind == CATCH || clause->kind == CATCH_REF;
    const struct functype *tag = has_tag ? tag_at(v, clause->tag) : &nothing;
    struct resulttype types;
    if (!tag || !label_branch(v, clause->label, &types))
        return;
    uint32_t base = v->height, count = tag->param_count;
    operands_push(v, functype_params(tag));
    if (clause->kind == CATCH_REF || clause->kind == CATCH_ALL_REF) {
        operand_push(v, REFTYPE(0, HEAP_EXN));
        count++;
    }
    if (types.count != count)
        invalid(v, "type mismatch: catch clause of %u values to a label of %u", count, types.count);
    else
        operands_match(v, types);
    v->height = base;
}

void check_try_table(struct validator *v, struct insn *insn)
{
    const struct blocktype *block = insn->imm.block;
    for (uint32_t i = 0; i < block->catch_count && v->err->kind == ERR_NONE; i++)
        check_clause(v, &block->catches[i]);
    if (v->err->kind == ERR_NONE)
        block_enter(v, insn);
}

/* ---- legacy ---- */

void check_try(struct validator *v, struct insn *insn)
{
    block_enter(v, insn);
}

/* A handler follows the body of a try, or another handler that is not catch_all. */
static bool handler_allowed(struct validator *v)
{
    if (v->frame->op == OP_try || v->frame->op == OP_catch)
        return true;
    return error_set(v->err, ERR_MALFORMED, v->insn->offset,
                     "END opcode expected: %s outside a try", op_info[v->insn->op].text);
}

void check_catch(struct validator *v, struct insn *insn)
{
    const struct functype *tag = tag_at(v, insn->imm.index.a);
    if (!tag || !handler_allowed(v))
        return;
    ctrl_next(v, insn, OP_catch);
    operands_push(v, functype_params(tag));
}

void check_catch_all(struct validator *v, struct insn *insn)
{
    if (handler_allowed(v))
        ctrl_next(v, insn, OP_catch_all);
}

/* Ends a try; its label counts from outside the try, and the function's own means the caller. */
void check_delegate(struct validator *v, struct insn *insn)
{
    if (v->frame->op != OP_try) {
        error_set(v->err, ERR_MALFORMED, insn->offset,
                  "END opcode expected: delegate outside a try");
        return;
    }
    ctrl_end(v, insn);
    label_frame(v, insn->imm.index.a);
}

void check_rethrow(struct validator *v, struct insn *insn)
{
    const struct frame *frame = label_frame(v, insn->imm.index.a);
    if (!frame)
        return;
    if (frame->op != OP_catch && frame->op != OP_catch_all) {
        invalid(v, "invalid rethrow label %u: not of a handler", insn->imm.index.a);
        return;
    }
    ctrl_unreachable(v);
}
