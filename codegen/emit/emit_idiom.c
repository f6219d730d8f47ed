/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Code before a loop that copies or fills memory (idiom.h): it counts the iterations that the loop
 * is sure to make, and where they are worth a call, has the runtime do them. The locals then move
 * by as many steps as were done, which may be none, and the loop does the rest. One iteration is
 * always left to it: it sets the locals that an iteration only sets.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"
#include "codegen/plan/idiom.h"

/* Fewer bytes are done sooner by the loop. */
enum { WORTH_A_CALL = 64 };

static LLVMValueRef const64(struct fn *f, uint64_t n)
{
    return LLVMConstInt(f->cg->i64, n, false);
}

static LLVMValueRef emit_sum(struct fn *f, const struct idiom_sum *a)
{
    LLVMValueRef sum = NULL;
    for (uint32_t i = 0; i < a->count; i++) {
        LLVMValueRef term = LLVMBuildMul(f->b, ssa_read(f->ssa, a->terms[i].local),
                                         fn_i32(f, a->terms[i].factor), "");
        sum = sum ? LLVMBuildAdd(f->b, sum, term, "") : term;
    }
    LLVMValueRef constant = fn_i32(f, a->constant);
    return sum ? LLVMBuildAdd(f->b, sum, constant, "") : constant;
}

static bool is_signed(enum opcode op)
{
    return op == OP_i32_lt_s || op == OP_i32_le_s || op == OP_i32_gt_s || op == OP_i32_ge_s;
}

static bool is_inclusive(enum opcode op)
{
    return op == OP_i32_le_s || op == OP_i32_le_u || op == OP_i32_ge_s || op == OP_i32_ge_u;
}

/* How far left is from where the guard fails, in 64 bits; zero or less if it fails at once. */
static LLVMValueRef guard_distance(struct fn *f, const struct idiom_guard *guard)
{
    LLVMValueRef left = emit_sum(f, &guard->left), right = emit_sum(f, &guard->right);
    LLVMValueRef low = guard->step > 0 ? left : right, high = guard->step > 0 ? right : left;
    if (guard->op == OP_i32_ne)
        return LLVMBuildZExt(f->b, LLVMBuildSub(f->b, high, low, ""), f->cg->i64, "");
    LLVMValueRef (*extend)(LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *) =
        is_signed(guard->op) ? LLVMBuildSExt : LLVMBuildZExt;
    low = extend(f->b, low, f->cg->i64, "");
    high = extend(f->b, high, f->cg->i64, "");
    LLVMValueRef distance = LLVMBuildSub(f->b, high, low, "");
    return LLVMBuildAdd(f->b, distance, const64(f, is_inclusive(guard->op)), "");
}

/* For how many iterations the guard is sure to hold; zero or less: none. A distance that is no
 * multiple of the step is reached by no `ne`: then it holds for longer. */
static LLVMValueRef guard_count(struct fn *f, const struct idiom_guard *guard)
{
    uint64_t step = (uint64_t)(guard->step < 0 ? -guard->step : guard->step);
    LLVMValueRef distance = guard_distance(f, guard);
    if (guard->op != OP_i32_ne)
        distance = LLVMBuildAdd(f->b, distance, const64(f, step - 1), "");
    return LLVMBuildSDiv(f->b, distance, const64(f, step), "");
}

static LLVMValueRef emit_count(struct fn *f, const struct idiom *idiom)
{
    LLVMValueRef count = guard_count(f, &idiom->guards[0]);
    for (uint32_t i = 1; i < idiom->guard_count; i++) {
        LLVMValueRef other = guard_count(f, &idiom->guards[i]);
        LLVMValueRef less = LLVMBuildICmp(f->b, LLVMIntSLT, other, count, "");
        count = LLVMBuildSelect(f->b, less, other, count, "");
    }
    return LLVMBuildSub(f->b, count, const64(f, 1), "");
}

/* The lowest address of a range after `bytes` bytes. */
static LLVMValueRef emit_lowest(struct fn *f, const struct idiom *idiom,
                                const struct idiom_range *range, LLVMValueRef bytes)
{
    LLVMValueRef base = LLVMBuildZExt(f->b, emit_sum(f, &range->base), f->cg->i64, "");
    LLVMValueRef address = LLVMBuildAdd(f->b, base, const64(f, range->offset), "");
    if (!idiom->down)
        return address;
    address = LLVMBuildAdd(f->b, address, const64(f, idiom->bytes), "");
    return LLVMBuildSub(f->b, address, bytes, "");
}

/* The fill's value, repeated to 64 bits. */
static LLVMValueRef emit_pattern(struct fn *f, const struct idiom *idiom)
{
    static const uint64_t repeat[9] = {[1] = UINT64_C(0x0101010101010101),
                                       [2] = UINT64_C(0x0001000100010001),
                                       [4] = UINT64_C(0x0000000100000001),
                                       [8] = 1};
    struct cg *cg = f->cg;
    LLVMValueRef value = const64(f, idiom->value_bits);
    if (!idiom->value_is_constant)
        value = idiom->value_local == NO_INDEX ? emit_sum(f, &idiom->value)
                                               : ssa_read(f->ssa, idiom->value_local);
    LLVMTypeRef type = LLVMTypeOf(value);
    if (type == cg->f32 || type == cg->f64)
        value = LLVMBuildBitCast(f->b, value, type == cg->f32 ? cg->i32 : cg->i64, "");
    if (idiom->value_bytes < 8) {
        LLVMTypeRef narrow = LLVMIntTypeInContext(cg->context, idiom->value_bytes * 8);
        value = LLVMBuildZExt(f->b, LLVMBuildTrunc(f->b, value, narrow, ""), cg->i64, "");
    }
    return LLVMBuildMul(f->b, value, const64(f, repeat[idiom->value_bytes]), "");
}

/* Has the runtime do it; how many bytes it has done. */
static LLVMValueRef emit_call_runtime(struct fn *f, const struct idiom *idiom, LLVMValueRef bytes)
{
    LLVMValueRef memory = fn_i32(f, idiom->memory);
    LLVMValueRef dest = emit_lowest(f, idiom, &idiom->dest, bytes);
    if (!idiom->is_copy) {
        LLVMValueRef args[] = {memory, dest, emit_pattern(f, idiom), bytes};
        return abi_call(f, HELPER_loop_fill, args, 4);
    }
    uint32_t way =
        idiom->bytes | (idiom->down ? W2S_LOOP_DOWN : 0) | (idiom->ordered ? W2S_LOOP_ORDERED : 0);
    LLVMValueRef source = emit_lowest(f, idiom, &idiom->source, bytes);
    LLVMValueRef args[] = {memory, dest, source, bytes, fn_i32(f, way)};
    return abi_call(f, HELPER_loop_copy, args, 5);
}

/* The local after done iterations. */
static LLVMValueRef emit_moved(struct fn *f, const struct idiom_local *local, LLVMValueRef done)
{
    LLVMValueRef steps = LLVMBuildTrunc(f->b, done, f->cg->i32, "");
    LLVMValueRef way = LLVMBuildMul(f->b, steps, fn_i32(f, (uint32_t)local->step), "");
    return LLVMBuildAdd(f->b, ssa_read(f->ssa, local->local), way, "");
}

static void emit_idiom(struct fn *f, const struct idiom *idiom)
{
    LLVMBasicBlockRef bulk = fn_block(f, "bulk"), next = fn_block(f, "");
    LLVMValueRef moved[IDIOM_LOCALS];
    LLVMValueRef bytes = LLVMBuildMul(f->b, emit_count(f, idiom), const64(f, idiom->bytes), "");
    LLVMValueRef worth = LLVMBuildICmp(f->b, LLVMIntSGE, bytes, const64(f, WORTH_A_CALL), "");
    LLVMBasicBlockRef from[] = {LLVMGetInsertBlock(f->b), bulk};
    LLVMValueRef branch = LLVMBuildCondBr(f->b, worth, bulk, next);
    LLVMSetMetadata(branch, f->cg->md_prof, f->cg->prof_unlikely);
    fn_continue(f, bulk);
    LLVMValueRef done = emit_call_runtime(f, idiom, bytes);
    done = LLVMBuildUDiv(f->b, done, const64(f, idiom->bytes), "");
    for (uint32_t i = 0; i < idiom->local_count; i++)
        moved[i] = emit_moved(f, &idiom->locals[i], done);
    LLVMBuildBr(f->b, next);
    fn_continue(f, next);
    for (uint32_t i = 0; i < idiom->local_count; i++) {
        uint32_t local = idiom->locals[i].local;
        LLVMValueRef phi = LLVMBuildPhi(f->b, f->cg->i32, "");
        LLVMAddIncoming(phi, (LLVMValueRef[]){ssa_read(f->ssa, local), moved[i]}, from, 2);
        ssa_write(f->ssa, local, phi);
    }
}

void emit_loop_idiom(struct fn *f)
{
    struct idiom idiom;
    if (f->cg->c->level > 0 && !f->cg->c->fuel && f->cg->m->memory_count > 0 &&
        idiom_find(f->body, fn_insn_number(f), &idiom))
        emit_idiom(f, &idiom);
}
