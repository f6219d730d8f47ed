/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * HTTP callouts: requests that the guest sends to a cluster, and their answers. A stream's are sent
 * for its filter and end with it; the root context's are sent for the configuration, which Envoy
 * allows to the main thread alone: a worker's go there as errands (errand.c).
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>

void callouts_free(struct callout **list)
{
    while (*list) {
        struct callout *callout = *list;
        *list = callout->next;
        free(callout);
    }
}

static struct callout **list_of(struct vm *vm, struct stream *stream)
{
    return stream ? &stream->callouts : &vm->callouts;
}

/* ---- asking ---- */

/* Trailers (arguments 6 and 7) are not sent: Envoy has no way for them here. */
static bool read_request(const struct vm *vm, const w2s_value *args, struct request *request)
{
    request->timeout = arg(args, 8);
    return arg_bytes(vm, args, 0, &request->cluster) && arg_bytes(vm, args, 2, &request->headers) &&
           arg_bytes(vm, args, 4, &request->body);
}

static unsigned start(struct vm *vm, const struct request *request, struct envoy_header *headers,
                      size_t count, uint64_t *id)
{
    if (vm->current)
        return ENVOY(http_filter_http_callout)(vm->current->filter, id, request->cluster, headers,
                                               count, request->body, request->timeout);
    return ENVOY(http_filter_config_http_callout)(vm->config->envoy, id, request->cluster, headers,
                                                  count, request->body, request->timeout);
}

static enum pw_status send(struct vm *vm, const struct request *request, uint32_t token)
{
    struct envoy_header *headers;
    size_t count;
    struct callout *callout = calloc(1, sizeof *callout);
    if (!callout)
        return PW_INTERNAL_FAILURE;
    enum pw_status status = map_parse(request->headers, &headers, &count);
    if (status == PW_OK) {
        if (start(vm, request, headers, count, &callout->id) != ENVOY_CALLOUT_STARTED)
            status = PW_BAD_ARGUMENT;
        free(headers);
    }
    if (status != PW_OK) {
        free(callout);
        return status;
    }
    struct callout **list = list_of(vm, vm->current);
    callout->token = token;
    callout->next = *list;
    *list = callout;
    return PW_OK;
}

enum pw_status host_http_call(struct vm *vm, const w2s_value *args)
{
    struct request request;
    enum pw_status status;
    uint32_t token = vm->last_token + 1;
    if (!read_request(vm, args, &request))
        return PW_INVALID_MEMORY_ACCESS;
    if (vm->current && !vm->current->filter)
        return PW_BAD_ARGUMENT;
    if (vm->current || pthread_equal(vm->thread, vm->config->main_thread))
        status = send(vm, &request, token);
    else
        status = errand_new(vm, &request, token) ? PW_OK : PW_INTERNAL_FAILURE;
    if (status != PW_OK)
        return status;
    vm->last_token = token;
    return guest_put_u32(vm, arg(args, 9), token) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

/* ---- the answer ---- */

/* Takes the callout out of the list; false where it is not there: Envoy has failed it before
 * host_http_call came to know of it, which tells the guest so itself. */
static bool take(struct callout **list, uint64_t id, uint32_t *token)
{
    while (*list && (*list)->id != id)
        list = &(*list)->next;
    struct callout *callout = *list;
    if (!callout)
        return false;
    *list = callout->next;
    *token = callout->token;
    free(callout);
    return true;
}

bool callout_deliver(struct vm *vm, struct stream *stream, uint32_t token,
                     const struct answer *answer)
{
    size_t size = 0;
    for (size_t i = 0; i < answer->chunk_count; i++)
        size += answer->chunks[i].size;
    uint32_t args[] = {stream ? stream->id : ROOT_CONTEXT, token, (uint32_t)answer->header_count,
                       (uint32_t)size, 0};
    vm->answer = answer;
    bool ok = guest_call(vm, stream, GUEST_HTTP_CALL_RESPONSE, args, NULL);
    vm->answer = NULL;
    return ok;
}

/* A callout that failed has no headers and no body. */
void callout_done(struct vm *vm, struct stream *stream, uint64_t id, unsigned result,
                  const struct answer *answer)
{
    static const struct answer none = {NULL, 0, NULL, 0};
    uint32_t token;
    if (!take(list_of(vm, stream), id, &token))
        return;
    if (!callout_deliver(vm, stream, token, result == ENVOY_CALLOUT_ANSWERED ? answer : &none) &&
        stream)
        stream_fail(stream);
}
