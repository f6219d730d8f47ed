/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linkers: a hash table from (module name, name) to something of the store.
 */
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    uint64_t hash;
    struct w2s_name module, name; /* both in bytes */
    w2s_extern item;
    char bytes[];
};

struct w2s_linker {
    struct rt_owned owned;
    w2s_store *store;
    struct entry **buckets;
    size_t bucket_count, count; /* a power of two; entries */
    const w2s_extern *indexed;  /* if there are no names: count imports by number */
};

enum { FIRST_BUCKETS = 64 };

/* FNV-1a over both names with their sizes. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * 0x100000001b3;
    return hash;
}

static uint64_t hash_names(struct w2s_name module, struct w2s_name name)
{
    uint64_t hash = hash_bytes(0xcbf29ce484222325, module.bytes, module.size);
    hash = hash_bytes(hash, &module.size, sizeof module.size);
    return hash_bytes(hash, name.bytes, name.size);
}

static bool same(struct w2s_name a, struct w2s_name b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static struct entry *find(const w2s_linker *linker, struct w2s_name module, struct w2s_name name,
                          uint64_t hash)
{
    struct entry *e = linker->buckets[hash & (linker->bucket_count - 1)];
    while (e && !(e->hash == hash && same(e->module, module) && same(e->name, name)))
        e = e->next;
    return e;
}

static void linker_destroy(void *self)
{
    w2s_linker *linker = self;
    for (size_t i = 0; i < linker->bucket_count; i++) {
        while (linker->buckets[i]) {
            struct entry *e = linker->buckets[i];
            linker->buckets[i] = e->next;
            free(e);
        }
    }
    free(linker->buckets);
    free(linker);
}

w2s_linker *w2s_linker_new(w2s_store *store)
{
    w2s_linker *linker = calloc(1, sizeof *linker);
    if (!linker)
        return NULL;
    linker->buckets = calloc(FIRST_BUCKETS, sizeof *linker->buckets);
    if (!linker->buckets) {
        free(linker);
        return NULL;
    }
    linker->bucket_count = FIRST_BUCKETS;
    linker->store = store;
    rt_store_own_as(store, &linker->owned, RT_STATELESS, linker_destroy, linker);
    return linker;
}

/* Doubles the table; going on with the small one is fine if there is no memory. */
static void rehash(w2s_linker *linker)
{
    size_t count = linker->bucket_count * 2;
    struct entry **buckets = calloc(count, sizeof *buckets);
    if (!buckets)
        return;
    for (size_t i = 0; i < linker->bucket_count; i++) {
        while (linker->buckets[i]) {
            struct entry *e = linker->buckets[i];
            linker->buckets[i] = e->next;
            e->next = buckets[e->hash & (count - 1)];
            buckets[e->hash & (count - 1)] = e;
        }
    }
    free(linker->buckets);
    linker->buckets = buckets;
    linker->bucket_count = count;
}

static bool define(w2s_linker *linker, struct w2s_name module, struct w2s_name name,
                   w2s_extern item)
{
    uint64_t hash = hash_names(module, name);
    struct entry *e = find(linker, module, name, hash);
    if (e) {
        e->item = item;
        return true;
    }
    e = malloc(sizeof *e + module.size + name.size);
    if (!e)
        return false;
    if (linker->count >= linker->bucket_count)
        rehash(linker);
    e->hash = hash;
    e->item = item;
    e->module = (struct w2s_name){e->bytes, module.size};
    e->name = (struct w2s_name){e->bytes + module.size, name.size};
    if (module.size)
        memcpy(e->bytes, module.bytes, module.size);
    if (name.size)
        memcpy(e->bytes + module.size, name.bytes, name.size);
    struct entry **bucket = &linker->buckets[hash & (linker->bucket_count - 1)];
    e->next = *bucket;
    *bucket = e;
    linker->count++;
    return true;
}

bool w2s_linker_define_n(w2s_linker *linker, const char *module, size_t module_size,
                         const char *name, size_t name_size, w2s_extern item)
{
    return define(linker, (struct w2s_name){module, module_size},
                  (struct w2s_name){name, name_size}, item);
}

bool w2s_linker_define(w2s_linker *linker, const char *module, const char *name, w2s_extern item)
{
    return w2s_linker_define_n(linker, module, strlen(module), name, strlen(name), item);
}

bool w2s_linker_define_instance(w2s_linker *linker, const char *module, w2s_instance *instance)
{
    const struct w2s_module_desc *desc = instance->module->desc;
    for (uint32_t i = 0; i < desc->export_count; i++)
        if (!define(linker, (struct w2s_name){module, strlen(module)}, desc->exports[i].name,
                    w2s_instance_export_at(instance, i)))
            return false;
    return true;
}

const w2s_extern *rt_linker_find(const w2s_linker *linker, struct w2s_name module,
                                 struct w2s_name name)
{
    if (!linker)
        return NULL;
    const struct entry *e = find(linker, module, name, hash_names(module, name));
    return e ? &e->item : NULL;
}

const w2s_extern *rt_linker_import(const w2s_linker *linker, const struct w2s_module_desc *desc,
                                   uint32_t index)
{
    if (linker && linker->indexed)
        return index < linker->count ? &linker->indexed[index] : NULL;
    return rt_linker_find(linker, desc->imports[index].module, desc->imports[index].name);
}

w2s_instance *w2s_instance_new_indexed(w2s_store *store, w2s_module *module,
                                       const w2s_extern *imports, uint32_t count, w2s_trap **trap,
                                       w2s_error *err)
{
    const w2s_linker linker = {.store = store, .indexed = imports, .count = count};
    return w2s_instance_new(store, module, count ? &linker : NULL, trap, err);
}

bool w2s_linker_get(const w2s_linker *linker, const char *module, const char *name,
                    w2s_extern *item)
{
    const w2s_extern *found = rt_linker_find(linker, (struct w2s_name){module, strlen(module)},
                                             (struct w2s_name){name, strlen(name)});
    if (found)
        *item = *found;
    return found != NULL;
}

w2s_store *w2s_linker_store(const w2s_linker *linker)
{
    return linker->store;
}
