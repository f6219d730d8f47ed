/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Facts about addresses in a hash table, with a log of what they were before; see fact.h. Entries
 * are never taken out: a fact that was forgotten is one of zeros.
 */
#include "codegen/emit/fact.h"

struct entry {
    LLVMValueRef root;
    uint32_t memory;
    struct fact fact;
};

struct change {
    struct entry *entry;
    struct fact before;
};

struct facts {
    struct arena *arena;
    struct entry **slots; /* open addressing; capacity a power of two */
    uint32_t count, capacity;
    struct change *log;
    uint32_t log_size, log_capacity;
};

struct facts *facts_new(struct arena *arena)
{
    struct facts *facts = arena_alloc(arena, sizeof *facts);
    facts->arena = arena;
    return facts;
}

/* Where the entry is, or would be. */
static struct entry **find_slot(struct entry **slots, uint32_t capacity, uint32_t memory,
                                LLVMValueRef root)
{
    uint64_t key = ((uint64_t)(uintptr_t)root >> 4) + memory;
    uint32_t i = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (capacity - 1);
    while (slots[i] && (slots[i]->root != root || slots[i]->memory != memory))
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void grow(struct facts *facts)
{
    uint32_t capacity = facts->capacity ? 2 * facts->capacity : 16;
    struct entry **slots = arena_array(facts->arena, capacity, sizeof *slots);
    for (uint32_t i = 0; i < facts->capacity; i++) {
        struct entry *entry = facts->slots[i];
        if (entry)
            *find_slot(slots, capacity, entry->memory, entry->root) = entry;
    }
    facts->slots = slots;
    facts->capacity = capacity;
}

struct fact facts_get(const struct facts *facts, uint32_t memory, LLVMValueRef root)
{
    struct entry *entry = NULL;
    if (facts->capacity > 0)
        entry = *find_slot(facts->slots, facts->capacity, memory, root);
    return entry ? entry->fact : (struct fact){.anchor = NULL};
}

static void log_change(struct facts *facts, struct entry *entry)
{
    if (facts->log_size == facts->log_capacity) {
        uint32_t capacity = facts->log_capacity ? 2 * facts->log_capacity : 16;
        facts->log =
            arena_grow(facts->arena, facts->log, facts->log_capacity, capacity, sizeof *facts->log);
        facts->log_capacity = capacity;
    }
    facts->log[facts->log_size++] = (struct change){entry, entry->fact};
}

void facts_put(struct facts *facts, uint32_t memory, LLVMValueRef root, const struct fact *fact)
{
    if (2 * (facts->count + 1) > facts->capacity)
        grow(facts);
    struct entry **slot = find_slot(facts->slots, facts->capacity, memory, root);
    if (!*slot) {
        *slot = arena_alloc(facts->arena, sizeof **slot);
        **slot = (struct entry){.root = root, .memory = memory};
        facts->count++;
    }
    log_change(facts, *slot);
    (*slot)->fact = *fact;
}

uint32_t facts_mark(const struct facts *facts)
{
    return facts->log_size;
}

void facts_forget(struct facts *facts, uint32_t mark)
{
    while (facts->log_size > mark) {
        const struct change *change = &facts->log[--facts->log_size];
        change->entry->fact = change->before;
    }
}
