/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loading modules: check the file, dlopen it, find and check its descriptor, register its types and
 * its text, and work out once what every instance of it needs. Modules are immutable after this and
 * counted: by whoever loaded them and by each instance.
 */
#include "runtime/runtime.h"

#include <dlfcn.h>
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

static bool register_types(w2s_module *module, w2s_error *err)
{
    const struct w2s_module_desc *d = module->desc;
    module->types = calloc(d->type_count + 1u, sizeof *module->types);
    module->plans = calloc(d->type_count + 1u, sizeof *module->plans);
    if (!module->types || !module->plans)
        return rt_fail_memory(err);
    for (uint32_t i = 0; i < d->type_count; i++) {
        if (!(module->types[i] = rt_type_intern(&d->types[i], err)))
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

static void module_destroy(w2s_module *module)
{
    rt_text_remove(module->text);
    for (uint32_t i = 0; module->types && i < module->desc->type_count; i++)
        rt_type_release(module->types[i]);
    free(module->types);
    free(module->plans);
    free(module->record_of);
    free(module->export_order);
    free(module->stem);
    if (module->handle)
        dlclose(module->handle);
    free(module);
}

/* Takes over handle, also on failure. */
static w2s_module *module_new(const struct w2s_module_desc *desc, const char *path, void *handle,
                              w2s_error *err)
{
    w2s_module *module = calloc(1, sizeof *module);
    if (!module) {
        rt_fail_memory(err);
        if (handle)
            dlclose(handle);
        return NULL;
    }
    atomic_init(&module->users, 1);
    module->handle = handle;
    module->desc = desc;
    bool ok = rt_desc_check(desc, err);
    if (ok) {
        module->layout = layout_of(desc);
        ok = register_types(module, err);
    }
    if (ok && (!(module->stem = stem_of(path)) || !index_records(module) ||
               !index_exports(module) || !(module->text = rt_text_add(module))))
        ok = rt_fail_memory(err);
    if (!ok) {
        module_destroy(module);
        return NULL;
    }
    rt_signals_install();
    return module;
}

w2s_module *w2s_module_from_desc(const struct w2s_module_desc *desc, w2s_error *err)
{
    if (!desc) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "no descriptor");
        return NULL;
    }
    return module_new(desc, "module", NULL, err);
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
    w2s_module *module = module_new(desc, path, handle, &cause);
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

void rt_module_retain(w2s_module *module)
{
    atomic_fetch_add_explicit(&module->users, 1, memory_order_relaxed);
}

void w2s_module_free(w2s_module *module)
{
    if (module && atomic_fetch_sub_explicit(&module->users, 1, memory_order_acq_rel) == 1)
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
