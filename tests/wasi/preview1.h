/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * preview1.h: WASI preview 1 as a guest imports it, without a C library in between: functions,
 * numbers and records, from the specification. The checks in this folder call these, so that they
 * see each error number as it is.
 */
#ifndef TESTS_WASI_PREVIEW1_H
#define TESTS_WASI_PREVIEW1_H

#include <stdint.h>

/* clang-format off */
#define ERRNOS(E)                                                                                  \
    E(SUCCESS) E(2BIG) E(ACCES) E(ADDRINUSE) E(ADDRNOTAVAIL) E(AFNOSUPPORT) E(AGAIN)               \
    E(ALREADY) E(BADF) E(BADMSG) E(BUSY) E(CANCELED) E(CHILD) E(CONNABORTED) E(CONNREFUSED)        \
    E(CONNRESET) E(DEADLK) E(DESTADDRREQ) E(DOM) E(DQUOT) E(EXIST) E(FAULT) E(FBIG)                \
    E(HOSTUNREACH) E(IDRM) E(ILSEQ) E(INPROGRESS) E(INTR) E(INVAL) E(IO) E(ISCONN) E(ISDIR)        \
    E(LOOP) E(MFILE) E(MLINK) E(MSGSIZE) E(MULTIHOP) E(NAMETOOLONG) E(NETDOWN) E(NETRESET)         \
    E(NETUNREACH) E(NFILE) E(NOBUFS) E(NODEV) E(NOENT) E(NOEXEC) E(NOLCK) E(NOLINK) E(NOMEM)       \
    E(NOMSG) E(NOPROTOOPT) E(NOSPC) E(NOSYS) E(NOTCONN) E(NOTDIR) E(NOTEMPTY)                      \
    E(NOTRECOVERABLE) E(NOTSOCK) E(NOTSUP) E(NOTTY) E(NXIO) E(OVERFLOW) E(OWNERDEAD) E(PERM)       \
    E(PIPE) E(PROTO) E(PROTONOSUPPORT) E(PROTOTYPE) E(RANGE) E(ROFS) E(SPIPE) E(SRCH) E(STALE)     \
    E(TIMEDOUT) E(TXTBSY) E(XDEV) E(NOTCAPABLE)
#define RIGHTS(R)                                                                                  \
    R(FD_DATASYNC) R(FD_READ) R(FD_SEEK) R(FD_FDSTAT_SET_FLAGS) R(FD_SYNC) R(FD_TELL)              \
    R(FD_WRITE) R(FD_ADVISE) R(FD_ALLOCATE) R(PATH_CREATE_DIRECTORY) R(PATH_CREATE_FILE)           \
    R(PATH_LINK_SOURCE) R(PATH_LINK_TARGET) R(PATH_OPEN) R(FD_READDIR) R(PATH_READLINK)            \
    R(PATH_RENAME_SOURCE) R(PATH_RENAME_TARGET) R(PATH_FILESTAT_GET) R(PATH_FILESTAT_SET_SIZE)     \
    R(PATH_FILESTAT_SET_TIMES) R(FD_FILESTAT_GET) R(FD_FILESTAT_SET_SIZE)                          \
    R(FD_FILESTAT_SET_TIMES) R(PATH_SYMLINK) R(PATH_REMOVE_DIRECTORY) R(PATH_UNLINK_FILE)          \
    R(POLL_FD_READWRITE) R(SOCK_SHUTDOWN) R(SOCK_ACCEPT)

enum {
#define E(name) E_##name,
    ERRNOS(E)
#undef E
    E__COUNT
};
enum {
#define R(name) BIT_##name,
    RIGHTS(R)
#undef R
    BIT__COUNT
};
enum {
#define R(name) R_##name = 1 << BIT_##name,
    RIGHTS(R)
#undef R
    R_ALL = (1 << BIT__COUNT) - 1
};
/* clang-format on */

enum { TYPE_UNKNOWN, TYPE_BLOCK, TYPE_CHARACTER, TYPE_DIRECTORY, TYPE_FILE, TYPE_LINK = 7 };
enum { O_CREAT_ = 1, O_DIRECTORY_ = 2, O_EXCL_ = 4, O_TRUNC_ = 8 };
enum { F_APPEND = 1, F_DSYNC = 2, F_NONBLOCK = 4, F_RSYNC = 8, F_SYNC = 16 };
enum { T_ATIM = 1, T_ATIM_NOW = 2, T_MTIM = 4, T_MTIM_NOW = 8 };
enum { REALTIME, MONOTONIC, PROCESS_CPU, THREAD_CPU, CLOCKS };
enum { SET, CUR, END };
enum { EVENT_CLOCK, EVENT_READ, EVENT_WRITE };
enum { FOLLOW = 1, ABSTIME = 1 };

struct iov {
    const void *base;
    uint32_t size;
};

struct fdstat {
    uint8_t type;
    uint16_t flags;
    uint64_t rights, inheriting;
};

struct filestat {
    uint64_t dev, ino;
    uint8_t type;
    uint64_t nlink, size, atim, mtim, ctim;
};

struct dirent_head {
    uint64_t next, ino;
    uint32_t namlen;
    uint8_t type;
};

struct prestat {
    uint8_t tag;
    uint32_t size;
};

struct subscription {
    uint64_t userdata;
    uint8_t tag;
    union {
        struct {
            uint32_t id;
            uint64_t timeout, precision;
            uint16_t flags;
        } clock;
        uint32_t fd;
    } u;
};

struct event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint64_t nbytes;
    uint16_t flags;
};

_Static_assert(sizeof(struct fdstat) == 24 && sizeof(struct filestat) == 64, "the standard's");
_Static_assert(sizeof(struct dirent_head) == 24 && sizeof(struct prestat) == 8, "the standard's");
_Static_assert(sizeof(struct subscription) == 48 && sizeof(struct event) == 32, "the standard's");

typedef uint32_t fd_t;
typedef const void *in; /* where the guest's bytes are read */
typedef void *out;      /* where they are written */

#define IMPORTS(F)                                                                                 \
    F(args_get, (out, out))                                                                        \
    F(args_sizes_get, (out, out))                                                                  \
    F(environ_get, (out, out))                                                                     \
    F(environ_sizes_get, (out, out))                                                               \
    F(clock_res_get, (uint32_t, out))                                                              \
    F(clock_time_get, (uint32_t, uint64_t, out))                                                   \
    F(fd_advise, (fd_t, uint64_t, uint64_t, uint32_t))                                             \
    F(fd_allocate, (fd_t, uint64_t, uint64_t))                                                     \
    F(fd_close, (fd_t))                                                                            \
    F(fd_datasync, (fd_t))                                                                         \
    F(fd_fdstat_get, (fd_t, out))                                                                  \
    F(fd_fdstat_set_flags, (fd_t, uint32_t))                                                       \
    F(fd_fdstat_set_rights, (fd_t, uint64_t, uint64_t))                                            \
    F(fd_filestat_get, (fd_t, out))                                                                \
    F(fd_filestat_set_size, (fd_t, uint64_t))                                                      \
    F(fd_filestat_set_times, (fd_t, uint64_t, uint64_t, uint32_t))                                 \
    F(fd_pread, (fd_t, in, uint32_t, uint64_t, out))                                               \
    F(fd_prestat_get, (fd_t, out))                                                                 \
    F(fd_prestat_dir_name, (fd_t, out, uint32_t))                                                  \
    F(fd_pwrite, (fd_t, in, uint32_t, uint64_t, out))                                              \
    F(fd_read, (fd_t, in, uint32_t, out))                                                          \
    F(fd_readdir, (fd_t, out, uint32_t, uint64_t, out))                                            \
    F(fd_renumber, (fd_t, fd_t))                                                                   \
    F(fd_seek, (fd_t, int64_t, uint32_t, out))                                                     \
    F(fd_sync, (fd_t))                                                                             \
    F(fd_tell, (fd_t, out))                                                                        \
    F(fd_write, (fd_t, in, uint32_t, out))                                                         \
    F(path_create_directory, (fd_t, in, uint32_t))                                                 \
    F(path_filestat_get, (fd_t, uint32_t, in, uint32_t, out))                                      \
    F(path_filestat_set_times, (fd_t, uint32_t, in, uint32_t, uint64_t, uint64_t, uint32_t))       \
    F(path_link, (fd_t, uint32_t, in, uint32_t, fd_t, in, uint32_t))                               \
    F(path_open, (fd_t, uint32_t, in, uint32_t, uint32_t, uint64_t, uint64_t, uint32_t, out))      \
    F(path_readlink, (fd_t, in, uint32_t, out, uint32_t, out))                                     \
    F(path_remove_directory, (fd_t, in, uint32_t))                                                 \
    F(path_rename, (fd_t, in, uint32_t, fd_t, in, uint32_t))                                       \
    F(path_symlink, (in, uint32_t, fd_t, in, uint32_t))                                            \
    F(path_unlink_file, (fd_t, in, uint32_t))                                                      \
    F(poll_oneoff, (in, out, uint32_t, out))                                                       \
    F(proc_raise, (uint32_t))                                                                      \
    F(random_get, (out, uint32_t))                                                                 \
    F(sched_yield, (void))                                                                         \
    F(sock_accept, (fd_t, uint32_t, out))                                                          \
    F(sock_recv, (fd_t, in, uint32_t, uint32_t, out, out))                                         \
    F(sock_send, (fd_t, in, uint32_t, uint32_t, out))                                              \
    F(sock_shutdown, (fd_t, uint32_t))

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define F(name, params)      IMPORT("wasi_snapshot_preview1", #name) int wasi_##name params;
IMPORTS(F)
#undef F
IMPORT("wasi_snapshot_preview1", "proc_exit") _Noreturn void wasi_proc_exit(uint32_t code);

#endif
