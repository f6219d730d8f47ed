/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * check.c: see check.h.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FUNCTIONS = 64 };

static struct {
    const char *function;
    int passed, failed;
} counts[MAX_FUNCTIONS];

static const char *const names[] = {
#define E(name) #name,
    ERRNOS(E)
#undef E
};

static const char *name_of(int error)
{
    return error >= 0 && error < E__COUNT ? names[error] : "no error number";
}

/* Counts; the caller prints what is wrong. */
static bool count(struct place place, bool holds)
{
    int i = 0;
    while (counts[i].function && strcmp(counts[i].function, place.function) != 0)
        i++;
    counts[i].function = place.function;
    counts[i].passed += holds;
    counts[i].failed += !holds;
    if (!holds)
        printf("FAILED %s:%d: %s: ", place.file, place.line, place.function);
    return holds;
}

void check_errno(struct place place, int want, int got)
{
    if (!count(place, want == got))
        printf("want %s, got %s\n", name_of(want), name_of(got));
}

void check_either(struct place place, int want, int other, int got)
{
    if (!count(place, want == got || other == got))
        printf("want %s or %s, got %s\n", name_of(want), name_of(other), name_of(got));
}

void check_equal(struct place place, uint64_t want, uint64_t got)
{
    if (!count(place, want == got))
        printf("want %llu, got %llu\n", (unsigned long long)want, (unsigned long long)got);
}

void check_true(struct place place, const char *what, bool holds)
{
    if (!count(place, holds))
        printf("does not hold: %s\n", what);
}

void check_bytes(struct place place, const void *want, const void *got, size_t size)
{
    if (!count(place, memcmp(want, got, size) == 0))
        printf("want \"%.*s\", got \"%.*s\"\n", (int)size, (const char *)want, (int)size,
               (const char *)got);
}

int check_end(void)
{
    int failed = 0;
    for (int i = 0; counts[i].function; i++) {
        printf("checks %s %d %d\n", counts[i].function, counts[i].passed, counts[i].failed);
        failed += counts[i].failed;
    }
    return failed > 0;
}

/* ---- helpers ---- */

static void need(const char *what, const char *path, int error)
{
    if (error == E_SUCCESS)
        return;
    printf("FAILED set-up: %s %s: %s\n", what, path, name_of(error));
    exit(1);
}

fd_t open_at(fd_t dir, const char *path, uint32_t oflags, uint64_t rights, uint64_t inheriting)
{
    fd_t fd = 0;
    need("path_open", path,
         wasi_path_open(dir, FOLLOW, path, strlen(path), oflags, rights, inheriting, 0, &fd));
    return fd;
}

fd_t open_file(const char *path, uint32_t oflags)
{
    return open_at(ROOT, path, oflags, R_ALL, 0);
}

fd_t open_dir(const char *path)
{
    uint64_t rights = R_ALL & ~(R_FD_WRITE | R_FD_ALLOCATE | R_FD_FILESTAT_SET_SIZE);
    return open_at(ROOT, path, O_DIRECTORY_, rights, R_ALL);
}

void make_file(const char *path, const char *content)
{
    uint32_t n;
    fd_t fd = open_file(path, O_CREAT_ | O_TRUNC_);
    struct iov iov = {content, strlen(content)};
    need("fd_write", path, wasi_fd_write(fd, &iov, 1, &n));
    close_fd(fd);
}

void make_dir(const char *path)
{
    need("path_create_directory", path, wasi_path_create_directory(ROOT, path, strlen(path)));
}

void make_link(const char *target, const char *path)
{
    need("path_symlink", path, wasi_path_symlink(target, strlen(target), ROOT, path, strlen(path)));
}

void remove_file(const char *path)
{
    need("path_unlink_file", path, wasi_path_unlink_file(ROOT, path, strlen(path)));
}

void remove_dir(const char *path)
{
    need("path_remove_directory", path, wasi_path_remove_directory(ROOT, path, strlen(path)));
}

void close_fd(fd_t fd)
{
    need("fd_close", "", wasi_fd_close(fd));
}

struct filestat stat_of(const char *path, uint32_t lookup)
{
    struct filestat st = {0};
    need("path_filestat_get", path, wasi_path_filestat_get(ROOT, lookup, path, strlen(path), &st));
    return st;
}

uint64_t size_of(fd_t fd)
{
    struct filestat st = {0};
    need("fd_filestat_get", "", wasi_fd_filestat_get(fd, &st));
    return st.size;
}
