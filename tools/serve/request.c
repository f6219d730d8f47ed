/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The life of a request. The HTTP library calls request_handle when the headers are there, with
 * each part of the body, and when all is there; then again when the connection goes on after a
 * guest.
 */
#include "tools/serve/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/serve/protocol.h"

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct client *client_of(const struct request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void *request_begin(void *env, const char *uri, struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->server = env;
    request->connection = connection;
    request->arrived = clients_now();
    request->uri = strdup(uri);
    answer_init(&request->answer);
    atomic_fetch_add(&request->server->requests, 1);
    return request;
}

void request_end(void *env, struct MHD_Connection *connection, void **at,
                 enum MHD_RequestTerminationCode how)
{
    (void)connection, (void)how;
    struct request *request = *at;
    struct server *server = env;
    if (!request)
        return;
    struct client *client = client_of(request);
    if (client)
        clients_expect(&server->clients, client);
    answer_free(&request->answer);
    free(request->uri);
    free(request->body);
    free(request);
    *at = NULL;
    atomic_fetch_sub(&server->requests, 1);
}

/* ---- answers ---- */

/* Control characters and quotes would make other lines of it. */
static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f || *text == '"')
            fprintf(out, "%%%02x", (unsigned char)*text);
        else
            putc(*text, out);
}

void request_log(const struct request *request, unsigned status, size_t size)
{
    if (!request->server->config->access_log)
        return;
    uint64_t took = clients_now() - request->arrived;
    char date[32];
    struct tm parts;
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    flockfile(stdout);
    printf("%s ", date);
    print_escaped(stdout, request->method);
    putchar(' ');
    print_escaped(stdout, request->uri);
    printf(" %u %zu %.3fms\n", status, size, (double)took / 1e6);
    fflush(stdout);
    funlockfile(stdout);
}

/* The library's object, which takes over the body; NULL when out of memory. */
static struct MHD_Response *response_make(struct answer *answer)
{
    struct MHD_Response *response;
    if (answer->file >= 0)
        response =
            MHD_create_response_from_fd_at_offset64(answer->size, answer->file, answer->offset);
    else
        response =
            MHD_create_response_from_buffer(answer->size, answer->body, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return NULL;
    answer->file = -1;
    answer->body = NULL;
    if (answer->content_type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    return response;
}

static enum MHD_Result answer_send(struct server *server, struct request *request)
{
    struct client *client = client_of(request);
    struct MHD_Response *response = response_make(&request->answer);
    if (!response)
        return MHD_NO;
    if (request->answer.status == 503)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    if (atomic_load(&server->stopping))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (client)
        clients_expect(&server->clients, client);
    enum MHD_Result result =
        MHD_queue_response(request->connection, request->answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_guest(struct server *server, struct request *request)
{
    request->state = REQUEST_ANSWERED;
    metrics_answered(&server->metrics, request->answer.status, clients_now() - request->arrived);
    request_log(request, request->answer.status, request->answer.size);
    return answer_send(server, request);
}

/* ---- our own pages ---- */

static void page_health(struct server *server, struct answer *answer)
{
    (void)server;
    answer_text(answer, 200, "ok");
}

static void page_ready(struct server *server, struct answer *answer)
{
    unsigned busy, waiting;
    executor_load(&server->executor, &busy, &waiting);
    if (atomic_load(&server->stopping))
        answer_text(answer, 503, "stopping");
    else if (waiting + busy >= server->config->queue + server->config->instances)
        answer_text(answer, 503, "too many requests wait");
    else
        answer_text(answer, 200, "ready");
}

static void page_metrics(struct server *server, struct answer *answer)
{
    char *text = NULL;
    size_t size = 0;
    struct metrics_gauges gauges = {.instances = server->config->instances,
                                    .queue = server->config->queue,
                                    .connections = clients_count(&server->clients)};
    executor_load(&server->executor, &gauges.busy, &gauges.waiting);
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    metrics_write(&server->metrics, &gauges, out);
    fclose(out);
    answer_body(answer, "text/plain; version=0.0.4; charset=utf-8", text, size);
}

struct page {
    const char *path;
    void (*fill)(struct server *server, struct answer *answer);
};

static const struct page pages[] = {
    {"/healthz", page_health}, {"/readyz", page_ready}, {"/metrics", page_metrics}};

static const struct page *page_find(const char *url)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, url) == 0)
            return &pages[i];
    return NULL;
}

/* ---- from the client ---- */

static enum MHD_Result first_call(struct server *server, struct request *request)
{
    const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!length || strtoull(length, NULL, 10) <= server->config->max_body)
        return MHD_YES;
    request->too_large = true; /* answered at once, the rest is not read */
    answer_text(&request->answer, 413, "the body is larger than %llu bytes",
                (unsigned long long)server->config->max_body);
    return answer_guest(server, request);
}

/* A body that is too large is read to its end, as no answer can be given before. */
static enum MHD_Result body_append(struct request *request, const char *data, size_t size)
{
    if (size > request->server->config->max_body - request->body_size)
        request->too_large = true;
    if (request->too_large)
        return MHD_YES;
    if (request->body_size + size > request->body_room) {
        size_t room = 2 * (request->body_size + size);
        char *body = realloc(request->body, room);
        if (!body)
            return MHD_NO;
        request->body = body;
        request->body_room = room;
    }
    memcpy(request->body + request->body_size, data, size);
    request->body_size += size;
    return MHD_YES;
}

/* What is wrong with a request for every guest. */
static bool is_refused(struct server *server, struct request *request)
{
    if (request->too_large)
        answer_text(&request->answer, 413, "the body is larger than %llu bytes",
                    (unsigned long long)server->config->max_body);
    else if (!request->uri)
        answer_text(&request->answer, 503, "out of memory");
    else if (strstr(request->uri, "%00")) /* the decoded text would end there */
        answer_text(&request->answer, 400, "a NUL in the address");
    else
        return false;
    return true;
}

static enum MHD_Result dispatch(struct server *server, struct request *request)
{
    const struct page *page = page_find(request->url);
    if (page) {
        page->fill(server, &request->answer);
        request->state = REQUEST_ANSWERED;
        return answer_send(server, request);
    }
    if (is_refused(server, request))
        return answer_guest(server, request);
    if (!executor_reserve(&server->executor)) {
        atomic_fetch_add(&server->metrics.refused, 1);
        answer_text(&request->answer, 503, "too many requests wait for a guest");
        return answer_guest(server, request);
    }
    struct client *client = client_of(request);
    if (client)
        clients_wait(client);
    request->state = REQUEST_WAITING;
    MHD_suspend_connection(request->connection);
    executor_push(&server->executor, request);
    return MHD_YES;
}

enum MHD_Result request_handle(void *env, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **at)
{
    (void)connection;
    struct server *server = env;
    struct request *request = *at;
    if (!request)
        return MHD_NO;
    bool first = !request->method;
    request->url = url;
    request->method = method;
    request->version = version;
    if (request->state == REQUEST_WAITING)
        return answer_guest(server, request);
    if (first)
        return first_call(server, request);
    if (*size == 0)
        return dispatch(server, request);
    size_t n = *size;
    *size = 0;
    return body_append(request, data, n);
}

/* ---- in the executor ---- */

void request_run(struct request *request, unsigned thread)
{
    struct server *server = request->server;
    server->protocol->handle(server, request, thread);
    MHD_resume_connection(request->connection);
}
