/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Artifacts in memory, loaded by the runtime from a file in memory; where that is forbidden, from a
 * temporary one. The bytes stay mapped for wasm_module_serialize, on the same pages as the code.
 */
#include "capi/capi.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

/* The dynamic linker takes a name that it knows for the file that it knows, but descriptors come
 * again. So a name is used once: the bits of a counter choose between "/" and "/." in it, which
 * mean nothing. */
static void descriptor_path(int fd, char path[PATH_SIZE])
{
    static atomic_uint serial;
    int at = snprintf(path, PATH_SIZE, "/proc/self/fd");
    for (unsigned bits = atomic_fetch_add(&serial, 1); bits; bits >>= 1)
        at += snprintf(path + at, PATH_SIZE - (size_t)at, bits & 1 ? "/." : "/");
    snprintf(path + at, PATH_SIZE - (size_t)at, "/%d", fd);
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

static wasm_shared_module_t *shared_new(w2s_module *module, int fd)
{
    struct stat status;
    wasm_shared_module_t *shared = calloc(1, sizeof *shared);
    if (!shared || fstat(fd, &status) != 0) {
        free(shared);
        w2s_module_free(module);
        return capi_fail("out of memory");
    }
    shared->size = (size_t)status.st_size;
    shared->bytes = mmap(NULL, shared->size, PROT_READ, MAP_PRIVATE, fd, 0);
    shared->module = module;
    atomic_init(&shared->users, 1);
    if (shared->bytes != MAP_FAILED)
        return shared;
    shared->bytes = NULL;
    shared_release(shared);
    return capi_fail("the artifact cannot be mapped");
}

static wasm_shared_module_t *load(int fd, const char *path)
{
    w2s_error err;
    w2s_module *module = w2s_module_load(path, &err);
    return module ? shared_new(module, fd) : capi_fail("%s", err.message);
}

static wasm_shared_module_t *load_descriptor(const void *bytes, size_t size)
{
    char path[PATH_SIZE];
    int fd = memfd_create("wasm2so", MFD_CLOEXEC);
    if (fd < 0)
        return capi_fail("no file in memory can be made");
    descriptor_path(fd, path);
    wasm_shared_module_t *shared =
        write_all(fd, bytes, size) ? load(fd, path) : capi_fail("no memory for the artifact");
    close(fd);
    return shared;
}

static wasm_shared_module_t *load_temporary(const void *bytes, size_t size)
{
    char path[PATH_SIZE];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/wasm2so-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return NULL; /* the first reason stays */
    wasm_shared_module_t *shared = write_all(fd, bytes, size) ? load(fd, path) : NULL;
    unlink(path);
    close(fd);
    return shared;
}

/* The runtime checks what will be loaded. The last thing in a file is the table of sections, so
 * with that all is there. */
static bool is_whole(const void *bytes, size_t size)
{
    Elf64_Ehdr head;
    if (size < sizeof head)
        return false;
    memcpy(&head, bytes, sizeof head);
    return memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && head.e_shoff <= size &&
           (size - head.e_shoff) / sizeof(Elf64_Shdr) >= head.e_shnum;
}

wasm_shared_module_t *image_load(const void *bytes, size_t size)
{
    if (!is_whole(bytes, size))
        return capi_fail("not a compiled module, or not all of one");
    wasm_shared_module_t *shared = load_descriptor(bytes, size);
    return shared ? shared : load_temporary(bytes, size);
}

wasm_module_t *w2s_module_load_file(wasm_store_t *store, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return capi_fail("%s: cannot be read", path);
    wasm_shared_module_t *shared = load(fd, path);
    close(fd);
    wasm_module_t *module = shared ? wasm_module_obtain(store, shared) : NULL;
    shared_release(shared);
    return module;
}

void shared_release(wasm_shared_module_t *shared)
{
    if (!shared || atomic_fetch_sub(&shared->users, 1) != 1)
        return;
    w2s_module_free(shared->module);
    if (shared->bytes)
        munmap(shared->bytes, shared->size);
    free(shared);
}
