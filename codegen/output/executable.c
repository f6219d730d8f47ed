/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module as a program of its own: what it imports must be WASI's, and the constant w2s_exe
 * (wasm2so_exe.h) tells the main function of the runtime what to give it. The constant names just
 * the WASI functions that are imported, so that the linker can leave the others out.
 */
#include "codegen/artifact.h"
#include "codegen/rodata.h"

#include <string.h>

#include "runtime/include/wasm2so_exe.h"

/* ---- what can be given ---- */

struct wasi_name {
    const char *module, *name;
};

static const struct wasi_name wasi_names[] = {
#define NEW_ONLY(name, params, results)    {"wasi_snapshot_preview1", #name},
#define BOTH(name, params, results)        NEW_ONLY(name, params, results){"wasi_unstable", #name},
#define OLD_DIFFERS(name, params, results) BOTH(name, params, results)
#include "runtime/wasi/functions.def"
};

bool slice_is(struct slice slice, const char *text)
{
    return slice.n == strlen(text) && memcmp(slice.p, text, slice.n) == 0;
}

static const struct wasi_name *wasi_find(const struct import *import)
{
    for (size_t i = 0; i < sizeof wasi_names / sizeof *wasi_names; i++)
        if (import->kind == EXTERN_FUNC && slice_is(import->module, wasi_names[i].module) &&
            slice_is(import->name, wasi_names[i].name))
            return &wasi_names[i];
    return NULL;
}

bool wasi_imported(const struct import *import)
{
    return wasi_find(import) != NULL;
}

static bool is_thread_spawn(const struct import *import)
{
    return import->kind == EXTERN_FUNC && slice_is(import->module, "wasi") &&
           slice_is(import->name, "thread-spawn");
}

static bool starts_threads(const struct module *m)
{
    for (uint32_t i = 0; i < m->import_count; i++)
        if (is_thread_spawn(&m->imports[i]))
            return true;
    return false;
}

static bool accepts_connections(const struct module *m)
{
    for (uint32_t i = 0; i < m->import_count; i++)
        if (wasi_find(&m->imports[i]) && slice_is(m->imports[i].name, "sock_accept"))
            return true;
    return false;
}

static bool is_command(const struct module *m)
{
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        if (export->kind != EXTERN_FUNC || !slice_is(export->name, "_start"))
            continue;
        const struct functype *type = &m->types[m->funcs[export->index].type].func;
        return type->param_count == 0 && type->result_count == 0;
    }
    return false;
}

bool executable_check(const struct module *m, const w2s_compile_options *options, struct error *err)
{
    bool threads = starts_threads(m);
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        bool shared_memory =
            threads && import->kind == EXTERN_MEMORY && m->memories[import->index].limits.shared;
        if (wasi_find(import) || is_thread_spawn(import) || shared_memory)
            continue;
        return error_set(err, ERR_LINK, import->offset,
                         "an executable imports WASI functions only, not \"%.*s\" of \"%.*s\"",
                         (int)(import->name.n < 80 ? import->name.n : 80), import->name.p,
                         (int)(import->module.n < 80 ? import->module.n : 80), import->module.p);
    }
    if (!is_command(m))
        return error_set(err, ERR_LINK, ERROR_NO_OFFSET,
                         "an executable needs an exported function _start without parameters and "
                         "results");
    if (options->listen_count > 0 && !accepts_connections(m))
        return error_set(err, ERR_LINK, ERROR_NO_OFFSET,
                         "an address to listen on, and the module does not import sock_accept");
    return true;
}

/* ---- the constant ---- */

LLVMValueRef cg_outside(struct cg *cg, const char *symbol)
{
    LLVMValueRef global = LLVMGetNamedGlobal(cg->module, symbol);
    return global ? global : LLVMAddGlobal(cg->module, cg->i8, symbol);
}

static LLVMValueRef number(struct cg *cg, uint64_t value)
{
    return LLVMConstInt(cg->i64, value, false);
}

LLVMValueRef emit_wasi_rows(struct cg *cg, uint32_t *count)
{
    const struct module *m = cg->m;
    LLVMValueRef *rows = arena_array(cg->arena, m->import_count, sizeof *rows);
    *count = 0;
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct wasi_name *wasi = wasi_find(&m->imports[i]);
        if (wasi)
            rows[(*count)++] = cg_outside(
                cg, arena_printf(cg->arena, W2S_WASI_ROW_PREFIX "%s_%s", wasi->module, wasi->name));
    }
    return rodata_array(cg, rows, *count);
}

static LLVMValueRef strings(struct cg *cg, const char *const *list, size_t count)
{
    LLVMValueRef *values = rodata_values(cg, count);
    for (size_t i = 0; i < count; i++)
        values[i] = rodata_string(cg, list[i]);
    return rodata_array(cg, values, count);
}

/* The address of a function of the runtime, which is linked only where it is wanted. */
static LLVMValueRef outside_if(struct cg *cg, bool wanted, const char *symbol)
{
    return wanted ? cg_outside(cg, symbol) : LLVMConstNull(cg->ptr);
}

void emit_executable(struct cg *cg, const w2s_compile_options *options)
{
    uint32_t wasi_count;
    LLVMValueRef rows = emit_wasi_rows(cg, &wasi_count);
    LLVMValueRef fields[] = {
        cg_outside(cg, cg->c->descriptor),
        rows,
        number(cg, wasi_count),
        strings(cg, options->dirs, options->dir_count),
        number(cg, options->dir_count),
        outside_if(cg, starts_threads(cg->m), "w2s_linker_define_wasi_threads"),
        outside_if(cg, accepts_connections(cg->m), "w2s_listen"),
        strings(cg, options->listens, options->listen_count),
        number(cg, options->listen_count),
        outside_if(cg, options->sandbox, "w2s_sandbox_enter"),
    };
    enum { FIELDS = sizeof fields / sizeof *fields };
    _Static_assert(sizeof(struct w2s_exe) == FIELDS * 8, "a field each");
    LLVMValueRef value = LLVMConstStructInContext(cg->context, fields, FIELDS, false);
    LLVMSetVisibility(rodata_named(cg, W2S_EXE_SYMBOL, value), LLVMHiddenVisibility);
}
