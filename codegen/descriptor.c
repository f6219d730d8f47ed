/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The constant `w2s_module` and all it points to: struct w2s_module_desc of wasm2so_abi.h, as LLVM
 * constants. A struct is written as a record, field after field in the order of the C declaration;
 * LLVM then lays it out by the same rules as C, and record_end asserts that the size came out the
 * same (tests/codegen/test_abi.c compares every offset). Nothing of the compiling machine goes in:
 * equal modules give equal bytes.
 */
#include "codegen/abi.h"

#include <assert.h>
#include <string.h>

_Static_assert((int)VT_I32 == W2S_I32 && (int)VT_REF == W2S_REF, "value kinds are the same");
_Static_assert((int)HEAP_FUNC == W2S_HEAP_FUNC && (int)HEAP_NOEXN == W2S_HEAP_NOEXN,
               "heap types are the same");
_Static_assert((int)EXTERN_FUNC == W2S_FUNC && (int)EXTERN_TAG == W2S_TAG,
               "extern kinds are the same");
_Static_assert((int)COMP_FUNC == 0 && (int)COMP_ARRAY == 2, "w2s_type.kind");
_Static_assert((int)SEGMENT_ACTIVE == W2S_ACTIVE && (int)SEGMENT_DECLARATIVE == W2S_DECLARATIVE,
               "segment modes are the same");

/* ---- records ---- */

enum { RECORD_FIELDS = 64 };

struct record {
    struct cg *cg;
    LLVMValueRef fields[RECORD_FIELDS];
    unsigned count;
};

static void put(struct record *r, LLVMValueRef value)
{
    assert(r->count < RECORD_FIELDS);
    r->fields[r->count++] = value;
}

static void put_u8(struct record *r, unsigned value)
{
    put(r, LLVMConstInt(r->cg->i8, value, false));
}

static void put_u16(struct record *r, unsigned value)
{
    put(r, LLVMConstInt(r->cg->i16, value, false));
}

static void put_u32(struct record *r, uint32_t value)
{
    put(r, LLVMConstInt(r->cg->i32, value, false));
}

static void put_u64(struct record *r, uint64_t value)
{
    put(r, LLVMConstInt(r->cg->i64, value, false));
}

static LLVMValueRef record_end(const struct record *r, size_t size)
{
    LLVMValueRef fields[RECORD_FIELDS];
    memcpy(fields, r->fields, r->count * sizeof *fields);
    LLVMValueRef value = LLVMConstStructInContext(r->cg->context, fields, r->count, false);
    assert(LLVMABISizeOfType(LLVMGetModuleDataLayout(r->cg->module), LLVMTypeOf(value)) == size);
    (void)size;
    return value;
}

/* ---- what pointers point to ---- */

/* A private constant of that value; its address. */
static LLVMValueRef constant(struct cg *cg, LLVMValueRef value)
{
    LLVMValueRef global = LLVMAddGlobal(cg->module, LLVMTypeOf(value), "");
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetGlobalConstant(global, true);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    LLVMSetInitializer(global, value);
    return global;
}

static LLVMValueRef null(struct cg *cg)
{
    return LLVMConstPointerNull(cg->ptr);
}

/* A constant array of equal records; NULL if there are none. */
static LLVMValueRef array(struct cg *cg, LLVMValueRef *values, uint64_t count)
{
    if (count == 0)
        return null(cg);
    return constant(cg, LLVMConstArray2(LLVMTypeOf(values[0]), values, count));
}

static LLVMValueRef *values_alloc(struct cg *cg, size_t count)
{
    return arena_array(cg->arena, count, sizeof(LLVMValueRef));
}

static LLVMValueRef u32_array(struct cg *cg, const uint32_t *numbers, uint32_t count)
{
    LLVMValueRef *values = values_alloc(cg, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = LLVMConstInt(cg->i32, numbers[i], false);
    return array(cg, values, count);
}

static LLVMValueRef bytes(struct cg *cg, struct slice slice)
{
    if (slice.n == 0)
        return null(cg);
    return constant(cg,
                    LLVMConstStringInContext2(cg->context, (const char *)slice.p, slice.n, true));
}

static LLVMValueRef string_n(struct cg *cg, const void *text, size_t size)
{
    return constant(cg, LLVMConstStringInContext2(cg->context, text, size, false));
}

static LLVMValueRef string(struct cg *cg, const char *text)
{
    return string_n(cg, text, strlen(text));
}

/* ---- types ---- */

static LLVMValueRef name(struct cg *cg, struct slice slice)
{
    struct record r = {.cg = cg};
    put(&r, string_n(cg, slice.n ? (const void *)slice.p : "", slice.n));
    put_u64(&r, slice.n);
    return record_end(&r, sizeof(struct w2s_name));
}

static LLVMValueRef valtype(struct cg *cg, struct valtype type)
{
    struct record r = {.cg = cg};
    put_u8(&r, type.kind);
    put_u8(&r, type.nullable);
    put_u16(&r, 0);
    put_u32(&r, type.heap);
    return record_end(&r, sizeof(w2s_valtype));
}

static LLVMValueRef functype_types(struct cg *cg, const struct functype *type)
{
    size_t count = (size_t)type->param_count + type->result_count;
    LLVMValueRef *values = values_alloc(cg, count);
    for (uint32_t i = 0; i < type->param_count; i++)
        values[i] = valtype(cg, type->params[i]);
    for (uint32_t i = 0; i < type->result_count; i++)
        values[type->param_count + i] = valtype(cg, type->results[i]);
    return array(cg, values, count);
}

static LLVMValueRef type_desc(struct cg *cg, const struct subtype *type, LLVMValueRef canon)
{
    bool is_func = type->kind == COMP_FUNC;
    struct record r = {.cg = cg};
    put_u64(&r, type->id);
    put(&r, canon);
    put_u32(&r, (uint32_t)type->canon_bytes.n);
    put_u8(&r, type->kind);
    put_u8(&r, type->final);
    put_u16(&r, type->depth);
    put_u32(&r, type->super == NO_INDEX ? W2S_NONE : type->super);
    put_u32(&r, is_func ? type->func.param_count : 0);
    put_u32(&r, is_func ? type->func.result_count : 0);
    put_u32(&r, 0);
    put(&r, is_func ? functype_types(cg, &type->func) : null(cg));
    return record_end(&r, sizeof(struct w2s_type));
}

static LLVMValueRef types(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->type_count), canon = null(cg);
    for (uint32_t i = 0; i < m->type_count; i++) {
        /* The types of a recursive group share one canonical form. */
        if (i == 0 || m->types[i].canon_bytes.p != m->types[i - 1].canon_bytes.p)
            canon = bytes(cg, m->types[i].canon_bytes);
        values[i] = type_desc(cg, &m->types[i], canon);
    }
    return array(cg, values, m->type_count);
}

/* Offsets of a structure's fields that the collector follows. */
static uint32_t traced_fields(struct cg *cg, uint32_t index, uint32_t *offsets)
{
    const struct subtype *type = &cg->m->types[index];
    uint32_t count = 0;
    for (uint32_t i = 0; i < type->field_count; i++)
        if (is_traced(cg->m, type->fields[i].type))
            offsets[count++] = cg->c->layout.objects[index].offsets[i];
    return count;
}

static LLVMValueRef object_desc(struct cg *cg, uint32_t index)
{
    const struct subtype *type = &cg->m->types[index];
    uint32_t count = 0, *offsets = NULL;
    if (type->kind == COMP_STRUCT) {
        offsets = arena_array(cg->arena, type->field_count, sizeof *offsets);
        count = traced_fields(cg, index, offsets);
    } else if (type->kind == COMP_ARRAY) {
        count = is_traced(cg->m, type->fields[0].type);
    }
    struct record r = {.cg = cg};
    put_u32(&r, cg->c->layout.objects[index].size);
    put_u32(&r, count);
    put(&r, offsets ? u32_array(cg, offsets, count) : null(cg));
    return record_end(&r, sizeof(struct w2s_object_desc));
}

static LLVMValueRef objects(struct cg *cg)
{
    if (!cg->c->layout.objects)
        return null(cg);
    LLVMValueRef *values = values_alloc(cg, cg->m->type_count);
    for (uint32_t i = 0; i < cg->m->type_count; i++)
        values[i] = object_desc(cg, i);
    return array(cg, values, cg->m->type_count);
}

/* ---- external types ---- */

/* What the kinds of an external type have in common: those that lack a field say 0. */
struct externtype {
    enum extern_kind kind;
    uint32_t type_index;
    struct valtype type;
    bool is_mutable;
    struct limits limits;
};

static LLVMValueRef externtype(struct cg *cg, const struct externtype *type)
{
    struct record r = {.cg = cg};
    put_u8(&r, type->kind);
    put_u8(&r, type->is_mutable);
    put_u8(&r, type->limits.shared);
    put_u8(&r, type->limits.is64);
    put_u8(&r, type->limits.has_max);
    put_u8(&r, type->limits.page_size_log2);
    put_u16(&r, 0);
    put_u32(&r, type->type_index);
    put_u32(&r, 0);
    put(&r, valtype(cg, type->type));
    put_u64(&r, type->limits.min);
    put_u64(&r, type->limits.max);
    return record_end(&r, sizeof(struct w2s_externtype));
}

static LLVMValueRef externtype_of(struct cg *cg, enum extern_kind kind, uint32_t index)
{
    const struct module *m = cg->m;
    struct externtype type = {.kind = kind};
    switch (kind) {
    case EXTERN_FUNC: type.type_index = m->funcs[index].type; break;
    case EXTERN_TABLE:
        type.type = m->tables[index].type.elem;
        type.limits = m->tables[index].type.limits;
        break;
    case EXTERN_MEMORY: type.limits = m->memories[index].limits; break;
    case EXTERN_GLOBAL:
        type.type = m->globals[index].type.type;
        type.is_mutable = m->globals[index].type.mutable_;
        break;
    case EXTERN_TAG: type.type_index = m->tags[index].type; break;
    }
    return externtype(cg, &type);
}

static LLVMValueRef imports(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->import_count);
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        struct record r = {.cg = cg};
        put(&r, name(cg, import->module));
        put(&r, name(cg, import->name));
        put(&r, externtype_of(cg, import->kind, import->index));
        values[i] = record_end(&r, sizeof(struct w2s_import_desc));
    }
    return array(cg, values, m->import_count);
}

static LLVMValueRef exports(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->export_count);
    for (uint32_t i = 0; i < m->export_count; i++) {
        struct record r = {.cg = cg};
        put(&r, name(cg, m->exports[i].name));
        put_u32(&r, m->exports[i].kind);
        put_u32(&r, m->exports[i].index);
        values[i] = record_end(&r, sizeof(struct w2s_export_desc));
    }
    return array(cg, values, m->export_count);
}

/* ---- functions ---- */

/* By function index: what to call it in a backtrace; no name where n is 0. */
static struct slice *func_names(struct cg *cg)
{
    const struct module *m = cg->m;
    struct slice *names = arena_array(cg->arena, m->func_count, sizeof *names);
    for (uint32_t i = 0; i < m->func_count; i++)
        names[i] = m->funcs[i].name;
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        if (export->kind == EXTERN_FUNC && names[export->index].n == 0)
            names[export->index] = export->name;
    }
    return names;
}

/* The 32-bit distance of an object from the field that holds it. */
static LLVMValueRef relative(struct cg *cg, LLVMValueRef object, LLVMTypeRef table_type,
                             LLVMValueRef table, uint32_t row, unsigned field)
{
    LLVMValueRef path[] = {LLVMConstInt(cg->i64, 0, false), LLVMConstInt(cg->i64, row, false),
                           LLVMConstInt(cg->i32, field, false)};
    LLVMValueRef from = LLVMConstInBoundsGEP2(table_type, table, path, 3);
    LLVMValueRef distance =
        LLVMConstSub(LLVMConstPtrToInt(object, cg->i64), LLVMConstPtrToInt(from, cg->i64));
    return LLVMConstTrunc(distance, cg->i32);
}

static LLVMValueRef funcs(struct cg *cg)
{
    const struct module *m = cg->m;
    if (m->func_count == 0)
        return null(cg);
    LLVMTypeRef fields[] = {cg->i32, cg->i32, cg->i32, cg->i32, cg->i32};
    LLVMTypeRef row = LLVMStructTypeInContext(cg->context, fields, 5, false);
    LLVMTypeRef type = LLVMArrayType2(row, m->func_count);
    LLVMValueRef table = constant(cg, LLVMGetUndef(type)), zero = LLVMConstInt(cg->i32, 0, false);
    LLVMValueRef *values = values_alloc(cg, m->func_count);
    const struct slice *names = func_names(cg);
    for (uint32_t i = 0; i < m->func_count; i++) {
        const struct func *func = &m->funcs[i];
        struct record r = {.cg = cg};
        put(&r, func->import ? zero : relative(cg, cg_function(cg, i), type, table, i, 0));
        put(&r, names[i].n == 0
                    ? zero
                    : relative(cg, string_n(cg, names[i].p, names[i].n), type, table, i, 1));
        put_u32(&r, func->type);
        put_u32(&r, func->import ? 0 : (uint32_t)func->body_offset);
        put(&r, cg_is_tail(cg, i) ? relative(cg, cg_body(cg, i), type, table, i, 4) : zero);
        values[i] = record_end(&r, sizeof(struct w2s_func_desc));
    }
    LLVMSetInitializer(table, LLVMConstArray2(row, values, m->func_count));
    return table;
}

/* ---- constant expressions ---- */

static LLVMValueRef init_record(struct cg *cg, enum w2s_init_kind kind, uint32_t index,
                                const uint64_t bits[2], LLVMValueRef code)
{
    LLVMValueRef words[] = {LLVMConstInt(cg->i64, bits[0], false),
                            LLVMConstInt(cg->i64, bits[1], false)};
    struct record r = {.cg = cg};
    put_u32(&r, kind);
    put_u32(&r, index);
    put(&r, LLVMConstArray2(cg->i64, words, 2));
    put(&r, code);
    return record_end(&r, sizeof(struct w2s_init));
}

static const uint64_t no_bits[2];

static LLVMValueRef init_unused(struct cg *cg)
{
    return init_record(cg, W2S_INIT_CONST, 0, no_bits, null(cg));
}

static LLVMValueRef init_null(struct cg *cg)
{
    return init_record(cg, W2S_INIT_NULL, 0, no_bits, null(cg));
}

static LLVMValueRef init_func(struct cg *cg, uint32_t func)
{
    return init_record(cg, W2S_INIT_FUNC, func, no_bits, null(cg));
}

/* A single instruction that the runtime can do by itself; NULL for all others. */
static LLVMValueRef init_direct(struct cg *cg, const struct insn *insn)
{
    uint64_t bits[2] = {insn->imm.bits, 0};
    switch ((enum opcode)insn->op) {
    case OP_i32_const:
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const: return init_record(cg, W2S_INIT_CONST, 0, bits, null(cg));
    case OP_v128_const:
        memcpy(bits, insn->imm.v128, sizeof bits);
        return init_record(cg, W2S_INIT_CONST, 0, bits, null(cg));
    case OP_ref_null: return init_null(cg);
    case OP_ref_func: return init_func(cg, insn->imm.index.a);
    case OP_global_get:
        return init_record(cg, W2S_INIT_GLOBAL, insn->imm.index.a, no_bits, null(cg));
    default: return NULL;
    }
}

/* A constant i31. */
static LLVMValueRef init_i31(struct cg *cg, const struct insn *insns)
{
    if (insns[0].op != OP_i32_const || insns[1].op != OP_ref_i31)
        return NULL;
    const uint64_t bits[2] = {(uint32_t)(insns[0].imm.bits << 1) | 1, 0};
    return init_record(cg, W2S_INIT_CONST, 0, bits, null(cg));
}

static LLVMValueRef init(struct cg *cg, const struct constexpr *expr, struct valtype type)
{
    LLVMValueRef direct = expr->insn_count == 2   ? init_direct(cg, &expr->insns[0])
                          : expr->insn_count == 3 ? init_i31(cg, expr->insns)
                                                  : NULL;
    if (direct)
        return direct;
    const char *symbol = arena_printf(cg->arena, "%s.const.0x%zx", cg->c->lead, expr->offset);
    return init_record(cg, W2S_INIT_CODE, 0, no_bits,
                       emit_constexpr_function(cg, symbol, expr, type));
}

/* ---- tables, memories, globals, tags ---- */

/* What stands for a table that no instance needs. */
static LLVMValueRef empty_table(struct cg *cg)
{
    struct externtype type = {.kind = EXTERN_TABLE};
    type.type = (struct valtype){.kind = VT_REF, .nullable = true, .heap = HEAP_FUNC};
    return externtype(cg, &type);
}

static LLVMValueRef tables(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->table_count);
    for (uint32_t i = 0; i < m->table_count; i++) {
        const struct table *table = &m->tables[i];
        struct record r = {.cg = cg};
        put(&r, closed_table_is_unread(cg->c->closed, i) ? empty_table(cg)
                                                         : externtype_of(cg, EXTERN_TABLE, i));
        put(&r, table->has_init ? init(cg, &table->init, table->type.elem) : init_null(cg));
        values[i] = record_end(&r, sizeof(struct w2s_table_desc));
    }
    return array(cg, values, m->table_count);
}

static LLVMValueRef memories(struct cg *cg)
{
    LLVMValueRef *values = values_alloc(cg, cg->m->memory_count);
    for (uint32_t i = 0; i < cg->m->memory_count; i++) {
        struct record r = {.cg = cg};
        put(&r, externtype_of(cg, EXTERN_MEMORY, i));
        values[i] = record_end(&r, sizeof(struct w2s_memory_desc));
    }
    return array(cg, values, cg->m->memory_count);
}

static LLVMValueRef globals(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->global_count);
    for (uint32_t i = 0; i < m->global_count; i++) {
        const struct global *global = &m->globals[i];
        struct record r = {.cg = cg};
        put(&r, externtype_of(cg, EXTERN_GLOBAL, i));
        put_u64(&r, cg->c->layout.global_offset[i]);
        put(&r, global->import ? init_unused(cg) : init(cg, &global->init, global->type.type));
        values[i] = record_end(&r, sizeof(struct w2s_global_desc));
    }
    return array(cg, values, m->global_count);
}

static LLVMValueRef tags(struct cg *cg)
{
    LLVMValueRef *values = values_alloc(cg, cg->m->tag_count);
    for (uint32_t i = 0; i < cg->m->tag_count; i++) {
        struct record r = {.cg = cg};
        put_u32(&r, cg->m->tags[i].type);
        put_u32(&r, 0);
        values[i] = record_end(&r, sizeof(struct w2s_tag_desc));
    }
    return array(cg, values, cg->m->tag_count);
}

/* ---- segments ---- */

/* The offset of an active segment, of the index type of where it goes. */
static LLVMValueRef segment_offset(struct cg *cg, enum segment_mode mode,
                                   const struct constexpr *at, bool is64)
{
    if (mode != SEGMENT_ACTIVE)
        return init_unused(cg);
    return init(cg, at, VALTYPE(is64 ? VT_I64 : VT_I32));
}

static LLVMValueRef elem_inits(struct cg *cg, const struct elem_segment *elem)
{
    LLVMValueRef *values = values_alloc(cg, elem->count);
    for (uint32_t i = 0; i < elem->count; i++)
        values[i] = init(cg, &elem->exprs[i], elem->type);
    return array(cg, values, elem->count);
}

static LLVMValueRef elems(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->elem_count);
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *elem = &m->elems[i];
        const bool dead = elem_is_dead(m, cg->c->closed, i);
        const enum segment_mode mode = dead ? SEGMENT_DECLARATIVE : elem->mode;
        const bool active = mode == SEGMENT_ACTIVE;
        bool is64 = active && m->tables[elem->table].type.limits.is64;
        struct record r = {.cg = cg};
        put_u32(&r, mode);
        put_u32(&r, active ? elem->table : 0);
        put(&r, valtype(cg, elem->type));
        put(&r, segment_offset(cg, mode, &elem->at, is64));
        put_u64(&r, dead ? 0 : elem->count);
        put(&r, elem->is_funcs && !dead ? u32_array(cg, elem->funcs, elem->count) : null(cg));
        put(&r, elem->is_funcs || dead ? null(cg) : elem_inits(cg, elem));
        values[i] = record_end(&r, sizeof(struct w2s_elem_desc));
    }
    return array(cg, values, m->elem_count);
}

static LLVMValueRef image(struct cg *cg, uint32_t memory)
{
    const struct memory_image *image = &cg->c->images.memories[memory];
    LLVMValueRef *extents = values_alloc(cg, image->count);
    for (uint32_t i = 0; i < image->count; i++) {
        struct record e = {.cg = cg};
        put_u64(&e, image->extents[i].address);
        put_u64(&e, image->extents[i].size);
        put(&e, image_bytes(cg, memory, i));
        extents[i] = record_end(&e, sizeof(struct w2s_extent));
    }
    struct record r = {.cg = cg};
    put_u64(&r, image->count);
    put(&r, array(cg, extents, image->count));
    return record_end(&r, sizeof(struct w2s_image));
}

static LLVMValueRef images(struct cg *cg)
{
    if (!cg->c->images.any)
        return null(cg);
    LLVMValueRef *values = values_alloc(cg, cg->m->memory_count);
    for (uint32_t i = 0; i < cg->m->memory_count; i++)
        values[i] = image(cg, i);
    return array(cg, values, cg->m->memory_count);
}

static LLVMValueRef datas(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = values_alloc(cg, m->data_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct data_segment *data = &m->datas[i];
        bool active = data->mode == SEGMENT_ACTIVE;
        bool is64 = active && m->memories[data->memory].limits.is64;
        struct record r = {.cg = cg};
        put_u32(&r, data->mode);
        put_u32(&r, active ? data->memory : 0);
        put(&r, segment_offset(cg, data->mode, &data->at, is64));
        LLVMValueRef mapped = image_segment(cg, i);
        put(&r, mapped ? mapped : bytes(cg, data->bytes));
        put_u64(&r, data->bytes.n);
        values[i] = record_end(&r, sizeof(struct w2s_data_desc));
    }
    return array(cg, values, m->data_count);
}

/* ---- the descriptor ---- */

/* A bound of a section, by the linker; 0 if there is none, or none is meant (NULL). */
static LLVMValueRef section_bound(struct cg *cg, const char *which, const char *section)
{
    if (!section)
        return LLVMConstNull(cg->ptr);
    const char *symbol = arena_printf(cg->arena, "__%s_%s", which, section);
    LLVMValueRef bound = LLVMAddGlobal(cg->module, cg->i8, symbol);
    LLVMSetLinkage(bound, LLVMExternalWeakLinkage);
    LLVMSetVisibility(bound, LLVMHiddenVisibility);
    return bound;
}

/* Generated code adds to 32-bit addresses as emit_address.c says. */
static uint64_t features_needed(const struct compile *c)
{
    uint64_t features =
        (c->collector ? W2S_NEEDS_COLLECTOR : 0) | (c->counting ? W2S_NEEDS_PROFILE : 0);
    for (uint32_t i = 0; i < c->m->memory_count; i++) {
        const struct limits *limits = &c->m->memories[i].limits;
        if (!limits->is64 && memory_has_margin(limits))
            features |= W2S_NEEDS_MARGIN;
    }
    return features;
}

static void put_head(struct record *r)
{
    const struct compile *c = r->cg->c;
    put_u32(r, W2S_ABI_VERSION);
    put_u32(r, sizeof(struct w2s_module_desc));
    put_u64(r, features_needed(c));
    put(r, LLVMConstStringInContext2(r->cg->context, (const char *)c->source_hash,
                                     sizeof c->source_hash, true));
    put(r, string(r->cg, w2s_compiler_version()));
    put(r, string(r->cg, c->options_text));
    put(r, string(r->cg, c->target->artifact));
    put(r, string(r->cg, c->cpu.name));
    put(r, string(r->cg, c->cpu.needed));
    put(r, string(r->cg, c->prefix));
    put(r, name(r->cg, c->m->name));
    put_u32(r, c->memory == W2S_MEMORY_CHECKED ? W2S_MODE_CHECKED : W2S_MODE_GUARD);
    put_u32(r, c->m->start == NO_INDEX ? W2S_NONE : c->m->start);
}

static void put_counts(struct record *r)
{
    const struct module *m = r->cg->m;
    const uint32_t counts[] = {
        m->type_count,          m->import_count,
        m->export_count,        m->func_count,
        m->import_func_count,   m->table_count,
        m->import_table_count,  m->memory_count,
        m->import_memory_count, m->global_count,
        m->import_global_count, m->tag_count,
        m->import_tag_count,    m->elem_count,
        m->data_count,          r->cg->c->layout.record_count,
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        put_u32(r, counts[i]);
}

static void put_parts(struct record *r)
{
    static LLVMValueRef (*const parts[])(struct cg *cg) = {
        types, imports, exports, funcs, tables, memories, globals, tags, elems, datas,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        put(r, parts[i](r->cg));
    const struct layout *layout = &r->cg->c->layout;
    put(r, u32_array(r->cg, layout->records, layout->record_count));
}

static void put_layout(struct record *r)
{
    const struct layout *layout = &r->cg->c->layout;
    put_u64(r, layout->ctx_size);
    put_u64(r, layout->imports_offset);
    put_u64(r, layout->memories_offset);
    put_u64(r, layout->tables_offset);
    put_u64(r, layout->records_offset);
}

void emit_descriptor(struct cg *cg)
{
    struct record r = {.cg = cg};
    put_head(&r);
    put_counts(&r);
    put_parts(&r);
    put_layout(&r);
    put(&r, section_bound(cg, "start", cg->c->text_section));
    put(&r, section_bound(cg, "stop", cg->c->text_section));
    put_u64(&r, cg->c->layout.tags_offset);
    put_u64(&r, cg->c->layout.object_types_offset);
    put(&r, objects(cg));
    put_u64(&r, (cg->c->interruptible ? W2S_CODE_INTERRUPTIBLE : 0) |
                    (cg->c->fuel ? W2S_CODE_FUEL : 0));
    put(&r, images(cg));
    put_u64(&r, cg->c->images.data_count);
    put(&r, section_bound(cg, "start", cg->c->profile_section));
    put(&r, section_bound(cg, "stop", cg->c->profile_section));
    LLVMValueRef value = record_end(&r, sizeof(struct w2s_module_desc));
    LLVMValueRef descriptor = LLVMAddGlobal(cg->module, LLVMTypeOf(value), cg->c->descriptor);
    LLVMSetInitializer(descriptor, value);
    LLVMSetGlobalConstant(descriptor, true);
    /* Protected: each module sees its own, whatever else is loaded. */
    LLVMSetVisibility(descriptor, LLVMProtectedVisibility);
    if (cg->c->several || strcmp(cg->c->descriptor, W2S_MODULE_SYMBOL) == 0)
        return;
    LLVMValueRef alias =
        LLVMAddAlias2(cg->module, LLVMTypeOf(value), 0, descriptor, W2S_MODULE_SYMBOL);
    LLVMSetVisibility(alias, LLVMProtectedVisibility);
}
