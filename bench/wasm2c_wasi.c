/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The host of a WASI command that wasm2c made C of: arguments, clocks, random bytes and the three
 * standard descriptors, which is what the programs of this folder need; files are refused. Compiled
 * once for each program with -DGUEST_HEADER='"guest.h"', the header wasm2c wrote for module
 * "guest".
 */
#include GUEST_HEADER

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

typedef struct w2c_wasi__snapshot__preview1 host;

struct w2c_wasi__snapshot__preview1 {
    w2c_guest *guest;
    int argc;
    char **argv;
};

enum { OK = 0, E_BADF = 8, E_FAULT = 21, E_INVAL = 28, E_IO = 29, E_NOENT = 44, E_SPIPE = 70 };

#define WASI(name) w2c_wasi__snapshot__preview1_##name

/* ---- the guest's memory ---- */

static void *at(host *h, u32 address, u64 size)
{
    wasm_rt_memory_t *memory = w2c_guest_memory(h->guest);
    if (address + size > memory->size) {
        fprintf(stderr, "wasi: pointer %u is outside memory\n", address);
        exit(1);
    }
    return memory->data + address;
}

static void put32(host *h, u32 address, u32 value)
{
    memcpy(at(h, address, sizeof value), &value, sizeof value);
}

static void put64(host *h, u32 address, u64 value)
{
    memcpy(at(h, address, sizeof value), &value, sizeof value);
}

static u32 get32(host *h, u32 address)
{
    u32 value;
    memcpy(&value, at(h, address, sizeof value), sizeof value);
    return value;
}

/* ---- arguments, time, chance ---- */

u32 WASI(args_sizes_get)(host *h, u32 count, u32 size)
{
    u32 bytes = 0;
    for (int i = 0; i < h->argc; i++)
        bytes += (u32)strlen(h->argv[i]) + 1;
    put32(h, count, (u32)h->argc);
    put32(h, size, bytes);
    return OK;
}

u32 WASI(args_get)(host *h, u32 pointers, u32 text)
{
    for (int i = 0; i < h->argc; i++) {
        u32 size = (u32)strlen(h->argv[i]) + 1;
        put32(h, pointers + 4 * (u32)i, text);
        memcpy(at(h, text, size), h->argv[i], size);
        text += size;
    }
    return OK;
}

u32 WASI(environ_sizes_get)(host *h, u32 count, u32 size)
{
    put32(h, count, 0);
    put32(h, size, 0);
    return OK;
}

u32 WASI(environ_get)(host *h, u32 pointers, u32 text)
{
    (void)h, (void)pointers, (void)text;
    return OK;
}

static clockid_t clock_of(u32 id)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                       CLOCK_THREAD_CPUTIME_ID};
    return clocks[id & 3];
}

static u64 nanoseconds(struct timespec t)
{
    return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

u32 WASI(clock_time_get)(host *h, u32 id, u64 precision, u32 result)
{
    struct timespec t;
    (void)precision;
    if (clock_gettime(clock_of(id), &t) != 0)
        return E_INVAL;
    put64(h, result, nanoseconds(t));
    return OK;
}

u32 WASI(clock_res_get)(host *h, u32 id, u32 result)
{
    struct timespec t;
    if (clock_getres(clock_of(id), &t) != 0)
        return E_INVAL;
    put64(h, result, nanoseconds(t));
    return OK;
}

u32 WASI(random_get)(host *h, u32 buffer, u32 size)
{
    char *to = at(h, buffer, size);
    while (size) {
        ssize_t n = getrandom(to, size, 0);
        if (n < 0)
            return E_IO;
        to += n;
        size -= (u32)n;
    }
    return OK;
}

u32 WASI(sched_yield)(host *h)
{
    (void)h;
    return OK;
}

u32 WASI(poll_oneoff)(host *h, u32 subscriptions, u32 events, u32 count, u32 result)
{
    (void)subscriptions, (void)events, (void)count;
    put32(h, result, 0);
    return E_INVAL;
}

void WASI(proc_exit)(host *h, u32 code)
{
    (void)h;
    exit((int)code);
}

/* ---- descriptors ---- */

typedef ssize_t transfer(int fd, const struct iovec *parts, int count);

static u32 vector_io(host *h, u32 fd, u32 vectors, u32 count, u32 result, transfer *io)
{
    struct iovec parts[16];
    if (fd > 2)
        return E_BADF;
    count = count > 16 ? 16 : count;
    for (u32 i = 0; i < count; i++) {
        u32 address = get32(h, vectors + 8 * i), size = get32(h, vectors + 8 * i + 4);
        parts[i] = (struct iovec){at(h, address, size), size};
    }
    ssize_t n = io((int)fd, parts, (int)count);
    if (n < 0)
        return E_IO;
    put32(h, result, (u32)n);
    return OK;
}

u32 WASI(fd_write)(host *h, u32 fd, u32 vectors, u32 count, u32 result)
{
    return vector_io(h, fd, vectors, count, result, writev);
}

u32 WASI(fd_read)(host *h, u32 fd, u32 vectors, u32 count, u32 result)
{
    return vector_io(h, fd, vectors, count, result, readv);
}

u32 WASI(fd_close)(host *h, u32 fd)
{
    (void)h;
    return fd > 2 ? E_BADF : OK;
}

u32 WASI(fd_seek)(host *h, u32 fd, u64 offset, u32 whence, u32 result)
{
    (void)h, (void)offset, (void)whence, (void)result;
    return fd > 2 ? E_BADF : E_SPIPE;
}

/* A character device with every right, so that the guest's stdio asks for nothing else. */
u32 WASI(fd_fdstat_get)(host *h, u32 fd, u32 result)
{
    struct {
        uint8_t type;
        uint16_t flags;
        u64 rights, inheriting;
    } stat = {2, 0, ~UINT64_C(0), 0};
    if (fd > 2)
        return E_BADF;
    memcpy(at(h, result, sizeof stat), &stat, sizeof stat);
    return OK;
}

u32 WASI(fd_fdstat_set_flags)(host *h, u32 fd, u32 flags)
{
    (void)h, (void)flags;
    return fd > 2 ? E_BADF : OK;
}

u32 WASI(fd_renumber)(host *h, u32 fd, u32 to)
{
    (void)h, (void)fd, (void)to;
    return E_BADF;
}

u32 WASI(fd_prestat_get)(host *h, u32 fd, u32 result)
{
    (void)h, (void)fd, (void)result;
    return E_BADF;
}

u32 WASI(fd_prestat_dir_name)(host *h, u32 fd, u32 path, u32 size)
{
    (void)h, (void)fd, (void)path, (void)size;
    return E_BADF;
}

/* ---- files: there are none ---- */

u32 WASI(fd_readdir)(host *h, u32 fd, u32 buffer, u32 size, u64 cookie, u32 result)
{
    (void)h, (void)fd, (void)buffer, (void)size, (void)cookie, (void)result;
    return E_BADF;
}

u32 WASI(path_open)(host *h, u32 fd, u32 lookup, u32 path, u32 size, u32 flags, u64 rights,
                    u64 inheriting, u32 fdflags, u32 result)
{
    (void)h, (void)fd, (void)lookup, (void)path, (void)size, (void)flags, (void)rights;
    (void)inheriting, (void)fdflags, (void)result;
    return E_NOENT;
}

u32 WASI(path_filestat_get)(host *h, u32 fd, u32 flags, u32 path, u32 size, u32 result)
{
    (void)h, (void)fd, (void)flags, (void)path, (void)size, (void)result;
    return E_NOENT;
}

u32 WASI(path_filestat_set_times)(host *h, u32 fd, u32 lookup, u32 path, u32 size, u64 accessed,
                                  u64 modified, u32 flags)
{
    (void)h, (void)fd, (void)lookup, (void)path, (void)size, (void)accessed, (void)modified;
    (void)flags;
    return E_NOENT;
}

u32 WASI(path_rename)(host *h, u32 fd, u32 path, u32 size, u32 to_fd, u32 to_path, u32 to_size)
{
    (void)h, (void)fd, (void)path, (void)size, (void)to_fd, (void)to_path, (void)to_size;
    return E_NOENT;
}

u32 WASI(path_create_directory)(host *h, u32 fd, u32 path, u32 size)
{
    (void)h, (void)fd, (void)path, (void)size;
    return E_NOENT;
}

u32 WASI(path_remove_directory)(host *h, u32 fd, u32 path, u32 size)
{
    return WASI(path_create_directory)(h, fd, path, size);
}

u32 WASI(path_unlink_file)(host *h, u32 fd, u32 path, u32 size)
{
    return WASI(path_create_directory)(h, fd, path, size);
}

int main(int argc, char **argv)
{
    static w2c_guest guest;
    host h = {&guest, argc, argv};
    wasm_rt_init();
    wasm2c_guest_instantiate(&guest, &h);
    w2c_guest_0x5Fstart(&guest);
    wasm2c_guest_free(&guest);
    wasm_rt_free();
    return 0;
}
