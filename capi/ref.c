/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * References: handles, host info, and the table by which a store finds the object of something of
 * the runtime's. Everything that is a reference has the same functions; a macro makes them.
 */
#include "capi/capi.h"

#include <stdlib.h>

_Static_assert((int)REF_FUNC == WASM_EXTERN_FUNC && (int)REF_GLOBAL == WASM_EXTERN_GLOBAL &&
                   (int)REF_TABLE == WASM_EXTERN_TABLE && (int)REF_MEMORY == WASM_EXTERN_MEMORY &&
                   (int)REF_TAG == WASM_EXTERN_TAG,
               "externals have the same numbers");

struct ref_slot {
    const void *item; /* NULL: free */
    wasm_ref_t *ref;
};

/* ---- life ---- */

void *ref_new(wasm_store_t *store, enum ref_kind kind, size_t size)
{
    wasm_ref_t *ref = calloc(1, size);
    if (!ref)
        return NULL;
    ref->kind = kind;
    ref->handles = 1;
    ref->store = store;
    ref->next = store->refs;
    ref->link = &store->refs;
    if (ref->next)
        ref->next->link = &ref->next;
    store->refs = ref;
    return ref;
}

static void unlink_ref(wasm_ref_t *ref)
{
    *ref->link = ref->next;
    if (ref->next)
        ref->next->link = ref->link;
    ref->store = NULL;
}

static void finalize(wasm_ref_t *ref)
{
    void (*finalizer)(void *) = ref->finalizer;
    ref->finalizer = NULL;
    if (finalizer)
        finalizer(ref->host_info);
}

/* Frees what no handle and no store holds. */
static void ref_free(wasm_ref_t *ref)
{
    if (ref->kind == REF_TRAP)
        trap_destroy((wasm_trap_t *)ref);
    if (ref->kind == REF_MODULE)
        shared_release(((wasm_module_t *)ref)->shared);
    struct wasm_object *object = ref_of_kind(ref, REF_OBJECT);
    if (object && object->root && ref->store) /* else the root went with the store */
        w2s_ref_unroot(object->root);
    if (ref->store)
        unlink_ref(ref);
    free(ref);
}

void *ref_retain(const wasm_ref_t *ref)
{
    wasm_ref_t *same;
    memcpy(&same, &ref, sizeof same); /* counting changes no value that the host sees */
    if (same)
        same->handles++;
    return same;
}

static void ref_release(wasm_ref_t *ref)
{
    if (!ref || --ref->handles > 0 || (ref->held && ref->store))
        return;
    finalize(ref);
    ref_free(ref);
}

void refs_close(wasm_store_t *store)
{
    while (store->refs) {
        wasm_ref_t *ref = store->refs;
        unlink_ref(ref);
        finalize(ref);
        if (ref->handles == 0)
            ref_free(ref);
    }
    free(store->slots);
}

void *ref_of_kind(const wasm_ref_t *ref, enum ref_kind kind)
{
    wasm_ref_t *same;
    memcpy(&same, &ref, sizeof same); /* the caller's type says whether it may be changed */
    return same && same->kind == kind ? same : NULL;
}

static bool is_same(const wasm_ref_t *a, const wasm_ref_t *b)
{
    if (a == b || !a || !b || a->kind != REF_OBJECT || b->kind != REF_OBJECT)
        return a == b;
    const struct wasm_object *x = (const struct wasm_object *)a;
    const struct wasm_object *y = (const struct wasm_object *)b;
    return x->heap == y->heap && a->store && a->store == b->store &&
           (x->root && y->root ? w2s_root_ref(x->root) == w2s_root_ref(y->root)
                               : x->root == y->root && x->exception == y->exception);
}

/* ---- the table of held references ---- */

static size_t slot_of(const wasm_store_t *store, const void *item)
{
    size_t i = (size_t)(((uintptr_t)item >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20);
    for (i &= store->slot_count - 1; store->slots[i].item && store->slots[i].item != item;)
        i = (i + 1) & (store->slot_count - 1);
    return i;
}

/* Doubles the table when it is three quarters full. */
static bool make_room(wasm_store_t *store)
{
    enum { FIRST = 64 };
    if (store->held_count < store->slot_count / 4 * 3)
        return true;
    struct ref_slot *old = store->slots;
    size_t old_count = store->slot_count, count = old_count ? 2 * old_count : FIRST;
    struct ref_slot *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    store->slots = slots;
    store->slot_count = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].item)
            slots[slot_of(store, old[i].item)] = old[i];
    free(old);
    return true;
}

bool ref_hold(wasm_ref_t *ref, const void *item)
{
    wasm_store_t *store = ref->store;
    if (!make_room(store))
        return false;
    struct ref_slot *slot = &store->slots[slot_of(store, item)];
    store->held_count += !slot->item;
    *slot = (struct ref_slot){item, ref};
    ref->held = true;
    return true;
}

void *ref_find(const wasm_store_t *store, const void *item)
{
    return store->slot_count ? ref_retain(store->slots[slot_of(store, item)].ref) : NULL;
}

/* ---- what all references have ---- */

static void set_host_info(wasm_ref_t *ref, void *info, void (*finalizer)(void *))
{
    finalize(ref); /* of what was there */
    ref->host_info = info;
    ref->finalizer = finalizer;
}

/* All structs begin with their wasm_ref_t. */
static wasm_ref_t *as_ref(void *object)
{
    return object;
}

static const wasm_ref_t *as_ref_const(const void *object)
{
    return object;
}

/* clang-format off */
#define DEFINE_REF_BASE(name)                                                                      \
    void wasm_##name##_delete(wasm_##name##_t *object)                                             \
    {                                                                                              \
        ref_release(as_ref(object));                                                               \
    }                                                                                              \
    wasm_##name##_t *wasm_##name##_copy(const wasm_##name##_t *object)                             \
    {                                                                                              \
        return ref_retain(as_ref_const(object));                                                   \
    }                                                                                              \
    bool wasm_##name##_same(const wasm_##name##_t *a, const wasm_##name##_t *b)                    \
    {                                                                                              \
        return is_same(as_ref_const(a), as_ref_const(b));                                          \
    }                                                                                              \
    void *wasm_##name##_get_host_info(const wasm_##name##_t *object)                               \
    {                                                                                              \
        return as_ref_const(object)->host_info;                                                    \
    }                                                                                              \
    void wasm_##name##_set_host_info(wasm_##name##_t *object, void *info)                          \
    {                                                                                              \
        set_host_info(as_ref(object), info, NULL);                                                 \
    }                                                                                              \
    void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t *object, void *info,           \
                                                    void (*finalizer)(void *))                     \
    {                                                                                              \
        set_host_info(as_ref(object), info, finalizer);                                            \
    }

#define DEFINE_AS_REF(name)                                                                        \
    DEFINE_REF_BASE(name)                                                                          \
    wasm_ref_t *wasm_##name##_as_ref(wasm_##name##_t *object)                                      \
    {                                                                                              \
        return as_ref(object);                                                                     \
    }                                                                                              \
    const wasm_ref_t *wasm_##name##_as_ref_const(const wasm_##name##_t *object)                    \
    {                                                                                              \
        return as_ref_const(object);                                                               \
    }

#define DEFINE_REF(name, kind)                                                                     \
    DEFINE_AS_REF(name)                                                                            \
    wasm_##name##_t *wasm_ref_as_##name(wasm_ref_t *ref)                                           \
    {                                                                                              \
        return ref_of_kind(ref, kind);                                                             \
    }                                                                                              \
    const wasm_##name##_t *wasm_ref_as_##name##_const(const wasm_ref_t *ref)                       \
    {                                                                                              \
        return ref_of_kind(ref, kind);                                                             \
    }

DEFINE_REF_BASE(ref)
DEFINE_REF(trap, REF_TRAP)
DEFINE_REF(foreign, REF_FOREIGN)
DEFINE_REF(module, REF_MODULE)
DEFINE_REF(func, REF_FUNC)
DEFINE_REF(global, REF_GLOBAL)
DEFINE_REF(table, REF_TABLE)
DEFINE_REF(memory, REF_MEMORY)
DEFINE_REF(instance, REF_INSTANCE)
DEFINE_AS_REF(extern)

#define DEFINE_EXTERN(name, kind)                                                                  \
    wasm_extern_t *wasm_##name##_as_extern(wasm_##name##_t *object)                                \
    {                                                                                              \
        return (wasm_extern_t *)object;                                                            \
    }                                                                                              \
    const wasm_extern_t *wasm_##name##_as_extern_const(const wasm_##name##_t *object)              \
    {                                                                                              \
        return (const wasm_extern_t *)object;                                                      \
    }                                                                                              \
    wasm_##name##_t *wasm_extern_as_##name(wasm_extern_t *object)                                  \
    {                                                                                              \
        return ref_of_kind(as_ref(object), kind);                                                  \
    }                                                                                              \
    const wasm_##name##_t *wasm_extern_as_##name##_const(const wasm_extern_t *object)              \
    {                                                                                              \
        return ref_of_kind(as_ref_const(object), kind);                                            \
    }

DEFINE_EXTERN(func, REF_FUNC)
DEFINE_EXTERN(global, REF_GLOBAL)
DEFINE_EXTERN(table, REF_TABLE)
DEFINE_EXTERN(memory, REF_MEMORY)
/* clang-format on */

static bool is_extern(const wasm_ref_t *ref)
{
    return ref && ref->kind <= REF_TAG;
}

wasm_extern_t *wasm_ref_as_extern(wasm_ref_t *ref)
{
    return is_extern(ref) ? (wasm_extern_t *)ref : NULL;
}

const wasm_extern_t *wasm_ref_as_extern_const(const wasm_ref_t *ref)
{
    return is_extern(ref) ? (const wasm_extern_t *)ref : NULL;
}

/* ---- objects of the host ---- */

wasm_foreign_t *wasm_foreign_new(wasm_store_t *store)
{
    return ref_new(store, REF_FOREIGN, sizeof(wasm_foreign_t));
}
