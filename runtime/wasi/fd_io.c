/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Reading and writing, straight from and to guest memory, and fd_readdir. At most WASI_IOV_MAX
 * buffers go into one system call; a guest that gave more sees a short count, which every reader
 * and writer has to expect.
 */
#include "runtime/wasi/wasi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* One call: the descriptor in argument 0, buffers in 1 and 2, the count's place in argument
 * result. */
struct transfer {
    struct wasi_descriptor *descriptor;
    struct wasi_buffers buffers;
    void *result;
};

static enum wasi_errno transfer_start(const struct wasi_call *call, uint64_t rights,
                                      unsigned result, struct transfer *transfer)
{
    enum wasi_errno error = wasi_call_descriptor(call, 0, rights, &transfer->descriptor);
    if (error)
        return error;
    transfer->result = wasi_guest(call, wasi_arg_u32(call, result), 4);
    if (!transfer->result)
        return WASI_FAULT;
    return wasi_guest_buffers(call, wasi_arg_u32(call, 1), wasi_arg_u32(call, 2),
                              &transfer->buffers);
}

/* n fits: Linux moves less than 2 GiB a call. */
static enum wasi_errno transfer_end(const struct transfer *transfer, ssize_t n)
{
    if (n >= 0)
        wasi_put_u32(transfer->result, (uint32_t)n);
    return wasi_result(n);
}

/* Writing to a pipe that nobody reads raises SIGPIPE, which would end the host: it is held back in
 * this thread and taken away again, unless it was pending before. */
static ssize_t write_pipe(int host, const struct iovec *iov, int count)
{
    sigset_t pipe_set, old, pending;
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
    sigpending(&pending);
    ssize_t n = writev(host, iov, count);
    int error = errno;
    if (n < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
        while (sigtimedwait(&pipe_set, NULL, &(struct timespec){0}) < 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return n;
}

static bool has_reader(const struct wasi_descriptor *descriptor)
{
    return descriptor->filetype == WASI_FILETYPE_UNKNOWN ||
           descriptor->filetype == WASI_FILETYPE_SOCKET_STREAM ||
           descriptor->filetype == WASI_FILETYPE_SOCKET_DGRAM;
}

enum wasi_errno wasi_fd_read(struct wasi_call *call)
{
    struct transfer t;
    enum wasi_errno error = transfer_start(call, WASI_RIGHT_FD_READ, 3, &t);
    if (error)
        return error;
    return transfer_end(&t, readv(t.descriptor->host, t.buffers.iov, t.buffers.count));
}

enum wasi_errno wasi_fd_write(struct wasi_call *call)
{
    struct transfer t;
    enum wasi_errno error = transfer_start(call, WASI_RIGHT_FD_WRITE, 3, &t);
    if (error)
        return error;
    ssize_t (*write)(int, const struct iovec *, int) =
        has_reader(t.descriptor) ? write_pipe : writev;
    return transfer_end(&t, write(t.descriptor->host, t.buffers.iov, t.buffers.count));
}

enum wasi_errno wasi_fd_pread(struct wasi_call *call)
{
    struct transfer t;
    enum wasi_errno error = transfer_start(call, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK, 4, &t);
    if (error)
        return wasi_position_error(error, t.descriptor);
    int64_t offset = call->args[3].i64;
    return transfer_end(&t, preadv(t.descriptor->host, t.buffers.iov, t.buffers.count, offset));
}

enum wasi_errno wasi_fd_pwrite(struct wasi_call *call)
{
    struct transfer t;
    enum wasi_errno error = transfer_start(call, WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK, 4, &t);
    if (error)
        return wasi_position_error(error, t.descriptor);
    int64_t offset = call->args[3].i64;
    return transfer_end(&t, pwritev(t.descriptor->host, t.buffers.iov, t.buffers.count, offset));
}

/* ---- directories ---- */

/* Where fd_readdir writes: whatever does not fit is cut off, and a full buffer tells the guest that
 * there is more. */
struct listing {
    uint8_t *bytes;
    uint32_t used, size;
};

static void listing_put(struct listing *listing, const void *from, size_t size)
{
    size_t left = listing->size - listing->used;
    size_t n = size < left ? size : left;
    memcpy(listing->bytes + listing->used, from, n);
    listing->used += (uint32_t)n;
}

static enum wasi_filetype entry_type(int dir, const struct dirent64 *entry)
{
    struct stat st;
    if (entry->d_type != DT_UNKNOWN)
        return wasi_filetype_of((mode_t)entry->d_type << 12); /* the type bits of st_mode */
    if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return WASI_FILETYPE_UNKNOWN;
    return wasi_filetype_of(st.st_mode);
}

static void listing_add(struct listing *listing, int dir, const struct dirent64 *entry)
{
    struct wasi_dirent head = {
        .next = (uint64_t)entry->d_off,
        .ino = entry->d_ino,
        .namlen = (uint32_t)strlen(entry->d_name),
        .type = (uint8_t)entry_type(dir, entry),
    };
    listing_put(listing, &head, sizeof head);
    listing_put(listing, entry->d_name, head.namlen);
}

/* The cookie of an entry is the kernel's own offset of the next, which stays good while entries
 * come and go; 0 is the start. */
static enum wasi_errno list(int dir, uint64_t cookie, struct listing *listing)
{
    _Alignas(struct dirent64) char entries[2048];
    if (cookie > INT64_MAX)
        return WASI_INVAL;
    if (lseek(dir, (off_t)cookie, SEEK_SET) < 0)
        return wasi_result(-1);
    while (listing->used < listing->size) {
        ssize_t n = getdents64(dir, (void *)entries, sizeof entries);
        if (n <= 0)
            return wasi_result(n);
        for (ssize_t at = 0; at < n && listing->used < listing->size;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            listing_add(listing, dir, entry);
            at += entry->d_reclen;
        }
    }
    return WASI_SUCCESS;
}

enum wasi_errno wasi_fd_readdir(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = wasi_call_descriptor(call, 0, WASI_RIGHT_FD_READDIR, &descriptor);
    if (error)
        return error;
    uint32_t size = wasi_arg_u32(call, 2);
    void *result = wasi_guest(call, wasi_arg_u32(call, 4), 4);
    struct listing listing = {.bytes = wasi_guest(call, wasi_arg_u32(call, 1), size), .size = size};
    if (!listing.bytes || !result)
        return WASI_FAULT;
    pthread_mutex_lock(&call->wasi->listing);
    error = list(descriptor->host, wasi_arg_u64(call, 3), &listing);
    pthread_mutex_unlock(&call->wasi->listing);
    if (!error)
        wasi_put_u32(result, listing.used);
    return error;
}
