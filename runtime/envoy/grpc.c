/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * gRPC calls and streams of the guest, on the HTTP streams that Envoy has for modules: a POST whose
 * body is messages, each behind five bytes of flags and length. Here is what the guest asks for;
 * what comes back is in grpc_answer.c. A stream's calls end with it; those of the root context are
 * for the main thread's alone, as Envoy has it.
 */
#include "runtime/envoy/envoy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWN_HEADERS = 7 };

struct grpc_request {
    struct envoy_bytes cluster, authority, service, method, metadata, message;
    uint32_t timeout; /* milliseconds; 0: none */
    bool is_unary;
};

/* ---- Envoy's functions, by whose call it is ---- */

static unsigned stream_start(const struct vm *vm, uint64_t *id, const struct grpc_request *request,
                             struct envoy_header *headers, size_t count, struct envoy_bytes body)
{
    if (vm->current)
        return ENVOY(http_filter_start_http_stream)(vm->current->filter, id, request->cluster,
                                                    headers, count, body, request->is_unary,
                                                    request->timeout);
    return ENVOY(http_filter_config_start_http_stream)(vm->config->envoy, id, request->cluster,
                                                       headers, count, body, request->is_unary,
                                                       request->timeout);
}

static bool stream_write(const struct vm *vm, uint64_t id, struct envoy_bytes bytes, bool end)
{
    return vm->current
               ? ENVOY(http_stream_send_data)(vm->current->filter, id, bytes, end)
               : ENVOY(http_filter_config_stream_send_data)(vm->config->envoy, id, bytes, end);
}

void grpc_reset(const struct vm *vm, const struct stream *stream, uint64_t id)
{
    if (!stream)
        ENVOY(http_filter_config_reset_http_stream)(vm->config->envoy, id);
    else if (stream->filter)
        ENVOY(http_filter_reset_http_stream)(stream->filter, id);
}

/* ---- calls ---- */

void grpc_free(struct grpc_call **list)
{
    while (*list) {
        struct grpc_call *call = *list;
        *list = call->next;
        free(call->input.p);
        free(call->message.p);
        free(call);
    }
}

struct grpc_call **grpc_calls(struct vm *vm, struct stream *stream)
{
    return stream ? &stream->grpc_calls : &vm->grpc_calls;
}

/* Where the call with that token is linked, of those of the context in effect. */
static struct grpc_call **call_find(struct vm *vm, uint32_t token)
{
    struct grpc_call **link = grpc_calls(vm, vm->current);
    while (*link && (*link)->token != token)
        link = &(*link)->next;
    return link;
}

static void call_remove(struct grpc_call **link)
{
    struct grpc_call *call = *link;
    *link = call->next;
    call->next = NULL;
    grpc_free(&call);
}

/* ---- the service: a message GrpcService of Envoy's, or the name of a cluster ---- */

static bool varint(struct envoy_bytes *rest, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; rest->size > 0 && shift < 64; shift += 7) {
        uint8_t byte = (uint8_t)*rest->ptr++;
        rest->size--;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Takes a field off a protobuf message; *bytes are those of one that has a length. */
static bool field(struct envoy_bytes *rest, uint64_t *number, struct envoy_bytes *bytes)
{
    uint64_t tag, size;
    *bytes = (struct envoy_bytes){NULL, 0};
    if (!varint(rest, &tag))
        return false;
    *number = tag >> 3;
    switch (tag & 7) {
    case 0: return varint(rest, &size);
    case 1: size = 8; break;
    case 2:
        if (!varint(rest, &size))
            return false;
        break;
    case 5: size = 4; break;
    default: return false;
    }
    if (size > rest->size)
        return false;
    if ((tag & 7) == 2)
        *bytes = (struct envoy_bytes){rest->ptr, (size_t)size};
    rest->ptr += size;
    rest->size -= (size_t)size;
    return true;
}

/* The last field of that number; false where there is none, or no protobuf message. */
static bool find_field(struct envoy_bytes message, uint64_t wanted, struct envoy_bytes *found)
{
    struct envoy_bytes bytes;
    uint64_t number;
    *found = (struct envoy_bytes){NULL, 0};
    while (message.size > 0) {
        if (!field(&message, &number, &bytes))
            return false;
        if (number == wanted && bytes.ptr)
            *found = bytes;
    }
    return found->ptr != NULL;
}

/* GrpcService.envoy_grpc is field 1; in it 1 is the cluster's name and 2 the authority. */
static void read_service(struct envoy_bytes service, struct grpc_request *request)
{
    struct envoy_bytes envoy_grpc;
    if (!find_field(service, 1, &envoy_grpc) || !find_field(envoy_grpc, 1, &request->cluster)) {
        request->cluster = request->authority = service;
        return;
    }
    if (!find_field(envoy_grpc, 2, &request->authority))
        request->authority = request->cluster;
}

/* ---- starting ---- */

static struct envoy_header header(const char *key, struct envoy_bytes value)
{
    return (struct envoy_header){key, strlen(key), value.ptr, value.size};
}

static struct envoy_bytes text(const char *literal)
{
    return (struct envoy_bytes){literal, strlen(literal)};
}

/* Five bytes, then the message; to be freed. */
static char *frame(struct envoy_bytes message)
{
    char *bytes = malloc(GRPC_PREFIX + message.size);
    if (!bytes || message.size > UINT32_MAX) {
        free(bytes);
        return NULL;
    }
    bytes[0] = 0; /* not compressed */
    for (unsigned i = 0; i < 4; i++)
        bytes[1 + i] = (char)(message.size >> (24 - 8 * i));
    if (message.size > 0)
        memcpy(bytes + GRPC_PREFIX, message.ptr, message.size);
    return bytes;
}

/* The request's headers and the metadata; *path, which they point into, and they are to be freed.
 */
static enum pw_status make_headers(const struct grpc_request *request, char timeout[16],
                                   char **path, struct envoy_header **headers, size_t *count)
{
    struct envoy_header *metadata;
    size_t n = 0, room = request->service.size + request->method.size + 3;
    enum pw_status status = map_parse(request->metadata, &metadata, count);
    if (status != PW_OK)
        return status;
    *headers = calloc(*count + OWN_HEADERS, sizeof **headers);
    *path = malloc(room);
    if (!*headers || !*path) {
        free(metadata);
        return PW_INTERNAL_FAILURE;
    }
    snprintf(*path, room, "/%.*s/%.*s", (int)request->service.size, request->service.ptr,
             (int)request->method.size, request->method.ptr);
    (*headers)[n++] = header(":method", text("POST"));
    (*headers)[n++] = header(":scheme", text("http"));
    (*headers)[n++] = header(":path", text(*path));
    (*headers)[n++] = header(":authority", request->authority);
    (*headers)[n++] = header("te", text("trailers"));
    (*headers)[n++] = header("content-type", text("application/grpc"));
    snprintf(timeout, 16, request->timeout < 100000000 ? "%um" : "99999999m", request->timeout);
    if (request->timeout)
        (*headers)[n++] = header("grpc-timeout", text(timeout));
    for (size_t i = 0; i < *count; i++)
        (*headers)[n++] = metadata[i];
    free(metadata);
    *count = n;
    return PW_OK;
}

/* The call is linked before: Envoy may answer before it returns. */
static enum pw_status send(struct vm *vm, const struct grpc_request *request,
                           struct grpc_call *call, struct envoy_header *headers, size_t count)
{
    struct envoy_bytes body = {NULL, 0};
    if (request->is_unary) {
        body = (struct envoy_bytes){frame(request->message), GRPC_PREFIX + request->message.size};
        if (!body.ptr)
            return PW_INTERNAL_FAILURE;
    }
    unsigned result = stream_start(vm, &call->id, request, headers, count, body);
    free((char *)(uintptr_t)body.ptr);
    if (result == ENVOY_CALLOUT_NO_CLUSTER)
        return PW_PARSE_FAILURE; /* so says Envoy's own */
    return result == ENVOY_CALLOUT_STARTED ? PW_OK : PW_INTERNAL_FAILURE;
}

static struct grpc_call *call_new(struct vm *vm, const struct grpc_request *request)
{
    struct grpc_call *call = calloc(1, sizeof *call), **list = grpc_calls(vm, vm->current);
    if (!call)
        return NULL;
    call->token = ++vm->last_token;
    call->context = vm->current ? vm->current->id : ROOT_CONTEXT;
    call->is_unary = request->is_unary;
    call->next = *list;
    return *list = call;
}

/* What Envoy answered at once is told when the guest has returned. */
static enum pw_status start(struct vm *vm, const struct grpc_request *request, uint32_t token_at)
{
    struct envoy_header *headers = NULL;
    char *path = NULL, timeout[16];
    size_t count;
    if (vm->current ? !vm->current->filter : !pthread_equal(vm->thread, vm->config->main_thread))
        return vm->current ? PW_BAD_ARGUMENT : PW_UNIMPLEMENTED;
    struct grpc_call *call = call_new(vm, request);
    if (!call)
        return PW_INTERNAL_FAILURE;
    uint32_t token = call->token;
    enum pw_status status = make_headers(request, timeout, &path, &headers, &count);
    if (status == PW_OK)
        status = send(vm, request, call, headers, count);
    free(headers);
    free(path);
    struct grpc_call **link = call_find(vm, token);
    if (status != PW_OK && *link)
        call_remove(link);
    if (status != PW_OK)
        return status;
    return guest_put_u32(vm, token_at, token) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

/* ---- host calls ---- */

static bool read_request(const struct vm *vm, const w2s_value *args, struct grpc_request *request)
{
    struct envoy_bytes service;
    if (!arg_bytes(vm, args, 0, &service) || !arg_bytes(vm, args, 2, &request->service) ||
        !arg_bytes(vm, args, 4, &request->method) || !arg_bytes(vm, args, 6, &request->metadata))
        return false;
    read_service(service, request);
    return true;
}

enum pw_status host_grpc_call(struct vm *vm, const w2s_value *args)
{
    struct grpc_request request = {.is_unary = true, .timeout = arg(args, 10)};
    if (!read_request(vm, args, &request) || !arg_bytes(vm, args, 8, &request.message))
        return PW_INVALID_MEMORY_ACCESS;
    return start(vm, &request, arg(args, 11));
}

enum pw_status host_grpc_stream(struct vm *vm, const w2s_value *args)
{
    struct grpc_request request = {.is_unary = false};
    if (!read_request(vm, args, &request))
        return PW_INVALID_MEMORY_ACCESS;
    return start(vm, &request, arg(args, 8));
}

enum pw_status host_grpc_send(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes message;
    if (!arg_bytes(vm, args, 1, &message))
        return PW_INVALID_MEMORY_ACCESS;
    const struct grpc_call *call = *call_find(vm, arg(args, 0));
    if (!call)
        return PW_NOT_FOUND;
    if (call->is_unary)
        return PW_BAD_ARGUMENT;
    char *bytes = frame(message);
    if (!bytes)
        return PW_INTERNAL_FAILURE;
    bool ok = stream_write(vm, call->id, (struct envoy_bytes){bytes, GRPC_PREFIX + message.size},
                           arg(args, 3) != 0);
    free(bytes);
    return ok ? PW_OK : PW_INTERNAL_FAILURE;
}

enum pw_status host_grpc_cancel(struct vm *vm, const w2s_value *args)
{
    struct grpc_call **link = call_find(vm, arg(args, 0));
    if (!*link)
        return PW_NOT_FOUND;
    uint64_t id = (*link)->id;
    call_remove(link); /* first: the reset is no answer */
    grpc_reset(vm, vm->current, id);
    return PW_OK;
}

/* Closes a stream from this side; a call has no more to say and is cancelled. */
enum pw_status host_grpc_close(struct vm *vm, const w2s_value *args)
{
    const struct grpc_call *call = *call_find(vm, arg(args, 0));
    if (!call)
        return PW_NOT_FOUND;
    if (call->is_unary)
        return host_grpc_cancel(vm, args);
    return stream_write(vm, call->id, (struct envoy_bytes){NULL, 0}, true) ? PW_OK
                                                                           : PW_INTERNAL_FAILURE;
}

/* Of the call that ended last. */
enum pw_status host_get_status(struct vm *vm, const w2s_value *args)
{
    if (!guest_put_u32(vm, arg(args, 0), vm->grpc_status))
        return PW_INVALID_MEMORY_ACCESS;
    return guest_return(vm, vm->grpc_message.p, vm->grpc_message.n, arg(args, 1), arg(args, 2));
}
