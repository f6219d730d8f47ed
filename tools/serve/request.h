/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One request: from its first line, through the queue and a guest, to its answer. It belongs to the
 * HTTP thread of its connection, and while the connection is suspended to the queue and then to the
 * thread that runs its guest.
 */
#ifndef TOOLS_SERVE_REQUEST_H
#define TOOLS_SERVE_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>

#include "tools/serve/answer.h"

struct server;

enum request_state {
    REQUEST_READING, /* its body is coming */
    REQUEST_WAITING, /* for a guest, or in one */
    REQUEST_ANSWERED
};

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    struct request *next; /* in the queue */
    enum request_state state;
    bool too_large;
    char *uri;                          /* as it was sent */
    const char *url, *method, *version; /* url: the path, decoded */
    char *body;
    size_t body_size, body_room;
    uint64_t arrived; /* ns, monotonic */
    struct answer answer;
};

/* What the HTTP library calls. env: the server. */
void *request_begin(void *env, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *env, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **request);
void request_end(void *env, struct MHD_Connection *connection, void **request,
                 enum MHD_RequestTerminationCode how);

/* A header of the request, or NULL. */
const char *request_header(const struct request *request, const char *name);

/* Writes a line of the access log, if there is to be one. */
void request_log(const struct request *request, unsigned status, size_t size);

/* Runs the guest for it, in that thread of the executor, and lets the connection go on. */
void request_run(struct request *request, unsigned thread);

#endif
