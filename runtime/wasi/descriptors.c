/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The descriptor table: the guest's numbers, what host descriptor stands behind each, and what
 * may be done with it. A number is the lowest free one, as in POSIX. Rights are first those that
 * make sense for the type of file; path_open and fd_fdstat_set_rights only ever take some away.
 */
#include "runtime/wasi/wasi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define RIGHT(name) ((uint64_t)WASI_RIGHT_##name)

#define RIGHTS_PATHS                                                                               \
    (RIGHT(PATH_CREATE_DIRECTORY) | RIGHT(PATH_CREATE_FILE) | RIGHT(PATH_LINK_SOURCE) |            \
     RIGHT(PATH_LINK_TARGET) | RIGHT(PATH_OPEN) | RIGHT(PATH_READLINK) |                           \
     RIGHT(PATH_RENAME_SOURCE) | RIGHT(PATH_RENAME_TARGET) | RIGHT(PATH_FILESTAT_GET) |            \
     RIGHT(PATH_FILESTAT_SET_SIZE) | RIGHT(PATH_FILESTAT_SET_TIMES) | RIGHT(PATH_SYMLINK) |        \
     RIGHT(PATH_REMOVE_DIRECTORY) | RIGHT(PATH_UNLINK_FILE))
#define RIGHTS_COMMON                                                                              \
    (RIGHT(FD_DATASYNC) | RIGHT(FD_FDSTAT_SET_FLAGS) | RIGHT(FD_SYNC) | RIGHT(FD_FILESTAT_GET) |   \
     RIGHT(FD_FILESTAT_SET_TIMES))
#define RIGHTS_STREAM                                                                              \
    (RIGHT(FD_READ) | RIGHT(FD_WRITE) | RIGHT(FD_FDSTAT_SET_FLAGS) | RIGHT(FD_FILESTAT_GET) |      \
     RIGHT(POLL_FD_READWRITE))
#define RIGHTS_DIRECTORY (RIGHTS_COMMON | RIGHTS_PATHS | RIGHT(FD_READDIR))
#define RIGHTS_FILE                                                                                \
    (RIGHTS_COMMON | RIGHTS_STREAM | RIGHT(FD_SEEK) | RIGHT(FD_TELL) | RIGHT(FD_ADVISE) |          \
     RIGHT(FD_ALLOCATE) | RIGHT(FD_FILESTAT_SET_SIZE))
#define RIGHTS_DEVICE (RIGHTS_COMMON | RIGHTS_STREAM | RIGHT(FD_SEEK) | RIGHT(FD_TELL))
#define RIGHTS_SOCKET (RIGHTS_STREAM | RIGHT(SOCK_SHUTDOWN) | RIGHT(SOCK_ACCEPT))

static const uint64_t type_rights[] = {
    [WASI_FILETYPE_UNKNOWN] = RIGHTS_STREAM, /* pipes */
    [WASI_FILETYPE_BLOCK_DEVICE] = RIGHTS_DEVICE,
    [WASI_FILETYPE_CHARACTER_DEVICE] = RIGHTS_DEVICE,
    [WASI_FILETYPE_DIRECTORY] = RIGHTS_DIRECTORY,
    [WASI_FILETYPE_REGULAR_FILE] = RIGHTS_FILE,
    [WASI_FILETYPE_SOCKET_DGRAM] = RIGHTS_SOCKET,
    [WASI_FILETYPE_SOCKET_STREAM] = RIGHTS_SOCKET,
    [WASI_FILETYPE_SYMBOLIC_LINK] = 0, /* never open */
};

enum wasi_filetype wasi_filetype_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFBLK: return WASI_FILETYPE_BLOCK_DEVICE;
    case S_IFCHR: return WASI_FILETYPE_CHARACTER_DEVICE;
    case S_IFDIR: return WASI_FILETYPE_DIRECTORY;
    case S_IFREG: return WASI_FILETYPE_REGULAR_FILE;
    case S_IFLNK: return WASI_FILETYPE_SYMBOLIC_LINK;
    case S_IFSOCK: return WASI_FILETYPE_SOCKET_STREAM;
    default: return WASI_FILETYPE_UNKNOWN; /* a pipe: WASI has no type for it */
    }
}

/* A guest takes a character device without seek and tell for a terminal (its isatty). */
static uint64_t rights_of(int host, enum wasi_filetype type, int access)
{
    uint64_t rights = type_rights[type];
    if (type == WASI_FILETYPE_CHARACTER_DEVICE && isatty(host))
        rights &= ~(RIGHT(FD_SEEK) | RIGHT(FD_TELL));
    if (access == O_RDONLY && type != WASI_FILETYPE_DIRECTORY)
        rights &= ~(RIGHT(FD_WRITE) | RIGHT(FD_ALLOCATE) | RIGHT(FD_FILESTAT_SET_SIZE));
    if (access == O_WRONLY)
        rights &= ~RIGHT(FD_READ);
    return rights;
}

enum wasi_errno wasi_descriptor_describe(int host, struct wasi_descriptor *descriptor)
{
    struct stat st;
    int flags = fcntl(host, F_GETFL);
    if (flags < 0 || fstat(host, &st) < 0)
        return wasi_result(-1);
    enum wasi_filetype type = wasi_filetype_of(st.st_mode);
    if (S_ISSOCK(st.st_mode)) {
        int kind = 0;
        socklen_t size = sizeof kind;
        if (getsockopt(host, SOL_SOCKET, SO_TYPE, &kind, &size) < 0)
            return wasi_result(-1);
        if (kind != SOCK_STREAM)
            type = WASI_FILETYPE_SOCKET_DGRAM;
    }
    *descriptor = (struct wasi_descriptor){
        .host = host,
        .used = true,
        .filetype = (uint8_t)type,
        .rights = rights_of(host, type, flags & O_ACCMODE),
        .inheriting = type == WASI_FILETYPE_DIRECTORY ? RIGHT(ALL) : 0,
    };
    return WASI_SUCCESS;
}

enum wasi_errno wasi_position_error(enum wasi_errno error, const struct wasi_descriptor *descriptor)
{
    if (error != WASI_NOTCAPABLE)
        return error;
    switch ((enum wasi_filetype)descriptor->filetype) {
    case WASI_FILETYPE_UNKNOWN:
    case WASI_FILETYPE_CHARACTER_DEVICE:
    case WASI_FILETYPE_SOCKET_DGRAM:
    case WASI_FILETYPE_SOCKET_STREAM: return WASI_SPIPE;
    case WASI_FILETYPE_BLOCK_DEVICE:
    case WASI_FILETYPE_DIRECTORY:
    case WASI_FILETYPE_REGULAR_FILE:
    case WASI_FILETYPE_SYMBOLIC_LINK: break;
    }
    return WASI_NOTCAPABLE;
}

static bool grow(struct wasi_table *table)
{
    uint32_t capacity = table->capacity ? table->capacity * 2 : 16;
    if (capacity > table->limit)
        capacity = table->limit;
    struct wasi_descriptor *items = realloc(table->items, capacity * sizeof *items);
    if (!items)
        return false;
    for (uint32_t i = table->capacity; i < capacity; i++)
        items[i] = (struct wasi_descriptor){.host = -1};
    table->items = items;
    table->capacity = capacity;
    return true;
}

static enum wasi_errno insert(struct wasi_table *table, struct wasi_descriptor descriptor,
                              uint32_t *fd)
{
    uint32_t i = 0;
    while (i < table->capacity && table->items[i].used)
        i++;
    if (i >= table->limit)
        return WASI_MFILE;
    if (i == table->capacity && !grow(table))
        return WASI_NOMEM;
    descriptor.used = true;
    table->items[i] = descriptor;
    table->changed = true;
    *fd = i;
    return WASI_SUCCESS;
}

enum wasi_errno wasi_table_insert(struct wasi_table *table, struct wasi_descriptor descriptor,
                                  uint32_t *fd)
{
    descriptor.users = malloc(sizeof *descriptor.users);
    if (!descriptor.users)
        return WASI_NOMEM;
    atomic_init(descriptor.users, 1);
    pthread_mutex_lock(&table->lock);
    enum wasi_errno error = insert(table, descriptor, fd);
    pthread_mutex_unlock(&table->lock);
    if (error)
        free(descriptor.users);
    return error;
}

enum wasi_errno wasi_table_get(const struct wasi_table *table, uint32_t fd, uint64_t rights,
                               struct wasi_descriptor **descriptor)
{
    if (fd >= table->capacity || !table->items[fd].used || table->items[fd].host < 0)
        return WASI_BADF;
    *descriptor = &table->items[fd];
    return (rights & ~(*descriptor)->rights) == 0 ? WASI_SUCCESS : WASI_NOTCAPABLE;
}

enum wasi_errno wasi_table_use(struct wasi_table *table, uint32_t fd, uint64_t rights,
                               struct wasi_descriptor *copy)
{
    struct wasi_descriptor *descriptor;
    pthread_mutex_lock(&table->lock);
    enum wasi_errno error = wasi_table_get(table, fd, rights, &descriptor);
    if (error != WASI_BADF)
        *copy = *descriptor;
    if (!error)
        atomic_fetch_add(copy->users, 1);
    pthread_mutex_unlock(&table->lock);
    return error;
}

/* Close's error is the last user's. On Linux the host descriptor is gone even then. */
enum wasi_errno wasi_descriptor_release(struct wasi_descriptor *copy)
{
    if (atomic_fetch_sub(copy->users, 1) > 1)
        return WASI_SUCCESS;
    int result = copy->owned ? close(copy->host) : 0;
    enum wasi_errno error = wasi_result(result);
    free(copy->preopen);
    free(copy->users);
    return error;
}

enum wasi_errno wasi_table_set_rights(struct wasi_table *table, uint32_t fd, uint64_t rights,
                                      uint64_t inheriting)
{
    struct wasi_descriptor *descriptor;
    pthread_mutex_lock(&table->lock);
    enum wasi_errno error = wasi_table_get(table, fd, rights, &descriptor);
    if (!error && inheriting & ~descriptor->inheriting)
        error = WASI_NOTCAPABLE;
    if (!error) {
        descriptor->rights = rights;
        descriptor->inheriting = inheriting;
        table->changed = true;
    }
    pthread_mutex_unlock(&table->lock);
    return error;
}

/* Takes the descriptor out of the table: the caller releases it. */
static struct wasi_descriptor take(struct wasi_table *table, struct wasi_descriptor *descriptor)
{
    table->changed = true;
    struct wasi_descriptor taken = *descriptor;
    *descriptor = (struct wasi_descriptor){.host = -1};
    return taken;
}

enum wasi_errno wasi_table_close(struct wasi_table *table, uint32_t fd)
{
    struct wasi_descriptor *descriptor, taken;
    pthread_mutex_lock(&table->lock);
    enum wasi_errno error = wasi_table_get(table, fd, WASI_RIGHT_NONE, &descriptor);
    if (!error)
        taken = take(table, descriptor);
    pthread_mutex_unlock(&table->lock);
    return error ? error : wasi_descriptor_release(&taken);
}

/* replaced: what was at to, if the two are different and open. */
static enum wasi_errno renumber(struct wasi_table *table, uint32_t from, uint32_t to,
                                struct wasi_descriptor *replaced)
{
    struct wasi_descriptor *source;
    struct wasi_descriptor *target;
    enum wasi_errno error = wasi_table_get(table, from, WASI_RIGHT_NONE, &source);
    if (!error)
        error = wasi_table_get(table, to, WASI_RIGHT_NONE, &target);
    if (error || from == to)
        return error;
    *replaced = take(table, target);
    *target = take(table, source);
    return WASI_SUCCESS;
}

enum wasi_errno wasi_table_renumber(struct wasi_table *table, uint32_t from, uint32_t to)
{
    struct wasi_descriptor replaced = {.host = -1};
    pthread_mutex_lock(&table->lock);
    enum wasi_errno error = renumber(table, from, to, &replaced);
    pthread_mutex_unlock(&table->lock);
    if (replaced.users) /* as with dup2, an error of this close is nobody's */
        wasi_descriptor_release(&replaced);
    return error;
}

enum wasi_errno wasi_table_reserve(struct wasi_table *table, uint32_t *fd)
{
    pthread_mutex_lock(&table->lock);
    enum wasi_errno error = insert(table, (struct wasi_descriptor){.host = -1}, fd);
    pthread_mutex_unlock(&table->lock);
    return error;
}

enum wasi_errno wasi_table_release(struct wasi_table *table, uint32_t fd)
{
    pthread_mutex_lock(&table->lock);
    bool reserved = fd < table->capacity && table->items[fd].used && table->items[fd].host < 0;
    if (reserved) {
        table->items[fd].used = false;
        table->changed = true;
    }
    pthread_mutex_unlock(&table->lock);
    return reserved ? WASI_SUCCESS : WASI_BADF;
}

void wasi_table_init(struct wasi_table *table, uint32_t limit)
{
    *table = (struct wasi_table){.limit = limit};
    pthread_mutex_init(&table->lock, NULL);
}

void wasi_table_free(struct wasi_table *table)
{
    for (uint32_t i = 0; i < table->capacity; i++)
        if (table->items[i].used && table->items[i].host >= 0)
            wasi_descriptor_release(&table->items[i]);
    free(table->items);
    pthread_mutex_destroy(&table->lock);
}
