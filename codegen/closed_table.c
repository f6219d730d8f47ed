/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Closed tables: of function references, neither imported nor exported, written by no instruction,
 * filled by active segments at constant places. What stands in them is known here, so an indirect
 * call needs neither the table nor its records: it looks into a constant array of {code, type} next
 * to the code, where code is the distance from the array's start and type a number of the module,
 * and calls with its own ctx. For tail calls there is a third field, code of their convention.
 * Tables of that kind are what compilers make for function pointers.
 *
 * Where nothing else reads such a table, an instance has none of it: no elements, no segments and
 * no records of functions that only they name (record_plan.c).
 */
#include "codegen/abi.h"
#include "codegen/function.h"

#include <string.h>

struct closed_table {
    uint32_t size;
    uint32_t *funcs; /* NO_INDEX: null */
    bool is_read;    /* by instructions that want an element of the instance's table */
};

/* A row of the array: its fields by number. */
enum { ROW_CODE, ROW_TYPE, ROW_TAIL, ROW_FIELDS };

/* Type number of a null element: no type has it. */
static const uint32_t NULL_TYPE = UINT32_MAX;

/* Larger tables stay as they are: the array is 8 bytes an element of every .so that has it. */
static const uint64_t MAX_SIZE = 1u << 20;

/* ---- which tables ---- */

struct uses {
    const struct module *m;
    bool *written, *read; /* by table */
};

/* Indices are not validated yet. */
static void note_table(const struct uses *uses, bool *tables, uint32_t table)
{
    if (table < uses->m->table_count)
        tables[table] = true;
}

/* A call looks into the array only if no subtype can be meant. */
static void note_call(const struct uses *uses, uint32_t type, uint32_t table)
{
    if (type >= uses->m->type_count || !uses->m->types[type].final)
        note_table(uses, uses->read, table);
}

static void visit_insn(void *env, uint32_t func, const struct insn *insn)
{
    const struct uses *uses = env;
    const uint32_t a = insn->imm.index.a, b = insn->imm.index.b;
    (void)func;
    switch ((enum opcode)insn->op) {
    case OP_table_set:
    case OP_table_grow:
    case OP_table_fill: note_table(uses, uses->written, a); break;
    case OP_table_copy:
        note_table(uses, uses->written, a);
        note_table(uses, uses->read, b);
        break;
    case OP_table_init: note_table(uses, uses->written, b); break;
    case OP_table_get: note_table(uses, uses->read, a); break;
    case OP_call_indirect:
    case OP_return_call_indirect: note_call(uses, a, b); break;
    default: break;
    }
}

static bool is_candidate(const struct table *table)
{
    const struct valtype *elem = &table->type.elem;
    return !table->import && !table->has_init && elem->kind == VT_REF && elem->nullable &&
           elem->heap == HEAP_FUNC && table->type.limits.min <= MAX_SIZE;
}

uint64_t constexpr_offset(const struct constexpr *expr)
{
    if (expr->insn_count != 2)
        return UINT64_MAX;
    if (expr->insns[0].op == OP_i32_const)
        return (uint32_t)expr->insns[0].imm.bits;
    return expr->insns[0].op == OP_i64_const ? expr->insns[0].imm.bits : UINT64_MAX;
}

/* Element i of a segment: a function index, or NO_INDEX for null; false if it is neither. */
static bool segment_func(const struct elem_segment *segment, uint32_t i, uint32_t *func)
{
    if (segment->is_funcs) {
        *func = segment->funcs[i];
        return true;
    }
    const struct constexpr *expr = &segment->exprs[i];
    *func = expr->insns[0].op == OP_ref_func ? expr->insns[0].imm.index.a : NO_INDEX;
    return expr->insn_count == 2 &&
           (expr->insns[0].op == OP_ref_func || expr->insns[0].op == OP_ref_null);
}

static bool apply_segment(struct closed_table *closed, const struct elem_segment *segment)
{
    uint64_t at = constexpr_offset(&segment->at);
    if (at > closed->size || segment->count > closed->size - at)
        return false;
    for (uint32_t i = 0; i < segment->count; i++)
        if (!segment_func(segment, i, &closed->funcs[at + i]))
            return false;
    return true;
}

/* Fills closed->funcs; false if a segment's place or contents are not known. */
static bool fill(struct closed_table *closed, const struct module *m, uint32_t table,
                 struct arena *arena)
{
    closed->size = (uint32_t)m->tables[table].type.limits.min;
    closed->funcs = arena_array(arena, closed->size, sizeof *closed->funcs);
    memset(closed->funcs, 0xff, closed->size * sizeof *closed->funcs);
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *segment = &m->elems[i];
        if (segment->mode == SEGMENT_ACTIVE && segment->table == table &&
            !apply_segment(closed, segment))
            return false;
    }
    return true;
}

struct closed_table *closed_tables(const struct module *m, struct arena *arena,
                                   struct arena *scratch)
{
    struct closed_table *tables = arena_array(arena, m->table_count, sizeof *tables);
    struct uses uses = {m, arena_array(arena, m->table_count, sizeof(bool)),
                        arena_array(arena, m->table_count, sizeof(bool))};
    for (uint32_t i = 0; i < m->export_count; i++)
        if (m->exports[i].kind == EXTERN_TABLE)
            note_table(&uses, uses.written, m->exports[i].index);
    if (m->table_count > 0)
        scan_bodies(m, scratch, visit_insn, &uses);
    for (uint32_t i = 0; i < m->table_count; i++) {
        if (uses.written[i] || !is_candidate(&m->tables[i]) || !fill(&tables[i], m, i, arena))
            tables[i].funcs = NULL;
        tables[i].is_read = uses.read[i];
    }
    return tables;
}

bool closed_table_is_unread(const struct closed_table *tables, uint32_t table)
{
    return tables[table].funcs && !tables[table].is_read;
}

bool closed_table_size(const struct closed_table *tables, uint32_t table, uint32_t *size)
{
    *size = tables[table].size;
    return tables[table].funcs != NULL;
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

/* ---- the array ---- */

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

/* The array of a table, declared here; the descriptor's partition defines it. */
static LLVMValueRef array_of(struct cg *cg, uint32_t table)
{
    const char *name = arena_printf(cg->arena, "%s.table.%u", cg->c->lead, table);
    LLVMValueRef array = LLVMGetNamedGlobal(cg->module, name);
    if (array)
        return array;
    LLVMTypeRef type = LLVMArrayType2(row_type(cg), cg->c->closed[table].size);
    array = LLVMAddGlobal(cg->module, type, name);
    LLVMSetVisibility(array, LLVMHiddenVisibility);
    LLVMSetGlobalConstant(array, true);
    return array;
}

static LLVMValueRef distance(struct cg *cg, LLVMValueRef code, LLVMValueRef array)
{
    LLVMValueRef bytes =
        LLVMConstSub(LLVMConstPtrToInt(code, cg->i64), LLVMConstPtrToInt(array, cg->i64));
    return LLVMConstTrunc(bytes, cg->i32);
}

static LLVMValueRef element(struct cg *cg, uint32_t func, LLVMValueRef array)
{
    LLVMValueRef code = LLVMConstInt(cg->i32, 0, false), tail = code;
    uint32_t type = NULL_TYPE;
    if (func != NO_INDEX) {
        bool import = cg->m->funcs[func].import != NULL;
        code = distance(cg, import ? import_adapter(cg, func) : cg_function(cg, func), array);
        type = cg->m->types[cg->m->funcs[func].type].canon;
        if (cg->c->tail)
            tail = distance(cg, cg_tail_target(cg, func), array);
    }
    LLVMValueRef fields[ROW_FIELDS] = {code, LLVMConstInt(cg->i32, type, false), tail};
    return LLVMConstStructInContext(cg->context, fields, row_fields(cg), false);
}

void emit_closed_tables(struct cg *cg)
{
    for (uint32_t i = 0; i < cg->m->table_count; i++) {
        const struct closed_table *closed = &cg->c->closed[i];
        if (!closed->funcs)
            continue;
        LLVMValueRef array = array_of(cg, i);
        LLVMValueRef *rows = arena_array(cg->arena, closed->size, sizeof *rows);
        for (uint32_t k = 0; k < closed->size; k++)
            rows[k] = element(cg, closed->funcs[k], array);
        LLVMSetInitializer(array, LLVMConstArray2(row_type(cg), rows, closed->size));
    }
}

/* ---- the call ---- */

static LLVMValueRef load_field(struct fn *f, LLVMValueRef array, LLVMValueRef index, unsigned field)
{
    LLVMTypeRef type = LLVMGlobalGetValueType(array);
    LLVMValueRef path[] = {LLVMConstInt(f->cg->i64, 0, false), index, fn_i32(f, field)};
    LLVMValueRef at = LLVMBuildInBoundsGEP2(f->b, type, array, path, 3, "");
    return abi_load_invariant(f, f->cg->i32, at);
}

/* Only a call that fails asks why: a null element, or another type. */
static void emit_type_check(struct fn *f, LLVMValueRef type, uint32_t expected)
{
    LLVMBasicBlockRef wrong = fn_block(f, "wrong"), next = fn_block(f, "");
    LLVMValueRef differs = LLVMBuildICmp(f->b, LLVMIntNE, type, fn_i32(f, expected), "");
    LLVMValueRef branch = LLVMBuildCondBr(f->b, differs, wrong, next);
    LLVMSetMetadata(branch, f->cg->md_prof, f->cg->prof_unlikely);
    fn_continue(f, wrong);
    LLVMValueRef is_null = LLVMBuildICmp(f->b, LLVMIntEQ, type, fn_i32(f, NULL_TYPE), "");
    emit_trap_if(f, is_null, W2S_TRAP_UNINITIALIZED_ELEMENT);
    emit_trap(f, W2S_TRAP_INDIRECT_CALL_TYPE);
    fn_continue(f, next);
}

/* field: ROW_CODE or ROW_TAIL. */
static LLVMValueRef closed_callee(struct fn *f, uint32_t table, uint32_t type_index, unsigned field)
{
    const struct subtype *type = &f->cg->m->types[type_index];
    const struct closed_table *closed = &f->cg->c->closed[table];
    if (!closed->funcs || !type->final)
        return NULL;
    LLVMValueRef index = fn_pop_u64(f), array = array_of(f->cg, table);
    LLVMValueRef size = LLVMConstInt(f->cg->i64, closed->size, false);
    emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntUGE, index, size, ""), W2S_TRAP_UNDEFINED_ELEMENT);
    emit_type_check(f, load_field(f, array, index, ROW_TYPE), type->canon);
    LLVMValueRef code = load_field(f, array, index, field);
    code = LLVMBuildSExt(f->b, code, f->cg->i64, "");
    return LLVMBuildGEP2(f->b, f->cg->i8, array, &code, 1, "");
}

LLVMValueRef emit_closed_callee(struct fn *f, uint32_t table, uint32_t type_index)
{
    return closed_callee(f, table, type_index, ROW_CODE);
}

LLVMValueRef emit_closed_tail_callee(struct fn *f, uint32_t table, uint32_t type_index)
{
    return closed_callee(f, table, type_index, ROW_TAIL);
}
