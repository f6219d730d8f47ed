/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What Envoy calls for a stream.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

/* ---- the beginning and the end ---- */

struct stream *HOOK(http_filter_new)(struct config *config, void *filter)
{
    return stream_new(config, filter);
}

void HOOK(http_filter_destroy)(struct stream *stream)
{
    stream_end(stream);
}

void HOOK(http_filter_stream_complete)(void *filter, struct stream *stream)
{
    stream_enter(stream, filter);
    stream_done(stream);
    stream_leave(stream);
}

/* ---- headers, bodies, trailers ---- */

/* The context, with the request's headers; without a guest the stream fails. */
static void create(struct stream *stream)
{
    uint32_t args[] = {stream->id, ROOT_CONTEXT};
    if (!stream->vm || !guest_call(stream->vm, stream, GUEST_CONTEXT_CREATE, args, NULL))
        stream_fail(stream);
    else
        stream->created = true;
}

static unsigned run(struct stream *stream, enum direction direction, enum hook_kind kind,
                    size_t count, bool end)
{
    static const enum guest_function functions[2][3] = {
        {GUEST_REQUEST_HEADERS, GUEST_REQUEST_BODY, GUEST_REQUEST_TRAILERS},
        {GUEST_RESPONSE_HEADERS, GUEST_RESPONSE_BODY, GUEST_RESPONSE_TRAILERS},
    };
    uint32_t args[] = {stream->id, (uint32_t)count, end}, action = 0;
    stream->path[direction].in_hook = true;
    if (stream->created && !stream->failed &&
        !guest_call(stream->vm, stream, functions[direction][kind], args, &action))
        stream_fail(stream);
    return stream_leave_path(stream, direction, kind, action);
}

static size_t body_view_size(struct stream *stream, enum direction direction)
{
    stream->path[direction].in_body = true;
    return body_size(stream, direction);
}

unsigned HOOK(http_filter_request_headers)(void *filter, struct stream *stream, bool end)
{
    stream_enter(stream, filter);
    if (!stream->created && !stream->failed)
        create(stream);
    return run(stream, REQUEST, HOOK_HEADERS,
               ENVOY(http_get_headers_size)(filter, ENVOY_REQUEST_HEADERS), end);
}

unsigned HOOK(http_filter_request_body)(void *filter, struct stream *stream, bool end)
{
    stream_enter(stream, filter);
    return run(stream, REQUEST, HOOK_BODY, body_view_size(stream, REQUEST), end);
}

unsigned HOOK(http_filter_request_trailers)(void *filter, struct stream *stream)
{
    stream_enter(stream, filter);
    return run(stream, REQUEST, HOOK_TRAILERS,
               ENVOY(http_get_headers_size)(filter, ENVOY_REQUEST_TRAILERS), true);
}

unsigned HOOK(http_filter_response_headers)(void *filter, struct stream *stream, bool end)
{
    stream_enter(stream, filter);
    return run(stream, RESPONSE, HOOK_HEADERS,
               ENVOY(http_get_headers_size)(filter, ENVOY_RESPONSE_HEADERS), end);
}

unsigned HOOK(http_filter_response_body)(void *filter, struct stream *stream, bool end)
{
    stream_enter(stream, filter);
    return run(stream, RESPONSE, HOOK_BODY, body_view_size(stream, RESPONSE), end);
}

unsigned HOOK(http_filter_response_trailers)(void *filter, struct stream *stream)
{
    stream_enter(stream, filter);
    return run(stream, RESPONSE, HOOK_TRAILERS,
               ENVOY(http_get_headers_size)(filter, ENVOY_RESPONSE_TRAILERS), true);
}

/* ---- the others ---- */

void HOOK(http_filter_http_callout_done)(void *filter, struct stream *stream, uint64_t id,
                                         unsigned result, struct envoy_header *headers,
                                         size_t header_count, struct envoy_bytes *chunks,
                                         size_t chunk_count)
{
    stream_enter(stream, filter);
    if (stream->vm && !stream->failed)
        callout_done(stream->vm, stream, id, result,
                     &(struct answer){headers, header_count, chunks, chunk_count});
    stream_leave(stream);
}

unsigned HOOK(http_filter_local_reply)(void *filter, struct stream *stream, uint32_t status,
                                       struct envoy_bytes details, bool reset_imminent)
{
    (void)filter, (void)stream, (void)status, (void)details, (void)reset_imminent;
    return ENVOY_LOCAL_REPLY_CONTINUE;
}

void HOOK(http_filter_scheduled)(void *filter, struct stream *stream, uint64_t event)
{
    (void)filter, (void)stream, (void)event;
}

void HOOK(http_filter_downstream_above_write_buffer_high_watermark)(void *filter,
                                                                    struct stream *stream)
{
    (void)filter, (void)stream;
}

void HOOK(http_filter_downstream_below_write_buffer_low_watermark)(void *filter,
                                                                   struct stream *stream)
{
    (void)filter, (void)stream;
}
