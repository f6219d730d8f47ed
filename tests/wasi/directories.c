/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * directories.c: listing directories, also in small buffers and while they change; making, removing
 * and renaming what is in them.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- listing ---- */

struct listing {
    char bytes[4096];
    uint32_t used;
};

/* The entry at *at; false where there is no whole one. */
static bool entry_at(const struct listing *listing, uint32_t *at, struct dirent_head *head,
                     char name[256])
{
    if (listing->used - *at < sizeof *head)
        return false;
    memcpy(head, listing->bytes + *at, sizeof *head);
    if (head->namlen > 255 || listing->used - *at - sizeof *head < head->namlen)
        return false;
    memcpy(name, listing->bytes + *at + sizeof *head, head->namlen);
    name[head->namlen] = 0;
    *at += sizeof *head + head->namlen;
    return true;
}

typedef void visitor(const struct dirent_head *head, const char *name);

/* Lists dir from a cookie in buffers of this size; stops after `most` entries and returns the
 * cookie to go on. */
static uint64_t list(fd_t dir, uint64_t cookie, uint32_t size, int most, visitor *visit)
{
    struct listing listing;
    struct dirent_head head;
    char name[256];
    do {
        uint32_t at = 0;
        WORKS(fd_readdir, dir, listing.bytes, size, cookie, &listing.used);
        while (most > 0 && entry_at(&listing, &at, &head, name)) {
            visit(&head, name);
            cookie = head.next;
            most--;
        }
        if (listing.used == size && at == 0) {
            HOLDS(fd_readdir, !"an entry that fits");
            return cookie;
        }
    } while (most > 0 && listing.used == size);
    return cookie;
}

static int entries, dots;
static uint64_t own_inode, file_inode;
static uint8_t types[8];

static void visit_small(const struct dirent_head *head, const char *name)
{
    entries++;
    if (strcmp(name, ".") == 0)
        own_inode = head->ino;
    if (strcmp(name, "file") == 0)
        file_inode = head->ino;
    dots += name[0] == '.';
    if (strcmp(name, "file") == 0 || strcmp(name, "link") == 0 || strcmp(name, "sub") == 0)
        types[head->type & 7]++;
}

static void check_small(void)
{
    make_dir("dir");
    fd_t dir = open_dir("dir");
    struct filestat st;
    WORKS(fd_filestat_get, dir, &st);
    list(dir, 0, 4096, 100, visit_small);
    EQUAL(fd_readdir, 2, (uint64_t)entries);
    EQUAL(fd_readdir, 2, (uint64_t)dots);
    EQUAL(fd_readdir, st.ino, own_inode);
    make_file("dir/file", "");
    make_dir("dir/sub");
    make_link("file", "dir/link");
    entries = 0;
    list(dir, 0, 4096, 100, visit_small);
    EQUAL(fd_readdir, 5, (uint64_t)entries);
    EQUAL(fd_readdir, stat_of("dir/file", 0).ino, file_inode);
    EQUAL(fd_readdir, 1, types[TYPE_FILE]);
    EQUAL(fd_readdir, 1, types[TYPE_DIRECTORY]);
    EQUAL(fd_readdir, 1, types[TYPE_LINK]);
    remove_file("dir/link");
    remove_file("dir/file");
    remove_dir("dir/sub");
    close_fd(dir);
    remove_dir("dir");
}

static void check_tiny_buffers(void)
{
    struct listing whole, part;
    make_dir("dir");
    make_file("dir/file", "");
    fd_t dir = open_dir("dir");
    WORKS(fd_readdir, dir, whole.bytes, sizeof whole.bytes, 0, &whole.used);
    static const uint32_t sizes[] = {0, 1, 8, 23, 24, 25, 26, 49, 51};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(part.bytes, '#', sizeof part.bytes);
        WORKS(fd_readdir, dir, part.bytes, sizes[i], 0, &part.used);
        EQUAL(fd_readdir, sizes[i], part.used); /* full: there is more */
        BYTES(fd_readdir, whole.bytes, part.bytes, sizes[i]);
        EQUAL(fd_readdir, '#', (uint64_t)part.bytes[sizes[i]]);
    }
    WORKS(fd_readdir, dir, part.bytes, whole.used, 0, &part.used);
    EQUAL(fd_readdir, whole.used, part.used);
    WORKS(fd_readdir, dir, part.bytes, whole.used + 1, 0, &part.used);
    EQUAL(fd_readdir, whole.used, part.used); /* not full: that was all */
    for (uint32_t at = 0; at < whole.used;) { /* each cookie leads to what comes after */
        struct dirent_head head;
        char name[256];
        if (!entry_at(&whole, &at, &head, name))
            break;
        WORKS(fd_readdir, dir, part.bytes, sizeof part.bytes, head.next, &part.used);
        EQUAL(fd_readdir, whole.used - at, part.used);
        BYTES(fd_readdir, whole.bytes + at, part.bytes, part.used);
    }
    close_fd(dir);
    remove_file("dir/file");
    remove_dir("dir");
}

enum { MANY = 300 };
static int seen[2 * MANY];

static void visit_numbered(const struct dirent_head *head, const char *name)
{
    (void)head;
    entries++;
    if (name[0] == 'n')
        seen[atoi(name + 1)]++;
}

static char *numbered(int i)
{
    static char path[16];
    snprintf(path, sizeof path, "dir/n%d", i);
    return path;
}

static void check_all_seen(uint32_t size)
{
    fd_t dir = open_dir("dir");
    int wrong = 0;
    entries = 0;
    memset(seen, 0, sizeof seen);
    list(dir, 0, size, 10000, visit_numbered);
    for (int i = 0; i < MANY; i++)
        wrong += seen[i] != 1;
    EQUAL(fd_readdir, 0, (uint64_t)wrong);
    EQUAL(fd_readdir, MANY + 2, (uint64_t)entries);
    close_fd(dir);
}

/* In the middle of a listing half of the entries go and as many come: those that stayed are seen
 * once, those that went or came at most once. */
static void check_changes(void)
{
    int wrong = 0;
    fd_t dir = open_dir("dir");
    memset(seen, 0, sizeof seen);
    uint64_t cookie = list(dir, 0, 200, 100, visit_numbered);
    for (int i = 0; i < MANY; i += 2) {
        remove_file(numbered(i));
        make_file(numbered(MANY + i), "");
    }
    list(dir, cookie, 200, 10000, visit_numbered);
    for (int i = 0; i < 2 * MANY; i++)
        wrong += seen[i] > 1 || (seen[i] == 0 && i < MANY && i % 2 == 1);
    EQUAL(fd_readdir, 0, (uint64_t)wrong);
    close_fd(dir);
    for (int i = 1; i < MANY; i += 2) {
        remove_file(numbered(i));
        remove_file(numbered(MANY + i - 1));
    }
}

static void check_listing_errors(void)
{
    struct listing listing;
    fd_t file = open_file("file", O_CREAT_);
    EITHER(NOTDIR, NOTCAPABLE, fd_readdir, file, listing.bytes, 100, 0, &listing.used);
    close_fd(file);
    FAILS(BADF, fd_readdir, file, listing.bytes, 100, 0, &listing.used);
    FAILS(BADF, fd_readdir, UINT32_MAX, listing.bytes, 100, 0, &listing.used);
    FAILS(INVAL, fd_readdir, ROOT, listing.bytes, 100, UINT64_MAX, &listing.used);
    WORKS(fd_readdir, READ_ONLY, listing.bytes, sizeof listing.bytes, 0, &listing.used);
    remove_file("file");
}

/* ---- making and removing ---- */

static void check_create(void)
{
    static char name[300];
    memset(name, 'n', sizeof name);
    WORKS(path_create_directory, ROOT, S("dir"));
    FAILS(EXIST, path_create_directory, ROOT, S("dir"));
    FAILS(EXIST, path_create_directory, ROOT, S("dir/"));
    FAILS(EXIST, path_create_directory, ROOT, S("."));
    WORKS(path_create_directory, ROOT, S("dir/sub/"));
    WORKS(path_create_directory, ROOT, S("dir/sub/../\xff\xfe")); /* names are bytes */
    EQUAL(path_create_directory, TYPE_DIRECTORY, stat_of("dir/\xff\xfe", 0).type);
    WORKS(path_create_directory, ROOT, name, 255);
    FAILS(NAMETOOLONG, path_create_directory, ROOT, name, 256);
    FAILS(NOENT, path_create_directory, ROOT, S("none/sub"));
    FAILS(NOENT, path_create_directory, ROOT, S(""));
    FAILS(INVAL, path_create_directory, ROOT, S("a\0b"));
    FAILS(NOTCAPABLE, path_create_directory, ROOT, S("/abs"));
    FAILS(NOTCAPABLE, path_create_directory, ROOT, S("../x"));
    FAILS(NOTCAPABLE, path_create_directory, ROOT, S("dir/../../x"));
    make_file("file", "");
    FAILS(EXIST, path_create_directory, ROOT, S("file"));
    FAILS(NOTDIR, path_create_directory, ROOT, S("file/x"));
    make_link("nowhere", "link");
    FAILS(EXIST, path_create_directory, ROOT, S("link"));
    FAILS(ROFS, path_create_directory, READ_ONLY, S("x"));
    FAILS(BADF, path_create_directory, NOT_OPEN, S("x"));
    fd_t file = open_file("file", 0);
    EITHER(NOTDIR, NOTCAPABLE, path_create_directory, file, S("x"));
    close_fd(file);
    WORKS(path_remove_directory, ROOT, name, 255);
    WORKS(path_remove_directory, ROOT, S("dir/\xff\xfe"));
}

static void check_remove(void)
{
    FAILS(NOTEMPTY, path_remove_directory, ROOT, S("dir"));
    WORKS(path_remove_directory, ROOT, S("dir/sub/")); /* a trailing slash is fine */
    FAILS(NOENT, path_remove_directory, ROOT, S("dir/sub"));
    FAILS(NOTDIR, path_remove_directory, ROOT, S("file"));
    FAILS(NOTDIR, path_remove_directory, ROOT, S("file/"));
    FAILS(NOTDIR, path_remove_directory, ROOT, S("link"));
    FAILS(NOENT, path_remove_directory, ROOT, S(""));
    FAILS(INVAL, path_remove_directory, ROOT, S("dir/."));
    FAILS(INVAL, path_remove_directory, ROOT, S("dir\0"));
    FAILS(NOTCAPABLE, path_remove_directory, ROOT, S("../dir"));
    FAILS(NOTCAPABLE, path_remove_directory, ROOT, S("/dir"));
    FAILS(ROFS, path_remove_directory, READ_ONLY, S("sub"));
    FAILS(BADF, path_remove_directory, NOT_OPEN, S("dir"));
    FAILS(ISDIR, path_unlink_file, ROOT, S("dir"));
    FAILS(ISDIR, path_unlink_file, ROOT, S("dir/"));
    FAILS(NOTDIR, path_unlink_file, ROOT, S("file/"));
    FAILS(NOENT, path_unlink_file, ROOT, S("none"));
    FAILS(NOENT, path_unlink_file, ROOT, S(""));
    FAILS(NOTDIR, path_unlink_file, ROOT, S("file/x"));
    FAILS(INVAL, path_unlink_file, ROOT, S("file\0"));
    FAILS(NOTCAPABLE, path_unlink_file, ROOT, S("../file"));
    FAILS(NOTCAPABLE, path_unlink_file, ROOT, S("/file"));
    FAILS(ROFS, path_unlink_file, READ_ONLY, S("file"));
    FAILS(BADF, path_unlink_file, NOT_OPEN, S("file"));
    WORKS(path_unlink_file, ROOT, S("link")); /* the link and not what it names */
    WORKS(path_unlink_file, ROOT, S("dir/../file"));
    WORKS(path_remove_directory, ROOT, S("dir"));
}

/* ---- renaming ---- */

static int exists(const char *path)
{
    struct filestat st;
    return wasi_path_filestat_get(ROOT, 0, path, strlen(path), &st) == E_SUCCESS;
}

static void check_rename_directories(void)
{
    make_dir("a");
    WORKS(path_rename, ROOT, S("a"), ROOT, S("b"));
    HOLDS(path_rename, !exists("a") && exists("b"));
    WORKS(path_rename, ROOT, S("b/"), ROOT, S("a"));
    WORKS(path_rename, ROOT, S("a"), ROOT, S("b/"));
    WORKS(path_rename, ROOT, S("b/"), ROOT, S("a/"));
    HOLDS(path_rename, exists("a") && !exists("b"));
    make_dir("b");
    WORKS(path_rename, ROOT, S("a"), ROOT, S("b")); /* onto an empty one */
    make_dir("a");
    make_file("b/file", "");
    FAILS(NOTEMPTY, path_rename, ROOT, S("a"), ROOT, S("b"));
    FAILS(NOTDIR, path_rename, ROOT, S("a"), ROOT, S("b/file"));
    FAILS(INVAL, path_rename, ROOT, S("b"), ROOT, S("b/into_itself"));
    FAILS(ISDIR, path_rename, ROOT, S("b/file"), ROOT, S("a"));
    WORKS(path_rename, ROOT, S("b"), ROOT, S("b"));
    EITHER(BUSY, INVAL, path_rename, ROOT, S("."), ROOT, S("c"));
    WORKS(path_rename, ROOT, S("b/file"), ROOT, S("a/file"));
    HOLDS(path_rename, exists("a/file") && !exists("b/file"));
    remove_file("a/file");
    remove_dir("a");
    remove_dir("b");
}

static void check_rename_files(void)
{
    make_file("a", "of a");
    make_file("b", "of b");
    WORKS(path_rename, ROOT, S("a"), ROOT, S("b"));
    EQUAL(path_rename, 4, stat_of("b", 0).size);
    FAILS(NOENT, path_rename, ROOT, S("a"), ROOT, S("b"));
    FAILS(NOTDIR, path_rename, ROOT, S("b/"), ROOT, S("c"));
    FAILS(NOTDIR, path_rename, ROOT, S("b"), ROOT, S("c/"));
    FAILS(NOENT, path_rename, ROOT, S("b"), ROOT, S("none/c"));
    FAILS(NOENT, path_rename, ROOT, S(""), ROOT, S("c"));
    FAILS(NOENT, path_rename, ROOT, S("b"), ROOT, S(""));
    FAILS(INVAL, path_rename, ROOT, S("b\0"), ROOT, S("c"));
    FAILS(NOTCAPABLE, path_rename, ROOT, S("b"), ROOT, S("../c"));
    FAILS(NOTCAPABLE, path_rename, ROOT, S("../b"), ROOT, S("c"));
    FAILS(NOTCAPABLE, path_rename, ROOT, S("b"), ROOT, S("/c"));
    FAILS(ROFS, path_rename, READ_ONLY, S("file"), ROOT, S("c"));
    FAILS(ROFS, path_rename, ROOT, S("b"), READ_ONLY, S("c"));
    FAILS(BADF, path_rename, NOT_OPEN, S("b"), ROOT, S("c"));
    FAILS(BADF, path_rename, ROOT, S("b"), NOT_OPEN, S("c"));
    WORKS(path_rename, ROOT, S("b"), OTHER, S("c")); /* between two preopens */
    WORKS(path_rename, OTHER, S("c"), ROOT, S("b"));
    HOLDS(path_rename, exists("b"));
    make_link("b", "link");
    WORKS(path_rename, ROOT, S("link"), ROOT, S("moved")); /* the link itself */
    EQUAL(path_rename, TYPE_LINK, stat_of("moved", 0).type);
    WORKS(path_rename, ROOT, S("b"), ROOT, S("moved"));
    EQUAL(path_rename, TYPE_FILE, stat_of("moved", 0).type);
    remove_file("moved");
}

int main(void)
{
    check_small();
    check_tiny_buffers();
    make_dir("dir");
    for (int i = 0; i < MANY; i++)
        make_file(numbered(i), "");
    check_all_seen(32);
    check_all_seen(256);
    check_all_seen(4096);
    check_changes();
    remove_dir("dir");
    check_listing_errors();
    check_create();
    check_remove();
    check_rename_directories();
    check_rename_files();
    return check_end();
}
