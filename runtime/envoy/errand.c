/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Callouts of a worker's root context. Envoy sends what is no stream's from the main thread only,
 * so the request is left in the configuration for it, under the lock; the answer comes back the
 * same way and is delivered with the next event of a stream in that worker.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

struct errand {
    struct errand *next;
    uint64_t vm; /* the number of the one that asks */
    uint32_t token, timeout;
    enum { WAITS, SENT, ANSWERED } state;
    uint64_t id; /* Envoy's */
    struct bytes cluster, headers, body;
    struct bytes answer; /* names, values and body, one after the other */
    struct envoy_header *answer_headers;
    size_t answer_header_count;
    struct envoy_bytes answer_body;
};

static void errand_free(struct errand *errand)
{
    free(errand->cluster.p);
    free(errand->headers.p);
    free(errand->body.p);
    free(errand->answer.p);
    free(errand->answer_headers);
    free(errand);
}

static bool copy(struct bytes *to, struct envoy_bytes from)
{
    *to = (struct bytes){malloc(from.size + 1), from.size};
    if (to->p && from.size)
        memcpy(to->p, from.ptr, from.size);
    return to->p != NULL;
}

static struct envoy_bytes bytes_of(const struct bytes *bytes)
{
    return (struct envoy_bytes){bytes->p, bytes->n};
}

/* ---- by the worker ---- */

bool errand_new(struct vm *vm, const struct request *request, uint32_t token)
{
    struct errand *errand = calloc(1, sizeof *errand);
    if (!errand || !vm->config->scheduler || !copy(&errand->cluster, request->cluster) ||
        !copy(&errand->headers, request->headers) || !copy(&errand->body, request->body)) {
        if (errand)
            errand_free(errand);
        return false;
    }
    errand->vm = vm->number;
    errand->token = token;
    errand->timeout = request->timeout;
    vm->errands++;
    pthread_mutex_lock(&vm->config->lock);
    errand->next = vm->config->errands;
    vm->config->errands = errand;
    pthread_mutex_unlock(&vm->config->lock);
    ENVOY(http_filter_config_scheduler_commit)(vm->config->scheduler, EVENT_ERRAND);
    return true;
}

/* One of the vm's that is answered, or any of them; NULL if there is none. */
static struct errand *take(struct vm *vm, bool any)
{
    struct errand *errand;
    pthread_mutex_lock(&vm->config->lock);
    struct errand **link = &vm->config->errands;
    while ((errand = *link) && (errand->vm != vm->number || (!any && errand->state != ANSWERED)))
        link = &errand->next;
    if (errand)
        *link = errand->next;
    pthread_mutex_unlock(&vm->config->lock);
    return errand;
}

void errands_deliver(struct vm *vm)
{
    struct errand *errand;
    while (vm->errands > 0 && vm->depth == 0 && (errand = take(vm, false))) {
        vm->errands--;
        callout_deliver(vm, NULL, errand->token,
                        &(struct answer){errand->answer_headers, errand->answer_header_count,
                                         &errand->answer_body, 1});
        errand_free(errand);
    }
}

void errands_forget(struct vm *vm)
{
    struct errand *errand;
    while ((errand = take(vm, true)))
        errand_free(errand);
}

/* ---- by the main thread ---- */

/* Takes the first out of the list that is in that state (and, where it is sent, has that id). */
static struct errand *detach(struct config *config, unsigned state, uint64_t id)
{
    struct errand *errand;
    pthread_mutex_lock(&config->lock);
    struct errand **link = &config->errands;
    while ((errand = *link) && (errand->state != state || (state == SENT && errand->id != id)))
        link = &errand->next;
    if (errand)
        *link = errand->next;
    pthread_mutex_unlock(&config->lock);
    return errand;
}

static void attach(struct config *config, struct errand *errand)
{
    pthread_mutex_lock(&config->lock);
    errand->next = config->errands;
    config->errands = errand;
    pthread_mutex_unlock(&config->lock);
}

static bool send(struct config *config, struct errand *errand)
{
    struct envoy_header *headers;
    size_t count;
    if (map_parse(bytes_of(&errand->headers), &headers, &count) != PW_OK)
        return false;
    unsigned result = ENVOY(http_filter_config_http_callout)(
        config->envoy, &errand->id, bytes_of(&errand->cluster), headers, count,
        bytes_of(&errand->body), errand->timeout);
    free(headers);
    return result == ENVOY_CALLOUT_STARTED;
}

/* What cannot be sent is answered with nothing, as a callout that fails. */
void errands_send(struct config *config)
{
    struct errand *errand;
    while ((errand = detach(config, WAITS, 0))) {
        errand->state = send(config, errand) ? SENT : ANSWERED;
        attach(config, errand);
    }
}

static void put(char **to, const char **place, const char *from, size_t size)
{
    *place = *to;
    if (size > 0)
        memcpy(*to, from, size);
    *to += size;
}

/* Without memory the answer is that it failed. */
static void keep_answer(struct errand *errand, const struct answer *answer)
{
    size_t size = 0, body = 0;
    for (size_t i = 0; i < answer->header_count; i++)
        size += answer->headers[i].key_size + answer->headers[i].value_size;
    for (size_t i = 0; i < answer->chunk_count; i++)
        body += answer->chunks[i].size;
    char *to = errand->answer.p = malloc(size + body + 1);
    errand->answer_headers = calloc(answer->header_count + 1, sizeof *errand->answer_headers);
    if (!to || !errand->answer_headers)
        return;
    errand->answer_header_count = answer->header_count;
    for (size_t i = 0; i < answer->header_count; i++) {
        struct envoy_header *header = &errand->answer_headers[i];
        *header = answer->headers[i];
        put(&to, &header->key, answer->headers[i].key, header->key_size);
        put(&to, &header->value, answer->headers[i].value, header->value_size);
    }
    errand->answer_body = (struct envoy_bytes){to, body};
    for (size_t i = 0; i < answer->chunk_count; i++) {
        const char *place;
        put(&to, &place, answer->chunks[i].ptr, answer->chunks[i].size);
    }
}

bool errand_answered(struct config *config, uint64_t id, unsigned result,
                     const struct answer *answer)
{
    struct errand *errand = detach(config, SENT, id);
    if (!errand)
        return false;
    if (result == ENVOY_CALLOUT_ANSWERED)
        keep_answer(errand, answer);
    errand->state = ANSWERED;
    attach(config, errand);
    return true;
}

void errands_free(struct config *config)
{
    while (config->errands) {
        struct errand *errand = config->errands;
        config->errands = errand->next;
        errand_free(errand);
    }
}
