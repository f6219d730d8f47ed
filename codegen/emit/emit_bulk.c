/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bulk operations on linear memory (spec 4.4.7). The runtime does them; but most copies and fills
 * of programs are of a few bytes, for which its call is the larger part. So what is in bounds and
 * at most SHORT bytes is done here: with a constant length by loads and stores in place, else by a
 * function of the module, which reads from both ends of the range as many bytes as that is sure to
 * have. All is read before anything is written, so ranges may overlap. The runtime does the rest,
 * traps included.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"

#include <string.h>

enum { SHORT = 64, CONSTANT = 128 };

/* A copy has a source, a fill a value: its byte in each of an i64. All are i64. */
struct transfer {
    bool is_copy;
    uint32_t memory, source_memory;
    LLVMValueRef dest, source, n, value;
};

static LLVMValueRef const64(struct fn *f, uint64_t n)
{
    return LLVMConstInt(f->cg->i64, n, false);
}

/* ---- pieces ---- */

static LLVMTypeRef piece_type(struct fn *f, uint64_t bytes)
{
    LLVMTypeRef word = LLVMIntTypeInContext(f->cg->context, 8 * (bytes < 8 ? (unsigned)bytes : 8));
    return bytes > 8 ? LLVMVectorType(word, (unsigned)bytes / 8) : word;
}

/* What to write at a place: what the source has there (a pointer), or the value. */
static LLVMValueRef piece(struct fn *f, bool is_copy, LLVMValueRef what, uint64_t bytes,
                          LLVMValueRef at)
{
    LLVMTypeRef type = piece_type(f, bytes);
    if (is_copy) {
        LLVMValueRef from = LLVMBuildGEP2(f->b, f->cg->i8, what, &at, 1, "");
        LLVMValueRef load = abi_load(f, type, from, ALIAS_MEMORY);
        LLVMSetAlignment(load, 1);
        return load;
    }
    if (bytes <= 8)
        return LLVMBuildTrunc(f->b, what, type, "");
    LLVMValueRef vector = LLVMGetPoison(type);
    for (unsigned i = 0; i < bytes / 8; i++)
        vector = LLVMBuildInsertElement(f->b, vector, what, const64(f, i), "");
    return vector;
}

static void put_piece(struct fn *f, LLVMValueRef to, LLVMValueRef at, LLVMValueRef value)
{
    LLVMValueRef pointer = LLVMBuildGEP2(f->b, f->cg->i8, to, &at, 1, "");
    LLVMSetAlignment(abi_store(f, value, pointer, ALIAS_MEMORY), 1);
}

/* ---- a constant length ---- */

static void emit_constant(struct fn *f, bool is_copy, LLVMValueRef to, LLVMValueRef what,
                          uint64_t n)
{
    LLVMValueRef at[CONSTANT], values[CONSTANT];
    unsigned count = 0;
    for (uint64_t done = 0, bytes = 8; done < n; done += bytes) {
        while (bytes > n - done)
            bytes /= 2;
        at[count] = const64(f, done);
        values[count] = piece(f, is_copy, what, bytes, at[count]);
        count++;
    }
    for (unsigned i = 0; i < count; i++)
        put_piece(f, to, at[i], values[i]);
}

/* ---- any length: void f(to, from or value, n), n <= SHORT ---- */

static const char *const function_names[] = {"w2s.fill.short", "w2s.copy.short"};

static LLVMValueRef short_function(struct cg *cg, bool is_copy)
{
    LLVMValueRef function = LLVMGetNamedFunction(cg->module, function_names[is_copy]);
    if (function)
        return function;
    LLVMTypeRef params[] = {cg->ptr, is_copy ? cg->ptr : cg->i64, cg->i64};
    function = LLVMAddFunction(cg->module, function_names[is_copy],
                               LLVMFunctionType(cg->void_, params, 3, false));
    LLVMSetLinkage(function, LLVMInternalLinkage);
    cg_function_attributes(cg, function);
    cg_add_attribute(cg, function, "noinline", 0);
    cg_add_attribute(cg, function, "nounwind", 0);
    return function;
}

/* The first `count` pieces of the range, and the last ones. */
static void emit_both_ends(struct fn *f, bool is_copy, uint64_t bytes, unsigned count)
{
    LLVMValueRef to = LLVMGetParam(f->value, 0), what = LLVMGetParam(f->value, 1);
    LLVMValueRef n = LLVMGetParam(f->value, 2), at[4], values[4];
    for (unsigned i = 0; i < count; i++) {
        at[2 * i] = const64(f, i * bytes);
        at[2 * i + 1] = LLVMBuildSub(f->b, n, const64(f, (i + 1) * bytes), "");
    }
    for (unsigned i = 0; i < 2 * count; i++)
        values[i] = piece(f, is_copy, what, bytes, at[i]);
    for (unsigned i = 0; i < 2 * count; i++)
        put_piece(f, to, at[i], values[i]);
    LLVMBuildRetVoid(f->b);
}

static void define_short(struct cg *cg, bool is_copy)
{
    static const struct {
        uint64_t least, bytes; /* for this many bytes and more: pieces of those */
        unsigned count;
    } ways[] = {{33, 16, 2}, {16, 16, 1}, {8, 8, 1}, {4, 4, 1}, {2, 2, 1}, {1, 1, 1}};
    struct fn f = {.cg = cg, .b = cg->builder, .value = short_function(cg, is_copy)};
    LLVMPositionBuilderAtEnd(f.b, fn_block(&f, ""));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        LLVMBasicBlockRef here = fn_block(&f, ""), next = fn_block(&f, "");
        LLVMValueRef n = LLVMGetParam(f.value, 2);
        LLVMValueRef is = LLVMBuildICmp(f.b, LLVMIntUGE, n, const64(&f, ways[i].least), "");
        LLVMBuildCondBr(f.b, is, here, next);
        LLVMPositionBuilderAtEnd(f.b, here);
        emit_both_ends(&f, is_copy, ways[i].bytes, ways[i].count);
        LLVMPositionBuilderAtEnd(f.b, next);
    }
    LLVMBuildRetVoid(f.b);
}

void emit_bulk_functions(struct cg *cg)
{
    for (int is_copy = 0; is_copy < 2; is_copy++)
        if (LLVMGetNamedFunction(cg->module, function_names[is_copy]))
            define_short(cg, is_copy);
}

/* ---- here or there ---- */

static LLVMValueRef is_inside(struct fn *f, uint32_t memory, LLVMValueRef at, LLVMValueRef n)
{
    LLVMValueRef end = LLVMBuildAdd(f->b, at, n, ""); /* both are below 2^32 */
    return LLVMBuildICmp(f->b, LLVMIntULE, end, abi_memory_size(f, memory), "");
}

static LLVMValueRef native(struct fn *f, uint32_t memory, LLVMValueRef at)
{
    return LLVMBuildGEP2(f->b, f->cg->i8, abi_memory_base(f, memory), &at, 1, "");
}

static void emit_short(struct fn *f, const struct transfer *transfer)
{
    LLVMValueRef to = native(f, transfer->memory, transfer->dest);
    LLVMValueRef what =
        transfer->is_copy ? native(f, transfer->source_memory, transfer->source) : transfer->value;
    if (LLVMIsAConstantInt(transfer->n)) {
        emit_constant(f, transfer->is_copy, to, what, LLVMConstIntGetZExtValue(transfer->n));
        return;
    }
    LLVMValueRef function = short_function(f->cg, transfer->is_copy);
    LLVMBuildCall2(f->b, LLVMGlobalGetValueType(function), function,
                   (LLVMValueRef[]){to, what, transfer->n}, 3, "");
}

static void emit_runtime(struct fn *f, const struct transfer *transfer)
{
    LLVMValueRef memory = fn_i32(f, transfer->memory);
    if (transfer->is_copy) {
        LLVMValueRef args[] = {memory, fn_i32(f, transfer->source_memory), transfer->dest,
                               transfer->source, transfer->n};
        abi_call(f, HELPER_memory_copy, args, 5);
    } else {
        LLVMValueRef byte = LLVMBuildTrunc(f->b, transfer->value, f->cg->i32, "");
        LLVMValueRef args[] = {memory, transfer->dest, byte, transfer->n};
        abi_call(f, HELPER_memory_fill, args, 4);
    }
}

/* In a shared memory others may look on, and 64-bit addresses may wrap. */
static bool may_be_short(struct fn *f, const struct transfer *transfer)
{
    uint32_t memories[] = {transfer->memory, transfer->source_memory};
    for (unsigned i = 0; i < 2; i++) {
        const struct limits *limits = &f->cg->m->memories[memories[i]].limits;
        if (limits->shared || limits->is64)
            return false;
    }
    return !f->plain && !f->cg->c->size &&
           (!LLVMIsAConstantInt(transfer->n) || LLVMConstIntGetZExtValue(transfer->n) <= CONSTANT);
}

static void emit_transfer(struct fn *f, const struct transfer *transfer)
{
    if (!may_be_short(f, transfer)) {
        emit_runtime(f, transfer);
        return;
    }
    LLVMBasicBlockRef here = fn_block(f, "short"), there = fn_block(f, ""), next = fn_block(f, "");
    LLVMValueRef is = is_inside(f, transfer->memory, transfer->dest, transfer->n);
    if (transfer->is_copy) {
        LLVMValueRef too = is_inside(f, transfer->source_memory, transfer->source, transfer->n);
        is = LLVMBuildAnd(f->b, is, too, "");
    }
    bool is_constant = LLVMIsAConstantInt(transfer->n);
    if (!is_constant) {
        LLVMValueRef few = LLVMBuildICmp(f->b, LLVMIntULE, transfer->n, const64(f, SHORT), "");
        is = LLVMBuildAnd(f->b, is, few, "");
    }
    LLVMValueRef branch = LLVMBuildCondBr(f->b, is, here, there);
    if (is_constant)
        LLVMSetMetadata(branch, f->cg->md_prof, f->cg->prof_likely);
    fn_continue(f, here);
    emit_short(f, transfer);
    LLVMBuildBr(f->b, next);
    fn_continue(f, there);
    emit_runtime(f, transfer);
    LLVMBuildBr(f->b, next);
    fn_continue(f, next);
}

/* ---- instructions ---- */

void emit_memory_fill(struct fn *f)
{
    uint32_t memory = f->insn->imm.index.a;
    struct transfer transfer = {.memory = memory, .source_memory = memory, .n = fn_pop_u64(f)};
    LLVMValueRef byte = LLVMBuildTrunc(f->b, fn_pop(f), f->cg->i8, "");
    transfer.value = LLVMBuildMul(f->b, LLVMBuildZExt(f->b, byte, f->cg->i64, ""),
                                  const64(f, UINT64_C(0x0101010101010101)), "");
    transfer.dest = fn_pop_u64(f);
    emit_transfer(f, &transfer);
}

void emit_memory_copy(struct fn *f)
{
    struct transfer transfer = {.is_copy = true,
                                .memory = f->insn->imm.index.a,
                                .source_memory = f->insn->imm.index.b,
                                .n = fn_pop_u64(f)};
    transfer.source = fn_pop_u64(f);
    transfer.dest = fn_pop_u64(f);
    emit_transfer(f, &transfer);
}

void emit_memory_init(struct fn *f)
{
    LLVMValueRef n = fn_pop_u64(f), source = fn_pop_u64(f), dest = fn_pop_u64(f);
    LLVMValueRef args[] = {fn_i32(f, f->insn->imm.index.b), fn_i32(f, f->insn->imm.index.a), dest,
                           source, n};
    abi_call(f, HELPER_memory_init, args, 5);
}

void emit_data_drop(struct fn *f)
{
    LLVMValueRef segment = fn_i32(f, f->insn->imm.index.a);
    abi_call(f, HELPER_data_drop, &segment, 1);
}
