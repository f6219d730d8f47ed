/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * See value_set.h. Open addressing.
 */
#include "codegen/passes/value_set.h"

#include <string.h>

/* Where the value is, or would be. */
static size_t slot_of(const struct value_set *set, LLVMValueRef value)
{
    size_t mask = set->capacity - 1;
    size_t i = (size_t)(((uintptr_t)value >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 24) & mask;
    while (set->slots[i] && set->slots[i] != value)
        i = (i + 1) & mask;
    return i;
}

value_bits value_set_bits(const struct value_set *set, LLVMValueRef value)
{
    size_t slot = slot_of(set, value);
    return set->slots[slot] ? set->bits[slot] : 0;
}

bool value_set_has(const struct value_set *set, LLVMValueRef value)
{
    return value_set_bits(set, value) == ALL_BITS;
}

uint32_t value_set_number(const struct value_set *set, LLVMValueRef value)
{
    size_t slot = slot_of(set, value);
    return set->slots[slot] ? set->numbers[slot] : VALUE_ABSENT;
}

/* Empty slots; what belongs to them counts for nothing. */
static void allocate(struct value_set *set, size_t capacity)
{
    set->capacity = capacity;
    set->slots = arena_array(set->arena, capacity, sizeof *set->slots);
    set->numbers = arena_array(set->arena, capacity, sizeof *set->numbers);
    set->bits = arena_array(set->arena, capacity, sizeof *set->bits);
}

static void put(struct value_set *set, LLVMValueRef value, uint32_t number, value_bits bits)
{
    size_t slot = slot_of(set, value);
    set->slots[slot] = value;
    set->numbers[slot] = number;
    set->bits[slot] = bits;
}

static void grow(struct value_set *set)
{
    struct value_set old = *set;
    allocate(set, 2 * old.capacity);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i])
            put(set, old.slots[i], old.numbers[i], old.bits[i]);
}

void value_set_add_bits(struct value_set *set, LLVMValueRef value, value_bits bits)
{
    if (2 * (set->count + 1) > set->capacity)
        grow(set);
    size_t slot = slot_of(set, value);
    if (set->slots[slot])
        set->bits[slot] |= bits;
    else
        put(set, value, (uint32_t)set->count++, bits);
}

void value_set_add(struct value_set *set, LLVMValueRef value)
{
    value_set_add_bits(set, value, ALL_BITS);
}

enum { SET_CAPACITY = 256 };

/* A table that a giant block has grown is left to the arena, so that the small blocks after it do
 * not clear it each time. */
void value_set_clear(struct value_set *set)
{
    if (set->capacity != SET_CAPACITY)
        allocate(set, SET_CAPACITY);
    else
        memset(set->slots, 0, SET_CAPACITY * sizeof *set->slots);
    set->count = 0;
}
