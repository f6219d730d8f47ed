/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * sockets.c: sock_accept, recv, send and shutdown. Standard input is a listening socket; sockets.py
 * connects to it twice, and says what it sees. Standard output is none.
 */
#include "check.h"

#include <string.h>

static uint32_t n;
static uint16_t flags;
static char bytes[64];

static void check_not_sockets(void)
{
    fd_t fd;
    struct iov iov = {bytes, 8};
    fd_t file = open_file("file", O_CREAT_);
    static const fd_t others[] = {1, ROOT};
    for (size_t i = 0; i < 3; i++) {
        fd_t other = i < 2 ? others[i] : file;
        FAILS(NOTSOCK, sock_accept, other, 0, &fd);
        FAILS(NOTSOCK, sock_recv, other, &iov, 1, 0, &n, &flags);
        FAILS(NOTSOCK, sock_send, other, &iov, 1, 0, &n);
        FAILS(NOTSOCK, sock_shutdown, other, 1);
    }
    close_fd(file);
    remove_file("file");
    FAILS(BADF, sock_accept, NOT_OPEN, 0, &fd);
    FAILS(BADF, sock_recv, NOT_OPEN, &iov, 1, 0, &n, &flags);
    FAILS(BADF, sock_send, NOT_OPEN, &iov, 1, 0, &n);
    FAILS(BADF, sock_shutdown, NOT_OPEN, 1);
    FAILS(BADF, sock_shutdown, UINT32_MAX, 1);
}

static void check_talk(fd_t fd)
{
    struct iov parts[] = {{bytes, 2}, {bytes + 2, 62}};
    WORKS(sock_recv, fd, parts, 2, 1, &n, &flags); /* a look */
    EQUAL(sock_recv, 4, n);
    BYTES(sock_recv, "ping", bytes, 4);
    WORKS(sock_recv, fd, parts, 2, 0, &n, &flags);
    EQUAL(sock_recv, 4, n);
    EQUAL(sock_recv, 0, flags);
    FAILS(INVAL, sock_recv, fd, parts, 2, 4, &n, &flags);
    FAILS(INVAL, sock_send, fd, parts, 2, 1, &n);
    WORKS(sock_send, fd, &(struct iov){S("pong")}, 1, 0, &n);
    EQUAL(sock_send, 4, n);
    WORKS(sock_recv, fd, &(struct iov){bytes, 6}, 1, 2, &n, &flags); /* waits for all six */
    EQUAL(sock_recv, 6, n);
    BYTES(sock_recv, "abcdef", bytes, 6);
    WORKS(fd_write, fd, &(struct iov){S("end")}, 1, &n); /* a socket is a file, too */
    FAILS(INVAL, sock_shutdown, fd, 0);
    FAILS(INVAL, sock_shutdown, fd, 4);
    WORKS(sock_shutdown, fd, 2);
    FAILS(PIPE, sock_send, fd, &(struct iov){S("more")}, 1, 0, &n);
    FAILS(PIPE, fd_write, fd, &(struct iov){S("more")}, 1, &n);
    WORKS(sock_recv, fd, &(struct iov){bytes, 6}, 1, 0, &n, &flags);
    EQUAL(sock_recv, 0, n); /* the other side has closed */
    WORKS(sock_shutdown, fd, 1);
    uint64_t at;
    FAILS(SPIPE, fd_seek, fd, 0, CUR, &at);
    FAILS(SPIPE, fd_tell, fd, &at);
}

int main(void)
{
    fd_t fd = 0, second = 0;
    struct fdstat st;
    check_not_sockets();
    WORKS(fd_fdstat_get, 0, &st);
    EQUAL(fd_fdstat_get, 6, st.type); /* a stream socket */
    FAILS(INVAL, sock_accept, 0, F_APPEND, &fd);
    WORKS(sock_accept, 0, 0, &fd);
    HOLDS(sock_accept, fd > 2);
    check_talk(fd);
    WORKS(fd_close, fd);
    WORKS(sock_accept, 0, F_NONBLOCK, &second);
    EQUAL(sock_accept, fd, second);
    WORKS(fd_fdstat_get, second, &st);
    EQUAL(sock_accept, F_NONBLOCK, st.flags);
    FAILS(AGAIN, sock_recv, second, &(struct iov){bytes, 6}, 1, 0, &n, &flags);
    WORKS(fd_fdstat_set_flags, 0, F_NONBLOCK);
    FAILS(AGAIN, sock_accept, 0, 0, &fd);
    WORKS(fd_close, second);
    return check_end();
}
