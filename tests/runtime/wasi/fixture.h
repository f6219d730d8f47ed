/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * fixture.h: what the WASI tests share: a struct wasi with a temporary directory as preopen 3, a
 * plain array as guest memory, and calls with the arguments spelled out. Beside the preopen lies a
 * directory that no path may reach. Tests run with the kernel's path resolution and with our own.
 */
#ifndef TESTS_RUNTIME_WASI_FIXTURE_H
#define TESTS_RUNTIME_WASI_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/wasi/wasi.h"

#include <string.h>

enum {
    MEMORY_SIZE = 1 << 18,
    OUT = 64, /* where results go */
    OUT2 = 96,
    IOV = 128,      /* an array of buffers */
    BUFFER = 4096,  /* bytes read and written, up to STRINGS */
    STRINGS = 65536 /* paths, by put */
};

enum { ROOT = 3, READ_ONLY = 4 }; /* the preopens */

struct fixture {
    struct wasi *wasi;
    char base[64];    /* host path of the temporary directory */
    char root[80];    /* base/root: preopen 3 "/" and 4 "/ro" */
    char outside[80]; /* base/outside */
    uint32_t next;    /* free memory for strings */
    uint8_t memory[MEMORY_SIZE];
    bool exited;
    int32_t exit_status;
};

extern struct fixture fixture;

/* cmocka's setup and teardown. *state points to a bool: use our own resolver. */
int setup(void **state);
int teardown(void **state);
extern bool kernel_resolver, own_resolver;

#define TEST(f) cmocka_unit_test_prestate_setup_teardown(f, setup, teardown, &kernel_resolver)
#define TEST_BOTH(f)                                                                               \
    TEST(f),                                                                                       \
    {                                                                                              \
        #f " (own resolver)", f, setup, teardown, &own_resolver                                    \
    }

/* Copies a string into guest memory; its address. */
uint32_t put(const char *text);
/* A path as two arguments. */
#define P(text) put(text), (int64_t)strlen(text)

enum wasi_errno invoke(wasi_function *function, const int64_t *args, size_t count);
#define CALL(name, ...)                                                                            \
    invoke(wasi_##name, (const int64_t[]){__VA_ARGS__},                                            \
           sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

uint32_t get_u32(uint32_t address);
uint64_t get_u64(uint32_t address);
/* Writes one buffer descriptor at IOV + 8 * index. */
void put_iov(uint32_t index, uint32_t address, uint32_t size);

/* path_open below ROOT, following links; fails the test on an error. */
uint32_t open_ok(const char *path, uint32_t oflags, uint64_t rights);
/* The same for its error. */
enum wasi_errno open_error(const char *path, uint32_t oflags, uint64_t rights);
/* Makes a host file below the preopen, of this content. */
void make_file(const char *path, const char *content);
void make_dir(const char *path);
void make_link(const char *path, const char *target);
/* Does it exist on the host, below the preopen; without following a link. */
bool exists(const char *path);
/* Writes text to a guest descriptor, reads from one into a string. */
void write_text(uint32_t fd, const char *text);
const char *read_text(uint32_t fd);
/* Open host descriptors of this process. */
int open_host_descriptors(void);

#define FILE_RIGHTS                                                                                \
    ((uint64_t)(WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK |                    \
                WASI_RIGHT_FD_TELL | WASI_RIGHT_FD_FILESTAT_GET |                                  \
                WASI_RIGHT_FD_FILESTAT_SET_SIZE | WASI_RIGHT_FD_FILESTAT_SET_TIMES |               \
                WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_ADVISE |   \
                WASI_RIGHT_FD_SYNC | WASI_RIGHT_FD_DATASYNC | WASI_RIGHT_POLL_FD_READWRITE))

#endif
