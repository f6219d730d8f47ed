/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * waPC guests: a request is a call of one operation. Its payload is the body (a form, JSON or
 * MessagePack) or, without one, the JSON in the query's "key". The instance comes from a pool and
 * goes back there, reset.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "runtime/include/wasm2so_wapc.h"
#include "tools/serve/payload.h"
#include "tools/serve/protocol.h"

static void console_log(void *env, w2s_wapc *guest, w2s_wapc_bytes text)
{
    (void)env, (void)guest;
    fprintf(stderr, "%.*s\n", (int)text.size, (const char *)text.data);
}

static bool define(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)env;
    w2s_wapc_config config = {.size = sizeof config, .console_log = console_log};
    return w2s_linker_define_wapc(linker, &config, err);
}

/* One guest is taken and started, so that what cannot work is known before the first request. */
static bool try_guest(w2s_pool *pool, w2s_error *err)
{
    w2s_instance *instance = w2s_pool_take(pool, NULL, err);
    bool ok = instance && w2s_wapc_start(instance, NULL, err);
    if (instance)
        w2s_pool_give(pool, instance);
    return ok;
}

static bool wapc_open(struct server *server, w2s_error *err)
{
    const struct serve_config *config = server->config;
    w2s_store_config store = {.size = sizeof store, .max_memory = config->max_memory};
    w2s_pool_config pool = {.size = sizeof pool,
                            .max_instances = config->instances,
                            .warm = config->instances,
                            .store = &store,
                            .define = define};
    server->pool = w2s_pool_new(config->module, &pool, err);
    if (!server->pool)
        return false;
    if (try_guest(server->pool, err))
        return true;
    w2s_pool_free(server->pool);
    return false;
}

static void wapc_close(struct server *server)
{
    w2s_pool_free(server->pool);
}

/* ---- requests ---- */

static bool has_type(const struct request *request, const char *type)
{
    const char *given = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    size_t n = strlen(type);
    return given && strncasecmp(given, type, n) == 0 && strchr("; \t", given[n]);
}

static bool payload_of_key(const struct request *request, msgpack_sbuffer *payload, char *why)
{
    const char *key = NULL;
    size_t size = 0;
    MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND, "key", 3, &key,
                                  &size);
    strcpy(why, "neither a body NAME=VALUE nor a query key=JSON");
    return key && payload_from_json(key, size, payload, why);
}

static bool payload_make(const struct request *request, msgpack_sbuffer *payload, char *why)
{
    if (request->body_size == 0)
        return payload_of_key(request, payload, why);
    if (has_type(request, "application/json"))
        return payload_from_json(request->body, request->body_size, payload, why);
    if (has_type(request, "application/msgpack") || has_type(request, "application/x-msgpack") ||
        has_type(request, "application/octet-stream"))
        return msgpack_sbuffer_write(payload, request->body, request->body_size) == 0;
    const char *reason;
    bool ok = payload_from_form(request->body, request->body_size, payload, &reason);
    strcpy(why, reason);
    return ok;
}

static void answer_make(struct server *server, struct request *request,
                        const w2s_wapc_answer *answer)
{
    if (answer->ok && answer->bytes.size > server->config->max_answer) {
        answer_text(&request->answer, 500, "the guest's answer is too large");
    } else if (answer->ok) {
        payload_answer(&request->answer, server->config->format, answer->bytes.data,
                       answer->bytes.size);
    } else {
        int n = answer->bytes.size < 800 ? (int)answer->bytes.size : 800;
        atomic_fetch_add(&server->metrics.guest_errors, 1);
        answer_text(&request->answer, 500, "the guest reports an error: %.*s", n,
                    (const char *)answer->bytes.data);
    }
}

static void guest_call(struct server *server, struct request *request, w2s_instance *instance,
                       const msgpack_sbuffer *payload)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_wapc_answer answer;
    w2s_wapc *guest = w2s_wapc_start(instance, &trap, &err);
    if (!guest) {
        guest_missing(server, request, trap, &err);
        return;
    }
    trap = w2s_wapc_call(guest, server->config->operation, payload->data, payload->size, &answer);
    if (trap)
        guest_trapped(server, request, trap);
    else if (!guest_overran(server, request, w2s_instance_store(instance)))
        answer_make(server, request, &answer);
}

static void with_instance(struct server *server, struct request *request, unsigned thread,
                          const msgpack_sbuffer *payload)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_instance *instance = w2s_pool_take(server->pool, &trap, &err);
    if (!instance) {
        guest_missing(server, request, trap, &err);
        return;
    }
    guest_begin(server, request, w2s_instance_store(instance), thread);
    guest_call(server, request, instance, payload);
    guest_end(server, thread);
    w2s_pool_give(server->pool, instance);
}

static void wapc_handle(struct server *server, struct request *request, unsigned thread)
{
    char why[200];
    msgpack_sbuffer payload;
    msgpack_sbuffer_init(&payload);
    if (payload_make(request, &payload, why))
        with_instance(server, request, thread, &payload);
    else
        answer_text(&request->answer, 400, "%s", why);
    msgpack_sbuffer_destroy(&payload);
}

const struct protocol protocol_wapc = {"waPC", "__guest_call", wapc_open, wapc_close, wapc_handle};
