/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An HTTP server in C over a waPC guest, with libmicrohttpd, jansson and msgpack-c. The module is
 * loaded once; each request gets an instance from the pool, which is reset when it comes back.
 *
 *     server GUEST.so OPERATION [PORT]
 */
#include <jansson.h>
#include <microhttpd.h>
#include <msgpack.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm2so_wapc.h"

enum { THREADS = 4, MAX_BODY = 65536, PATIENCE_MS = 5000 };

struct server {
    w2s_pool *pool;
    const char *operation;
};

struct request {
    char body[MAX_BODY + 1];
    size_t size;
};

static void fatal(const char *message)
{
    fprintf(stderr, "server: %s\n", message);
    exit(1);
}

/* ---- the payload: {NAME: VALUE} ---- */

static void pack_pair(msgpack_sbuffer *to, const char *name, const char *value)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, to, msgpack_sbuffer_write);
    msgpack_pack_map(&packer, 1);
    msgpack_pack_str_with_body(&packer, name, strlen(name));
    msgpack_pack_str_with_body(&packer, value, strlen(value));
}

static bool pack_form(msgpack_sbuffer *to, char *body)
{
    char *equals = strchr(body, '=');
    if (!equals)
        return false;
    *equals = '\0';
    MHD_http_unescape(equals + 1);
    pack_pair(to, body, equals + 1);
    return true;
}

/* An object with one string in it. */
static bool pack_key(msgpack_sbuffer *to, const char *key)
{
    json_t *object = key ? json_loads(key, 0, NULL) : NULL;
    void *member = object ? json_object_iter(object) : NULL;
    const char *value = member ? json_string_value(json_object_iter_value(member)) : NULL;
    if (value)
        pack_pair(to, json_object_iter_key(member), value);
    json_decref(object);
    return value != NULL;
}

/* ---- the guest ---- */

static bool define(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)env;
    w2s_wapc_config config = {.size = sizeof config};
    return w2s_linker_define_wapc(linker, &config, err);
}

static struct MHD_Response *response_of(const void *data, size_t size)
{
    return MHD_create_response_from_buffer(size, (void *)(uintptr_t)data, MHD_RESPMEM_MUST_COPY);
}

static struct MHD_Response *response_of_text(const char *text)
{
    return response_of(text, strlen(text));
}

/* The answer is a MessagePack string. */
static struct MHD_Response *response_of_answer(const w2s_wapc_answer *answer)
{
    msgpack_unpacked item;
    msgpack_unpacked_init(&item);
    struct MHD_Response *response = NULL;
    if (answer->ok &&
        msgpack_unpack_next(&item, (const char *)answer->bytes.data, answer->bytes.size, NULL) ==
            MSGPACK_UNPACK_SUCCESS &&
        item.data.type == MSGPACK_OBJECT_STR)
        response = response_of(item.data.via.str.ptr, item.data.via.str.size);
    else
        response = response_of(answer->bytes.data, answer->bytes.size);
    msgpack_unpacked_destroy(&item);
    return response;
}

static struct MHD_Response *guest_ask(const struct server *server, w2s_instance *instance,
                                      const msgpack_sbuffer *payload, unsigned *status)
{
    w2s_error err;
    w2s_wapc_answer answer;
    w2s_store_set_deadline(w2s_instance_store(instance), (uint64_t)PATIENCE_MS * 1000000, NULL);
    w2s_wapc *guest = w2s_wapc_start(instance, NULL, &err);
    if (!guest)
        return response_of_text(err.message);
    w2s_trap *trap = w2s_wapc_call(guest, server->operation, payload->data, payload->size, &answer);
    if (trap) {
        struct MHD_Response *response = response_of_text(w2s_trap_message(trap));
        w2s_trap_free(trap);
        return response;
    }
    if (answer.ok)
        *status = 200;
    return response_of_answer(&answer);
}

static struct MHD_Response *answer_make(const struct server *server, const msgpack_sbuffer *payload,
                                        unsigned *status)
{
    w2s_error err;
    w2s_instance *instance = w2s_pool_take(server->pool, NULL, &err);
    *status = instance ? 500 : 503;
    if (!instance)
        return response_of_text(err.message);
    struct MHD_Response *response = guest_ask(server, instance, payload, status);
    w2s_pool_give(server->pool, instance);
    return response;
}

/* ---- HTTP ---- */

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status,
                               struct MHD_Response *response)
{
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result request_answer(const struct server *server,
                                      struct MHD_Connection *connection, struct request *request)
{
    msgpack_sbuffer payload;
    msgpack_sbuffer_init(&payload);
    unsigned status = 400;
    request->body[request->size] = '\0';
    bool ok = request->size > 0
                  ? pack_form(&payload, request->body)
                  : pack_key(&payload,
                             MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "key"));
    struct MHD_Response *response = ok ? answer_make(server, &payload, &status)
                                       : response_of_text("neither NAME=VALUE nor ?key=JSON\n");
    msgpack_sbuffer_destroy(&payload);
    return respond(connection, status, response);
}

static enum MHD_Result handle(void *env, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **at)
{
    (void)method, (void)version;
    struct request *request = *at;
    if (!request)
        return (*at = calloc(1, sizeof *request)) ? MHD_YES : MHD_NO;
    if (*size > MAX_BODY - request->size)
        return MHD_NO;
    if (*size > 0) {
        memcpy(request->body + request->size, data, *size);
        request->size += *size;
        *size = 0;
        return MHD_YES;
    }
    if (strcmp(url, "/healthz") == 0)
        return respond(connection, 200, response_of_text("ok\n"));
    return request_answer(env, connection, request);
}

static void completed(void *env, struct MHD_Connection *connection, void **at,
                      enum MHD_RequestTerminationCode how)
{
    (void)env, (void)connection, (void)how;
    free(*at);
}

/* Until SIGTERM or SIGINT. */
static void serve(struct server *server, uint16_t port)
{
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    struct MHD_Daemon *http =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, handle, server,
                         MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_THREAD_POOL_SIZE,
                         (unsigned)THREADS, MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
    if (!http)
        fatal("cannot listen");
    fprintf(stderr, "on port %u\n", port);
    sigwait(&signals, &number);
    MHD_stop_daemon(http);
}

int main(int argc, char **argv)
{
    w2s_error err;
    if (argc < 3)
        fatal("usage: server GUEST.so OPERATION [PORT]");
    w2s_module *module = w2s_module_load(argv[1], &err);
    if (!module)
        fatal(err.message);
    w2s_pool_config config = {
        .size = sizeof config, .max_instances = THREADS, .warm = THREADS, .define = define};
    struct server server = {w2s_pool_new(module, &config, &err), argv[2]};
    if (!server.pool)
        fatal(err.message);
    serve(&server, argc > 3 ? (uint16_t)atoi(argv[3]) : 8080);
    w2s_pool_free(server.pool);
    w2s_module_free(module);
    return 0;
}
