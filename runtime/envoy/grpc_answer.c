/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What comes back of gRPC calls and streams (grpc.c): headers, messages in pieces, trailers with
 * the status. A stream's guest is told of each; a call's of its one message or, if it failed, of
 * its status. Envoy may answer while the guest is in a call of its own; the end is told when that
 * has returned (grpc_settle). Telling the guest may cancel the call, so it is looked up again
 * after.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_MESSAGE = 64 << 20 };

enum grpc_status {
    GRPC_OK = 0,
    GRPC_UNKNOWN = 2,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_UNAUTHENTICATED = 16
};

static struct grpc_call **find(struct vm *vm, struct stream *stream, uint64_t id)
{
    struct grpc_call **link = grpc_calls(vm, stream);
    while (*link && (*link)->id != id)
        link = &(*link)->next;
    return link;
}

/* ---- telling the guest ---- */

static void tell(struct vm *vm, struct stream *stream, const struct grpc_call *call,
                 enum guest_function which, uint32_t number, const struct grpc_news *news)
{
    uint32_t args[] = {call->context, call->token, number};
    vm->grpc = news;
    bool ok = guest_call(vm, stream, which, args, NULL);
    vm->grpc = NULL;
    if (!ok && stream)
        stream_fail(stream);
}

static void tell_end(struct vm *vm, struct stream *stream, struct grpc_call *call)
{
    free(vm->grpc_message.p);
    vm->grpc_message = call->message;
    vm->grpc_status = call->status;
    call->message.p = NULL;
    if (call->is_unary && call->status == GRPC_OK)
        tell(vm, stream, call, GUEST_GRPC_RECEIVE, (uint32_t)call->input.n - GRPC_PREFIX,
             &(struct grpc_news){
                 .message = {call->input.p + GRPC_PREFIX, call->input.n - GRPC_PREFIX}});
    else
        tell(vm, stream, call, GUEST_GRPC_CLOSE, call->status, &(struct grpc_news){.map = 0});
}

void grpc_settle(struct vm *vm)
{
    while (vm->depth == 0 && vm->grpc_ended) {
        struct grpc_call *call = vm->grpc_ended;
        struct stream *stream = vm_stream(vm, call->context);
        vm->grpc_ended = call->next;
        call->next = NULL;
        if (stream ? !stream->ended && !stream->failed : call->context == ROOT_CONTEXT)
            tell_end(vm, stream, call);
        grpc_free(&call);
    }
}

/* The call is over, with the status and (or NULL) the message, of which it becomes the owner. */
static void end_call(struct vm *vm, struct grpc_call **link, uint32_t status, struct bytes message)
{
    struct grpc_call *call = *link, **last = &vm->grpc_ended;
    *link = call->next;
    call->next = NULL;
    call->status = status;
    if (call->is_unary && status == GRPC_OK && !call->has_message)
        call->status = GRPC_INTERNAL; /* a call has one */
    call->message = message;
    while (*last)
        last = &(*last)->next;
    *last = call;
    grpc_settle(vm);
}

/* And Envoy's stream with it. */
static void end_and_reset(struct vm *vm, struct stream *stream, uint64_t id, uint32_t status,
                          struct bytes message)
{
    struct grpc_call **link = find(vm, stream, id);
    if (!*link) {
        free(message.p);
        return;
    }
    end_call(vm, link, status, message);
    grpc_reset(vm, stream, id); /* of which we are not told any more */
}

/* ---- headers and trailers ---- */

static const struct envoy_header *header_find(const struct envoy_header *headers, size_t count,
                                              const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (headers[i].key_size == strlen(key) &&
            strncasecmp(headers[i].key, key, headers[i].key_size) == 0)
            return &headers[i];
    return NULL;
}

/* A decimal number, or `otherwise`. */
static uint32_t header_number(const struct envoy_header *header, uint32_t otherwise)
{
    uint32_t number = 0;
    if (!header || header->value_size == 0 || header->value_size > 9)
        return otherwise;
    for (size_t i = 0; i < header->value_size; i++) {
        if (header->value[i] < '0' || header->value[i] > '9')
            return otherwise;
        number = number * 10 + (uint32_t)(header->value[i] - '0');
    }
    return number;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* grpc-message, with its %XX undone. */
static struct bytes status_message(const struct envoy_header *header)
{
    struct bytes text = {header ? malloc(header->value_size + 1) : NULL, 0};
    for (size_t i = 0; text.p && i < header->value_size; i++) {
        const char *at = header->value + i;
        bool is_escape = *at == '%' && header->value_size - i > 2 && hex_digit(at[1]) >= 0 &&
                         hex_digit(at[2]) >= 0;
        text.p[text.n++] = is_escape ? (char)(hex_digit(at[1]) * 16 + hex_digit(at[2])) : *at;
        i += is_escape ? 2 : 0;
    }
    return text;
}

/* What an answer means that is no gRPC's. */
static uint32_t status_of_http(uint32_t status)
{
    switch (status) {
    case 400: return GRPC_INTERNAL;
    case 401: return GRPC_UNAUTHENTICATED;
    case 403: return GRPC_PERMISSION_DENIED;
    case 404: return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504: return GRPC_UNAVAILABLE;
    default: return GRPC_UNKNOWN;
    }
}

/* A stream's metadata, if the guest can be told. */
static void tell_metadata(struct vm *vm, struct stream *stream, const struct grpc_call *call,
                          enum guest_function which, struct envoy_header *headers, size_t count)
{
    uint32_t map = which == GUEST_GRPC_INITIAL_METADATA ? PW_MAP_GRPC_INITIAL_METADATA
                                                        : PW_MAP_GRPC_TRAILING_METADATA;
    if (!call->is_unary && vm->depth == 0)
        tell(vm, stream, call, which, (uint32_t)count,
             &(struct grpc_news){.map = map, .headers = headers, .header_count = count});
}

void grpc_on_trailers(struct vm *vm, struct stream *stream, uint64_t id,
                      struct envoy_header *trailers, size_t count)
{
    const struct grpc_call *call = *find(vm, stream, id);
    if (!call)
        return;
    tell_metadata(vm, stream, call, GUEST_GRPC_TRAILING_METADATA, trailers, count);
    end_and_reset(vm, stream, id,
                  header_number(header_find(trailers, count, "grpc-status"), GRPC_UNKNOWN),
                  status_message(header_find(trailers, count, "grpc-message")));
}

/* Headers that end the answer are its trailers as well. */
void grpc_on_headers(struct vm *vm, struct stream *stream, uint64_t id,
                     struct envoy_header *headers, size_t count, bool end)
{
    uint32_t http = header_number(header_find(headers, count, ":status"), 0);
    const struct grpc_call *call = *find(vm, stream, id);
    if (!call)
        return;
    tell_metadata(vm, stream, call, GUEST_GRPC_INITIAL_METADATA, headers, end ? 0 : count);
    if (http != 200)
        end_and_reset(
            vm, stream, id,
            header_number(header_find(headers, count, "grpc-status"), status_of_http(http)),
            status_message(header_find(headers, count, "grpc-message")));
    else if (end)
        grpc_on_trailers(vm, stream, id, headers, count);
}

/* ---- messages ---- */

static bool append(struct bytes *to, const struct envoy_bytes *chunks, size_t count)
{
    size_t size = to->n;
    for (size_t i = 0; i < count; i++)
        size += chunks[i].size;
    char *p = realloc(to->p, size + 1);
    if (!p)
        return false;
    to->p = p;
    for (size_t i = 0; i < count; i++) {
        if (chunks[i].size > 0)
            memcpy(p + to->n, chunks[i].ptr, chunks[i].size);
        to->n += chunks[i].size;
    }
    return true;
}

/* The size of the message that the bytes begin with, without its prefix. */
static uint32_t message_size(const struct bytes *bytes)
{
    const uint8_t *p = (const uint8_t *)bytes->p + 1;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_whole(const struct bytes *bytes)
{
    return bytes->n >= GRPC_PREFIX && bytes->n - GRPC_PREFIX >= message_size(bytes);
}

/* GRPC_OK, or why it cannot be taken: compressed, or large. */
static uint32_t check_prefix(const struct bytes *bytes)
{
    if (bytes->n > 0 && bytes->p[0] != 0)
        return GRPC_INTERNAL;
    if (bytes->n >= GRPC_PREFIX && message_size(bytes) > MAX_MESSAGE)
        return GRPC_RESOURCE_EXHAUSTED;
    return GRPC_OK;
}

/* Takes the first message off the input and tells the guest, which may end the call. */
static void take_message(struct vm *vm, struct stream *stream, struct grpc_call *call)
{
    uint32_t size = message_size(&call->input);
    char *message = malloc((size_t)size + 1);
    if (!message)
        return;
    memcpy(message, call->input.p + GRPC_PREFIX, size);
    call->input.n -= GRPC_PREFIX + size;
    memmove(call->input.p, call->input.p + GRPC_PREFIX + size, call->input.n);
    tell(vm, stream, call, GUEST_GRPC_RECEIVE, size,
         &(struct grpc_news){.message = {message, size}});
    free(message);
}

/* A call's message stays where it is until the status comes; a second one is a mistake. */
static uint32_t take_messages(struct vm *vm, struct stream *stream, uint64_t id)
{
    struct grpc_call *call;
    uint32_t status = GRPC_OK;
    while ((call = *find(vm, stream, id)) && (status = check_prefix(&call->input)) == GRPC_OK &&
           is_whole(&call->input)) {
        if (call->is_unary) {
            call->has_message = true;
            return call->input.n == (size_t)message_size(&call->input) + GRPC_PREFIX
                       ? GRPC_OK
                       : GRPC_INTERNAL;
        }
        take_message(vm, stream, call);
    }
    return status;
}

void grpc_on_data(struct vm *vm, struct stream *stream, uint64_t id,
                  const struct envoy_bytes *chunks, size_t count, bool end)
{
    struct grpc_call *call = *find(vm, stream, id);
    if (!call)
        return;
    uint32_t status = GRPC_RESOURCE_EXHAUSTED;
    if (append(&call->input, chunks, count))
        status = vm->depth == 0 ? take_messages(vm, stream, id) : GRPC_INTERNAL;
    if (status != GRPC_OK)
        end_and_reset(vm, stream, id, status, (struct bytes){NULL, 0});
    else if (end)
        grpc_on_trailers(vm, stream, id, NULL, 0);
}

void grpc_on_end(struct vm *vm, struct stream *stream, uint64_t id, bool is_reset)
{
    struct grpc_call **link = find(vm, stream, id);
    if (*link)
        end_call(vm, link, is_reset ? GRPC_INTERNAL : GRPC_UNKNOWN, (struct bytes){NULL, 0});
}
