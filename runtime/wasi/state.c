/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Builds struct wasi from the embedder's configuration: packed strings, descriptors 0 to 2 from
 * the host's, preopened directories from 3 on, then sockets. A host descriptor that is not open
 * leaves its number taken and unusable, so that preopens always start at 3.
 */
#include "runtime/wasi/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 1 << 20 }; /* where the system sets no lower limit */

static bool fail(w2s_error *err, enum w2s_error_kind kind, const char *what, const char *which,
                 const char *why)
{
    if (err) {
        err->kind = kind;
        snprintf(err->message, sizeof err->message, "%s \"%s\": %s", what, which, why);
    }
    return false;
}

static bool out_of_memory(w2s_error *err)
{
    return fail(err, W2S_ERROR_MEMORY, "configuration of", "wasi", "out of memory");
}

static bool bad_argument(w2s_error *err, const char *field, const char *why)
{
    return fail(err, W2S_ERROR_ARGUMENT, "wasi configuration, field", field, why);
}

static bool pack_strings(struct wasi_strings *to, const char *field, const char *const *from,
                         size_t count, w2s_error *err)
{
    uint64_t size = 0;
    if (count > 0 && !from)
        return bad_argument(err, field, "no array");
    for (size_t i = 0; i < count; i++) {
        if (!from[i])
            return bad_argument(err, field, "an entry is NULL");
        size += strlen(from[i]) + 1;
    }
    if (size > UINT32_MAX)
        return bad_argument(err, field, "too long for a 32-bit guest");
    to->bytes = malloc(size ? size : 1);
    if (!to->bytes)
        return out_of_memory(err);
    char *at = to->bytes;
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, from[i]) + 1;
    to->size = (uint32_t)size;
    to->count = (uint32_t)count;
    return true;
}

static bool add_stdio(struct wasi *wasi, int host, w2s_error *err)
{
    struct wasi_descriptor descriptor;
    uint32_t fd;
    enum wasi_errno error = wasi_descriptor_describe(host, &descriptor);
    error = error ? wasi_table_reserve(&wasi->table, &fd)
                  : wasi_table_insert(&wasi->table, descriptor, &fd);
    return error ? out_of_memory(err) : true;
}

static bool too_many(w2s_error *err, enum wasi_errno error, const char *field)
{
    if (error == WASI_MFILE)
        return bad_argument(err, field, "more than the limit of open files");
    return out_of_memory(err);
}

/* Takes over host: closes it on failure. */
static bool add_preopen(struct wasi *wasi, int host, const struct w2s_wasi_dir *dir, w2s_error *err)
{
    struct wasi_descriptor descriptor;
    uint32_t fd;
    char *name = strdup(dir->guest_path);
    enum wasi_errno error = name ? wasi_descriptor_describe(host, &descriptor) : WASI_NOMEM;
    if (!error) {
        descriptor.owned = true;
        descriptor.read_only = dir->read_only;
        descriptor.preopen = name;
        error = wasi_table_insert(&wasi->table, descriptor, &fd);
    }
    if (!error)
        return true;
    free(name);
    close(host);
    return too_many(err, error, "dirs");
}

static bool add_dir(struct wasi *wasi, const struct w2s_wasi_dir *dir, w2s_error *err)
{
    if (!dir->host_path || !dir->guest_path)
        return bad_argument(err, "dirs", "a path is NULL");
    int host = open(dir->host_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (host < 0)
        return fail(err, W2S_ERROR_IO, "cannot open directory", dir->host_path, strerror(errno));
    return add_preopen(wasi, host, dir, err);
}

/* Takes over host: closes it on failure. */
static bool add_duplicate(struct wasi *wasi, int host, w2s_error *err)
{
    struct wasi_descriptor descriptor;
    uint32_t fd;
    enum wasi_errno error = wasi_descriptor_describe(host, &descriptor);
    if (!error && descriptor.filetype != WASI_FILETYPE_SOCKET_STREAM &&
        descriptor.filetype != WASI_FILETYPE_SOCKET_DGRAM)
        error = WASI_NOTSOCK;
    descriptor.owned = true;
    if (!error)
        error = wasi_table_insert(&wasi->table, descriptor, &fd);
    if (!error)
        return true;
    close(host);
    return error == WASI_NOTSOCK ? bad_argument(err, "sockets", "an entry is no socket")
                                 : too_many(err, error, "sockets");
}

static bool add_socket(struct wasi *wasi, int host, w2s_error *err)
{
    int duplicate = fcntl(host, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0)
        return bad_argument(err, "sockets", strerror(errno));
    return add_duplicate(wasi, duplicate, err);
}

static uint32_t descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > MAX_DESCRIPTORS)
        return MAX_DESCRIPTORS;
    return (uint32_t)limit.rlim_cur;
}

static bool fill(struct wasi *wasi, const w2s_wasi_config *config, w2s_error *err)
{
    if (config->dir_count > 0 && !config->dirs)
        return bad_argument(err, "dirs", "no array");
    if (config->socket_count > 0 && !config->sockets)
        return bad_argument(err, "sockets", "no array");
    if (!pack_strings(&wasi->args, "args", config->args, config->arg_count, err) ||
        !pack_strings(&wasi->env, "env", config->env, config->env_count, err))
        return false;
    wasi->own_resolver = !wasi_kernel_resolves();
    if (!add_stdio(wasi, config->stdin_fd, err) || !add_stdio(wasi, config->stdout_fd, err) ||
        !add_stdio(wasi, config->stderr_fd, err))
        return false;
    for (size_t i = 0; i < config->dir_count; i++)
        if (!add_dir(wasi, &config->dirs[i], err))
            return false;
    for (size_t i = 0; i < config->socket_count; i++)
        if (!add_socket(wasi, config->sockets[i], err))
            return false;
    return true;
}

/* Fields that a program of an older release does not have are zero. */
static bool read_config(w2s_wasi_config *to, const w2s_wasi_config *from, w2s_error *err)
{
    if (!from || from->size < offsetof(w2s_wasi_config, sockets))
        return bad_argument(err, "size", "not sizeof(w2s_wasi_config)");
    *to = (w2s_wasi_config){.size = sizeof *to};
    memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
    return true;
}

struct wasi *wasi_new(const w2s_wasi_config *given, w2s_error *err)
{
    w2s_wasi_config config;
    if (!read_config(&config, given, err))
        return NULL;
    struct wasi *wasi = calloc(1, sizeof *wasi);
    if (!wasi) {
        out_of_memory(err);
        return NULL;
    }
    wasi_table_init(&wasi->table, descriptor_limit());
    pthread_mutex_init(&wasi->listing, NULL);
    if (!fill(wasi, &config, err)) {
        wasi_free(wasi);
        return NULL;
    }
    wasi->table.changed = false;
    return wasi;
}

bool wasi_is_fresh(void *wasi)
{
    struct wasi_table *table = &((struct wasi *)wasi)->table;
    pthread_mutex_lock(&table->lock);
    bool fresh = !table->changed;
    pthread_mutex_unlock(&table->lock);
    return fresh;
}

void wasi_free(struct wasi *wasi)
{
    if (!wasi)
        return;
    wasi_table_free(&wasi->table);
    pthread_mutex_destroy(&wasi->listing);
    free(wasi->args.bytes);
    free(wasi->env.bytes);
    free(wasi);
}
