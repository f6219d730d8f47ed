/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Listening sockets for the guest, which cannot make any, from the addresses that users write.
 * Addresses are numbers: resolving names is no business of a program that starts in no time.
 */
#include "runtime/include/wasm2so.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
    struct sockaddr_un local;
};

static int fail(w2s_error *err, const char *text, const char *why)
{
    if (err) {
        err->kind = W2S_ERROR_IO;
        snprintf(err->message, sizeof err->message, "cannot listen on \"%s\": %s", text, why);
    }
    return -1;
}

/* Its size, or 0. */
static socklen_t parse_local(const char *path, union address *address)
{
    size_t size = strlen(path) + 1;
    if (size == 1 || size > sizeof address->local.sun_path)
        return 0;
    address->local.sun_family = AF_UNIX;
    memcpy(address->local.sun_path, path, size);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
}

static bool parse_port(const char *text, in_port_t *port)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *port = htons((uint16_t)number);
    return *text >= '0' && *text <= '9' && *end == '\0' && number <= UINT16_MAX;
}

static socklen_t parse_host(const char *host, in_port_t port, union address *address)
{
    size_t n = strlen(host);
    char inside[INET6_ADDRSTRLEN];
    if (n > 2 && n - 2 < sizeof inside && host[0] == '[' && host[n - 1] == ']') {
        memcpy(inside, host + 1, n - 2);
        inside[n - 2] = '\0';
        address->ip6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        return inet_pton(AF_INET6, inside, &address->ip6.sin6_addr) == 1 ? sizeof address->ip6 : 0;
    }
    address->ip4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    return inet_pton(AF_INET, host, &address->ip4.sin_addr) == 1 ? sizeof address->ip4 : 0;
}

static socklen_t parse(const char *text, union address *address)
{
    char host[INET6_ADDRSTRLEN + 2];
    in_port_t port;
    if (strncmp(text, "unix:", 5) == 0)
        return parse_local(text + 5, address);
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : sizeof host;
    if (n >= sizeof host || !parse_port(colon + 1, &port))
        return 0;
    memcpy(host, text, n);
    host[n] = '\0';
    return parse_host(host, port, address);
}

int w2s_listen(const char *text, w2s_error *err)
{
    union address address;
    const int yes = 1;
    memset(&address, 0, sizeof address);
    socklen_t size = parse(text, &address);
    if (size == 0)
        return fail(err, text, "neither HOST:PORT, with a number or localhost, nor unix:PATH");
    int host = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (host < 0)
        return fail(err, text, strerror(errno));
    setsockopt(host, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(host, &address.any, size) == 0 && listen(host, SOMAXCONN) == 0)
        return host;
    const char *why = strerror(errno);
    close(host);
    return fail(err, text, why);
}
