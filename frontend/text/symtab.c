/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Open addressing with linear probing, at most half full. A slot belongs to the table's present
 * generation or is free: clearing is a new generation.
 */
#include "frontend/text/symtab.h"

#include <string.h>

#include "frontend/arena.h"
#include "frontend/hash.h"

bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The slot of key, or the free one where it would go. Requires capacity > 0. */
static struct symbol *find_slot(const struct symtab *table, struct slice key, uint64_t hash)
{
    uint32_t mask = table->capacity - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        struct symbol *slot = &table->slots[i];
        if (slot->generation != table->generation)
            return slot;
        if (slot->hash == hash && slice_eq(slot->key, key))
            return slot;
    }
}

static void enlarge(struct symtab *table, struct arena *arena)
{
    struct symtab old = *table;
    if (old.capacity == 0)
        table->seed = hash_seed();
    table->capacity = old.capacity ? 2 * old.capacity : 16;
    table->slots = arena_array(arena, table->capacity, sizeof *table->slots);
    table->generation = 1;
    for (uint32_t i = 0; i < old.capacity; i++) {
        struct symbol symbol = old.slots[i];
        if (symbol.generation != old.generation)
            continue;
        symbol.generation = 1;
        *find_slot(table, symbol.key, symbol.hash) = symbol;
    }
}

uint32_t symtab_get(const struct symtab *table, struct slice key)
{
    if (table->capacity == 0)
        return NO_INDEX;
    const struct symbol *slot = find_slot(table, key, hash_bytes(table->seed, key));
    return slot->generation == table->generation ? slot->value : NO_INDEX;
}

uint32_t symtab_set(struct symtab *table, struct slice key, uint32_t value, struct arena *arena)
{
    if (2 * (uint64_t)table->count >= table->capacity)
        enlarge(table, arena);
    uint64_t hash = hash_bytes(table->seed, key);
    struct symbol *slot = find_slot(table, key, hash);
    uint32_t old = NO_INDEX;
    if (slot->generation == table->generation)
        old = slot->value;
    else
        table->count++;
    *slot = (struct symbol){key, hash, value, table->generation};
    return old;
}

void symtab_clear(struct symtab *table)
{
    table->count = 0;
    if (table->capacity)
        table->generation++;
}
