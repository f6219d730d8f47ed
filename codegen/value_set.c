/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * See value_set.h. Open addressing.
 */
#include "codegen/value_set.h"

#include <string.h>

size_t value_set_slot(const struct value_set *set, LLVMValueRef value)
{
    size_t mask = set->capacity - 1;
    size_t i = (size_t)(((uintptr_t)value >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 24) & mask;
    while (set->slots[i] && set->slots[i] != value)
        i = (i + 1) & mask;
    return i;
}

unsigned value_set_bits(const struct value_set *set, LLVMValueRef value)
{
    return set->bits[value_set_slot(set, value)];
}

bool value_set_has(const struct value_set *set, LLVMValueRef value)
{
    return value_set_bits(set, value) == ALL_BITS;
}

static void grow(struct value_set *set)
{
    struct value_set old = *set;
    set->capacity *= 2;
    set->slots = arena_array(set->arena, set->capacity, sizeof *set->slots);
    set->bits = arena_array(set->arena, set->capacity, sizeof *set->bits);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i]) {
            size_t slot = value_set_slot(set, old.slots[i]);
            set->slots[slot] = old.slots[i];
            set->bits[slot] = old.bits[i];
        }
}

void value_set_add_bits(struct value_set *set, LLVMValueRef value, unsigned bits)
{
    if (2 * (set->count + 1) > set->capacity)
        grow(set);
    size_t slot = value_set_slot(set, value);
    set->count += set->slots[slot] == NULL;
    set->slots[slot] = value;
    if (bits > set->bits[slot])
        set->bits[slot] = (uint8_t)bits;
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
    if (set->capacity != SET_CAPACITY) {
        set->slots = arena_array(set->arena, SET_CAPACITY, sizeof *set->slots);
        set->bits = arena_array(set->arena, SET_CAPACITY, sizeof *set->bits);
    } else {
        memset(set->slots, 0, SET_CAPACITY * sizeof *set->slots);
        memset(set->bits, 0, SET_CAPACITY * sizeof *set->bits);
    }
    set->capacity = SET_CAPACITY;
    set->count = 0;
}
