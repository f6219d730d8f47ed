/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: v128 as LLVM vectors. On the operand stack a v128 is always <16 x i8>; an
 * instruction looks at it in the shape that its name says.
 */
#ifndef CODEGEN_EMIT_SIMD_H
#define CODEGEN_EMIT_SIMD_H

#include "codegen/emit/function.h"

enum shape { I8X16, I16X8, I32X4, I64X2, F32X4, F64X2 };

LLVMTypeRef simd_lane_type(struct fn *f, enum shape shape);
unsigned simd_lanes(enum shape shape);
/* The vector type of that many lanes of the shape's lane type. */
LLVMTypeRef simd_type(struct fn *f, enum shape shape);
/* Pops a v128 in that shape; pushes a 128-bit vector of any shape. */
LLVMValueRef simd_pop(struct fn *f, enum shape shape);
void simd_push(struct fn *f, LLVMValueRef vector);
/* The scalar in all lanes. */
LLVMValueRef simd_splat(struct fn *f, LLVMValueRef scalar, unsigned lanes);

/* emit_simd_machine.c: the operation as one instruction of the machine, or NULL if it has none; the
 * current instruction so, if it has. */
LLVMValueRef simd_build_machine(struct fn *f, enum opcode op, LLVMValueRef *operands);
bool emit_machine_simd(struct fn *f);

#endif
