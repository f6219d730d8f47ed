/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The descriptor's part on types: those of the module, the layout of its objects, imports and
 * exports.
 */
#include "codegen/output/descriptor.h"

_Static_assert((int)VT_I32 == W2S_I32 && (int)VT_REF == W2S_REF, "value kinds are the same");
_Static_assert((int)HEAP_FUNC == W2S_HEAP_FUNC && (int)HEAP_NOEXN == W2S_HEAP_NOEXN,
               "heap types are the same");
_Static_assert((int)EXTERN_FUNC == W2S_FUNC && (int)EXTERN_TAG == W2S_TAG,
               "extern kinds are the same");
_Static_assert((int)COMP_FUNC == 0 && (int)COMP_ARRAY == 2, "w2s_type.kind");
/* ---- types ---- */

LLVMValueRef describe_name(struct cg *cg, struct slice slice)
{
    struct cstruct r = {.cg = cg};
    cstruct_put(&r, rodata_text(cg, slice.n ? (const void *)slice.p : "", slice.n));
    cstruct_u64(&r, slice.n);
    return cstruct_end(&r, sizeof(struct w2s_name));
}

LLVMValueRef describe_valtype(struct cg *cg, struct valtype type)
{
    struct cstruct r = {.cg = cg};
    cstruct_u8(&r, type.kind);
    cstruct_u8(&r, type.nullable);
    cstruct_u16(&r, 0);
    cstruct_u32(&r, type.heap);
    return cstruct_end(&r, sizeof(w2s_valtype));
}

static LLVMValueRef functype_types(struct cg *cg, const struct functype *type)
{
    size_t count = (size_t)type->param_count + type->result_count;
    LLVMValueRef *values = rodata_values(cg, count);
    for (uint32_t i = 0; i < type->param_count; i++)
        values[i] = describe_valtype(cg, type->params[i]);
    for (uint32_t i = 0; i < type->result_count; i++)
        values[type->param_count + i] = describe_valtype(cg, type->results[i]);
    return rodata_array(cg, values, count);
}

static LLVMValueRef type_desc(struct cg *cg, const struct subtype *type, LLVMValueRef canon)
{
    bool is_func = type->kind == COMP_FUNC;
    struct cstruct r = {.cg = cg};
    cstruct_u64(&r, type->id);
    cstruct_put(&r, canon);
    cstruct_u32(&r, (uint32_t)type->canon_bytes.n);
    cstruct_u8(&r, type->kind);
    cstruct_u8(&r, type->final);
    cstruct_u16(&r, type->depth);
    cstruct_u32(&r, type->super == NO_INDEX ? W2S_NONE : type->super);
    cstruct_u32(&r, is_func ? type->func.param_count : 0);
    cstruct_u32(&r, is_func ? type->func.result_count : 0);
    cstruct_u32(&r, 0);
    cstruct_put(&r, is_func ? functype_types(cg, &type->func) : rodata_null(cg));
    return cstruct_end(&r, sizeof(struct w2s_type));
}

LLVMValueRef describe_types(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->type_count), canon = rodata_null(cg);
    for (uint32_t i = 0; i < m->type_count; i++) {
        /* The types of a recursive group share one canonical form. */
        if (i == 0 || m->types[i].canon_bytes.p != m->types[i - 1].canon_bytes.p)
            canon = rodata_bytes(cg, m->types[i].canon_bytes);
        values[i] = type_desc(cg, &m->types[i], canon);
    }
    return rodata_array(cg, values, m->type_count);
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
    struct cstruct r = {.cg = cg};
    cstruct_u32(&r, cg->c->layout.objects[index].size);
    cstruct_u32(&r, count);
    cstruct_put(&r, offsets ? rodata_u32s(cg, offsets, count) : rodata_null(cg));
    return cstruct_end(&r, sizeof(struct w2s_object_desc));
}

LLVMValueRef describe_objects(struct cg *cg)
{
    if (!cg->c->layout.objects)
        return rodata_null(cg);
    LLVMValueRef *values = rodata_values(cg, cg->m->type_count);
    for (uint32_t i = 0; i < cg->m->type_count; i++)
        values[i] = object_desc(cg, i);
    return rodata_array(cg, values, cg->m->type_count);
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
    struct cstruct r = {.cg = cg};
    cstruct_u8(&r, type->kind);
    cstruct_u8(&r, type->is_mutable);
    cstruct_u8(&r, type->limits.shared);
    cstruct_u8(&r, type->limits.is64);
    cstruct_u8(&r, type->limits.has_max);
    cstruct_u8(&r, type->limits.page_size_log2);
    cstruct_u16(&r, 0);
    cstruct_u32(&r, type->type_index);
    cstruct_u32(&r, 0);
    cstruct_put(&r, describe_valtype(cg, type->type));
    cstruct_u64(&r, type->limits.min);
    cstruct_u64(&r, type->limits.max);
    return cstruct_end(&r, sizeof(struct w2s_externtype));
}

LLVMValueRef describe_externtype(struct cg *cg, enum extern_kind kind, uint32_t index)
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

/* What stands for a table that no instance needs. */
LLVMValueRef describe_empty_table(struct cg *cg)
{
    struct externtype type = {.kind = EXTERN_TABLE};
    type.type = (struct valtype){.kind = VT_REF, .nullable = true, .heap = HEAP_FUNC};
    return externtype(cg, &type);
}

LLVMValueRef describe_imports(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->import_count);
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        struct cstruct r = {.cg = cg};
        cstruct_put(&r, describe_name(cg, import->module));
        cstruct_put(&r, describe_name(cg, import->name));
        cstruct_put(&r, describe_externtype(cg, import->kind, import->index));
        values[i] = cstruct_end(&r, sizeof(struct w2s_import_desc));
    }
    return rodata_array(cg, values, m->import_count);
}

LLVMValueRef describe_exports(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->export_count);
    for (uint32_t i = 0; i < m->export_count; i++) {
        struct cstruct r = {.cg = cg};
        cstruct_put(&r, describe_name(cg, m->exports[i].name));
        cstruct_u32(&r, m->exports[i].kind);
        cstruct_u32(&r, m->exports[i].index);
        values[i] = cstruct_end(&r, sizeof(struct w2s_export_desc));
    }
    return rodata_array(cg, values, m->export_count);
}
