/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Addresses in memory 0; see address.h.
 */
#include "codegen/passes/address.h"
#include "codegen/abi.h"
#include "codegen/ir.h"

/* The load of memory 0's base: of the first word of ctx. */
bool cg_is_memory_base(LLVMValueRef value)
{
    if (!LLVMIsALoadInst(value) || LLVMGetTypeKind(LLVMTypeOf(value)) != LLVMPointerTypeKind)
        return false;
    LLVMValueRef function = LLVMGetBasicBlockParent(LLVMGetInstructionParent(value));
    return LLVMGetOperand(value, 0) == LLVMGetParam(function, 0);
}

bool cg_is_wide_memory(const struct cg *cg)
{
    return cg->m->memories[0].limits.is64;
}

/* What a GEP or an addition in 64 bits adds. False if that is not an index or an offset. */
static bool add_to_address(const struct cg *cg, struct address *address, LLVMValueRef value)
{
    while (ir_is(value, LLVMAdd) && LLVMIsAConstantInt(LLVMGetOperand(value, 1))) {
        address->offset += LLVMConstIntGetSExtValue(LLVMGetOperand(value, 1));
        value = LLVMGetOperand(value, 0);
    }
    if (LLVMIsAConstantInt(value)) {
        address->offset += LLVMConstIntGetSExtValue(value);
        return true;
    }
    if (address->index || address->wide)
        return false;
    if (!cg_is_wide_memory(cg) && LLVMIsAZExtInst(value) &&
        LLVMGetIntTypeWidth(LLVMTypeOf(LLVMGetOperand(value, 0))) == 32)
        address->index = LLVMGetOperand(value, 0);
    else
        address->wide = value;
    return true;
}

bool cg_find_wide_address(struct cg *cg, LLVMValueRef pointer, struct address *address)
{
    *address = (struct address){.base = pointer};
    bool simple = true;
    while (LLVMIsAGetElementPtrInst(address->base)) {
        LLVMValueRef gep = address->base;
        simple = simple && LLVMGetNumOperands(gep) == 2 &&
                 LLVMGetGEPSourceElementType(gep) == cg->i8 &&
                 add_to_address(cg, address, LLVMGetOperand(gep, 1));
        address->base = LLVMGetOperand(gep, 0);
    }
    return simple;
}

bool cg_find_address(struct cg *cg, LLVMValueRef pointer, struct address *address)
{
    return cg_find_wide_address(cg, pointer, address) && !address->wide;
}

bool cg_find_place(struct cg *cg, LLVMValueRef place, struct address *address)
{
    *address = (struct address){.base = NULL};
    return add_to_address(cg, address, place);
}

/* Of an address in a memory of 64 bits: its offset is part of the form. */
static bool wide_form(const struct loop *loop, const struct address *address, struct affine *form,
                      struct interval *free, uint64_t *offset)
{
    *form = (struct affine){.count = 0};
    *offset = 0;
    if (address->wide && !affine_free_of(loop, address->wide, form, free))
        return false;
    form->constant += (uint64_t)address->offset;
    return form->rise_count == 0;
}

/* The form of an index; free: NULL, or for a form with free terms. */
static bool index_form(const struct loop *loop, const struct address *address, struct affine *form,
                       struct interval *free)
{
    *form = (struct affine){.count = 0};
    if (address->wide && free) {
        *free = interval_of(address->wide);
        form->free[form->free_count++] = (struct affine_term){address->wide, 1};
        return free->low >= 0 && free->high <= INT32_MAX;
    }
    if (!address->index)
        return !address->wide;
    return free ? affine_free_of(loop, address->index, form, free)
                : affine_rising_of(loop, address->index, form);
}

static bool address_form(struct cg *cg, const struct loop *loop, const struct address *address,
                         struct affine *form, struct interval *free, uint64_t *offset)
{
    bool has_margin = address->index && memory_has_margin(&cg->m->memories[0].limits);
    *offset = address->offset < 0 ? 0 : (uint64_t)address->offset;
    if (address->offset < (has_margin ? -W2S_MEMORY_MARGIN : 0) || *offset > UINT32_MAX ||
        !index_form(loop, address, form, free))
        return false;
    if (address->offset < 0)
        form->constant = (uint64_t)(int32_t)(form->constant + (uint64_t)address->offset);
    return true;
}

bool cg_address_form(struct cg *cg, const struct loop *loop, const struct address *address,
                     struct affine *form, uint64_t *offset)
{
    return address_form(cg, loop, address, form, NULL, offset);
}

bool cg_free_address_form(struct cg *cg, const struct loop *loop, const struct address *address,
                          struct affine *form, struct interval *free, uint64_t *offset)
{
    *free = (struct interval){0, 0};
    if (cg_is_wide_memory(cg))
        return wide_form(loop, address, form, free, offset);
    return address_form(cg, loop, address, form, free, offset);
}

static bool is_load_at(LLVMValueRef value, LLVMValueRef *from, uint64_t offset)
{
    LLVMValueRef at = LLVMIsALoadInst(value) ? LLVMGetOperand(value, 0) : NULL;
    if (!at || !LLVMIsAGetElementPtrInst(at) || LLVMGetNumOperands(at) != 2 ||
        !LLVMIsAConstantInt(LLVMGetOperand(at, 1)) ||
        LLVMConstIntGetZExtValue(LLVMGetOperand(at, 1)) != offset)
        return false;
    *from = LLVMGetOperand(at, 0);
    return true;
}

bool cg_is_memory_size(LLVMValueRef value)
{
    LLVMValueRef memory, ctx;
    return is_load_at(value, &memory, offsetof(struct w2s_memory, size)) &&
           is_load_at(memory, &ctx, offsetof(struct w2s_ctx, memory0)) &&
           ctx == LLVMGetParam(LLVMGetBasicBlockParent(LLVMGetInstructionParent(value)), 0);
}

static LLVMValueRef context_load(struct cg *cg, LLVMTypeRef type, LLVMValueRef from,
                                 uint64_t offset)
{
    LLVMValueRef index = LLVMConstInt(cg->i64, offset, false);
    LLVMValueRef at = LLVMBuildGEP2(cg->builder, cg->i8, from, &index, 1, "");
    LLVMValueRef load = LLVMBuildLoad2(cg->builder, type, at, "");
    LLVMSetMetadata(load, cg->md_tbaa, cg->tbaa[ALIAS_CTX]);
    return load;
}

LLVMValueRef cg_memory_size(struct cg *cg, LLVMValueRef base)
{
    LLVMValueRef ctx = LLVMGetOperand(base, 0);
    LLVMValueRef memory = context_load(cg, cg->ptr, ctx, offsetof(struct w2s_ctx, memory0));
    LLVMSetMetadata(memory, cg->md_invariant, cg->empty_node);
    LLVMValueRef size = context_load(cg, cg->i64, memory, offsetof(struct w2s_memory, size));
    if (cg->m->memories[0].limits.shared)
        LLVMSetOrdering(size, LLVMAtomicOrderingMonotonic);
    return size;
}
