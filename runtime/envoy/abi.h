/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * As much of Envoy's ABI for dynamic modules as the adapter uses, in our own words: the
 * functions that Envoy has for us, ENVOY(name), and those that it calls, HOOK(name). Values and
 * layouts are those of Envoy 1.39 and 1.40, whose ABI calls itself v0.1.0.
 *
 * `filter` is Envoy's object of a stream, `config` that of a filter configuration. Bytes that Envoy
 * hands out are valid until the hook returns or the thing is changed.
 */
#ifndef RUNTIME_ENVOY_ABI_H
#define RUNTIME_ENVOY_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENVOY_ABI_VERSION "v0.1.0"

#define ENVOY(name) envoy_dynamic_module_callback_##name
#define HOOK(name)  envoy_dynamic_module_on_##name

struct envoy_bytes {
    const char *ptr;
    size_t size;
};

struct envoy_header {
    const char *key;
    size_t key_size;
    const char *value;
    size_t value_size;
};

enum envoy_map {
    ENVOY_REQUEST_HEADERS,
    ENVOY_REQUEST_TRAILERS,
    ENVOY_RESPONSE_HEADERS,
    ENVOY_RESPONSE_TRAILERS
};

enum envoy_metadata {
    ENVOY_METADATA_DYNAMIC,
    ENVOY_METADATA_ROUTE,
    ENVOY_METADATA_CLUSTER,
    ENVOY_METADATA_HOST
};

enum envoy_body {
    ENVOY_RECEIVED_REQUEST_BODY,
    ENVOY_BUFFERED_REQUEST_BODY,
    ENVOY_RECEIVED_RESPONSE_BODY,
    ENVOY_BUFFERED_RESPONSE_BODY
};

/* What hooks of headers, bodies and trailers return. */
enum envoy_headers_status {
    ENVOY_HEADERS_CONTINUE,
    ENVOY_HEADERS_STOP,
    ENVOY_HEADERS_CONTINUE_NOT_END,
    ENVOY_HEADERS_STOP_ALL_AND_BUFFER,
    ENVOY_HEADERS_STOP_ALL_AND_WATERMARK
};
enum envoy_body_status {
    ENVOY_BODY_CONTINUE,
    ENVOY_BODY_STOP_AND_BUFFER,
    ENVOY_BODY_STOP_AND_WATERMARK,
    ENVOY_BODY_STOP_NO_BUFFER
};
enum envoy_trailers_status { ENVOY_TRAILERS_CONTINUE, ENVOY_TRAILERS_STOP };

enum envoy_log_level {
    ENVOY_LOG_TRACE,
    ENVOY_LOG_DEBUG,
    ENVOY_LOG_INFO,
    ENVOY_LOG_WARN,
    ENVOY_LOG_ERROR,
    ENVOY_LOG_CRITICAL,
    ENVOY_LOG_OFF
};

enum { ENVOY_CALLOUT_STARTED = 0, ENVOY_CALLOUT_NO_CLUSTER = 2 }; /* others: why not */
enum { ENVOY_CALLOUT_ANSWERED = 0 };                              /* else how it failed */
enum { ENVOY_METRIC_OK = 0 };                                     /* else why not */
enum { ENVOY_LOCAL_REPLY_CONTINUE = 0 };
enum { ENVOY_RESET_LOCAL = 0 };

/* ---- what Envoy has for us ---- */

void ENVOY(log)(unsigned level, struct envoy_bytes message);
bool ENVOY(log_enabled)(unsigned level);

size_t ENVOY(http_get_headers_size)(void *filter, unsigned map);
bool ENVOY(http_get_headers)(void *filter, unsigned map, struct envoy_header *headers);
/* index: of several values, whose number goes to count. */
bool ENVOY(http_get_header)(void *filter, unsigned map, struct envoy_bytes key,
                            struct envoy_bytes *value, size_t index, size_t *count);
bool ENVOY(http_add_header)(void *filter, unsigned map, struct envoy_bytes key,
                            struct envoy_bytes value);
/* Replaces all values; a value of NULL removes them. */
bool ENVOY(http_set_header)(void *filter, unsigned map, struct envoy_bytes key,
                            struct envoy_bytes value);

size_t ENVOY(http_get_body_size)(void *filter, unsigned body);
size_t ENVOY(http_get_body_chunks_size)(void *filter, unsigned body);
bool ENVOY(http_get_body_chunks)(void *filter, unsigned body, struct envoy_bytes *chunks);
bool ENVOY(http_append_body)(void *filter, unsigned body, struct envoy_bytes bytes);
bool ENVOY(http_drain_body)(void *filter, unsigned body, size_t size);
/* Another filter has buffered the body: what is received is what is buffered. */
bool ENVOY(http_received_buffered_request_body)(void *filter);
bool ENVOY(http_received_buffered_response_body)(void *filter);

void ENVOY(http_send_response)(void *filter, uint32_t status, struct envoy_header *headers,
                               size_t header_count, struct envoy_bytes body,
                               struct envoy_bytes details);
void ENVOY(http_filter_continue_decoding)(void *filter);
void ENVOY(http_filter_continue_encoding)(void *filter);
void ENVOY(http_filter_reset_stream)(void *filter, unsigned reason, struct envoy_bytes details);
void ENVOY(http_clear_route_cache)(void *filter);

bool ENVOY(http_filter_get_attribute_string)(void *filter, unsigned id, struct envoy_bytes *value);
bool ENVOY(http_filter_get_attribute_int)(void *filter, unsigned id, uint64_t *value);
bool ENVOY(http_filter_get_attribute_bool)(void *filter, unsigned id, bool *value);
bool ENVOY(http_get_filter_state_bytes)(void *filter, struct envoy_bytes key,
                                        struct envoy_bytes *value);
bool ENVOY(http_set_filter_state_bytes)(void *filter, struct envoy_bytes key,
                                        struct envoy_bytes value);

bool ENVOY(http_get_metadata_string)(void *filter, unsigned source, struct envoy_bytes space,
                                     struct envoy_bytes key, struct envoy_bytes *value);
bool ENVOY(http_get_metadata_number)(void *filter, unsigned source, struct envoy_bytes space,
                                     struct envoy_bytes key, double *value);
bool ENVOY(http_get_metadata_bool)(void *filter, unsigned source, struct envoy_bytes space,
                                   struct envoy_bytes key, bool *value);

/* Metrics are defined while the configuration is made, with the names of labels; changing one takes
 * as many values for these. */
unsigned ENVOY(http_filter_config_define_counter)(void *config, struct envoy_bytes name,
                                                  struct envoy_bytes *labels, size_t label_count,
                                                  size_t *id);
unsigned ENVOY(http_filter_config_define_gauge)(void *config, struct envoy_bytes name,
                                                struct envoy_bytes *labels, size_t label_count,
                                                size_t *id);
unsigned ENVOY(http_filter_config_define_histogram)(void *config, struct envoy_bytes name,
                                                    struct envoy_bytes *labels, size_t label_count,
                                                    size_t *id);
unsigned ENVOY(http_filter_config_increment_counter)(void *config, size_t id,
                                                     struct envoy_bytes *labels, size_t label_count,
                                                     uint64_t value);
unsigned ENVOY(http_filter_config_increment_gauge)(void *config, size_t id,
                                                   struct envoy_bytes *labels, size_t label_count,
                                                   uint64_t value);
unsigned ENVOY(http_filter_config_decrement_gauge)(void *config, size_t id,
                                                   struct envoy_bytes *labels, size_t label_count,
                                                   uint64_t value);
unsigned ENVOY(http_filter_config_set_gauge)(void *config, size_t id, struct envoy_bytes *labels,
                                             size_t label_count, uint64_t value);
unsigned ENVOY(http_filter_config_record_histogram_value)(void *config, size_t id,
                                                          struct envoy_bytes *labels,
                                                          size_t label_count, uint64_t value);

unsigned ENVOY(http_filter_http_callout)(void *filter, uint64_t *id, struct envoy_bytes cluster,
                                         struct envoy_header *headers, size_t header_count,
                                         struct envoy_bytes body, uint64_t timeout_ms);
/* By the main thread. */
unsigned ENVOY(http_filter_config_http_callout)(void *config, uint64_t *id,
                                                struct envoy_bytes cluster,
                                                struct envoy_header *headers, size_t header_count,
                                                struct envoy_bytes body, uint64_t timeout_ms);

/* HTTP streams: a request in pieces, whose answer comes in pieces. `end`: the body is all. Hooks of
 * the stream may be called before one of these returns. */
unsigned ENVOY(http_filter_start_http_stream)(void *filter, uint64_t *id,
                                              struct envoy_bytes cluster,
                                              struct envoy_header *headers, size_t header_count,
                                              struct envoy_bytes body, bool end,
                                              uint64_t timeout_ms);
bool ENVOY(http_stream_send_data)(void *filter, uint64_t id, struct envoy_bytes bytes, bool end);
void ENVOY(http_filter_reset_http_stream)(void *filter, uint64_t id);
/* By the main thread. */
unsigned ENVOY(http_filter_config_start_http_stream)(void *config, uint64_t *id,
                                                     struct envoy_bytes cluster,
                                                     struct envoy_header *headers,
                                                     size_t header_count, struct envoy_bytes body,
                                                     bool end, uint64_t timeout_ms);
bool ENVOY(http_filter_config_stream_send_data)(void *config, uint64_t id, struct envoy_bytes bytes,
                                                bool end);
void ENVOY(http_filter_config_reset_http_stream)(void *config, uint64_t id);

/* A scheduler brings an event to the main thread, from any thread. */
void *ENVOY(http_filter_config_scheduler_new)(void *config);
void ENVOY(http_filter_config_scheduler_commit)(void *scheduler, uint64_t event);
void ENVOY(http_filter_config_scheduler_delete)(void *scheduler);

/* ---- what Envoy calls: the symbols that the module exports ---- */

#pragma GCC visibility push(default)

struct config;
struct stream;

const char *HOOK(program_init)(void);

const void *HOOK(http_filter_config_new)(void *config, struct envoy_bytes name,
                                         struct envoy_bytes configuration);
void HOOK(http_filter_config_destroy)(struct config *config);
void HOOK(http_filter_config_scheduled)(void *envoy, struct config *config, uint64_t event);
void HOOK(http_filter_config_http_callout_done)(void *envoy, struct config *config, uint64_t id,
                                                unsigned result, struct envoy_header *headers,
                                                size_t header_count, struct envoy_bytes *chunks,
                                                size_t chunk_count);
const void *HOOK(http_filter_per_route_config_new)(struct envoy_bytes name,
                                                   struct envoy_bytes configuration);
void HOOK(http_filter_per_route_config_destroy)(const void *config);

struct stream *HOOK(http_filter_new)(struct config *config, void *filter);
void HOOK(http_filter_destroy)(struct stream *stream);
unsigned HOOK(http_filter_request_headers)(void *filter, struct stream *stream, bool end);
unsigned HOOK(http_filter_request_body)(void *filter, struct stream *stream, bool end);
unsigned HOOK(http_filter_request_trailers)(void *filter, struct stream *stream);
unsigned HOOK(http_filter_response_headers)(void *filter, struct stream *stream, bool end);
unsigned HOOK(http_filter_response_body)(void *filter, struct stream *stream, bool end);
unsigned HOOK(http_filter_response_trailers)(void *filter, struct stream *stream);
void HOOK(http_filter_stream_complete)(void *filter, struct stream *stream);
void HOOK(http_filter_scheduled)(void *filter, struct stream *stream, uint64_t event);
unsigned HOOK(http_filter_local_reply)(void *filter, struct stream *stream, uint32_t status,
                                       struct envoy_bytes details, bool reset_imminent);
void HOOK(http_filter_http_callout_done)(void *filter, struct stream *stream, uint64_t id,
                                         unsigned result, struct envoy_header *headers,
                                         size_t header_count, struct envoy_bytes *chunks,
                                         size_t chunk_count);

/* Of HTTP streams, and of watermarks. */
void HOOK(http_filter_http_stream_headers)(void *filter, struct stream *stream, uint64_t id,
                                           struct envoy_header *headers, size_t header_count,
                                           bool end);
void HOOK(http_filter_http_stream_data)(void *filter, struct stream *stream, uint64_t id,
                                        const struct envoy_bytes *data, size_t count, bool end);
void HOOK(http_filter_http_stream_trailers)(void *filter, struct stream *stream, uint64_t id,
                                            struct envoy_header *trailers, size_t trailer_count);
void HOOK(http_filter_http_stream_complete)(void *filter, struct stream *stream, uint64_t id);
void HOOK(http_filter_http_stream_reset)(void *filter, struct stream *stream, uint64_t id,
                                         unsigned reason);
void HOOK(http_filter_config_http_stream_headers)(void *envoy, struct config *config, uint64_t id,
                                                  struct envoy_header *headers, size_t header_count,
                                                  bool end);
void HOOK(http_filter_config_http_stream_data)(void *envoy, struct config *config, uint64_t id,
                                               const struct envoy_bytes *data, size_t count,
                                               bool end);
void HOOK(http_filter_config_http_stream_trailers)(void *envoy, struct config *config, uint64_t id,
                                                   struct envoy_header *trailers,
                                                   size_t trailer_count);
void HOOK(http_filter_config_http_stream_complete)(void *envoy, struct config *config, uint64_t id);
void HOOK(http_filter_config_http_stream_reset)(void *envoy, struct config *config, uint64_t id,
                                                unsigned reason);
void HOOK(http_filter_downstream_above_write_buffer_high_watermark)(void *filter,
                                                                    struct stream *stream);
void HOOK(http_filter_downstream_below_write_buffer_low_watermark)(void *filter,
                                                                   struct stream *stream);

#pragma GCC visibility pop

#endif
