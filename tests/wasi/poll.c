/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * poll.c: poll_oneoff: clocks, descriptors, both, errors as events. Standard input must be a pipe
 * that stays open and empty until something is written to standard output's reader; see test.sh.
 */
#include "check.h"

#include <string.h>

enum { MILLISECOND = 1000000 };

static uint32_t n;
static struct event events[600];

static struct subscription timer(uint64_t userdata, uint32_t clock, uint64_t timeout, int flags)
{
    struct subscription s = {.userdata = userdata, .tag = EVENT_CLOCK};
    s.u.clock.id = clock;
    s.u.clock.timeout = timeout;
    s.u.clock.flags = (uint16_t)flags;
    return s;
}

static struct subscription ready(uint64_t userdata, uint8_t tag, fd_t fd)
{
    struct subscription s = {.userdata = userdata, .tag = tag};
    s.u.fd = fd;
    return s;
}

static uint64_t now(uint32_t clock)
{
    uint64_t time = 0;
    WORKS(clock_time_get, clock, 0, &time);
    return time;
}

/* One event, of this kind. */
static void check_one(uint64_t userdata, int error, uint8_t type)
{
    EQUAL(poll_oneoff, 1, n);
    EQUAL(poll_oneoff, userdata, events[0].userdata);
    EQUAL(poll_oneoff, (uint64_t)error, events[0].error);
    EQUAL(poll_oneoff, type, events[0].type);
}

static void check_clocks(void)
{
    for (uint32_t clock = REALTIME; clock <= MONOTONIC; clock++) {
        uint64_t start = now(MONOTONIC);
        struct subscription s = timer(0x0123456789abcdef, clock, 20 * MILLISECOND, 0);
        memset(events, '#', sizeof events);
        WORKS(poll_oneoff, &s, events, 1, &n);
        check_one(0x0123456789abcdef, E_SUCCESS, EVENT_CLOCK);
        HOLDS(poll_oneoff, now(MONOTONIC) - start >= 20 * MILLISECOND);
        HOLDS(poll_oneoff, events[1].type == '#');
        start = now(MONOTONIC);
        s = timer(UINT64_MAX, clock, now(clock) + 20 * MILLISECOND, ABSTIME);
        WORKS(poll_oneoff, &s, events, 1, &n);
        check_one(UINT64_MAX, E_SUCCESS, EVENT_CLOCK);
        HOLDS(poll_oneoff, now(MONOTONIC) - start >= 19 * MILLISECOND);
        s = timer(0, clock, 1, ABSTIME); /* long past */
        WORKS(poll_oneoff, &s, events, 1, &n);
        check_one(0, E_SUCCESS, EVENT_CLOCK);
        s = timer(1, clock, 0, 0);
        WORKS(poll_oneoff, &s, events, 1, &n);
        check_one(1, E_SUCCESS, EVENT_CLOCK);
    }
}

static void check_earliest(void)
{
    struct subscription s[] = {
        timer(1, MONOTONIC, UINT64_MAX, 0), timer(2, MONOTONIC, 3600000ull * MILLISECOND, 0),
        timer(3, REALTIME, 10 * MILLISECOND, 0), timer(4, MONOTONIC, UINT64_MAX, ABSTIME)};
    WORKS(poll_oneoff, s, events, 4, &n);
    check_one(3, E_SUCCESS, EVENT_CLOCK);
    s[1] = timer(5, MONOTONIC, 0, 0);
    s[2] = timer(6, REALTIME, 0, 0);
    WORKS(poll_oneoff, s, events, 4, &n);
    EQUAL(poll_oneoff, 2, n);
    EQUAL(poll_oneoff, 5, events[0].userdata);
    EQUAL(poll_oneoff, 6, events[1].userdata);
}

static void check_errors(void)
{
    struct subscription s = timer(1, MONOTONIC, 0, 0);
    FAILS(INVAL, poll_oneoff, &s, events, 0, &n);
    s = timer(7, CLOCKS, 0, 0);
    WORKS(poll_oneoff, &s, events, 1, &n);
    check_one(7, E_INVAL, EVENT_CLOCK);
    s = timer(8, MONOTONIC, 0, 2); /* no such flag */
    WORKS(poll_oneoff, &s, events, 1, &n);
    check_one(8, E_INVAL, EVENT_CLOCK);
    s = timer(9, PROCESS_CPU, 0, 0);
    WORKS(poll_oneoff, &s, events, 1, &n);
    check_one(9, E_NOTSUP, EVENT_CLOCK);
    s = ready(10, EVENT_READ, NOT_OPEN);
    WORKS(poll_oneoff, &s, events, 1, &n);
    check_one(10, E_BADF, EVENT_READ);
    s = ready(11, EVENT_WRITE, UINT32_MAX);
    WORKS(poll_oneoff, &s, events, 1, &n);
    check_one(11, E_BADF, EVENT_WRITE);
    s = ready(12, EVENT_READ, ROOT);
    WORKS(poll_oneoff, &s, events, 1, &n);
    check_one(12, E_NOTCAPABLE, EVENT_READ);
    struct subscription two[] = {ready(13, EVENT_READ, NOT_OPEN),
                                 timer(14, MONOTONIC, 3600000ull * MILLISECOND, 0)};
    WORKS(poll_oneoff, two, events, 2, &n); /* the error does not wait for the clock */
    check_one(13, E_BADF, EVENT_READ);
}

static void check_files(void)
{
    make_file("file", "12345");
    fd_t fd = open_file("file", 0);
    struct subscription s[] = {ready(1, EVENT_READ, fd), ready(2, EVENT_WRITE, fd)};
    WORKS(poll_oneoff, s, events, 2, &n);
    EQUAL(poll_oneoff, 2, n);
    EQUAL(poll_oneoff, EVENT_READ, events[0].type);
    EQUAL(poll_oneoff, 5, events[0].nbytes);
    EQUAL(poll_oneoff, EVENT_WRITE, events[1].type);
    EQUAL(poll_oneoff, E_SUCCESS, events[1].error);
    close_fd(fd);
    fd = open_at(ROOT, "file", 0, R_FD_READ, 0);
    s[0] = ready(3, EVENT_READ, fd);
    WORKS(poll_oneoff, s, events, 1, &n);
    check_one(3, E_NOTCAPABLE, EVENT_READ); /* the right to poll is missing */
    close_fd(fd);
    remove_file("file");
}

static void check_streams(void)
{
    struct subscription s[] = {ready(1, EVENT_READ, 0), ready(2, EVENT_WRITE, 1),
                               ready(3, EVENT_WRITE, 2),
                               timer(4, MONOTONIC, 3600000ull * MILLISECOND, 0)};
    WORKS(poll_oneoff, s, events, 4, &n); /* nothing to read yet */
    EQUAL(poll_oneoff, 2, n);
    EQUAL(poll_oneoff, 2, events[0].userdata);
    EQUAL(poll_oneoff, 3, events[1].userdata);
    struct subscription wait[] = {ready(1, EVENT_READ, 0),
                                  timer(2, MONOTONIC, 10 * MILLISECOND, 0)};
    WORKS(poll_oneoff, wait, events, 2, &n);
    check_one(2, E_SUCCESS, EVENT_CLOCK);
    struct iov go = {S("go\n")};
    WORKS(fd_write, 2, &go, 1, &n); /* now test.sh writes five bytes */
    WORKS(poll_oneoff, s, events, 1, &n);
    check_one(1, E_SUCCESS, EVENT_READ);
    EQUAL(poll_oneoff, 5, events[0].nbytes);
    char bytes[8];
    WORKS(fd_read, 0, &(struct iov){bytes, 8}, 1, &n);
    BYTES(fd_read, "input", bytes, 5);
    WORKS(poll_oneoff, s, events, 1, &n); /* the writer has gone */
    check_one(1, E_SUCCESS, EVENT_READ);
    EQUAL(poll_oneoff, 1, events[0].flags); /* hangup */
    WORKS(fd_read, 0, &(struct iov){bytes, 8}, 1, &n);
    EQUAL(fd_read, 0, n);
}

static void check_many(void)
{
    static struct subscription s[600];
    for (uint64_t i = 0; i < 600; i++)
        s[i] = i % 3 == 0 ? ready(i, EVENT_READ, NOT_OPEN) : timer(i, MONOTONIC, UINT64_MAX, 0);
    WORKS(poll_oneoff, s, events, 600, &n);
    EQUAL(poll_oneoff, 200, n);
    int wrong = 0;
    for (uint64_t i = 0; i < n; i++)
        wrong += events[i].userdata != 3 * i || events[i].error != E_BADF;
    EQUAL(poll_oneoff, 0, (uint64_t)wrong);
}

int main(void)
{
    check_clocks();
    check_earliest();
    check_errors();
    check_files();
    check_streams();
    check_many();
    return check_end();
}
