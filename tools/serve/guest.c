/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What both protocols do with a guest: begin, end, and say what went wrong.
 */
#include "tools/serve/protocol.h"

void guest_begin(struct server *server, struct request *request, w2s_store *store, unsigned thread)
{
    if (server->config->interruptible) /* else restart.c takes care */
        w2s_store_set_deadline(store, server->config->timeout * 1000000, NULL);
    executor_enter(&server->executor, thread, request, store);
}

void guest_end(struct server *server, unsigned thread)
{
    executor_leave(&server->executor, thread);
}

static void answer_late(struct server *server, struct request *request)
{
    atomic_fetch_add(&server->metrics.timeouts, 1);
    answer_text(&request->answer, 504, "the guest was stopped: it took too long");
}

bool guest_overran(struct server *server, struct request *request, const w2s_store *store)
{
    bool overran = w2s_store_interrupted(store);
    if (overran)
        answer_late(server, request);
    return overran;
}

void guest_trapped(struct server *server, struct request *request, w2s_trap *trap)
{
    if (w2s_trap_kind(trap) == W2S_TRAP_INTERRUPTED) {
        answer_late(server, request);
    } else if (w2s_trap_kind(trap) == W2S_TRAP_EXIT) {
        atomic_fetch_add(&server->metrics.guest_errors, 1);
        answer_text(&request->answer, 500, "the guest exited with status %d",
                    w2s_trap_exit_status(trap));
    } else {
        atomic_fetch_add(&server->metrics.traps, 1);
        answer_text(&request->answer, 500, "the guest trapped: %s", w2s_trap_message(trap));
    }
    w2s_trap_free(trap);
}

void guest_missing(struct server *server, struct request *request, w2s_trap *trap,
                   const w2s_error *err)
{
    if (trap)
        guest_trapped(server, request, trap);
    else
        answer_text(&request->answer, err->kind == W2S_ERROR_MEMORY ? 503 : 500, "no guest: %s",
                    err->message);
}
