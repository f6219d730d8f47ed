/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Confined path resolution: no path of the guest, with whatever "..", symbolic links and renames
 * by others meanwhile, reaches a file outside the directory it starts from. No string is ever
 * judged in place of a file: either the kernel keeps the walk below the directory (openat2 with
 * RESOLVE_BENEATH, Linux 5.6), or, where it cannot be called, we walk ourselves, one component a
 * step, each opened relative to the last with O_NOFOLLOW.
 *
 * THE DANGER: every openat here must have O_NOFOLLOW and a name without a slash, and ".." must
 * never reach the kernel; tests/runtime/wasi/test_resolve.c runs its escapes against both ways.
 */
#include "runtime/wasi/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MAX_LINKS = 40, /* symbolic links a path may go through, as in Linux */
    MAX_RACES = 64, /* times openat2 may lose against a rename before we walk ourselves */
    FIRST_CAPACITY = 16
};

/* ---- by the kernel ---- */

static int openat2_beneath(int dir, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

bool wasi_kernel_resolves(void)
{
    int fd = openat2_beneath(AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);
    if (fd < 0)
        return false; /* ENOSYS, or EPERM from a seccomp filter that does not know it */
    close(fd);
    return true;
}

/* Returns AGAIN when a rename elsewhere kept the kernel from being sure. */
static enum wasi_errno kernel_open(int dir, const char *path, int flags, mode_t mode, int *fd)
{
    for (int i = 0; i < MAX_RACES; i++) {
        *fd = openat2_beneath(dir, path, flags, mode);
        if (*fd >= 0)
            return WASI_SUCCESS;
        if (errno != EAGAIN)
            return errno == EXDEV ? WASI_NOTCAPABLE : wasi_result(-1);
    }
    return WASI_AGAIN;
}

/* ---- by ourselves ---- */

struct walk {
    int root;  /* where the walk starts; not ours */
    int *dirs; /* directories entered below root, the innermost last */
    size_t depth, capacity;
    int links;               /* symbolic links followed */
    char *rest;              /* what is left to walk, in text */
    bool last;               /* nothing is left */
    bool slash;              /* a slash followed name */
    char name[NAME_MAX + 1]; /* the component being walked */
    char text[2 * PATH_MAX]; /* more than a path, for the targets of links in it */
    char target[PATH_MAX];   /* of the link being followed */
};

static int walk_dir(const struct walk *walk)
{
    return walk->depth ? walk->dirs[walk->depth - 1] : walk->root;
}

static enum wasi_errno walk_next(struct walk *walk)
{
    size_t size = strcspn(walk->rest, "/");
    if (size > NAME_MAX)
        return WASI_NAMETOOLONG;
    memcpy(walk->name, walk->rest, size);
    walk->name[size] = 0;
    walk->rest += size;
    walk->slash = *walk->rest == '/';
    walk->rest += strspn(walk->rest, "/");
    walk->last = *walk->rest == 0;
    return WASI_SUCCESS;
}

static enum wasi_errno walk_enter(struct walk *walk)
{
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : FIRST_CAPACITY;
        int *dirs = realloc(walk->dirs, capacity * sizeof *dirs);
        if (!dirs)
            return WASI_NOMEM;
        walk->dirs = dirs;
        walk->capacity = capacity;
    }
    int dir = openat(walk_dir(walk), walk->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return wasi_result(-1);
    walk->dirs[walk->depth++] = dir;
    return WASI_SUCCESS;
}

/* "..": back to the directory we came through, which need not be the parent any more. */
static enum wasi_errno walk_leave(struct walk *walk)
{
    if (walk->depth == 0)
        return WASI_NOTCAPABLE;
    close(walk->dirs[--walk->depth]);
    return WASI_SUCCESS;
}

/* If name is a symbolic link, puts its target in front of the rest and sets *expanded. */
static enum wasi_errno walk_expand(struct walk *walk, bool *expanded)
{
    ssize_t size = readlinkat(walk_dir(walk), walk->name, walk->target, sizeof walk->target);
    *expanded = size >= 0;
    if (size < 0)
        return WASI_SUCCESS; /* not a link, or not there: opening it will tell */
    if (++walk->links > MAX_LINKS)
        return WASI_LOOP;
    if (size > 0 && walk->target[0] == '/')
        return WASI_NOTCAPABLE;
    size_t rest = strlen(walk->rest) + 1;
    size_t prefix = (size_t)size + walk->slash;
    if (prefix + rest > sizeof walk->text)
        return WASI_NAMETOOLONG;
    memmove(walk->text + prefix, walk->rest, rest);
    memcpy(walk->text, walk->target, (size_t)size);
    if (walk->slash)
        walk->text[size] = '/';
    walk->rest = walk->text;
    return WASI_SUCCESS;
}

/* Opens the last component. LOOP if it is a symbolic link, unless the caller wants just that. */
static enum wasi_errno open_last(const struct walk *walk, int flags, mode_t mode, bool follow,
                                 int *fd)
{
    if (walk->slash && flags & O_CREAT)
        return WASI_ISDIR;
    int type = walk->slash ? O_DIRECTORY : 0;
    *fd = openat(walk_dir(walk), walk->name, flags | type | O_NOFOLLOW | O_CLOEXEC, mode);
    if (*fd < 0)
        return wasi_result(-1);
    struct stat st;
    bool may_be_link = flags & O_PATH && follow;
    if (may_be_link && fstat(*fd, &st) == 0 && S_ISLNK(st.st_mode)) {
        close(*fd);
        return WASI_LOOP;
    }
    return WASI_SUCCESS;
}

/* The last component: SUCCESS with *expanded means that it was a link, and to walk on. A link that
 * appears between looking and opening gives LOOP, and is looked at again. */
static enum wasi_errno walk_last(struct walk *walk, int flags, mode_t mode, int *fd, bool *expanded)
{
    bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    bool follow = (!(flags & O_NOFOLLOW) || walk->slash) && !exclusive;
    enum wasi_errno error;
    *expanded = false;
    do {
        if (follow) {
            error = walk_expand(walk, expanded);
            if (error || *expanded)
                return error;
        }
        error = open_last(walk, flags, mode, follow, fd);
    } while (error == WASI_LOOP && follow && ++walk->links <= MAX_LINKS);
    return error;
}

/* One component that is not the last. */
static enum wasi_errno walk_middle(struct walk *walk)
{
    bool expanded;
    enum wasi_errno error = walk_expand(walk, &expanded);
    return error || expanded ? error : walk_enter(walk);
}

static enum wasi_errno walk_open(struct walk *walk, int flags, mode_t mode, int *fd)
{
    for (;;) {
        enum wasi_errno error = walk_next(walk);
        if (!error && strcmp(walk->name, "..") == 0) {
            error = walk_leave(walk);
            strcpy(walk->name, ".");
        }
        bool stay = strcmp(walk->name, ".") == 0;
        bool expanded = true;
        if (error)
            return error;
        if (stay && walk->last)
            return open_last(walk, flags, mode, false, fd);
        if (walk->last)
            error = walk_last(walk, flags, mode, fd, &expanded);
        else if (!stay)
            error = walk_middle(walk);
        if (error || (walk->last && !expanded))
            return error;
    }
}

/* On the heap: two buffers of PATH_MAX are much for a stack that the guest may have used up. */
static enum wasi_errno own_open(int dir, const char *path, int flags, mode_t mode, int *fd)
{
    if (path[0] == 0)
        return WASI_NOENT;
    if (path[0] == '/')
        return WASI_NOTCAPABLE;
    size_t size = strlen(path);
    struct walk *walk = malloc(sizeof *walk);
    if (!walk)
        return WASI_NOMEM;
    walk->root = dir;
    walk->dirs = NULL;
    walk->depth = walk->capacity = 0;
    walk->links = 0;
    enum wasi_errno error = WASI_NAMETOOLONG;
    if (size < sizeof walk->text) {
        memcpy(walk->text, path, size + 1);
        walk->rest = walk->text;
        error = walk_open(walk, flags, mode, fd);
    }
    while (walk->depth > 0)
        close(walk->dirs[--walk->depth]);
    free(walk->dirs);
    free(walk);
    return error;
}

/* ---- both ---- */

enum wasi_errno wasi_open_beneath(const struct wasi *wasi, int dir, const char *path, int flags,
                                  mode_t mode, int *fd)
{
    flags |= O_CLOEXEC;
    enum wasi_errno error = WASI_AGAIN;
    if (!wasi->own_resolver)
        error = kernel_open(dir, path, flags, mode, fd);
    return error == WASI_AGAIN ? own_open(dir, path, flags, mode, fd) : error;
}

/* Where the last component of path starts; trailing slashes belong to it. */
static char *last_component(char *path)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    while (end > 0 && path[end - 1] != '/')
        end--;
    return path + end;
}

static bool is_dots(const char *name)
{
    size_t dots = strspn(name, ".");
    return (dots == 1 || dots == 2) && name[dots + strspn(name + dots, "/")] == 0;
}

enum wasi_errno wasi_place_open(const struct wasi *wasi, int dir, struct wasi_place *place)
{
    char *name = last_component(place->path);
    place->dir = dir;
    place->owned = false;
    place->name = is_dots(name) ? "." : name;
    if (name == place->path && place->name == name)
        return WASI_SUCCESS; /* directly in dir */
    if (place->name == name)
        name[-1] = 0; /* the slash before it */
    enum wasi_errno error =
        wasi_open_beneath(wasi, dir, place->path, O_PATH | O_DIRECTORY, 0, &place->dir);
    place->owned = error == WASI_SUCCESS;
    return error;
}

void wasi_place_close(struct wasi_place *place)
{
    if (place->owned)
        close(place->dir);
    place->owned = false;
}
