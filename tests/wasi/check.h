/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * check.h: checks, counted by the function of the standard that they are about. A check that fails
 * prints where and what; check_end prints "checks FUNCTION PASSED FAILED" lines, which test.sh
 * adds up. Also what most of these programs need: a file to work on.
 */
#ifndef TESTS_WASI_CHECK_H
#define TESTS_WASI_CHECK_H

#include "preview1.h"

#include <stdbool.h>
#include <stddef.h>

struct place {
    const char *function, *file;
    int line;
};

void check_errno(struct place place, int want, int got);
void check_either(struct place place, int want, int other, int got);
void check_equal(struct place place, uint64_t want, uint64_t got);
void check_true(struct place place, const char *what, bool holds);
void check_bytes(struct place place, const void *want, const void *got, size_t size);
/* Prints the counts; the program's exit status. */
int check_end(void);

#define AT(function)                                                                               \
    (struct place)                                                                                 \
    {                                                                                              \
        #function, __FILE__, __LINE__                                                              \
    }
/* The call of a function returns this error. */
#define FAILS(want, function, ...) check_errno(AT(function), E_##want, wasi_##function(__VA_ARGS__))
#define WORKS(function, ...)       check_errno(AT(function), E_SUCCESS, wasi_##function(__VA_ARGS__))
#define EITHER(want, other, function, ...)                                                         \
    check_either(AT(function), E_##want, E_##other, wasi_##function(__VA_ARGS__))
#define EQUAL(function, want, got)       check_equal(AT(function), want, got)
#define HOLDS(function, condition)       check_true(AT(function), #condition, condition)
#define BYTES(function, want, got, size) check_bytes(AT(function), want, got, size)

/* A string literal as address and size. */
#define S(text) (text), (sizeof(text) - 1)

/* Preopens, in the order that test.sh gives them. */
enum { ROOT = 3, READ_ONLY = 4, OTHER = 5, NOT_OPEN = 77 };

/* Helpers that end the program with a message where they fail: what is under test is elsewhere. */
fd_t open_at(fd_t dir, const char *path, uint32_t oflags, uint64_t rights, uint64_t inheriting);
fd_t open_file(const char *path, uint32_t oflags); /* below ROOT, all rights of a file */
fd_t open_dir(const char *path);                   /* below ROOT, all rights of a directory */
void make_file(const char *path, const char *content);
void make_dir(const char *path);
void make_link(const char *target, const char *path);
void remove_file(const char *path);
void remove_dir(const char *path);
void close_fd(fd_t fd);
struct filestat stat_of(const char *path, uint32_t lookup);
uint64_t size_of(fd_t fd);

#endif
