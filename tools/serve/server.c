/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_serve: brings the parts together, waits for the signal to stop, and stops in order: no
 * new connections, what is in progress is finished, what does not end is interrupted.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/protocol.h"
#include "tools/serve/restart.h"

enum { TICK_MS = 100, HEADER_ROOM = 32 * 1024 };

static int fail(const struct serve_config *config, const char *what)
{
    fprintf(stderr, "wasm2so: %s: error: %s\n", config->file, what);
    return 1;
}

/* ---- what the module is ---- */

static bool has_function(const w2s_module *module, const char *name)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    for (uint32_t i = 0; i < desc->export_count; i++)
        if (desc->exports[i].kind == W2S_FUNC && strcmp(desc->exports[i].name.bytes, name) == 0)
            return true;
    return false;
}

static const struct protocol *protocol_find(const w2s_module *module)
{
    static const struct protocol *const all[] = {&protocol_wapc, &protocol_command};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (has_function(module, all[i]->entry))
            return all[i];
    return NULL;
}

/* ---- connections ---- */

static void connection_changed(void *env, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    struct server *server = env;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = clients_add(&server->clients, info->connect_fd);
    } else if (*context) {
        clients_remove(&server->clients, *context);
    }
}

static unsigned port_of(int socket)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
    } address;
    socklen_t size = sizeof address;
    if (getsockname(socket, &address.any, &size) != 0)
        return 0;
    if (address.any.sa_family == AF_INET)
        return ntohs(address.ip4.sin_port);
    return address.any.sa_family == AF_INET6 ? ntohs(address.ip6.sin6_port) : 0;
}

static bool daemon_start(struct server *server, int socket)
{
    const struct serve_config *config = server->config;
    intptr_t seconds = (intptr_t)((config->client_timeout + 999) / 1000);
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, socket, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)request_begin, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_end, server},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_changed, server},
        {MHD_OPTION_CONNECTION_TIMEOUT, seconds, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, config->connections, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADER_ROOM, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {config->workers > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, config->workers, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    server->daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                         request_handle, server, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return server->daemon != NULL;
}

/* ---- the end ---- */

static void sleep_tick(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
}

static bool is_idle(struct server *server)
{
    return atomic_load(&server->requests) == 0;
}

bool server_wait(struct server *server, bool (*done)(struct server *server), uint64_t milliseconds)
{
    for (uint64_t waited = 0; !done(server); waited += TICK_MS) {
        if (waited >= milliseconds)
            return false;
        clients_reap(&server->clients);
        sleep_tick();
    }
    return true;
}

/* 0, or 1 if something had to be cut off. What cannot even be interrupted ends with the process. */
static int server_stop(struct server *server)
{
    atomic_store(&server->stopping, true);
    int socket = MHD_quiesce_daemon(server->daemon);
    if (socket >= 0)
        close(socket);
    bool finished = server_wait(server, is_idle, server->config->grace);
    if (!finished) {
        fprintf(stderr, "wasm2so: requests are still in progress: they are interrupted\n");
        executor_interrupt(&server->executor);
        if (!server_wait(server, is_idle, 1000))
            _exit(1);
    }
    MHD_stop_daemon(server->daemon);
    executor_stop(&server->executor);
    server->protocol->close(server);
    return finished ? 0 : 1;
}

/* ---- the beginning ---- */

static void say_ready(const struct server *server)
{
    const struct serve_config *config = server->config;
    const char *colon = strrchr(config->listen, ':');
    if (server->port > 0)
        fprintf(stderr, "wasm2so: serving %s (%s) on http://%.*s:%u\n", config->file,
                server->protocol->name, (int)(colon - config->listen), config->listen,
                server->port);
    else
        fprintf(stderr, "wasm2so: serving %s (%s) on %s\n", config->file, server->protocol->name,
                config->listen);
}

/* The signals to stop by, blocked in all threads, are waited for here. */
static int wait_for_end(struct server *server, const sigset_t *signals)
{
    struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    while (sigtimedwait(signals, NULL, &tick) < 0) {
        clients_reap(&server->clients);
        if (restart_needed(server))
            server_restart(server);
    }
    fprintf(stderr, "wasm2so: stopping\n");
    return server_stop(server);
}

static int serve_requests(struct server *server, int socket, const sigset_t *signals)
{
    const struct serve_config *config = server->config;
    server->port = port_of(socket);
    if (!executor_start(&server->executor, config->instances, config->queue, request_run))
        return fail(config, "the threads for the guests cannot be started");
    if (!daemon_start(server, socket)) {
        executor_stop(&server->executor);
        return fail(config, "the HTTP server cannot be started");
    }
    say_ready(server);
    return wait_for_end(server, signals);
}

static int open_and_serve(struct server *server, const sigset_t *signals)
{
    w2s_error err;
    int socket = restart_socket();
    if (socket < 0)
        socket = w2s_listen(server->config->listen, &err);
    if (socket < 0)
        return fail(server->config, err.message);
    fcntl(socket, F_SETFL, O_NONBLOCK);
    if (!server->protocol->open(server, &err)) {
        close(socket);
        return fail(server->config, err.message);
    }
    return serve_requests(server, socket, signals);
}

int wasm2so_serve(const struct serve_config *config)
{
    if (config->size != sizeof *config)
        return fail(config, "libwasm2so_serve.so is of another release");
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return fail(config, "out of memory");
    server->config = config;
    server->protocol = protocol_find(config->module);
    clients_init(&server->clients, config->client_timeout * 1000000);
    sigset_t signals, old;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, &old);
    signal(SIGPIPE, SIG_IGN);
    int code = server->protocol ? open_and_serve(server, &signals)
                                : fail(config, "it exports neither __guest_call (waPC) nor _start");
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    free(server);
    return code;
}
