/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: addresses in memory 0 as the passes of ours find them in LLVM IR, after
 * emit_memory.c has made them and LLVM has simplified them.
 */
#ifndef CODEGEN_PASSES_ADDRESS_H
#define CODEGEN_PASSES_ADDRESS_H

#include "codegen/passes/affine.h"

/* base, plus an index of 32 bits zero-extended (NULL: none), plus an offset. In a memory of 64 bits
 * all are wide, and wrap. A negative offset
 * (emit_address.c) may as well be added to the index, in 32 bits: where that wraps, the index is
 * beyond any memory. */
struct address {
    LLVMValueRef base, index;
    LLVMValueRef wide; /* instead of an index: any integer of 64 bits */
    int64_t offset;
};

/* False if there is more to it, or it is wide; base is found nevertheless. */
bool cg_find_address(struct cg *cg, LLVMValueRef pointer, struct address *address);

/* The same; it may be wide. */
bool cg_find_wide_address(struct cg *cg, LLVMValueRef pointer, struct address *address);

/* The linear form of its index, maybe with a rise, and what to add to that after it was extended,
 * which is no more than 32 bits. False if it has none. */
bool cg_address_form(struct cg *cg, const struct loop *loop, const struct address *address,
                     struct affine *form, uint64_t *offset);

/* The same; the form may have free terms. Of a wide address it is those alone. */
bool cg_free_address_form(struct cg *cg, const struct loop *loop, const struct address *address,
                          struct affine *form, struct interval *free, uint64_t *offset);

/* The number of a place in memory 0, of 64 bits, as an address without base. */
bool cg_find_place(struct cg *cg, LLVMValueRef place, struct address *address);

/* The size of memory 0, in bytes, as the check of an address loads it. */
bool cg_is_memory_size(LLVMValueRef value);

/* Whether memory 0 has addresses of 64 bits. */
bool cg_is_wide_memory(const struct cg *cg);

/* Whether a base is that of memory 0. */
bool cg_is_memory_base(LLVMValueRef value);

/* Emits the size of the memory with that base, in bytes. */
LLVMValueRef cg_memory_size(struct cg *cg, LLVMValueRef base);

#endif
