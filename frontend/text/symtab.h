/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Hash table from bytes (an identifier, an encoded type) to a number. Keys are not
 * copied. Cleared in constant time, so one table serves the locals of all functions.
 */
#ifndef FRONTEND_TEXT_SYMTAB_H
#define FRONTEND_TEXT_SYMTAB_H

#include "frontend/types.h"

struct arena;

struct symbol {
    struct slice key;
    uint64_t hash;
    uint32_t value;
    uint32_t generation; /* of the table when it was entered; else the slot is free */
};

struct symtab {
    struct symbol *slots;
    uint64_t seed;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
    uint32_t generation;
};

/* The value under key, or NO_INDEX. */
uint32_t symtab_get(const struct symtab *table, struct slice key);
/* Sets it (NO_INDEX unbinds) and returns what it was, NO_INDEX if nothing. */
uint32_t symtab_set(struct symtab *table, struct slice key, uint32_t value, struct arena *arena);
void symtab_clear(struct symtab *table);

bool slice_eq(struct slice a, struct slice b);

#endif
