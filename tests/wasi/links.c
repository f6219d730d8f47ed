/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * links.c: symbolic and hard links, and attributes by path.
 */
#include "check.h"

#include <string.h>

enum { SECOND = 1000000000 };

static char buffer[300];
static uint32_t n;

static void check_symlink(void)
{
    WORKS(path_symlink, S("file"), ROOT, S("link"));
    FAILS(EXIST, path_symlink, S("file"), ROOT, S("link"));
    EQUAL(path_symlink, TYPE_LINK, stat_of("link", 0).type);
    EQUAL(path_symlink, 4, stat_of("link", 0).size);
    FAILS(NOENT, path_symlink, S("x"), ROOT, S("new/"));
    make_dir("dir");
    FAILS(EXIST, path_symlink, S("x"), ROOT, S("dir"));
    FAILS(EXIST, path_symlink, S("x"), ROOT, S("dir/"));
    make_file("file", "12345");
    FAILS(EXIST, path_symlink, S("x"), ROOT, S("file"));
    EITHER(NOTDIR, EXIST, path_symlink, S("x"), ROOT, S("file/"));
    FAILS(NOTDIR, path_symlink, S("x"), ROOT, S("file/new"));
    FAILS(NOENT, path_symlink, S("x"), ROOT, S("none/new"));
    FAILS(NOENT, path_symlink, S(""), ROOT, S("new"));
    FAILS(NOENT, path_symlink, S("x"), ROOT, S(""));
    FAILS(INVAL, path_symlink, S("x\0y"), ROOT, S("new"));
    FAILS(INVAL, path_symlink, S("x"), ROOT, S("new\0"));
    FAILS(NOTCAPABLE, path_symlink, S("/etc"), ROOT, S("new"));
    FAILS(NOTCAPABLE, path_symlink, S("x"), ROOT, S("../new"));
    FAILS(NOTCAPABLE, path_symlink, S("x"), ROOT, S("/new"));
    FAILS(ROFS, path_symlink, S("x"), READ_ONLY, S("new"));
    FAILS(BADF, path_symlink, S("x"), NOT_OPEN, S("new"));
    WORKS(path_symlink, S("../x/../\xff"), ROOT, S("dir/new")); /* any text, if not absolute */
    WORKS(path_readlink, ROOT, S("dir/new"), buffer, sizeof buffer, &n);
    BYTES(path_readlink, "../x/../\xff", buffer, n);
    remove_file("dir/new");
    remove_dir("dir");
}

static void check_readlink(void)
{
    memset(buffer, '#', sizeof buffer);
    WORKS(path_readlink, ROOT, S("link"), buffer, 10, &n);
    EQUAL(path_readlink, 4, n);
    BYTES(path_readlink, "file#", buffer, 5);
    memset(buffer, '#', sizeof buffer);
    WORKS(path_readlink, ROOT, S("link"), buffer, 2, &n);
    EQUAL(path_readlink, 2, n);
    BYTES(path_readlink, "fi#", buffer, 3);
    WORKS(path_readlink, ROOT, S("link"), buffer, 0, &n);
    EQUAL(path_readlink, 0, n);
    WORKS(path_readlink, ROOT, S("link"), buffer, 4, &n);
    EQUAL(path_readlink, 4, n);
    FAILS(INVAL, path_readlink, ROOT, S("file"), buffer, 10, &n);
    FAILS(INVAL, path_readlink, ROOT, S("."), buffer, 10, &n);
    FAILS(NOENT, path_readlink, ROOT, S("none"), buffer, 10, &n);
    FAILS(NOTDIR, path_readlink, ROOT, S("file/x"), buffer, 10, &n);
    FAILS(NOTCAPABLE, path_readlink, ROOT, S("../link"), buffer, 10, &n);
    FAILS(NOTCAPABLE, path_readlink, ROOT, S("/link"), buffer, 10, &n);
    FAILS(BADF, path_readlink, NOT_OPEN, S("link"), buffer, 10, &n);
    WORKS(path_readlink, ROOT, S("out"), buffer, 10, &n); /* made by the host: may be read */
    BYTES(path_readlink, "/", buffer, n);
    WORKS(path_readlink, READ_ONLY, S("link"), buffer, 10, &n);
}

static void check_hard_links(void)
{
    make_dir("dir");
    WORKS(path_link, ROOT, 0, S("file"), ROOT, S("dir/hard"));
    EQUAL(path_link, stat_of("file", 0).ino, stat_of("dir/hard", 0).ino);
    EQUAL(path_link, 2, stat_of("file", 0).nlink);
    FAILS(EXIST, path_link, ROOT, 0, S("file"), ROOT, S("dir/hard"));
    FAILS(EXIST, path_link, ROOT, 0, S("file"), ROOT, S("file"));
    FAILS(EXIST, path_link, ROOT, 0, S("file"), ROOT, S("dir"));
    EITHER(PERM, ACCES, path_link, ROOT, 0, S("dir"), ROOT, S("new"));
    FAILS(NOENT, path_link, ROOT, 0, S("file"), ROOT, S("new/"));
    FAILS(NOENT, path_link, ROOT, 0, S("none"), ROOT, S("new"));
    FAILS(NOTDIR, path_link, ROOT, 0, S("file/"), ROOT, S("new"));
    FAILS(NOENT, path_link, ROOT, 0, S("file"), ROOT, S("none/new"));
    FAILS(NOENT, path_link, ROOT, 0, S(""), ROOT, S("new"));
    FAILS(NOTCAPABLE, path_link, ROOT, 0, S("../file"), ROOT, S("new"));
    FAILS(NOTCAPABLE, path_link, ROOT, 0, S("file"), ROOT, S("../new"));
    FAILS(NOTCAPABLE, path_link, ROOT, 0, S("file"), ROOT, S("/new"));
    FAILS(ROFS, path_link, READ_ONLY, 0, S("file"), ROOT, S("new"));
    FAILS(ROFS, path_link, ROOT, 0, S("file"), READ_ONLY, S("new"));
    FAILS(BADF, path_link, NOT_OPEN, 0, S("file"), ROOT, S("new"));
    FAILS(BADF, path_link, ROOT, 0, S("file"), NOT_OPEN, S("new"));
    WORKS(path_link, ROOT, 0, S("link"), ROOT, S("dir/soft")); /* the link itself */
    EQUAL(path_link, TYPE_LINK, stat_of("dir/soft", 0).type);
    WORKS(path_link, ROOT, FOLLOW, S("link"), ROOT, S("dir/third"));
    EQUAL(path_link, TYPE_FILE, stat_of("dir/third", 0).type);
    EQUAL(path_link, 3, stat_of("file", 0).nlink);
    make_link("nowhere", "dir/dangling");
    FAILS(NOENT, path_link, ROOT, FOLLOW, S("dir/dangling"), ROOT, S("new"));
    FAILS(EXIST, path_link, ROOT, 0, S("file"), ROOT, S("dir/dangling"));
    FAILS(NOTCAPABLE, path_link, ROOT, FOLLOW, S("out"), ROOT, S("new"));
    remove_file("dir/dangling");
    remove_file("dir/third");
    remove_file("dir/soft");
    remove_file("dir/hard");
    remove_dir("dir");
    EQUAL(path_link, 1, stat_of("file", 0).nlink);
}

static void check_filestat(void)
{
    struct filestat st;
    EQUAL(path_filestat_get, TYPE_FILE, stat_of("file", 0).type);
    EQUAL(path_filestat_get, 5, stat_of("file", 0).size);
    EQUAL(path_filestat_get, TYPE_LINK, stat_of("link", 0).type);
    EQUAL(path_filestat_get, TYPE_FILE, stat_of("link", FOLLOW).type);
    EQUAL(path_filestat_get, stat_of("file", 0).ino, stat_of("link", FOLLOW).ino);
    EQUAL(path_filestat_get, TYPE_DIRECTORY, stat_of(".", 0).type);
    FAILS(NOENT, path_filestat_get, ROOT, 0, S("none"), &st);
    FAILS(NOENT, path_filestat_get, ROOT, 0, S(""), &st);
    FAILS(NOTDIR, path_filestat_get, ROOT, 0, S("file/"), &st);
    FAILS(NOTDIR, path_filestat_get, ROOT, 0, S("link/"), &st);
    FAILS(INVAL, path_filestat_get, ROOT, 0, S("file\0"), &st);
    FAILS(NOTCAPABLE, path_filestat_get, ROOT, 0, S(".."), &st);
    FAILS(NOTCAPABLE, path_filestat_get, ROOT, 0, S("/"), &st);
    FAILS(NOTCAPABLE, path_filestat_get, ROOT, FOLLOW, S("out"), &st);
    WORKS(path_filestat_get, ROOT, 0, S("out"), &st);
    EQUAL(path_filestat_get, TYPE_LINK, st.type);
    FAILS(BADF, path_filestat_get, NOT_OPEN, 0, S("file"), &st);
    make_link("loop", "loop");
    FAILS(LOOP, path_filestat_get, ROOT, FOLLOW, S("loop"), &st);
    WORKS(path_filestat_get, ROOT, 0, S("loop"), &st);
    remove_file("loop");
    fd_t dir = open_at(ROOT, ".", O_DIRECTORY_, R_PATH_OPEN, R_FD_READ);
    FAILS(NOTCAPABLE, path_filestat_get, dir, 0, S("file"), &st);
    close_fd(dir);
}

static int set_times(const char *path, uint32_t lookup, uint64_t atim, uint64_t mtim,
                     uint32_t flags)
{
    return wasi_path_filestat_set_times(ROOT, lookup, path, strlen(path), atim, mtim, flags);
}

static void check_set_times(void)
{
    const uint64_t atim = 5000000000ull * SECOND + 123456789, mtim = 999999999;
    uint64_t now = 0, of_file;
#define SET_TIMES(want, ...)                                                                       \
    check_errno(AT(path_filestat_set_times), E_##want, set_times(__VA_ARGS__))
    SET_TIMES(SUCCESS, "file", 0, atim, mtim, T_ATIM | T_MTIM);
    EQUAL(path_filestat_set_times, atim, stat_of("file", 0).atim);
    EQUAL(path_filestat_set_times, mtim, stat_of("file", 0).mtim);
    SET_TIMES(SUCCESS, "file", 0, 1, 2, T_MTIM);
    EQUAL(path_filestat_set_times, atim, stat_of("file", 0).atim);
    EQUAL(path_filestat_set_times, 2, stat_of("file", 0).mtim);
    SET_TIMES(SUCCESS, "file", 0, 1, 2, 0);
    EQUAL(path_filestat_set_times, atim, stat_of("file", 0).atim);
    SET_TIMES(SUCCESS, "link", 0, 11, 12, T_ATIM | T_MTIM); /* the link's own */
    EQUAL(path_filestat_set_times, 12, stat_of("link", 0).mtim);
    EQUAL(path_filestat_set_times, 2, stat_of("file", 0).mtim);
    SET_TIMES(SUCCESS, "link", FOLLOW, 21, 22, T_ATIM | T_MTIM);
    EQUAL(path_filestat_set_times, 12, stat_of("link", 0).mtim);
    EQUAL(path_filestat_set_times, 22, stat_of("file", 0).mtim);
    SET_TIMES(SUCCESS, "file", 0, 0, 0, T_ATIM_NOW | T_MTIM_NOW);
    WORKS(clock_time_get, REALTIME, 0, &now);
    of_file = stat_of("file", 0).mtim;
    HOLDS(path_filestat_set_times, now + SECOND - of_file < 60ull * SECOND);
    EQUAL(path_filestat_set_times, of_file, stat_of("file", 0).atim);
    SET_TIMES(SUCCESS, ".", 0, 31, 32, T_MTIM);
    EQUAL(path_filestat_set_times, 32, stat_of(".", 0).mtim);
    SET_TIMES(INVAL, "file", 0, 1, 1, T_ATIM | T_ATIM_NOW);
    SET_TIMES(INVAL, "file", 0, 1, 1, T_MTIM | T_MTIM_NOW);
    SET_TIMES(INVAL, "file", 0, 1, 1, 16);
    EQUAL(path_filestat_set_times, of_file, stat_of("file", 0).mtim);
    SET_TIMES(NOENT, "none", 0, 1, 1, T_MTIM);
    SET_TIMES(NOTDIR, "file/", 0, 1, 1, T_MTIM);
    SET_TIMES(NOTCAPABLE, "..", 0, 1, 1, T_MTIM);
    SET_TIMES(NOTCAPABLE, "/", 0, 1, 1, T_MTIM);
    SET_TIMES(NOTCAPABLE, "out", FOLLOW, 1, 1, T_MTIM);
    FAILS(ROFS, path_filestat_set_times, READ_ONLY, 0, S("file"), 1, 1, T_MTIM);
    FAILS(BADF, path_filestat_set_times, NOT_OPEN, 0, S("file"), 1, 1, T_MTIM);
#undef SET_TIMES
}

int main(void)
{
    check_symlink();
    check_readlink();
    check_hard_links();
    check_filestat();
    check_set_times();
    remove_file("link");
    remove_file("file");
    return check_end();
}
