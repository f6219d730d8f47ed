/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Modules: compiled or loaded once, shared by handles in any number of stores.
 */
#include "capi/capi.h"

/* ---- making them ---- */

wasm_module_t *wasm_module_obtain(wasm_store_t *store, const wasm_shared_module_t *shared)
{
    wasm_module_t *module = ref_new(store, REF_MODULE, sizeof *module);
    if (!module)
        return capi_fail("out of memory");
    memcpy(&module->shared, &shared, sizeof shared); /* its users are counted: no change of value */
    atomic_fetch_add(&module->shared->users, 1);
    return module;
}

wasm_shared_module_t *wasm_module_share(const wasm_module_t *module)
{
    atomic_fetch_add(&module->shared->users, 1);
    return module->shared;
}

void wasm_shared_module_delete(wasm_shared_module_t *shared)
{
    shared_release(shared);
}

/* Takes over shared. */
static wasm_module_t *module_of(wasm_store_t *store, wasm_shared_module_t *shared)
{
    wasm_module_t *module = shared ? wasm_module_obtain(store, shared) : NULL;
    shared_release(shared);
    return module;
}

wasm_module_t *wasm_module_new(wasm_store_t *store, const wasm_byte_vec_t *binary)
{
    void *artifact;
    size_t size;
    if (!compiler_compile(&store->engine->config, binary, &artifact, &size))
        return NULL;
    wasm_shared_module_t *shared = image_load(artifact, size);
    compiler_free(artifact);
    return module_of(store, shared);
}

bool wasm_module_validate(wasm_store_t *store, const wasm_byte_vec_t *binary)
{
    (void)store;
    return compiler_validate(binary);
}

void wasm_module_serialize(const wasm_module_t *module, wasm_byte_vec_t *out)
{
    wasm_byte_vec_new(out, module->shared->size, module->shared->bytes);
}

wasm_module_t *wasm_module_deserialize(wasm_store_t *store, const wasm_byte_vec_t *bytes)
{
    return module_of(store, image_load(bytes->data, bytes->size));
}

/* ---- looking at them ---- */

static void name_from(wasm_name_t *out, const struct w2s_name *name)
{
    wasm_name_new(out, name->size, name->bytes);
}

void wasm_module_imports(const wasm_module_t *module, wasm_importtype_vec_t *out)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module->shared->module);
    wasm_importtype_vec_new_uninitialized(out, desc->import_count);
    for (size_t i = 0; i < out->size; i++) {
        wasm_name_t from, name;
        name_from(&from, &desc->imports[i].module);
        name_from(&name, &desc->imports[i].name);
        out->data[i] =
            wasm_importtype_new(&from, &name, externtype_from(&desc->imports[i].type, desc));
    }
}

static wasm_externtype_t *export_type(const struct w2s_module_desc *desc,
                                      const struct w2s_export_desc *export)
{
    struct w2s_externtype type = {.kind = (uint8_t)export->kind};
    switch ((enum w2s_extern_kind) export->kind) {
    case W2S_FUNC: type.type_index = desc->funcs[export->index].type_index; break;
    case W2S_TABLE: type = desc->tables[export->index].type; break;
    case W2S_MEMORY: type = desc->memories[export->index].type; break;
    case W2S_GLOBAL: type = desc->globals[export->index].type; break;
    case W2S_TAG: type.type_index = desc->tags[export->index].type_index; break;
    }
    return externtype_from(&type, desc);
}

void wasm_module_exports(const wasm_module_t *module, wasm_exporttype_vec_t *out)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module->shared->module);
    wasm_exporttype_vec_new_uninitialized(out, desc->export_count);
    for (size_t i = 0; i < out->size; i++) {
        wasm_name_t name;
        name_from(&name, &desc->exports[i].name);
        out->data[i] = wasm_exporttype_new(&name, export_type(desc, &desc->exports[i]));
    }
}
