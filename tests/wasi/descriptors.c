/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * descriptors.c: descriptors as such: numbers, closing, renumbering, flags, rights, preopens,
 * position, advice and space. Standard input must be a pipe.
 */
#include "check.h"

#include <string.h>

#define GIB (1ull << 30)

static struct fdstat fdstat_of(fd_t fd)
{
    struct fdstat st = {0};
    WORKS(fd_fdstat_get, fd, &st);
    return st;
}

/* ---- numbers ---- */

static void check_close(void)
{
    struct fdstat st;
    fd_t first = open_file("file", O_CREAT_), second = open_file("file", 0);
    EQUAL(path_open, first + 1, second); /* the lowest number that is free */
    WORKS(fd_close, first);
    FAILS(BADF, fd_close, first);
    FAILS(BADF, fd_fdstat_get, first, &st);
    EQUAL(path_open, first, open_file("file", 0));
    WORKS(fd_close, first);
    WORKS(fd_close, second);
    FAILS(BADF, fd_close, NOT_OPEN);
    FAILS(BADF, fd_close, UINT32_MAX);
    FAILS(BADF, fd_close, 1u << 31);
}

static void check_renumber(void)
{
    struct fdstat st;
    struct prestat prestat;
    make_file("other", "content");
    fd_t from = open_file("other", 0), to = open_file("file", 0);
    WORKS(fd_renumber, from, from);
    EQUAL(fd_renumber, 7, size_of(from));
    WORKS(fd_renumber, from, to);
    EQUAL(fd_renumber, 7, size_of(to));
    FAILS(BADF, fd_fdstat_get, from, &st);
    FAILS(BADF, fd_renumber, from, to);
    FAILS(BADF, fd_renumber, to, from);
    FAILS(BADF, fd_renumber, to, NOT_OPEN);
    FAILS(BADF, fd_renumber, NOT_OPEN, NOT_OPEN);
    FAILS(BADF, fd_renumber, UINT32_MAX, to);
    EQUAL(fd_renumber, 7, size_of(to)); /* still there */
    WORKS(fd_renumber, to, OTHER);      /* onto a preopen, which is closed */
    EQUAL(fd_renumber, 7, size_of(OTHER));
    FAILS(BADF, fd_prestat_get, OTHER, &prestat);
    WORKS(fd_close, OTHER);
    remove_file("other");
}

/* ---- flags and rights ---- */

static void check_flags(void)
{
    uint32_t n;
    uint64_t at = 0;
    fd_t fd = open_file("file", O_TRUNC_);
    EQUAL(fd_fdstat_get, 0, fdstat_of(fd).flags);
    EQUAL(fd_fdstat_get, TYPE_FILE, fdstat_of(fd).type);
    WORKS(fd_write, fd, &(struct iov){S("abc")}, 1, &n);
    WORKS(fd_fdstat_set_flags, fd, F_APPEND);
    EQUAL(fd_fdstat_set_flags, F_APPEND, fdstat_of(fd).flags);
    WORKS(fd_seek, fd, 0, SET, &at);
    WORKS(fd_write, fd, &(struct iov){S("def")}, 1, &n);
    EQUAL(fd_fdstat_set_flags, 6, size_of(fd));
    WORKS(fd_fdstat_set_flags, fd, F_NONBLOCK | F_APPEND);
    EQUAL(fd_fdstat_set_flags, F_NONBLOCK | F_APPEND, fdstat_of(fd).flags);
    WORKS(fd_fdstat_set_flags, fd, 0);
    EQUAL(fd_fdstat_set_flags, 0, fdstat_of(fd).flags);
    WORKS(fd_seek, fd, 0, SET, &at);
    WORKS(fd_write, fd, &(struct iov){S("xyz")}, 1, &n);
    EQUAL(fd_fdstat_set_flags, 6, size_of(fd));
    FAILS(NOTSUP, fd_fdstat_set_flags, fd, F_SYNC); /* Linux cannot */
    FAILS(NOTSUP, fd_fdstat_set_flags, fd, F_DSYNC);
    FAILS(INVAL, fd_fdstat_set_flags, fd, 32);
    FAILS(BADF, fd_fdstat_set_flags, NOT_OPEN, 0);
    close_fd(fd);
    fd = open_at(ROOT, "file", 0, R_FD_READ, 0);
    FAILS(NOTCAPABLE, fd_fdstat_set_flags, fd, 0);
    close_fd(fd);
}

static void check_narrowing(void)
{
    uint32_t n;
    char byte;
    const uint64_t kept = R_FD_SEEK | R_FD_TELL;
    fd_t fd = open_at(ROOT, "file", 0, R_FD_READ | R_FD_WRITE | kept, 0);
    EQUAL(path_open, R_FD_READ | R_FD_WRITE | kept, fdstat_of(fd).rights);
    EQUAL(path_open, 0, fdstat_of(fd).inheriting);
    WORKS(fd_fdstat_set_rights, fd, R_FD_READ | R_FD_WRITE | kept, 0); /* what it has */
    WORKS(fd_fdstat_set_rights, fd, kept, 0);
    EQUAL(fd_fdstat_set_rights, kept, fdstat_of(fd).rights);
    FAILS(NOTCAPABLE, fd_read, fd, &(struct iov){&byte, 1}, 1, &n);
    FAILS(NOTCAPABLE, fd_write, fd, &(struct iov){&byte, 1}, 1, &n);
    FAILS(NOTCAPABLE, fd_fdstat_set_rights, fd, kept | R_FD_READ, 0);
    FAILS(NOTCAPABLE, fd_fdstat_set_rights, fd, kept, R_FD_READ);
    FAILS(NOTCAPABLE, fd_fdstat_set_rights, fd, UINT64_MAX, UINT64_MAX);
    EQUAL(fd_fdstat_set_rights, kept, fdstat_of(fd).rights);
    WORKS(fd_fdstat_set_rights, fd, 0, 0);
    FAILS(NOTCAPABLE, fd_tell, fd, &n);
    WORKS(fd_close, fd); /* closing needs no right */
    FAILS(BADF, fd_fdstat_set_rights, fd, 0, 0);
}

static void check_inheritance(void)
{
    fd_t fd = 0;
    const uint64_t reading = R_FD_READ | R_FD_SEEK | R_FD_TELL;
    make_dir("dir");
    make_file("dir/file", "x");
    fd_t dir = open_at(ROOT, "dir", O_DIRECTORY_, R_PATH_OPEN, reading);
    EQUAL(path_open, R_PATH_OPEN, fdstat_of(dir).rights);
    EQUAL(path_open, reading, fdstat_of(dir).inheriting);
    WORKS(path_open, dir, 0, S("file"), 0, reading, 0, 0, &fd);
    close_fd(fd);
    FAILS(NOTCAPABLE, path_open, dir, 0, S("file"), 0, reading | R_FD_WRITE, 0, 0, &fd);
    FAILS(NOTCAPABLE, path_open, dir, 0, S("."), O_DIRECTORY_, 0, R_FD_WRITE, 0, &fd);
    FAILS(NOTCAPABLE, path_open, dir, 0, S("new"), O_CREAT_, reading, 0, 0, &fd);
    FAILS(NOTCAPABLE, path_open, dir, 0, S("file"), O_TRUNC_, reading, 0, 0, &fd);
    FAILS(NOTCAPABLE, path_open, dir, 0, S("file"), 0, reading, 0, F_SYNC, &fd);
    FAILS(NOTCAPABLE, path_unlink_file, dir, S("file"));
    FAILS(NOTCAPABLE, path_create_directory, dir, S("new"));
    FAILS(NOTCAPABLE, path_rename, dir, S("file"), ROOT, S("new"));
    FAILS(NOTCAPABLE, path_rename, ROOT, S("file"), dir, S("new"));
    FAILS(NOTCAPABLE, path_link, dir, 0, S("file"), ROOT, S("new"));
    FAILS(NOTCAPABLE, path_link, ROOT, 0, S("file"), dir, S("new"));
    FAILS(NOTCAPABLE, path_symlink, S("file"), dir, S("new"));
    FAILS(NOTCAPABLE, path_remove_directory, dir, S("new"));
    FAILS(NOTCAPABLE, path_readlink, dir, S("file"), &fd, 4, &fd);
    FAILS(NOTCAPABLE, path_filestat_set_times, dir, 0, S("file"), 0, 0, T_MTIM);
    FAILS(NOTCAPABLE, fd_readdir, dir, &fd, 4, 0, &fd);
    WORKS(fd_fdstat_set_rights, dir, 0, 0);
    FAILS(NOTCAPABLE, path_open, dir, 0, S("file"), 0, 0, 0, 0, &fd);
    close_fd(dir);
    remove_file("dir/file");
    remove_dir("dir");
}

/* What C libraries expect a preopen to have. */
static void check_preopen_rights(void)
{
    struct fdstat st = fdstat_of(ROOT);
    const uint64_t paths = R_PATH_CREATE_DIRECTORY | R_PATH_CREATE_FILE | R_PATH_LINK_SOURCE |
                           R_PATH_LINK_TARGET | R_PATH_OPEN | R_FD_READDIR | R_PATH_READLINK |
                           R_PATH_RENAME_SOURCE | R_PATH_RENAME_TARGET | R_PATH_SYMLINK |
                           R_PATH_REMOVE_DIRECTORY | R_PATH_UNLINK_FILE | R_PATH_FILESTAT_GET |
                           R_PATH_FILESTAT_SET_TIMES | R_FD_FILESTAT_GET | R_FD_FILESTAT_SET_TIMES;
    EQUAL(fd_fdstat_get, TYPE_DIRECTORY, st.type);
    EQUAL(fd_fdstat_get, 0, st.flags);
    EQUAL(fd_fdstat_get, paths, st.rights & paths);
    EQUAL(fd_fdstat_get, 0, st.rights & (R_FD_SEEK | R_FD_READ | R_FD_WRITE));
    EQUAL(fd_fdstat_get, R_ALL, st.inheriting);
    fd_t again = open_at(ROOT, ".", 0, st.rights, st.inheriting);
    EQUAL(path_open, st.rights, fdstat_of(again).rights);
    EQUAL(path_open, st.inheriting, fdstat_of(again).inheriting);
    close_fd(again);
    close_fd(open_at(ROOT, ".", 0, 0, 0));
    close_fd(open_at(ROOT, ".", O_DIRECTORY_, R_FD_READ, 0));
    FAILS(BADF, fd_fdstat_get, NOT_OPEN, &st);
    FAILS(BADF, fd_fdstat_get, UINT32_MAX, &st);
}

static void check_preopens(void)
{
    struct prestat prestat;
    char name[32];
    WORKS(fd_prestat_get, ROOT, &prestat);
    EQUAL(fd_prestat_get, 0, prestat.tag);
    EQUAL(fd_prestat_get, 1, prestat.size);
    WORKS(fd_prestat_get, READ_ONLY, &prestat);
    EQUAL(fd_prestat_get, 3, prestat.size);
    memset(name, '#', sizeof name);
    WORKS(fd_prestat_dir_name, READ_ONLY, name, 3);
    BYTES(fd_prestat_dir_name, "/ro#", name, 4);
    WORKS(fd_prestat_dir_name, OTHER, name, sizeof name);
    BYTES(fd_prestat_dir_name, "a b/\xc3\xbc#", name, 7);
    FAILS(NAMETOOLONG, fd_prestat_dir_name, READ_ONLY, name, 2);
    FAILS(NAMETOOLONG, fd_prestat_dir_name, READ_ONLY, name, 0);
    fd_t dir = open_dir("."), file = open_file("file", O_CREAT_);
    FAILS(BADF, fd_prestat_get, dir, &prestat);
    FAILS(BADF, fd_prestat_get, file, &prestat);
    FAILS(BADF, fd_prestat_get, 0, &prestat);
    FAILS(BADF, fd_prestat_get, OTHER + 3, &prestat);
    FAILS(BADF, fd_prestat_get, UINT32_MAX, &prestat);
    FAILS(BADF, fd_prestat_dir_name, dir, name, sizeof name);
    FAILS(BADF, fd_prestat_dir_name, NOT_OPEN, name, sizeof name);
    close_fd(dir);
    close_fd(file);
}

/* ---- position ---- */

static void check_seek(void)
{
    uint64_t at = 42;
    make_file("file", "0123456789");
    fd_t fd = open_file("file", 0);
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_tell, 0, at);
    WORKS(fd_seek, fd, 4, SET, &at);
    EQUAL(fd_seek, 4, at);
    WORKS(fd_seek, fd, 3, CUR, &at);
    EQUAL(fd_seek, 7, at);
    WORKS(fd_seek, fd, -2, CUR, &at);
    EQUAL(fd_seek, 5, at);
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_tell, 5, at);
    WORKS(fd_seek, fd, -1, END, &at);
    EQUAL(fd_seek, 9, at);
    WORKS(fd_seek, fd, 5 * GIB, END, &at); /* beyond the end, and 32 bits */
    EQUAL(fd_seek, 5 * GIB + 10, at);
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_tell, 5 * GIB + 10, at);
    EQUAL(fd_seek, 10, size_of(fd));
    FAILS(INVAL, fd_seek, fd, -1, SET, &at);
    FAILS(INVAL, fd_seek, fd, -11, END, &at);
    FAILS(INVAL, fd_seek, fd, INT64_MIN, CUR, &at);
    FAILS(INVAL, fd_seek, fd, 0, 3, &at);
    FAILS(INVAL, fd_seek, fd, 0, UINT32_MAX, &at);
    WORKS(fd_tell, fd, &at);
    EQUAL(fd_seek, 5 * GIB + 10, at); /* not moved by what failed */
    close_fd(fd);
    FAILS(BADF, fd_seek, fd, 0, SET, &at);
    FAILS(BADF, fd_tell, fd, &at);
}

static void check_seek_rights(void)
{
    uint64_t at = 0;
    fd_t fd = open_at(ROOT, "file", 0, R_FD_READ | R_FD_TELL, 0);
    WORKS(fd_tell, fd, &at);
    WORKS(fd_seek, fd, 0, CUR, &at);
    FAILS(NOTCAPABLE, fd_seek, fd, 0, SET, &at);
    FAILS(NOTCAPABLE, fd_seek, fd, 1, CUR, &at);
    close_fd(fd);
    fd = open_at(ROOT, "file", 0, R_FD_READ, 0);
    FAILS(NOTCAPABLE, fd_tell, fd, &at);
    FAILS(NOTCAPABLE, fd_seek, fd, 0, CUR, &at);
    close_fd(fd);
    fd_t dir = open_at(ROOT, ".", O_DIRECTORY_, R_FD_SEEK | R_FD_TELL, 0);
    EITHER(NOTCAPABLE, BADF, fd_seek, dir, 0, CUR, &at);
    EITHER(NOTCAPABLE, BADF, fd_seek, dir, 0, SET, &at);
    EITHER(NOTCAPABLE, BADF, fd_tell, dir, &at);
    EQUAL(fd_fdstat_get, 0, fdstat_of(dir).rights & R_FD_SEEK);
    close_fd(dir);
}

/* Standard input is a pipe, which has no position. */
static void check_pipe(void)
{
    uint64_t at = 0;
    uint32_t n;
    char byte;
    struct iov iov = {&byte, 1};
    FAILS(SPIPE, fd_seek, 0, 0, CUR, &at);
    FAILS(SPIPE, fd_seek, 0, 1, SET, &at);
    FAILS(SPIPE, fd_tell, 0, &at);
    FAILS(SPIPE, fd_pread, 0, &iov, 1, 0, &n);
    WORKS(fd_read, 0, &iov, 1, &n);
    EQUAL(fd_read, 1, n);
    FAILS(NOTSOCK, sock_shutdown, 0, 1);
    WORKS(fd_close, 0);
    FAILS(BADF, fd_read, 0, &iov, 1, &n);
    EQUAL(path_open, 0, open_file("file", 0)); /* takes its number */
    close_fd(0);
}

/* ---- advice, space, to disk ---- */

static void check_advise(void)
{
    fd_t fd = open_file("file", 0);
    for (uint32_t advice = 0; advice <= 5; advice++)
        WORKS(fd_advise, fd, 0, 100, advice);
    WORKS(fd_advise, fd, 5 * GIB, 0, 0); /* to the end */
    FAILS(INVAL, fd_advise, fd, 0, 100, 6);
    FAILS(INVAL, fd_advise, fd, 0, 100, UINT32_MAX);
    FAILS(INVAL, fd_advise, fd, UINT64_MAX, 1, 0);
    FAILS(INVAL, fd_advise, fd, 0, UINT64_MAX, 0);
    EQUAL(fd_advise, 10, size_of(fd));
    FAILS(BADF, fd_advise, NOT_OPEN, 0, 0, 0);
    EITHER(NOTCAPABLE, BADF, fd_advise, ROOT, 0, 0, 0);
    close_fd(fd);
}

static void check_allocate(void)
{
    fd_t fd = open_file("file", O_TRUNC_);
    WORKS(fd_allocate, fd, 0, 100);
    EQUAL(fd_allocate, 100, size_of(fd));
    WORKS(fd_allocate, fd, 10, 10);
    EQUAL(fd_allocate, 100, size_of(fd));
    WORKS(fd_allocate, fd, 90, 20);
    EQUAL(fd_allocate, 110, size_of(fd));
    FAILS(INVAL, fd_allocate, fd, 0, 0);
    FAILS(INVAL, fd_allocate, fd, UINT64_MAX, 1);
    FAILS(INVAL, fd_allocate, fd, 0, UINT64_MAX);
    EITHER(FBIG, INVAL, fd_allocate, fd, INT64_MAX, 1);
    EQUAL(fd_allocate, 110, size_of(fd));
    close_fd(fd);
    FAILS(BADF, fd_allocate, fd, 0, 1);
    EITHER(NOTCAPABLE, BADF, fd_allocate, ROOT, 0, 1);
    fd = open_at(ROOT, "file", 0, R_FD_READ, 0);
    FAILS(NOTCAPABLE, fd_allocate, fd, 0, 1);
    close_fd(fd);
}

static void check_sync(void)
{
    fd_t fd = open_file("file", 0);
    WORKS(fd_sync, fd);
    WORKS(fd_datasync, fd);
    WORKS(fd_sync, ROOT);
    close_fd(fd);
    FAILS(BADF, fd_sync, fd);
    FAILS(BADF, fd_datasync, fd);
    FAILS(BADF, fd_datasync, UINT32_MAX);
    fd = open_at(ROOT, "file", 0, R_FD_READ, 0);
    FAILS(NOTCAPABLE, fd_sync, fd);
    FAILS(NOTCAPABLE, fd_datasync, fd);
    close_fd(fd);
}

int main(void)
{
    check_preopens();
    check_preopen_rights();
    check_close();
    check_flags();
    check_narrowing();
    check_inheritance();
    check_seek();
    check_seek_rights();
    check_advise();
    check_allocate();
    check_sync();
    check_pipe();
    check_renumber();
    WORKS(fd_close, READ_ONLY); /* a preopen may be closed */
    FAILS(BADF, fd_close, READ_ONLY);
    remove_file("file");
    return check_end();
}
