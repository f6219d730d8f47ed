/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bulk operations on linear memory (spec 4.4.7). The runtime does them; but most copies and fills
 * of programs are of a few bytes, for which its call is the larger part. So what is in bounds and
 * at most SHORT bytes is done here: with a constant length by loads and stores in place, else by a
 * function of the module, which reads from both ends of the range as many bytes as that is sure to
 * have. All is read before anything is written, so ranges may overlap. The runtime does the rest,
 * traps included.
 *
 * Functions of the module that are known to do the same (transfer.h) are called by way of one that
 * does so much before, or in place if the length is constant. (At their own beginning it would
 * stand behind all that they save.)
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"
#include "codegen/plan/transfer.h"

#include <string.h>

enum { SHORT = TRANSFER_MOST, CONSTANT = 128 };

/* A copy has a source, a fill a value: its byte in each of an i64. All are i64. */
struct transfer {
    bool is_copy;
    bool is_call; /* of a function that is known for ranges apart, and does the rest */
    uint32_t memory, source_memory;
    LLVMValueRef dest, source, n, value;
};

/* The same at native addresses; what: the address of the source, or the value. */
struct native {
    bool is_copy;
    LLVMValueRef to, what, n;
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

static void emit_constant(struct fn *f, const struct native *range)
{
    LLVMValueRef at[CONSTANT], values[CONSTANT];
    uint64_t n = LLVMConstIntGetZExtValue(range->n);
    unsigned count = 0;
    for (uint64_t done = 0, bytes = 8; done < n; done += bytes) {
        while (bytes > n - done)
            bytes /= 2;
        at[count] = const64(f, done);
        values[count] = piece(f, range->is_copy, range->what, bytes, at[count]);
        count++;
    }
    for (unsigned i = 0; i < count; i++)
        put_piece(f, range->to, at[i], values[i]);
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
static void emit_both_ends(struct fn *f, const struct native *range, uint64_t bytes, unsigned count)
{
    LLVMValueRef at[8], values[8];
    for (unsigned i = 0; i < count; i++) {
        at[2 * i] = const64(f, i * bytes);
        at[2 * i + 1] = LLVMBuildSub(f->b, range->n, const64(f, (i + 1) * bytes), "");
    }
    for (unsigned i = 0; i < 2 * count; i++)
        values[i] = piece(f, range->is_copy, range->what, bytes, at[i]);
    for (unsigned i = 0; i < 2 * count; i++)
        put_piece(f, range->to, at[i], values[i]);
}

/* Of any length up to SHORT; then goes to `next`. */
static void emit_any_length(struct fn *f, const struct native *range, LLVMBasicBlockRef next)
{
    static const struct {
        uint64_t least, bytes; /* for this many bytes and more: pieces of those */
        unsigned count;
    } ways[] = {{129, 32, 4}, {65, 32, 2}, {33, 16, 2}, {16, 16, 1},
                {8, 8, 1},    {4, 4, 1},   {2, 2, 1},   {1, 1, 1}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        LLVMBasicBlockRef here = fn_block(f, ""), less = fn_block(f, "");
        LLVMValueRef is = LLVMBuildICmp(f->b, LLVMIntUGE, range->n, const64(f, ways[i].least), "");
        LLVMBuildCondBr(f->b, is, here, less);
        LLVMPositionBuilderAtEnd(f->b, here);
        emit_both_ends(f, range, ways[i].bytes, ways[i].count);
        LLVMBuildBr(f->b, next);
        LLVMPositionBuilderAtEnd(f->b, less);
    }
    LLVMBuildBr(f->b, next);
}

static void define_short(struct cg *cg, bool is_copy)
{
    struct fn f = {.cg = cg, .b = cg->builder, .value = short_function(cg, is_copy)};
    const struct native range = {is_copy, LLVMGetParam(f.value, 0), LLVMGetParam(f.value, 1),
                                 LLVMGetParam(f.value, 2)};
    LLVMPositionBuilderAtEnd(f.b, fn_block(&f, ""));
    LLVMBasicBlockRef end = fn_block(&f, "");
    emit_any_length(&f, &range, end);
    LLVMPositionBuilderAtEnd(f.b, end);
    LLVMBuildRetVoid(f.b);
}

/* ---- here or there ---- */

static LLVMValueRef is_inside(struct fn *f, uint32_t memory, LLVMValueRef at, LLVMValueRef n)
{
    LLVMValueRef end = LLVMBuildAdd(f->b, at, n, ""); /* both are below 2^32 */
    return LLVMBuildICmp(f->b, LLVMIntULE, end, abi_memory_size(f, memory), "");
}

static LLVMValueRef native_address(struct fn *f, uint32_t memory, LLVMValueRef at)
{
    return LLVMBuildGEP2(f->b, f->cg->i8, abi_memory_base(f, memory), &at, 1, "");
}

static struct native native(struct fn *f, const struct transfer *transfer)
{
    return (struct native){
        .is_copy = transfer->is_copy,
        .to = native_address(f, transfer->memory, transfer->dest),
        .what = transfer->is_copy ? native_address(f, transfer->source_memory, transfer->source)
                                  : transfer->value,
        .n = transfer->n,
    };
}

static void emit_short(struct fn *f, const struct transfer *transfer)
{
    struct native range = native(f, transfer);
    if (LLVMIsAConstantInt(transfer->n)) {
        emit_constant(f, &range);
        return;
    }
    LLVMValueRef function = short_function(f->cg, transfer->is_copy);
    LLVMBuildCall2(f->b, LLVMGlobalGetValueType(function), function,
                   (LLVMValueRef[]){range.to, range.what, range.n}, 3, "");
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

/* Of a copy by a function: the bytes may be next to each other. */
static LLVMValueRef are_apart(struct fn *f, const struct transfer *transfer)
{
    LLVMValueRef distance = LLVMBuildSub(f->b, transfer->dest, transfer->source, "");
    LLVMValueRef back = LLVMBuildNeg(f->b, distance, "");
    LLVMValueRef is_below = LLVMBuildICmp(f->b, LLVMIntSLT, distance, const64(f, 0), "");
    distance = LLVMBuildSelect(f->b, is_below, back, distance, "");
    return LLVMBuildICmp(f->b, LLVMIntUGE, distance, transfer->n, "");
}

/* i1: whether it can be done here. */
static LLVMValueRef is_short(struct fn *f, const struct transfer *transfer)
{
    LLVMValueRef is = is_inside(f, transfer->memory, transfer->dest, transfer->n);
    if (transfer->is_copy) {
        LLVMValueRef too = is_inside(f, transfer->source_memory, transfer->source, transfer->n);
        is = LLVMBuildAnd(f->b, is, too, "");
    }
    if (transfer->is_copy && transfer->is_call)
        is = LLVMBuildAnd(f->b, is, are_apart(f, transfer), "");
    if (LLVMIsAConstantInt(transfer->n))
        return is;
    LLVMValueRef few = LLVMBuildICmp(f->b, LLVMIntULE, transfer->n, const64(f, SHORT), "");
    return LLVMBuildAnd(f->b, is, few, "");
}

static void branch_if_short(struct fn *f, const struct transfer *transfer, LLVMBasicBlockRef here,
                            LLVMBasicBlockRef there)
{
    LLVMValueRef branch = LLVMBuildCondBr(f->b, is_short(f, transfer), here, there);
    if (LLVMIsAConstantInt(transfer->n))
        LLVMSetMetadata(branch, f->cg->md_prof, f->cg->prof_likely);
}

static void emit_transfer(struct fn *f, const struct transfer *transfer)
{
    if (!may_be_short(f, transfer)) {
        emit_runtime(f, transfer);
        return;
    }
    LLVMBasicBlockRef here = fn_block(f, "short"), there = fn_block(f, ""), next = fn_block(f, "");
    branch_if_short(f, transfer, here, there);
    fn_continue(f, here);
    emit_short(f, transfer);
    LLVMBuildBr(f->b, next);
    fn_continue(f, there);
    emit_runtime(f, transfer);
    LLVMBuildBr(f->b, next);
    fn_continue(f, next);
}

/* ---- functions that do the same ---- */

static LLVMValueRef repeated_byte(struct fn *f, LLVMValueRef value)
{
    LLVMValueRef byte = LLVMBuildTrunc(f->b, value, f->cg->i8, "");
    return LLVMBuildMul(f->b, LLVMBuildZExt(f->b, byte, f->cg->i64, ""),
                        const64(f, UINT64_C(0x0101010101010101)), "");
}

/* What function `func` does with those arguments; false if that is not known. */
static bool find_transfer(struct fn *f, uint32_t func, LLVMValueRef const *args,
                          struct transfer *out)
{
    const uint8_t *kinds = f->cg->c->transfers;
    if (!kinds || kinds[func] == TRANSFER_NONE || f->plain)
        return false;
    *out = (struct transfer){.is_copy = kinds[func] == TRANSFER_COPY, .is_call = true};
    out->dest = fn_u64(f, args[0]);
    if (out->is_copy)
        out->source = fn_u64(f, args[1]);
    else
        out->value = repeated_byte(f, args[1]);
    out->n = fn_u64(f, args[2]);
    return true;
}

/* With a constant length, in place. */
static bool is_in_place(const struct fn *f, const struct functype *type)
{
    if (type->param_count != 3)
        return false;
    LLVMValueRef n = f->stack[f->stack_size - 1];
    return LLVMIsAConstantInt(n) && LLVMConstIntGetZExtValue(n) <= CONSTANT;
}

bool emit_transfer_call(struct fn *f, uint32_t func, void (*call)(struct fn *f, uint32_t func))
{
    const struct functype *type = cg_type_of(f->cg, func);
    struct transfer transfer;
    if (!is_in_place(f, type) || !find_transfer(f, func, &f->stack[f->stack_size - 3], &transfer))
        return false;
    LLVMValueRef dest = f->stack[f->stack_size - 3];
    LLVMBasicBlockRef here = fn_block(f, "short"), there = fn_block(f, ""), next = fn_block(f, "");
    branch_if_short(f, &transfer, here, there);
    fn_continue(f, here);
    emit_short(f, &transfer);
    LLVMBuildBr(f->b, next);
    fn_continue(f, there);
    call(f, func);
    LLVMBasicBlockRef from[] = {here, LLVMGetInsertBlock(f->b)};
    LLVMBuildBr(f->b, next);
    fn_continue(f, next);
    if (type->result_count == 1) {
        LLVMValueRef result = LLVMBuildPhi(f->b, f->cg->i32, "");
        LLVMAddIncoming(result, (LLVMValueRef[]){dest, fn_pop(f)}, from, 2);
        fn_push(f, result);
    }
    return true;
}

/* ---- with any length, in a function that calls func for the rest ---- */

static const char *around_name(struct cg *cg, uint32_t func)
{
    return arena_printf(cg->arena, "w2s.around.%u", func);
}

/* A constant that is too long anyway. */
static bool is_long(LLVMValueRef n)
{
    return LLVMIsAConstantInt(n) && LLVMConstIntGetZExtValue(n) > SHORT;
}

LLVMValueRef emit_transfer_code(struct fn *f, uint32_t func)
{
    struct cg *cg = f->cg;
    if (!cg->c->transfers || cg->c->transfers[func] == TRANSFER_NONE || f->plain ||
        is_long(f->stack[f->stack_size - 1]))
        return NULL;
    const char *name = around_name(cg, func);
    LLVMValueRef function = LLVMGetNamedFunction(cg->module, name);
    if (function)
        return function;
    function = LLVMAddFunction(cg->module, name, cg_functype(cg, cg_type_of(cg, func)));
    LLVMSetLinkage(function, LLVMInternalLinkage);
    cg_function_attributes(cg, function);
    cg_add_attribute(cg, function, "noinline", 0);
    return function;
}

static void return_from_around(struct fn *f, uint32_t func, LLVMValueRef result)
{
    if (cg_type_of(f->cg, func)->result_count == 1)
        LLVMBuildRet(f->b, result);
    else
        LLVMBuildRetVoid(f->b);
}

static void call_around(struct fn *f, uint32_t func, LLVMValueRef args[4])
{
    LLVMTypeRef type = cg_functype(f->cg, cg_type_of(f->cg, func));
    LLVMValueRef call = LLVMBuildCall2(f->b, type, cg_function(f->cg, func), args, 4, "");
    cg_call_attributes(f->cg, call);
    /* What faults must be in the function itself. */
    LLVMAddCallSiteAttribute(call, FUNCTION_INDEX, cg_attribute(f->cg, "noinline", 0));
    LLVMSetTailCallKind(call, LLVMTailCallKindMustTail);
    return_from_around(f, func, call);
}

static void define_around(struct cg *cg, uint32_t func)
{
    struct fn f = {.cg = cg, .b = cg->builder};
    f.value = LLVMGetNamedFunction(cg->module, around_name(cg, func));
    LLVMValueRef args[4];
    LLVMGetParams(f.value, args);
    f.ctx = args[0];
    LLVMPositionBuilderAtEnd(f.b, fn_block(&f, ""));
    fn_load_memory_base(&f);
    struct transfer transfer;
    find_transfer(&f, func, args + 1, &transfer);
    LLVMBasicBlockRef here = fn_block(&f, ""), there = fn_block(&f, ""), end = fn_block(&f, "");
    branch_if_short(&f, &transfer, here, there);
    LLVMPositionBuilderAtEnd(f.b, here);
    struct native range = native(&f, &transfer);
    emit_any_length(&f, &range, end);
    LLVMPositionBuilderAtEnd(f.b, end);
    return_from_around(&f, func, args[1]);
    LLVMPositionBuilderAtEnd(f.b, there);
    call_around(&f, func, args);
}

void emit_bulk_functions(struct cg *cg)
{
    for (int is_copy = 0; is_copy < 2; is_copy++)
        if (LLVMGetNamedFunction(cg->module, function_names[is_copy]))
            define_short(cg, is_copy);
    for (uint32_t i = 0; cg->c->transfers && i < cg->m->func_count; i++)
        if (cg->c->transfers[i] != TRANSFER_NONE &&
            LLVMGetNamedFunction(cg->module, around_name(cg, i)))
            define_around(cg, i);
}

/* ---- instructions ---- */

void emit_memory_fill(struct fn *f)
{
    uint32_t memory = f->insn->imm.index.a;
    struct transfer transfer = {.memory = memory, .source_memory = memory, .n = fn_pop_u64(f)};
    transfer.value = repeated_byte(f, fn_pop(f));
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
