/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: access to what the runtime and generated code share. Every offset comes from
 * the C structs of wasm2so_abi.h by offsetof; there is no second copy.
 */
#ifndef CODEGEN_ABI_H
#define CODEGEN_ABI_H

#include "codegen/internal.h"
#include "runtime/include/wasm2so_abi.h"

struct fn;

enum helper {
#define H(name, shape) HELPER_##name,
    W2S_HELPERS(H)
#undef H
        HELPER__COUNT
};

/* What memory an access touches: accesses of different kinds do not alias (TBAA). */
enum abi_alias {
    ALIAS_MEMORY,
    ALIAS_CTX,
    ALIAS_GLOBAL,
    ALIAS_TABLE,
    ALIAS_RECORD,
    ALIAS_OBJECT, /* structures and arrays */
    ALIAS__COUNT
};

/* pointer + offset bytes. */
LLVMValueRef abi_offset(struct fn *f, LLVMValueRef pointer, uint64_t offset);
LLVMValueRef abi_load(struct fn *f, LLVMTypeRef type, LLVMValueRef pointer, enum abi_alias alias);
/* A load of what never changes while the instance lives. */
LLVMValueRef abi_load_invariant(struct fn *f, LLVMTypeRef type, LLVMValueRef pointer);
LLVMValueRef abi_store(struct fn *f, LLVMValueRef value, LLVMValueRef pointer,
                       enum abi_alias alias);
void abi_set_alias(struct fn *f, LLVMValueRef access, enum abi_alias alias);

/* Linear memories: base, size in bytes. */
LLVMValueRef abi_memory_base(struct fn *f, uint32_t memory);
LLVMValueRef abi_memory_size(struct fn *f, uint32_t memory);

/* Tables: struct w2s_table *, its base, its size in elements. */
LLVMValueRef abi_table(struct fn *f, uint32_t table);
LLVMValueRef abi_table_base(struct fn *f, LLVMValueRef table);
LLVMValueRef abi_table_size(struct fn *f, LLVMValueRef table);

/* Address of a global's cell. */
LLVMValueRef abi_global(struct fn *f, uint32_t global);
/* struct w2s_object_type * of a structure or array type. */
LLVMValueRef abi_object_type(struct fn *f, uint32_t type);
/* struct w2s_tag *: compared by address. */
LLVMValueRef abi_tag(struct fn *f, uint32_t tag);
/* struct w2s_import_func * of an imported function. */
LLVMValueRef abi_import_slot(struct fn *f, uint32_t func);
/* Reference to a function: struct w2s_func *. */
LLVMValueRef abi_func_ref(struct fn *f, uint32_t func);
/* Calls a helper; the first argument is ctx and is added here. */
LLVMValueRef abi_call(struct fn *f, enum helper helper, LLVMValueRef *args, unsigned count);
/* The LLVM function of a helper. */
LLVMValueRef abi_helper(struct cg *cg, enum helper helper);

#endif
