/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Checks of a module's descriptor, once when it is loaded: version and machine, then that counts,
 * indices and offsets fit together, so that a file damaged in its data is refused here and the rest
 * of the runtime can follow every index without looking.
 */
#include "runtime/runtime.h"

#include <string.h>

static bool bad(w2s_error *err, const char *what)
{
    return rt_fail(err, W2S_ERROR_FORMAT, "damaged module: %s", what);
}

uint64_t rt_desc_tags_offset(const struct w2s_module_desc *d)
{
    bool known = d->size >= offsetof(struct w2s_module_desc, tags_offset) + sizeof d->tags_offset;
    return known && d->tag_count ? d->tags_offset : 0;
}

struct rt_objects rt_desc_objects(const struct w2s_module_desc *d)
{
    bool known = d->size >= offsetof(struct w2s_module_desc, objects) + sizeof d->objects;
    return known && d->objects ? (struct rt_objects){d->objects, d->object_types_offset}
                               : (struct rt_objects){NULL, 0};
}

uint64_t rt_desc_code_features(const struct w2s_module_desc *d)
{
    bool known =
        d->size >= offsetof(struct w2s_module_desc, code_features) + sizeof d->code_features;
    return known ? d->code_features : 0;
}

static bool check_version(const struct w2s_module_desc *d, w2s_error *err)
{
    if (d->abi_version != W2S_ABI_VERSION)
        return rt_fail(err, W2S_ERROR_FORMAT,
                       "made for ABI version %u, this runtime has version %u: compile it again",
                       d->abi_version, W2S_ABI_VERSION);
    if (d->size < W2S_MODULE_DESC_MIN_SIZE)
        return bad(err, "the descriptor is too small");
    const uint64_t known = W2S_NEEDS_COLLECTOR | W2S_NEEDS_MARGIN | W2S_NEEDS_PROFILE;
    uint64_t unknown = d->features_needed & ~known;
    if (unknown)
        return rt_fail(err, W2S_ERROR_FORMAT, "needs runtime features that this one lacks (%#llx)",
                       (unsigned long long)unknown);
    if (d->memory_mode != W2S_MODE_GUARD && d->memory_mode != W2S_MODE_CHECKED)
        return rt_fail(err, W2S_ERROR_FORMAT, "needs a memory mode that this runtime lacks (%u)",
                       d->memory_mode);
    return true;
}

/* Code of guard mode leaves it to a fault to find an access outside a memory. */
static bool check_faults(const struct w2s_module_desc *d, w2s_error *err)
{
    if (rt_faults_are_traps || d->memory_mode != W2S_MODE_GUARD || d->memory_count == 0)
        return true;
    return rt_fail(err, W2S_ERROR_TARGET,
                   "made for a runtime that handles faults, this one (the small profile) does not: "
                   "compile it with --memory checked");
}

static bool check_target(const struct w2s_module_desc *d, w2s_error *err)
{
    if (!d->target || !d->cpu_features)
        return bad(err, "no target");
    size_t n = strlen(rt_cpu_arch);
    if (strncmp(d->target, rt_cpu_arch, n) != 0 || (d->target[n] != '-' && d->target[n] != 0))
        return rt_fail(err, W2S_ERROR_TARGET, "made for %s, this machine is %s", d->target,
                       rt_cpu_arch);
    return rt_cpu_check(d->cpu_features, err);
}

static bool check_counts(const struct w2s_module_desc *d, w2s_error *err)
{
    uint64_t imports = (uint64_t)d->import_func_count + d->import_table_count +
                       d->import_memory_count + d->import_global_count + d->import_tag_count;
    if (imports != d->import_count || d->import_func_count > d->func_count ||
        d->import_table_count > d->table_count || d->import_memory_count > d->memory_count ||
        d->import_global_count > d->global_count || d->import_tag_count > d->tag_count)
        return bad(err, "import counts");
    if ((d->type_count && !d->types) || (d->import_count && !d->imports) ||
        (d->export_count && !d->exports) || (d->func_count && !d->funcs) ||
        (d->table_count && !d->tables) || (d->memory_count && !d->memories) ||
        (d->global_count && !d->globals) || (d->tag_count && !d->tags) ||
        (d->elem_count && !d->elems) || (d->data_count && !d->datas) ||
        (d->record_count && !d->records))
        return bad(err, "a missing section");
    if (d->start != W2S_NONE && d->start >= d->func_count)
        return bad(err, "the start function");
    return true;
}

static bool check_layout(const struct w2s_module_desc *d, w2s_error *err)
{
    const struct {
        uint64_t offset, count, size;
    } parts[] = {
        {0, 1, sizeof(struct w2s_ctx)},
        {d->imports_offset, d->import_func_count, sizeof(struct w2s_import_func)},
        {d->memories_offset, d->memory_count, sizeof(void *)},
        {d->tables_offset, d->table_count, sizeof(void *)},
        {d->records_offset, d->record_count, sizeof(struct w2s_func)},
        {rt_desc_tags_offset(d), rt_desc_tags_offset(d) ? d->tag_count : 0, sizeof(void *)},
        {rt_desc_objects(d).types_offset, rt_desc_objects(d).objects ? d->type_count : 0,
         sizeof(void *)},
    };
    if (d->ctx_size > UINT32_MAX)
        return bad(err, "the context is too large");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].count &&
            (parts[i].offset % 8 != 0 ||
             !rt_in_range(parts[i].offset, parts[i].count * parts[i].size, d->ctx_size)))
            return bad(err, "the layout of the context");
    for (uint32_t i = 0; i < d->global_count; i++) {
        bool imported = i < d->import_global_count;
        if (d->globals[i].ctx_offset % (imported ? 8 : 16) != 0 ||
            !rt_in_range(d->globals[i].ctx_offset, imported ? 8 : 16, d->ctx_size))
            return bad(err, "the place of a global");
    }
    return true;
}

static bool valtype_ok(const struct w2s_module_desc *d, w2s_valtype type)
{
    if (type.kind != W2S_REF)
        return type.kind >= W2S_I32 && type.kind <= W2S_V128;
    return type.heap < d->type_count || (type.heap >= W2S_HEAP_FUNC && type.heap <= W2S_HEAP_NOEXN);
}

static bool check_types(const struct w2s_module_desc *d, w2s_error *err)
{
    for (uint32_t i = 0; i < d->type_count; i++) {
        const struct w2s_type *type = &d->types[i];
        if (type->kind > 2 || (type->super != W2S_NONE && type->super >= d->type_count) ||
            (type->canon_size && !type->canon))
            return bad(err, "a type");
        uint64_t count = (uint64_t)type->param_count + type->result_count;
        if (type->kind != 0)
            continue;
        if (count > 1u << 20 || (count && !type->types))
            return bad(err, "a function type");
        for (uint64_t j = 0; j < count; j++)
            if (!valtype_ok(d, type->types[j]))
                return bad(err, "a function type");
    }
    return true;
}

static bool struct_ok(const struct w2s_object_desc *object)
{
    if (object->size < sizeof(struct w2s_object) || (object->ref_count && !object->refs))
        return false;
    for (uint32_t i = 0; i < object->ref_count; i++)
        if (object->refs[i] % 8 != 0 || object->refs[i] < sizeof(struct w2s_object) ||
            !rt_in_range(object->refs[i], 8, object->size) ||
            (i && object->refs[i] <= object->refs[i - 1]))
            return false;
    return true;
}

/* A supertype stands before its subtypes, and its objects begin theirs. */
static bool object_ok(const struct w2s_module_desc *d, const struct w2s_object_desc *objects,
                      uint32_t index)
{
    const struct w2s_type *type = &d->types[index];
    const struct w2s_object_desc *object = &objects[index];
    if (type->kind == 0)
        return true;
    if (type->super != W2S_NONE &&
        (type->super >= index || d->types[type->super].kind != type->kind ||
         d->types[type->super].depth + 1 != type->depth ||
         objects[type->super].size > object->size))
        return false;
    if (type->super == W2S_NONE && type->depth != 0)
        return false;
    if (type->kind == 1)
        return struct_ok(object);
    return object->size && object->size <= 16 && (object->size & (object->size - 1)) == 0 &&
           (object->ref_count == 0 || object->size == 8);
}

static bool check_objects(const struct w2s_module_desc *d, w2s_error *err)
{
    const struct w2s_object_desc *objects = rt_desc_objects(d).objects;
    for (uint32_t i = 0; i < d->type_count; i++) {
        if (!objects && d->types[i].kind != 0)
            return bad(err, "an object type without a layout");
        if (objects && !object_ok(d, objects, i))
            return bad(err, "an object type");
    }
    if (objects && !(d->features_needed & W2S_NEEDS_COLLECTOR))
        return bad(err, "objects without a collector");
    return true;
}

static bool is_functype(const struct w2s_module_desc *d, uint32_t index)
{
    return index < d->type_count && d->types[index].kind == 0;
}

static bool init_ok(const struct w2s_module_desc *d, const struct w2s_init *init)
{
    switch (init->kind) {
    case W2S_INIT_GLOBAL: return init->index < d->global_count;
    case W2S_INIT_FUNC: return init->index < d->func_count;
    case W2S_INIT_CODE: return init->code != NULL;
    default: return init->kind == W2S_INIT_CONST || init->kind == W2S_INIT_NULL;
    }
}

static bool check_imports(const struct w2s_module_desc *d, w2s_error *err)
{
    uint32_t counts[5] = {0};
    for (uint32_t i = 0; i < d->import_count; i++) {
        const struct w2s_externtype *type = &d->imports[i].type;
        if (type->kind > W2S_TAG || !d->imports[i].module.bytes || !d->imports[i].name.bytes)
            return bad(err, "an import");
        if ((type->kind == W2S_FUNC || type->kind == W2S_TAG) && !is_functype(d, type->type_index))
            return bad(err, "the type of an import");
        counts[type->kind]++;
    }
    if (counts[W2S_FUNC] != d->import_func_count || counts[W2S_TABLE] != d->import_table_count ||
        counts[W2S_MEMORY] != d->import_memory_count ||
        counts[W2S_GLOBAL] != d->import_global_count || counts[W2S_TAG] != d->import_tag_count)
        return bad(err, "import counts");
    return true;
}

static bool check_exports(const struct w2s_module_desc *d, w2s_error *err)
{
    const uint32_t counts[] = {d->func_count, d->table_count, d->memory_count, d->global_count,
                               d->tag_count};
    for (uint32_t i = 0; i < d->export_count; i++)
        if (d->exports[i].kind > W2S_TAG || d->exports[i].index >= counts[d->exports[i].kind] ||
            !d->exports[i].name.bytes)
            return bad(err, "an export");
    return true;
}

static bool check_definitions(const struct w2s_module_desc *d, w2s_error *err)
{
    for (uint32_t i = 0; i < d->func_count; i++)
        if (!is_functype(d, d->funcs[i].type_index) ||
            (i >= d->import_func_count && !d->funcs[i].code))
            return bad(err, "a function");
    for (uint32_t i = 0; i < d->record_count; i++)
        if (d->records[i] < d->import_func_count || d->records[i] >= d->func_count ||
            (i && d->records[i] <= d->records[i - 1]))
            return bad(err, "the function records");
    for (uint32_t i = d->import_table_count; i < d->table_count; i++)
        if (!init_ok(d, &d->tables[i].init) || !valtype_ok(d, d->tables[i].type.type))
            return bad(err, "a table");
    for (uint32_t i = 0; i < d->memory_count; i++)
        if (d->memories[i].type.page_size_log2 != 16 && d->memories[i].type.page_size_log2 != 0)
            return bad(err, "a memory");
    for (uint32_t i = 0; i < d->global_count; i++)
        if (!valtype_ok(d, d->globals[i].type.type) ||
            (i >= d->import_global_count && !init_ok(d, &d->globals[i].init)))
            return bad(err, "a global");
    for (uint32_t i = 0; i < d->tag_count; i++)
        if (!is_functype(d, d->tags[i].type_index))
            return bad(err, "a tag");
    return true;
}

static bool elem_ok(const struct w2s_module_desc *d, const struct w2s_elem_desc *elem)
{
    if (elem->mode > W2S_DECLARATIVE ||
        (elem->mode == W2S_ACTIVE &&
         (elem->table >= d->table_count || !init_ok(d, &elem->offset))) ||
        (elem->count && !elem->funcs && !elem->inits) || elem->count > UINT32_MAX)
        return false;
    for (uint64_t i = 0; i < elem->count; i++)
        if (elem->funcs ? elem->funcs[i] >= d->func_count : !init_ok(d, &elem->inits[i]))
            return false;
    return true;
}

static bool check_segments(const struct w2s_module_desc *d, w2s_error *err)
{
    for (uint32_t i = 0; i < d->elem_count; i++)
        if (!elem_ok(d, &d->elems[i]))
            return bad(err, "an element segment");
    for (uint32_t i = 0; i < d->data_count; i++) {
        const struct w2s_data_desc *data = &d->datas[i];
        if (data->mode > W2S_PASSIVE || (data->size && !data->bytes) ||
            (data->mode == W2S_ACTIVE &&
             (data->memory >= d->memory_count || !init_ok(d, &data->offset))))
            return bad(err, "a data segment");
    }
    return true;
}

static bool extent_ok(const struct w2s_extent *extent, uint64_t memory_size)
{
    return extent->bytes && extent->size && (extent->address | extent->size) % 4096 == 0 &&
           rt_in_range(extent->address, extent->size, memory_size);
}

static bool check_images(const struct w2s_module_desc *d, w2s_error *err)
{
    for (uint32_t i = 0; i < d->memory_count; i++) {
        const struct w2s_image *image = rt_desc_image(d, i);
        const struct w2s_externtype *type = &d->memories[i].type;
        if (!image)
            continue;
        if (i < d->import_memory_count || type->is_shared || type->page_size_log2 != 16 ||
            type->min > UINT64_MAX >> 16 || !image->extents)
            return bad(err, "the image of a memory");
        for (uint64_t j = 0; j < image->extent_count; j++)
            if (!extent_ok(&image->extents[j], type->min << 16))
                return bad(err, "the image of a memory");
    }
    return true;
}

bool rt_desc_check(const struct w2s_module_desc *desc, w2s_error *err)
{
    return check_version(desc, err) && check_target(desc, err) && check_faults(desc, err) &&
           check_counts(desc, err) && check_layout(desc, err) && check_types(desc, err) &&
           check_objects(desc, err) && check_imports(desc, err) && check_exports(desc, err) &&
           check_definitions(desc, err) && check_segments(desc, err) && check_images(desc, err);
}
