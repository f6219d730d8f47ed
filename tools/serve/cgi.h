/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The text of CGI (RFC 3875): a request as variables, output as an answer.
 */
#ifndef TOOLS_SERVE_CGI_H
#define TOOLS_SERVE_CGI_H

#include <stdbool.h>

#include "tools/serve/request.h"
#include "tools/serve/server.h"

struct cgi_env {
    const char **items; /* "NAME=VALUE"; the last owned ones are ours to free */
    size_t count, room;
    size_t owned;
};

/* The variables of a request, after those of the configuration. False when out of memory;
 * cgi_env_free in any case. */
bool cgi_env_make(struct cgi_env *env, const struct server *server, const struct request *request);
void cgi_env_free(struct cgi_env *env);

/* The answer in the first size bytes of file, which it takes over: a header block with
 * Content-Type, Location or Status, an empty line and a body; where there is no such block, all is
 * the body. */
void cgi_answer(struct answer *answer, int file, size_t size);

#endif
