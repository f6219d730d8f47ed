/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The server as a whole: what its parts share.
 */
#ifndef TOOLS_SERVE_SERVER_H
#define TOOLS_SERVE_SERVER_H

#include <stdatomic.h>

#include "tools/serve/clients.h"
#include "tools/serve/executor.h"
#include "tools/serve/metrics.h"
#include "tools/serve/serve.h"

struct protocol;

struct server {
    const struct serve_config *config;
    struct MHD_Daemon *daemon;
    const struct protocol *protocol;
    w2s_pool *pool; /* waPC */
    unsigned port;  /* 0: not of the Internet */
    struct executor executor;
    struct clients clients;
    struct metrics metrics;
    atomic_uint requests; /* in progress, their answers' sending included */
    atomic_bool stopping;
};

/* While the server stops: waits until done says so, at most that long; whether it did. */
bool server_wait(struct server *server, bool (*done)(struct server *server), uint64_t milliseconds);

#endif
