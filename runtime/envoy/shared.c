/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls about what all instances of this module share, of whatever thread and configuration:
 * values by key, with a number that tells whether somebody else has changed one meanwhile (compare
 * and swap), and queues by name. Who registered a queue first is told, in the main thread, that it
 * has something. One lock for all; nothing is called under it but Envoy's scheduler.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool copy(struct bytes *to, struct envoy_bytes from)
{
    *to = (struct bytes){malloc(from.size + 1), from.size};
    if (to->p && from.size)
        memcpy(to->p, from.ptr, from.size);
    return to->p != NULL;
}

static bool is_name(const struct bytes *name, struct envoy_bytes other)
{
    return name->n == other.size && memcmp(name->p, other.ptr, name->n) == 0;
}

/* ---- values ---- */

enum { BUCKETS = 1024 };

static struct value {
    struct value *next;
    struct bytes key, bytes;
    uint32_t cas; /* counts the changes, from 1 */
} *values[BUCKETS];

/* FNV-1a. */
static struct value **bucket_of(struct envoy_bytes key)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ (uint8_t)key.ptr[i]) * 16777619u;
    return &values[hash % BUCKETS];
}

/* With the lock. */
static struct value *value_find(struct envoy_bytes key)
{
    struct value *value = *bucket_of(key);
    while (value && !is_name(&value->key, key))
        value = value->next;
    return value;
}

static struct value *value_add(struct envoy_bytes key)
{
    struct value *value = calloc(1, sizeof *value), **bucket = bucket_of(key);
    if (!value || !copy(&value->key, key)) {
        free(value);
        return NULL;
    }
    value->next = *bucket;
    return *bucket = value;
}

static enum pw_status value_set(struct envoy_bytes key, struct envoy_bytes to, uint32_t cas)
{
    struct bytes bytes;
    struct value *value = value_find(key);
    if (value && cas && cas != value->cas)
        return PW_CAS_MISMATCH;
    if (!copy(&bytes, to))
        return PW_INTERNAL_FAILURE;
    if (!value && !(value = value_add(key))) {
        free(bytes.p);
        return PW_INTERNAL_FAILURE;
    }
    free(value->bytes.p);
    value->bytes = bytes;
    if (++value->cas == 0) /* means: whatever it was */
        value->cas = 1;
    return PW_OK;
}

/* A copy: the guest's allocator runs without the lock. */
static enum pw_status value_get(struct envoy_bytes key, struct bytes *bytes, uint32_t *cas)
{
    const struct value *value = value_find(key);
    if (!value)
        return PW_NOT_FOUND;
    *cas = value->cas;
    return copy(bytes, (struct envoy_bytes){value->bytes.p, value->bytes.n}) ? PW_OK
                                                                             : PW_INTERNAL_FAILURE;
}

enum pw_status host_get_shared_data(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes key;
    struct bytes bytes;
    uint32_t cas;
    if (!arg_bytes(vm, args, 0, &key))
        return PW_INVALID_MEMORY_ACCESS;
    pthread_mutex_lock(&lock);
    enum pw_status status = value_get(key, &bytes, &cas);
    pthread_mutex_unlock(&lock);
    if (status != PW_OK)
        return status;
    status = guest_return(vm, bytes.p, bytes.n, arg(args, 2), arg(args, 3));
    free(bytes.p);
    if (status == PW_OK && !guest_put_u32(vm, arg(args, 4), cas))
        return PW_INVALID_MEMORY_ACCESS;
    return status;
}

enum pw_status host_set_shared_data(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes key, to;
    if (!arg_bytes(vm, args, 0, &key) || !arg_bytes(vm, args, 2, &to))
        return PW_INVALID_MEMORY_ACCESS;
    pthread_mutex_lock(&lock);
    enum pw_status status = value_set(key, to, arg(args, 4));
    pthread_mutex_unlock(&lock);
    return status;
}

/* ---- queues ---- */

struct item {
    struct item *next;
    struct bytes bytes;
};

static struct queue {
    struct queue *next;
    struct bytes name;
    uint32_t number;       /* from 1 */
    struct config *config; /* that is told; NULL: it is gone */
    struct item *first, **last;
} *queues;

/* With the lock, these all. */
static struct queue *queue_named(struct envoy_bytes name)
{
    struct queue *queue = queues;
    while (queue && !is_name(&queue->name, name))
        queue = queue->next;
    return queue;
}

static struct queue *queue_numbered(uint32_t number)
{
    struct queue *queue = queues;
    while (queue && queue->number != number)
        queue = queue->next;
    return queue;
}

static struct queue *queue_add(struct envoy_bytes name)
{
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue || !copy(&queue->name, name)) {
        free(queue);
        return NULL;
    }
    queue->number = queues ? queues->number + 1 : 1;
    queue->last = &queue->first;
    queue->next = queues;
    return queues = queue;
}

static enum pw_status queue_put(struct queue *queue, struct envoy_bytes bytes)
{
    struct item *item = calloc(1, sizeof *item);
    if (!queue || !item || !copy(&item->bytes, bytes)) {
        free(item);
        return queue ? PW_INTERNAL_FAILURE : PW_NOT_FOUND;
    }
    *queue->last = item;
    queue->last = &item->next;
    if (queue->config && queue->config->scheduler)
        ENVOY(http_filter_config_scheduler_commit)
    (queue->config->scheduler, EVENT_QUEUE | queue->number);
    return PW_OK;
}

static enum pw_status queue_take(struct queue *queue, struct item **item)
{
    if (!queue)
        return PW_NOT_FOUND;
    *item = queue->first;
    if (!*item)
        return PW_EMPTY;
    queue->first = (*item)->next;
    if (!queue->first)
        queue->last = &queue->first;
    return PW_OK;
}

void queues_leave(struct config *config)
{
    pthread_mutex_lock(&lock);
    for (struct queue *queue = queues; queue; queue = queue->next)
        if (queue->config == config)
            queue->config = NULL;
    pthread_mutex_unlock(&lock);
}

enum pw_status host_register_shared_queue(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes name;
    if (!arg_bytes(vm, args, 0, &name))
        return PW_INVALID_MEMORY_ACCESS;
    pthread_mutex_lock(&lock);
    struct queue *queue = queue_named(name);
    if (!queue)
        queue = queue_add(name);
    if (queue && !queue->config)
        queue->config = vm->config;
    uint32_t number = queue ? queue->number : 0;
    pthread_mutex_unlock(&lock);
    if (!number)
        return PW_INTERNAL_FAILURE;
    return guest_put_u32(vm, arg(args, 2), number) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

/* Whatever the vm's name (arguments 0 and 1): all of a module have the same queues. */
enum pw_status host_resolve_shared_queue(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes name;
    if (!arg_bytes(vm, args, 2, &name))
        return PW_INVALID_MEMORY_ACCESS;
    pthread_mutex_lock(&lock);
    struct queue *queue = queue_named(name);
    uint32_t number = queue ? queue->number : 0;
    pthread_mutex_unlock(&lock);
    if (!number)
        return PW_NOT_FOUND;
    return guest_put_u32(vm, arg(args, 4), number) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

enum pw_status host_enqueue_shared_queue(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes bytes;
    if (!arg_bytes(vm, args, 1, &bytes))
        return PW_INVALID_MEMORY_ACCESS;
    pthread_mutex_lock(&lock);
    enum pw_status status = queue_put(queue_numbered(arg(args, 0)), bytes);
    pthread_mutex_unlock(&lock);
    return status;
}

enum pw_status host_dequeue_shared_queue(struct vm *vm, const w2s_value *args)
{
    struct item *item = NULL;
    pthread_mutex_lock(&lock);
    enum pw_status status = queue_take(queue_numbered(arg(args, 0)), &item);
    pthread_mutex_unlock(&lock);
    if (status != PW_OK)
        return status;
    status = guest_return(vm, item->bytes.p, item->bytes.n, arg(args, 1), arg(args, 2));
    free(item->bytes.p);
    free(item);
    return status;
}
