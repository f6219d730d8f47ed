/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Types across modules. Generated code compares 64-bit ids only, so two types with one id would be
 * a way out of the sandbox: the registry here, one for the process, maps each id in use to its
 * canonical form and refuses a module that brings another form for a known id. It also keeps the
 * call plan of each function type. The canonical form is described in frontend/canon.c.
 */
#include "runtime/collector.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A canonical form: kept once for all the types of its recursive group, or modules could make
 * their number times its size of it. */
struct rt_form {
    uint32_t users, size;
    uint8_t bytes[];
};

enum { FIRST_BITS = 8 };

/* A hash table with chains, never fuller than one entry a bucket if there is memory. The ids are
 * the modules' choice, which bucket they are in is not: key is random and odd. */
static struct {
    struct rt_type_entry **buckets;
    unsigned bits; /* of their number */
    uint64_t count, key;
} known;

/* Guards known, and users and next of entries, which are immutable else. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct rt_type_entry **bucket_of(uint64_t id)
{
    return &known.buckets[id * known.key >> (64 - known.bits)];
}

/* Makes the table, or doubles it; going on with a small one is fine. False if there is none. */
static bool table_grow(void)
{
    unsigned old_bits = known.bits;
    struct rt_type_entry **old = known.buckets;
    unsigned bits = old ? old_bits + 1 : FIRST_BITS;
    struct rt_type_entry **buckets = calloc((size_t)1 << bits, sizeof *buckets);
    if (!buckets)
        return old != NULL;
    if (!old && getrandom(&known.key, sizeof known.key, GRND_NONBLOCK) != sizeof known.key)
        known.key = (uintptr_t)buckets * UINT64_C(0x9e3779b97f4a7c15);
    known.key |= 1;
    known.buckets = buckets;
    known.bits = bits;
    for (size_t i = 0; old && i < (size_t)1 << old_bits; i++) {
        while (old[i]) {
            struct rt_type_entry *entry = old[i], **bucket = bucket_of(entry->id);
            old[i] = entry->next;
            entry->next = *bucket;
            *bucket = entry;
        }
    }
    free(old);
    return true;
}

static struct rt_form *form_new(const struct w2s_type *type)
{
    struct rt_form *form = malloc(sizeof *form + type->canon_size);
    if (!form)
        return NULL;
    form->users = 0;
    form->size = type->canon_size;
    memcpy(form->bytes, type->canon, type->canon_size);
    return form;
}

static void entry_free(struct rt_type_entry *entry)
{
    if (--entry->form->users == 0)
        free(entry->form);
    free(entry->plan);
    free(entry);
}

static struct rt_type_entry *entry_new(const struct w2s_type *type,
                                       const struct rt_type_entry *sibling)
{
    struct rt_type_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->form = sibling ? sibling->form : form_new(type);
    if (!entry->form) {
        free(entry);
        return NULL;
    }
    entry->form->users++;
    entry->id = type->id;
    entry->users = 1;
    if (type->kind == 0 && !(entry->plan = rt_plan_new(type))) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

static bool entry_is(const struct rt_type_entry *entry, const struct w2s_type *type,
                     const struct rt_type_entry *sibling)
{
    bool same_group = sibling && entry->form == sibling->form;
    if (!same_group && (entry->form->size != type->canon_size ||
                        memcmp(entry->form->bytes, type->canon, type->canon_size) != 0))
        return false;
    /* One form stands for a whole recursive group; the shape tells its members apart. */
    if (type->kind != 0)
        return !entry->plan;
    return entry->plan && entry->plan->param_count == type->param_count &&
           entry->plan->result_count == type->result_count;
}

static struct rt_type_entry *intern_locked(const struct w2s_type *type,
                                           const struct rt_type_entry *sibling, w2s_error *err)
{
    struct rt_type_entry *entry = NULL;
    for (entry = known.buckets ? *bucket_of(type->id) : NULL; entry; entry = entry->next) {
        if (entry->id != type->id)
            continue;
        if (!entry_is(entry, type, sibling)) {
            rt_fail(err, W2S_ERROR_FORMAT,
                    "two different types have the same id %016llx: the module is refused",
                    (unsigned long long)type->id);
            return NULL;
        }
        entry->users++;
        return entry;
    }
    bool full = !known.buckets || known.count >> known.bits != 0;
    if ((full && !table_grow()) || !(entry = entry_new(type, sibling))) {
        rt_fail_memory(err);
        return NULL;
    }
    struct rt_type_entry **bucket = bucket_of(entry->id);
    entry->next = *bucket;
    *bucket = entry;
    known.count++;
    return entry;
}

struct rt_type_entry *rt_type_intern(const struct w2s_type *type,
                                     const struct rt_type_entry *sibling, w2s_error *err)
{
    pthread_mutex_lock(&lock);
    struct rt_type_entry *entry = intern_locked(type, sibling, err);
    pthread_mutex_unlock(&lock);
    return entry;
}

void rt_type_release(struct rt_type_entry *entry)
{
    if (!entry)
        return;
    pthread_mutex_lock(&lock);
    if (--entry->users == 0) {
        struct rt_type_entry **link = bucket_of(entry->id);
        while (*link != entry)
            link = &(*link)->next;
        *link = entry->next;
        known.count--;
        entry_free(entry);
    }
    pthread_mutex_unlock(&lock);
}

struct w2s_object_type *rt_type_object(struct rt_type_entry *entry, const struct w2s_type *type,
                                       const struct w2s_object_desc *layout,
                                       const struct w2s_object_type *super, w2s_error *err)
{
    pthread_mutex_lock(&lock);
    struct w2s_object_type *object = entry->object;
    if (!object && (object = rt_object_type_new(type, layout, super))) {
        entry->object = object;
        entry->users++; /* its own, for ever */
    }
    pthread_mutex_unlock(&lock);
    if (!object)
        rt_fail_memory(err);
    else if (object->size != layout->size || object->depth != type->depth ||
             object->traced != (layout->ref_count != 0)) {
        rt_fail(err, W2S_ERROR_FORMAT, "damaged module: an object type is not what it was");
        return NULL;
    }
    return object;
}

/* ---- host function types: the canonical form of a group of one final function type ---- */

struct writer {
    uint8_t *p; /* NULL: only count */
    size_t n;
};

static void put(struct writer *w, uint8_t byte)
{
    if (w->p)
        w->p[w->n] = byte;
    w->n++;
}

static void put_leb(struct writer *w, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(w, (uint8_t)(value | 0x80));
    put(w, (uint8_t)value);
}

/* Binary format (spec 5.3), by enum w2s_valkind and by enum w2s_heap. */
static const uint8_t number_bytes[] = {0, 0x7f, 0x7e, 0x7d, 0x7c, 0x7b};
static const uint8_t heap_bytes[] = {0x70, 0x73, 0x6f, 0x72, 0x6e, 0x6d,
                                     0x6c, 0x6b, 0x6a, 0x71, 0x69, 0x74};

static bool valtype_is_portable(w2s_valtype type)
{
    if (type.kind != W2S_REF)
        return type.kind >= W2S_I32 && type.kind <= W2S_V128;
    return type.heap >= W2S_HEAP_FUNC && type.heap <= W2S_HEAP_NOEXN;
}

static void put_valtypes(struct writer *w, const w2s_valtype *types, uint32_t count)
{
    put_leb(w, count);
    for (uint32_t i = 0; i < count; i++) {
        if (types[i].kind != W2S_REF) {
            put(w, number_bytes[types[i].kind]);
            continue;
        }
        if (!types[i].nullable)
            put(w, 0x64);
        put(w, heap_bytes[types[i].heap - W2S_HEAP_FUNC]);
    }
}

static void put_functype(struct writer *w, const w2s_functype *type)
{
    put(w, 0x60);
    put_valtypes(w, type->params, type->param_count);
    put_valtypes(w, type->results, type->result_count);
}

/* FNV-1a over the form and the type's position in its group, which is one zero byte. */
static uint64_t canon_id(const uint8_t *p, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i <= n; i++) {
        hash ^= i < n ? p[i] : 0;
        hash *= 0x100000001b3;
    }
    return hash;
}

static bool functype_is_portable(const w2s_functype *type)
{
    if (type->param_count > 1u << 20 || type->result_count > 1u << 20)
        return false;
    for (uint32_t i = 0; i < type->param_count; i++)
        if (!valtype_is_portable(type->params[i]))
            return false;
    for (uint32_t i = 0; i < type->result_count; i++)
        if (!valtype_is_portable(type->results[i]))
            return false;
    return true;
}

struct w2s_type *rt_type_of_functype(const w2s_functype *functype)
{
    if (!functype_is_portable(functype))
        return NULL;
    struct writer w = {0};
    put_functype(&w, functype);
    size_t params = functype->param_count, results = functype->result_count;
    size_t types_size = (params + results) * sizeof(w2s_valtype);
    struct w2s_type *type = calloc(1, sizeof *type + types_size + w.n);
    if (!type)
        return NULL;
    w2s_valtype *types = (w2s_valtype *)(type + 1);
    if (params)
        memcpy(types, functype->params, params * sizeof *types);
    if (results)
        memcpy(types + params, functype->results, results * sizeof *types);
    w.p = (uint8_t *)(types + params + results);
    w.n = 0;
    put_functype(&w, functype);
    type->id = canon_id(w.p, w.n);
    type->canon = w.p;
    type->canon_size = (uint32_t)w.n;
    type->is_final = 1;
    type->super = W2S_NONE;
    type->param_count = functype->param_count;
    type->result_count = functype->result_count;
    type->types = types;
    return type;
}

/* ---- subtyping (spec 3.3) ---- */

bool rt_type_is(const struct w2s_type *a, const struct w2s_module_desc *a_desc, uint64_t id)
{
    /* A supertype has a smaller depth, which bounds the walk. */
    while (a->id != id) {
        if (a->super == W2S_NONE || a->depth == 0 || !a_desc)
            return false;
        const struct w2s_type *super = &a_desc->types[a->super];
        if (super->depth >= a->depth)
            return false;
        a = super;
    }
    return true;
}

/* Immediate supertype of each abstract heap type, by its number; its own where it has none. */
static const uint32_t abstract_super[] = {
    W2S_HEAP_FUNC, W2S_HEAP_FUNC, W2S_HEAP_EXTERN, W2S_HEAP_EXTERN, W2S_HEAP_ANY, W2S_HEAP_ANY,
    W2S_HEAP_EQ,   W2S_HEAP_EQ,   W2S_HEAP_EQ,     W2S_HEAP_I31,    W2S_HEAP_EXN, W2S_HEAP_EXN,
};

static bool abstract_match(uint32_t a, uint32_t b)
{
    /* none is below struct and array as well as below i31. */
    if (a == W2S_HEAP_NONE && (b == W2S_HEAP_STRUCT || b == W2S_HEAP_ARRAY))
        return true;
    while (a != b) {
        uint32_t super = abstract_super[a - W2S_HEAP_FUNC];
        if (super == a)
            return false;
        a = super;
    }
    return true;
}

static const struct w2s_type *concrete(uint32_t heap, const struct w2s_module_desc *desc)
{
    return desc && heap < desc->type_count ? &desc->types[heap] : NULL;
}

static bool heap_match(uint32_t a, const struct w2s_module_desc *a_desc, uint32_t b,
                       const struct w2s_module_desc *b_desc)
{
    static const uint32_t top_of_kind[] = {W2S_HEAP_FUNC, W2S_HEAP_STRUCT, W2S_HEAP_ARRAY};
    static const uint32_t bottom_of_kind[] = {W2S_HEAP_NOFUNC, W2S_HEAP_NONE, W2S_HEAP_NONE};
    const struct w2s_type *a_type = concrete(a, a_desc), *b_type = concrete(b, b_desc);
    if (a_type && b_type)
        return rt_type_is(a_type, a_desc, b_type->id);
    if (a_type)
        return b >= W2S_HEAP_FUNC && abstract_match(top_of_kind[a_type->kind], b);
    if (a < W2S_HEAP_FUNC || (!b_type && b < W2S_HEAP_FUNC))
        return false;
    return b_type ? a == bottom_of_kind[b_type->kind] : abstract_match(a, b);
}

bool rt_valtype_match(w2s_valtype a, const struct w2s_module_desc *a_desc, w2s_valtype b,
                      const struct w2s_module_desc *b_desc)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind != W2S_REF)
        return true;
    return (!a.nullable || b.nullable) && heap_match(a.heap, a_desc, b.heap, b_desc);
}

bool rt_valtype_equal(w2s_valtype a, const struct w2s_module_desc *a_desc, w2s_valtype b,
                      const struct w2s_module_desc *b_desc)
{
    return rt_valtype_match(a, a_desc, b, b_desc) && rt_valtype_match(b, b_desc, a, a_desc);
}
