/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Attributes of open files: type, size, times; and the two layouts of a filestat, which
 * path_filestat_get shares.
 */
#include "runtime/wasi/wasi.h"

#include <string.h>
#include <unistd.h>

/* A time before 1970 has no representation and becomes 0. */
static uint64_t timestamp(struct timespec time)
{
    return time.tv_sec < 0 ? 0 : wasi_nanoseconds(time);
}

struct wasi_filestat wasi_filestat_of(const struct stat *st)
{
    return (struct wasi_filestat){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .filetype = (uint8_t)wasi_filetype_of(st->st_mode),
        .nlink = st->st_nlink,
        .size = (uint64_t)st->st_size,
        .atim = timestamp(st->st_atim),
        .mtim = timestamp(st->st_mtim),
        .ctim = timestamp(st->st_ctim),
    };
}

void wasi_put_filestat(void *to, const struct stat *st)
{
    struct wasi_filestat filestat = wasi_filestat_of(st);
    memcpy(to, &filestat, sizeof filestat);
}

void wasi_put_unstable_filestat(void *to, const struct stat *st)
{
    struct wasi_filestat now = wasi_filestat_of(st);
    struct wasi_unstable_filestat old = {
        .dev = now.dev,
        .ino = now.ino,
        .filetype = now.filetype,
        .nlink = now.nlink > UINT32_MAX ? UINT32_MAX : (uint32_t)now.nlink,
        .size = now.size,
        .atim = now.atim,
        .mtim = now.mtim,
        .ctim = now.ctim,
    };
    memcpy(to, &old, sizeof old);
}

static enum wasi_errno filestat_get(const struct wasi_call *call, size_t size,
                                    void (*put)(void *, const struct stat *))
{
    struct wasi_descriptor *descriptor;
    struct stat st;
    enum wasi_errno error = wasi_call_descriptor(call, 0, WASI_RIGHT_FD_FILESTAT_GET, &descriptor);
    if (error)
        return error;
    uint8_t *result = wasi_guest(call, wasi_arg_u32(call, 1), size);
    if (!result)
        return WASI_FAULT;
    if (fstat(descriptor->host, &st) < 0)
        return wasi_result(-1);
    put(result, &st);
    result[offsetof(struct wasi_filestat, filetype)] = descriptor->filetype; /* kind of socket */
    return WASI_SUCCESS;
}

enum wasi_errno wasi_fd_filestat_get(struct wasi_call *call)
{
    return filestat_get(call, sizeof(struct wasi_filestat), wasi_put_filestat);
}

enum wasi_errno wasi_unstable_fd_filestat_get(struct wasi_call *call)
{
    return filestat_get(call, sizeof(struct wasi_unstable_filestat), wasi_put_unstable_filestat);
}

enum wasi_errno wasi_fd_filestat_set_size(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    int64_t size = call->args[1].i64;
    enum wasi_errno error =
        wasi_call_descriptor(call, 0, WASI_RIGHT_FD_FILESTAT_SET_SIZE, &descriptor);
    return error ? error : wasi_result(ftruncate(descriptor->host, size));
}

enum wasi_errno wasi_fd_filestat_set_times(struct wasi_call *call)
{
    struct wasi_descriptor *descriptor;
    struct timespec times[2];
    enum wasi_errno error =
        wasi_call_descriptor(call, 0, WASI_RIGHT_FD_FILESTAT_SET_TIMES, &descriptor);
    if (!error)
        error =
            wasi_times(wasi_arg_u64(call, 1), wasi_arg_u64(call, 2), wasi_arg_u32(call, 3), times);
    if (!error && descriptor->read_only)
        error = WASI_ROFS;
    return error ? error : wasi_result(futimens(descriptor->host, times));
}
