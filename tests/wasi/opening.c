/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * opening.c: path_open: every combination of its flags on every kind of entry, paths of all
 * shapes, and what a read-only directory allows. test.sh lays out "out", a link to "/", and what is
 * in the read-only directory.
 */
#include "check.h"

#include <string.h>

static fd_t fd;

/* ---- flags and kinds ---- */

enum kind { MISSING, FILE_, DIRECTORY, LINK_TO_FILE, LINK_TO_DIRECTORY, DANGLING, LOOP, KINDS };

static void make_entry(enum kind kind)
{
    make_file("target_file", "x");
    make_dir("target_dir");
    switch (kind) {
    case MISSING: break;
    case FILE_: make_file("entry", "content"); break;
    case DIRECTORY: make_dir("entry"); break;
    case LINK_TO_FILE: make_link("target_file", "entry"); break;
    case LINK_TO_DIRECTORY: make_link("target_dir", "entry"); break;
    case DANGLING: make_link("target_none", "entry"); break;
    case LOOP: make_link("entry", "entry"); break;
    case KINDS: break;
    }
}

static void remove_entry(enum kind kind)
{
    if (kind == DIRECTORY)
        remove_dir("entry");
    else
        wasi_path_unlink_file(ROOT, S("entry")); /* which may be there by now */
    wasi_path_unlink_file(ROOT, S("target_none"));
    remove_file("target_file");
    remove_dir("target_dir");
}

/* What opening for reading gives, by POSIX; *other where Linux versions differ. */
static int expected(enum kind kind, uint32_t oflags, bool follow, int *other)
{
    bool create = oflags & O_CREAT_, directory = oflags & O_DIRECTORY_;
    bool link = kind >= LINK_TO_FILE;
    *other = E_SUCCESS;
    if (create && directory)
        return *other = E_INVAL;
    if (create && oflags & O_EXCL_)
        return *other = kind == MISSING ? E_SUCCESS : E_EXIST;
    if (link && !follow) {
        *other = E_LOOP;
        return directory ? E_NOTDIR : E_LOOP;
    }
    if (kind == LOOP)
        return *other = E_LOOP;
    if (kind == MISSING || kind == DANGLING)
        return *other = create ? E_SUCCESS : E_NOENT;
    if (kind == DIRECTORY || kind == LINK_TO_DIRECTORY)
        return *other = create || oflags & O_TRUNC_ ? E_ISDIR : E_SUCCESS;
    return *other = directory ? E_NOTDIR : E_SUCCESS;
}

static void check_combination(enum kind kind, uint32_t oflags, bool follow)
{
    int other;
    make_entry(kind);
    int want = expected(kind, oflags, follow, &other);
    int got =
        wasi_path_open(ROOT, follow, S("entry"), oflags, R_FD_READ | R_FD_FILESTAT_GET, 0, 0, &fd);
    check_either(AT(path_open), want, other, got);
    if (got == E_SUCCESS && kind == FILE_)
        EQUAL(path_open, oflags & O_TRUNC_ ? 0 : 7, size_of(fd));
    if (got == E_SUCCESS)
        close_fd(fd);
    remove_entry(kind);
}

static void check_combinations(void)
{
    for (enum kind kind = MISSING; kind < KINDS; kind++)
        for (uint32_t oflags = 0; oflags < 16; oflags++) {
            check_combination(kind, oflags, false);
            check_combination(kind, oflags, true);
        }
}

static void check_flag_errors(void)
{
    struct fdstat st;
    make_file("file", "x");
    FAILS(INVAL, path_open, ROOT, 0, S("file"), 16, 0, 0, 0, &fd);
    FAILS(INVAL, path_open, ROOT, 0, S("file"), 0, 0, 0, 32, &fd);
    FAILS(ISDIR, path_open, ROOT, 0, S("."), 0, R_FD_WRITE, 0, 0, &fd);
    FAILS(ISDIR, path_open, ROOT, 0, S("."), O_DIRECTORY_, R_FD_READ | R_FD_WRITE, 0, 0, &fd);
    WORKS(path_open, ROOT, 0, S("."), 0, 0, 0, F_NONBLOCK, &fd);
    close_fd(fd);
    static const uint16_t flags[] = {0, F_APPEND, F_NONBLOCK, F_DSYNC, F_SYNC, F_APPEND | F_SYNC};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        WORKS(path_open, ROOT, 0, S("file"), 0, R_FD_WRITE, 0, flags[i], &fd);
        WORKS(fd_fdstat_get, fd, &st);
        EQUAL(fd_fdstat_get, flags[i], st.flags);
        close_fd(fd);
    }
    WORKS(path_open, ROOT, 0, S("file"), 0, R_FD_READ | 1ull << 50, 0, 0, &fd);
    WORKS(fd_fdstat_get, fd, &st);
    EQUAL(path_open, R_FD_READ, st.rights); /* bits that are no right are ignored */
    close_fd(fd);
    WORKS(path_open, ROOT, 0, S("file"), 0, 0, 0, 0, &fd); /* no rights at all */
    WORKS(fd_fdstat_get, fd, &st);
    EQUAL(path_open, 0, st.rights);
    close_fd(fd);
    remove_file("file");
}

/* ---- paths ---- */

static void check_path(int want, const char *path, size_t size)
{
    int got = wasi_path_open(ROOT, FOLLOW, path, size, 0, R_FD_READ, 0, 0, &fd);
    check_errno(AT(path_open), want, got);
    if (got == E_SUCCESS)
        close_fd(fd);
}

static void check_paths(void)
{
    static char name[5000];
    make_dir("dir");
    make_dir("dir/sub");
    make_file("dir/sub/file", "x");
    check_path(E_SUCCESS, S("dir/.//sub/../../dir/sub/../sub///./file"));
    check_path(E_SUCCESS, S("./././dir/sub/file"));
    check_path(E_SUCCESS, S("dir/"));
    check_path(E_SUCCESS, S("dir/sub///"));
    check_path(E_SUCCESS, S("dir/sub/."));
    check_path(E_SUCCESS, S("dir/.."));
    check_path(E_NOTDIR, S("dir/sub/file/"));
    check_path(E_NOTDIR, S("dir/sub/file///"));
    check_path(E_NOTDIR, S("dir/sub/file/x"));
    check_path(E_NOTDIR, S("dir/sub/file/.."));
    check_path(E_NOENT, S("dir/none/file"));
    check_path(E_NOENT, S("none/../dir"));
    check_path(E_NOENT, S(""));
    check_path(E_INVAL, S("dir/sub/file\0"));
    check_path(E_INVAL, S("\0"));
    check_path(E_INVAL, S("di\0r"));
    check_path(E_NOENT, S("\xc0\x80\xff"));
    check_path(E_NOTCAPABLE, S("/dir/sub/file"));
    check_path(E_NOTCAPABLE, S("/"));
    check_path(E_NOTCAPABLE, S("//"));
    check_path(E_NOTCAPABLE, S(".."));
    check_path(E_NOTCAPABLE, S("../"));
    check_path(E_NOTCAPABLE, S("dir/../../x"));
    check_path(E_NOTCAPABLE, S("dir/sub/../../../dir"));
    memset(name, 'n', sizeof name);
    check_path(E_NAMETOOLONG, name, 256);
    check_path(E_NAMETOOLONG, name, sizeof name);
    check_path(E_NAMETOOLONG, name, 4096);
    for (size_t i = 0; i < sizeof name; i += 2)
        memcpy(name + i, "./", 2);
    check_path(E_SUCCESS, name, 4094);
    fd_t file = open_file("dir/sub/file", 0);
    EITHER(NOTDIR, NOTCAPABLE, path_open, file, 0, S("x"), O_CREAT_, 0, 0, 0, &fd);
    EITHER(NOTDIR, NOTCAPABLE, path_open, file, 0, S("."), 0, 0, 0, 0, &fd);
    close_fd(file);
    FAILS(BADF, path_open, file, 0, S("dir"), 0, 0, 0, 0, &fd);
    FAILS(BADF, path_open, UINT32_MAX, 0, S("dir"), 0, 0, 0, 0, &fd);
}

/* Links that lead out, by ".." and as absolute ones that the host made. */
static void check_links_out(void)
{
    make_link("..", "dir/up");
    make_link("../..", "dir/out");
    make_link("../dir/sub", "dir/round");
    check_path(E_SUCCESS, S("dir/up"));
    check_path(E_SUCCESS, S("dir/up/dir/up/dir/sub/file"));
    check_path(E_SUCCESS, S("dir/round/file"));
    check_path(E_NOTCAPABLE, S("dir/out"));
    check_path(E_NOTCAPABLE, S("dir/out/x"));
    check_path(E_NOTCAPABLE, S("dir/up/.."));
    check_path(E_NOTCAPABLE, S("out"));
    check_path(E_NOTCAPABLE, S("out/etc"));
    FAILS(LOOP, path_open, ROOT, 0, S("out"), 0, 0, 0, 0, &fd);
    make_link("b", "dir/a");
    make_link("a", "dir/b");
    check_path(E_LOOP, S("dir/a"));
    check_path(E_LOOP, S("dir/a/x"));
    remove_file("dir/a");
    remove_file("dir/b");
    remove_file("dir/up");
    remove_file("dir/out");
    remove_file("dir/round");
    remove_file("dir/sub/file");
    remove_dir("dir/sub");
    remove_dir("dir");
}

static void check_read_only(void)
{
    fd_t sub = 0;
    uint32_t n;
    WORKS(path_open, READ_ONLY, 0, S("file"), 0, R_FD_READ, 0, 0, &fd);
    close_fd(fd);
    WORKS(path_open, READ_ONLY, 0, S("file"), O_CREAT_, R_FD_READ, 0, 0, &fd);
    FAILS(NOTCAPABLE, fd_write, fd, &(struct iov){S("x")}, 1, &n);
    close_fd(fd);
    FAILS(ROFS, path_open, READ_ONLY, 0, S("file"), 0, R_FD_WRITE, 0, 0, &fd);
    FAILS(ROFS, path_open, READ_ONLY, 0, S("file"), 0, R_FD_READ | R_FD_WRITE, 0, 0, &fd);
    FAILS(ROFS, path_open, READ_ONLY, 0, S("file"), O_TRUNC_, R_FD_READ, 0, 0, &fd);
    FAILS(EXIST, path_open, READ_ONLY, 0, S("file"), O_CREAT_ | O_EXCL_, R_FD_READ, 0, 0, &fd);
    FAILS(ROFS, path_open, READ_ONLY, 0, S("new"), O_CREAT_, R_FD_READ, 0, 0, &fd);
    FAILS(NOENT, path_open, READ_ONLY, 0, S("new"), 0, R_FD_READ, 0, 0, &fd);
    WORKS(path_open, READ_ONLY, 0, S("sub"), O_DIRECTORY_,
          R_ALL & ~R_FD_WRITE & ~R_FD_ALLOCATE & ~R_FD_FILESTAT_SET_SIZE, R_ALL, 0, &sub);
    FAILS(ROFS, path_create_directory, sub, S("new")); /* it goes down the tree */
    FAILS(ROFS, path_open, sub, 0, S("new"), O_CREAT_, R_FD_READ, 0, 0, &fd);
    FAILS(ROFS, fd_filestat_set_times, sub, 0, 0, T_MTIM_NOW);
    close_fd(sub);
}

int main(void)
{
    check_combinations();
    check_flag_errors();
    check_paths();
    check_links_out();
    check_read_only();
    return check_end();
}
