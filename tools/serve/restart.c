/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * execve ends every thread, whatever it does, and keeps the process (its supervisor sees nothing)
 * and the listening socket, on which clients wait meanwhile. While requests are finished,
 * connections are no longer accepted; then the executor is frozen, so that no other answer can
 * follow the one that is written here past the HTTP library.
 */
#include "tools/serve/restart.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/serve/protocol.h"

enum { LISTEN_FD = 3, MAX_ARGS = 4096 };

static unsigned late_guests(struct server *server)
{
    return executor_late(&server->executor, server->config->timeout * 1000000);
}

bool restart_needed(struct server *server)
{
    return !server->config->interruptible && late_guests(server) > 0;
}

/* Nothing is in progress but the late guests; what waits has no hope when there are only those. */
static bool is_drained(struct server *server)
{
    unsigned busy, waiting, late = late_guests(server);
    executor_load(&server->executor, &busy, &waiting);
    if (late == server->executor.threads)
        late += waiting;
    return atomic_load(&server->requests) <= late;
}

/* ---- answers ---- */

static void cut_off(const struct request *request, unsigned status, const char *text)
{
    char answer[400];
    bool head = strcmp(request->method, "HEAD") == 0;
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 %u %s\r\nConnection: close\r\n%s"
                     "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s",
                     status, MHD_get_reason_phrase_for(status),
                     status == 503 ? "Retry-After: 1\r\n" : "", strlen(text), head ? "" : text);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info)
        send(info->connect_fd, answer, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    request_log(request, status, strlen(text));
}

static void cut_off_all(struct server *server)
{
    const struct executor *executor = &server->executor;
    for (unsigned i = 0; i < executor->threads; i++)
        if (executor->guests[i].store)
            cut_off(executor->guests[i].request, 504, "the guest was stopped: it took too long\n");
    for (const struct request *request = executor->first; request; request = request->next)
        cut_off(request, 503, "the server starts anew\n");
}

/* ---- the same program again ---- */

/* The arguments that this process was started with, ended by NULL. */
static char **arguments(void)
{
    static char *args[MAX_ARGS];
    size_t n = 0, room = 0;
    FILE *file = fopen("/proc/self/cmdline", "re");
    while (file && n < MAX_ARGS - 1 && getdelim(&args[n], &room, '\0', file) > 0) {
        n++;
        room = 0;
    }
    args[n] = NULL;
    return args;
}

_Noreturn static void run_anew(int socket)
{
    char pid[24], **args = arguments();
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    if (socket == LISTEN_FD)
        fcntl(socket, F_SETFD, 0);
    else
        dup2(socket, LISTEN_FD);
    close_range(LISTEN_FD + 1, ~0u, 0);
    execv("/proc/self/exe", args);
    perror("wasm2so: the server cannot start anew");
    _exit(1);
}

_Noreturn void server_restart(struct server *server)
{
    fprintf(stderr, "wasm2so: a request takes too long and cannot be interrupted: starting anew\n");
    atomic_store(&server->stopping, true);
    int socket = MHD_quiesce_daemon(server->daemon);
    server_wait(server, is_drained, server->config->grace);
    executor_freeze(&server->executor);
    cut_off_all(server);
    run_anew(socket);
}

/* ---- the socket ---- */

static bool is_listening(int socket)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

int restart_socket(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    bool ours =
        pid && count && atol(pid) == (long)getpid() && atol(count) >= 1 && is_listening(LISTEN_FD);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    if (!ours)
        return -1;
    fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC);
    return LISTEN_FD;
}
