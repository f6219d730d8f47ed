/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * poll_oneoff: waits until one of several subscriptions happens: a clock reaches a time, or a
 * descriptor can be read or written. Subscriptions that cannot wait (errors, regular files) give
 * their event at once, and the others are then only looked at. Clocks become the timeout of
 * ppoll; events are written in the order of the subscriptions.
 */
#include "runtime/wasi/wasi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FOREVER UINT64_MAX

/* A subscription and what is known of its event. */
struct wait {
    struct wasi_subscription subscription;
    struct wasi_descriptor descriptor; /* to be released, if its host is not -1 */
    uint64_t deadline;                 /* clock: when, on its own clock */
    enum wasi_errno error;
    bool ready;
    uint64_t nbytes;
    uint16_t flags;
};

/* waits[i] waits for polls[i]; a poll with descriptor -1 is passed over by the kernel. */
struct poll_set {
    struct wait *waits;
    struct pollfd *polls;
    uint32_t count;
};

/* Reads subscription number index from the guest's array. */
typedef struct wasi_subscription read_subscription(const uint8_t *array, uint32_t index);

static struct wasi_subscription read_current(const uint8_t *array, uint32_t index)
{
    struct wasi_subscription subscription;
    memcpy(&subscription, array + (size_t)index * sizeof subscription, sizeof subscription);
    return subscription;
}

static struct wasi_subscription read_unstable(const uint8_t *array, uint32_t index)
{
    struct wasi_unstable_subscription old;
    memcpy(&old, array + (size_t)index * sizeof old, sizeof old);
    struct wasi_subscription subscription = {.userdata = old.userdata, .tag = old.tag};
    if (old.tag == WASI_EVENT_CLOCK)
        subscription.u.clock = old.u.clock.clock;
    else
        subscription.u.fd = old.u.fd;
    return subscription;
}

static uint64_t now(uint32_t clock)
{
    struct timespec time;
    clock_gettime(clock == WASI_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time);
    return wasi_nanoseconds(time);
}

static void fail(struct wait *wait, enum wasi_errno error)
{
    wait->error = error;
    wait->ready = true;
}

/* ---- clocks ---- */

static void subscribe_clock(struct wait *wait)
{
    const struct wasi_subscription_clock *clock = &wait->subscription.u.clock;
    if (clock->id >= WASI_CLOCK__COUNT || clock->flags & ~WASI_SUBCLOCK_ABSTIME) {
        fail(wait, WASI_INVAL);
        return;
    }
    if (clock->id > WASI_CLOCK_MONOTONIC) {
        fail(wait, WASI_NOTSUP); /* a clock that stands still while we wait */
        return;
    }
    wait->deadline = clock->timeout;
    if (!(clock->flags & WASI_SUBCLOCK_ABSTIME) &&
        __builtin_add_overflow(clock->timeout, now(clock->id), &wait->deadline))
        wait->deadline = FOREVER;
}

/* Nanoseconds until the first clock; 0 marks those whose time has come. */
static uint64_t check_clocks(struct poll_set *set)
{
    uint64_t timeout = FOREVER;
    for (uint32_t i = 0; i < set->count; i++) {
        struct wait *wait = &set->waits[i];
        if (wait->subscription.tag != WASI_EVENT_CLOCK || wait->ready)
            continue;
        uint64_t time = now(wait->subscription.u.clock.id);
        wait->ready = time >= wait->deadline;
        uint64_t left = wait->ready ? 0 : wait->deadline - time;
        if (left < timeout)
            timeout = left;
    }
    return timeout;
}

/* ---- descriptors ---- */

/* Bytes that a read would give: of a regular file those up to its end. */
static uint64_t readable_bytes(int host, uint8_t filetype)
{
    int n = 0;
    struct stat st;
    if (filetype == WASI_FILETYPE_REGULAR_FILE) {
        off_t at = lseek(host, 0, SEEK_CUR);
        return at >= 0 && fstat(host, &st) == 0 && st.st_size > at ? (uint64_t)(st.st_size - at)
                                                                   : 0;
    }
    return ioctl(host, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

static void subscribe_fd(struct wasi_table *table, struct wait *wait, struct pollfd *poll)
{
    struct wasi_descriptor *descriptor = &wait->descriptor;
    bool reads = wait->subscription.tag == WASI_EVENT_FD_READ;
    uint64_t rights = (uint64_t)WASI_RIGHT_POLL_FD_READWRITE |
                      (uint64_t)(reads ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE);
    enum wasi_errno error = wasi_table_use(table, wait->subscription.u.fd, rights, descriptor);
    if (error) {
        descriptor->host = -1;
        fail(wait, error);
        return;
    }
    poll->fd = descriptor->host;
    poll->events = reads ? POLLIN : POLLOUT;
    if (descriptor->filetype == WASI_FILETYPE_REGULAR_FILE) {
        wait->ready = true;
        wait->nbytes = reads ? readable_bytes(descriptor->host, descriptor->filetype) : 1;
        poll->fd = -1;
    }
}

static enum wasi_errno pending_error(int host)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(host, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error == 0)
        return WASI_PIPE; /* a pipe whose reader is gone */
    return wasi_errno_of(error);
}

static void check_poll(struct wait *wait, const struct pollfd *poll)
{
    if (poll->fd < 0 || poll->revents == 0)
        return;
    bool reads = wait->subscription.tag == WASI_EVENT_FD_READ;
    wait->ready = true;
    if (poll->revents & POLLNVAL)
        wait->error = WASI_BADF;
    else if (poll->revents & POLLERR)
        wait->error = pending_error(poll->fd);
    if (poll->revents & POLLHUP)
        wait->flags = WASI_EVENTRW_HANGUP;
    wait->nbytes = reads ? readable_bytes(poll->fd, WASI_FILETYPE_UNKNOWN) : 1;
}

/* ---- all ---- */

static bool any_ready(const struct poll_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->waits[i].ready)
            return true;
    return false;
}

static void subscribe(struct wasi_table *table, struct wait *wait, struct pollfd *poll)
{
    *poll = (struct pollfd){.fd = -1};
    switch (wait->subscription.tag) {
    case WASI_EVENT_CLOCK: subscribe_clock(wait); break;
    case WASI_EVENT_FD_READ:
    case WASI_EVENT_FD_WRITE: subscribe_fd(table, wait, poll); break;
    default: fail(wait, WASI_INVAL);
    }
}

enum { SLICE_NS = 20000000 };

/* In slices where the store may be interrupted, which must not wait for the guest. A signal of the
 * host's wakes ppoll; the guest, which has no signals, is not told. */
static enum wasi_errno wait_for(struct poll_set *set, const w2s_store *store)
{
    int n = 0;
    do {
        uint64_t timeout = check_clocks(set);
        bool ready = any_ready(set);
        if (store && w2s_store_interrupted(store))
            return WASI_INTR;
        if (timeout > SLICE_NS && store && w2s_store_interruptible(store))
            timeout = SLICE_NS;
        struct timespec time = wasi_timespec(ready ? 0 : timeout);
        n = ppoll(set->polls, set->count, ready || timeout != FOREVER ? &time : NULL, NULL);
        if (n < 0 && errno != EINTR)
            return wasi_result(-1);
        for (uint32_t i = 0; n > 0 && i < set->count; i++)
            check_poll(&set->waits[i], &set->polls[i]);
        if (n == 0)
            check_clocks(set);
    } while (!any_ready(set));
    return WASI_SUCCESS;
}

static uint32_t write_events(const struct poll_set *set, uint8_t *to)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct wait *wait = &set->waits[i];
        struct wasi_event event = {
            .userdata = wait->subscription.userdata,
            .error = (uint16_t)wait->error,
            .type = wait->subscription.tag,
            .nbytes = wait->nbytes,
            .flags = wait->flags,
        };
        if (wait->ready)
            memcpy(to + (size_t)count++ * sizeof event, &event, sizeof event);
    }
    return count;
}

/* The guest's events may lie over its subscriptions: they are written last. */
static enum wasi_errno poll_guest(const struct wasi_call *call, const uint8_t *in,
                                  read_subscription *read, struct poll_set *set)
{
    uint8_t *out =
        wasi_guest_array(call, wasi_arg_u32(call, 1), set->count, sizeof(struct wasi_event));
    void *result = wasi_guest(call, wasi_arg_u32(call, 3), 4);
    if (!out || !result)
        return WASI_FAULT;
    for (uint32_t i = 0; i < set->count; i++) {
        set->waits[i] = (struct wait){.subscription = read(in, i), .descriptor = {.host = -1}};
        subscribe(&call->wasi->table, &set->waits[i], &set->polls[i]);
    }
    enum wasi_errno error = wait_for(set, call->store);
    for (uint32_t i = 0; i < set->count; i++)
        if (set->waits[i].descriptor.host >= 0)
            wasi_descriptor_release(&set->waits[i].descriptor);
    if (!error)
        wasi_put_u32(result, write_events(set, out));
    return error;
}

static enum wasi_errno poll_oneoff(const struct wasi_call *call, size_t size,
                                   read_subscription *read)
{
    uint32_t count = wasi_arg_u32(call, 2);
    if (count == 0)
        return WASI_INVAL;
    const uint8_t *in = wasi_guest_array(call, wasi_arg_u32(call, 0), count, size);
    if (!in)
        return WASI_FAULT;
    if (count > call->wasi->table.limit)
        return WASI_INVAL; /* as ppoll has it, before memory is spent */
    struct poll_set set = {
        .waits = calloc(count, sizeof *set.waits),
        .polls = calloc(count, sizeof *set.polls),
        .count = count,
    };
    enum wasi_errno error = WASI_NOMEM;
    if (set.waits && set.polls)
        error = poll_guest(call, in, read, &set);
    free(set.waits);
    free(set.polls);
    return error;
}

enum wasi_errno wasi_poll_oneoff(struct wasi_call *call)
{
    return poll_oneoff(call, sizeof(struct wasi_subscription), read_current);
}

enum wasi_errno wasi_unstable_poll_oneoff(struct wasi_call *call)
{
    return poll_oneoff(call, sizeof(struct wasi_unstable_subscription), read_unstable);
}
