/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An HTTP server inside WebAssembly: it is given a listening socket (descriptor 3) and does the
 * rest itself. One loop waits for all connections at once; nothing blocks. It answers whether a
 * word is known: a body name=WORD, or ?key={"name":"WORD"}; and /healthz.
 *
 * Limits: 64 connections, 8 KiB a request, ten seconds without progress.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wasi/api.h>

enum { LISTENER = 3, CONNECTIONS = 64, REQUEST_ROOM = 8192, IDLE_SECONDS = 10 };

/* Not in every wasi-libc. */
int32_t accept_connection(int32_t fd, int32_t flags, uint32_t *connection)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("sock_accept")));

struct connection {
    bool open, closing; /* closing: after the answer */
    __wasi_fd_t fd;
    uint64_t deadline; /* ns */
    size_t received, answered, sent;
    char request[REQUEST_ROOM + 1], answer[512];
};

static struct connection connections[CONNECTIONS];

/* ---- words ---- */

static bool word_is_known(const char *word)
{
    static const char *const words[] = {"foo", "bar", "xylophone", "milagro"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Decodes "%XX" and "+" in place. */
static void form_decode(char *text)
{
    char *to = text;
    for (; *text; text++) {
        int high = *text == '%' ? hex_digit(text[1]) : -1;
        int low = high >= 0 ? hex_digit(text[2]) : -1;
        if (low >= 0)
            text += 2;
        *to++ = low >= 0 ? (char)(high << 4 | low) : *text == '+' ? ' ' : *text;
    }
    *to = '\0';
}

/* The string member "name" of a JSON object without escapes; NULL if there is none. */
static char *json_name(char *text)
{
    char *at = strstr(text, "\"name\"");
    if (!at)
        return NULL;
    at += 6;
    at += strspn(at, " \t:");
    char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    return at + 1;
}

/* ---- requests ---- */

static void answer(struct connection *c, const char *status, const char *body)
{
    int n = snprintf(c->answer, sizeof c->answer,
                     "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Length: %zu\r\n%s\r\n%s",
                     status, strlen(body), c->closing ? "Connection: close\r\n" : "", body);
    c->answered = (size_t)n;
    c->sent = 0;
}

/* The value of a header in the NUL-terminated head, or NULL. */
static const char *header(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
            return line + 3 + n + strspn(line + 3 + n, " \t");
    return NULL;
}

/* The word that is asked for, or NULL. */
static char *word_of(char *target, char *body)
{
    char *equals = strchr(body, '='), *key = strstr(target, "key=");
    if (equals) {
        body[strcspn(body, "\r\n&")] = '\0';
        form_decode(equals + 1);
        return equals + 1;
    }
    if (!key)
        return NULL;
    key[strcspn(key, "&")] = '\0';
    form_decode(key + 4);
    return json_name(key + 4);
}

static void respond(struct connection *c, char *head, char *body)
{
    char *target = strchr(head, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
    const char *wish = header(head, "Connection");
    if (!version || strncmp(version, " HTTP/1.", 8) != 0) {
        c->closing = true;
        answer(c, "400 Bad Request", "not HTTP\n");
        return;
    }
    c->closing = version[8] == '0' || (wish && strncasecmp(wish, "close", 5) == 0);
    *version = '\0';
    char *word = word_of(++target, body);
    if (strcmp(target, "/healthz") == 0)
        answer(c, "200 OK", "ok\n");
    else if (!word)
        answer(c, "400 Bad Request", "neither a body name=WORD nor ?key={\"name\":\"WORD\"}\n");
    else
        answer(c, "200 OK", word_is_known(word) ? "true" : "false");
}

static void refuse(struct connection *c, const char *status)
{
    c->closing = true;
    answer(c, status, "");
}

/* Answers the request at the start of what was received, if it is all there. */
static void request_take(struct connection *c)
{
    c->request[c->received] = '\0';
    char *end = strstr(c->request, "\r\n\r\n");
    size_t head_size = end ? (size_t)(end + 4 - c->request) : 0;
    if (!end) {
        if (c->received == REQUEST_ROOM)
            refuse(c, "431 Request Header Fields Too Large");
        return;
    }
    end[2] = '\0';
    const char *length = header(c->request, "Content-Length");
    size_t body_size = length ? strtoul(length, NULL, 10) : 0;
    if (header(c->request, "Transfer-Encoding")) {
        refuse(c, "411 Length Required");
        return;
    }
    if (body_size > REQUEST_ROOM - head_size) {
        refuse(c, "413 Content Too Large");
        return;
    }
    end[2] = '\r';
    if (c->received < head_size + body_size)
        return;
    char *body = end + 4, after = body[body_size];
    end[2] = body[body_size] = '\0';
    respond(c, c->request, body);
    body[body_size] = after;
    c->received -= head_size + body_size;
    memmove(c->request, body + body_size, c->received);
}

/* ---- connections ---- */

static uint64_t now(void)
{
    __wasi_timestamp_t time = 0;
    (void)__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1000000, &time);
    return time;
}

static void connection_close(struct connection *c)
{
    (void)__wasi_fd_close(c->fd);
    c->open = false;
}

static void progress(struct connection *c)
{
    c->deadline = now() + (uint64_t)IDLE_SECONDS * 1000000000;
}

static void accept_all(void)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        uint32_t fd;
        if (c->open)
            continue;
        if (accept_connection(LISTENER, __WASI_FDFLAGS_NONBLOCK, &fd) != 0)
            return;
        c->open = true;
        c->closing = false;
        c->fd = fd;
        c->received = c->answered = c->sent = 0;
        progress(c);
    }
}

static void connection_write(struct connection *c)
{
    __wasi_ciovec_t buffer = {(const uint8_t *)c->answer + c->sent, c->answered - c->sent};
    __wasi_size_t n = 0;
    int error = __wasi_sock_send(c->fd, &buffer, 1, 0, &n);
    if (error != 0 && error != __WASI_ERRNO_AGAIN) {
        connection_close(c);
        return;
    }
    c->sent += n;
    if (n > 0)
        progress(c);
    if (c->sent < c->answered)
        return;
    c->sent = c->answered = 0;
    if (c->closing)
        connection_close(c);
}

static void connection_read(struct connection *c)
{
    __wasi_iovec_t buffer = {(uint8_t *)c->request + c->received, REQUEST_ROOM - c->received};
    __wasi_size_t n = 0;
    __wasi_roflags_t flags;
    int error = __wasi_sock_recv(c->fd, &buffer, 1, 0, &n, &flags);
    if (error == __WASI_ERRNO_AGAIN)
        return;
    if (error != 0 || n == 0) {
        connection_close(c);
        return;
    }
    c->received += n;
    progress(c);
}

/* One step: an answer is sent before the next request of the connection is looked at. */
static void connection_step(struct connection *c)
{
    if (c->answered == 0)
        connection_read(c);
    do {
        if (c->open && c->answered == 0)
            request_take(c);
        if (c->open && c->answered > 0)
            connection_write(c);
    } while (c->open && c->answered == 0 && c->received > 0 && strstr(c->request, "\r\n\r\n"));
}

/* ---- the loop ---- */

static __wasi_subscription_t wait_for(size_t index)
{
    const struct connection *c = &connections[index];
    uint8_t tag = c->answered > 0 ? __WASI_EVENTTYPE_FD_WRITE : __WASI_EVENTTYPE_FD_READ;
    return (__wasi_subscription_t){.userdata = index,
                                   .u = {.tag = tag, .u = {.fd_read = {.file_descriptor = c->fd}}}};
}

/* Fills in what to wait for: a second, a new connection, those that are open. */
static size_t subscribe(__wasi_subscription_t *to)
{
    size_t count = 0;
    bool room = false;
    to[count++] = (__wasi_subscription_t){
        .userdata = CONNECTIONS,
        .u = {.tag = __WASI_EVENTTYPE_CLOCK,
              .u = {.clock = {.id = __WASI_CLOCKID_MONOTONIC, .timeout = 1000000000}}}};
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (connections[i].open)
            to[count++] = wait_for(i);
        room |= !connections[i].open;
    }
    if (room)
        to[count++] =
            (__wasi_subscription_t){.userdata = CONNECTIONS + 1,
                                    .u = {.tag = __WASI_EVENTTYPE_FD_READ,
                                          .u = {.fd_read = {.file_descriptor = LISTENER}}}};
    return count;
}

static void close_idle(void)
{
    uint64_t time = now();
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (connections[i].open && time > connections[i].deadline)
            connection_close(&connections[i]);
}

int main(void)
{
    static __wasi_subscription_t subscriptions[CONNECTIONS + 2];
    static __wasi_event_t events[CONNECTIONS + 2];
    if (__wasi_fd_fdstat_set_flags(LISTENER, __WASI_FDFLAGS_NONBLOCK) != 0) {
        fputs("descriptor 3 is no socket: set W2S_TCP_LISTEN=0.0.0.0:8080\n", stderr);
        return 1;
    }
    for (;;) {
        __wasi_size_t count = 0;
        if (__wasi_poll_oneoff(subscriptions, events, subscribe(subscriptions), &count) != 0)
            return 1;
        for (size_t i = 0; i < count; i++) {
            uint64_t which = events[i].userdata;
            if (which == CONNECTIONS + 1)
                accept_all();
            else if (which < CONNECTIONS && connections[which].open)
                connection_step(&connections[which]);
        }
        close_idle();
    }
}
