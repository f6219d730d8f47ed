/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The options of serve alone: setters for the rows of options.c.
 */
#ifndef TOOLS_OPTIONS_SERVE_H
#define TOOLS_OPTIONS_SERVE_H

#include <stdbool.h>
#include <stdint.h>

struct options;

/* What --help does not say when it is not given. */
struct serve_options {
    const char *listen, *operation;
    int format; /* enum serve_format */
    uint32_t instances, queue, workers, connections;
    uint64_t max_body, max_answer;  /* bytes */
    uint64_t client_timeout, grace; /* ms */
    bool access_log;
};

void options_serve_default(struct serve_options *serve);

bool set_http_listen(struct options *o, const char *arg);
bool set_operation(struct options *o, const char *arg);
bool set_format(struct options *o, const char *arg);
bool set_instances(struct options *o, const char *arg);
bool set_queue(struct options *o, const char *arg);
bool set_workers(struct options *o, const char *arg);
bool set_connections(struct options *o, const char *arg);
bool set_max_body(struct options *o, const char *arg);
bool set_max_answer(struct options *o, const char *arg);
bool set_client_timeout(struct options *o, const char *arg);
bool set_grace(struct options *o, const char *arg);
bool set_access_log(struct options *o, const char *arg);

#endif
