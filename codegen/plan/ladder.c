/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions of a size that no compiler makes of a program: thousands of loops, of divisions, of
 * branches. Some of LLVM's passes take quadratic time on them, minutes for some hundred kilobytes.
 * They are compiled with passes that are linear, as without optimisation. Counts decide, so that
 * the code does not depend on the machine; each is a multiple of what the largest functions of
 * CPython, QuickJS and Boolector have (203 loops, 36 instructions that may trap, 1858 branches,
 * 1917 calls, 42 thousand instructions, 7.6 thousand of them in a row).
 *
 * Twice as many are beyond even those: simplifycfg takes quadratic time on blocks that all return,
 * and a pass that asks for the loops gets for each the blocks of all within it. Such a function is
 * seen by no pass, and its neighbours by the linear ones.
 *
 * Bounds checks count where they are made: instcombine looks at all conditions on a value each time
 * it meets the value, and on the memory's size there is one at each access.
 */
#include "codegen/internal.h"

#include <string.h>

static const struct bulk most = {.insns = 120000,
                                 .loops = 500,
                                 .traps = 250,
                                 .branches = 4000,
                                 .calls = 6000,
                                 .checks = 3000,
                                 .longest_row = 10000};

static const char mark[] = "wasm2so-linear", beyond_mark[] = "wasm2so-beyond";

/* The index of the memory is not validated yet. */
static bool is_checked_access(const struct compile *c, const struct insn *insn)
{
    enum imm imm = (enum imm)op_info[insn->op].imm;
    return (imm == IMM_MEMARG || imm == IMM_MEMARG_LANE) &&
           insn->imm.mem.memory < c->m->memory_count && memory_is_checked(c, insn->imm.mem.memory);
}

void bulk_add(struct bulk *bulk, const struct compile *c, const struct insn *insn)
{
    bulk->insns++;
    bulk->row++;
    bulk->checks += is_checked_access(c, insn);
    switch ((int)insn->op) {
    case OP_loop: bulk->loops++; break;
    case OP_i32_div_s:
    case OP_i32_div_u:
    case OP_i32_rem_s:
    case OP_i32_rem_u:
    case OP_i64_div_s:
    case OP_i64_div_u:
    case OP_i64_rem_s:
    case OP_i64_rem_u:
    case OP_i32_trunc_f32_s:
    case OP_i32_trunc_f32_u:
    case OP_i32_trunc_f64_s:
    case OP_i32_trunc_f64_u:
    case OP_i64_trunc_f32_s:
    case OP_i64_trunc_f32_u:
    case OP_i64_trunc_f64_s:
    case OP_i64_trunc_f64_u: bulk->traps++; return;
    case OP_if:
    case OP_br_if: bulk->branches++; break;
    case OP_call_indirect: bulk->branches += 3; break; /* bounds, null, type */
    case OP_br_table: bulk->branches += 1 + insn->imm.br_table->count / 2; break;
    case OP_else:
    case OP_end: break;
    case OP_call: bulk->calls++; break;
    default:
        if (bulk->row > bulk->longest_row)
            bulk->longest_row = bulk->row;
        return;
    }
    bulk->row = 0;
}

static bool exceeds(const struct bulk *bulk, uint32_t factor)
{
    return bulk->insns > factor * most.insns || bulk->loops > factor * most.loops ||
           bulk->traps > factor * most.traps || bulk->branches > factor * most.branches ||
           bulk->calls > factor * most.calls || bulk->checks > factor * most.checks ||
           bulk->longest_row > factor * most.longest_row;
}

enum rank bulk_rank(const struct bulk *bulk)
{
    return exceeds(bulk, 2) ? RANK_BEYOND : exceeds(bulk, 1) ? RANK_GIANT : RANK_ORDINARY;
}

bool cg_mark_giant(struct cg *cg, LLVMValueRef function, uint32_t index)
{
    enum rank rank = cg->c->ranks[index];
    if (rank != RANK_ORDINARY)
        cg_add_string_attribute(cg, function, mark, "");
    if (rank == RANK_BEYOND)
        cg_add_string_attribute(cg, function, beyond_mark, "");
    return rank != RANK_ORDINARY;
}

static bool has_mark(LLVMValueRef function, const char *text)
{
    unsigned size = (unsigned)strlen(text);
    return LLVMGetStringAttributeAtIndex(function, FUNCTION_INDEX, text, size) != NULL;
}

bool cg_is_giant(LLVMValueRef function)
{
    return has_mark(function, mark);
}

static bool has(const struct cg *cg, const char *text)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (has_mark(f, text))
            return true;
    return false;
}

bool cg_has_giants(const struct cg *cg)
{
    return has(cg, mark);
}

bool cg_has_beyond(const struct cg *cg)
{
    return has(cg, beyond_mark);
}

static void protect(struct cg *cg, const char *text)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (has_mark(f, text)) {
            cg_add_attribute(cg, f, "noinline", 0);
            cg_add_attribute(cg, f, "optnone", 0);
        }
}

void cg_protect_giants(struct cg *cg)
{
    protect(cg, mark);
}

void cg_protect_beyond(struct cg *cg)
{
    protect(cg, beyond_mark);
}
