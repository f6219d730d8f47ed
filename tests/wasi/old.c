/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * old.c: wasi_unstable, for modules of 2019: where its layouts and numbers differ, and that the
 * rest is there under the old name.
 */
#include "check.h"

#include <string.h>

#define OLD(name) IMPORT("wasi_unstable", name)
OLD("fd_seek") int old_fd_seek(fd_t, int64_t, uint32_t, out);
OLD("fd_filestat_get") int old_fd_filestat_get(fd_t, out);
OLD("path_filestat_get") int old_path_filestat_get(fd_t, uint32_t, in, uint32_t, out);
OLD("poll_oneoff") int old_poll_oneoff(in, out, uint32_t, out);
OLD("path_open")
int old_path_open(fd_t, uint32_t, in, uint32_t, uint32_t, uint64_t, uint64_t, uint32_t, out);
OLD("fd_write") int old_fd_write(fd_t, in, uint32_t, out);
OLD("fd_read") int old_fd_read(fd_t, in, uint32_t, out);
OLD("fd_close") int old_fd_close(fd_t);
OLD("fd_prestat_get") int old_fd_prestat_get(fd_t, out);
OLD("args_sizes_get") int old_args_sizes_get(out, out);
OLD("clock_time_get") int old_clock_time_get(uint32_t, uint64_t, out);
OLD("random_get") int old_random_get(out, uint32_t);
OLD("sched_yield") int old_sched_yield(void);

struct old_filestat {
    uint64_t dev, ino;
    uint8_t type;
    uint32_t nlink;
    uint64_t size, atim, mtim, ctim;
};
_Static_assert(sizeof(struct old_filestat) == 56, "snapshot 0");

struct old_subscription {
    uint64_t userdata;
    uint8_t tag;
    union {
        struct {
            uint64_t identifier;
            uint32_t id;
            uint64_t timeout, precision;
            uint16_t flags;
        } clock;
        uint32_t fd;
    } u;
};
_Static_assert(sizeof(struct old_subscription) == 56, "snapshot 0");

enum { OLD_CUR, OLD_END, OLD_SET };

#define OLD_WORKS(function, ...) check_errno(AT(function), E_SUCCESS, old_##function(__VA_ARGS__))
#define OLD_FAILS(want, function, ...)                                                             \
    check_errno(AT(function), E_##want, old_##function(__VA_ARGS__))

static void check_seek(fd_t fd)
{
    uint64_t at = 0;
    OLD_WORKS(fd_seek, fd, 4, OLD_SET, &at);
    EQUAL(fd_seek, 4, at);
    OLD_WORKS(fd_seek, fd, 2, OLD_CUR, &at);
    EQUAL(fd_seek, 6, at);
    OLD_WORKS(fd_seek, fd, -1, OLD_END, &at);
    EQUAL(fd_seek, 9, at);
    OLD_FAILS(INVAL, fd_seek, fd, 0, 3, &at);
    OLD_FAILS(INVAL, fd_seek, fd, -1, OLD_SET, &at);
}

static void check_filestat(fd_t fd)
{
    struct old_filestat st[2];
    memset(st, '#', sizeof st);
    OLD_WORKS(fd_filestat_get, fd, &st[0]);
    EQUAL(fd_filestat_get, TYPE_FILE, st[0].type);
    EQUAL(fd_filestat_get, 1, st[0].nlink);
    EQUAL(fd_filestat_get, 10, st[0].size);
    HOLDS(fd_filestat_get, st[0].mtim > 1500000000000000000 && st[0].ctim != 0);
    HOLDS(fd_filestat_get, st[1].dev == 0x2323232323232323); /* not a byte more */
    OLD_WORKS(path_filestat_get, ROOT, 0, S("file"), &st[1]);
    BYTES(path_filestat_get, &st[0], &st[1], sizeof st[0]);
    OLD_FAILS(NOENT, path_filestat_get, ROOT, 0, S("none"), &st[1]);
}

static void check_poll(fd_t fd)
{
    uint32_t n = 0;
    struct event events[2];
    struct old_subscription s[2] = {{.userdata = 1, .tag = EVENT_CLOCK},
                                    {.userdata = 2, .tag = EVENT_READ}};
    s[0].u.clock.identifier = 99;
    s[0].u.clock.id = MONOTONIC;
    s[0].u.clock.timeout = 1000000;
    OLD_WORKS(poll_oneoff, s, events, 1, &n);
    EQUAL(poll_oneoff, 1, n);
    EQUAL(poll_oneoff, 1, events[0].userdata);
    s[1].u.fd = fd;
    s[0].u.clock.timeout = 3600000000000;
    OLD_WORKS(poll_oneoff, s, events, 2, &n);
    EQUAL(poll_oneoff, 1, n);
    EQUAL(poll_oneoff, 2, events[0].userdata);
    EQUAL(poll_oneoff, EVENT_READ, events[0].type);
    OLD_FAILS(INVAL, poll_oneoff, s, events, 0, &n);
}

int main(void)
{
    uint32_t n = 0, size = 0;
    uint64_t time = 0;
    struct prestat prestat;
    char bytes[10];
    fd_t fd = 0;
    OLD_WORKS(path_open, ROOT, 0, S("file"), O_CREAT_, R_ALL, 0, 0, &fd);
    OLD_WORKS(fd_write, fd, &(struct iov){S("0123456789")}, 1, &n);
    EQUAL(fd_write, 10, n);
    check_seek(fd);
    check_filestat(fd);
    check_poll(fd);
    OLD_WORKS(fd_seek, fd, 0, OLD_SET, &time);
    OLD_WORKS(fd_read, fd, &(struct iov){bytes, 10}, 1, &n);
    BYTES(fd_read, "0123456789", bytes, 10);
    OLD_WORKS(fd_close, fd);
    OLD_FAILS(BADF, fd_close, fd);
    FAILS(BADF, fd_close, fd); /* the descriptors are the same ones */
    OLD_WORKS(fd_prestat_get, ROOT, &prestat);
    OLD_WORKS(args_sizes_get, &n, &size);
    EQUAL(args_sizes_get, 1, n);
    OLD_WORKS(clock_time_get, REALTIME, 0, &time);
    HOLDS(clock_time_get, time > 1500000000000000000);
    OLD_WORKS(random_get, bytes, 10);
    OLD_WORKS(sched_yield);
    remove_file("file");
    return check_end();
}
