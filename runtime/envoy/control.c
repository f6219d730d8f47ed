/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls that say what becomes of a stream: answer it, let it go on, close it. All of them are
 * done when the guest has returned (stream.c).
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

/* ---- answers of our own ---- */

void local_response_free(struct local_response *response)
{
    if (!response)
        return;
    free(response->body.p);
    free(response->details.p);
    free(response->map.p);
    free(response->headers);
    free(response);
}

static bool copy(struct bytes *to, struct envoy_bytes from)
{
    to->p = malloc(from.size + 1);
    to->n = from.size;
    if (to->p && from.size)
        memcpy(to->p, from.ptr, from.size);
    return to->p != NULL;
}

static struct local_response *local_response_new(uint32_t status, struct envoy_bytes details,
                                                 struct envoy_bytes body, struct envoy_bytes map,
                                                 enum pw_status *error)
{
    struct local_response *response = calloc(1, sizeof *response);
    *error = PW_INTERNAL_FAILURE;
    if (response)
        response->status = status;
    if (response && copy(&response->details, details) && copy(&response->body, body) &&
        copy(&response->map, map))
        *error = map_parse((struct envoy_bytes){response->map.p, response->map.n},
                           &response->headers, &response->header_count);
    if (*error == PW_OK)
        return response;
    local_response_free(response);
    return NULL;
}

/* The first answer counts. */
static void respond(struct stream *stream, struct local_response *response)
{
    if (stream->response || stream->answered) {
        local_response_free(response);
        return;
    }
    stream->response = response;
    stream_wait(stream);
}

enum pw_status host_send_local_response(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes details, body, map;
    enum pw_status status;
    if (!arg_bytes(vm, args, 1, &details) || !arg_bytes(vm, args, 3, &body) ||
        !arg_bytes(vm, args, 5, &map))
        return PW_INVALID_MEMORY_ACCESS;
    if (!vm->current || !vm->current->filter || arg(args, 0) < 200 || arg(args, 0) > 599)
        return PW_BAD_ARGUMENT;
    struct local_response *response = local_response_new(arg(args, 0), details, body, map, &status);
    if (response)
        respond(vm->current, response);
    return status;
}

/* Not through respond: a stream without a vm has nothing to wait for, and the guest is not in a
 * call when this is called. */
void stream_fail(struct stream *stream)
{
    static const char details[] = "wasm_fail_stream";
    if (stream->failed)
        return;
    stream->failed = true;
    if (!stream->filter || stream->answered)
        return;
    stream->answered = true;
    ENVOY(http_send_response)
    (stream->filter, 503, NULL, 0, (struct envoy_bytes){NULL, 0},
     (struct envoy_bytes){details, sizeof details - 1});
}

/* ---- going on ---- */

static enum pw_status go_on(struct vm *vm, enum direction direction)
{
    if (!vm->current || !vm->current->filter)
        return PW_BAD_ARGUMENT;
    vm->current->path[direction].goes_on = true;
    stream_wait(vm->current);
    return PW_OK;
}

enum pw_status host_continue_request(struct vm *vm, const w2s_value *args)
{
    (void)args;
    return go_on(vm, REQUEST);
}

enum pw_status host_continue_response(struct vm *vm, const w2s_value *args)
{
    (void)args;
    return go_on(vm, RESPONSE);
}

/* Types 2 and 3 are TCP's. */
enum pw_status host_continue_stream(struct vm *vm, const w2s_value *args)
{
    if (arg(args, 0) > RESPONSE)
        return arg(args, 0) <= 3 ? PW_UNIMPLEMENTED : PW_BAD_ARGUMENT;
    return go_on(vm, arg(args, 0) == 0 ? REQUEST : RESPONSE);
}

enum pw_status host_close_stream(struct vm *vm, const w2s_value *args)
{
    if (arg(args, 0) > RESPONSE)
        return arg(args, 0) <= 3 ? PW_UNIMPLEMENTED : PW_BAD_ARGUMENT;
    if (!vm->current || !vm->current->filter)
        return PW_BAD_ARGUMENT;
    vm->current->reset = true;
    stream_wait(vm->current);
    return PW_OK;
}

/* ---- routes ---- */

enum pw_status host_clear_route_cache(struct vm *vm, const w2s_value *args)
{
    (void)args;
    if (!vm->current || !vm->current->filter)
        return PW_BAD_ARGUMENT;
    ENVOY(http_clear_route_cache)(vm->current->filter);
    return PW_OK;
}

/* Envoy's own filter registers a handful of such functions; this one a module can have too. */
enum pw_status host_call_foreign_function(struct vm *vm, const w2s_value *args)
{
    static const char clear_route_cache[] = "clear_route_cache";
    struct envoy_bytes name;
    if (!arg_bytes(vm, args, 0, &name))
        return PW_INVALID_MEMORY_ACCESS;
    if (name.size != sizeof clear_route_cache - 1 ||
        memcmp(name.ptr, clear_route_cache, name.size) != 0)
        return PW_NOT_FOUND;
    enum pw_status status = host_clear_route_cache(vm, args);
    return status == PW_OK ? guest_return(vm, NULL, 0, arg(args, 4), arg(args, 5)) : status;
}
