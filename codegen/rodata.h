/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: constant data that C code reads, as LLVM constants. A struct is put together
 * field after field in the order of its C declaration; LLVM then lays it out by the same rules as
 * C.
 */
#ifndef CODEGEN_RODATA_H
#define CODEGEN_RODATA_H

#include "codegen/internal.h"

enum { CSTRUCT_FIELDS = 64 };

struct cstruct {
    struct cg *cg;
    LLVMValueRef fields[CSTRUCT_FIELDS];
    unsigned count;
};

void cstruct_put(struct cstruct *s, LLVMValueRef value);
void cstruct_u8(struct cstruct *s, unsigned value);
void cstruct_u16(struct cstruct *s, unsigned value);
void cstruct_u32(struct cstruct *s, uint32_t value);
void cstruct_u64(struct cstruct *s, uint64_t value);
/* The constant; asserts that it has the size of the C struct. */
LLVMValueRef cstruct_end(const struct cstruct *s, size_t size);

/* Where the value is: in a constant of that symbol, or in one that has none. */
LLVMValueRef rodata_named(struct cg *cg, const char *symbol, LLVMValueRef value);
LLVMValueRef rodata(struct cg *cg, LLVMValueRef value);

/* The same for arrays and strings (which end with a zero, unlike bytes). NULL for those of bytes
 * and of other values that are empty. */
LLVMValueRef rodata_null(struct cg *cg);
LLVMValueRef rodata_array(struct cg *cg, LLVMValueRef *values, uint64_t count);
LLVMValueRef rodata_u32s(struct cg *cg, const uint32_t *numbers, uint32_t count);
LLVMValueRef rodata_bytes(struct cg *cg, struct slice slice);
LLVMValueRef rodata_text(struct cg *cg, const void *text, size_t size);
LLVMValueRef rodata_string(struct cg *cg, const char *text);

/* Room for the values of an array. */
LLVMValueRef *rodata_values(struct cg *cg, size_t count);

#endif
