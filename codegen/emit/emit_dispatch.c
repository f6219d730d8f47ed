/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops that dispatch. Structured control has no goto, so producers make one of a loop that begins
 * with a br_table on a local: Go for every jump, LLVM for irreducible control flow, others for
 * state machines. Whoever goes on sets the local to a constant and branches to the loop. Here that
 * branch goes straight to where the table would send it (jump threading, which LLVM does not do
 * through the header of a loop). The header keeps those whose value is not known.
 *
 * The blocks that the table leaves are entered from anywhere in the loop then, so the variables see
 * them as loops: their phis are completed at the end of the whole.
 */
#include "codegen/emit/function.h"

/* Of phis, in a function: Go's have up to 8,400, and LLVM takes quadratic time on them. */
enum { VALUES_MAX = 1 << 15 };

struct dispatch {
    uint32_t variable;
    const struct br_table *table;
    uint32_t begin, inner, end;   /* instructions: the loop, its local.get, its end */
    struct ssa_block *entry;      /* before the loop */
    struct label *blocks;         /* of the blocks between loop and table, outermost first */
    uint32_t block_count, opened; /* how many there are, and were opened so far */
};

static bool carries_nothing(const struct insn *insn)
{
    const struct functype *type = &insn->imm.block->type;
    return type->param_count == 0 && type->result_count == 0;
}

static uint32_t branches_in_loop(const struct fn *f)
{
    uint32_t count = 0;
    for (const struct insn *i = f->insn; i < f->body->insns + f->insn->imm.block->end; i++) {
        enum imm imm = (enum imm)op_info[i->op].imm;
        count += imm == IMM_LABEL || imm == IMM_BR_TABLE || imm == IMM_BR_CAST;
    }
    return count;
}

/* A variable that the loop changes may need a phi at each block, with a value for each branch. */
static bool is_worth_it(struct fn *f, uint32_t block_count)
{
    if (f->plain || f->cg->c->fuel || f->cg->c->counting || f->dispatch_values > VALUES_MAX)
        return false;
    uint32_t changed = ssa_assigned(f->ssa, fn_insn_number(f), f->insn->imm.block->end);
    f->dispatch_values += (uint64_t)changed * (block_count + branches_in_loop(f));
    return f->dispatch_values <= VALUES_MAX;
}

struct dispatch *dispatch_of_loop(struct fn *f)
{
    const struct insn *insn = f->insn + 1;
    while (insn->op == OP_block && carries_nothing(insn))
        insn++;
    uint32_t block_count = (uint32_t)(insn - f->insn - 1);
    if (!carries_nothing(f->insn) || block_count == 0 || insn[0].op != OP_local_get ||
        insn[1].op != OP_br_table || !is_worth_it(f, block_count))
        return NULL;
    struct dispatch *d = arena_alloc(f->cg->arena, sizeof *d);
    *d = (struct dispatch){
        .variable = insn->imm.index.a,
        .table = insn[1].imm.br_table,
        .begin = fn_insn_number(f),
        .inner = fn_insn_number(f) + block_count + 1,
        .end = f->insn->imm.block->end,
        .entry = ssa_current(f->ssa),
        .blocks = arena_array(f->cg->arena, block_count, sizeof *d->blocks),
        .block_count = block_count,
    };
    return d;
}

bool dispatch_open_block(struct fn *f, struct dispatch *d, struct label *label)
{
    if (!d || fn_insn_number(f) > d->inner)
        return false;
    label->dispatch = d;
    label->join = ssa_loop(f->ssa, label->target, d->entry, d->begin, d->end);
    d->blocks[d->opened++] = *label;
    return true;
}

void dispatch_seal(struct fn *f, struct dispatch *d)
{
    for (uint32_t i = 0; d && i < d->opened; i++)
        ssa_seal(f->ssa, d->blocks[i].join);
}

struct label *dispatch_target(struct fn *f, struct label *label)
{
    const struct dispatch *d = label->dispatch;
    if (label->op != OP_loop || !d || d->opened < d->block_count)
        return label;
    LLVMValueRef value = ssa_read(f->ssa, d->variable);
    if (!LLVMIsAConstantInt(value))
        return label;
    uint64_t index = LLVMConstIntGetZExtValue(value);
    uint32_t depth = d->table->labels[index < d->table->count ? index : d->table->count];
    if (depth < d->block_count)
        return &d->blocks[d->block_count - 1 - depth];
    return label - (depth - d->block_count);
}
