/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Fuel: a count of what a store may still execute, in ctx->exec->fuel. The unit is an instruction
 * of the module, so a program uses the same amount at every level and on every machine: the
 * counting is generated from the WebAssembly, before the optimiser, by volatile accesses that it
 * leaves alone.
 *
 * Charged is a segment at a time, in advance: what is executed one after the other up to the next
 * place where control divides or comes together. Whether fuel is left is asked at the head of each
 * loop and at the entry of functions, which all that is endless comes by. Bulk operations cost by
 * their size as well, and do not begin what they cannot pay.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

/* What is only structure costs nothing. */
static bool is_free(enum opcode op)
{
    switch (op) {
    case OP_block:
    case OP_loop:
    case OP_else:
    case OP_end:
    case OP_nop:
    case OP_try:
    case OP_try_table:
    case OP_catch:
    case OP_catch_all:
    case OP_delegate: return true;
    default: return false;
    }
}

/* After it another segment begins. */
static bool ends_segment(enum opcode op)
{
    switch (op) {
    case OP_loop:
    case OP_if:
    case OP_else:
    case OP_end:
    case OP_catch:
    case OP_catch_all:
    case OP_delegate:
    case OP_br_if:
    case OP_br_on_null:
    case OP_br_on_non_null:
    case OP_br_on_cast:
    case OP_br_on_cast_fail: return true;
    default: return false;
    }
}

static uint32_t segment_cost(const struct func_body *body, uint32_t first)
{
    uint32_t cost = 0;
    for (uint32_t i = first; i < body->insn_count; i++) {
        enum opcode op = (enum opcode)body->insns[i].op;
        cost += !is_free(op);
        if (ends_segment(op))
            break;
    }
    return cost;
}

static LLVMValueRef fuel_address(struct fn *f)
{
    LLVMValueRef exec =
        abi_load_invariant(f, f->cg->ptr, abi_offset(f, f->ctx, offsetof(struct w2s_ctx, exec)));
    return abi_offset(f, exec, offsetof(struct w2s_exec, fuel));
}

static LLVMValueRef load_fuel(struct fn *f)
{
    LLVMValueRef fuel = abi_load(f, f->cg->i64, fuel_address(f), ALIAS_CTX);
    LLVMSetVolatile(fuel, true);
    return fuel;
}

/* Takes that many units off; what is left. */
static LLVMValueRef charge(struct fn *f, LLVMValueRef units)
{
    LLVMValueRef left = LLVMBuildSub(f->b, load_fuel(f), units, "");
    LLVMSetVolatile(abi_store(f, left, fuel_address(f), ALIAS_CTX), true);
    return left;
}

static void charge_segment(struct fn *f, uint32_t first, bool ask)
{
    uint32_t cost = segment_cost(f->body, first);
    if (cost == 0 && !ask)
        return;
    LLVMValueRef left = charge(f, LLVMConstInt(f->cg->i64, cost, false));
    if (ask)
        emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntSLT, left, LLVMConstNull(f->cg->i64), ""),
                     W2S_TRAP_OUT_OF_FUEL);
}

void fuel_at_entry(struct fn *f)
{
    if (f->cg->c->fuel)
        charge_segment(f, 0, segment_cost(f->body, 0) > 0);
}

void fuel_after(struct fn *f, uint32_t i)
{
    enum opcode op = (enum opcode)f->body->insns[i].op;
    if (f->cg->c->fuel && ends_segment(op))
        charge_segment(f, i + 1, op == OP_loop);
}

/* ---- bulk operations: the number of bytes or elements is on top of the stack ---- */

enum { BYTES = 6, ELEMENTS = 3 }; /* a unit is so many, as a power of two */

static unsigned bulk_shift(enum opcode op)
{
    switch (op) {
    case OP_memory_fill:
    case OP_memory_copy:
    case OP_memory_init: return BYTES;
    case OP_table_fill:
    case OP_table_copy:
    case OP_table_init:
    case OP_table_grow:
    case OP_array_new:
    case OP_array_new_default:
    case OP_array_new_data:
    case OP_array_new_elem:
    case OP_array_fill:
    case OP_array_copy:
    case OP_array_init_data:
    case OP_array_init_elem: return ELEMENTS;
    default: return 0;
    }
}

LLVMValueRef fuel_before_bulk(struct fn *f, const struct insn *insn)
{
    unsigned shift = bulk_shift((enum opcode)insn->op);
    if (!f->cg->c->fuel || shift == 0)
        return NULL;
    LLVMValueRef n = f->stack[f->stack_size - 1];
    if (LLVMTypeOf(n) == f->cg->i32)
        n = LLVMBuildZExt(f->b, n, f->cg->i64, "");
    LLVMValueRef units = LLVMBuildLShr(f->b, n, LLVMConstInt(f->cg->i64, shift, false), "");
    f->insn = insn;
    emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntSGT, units, load_fuel(f), ""), W2S_TRAP_OUT_OF_FUEL);
    return units;
}

void fuel_after_bulk(struct fn *f, LLVMValueRef units)
{
    if (units)
        (void)charge(f, units);
}
