/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the generator can do, in one place: a bit a proposal. Valid modules that need more are
 * refused here, with the name of the proposal, before anything is generated.
 */
#include "codegen/artifact.h"

#define BIT(name) FEATURE_BIT(FEATURE_##name)

static const uint64_t generated_features =
    BIT(MVP) | BIT(MUTABLE_GLOBAL) | BIT(SIGN_EXT) | BIT(SAT_FLOAT) | BIT(MULTI_VALUE) |
    BIT(BULK_MEMORY) | BIT(REFERENCE_TYPES) | BIT(FUNCTION_REFERENCES) | BIT(EXTENDED_CONST) |
    BIT(BRANCH_HINTING) | BIT(MULTI_MEMORY) | BIT(MEMORY64) | BIT(CUSTOM_PAGE_SIZES) |
    BIT(WIDE_ARITHMETIC) | BIT(SIMD) | BIT(RELAXED_SIMD) | BIT(TAIL_CALL) | BIT(EXCEPTIONS) |
    BIT(LEGACY_EXCEPTIONS) | BIT(THREADS) | BIT(GC);

static bool require(enum feature feature, size_t offset, const char *what, struct error *err)
{
    if (generated_features & FEATURE_BIT(feature))
        return true;
    return error_set(err, ERR_UNSUPPORTED, offset, "%s is not generated yet: %s",
                     feature_name(feature), what);
}

/* The proposal that brought a heap type. */
static enum feature heap_feature(uint32_t heap)
{
    switch (heap) {
    case HEAP_FUNC:
    case HEAP_EXTERN: return FEATURE_REFERENCE_TYPES;
    case HEAP_NOFUNC:
    case HEAP_NOEXTERN: return FEATURE_FUNCTION_REFERENCES;
    case HEAP_EXN:
    case HEAP_NOEXN: return FEATURE_EXCEPTIONS;
    default: return heap < HEAP_FUNC ? FEATURE_FUNCTION_REFERENCES : FEATURE_GC;
    }
}

static enum feature valtype_feature(struct valtype type)
{
    if (type.kind == VT_V128)
        return FEATURE_SIMD;
    if (type.kind != VT_REF)
        return FEATURE_MVP;
    enum feature feature = heap_feature(type.heap);
    if (feature == FEATURE_REFERENCE_TYPES && !type.nullable)
        return FEATURE_FUNCTION_REFERENCES;
    return feature;
}

static bool require_type(struct valtype type, size_t offset, struct error *err)
{
    char text[64];
    return require(valtype_feature(type), offset, valtype_print(type, text, sizeof text), err);
}

static bool require_functype(const struct functype *type, size_t offset, struct error *err)
{
    for (uint32_t i = 0; i < type->param_count; i++)
        if (!require_type(type->params[i], offset, err))
            return false;
    for (uint32_t i = 0; i < type->result_count; i++)
        if (!require_type(type->results[i], offset, err))
            return false;
    return true;
}

static bool require_limits(const struct limits *limits, size_t offset, struct error *err)
{
    if (limits->is64 && !require(FEATURE_MEMORY64, offset, "64-bit index type", err))
        return false;
    if (limits->shared && !require(FEATURE_THREADS, offset, "shared memory", err))
        return false;
    return true;
}

static bool require_insns(const struct insn *insns, uint32_t count, struct error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct op_info *info = &op_info[insns[i].op];
        if (!require((enum feature)info->feature, insns[i].offset, info->text, err))
            return false;
    }
    return true;
}

static bool require_constexpr(const struct constexpr *expr, struct error *err)
{
    return require_insns(expr->insns, expr->insn_count, err);
}

static bool types_generated(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct subtype *type = &m->types[i];
        if (type->kind != COMP_FUNC)
            return require(FEATURE_GC, type->offset,
                           type->kind == COMP_STRUCT ? "struct type" : "array type", err);
        if (!require_functype(&type->func, type->offset, err))
            return false;
    }
    return true;
}

static bool tables_generated(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->table_count; i++) {
        const struct table *table = &m->tables[i];
        if (!require_type(table->type.elem, table->offset, err) ||
            !require_limits(&table->type.limits, table->offset, err))
            return false;
        if (table->has_init && !require_constexpr(&table->init, err))
            return false;
    }
    return true;
}

static bool memories_generated(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->memory_count; i++) {
        const struct memory *memory = &m->memories[i];
        if (!require_limits(&memory->limits, memory->offset, err))
            return false;
        if (memory->limits.page_size_log2 != 16 &&
            !require(FEATURE_CUSTOM_PAGE_SIZES, memory->offset, "page size", err))
            return false;
    }
    return true;
}

static bool globals_generated(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->global_count; i++) {
        const struct global *global = &m->globals[i];
        if (!require_type(global->type.type, global->offset, err))
            return false;
        if (!global->import && !require_constexpr(&global->init, err))
            return false;
    }
    return true;
}

static bool elems_generated(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *elem = &m->elems[i];
        if (!require_type(elem->type, elem->offset, err))
            return false;
        if (elem->mode == SEGMENT_ACTIVE && !require_constexpr(&elem->at, err))
            return false;
        for (uint32_t j = 0; !elem->is_funcs && j < elem->count; j++)
            if (!require_constexpr(&elem->exprs[j], err))
                return false;
    }
    return true;
}

static bool datas_generated(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->data_count; i++)
        if (m->datas[i].mode == SEGMENT_ACTIVE && !require_constexpr(&m->datas[i].at, err))
            return false;
    return true;
}

bool module_generated(const struct module *m, struct error *err)
{
    return types_generated(m, err) && tables_generated(m, err) && memories_generated(m, err) &&
           globals_generated(m, err) && elems_generated(m, err) && datas_generated(m, err);
}

bool body_generated(const struct func_body *body, uint32_t index, struct error *err)
{
    bool ok = require_insns(body->insns, body->insn_count, err);
    for (uint32_t i = body->type->param_count; ok && i < body->local_count; i++)
        ok = require_type(body->locals[i], body->insns[0].offset, err);
    if (!ok)
        err->func = index;
    return ok;
}
