/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: a set of LLVM values, numbered as they come, with how many of the low bits of
 * each count. Zeros but for the arena, and cleared before its first use.
 */
#ifndef CODEGEN_VALUE_SET_H
#define CODEGEN_VALUE_SET_H

#include "codegen/internal.h"

/* All bits, of an integer or of anything else. */
enum { ALL_BITS = 255 };

struct value_set {
    struct arena *arena;
    LLVMValueRef *slots;
    uint32_t *numbers;
    uint8_t *bits;
    size_t count, capacity;
};

void value_set_clear(struct value_set *set);
void value_set_add(struct value_set *set, LLVMValueRef value);
/* So many of its bits count; or more, if it is in the set with more. */
void value_set_add_bits(struct value_set *set, LLVMValueRef value, unsigned bits);

/* Whether it is there with all its bits; with how many it is there, 0 if not. */
bool value_set_has(const struct value_set *set, LLVMValueRef value);
unsigned value_set_bits(const struct value_set *set, LLVMValueRef value);

/* How many values came before it, for arrays of what belongs to each; VALUE_ABSENT if it is not
 * there. */
#define VALUE_ABSENT UINT32_MAX
uint32_t value_set_number(const struct value_set *set, LLVMValueRef value);

#endif
