/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validity of element and data segments (spec 3.4.6, 3.4.7).
 */
#include "frontend/constexpr.h"
#include "frontend/validate_module_private.h"

static struct valtype index_type(const struct limits *limits)
{
    return VALTYPE(limits->is64 ? VT_I64 : VT_I32);
}

static bool elem_active_check(struct module *m, const struct elem_segment *elem,
                              struct arena *arena, struct error *err)
{
    char found[32], want[32];
    if (elem->table >= m->table_count)
        return error_set(err, ERR_INVALID, elem->offset, "unknown table %u", elem->table);
    const struct tabletype *table = &m->tables[elem->table].type;
    if (!valtype_matches(m, elem->type, table->elem))
        return error_set(err, ERR_INVALID, elem->offset,
                         "type mismatch: elements of type %s for a table of %s",
                         valtype_print(elem->type, found, sizeof found),
                         valtype_print(table->elem, want, sizeof want));
    return constexpr_validate(m, &elem->at, index_type(&table->limits), m->global_count, arena,
                              err);
}

static bool elem_funcs_check(struct module *m, const struct elem_segment *elem, struct error *err)
{
    for (uint32_t i = 0; i < elem->count; i++) {
        uint32_t index = elem->funcs[i];
        if (index >= m->func_count)
            return error_set(err, ERR_INVALID, elem->offset, "unknown function %u", index);
        m->funcs[index].declared = true;
    }
    return true;
}

static bool elem_check(struct module *m, const struct elem_segment *elem, struct arena *arena,
                       struct error *err)
{
    /* The element kind of the index forms is (ref func), which needs no proposal. */
    if (!elem->is_funcs && !module_valtype_check(m, elem->type, m->type_count, elem->offset, err))
        return false;
    if (elem->mode != SEGMENT_ACTIVE &&
        !module_feature_check(m, FEATURE_BULK_MEMORY, elem->offset, err,
                              "malformed elements segment kind: not active"))
        return false;
    if (elem->mode == SEGMENT_ACTIVE && !elem_active_check(m, elem, arena, err))
        return false;
    if (elem->is_funcs)
        return elem_funcs_check(m, elem, err);
    for (uint32_t i = 0; i < elem->count; i++)
        if (!constexpr_validate(m, &elem->exprs[i], elem->type, m->global_count, arena, err))
            return false;
    return true;
}

static bool data_segment_check(struct module *m, const struct data_segment *data,
                               struct arena *arena, struct error *err)
{
    if (data->mode != SEGMENT_ACTIVE)
        return module_feature_check(m, FEATURE_BULK_MEMORY, data->offset, err,
                                    "malformed data segment kind: passive");
    if (data->memory >= m->memory_count)
        return error_set(err, ERR_INVALID, data->offset, "unknown memory %u", data->memory);
    struct valtype type = index_type(&m->memories[data->memory].limits);
    return constexpr_validate(m, &data->at, type, m->global_count, arena, err);
}

bool segments_validate(struct module *m, struct arena *arena, struct error *err)
{
    for (uint32_t i = 0; i < m->elem_count; i++)
        if (!elem_check(m, &m->elems[i], arena, err))
            return false;
    if (m->has_data_count && !module_feature_check(m, FEATURE_BULK_MEMORY, ERROR_NO_OFFSET, err,
                                                   "malformed section id 12: data count"))
        return false;
    for (uint32_t i = 0; i < m->data_count; i++)
        if (!data_segment_check(m, &m->datas[i], arena, err))
            return false;
    return true;
}
