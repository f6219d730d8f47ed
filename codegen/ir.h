/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: what several of our passes ask of LLVM's instructions.
 */
#ifndef CODEGEN_IR_H
#define CODEGEN_IR_H

#include "codegen/internal.h"

/* An instruction of that opcode. */
bool ir_is(LLVMValueRef value, LLVMOpcode opcode);

/* One use exactly. */
bool ir_has_one_use(LLVMValueRef value);

/* An integer as the sum of something and a constant, modulo its width; the constant may be 0. */
void ir_split_sum(LLVMValueRef value, LLVMValueRef *rest, int64_t *constant);

/* ---- types that may be vectors ---- */

unsigned ir_lanes(LLVMTypeRef type); /* 1 of a scalar */
LLVMTypeRef ir_lane_type(LLVMTypeRef type);
bool ir_is_double(LLVMTypeRef type);

/* The integers of a float type's width. */
LLVMTypeRef ir_bits_type(const struct cg *cg, LLVMTypeRef type);

/* A constant of a float type, in all lanes. */
LLVMValueRef ir_floats(LLVMTypeRef type, double n);

/* ---- phis ---- */

/* The number of the edge by which a phi gets its value from a block; how many edges it has, if none
 * comes from there. */
unsigned ir_edge_from(LLVMValueRef phi, LLVMBasicBlockRef from);

/* What it gets from there, or NULL. */
LLVMValueRef ir_incoming(LLVMValueRef phi, LLVMBasicBlockRef from);

/* ---- loads and stores ---- */

/* Neither volatile nor atomic. */
bool ir_is_plain_access(LLVMValueRef insn);

/* The number of the operand that is the address. */
unsigned ir_pointer_index(LLVMValueRef access);
LLVMValueRef ir_pointer(LLVMValueRef access);

/* What is loaded or stored: its type, and how many bytes it takes in memory. */
LLVMTypeRef ir_accessed_type(LLVMValueRef access);
uint64_t ir_accessed_size(const struct cg *cg, LLVMValueRef access);

/* ---- calls ---- */

/* The number of the intrinsic function that is called, or 0. */
unsigned ir_intrinsic(LLVMValueRef call);

/* It is a call of a function, an intrinsic one, whose name begins so. */
bool ir_calls(LLVMValueRef value, const char *beginning);

/* It neither reads nor writes memory. */
bool ir_calls_pure(LLVMValueRef call);

/* A call of one of the machine's intrinsics. Arguments become the parameters' types. AVX-512's have
 * further parameters: a vector for lanes that are left out, the mask that leaves out none, the
 * rounding that is set. */
struct machine_call {
    const char *name;
    LLVMTypeRef *types; /* of an overloaded intrinsic */
    unsigned type_count;
    LLVMValueRef *args;
    unsigned count;
};
LLVMValueRef ir_call_machine(struct cg *cg, LLVMBuilderRef b, const struct machine_call *call);

#endif
