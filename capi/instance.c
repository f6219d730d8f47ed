/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Instances: imports by number in, exports by number out.
 */
#include "capi/capi.h"

#include <stdlib.h>

/* A failure, as the trap that the host asked for. */
static void *failed(wasm_store_t *store, wasm_trap_t **out, w2s_trap *trap, const char *message)
{
    if (out)
        *out = trap ? trap_from(store, trap) : trap_text(store, message);
    else
        w2s_trap_free(trap);
    return capi_fail("%s", message);
}

static wasm_instance_t *instance_from(wasm_store_t *store, w2s_instance *made)
{
    wasm_instance_t *instance = ref_new(store, REF_INSTANCE, sizeof *instance);
    if (!instance)
        return capi_fail("out of memory");
    instance->instance = made;
    if (ref_hold(&instance->ref, made))
        return instance;
    wasm_instance_delete(instance);
    return capi_fail("out of memory");
}

wasm_instance_t *wasm_instance_new(wasm_store_t *store, const wasm_module_t *module,
                                   const wasm_extern_vec_t *imports, wasm_trap_t **trap)
{
    size_t count = imports ? imports->size : 0;
    w2s_extern *items = calloc(count + 1, sizeof *items);
    w2s_trap *trapped = NULL;
    w2s_error err;
    if (trap)
        *trap = NULL;
    if (!items)
        return failed(store, trap, NULL, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (imports->data[i])
            items[i] = imports->data[i]->item;
    w2s_instance *instance = w2s_instance_new_indexed(store->store, module->shared->module, items,
                                                      (uint32_t)count, &trapped, &err);
    free(items);
    return instance ? instance_from(store, instance) : failed(store, trap, trapped, err.message);
}

static wasm_extern_t *export_at(const wasm_instance_t *instance, uint32_t i)
{
    const struct w2s_module_desc *desc = w2s_module_desc(w2s_instance_module(instance->instance));
    uint32_t index = desc->exports[i].index;
    w2s_extern item = w2s_instance_export_at(instance->instance, i);
    w2s_valtype type = {0};
    if (item.kind == W2S_TABLE)
        type = desc->tables[index].type.type;
    if (item.kind == W2S_GLOBAL)
        type = desc->globals[index].type.type;
    return extern_from(instance->ref.store, item, type, desc);
}

void wasm_instance_exports(const wasm_instance_t *instance, wasm_extern_vec_t *out)
{
    const struct w2s_module_desc *desc = w2s_module_desc(w2s_instance_module(instance->instance));
    wasm_extern_vec_new_uninitialized(out, desc->export_count);
    for (uint32_t i = 0; i < out->size; i++)
        out->data[i] = export_at(instance, i);
}
