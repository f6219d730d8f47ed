/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loading modules: check the file, dlopen it, find and check its descriptor, register its types and
 * its text, and work out once what every instance of it needs. Modules are immutable after this and
 * counted: by whoever loaded them and by each instance. There is one for each descriptor, however
 * often it is loaded, so that a code address belongs to one module.
 */
#include "runtime/collector.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- what instances need ---- */

static size_t place(size_t *end, uint64_t count, size_t size)
{
    size_t at = (*end + 15) & ~(size_t)15;
    *end = at + count * size; /* 32-bit counts: cannot wrap */
    return at;
}

static struct rt_layout layout_of(const struct w2s_module_desc *d)
{
    struct rt_layout l;
    size_t end = (sizeof(w2s_instance) + 63) & ~(size_t)63;
    l.ctx = place(&end, 1, d->ctx_size);
    l.bindings = place(&end, d->import_func_count, sizeof(struct rt_binding));
    l.globals = place(&end, d->global_count, sizeof(struct w2s_global *));
    l.tags = place(&end, d->tag_count, sizeof(struct w2s_tag *));
    l.own_memories = place(&end, d->memory_count, sizeof(struct rt_memory));
    l.own_tables = place(&end, d->table_count, sizeof(struct rt_table));
    l.own_globals = place(&end, d->global_count, sizeof(struct w2s_global));
    l.own_tags = place(&end, d->tag_count, sizeof(struct w2s_tag));
    l.dropped_datas = place(&end, d->data_count, 1);
    l.dropped_elems = place(&end, d->elem_count, 1);
    l.elem_refs = place(&end, d->elem_count, sizeof(void **));
    l.total = (end + 63) & ~(size_t)63;
    return l;
}

static int name_compare(struct w2s_name a, struct w2s_name b)
{
    size_t n = a.size < b.size ? a.size : b.size;
    int order = n ? memcmp(a.bytes, b.bytes, n) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int export_compare(const void *a, const void *b, void *exports)
{
    const struct w2s_export_desc *e = exports;
    return name_compare(e[*(const uint32_t *)a].name, e[*(const uint32_t *)b].name);
}

static bool index_exports(w2s_module *module)
{
    const struct w2s_module_desc *d = module->desc;
    module->export_order = malloc((d->export_count + 1u) * sizeof(uint32_t));
    struct w2s_export_desc *exports = malloc((d->export_count + 1u) * sizeof *exports);
    if (module->export_order && exports) {
        for (uint32_t i = 0; i < d->export_count; i++) {
            module->export_order[i] = i;
            exports[i] = d->exports[i];
        }
        qsort_r(module->export_order, d->export_count, sizeof(uint32_t), export_compare, exports);
    }
    bool ok = module->export_order && exports;
    free(exports);
    return ok;
}

static bool index_records(w2s_module *module)
{
    const struct w2s_module_desc *d = module->desc;
    module->record_of = malloc((d->func_count + 1u) * sizeof(uint32_t));
    if (!module->record_of)
        return false;
    memset(module->record_of, 0xff, d->func_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < d->record_count; i++)
        module->record_of[d->records[i]] = i;
    return true;
}

static bool make_object_type(w2s_module *module, uint32_t index, w2s_error *err)
{
    const struct w2s_type *type = &module->desc->types[index];
    const struct w2s_object_desc *objects = rt_desc_objects(module->desc).objects;
    if (type->kind == 0 || !objects)
        return true;
    const struct w2s_object_type *super =
        type->super == W2S_NONE ? NULL : module->types[type->super]->object;
    return rt_type_object(module->types[index], type, &objects[index], super, err) != NULL;
}

static bool register_types(w2s_module *module, w2s_error *err)
{
    const struct w2s_module_desc *d = module->desc;
    module->types = calloc(d->type_count + 1u, sizeof *module->types);
    module->plans = calloc(d->type_count + 1u, sizeof *module->plans);
    if (!module->types || !module->plans)
        return rt_fail_memory(err);
    for (uint32_t i = 0; i < d->type_count; i++) {
        bool same_group = i > 0 && d->types[i].canon == d->types[i - 1].canon;
        const struct rt_type_entry *sibling = same_group ? module->types[i - 1] : NULL;
        if (!(module->types[i] = rt_type_intern(&d->types[i], sibling, err)))
            return false;
        if (!make_object_type(module, i, err))
            return false;
        module->plans[i] = module->types[i]->plan;
    }
    return true;
}

/* ---- modules ---- */

static char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *start = slash ? slash + 1 : path;
    const char *dot = strrchr(start, '.');
    return strndup(start, dot && dot != start ? (size_t)(dot - start) : strlen(start));
}

/* All loaded modules. The lock also guards the step of a module's users from 1 to 0. */
static w2s_module *modules;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What the lock need not guard. */
static void module_destroy(w2s_module *module)
{
    for (uint32_t i = 0; module->types && i < module->desc->type_count; i++)
        rt_type_release(module->types[i]);
    free(module->types);
    free(module->plans);
    free(module->record_of);
    free(module->export_order);
    rt_image_close(module);
    if (rt_is_linked(rt_profile_write) && module->stem) /* it is whole */
        rt_profile_write(module, NULL);
    free(module->stem);
    if (module->handle)
        dlclose(module->handle);
    free(module);
}

static bool module_fill(w2s_module *module, const char *path, w2s_error *err)
{
    if (!rt_desc_check(module->desc, err))
        return false;
    if ((module->desc->features_needed & W2S_NEEDS_COLLECTOR) && !rt_collector_load(err))
        return false;
    if (rt_is_linked(rt_profile_open) && !rt_profile_open(module->desc, err))
        return false;
    module->layout = layout_of(module->desc);
    if (!register_types(module, err))
        return false;
    if (!(module->stem = stem_of(path)) || !index_records(module) || !index_exports(module))
        return rt_fail_memory(err);
    rt_image_open(module);
    return true;
}

static w2s_module *module_new(const struct w2s_module_desc *desc, const char *path, w2s_error *err)
{
    w2s_module *module = calloc(1, sizeof *module);
    if (!module) {
        rt_fail_memory(err);
        return NULL;
    }
    atomic_init(&module->users, 1);
    module->desc = desc;
    module->image_file = -1;
    if (!module_fill(module, path, err)) {
        module_destroy(module);
        return NULL;
    }
    if (!(module->text = rt_text_add(module))) {
        rt_fail_memory(err);
        module_destroy(module);
        return NULL;
    }
    module->next = modules;
    modules = module;
    return module;
}

/* Takes over handle, also on failure. */
static w2s_module *module_get(const struct w2s_module_desc *desc, const char *path, void *handle,
                              w2s_error *err)
{
    pthread_mutex_lock(&lock);
    w2s_module *module = modules;
    while (module && module->desc != desc)
        module = module->next;
    if (module)
        rt_module_retain(module);
    else
        module = module_new(desc, path, err);
    if (module && !module->handle) {
        module->handle = handle;
        handle = NULL;
    }
    pthread_mutex_unlock(&lock);
    if (handle) /* not needed: the module holds one, or there is none */
        dlclose(handle);
    if (module)
        rt_signals_install();
    return module;
}

w2s_module *rt_module_linked(const struct w2s_module_desc *desc, const char *name, w2s_error *err)
{
    return module_get(desc, name, NULL, err);
}

w2s_module *w2s_module_from_desc(const struct w2s_module_desc *desc, w2s_error *err)
{
    if (!desc) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "no descriptor");
        return NULL;
    }
    return rt_module_linked(desc, "module", err);
}

static w2s_module *open_module(const char *path, w2s_error *err)
{
    if (!rt_elf_check(path, err))
        return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        rt_fail(err, W2S_ERROR_FORMAT, "cannot load: %s", dlerror());
        return NULL;
    }
    const struct w2s_module_desc *desc = dlsym(handle, W2S_MODULE_SYMBOL);
    if (!desc) {
        rt_fail(err, W2S_ERROR_FORMAT, "%s: not a compiled module (no symbol %s)", path,
                W2S_MODULE_SYMBOL);
        dlclose(handle);
        return NULL;
    }
    w2s_error cause = {0};
    w2s_module *module = module_get(desc, path, handle, &cause);
    if (!module)
        rt_fail(err, cause.kind, "%s: %s", path, cause.message);
    return module;
}

w2s_module *w2s_module_load(const char *path, w2s_error *err)
{
    if (!path || !*path) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "no file name");
        return NULL;
    }
    if (strchr(path, '/'))
        return open_module(path, err);
    /* dlopen would look for it in the library path. */
    char *local = malloc(strlen(path) + 3);
    if (!local) {
        rt_fail_memory(err);
        return NULL;
    }
    memcpy(local, "./", 2);
    memcpy(local + 2, path, strlen(path) + 1);
    w2s_module *module = open_module(local, err);
    free(local);
    return module;
}

bool rt_modules_visit(bool (*visit)(w2s_module *module, w2s_error *err), w2s_error *err)
{
    bool ok = true;
    pthread_mutex_lock(&lock);
    for (w2s_module *module = modules; module; module = module->next)
        ok = visit(module, ok ? err : NULL) && ok;
    pthread_mutex_unlock(&lock);
    return ok;
}

void rt_module_retain(w2s_module *module)
{
    atomic_fetch_add_explicit(&module->users, 1, memory_order_relaxed);
}

/* Gives up one use that is not the last. */
static bool release_shared(w2s_module *module)
{
    unsigned users = atomic_load_explicit(&module->users, memory_order_relaxed);
    while (users > 1)
        if (atomic_compare_exchange_weak_explicit(&module->users, &users, users - 1,
                                                  memory_order_release, memory_order_relaxed))
            return true;
    return false;
}

void w2s_module_free(w2s_module *module)
{
    if (!module || release_shared(module))
        return;
    pthread_mutex_lock(&lock);
    bool last = atomic_fetch_sub_explicit(&module->users, 1, memory_order_acq_rel) == 1;
    if (last) {
        rt_text_remove(module->text);
        w2s_module **link = &modules;
        while (*link != module)
            link = &(*link)->next;
        *link = module->next;
    }
    pthread_mutex_unlock(&lock);
    if (last)
        module_destroy(module);
}

const struct w2s_module_desc *w2s_module_desc(const w2s_module *module)
{
    return module->desc;
}

const char *rt_module_name(const w2s_module *module)
{
    const struct w2s_name *name = &module->desc->name;
    return name->bytes && name->size ? name->bytes : module->stem;
}

uint64_t w2s_module_code_features(const w2s_module *module)
{
    return rt_desc_code_features(module->desc);
}
