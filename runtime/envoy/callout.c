/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * HTTP callouts: requests that the guest sends to a cluster, and their answers. A stream's are sent
 * for its filter and end with it; the root context's are sent for the configuration, which Envoy
 * allows to the main thread alone.
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

struct request {
    struct envoy_bytes cluster, headers, body, trailers;
};

static bool read_request(const struct vm *vm, const w2s_value *args, struct request *request)
{
    return arg_bytes(vm, args, 0, &request->cluster) && arg_bytes(vm, args, 2, &request->headers) &&
           arg_bytes(vm, args, 4, &request->body) && arg_bytes(vm, args, 6, &request->trailers);
}

/* Trailers are not sent: Envoy has no way for them here. */
static enum pw_status send(struct vm *vm, const struct request *request, uint32_t timeout,
                           struct callout *callout)
{
    struct envoy_header *headers;
    size_t count;
    struct stream *stream = vm->current;
    enum pw_status status = map_parse(request->headers, &headers, &count);
    if (status != PW_OK)
        return status;
    unsigned result =
        stream ? ENVOY(http_filter_http_callout)(stream->filter, &callout->id, request->cluster,
                                                 headers, count, request->body, timeout)
               : ENVOY(http_filter_config_http_callout)(vm->config->envoy, &callout->id,
                                                        request->cluster, headers, count,
                                                        request->body, timeout);
    free(headers);
    return result == ENVOY_CALLOUT_STARTED ? PW_OK : PW_BAD_ARGUMENT;
}

static bool may_ask(const struct vm *vm)
{
    return vm->current ? vm->current->filter != NULL
                       : pthread_equal(vm->thread, vm->config->main_thread);
}

enum pw_status host_http_call(struct vm *vm, const w2s_value *args)
{
    struct request request;
    if (!read_request(vm, args, &request))
        return PW_INVALID_MEMORY_ACCESS;
    if (!may_ask(vm))
        return PW_UNIMPLEMENTED;
    struct callout *callout = calloc(1, sizeof *callout);
    if (!callout)
        return PW_INTERNAL_FAILURE;
    enum pw_status status = send(vm, &request, arg(args, 8), callout);
    if (status != PW_OK) {
        free(callout);
        return status;
    }
    struct callout **list = list_of(vm, vm->current);
    callout->token = ++vm->last_token;
    callout->next = *list;
    *list = callout;
    return guest_put_u32(vm, arg(args, 9), callout->token) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
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

/* A callout that failed has no headers and no body. */
void callout_done(struct vm *vm, struct stream *stream, uint64_t id, unsigned result,
                  const struct answer *answer)
{
    static const struct answer none = {NULL, 0, NULL, 0};
    uint32_t token;
    size_t size = 0;
    if (!take(list_of(vm, stream), id, &token))
        return;
    vm->answer = result == ENVOY_CALLOUT_ANSWERED ? answer : &none;
    for (size_t i = 0; i < vm->answer->chunk_count; i++)
        size += vm->answer->chunks[i].size;
    uint32_t args[] = {stream ? stream->id : ROOT_CONTEXT, token,
                       (uint32_t)vm->answer->header_count, (uint32_t)size, 0};
    bool ok = guest_call(vm, stream, GUEST_HTTP_CALL_RESPONSE, args, NULL);
    vm->answer = NULL;
    if (!ok && stream)
        stream_fail(stream);
}
