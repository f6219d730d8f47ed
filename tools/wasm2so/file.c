/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Reading and staging of files, with the plain system calls: every failure is reported with the
 * system's words, a full disk included (it shows at write or at close).
 */
#include "tools/wasm2so/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct error *err, const char *what)
{
    return error_set(err, ERR_IO, ERROR_NO_OFFSET, "%s: %s", what, strerror(errno));
}

/* A buffer with room for one byte more than a regular file has, so that one read finds its end. */
static size_t first_capacity(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
        return 65536;
    return (uint64_t)st.st_size < FILE_MAX ? (size_t)st.st_size + 1 : FILE_MAX + 1;
}

static bool read_all(int fd, struct slice *bytes, struct error *err)
{
    size_t n = 0, capacity = first_capacity(fd);
    uint8_t *buffer = NULL;
    for (;;) {
        uint8_t *grown = realloc(buffer, capacity);
        if (!grown)
            break;
        buffer = grown;
        ssize_t got = read(fd, buffer + n, capacity - n);
        if (got == 0) {
            *bytes = (struct slice){buffer, n};
            return true;
        }
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
        if (n > FILE_MAX) {
            errno = EFBIG;
            break;
        }
        if (n == capacity)
            capacity *= 2;
    }
    fail(err, "cannot read");
    free(buffer);
    return false;
}

bool file_read(const char *path, struct slice *bytes, struct error *err)
{
    *bytes = (struct slice){NULL, 0};
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, bytes, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, "cannot open");
    bool ok = read_all(fd, bytes, err);
    close(fd);
    return ok;
}

void file_free(struct slice *bytes)
{
    free((void *)(uintptr_t)bytes->p); /* const only for those who read it */
    *bytes = (struct slice){NULL, 0};
}

bool write_all(int fd, const void *bytes, size_t n, const char *path, struct error *err)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write %s: %s", path,
                             strerror(errno));
        p += put;
        n -= (size_t)put;
    }
    return true;
}

/* Something that a rename must not replace: a device, a pipe, a socket, standard output. */
static bool written_through(const char *target)
{
    struct stat st;
    return strcmp(target, "-") == 0 ||
           (stat(target, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static const char *temporary_directory(void)
{
    const char *directory = getenv("TMPDIR");
    return directory && directory[0] == '/' ? directory : "/tmp";
}

bool staging_open(struct staging *staging, const char *target, struct error *err)
{
    const char *slash = target ? strrchr(target, '/') : NULL;
    int n;
    if (!target || written_through(target))
        n = snprintf(staging->directory, sizeof staging->directory, "%s/wasm2so-XXXXXX",
                     temporary_directory());
    else
        n = snprintf(staging->directory, sizeof staging->directory, "%.*s.wasm2so-XXXXXX",
                     slash ? (int)(slash - target + 1) : 0, target);
    if (n < 0 || (size_t)n >= sizeof staging->directory) {
        errno = ENAMETOOLONG;
        return fail(err, "cannot write the output");
    }
    struct stat st;
    if (target && stat(target, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write %s: %s", target,
                         strerror(errno));
    }
    if (!mkdtemp(staging->directory))
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write in the directory of %s: %s",
                         target ? target : "temporary files", strerror(errno));
    snprintf(staging->file, sizeof staging->file, "%s/out", staging->directory);
    return true;
}

static bool copy_through(const char *from, const char *target, struct error *err)
{
    struct slice bytes;
    if (!file_read(from, &bytes, err))
        return false;
    bool to_stdout = strcmp(target, "-") == 0;
    int fd = to_stdout ? dup(STDOUT_FILENO) : open(target, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 ? write_all(fd, bytes.p, bytes.n, target, err) : fail(err, target);
    if (fd >= 0 && close(fd) != 0 && ok)
        ok = fail(err, target);
    file_free(&bytes);
    return ok;
}

bool staging_commit(const struct staging *staging, const char *target, struct error *err)
{
    if (written_through(target))
        return copy_through(staging->file, target, err);
    if (rename(staging->file, target) == 0)
        return true;
    return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write %s: %s", target, strerror(errno));
}

void staging_close(const struct staging *staging)
{
    DIR *directory = opendir(staging->directory);
    if (directory) {
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
            unlinkat(dirfd(directory), entry->d_name, 0); /* "." and ".." refuse */
        closedir(directory);
    }
    rmdir(staging->directory);
}

static bool bytes_stage(const char *file, struct slice bytes, unsigned mode, struct error *err)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write %s: %s", file,
                         strerror(errno));
    bool ok = write_all(fd, bytes.p, bytes.n, file, err);
    if (close(fd) != 0 && ok)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write %s: %s", file,
                         strerror(errno));
    return ok;
}

bool file_put(const char *target, struct slice bytes, unsigned mode, struct error *err)
{
    struct staging staging;
    if (!staging_open(&staging, target, err))
        return false;
    bool ok = bytes_stage(staging.file, bytes, mode, err) && staging_commit(&staging, target, err);
    staging_close(&staging);
    return ok;
}

bool file_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
