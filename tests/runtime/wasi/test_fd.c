/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * test_fd.c: the descriptor table and the functions on open descriptors: rights, positions, reading
 * and writing, attributes, directories.
 */
#include "tests/runtime/wasi/fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define END (MEMORY_SIZE)

static struct wasi_descriptor *descriptor_of(uint32_t fd)
{
    struct wasi_descriptor *descriptor = NULL;
    assert_int_equal(wasi_table_get(&fixture.wasi->table, fd, 0, &descriptor), WASI_SUCCESS);
    return descriptor;
}

/* Gives the guest a host descriptor of ours. */
static uint32_t add_host(int host)
{
    struct wasi_descriptor descriptor;
    uint32_t fd;
    assert_int_equal(wasi_descriptor_describe(host, &descriptor), WASI_SUCCESS);
    descriptor.owned = true;
    assert_int_equal(wasi_table_insert(&fixture.wasi->table, descriptor, &fd), WASI_SUCCESS);
    return fd;
}

/* ---- the table ---- */

static void test_lowest_number(void **state)
{
    (void)state;
    assert_int_equal(open_ok("a", WASI_OFLAGS_CREAT, 0), 5);
    assert_int_equal(open_ok("b", WASI_OFLAGS_CREAT, 0), 6);
    assert_int_equal(open_ok("c", WASI_OFLAGS_CREAT, 0), 7);
    assert_int_equal(CALL(fd_close, 6), WASI_SUCCESS);
    assert_int_equal(CALL(fd_close, 6), WASI_BADF);
    assert_int_equal(open_ok("d", WASI_OFLAGS_CREAT, 0), 6);
    assert_int_equal(open_ok("e", WASI_OFLAGS_CREAT, 0), 8);
}

static void test_limit(void **state)
{
    (void)state;
    int before = open_host_descriptors();
    fixture.wasi->table.limit = 20;
    for (uint32_t fd = 5; fd < 20; fd++)
        assert_int_equal(open_ok("a", WASI_OFLAGS_CREAT, 0), fd);
    assert_int_equal(open_error("a", 0, 0), WASI_MFILE);
    assert_int_equal(open_host_descriptors(), before + 15);
    assert_int_equal(CALL(fd_close, 11), WASI_SUCCESS);
    assert_int_equal(open_ok("a", 0, 0), 11);
}

static void test_bad_numbers(void **state)
{
    (void)state;
    static const int64_t bad[] = {9, 1000, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(CALL(fd_close, bad[i]), WASI_BADF);
        assert_int_equal(CALL(fd_read, bad[i], IOV, 1, OUT), WASI_BADF);
        assert_int_equal(CALL(fd_fdstat_get, bad[i], OUT), WASI_BADF);
        assert_int_equal(CALL(fd_prestat_get, bad[i], OUT), WASI_BADF);
        assert_int_equal(CALL(fd_renumber, bad[i], 1), WASI_BADF);
        assert_int_equal(CALL(fd_renumber, 1, bad[i]), WASI_BADF);
        assert_int_equal(CALL(fd_sync, bad[i]), WASI_BADF);
        assert_int_equal(CALL(path_open, bad[i], 0, P("a"), 0, 0, 0, 0, OUT), WASI_BADF);
    }
}

static void test_close_releases(void **state)
{
    (void)state;
    int before = open_host_descriptors();
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    assert_true(fcntl(descriptor_of(fd)->host, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(open_host_descriptors(), before + 1);
    assert_int_equal(CALL(fd_close, fd), WASI_SUCCESS);
    assert_int_equal(open_host_descriptors(), before);
    assert_int_equal(CALL(fd_close, 2), WASI_SUCCESS); /* the host keeps its own */
    assert_int_equal(CALL(fd_close, 2), WASI_BADF);
    assert_true(fcntl(2, F_GETFD) >= 0);
}

static void test_renumber(void **state)
{
    (void)state;
    uint32_t a = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    uint32_t b = open_ok("b", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    int before = open_host_descriptors();
    write_text(a, "of a");
    assert_int_equal(CALL(fd_renumber, a, b), WASI_SUCCESS);
    assert_int_equal(open_host_descriptors(), before - 1);
    assert_int_equal(CALL(fd_close, a), WASI_BADF);
    assert_int_equal(CALL(fd_seek, b, 0, WASI_WHENCE_SET, OUT), WASI_SUCCESS);
    assert_string_equal(read_text(b), "of a");
    assert_int_equal(CALL(fd_renumber, b, b), WASI_SUCCESS);
    assert_int_equal(CALL(fd_tell, b, OUT), WASI_SUCCESS);
    assert_int_equal(CALL(fd_renumber, b, 900), WASI_BADF);
    assert_int_equal(CALL(fd_renumber, b, ROOT), WASI_SUCCESS); /* over a preopen */
    assert_int_equal(CALL(fd_prestat_get, ROOT, OUT), WASI_BADF);
}

static void test_adapter(void **state)
{
    (void)state;
    assert_int_equal(CALL(adapter_open_badfd, OUT), WASI_SUCCESS);
    uint32_t fd = get_u32(OUT);
    assert_int_equal(fd, 5);
    assert_int_equal(CALL(fd_read, fd, IOV, 0, OUT), WASI_BADF);
    assert_int_equal(CALL(fd_close, fd), WASI_BADF);
    assert_int_equal(open_ok("a", WASI_OFLAGS_CREAT, 0), 6);
    assert_int_equal(CALL(adapter_close_badfd, 6), WASI_BADF);
    assert_int_equal(CALL(adapter_close_badfd, fd), WASI_SUCCESS);
    assert_int_equal(CALL(adapter_close_badfd, fd), WASI_BADF);
    assert_int_equal(open_ok("a", 0, 0), 5);
    assert_int_equal(CALL(adapter_open_badfd, END - 3), WASI_FAULT);
}

/* ---- fdstat and rights ---- */

static void test_fdstat(void **state)
{
    (void)state;
    assert_int_equal(CALL(fd_fdstat_get, ROOT, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT], WASI_FILETYPE_DIRECTORY);
    assert_int_equal(fixture.memory[OUT + 2], 0);
    uint64_t base = get_u64(OUT + 8);
    assert_true(base & WASI_RIGHT_PATH_OPEN && base & WASI_RIGHT_FD_READDIR);
    assert_false(base & (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK));
    assert_int_equal(get_u64(OUT + 16), WASI_RIGHT_ALL);
    assert_int_equal(CALL(path_open, ROOT, 0, P("."), 0, (int64_t)base, WASI_RIGHT_ALL, 0, OUT),
                     WASI_SUCCESS);
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, WASI_RIGHT_FD_READ);
    assert_int_equal(CALL(fd_fdstat_get, fd, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT], WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(get_u64(OUT + 8), WASI_RIGHT_FD_READ);
    assert_int_equal(get_u64(OUT + 16), 0);
    assert_int_equal(CALL(fd_fdstat_get, fd, END - 23), WASI_FAULT);
}

static void test_fdstat_devices(void **state)
{
    (void)state;
    int ends[2];
    uint32_t null = add_host(open("/dev/null", O_RDWR | O_CLOEXEC));
    assert_int_equal(CALL(fd_fdstat_get, null, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT], WASI_FILETYPE_CHARACTER_DEVICE);
    assert_true(get_u64(OUT + 8) & WASI_RIGHT_FD_SEEK); /* so it is no terminal */
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0) {
        assert_int_equal(CALL(fd_fdstat_get, add_host(terminal), OUT), WASI_SUCCESS);
        assert_int_equal(fixture.memory[OUT], WASI_FILETYPE_CHARACTER_DEVICE);
        assert_false(get_u64(OUT + 8) & (WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL));
    }
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    uint32_t in = add_host(ends[0]), out = add_host(ends[1]);
    assert_int_equal(CALL(fd_fdstat_get, in, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT], WASI_FILETYPE_UNKNOWN);
    assert_int_equal(CALL(fd_write, in, IOV, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_read, out, IOV, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_seek, in, 0, WASI_WHENCE_CUR, OUT), WASI_SPIPE);
}

static void test_set_flags(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    write_text(fd, "12345");
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, WASI_FDFLAGS_APPEND), WASI_SUCCESS);
    assert_int_equal(CALL(fd_fdstat_get, fd, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT + 2], WASI_FDFLAGS_APPEND);
    assert_int_equal(CALL(fd_seek, fd, 0, WASI_WHENCE_SET, OUT), WASI_SUCCESS);
    write_text(fd, "6");
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, WASI_FDFLAGS_NONBLOCK), WASI_SUCCESS);
    assert_int_equal(CALL(fd_fdstat_get, fd, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT + 2], WASI_FDFLAGS_NONBLOCK);
    assert_int_equal(CALL(fd_seek, fd, 0, WASI_WHENCE_SET, OUT), WASI_SUCCESS);
    assert_string_equal(read_text(fd), "123456");
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, WASI_FDFLAGS_SYNC), WASI_NOTSUP);
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, 32), WASI_INVAL);
    assert_int_equal(CALL(fd_fdstat_set_flags, open_ok("a", 0, 0), 0), WASI_NOTCAPABLE);
}

static void test_set_rights(void **state)
{
    (void)state;
    const int64_t rights = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, rights, 0), WASI_SUCCESS);
    assert_int_equal(CALL(fd_fdstat_get, fd, OUT), WASI_SUCCESS);
    assert_int_equal(get_u64(OUT + 8), rights);
    assert_int_equal(CALL(fd_write, fd, IOV, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_sync, fd), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, (int64_t)FILE_RIGHTS, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, rights, 1), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, -1, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, 0, 0), WASI_SUCCESS);
    assert_int_equal(CALL(fd_read, fd, IOV, 0, OUT), WASI_NOTCAPABLE);
}

/* Every function on a descriptor without rights is refused. */
static void test_no_rights(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, 0);
    assert_int_equal(CALL(fd_advise, fd, 0, 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_allocate, fd, 0, 1), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_datasync, fd), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_filestat_get, fd, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_filestat_set_size, fd, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_filestat_set_times, fd, 0, 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_pread, fd, IOV, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_pwrite, fd, IOV, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_read, fd, IOV, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_readdir, fd, BUFFER, 100, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_seek, fd, 0, WASI_WHENCE_CUR, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_tell, fd, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_write, fd, IOV, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, fd, 0, P("x"), 0, 0, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_create_directory, fd, P("x")), WASI_NOTCAPABLE);
}

/* ---- preopens ---- */

static void test_prestat(void **state)
{
    (void)state;
    assert_int_equal(CALL(fd_prestat_get, ROOT, OUT), WASI_SUCCESS);
    assert_int_equal(fixture.memory[OUT], WASI_PREOPEN_DIR);
    assert_int_equal(get_u32(OUT + 4), 1);
    assert_int_equal(CALL(fd_prestat_dir_name, ROOT, BUFFER, 1), WASI_SUCCESS);
    assert_int_equal(fixture.memory[BUFFER], '/');
    assert_int_equal(CALL(fd_prestat_get, READ_ONLY, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT + 4), 3);
    assert_int_equal(CALL(fd_prestat_dir_name, READ_ONLY, BUFFER, 2), WASI_NAMETOOLONG);
    assert_int_equal(CALL(fd_prestat_dir_name, READ_ONLY, BUFFER, 9), WASI_SUCCESS);
    assert_memory_equal(fixture.memory + BUFFER, "/ro", 4);
    assert_int_equal(CALL(fd_prestat_dir_name, READ_ONLY, END - 2, 3), WASI_FAULT);
    assert_int_equal(CALL(fd_prestat_get, ROOT, END - 7), WASI_FAULT);
    assert_int_equal(CALL(fd_prestat_get, 1, OUT), WASI_BADF);
    assert_int_equal(CALL(fd_prestat_get, 5, OUT), WASI_BADF);
    assert_int_equal(CALL(fd_close, ROOT), WASI_SUCCESS);
    assert_int_equal(CALL(fd_prestat_get, ROOT, OUT), WASI_BADF);
}

/* ---- reading, writing, position ---- */

static void test_read_write(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    memcpy(fixture.memory + BUFFER, "hello world", 11);
    put_iov(0, BUFFER, 5);
    put_iov(1, BUFFER + 5, 0);
    put_iov(2, BUFFER + 5, 6);
    assert_int_equal(CALL(fd_write, fd, IOV, 3, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 11);
    assert_int_equal(CALL(fd_seek, fd, -5, WASI_WHENCE_END, OUT), WASI_SUCCESS);
    assert_int_equal(get_u64(OUT), 6);
    assert_string_equal(read_text(fd), "world");
    assert_string_equal(read_text(fd), ""); /* the end */
    assert_int_equal(CALL(fd_tell, fd, OUT), WASI_SUCCESS);
    assert_int_equal(get_u64(OUT), 11);
    assert_int_equal(CALL(fd_write, fd, IOV, 0, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 0);
}

static void test_many_buffers(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    for (uint32_t i = 0; i < 300; i++)
        put_iov(i, BUFFER + i, 1);
    assert_int_equal(CALL(fd_write, fd, IOV, 300, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), WASI_IOV_MAX);
    assert_int_equal(CALL(fd_write, fd, IOV, -1, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_write, fd, END - 4, 1, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_write, fd, IOV, 1, END - 2), WASI_FAULT);
    put_iov(0, BUFFER, UINT32_MAX);
    assert_int_equal(CALL(fd_read, fd, IOV, 1, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_pread, fd, IOV, 1, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_tell, fd, OUT), WASI_SUCCESS);
    assert_int_equal(get_u64(OUT), WASI_IOV_MAX); /* the refused ones did nothing */
}

static void test_pread_pwrite(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    write_text(fd, "0123456789");
    memcpy(fixture.memory + BUFFER, "xy", 2);
    put_iov(0, BUFFER, 2);
    assert_int_equal(CALL(fd_pwrite, fd, IOV, 1, 4, OUT), WASI_SUCCESS);
    put_iov(0, BUFFER, 4);
    assert_int_equal(CALL(fd_pread, fd, IOV, 1, 3, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 4);
    assert_memory_equal(fixture.memory + BUFFER, "3xy6", 4);
    assert_int_equal(CALL(fd_pread, fd, IOV, 1, 100, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 0);
    assert_int_equal(CALL(fd_pread, fd, IOV, 1, -1, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_pwrite, fd, IOV, 1, INT64_MIN, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_tell, fd, OUT), WASI_SUCCESS);
    assert_int_equal(get_u64(OUT), 10);
    uint32_t no_seek = open_ok("a", 0, WASI_RIGHT_FD_READ);
    assert_int_equal(CALL(fd_pread, no_seek, IOV, 1, 0, OUT), WASI_NOTCAPABLE);
}

static void test_seek(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    write_text(fd, "0123456789");
    assert_int_equal(CALL(fd_seek, fd, 2, WASI_WHENCE_SET, OUT), WASI_SUCCESS);
    assert_int_equal(CALL(fd_seek, fd, 3, WASI_WHENCE_CUR, OUT), WASI_SUCCESS);
    assert_int_equal(get_u64(OUT), 5);
    assert_int_equal(CALL(fd_seek, fd, -6, WASI_WHENCE_CUR, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_seek, fd, 0, 3, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_seek, fd, 0, -1, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_seek, fd, 0, WASI_WHENCE_SET, END - 7), WASI_FAULT);
    uint32_t tells = open_ok("a", 0, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_TELL);
    assert_int_equal(CALL(fd_seek, tells, 0, WASI_WHENCE_CUR, OUT), WASI_SUCCESS);
    assert_int_equal(CALL(fd_seek, tells, 1, WASI_WHENCE_CUR, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_seek, tells, 0, WASI_WHENCE_SET, OUT), WASI_NOTCAPABLE);
    uint32_t seeks = open_ok("a", 0, WASI_RIGHT_FD_SEEK);
    assert_int_equal(CALL(fd_tell, seeks, OUT), WASI_SUCCESS);
    assert_int_equal(CALL(fd_tell, ROOT, OUT), WASI_NOTCAPABLE);
}

static void test_unstable_seek(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    write_text(fd, "0123456789");
    assert_int_equal(CALL(unstable_fd_seek, fd, -4, 0, OUT), WASI_SUCCESS); /* cur */
    assert_int_equal(get_u64(OUT), 6);
    assert_int_equal(CALL(unstable_fd_seek, fd, -1, 1, OUT), WASI_SUCCESS); /* end */
    assert_int_equal(get_u64(OUT), 9);
    assert_int_equal(CALL(unstable_fd_seek, fd, 3, 2, OUT), WASI_SUCCESS); /* set */
    assert_int_equal(get_u64(OUT), 3);
}

/* ---- pipes ---- */

static void test_broken_pipe(void **state)
{
    (void)state;
    int ends[2];
    sigset_t pending;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    uint32_t fd = add_host(ends[1]);
    put_iov(0, BUFFER, 4);
    assert_int_equal(CALL(fd_write, fd, IOV, 1, OUT), WASI_SUCCESS);
    close(ends[0]);
    assert_int_equal(CALL(fd_write, fd, IOV, 1, OUT), WASI_PIPE); /* and we are still alive */
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
}

/* ---- attributes ---- */

static void test_filestat(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    write_text(fd, "12345");
    assert_int_equal(CALL(fd_filestat_get, fd, BUFFER), WASI_SUCCESS);
    assert_int_equal(fixture.memory[BUFFER + 16], WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(get_u64(BUFFER + 24), 1); /* nlink */
    assert_int_equal(get_u64(BUFFER + 32), 5);
    assert_true(get_u64(BUFFER + 48) > 0);
    memset(fixture.memory + BUFFER, 0xff, 64);
    assert_int_equal(CALL(unstable_fd_filestat_get, fd, BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u32(BUFFER + 20), 1);
    assert_int_equal(get_u64(BUFFER + 24), 5);
    assert_int_equal(get_u32(BUFFER + 56), 0xffffffff); /* shorter by 8 */
    assert_int_equal(CALL(fd_filestat_get, fd, END - 63), WASI_FAULT);
    assert_int_equal(CALL(unstable_fd_filestat_get, fd, END - 55), WASI_FAULT);
    assert_int_equal(CALL(unstable_fd_filestat_get, fd, END - 56), WASI_SUCCESS);
}

static void test_set_size(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    assert_int_equal(CALL(fd_filestat_set_size, fd, 100), WASI_SUCCESS);
    assert_int_equal(CALL(fd_filestat_get, fd, BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 32), 100);
    assert_int_equal(CALL(fd_filestat_set_size, fd, -1), WASI_INVAL);
    enum wasi_errno error = CALL(fd_allocate, fd, 100, 100);
    assert_true(error == WASI_SUCCESS || error == WASI_NOTSUP);
    assert_int_equal(CALL(fd_filestat_get, fd, BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 32), error ? 100 : 200);
    assert_int_equal(CALL(fd_allocate, fd, -1, 1), WASI_INVAL);
    assert_int_equal(CALL(fd_filestat_set_size, ROOT, 0), WASI_NOTCAPABLE);
}

static void test_set_times(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    const int64_t time = 1234567890123456789;
    assert_int_equal(CALL(fd_filestat_set_times, fd, 5, time, WASI_FSTFLAGS_MTIM), WASI_SUCCESS);
    assert_int_equal(CALL(fd_filestat_get, fd, BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 48), time);
    assert_true(get_u64(BUFFER + 40) != 5);
    assert_int_equal(CALL(fd_filestat_set_times, fd, 0, 0, 3), WASI_INVAL);
    assert_int_equal(CALL(fd_filestat_set_times, fd, 0, 0, 0xfff0), WASI_INVAL);
    assert_int_equal(CALL(fd_filestat_set_times, fd, 7, 0, WASI_FSTFLAGS_ATIM), WASI_SUCCESS);
    assert_int_equal(CALL(fd_filestat_get, fd, BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 40), 7);
    assert_int_equal(get_u64(BUFFER + 48), time);
}

static void test_sync_advise(void **state)
{
    (void)state;
    uint32_t fd = open_ok("a", WASI_OFLAGS_CREAT, FILE_RIGHTS);
    assert_int_equal(CALL(fd_sync, fd), WASI_SUCCESS);
    assert_int_equal(CALL(fd_datasync, fd), WASI_SUCCESS);
    for (int advice = 0; advice < 6; advice++)
        assert_int_equal(CALL(fd_advise, fd, 0, 10, advice), WASI_SUCCESS);
    assert_int_equal(CALL(fd_advise, fd, 0, 10, 6), WASI_INVAL);
    assert_int_equal(CALL(fd_advise, fd, -1, 10, 0), WASI_INVAL);
    assert_int_equal(CALL(fd_advise, fd, 0, -1, 0), WASI_INVAL);
    assert_int_equal(CALL(fd_advise, ROOT, 0, 0, 0), WASI_NOTCAPABLE);
}

/* ---- directories ---- */

enum { HEAD = sizeof(struct wasi_dirent) };

/* Walks a directory with a buffer of size bytes as a C library does; counts its entries and those
 * called name. */
static int list(uint32_t size, const char *name, int *found)
{
    int count = 0;
    uint64_t cookie = 0;
    *found = 0;
    for (;;) {
        assert_int_equal(CALL(fd_readdir, ROOT, BUFFER, size, (int64_t)cookie, OUT), WASI_SUCCESS);
        uint32_t used = get_u32(OUT), at = 0;
        assert_true(used <= size);
        for (;;) {
            struct wasi_dirent entry;
            memcpy(&entry, fixture.memory + BUFFER + at, sizeof entry);
            if (at + HEAD > used || at + HEAD + entry.namlen > used)
                break;
            const char *text = (const char *)fixture.memory + BUFFER + at + HEAD;
            *found += entry.namlen == strlen(name) && memcmp(text, name, entry.namlen) == 0;
            at += HEAD + entry.namlen;
            cookie = entry.next;
            count++;
        }
        if (used < size)
            return count;
        assert_true(at > 0);
    }
}

static void test_readdir(void **state)
{
    (void)state;
    char name[32];
    int found;
    assert_int_equal(list(4096, ".", &found), 2);
    assert_int_equal(found, 1);
    assert_int_equal(list(4096, "..", &found), 2);
    assert_int_equal(found, 1);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "some file %d", i);
        make_file(name, "");
    }
    assert_int_equal(list(4096, "some file 7", &found), 202);
    assert_int_equal(found, 1);
    assert_int_equal(list(64, "some file 199", &found), 202); /* most entries cut off */
    assert_int_equal(found, 1);
    assert_int_equal(list(32768, "some file 0", &found), 202);
}

static void test_readdir_types(void **state)
{
    (void)state;
    make_dir("d");
    uint32_t fd = open_ok("d", WASI_OFLAGS_DIRECTORY, WASI_RIGHT_FD_READDIR);
    make_link("d/l", "nowhere");
    assert_int_equal(CALL(fd_readdir, fd, BUFFER, 4096, 0, OUT), WASI_SUCCESS);
    uint32_t used = get_u32(OUT);
    assert_int_equal(used, 3 * HEAD + 1 + 2 + 1);
    for (uint32_t at = 0; at < used;) {
        struct wasi_dirent entry;
        memcpy(&entry, fixture.memory + BUFFER + at, sizeof entry);
        bool link = fixture.memory[BUFFER + at + HEAD] == 'l';
        assert_int_equal(entry.type, link ? WASI_FILETYPE_SYMBOLIC_LINK : WASI_FILETYPE_DIRECTORY);
        at += HEAD + entry.namlen;
    }
}

static void test_readdir_bad(void **state)
{
    (void)state;
    assert_int_equal(CALL(fd_readdir, ROOT, BUFFER, 10, 0, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 10); /* even the head is cut */
    assert_int_equal(CALL(fd_readdir, ROOT, BUFFER, 0, 0, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 0);
    assert_int_equal(CALL(fd_readdir, ROOT, BUFFER, 100, -1, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_readdir, ROOT, END - 10, 11, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_readdir, ROOT, BUFFER, -1, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_readdir, ROOT, BUFFER, 100, 0, END - 1), WASI_FAULT);
    assert_int_equal(CALL(fd_readdir, 1, BUFFER, 100, 0, OUT), WASI_NOTCAPABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lowest_number),  TEST(test_limit),          TEST(test_bad_numbers),
        TEST(test_close_releases), TEST(test_renumber),       TEST(test_adapter),
        TEST(test_fdstat),         TEST(test_fdstat_devices), TEST(test_set_flags),
        TEST(test_set_rights),     TEST(test_no_rights),      TEST(test_prestat),
        TEST(test_read_write),     TEST(test_many_buffers),   TEST(test_pread_pwrite),
        TEST(test_seek),           TEST(test_unstable_seek),  TEST(test_broken_pipe),
        TEST(test_filestat),       TEST(test_set_size),       TEST(test_set_times),
        TEST(test_sync_advise),    TEST(test_readdir),        TEST(test_readdir_types),
        TEST(test_readdir_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
