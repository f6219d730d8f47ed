/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls through closed tables (closed_table.c), with the caller's own ctx.
 *
 * A type that few functions of the table have: the index is compared and they are called directly,
 * which LLVM may inline. Otherwise the code comes from a constant array, as a distance from the
 * array's start: an array of its own for each type, in which elements of other types are 0, so that
 * the distance says all; or, where such an array would be nearly empty, one array of the table with
 * the number of each element's type beside it.
 *
 * Whatever is wrong with an index, one cold function of the table finds out.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"
#include "codegen/plan/closed_table.h"

enum convention { PLAIN, TAIL };

/* A row of a table's own array: its fields by number. */
enum { ROW_CODE, ROW_TYPE, ROW_TAIL, ROW_FIELDS };

/* Type number of a null element: no type has it. */
static const uint32_t NULL_TYPE = UINT32_MAX;

/* A type's array has at most so many elements for each function in it. */
enum { MOST_SPREAD = 16 };

/* The most elements whose index is compared. */
enum { FEW_ELEMENTS = 8 };

static bool is_few(const struct closed_type *type)
{
    return type->members > 0 && type->func_count <= CLOSED_FEW && type->members <= FEW_ELEMENTS;
}

/* Elements of a type's array: from first on, from 0 where that costs little. */
struct span {
    uint32_t first, count;
};

static struct span span_of(const struct closed_type *type)
{
    if (type->members == 0)
        return (struct span){0, 0};
    uint32_t first = type->first > type->last / 2 ? type->first : 0;
    return (struct span){first, type->last - first + 1};
}

static bool is_dense(const struct closed_type *type)
{
    return span_of(type).count <= MOST_SPREAD * (uint64_t)type->members;
}

/* ---- imports in a table: a function of ours that calls the import with its own ctx ---- */

static LLVMValueRef declare_adapter(struct cg *cg, const char *name, uint32_t func)
{
    const struct functype *type = &cg->m->types[cg->m->funcs[func].type].func;
    LLVMValueRef adapter = LLVMAddFunction(cg->module, name, cg_functype(cg, type));
    LLVMSetLinkage(adapter, LLVMInternalLinkage);
    cg_function_attributes(cg, adapter);
    return adapter;
}

static LLVMValueRef import_adapter(struct cg *cg, uint32_t func)
{
    const char *name = arena_printf(cg->arena, "w2s.import.%u", func);
    LLVMValueRef adapter = LLVMGetNamedFunction(cg->module, name);
    if (adapter)
        return adapter;
    adapter = declare_adapter(cg, name, func);
    struct fn f = {.cg = cg, .b = cg->builder, .value = adapter, .ctx = LLVMGetParam(adapter, 0)};
    LLVMPositionBuilderAtEnd(f.b, fn_block(&f, ""));
    LLVMValueRef slot = abi_import_slot(&f, func);
    unsigned count = LLVMCountParams(adapter);
    LLVMValueRef *args = arena_array(cg->arena, count, sizeof *args);
    LLVMGetParams(adapter, args);
    args[0] = abi_load_invariant(&f, cg->ptr,
                                 abi_offset(&f, slot, offsetof(struct w2s_import_func, ctx)));
    LLVMValueRef code = abi_load_invariant(
        &f, cg->ptr, abi_offset(&f, slot, offsetof(struct w2s_import_func, code)));
    LLVMTypeRef type = LLVMGlobalGetValueType(adapter);
    LLVMValueRef call = LLVMBuildCall2(f.b, type, code, args, count, "");
    cg_call_attributes(cg, call);
    if (LLVMGetReturnType(type) == cg->void_)
        LLVMBuildRetVoid(f.b);
    else
        LLVMBuildRet(f.b, call);
    return adapter;
}

/* ---- the arrays: declared where they are used, defined in the descriptor's partition ---- */

static LLVMValueRef declare_array(struct cg *cg, const char *name, LLVMTypeRef element,
                                  uint32_t count)
{
    LLVMValueRef array = LLVMGetNamedGlobal(cg->module, name);
    if (array)
        return array;
    array = LLVMAddGlobal(cg->module, LLVMArrayType2(element, count), name);
    LLVMSetVisibility(array, LLVMHiddenVisibility);
    LLVMSetGlobalConstant(array, true);
    return array;
}

static LLVMValueRef type_array(struct cg *cg, uint32_t table, const struct closed_type *type,
                               enum convention convention)
{
    const char *name = arena_printf(cg->arena, "%s.table.%u.%u%s", cg->c->lead, table, type->canon,
                                    convention == TAIL ? ".tail" : "");
    return declare_array(cg, name, cg->i32, span_of(type).count);
}

/* Only a module that makes tail calls has ROW_TAIL. */
static unsigned row_fields(const struct cg *cg)
{
    return cg->c->tail ? ROW_FIELDS : ROW_TAIL;
}

static LLVMTypeRef row_type(struct cg *cg)
{
    LLVMTypeRef fields[ROW_FIELDS] = {cg->i32, cg->i32, cg->i32};
    return LLVMStructTypeInContext(cg->context, fields, row_fields(cg), false);
}

static LLVMValueRef row_array(struct cg *cg, uint32_t table)
{
    const char *name = arena_printf(cg->arena, "%s.table.%u", cg->c->lead, table);
    return declare_array(cg, name, row_type(cg), cg->c->closed[table].size);
}

/* By element, 1 if it is null. */
static LLVMValueRef null_array(struct cg *cg, uint32_t table)
{
    const char *name = arena_printf(cg->arena, "%s.table.%u.null", cg->c->lead, table);
    return declare_array(cg, name, cg->i8, cg->c->closed[table].size);
}

/* Code of the function in that convention, as a distance from the array's start. */
static LLVMValueRef distance(struct cg *cg, uint32_t func, enum convention convention,
                             LLVMValueRef array)
{
    bool import = cg->m->funcs[func].import != NULL;
    LLVMValueRef code = convention == TAIL ? cg_tail_target(cg, func)
                        : import           ? import_adapter(cg, func)
                                           : cg_function(cg, func);
    LLVMValueRef bytes =
        LLVMConstSub(LLVMConstPtrToInt(code, cg->i64), LLVMConstPtrToInt(array, cg->i64));
    return LLVMConstTrunc(bytes, cg->i32);
}

static uint32_t canon_of(const struct cg *cg, uint32_t func)
{
    return func == NO_INDEX ? NULL_TYPE : cg->m->types[cg->m->funcs[func].type].canon;
}

static void define_type_array(struct cg *cg, uint32_t table, const struct closed_type *type,
                              enum convention convention)
{
    LLVMValueRef array = type_array(cg, table, type, convention);
    const struct span span = span_of(type);
    LLVMValueRef *distances = arena_array(cg->arena, span.count, sizeof *distances);
    for (uint32_t i = 0; i < span.count; i++) {
        uint32_t func = cg->c->closed[table].funcs[span.first + i];
        distances[i] = canon_of(cg, func) == type->canon ? distance(cg, func, convention, array)
                                                         : LLVMConstInt(cg->i32, 0, false);
    }
    LLVMSetInitializer(array, LLVMConstArray2(cg->i32, distances, span.count));
}

static LLVMValueRef row(struct cg *cg, uint32_t func, LLVMValueRef array)
{
    LLVMValueRef none = LLVMConstInt(cg->i32, 0, false);
    LLVMValueRef fields[ROW_FIELDS] = {none, LLVMConstInt(cg->i32, canon_of(cg, func), false),
                                       none};
    if (func != NO_INDEX) {
        fields[ROW_CODE] = distance(cg, func, PLAIN, array);
        if (cg->c->tail)
            fields[ROW_TAIL] = distance(cg, func, TAIL, array);
    }
    return LLVMConstStructInContext(cg->context, fields, row_fields(cg), false);
}

static void define_row_array(struct cg *cg, uint32_t table)
{
    const struct closed_table *closed = &cg->c->closed[table];
    LLVMValueRef array = row_array(cg, table);
    LLVMValueRef *rows = arena_array(cg->arena, closed->size, sizeof *rows);
    for (uint32_t i = 0; i < closed->size; i++)
        rows[i] = row(cg, closed->funcs[i], array);
    LLVMSetInitializer(array, LLVMConstArray2(row_type(cg), rows, closed->size));
}

static void define_null_array(struct cg *cg, uint32_t table)
{
    const struct closed_table *closed = &cg->c->closed[table];
    LLVMValueRef *nulls = arena_array(cg->arena, closed->size, sizeof *nulls);
    for (uint32_t i = 0; i < closed->size; i++)
        nulls[i] = LLVMConstInt(cg->i8, closed->funcs[i] == NO_INDEX, false);
    LLVMSetInitializer(null_array(cg, table), LLVMConstArray2(cg->i8, nulls, closed->size));
}

/* ---- calls that fail ---- */

/* R f(ctx, index, wasm offset of the call): traps. It must not be in a backtrace, so it stays
 * outside of the section of wasm functions. */
static LLVMValueRef failure(struct cg *cg, uint32_t table)
{
    const char *name = arena_printf(cg->arena, "%s.table.%u.fail", cg->c->lead, table);
    LLVMValueRef function = LLVMGetNamedFunction(cg->module, name);
    if (function)
        return function;
    LLVMTypeRef params[] = {cg->ptr, cg->i64, cg->i32};
    function = LLVMAddFunction(cg->module, name, LLVMFunctionType(cg->void_, params, 3, false));
    LLVMSetVisibility(function, LLVMHiddenVisibility);
    cg_function_attributes(cg, function);
    static const char *const attributes[] = {"noreturn", "cold", "noinline", "nounwind"};
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        cg_add_attribute(cg, function, attributes[i], 0);
    return function;
}

static void trap(struct fn *f, enum w2s_trap_kind kind)
{
    LLVMValueRef args[] = {fn_i32(f, kind), LLVMGetParam(f->value, 2)};
    abi_call(f, HELPER_trap, args, 2);
    LLVMBuildUnreachable(f->b);
}

/* Goes on where condition does not hold. */
static void trap_if(struct fn *f, LLVMValueRef condition, enum w2s_trap_kind kind)
{
    LLVMBasicBlockRef here = fn_block(f, "trap"), next = fn_block(f, "");
    LLVMBuildCondBr(f->b, condition, here, next);
    LLVMPositionBuilderAtEnd(f->b, here);
    trap(f, kind);
    LLVMPositionBuilderAtEnd(f->b, next);
}

static void define_failure(struct cg *cg, uint32_t table)
{
    LLVMValueRef function = failure(cg, table), array = null_array(cg, table);
    struct fn f = {.cg = cg, .b = cg->builder, .value = function, .ctx = LLVMGetParam(function, 0)};
    LLVMPositionBuilderAtEnd(f.b, fn_block(&f, ""));
    LLVMValueRef index = LLVMGetParam(function, 1);
    LLVMValueRef size = LLVMConstInt(cg->i64, cg->c->closed[table].size, false);
    trap_if(&f, LLVMBuildICmp(f.b, LLVMIntUGE, index, size, ""), W2S_TRAP_UNDEFINED_ELEMENT);
    LLVMValueRef at = LLVMBuildGEP2(f.b, cg->i8, array, &index, 1, "");
    LLVMValueRef is_null = abi_load_invariant(&f, cg->i8, at);
    is_null = LLVMBuildICmp(f.b, LLVMIntNE, is_null, LLVMConstNull(cg->i8), "");
    trap_if(&f, is_null, W2S_TRAP_UNINITIALIZED_ELEMENT);
    trap(&f, W2S_TRAP_INDIRECT_CALL_TYPE);
}

/* The block for calls that fail, closed. */
static LLVMBasicBlockRef failure_block(struct fn *f, uint32_t table, LLVMValueRef index)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(f->b), block = fn_block(f, "fail");
    LLVMPositionBuilderAtEnd(f->b, block);
    LLVMValueRef function = failure(f->cg, table);
    LLVMValueRef args[] = {f->ctx, index, fn_i32(f, f->insn->offset)};
    LLVMValueRef call =
        LLVMBuildCall2(f->b, LLVMGlobalGetValueType(function), function, args, 3, "");
    cg_call_attributes(f->cg, call);
    LLVMBuildUnreachable(f->b);
    LLVMPositionBuilderAtEnd(f->b, here);
    return block;
}

static void fail_if(struct fn *f, LLVMValueRef condition, LLVMBasicBlockRef failure)
{
    LLVMBasicBlockRef next = fn_block(f, "");
    LLVMValueRef branch = LLVMBuildCondBr(f->b, condition, failure, next);
    LLVMSetMetadata(branch, f->cg->md_prof, f->cg->prof_unlikely);
    fn_continue(f, next);
}

/* ---- what is defined ---- */

static void define_type(struct cg *cg, uint32_t table, const struct closed_type *type)
{
    if (type->called && !is_few(type) && is_dense(type))
        define_type_array(cg, table, type, PLAIN);
    if (type->tail_called && is_dense(type))
        define_type_array(cg, table, type, TAIL);
}

static bool wants_rows(const struct closed_type *type)
{
    return !is_dense(type) && (type->tail_called || !is_few(type));
}

void emit_closed_tables(struct cg *cg)
{
    for (uint32_t i = 0; i < cg->m->table_count; i++) {
        const struct closed_table *closed = &cg->c->closed[i];
        if (!closed->funcs || closed->type_count == 0)
            continue;
        bool rows = false;
        for (uint32_t k = 0; k < closed->type_count; k++) {
            define_type(cg, i, &closed->types[k]);
            rows |= wants_rows(&closed->types[k]);
        }
        if (rows)
            define_row_array(cg, i);
        define_null_array(cg, i);
        define_failure(cg, i);
    }
}

/* ---- the call ---- */

static LLVMValueRef element_address(struct fn *f, LLVMValueRef array, LLVMValueRef index)
{
    LLVMValueRef path[] = {LLVMConstInt(f->cg->i64, 0, false), index};
    return LLVMBuildInBoundsGEP2(f->b, LLVMGlobalGetValueType(array), array, path, 2, "");
}

static LLVMValueRef code_at(struct fn *f, LLVMValueRef array, LLVMValueRef distance)
{
    LLVMValueRef bytes = LLVMBuildSExt(f->b, distance, f->cg->i64, "");
    return LLVMBuildGEP2(f->b, f->cg->i8, array, &bytes, 1, "");
}

static LLVMValueRef code_of_type(struct fn *f, uint32_t table, const struct closed_type *type,
                                 LLVMValueRef index, enum convention convention)
{
    LLVMBasicBlockRef failure = failure_block(f, table, index);
    LLVMValueRef array = type_array(f->cg, table, type, convention);
    const struct span span = span_of(type);
    if (span.first > 0)
        index = LLVMBuildSub(f->b, index, LLVMConstInt(f->cg->i64, span.first, false), "");
    LLVMValueRef count = LLVMConstInt(f->cg->i64, span.count, false);
    fail_if(f, LLVMBuildICmp(f->b, LLVMIntUGE, index, count, ""), failure);
    LLVMValueRef code = abi_load_invariant(f, f->cg->i32, element_address(f, array, index));
    fail_if(f, LLVMBuildIsNull(f->b, code, ""), failure);
    return code_at(f, array, code);
}

static LLVMValueRef row_field(struct fn *f, LLVMValueRef row, unsigned field)
{
    return abi_load_invariant(f, f->cg->i32,
                              LLVMBuildStructGEP2(f->b, row_type(f->cg), row, field, ""));
}

static LLVMValueRef code_of_row(struct fn *f, uint32_t table, const struct closed_type *type,
                                LLVMValueRef index, enum convention convention)
{
    LLVMBasicBlockRef failure = failure_block(f, table, index);
    LLVMValueRef array = row_array(f->cg, table);
    LLVMValueRef size = LLVMConstInt(f->cg->i64, f->cg->c->closed[table].size, false);
    fail_if(f, LLVMBuildICmp(f->b, LLVMIntUGE, index, size, ""), failure);
    LLVMValueRef row = element_address(f, array, index);
    LLVMValueRef canon = row_field(f, row, ROW_TYPE);
    fail_if(f, LLVMBuildICmp(f->b, LLVMIntNE, canon, fn_i32(f, type->canon), ""), failure);
    return code_at(f, array, row_field(f, row, convention == TAIL ? ROW_TAIL : ROW_CODE));
}

static LLVMValueRef find_code(struct fn *f, uint32_t table, const struct closed_type *type,
                              LLVMValueRef index, enum convention convention)
{
    return is_dense(type) ? code_of_type(f, table, type, index, convention)
                          : code_of_row(f, table, type, index, convention);
}

/* The type of a call through a closed table; NULL if it is not closed or subtypes will do. */
static const struct closed_type *called_type(const struct fn *f, uint32_t table,
                                             uint32_t type_index)
{
    const struct subtype *type = &f->cg->m->types[type_index];
    const struct closed_table *closed = &f->cg->c->closed[table];
    return closed->funcs && type->final ? closed_type_find(closed, type->canon) : NULL;
}

LLVMValueRef emit_closed_tail_callee(struct fn *f, uint32_t table, uint32_t type_index)
{
    const struct closed_type *type = called_type(f, table, type_index);
    return type ? find_code(f, table, type, fn_pop_u64(f), TAIL) : NULL;
}

/* One of few functions, by index. */
static void emit_choice(struct fn *f, uint32_t table, const struct closed_type *type,
                        struct alternatives *calls, LLVMValueRef index)
{
    const struct closed_table *closed = &f->cg->c->closed[table];
    LLVMValueRef choice =
        LLVMBuildSwitch(f->b, index, failure_block(f, table, index), type->members);
    LLVMBasicBlockRef blocks[CLOSED_FEW];
    for (uint32_t i = 0; i < type->func_count; i++) {
        blocks[i] = fn_block(f, "callee");
        fn_continue(f, blocks[i]);
        alternatives_call_func(f, calls, type->funcs[i]);
    }
    for (uint32_t at = type->first; at <= type->last; at++)
        for (uint32_t i = 0; i < type->func_count; i++)
            if (closed->funcs[at] == type->funcs[i])
                LLVMAddCase(choice, LLVMConstInt(f->cg->i64, at, false), blocks[i]);
}

/* A function that the index mostly means, by name. One at several places is compared with once. */
static void emit_hot_callee(struct fn *f, const struct closed_table *closed,
                            const struct closed_type *type, struct alternatives *calls,
                            const struct hot_callee *callee, LLVMValueRef index)
{
    for (uint32_t at = type->first; type->members > 0 && at <= type->last; at++)
        if (closed->funcs[at] == callee->func) {
            LLVMValueRef element = LLVMConstInt(f->cg->i64, at, false);
            emit_guarded_call(f, calls, callee, LLVMBuildICmp(f->b, LLVMIntEQ, index, element, ""));
            return;
        }
}

bool emit_closed_call(struct fn *f, uint32_t table, uint32_t type_index)
{
    const struct closed_type *type = called_type(f, table, type_index);
    if (!type)
        return false;
    LLVMValueRef index = fn_pop_u64(f);
    struct hot_callees hot = profile_callees(f, type_index);
    struct alternatives calls = alternatives_open(f, &f->cg->m->types[type_index].func);
    for (uint32_t i = 0; i < hot.count; i++)
        emit_hot_callee(f, &f->cg->c->closed[table], type, &calls, &hot.callees[i], index);
    if (is_few(type))
        emit_choice(f, table, type, &calls, index);
    else
        alternatives_call(f, &calls, find_code(f, table, type, index, PLAIN), f->ctx);
    alternatives_close(f, &calls);
    return true;
}
