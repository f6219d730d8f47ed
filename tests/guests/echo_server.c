/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A server on the listening socket that it was given as the descriptor in its first argument: sends
 * back what each of so many connections (second argument) sends, then says what it saw. With
 * "poll" as third argument it never blocks but in poll_oneoff. tests/sockets.py is the other side.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

/* Not in every wasi-libc. */
int32_t accept_connection(int32_t fd, int32_t flags, uint32_t *connection) IMPORT(sock_accept);

static int failed(const char *what, int error)
{
    printf("%s: error %d\n", what, error);
    exit(1);
}

static void expect(const char *what, int error, int wanted)
{
    if (error != wanted)
        failed(what, error);
}

static void wait_for(__wasi_fd_t fd)
{
    const __wasi_subscription_t subscription = {
        .userdata = 42,
        .u = {.tag = __WASI_EVENTTYPE_FD_READ, .u = {.fd_read = {.file_descriptor = fd}}},
    };
    __wasi_event_t event;
    __wasi_size_t count = 0;
    expect("poll_oneoff", __wasi_poll_oneoff(&subscription, &event, 1, &count), 0);
    if (count != 1 || event.userdata != 42 || event.error != 0)
        failed("event", event.error);
}

static void describe(const char *what, __wasi_fd_t fd)
{
    __wasi_fdstat_t stat;
    expect("fd_fdstat_get", __wasi_fd_fdstat_get(fd, &stat), 0);
    printf("%s: type %d, flags %d\n", what, stat.fs_filetype, stat.fs_flags);
}

static __wasi_fd_t take(__wasi_fd_t listener, int polls)
{
    uint32_t fd;
    int flags = polls ? __WASI_FDFLAGS_NONBLOCK : 0;
    int error;
    while ((error = accept_connection((int32_t)listener, flags, &fd)) == __WASI_ERRNO_AGAIN)
        wait_for(listener);
    expect("sock_accept", error, 0);
    return fd;
}

static __wasi_size_t receive(__wasi_fd_t fd, void *to, __wasi_size_t size, __wasi_riflags_t flags)
{
    __wasi_iovec_t buffer = {to, size};
    __wasi_size_t n;
    __wasi_roflags_t result;
    int error;
    while ((error = __wasi_sock_recv(fd, &buffer, 1, flags, &n, &result)) == __WASI_ERRNO_AGAIN)
        wait_for(fd);
    expect("sock_recv", error, 0);
    return n;
}

static void echo(__wasi_fd_t fd)
{
    char bytes[1000], again[sizeof bytes];
    unsigned total = 0;
    __wasi_size_t n, sent;
    while ((n = receive(fd, bytes, sizeof bytes, __WASI_RIFLAGS_RECV_PEEK)) > 0) {
        __wasi_size_t m = receive(fd, again, n, 0);
        if (m != n || memcmp(bytes, again, n) != 0)
            failed("bytes differ from those seen before", (int)m);
        for (__wasi_size_t at = 0; at < n; at += sent) {
            __wasi_ciovec_t buffer = {(const uint8_t *)bytes + at, n - at};
            expect("sock_send", __wasi_sock_send(fd, &buffer, 1, 0, &sent), 0);
        }
        total += n;
    }
    expect("sock_shutdown", __wasi_sock_shutdown(fd, __WASI_SDFLAGS_WR), 0);
    expect("fd_close", __wasi_fd_close(fd), 0);
    printf("echoed %u bytes\n", total);
}

int main(int argc, char **argv)
{
    __wasi_fd_t listener = argc > 1 ? (__wasi_fd_t)atoi(argv[1]) : 3;
    int connections = argc > 2 ? atoi(argv[2]) : 1,
        polls = argc > 3 && strcmp(argv[3], "poll") == 0;
    __wasi_prestat_t prestat;
    expect("fd_prestat_get", __wasi_fd_prestat_get(listener, &prestat), __WASI_ERRNO_BADF);
    if (polls)
        expect("fd_fdstat_set_flags", __wasi_fd_fdstat_set_flags(listener, __WASI_FDFLAGS_NONBLOCK),
               0);
    describe("listener", listener);
    for (int i = 0; i < connections; i++) {
        __wasi_fd_t connection = take(listener, polls);
        describe("connection", connection);
        echo(connection);
    }
    expect("fd_close of the listener", __wasi_fd_close(listener), 0);
    return 0;
}
