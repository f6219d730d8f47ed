/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The open connections, and how long each may take. An HTTP library's timeout is for silence; a
 * client that sends a byte now and then is never silent, so the whole of a request, and the whole
 * of taking an answer, has a time as well.
 */
#ifndef TOOLS_SERVE_CLIENTS_H
#define TOOLS_SERVE_CLIENTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client {
    int socket;
    atomic_ulong deadline; /* ns, monotonic */
    struct client *next, **link;
};

struct clients {
    pthread_mutex_t lock;
    struct client *first;
    size_t count;
    uint64_t limit; /* ns for a request or an answer */
};

uint64_t clients_now(void);
void clients_init(struct clients *clients, uint64_t limit);
/* A new connection; NULL when out of memory. */
struct client *clients_add(struct clients *clients, int socket);
/* Before the socket is closed. */
void clients_remove(struct clients *clients, struct client *client);
/* From now on it is the client's turn: to send a request, or to take an answer. */
void clients_expect(const struct clients *clients, struct client *client);
/* It is ours. */
void clients_wait(struct client *client);
/* Shuts the sockets of those whose time is over, and of those that have gone; the HTTP library then
 * finds them closed. */
void clients_reap(struct clients *clients);
size_t clients_count(struct clients *clients);

#endif
