/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A proxy-wasm filter as a dynamic module of Envoy: what it imports must be proxy-wasm's or WASI's,
 * and the constant w2s_envoy (wasm2so_envoy.h) tells the adapter in the runtime which module it is
 * linked with.
 */
#include "codegen/artifact.h"
#include "codegen/rodata.h"

#include <string.h>

#include "runtime/include/wasm2so_envoy.h"

struct host_name {
    const char *name, *params;
};

static const struct host_name host_names[] = {
#define HOST(name, params) {"proxy_" #name, params},
#include "runtime/envoy/functions.def"
};

/* A module says by an export which version of proxy-wasm it speaks. */
static const char *const version_names[] = {"proxy_abi_version_0_1_0", "proxy_abi_version_0_2_0",
                                            "proxy_abi_version_0_2_1"};

static const struct host_name *host_find(const struct import *import)
{
    for (size_t i = 0; i < sizeof host_names / sizeof *host_names; i++)
        if (import->kind == EXTERN_FUNC && slice_is(import->module, "env") &&
            slice_is(import->name, host_names[i].name))
            return &host_names[i];
    return NULL;
}

static bool has_type(const struct functype *type, const char *params)
{
    if (type->param_count != strlen(params) || type->result_count != 1 ||
        type->results[0].kind != VT_I32)
        return false;
    for (uint32_t i = 0; i < type->param_count; i++)
        if (type->params[i].kind != (params[i] == 'I' ? VT_I64 : VT_I32))
            return false;
    return true;
}

static bool check_import(const struct module *m, const struct import *import, struct error *err)
{
    const struct host_name *host = host_find(import);
    int name_size = (int)(import->name.n < 80 ? import->name.n : 80);
    if (wasi_imported(import))
        return true;
    if (!host)
        return error_set(
            err, ERR_LINK, import->offset,
            "an Envoy module imports proxy-wasm and WASI functions only, not \"%.*s\" of \"%.*s\"",
            name_size, import->name.p, (int)(import->module.n < 80 ? import->module.n : 80),
            import->module.p);
    if (!has_type(&m->types[m->funcs[import->index].type].func, host->params))
        return error_set(err, ERR_LINK, import->offset,
                         "incompatible import type: \"%.*s\" has another type in proxy-wasm",
                         name_size, import->name.p);
    return true;
}

static bool has_version(const struct module *m)
{
    for (uint32_t i = 0; i < m->export_count; i++)
        for (size_t v = 0; v < sizeof version_names / sizeof *version_names; v++)
            if (m->exports[i].kind == EXTERN_FUNC && slice_is(m->exports[i].name, version_names[v]))
                return true;
    return false;
}

bool envoy_check(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->import_count; i++)
        if (!check_import(m, &m->imports[i], err))
            return false;
    if (!has_version(m))
        return error_set(err, ERR_LINK, ERROR_NO_OFFSET,
                         "no proxy-wasm filter: none of proxy_abi_version_0_1_0, _0_2_0 and _0_2_1 "
                         "is exported");
    if (m->memory_count == 0)
        return error_set(err, ERR_LINK, ERROR_NO_OFFSET, "no proxy-wasm filter: it has no memory");
    return true;
}

void emit_envoy(struct cg *cg)
{
    uint32_t wasi_count;
    LLVMValueRef rows = emit_wasi_rows(cg, &wasi_count);
    LLVMValueRef fields[] = {
        cg_outside(cg, cg->c->descriptor),
        rows,
        LLVMConstInt(cg->i64, wasi_count, false),
    };
    enum { FIELDS = sizeof fields / sizeof *fields };
    _Static_assert(sizeof(struct w2s_envoy) == FIELDS * 8, "a field each");
    LLVMValueRef value = LLVMConstStructInContext(cg->context, fields, FIELDS, false);
    LLVMSetVisibility(rodata_named(cg, W2S_ENVOY_SYMBOL, value), LLVMHiddenVisibility);
}
