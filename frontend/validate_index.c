/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Look-ups of the function validator in the module's index spaces (2.5.1), and the well-formedness
 * of types written in a body (3.2). A look-up records "unknown <space> <index>" and returns NULL or
 * false when there is no such thing.
 */
#include "frontend/validate_module_private.h"
#include "frontend/validate_private.h"

bool require_feature(struct validator *v, enum feature feature)
{
    return module_feature_check(v->m, feature, v->insn->offset, v->err, "illegal opcode: %s",
                                op_info[v->insn->op].text);
}

bool index_check(struct validator *v, const char *space, uint32_t index, uint32_t count)
{
    if (index < count)
        return true;
    return invalid(v, "unknown %s %u: %s, and there are %u", space, index,
                   op_info[v->insn->op].text, count);
}

/* The type of that index, if it is of that kind. */
static const struct subtype *subtype_at(struct validator *v, uint32_t index,
                                        enum comptype_kind kind)
{
    static const char *const kind_name[] = {
        [COMP_FUNC] = "a function", [COMP_STRUCT] = "a structure", [COMP_ARRAY] = "an array"};
    if (!index_check(v, "type", index, v->m->type_count))
        return NULL;
    const struct subtype *type = &v->m->types[index];
    if (type->kind == kind)
        return type;
    invalid(v, "type mismatch: %s wants %s type, found type %u", op_info[v->insn->op].text,
            kind_name[kind], index);
    return NULL;
}

const struct functype *functype_at(struct validator *v, uint32_t index)
{
    const struct subtype *type = subtype_at(v, index, COMP_FUNC);
    return type ? &type->func : NULL;
}

const struct subtype *struct_at(struct validator *v, uint32_t index)
{
    return subtype_at(v, index, COMP_STRUCT);
}

const struct fieldtype *array_at(struct validator *v, uint32_t index)
{
    const struct subtype *type = subtype_at(v, index, COMP_ARRAY);
    return type ? type->fields : NULL;
}

const struct functype *func_at(struct validator *v, uint32_t index)
{
    if (!index_check(v, "function", index, v->m->func_count))
        return NULL;
    return functype_at(v, v->m->funcs[index].type);
}

const struct functype *tag_at(struct validator *v, uint32_t index)
{
    if (!index_check(v, "tag", index, v->m->tag_count))
        return NULL;
    return functype_at(v, v->m->tags[index].type);
}

const struct table *table_at(struct validator *v, uint32_t index)
{
    return index_check(v, "table", index, v->m->table_count) ? &v->m->tables[index] : NULL;
}

const struct memory *memory_at(struct validator *v, uint32_t index)
{
    return index_check(v, "memory", index, v->m->memory_count) ? &v->m->memories[index] : NULL;
}

const struct global *global_at(struct validator *v, uint32_t index)
{
    return index_check(v, "global", index, v->m->global_count) ? &v->m->globals[index] : NULL;
}

const struct elem_segment *elem_at(struct validator *v, uint32_t index)
{
    return index_check(v, "elem segment", index, v->m->elem_count) ? &v->m->elems[index] : NULL;
}

bool data_check(struct validator *v, uint32_t index)
{
    if (!v->m->has_data_count)
        return error_set(v->err, ERR_MALFORMED, v->insn->offset, "data count section required: %s",
                         op_info[v->insn->op].text);
    return index_check(v, "data segment", index, v->m->data_count);
}

bool valtype_check(struct validator *v, struct valtype type)
{
    return module_valtype_check(v->m, type, v->m->type_count, v->insn->offset, v->err);
}

struct valtype limits_index_type(const struct limits *limits)
{
    return VALTYPE(limits->is64 ? VT_I64 : VT_I32);
}

struct valtype limits_smaller_type(const struct limits *a, const struct limits *b)
{
    return VALTYPE(a->is64 && b->is64 ? VT_I64 : VT_I32);
}
