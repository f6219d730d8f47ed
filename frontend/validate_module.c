/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validity of a module without its bodies (spec 3.4, 3.2.13 on): what stands in the index spaces,
 * exports, the start function. Types are checked first, since everything refers to them. A proposal
 * that is not enabled makes what it brought invalid, by name.
 */
#include "frontend/validate.h"

#include "frontend/arena.h"
#include "frontend/constexpr.h"
#include "frontend/hash.h"
#include "frontend/validate_module_private.h"
#include <string.h>

/* ---- functions and tags ---- */

static bool functype_index_check(const struct module *m, uint32_t index, size_t offset,
                                 struct error *err)
{
    if (index >= m->type_count)
        return error_set(err, ERR_INVALID, offset, "unknown type %u", index);
    if (m->types[index].kind != COMP_FUNC)
        return error_set(err, ERR_INVALID, offset, "unknown type %u: no function type", index);
    return true;
}

static bool funcs_check(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->func_count; i++)
        if (!functype_index_check(m, m->funcs[i].type, m->funcs[i].offset, err))
            return false;
    return true;
}

static bool tags_check(const struct module *m, struct error *err)
{
    uint64_t either = FEATURE_BIT(FEATURE_EXCEPTIONS) | FEATURE_BIT(FEATURE_LEGACY_EXCEPTIONS);
    for (uint32_t i = 0; i < m->tag_count; i++) {
        const struct tag *tag = &m->tags[i];
        if (!(m->features & either))
            return module_feature_check(m, FEATURE_EXCEPTIONS, tag->offset, err, "unknown tag %u",
                                        i);
        if (!functype_index_check(m, tag->type, tag->offset, err))
            return false;
        if (m->types[tag->type].func.result_count != 0)
            return error_set(err, ERR_INVALID, tag->offset, "non-empty tag result type: tag %u", i);
    }
    return true;
}

/* ---- tables and memories (3.2.13 on: limits) ---- */

static bool limits_check(const struct module *m, const struct limits *limits, size_t offset,
                         struct error *err)
{
    if (limits->is64 &&
        !module_feature_check(m, FEATURE_MEMORY64, offset, err, "malformed limits flags: i64"))
        return false;
    if (limits->min > limits->max)
        return error_set(err, ERR_INVALID, offset,
                         "size minimum must not be greater than maximum: %llu and %llu",
                         (unsigned long long)limits->min, (unsigned long long)limits->max);
    return true;
}

/* The larger bound of the limits as written. */
static uint64_t limits_largest(const struct limits *limits)
{
    return limits->has_max && limits->max > limits->min ? limits->max : limits->min;
}

static bool page_size_check(const struct module *m, const struct limits *limits, size_t offset,
                            struct error *err)
{
    if (limits->page_size_log2 == 16)
        return true;
    if (limits->page_size_log2 != 0)
        return error_set(err, ERR_INVALID, offset,
                         "invalid custom page size: 2 to the power of %u, 0 or 16 is allowed",
                         limits->page_size_log2);
    return module_feature_check(m, FEATURE_CUSTOM_PAGE_SIZES, offset, err,
                                "invalid custom page size: 1");
}

static bool memory_size_check(const struct limits *limits, size_t offset, struct error *err)
{
    uint64_t bytes_max = limits->is64 ? UINT64_MAX : UINT32_MAX;
    uint64_t pages_max =
        limits->page_size_log2 == 0 ? bytes_max : (bytes_max >> limits->page_size_log2) + 1;
    if (limits_largest(limits) <= pages_max)
        return true;
    return error_set(err, ERR_INVALID, offset, "memory size must be at most %llu pages (%s)",
                     (unsigned long long)pages_max, limits->is64 ? "16 EiB" : "4GiB");
}

static bool memory_check(const struct module *m, const struct memory *memory, struct error *err)
{
    const struct limits *limits = &memory->limits;
    if (!page_size_check(m, limits, memory->offset, err) ||
        !memory_size_check(limits, memory->offset, err) ||
        !limits_check(m, limits, memory->offset, err))
        return false;
    if (!limits->shared)
        return true;
    if (!limits->has_max)
        return error_set(err, ERR_INVALID, memory->offset, "shared memory must have maximum");
    return module_feature_check(m, FEATURE_THREADS, memory->offset, err,
                                "malformed limits flags: shared");
}

static bool memories_check(const struct module *m, struct error *err)
{
    if (m->memory_count > 1 && !module_feature_check(m, FEATURE_MULTI_MEMORY, m->memories[1].offset,
                                                     err, "multiple memories"))
        return false;
    for (uint32_t i = 0; i < m->memory_count; i++)
        if (!memory_check(m, &m->memories[i], err))
            return false;
    return true;
}

/* Tables are defined before globals are (4.7.2): initialisers read imported globals only. */
static bool table_init_check(struct module *m, const struct table *table, struct arena *arena,
                             struct error *err)
{
    char text[32];
    if (table->has_init)
        return module_feature_check(m, FEATURE_FUNCTION_REFERENCES, table->offset, err,
                                    "malformed table: initialiser") &&
               constexpr_validate(m, &table->init, table->type.elem, m->import_global_count, arena,
                                  err);
    if (!table->import && !valtype_defaultable(table->type.elem))
        return error_set(err, ERR_INVALID, table->offset,
                         "type mismatch: a table of %s needs an initialiser",
                         valtype_print(table->type.elem, text, sizeof text));
    return true;
}

static bool table_check(struct module *m, const struct table *table, struct arena *arena,
                        struct error *err)
{
    const struct limits *limits = &table->type.limits;
    bool mvp_type = valtype_eq(table->type.elem, REFTYPE(1, HEAP_FUNC));
    if (!mvp_type && !module_valtype_check(m, table->type.elem, m->type_count, table->offset, err))
        return false;
    if (!limits->is64 && limits_largest(limits) > UINT32_MAX)
        return error_set(err, ERR_INVALID, table->offset, "table size must be at most 2^32-1");
    return limits_check(m, limits, table->offset, err) && table_init_check(m, table, arena, err);
}

static bool tables_check(struct module *m, struct arena *arena, struct error *err)
{
    if (m->table_count > 1 && !module_feature_check(m, FEATURE_REFERENCE_TYPES, m->tables[1].offset,
                                                    err, "multiple tables"))
        return false;
    for (uint32_t i = 0; i < m->table_count; i++)
        if (!table_check(m, &m->tables[i], arena, err))
            return false;
    return true;
}

/* ---- globals ---- */

static bool globals_check(struct module *m, struct arena *arena, struct error *err)
{
    for (uint32_t i = 0; i < m->global_count; i++) {
        const struct global *global = &m->globals[i];
        if (!module_valtype_check(m, global->type.type, m->type_count, global->offset, err))
            return false;
        if (!global->import) {
            if (!constexpr_validate(m, &global->init, global->type.type, i, arena, err))
                return false;
        } else if (global->type.mutable_ &&
                   !module_feature_check(m, FEATURE_MUTABLE_GLOBAL, global->offset, err,
                                         "malformed mutability: imported mutable global")) {
            return false;
        }
    }
    return true;
}

/* ---- exports and start ---- */

static bool export_check(struct module *m, const struct export *export, struct error *err)
{
    static const char *const spaces[] = {[EXTERN_FUNC] = "function",
                                         [EXTERN_TABLE] = "table",
                                         [EXTERN_MEMORY] = "memory",
                                         [EXTERN_GLOBAL] = "global",
                                         [EXTERN_TAG] = "tag"};
    const uint32_t counts[] = {[EXTERN_FUNC] = m->func_count,
                               [EXTERN_TABLE] = m->table_count,
                               [EXTERN_MEMORY] = m->memory_count,
                               [EXTERN_GLOBAL] = m->global_count,
                               [EXTERN_TAG] = m->tag_count};
    if (export->index >= counts[export->kind])
        return error_set(err, ERR_INVALID, export->offset, "unknown %s %u", spaces[export->kind],
                         export->index);
    if (export->kind == EXTERN_FUNC)
        m->funcs[export->index].declared = true;
    if (export->kind == EXTERN_GLOBAL && m->globals[export->index].type.mutable_)
        return module_feature_check(m, FEATURE_MUTABLE_GLOBAL, export->offset, err,
                                    "malformed mutability: exported mutable global");
    return true;
}

static bool names_eq(struct slice a, struct slice b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Export names are unique: a hash set, open addressing, at most half full. */
static bool export_names_check(const struct module *m, struct arena *arena, struct error *err)
{
    uint32_t size = 4;
    while (size < 2 * m->export_count)
        size *= 2;
    uint32_t *slots = arena_array(arena, size, sizeof *slots); /* export index + 1 */
    uint64_t seed = hash_seed();
    for (uint32_t i = 0; i < m->export_count; i++) {
        struct slice name = m->exports[i].name;
        uint32_t at = (uint32_t)hash_bytes(seed, name) & (size - 1);
        for (; slots[at] != 0; at = (at + 1) & (size - 1))
            if (names_eq(m->exports[slots[at] - 1].name, name))
                return error_set(err, ERR_INVALID, m->exports[i].offset,
                                 "duplicate export name \"%.*s\"", (int)(name.n < 80 ? name.n : 80),
                                 (const char *)name.p);
        slots[at] = i + 1;
    }
    return true;
}

static bool exports_check(struct module *m, struct arena *arena, struct error *err)
{
    for (uint32_t i = 0; i < m->export_count; i++)
        if (!export_check(m, &m->exports[i], err))
            return false;
    return export_names_check(m, arena, err);
}

static bool start_check(const struct module *m, struct error *err)
{
    if (m->start == NO_INDEX)
        return true;
    if (m->start >= m->func_count)
        return error_set(err, ERR_INVALID, m->start_offset, "unknown function %u", m->start);
    const struct functype *type = &m->types[m->funcs[m->start].type].func;
    if (type->param_count != 0 || type->result_count != 0)
        return error_set(err, ERR_INVALID, m->start_offset,
                         "start function %u takes parameters or has results", m->start);
    return true;
}

bool module_validate(struct module *m, struct arena *arena, struct error *err)
{
    return types_validate(m, arena, err) && funcs_check(m, err) && tags_check(m, err) &&
           memories_check(m, err) && tables_check(m, arena, err) && globals_check(m, arena, err) &&
           segments_validate(m, arena, err) && exports_check(m, arena, err) && start_check(m, err);
}
