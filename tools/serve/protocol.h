/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * How a guest is asked: the two kinds there are. Each makes an answer of a request; what a guest
 * does wrong becomes one as well.
 */
#ifndef TOOLS_SERVE_PROTOCOL_H
#define TOOLS_SERVE_PROTOCOL_H

#include "tools/serve/request.h"
#include "tools/serve/server.h"

struct protocol {
    const char *name;
    const char *entry; /* the export by which a guest is known */
    /* Makes ready; false with err. close undoes it. */
    bool (*open)(struct server *server, w2s_error *err);
    void (*close)(struct server *server);
    /* Fills in request->answer. */
    void (*handle)(struct server *server, struct request *request, unsigned thread);
};

extern const struct protocol protocol_wapc, protocol_command;

/* Before and after a guest's code runs in the store, in that thread: its time limit, and that it
 * can be stopped. */
void guest_begin(struct server *server, struct request *request, w2s_store *store, unsigned thread);
void guest_end(struct server *server, unsigned thread);

/* Whether the guest ran into its time limit although it returned: a program whose sleep ends early
 * may just go on to its end. Then the answer says so. */
bool guest_overran(struct server *server, struct request *request, const w2s_store *store);

/* The answer for a trap, which it frees; the answer for no instance. */
void guest_trapped(struct server *server, struct request *request, w2s_trap *trap);
void guest_missing(struct server *server, struct request *request, w2s_trap *trap,
                   const w2s_error *err);

#endif
