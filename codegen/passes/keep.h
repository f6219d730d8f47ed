/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: what keep.c asks of single instructions (keep_bits.c), of loads from one
 * object (keep_range.c), of stores in loops (keep_round.c), and of memory that is changed in place
 * (update.c).
 */
#ifndef CODEGEN_PASSES_KEEP_H
#define CODEGEN_PASSES_KEEP_H

#include "codegen/passes/value_set.h"

/* It does something. So does a load, for its address: with a keeper or anchored, it stays where it
 * is. */
bool keep_is_effect(LLVMValueRef insn);

/* The bits that a value has: an integer of up to 128 bits, or ALL_BITS of anything else. */
value_bits keep_bits_of(LLVMValueRef value);

/* Which bits of an operand count if these of the user do: something depends on each of them,
 * whatever the others are. */
value_bits keep_bits_passed(LLVMValueRef user, LLVMValueRef operand, value_bits bits);

/* No part of the value can be loaded alone for this user: a byte, or a float that is used as one.
 */
bool keep_is_whole(LLVMValueRef value, LLVMValueRef user);

/* In a copy of a loop's body, as far as can be told. */
bool keep_may_become_constant(LLVMValueRef value);

/* Also in each copy of a loop's body, as far as can be told: there, two values made of what the
 * loop counts may turn out to be the same constant. */
bool keep_values_differ(LLVMValueRef x, LLVMValueRef y);

/* The same sum of a pointer, indices and constants, in whatever order these were added. */
bool keep_same_address(LLVMValueRef x, LLVMValueRef y);

/* An operation on the loaded value that is stored where that came from; LLVM might see that nothing
 * changes, or not all bytes, and the load does not trap any more. */
bool update_is_fragile(LLVMValueRef op, LLVMValueRef load);

/* Whether the load needs no keeper as it is changed in memory; LLVM cannot see by what. */
bool update_fold(struct cg *cg, LLVMValueRef load);

/* In the next round of a loop, whose header this is, something else may be stored over what the
 * store, in the block that leads back there, has stored; LLVM drops it if the loop is unrolled. */
bool keep_next_round_covers(struct cg *cg, LLVMValueRef store, LLVMBasicBlockRef header);

/* Bytes that are loaded, at distances from a pointer. */
struct keep_range {
    LLVMValueRef pointer;
    int64_t start, end;
    LLVMValueRef lowest, highest; /* keepers of the accesses there; NULL: they need none */
};

/* Those of a stretch without effects; of so many pointers, which bounds the time. */
enum { KEEP_RANGES = 8 };
struct keep_ranges {
    struct keep_range ranges[KEEP_RANGES];
    unsigned count; /* so far; older ones are overwritten */
};

/* The load, which is there for certain or has a keeper, and others before it: keepers of which none
 * is at an end go. */
void keep_ranges_add(struct keep_ranges *ranges, struct cg *cg, LLVMValueRef load,
                     LLVMValueRef keeper);

#endif
