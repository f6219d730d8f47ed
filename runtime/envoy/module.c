/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The module and its filter configurations: made and destroyed by Envoy's main thread, and the
 * events that a scheduler brings there.
 */
#include "runtime/envoy/envoy.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const char *HOOK(program_init)(void)
{
    return ENVOY_ABI_VERSION;
}

/* ---- configurations ---- */

static struct bytes copy(struct envoy_bytes from)
{
    struct bytes to = {malloc(from.size + 1), from.size};
    if (to.p && from.size)
        memcpy(to.p, from.ptr, from.size);
    if (to.p)
        to.p[from.size] = '\0';
    return to;
}

static void config_free(struct config *config)
{
    errands_free(config);
    metrics_free(config);
    free(config->name.p);
    free(config->text.p);
    free(config);
}

static struct config *config_new(void *envoy, struct envoy_bytes name, struct envoy_bytes text)
{
    static atomic_uint_fast64_t numbers;
    struct config *config = calloc(1, sizeof *config);
    if (!config)
        return NULL;
    config->envoy = envoy;
    config->number = ++numbers;
    config->name = copy(name);
    config->text = copy(text);
    config->main_thread = pthread_self();
    if (config->name.p && config->text.p && pthread_mutex_init(&config->lock, NULL) == 0 &&
        timer_init(&config->timer))
        return config;
    config_free(config);
    return NULL;
}

/* No stream is left, and no other thread uses the configuration. */
static void config_destroy(struct config *config)
{
    timer_stop(config);
    queues_leave(config);
    while (config->vms) {
        struct vm *vm = config->vms;
        config->vms = vm->next;
        vm_shut_down(vm);
        vm_release(vm);
    }
    if (config->scheduler)
        ENVOY(http_filter_config_scheduler_delete)(config->scheduler);
    config_free(config);
}

const void *HOOK(http_filter_config_new)(void *envoy, struct envoy_bytes name,
                                         struct envoy_bytes text)
{
    struct config *config = config_new(envoy, name, text);
    if (!config) {
        log_line(ENVOY_LOG_CRITICAL, "out of memory");
        return NULL;
    }
    config->scheduler = ENVOY(http_filter_config_scheduler_new)(envoy);
    metrics_prepare(config);
    struct vm *vm = config_vm(config);
    if (vm) {
        vm_release(vm);
        return config;
    }
    config_destroy(config);
    return NULL;
}

void HOOK(http_filter_config_destroy)(struct config *config)
{
    config_destroy(config);
}

/* ---- the vm of a thread ---- */

/* That of this configuration which this thread used last. */
static _Thread_local struct {
    uint64_t number; /* of the configuration */
    struct vm *vm;
} latest;

/* The thread's vm and where it hangs; one that is broken is taken out. */
static struct vm *find_vm(struct config *config)
{
    struct vm *broken = NULL, *vm = NULL;
    pthread_mutex_lock(&config->lock);
    for (struct vm **link = &config->vms; *link && !vm && !broken;) {
        struct vm *at = *link;
        if (!pthread_equal(at->thread, pthread_self())) {
            link = &at->next;
        } else if (at->broken) {
            *link = at->next;
            broken = at;
        } else {
            vm = at;
        }
    }
    pthread_mutex_unlock(&config->lock);
    if (broken)
        vm_release(broken);
    return vm;
}

static struct vm *add_vm(struct config *config)
{
    struct vm *vm = vm_new(config);
    if (!vm)
        return NULL;
    pthread_mutex_lock(&config->lock);
    vm->next = config->vms;
    config->vms = vm;
    pthread_mutex_unlock(&config->lock);
    return vm;
}

struct vm *config_vm(struct config *config)
{
    if (latest.number != config->number || latest.vm->broken) {
        struct vm *vm = find_vm(config);
        latest.number = 0;
        if (!vm && !(vm = add_vm(config)))
            return NULL;
        latest.vm = vm;
        latest.number = config->number;
    }
    latest.vm->users++;
    return latest.vm;
}

/* ---- events ---- */

/* A queue's number, or a tick. */
static void deliver(struct vm *vm, uint64_t event)
{
    uint32_t args[] = {ROOT_CONTEXT, (uint32_t)event};
    guest_call(vm, NULL, event == EVENT_TICK ? GUEST_TICK : GUEST_QUEUE_READY, args, NULL);
}

void HOOK(http_filter_config_scheduled)(void *envoy, struct config *config, uint64_t event)
{
    (void)envoy;
    if (event == EVENT_ERRAND) {
        errands_send(config);
        return;
    }
    struct vm *vm = config_vm(config);
    if (!vm)
        return;
    deliver(vm, event);
    vm_settle(vm);
    vm_release(vm);
}

void HOOK(http_filter_config_http_callout_done)(void *envoy, struct config *config, uint64_t id,
                                                unsigned result, struct envoy_header *headers,
                                                size_t header_count, struct envoy_bytes *chunks,
                                                size_t chunk_count)
{
    (void)envoy;
    const struct answer answer = {headers, header_count, chunks, chunk_count};
    if (errand_answered(config, id, result, &answer))
        return;
    struct vm *vm = config_vm(config);
    if (!vm)
        return;
    callout_done(vm, NULL, id, result, &answer);
    vm_settle(vm);
    vm_release(vm);
}

/* A configuration of a route says nothing that proxy-wasm knows; any is accepted. */
const void *HOOK(http_filter_per_route_config_new)(struct envoy_bytes name, struct envoy_bytes text)
{
    static const char route;
    (void)name;
    (void)text;
    return &route;
}

void HOOK(http_filter_per_route_config_destroy)(const void *config)
{
    (void)config;
}
