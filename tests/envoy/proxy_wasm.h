/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * proxy_wasm.h: proxy-wasm ABI 0.2.1 for a guest in C without a library: the host calls that
 * guest.c makes, and its memory.
 */
#ifndef PROXY_WASM_H
#define PROXY_WASM_H

#include <stddef.h>
#include <stdint.h>

#define CALL(name)   __attribute__((import_module("env"), import_name("proxy_" #name))) int name
#define WASI(name)   __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))

enum { OK, NOT_FOUND, BAD_ARGUMENT, EMPTY = 7, CAS_MISMATCH = 8, UNIMPLEMENTED = 12 };
enum { CONTINUE, PAUSE };
enum {
    REQUEST_HEADERS,
    REQUEST_TRAILERS,
    RESPONSE_HEADERS,
    INITIAL_METADATA = 4,
    TRAILING_METADATA,
    CALL_HEADERS
};
enum {
    REQUEST_BODY,
    RESPONSE_BODY,
    CALL_BODY = 4,
    GRPC_MESSAGE,
    VM_CONFIGURATION = 6,
    PLUGIN_CONFIGURATION
};
enum { COUNTER, GAUGE, HISTOGRAM };

CALL(log)(int level, const char *text, size_t size);
CALL(get_log_level)(int *level);
CALL(get_current_time_nanoseconds)(uint64_t *time);
CALL(set_tick_period_milliseconds)(unsigned period);
CALL(set_effective_context)(unsigned context);
CALL(get_buffer_bytes)(int type, size_t start, size_t max, char **bytes, size_t *size);
CALL(get_buffer_status)(int type, size_t *size, unsigned *flags);
CALL(set_buffer_bytes)(int type, size_t start, size_t max, const char *bytes, size_t size);
CALL(get_header_map_pairs)(int type, char **bytes, size_t *size);
CALL(get_header_map_size)(int type, size_t *size);
CALL(set_header_map_pairs)(int type, const char *bytes, size_t size);
CALL(get_header_map_value)(int type, const char *key, size_t n, char **value, size_t *size);
CALL(add_header_map_value)(int type, const char *key, size_t n, const char *value, size_t size);
CALL(replace_header_map_value)(int type, const char *key, size_t n, const char *value, size_t size);
CALL(remove_header_map_value)(int type, const char *key, size_t n);
CALL(continue_stream)(int type);
CALL(close_stream)(int type);
CALL(send_local_response)(int status, const char *details, size_t details_size, const char *body,
                          size_t body_size, const char *headers, size_t headers_size, int grpc);
CALL(call_foreign_function)(const char *name, size_t n, const char *arg, size_t arg_size,
                            char **result, size_t *size);
CALL(get_property)(const char *path, size_t n, char **value, size_t *size);
CALL(set_property)(const char *path, size_t n, const char *value, size_t size);
CALL(define_metric)(int type, const char *name, size_t n, unsigned *id);
CALL(increment_metric)(unsigned id, int64_t by);
CALL(record_metric)(unsigned id, int64_t value);
CALL(get_metric)(unsigned id, uint64_t *value);
CALL(get_shared_data)(const char *key, size_t n, char **value, size_t *size, unsigned *cas);
CALL(set_shared_data)(const char *key, size_t n, const char *value, size_t size, unsigned cas);
CALL(register_shared_queue)(const char *name, size_t n, unsigned *id);
CALL(resolve_shared_queue)(const char *vm, size_t vm_n, const char *name, size_t n, unsigned *id);
CALL(enqueue_shared_queue)(unsigned id, const char *bytes, size_t size);
CALL(dequeue_shared_queue)(unsigned id, char **bytes, size_t *size);
CALL(http_call)(const char *cluster, size_t n, const char *headers, size_t headers_size,
                const char *body, size_t body_size, const char *trailers, size_t trailers_size,
                unsigned timeout, unsigned *token);
CALL(grpc_call)(const char *service, size_t n, const char *name, size_t name_size,
                const char *method, size_t method_size, const char *metadata, size_t metadata_size,
                const char *message, size_t size, unsigned timeout, unsigned *token);
CALL(grpc_stream)(const char *service, size_t n, const char *name, size_t name_size,
                  const char *method, size_t method_size, const char *metadata,
                  size_t metadata_size, unsigned *token);
CALL(grpc_send)(unsigned token, const char *message, size_t size, int end);
CALL(grpc_cancel)(unsigned token);
CALL(grpc_close)(unsigned token);
CALL(get_status)(unsigned *status, char **message, size_t *size);

struct iovec {
    const char *bytes;
    size_t size;
};
WASI(fd_write) int fd_write(int fd, const struct iovec *list, size_t count, size_t *written);
WASI(random_get) int random_get(void *bytes, size_t size);

#endif
