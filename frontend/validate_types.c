/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validity of the type section (spec 3.2.4 to 3.2.11), one recursive group after the other: indices
 * reach no further than the group, a supertype stands before its subtype, is open, and is matched
 * by it. A group becomes canonical as soon as its indices are known to be good, since matching
 * compares canonical types.
 */
#include "frontend/validate_module_private.h"

#include <stdarg.h>

/* The usual limit of engines; it bounds the walk of typeidx_matches. */
enum { MAX_SUBTYPE_DEPTH = 63 };

bool module_feature_check(const struct module *m, enum feature feature, size_t offset,
                          struct error *err, const char *fmt, ...)
{
    if (feature == FEATURE_MVP || (m->features & FEATURE_BIT(feature)))
        return true;
    char text[160];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return error_set(err, ERR_INVALID, offset, "%s: the %s proposal is disabled", text,
                     feature_name(feature));
}

/* The proposal that brought the type. */
static enum feature valtype_feature(struct valtype type)
{
    if (type.kind != VT_REF)
        return type.kind == VT_V128 ? FEATURE_SIMD : FEATURE_MVP;
    if (type.heap == HEAP_EXN || type.heap == HEAP_NOEXN)
        return FEATURE_EXCEPTIONS;
    if (type.heap == HEAP_FUNC || type.heap == HEAP_EXTERN)
        return type.nullable ? FEATURE_REFERENCE_TYPES : FEATURE_FUNCTION_REFERENCES;
    return heaptype_name(type.heap) ? FEATURE_GC : FEATURE_FUNCTION_REFERENCES;
}

bool module_valtype_check(const struct module *m, struct valtype type, uint32_t index_limit,
                          size_t offset, struct error *err)
{
    char text[32];
    if (type.kind == VT_REF && !heaptype_name(type.heap) && type.heap >= index_limit)
        return error_set(err, ERR_INVALID, offset, "unknown type %u", type.heap);
    return module_feature_check(m, valtype_feature(type), offset, err, "malformed value type: %s",
                                valtype_print(type, text, sizeof text));
}

static bool valtypes_check(const struct module *m, const struct valtype *types, uint32_t count,
                           uint32_t index_limit, size_t offset, struct error *err)
{
    for (uint32_t i = 0; i < count; i++)
        if (!module_valtype_check(m, types[i], index_limit, offset, err))
            return false;
    return true;
}

static bool comptype_check(const struct module *m, const struct subtype *type, uint32_t index_limit,
                           struct error *err)
{
    const struct functype *func = &type->func;
    if (type->kind == COMP_FUNC)
        return (func->result_count <= 1 ||
                module_feature_check(m, FEATURE_MULTI_VALUE, type->offset, err,
                                     "invalid result arity: %u results", func->result_count)) &&
               valtypes_check(m, func->params, func->param_count, index_limit, type->offset, err) &&
               valtypes_check(m, func->results, func->result_count, index_limit, type->offset, err);
    if (!module_feature_check(m, FEATURE_GC, type->offset, err,
                              "malformed definition type: structure or array"))
        return false;
    for (uint32_t i = 0; i < type->field_count; i++)
        if (!module_valtype_check(m, type->fields[i].type, index_limit, type->offset, err))
            return false;
    return true;
}

/* The indices and proposals of one type; nothing here looks at another type's contents. */
static bool subtype_check(const struct module *m, uint32_t index, struct error *err)
{
    const struct subtype *type = &m->types[index];
    bool plain = type->final && type->super == NO_INDEX && type->rec_count == 1;
    if (!plain && !module_feature_check(m, FEATURE_GC, type->offset, err,
                                        "malformed definition type: subtypes or recursive group"))
        return false;
    if (type->super != NO_INDEX && type->super >= index)
        return error_set(err, ERR_INVALID, type->offset,
                         "unknown type %u: a supertype stands before its subtype", type->super);
    return comptype_check(m, type, type->rec_first + type->rec_count, err);
}

/* ---- matching of composite types (3.3.9 to 3.3.12) ---- */

static bool valtypes_match(const struct module *m, const struct valtype *sub,
                           const struct valtype *super, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!valtype_matches(m, sub[i], super[i]))
            return false;
    return true;
}

static bool functype_matches(const struct module *m, const struct functype *sub,
                             const struct functype *super)
{
    return sub->param_count == super->param_count && sub->result_count == super->result_count &&
           valtypes_match(m, super->params, sub->params, sub->param_count) &&
           valtypes_match(m, sub->results, super->results, sub->result_count);
}

static bool field_matches(const struct module *m, const struct fieldtype *sub,
                          const struct fieldtype *super)
{
    if (sub->mutable_ != super->mutable_ || sub->packed_bits != super->packed_bits)
        return false;
    return valtype_matches(m, sub->type, super->type) &&
           (!sub->mutable_ || valtype_matches(m, super->type, sub->type));
}

static bool comptype_matches(const struct module *m, const struct subtype *sub,
                             const struct subtype *super)
{
    if (sub->kind != super->kind || sub->field_count < super->field_count)
        return false;
    if (sub->kind == COMP_FUNC)
        return functype_matches(m, &sub->func, &super->func);
    for (uint32_t i = 0; i < super->field_count; i++)
        if (!field_matches(m, &sub->fields[i], &super->fields[i]))
            return false;
    return true;
}

static bool super_check(const struct module *m, uint32_t index, struct error *err)
{
    const struct subtype *type = &m->types[index];
    if (type->super == NO_INDEX)
        return true;
    const struct subtype *super = &m->types[type->super];
    if (super->final)
        return error_set(err, ERR_INVALID, type->offset, "sub type %u: its supertype %u is final",
                         index, type->super);
    if (type->depth > MAX_SUBTYPE_DEPTH)
        return error_set(err, ERR_UNSUPPORTED, type->offset,
                         "sub type %u: more than %d supertypes above it", index, MAX_SUBTYPE_DEPTH);
    if (!comptype_matches(m, type, super))
        return error_set(err, ERR_INVALID, type->offset,
                         "sub type %u does not match its supertype %u", index, type->super);
    return true;
}

static bool group_validate(struct module *m, uint32_t first, uint32_t count, struct arena *arena,
                           struct error *err)
{
    for (uint32_t i = first; i < first + count; i++)
        if (!subtype_check(m, i, err))
            return false;
    if (!types_canonicalize(m, first, count, arena))
        return error_set(err, ERR_UNSUPPORTED, m->types[first].offset,
                         "type %u has the same identity hash as a different type", first);
    for (uint32_t i = first; i < first + count; i++)
        if (!super_check(m, i, err))
            return false;
    return true;
}

bool types_validate(struct module *m, struct arena *arena, struct error *err)
{
    for (uint32_t first = 0; first < m->type_count;) {
        uint32_t count = m->types[first].rec_count;
        if (!group_validate(m, first, count, arena, err))
            return false;
        first += count;
    }
    return true;
}
