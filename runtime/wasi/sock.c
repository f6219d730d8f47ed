/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sockets that the host handed in: accept, receive, send, shut down. WASI preview 1 cannot make
 * sockets. A message must not be torn, so more than WASI_IOV_MAX buffers are refused here.
 */
#include "runtime/wasi/wasi.h"

#include <sys/socket.h>
#include <unistd.h>

/* POSIX says int, glibc size_t. */
typedef __typeof__(((struct msghdr *)NULL)->msg_iovlen) iov_length;

static enum wasi_errno get(const struct wasi_call *call, uint64_t rights, int *host)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = wasi_call_descriptor(call, 0, rights, &descriptor);
    if (error == WASI_NOTCAPABLE && descriptor->filetype != WASI_FILETYPE_SOCKET_STREAM &&
        descriptor->filetype != WASI_FILETYPE_SOCKET_DGRAM)
        return WASI_NOTSOCK;
    if (!error)
        *host = descriptor->host;
    return error;
}

static enum wasi_errno get_message(const struct wasi_call *call, uint64_t rights, int *host,
                                   struct wasi_buffers *buffers)
{
    enum wasi_errno error = get(call, rights, host);
    if (!error)
        error = wasi_guest_buffers(call, wasi_arg_u32(call, 1), wasi_arg_u32(call, 2), buffers);
    if (!error && buffers->cut)
        error = WASI_INVAL;
    return error;
}

/* Takes over host. */
static enum wasi_errno install(const struct wasi_call *call, int host, uint32_t *fd)
{
    struct wasi_descriptor descriptor;
    enum wasi_errno error = wasi_descriptor_describe(host, &descriptor);
    if (!error) {
        descriptor.owned = true;
        error = wasi_table_insert(&call->wasi->table, descriptor, fd);
    }
    if (error)
        close(host);
    return error;
}

enum wasi_errno wasi_sock_accept(struct wasi_call *call)
{
    int listener;
    uint32_t fd;
    uint32_t fdflags = wasi_arg_u32(call, 1);
    enum wasi_errno error = get(call, WASI_RIGHT_SOCK_ACCEPT, &listener);
    if (error)
        return error;
    void *result = wasi_guest(call, wasi_arg_u32(call, 2), 4);
    if (!result)
        return WASI_FAULT;
    if (fdflags & ~(uint32_t)WASI_FDFLAGS_NONBLOCK)
        return WASI_INVAL;
    int host = accept4(listener, NULL, NULL, SOCK_CLOEXEC | (fdflags ? SOCK_NONBLOCK : 0));
    if (host < 0)
        return wasi_result(-1);
    error = install(call, host, &fd);
    if (!error)
        wasi_put_u32(result, fd);
    return error;
}

enum wasi_errno wasi_sock_recv(struct wasi_call *call)
{
    int host;
    struct wasi_buffers buffers;
    uint32_t flags = wasi_arg_u32(call, 3);
    void *size = wasi_guest(call, wasi_arg_u32(call, 4), 4);
    void *roflags = wasi_guest(call, wasi_arg_u32(call, 5), 2);
    enum wasi_errno error = get_message(call, WASI_RIGHT_FD_READ, &host, &buffers);
    if (error)
        return error;
    if (!size || !roflags)
        return WASI_FAULT;
    if (flags & ~(uint32_t)(WASI_RIFLAGS_PEEK | WASI_RIFLAGS_WAITALL))
        return WASI_INVAL;
    struct msghdr message = {.msg_iov = buffers.iov, .msg_iovlen = (iov_length)buffers.count};
    int how = (flags & WASI_RIFLAGS_PEEK ? MSG_PEEK : 0) |
              (flags & WASI_RIFLAGS_WAITALL ? MSG_WAITALL : 0);
    ssize_t n = recvmsg(host, &message, how);
    if (n < 0)
        return wasi_result(-1);
    wasi_put_u32(size, (uint32_t)n);
    wasi_put_u16(roflags, message.msg_flags & MSG_TRUNC ? WASI_ROFLAGS_TRUNCATED : 0);
    return WASI_SUCCESS;
}

enum wasi_errno wasi_sock_send(struct wasi_call *call)
{
    int host;
    struct wasi_buffers buffers;
    void *size = wasi_guest(call, wasi_arg_u32(call, 4), 4);
    enum wasi_errno error = get_message(call, WASI_RIGHT_FD_WRITE, &host, &buffers);
    if (error)
        return error;
    if (!size)
        return WASI_FAULT;
    if (wasi_arg_u32(call, 3) != 0)
        return WASI_INVAL; /* no flags are defined */
    struct msghdr message = {.msg_iov = buffers.iov, .msg_iovlen = (iov_length)buffers.count};
    ssize_t n = sendmsg(host, &message, MSG_NOSIGNAL);
    if (n >= 0)
        wasi_put_u32(size, (uint32_t)n);
    return wasi_result(n);
}

enum wasi_errno wasi_sock_shutdown(struct wasi_call *call)
{
    static const int hows[] = {
        [WASI_SDFLAGS_RD] = SHUT_RD,
        [WASI_SDFLAGS_WR] = SHUT_WR,
        [WASI_SDFLAGS_RD | WASI_SDFLAGS_WR] = SHUT_RDWR,
    };
    int host;
    uint32_t how = wasi_arg_u32(call, 1);
    enum wasi_errno error = get(call, WASI_RIGHT_SOCK_SHUTDOWN, &host);
    if (error)
        return error;
    if (how == 0 || how >= sizeof hows / sizeof *hows)
        return WASI_INVAL;
    return wasi_result(shutdown(host, hows[how]));
}
