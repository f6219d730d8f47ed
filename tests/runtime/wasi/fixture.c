/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * fixture.c: see fixture.h.
 */
#include "tests/runtime/wasi/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture fixture;
bool kernel_resolver = false;
bool own_resolver = true;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int setup(void **state)
{
    memset(&fixture, 0, sizeof fixture);
    strcpy(fixture.base, "/tmp/w2s_wasi_XXXXXX");
    if (!mkdtemp(fixture.base))
        return -1;
    snprintf(fixture.root, sizeof fixture.root, "%s/root", fixture.base);
    snprintf(fixture.outside, sizeof fixture.outside, "%s/outside", fixture.base);
    if (mkdir(fixture.root, 0777) < 0 || mkdir(fixture.outside, 0777) < 0)
        return -1;
    make_file("../outside/secret", "outer");
    const char *const args[] = {"prog", "", "b c"};
    const char *const env[] = {"A=1", "LONGER=value"};
    const struct w2s_wasi_dir dirs[] = {{fixture.root, "/", false}, {fixture.root, "/ro", true}};
    w2s_wasi_config config = {
        .size = sizeof config,
        .args = args,
        .arg_count = 3,
        .env = env,
        .env_count = 2,
        .dirs = dirs,
        .dir_count = 2,
        .stdin_fd = 0,
        .stdout_fd = 1,
        .stderr_fd = 2,
    };
    w2s_error err;
    fixture.wasi = wasi_new(&config, &err);
    fixture.next = STRINGS;
    if (fixture.wasi && *(const bool *)*state)
        fixture.wasi->own_resolver = true;
    return fixture.wasi ? 0 : -1;
}

int teardown(void **state)
{
    (void)state;
    wasi_free(fixture.wasi);
    return nftw(fixture.base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

uint32_t put(const char *text)
{
    size_t size = strlen(text);
    if (fixture.next + size > MEMORY_SIZE)
        fixture.next = STRINGS;
    memcpy(fixture.memory + fixture.next, text, size);
    fixture.next += (uint32_t)size;
    return fixture.next - (uint32_t)size;
}

enum wasi_errno invoke(wasi_function *function, const int64_t *args, size_t count)
{
    w2s_value values[9] = {0};
    for (size_t i = 0; i < count; i++)
        values[i].i64 = args[i];
    struct wasi_call call = {
        .wasi = fixture.wasi, .args = values, .memory = fixture.memory, .memory_size = MEMORY_SIZE};
    enum wasi_errno error = wasi_call_run(&call, function);
    fixture.exited = call.exited;
    fixture.exit_status = call.exit_status;
    return error;
}

uint32_t get_u32(uint32_t address)
{
    uint32_t value;
    memcpy(&value, fixture.memory + address, sizeof value);
    return value;
}

uint64_t get_u64(uint32_t address)
{
    uint64_t value;
    memcpy(&value, fixture.memory + address, sizeof value);
    return value;
}

void put_iov(uint32_t index, uint32_t address, uint32_t size)
{
    struct wasi_iovec iov = {.address = address, .size = size};
    memcpy(fixture.memory + IOV + (size_t)index * sizeof iov, &iov, sizeof iov);
}

enum wasi_errno open_error(const char *path, uint32_t oflags, uint64_t rights)
{
    return CALL(path_open, ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, P(path), oflags, (int64_t)rights, 0, 0,
                OUT);
}

uint32_t open_ok(const char *path, uint32_t oflags, uint64_t rights)
{
    assert_int_equal(open_error(path, oflags, rights), WASI_SUCCESS);
    return get_u32(OUT);
}

static const char *host_path(const char *path)
{
    static char buffer[512];
    snprintf(buffer, sizeof buffer, "%s/%s", fixture.root, path);
    return buffer;
}

void make_file(const char *path, const char *content)
{
    int fd = open(host_path(path), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

void make_dir(const char *path)
{
    assert_int_equal(mkdir(host_path(path), 0777), 0);
}

void make_link(const char *path, const char *target)
{
    assert_int_equal(symlink(target, host_path(path)), 0);
}

bool exists(const char *path)
{
    struct stat st;
    return lstat(host_path(path), &st) == 0;
}

void write_text(uint32_t fd, const char *text)
{
    memcpy(fixture.memory + BUFFER, text, strlen(text));
    put_iov(0, BUFFER, (uint32_t)strlen(text));
    assert_int_equal(CALL(fd_write, fd, IOV, 1, OUT), WASI_SUCCESS);
    assert_int_equal(get_u32(OUT), strlen(text));
}

const char *read_text(uint32_t fd)
{
    static char text[1025];
    put_iov(0, BUFFER, sizeof text - 1);
    assert_int_equal(CALL(fd_read, fd, IOV, 1, OUT), WASI_SUCCESS);
    uint32_t size = get_u32(OUT);
    assert_true(size < sizeof text);
    memcpy(text, fixture.memory + BUFFER, size);
    text[size] = 0;
    return text;
}

int open_host_descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}
