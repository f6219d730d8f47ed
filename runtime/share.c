/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * From a linker of one store to a linker of another, which another thread runs: what has no state
 * of its own is made anew, what is made to be shared is shared, and the rest is refused.
 */
#include "runtime/runtime.h"

#include <stdlib.h>

static w2s_func *share_func(w2s_func *func, w2s_store *store)
{
    const struct rt_host_func *host = (struct rt_host_func *)func;
    const w2s_functype type = w2s_func_type(func);
    return w2s_func_new(store, &type, host->callback, host->env, NULL);
}

static bool can_share(const w2s_extern *item)
{
    const w2s_global *global = item->of.global;
    switch (item->kind) {
    case W2S_FUNC: return !item->of.func->instance;
    case W2S_MEMORY: return ((struct rt_memory *)item->of.memory)->sharing != NULL;
    case W2S_GLOBAL: return !global->is_mutable && global->type.kind != W2S_REF;
    case W2S_TABLE:
    case W2S_TAG: break;
    }
    return false;
}

/* The item in the store; the member is NULL if it could not be made. */
static w2s_extern share_extern(const w2s_extern *item, w2s_store *store, w2s_error *err)
{
    w2s_extern shared = {.kind = item->kind};
    switch (item->kind) {
    case W2S_FUNC: shared.of.func = share_func(item->of.func, store); break;
    case W2S_MEMORY:
        shared.of.memory = w2s_memory_share(item->of.memory, store, err) ? item->of.memory : NULL;
        break;
    case W2S_GLOBAL:
        shared.of.global =
            w2s_global_new(store, item->of.global->type, false, *item->of.global->cell);
        break;
    case W2S_TABLE:
    case W2S_TAG: break;
    }
    return shared;
}

static bool share_import(const w2s_linker *linker, w2s_linker *to,
                         const struct w2s_import_desc *import, w2s_error *err)
{
    const w2s_extern *item = rt_linker_find(linker, import->module, import->name);
    if (!item)
        return true;
    if (!can_share(item))
        return rt_fail(err, W2S_ERROR_LINK,
                       "import \"%.80s\" \"%.160s\" cannot be shared between threads: only host "
                       "functions, shared memories and immutable globals of numbers can",
                       import->module.bytes, import->name.bytes);
    w2s_extern shared = share_extern(item, w2s_linker_store(to), err);
    if (!shared.of.func || !w2s_linker_define_n(to, import->module.bytes, import->module.size,
                                                import->name.bytes, import->name.size, shared))
        return rt_fail_memory(err);
    return true;
}

w2s_linker *w2s_linker_share(const w2s_linker *linker, w2s_store *store, const w2s_module *module,
                             w2s_error *err)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    w2s_linker *to = w2s_linker_new(store);
    if (!to) {
        rt_fail_memory(err);
        return NULL;
    }
    for (uint32_t i = 0; i < desc->import_count; i++)
        if (!share_import(linker, to, &desc->imports[i], err))
            return NULL;
    return to;
}
