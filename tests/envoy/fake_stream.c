/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The service behind HTTP streams of a module, which speaks gRPC: it sends back what it got, in odd
 * pieces. What is asked for under /fail is answered before the module's call has returned.
 */
#include "tests/envoy/fake_envoy.h"

#include <stdio.h>
#include <string.h>

struct http_stream config_stream;

/* Hooks of a filter and of a configuration differ by name and by what they belong to. */
static void stream_hook(const struct stream *stream, const char *name, void *function)
{
    char full[64];
    snprintf(full, sizeof full, "http_filter_%shttp_stream_%s", stream ? "" : "config_", name);
    hook(full, function);
}

static void *of(struct stream *stream)
{
    return stream ? (void *)stream : (void *)module.config;
}

static void send_headers(const struct http_stream *http, void *owner, struct stream *stream,
                         struct envoy_header *headers, size_t count, bool end)
{
    void (*take)(void *, void *, uint64_t, struct envoy_header *, size_t, bool);
    stream_hook(stream, "headers", &take);
    take(owner, of(stream), http->id, headers, count, end);
}

static void send_data(const struct http_stream *http, void *owner, struct stream *stream,
                      struct envoy_bytes *chunks, size_t count)
{
    void (*take)(void *, void *, uint64_t, const struct envoy_bytes *, size_t, bool);
    stream_hook(stream, "data", &take);
    take(owner, of(stream), http->id, chunks, count, false);
}

void http_stream_answer(struct http_stream *http, void *owner, struct stream *stream)
{
    struct envoy_header headers[] = {
        {":status", 7, "200", 3}, {"content-type", 12, "application/grpc", 16}, {"x-a", 3, "1", 1}};
    struct envoy_header trailers[] = {{"grpc-status", 11, "0", 1}, {"x-b", 3, "2", 1}};
    void (*last)(void *, void *, uint64_t, struct envoy_header *, size_t);
    if (!http->is_open)
        return;
    send_headers(http, owner, stream, headers, 3, false);
    size_t first = http->size < 7 ? http->size : 7; /* some of the first message */
    send_data(http, owner, stream,
              (struct envoy_bytes[]){{http->sent, 3}, {http->sent + 3, first - 3}}, 2);
    if (http->is_open)
        send_data(http, owner, stream,
                  (struct envoy_bytes[]){{http->sent + first, http->size - first}}, 1);
    stream_hook(stream, "trailers", &last);
    if (http->is_open)
        last(owner, of(stream), http->id, trailers, 2);
}

/* ---- what Envoy has for modules ---- */

static void print_sent(const char *what, struct envoy_bytes bytes, bool end)
{
    printf("  %s ", what);
    for (size_t i = 0; i < bytes.size; i++)
        printf(bytes.ptr[i] >= ' ' ? "%c" : "\\%o", bytes.ptr[i]);
    printf(end ? " (end)\n" : "\n");
}

static void keep(struct http_stream *http, struct envoy_bytes bytes)
{
    if (bytes.size > 0)
        memcpy(http->sent + http->size, bytes.ptr, bytes.size);
    http->size += bytes.size;
}

static bool start(struct http_stream *http, uint64_t *id, struct envoy_bytes cluster,
                  struct envoy_header *headers, size_t count, struct envoy_bytes body, bool end)
{
    static uint64_t last = 5000;
    if (cluster.size != 7 || memcmp(cluster.ptr, "backend", 7) != 0)
        return false;
    *http = (struct http_stream){.is_open = true, .id = ++last};
    *id = last;
    for (size_t i = 0; i < count; i++) {
        printf("  grpc %.*s: %.*s\n", (int)headers[i].key_size, headers[i].key,
               (int)headers[i].value_size, headers[i].value);
        if (headers[i].key_size == 5 && memcmp(headers[i].key, ":path", 5) == 0)
            snprintf(http->path, sizeof http->path, "%.*s", (int)headers[i].value_size,
                     headers[i].value);
    }
    print_sent("grpc starts with", body, end);
    keep(http, body);
    return true;
}

unsigned ENVOY(http_filter_start_http_stream)(void *filter, uint64_t *id,
                                              struct envoy_bytes cluster,
                                              struct envoy_header *headers, size_t header_count,
                                              struct envoy_bytes body, bool end,
                                              uint64_t timeout_ms)
{
    struct envoy_header no[] = {{":status", 7, "200", 3},
                                {"grpc-status", 11, "5", 1},
                                {"grpc-message", 12, "not%20there%", 12}};
    struct filter *f = filter;
    (void)timeout_ms;
    if (!start(&f->http, id, cluster, headers, header_count, body, end))
        return ENVOY_CALLOUT_NO_CLUSTER;
    if (strcmp(f->http.path, "/svc/fail") == 0)
        send_headers(&f->http, f, f->stream, no, 3, true);
    return ENVOY_CALLOUT_STARTED;
}

unsigned ENVOY(http_filter_config_start_http_stream)(void *config, uint64_t *id,
                                                     struct envoy_bytes cluster,
                                                     struct envoy_header *headers,
                                                     size_t header_count, struct envoy_bytes body,
                                                     bool end, uint64_t timeout_ms)
{
    (void)config, (void)timeout_ms;
    return start(&config_stream, id, cluster, headers, header_count, body, end)
               ? ENVOY_CALLOUT_STARTED
               : ENVOY_CALLOUT_NO_CLUSTER;
}

static bool send(struct http_stream *http, uint64_t id, struct envoy_bytes bytes, bool end)
{
    if (!http->is_open || http->id != id)
        return false;
    print_sent("grpc sends", bytes, end);
    keep(http, bytes);
    return true;
}

bool ENVOY(http_stream_send_data)(void *filter, uint64_t id, struct envoy_bytes bytes, bool end)
{
    struct filter *f = filter;
    return send(&f->http, id, bytes, end);
}

bool ENVOY(http_filter_config_stream_send_data)(void *config, uint64_t id, struct envoy_bytes bytes,
                                                bool end)
{
    (void)config;
    return send(&config_stream, id, bytes, end);
}

/* The module is told, as by Envoy, though it asked for it. */
static void reset(struct http_stream *http, uint64_t id, void *owner, struct stream *stream)
{
    void (*told)(void *, void *, uint64_t, unsigned);
    if (!http->is_open || http->id != id)
        return;
    http->is_open = false;
    printf("  grpc reset\n");
    stream_hook(stream, "reset", &told);
    told(owner, of(stream), id, 2);
}

void ENVOY(http_filter_reset_http_stream)(void *filter, uint64_t id)
{
    struct filter *f = filter;
    reset(&f->http, id, f, f->stream);
}

void ENVOY(http_filter_config_reset_http_stream)(void *config, uint64_t id)
{
    reset(&config_stream, id, config, NULL);
}
