/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * files.c: what is in files and what is known of them: reading and writing with all kinds of buffer
 * arrays, at positions beyond 4 GiB, sizes and times.
 */
#include "check.h"

#include <string.h>

#define GIB (1ull << 30)
enum { SECOND = 1000000000 };

static uint32_t n;
static char buffer[70000];

static void check_gather(void)
{
    char a[3], b[4], c[8];
    struct iov out[] = {{S("one")}, {"", 0}, {S("two!")}, {S("three")}};
    struct iov in[] = {{a, 3}, {b, 4}, {NULL, 0}, {c, 8}};
    fd_t fd = open_file("file", O_CREAT_ | O_TRUNC_);
    uint64_t at;
    WORKS(fd_write, fd, out, 4, &n);
    EQUAL(fd_write, 12, n);
    WORKS(fd_seek, fd, 0, SET, &at);
    WORKS(fd_read, fd, in, 4, &n);
    EQUAL(fd_read, 12, n);
    BYTES(fd_read, "one", a, 3);
    BYTES(fd_read, "two!", b, 4);
    BYTES(fd_read, "three", c, 5);
    WORKS(fd_read, fd, in, 4, &n);
    EQUAL(fd_read, 0, n); /* the end */
    WORKS(fd_read, fd, in, 0, &n);
    EQUAL(fd_read, 0, n);
    WORKS(fd_write, fd, out, 0, &n);
    EQUAL(fd_write, 0, n);
    WORKS(fd_write, fd, &out[1], 1, &n);
    EQUAL(fd_write, 0, n);
    EQUAL(fd_write, 12, size_of(fd));
    WORKS(fd_seek, fd, 100, SET, &at);
    WORKS(fd_read, fd, in, 4, &n);
    EQUAL(fd_read, 0, n); /* past the end */
    close_fd(fd);
}

/* Buffers that overlap are filled one after the other. */
static void check_overlap(void)
{
    char bytes[8] = "........";
    struct iov in[] = {{bytes, 4}, {bytes + 2, 4}};
    make_file("file", "abcdefgh");
    fd_t fd = open_file("file", 0);
    WORKS(fd_read, fd, in, 2, &n);
    EQUAL(fd_read, 8, n);
    BYTES(fd_read, "abefgh..", bytes, 8);
    struct iov out[] = {{bytes, 4}, {bytes, 4}};
    WORKS(fd_pwrite, fd, out, 2, 0, &n);
    WORKS(fd_pread, fd, &(struct iov){buffer, 8}, 1, 0, &n);
    BYTES(fd_pwrite, "abefabef", buffer, 8);
    close_fd(fd);
}

/* Many buffers: a call may take fewer, and then says so. */
static void check_many(void)
{
    enum { COUNT = 5000 };
    static struct iov iov[COUNT];
    static char bytes[COUNT];
    fd_t fd = open_file("file", O_TRUNC_);
    int error = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        bytes[i] = (char)('a' + i % 23);
        iov[i] = (struct iov){bytes + i, 1};
    }
    for (uint32_t done = 0; done < COUNT && !error; done += n) {
        error = wasi_fd_write(fd, iov + done, COUNT - done, &n);
        error = n == 0 ? E_IO : error;
    }
    EQUAL(fd_write, E_SUCCESS, (uint64_t)error);
    EQUAL(fd_write, COUNT, size_of(fd));
    for (uint32_t i = 0; i < COUNT; i++)
        iov[i] = (struct iov){buffer + i, 1};
    for (uint32_t done = 0; done < COUNT && !error; done += n) {
        error = wasi_fd_pread(fd, iov + done, COUNT - done, done, &n);
        error = n == 0 ? E_IO : error;
    }
    EQUAL(fd_pread, E_SUCCESS, (uint64_t)error);
    BYTES(fd_pread, bytes, buffer, COUNT);
    close_fd(fd);
}

static void check_positions(void)
{
    uint64_t at;
    fd_t fd = open_file("file", O_TRUNC_);
    WORKS(fd_pwrite, fd, &(struct iov){S("0123")}, 1, 0, &n);
    EQUAL(fd_pwrite, 4, n);
    WORKS(fd_pwrite, fd, &(struct iov){S("xy")}, 1, 6, &n); /* leaves a hole */
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_pwrite, 0, at);
    EQUAL(fd_pwrite, 8, size_of(fd));
    WORKS(fd_pread, fd, &(struct iov){buffer, 100}, 1, 2, &n);
    EQUAL(fd_pread, 6, n);
    BYTES(fd_pread, "23\0\0xy", buffer, 6);
    WORKS(fd_pread, fd, &(struct iov){buffer, 100}, 1, 8, &n);
    EQUAL(fd_pread, 0, n);
    WORKS(fd_pread, fd, &(struct iov){buffer, 100}, 1, 5 * GIB, &n);
    EQUAL(fd_pread, 0, n);
    WORKS(fd_pread, fd, NULL, 0, 0, &n);
    EQUAL(fd_pread, 0, n);
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_pread, 0, at);
    FAILS(INVAL, fd_pread, fd, &(struct iov){buffer, 1}, 1, UINT64_MAX, &n);
    FAILS(INVAL, fd_pwrite, fd, &(struct iov){buffer, 1}, 1, 1ull << 63, &n);
    EQUAL(fd_pwrite, 8, size_of(fd));
    close_fd(fd);
}

static void check_big(void)
{
    uint64_t at;
    fd_t fd = open_file("file", O_TRUNC_);
    WORKS(fd_seek, fd, 5 * GIB, SET, &at);
    WORKS(fd_write, fd, &(struct iov){S("far")}, 1, &n);
    EQUAL(fd_write, 5 * GIB + 3, size_of(fd));
    WORKS(fd_pread, fd, &(struct iov){buffer, 9}, 1, 5 * GIB - 1, &n);
    EQUAL(fd_pread, 4, n);
    BYTES(fd_pread, "\0far", buffer, 4);
    WORKS(fd_pwrite, fd, &(struct iov){S("further")}, 1, 7 * GIB, &n);
    EQUAL(fd_pwrite, 7 * GIB + 7, size_of(fd));
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_tell, 5 * GIB + 3, at);
    EQUAL(path_filestat_get, 7 * GIB + 7, stat_of("file", 0).size);
    WORKS(fd_filestat_set_size, fd, 6 * GIB);
    EQUAL(fd_filestat_set_size, 6 * GIB, size_of(fd));
    WORKS(fd_filestat_set_size, fd, 2);
    EQUAL(fd_filestat_set_size, 2, size_of(fd));
    WORKS(fd_filestat_set_size, fd, 2);
    FAILS(INVAL, fd_filestat_set_size, fd, UINT64_MAX);
    FAILS(INVAL, fd_filestat_set_size, fd, 1ull << 63);
    WORKS(fd_filestat_set_size, fd, 0);
    EQUAL(fd_filestat_set_size, 0, size_of(fd));
    close_fd(fd);
    FAILS(BADF, fd_filestat_set_size, fd, 0);
    EITHER(NOTCAPABLE, BADF, fd_filestat_set_size, ROOT, 0);
}

static void check_refusals(void)
{
    struct iov iov = {buffer, 1};
    fd_t reader = open_at(ROOT, "file", 0, R_FD_READ | R_FD_SEEK, 0);
    fd_t writer = open_at(ROOT, "file", 0, R_FD_WRITE | R_FD_SEEK, 0);
    FAILS(NOTCAPABLE, fd_write, reader, &iov, 1, &n);
    FAILS(NOTCAPABLE, fd_pwrite, reader, &iov, 1, 0, &n);
    FAILS(NOTCAPABLE, fd_filestat_set_size, reader, 0);
    struct filestat st;
    FAILS(NOTCAPABLE, fd_filestat_get, reader, &st);
    FAILS(NOTCAPABLE, fd_filestat_set_times, reader, 0, 0, T_MTIM_NOW);
    FAILS(NOTCAPABLE, fd_read, writer, &iov, 1, &n);
    FAILS(NOTCAPABLE, fd_pread, writer, &iov, 1, 0, &n);
    WORKS(fd_write, writer, &iov, 1, &n);
    close_fd(reader);
    close_fd(writer);
    FAILS(BADF, fd_read, reader, &iov, 1, &n);
    FAILS(BADF, fd_write, writer, &iov, 1, &n);
    FAILS(BADF, fd_pread, reader, &iov, 1, 0, &n);
    FAILS(BADF, fd_pwrite, writer, &iov, 1, 0, &n);
    FAILS(BADF, fd_read, UINT32_MAX, &iov, 1, &n);
    FAILS(BADF, fd_write, UINT32_MAX, &iov, 1, &n);
    EITHER(NOTCAPABLE, BADF, fd_read, ROOT, &iov, 1, &n);
    EITHER(NOTCAPABLE, BADF, fd_write, ROOT, &iov, 1, &n);
    EITHER(NOTCAPABLE, BADF, fd_pread, ROOT, &iov, 1, 0, &n);
    EITHER(NOTCAPABLE, BADF, fd_pwrite, ROOT, &iov, 1, 0, &n);
}

static void check_append(void)
{
    fd_t fd = 0;
    uint64_t at;
    make_file("file", "start");
    WORKS(path_open, ROOT, 0, S("file"), 0, R_ALL, 0, F_APPEND, &fd);
    WORKS(fd_write, fd, &(struct iov){S("+1")}, 1, &n);
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_tell, 7, at);
    WORKS(fd_seek, fd, 0, SET, &at);
    WORKS(fd_write, fd, &(struct iov){S("+2")}, 1, &n);
    EQUAL(fd_write, 9, size_of(fd));
    WORKS(fd_pread, fd, &(struct iov){buffer, 9}, 1, 0, &n);
    BYTES(fd_write, "start+1+2", buffer, 9);
    close_fd(fd);
}

/* A file that has lost its name lives on. */
static void check_unlinked(void)
{
    struct filestat st;
    fd_t fd = open_file("gone", O_CREAT_);
    remove_file("gone");
    WORKS(fd_write, fd, &(struct iov){S("here")}, 1, &n);
    WORKS(fd_pread, fd, &(struct iov){buffer, 4}, 1, 0, &n);
    BYTES(fd_pread, "here", buffer, 4);
    WORKS(fd_filestat_get, fd, &st);
    EQUAL(fd_filestat_get, 0, st.nlink);
    close_fd(fd);
}

/* ---- attributes ---- */

static void check_filestat(void)
{
    struct filestat st, other;
    make_file("file", "12345");
    fd_t fd = open_file("file", 0);
    memset(&st, '#', sizeof st);
    WORKS(fd_filestat_get, fd, &st);
    EQUAL(fd_filestat_get, TYPE_FILE, st.type);
    EQUAL(fd_filestat_get, 5, st.size);
    EQUAL(fd_filestat_get, 1, st.nlink);
    other = stat_of("file", 0);
    EQUAL(path_filestat_get, st.ino, other.ino);
    EQUAL(path_filestat_get, st.dev, other.dev);
    EQUAL(path_filestat_get, st.mtim, other.mtim);
    WORKS(fd_filestat_get, ROOT, &other);
    EQUAL(fd_filestat_get, TYPE_DIRECTORY, other.type);
    HOLDS(fd_filestat_get, other.ino != st.ino);
    WORKS(fd_filestat_get, 1, &st);
    FAILS(BADF, fd_filestat_get, NOT_OPEN, &st);
    FAILS(BADF, fd_filestat_get, UINT32_MAX, &st);
    close_fd(fd);
}

static struct filestat filestat_of(fd_t fd)
{
    struct filestat st = {0};
    WORKS(fd_filestat_get, fd, &st);
    return st;
}

static void check_times(fd_t fd)
{
    const uint64_t atim = 123456789ull * SECOND + 987654321, mtim = 4000000000ull * SECOND + 1;
    uint64_t now = 0;
    WORKS(fd_filestat_set_times, fd, atim, mtim, T_ATIM | T_MTIM);
    EQUAL(fd_filestat_set_times, atim, filestat_of(fd).atim);
    EQUAL(fd_filestat_set_times, mtim, filestat_of(fd).mtim);
    WORKS(fd_filestat_set_times, fd, 7, 8, T_ATIM);
    EQUAL(fd_filestat_set_times, 7, filestat_of(fd).atim);
    EQUAL(fd_filestat_set_times, mtim, filestat_of(fd).mtim);
    WORKS(fd_filestat_set_times, fd, 9, 10, T_MTIM);
    EQUAL(fd_filestat_set_times, 7, filestat_of(fd).atim);
    EQUAL(fd_filestat_set_times, 10, filestat_of(fd).mtim);
    WORKS(fd_filestat_set_times, fd, 1, 1, 0);
    EQUAL(fd_filestat_set_times, 10, filestat_of(fd).mtim);
    WORKS(fd_filestat_set_times, fd, 0, 0, T_ATIM | T_MTIM);
    EQUAL(fd_filestat_set_times, 0, filestat_of(fd).mtim);
    WORKS(fd_filestat_set_times, fd, 1, 1, T_ATIM | T_MTIM_NOW);
    WORKS(clock_time_get, REALTIME, 0, &now);
    HOLDS(fd_filestat_set_times, now - filestat_of(fd).mtim + SECOND < 60ull * SECOND);
    EQUAL(fd_filestat_set_times, 1, filestat_of(fd).atim);
    WORKS(fd_filestat_set_times, fd, 1, 1, T_ATIM_NOW | T_MTIM);
    HOLDS(fd_filestat_set_times, now - filestat_of(fd).atim + SECOND < 60ull * SECOND);
    FAILS(INVAL, fd_filestat_set_times, fd, 2, 2, T_ATIM | T_ATIM_NOW);
    FAILS(INVAL, fd_filestat_set_times, fd, 2, 2, T_MTIM | T_MTIM_NOW);
    FAILS(INVAL, fd_filestat_set_times, fd, 2, 2, T_MTIM | T_MTIM_NOW | T_ATIM);
    FAILS(INVAL, fd_filestat_set_times, fd, 2, 2, 16);
    EQUAL(fd_filestat_set_times, 1, filestat_of(fd).mtim);
}

int main(void)
{
    check_gather();
    check_overlap();
    check_many();
    check_positions();
    check_big();
    check_refusals();
    check_append();
    check_unlinked();
    check_filestat();
    fd_t file = open_file("file", 0), dir = open_dir(".");
    check_times(file);
    check_times(dir);
    FAILS(BADF, fd_filestat_set_times, NOT_OPEN, 0, 0, 0);
    close_fd(dir);
    close_fd(file);
    remove_file("file");
    return check_end();
}
