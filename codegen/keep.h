/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: what keep.c asks of single instructions (keep_bits.c), and of memory that is
 * changed in place (update.c).
 */
#ifndef CODEGEN_KEEP_H
#define CODEGEN_KEEP_H

#include "codegen/value_set.h"

/* It does something. So does a load, for its address: with a keeper or anchored, it stays where it
 * is. */
bool keep_is_effect(LLVMValueRef insn);

/* Of an integer that can be counted in; ALL_BITS of anything else. */
unsigned keep_width_of(LLVMValueRef value);

/* How many low bits of an integer operand count if so many of the user do. */
unsigned keep_bits_passed(LLVMValueRef user, LLVMValueRef operand, unsigned bits);

/* All bits of all operands count if all of the result do; keep_bits_passed knows integers better.
 */
bool keep_uses_all_bits(LLVMValueRef insn);

/* No part of the value can be loaded alone for this user: a byte, or a float that is used as one.
 */
bool keep_is_whole(LLVMValueRef value, LLVMValueRef user);

/* In a copy of a loop's body, as far as can be told. */
bool keep_may_become_constant(LLVMValueRef value);

/* Also in each copy of a loop's body, as far as can be told: there, two values made of what the
 * loop counts may turn out to be the same constant. */
bool keep_values_differ(LLVMValueRef x, LLVMValueRef y);

/* An operation on the loaded value that is stored where that came from; LLVM might see that nothing
 * changes, or not all bytes, and the load does not trap any more. */
bool update_is_fragile(LLVMValueRef op, LLVMValueRef load);

/* Whether the load needs no keeper as it is changed in memory; LLVM cannot see by what. */
bool update_fold(struct cg *cg, LLVMValueRef load);

#endif
