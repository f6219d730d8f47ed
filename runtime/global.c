/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Globals: a type and a pointer to the 16-byte cell, which lies in the ctx of the instance that
 * defines the global, or beside this struct for the host's own.
 */
#include "runtime/collector.h"

#include <stdlib.h>
#include <string.h>

struct host_global {
    struct w2s_global global;
    struct rt_owned owned;
    _Alignas(16) w2s_value cell;
};

w2s_global *w2s_global_new(w2s_store *store, w2s_valtype type, bool is_mutable, w2s_value value)
{
    struct host_global *g = aligned_alloc(16, (sizeof *g + 15) & ~(size_t)15);
    if (!g)
        return NULL;
    memset(g, 0, sizeof *g);
    g->cell = value;
    g->global = (struct w2s_global){
        .cell = &g->cell, .store = store, .type = type, .is_mutable = is_mutable};
    rt_store_own_as(store, &g->owned, RT_GLOBAL, free, g);
    return &g->global;
}

bool rt_global_is_mutable(const void *self)
{
    const struct host_global *g = self;
    return g->global.is_mutable;
}

w2s_value w2s_global_get(const w2s_global *global)
{
    return *global->cell;
}

bool w2s_global_set(w2s_global *global, w2s_value value)
{
    if (!global->is_mutable)
        return false;
    rt_roots_lock(global->store);
    *global->cell = value;
    rt_roots_unlock(global->store);
    return true;
}

w2s_externtype w2s_global_type(const w2s_global *global)
{
    return (w2s_externtype){
        .kind = W2S_GLOBAL, .is_mutable = global->is_mutable, .type = global->type};
}
