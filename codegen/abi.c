/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loads, stores and calls across the ABI; see abi.h.
 */
#include "codegen/abi.h"

#include "codegen/emit/function.h"

#include <assert.h>
#include <string.h>

LLVMValueRef abi_offset(struct fn *f, LLVMValueRef pointer, uint64_t offset)
{
    if (offset == 0)
        return pointer;
    LLVMValueRef index = LLVMConstInt(f->cg->i64, offset, false);
    return LLVMBuildGEP2(f->b, f->cg->i8, pointer, &index, 1, "");
}

void abi_set_alias(struct fn *f, LLVMValueRef access, enum abi_alias alias)
{
    LLVMSetMetadata(access, f->cg->md_tbaa, f->cg->tbaa[alias]);
}

LLVMValueRef abi_load(struct fn *f, LLVMTypeRef type, LLVMValueRef pointer, enum abi_alias alias)
{
    LLVMValueRef load = LLVMBuildLoad2(f->b, type, pointer, "");
    abi_set_alias(f, load, alias);
    if (f->cg->c->strict_traps && alias == ALIAS_MEMORY)
        LLVMSetVolatile(load, true);
    return load;
}

LLVMValueRef abi_load_invariant(struct fn *f, LLVMTypeRef type, LLVMValueRef pointer)
{
    LLVMValueRef load = abi_load(f, type, pointer, ALIAS_CTX);
    LLVMSetMetadata(load, f->cg->md_invariant, f->cg->empty_node);
    return load;
}

LLVMValueRef abi_store(struct fn *f, LLVMValueRef value, LLVMValueRef pointer, enum abi_alias alias)
{
    LLVMValueRef store = LLVMBuildStore(f->b, value, pointer);
    abi_set_alias(f, store, alias);
    if (f->cg->c->strict_traps) /* LLVM keeps the order of volatile accesses */
        LLVMSetVolatile(store, true);
    return store;
}

/* Pointer number index of an array of pointers at offset in ctx. */
static LLVMValueRef ctx_pointer(struct fn *f, uint64_t offset, uint32_t index)
{
    return abi_load_invariant(f, f->cg->ptr,
                              abi_offset(f, f->ctx, offset + (uint64_t)index * sizeof(void *)));
}

static LLVMValueRef memory_pointer(struct fn *f, uint32_t memory)
{
    if (memory == 0)
        return ctx_pointer(f, offsetof(struct w2s_ctx, memory0), 0);
    return ctx_pointer(f, f->cg->c->layout.memories_offset, memory);
}

LLVMValueRef abi_memory_base(struct fn *f, uint32_t memory)
{
    if (memory == 0)
        return f->memory0_base;
    LLVMValueRef base = abi_offset(f, memory_pointer(f, memory), offsetof(struct w2s_memory, base));
    return abi_load_invariant(f, f->cg->ptr, base);
}

LLVMValueRef abi_memory_size(struct fn *f, uint32_t memory)
{
    LLVMValueRef size = abi_offset(f, memory_pointer(f, memory), offsetof(struct w2s_memory, size));
    LLVMValueRef load = abi_load(f, f->cg->i64, size, ALIAS_CTX);
    if (f->cg->m->memories[memory].limits.shared) /* another thread may grow it */
        LLVMSetOrdering(load, LLVMAtomicOrderingMonotonic);
    return load;
}

LLVMValueRef abi_table(struct fn *f, uint32_t table)
{
    return ctx_pointer(f, f->cg->c->layout.tables_offset, table);
}

LLVMValueRef abi_table_base(struct fn *f, LLVMValueRef table)
{
    return abi_load(f, f->cg->ptr, abi_offset(f, table, offsetof(struct w2s_table, base)),
                    ALIAS_CTX);
}

LLVMValueRef abi_table_size(struct fn *f, LLVMValueRef table)
{
    return abi_load(f, f->cg->i64, abi_offset(f, table, offsetof(struct w2s_table, size)),
                    ALIAS_CTX);
}

LLVMValueRef abi_global(struct fn *f, uint32_t global)
{
    uint64_t offset = f->cg->c->layout.global_offset[global];
    if (f->cg->m->globals[global].import)
        return ctx_pointer(f, offset, 0);
    return abi_offset(f, f->ctx, offset);
}

LLVMValueRef abi_object_type(struct fn *f, uint32_t type)
{
    return ctx_pointer(f, f->cg->c->layout.object_types_offset, type);
}

LLVMValueRef abi_tag(struct fn *f, uint32_t tag)
{
    return ctx_pointer(f, f->cg->c->layout.tags_offset, tag);
}

LLVMValueRef abi_import_slot(struct fn *f, uint32_t func)
{
    return abi_offset(f, f->ctx,
                      f->cg->c->layout.imports_offset +
                          (uint64_t)func * sizeof(struct w2s_import_func));
}

LLVMValueRef abi_func_ref(struct fn *f, uint32_t func)
{
    const struct layout *layout = &f->cg->c->layout;
    if (f->cg->m->funcs[func].import) {
        uint64_t slot = layout->imports_offset + (uint64_t)func * sizeof(struct w2s_import_func);
        return ctx_pointer(f, slot + offsetof(struct w2s_import_func, func), 0);
    }
    assert(layout->record[func] != NO_INDEX);
    return abi_offset(f, f->ctx,
                      layout->records_offset +
                          (uint64_t)layout->record[func] * sizeof(struct w2s_func));
}

/* ---- helpers: their LLVM types come from the shapes of W2S_HELPERS, "l_pil" ---- */

static const struct {
    const char *symbol, *shape;
} helper_info[HELPER__COUNT] = {
#define H(name, shape) {"w2s_rt_" #name, #shape},
    W2S_HELPERS(H)
#undef H
};

static LLVMTypeRef shape_type(struct cg *cg, char letter)
{
    switch (letter) {
    case 'p': return cg->ptr;
    case 'i': return cg->i32;
    case 'l': return cg->i64;
    default: return cg->void_;
    }
}

static LLVMTypeRef helper_type(struct cg *cg, enum helper helper)
{
    const char *shape = helper_info[helper].shape;
    LLVMTypeRef params[8];
    unsigned count = 0;
    for (const char *p = shape + 2; *p; p++)
        params[count++] = shape_type(cg, *p);
    return LLVMFunctionType(shape_type(cg, shape[0]), params, count, false);
}

/* nonlazybind: called through the GOT, without a PLT entry between. Looked up by name each time:
 * the optimiser drops declarations that have no use. */
LLVMValueRef abi_helper(struct cg *cg, enum helper helper)
{
    LLVMValueRef function = LLVMGetNamedFunction(cg->module, helper_info[helper].symbol);
    if (function)
        return function;
    function = LLVMAddFunction(cg->module, helper_info[helper].symbol, helper_type(cg, helper));
    if (helper != HELPER_exception_throw)
        cg_add_attribute(cg, function, "nounwind", 0);
    cg_add_attribute(cg, function, "nonlazybind", 0);
    if (helper == HELPER_trap || helper == HELPER_exception_throw) {
        cg_add_attribute(cg, function, "noreturn", 0);
        cg_add_attribute(cg, function, "cold", 0);
    }
    return function;
}

LLVMValueRef abi_call(struct fn *f, enum helper helper, LLVMValueRef *args, unsigned count)
{
    LLVMValueRef all[8] = {f->ctx};
    memcpy(all + 1, args, count * sizeof *args);
    LLVMValueRef function = abi_helper(f->cg, helper);
    return LLVMBuildCall2(f->b, LLVMGlobalGetValueType(function), function, all, count + 1, "");
}
