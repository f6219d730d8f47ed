/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The calls that take paths. Each is confined to its directory in one of two ways: what looks at
 * a file opens it (wasi_open_beneath) and works on the descriptor; what changes a directory
 * entry opens the entry's directory (wasi_place_open) and names the last component in a call
 * that never follows it, not even with a trailing slash: mkdirat, unlinkat, renameat, symlinkat,
 * and linkat's new name.
 */
#include "runtime/wasi/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum access { ACCESS_READ, ACCESS_WRITE };

/* The directory in argument index, for reading or changing what is below it. */
static enum wasi_errno get_dir(const struct wasi_call *call, unsigned index, uint64_t rights,
                               enum access access, struct wasi_descriptor **dir)
{
    enum wasi_errno error = wasi_call_descriptor(call, index, rights, dir);
    if (!error && access == ACCESS_WRITE && (*dir)->read_only)
        error = WASI_ROFS;
    return error;
}

/* The entry that arguments dir (descriptor) and path, path + 1 name, to be changed. */
static enum wasi_errno open_entry(const struct wasi_call *call, unsigned dir, unsigned path,
                                  uint64_t rights, struct wasi_place *place)
{
    struct wasi_descriptor *descriptor;
    place->owned = false;
    enum wasi_errno error = wasi_guest_path(call, path, place->path);
    if (!error)
        error = get_dir(call, dir, rights, ACCESS_WRITE, &descriptor);
    return error ? error : wasi_place_open(call->wasi, descriptor->host, place);
}

/* The file that arguments dir and path, path + 1 name, as an O_PATH descriptor. */
static enum wasi_errno open_file(const struct wasi_call *call, unsigned dir, unsigned path,
                                 uint64_t rights, enum access access, uint32_t lookup, int *fd)
{
    char name[PATH_MAX];
    struct wasi_descriptor *descriptor;
    int flags = O_PATH | (lookup & WASI_LOOKUP_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW);
    enum wasi_errno error = wasi_guest_path(call, path, name);
    if (!error)
        error = get_dir(call, dir, rights, access, &descriptor);
    return error ? error : wasi_open_beneath(call->wasi, descriptor->host, name, flags, 0, fd);
}

/* ---- entries ---- */

enum wasi_errno wasi_path_create_directory(struct wasi_call *call)
{
    struct wasi_place place;
    enum wasi_errno error = open_entry(call, 0, 1, WASI_RIGHT_PATH_CREATE_DIRECTORY, &place);
    if (!error)
        error = wasi_result(mkdirat(place.dir, place.name, 0777));
    wasi_place_close(&place);
    return error;
}

static enum wasi_errno remove_entry(const struct wasi_call *call, uint64_t rights, int flags)
{
    struct wasi_place place;
    enum wasi_errno error = open_entry(call, 0, 1, rights, &place);
    if (!error)
        error = wasi_result(unlinkat(place.dir, place.name, flags));
    wasi_place_close(&place);
    return error;
}

enum wasi_errno wasi_path_remove_directory(struct wasi_call *call)
{
    return remove_entry(call, WASI_RIGHT_PATH_REMOVE_DIRECTORY, AT_REMOVEDIR);
}

enum wasi_errno wasi_path_unlink_file(struct wasi_call *call)
{
    return remove_entry(call, WASI_RIGHT_PATH_UNLINK_FILE, 0);
}

static enum wasi_errno rename_to(const struct wasi_call *call, const struct wasi_place *from)
{
    struct wasi_place to;
    enum wasi_errno error = open_entry(call, 3, 4, WASI_RIGHT_PATH_RENAME_TARGET, &to);
    if (!error)
        error = wasi_result(renameat(from->dir, from->name, to.dir, to.name));
    wasi_place_close(&to);
    return error;
}

enum wasi_errno wasi_path_rename(struct wasi_call *call)
{
    struct wasi_place from;
    enum wasi_errno error = open_entry(call, 0, 1, WASI_RIGHT_PATH_RENAME_SOURCE, &from);
    if (!error)
        error = rename_to(call, &from);
    wasi_place_close(&from);
    return error;
}

/* An absolute target is refused: nothing of the guest's could follow it, and other programs would
 * be led out of the directory. */
enum wasi_errno wasi_path_symlink(struct wasi_call *call)
{
    char target[PATH_MAX];
    struct wasi_place place;
    enum wasi_errno error = wasi_guest_path(call, 0, target);
    if (error)
        return error;
    error = open_entry(call, 2, 3, WASI_RIGHT_PATH_SYMLINK, &place);
    if (!error)
        error = wasi_result(symlinkat(target, place.dir, place.name));
    wasi_place_close(&place);
    return error;
}

/* The name under which /proc knows an open descriptor of ours. */
struct proc_name {
    char text[32];
};

static struct proc_name proc_name(int fd)
{
    struct proc_name name;
    snprintf(name.text, sizeof name.text, "/proc/self/fd/%d", fd);
    return name;
}

/* Links the file that was resolved and not a name that could have changed since. By way of /proc,
 * because AT_EMPTY_PATH wants a privilege. */
enum wasi_errno wasi_path_link(struct wasi_call *call)
{
    int file;
    struct wasi_place place;
    enum wasi_errno error = open_file(call, 0, 2, WASI_RIGHT_PATH_LINK_SOURCE, ACCESS_WRITE,
                                      wasi_arg_u32(call, 1), &file);
    if (error)
        return error;
    error = open_entry(call, 4, 5, WASI_RIGHT_PATH_LINK_TARGET, &place);
    if (!error)
        error = wasi_result(
            linkat(AT_FDCWD, proc_name(file).text, place.dir, place.name, AT_SYMLINK_FOLLOW));
    wasi_place_close(&place);
    close(file);
    return error;
}

/* ---- files ---- */

static enum wasi_errno filestat_get(const struct wasi_call *call, size_t size,
                                    void (*put)(void *, const struct stat *))
{
    int file;
    struct stat st;
    void *result = wasi_guest(call, wasi_arg_u32(call, 4), size);
    enum wasi_errno error = open_file(call, 0, 2, WASI_RIGHT_PATH_FILESTAT_GET, ACCESS_READ,
                                      wasi_arg_u32(call, 1), &file);
    if (error)
        return error;
    error = wasi_result(fstat(file, &st));
    close(file);
    if (!error && result)
        put(result, &st);
    return error || result ? error : WASI_FAULT;
}

enum wasi_errno wasi_path_filestat_get(struct wasi_call *call)
{
    return filestat_get(call, sizeof(struct wasi_filestat), wasi_put_filestat);
}

enum wasi_errno wasi_unstable_path_filestat_get(struct wasi_call *call)
{
    return filestat_get(call, sizeof(struct wasi_unstable_filestat), wasi_put_unstable_filestat);
}

/* AT_EMPTY_PATH is refused with EINVAL before Linux 5.8; /proc serves there. */
static int set_times(int file, const struct timespec times[2])
{
    int result = utimensat(file, "", times, AT_EMPTY_PATH);
    if (result < 0 && errno == EINVAL)
        result = utimensat(AT_FDCWD, proc_name(file).text, times, 0);
    return result;
}

enum wasi_errno wasi_path_filestat_set_times(struct wasi_call *call)
{
    int file;
    struct timespec times[2];
    enum wasi_errno error =
        wasi_times(wasi_arg_u64(call, 4), wasi_arg_u64(call, 5), wasi_arg_u32(call, 6), times);
    if (!error)
        error = open_file(call, 0, 2, WASI_RIGHT_PATH_FILESTAT_SET_TIMES, ACCESS_WRITE,
                          wasi_arg_u32(call, 1), &file);
    if (error)
        return error;
    error = wasi_result(set_times(file, times));
    close(file);
    return error;
}

/* Returns the size of the link in *size; what does not fit is cut off without a word. */
static enum wasi_errno read_link(int file, void *to, uint32_t capacity, void *size)
{
    char none;
    ssize_t n = capacity ? readlinkat(file, "", to, capacity) : readlinkat(file, "", &none, 1);
    if (n < 0)
        return errno == ENOENT ? WASI_INVAL : wasi_result(-1); /* ENOENT: not a link */
    wasi_put_u32(size, capacity ? (uint32_t)n : 0);
    return WASI_SUCCESS;
}

enum wasi_errno wasi_path_readlink(struct wasi_call *call)
{
    int file;
    uint32_t capacity = wasi_arg_u32(call, 4);
    void *to = wasi_guest(call, wasi_arg_u32(call, 3), capacity);
    void *size = wasi_guest(call, wasi_arg_u32(call, 5), 4);
    if (!to || !size)
        return WASI_FAULT;
    enum wasi_errno error = open_file(call, 0, 1, WASI_RIGHT_PATH_READLINK, ACCESS_READ, 0, &file);
    if (error)
        return error;
    error = read_link(file, to, capacity, size);
    close(file);
    return error;
}

/* ---- path_open ---- */

/* What the guest asks of path_open, in the order of its arguments. */
struct open_request {
    uint32_t lookup, oflags;
    uint64_t rights, inheriting;
    uint32_t fdflags;
};

/* Bits that no right has are ignored: some programs ask for all of them. */
static struct open_request open_request(const struct wasi_call *call)
{
    return (struct open_request){
        .lookup = wasi_arg_u32(call, 1),
        .oflags = wasi_arg_u32(call, 4),
        .rights = wasi_arg_u64(call, 5) & WASI_RIGHT_ALL,
        .inheriting = wasi_arg_u64(call, 6) & WASI_RIGHT_ALL,
        .fdflags = wasi_arg_u32(call, 7),
    };
}

static bool wants_write(const struct open_request *request)
{
    const uint64_t writing = (uint64_t)WASI_RIGHT_FD_WRITE | (uint64_t)WASI_RIGHT_FD_ALLOCATE |
                             (uint64_t)WASI_RIGHT_FD_FILESTAT_SET_SIZE;
    return (request->rights & writing) != 0;
}

/* Rights of the directory itself that the request needs. */
static uint64_t rights_needed(const struct open_request *request)
{
    uint64_t rights = WASI_RIGHT_PATH_OPEN;
    if (request->oflags & WASI_OFLAGS_CREAT)
        rights |= WASI_RIGHT_PATH_CREATE_FILE;
    if (request->oflags & WASI_OFLAGS_TRUNC)
        rights |= WASI_RIGHT_PATH_FILESTAT_SET_SIZE;
    return rights;
}

/* Nothing may be handed on that the directory does not pass on; flags that synchronise need the
 * right to synchronise. */
static bool may_inherit(const struct open_request *request, uint64_t inheriting)
{
    if ((request->rights | request->inheriting) & ~inheriting)
        return false;
    bool sync = (inheriting & WASI_RIGHT_FD_SYNC) != 0;
    bool datasync = sync || inheriting & WASI_RIGHT_FD_DATASYNC;
    if (request->fdflags & (WASI_FDFLAGS_SYNC | WASI_FDFLAGS_RSYNC) && !sync)
        return false;
    return datasync || !(request->fdflags & WASI_FDFLAGS_DSYNC);
}

static int open_flags(const struct open_request *request)
{
    int flags = wasi_open_flags(request->fdflags) | O_NOCTTY;
    bool reads = (request->rights & (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_READDIR)) != 0;
    if (wants_write(request))
        flags |= reads ? O_RDWR : O_WRONLY;
    if (!(request->lookup & WASI_LOOKUP_SYMLINK_FOLLOW))
        flags |= O_NOFOLLOW;
    if (request->oflags & WASI_OFLAGS_CREAT)
        flags |= O_CREAT;
    if (request->oflags & WASI_OFLAGS_DIRECTORY)
        flags |= O_DIRECTORY;
    if (request->oflags & WASI_OFLAGS_EXCL)
        flags |= O_EXCL;
    if (request->oflags & WASI_OFLAGS_TRUNC)
        flags |= O_TRUNC;
    return flags;
}

static enum wasi_errno check_request(const struct open_request *request)
{
    const uint32_t make_directory = WASI_OFLAGS_CREAT | WASI_OFLAGS_DIRECTORY;
    if (request->oflags & ~(uint32_t)WASI_OFLAGS_ALL ||
        request->fdflags & ~(uint32_t)WASI_FDFLAGS_ALL ||
        (request->oflags & make_directory) == make_directory)
        return WASI_INVAL;
    return WASI_SUCCESS;
}

/* Below a read-only preopen a file that is there may be opened with CREAT, as on a read-only file
 * system; one that is not gives ROFS. */
static enum wasi_errno open_read_only(const struct wasi *wasi, int dir, const char *path, int flags,
                                      int *fd)
{
    const int exclusive = O_CREAT | O_EXCL;
    enum wasi_errno error =
        wasi_open_beneath(wasi, dir, path, flags & ~exclusive & ~O_NONBLOCK, 0, fd);
    if (error == WASI_NOENT && flags & O_CREAT)
        return WASI_ROFS;
    if (!error && (flags & exclusive) == exclusive) {
        close(*fd);
        return WASI_EXIST;
    }
    return error;
}

static enum wasi_errno open_host(const struct wasi_call *call, const struct wasi_descriptor *dir,
                                 const struct open_request *request, int *fd)
{
    char path[PATH_MAX];
    int flags = open_flags(request);
    enum wasi_errno error = wasi_guest_path(call, 2, path);
    if (error)
        return error;
    if (!dir->read_only)
        return wasi_open_beneath(call->wasi, dir->host, path, flags, 0666, fd);
    if (wants_write(request) || flags & O_TRUNC)
        return WASI_ROFS;
    return open_read_only(call->wasi, dir->host, path, flags, fd);
}

/* Gives host a number, with what was asked for and makes sense for its type. Takes over host. */
static enum wasi_errno install(struct wasi_call *call, int host, bool read_only,
                               const struct open_request *request, uint32_t *fd)
{
    struct wasi_descriptor descriptor;
    enum wasi_errno error = wasi_descriptor_describe(host, &descriptor);
    if (!error) {
        descriptor.owned = true;
        descriptor.read_only = read_only;
        descriptor.rights &= request->rights;
        descriptor.inheriting &= request->inheriting;
        error = wasi_table_insert(&call->wasi->table, descriptor, fd);
    }
    if (error)
        close(host);
    return error;
}

enum wasi_errno wasi_path_open(struct wasi_call *call)
{
    struct wasi_descriptor *dir;
    struct open_request request = open_request(call);
    enum wasi_errno error = wasi_call_descriptor(call, 0, rights_needed(&request), &dir);
    if (!error)
        error = check_request(&request);
    if (!error && !may_inherit(&request, dir->inheriting))
        error = WASI_NOTCAPABLE;
    if (error)
        return error;
    int host;
    uint32_t fd;
    void *result = wasi_guest(call, wasi_arg_u32(call, 8), 4);
    if (!result)
        return WASI_FAULT;
    error = open_host(call, dir, &request, &host);
    if (!error)
        error = install(call, host, dir->read_only, &request, &fd);
    if (!error)
        wasi_put_u32(result, fd);
    return error;
}
