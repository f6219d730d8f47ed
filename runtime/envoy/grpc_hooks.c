/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What Envoy calls for the HTTP streams that gRPC goes over: of a stream's filter, and of a
 * configuration, for the root context of the main thread.
 */
#include "runtime/envoy/envoy.h"

/* The vm, between stream_enter and stream_leave; NULL: the guest is not told any more. */
static struct vm *enter(struct stream *stream, void *filter)
{
    stream_enter(stream, filter);
    return stream->failed ? NULL : stream->vm;
}

void HOOK(http_filter_http_stream_headers)(void *filter, struct stream *stream, uint64_t id,
                                           struct envoy_header *headers, size_t header_count,
                                           bool end)
{
    struct vm *vm = enter(stream, filter);
    if (vm)
        grpc_on_headers(vm, stream, id, headers, header_count, end);
    stream_leave(stream);
}

void HOOK(http_filter_http_stream_data)(void *filter, struct stream *stream, uint64_t id,
                                        const struct envoy_bytes *data, size_t count, bool end)
{
    struct vm *vm = enter(stream, filter);
    if (vm)
        grpc_on_data(vm, stream, id, data, count, end);
    stream_leave(stream);
}

void HOOK(http_filter_http_stream_trailers)(void *filter, struct stream *stream, uint64_t id,
                                            struct envoy_header *trailers, size_t trailer_count)
{
    struct vm *vm = enter(stream, filter);
    if (vm)
        grpc_on_trailers(vm, stream, id, trailers, trailer_count);
    stream_leave(stream);
}

static void ended(void *filter, struct stream *stream, uint64_t id, bool is_reset)
{
    struct vm *vm = enter(stream, filter);
    if (vm)
        grpc_on_end(vm, stream, id, is_reset);
    stream_leave(stream);
}

void HOOK(http_filter_http_stream_complete)(void *filter, struct stream *stream, uint64_t id)
{
    ended(filter, stream, id, false);
}

void HOOK(http_filter_http_stream_reset)(void *filter, struct stream *stream, uint64_t id,
                                         unsigned reason)
{
    (void)reason;
    ended(filter, stream, id, true);
}

/* ---- of a configuration ---- */

static void leave(struct vm *vm)
{
    vm_settle(vm);
    vm_release(vm);
}

void HOOK(http_filter_config_http_stream_headers)(void *envoy, struct config *config, uint64_t id,
                                                  struct envoy_header *headers, size_t header_count,
                                                  bool end_stream)
{
    (void)envoy;
    struct vm *vm = config_vm(config);
    if (!vm)
        return;
    grpc_on_headers(vm, NULL, id, headers, header_count, end_stream);
    leave(vm);
}

void HOOK(http_filter_config_http_stream_data)(void *envoy, struct config *config, uint64_t id,
                                               const struct envoy_bytes *data, size_t count,
                                               bool end_stream)
{
    (void)envoy;
    struct vm *vm = config_vm(config);
    if (!vm)
        return;
    grpc_on_data(vm, NULL, id, data, count, end_stream);
    leave(vm);
}

void HOOK(http_filter_config_http_stream_trailers)(void *envoy, struct config *config, uint64_t id,
                                                   struct envoy_header *trailers,
                                                   size_t trailer_count)
{
    (void)envoy;
    struct vm *vm = config_vm(config);
    if (!vm)
        return;
    grpc_on_trailers(vm, NULL, id, trailers, trailer_count);
    leave(vm);
}

static void config_end(struct config *config, uint64_t id, bool is_reset)
{
    struct vm *vm = config_vm(config);
    if (!vm)
        return;
    grpc_on_end(vm, NULL, id, is_reset);
    leave(vm);
}

void HOOK(http_filter_config_http_stream_complete)(void *envoy, struct config *config, uint64_t id)
{
    (void)envoy;
    config_end(config, id, false);
}

void HOOK(http_filter_config_http_stream_reset)(void *envoy, struct config *config, uint64_t id,
                                                unsigned reason)
{
    (void)envoy, (void)reason;
    config_end(config, id, true);
}
