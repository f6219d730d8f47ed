/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Exceptions in the form of the first proposal: try with catch, catch_all, delegate, and rethrow.
 *
 * The handlers stand inside the try, behind its body, and fall out of its end. Their tags are
 * compared one after the other, each where its handler begins; handler->unmatched is the block that
 * the next comparison goes into. In a handler, exceptions go where those of the try as a whole go;
 * with delegate, those of the body go there at once, as seen from another label.
 *
 * A handler's exception is dropped when it begins, unless a rethrow may ask for it: then it goes
 * with the rethrow, or is left for the runtime to collect.
 */
#include "codegen/abi.h"
#include "codegen/emit/fact.h"
#include "codegen/emit/function.h"

/* Marks each try whose handlers have a rethrow to it. */
static const bool *find_rethrown(struct fn *f)
{
    const struct func_body *body = f->body;
    bool *rethrown = arena_array(f->cg->arena, body->insn_count, sizeof *rethrown);
    uint32_t *openers = arena_array(f->cg->arena, (size_t)body->max_depth + 1, sizeof *openers);
    uint32_t depth = 1; /* the function itself */
    for (uint32_t i = 0; i < body->insn_count; i++) {
        const struct insn *insn = &body->insns[i];
        if (insn->op == OP_rethrow)
            rethrown[openers[depth - 1 - insn->imm.index.a]] = true;
        int nesting = insn_nesting(insn);
        if (nesting > 0)
            openers[depth] = i;
        depth = (uint32_t)((int)depth + nesting);
    }
    return rethrown;
}

void emit_try(struct fn *f)
{
    struct label *label = emit_forward_label(f);
    const struct insn *end = &f->body->insns[f->insn->imm.block->end];
    if (end->op == OP_delegate)
        label->handler = fn_label(f, 1 + end->imm.index.a)->handler; /* counts from outside */
    else
        label->own = label->handler = handler_open(f);
}

/* Ends the body or the handler before, and goes where exceptions are that nothing has caught. */
static struct handler *next_handler(struct fn *f)
{
    struct label *label = fn_label(f, 0);
    struct handler *h = label->own;
    if (!(f->insn->flags & INSN_DEAD_BEFORE))
        emit_branch(f, label);
    if (label->handler == h) {
        label->handler = fn_label(f, 1)->handler;
        h->exception = handler_enter(f, h);
        h->searching = ssa_current(f->ssa);
    } else {
        fn_continue(f, h->unmatched);
    }
    h->unmatched = NULL;
    facts_forget(f->facts, label->facts);
    f->stack_size = label->height;
    return h;
}

/* Goes on in the handler, behind the comparison. */
static void begin_handler(struct fn *f, struct handler *h)
{
    if (!f->rethrown)
        f->rethrown = find_rethrown(f);
    if (!f->rethrown[h->begin])
        abi_call(f, HELPER_exception_drop, &h->exception, 1);
    ssa_enter(f->ssa, ssa_block_after(f->ssa, h->searching));
}

void emit_catch(struct fn *f)
{
    struct handler *h = next_handler(f);
    h->unmatched = emit_tag_test(f, f->insn->imm.index.a, h->exception);
    emit_exception_values(f, f->insn->imm.index.a, h->exception);
    begin_handler(f, h);
}

void emit_catch_all(struct fn *f)
{
    begin_handler(f, next_handler(f));
}

void emit_legacy_rest(struct fn *f, struct label *label)
{
    struct handler *h = label->own;
    if (label->handler == h) { /* a try without handlers */
        h->exception = handler_enter(f, h);
    } else if (h->unmatched) {
        fn_continue(f, h->unmatched);
        ssa_enter(f->ssa, h->searching);
    } else {
        return;
    }
    emit_raise(f, fn_label(f, 0)->handler, h->exception);
}

void emit_delegate(struct fn *f)
{
    emit_end(f);
}

void emit_rethrow(struct fn *f)
{
    struct label *label = fn_label(f, f->insn->imm.index.a);
    emit_raise(f, fn_label(f, 0)->handler, label->own->exception);
}
