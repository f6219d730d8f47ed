/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Starting anew, as the same process on the same socket: the way to be rid of a guest that takes
 * too long when its code cannot be interrupted.
 */
#ifndef TOOLS_SERVE_RESTART_H
#define TOOLS_SERVE_RESTART_H

#include <stdbool.h>

struct server;

/* Whether a guest has run into its time limit and nothing else can stop it. */
bool restart_needed(struct server *server);

/* Finishes what can be finished, answers the rest with 504 and 503, and runs the program anew. */
_Noreturn void server_restart(struct server *server);

/* The listening socket that was left by server_restart or is given by a service manager, as
 * sd_listen_fds(3) describes; -1 if there is none. */
int restart_socket(void);

#endif
