/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Pools: which instances are free. There is a list of them for each processor, so that threads that
 * take and give back do not meet; a thread looks into its own list first, and into the others only
 * when that is empty. Instances are made when all lists are empty, up to the limit, and never freed
 * before the pool: an instance that is given back twice is still there to say so. What is to be
 * made anew has a list behind the others.
 */
#include "runtime/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_MAX_INSTANCES = 1000, DEFAULT_KEEP = 256 * 1024, MAX_LISTS = 256 };

/* On a cache line of its own. */
struct free_list {
    _Alignas(64) pthread_mutex_t lock;
    struct rt_pooled *first;
};

struct w2s_pool {
    w2s_module *module;
    w2s_pool_config config; /* with the defaults filled in */
    w2s_store_config store_config;
    atomic_size_t count; /* of instances, made or about to be */
    _Atomic(struct rt_pooled *) all;
    unsigned list_count;
    struct free_list lists[]; /* one more: of what is not made */
};

/* ---- parts of a pool ---- */

static void fill_config(w2s_pool *pool, const w2s_pool_config *config)
{
    w2s_pool_config *c = &pool->config;
    if (config) /* an older caller knows fewer fields, a newer one more */
        memcpy(c, config, config->size < sizeof *c ? config->size : sizeof *c);
    if (!c->max_instances)
        c->max_instances = DEFAULT_MAX_INSTANCES;
    if (!c->keep_resident)
        c->keep_resident = DEFAULT_KEEP;
    if (!c->store)
        return;
    size_t size = c->store->size;
    memcpy(&pool->store_config, c->store,
           size < sizeof pool->store_config ? size : sizeof pool->store_config);
    c->store = &pool->store_config;
}

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MAX_LISTS ? MAX_LISTS : (unsigned)n;
}

static w2s_pool *pool_alloc(void)
{
    unsigned lists = processors() + 1;
    size_t size = sizeof(w2s_pool) + lists * sizeof(struct free_list);
    w2s_pool *pool = aligned_alloc(64, (size + 63) & ~(size_t)63);
    if (!pool)
        return NULL;
    memset(pool, 0, size);
    pool->list_count = lists;
    for (unsigned i = 0; i < lists; i++)
        pthread_mutex_init(&pool->lists[i].lock, NULL);
    return pool;
}

void w2s_pool_free(w2s_pool *pool)
{
    if (!pool)
        return;
    for (struct rt_pooled *pooled = pool->all, *next; pooled; pooled = next) {
        next = pooled->next_all;
        if (pooled->made)
            rt_pooled_unmake(pooled);
        free(pooled);
    }
    for (unsigned i = 0; i < pool->list_count; i++)
        pthread_mutex_destroy(&pool->lists[i].lock);
    w2s_module_free(pool->module);
    free(pool);
}

/* ---- free instances ---- */

/* Threads number themselves, so that the first ones have a list each. */
static struct free_list *own_list(w2s_pool *pool)
{
    static atomic_uint threads;
    static _Thread_local unsigned number; /* from 1; 0: not yet */
    if (!number)
        number =
            1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % (UINT32_MAX / 2);
    return &pool->lists[number % (pool->list_count - 1)];
}

static void put(struct free_list *list, struct rt_pooled *pooled)
{
    pthread_mutex_lock(&list->lock);
    pooled->next = list->first;
    list->first = pooled;
    pthread_mutex_unlock(&list->lock);
}

static void put_free(w2s_pool *pool, struct rt_pooled *pooled)
{
    put(pooled->made ? own_list(pool) : &pool->lists[pool->list_count - 1], pooled);
}

static struct rt_pooled *get(struct free_list *list)
{
    pthread_mutex_lock(&list->lock);
    struct rt_pooled *pooled = list->first;
    if (pooled)
        list->first = pooled->next;
    pthread_mutex_unlock(&list->lock);
    return pooled;
}

static struct rt_pooled *get_any(w2s_pool *pool)
{
    struct rt_pooled *pooled = NULL;
    for (unsigned i = 0; !pooled && i < pool->list_count; i++)
        pooled = get(&pool->lists[i]);
    return pooled;
}

/* All lists at one moment: while they are looked at one after the other, an instance may go from
 * the end to the beginning. */
static struct rt_pooled *get_at_once(w2s_pool *pool)
{
    struct rt_pooled *pooled = NULL;
    for (unsigned i = 0; i < pool->list_count; i++)
        pthread_mutex_lock(&pool->lists[i].lock);
    for (unsigned i = 0; !pooled && i < pool->list_count; i++) {
        pooled = pool->lists[i].first;
        if (pooled)
            pool->lists[i].first = pooled->next;
    }
    for (unsigned i = 0; i < pool->list_count; i++)
        pthread_mutex_unlock(&pool->lists[i].lock);
    return pooled;
}

/* One more, to be made; NULL at the limit and when out of memory. */
static struct rt_pooled *add(w2s_pool *pool, w2s_error *err)
{
    size_t count = atomic_load_explicit(&pool->count, memory_order_relaxed);
    do {
        if (count >= pool->config.max_instances) {
            rt_fail(err, W2S_ERROR_LIMIT, "all %zu instances of the pool are out", count);
            return NULL;
        }
    } while (!atomic_compare_exchange_weak(&pool->count, &count, count + 1));
    struct rt_pooled *pooled = rt_pooled_new(pool, pool->module);
    if (!pooled) {
        atomic_fetch_sub(&pool->count, 1);
        rt_fail_memory(err);
        return NULL;
    }
    pooled->next_all = atomic_load_explicit(&pool->all, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&pool->all, &pooled->next_all, pooled))
        ;
    return pooled;
}

static struct rt_pooled *get_or_add(w2s_pool *pool, w2s_error *err)
{
    struct rt_pooled *pooled = get(own_list(pool));
    if (!pooled)
        pooled = get_any(pool);
    if (pooled)
        return pooled;
    w2s_error cause = {0};
    pooled = add(pool, &cause);
    if (!pooled)
        pooled = get_at_once(pool);
    if (!pooled)
        rt_fail(err, cause.kind, "%s", cause.message);
    return pooled;
}

static bool warm_up(w2s_pool *pool, w2s_error *err)
{
    for (size_t i = 0; i < pool->config.warm && i < pool->config.max_instances; i++) {
        struct rt_pooled *pooled = add(pool, err);
        if (!pooled)
            return false;
        bool made = rt_pooled_make(pooled, pool->module, &pool->config, NULL, err);
        put_free(pool, pooled);
        if (!made)
            return false;
    }
    return true;
}

w2s_pool *w2s_pool_new(w2s_module *module, const w2s_pool_config *config, w2s_error *err)
{
    if (!module) {
        rt_fail(err, W2S_ERROR_ARGUMENT, "no module");
        return NULL;
    }
    w2s_pool *pool = pool_alloc();
    if (!pool) {
        rt_fail_memory(err);
        return NULL;
    }
    fill_config(pool, config);
    pool->module = module;
    rt_module_retain(module);
    if (warm_up(pool, err))
        return pool;
    w2s_pool_free(pool);
    return NULL;
}

/* ---- taking and giving back ---- */

static void give_back(w2s_pool *pool, struct rt_pooled *pooled)
{
    if (!rt_pooled_reset(pooled, pool->config.keep_resident))
        rt_pooled_unmake(pooled);
    put_free(pool, pooled);
}

w2s_instance *w2s_pool_take(w2s_pool *pool, w2s_trap **trap, w2s_error *err)
{
    if (trap)
        *trap = NULL;
    struct rt_pooled *pooled = get_or_add(pool, err);
    if (!pooled)
        return NULL;
    if (!pooled->made && !rt_pooled_make(pooled, pool->module, &pool->config, trap, err)) {
        put_free(pool, pooled);
        return NULL;
    }
    rt_pooled_rearm(pooled); /* somebody may have interrupted it too late */
    w2s_trap *t = rt_instance_start(pooled->instance);
    if (t) {
        rt_instance_trapped(t, trap, err);
        give_back(pool, pooled);
        return NULL;
    }
    atomic_store_explicit(&pooled->out, true, memory_order_relaxed);
    return pooled->instance;
}

bool w2s_pool_give(w2s_pool *pool, w2s_instance *instance)
{
    struct rt_pooled *pooled = instance ? instance->pooled : NULL;
    if (!pooled || pooled->pool != pool ||
        !atomic_exchange_explicit(&pooled->out, false, memory_order_acq_rel))
        return false;
    if (pooled->store.top) {
        atomic_store_explicit(&pooled->out, true, memory_order_release);
        return false;
    }
    give_back(pool, pooled);
    return true;
}
