/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * test_guest.c: access to guest memory, arguments and environment, clocks, random bytes, the end of
 * the program, error numbers, and the configuration.
 */
#include "tests/runtime/wasi/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define END (MEMORY_SIZE)

/* ---- memory ---- */

static void test_ranges(void **state)
{
    (void)state;
    struct wasi_call call = {.memory = fixture.memory, .memory_size = MEMORY_SIZE};
    assert_ptr_equal(wasi_guest(&call, 0, MEMORY_SIZE), fixture.memory);
    assert_non_null(wasi_guest(&call, END, 0));
    assert_non_null(wasi_guest(&call, UINT32_MAX, 0));
    assert_null(wasi_guest(&call, END, 1));
    assert_null(wasi_guest(&call, END - 3, 4));
    assert_null(wasi_guest(&call, UINT32_MAX, 1));
    assert_null(wasi_guest(&call, 1, UINT64_MAX));
    assert_null(wasi_guest_array(&call, 0, UINT32_MAX, 48));
    assert_non_null(wasi_guest_array(&call, 0, MEMORY_SIZE / 8, 8));
    assert_null(wasi_guest_array(&call, 1, MEMORY_SIZE / 8, 8));
    call.memory = NULL;
    call.memory_size = 0;
    assert_null(wasi_guest(&call, 0, 0));
}

static void test_buffers(void **state)
{
    (void)state;
    struct wasi_call call = {.memory = fixture.memory, .memory_size = MEMORY_SIZE};
    struct wasi_buffers buffers;
    for (uint32_t i = 0; i < 100; i++)
        put_iov(i, BUFFER, 16); /* all the same bytes: overlap is the guest's affair */
    assert_int_equal(wasi_guest_buffers(&call, IOV, 100, &buffers), WASI_SUCCESS);
    assert_int_equal(buffers.count, WASI_IOV_MAX);
    assert_true(buffers.cut);
    assert_int_equal(wasi_guest_buffers(&call, IOV, 3, &buffers), WASI_SUCCESS);
    assert_int_equal(buffers.count, 3);
    assert_false(buffers.cut);
    assert_int_equal(wasi_guest_buffers(&call, IOV, UINT32_MAX, &buffers), WASI_FAULT);
    assert_int_equal(wasi_guest_buffers(&call, END - 8, 2, &buffers), WASI_FAULT);
    put_iov(1, END - 1, 2);
    assert_int_equal(wasi_guest_buffers(&call, IOV, 3, &buffers), WASI_FAULT);
    put_iov(1, UINT32_MAX, UINT32_MAX);
    assert_int_equal(wasi_guest_buffers(&call, IOV, 3, &buffers), WASI_FAULT);
    assert_int_equal(wasi_guest_buffers(&call, IOV, 0, &buffers), WASI_SUCCESS);
}

static enum wasi_errno path_of(int64_t address, int64_t size, char *path)
{
    w2s_value args[2] = {{.i64 = address}, {.i64 = size}};
    struct wasi_call call = {.args = args, .memory = fixture.memory, .memory_size = MEMORY_SIZE};
    return wasi_guest_path(&call, 0, path);
}

static void test_paths(void **state)
{
    (void)state;
    char path[PATH_MAX];
    assert_int_equal(path_of(P("a/b"), path), WASI_SUCCESS);
    assert_string_equal(path, "a/b");
    assert_int_equal(path_of(0, 0, path), WASI_NOENT);
    assert_int_equal(path_of(P("/a"), path), WASI_NOTCAPABLE);
    assert_int_equal(path_of(put("ab"), 3, path), WASI_INVAL); /* a NUL at its end */
    assert_int_equal(path_of(END - 1, 2, path), WASI_FAULT);
    assert_int_equal(path_of(-1, 1, path), WASI_FAULT);
    memset(fixture.memory + BUFFER, 'x', PATH_MAX);
    assert_int_equal(path_of(BUFFER, PATH_MAX, path), WASI_NAMETOOLONG);
    assert_int_equal(path_of(BUFFER, PATH_MAX - 1, path), WASI_SUCCESS);
}

/* ---- arguments and environment ---- */

static void test_args(void **state)
{
    (void)state;
    assert_int_equal(CALL(args_sizes_get, OUT, OUT2), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 3);
    assert_int_equal(get_u32(OUT2), sizeof "prog" + 1 + sizeof "b c");
    assert_int_equal(CALL(args_get, OUT, BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), BUFFER);
    assert_string_equal((char *)fixture.memory + get_u32(OUT), "prog");
    assert_string_equal((char *)fixture.memory + get_u32(OUT + 4), "");
    assert_string_equal((char *)fixture.memory + get_u32(OUT + 8), "b c");
}

static void test_environ(void **state)
{
    (void)state;
    assert_int_equal(CALL(environ_sizes_get, OUT, OUT2), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 2);
    assert_int_equal(CALL(environ_get, OUT, BUFFER), WASI_SUCCESS);
    assert_string_equal((char *)fixture.memory + get_u32(OUT), "A=1");
    assert_string_equal((char *)fixture.memory + get_u32(OUT + 4), "LONGER=value");
}

static void test_args_bad_pointers(void **state)
{
    (void)state;
    assert_int_equal(CALL(args_sizes_get, END - 3, OUT), WASI_FAULT);
    assert_int_equal(CALL(args_sizes_get, OUT, -4), WASI_FAULT);
    assert_int_equal(CALL(args_get, END - 11, BUFFER), WASI_FAULT);
    assert_int_equal(CALL(args_get, OUT, END - 9), WASI_FAULT);
    assert_int_equal(CALL(environ_sizes_get, -1, OUT), WASI_FAULT);
    assert_int_equal(CALL(environ_get, -1, OUT), WASI_FAULT);
}

/* ---- clocks ---- */

static void test_clocks(void **state)
{
    (void)state;
    for (int clock = 0; clock < WASI_CLOCK__COUNT; clock++) {
        assert_int_equal(CALL(clock_res_get, clock, OUT), WASI_SUCCESS);
        assert_in_range(get_u64(OUT), 1, 1000000000);
        assert_int_equal(CALL(clock_time_get, clock, 0, OUT), WASI_SUCCESS);
        assert_true(get_u64(OUT) > 0);
    }
    assert_int_equal(CALL(clock_time_get, WASI_CLOCK_REALTIME, 0, OUT), WASI_SUCCESS);
    assert_in_range(get_u64(OUT) / 1000000000, time(NULL) - 2, time(NULL) + 2);
    assert_int_equal(CALL(clock_time_get, WASI_CLOCK_MONOTONIC, 0, OUT), WASI_SUCCESS);
    assert_int_equal(CALL(clock_time_get, WASI_CLOCK_MONOTONIC, 0, OUT2), WASI_SUCCESS);
    assert_true(get_u64(OUT2) >= get_u64(OUT));
    assert_int_equal(CALL(clock_time_get, 4, 0, OUT), WASI_INVAL);
    assert_int_equal(CALL(clock_res_get, -1, OUT), WASI_INVAL);
    assert_int_equal(CALL(clock_time_get, 0, 0, END - 7), WASI_FAULT);
    assert_int_equal(CALL(clock_res_get, 0, END - 7), WASI_FAULT);
}

static void test_times(void **state)
{
    (void)state;
    struct timespec t[2];
    assert_int_equal(wasi_times(1500000000, 7, WASI_FSTFLAGS_ATIM, t), WASI_SUCCESS);
    assert_int_equal(t[0].tv_sec, 1);
    assert_int_equal(t[0].tv_nsec, 500000000);
    assert_int_equal(t[1].tv_nsec, UTIME_OMIT);
    assert_int_equal(wasi_times(0, 0, WASI_FSTFLAGS_MTIM_NOW, t), WASI_SUCCESS);
    assert_int_equal(t[1].tv_nsec, UTIME_NOW);
    assert_int_equal(wasi_times(0, 0, 3, t), WASI_INVAL);
    assert_int_equal(wasi_times(0, 0, 12, t), WASI_INVAL);
    assert_int_equal(wasi_times(0, 0, 16, t), WASI_INVAL);
}

/* ---- the rest ---- */

static void test_random(void **state)
{
    (void)state;
    uint8_t zeros[256] = {0};
    assert_int_equal(CALL(random_get, BUFFER, 256), WASI_SUCCESS);
    assert_memory_not_equal(fixture.memory + BUFFER, zeros, 256);
    assert_memory_equal(fixture.memory + BUFFER + 256, zeros, 256); /* and no more than asked */
    assert_int_equal(CALL(random_get, 0, MEMORY_SIZE), WASI_SUCCESS);
    assert_int_equal(CALL(random_get, END, 0), WASI_SUCCESS);
    assert_int_equal(CALL(random_get, END - 1, 2), WASI_FAULT);
    assert_int_equal(CALL(random_get, 1, -1), WASI_FAULT);
}

static void test_exit(void **state)
{
    (void)state;
    CALL(proc_exit, 7);
    assert_true(fixture.exited);
    assert_int_equal(fixture.exit_status, 7);
    CALL(proc_exit, -1);
    assert_int_equal(fixture.exit_status, -1);
    assert_int_equal(CALL(sched_yield, 0), WASI_SUCCESS);
    assert_false(fixture.exited);
}

static void test_raise(void **state)
{
    (void)state;
    assert_int_equal(CALL(proc_raise, 6), WASI_SUCCESS); /* abrt */
    assert_true(fixture.exited);
    assert_int_equal(fixture.exit_status, 134);
    assert_int_equal(CALL(proc_raise, 9), WASI_SUCCESS); /* kill: the guest, not us */
    assert_int_equal(fixture.exit_status, 137);
    assert_int_equal(CALL(proc_raise, 16), WASI_SUCCESS); /* chld: ignored */
    assert_false(fixture.exited);
    assert_int_equal(CALL(proc_raise, 18), WASI_NOTSUP); /* stop */
    assert_int_equal(CALL(proc_raise, 31), WASI_INVAL);
    assert_int_equal(CALL(proc_raise, -1), WASI_INVAL);
}

static void test_errno(void **state)
{
    (void)state;
    assert_int_equal(wasi_errno_of(0), 0);
    assert_int_equal(wasi_errno_of(E2BIG), 1);
    assert_int_equal(wasi_errno_of(EACCES), 2);
    assert_int_equal(wasi_errno_of(EAGAIN), 6);
    assert_int_equal(wasi_errno_of(EBADF), 8);
    assert_int_equal(wasi_errno_of(EEXIST), 20);
    assert_int_equal(wasi_errno_of(EINVAL), 28);
    assert_int_equal(wasi_errno_of(EISDIR), 31);
    assert_int_equal(wasi_errno_of(ENOENT), 44);
    assert_int_equal(wasi_errno_of(ENOTDIR), 54);
    assert_int_equal(wasi_errno_of(ENOTEMPTY), 55);
    assert_int_equal(wasi_errno_of(EOPNOTSUPP), 58);
    assert_int_equal(wasi_errno_of(EPERM), 63);
    assert_int_equal(wasi_errno_of(EROFS), 69);
    assert_int_equal(wasi_errno_of(EXDEV), 75);
    assert_int_equal(wasi_errno_of(EUCLEAN), WASI_IO); /* no number of its own */
    assert_int_equal(wasi_errno_of(4096), WASI_IO);
    assert_int_equal(wasi_errno_of(-1), WASI_IO);
}

/* ---- configuration ---- */

static w2s_wasi_config plain_config(void)
{
    return (w2s_wasi_config){
        .size = sizeof(w2s_wasi_config), .stdin_fd = 0, .stdout_fd = 1, .stderr_fd = 2};
}

static void refused(const w2s_wasi_config *config, enum w2s_error_kind kind)
{
    w2s_error err = {.kind = W2S_ERROR_NONE};
    assert_null(wasi_new(config, &err));
    assert_int_equal(err.kind, kind);
    assert_true(strlen(err.message) > 0);
    assert_null(wasi_new(config, NULL));
}

static void test_bad_config(void **state)
{
    (void)state;
    const char *const holes[] = {"a", NULL};
    const struct w2s_wasi_dir missing = {"/nonexistent/w2s", "/", false};
    const struct w2s_wasi_dir file = {"/dev/null", "/", false};
    const struct w2s_wasi_dir unnamed = {"/tmp", NULL, false};
    w2s_wasi_config config = plain_config();
    refused(NULL, W2S_ERROR_ARGUMENT);
    config.size = 8;
    refused(&config, W2S_ERROR_ARGUMENT);
    config = plain_config();
    config.args = holes;
    config.arg_count = 2;
    refused(&config, W2S_ERROR_ARGUMENT);
    config = plain_config();
    config.env_count = 1;
    refused(&config, W2S_ERROR_ARGUMENT);
    config = plain_config();
    config.dir_count = 1;
    refused(&config, W2S_ERROR_ARGUMENT);
    config.dirs = &unnamed;
    refused(&config, W2S_ERROR_ARGUMENT);
    config.dirs = &missing;
    refused(&config, W2S_ERROR_IO);
    config.dirs = &file;
    refused(&config, W2S_ERROR_IO);
}

static void test_closed_stdio(void **state)
{
    (void)state;
    const struct w2s_wasi_dir dir = {"/tmp", "/tmp", false};
    struct wasi_descriptor *descriptor;
    w2s_wasi_config config = plain_config();
    config.stdin_fd = -1;
    config.dirs = &dir;
    config.dir_count = 1;
    int before = open_host_descriptors();
    struct wasi *wasi = wasi_new(&config, NULL);
    assert_non_null(wasi);
    assert_int_equal(wasi_table_get(&wasi->table, 0, 0, &descriptor), WASI_BADF);
    assert_int_equal(wasi_table_get(&wasi->table, 3, 0, &descriptor), WASI_SUCCESS);
    assert_string_equal(descriptor->preopen, "/tmp");
    assert_true(fcntl(descriptor->host, F_GETFD) & FD_CLOEXEC);
    wasi_free(wasi);
    assert_int_equal(open_host_descriptors(), before);
    wasi_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ranges),     TEST(test_buffers),      TEST(test_paths),
        TEST(test_args),       TEST(test_environ),      TEST(test_args_bad_pointers),
        TEST(test_clocks),     TEST(test_times),        TEST(test_random),
        TEST(test_exit),       TEST(test_raise),        TEST(test_errno),
        TEST(test_bad_config), TEST(test_closed_stdio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
