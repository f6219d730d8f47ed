/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A stream: its context in the guest, and what waits for the guest to return. An answer of our own,
 * going on after a pause and a reset run other filters, and maybe this one again, so they are done
 * when no call of the guest is in progress; a stream that Envoy destroys meanwhile is freed when
 * the last of its hooks returns.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>

static void stream_free(struct stream *stream)
{
    local_response_free(stream->response);
    callouts_free(&stream->callouts);
    grpc_free(&stream->grpc_calls);
    free(stream);
}

/* ---- contexts ---- */

/* Numbers come again after 2^32 streams. */
static uint32_t next_id(struct vm *vm)
{
    do
        vm->last_id++;
    while (vm->last_id <= ROOT_CONTEXT || vm_stream(vm, vm->last_id));
    return vm->last_id;
}

struct stream *stream_new(struct config *config, void *filter)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->filter = filter;
    stream->vm = config_vm(config);
    if (stream->vm) {
        stream->id = next_id(stream->vm);
        struct stream **bucket = &stream->vm->streams[stream->id % STREAM_BUCKETS];
        stream->next = *bucket;
        *bucket = stream;
    }
    return stream;
}

void stream_done(struct stream *stream)
{
    uint32_t args[] = {stream->id};
    if (!stream->created || stream->done)
        return;
    stream->done = true;
    guest_call(stream->vm, stream, GUEST_DONE, args, NULL);
    guest_call(stream->vm, stream, GUEST_LOG, args, NULL);
}

static void unlink_from(struct vm *vm, struct stream *stream)
{
    struct stream **link = &vm->streams[stream->id % STREAM_BUCKETS];
    while (*link != stream)
        link = &(*link)->next;
    *link = stream->next;
    for (link = &vm->waiting; *link; link = &(*link)->next_waiting)
        if (*link == stream) {
            *link = stream->next_waiting;
            return;
        }
}

void stream_end(struct stream *stream)
{
    struct vm *vm = stream->vm;
    uint32_t args[] = {stream->id};
    stream->filter = NULL;
    stream->ended = true;
    if (vm) {
        stream->hooks++;
        stream_done(stream);
        if (stream->created)
            guest_call(vm, stream, GUEST_DELETE, args, NULL);
        vm_settle(vm);
        stream->hooks--;
        unlink_from(vm, stream);
        stream->vm = NULL;
        vm_release(vm);
    }
    if (stream->hooks == 0)
        stream_free(stream);
}

/* ---- what waits ---- */

void stream_wait(struct stream *stream)
{
    if (stream->waits)
        return;
    stream->waits = true;
    stream->next_waiting = stream->vm->waiting;
    stream->vm->waiting = stream;
}

static void answer(struct stream *stream)
{
    struct local_response *response = stream->response;
    stream->response = NULL;
    stream->answered = true;
    ENVOY(http_send_response)
    (stream->filter, response->status, response->headers, response->header_count,
     (struct envoy_bytes){response->body.p, response->body.n},
     (struct envoy_bytes){response->details.p, response->details.n});
    local_response_free(response);
}

static void reset(struct stream *stream)
{
    static const char details[] = "wasm_close_stream";
    stream->reset = false;
    stream->answered = true;
    ENVOY(http_filter_reset_stream)
    (stream->filter, ENVOY_RESET_LOCAL, (struct envoy_bytes){details, sizeof details - 1});
}

/* In a hook of its direction the hook's result says it. */
static void go_on(struct stream *stream, enum direction direction)
{
    if (!stream->filter || !stream->path[direction].goes_on || stream->path[direction].in_hook)
        return;
    stream->path[direction].goes_on = false;
    if (direction == REQUEST)
        ENVOY(http_filter_continue_decoding)(stream->filter);
    else
        ENVOY(http_filter_continue_encoding)(stream->filter);
}

static void act(struct stream *stream)
{
    stream->hooks++;
    if (stream->filter && stream->response && !stream->answered)
        answer(stream);
    if (stream->filter && stream->reset && !stream->answered)
        reset(stream);
    go_on(stream, REQUEST);
    go_on(stream, RESPONSE);
    if (--stream->hooks == 0 && stream->ended)
        stream_free(stream);
}

void vm_settle(struct vm *vm)
{
    grpc_settle(vm);
    while (vm->depth == 0 && vm->waiting) {
        struct stream *stream = vm->waiting;
        vm->waiting = stream->next_waiting;
        stream->waits = false;
        act(stream);
    }
}

/* ---- hooks ---- */

void stream_enter(struct stream *stream, void *filter)
{
    stream->filter = filter;
    stream->hooks++;
    if (stream->vm) {
        tick_if_due(stream->vm);
        errands_deliver(stream->vm);
    }
}

void stream_leave(struct stream *stream)
{
    struct vm *vm = stream->vm;
    if (vm) {
        vm->users++;
        vm_settle(vm);
        vm_release(vm);
    }
    if (--stream->hooks == 0 && stream->ended)
        stream_free(stream);
}

/* What Envoy's own filter for proxy-wasm makes of the guest's action: a pause of headers holds the
 * body back as well, one of a body has it buffered. */
static unsigned status_of(enum hook_kind kind, uint32_t action, bool stop)
{
    switch (kind) {
    case HOOK_HEADERS:
        if (stop || action == ENVOY_HEADERS_STOP || action > ENVOY_HEADERS_STOP_ALL_AND_WATERMARK)
            return ENVOY_HEADERS_STOP_ALL_AND_WATERMARK;
        return action;
    case HOOK_BODY:
        return stop || action > ENVOY_BODY_STOP_NO_BUFFER ? ENVOY_BODY_STOP_NO_BUFFER : action;
    case HOOK_TRAILERS: break;
    }
    return stop || action ? ENVOY_TRAILERS_STOP : ENVOY_TRAILERS_CONTINUE;
}

unsigned stream_leave_path(struct stream *stream, enum direction direction, enum hook_kind kind,
                           uint32_t action)
{
    bool answered = stream->answered;
    stream->hooks++; /* it is looked at after stream_leave */
    stream->path[direction].in_hook = stream->path[direction].in_body = false;
    if (stream->path[direction].goes_on)
        action = 0;
    stream->path[direction].goes_on = false;
    stream_leave(stream);
    bool stop = stream->ended || (stream->answered && !answered);
    unsigned status = status_of(kind, action, stop);
    if (kind == HOOK_BODY)
        stream->path[direction].buffers = status == ENVOY_BODY_STOP_AND_BUFFER;
    if (--stream->hooks == 0 && stream->ended)
        stream_free(stream);
    return status;
}
