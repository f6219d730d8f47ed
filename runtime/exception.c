/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Exceptions and tags: the objects, and what the host may ask of them. Who owns an exception and
 * for how long is said in exception.h; how it unwinds, in unwind.c.
 */
#include "runtime/exception.h"

#include "runtime/collector.h"

#include <stdlib.h>
#include <string.h>

/* ---- the objects ---- */

struct rt_exception *rt_exception_new(w2s_store *store, w2s_tag *tag)
{
    uint32_t count = tag->type->param_count;
    struct rt_exception *e = calloc(1, sizeof *e + count * sizeof e->values[0]);
    if (!e)
        return NULL;
    e->store = store;
    e->value_count = count;
    e->pub.tag = tag;
    e->next = store->exceptions;
    e->link = &store->exceptions;
    if (e->next)
        e->next->link = &e->next;
    rt_roots_lock(store);
    store->exceptions = e;
    rt_roots_unlock(store);
    store->exception_count++;
    return e;
}

static void unlink_exception(struct rt_exception *e)
{
    rt_roots_lock(e->store);
    *e->link = e->next;
    rt_roots_unlock(e->store);
    if (e->next)
        e->next->link = e->link;
    e->store->exception_count--;
    e->store = NULL;
}

void rt_exception_free(struct rt_exception *e)
{
    if (e->store)
        unlink_exception(e);
    w2s_trap_free(e->trap);
    free(e);
}

void rt_exception_drop(struct rt_exception *e)
{
    if (!e->pub.referenced && !e->kept && !e->in_trap)
        rt_exception_free(e);
}

void rt_exception_release(struct rt_exception *e)
{
    e->in_trap = false;
    if (!e->store)
        rt_exception_free(e);
    else
        rt_exception_drop(e);
}

void rt_exceptions_free(w2s_store *store)
{
    while (store->exceptions) {
        struct rt_exception *e = store->exceptions;
        unlink_exception(e);
        if (!e->in_trap)
            rt_exception_free(e);
    }
}

/* ---- what generated code asks for ---- */

void *w2s_rt_exception_new(void *ctx, uint32_t tag)
{
    const struct w2s_ctx *c = ctx;
    w2s_store *store = c->instance->store;
    if (store->exception_count >= store->collect_at)
        rt_exception_collect(store);
    struct rt_exception *e = rt_exception_new(store, c->instance->tags[tag]);
    if (!e)
        rt_trap_throw(store, rt_trap_make(W2S_TRAP_OUT_OF_MEMORY));
    return &e->pub;
}

void w2s_rt_exception_drop(void *ctx, void *exception)
{
    (void)ctx;
    rt_exception_drop(rt_exception_of(exception));
}

void w2s_rt_exception_keep(void *ctx, void *exception)
{
    (void)ctx;
    if (exception)
        rt_exception_of(exception)->kept = true;
}

/* ---- tags ---- */

struct host_tag {
    w2s_tag tag;
    struct rt_owned owned;
    struct w2s_type *type;
    struct rt_type_entry *entry;
};

static void host_tag_destroy(void *self)
{
    struct host_tag *t = self;
    rt_type_release(t->entry);
    free(t->type);
    free(t);
}

w2s_tag *w2s_tag_new(w2s_store *store, const w2s_functype *type)
{
    struct host_tag *t = type->result_count == 0 ? calloc(1, sizeof *t) : NULL;
    if (!t)
        return NULL;
    t->type = rt_type_of_functype(type);
    t->entry = t->type ? rt_type_intern(t->type, NULL, NULL) : NULL;
    if (!t->entry) {
        free(t->type);
        free(t);
        return NULL;
    }
    t->tag = (w2s_tag){store, t->type};
    rt_store_own_as(store, &t->owned, RT_STATELESS, host_tag_destroy, t);
    return &t->tag;
}

w2s_functype w2s_tag_type(const w2s_tag *tag)
{
    return (w2s_functype){.params = tag->type->types, .param_count = tag->type->param_count};
}

/* ---- exceptions of the host ---- */

bool rt_is_exnref(w2s_valtype type)
{
    return type.kind == W2S_REF && (type.heap == W2S_HEAP_EXN || type.heap == W2S_HEAP_NOEXN);
}

void rt_exceptions_keep(const w2s_valtype *types, const w2s_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (rt_is_exnref(types[i]))
            w2s_rt_exception_keep(NULL, values[i].ref);
}

w2s_trap *w2s_trap_exception(w2s_store *store, w2s_tag *tag, const w2s_value *values)
{
    struct rt_exception *e = rt_exception_new(store, tag);
    if (!e)
        return rt_trap_make(W2S_TRAP_OUT_OF_MEMORY);
    if (e->value_count)
        memcpy(e->values, values, e->value_count * sizeof *values);
    return rt_trap_of_exception(e);
}
