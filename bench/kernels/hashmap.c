/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An open-addressing hash map that grows, with insertions, hits, misses and deletions:
 * unpredictable loads and branches over a few megabytes.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
    uint64_t key; /* 0: free, 1: deleted */
    uint32_t value;
};

struct map {
    struct entry *entries;
    size_t capacity, used;
};

static size_t slot_of(uint64_t key, size_t capacity)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
}

static struct entry *find(const struct map *map, uint64_t key)
{
    for (size_t i = slot_of(key, map->capacity); map->entries[i].key != 0;
         i = (i + 1) & (map->capacity - 1))
        if (map->entries[i].key == key)
            return &map->entries[i];
    return NULL;
}

static void put_new(struct map *map, uint64_t key, uint32_t value)
{
    size_t i = slot_of(key, map->capacity);
    while (map->entries[i].key != 0)
        i = (i + 1) & (map->capacity - 1);
    map->entries[i] = (struct entry){key, value};
    map->used++;
}

static void grow(struct map *map)
{
    struct map larger = {.capacity = map->capacity ? 2 * map->capacity : 64};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL)
        abort();
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].key > 1)
            put_new(&larger, map->entries[i].key, map->entries[i].value);
    free(map->entries);
    *map = larger;
}

static void add(struct map *map, uint64_t key, uint32_t value)
{
    if (map->used * 4 >= map->capacity * 3)
        grow(map);
    struct entry *e = find(map, key);
    if (e != NULL)
        e->value += value;
    else
        put_new(map, key, value);
}

int main(int argc, char **argv)
{
    uint32_t steps = (uint32_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 100) * 120000;
    struct map map = {0};
    uint64_t seed = 42, sum = 0;
    grow(&map);
    for (uint32_t i = 0; i < steps; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t key = (seed >> 44) + 2;
        struct entry *e;
        if (i % 4 == 0)
            add(&map, key, i);
        else if ((e = find(&map, key)) != NULL)
            sum += e->value;
        if (i % 64 == 63 && (e = find(&map, key + 1)) != NULL)
            e->key = 1;
    }
    printf("hashmap %016" PRIx64 " %u\n", sum, (unsigned)map.capacity);
    free(map.entries);
    return 0;
}
