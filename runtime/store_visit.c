/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Where a store's references to objects are, by type: for the collector, which runs this with all
 * mutators stopped at any point. So what is visited is made whole before it is linked in, and an
 * array is replaced by one that is filled.
 */
#include "runtime/collector.h"
#include "runtime/exception.h"

bool rt_is_traced(w2s_valtype type, const struct w2s_module_desc *desc)
{
    if (type.kind != W2S_REF)
        return false;
    if (type.heap < W2S_HEAP_FUNC)
        return desc->types[type.heap].kind != 0;
    return type.heap >= W2S_HEAP_EXTERN && type.heap <= W2S_HEAP_NONE;
}

static void visit_table(struct rt_table *table, rt_visit *visit)
{
    if (rt_is_traced(table->type.type, table->desc))
        visit(table->pub.base, table->pub.size);
}

static void visit_global(struct w2s_global *global, rt_visit *visit)
{
    if (rt_is_traced(global->type, global->desc))
        visit(&global->cell->ref, 1);
}

static void visit_instance(w2s_instance *instance, rt_visit *visit)
{
    const struct w2s_module_desc *d = instance->module->desc;
    for (uint32_t i = 0; i < d->table_count - d->import_table_count; i++)
        visit_table(&instance->own_tables[i], visit);
    for (uint32_t i = 0; i < d->global_count - d->import_global_count; i++)
        visit_global(&instance->own_globals[i], visit);
    for (uint32_t i = 0; i < d->elem_count; i++)
        if (instance->elem_refs[i] && rt_is_traced(d->elems[i].type, d))
            visit(instance->elem_refs[i], d->elems[i].count);
}

static void visit_owned(const struct rt_owned *owned, rt_visit *visit)
{
    switch (owned->kind) {
    case RT_INSTANCE: visit_instance(owned->self, visit); break;
    case RT_TABLE: visit_table(owned->self, visit); break;
    case RT_GLOBAL: visit_global(owned->self, visit); break;
    case RT_STATELESS:
    case RT_OTHER: break;
    }
}

static void visit_exception(struct rt_exception *exception, rt_visit *visit)
{
    const w2s_valtype *types = exception->pub.tag->type->types;
    for (uint32_t i = 0; i < exception->value_count; i++)
        if (types[i].kind == W2S_REF)
            visit(&exception->values[i].ref, 1);
}

void rt_store_visit(w2s_store *store, rt_visit *visit)
{
    for (const struct rt_owned *owned = store->owned; owned; owned = owned->next)
        visit_owned(owned, visit);
    for (struct rt_exception *e = store->exceptions; e; e = e->next)
        visit_exception(e, visit);
    for (w2s_root *root = store->roots; root; root = root->next)
        visit(&root->ref, 1);
    visit(store->recent, store->recent_count);
    visit(&store->unrooted, 1);
}
