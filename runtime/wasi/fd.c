/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Descriptors as such: closing, renumbering, flags and rights, preopens, position, and the calls
 * that go straight to one system call. What reads and writes is in fd_io.c, what deals with file
 * attributes in fd_stat.c.
 */
#include "runtime/wasi/wasi.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The descriptor in argument 0. */
static enum wasi_errno get(const struct wasi_call *call, uint64_t rights,
                           struct wasi_descriptor **descriptor)
{
    return wasi_call_descriptor(call, 0, rights, descriptor);
}

enum wasi_errno wasi_fd_close(struct wasi_call *call)
{
    return wasi_table_close(&call->wasi->table, wasi_arg_u32(call, 0));
}

enum wasi_errno wasi_fd_renumber(struct wasi_call *call)
{
    return wasi_table_renumber(&call->wasi->table, wasi_arg_u32(call, 0), wasi_arg_u32(call, 1));
}

enum wasi_errno wasi_adapter_open_badfd(struct wasi_call *call)
{
    uint32_t fd;
    void *result = wasi_guest(call, wasi_arg_u32(call, 0), 4);
    if (!result)
        return WASI_FAULT;
    enum wasi_errno error = wasi_table_reserve(&call->wasi->table, &fd);
    if (!error)
        wasi_put_u32(result, fd);
    return error;
}

enum wasi_errno wasi_adapter_close_badfd(struct wasi_call *call)
{
    return wasi_table_release(&call->wasi->table, wasi_arg_u32(call, 0));
}

/* ---- flags and rights ---- */

int wasi_open_flags(uint32_t fdflags)
{
    int flags = 0;
    if (fdflags & WASI_FDFLAGS_APPEND)
        flags |= O_APPEND;
    if (fdflags & WASI_FDFLAGS_NONBLOCK)
        flags |= O_NONBLOCK;
    if (fdflags & WASI_FDFLAGS_DSYNC)
        flags |= O_DSYNC;
    if (fdflags & (WASI_FDFLAGS_SYNC | WASI_FDFLAGS_RSYNC))
        flags |= O_SYNC; /* Linux has no O_RSYNC of its own */
    return flags;
}

static uint16_t fdflags_of(int flags)
{
    unsigned fdflags = 0;
    if (flags & O_APPEND)
        fdflags |= WASI_FDFLAGS_APPEND;
    if (flags & O_NONBLOCK)
        fdflags |= WASI_FDFLAGS_NONBLOCK;
    if ((flags & O_SYNC) == O_SYNC)
        fdflags |= WASI_FDFLAGS_SYNC; /* O_SYNC contains O_DSYNC */
    else if (flags & O_DSYNC)
        fdflags |= WASI_FDFLAGS_DSYNC;
    return (uint16_t)fdflags;
}

enum wasi_errno wasi_fd_fdstat_get(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    void *result = wasi_guest(call, wasi_arg_u32(call, 1), sizeof(struct wasi_fdstat));
    enum wasi_errno error = get(call, WASI_RIGHT_NONE, &descriptor);
    if (error || !result)
        return error ? error : WASI_FAULT;
    int flags = fcntl(descriptor->host, F_GETFL);
    if (flags < 0)
        return wasi_result(-1);
    struct wasi_fdstat fdstat = {
        .filetype = descriptor->filetype,
        .flags = fdflags_of(flags),
        .rights_base = descriptor->rights,
        .rights_inheriting = descriptor->inheriting,
    };
    memcpy(result, &fdstat, sizeof fdstat);
    return WASI_SUCCESS;
}

/* Linux cannot change the synchronisation of an open file: NOTSUP where that is asked for. */
enum wasi_errno wasi_fd_fdstat_set_flags(struct wasi_call *call)
{
    const int sync = O_SYNC | O_DSYNC;
    const int changeable = O_APPEND | O_NONBLOCK;
    struct wasi_descriptor *descriptor;
    uint32_t fdflags = wasi_arg_u32(call, 1);
    enum wasi_errno error = get(call, WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &descriptor);
    if (error)
        return error;
    if (fdflags & ~(uint32_t)WASI_FDFLAGS_ALL)
        return WASI_INVAL;
    int wanted = wasi_open_flags(fdflags);
    int flags = fcntl(descriptor->host, F_GETFL);
    if (flags < 0)
        return wasi_result(-1);
    if (wanted & sync & ~flags)
        return WASI_NOTSUP;
    return wasi_result(fcntl(descriptor->host, F_SETFL, (flags & ~changeable) | wanted));
}

enum wasi_errno wasi_fd_fdstat_set_rights(struct wasi_call *call)
{
    return wasi_table_set_rights(&call->wasi->table, wasi_arg_u32(call, 0), wasi_arg_u64(call, 1),
                                 wasi_arg_u64(call, 2));
}

/* ---- preopens ---- */

static enum wasi_errno get_preopen(const struct wasi_call *call,
                                   struct wasi_descriptor **descriptor)
{
    enum wasi_errno error = get(call, WASI_RIGHT_NONE, descriptor);
    return error || (*descriptor)->preopen ? error : WASI_BADF;
}

enum wasi_errno wasi_fd_prestat_get(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = get_preopen(call, &descriptor);
    if (error)
        return error;
    void *result = wasi_guest(call, wasi_arg_u32(call, 1), sizeof(struct wasi_prestat));
    if (!result)
        return WASI_FAULT;
    struct wasi_prestat prestat = {.tag = WASI_PREOPEN_DIR,
                                   .name_len = (uint32_t)strlen(descriptor->preopen)};
    memcpy(result, &prestat, sizeof prestat);
    return WASI_SUCCESS;
}

enum wasi_errno wasi_fd_prestat_dir_name(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = get_preopen(call, &descriptor);
    if (error)
        return error;
    size_t size = strlen(descriptor->preopen);
    if (wasi_arg_u32(call, 2) < size)
        return WASI_NAMETOOLONG;
    void *result = wasi_guest(call, wasi_arg_u32(call, 1), size);
    if (!result)
        return WASI_FAULT;
    memcpy(result, descriptor->preopen, size);
    return WASI_SUCCESS;
}

/* ---- position ---- */

static enum wasi_errno seek_to(const struct wasi_descriptor *descriptor, int64_t offset, int whence,
                               void *result)
{
    off_t position = lseek(descriptor->host, offset, whence);
    if (position >= 0)
        wasi_put_u64(result, (uint64_t)position);
    return wasi_result(position);
}

/* The right to tell is enough where the position does not move. */
static enum wasi_errno seek(const struct wasi_call *call, const int whences[WASI_WHENCE__COUNT])
{
    struct wasi_descriptor *descriptor;
    int64_t offset = call->args[1].i64;
    uint32_t number = wasi_arg_u32(call, 2);
    if (number >= WASI_WHENCE__COUNT)
        return WASI_INVAL;
    int whence = whences[number];
    enum wasi_errno error = WASI_NOTCAPABLE;
    if (whence == SEEK_CUR && offset == 0)
        error = get(call, WASI_RIGHT_FD_TELL, &descriptor);
    if (error == WASI_NOTCAPABLE)
        error = get(call, WASI_RIGHT_FD_SEEK, &descriptor);
    if (error)
        return wasi_position_error(error, descriptor);
    void *result = wasi_guest(call, wasi_arg_u32(call, 3), 8);
    return result ? seek_to(descriptor, offset, whence, result) : WASI_FAULT;
}

enum wasi_errno wasi_fd_seek(struct wasi_call *call)
{
    static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    return seek(call, whences);
}

enum wasi_errno wasi_unstable_fd_seek(struct wasi_call *call)
{
    static const int whences[] = {SEEK_CUR, SEEK_END, SEEK_SET};
    return seek(call, whences);
}

/* The right to seek includes that to tell. */
enum wasi_errno wasi_fd_tell(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = get(call, WASI_RIGHT_FD_TELL, &descriptor);
    if (error == WASI_NOTCAPABLE)
        error = get(call, WASI_RIGHT_FD_SEEK, &descriptor);
    if (error)
        return wasi_position_error(error, descriptor);
    void *result = wasi_guest(call, wasi_arg_u32(call, 1), 8);
    return result ? seek_to(descriptor, 0, SEEK_CUR, result) : WASI_FAULT;
}

/* ---- to disk ---- */

enum wasi_errno wasi_fd_sync(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = get(call, WASI_RIGHT_FD_SYNC, &descriptor);
    return error ? error : wasi_result(fsync(descriptor->host));
}

enum wasi_errno wasi_fd_datasync(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = get(call, WASI_RIGHT_FD_DATASYNC, &descriptor);
    return error ? error : wasi_result(fdatasync(descriptor->host));
}

enum wasi_errno wasi_fd_advise(struct wasi_call *call)
{
    static const int advices[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    struct wasi_descriptor *descriptor;
    uint32_t advice = wasi_arg_u32(call, 3);
    int64_t offset = call->args[1].i64;
    int64_t size = call->args[2].i64;
    enum wasi_errno error = get(call, WASI_RIGHT_FD_ADVISE, &descriptor);
    if (error)
        return error;
    if (advice >= sizeof advices / sizeof *advices || offset < 0 || size < 0)
        return WASI_INVAL;
    return wasi_errno_of(posix_fadvise(descriptor->host, offset, size, advices[advice]));
}

/* fallocate and not posix_fallocate, which writes to each block where the file system cannot. */
enum wasi_errno wasi_fd_allocate(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    enum wasi_errno error = get(call, WASI_RIGHT_FD_ALLOCATE, &descriptor);
    if (error)
        return error;
    return wasi_result(fallocate(descriptor->host, 0, call->args[1].i64, call->args[2].i64));
}
