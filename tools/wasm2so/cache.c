/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compile cache: artifacts, by a sum over the module, the options and the compiler. What is
 * found is executed: entries must be the user's own, and end with a sum over themselves.
 */
#include "tools/wasm2so/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frontend/sha256.h"
#include "runtime/include/wasm2so.h"
#include "tools/wasm2so/compiler.h"
#include "tools/wasm2so/file.h"
#include "tools/wasm2so/options.h"

/* ---- the key ---- */

static void add_number(struct sha256 *sum, uint64_t number)
{
    sha256_add_item(sum, &number, sizeof number);
}

/* The library's place, size and time instead of its version: asking it would mean loading it. */
static void add_compiler(struct sha256 *sum)
{
    char path[4096];
    struct stat st;
    sha256_add_text(sum, w2s_version());
    add_number(sum, W2S_ABI_VERSION);
    if (stat(compiler_library(path, sizeof path), &st) != 0)
        return;
    add_number(sum, (uint64_t)st.st_size);
    add_number(sum, (uint64_t)st.st_mtim.tv_sec);
    add_number(sum, (uint64_t)st.st_mtim.tv_nsec);
}

static bool line_names_cpu(const char *line)
{
    static const char *const keys[] = {"vendor_id",       "cpu family", "model",
                                       "stepping",        "flags",      "Features",
                                       "CPU implementer", "CPU part",   "CPU variant"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strncmp(line, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

/* What /proc/cpuinfo says of the first processor, less what changes (MHz, BogoMIPS). A cache may
 * lie on a home directory that different machines share. */
static void add_native_cpu(struct sha256 *sum)
{
    FILE *info = fopen("/proc/cpuinfo", "re");
    char line[8192];
    while (info && fgets(line, sizeof line, info) && line[0] != '\n')
        if (line_names_cpu(line))
            sha256_add_text(sum, line);
    if (info)
        fclose(info);
}

/* Every option that changes the bytes of the result; not jobs, which do not. */
static void add_options(struct sha256 *sum, const w2s_compile_options *options)
{
    add_number(sum, (uint64_t)options->emit);
    add_number(sum, (uint64_t)(int64_t)options->level);
    add_number(sum, options->optimize_size);
    sha256_add_text(sum, options->target);
    sha256_add_text(sum, options->cpu);
    sha256_add_text(sum, options->features);
    add_number(sum, (uint64_t)options->memory);
    add_number(sum, options->strict_traps);
    add_number(sum, options->relaxed_traps);
    sha256_add_text(sum, options->prefix);
    const char *slash = options->name ? strrchr(options->name, '/') : NULL;
    sha256_add_text(sum, slash ? slash + 1 : options->name); /* its stem names the module */
    add_number(sum, options->disabled);
    add_number(sum, options->debug);
    add_number(sum, options->interruptible);
    add_number(sum, options->fuel);
    add_number(sum, options->deterministic);
    add_number(sum, options->count_profile);
    sha256_add_item(sum, options->profile ? options->profile : "", options->profile_size);
    if (options->cpu && strcmp(options->cpu, "native") == 0)
        add_native_cpu(sum);
}

static void key_make(const struct options *options, struct slice bytes, char key[SHA256_HEX_SIZE])
{
    struct sha256 sum;
    sha256_init(&sum);
    sha256_add_item(&sum, bytes.p, bytes.n);
    add_options(&sum, &options->compile);
    add_compiler(&sum);
    sha256_end_hex(&sum, key);
}

/* ---- the directory ---- */

/* The directory's name, or false if there is no place for one. */
static bool directory_name(const struct options *options, char *path, size_t size)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (options->cache)
        n = snprintf(path, size, "%s", options->cache);
    else if (xdg && xdg[0] == '/')
        n = snprintf(path, size, "%s/wasm2so", xdg);
    else if (home && home[0] == '/')
        n = snprintf(path, size, "%s/.cache/wasm2so", home);
    return n > 0 && (size_t)n < size;
}

/* mkdir -p, for this user only. */
static bool directories_make(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool cache_locate(const struct options *options, struct slice bytes, struct cache_entry *entry,
                  struct error *err)
{
    char directory[3072], key[SHA256_HEX_SIZE];
    entry->path[0] = '\0';
    if (!directory_name(options, directory, sizeof directory))
        return error_set(err, ERR_IO, ERROR_NO_OFFSET,
                         "no directory for the cache: HOME is not set");
    if (!directories_make(directory) || access(directory, W_OK | X_OK) != 0)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot use the cache %s: %s", directory,
                         strerror(errno));
    key_make(options, bytes, key);
    snprintf(entry->path, sizeof entry->path, "%s/%s.so", directory, key);
    return true;
}

/* ---- entries ---- */

/* Regular, ours, and written by nobody else. */
static bool entry_trusted(int fd, size_t *size)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || st.st_size <= SHA256_SIZE)
        return false;
    *size = (size_t)st.st_size;
    return true;
}

static bool entry_whole(int fd, size_t size)
{
    uint8_t digest[SHA256_SIZE];
    uint8_t *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    sha256_of(bytes, size - sizeof digest, digest);
    bool whole = memcmp(digest, bytes + size - sizeof digest, sizeof digest) == 0;
    munmap(bytes, size);
    return whole;
}

bool cache_holds(const struct cache_entry *entry)
{
    if (!entry->path[0])
        return false;
    int fd = open(entry->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    size_t size;
    bool holds = fd >= 0 && entry_trusted(fd, &size) && entry_whole(fd, size);
    if (fd >= 0)
        close(fd);
    return holds;
}

bool cache_insert(const struct cache_entry *entry, const char *file, struct error *err)
{
    struct slice bytes;
    uint8_t digest[SHA256_SIZE];
    if (!file_read(file, &bytes, err))
        return false;
    sha256_of(bytes.p, bytes.n, digest);
    file_free(&bytes);
    int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot open %s: %s", file, strerror(errno));
    bool ok = write_all(fd, digest, sizeof digest, file, err) && fchmod(fd, 0700) == 0;
    if (close(fd) != 0 || !ok || rename(file, entry->path) != 0)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot write %s: %s", entry->path,
                         strerror(errno));
    return true;
}

bool cache_copy(const char *entry_path, const char *target, struct error *err)
{
    struct slice bytes;
    if (!file_read(entry_path, &bytes, err))
        return false;
    bool ok = file_put(target, (struct slice){bytes.p, bytes.n - SHA256_SIZE}, 0777, err);
    file_free(&bytes);
    return ok;
}
