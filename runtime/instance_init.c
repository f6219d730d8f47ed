/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The second half of instantiation (spec 4.7.2): values of globals, of table elements and of
 * element segments, then active segments in order, then the start function. The first trap ends it;
 * what was written before stays.
 */
#include "runtime/collector.h"

#include <stdlib.h>

/* Evaluates a constant expression. */
static w2s_trap *eval(w2s_instance *instance, const struct w2s_init *init, w2s_value *value)
{
    *value = (w2s_value){.bits = {0, 0}};
    switch ((enum w2s_init_kind)init->kind) {
    case W2S_INIT_CONST: *value = (w2s_value){.bits = {init->bits[0], init->bits[1]}}; break;
    case W2S_INIT_GLOBAL: *value = *instance->globals[init->index]->cell; break;
    case W2S_INIT_FUNC: value->ref = rt_instance_func_at(instance, init->index); break;
    case W2S_INIT_NULL: break;
    case W2S_INIT_CODE: return rt_call_init(instance, init->code, value);
    }
    return NULL;
}

static w2s_trap *init_globals(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = d->import_global_count; i < d->global_count; i++) {
        w2s_value value;
        w2s_trap *trap = eval(instance, &d->globals[i].init, &value);
        if (trap)
            return trap;
        *instance->globals[i]->cell = value;
    }
    return NULL;
}

static w2s_trap *init_tables(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = d->import_table_count; i < d->table_count; i++) {
        w2s_value value;
        w2s_trap *trap = eval(instance, &d->tables[i].init, &value);
        if (trap)
            return trap;
        struct w2s_table *table = instance->tables[i];
        for (uint64_t j = 0; value.ref && j < table->size; j++)
            table->base[j] = value.ref;
    }
    return NULL;
}

/* Segments of expressions are evaluated once, here. */
static w2s_trap *eval_elems(w2s_instance *instance, uint32_t segment)
{
    const struct w2s_elem_desc *elem = &instance->module->desc->elems[segment];
    if (elem->funcs || elem->count == 0)
        return NULL;
    void **refs = calloc(elem->count, sizeof *refs);
    if (!refs)
        return rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
    instance->elem_refs[segment] = refs;
    for (uint64_t i = 0; i < elem->count; i++) {
        w2s_value value;
        w2s_trap *trap = eval(instance, &elem->inits[i], &value);
        if (trap)
            return trap;
        refs[i] = value.ref;
    }
    return NULL;
}

static w2s_trap *eval_offset(w2s_instance *instance, const struct w2s_init *init, bool is_64,
                             uint64_t *offset)
{
    w2s_value value;
    w2s_trap *trap = eval(instance, init, &value);
    *offset = is_64 ? value.bits[0] : (uint32_t)value.bits[0];
    return trap;
}

static w2s_trap *run_elems(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->elem_count; i++) {
        const struct w2s_elem_desc *elem = &d->elems[i];
        if (elem->mode == W2S_PASSIVE)
            continue;
        if (elem->mode == W2S_ACTIVE) {
            uint64_t offset;
            w2s_trap *trap =
                eval_offset(instance, &elem->offset, d->tables[elem->table].type.is_64, &offset);
            if (trap)
                return trap;
            if (!rt_elem_init(instance, instance->tables[elem->table], i, offset, 0, elem->count))
                return rt_trap_make(W2S_TRAP_TABLE_OOB);
        }
        instance->dropped_elems[i] = 1;
    }
    return NULL;
}

/* Maps the images of own memories. What cannot be mapped is copied with the segments. */
static void map_images(w2s_instance *instance)
{
    const w2s_module *module = instance->module;
    const struct w2s_module_desc *d = module->desc;
    for (uint32_t i = d->import_memory_count; i < d->memory_count; i++) {
        const struct w2s_image *image = rt_desc_image(d, i);
        struct rt_memory *memory = &instance->own_memories[i - d->import_memory_count];
        if (image && !memory->image && rt_image_map(memory, module, image)) {
            memory->image = image;
            memory->image_of = module;
        }
    }
}

/* Whether the contents of an active segment came with an image. */
static bool is_mapped(const w2s_instance *instance, uint32_t segment)
{
    const struct w2s_module_desc *d = instance->module->desc;
    const uint32_t memory = d->datas[segment].memory;
    return memory >= d->import_memory_count && rt_desc_image(d, memory) &&
           segment < d->image_data_count &&
           instance->own_memories[memory - d->import_memory_count].image;
}

w2s_trap *rt_instance_init_datas(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    map_images(instance);
    for (uint32_t i = 0; i < d->data_count; i++) {
        const struct w2s_data_desc *data = &d->datas[i];
        if (data->mode != W2S_ACTIVE)
            continue;
        if (is_mapped(instance, i)) {
            instance->dropped_datas[i] = 1;
            continue;
        }
        uint64_t offset;
        w2s_trap *trap =
            eval_offset(instance, &data->offset, d->memories[data->memory].type.is_64, &offset);
        if (trap)
            return trap;
        instance->dropped_datas[i] = 0; /* in a pool it has been dropped before */
        if (!rt_data_init(instance, instance->memories[data->memory], i, offset, 0, data->size))
            return rt_trap_make(W2S_TRAP_MEMORY_OOB);
        instance->dropped_datas[i] = 1;
    }
    return NULL;
}

w2s_trap *rt_instance_start(w2s_instance *instance)
{
    const struct w2s_module_desc *d = instance->module->desc;
    if (d->start == W2S_NONE)
        return NULL;
    if (d->start < d->import_func_count) {
        const struct w2s_import_func *import = &instance->imports[d->start];
        if (!import->func->instance) /* the host learns who calls */
            return rt_host_invoke(&instance->bindings[d->start], NULL, NULL);
        return w2s_call(import->func, NULL, NULL);
    }
    const struct rt_plan *plan = instance->module->plans[d->funcs[d->start].type_index];
    if (plan->param_count || plan->result_count)
        return NULL; /* no validator lets it pass */
    return rt_call(instance->store, plan, rt_func_code(d, d->start), instance->ctx, NULL, NULL);
}

static w2s_trap *init(w2s_instance *instance)
{
    w2s_trap *trap = init_globals(instance);
    if (!trap)
        trap = init_tables(instance);
    for (uint32_t i = 0; !trap && i < instance->module->desc->elem_count; i++)
        trap = eval_elems(instance, i);
    if (!trap)
        trap = run_elems(instance);
    if (!trap)
        trap = rt_instance_init_datas(instance);
    return trap;
}

struct initialization {
    w2s_instance *instance;
    w2s_trap *trap;
};

static void run(void *env)
{
    struct initialization *i = env;
    i->trap = init(i->instance);
}

/* Inside: what a constant expression makes is on this stack before it gets to its place. */
w2s_trap *rt_instance_init(w2s_instance *instance)
{
    struct initialization i = {.instance = instance};
    rt_inside(instance->store, run, &i);
    return i.trap;
}
