/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * test_poll.c: poll_oneoff and sockets.
 */
#include "tests/runtime/wasi/fixture.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define END (MEMORY_SIZE)
enum { IN = 8192, EVENTS = 16384, MILLISECOND = 1000000 };

static uint32_t add_host(int host)
{
    struct wasi_descriptor descriptor;
    uint32_t fd;
    assert_int_equal(wasi_descriptor_describe(host, &descriptor), WASI_SUCCESS);
    descriptor.owned = true;
    assert_int_equal(wasi_table_insert(&fixture.wasi->table, descriptor, &fd), WASI_SUCCESS);
    return fd;
}

static void put_subscription(uint32_t index, struct wasi_subscription subscription)
{
    memcpy(fixture.memory + IN + index * sizeof subscription, &subscription, sizeof subscription);
}

static void on_clock(uint32_t index, uint64_t userdata, uint32_t clock, uint64_t timeout,
                     uint16_t flags)
{
    put_subscription(index, (struct wasi_subscription){
                                .userdata = userdata,
                                .tag = WASI_EVENT_CLOCK,
                                .u.clock = {.id = clock, .timeout = timeout, .flags = flags},
                            });
}

static void on_fd(uint32_t index, uint64_t userdata, uint8_t tag, uint32_t fd)
{
    put_subscription(index,
                     (struct wasi_subscription){.userdata = userdata, .tag = tag, .u.fd = fd});
}

/* Polls count subscriptions; the number of events. */
static uint32_t poll_ok(uint32_t count)
{
    assert_int_equal(CALL(poll_oneoff, IN, EVENTS, count, OUT), WASI_SUCCESS);
    return get_u32(OUT);
}

static struct wasi_event event(uint32_t index)
{
    struct wasi_event e;
    memcpy(&e, fixture.memory + EVENTS + index * sizeof e, sizeof e);
    return e;
}

static uint64_t clock_now(int clock)
{
    assert_int_equal(CALL(clock_time_get, clock, 0, OUT), WASI_SUCCESS);
    return get_u64(OUT);
}

static void test_sleep(void **state)
{
    (void)state;
    uint64_t start = clock_now(WASI_CLOCK_MONOTONIC);
    on_clock(0, 42, WASI_CLOCK_MONOTONIC, 20 * MILLISECOND, 0);
    assert_int_equal(poll_ok(1), 1);
    assert_true(clock_now(WASI_CLOCK_MONOTONIC) >= start + 20 * MILLISECOND);
    assert_int_equal(event(0).userdata, 42);
    assert_int_equal(event(0).type, WASI_EVENT_CLOCK);
    assert_int_equal(event(0).error, WASI_SUCCESS);
    for (int clock = WASI_CLOCK_REALTIME; clock <= WASI_CLOCK_MONOTONIC; clock++) {
        start = clock_now(clock);
        on_clock(0, 1, (uint32_t)clock, start + 10 * MILLISECOND, WASI_SUBCLOCK_ABSTIME);
        assert_int_equal(poll_ok(1), 1);
        assert_true(clock_now(clock) >= start + 10 * MILLISECOND);
    }
    on_clock(0, 1, WASI_CLOCK_REALTIME, 1, WASI_SUBCLOCK_ABSTIME); /* long ago */
    assert_int_equal(poll_ok(1), 1);
}

static void test_first_clock(void **state)
{
    (void)state;
    on_clock(0, 1, WASI_CLOCK_MONOTONIC, UINT64_MAX, 0); /* overflows: never */
    on_clock(1, 2, WASI_CLOCK_MONOTONIC, 5 * MILLISECOND, 0);
    on_clock(2, 3, WASI_CLOCK_REALTIME, UINT64_MAX, WASI_SUBCLOCK_ABSTIME);
    assert_int_equal(poll_ok(3), 1);
    assert_int_equal(event(0).userdata, 2);
}

static void test_bad_subscriptions(void **state)
{
    (void)state;
    on_clock(0, 1, 4, 0, 0);
    on_clock(1, 2, WASI_CLOCK_MONOTONIC, 0, 2);
    on_clock(2, 3, WASI_CLOCK_PROCESS_CPUTIME, 0, 0);
    on_fd(3, 4, 9, 0);
    on_fd(4, 5, WASI_EVENT_FD_READ, 77);
    on_fd(5, 6, WASI_EVENT_FD_READ, ROOT);
    on_clock(6, 7, WASI_CLOCK_MONOTONIC, UINT64_MAX, 0);
    static const enum wasi_errno errors[] = {WASI_INVAL, WASI_INVAL, WASI_NOTSUP,
                                             WASI_INVAL, WASI_BADF,  WASI_NOTCAPABLE};
    assert_int_equal(poll_ok(7), 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(event(i).userdata, i + 1);
        assert_int_equal(event(i).error, errors[i]);
    }
}

static void test_hostile(void **state)
{
    (void)state;
    on_clock(0, 1, WASI_CLOCK_MONOTONIC, 0, 0);
    assert_int_equal(CALL(poll_oneoff, IN, EVENTS, 0, OUT), WASI_INVAL);
    assert_int_equal(CALL(poll_oneoff, IN, EVENTS, -1, OUT), WASI_FAULT);
    assert_int_equal(CALL(poll_oneoff, END - 47, EVENTS, 1, OUT), WASI_FAULT);
    assert_int_equal(CALL(poll_oneoff, IN, END - 31, 1, OUT), WASI_FAULT);
    assert_int_equal(CALL(poll_oneoff, IN, EVENTS, 1, END - 3), WASI_FAULT);
    on_clock(1, 2, WASI_CLOCK_MONOTONIC, 0, 0);
    assert_int_equal(CALL(poll_oneoff, IN, IN, 2, OUT), WASI_SUCCESS); /* over the input */
    assert_int_equal(get_u32(OUT), 2);
    assert_int_equal(get_u64(IN), 1);
    assert_int_equal(get_u64(IN + 32), 2);
}

static void test_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    uint32_t in = add_host(ends[0]), out = add_host(ends[1]);
    on_fd(0, 1, WASI_EVENT_FD_READ, in);
    on_clock(1, 2, WASI_CLOCK_MONOTONIC, MILLISECOND, 0);
    assert_int_equal(poll_ok(2), 1);
    assert_int_equal(event(0).userdata, 2); /* nothing to read */
    on_clock(1, 2, WASI_CLOCK_MONOTONIC, UINT64_MAX, 0);
    write_text(out, "four");
    assert_int_equal(poll_ok(2), 1);
    assert_int_equal(event(0).userdata, 1);
    assert_int_equal(event(0).type, WASI_EVENT_FD_READ);
    assert_int_equal(event(0).nbytes, 4);
    assert_int_equal(event(0).flags, 0);
    on_fd(1, 3, WASI_EVENT_FD_WRITE, out);
    assert_int_equal(poll_ok(2), 2);
    assert_int_equal(event(1).type, WASI_EVENT_FD_WRITE);
    assert_int_equal(CALL(fd_close, out), WASI_SUCCESS);
    assert_int_equal(poll_ok(1), 1);
    assert_int_equal(event(0).flags, WASI_EVENTRW_HANGUP);
    on_fd(0, 1, WASI_EVENT_FD_WRITE, in);
    assert_int_equal(poll_ok(1), 1);
    assert_int_equal(event(0).error, WASI_NOTCAPABLE); /* the end for reading */
}

static void test_broken_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    on_fd(0, 1, WASI_EVENT_FD_WRITE, add_host(ends[1]));
    assert_int_equal(poll_ok(1), 1);
    assert_int_equal(event(0).error, WASI_PIPE);
}

static void test_regular_file(void **state)
{
    (void)state;
    uint32_t fd = open_ok("f", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    write_text(fd, "123456");
    assert_int_equal(CALL(fd_seek, fd, 2, WASI_WHENCE_SET, OUT), WASI_SUCCESS);
    on_fd(0, 1, WASI_EVENT_FD_READ, fd);
    on_fd(1, 2, WASI_EVENT_FD_WRITE, fd);
    on_clock(2, 3, WASI_CLOCK_MONOTONIC, UINT64_MAX, 0);
    assert_int_equal(poll_ok(3), 2);
    assert_int_equal(event(0).nbytes, 4);
    assert_int_equal(event(1).userdata, 2);
}

static void test_unstable(void **state)
{
    (void)state;
    struct wasi_unstable_subscription old[2] = {
        {.userdata = 5, .tag = WASI_EVENT_CLOCK},
        {.userdata = 6, .tag = WASI_EVENT_FD_READ},
    };
    old[0].u.clock.identifier = 99;
    old[0].u.clock.clock.id = WASI_CLOCK_MONOTONIC;
    old[0].u.clock.clock.timeout = MILLISECOND;
    old[1].u.fd = 77;
    memcpy(fixture.memory + IN, old, sizeof old);
    assert_int_equal(CALL(unstable_poll_oneoff, IN, EVENTS, 1, OUT), WASI_SUCCESS);
    assert_int_equal(event(0).userdata, 5);
    assert_int_equal(event(0).error, WASI_SUCCESS);
    assert_int_equal(CALL(unstable_poll_oneoff, IN, EVENTS, 2, OUT), WASI_SUCCESS);
    assert_int_equal(event(0).userdata, 6);
    assert_int_equal(event(0).error, WASI_BADF);
    assert_int_equal(CALL(unstable_poll_oneoff, END - 55, EVENTS, 1, OUT), WASI_FAULT);
}

/* ---- sockets ---- */

static void socket_pair(int type, uint32_t *a, uint32_t *b)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    *a = add_host(ends[0]);
    *b = add_host(ends[1]);
}

static void test_send_recv(void **state)
{
    (void)state;
    uint32_t a, b;
    socket_pair(SOCK_STREAM, &a, &b);
    memcpy(fixture.memory + BUFFER, "message", 7);
    put_iov(0, BUFFER, 7);
    assert_int_equal(CALL(sock_send, a, IOV, 1, 0, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 7);
    assert_int_equal(CALL(sock_send, a, IOV, 1, 1, OUT), WASI_INVAL);
    put_iov(0, BUFFER + 100, 4);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, WASI_RIFLAGS_PEEK, OUT, OUT2), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 4);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, 0, OUT, OUT2), WASI_SUCCESS);
    assert_memory_equal(fixture.memory + BUFFER + 100, "mess", 4);
    put_iov(0, BUFFER, 3);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, WASI_RIFLAGS_WAITALL, OUT, OUT2), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 3);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, 4, OUT, OUT2), WASI_INVAL);
    assert_int_equal(CALL(fd_close, b), WASI_SUCCESS);
    assert_int_equal(CALL(sock_send, a, IOV, 1, 0, OUT), WASI_PIPE); /* and no SIGPIPE */
    assert_int_equal(CALL(fd_write, a, IOV, 1, OUT), WASI_PIPE);
}

static void test_truncated_message(void **state)
{
    (void)state;
    uint32_t a, b;
    socket_pair(SOCK_DGRAM, &a, &b);
    assert_int_equal(CALL(fd_fdstat_get, a, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT], WASI_FILETYPE_SOCKET_DGRAM);
    assert_int_equal(CALL(fd_filestat_get, a, BUFFER), WASI_SUCCESS);
    assert_int_equal(fixture.memory[BUFFER + 16], WASI_FILETYPE_SOCKET_DGRAM);
    put_iov(0, BUFFER, 7);
    assert_int_equal(CALL(sock_send, a, IOV, 1, 0, OUT), WASI_SUCCESS);
    put_iov(0, BUFFER, 3);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, 0, OUT, OUT2), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 3);
    assert_int_equal(fixture.memory[OUT2], WASI_ROFLAGS_TRUNCATED);
    assert_int_equal(CALL(sock_send, a, IOV, WASI_IOV_MAX + 1, 0, OUT), WASI_INVAL);
}

static void test_shutdown(void **state)
{
    (void)state;
    uint32_t a, b;
    socket_pair(SOCK_STREAM, &a, &b);
    assert_int_equal(CALL(sock_shutdown, a, 0), WASI_INVAL);
    assert_int_equal(CALL(sock_shutdown, a, 4), WASI_INVAL);
    assert_int_equal(CALL(sock_shutdown, a, -1), WASI_INVAL);
    assert_int_equal(CALL(sock_shutdown, a, WASI_SDFLAGS_WR), WASI_SUCCESS);
    assert_string_equal(read_text(b), ""); /* the end */
    assert_int_equal(CALL(sock_shutdown, a, WASI_SDFLAGS_WR | WASI_SDFLAGS_RD), WASI_SUCCESS);
}

static void test_not_a_socket(void **state)
{
    (void)state;
    uint32_t fd = open_ok("f", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    put_iov(0, BUFFER, 3);
    assert_int_equal(CALL(sock_send, fd, IOV, 1, 0, OUT), WASI_NOTSOCK);
    assert_int_equal(CALL(sock_recv, fd, IOV, 1, 0, OUT, OUT2), WASI_NOTSOCK);
    assert_int_equal(CALL(sock_shutdown, fd, 1), WASI_NOTSOCK);
    assert_int_equal(CALL(sock_accept, fd, 0, OUT), WASI_NOTSOCK);
    assert_int_equal(CALL(sock_accept, 99, 0, OUT), WASI_BADF);
    assert_int_equal(CALL(sock_send, 99, IOV, 1, 0, OUT), WASI_BADF);
}

static void test_sock_hostile(void **state)
{
    (void)state;
    uint32_t a, b;
    socket_pair(SOCK_STREAM, &a, &b);
    put_iov(0, BUFFER, 3);
    assert_int_equal(CALL(sock_send, a, IOV, 1, 0, END), WASI_FAULT);
    assert_int_equal(CALL(sock_send, a, END, 1, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, 0, OUT, END - 1), WASI_FAULT);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, 0, END - 3, OUT), WASI_FAULT);
    put_iov(0, END - 1, 3);
    assert_int_equal(CALL(sock_send, a, IOV, 1, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(sock_recv, b, IOV, 1, 0, OUT, OUT2), WASI_FAULT);
}

static void test_accept(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    uint32_t fd = add_host(listener);
    assert_int_equal(CALL(sock_accept, fd, 0, OUT), WASI_AGAIN);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
    assert_int_equal(CALL(sock_accept, fd, WASI_FDFLAGS_APPEND, OUT), WASI_INVAL);
    assert_int_equal(CALL(sock_accept, fd, 0, END), WASI_FAULT);
    on_fd(0, 1, WASI_EVENT_FD_READ, fd);
    assert_int_equal(poll_ok(1), 1);
    assert_int_equal(CALL(sock_accept, fd, WASI_FDFLAGS_NONBLOCK, OUT), WASI_SUCCESS);
    uint32_t connection = get_u32(OUT);
    assert_int_equal(connection, fd + 1);
    assert_int_equal(send(client, "hi", 2, 0), 2);
    on_fd(0, 1, WASI_EVENT_FD_READ, connection);
    assert_int_equal(poll_ok(1), 1);
    assert_string_equal(read_text(connection), "hi");
    put_iov(0, BUFFER, 3);
    assert_int_equal(CALL(sock_recv, connection, IOV, 1, 0, OUT, OUT2), WASI_AGAIN);
    close(client);
}

/* A poll of a whole memory would have the host allocate a multiple of it. */
static void test_too_many_subscriptions(void **state)
{
    (void)state;
    fixture.wasi->table.limit = 10;
    for (uint32_t i = 0; i < 11; i++)
        on_clock(i, i, WASI_CLOCK_MONOTONIC, 0, 0);
    assert_int_equal(poll_ok(10), 10);
    assert_int_equal(CALL(poll_oneoff, IN, EVENTS, 11, OUT), WASI_INVAL);
}

/* ---- sockets of the configuration ---- */

static struct wasi *with_sockets(const int *sockets, size_t count, w2s_error *err)
{
    const struct w2s_wasi_dir dir = {fixture.root, "/", false};
    const w2s_wasi_config config = {
        .size = sizeof config,
        .dirs = &dir,
        .dir_count = 1,
        .stdin_fd = -1,
        .stdout_fd = -1,
        .stderr_fd = -1,
        .sockets = sockets,
        .socket_count = count,
    };
    return wasi_new(&config, err);
}

static void test_configured_sockets(void **state)
{
    (void)state;
    int pair[2], before = open_host_descriptors();
    w2s_error err;
    struct wasi_descriptor *descriptor;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct wasi *wasi = with_sockets(pair, 2, &err);
    assert_non_null(wasi);
    for (uint32_t fd = 4; fd < 6; fd++) { /* after the directory */
        assert_int_equal(wasi_table_get(&wasi->table, fd, WASI_RIGHT_SOCK_ACCEPT, &descriptor),
                         WASI_SUCCESS);
        assert_int_equal(descriptor->filetype, WASI_FILETYPE_SOCKET_STREAM);
        assert_null(descriptor->preopen);
        assert_int_not_equal(descriptor->host, pair[fd - 4]);
    }
    wasi_free(wasi);
    close(pair[0]); /* ours are still open */
    assert_int_equal(close(pair[1]), 0);
    assert_int_equal(open_host_descriptors(), before);
}

static void test_configured_sockets_that_are_none(void **state)
{
    (void)state;
    int before = open_host_descriptors();
    int file = open(fixture.root, O_RDONLY | O_CLOEXEC);
    w2s_error err;
    assert_null(with_sockets(&file, 1, &err));
    assert_non_null(strstr(err.message, "no socket"));
    close(file);
    assert_null(with_sockets(&file, 1, &err));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    assert_null(with_sockets(NULL, 1, &err));
    assert_int_equal(open_host_descriptors(), before);
}

/* Of a program that was built before there were sockets. */
static void test_older_configuration(void **state)
{
    (void)state;
    w2s_error err;
    w2s_wasi_config config = {.size = offsetof(w2s_wasi_config, sockets), .socket_count = 99};
    struct wasi *wasi = wasi_new(&config, &err);
    assert_non_null(wasi);
    wasi_free(wasi);
    config.size--;
    assert_null(wasi_new(&config, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sleep),
        TEST(test_first_clock),
        TEST(test_bad_subscriptions),
        TEST(test_hostile),
        TEST(test_pipe),
        TEST(test_broken_pipe),
        TEST(test_regular_file),
        TEST(test_unstable),
        TEST(test_too_many_subscriptions),
        TEST(test_configured_sockets),
        TEST(test_configured_sockets_that_are_none),
        TEST(test_older_configuration),
        TEST(test_send_recv),
        TEST(test_truncated_message),
        TEST(test_shutdown),
        TEST(test_not_a_socket),
        TEST(test_sock_hostile),
        TEST(test_accept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
