/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A list under a lock. The lock also keeps a socket's number from being another connection's when
 * it is shut: it is removed from here before it is closed.
 */
#include "tools/serve/clients.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

uint64_t clients_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void clients_init(struct clients *clients, uint64_t limit)
{
    *clients = (struct clients){.limit = limit};
    pthread_mutex_init(&clients->lock, NULL);
}

struct client *clients_add(struct clients *clients, int socket)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->socket = socket;
    clients_expect(clients, client);
    pthread_mutex_lock(&clients->lock);
    client->next = clients->first;
    client->link = &clients->first;
    if (client->next)
        client->next->link = &client->next;
    clients->first = client;
    clients->count++;
    pthread_mutex_unlock(&clients->lock);
    return client;
}

void clients_remove(struct clients *clients, struct client *client)
{
    pthread_mutex_lock(&clients->lock);
    *client->link = client->next;
    if (client->next)
        client->next->link = client->link;
    clients->count--;
    pthread_mutex_unlock(&clients->lock);
    free(client);
}

void clients_expect(const struct clients *clients, struct client *client)
{
    atomic_store(&client->deadline, clients_now() + clients->limit);
}

void clients_wait(struct client *client)
{
    atomic_store(&client->deadline, UINT64_MAX);
}

static bool has_closed(const struct client *client)
{
    struct pollfd poll_set = {.fd = client->socket, .events = POLLRDHUP};
    return poll(&poll_set, 1, 0) == 1 && poll_set.revents & POLLRDHUP;
}

/* Where the end comes together with the last bytes, the HTTP library reads those and waits for an
 * event that has been: edge-triggered, there is no other. Shutting what has ended makes one. */
void clients_reap(struct clients *clients)
{
    uint64_t now = clients_now();
    pthread_mutex_lock(&clients->lock);
    for (struct client *client = clients->first; client; client = client->next)
        if (now > atomic_load(&client->deadline))
            shutdown(client->socket, SHUT_RDWR);
        else if (has_closed(client))
            shutdown(client->socket, SHUT_RD);
    pthread_mutex_unlock(&clients->lock);
}

size_t clients_count(struct clients *clients)
{
    pthread_mutex_lock(&clients->lock);
    size_t count = clients->count;
    pthread_mutex_unlock(&clients->lock);
    return count;
}
