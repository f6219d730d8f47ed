/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * test_path.c: the functions that take paths, with both resolvers: what they do, the errors that
 * the official tests want, rights, read-only preopens, and attempts to get out.
 */
#include "tests/runtime/wasi/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define END    (MEMORY_SIZE)
#define FOLLOW WASI_LOOKUP_SYMLINK_FOLLOW

static bool outside_is_untouched(void)
{
    char path[160], text[6] = "";
    struct stat st;
    snprintf(path, sizeof path, "%s/secret", fixture.outside);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool same = fd >= 0 && read(fd, text, sizeof text) == 5 && strcmp(text, "outer") == 0 &&
                fstat(fd, &st) == 0 && st.st_nlink == 1;
    close(fd);
    return same;
}

/* ---- directories ---- */

static void test_create_directory(void **state)
{
    (void)state;
    assert_int_equal(CALL(path_create_directory, ROOT, P("d")), WASI_SUCCESS);
    assert_int_equal(CALL(path_create_directory, ROOT, P("d")), WASI_EXIST);
    assert_int_equal(CALL(path_create_directory, ROOT, P("d/e/")), WASI_SUCCESS);
    assert_true(exists("d/e"));
    assert_int_equal(CALL(path_create_directory, ROOT, P("x/y")), WASI_NOENT);
    assert_int_equal(CALL(path_create_directory, ROOT, P("")), WASI_NOENT);
    assert_int_equal(CALL(path_create_directory, ROOT, P(".")), WASI_EXIST);
    assert_int_equal(CALL(path_create_directory, ROOT, P("d/..")), WASI_EXIST);
    assert_int_equal(CALL(path_create_directory, ROOT, P("..")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_create_directory, ROOT, P("../x")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_create_directory, ROOT, P("/x")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_create_directory, ROOT, END, 1), WASI_FAULT);
    assert_int_equal(CALL(path_create_directory, ROOT, put("a"), -1), WASI_FAULT);
}

static void test_remove_directory(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("d/e");
    make_file("f", "");
    make_link("l", "d");
    assert_int_equal(CALL(path_remove_directory, ROOT, P("d")), WASI_NOTEMPTY);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("l")), WASI_NOTDIR);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("l/")), WASI_NOTDIR);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("d/e/")), WASI_SUCCESS);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("d")), WASI_SUCCESS);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("d")), WASI_NOENT);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("f")), WASI_NOTDIR);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("f/")), WASI_NOTDIR);
    assert_int_equal(CALL(path_remove_directory, ROOT, P(".")), WASI_INVAL);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("../outside")), WASI_NOTCAPABLE);
}

static void test_unlink(void **state)
{
    (void)state;
    make_dir("d");
    make_file("f", "");
    make_link("l", "../outside/secret");
    assert_int_equal(CALL(path_unlink_file, ROOT, P("d")), WASI_ISDIR);
    assert_int_equal(CALL(path_unlink_file, ROOT, P("d/")), WASI_ISDIR);
    assert_int_equal(CALL(path_unlink_file, ROOT, P("f/")), WASI_NOTDIR);
    assert_int_equal(CALL(path_unlink_file, ROOT, P("l/")), WASI_NOTDIR);
    assert_int_equal(CALL(path_unlink_file, ROOT, P("f")), WASI_SUCCESS);
    assert_int_equal(CALL(path_unlink_file, ROOT, P("f")), WASI_NOENT);
    assert_int_equal(CALL(path_unlink_file, ROOT, P("l")), WASI_SUCCESS); /* the link itself */
    assert_int_equal(CALL(path_unlink_file, ROOT, P("../outside/secret")), WASI_NOTCAPABLE);
    assert_true(outside_is_untouched());
}

static void test_rename(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("full");
    make_file("full/x", "");
    make_file("f", "");
    assert_int_equal(CALL(path_rename, ROOT, P("d"), ROOT, P("full")), WASI_NOTEMPTY);
    assert_int_equal(CALL(path_rename, ROOT, P("d"), ROOT, P("f")), WASI_NOTDIR);
    assert_int_equal(CALL(path_rename, ROOT, P("f"), ROOT, P("d")), WASI_ISDIR);
    assert_int_equal(CALL(path_rename, ROOT, P("d/"), ROOT, P("e")), WASI_SUCCESS);
    assert_int_equal(CALL(path_rename, ROOT, P("e"), ROOT, P("d/")), WASI_SUCCESS);
    assert_int_equal(CALL(path_rename, ROOT, P("f"), ROOT, P("d/g")), WASI_SUCCESS);
    assert_true(exists("d/g") && !exists("f"));
    assert_int_equal(CALL(path_rename, ROOT, P("f"), ROOT, P("h")), WASI_NOENT);
    assert_int_equal(CALL(path_rename, ROOT, P("d/g"), ROOT, P("../outside/g")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_rename, ROOT, P("../outside/secret"), ROOT, P("s")),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_rename, ROOT, P("d"), ROOT, P("/d")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_rename, ROOT, P("d/g"), 99, P("g")), WASI_BADF);
    assert_int_equal(CALL(path_rename, ROOT, P("d/g"), 1, P("g")), WASI_NOTCAPABLE);
    assert_true(outside_is_untouched());
}

/* ---- links ---- */

static void test_symlink(void **state)
{
    (void)state;
    make_dir("d");
    make_file("f", "");
    assert_int_equal(CALL(path_symlink, P("f"), ROOT, P("l")), WASI_SUCCESS);
    assert_int_equal(CALL(path_symlink, P("f"), ROOT, P("l")), WASI_EXIST);
    assert_int_equal(CALL(path_symlink, P("../outside"), ROOT, P("out")), WASI_SUCCESS);
    assert_int_equal(CALL(path_symlink, P("/etc"), ROOT, P("abs")), WASI_NOTCAPABLE);
    assert_false(exists("abs"));
    assert_int_equal(CALL(path_symlink, P("f"), ROOT, P("new/")), WASI_NOENT);
    assert_int_equal(CALL(path_symlink, P("f"), ROOT, P("d/")), WASI_EXIST);
    assert_int_equal(CALL(path_symlink, P(""), ROOT, P("e")), WASI_NOENT);
    assert_int_equal(CALL(path_symlink, P("f"), ROOT, P("out/x")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_symlink, -1, 1, ROOT, P("e")), WASI_FAULT);
}

static void test_readlink(void **state)
{
    (void)state;
    make_file("f", "");
    make_link("l", "target/of/it");
    make_link("abs", "/etc/passwd");
    assert_int_equal(CALL(path_readlink, ROOT, P("l"), BUFFER, 100, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 12);
    assert_memory_equal(fixture.memory + BUFFER, "target/of/it", 13);
    assert_int_equal(CALL(path_readlink, ROOT, P("l"), BUFFER, 6, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 6);
    assert_int_equal(CALL(path_readlink, ROOT, P("l"), BUFFER, 0, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), 0);
    assert_int_equal(CALL(path_readlink, ROOT, P("abs"), BUFFER, 100, OUT), WASI_SUCCESS);
    assert_int_equal(CALL(path_readlink, ROOT, P("f"), BUFFER, 100, OUT), WASI_INVAL);
    assert_int_equal(CALL(path_readlink, ROOT, P("nope"), BUFFER, 100, OUT), WASI_NOENT);
    assert_int_equal(CALL(path_readlink, ROOT, P("l"), END - 9, 10, OUT), WASI_FAULT);
    assert_int_equal(CALL(path_readlink, ROOT, P("l"), BUFFER, 10, END), WASI_FAULT);
}

static void test_link(void **state)
{
    (void)state;
    make_file("f", "content");
    make_dir("d");
    make_link("dangling", "nowhere");
    make_link("to_f", "f");
    make_link("out", "../outside/secret");
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), ROOT, P("d/g")), WASI_SUCCESS);
    assert_string_equal(read_text(open_ok("d/g", 0, WASI_RIGHT_FD_READ)), "content");
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), ROOT, P("f")), WASI_EXIST);
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), ROOT, P("d")), WASI_EXIST);
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), ROOT, P("dangling")), WASI_EXIST);
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), ROOT, P("h/")), WASI_NOENT);
    assert_int_equal(CALL(path_link, ROOT, 0, P("d"), ROOT, P("h")), WASI_PERM);
    assert_int_equal(CALL(path_link, ROOT, 0, P("dangling"), ROOT, P("h")), WASI_SUCCESS);
    assert_int_equal(CALL(path_link, ROOT, FOLLOW, P("dangling"), ROOT, P("i")), WASI_NOENT);
    assert_int_equal(CALL(path_link, ROOT, FOLLOW, P("to_f"), ROOT, P("i")), WASI_SUCCESS);
    assert_string_equal(read_text(open_ok("i", 0, WASI_RIGHT_FD_READ)), "content");
    assert_int_equal(CALL(path_link, ROOT, FOLLOW, P("out"), ROOT, P("j")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_link, ROOT, 0, P("../outside/secret"), ROOT, P("j")),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), ROOT, P("../outside/f")), WASI_NOTCAPABLE);
    assert_true(outside_is_untouched());
}

/* ---- attributes ---- */

static void test_filestat(void **state)
{
    (void)state;
    make_file("f", "12345");
    make_link("l", "f");
    make_link("out", "../outside/secret");
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("f"), BUFFER), WASI_SUCCESS);
    assert_int_equal(fixture.memory[BUFFER + 16], WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(get_u64(BUFFER + 32), 5);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("l"), BUFFER), WASI_SUCCESS);
    assert_int_equal(fixture.memory[BUFFER + 16], WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(CALL(path_filestat_get, ROOT, FOLLOW, P("l"), BUFFER), WASI_SUCCESS);
    assert_int_equal(fixture.memory[BUFFER + 16], WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("out"), BUFFER), WASI_SUCCESS);
    assert_int_equal(CALL(path_filestat_get, ROOT, FOLLOW, P("out"), BUFFER), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P(".."), BUFFER), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("f/"), BUFFER), WASI_NOTDIR);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("f"), END - 63), WASI_FAULT);
    assert_int_equal(CALL(unstable_path_filestat_get, ROOT, 0, P("f"), BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 24), 5);
}

static void test_set_times(void **state)
{
    (void)state;
    make_file("f", "");
    make_link("l", "f");
    make_link("out", "../outside/secret");
    assert_int_equal(CALL(path_filestat_set_times, ROOT, 0, P("f"), 0, 77, WASI_FSTFLAGS_MTIM),
                     WASI_SUCCESS);
    assert_int_equal(CALL(path_filestat_set_times, ROOT, 0, P("l"), 0, 88, WASI_FSTFLAGS_MTIM),
                     WASI_SUCCESS);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("f"), BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 48), 77);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("l"), BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 48), 88);
    assert_int_equal(CALL(path_filestat_set_times, ROOT, FOLLOW, P("l"), 0, 99, WASI_FSTFLAGS_MTIM),
                     WASI_SUCCESS);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("f"), BUFFER), WASI_SUCCESS);
    assert_int_equal(get_u64(BUFFER + 48), 99);
    assert_int_equal(CALL(path_filestat_set_times, ROOT, 0, P("f"), 0, 0, 12), WASI_INVAL);
    assert_int_equal(CALL(path_filestat_set_times, ROOT, FOLLOW, P("out"), 0, 1, 4),
                     WASI_NOTCAPABLE);
}

/* ---- path_open ---- */

static void test_open(void **state)
{
    (void)state;
    uint32_t fd = open_ok("new", WASI_OFLAGS_CREAT | WASI_OFLAGS_EXCL, FILE_RIGHTS);
    write_text(fd, "content");
    assert_int_equal(open_error("new", WASI_OFLAGS_CREAT | WASI_OFLAGS_EXCL, 0), WASI_EXIST);
    assert_string_equal(read_text(open_ok("new", 0, WASI_RIGHT_FD_READ)), "content");
    fd = open_ok("new", WASI_OFLAGS_TRUNC, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE);
    assert_string_equal(read_text(fd), "");
    assert_int_equal(open_error("missing", 0, 0), WASI_NOENT);
    assert_int_equal(open_error("new", WASI_OFLAGS_DIRECTORY, 0), WASI_NOTDIR);
    assert_int_equal(open_error("new/", 0, 0), WASI_NOTDIR);
    assert_int_equal(open_error("x", WASI_OFLAGS_CREAT | WASI_OFLAGS_DIRECTORY, 0), WASI_INVAL);
    assert_int_equal(open_error("new", 16, 0), WASI_INVAL);
    assert_int_equal(open_error(".", WASI_OFLAGS_DIRECTORY, WASI_RIGHT_FD_READ), WASI_SUCCESS);
    assert_int_equal(
        open_error(".", WASI_OFLAGS_DIRECTORY, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE),
        WASI_ISDIR);
    assert_int_equal(CALL(path_open, ROOT, 0, P("new"), 0, 0, 0, 32, OUT), WASI_INVAL);
}

static void test_open_links(void **state)
{
    (void)state;
    make_file("f", "content");
    make_dir("d");
    make_link("l", "f");
    make_link("ld", "d");
    make_link("out", "../outside/secret");
    make_link("abs", "/etc/passwd");
    make_link("loop", "loop");
    make_link("dangling", "made");
    assert_string_equal(read_text(open_ok("l", 0, WASI_RIGHT_FD_READ)), "content");
    assert_int_equal(CALL(path_open, ROOT, 0, P("l"), 0, 0, 0, 0, OUT), WASI_LOOP);
    assert_int_equal(CALL(path_open, ROOT, 0, P("dangling"), 0, 0, 0, 0, OUT), WASI_LOOP);
    assert_int_equal(CALL(path_open, ROOT, 0, P("ld"), WASI_OFLAGS_DIRECTORY, 0, 0, 0, OUT),
                     WASI_NOTDIR);
    assert_int_equal(open_error("ld", WASI_OFLAGS_DIRECTORY, 0), WASI_SUCCESS);
    assert_int_equal(open_error("l", WASI_OFLAGS_DIRECTORY, 0), WASI_NOTDIR);
    assert_int_equal(open_error("out", 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(open_error("abs", 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(open_error("loop", 0, 0), WASI_LOOP);
    assert_int_equal(open_error("dangling", 0, 0), WASI_NOENT);
    assert_int_equal(open_error("dangling", WASI_OFLAGS_CREAT, FILE_RIGHTS), WASI_SUCCESS);
    assert_true(exists("made"));
    assert_int_equal(open_error("out", WASI_OFLAGS_TRUNC, FILE_RIGHTS), WASI_NOTCAPABLE);
    assert_true(outside_is_untouched());
}

static void test_open_escapes(void **state)
{
    (void)state;
    static const char *const paths[] = {"..", "../outside/secret", "d/../../outside/secret",
                                        "/etc/passwd", "./../root"};
    make_dir("d");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(open_error(paths[i], 0, 0), WASI_NOTCAPABLE);
        assert_int_equal(open_error(paths[i], WASI_OFLAGS_CREAT, FILE_RIGHTS), WASI_NOTCAPABLE);
    }
    uint32_t dir = open_ok("d", WASI_OFLAGS_DIRECTORY, WASI_RIGHT_PATH_OPEN);
    assert_int_equal(CALL(path_open, dir, 0, P(".."), 0, 0, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_true(outside_is_untouched());
}

static void test_open_bad(void **state)
{
    (void)state;
    int before = open_host_descriptors();
    make_file("f", "");
    assert_int_equal(CALL(path_open, ROOT, 0, put("f\0"), 2, 0, 0, 0, 0, OUT), WASI_INVAL);
    assert_int_equal(CALL(path_open, ROOT, 0, P("f"), 0, 0, 0, 0, END - 3), WASI_FAULT);
    assert_int_equal(CALL(path_open, ROOT, 0, END - 1, 2, 0, 0, 0, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(path_open, ROOT, 0, put("f"), -1, 0, 0, 0, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(path_open, 1, 0, P("f"), 0, 0, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(open_host_descriptors(), before);
}

/* ---- rights ---- */

static void test_rights_narrow(void **state)
{
    (void)state;
    const int64_t opens = WASI_RIGHT_PATH_OPEN | WASI_RIGHT_PATH_CREATE_FILE;
    make_dir("d");
    assert_int_equal(
        CALL(path_open, ROOT, 0, P("d"), WASI_OFLAGS_DIRECTORY, opens, WASI_RIGHT_FD_READ, 0, OUT),
        WASI_SUCCESS);
    uint32_t dir = get_u32(OUT);
    assert_int_equal(
        CALL(path_open, dir, 0, P("f"), WASI_OFLAGS_CREAT, WASI_RIGHT_FD_READ, 0, 0, OUT),
        WASI_SUCCESS);
    assert_int_equal(CALL(path_open, dir, 0, P("f"), 0, WASI_RIGHT_FD_WRITE, 0, 0, OUT),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, dir, 0, P("f"), 0, 0, WASI_RIGHT_FD_WRITE, 0, OUT),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, dir, 0, P("f"), WASI_OFLAGS_TRUNC, 0, 0, 0, OUT),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, dir, 0, P("f"), 0, 0, 0, WASI_FDFLAGS_SYNC, OUT),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, dir, 0, P("f"), 0, 0, 0, WASI_FDFLAGS_DSYNC, OUT),
                     WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, dir, 0, P("f"), 0, 0, 0, WASI_FDFLAGS_APPEND, OUT),
                     WASI_SUCCESS);
}

/* Each function that takes a directory wants its right there. */
static void test_rights_needed(void **state)
{
    (void)state;
    make_dir("d");
    uint32_t d = open_ok("d", WASI_OFLAGS_DIRECTORY, 0);
    assert_int_equal(CALL(path_create_directory, d, P("x")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_filestat_get, d, 0, P("x"), BUFFER), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_filestat_set_times, d, 0, P("x"), 0, 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_link, d, 0, P("x"), ROOT, P("y")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, d, 0, P("x"), 0, 0, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_readlink, d, P("x"), BUFFER, 10, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_remove_directory, d, P("x")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_rename, d, P("x"), ROOT, P("y")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_symlink, P("x"), d, P("y")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_unlink_file, d, P("x")), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_readdir, d, BUFFER, 100, 0, OUT), WASI_NOTCAPABLE);
}

/* A program may ask for all bits, also those that no right has. */
static void test_rights_all(void **state)
{
    (void)state;
    assert_int_equal(CALL(path_open, ROOT, 0, P("f"), WASI_OFLAGS_CREAT, -1, -1, 0, OUT),
                     WASI_SUCCESS);
    assert_int_equal(CALL(fd_fdstat_get, get_u32(OUT), OUT), WASI_SUCCESS);
    assert_true(get_u64(OUT + 8) & WASI_RIGHT_FD_WRITE);
    assert_false(get_u64(OUT + 8) & WASI_RIGHT_PATH_OPEN); /* not for a file */
}

/* ---- read-only preopens ---- */

static enum wasi_errno open_ro(const char *path, uint32_t oflags, uint64_t rights)
{
    return CALL(path_open, READ_ONLY, FOLLOW, P(path), oflags, (int64_t)rights, WASI_RIGHT_ALL, 0,
                OUT);
}

static void test_read_only(void **state)
{
    (void)state;
    make_file("f", "content");
    make_dir("d");
    assert_int_equal(open_ro("f", 0, WASI_RIGHT_FD_READ), WASI_SUCCESS);
    assert_string_equal(read_text(get_u32(OUT)), "content");
    assert_int_equal(open_ro("f", 0, WASI_RIGHT_FD_WRITE), WASI_ROFS);
    assert_int_equal(open_ro("f", WASI_OFLAGS_TRUNC, 0), WASI_ROFS);
    assert_int_equal(open_ro("f", WASI_OFLAGS_CREAT, 0), WASI_SUCCESS);
    assert_int_equal(open_ro("g", WASI_OFLAGS_CREAT, 0), WASI_ROFS);
    assert_int_equal(open_ro("f", WASI_OFLAGS_CREAT | WASI_OFLAGS_EXCL, 0), WASI_EXIST);
    assert_int_equal(CALL(path_create_directory, READ_ONLY, P("x")), WASI_ROFS);
    assert_int_equal(CALL(path_filestat_set_times, READ_ONLY, 0, P("f"), 0, 0, 0), WASI_ROFS);
    assert_int_equal(CALL(path_link, READ_ONLY, 0, P("f"), ROOT, P("y")), WASI_ROFS);
    assert_int_equal(CALL(path_link, ROOT, 0, P("f"), READ_ONLY, P("y")), WASI_ROFS);
    assert_int_equal(CALL(path_remove_directory, READ_ONLY, P("d")), WASI_ROFS);
    assert_int_equal(CALL(path_rename, READ_ONLY, P("f"), ROOT, P("y")), WASI_ROFS);
    assert_int_equal(CALL(path_rename, ROOT, P("f"), READ_ONLY, P("y")), WASI_ROFS);
    assert_int_equal(CALL(path_symlink, P("x"), READ_ONLY, P("y")), WASI_ROFS);
    assert_int_equal(CALL(path_unlink_file, READ_ONLY, P("f")), WASI_ROFS);
    assert_true(exists("f") && exists("d") && !exists("y") && !exists("g"));
}

/* What is opened below a read-only directory is read-only as well. */
static void test_read_only_inherited(void **state)
{
    (void)state;
    make_dir("d");
    make_file("d/f", "content");
    assert_int_equal(open_ro("d", WASI_OFLAGS_DIRECTORY, WASI_RIGHT_ALL & ~FILE_RIGHTS),
                     WASI_SUCCESS);
    uint32_t d = get_u32(OUT);
    assert_int_equal(CALL(path_unlink_file, d, P("f")), WASI_ROFS);
    assert_int_equal(CALL(path_open, d, 0, P("f"), 0, WASI_RIGHT_FD_WRITE, 0, 0, OUT), WASI_ROFS);
    assert_int_equal(CALL(path_filestat_get, d, 0, P("f"), BUFFER), WASI_SUCCESS);
    assert_int_equal(open_ro("d/f", 0, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_FILESTAT_SET_TIMES),
                     WASI_SUCCESS);
    uint32_t f = get_u32(OUT);
    assert_int_equal(CALL(fd_filestat_set_times, f, 0, 0, WASI_FSTFLAGS_MTIM), WASI_ROFS);
    assert_int_equal(CALL(fd_filestat_set_size, f, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_write, f, IOV, 0, OUT), WASI_NOTCAPABLE);
}

static void test_no_leak(void **state)
{
    int before = open_host_descriptors();
    test_link(state);
    int opened = open_host_descriptors() - before; /* the two that it leaves to the guest */
    assert_int_equal(opened, 2);
    make_dir("deep");
    make_dir("deep/er");
    assert_int_equal(CALL(path_rename, ROOT, P("deep/er"), ROOT, P("deep/x")), WASI_SUCCESS);
    assert_int_equal(CALL(path_rename, ROOT, P("deep/x"), ROOT, P("none/x")), WASI_NOENT);
    assert_int_equal(CALL(path_remove_directory, ROOT, P("deep/x")), WASI_SUCCESS);
    assert_int_equal(CALL(path_filestat_get, ROOT, 0, P("deep"), END), WASI_FAULT);
    assert_int_equal(CALL(path_readlink, ROOT, P("deep"), BUFFER, 8, OUT), WASI_INVAL);
    assert_int_equal(open_host_descriptors() - before, opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(test_create_directory),
        TEST_BOTH(test_remove_directory),
        TEST_BOTH(test_unlink),
        TEST_BOTH(test_rename),
        TEST_BOTH(test_symlink),
        TEST_BOTH(test_readlink),
        TEST_BOTH(test_link),
        TEST_BOTH(test_filestat),
        TEST_BOTH(test_set_times),
        TEST_BOTH(test_open),
        TEST_BOTH(test_open_links),
        TEST_BOTH(test_open_escapes),
        TEST_BOTH(test_open_bad),
        TEST_BOTH(test_rights_narrow),
        TEST_BOTH(test_rights_needed),
        TEST_BOTH(test_rights_all),
        TEST_BOTH(test_read_only),
        TEST_BOTH(test_read_only_inherited),
        TEST_BOTH(test_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
