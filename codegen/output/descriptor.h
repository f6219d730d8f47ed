/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: the parts of the descriptor. Each gives the constant, or where the array of
 * them is.
 */
#ifndef CODEGEN_OUTPUT_DESCRIPTOR_H
#define CODEGEN_OUTPUT_DESCRIPTOR_H

#include "codegen/abi.h"
#include "codegen/rodata.h"

/* descriptor_types.c */
LLVMValueRef describe_name(struct cg *cg, struct slice slice);
LLVMValueRef describe_valtype(struct cg *cg, struct valtype type);
/* The external type of what has that index; of a table that no instance needs. */
LLVMValueRef describe_externtype(struct cg *cg, enum extern_kind kind, uint32_t index);
LLVMValueRef describe_empty_table(struct cg *cg);
LLVMValueRef describe_types(struct cg *cg);
LLVMValueRef describe_objects(struct cg *cg);
LLVMValueRef describe_imports(struct cg *cg);
LLVMValueRef describe_exports(struct cg *cg);

/* descriptor_state.c */
LLVMValueRef describe_tables(struct cg *cg);
LLVMValueRef describe_memories(struct cg *cg);
LLVMValueRef describe_globals(struct cg *cg);
LLVMValueRef describe_tags(struct cg *cg);
LLVMValueRef describe_elems(struct cg *cg);
LLVMValueRef describe_datas(struct cg *cg);
LLVMValueRef describe_images(struct cg *cg);

#endif
