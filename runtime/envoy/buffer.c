/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls about buffers: bodies of the request and the response, the body of an answer to a
 * callout, messages of gRPC, and configurations. While the guest has Envoy buffer a body, it sees
 * what is buffered and what has just been received as one.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

enum buffer_type {
    BUFFER_REQUEST_BODY = 0,
    BUFFER_RESPONSE_BODY = 1,
    BUFFER_CALL_BODY = 4,
    BUFFER_VM_CONFIGURATION = 6,
    BUFFER_PLUGIN_CONFIGURATION = 7
};

/* ---- bodies ---- */

/* The one or two bodies of Envoy that the guest's is made of. */
struct view {
    unsigned bodies[2], count;
};

static bool received_is_buffered(const struct stream *stream, enum direction direction)
{
    return direction == REQUEST ? ENVOY(http_received_buffered_request_body)(stream->filter)
                                : ENVOY(http_received_buffered_response_body)(stream->filter);
}

static struct view view_of(const struct stream *stream, enum direction direction)
{
    unsigned received =
        direction == REQUEST ? ENVOY_RECEIVED_REQUEST_BODY : ENVOY_RECEIVED_RESPONSE_BODY;
    unsigned buffered =
        direction == REQUEST ? ENVOY_BUFFERED_REQUEST_BODY : ENVOY_BUFFERED_RESPONSE_BODY;
    if (!stream->path[direction].in_body)
        return (struct view){{buffered}, 1};
    if (stream->path[direction].buffers && !received_is_buffered(stream, direction))
        return (struct view){{buffered, received}, 2};
    return (struct view){{received}, 1};
}

size_t body_size(const struct stream *stream, enum direction direction)
{
    struct view view = view_of(stream, direction);
    size_t size = 0;
    for (unsigned i = 0; i < view.count; i++)
        size += ENVOY(http_get_body_size)(stream->filter, view.bodies[i]);
    return size;
}

/* Appends at most room bytes of chunks, from offset on, to `to`. Both go down as they are used. */
static char *copy_chunks(const struct envoy_bytes *chunks, size_t count, size_t *offset,
                         size_t *room, char *to)
{
    for (size_t i = 0; i < count; i++) {
        size_t skip = *offset < chunks[i].size ? *offset : chunks[i].size;
        size_t size = chunks[i].size - skip < *room ? chunks[i].size - skip : *room;
        if (size > 0)
            memcpy(to, chunks[i].ptr + skip, size);
        *offset -= skip;
        *room -= size;
        to += size;
    }
    return to;
}

/* size bytes of the body from offset on, all of them there. */
static bool body_copy(const struct stream *stream, enum direction direction, size_t offset,
                      size_t size, char *to)
{
    struct view view = view_of(stream, direction);
    for (unsigned i = 0; i < view.count && size > 0; i++) {
        size_t count = ENVOY(http_get_body_chunks_size)(stream->filter, view.bodies[i]);
        struct envoy_bytes *chunks = calloc(count + 1, sizeof *chunks);
        if (!chunks)
            return false;
        if (ENVOY(http_get_body_chunks)(stream->filter, view.bodies[i], chunks))
            to = copy_chunks(chunks, count, &offset, &size, to);
        free(chunks);
    }
    return size == 0;
}

/* ---- buffers ---- */

struct buffer {
    size_t size;
    const char *bytes; /* or, if NULL, ... */
    enum direction body;
    const struct answer *answer;
};

static bool answer_buffer(const struct vm *vm, struct buffer *buffer)
{
    buffer->answer = vm->answer;
    for (size_t i = 0; vm->answer && i < vm->answer->chunk_count; i++)
        buffer->size += vm->answer->chunks[i].size;
    return vm->answer != NULL;
}

static bool find_buffer(const struct vm *vm, uint32_t type, struct buffer *buffer)
{
    *buffer = (struct buffer){.bytes = NULL};
    switch (type) {
    case BUFFER_REQUEST_BODY:
    case BUFFER_RESPONSE_BODY:
        if (!vm->current || !vm->current->filter)
            return false;
        buffer->body = type == BUFFER_REQUEST_BODY ? REQUEST : RESPONSE;
        buffer->size = body_size(vm->current, buffer->body);
        return true;
    case BUFFER_CALL_BODY: return answer_buffer(vm, buffer);
    case PW_BUFFER_GRPC_RECEIVED:
        if (vm->grpc) {
            buffer->bytes = vm->grpc->message.ptr;
            buffer->size = vm->grpc->message.size;
        }
        return buffer->bytes != NULL;
    case BUFFER_VM_CONFIGURATION:
        buffer->bytes = vm_configuration();
        buffer->size = strlen(buffer->bytes);
        return true;
    case BUFFER_PLUGIN_CONFIGURATION:
        buffer->bytes = vm->config->text.p;
        buffer->size = vm->config->text.n;
        return true;
    default: return false;
    }
}

static bool buffer_copy(const struct vm *vm, const struct buffer *buffer, size_t offset,
                        size_t size, char *to)
{
    if (buffer->bytes)
        memcpy(to, buffer->bytes + offset, size);
    else if (buffer->answer)
        copy_chunks(buffer->answer->chunks, buffer->answer->chunk_count, &offset, &size, to);
    else
        return body_copy(vm->current, buffer->body, offset, size, to);
    return true;
}

/* As much as there is of size bytes from offset on. */
static enum pw_status buffer_return(struct vm *vm, const struct buffer *buffer, uint32_t offset,
                                    uint32_t size, uint32_t address_at, uint32_t size_at)
{
    char *room;
    size_t left = offset < buffer->size ? buffer->size - offset : 0;
    size_t n = size < left ? size : left;
    enum pw_status status = guest_return_room(vm, n, address_at, size_at, &room);
    if (status == PW_OK && n > 0 && !buffer_copy(vm, buffer, offset, n, room))
        return PW_INTERNAL_FAILURE;
    return status;
}

enum pw_status host_get_buffer_bytes(struct vm *vm, const w2s_value *args)
{
    struct buffer buffer;
    if (!find_buffer(vm, arg(args, 0), &buffer))
        return PW_NOT_FOUND;
    return buffer_return(vm, &buffer, arg(args, 1), arg(args, 2), arg(args, 3), arg(args, 4));
}

enum pw_status host_get_buffer_status(struct vm *vm, const w2s_value *args)
{
    struct buffer buffer;
    if (!find_buffer(vm, arg(args, 0), &buffer))
        return PW_NOT_FOUND;
    return guest_put_u32(vm, arg(args, 1), (uint32_t)buffer.size) &&
                   guest_put_u32(vm, arg(args, 2), 0)
               ? PW_OK
               : PW_INVALID_MEMORY_ACCESS;
}

/* ABI 0.1.0. */
enum pw_status host_get_configuration(struct vm *vm, const w2s_value *args)
{
    struct buffer buffer;
    find_buffer(vm, BUFFER_PLUGIN_CONFIGURATION, &buffer);
    return buffer_return(vm, &buffer, 0, UINT32_MAX, arg(args, 0), arg(args, 1));
}

/* ---- changing a body ---- */

/* All of it goes, and the new one comes where the old one ended. */
static bool body_replace(struct stream *stream, enum direction direction, struct envoy_bytes with)
{
    struct view view = view_of(stream, direction);
    for (unsigned i = 0; i < view.count; i++)
        ENVOY(http_drain_body)
    (stream->filter, view.bodies[i], ENVOY(http_get_body_size)(stream->filter, view.bodies[i]));
    return with.size == 0 ||
           ENVOY(http_append_body)(stream->filter, view.bodies[view.count - 1], with);
}

/* size bytes from offset on become `with`. */
static enum pw_status body_splice(struct stream *stream, enum direction direction, size_t offset,
                                  size_t size, struct envoy_bytes with)
{
    size_t old = body_size(stream, direction);
    offset = offset < old ? offset : old;
    size = size < old - offset ? size : old - offset;
    char *all = malloc(old - size + with.size + 1);
    size_t tail = old - offset - size;
    bool ok = all && body_copy(stream, direction, 0, offset, all) &&
              body_copy(stream, direction, offset + size, tail, all + offset + with.size);
    if (ok && with.size)
        memcpy(all + offset, with.ptr, with.size);
    ok =
        ok && body_replace(stream, direction, (struct envoy_bytes){all, offset + with.size + tail});
    free(all);
    return ok ? PW_OK : PW_INTERNAL_FAILURE;
}

enum pw_status host_set_buffer_bytes(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes with;
    uint32_t type = arg(args, 0);
    if (!arg_bytes(vm, args, 3, &with))
        return PW_INVALID_MEMORY_ACCESS;
    if (type > BUFFER_RESPONSE_BODY || !vm->current || !vm->current->filter)
        return PW_BAD_ARGUMENT;
    return body_splice(vm->current, type == BUFFER_REQUEST_BODY ? REQUEST : RESPONSE, arg(args, 1),
                       arg(args, 2), with);
}
