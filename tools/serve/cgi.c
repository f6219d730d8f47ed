/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Variables and headers, both ways.
 */
#include "tools/serve/cgi.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- variables ---- */

static bool env_add(struct cgi_env *env, const char *item)
{
    if (env->count == env->room) {
        size_t room = 2 * env->room + 32;
        const char **items = realloc(env->items, room * sizeof *items);
        if (!items)
            return false;
        env->items = items;
        env->room = room;
    }
    env->items[env->count++] = item;
    return true;
}

static bool env_set(struct cgi_env *env, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool env_set(struct cgi_env *env, const char *fmt, ...)
{
    char *item;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&item, fmt, args);
    va_end(args);
    if (n < 0)
        return false;
    if (!env_add(env, item)) {
        free(item);
        return false;
    }
    env->owned++;
    return true;
}

void cgi_env_free(struct cgi_env *env)
{
    for (size_t i = env->count - env->owned; i < env->count; i++)
        free((char *)(uintptr_t)env->items[i]);
    free(env->items);
}

/* The owned variable of that name, or NULL. */
static const char **env_find(struct cgi_env *env, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = env->count - env->owned; i < env->count; i++)
        if (strncmp(env->items[i], name, n) == 0 && env->items[i][n] == '=')
            return &env->items[i];
    return NULL;
}

/* Headers that have variables of their own, and "Proxy", whose variable would be taken for the
 * guest's own configuration. */
static bool is_left_out(const char *header)
{
    static const char *const names[] = {"Content-Type", "Content-Length", "Proxy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(header, names[i]) == 0)
            return true;
    return strchr(header, '_') != NULL; /* X_Y would pass for X-Y */
}

struct header_walk {
    struct cgi_env *env;
    bool ok;
};

/* HTTP_NAME=VALUE; a header given again is joined to the first. */
static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *header,
                                  const char *value)
{
    (void)kind;
    struct header_walk *walk = cls;
    char name[128] = "HTTP_";
    size_t n = strlen(header);
    if (is_left_out(header) || n >= sizeof name - 5)
        return MHD_YES;
    for (size_t i = 0; i <= n; i++)
        name[5 + i] = header[i] == '-' ? '_' : (char)toupper((unsigned char)header[i]);
    const char **found = env_find(walk->env, name);
    if (!found) {
        walk->ok = env_set(walk->env, "%s=%s", name, value ? value : "");
    } else {
        char *joined;
        const char *comma = strcmp(name, "HTTP_COOKIE") == 0 ? "; " : ", ";
        walk->ok = asprintf(&joined, "%s%s%s", *found, comma, value ? value : "") >= 0;
        if (walk->ok) {
            free((char *)(uintptr_t)*found);
            *found = joined;
        }
    }
    return walk->ok ? MHD_YES : MHD_NO;
}

static bool add_headers(struct cgi_env *env, const struct request *request)
{
    struct header_walk walk = {env, true};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, add_header, &walk);
    return walk.ok;
}

static bool add_body(struct cgi_env *env, const struct request *request)
{
    const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (type && !env_set(env, "CONTENT_TYPE=%s", type))
        return false;
    bool has_body = request->body_size > 0 || request_header(request, "Content-Length");
    return !has_body || env_set(env, "CONTENT_LENGTH=%zu", request->body_size);
}

static bool add_remote(struct cgi_env *env, const struct request *request)
{
    char text[INET6_ADDRSTRLEN] = "";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    union {
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
    } copy;
    if (address && address->sa_family == AF_INET) {
        memcpy(&copy.ip4, address, sizeof copy.ip4);
        inet_ntop(AF_INET, &copy.ip4.sin_addr, text, sizeof text);
    } else if (address && address->sa_family == AF_INET6) {
        memcpy(&copy.ip6, address, sizeof copy.ip6);
        inet_ntop(AF_INET6, &copy.ip6.sin6_addr, text, sizeof text);
    }
    return env_set(env, "REMOTE_ADDR=%s", text);
}

static bool add_server(struct cgi_env *env, const struct server *server,
                       const struct request *request)
{
    const char *host = request_header(request, MHD_HTTP_HEADER_HOST);
    host = host ? host : "localhost";
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    n = n < strlen(host) ? n : strlen(host);
    return env_set(env, "SERVER_NAME=%.*s", (int)n, host) &&
           env_set(env, "SERVER_PORT=%u", server->port) &&
           env_set(env, "SERVER_PROTOCOL=%s", request->version) &&
           env_set(env, "SERVER_SOFTWARE=wasm2so/%s", w2s_version()) &&
           env_set(env, "GATEWAY_INTERFACE=CGI/1.1");
}

bool cgi_env_make(struct cgi_env *env, const struct server *server, const struct request *request)
{
    const struct serve_config *config = server->config;
    const char *query = strchr(request->uri, '?');
    *env = (struct cgi_env){.items = NULL};
    for (size_t i = 0; i < config->env_count; i++)
        if (!env_add(env, config->env[i]))
            return false;
    return add_server(env, server, request) && env_set(env, "REQUEST_METHOD=%s", request->method) &&
           env_set(env, "REQUEST_URI=%s", request->uri) && env_set(env, "SCRIPT_NAME=") &&
           env_set(env, "PATH_INFO=%s", request->url) &&
           env_set(env, "QUERY_STRING=%s", query ? query + 1 : "") && add_remote(env, request) &&
           add_body(env, request) && add_headers(env, request);
}

/* ---- answers ---- */

enum { HEAD_LIMIT = 16384 };

static bool is_token(const char *text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(others, *c))
            return false;
    return *text != '\0';
}

/* What the server says itself. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Connection",
                                        "Keep-Alive",     "Upgrade",           "Trailer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* "Status: 404 Not Found"; what is none is an error of the guest's. */
static unsigned status_of(const char *value)
{
    unsigned long status = strtoul(value, NULL, 10);
    return status >= 200 && status <= 599 ? (unsigned)status : 500;
}

/* One line, cut out of the block in place. */
static bool take_line(struct answer *answer, char *line, bool *known)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return false;
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    if (!is_token(line))
        return false;
    bool location = strcasecmp(line, "Location") == 0;
    if (strcasecmp(line, "Status") == 0)
        answer->status = status_of(value), *known = true;
    else if (answer->header_count < ANSWER_HEADERS && !is_ours(line))
        answer->headers[answer->header_count++] = (struct answer_header){line, value};
    if (location && answer->status == 0)
        answer->status = 302;
    *known |= location || strcasecmp(line, "Content-Type") == 0;
    return true;
}

/* Reads the header block at the start of text, NUL-terminated; gives its size, or 0 if there is
 * none. */
static size_t take_head(struct answer *answer, char *text)
{
    bool known = false;
    answer->status = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (end > line && end[-1] == '\r')
            end[-1] = '\0';
        if (*line == '\0')
            return known ? (size_t)(end + 1 - text) : 0;
        if (!take_line(answer, line, &known))
            return 0;
    }
    return 0;
}

void cgi_answer(struct answer *answer, int file, size_t size)
{
    size_t room = size < HEAD_LIMIT ? size : HEAD_LIMIT;
    answer_free(answer);
    answer->file = file;
    answer->header_text = malloc(room + 1);
    ssize_t n = answer->header_text ? pread(file, answer->header_text, room, 0) : -1;
    if (n < 0) {
        answer_text(answer, 503, "out of memory");
        return;
    }
    answer->header_text[n] = '\0';
    size_t head = take_head(answer, answer->header_text);
    if (head == 0) {
        answer->header_count = 0;
        answer->content_type = "text/plain; charset=utf-8";
    }
    if (head == 0 || answer->status == 0)
        answer->status = 200;
    answer->offset = head;
    answer->size = size - head;
}
