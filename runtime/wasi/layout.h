/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The types of WASI preview 1 as they lie in guest memory: error numbers, rights, flags and
 * records. The guest is little-endian and so are our targets (wasm2so_abi.h), so records are
 * copied as they are; padding is spelled out, because it is written to the guest.
 */
#ifndef RUNTIME_WASI_LAYOUT_H
#define RUNTIME_WASI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum wasi_errno {
#define E(name, linux_errno) WASI_##name,
#include "runtime/wasi/errno.def"
    WASI_NOTCAPABLE
};
_Static_assert(WASI_NOTCAPABLE == 76, "numbers of the standard");

/* clang-format off */
#define WASI_RIGHTS(R)                                                                             \
    R(FD_DATASYNC) R(FD_READ) R(FD_SEEK) R(FD_FDSTAT_SET_FLAGS) R(FD_SYNC) R(FD_TELL) R(FD_WRITE)  \
    R(FD_ADVISE) R(FD_ALLOCATE) R(PATH_CREATE_DIRECTORY) R(PATH_CREATE_FILE) R(PATH_LINK_SOURCE)   \
    R(PATH_LINK_TARGET) R(PATH_OPEN) R(FD_READDIR) R(PATH_READLINK) R(PATH_RENAME_SOURCE)          \
    R(PATH_RENAME_TARGET) R(PATH_FILESTAT_GET) R(PATH_FILESTAT_SET_SIZE)                           \
    R(PATH_FILESTAT_SET_TIMES) R(FD_FILESTAT_GET) R(FD_FILESTAT_SET_SIZE)                          \
    R(FD_FILESTAT_SET_TIMES) R(PATH_SYMLINK) R(PATH_REMOVE_DIRECTORY) R(PATH_UNLINK_FILE)          \
    R(POLL_FD_READWRITE) R(SOCK_SHUTDOWN) R(SOCK_ACCEPT)
/* clang-format on */

enum wasi_right_bit {
#define R(name) WASI_RIGHT_BIT_##name,
    WASI_RIGHTS(R)
#undef R
        WASI_RIGHT__COUNT
};

enum wasi_right {
#define R(name) WASI_RIGHT_##name = 1 << WASI_RIGHT_BIT_##name,
    WASI_RIGHTS(R)
#undef R
        WASI_RIGHT_NONE = 0,
    WASI_RIGHT_ALL = (1 << WASI_RIGHT__COUNT) - 1
};

enum wasi_filetype {
    WASI_FILETYPE_UNKNOWN,
    WASI_FILETYPE_BLOCK_DEVICE,
    WASI_FILETYPE_CHARACTER_DEVICE,
    WASI_FILETYPE_DIRECTORY,
    WASI_FILETYPE_REGULAR_FILE,
    WASI_FILETYPE_SOCKET_DGRAM,
    WASI_FILETYPE_SOCKET_STREAM,
    WASI_FILETYPE_SYMBOLIC_LINK
};

enum wasi_fdflags {
    WASI_FDFLAGS_APPEND = 1,
    WASI_FDFLAGS_DSYNC = 2,
    WASI_FDFLAGS_NONBLOCK = 4,
    WASI_FDFLAGS_RSYNC = 8,
    WASI_FDFLAGS_SYNC = 16,
    WASI_FDFLAGS_ALL = 31
};

enum wasi_oflags {
    WASI_OFLAGS_CREAT = 1,
    WASI_OFLAGS_DIRECTORY = 2,
    WASI_OFLAGS_EXCL = 4,
    WASI_OFLAGS_TRUNC = 8,
    WASI_OFLAGS_ALL = 15
};

enum wasi_fstflags {
    WASI_FSTFLAGS_ATIM = 1,
    WASI_FSTFLAGS_ATIM_NOW = 2,
    WASI_FSTFLAGS_MTIM = 4,
    WASI_FSTFLAGS_MTIM_NOW = 8,
    WASI_FSTFLAGS_ALL = 15
};

enum wasi_clock {
    WASI_CLOCK_REALTIME,
    WASI_CLOCK_MONOTONIC,
    WASI_CLOCK_PROCESS_CPUTIME,
    WASI_CLOCK_THREAD_CPUTIME,
    WASI_CLOCK__COUNT
};

enum wasi_whence { WASI_WHENCE_SET, WASI_WHENCE_CUR, WASI_WHENCE_END, WASI_WHENCE__COUNT };

enum wasi_eventtype { WASI_EVENT_CLOCK, WASI_EVENT_FD_READ, WASI_EVENT_FD_WRITE };

enum {
    WASI_LOOKUP_SYMLINK_FOLLOW = 1,
    WASI_SUBCLOCK_ABSTIME = 1,
    WASI_EVENTRW_HANGUP = 1,
    WASI_RIFLAGS_PEEK = 1,
    WASI_RIFLAGS_WAITALL = 2,
    WASI_ROFLAGS_TRUNCATED = 1,
    WASI_SDFLAGS_RD = 1,
    WASI_SDFLAGS_WR = 2,
    WASI_PREOPEN_DIR = 0
};

struct wasi_iovec {
    uint32_t address;
    uint32_t size;
};

struct wasi_fdstat {
    uint8_t filetype;
    uint8_t padding;
    uint16_t flags;
    uint32_t padding2;
    uint64_t rights_base;
    uint64_t rights_inheriting;
};
_Static_assert(sizeof(struct wasi_fdstat) == 24, "layout of the standard");

struct wasi_filestat {
    uint64_t dev;
    uint64_t ino;
    uint8_t filetype;
    uint8_t padding[7];
    uint64_t nlink;
    uint64_t size;
    uint64_t atim;
    uint64_t mtim;
    uint64_t ctim;
};
_Static_assert(sizeof(struct wasi_filestat) == 64, "layout of the standard");

struct wasi_unstable_filestat {
    uint64_t dev;
    uint64_t ino;
    uint8_t filetype;
    uint8_t padding[3];
    uint32_t nlink;
    uint64_t size;
    uint64_t atim;
    uint64_t mtim;
    uint64_t ctim;
};
_Static_assert(sizeof(struct wasi_unstable_filestat) == 56, "layout of snapshot 0");

struct wasi_dirent {
    uint64_t next;
    uint64_t ino;
    uint32_t namlen;
    uint8_t type;
    uint8_t padding[3];
};
_Static_assert(sizeof(struct wasi_dirent) == 24, "layout of the standard");

struct wasi_prestat {
    uint8_t tag;
    uint8_t padding[3];
    uint32_t name_len;
};
_Static_assert(sizeof(struct wasi_prestat) == 8, "layout of the standard");

struct wasi_subscription_clock {
    uint32_t id;
    uint32_t padding;
    uint64_t timeout;
    uint64_t precision;
    uint16_t flags;
    uint16_t padding2[3];
};

struct wasi_subscription {
    uint64_t userdata;
    uint8_t tag;
    uint8_t padding[7];
    union {
        struct wasi_subscription_clock clock;
        uint32_t fd;
    } u;
};
_Static_assert(sizeof(struct wasi_subscription) == 48, "layout of the standard");

struct wasi_unstable_subscription {
    uint64_t userdata;
    uint8_t tag;
    uint8_t padding[7];
    union {
        struct {
            uint64_t identifier;
            struct wasi_subscription_clock clock;
        } clock;
        uint32_t fd;
    } u;
};
_Static_assert(sizeof(struct wasi_unstable_subscription) == 56, "layout of snapshot 0");

struct wasi_event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint8_t padding[5];
    uint64_t nbytes;
    uint16_t flags;
    uint16_t padding2[3];
};
_Static_assert(sizeof(struct wasi_event) == 32, "layout of the standard");

#endif
