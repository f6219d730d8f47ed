/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Files of a compile. The output is written under a temporary name beside it and renamed when it is
 * whole, so that nobody ever sees half of it; a device or a pipe is written to at the end instead.
 * Objects on their way to the linker are files in memory, and so is an output without a name.
 */
#include "codegen/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool io_error(struct error *err, const char *what, const char *path)
{
    char text[128];
    const char *reason = strerror_r(errno, text, sizeof text);
    return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot %s %.120s: %s", what, path, reason);
}

/* Unique in the machine's processes and this one's compiles. */
static const char *temp_name(const char *path, struct arena *arena)
{
    static atomic_uint serial;
    return arena_printf(arena, "%s.%ld-%u.tmp", path, (long)getpid(), atomic_fetch_add(&serial, 1));
}

static bool open_memory(struct output *output, struct arena *arena, struct error *err)
{
    *output = (struct output){.path = "to memory", .memory = -1};
    output->memory = memory_file(NULL, 0, &output->temp, arena, err);
    return output->memory >= 0;
}

/* A process that was killed leaves its files, and in a container the next has the same number. */
enum { MOST_LEFT = 10000 };

static int open_temp(struct output *output, struct arena *arena)
{
    int fd = -1;
    for (unsigned i = 0; i < MOST_LEFT && fd < 0 && (i == 0 || errno == EEXIST); i++) {
        output->temp = temp_name(output->in_place ? "/tmp/wasm2so" : output->path, arena);
        fd = open(output->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return fd;
}

bool output_open(struct output *output, const char *path, struct arena *arena, struct error *err)
{
    struct stat status;
    if (!path)
        return open_memory(output, arena, err);
    *output = (struct output){.path = path, .memory = -1};
    bool exists = stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return io_error(err, "write", path);
    }
    output->in_place = exists && !S_ISREG(status.st_mode);
    /* Found out now, not after minutes of compiling. */
    int fd = open_temp(output, arena);
    if (fd < 0)
        return io_error(err, "write", path);
    close(fd);
    return true;
}

/* All of it, or errno says why not. */
static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

bool output_write(const struct output *output, const void *bytes, size_t size, struct error *err)
{
    int fd = open(output->temp, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return io_error(err, "write", output->path);
    bool ok = write_all(fd, bytes, size) || io_error(err, "write", output->path);
    if (close(fd) != 0 && ok) /* a full disk may show only now */
        ok = io_error(err, "write", output->path);
    return ok;
}

bool output_make_executable(const struct output *output, struct error *err)
{
    struct stat status;
    if (stat(output->temp, &status) == 0 &&
        chmod(output->temp, (status.st_mode & 0777) | (status.st_mode & 0444) >> 2) == 0)
        return true;
    return io_error(err, "make executable", output->path);
}

/* Copies the temporary file into a device. */
static bool copy_in_place(const struct output *output, struct error *err)
{
    int from = open(output->temp, O_RDONLY | O_CLOEXEC);
    int to = open(output->path, O_WRONLY | O_CLOEXEC);
    char buffer[16384];
    ssize_t n = -1;
    if (from >= 0 && to >= 0)
        while ((n = read(from, buffer, sizeof buffer)) > 0)
            if (!write_all(to, buffer, (size_t)n)) {
                n = -1;
                break;
            }
    bool ok = n == 0 || io_error(err, "write", output->path);
    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) != 0 && ok)
        ok = io_error(err, "write", output->path);
    return ok;
}

void *output_take(const struct output *output, size_t *size, struct error *err)
{
    struct stat status;
    size_t room = fstat(output->memory, &status) == 0 ? (size_t)status.st_size : 0, done = 0;
    char *bytes = malloc(room + 1);
    ssize_t n = 1;
    while (bytes && done < room && n > 0) {
        n = pread(output->memory, bytes + done, room - done, (off_t)done);
        done += n > 0 ? (size_t)n : 0;
    }
    *size = done;
    if (bytes && done == room)
        return bytes;
    free(bytes);
    error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "no memory for the artifact");
    return NULL;
}

bool output_commit(const struct output *output, struct error *err)
{
    if (output->memory >= 0)
        return true;
    if (output->in_place) {
        bool ok = copy_in_place(output, err);
        output_discard(output);
        return ok;
    }
    if (rename(output->temp, output->path) == 0)
        return true;
    io_error(err, "write", output->path);
    output_discard(output);
    return false;
}

void output_discard(const struct output *output)
{
    if (output->temp && output->memory < 0)
        unlink(output->temp);
}

int memory_file(const void *bytes, size_t size, const char **path, struct arena *arena,
                struct error *err)
{
    int fd = memfd_create("wasm2so", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, bytes, size)) {
        io_error(err, "keep", "an object in memory");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *path = arena_printf(arena, "/proc/self/fd/%d", fd);
    return fd;
}
