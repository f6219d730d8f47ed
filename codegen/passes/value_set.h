/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: a set of LLVM values, numbered as they come, with those bits of each that
 * count. Zeros but for the arena, and cleared before its first use.
 */
#ifndef CODEGEN_PASSES_VALUE_SET_H
#define CODEGEN_PASSES_VALUE_SET_H

#include "codegen/internal.h"

__extension__ typedef unsigned __int128 value_bits;

/* All bits, of an integer or of anything else. */
#define ALL_BITS (~(value_bits)0)

struct value_set {
    struct arena *arena;
    LLVMValueRef *slots;
    uint32_t *numbers;
    value_bits *bits;
    size_t count, capacity;
};

void value_set_clear(struct value_set *set);
void value_set_add(struct value_set *set, LLVMValueRef value);
/* These of its bits count as well. */
void value_set_add_bits(struct value_set *set, LLVMValueRef value, value_bits bits);

/* Whether it is there with ALL_BITS; with which it is there, 0 if not. */
bool value_set_has(const struct value_set *set, LLVMValueRef value);
value_bits value_set_bits(const struct value_set *set, LLVMValueRef value);

/* How many values came before it, for arrays of what belongs to each; VALUE_ABSENT if it is not
 * there. */
#define VALUE_ABSENT UINT32_MAX
uint32_t value_set_number(const struct value_set *set, LLVMValueRef value);

#endif
