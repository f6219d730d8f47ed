/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * References in the host's hands: roots, what a call returned last, and the ways between externref
 * and anyref.
 */
#include "runtime/collector.h"

#include <stdlib.h>
#include <string.h>

/* ---- roots ---- */

w2s_root *w2s_ref_root(w2s_store *store, void *ref)
{
    w2s_root *root = malloc(sizeof *root);
    if (!root)
        return NULL;
    *root = (w2s_root){store->roots, &store->roots, store, ref};
    rt_roots_lock(store);
    if (root->next)
        root->next->link = &root->next;
    store->roots = root;
    rt_roots_unlock(store);
    return root;
}

void *w2s_root_ref(const w2s_root *root)
{
    return root->ref;
}

static void root_free(w2s_root *root)
{
    rt_roots_lock(root->store);
    *root->link = root->next;
    if (root->next)
        root->next->link = root->link;
    root->store->unrooted = root->ref;
    rt_roots_unlock(root->store);
    free(root);
}

void w2s_ref_unroot(w2s_root *root)
{
    if (root)
        root_free(root);
}

/* ---- results ---- */

bool rt_recent_reserve(w2s_store *store, size_t count)
{
    if (count <= store->recent_capacity)
        return true;
    void **recent = calloc(count, sizeof *recent);
    if (!recent)
        return false;
    rt_roots_lock(store);
    void **old = store->recent;
    if (store->recent_count) /* the call's arguments may be among them */
        memcpy(recent, old, store->recent_count * sizeof *old);
    store->recent = recent;
    store->recent_capacity = count;
    rt_roots_unlock(store);
    free(old);
    return true;
}

/* An outer call may have made room while this one ran; it has enough then. */
void rt_recent_set(w2s_store *store, const w2s_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store->recent[i] = values[i].ref;
    store->recent_count = count;
}

void rt_references_free(w2s_store *store)
{
    while (store->roots)
        root_free(store->roots);
    free(store->recent);
}

/* ---- looking at references, and converting them ---- */

static const struct w2s_object_type host_type = {.kind = W2S_OBJECT_HOST, .size = 16};
static const struct w2s_object_type i31_type = {.kind = W2S_OBJECT_I31, .size = 16};

/* An object of one of these types. */
struct box {
    struct w2s_object object;
    void *content;
};

_Static_assert(sizeof(struct box) == 16, "size of the types");

static bool is_i31(const void *ref)
{
    return (uintptr_t)ref & 1;
}

/* NULL when out of memory. */
static struct box *box_new(const struct w2s_object_type *type, void *content)
{
    struct box *box = (struct box *)rt_object_alloc(type, sizeof *box);
    if (box)
        box->content = content;
    return box;
}

static void *any_of_extern(void *ref)
{
    struct w2s_object *object = ref ? rt_object_at(ref) : NULL;
    if (!object)
        return ref ? box_new(&host_type, ref) : NULL;
    return object->type == &i31_type ? ((struct box *)object)->content : object;
}

static void *extern_of_any(void *ref)
{
    if (is_i31(ref))
        return box_new(&i31_type, ref);
    struct box *box = ref;
    return box && box->object.type == &host_type ? box->content : ref;
}

static void *converted(void *ctx, void *from, void *to)
{
    if (from && !to)
        w2s_rt_trap(ctx, W2S_TRAP_OUT_OF_MEMORY, 0);
    return to;
}

void *w2s_rt_any_convert_extern(void *ctx, void *ref)
{
    return converted(ctx, ref, any_of_extern(ref));
}

void *w2s_rt_extern_convert_any(void *ctx, void *ref)
{
    return converted(ctx, ref, extern_of_any(ref));
}

struct conversion {
    w2s_store *store;
    void *(*convert)(void *ref);
    void *ref;
};

static void run(void *env)
{
    struct conversion *c = env;
    void *ref = c->convert(c->ref);
    c->store->unrooted = ref;
    c->ref = ref;
}

static void *convert(w2s_store *store, void *(*convert_ref)(void *ref), void *ref)
{
    struct conversion c = {store, convert_ref, ref};
    if (!store->collected)
        return NULL;
    rt_inside(store, run, &c);
    return c.ref;
}

void *w2s_extern_to_any(w2s_store *store, void *externref)
{
    return convert(store, any_of_extern, externref);
}

void *w2s_any_to_extern(w2s_store *store, void *anyref)
{
    return convert(store, extern_of_any, anyref);
}

enum w2s_heap w2s_any_kind(const void *anyref)
{
    if (!anyref)
        return W2S_HEAP_NONE;
    if (is_i31(anyref))
        return W2S_HEAP_I31;
    switch (((const struct w2s_object *)anyref)->type->kind) {
    case W2S_OBJECT_STRUCT: return W2S_HEAP_STRUCT;
    case W2S_OBJECT_ARRAY: return W2S_HEAP_ARRAY;
    default: return W2S_HEAP_EXTERN;
    }
}
