/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Profiles: what code compiled with --pgo-gen has counted, written to a file or added to what is in
 * it (docs/pgo.md). Counters are of the module, not of an instance, and without locks: where
 * threads count at the same time some counts are lost. A counter that was written starts again at
 * 0, so that nothing is counted twice. The file is replaced as a whole, under a lock on the old
 * one.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- counting calls through references ---- */

/* The index of the function, if it is one of this module. */
static uint32_t target_of(const struct w2s_instance *caller, const struct w2s_func *func)
{
    const struct w2s_instance *callee = func->instance;
    if (!callee || callee->module != caller->module)
        return W2S_NONE;
    size_t record = (size_t)(func - callee->records);
    return W2S_PROFILE_CALLEE | caller->desc->records[record];
}

/* Prototyped in wasm2so_abi.h by its shape. */
void w2s_rt_profile_call(void *ctx, void *counters, void *func)
{
    struct w2s_profile_counter *counter = counters;
    const struct w2s_ctx *head = ctx;
    if (!func)
        return;
    uint32_t target = target_of(head->instance, func);
    for (int i = 0; i < W2S_PROFILE_CALLEES - 1 && target != W2S_NONE; i++) {
        uint32_t slot = W2S_NONE;
        if (__atomic_compare_exchange_n(&counter[i].slot, &slot, target, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED) ||
            slot == target) {
            counter[i].count++;
            return;
        }
    }
    counter[W2S_PROFILE_CALLEES - 1].count++;
}

/* ---- a list of counters ---- */

struct counts {
    struct w2s_profile_counter *counters; /* rising by function, offset, slot; none 0 */
    size_t count;
};

static int counter_compare(const void *a, const void *b)
{
    const struct w2s_profile_counter *x = a, *y = b;
    if (x->func != y->func)
        return x->func < y->func ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* One counter for each key: inlined code counts apart. */
static void counts_normalise(struct counts *c)
{
    size_t kept = 0;
    qsort(c->counters, c->count, sizeof *c->counters, counter_compare);
    for (size_t i = 0; i < c->count; i++) {
        if (kept > 0 && counter_compare(&c->counters[kept - 1], &c->counters[i]) == 0)
            c->counters[kept - 1].count =
                add_saturating(c->counters[kept - 1].count, c->counters[i].count);
        else if (c->counters[i].count > 0)
            c->counters[kept++] = c->counters[i];
    }
    c->count = kept;
}

/* ---- the file ---- */

struct file {
    struct w2s_profile_header header;
    struct counts counts;
};

/* FNV-1a, 64 bits. */
static uint64_t sum_add(uint64_t sum, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ p[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t file_sum(const struct file *file)
{
    uint64_t sum = sum_add(W2S_PROFILE_SUM, &file->header, sizeof file->header);
    return sum_add(sum, file->counts.counters, file->counts.count * sizeof *file->counts.counters);
}

static bool fail_errno(const char *path, w2s_error *err)
{
    return rt_fail(err, W2S_ERROR_ARGUMENT, "%s: %s", path, strerror(errno));
}

static bool read_all(int fd, void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, (char *)bytes + done, size - done);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool write_all(int fd, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, (const char *)bytes + done, size - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Reads the counters after what is there, of count ones. */
static bool file_read(struct file *file, int fd, const char *path, uint64_t size, w2s_error *err)
{
    struct counts *c = &file->counts;
    uint64_t sum;
    bool whole = read_all(fd, &file->header, sizeof file->header) &&
                 memcmp(file->header.magic, W2S_PROFILE_MAGIC, sizeof file->header.magic) == 0 &&
                 file->header.count ==
                     (size - sizeof file->header - sizeof sum) / sizeof(struct w2s_profile_counter);
    if (!whole)
        return rt_fail(err, W2S_ERROR_FORMAT, "%s: not a profile, or damaged", path);
    c->count = (size_t)file->header.count;
    if (!(c->counters = malloc(c->count * sizeof *c->counters + 1)))
        return rt_fail_memory(err);
    if (!read_all(fd, c->counters, c->count * sizeof *c->counters) ||
        !read_all(fd, &sum, sizeof sum) || sum != file_sum(file))
        return rt_fail(err, W2S_ERROR_FORMAT, "%s: the profile is damaged", path);
    return true;
}

static bool file_write(struct file *file, int fd)
{
    file->header.count = file->counts.count;
    uint64_t sum = file_sum(file);
    return write_all(fd, &file->header, sizeof file->header) &&
           write_all(fd, file->counts.counters,
                     file->counts.count * sizeof *file->counts.counters) &&
           write_all(fd, &sum, sizeof sum);
}

/* The file, locked: made if there is none, opened again if another has replaced it meanwhile. */
static int open_locked(const char *path)
{
    for (;;) {
        struct stat mine, there;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) == 0 && fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
            mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
            return fd;
        close(fd);
    }
}

static bool replace(struct file *file, const char *path, w2s_error *err)
{
    char temporary[4096];
    int n = snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temporary)
        return rt_fail(err, W2S_ERROR_ARGUMENT, "the name of the profile is too long");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && file_write(file, fd);
    ok = (fd < 0 || close(fd) == 0) && ok && rename(temporary, path) == 0;
    if (!ok) {
        fail_errno(path, err);
        unlink(temporary);
    }
    return ok;
}

/* ---- a module's counters ---- */

struct rt_profile {
    struct w2s_profile_counter *start, *end;
};

static struct rt_profile profile_of(const struct w2s_module_desc *d)
{
    if (!(d->features_needed & W2S_NEEDS_PROFILE))
        return (struct rt_profile){NULL, NULL};
    return (struct rt_profile){d->profile_start, d->profile_end};
}

/* The counters and what the file had, as one list. */
static bool collect(struct counts *all, const struct rt_profile *own, const struct counts *old)
{
    size_t own_count = (size_t)(own->end - own->start);
    all->counters = malloc((own_count + old->count) * sizeof *all->counters + 1);
    if (!all->counters)
        return false;
    if (old->count > 0)
        memcpy(all->counters, old->counters, old->count * sizeof *all->counters);
    if (own_count > 0)
        memcpy(all->counters + old->count, own->start, own_count * sizeof *all->counters);
    all->count = own_count + old->count;
    counts_normalise(all);
    return true;
}

static bool merge(const struct w2s_module_desc *d, int fd, const char *path, w2s_error *err)
{
    struct rt_profile own = profile_of(d);
    struct file old = {.counts = {NULL, 0}}, new = {.counts = {NULL, 0}};
    struct stat st;
    bool ok = fstat(fd, &st) == 0 || fail_errno(path, err);
    if (ok && !S_ISREG(st.st_mode))
        ok = rt_fail(err, W2S_ERROR_ARGUMENT, "%s: a profile must be a regular file", path);
    memcpy(new.header.magic, W2S_PROFILE_MAGIC, sizeof new.header.magic);
    memcpy(new.header.source_hash, d->source_hash, sizeof new.header.source_hash);
    if (ok && st.st_size > 0) {
        ok = file_read(&old, fd, path, (uint64_t)st.st_size, err);
        if (ok && memcmp(old.header.source_hash, d->source_hash, sizeof d->source_hash) != 0)
            ok = rt_fail(err, W2S_ERROR_ARGUMENT, "%s: the profile of another module", path);
    }
    if (ok && !collect(&new.counts, &own, &old.counts))
        ok = rt_fail_memory(err);
    ok = ok && replace(&new, path, err);
    for (struct w2s_profile_counter *c = own.start; ok && c < own.end; c++)
        c->count = 0;
    free(old.counts.counters);
    free(new.counts.counters);
    return ok;
}

bool w2s_module_write_profile(w2s_module *module, const char *path, w2s_error *err)
{
    const struct w2s_module_desc *d = module->desc;
    char name[4096];
    if (!(d->features_needed & W2S_NEEDS_PROFILE))
        return rt_fail(err, W2S_ERROR_ARGUMENT,
                       "the module counts nothing: compile it with --pgo-gen");
    if (!path)
        path = getenv("W2S_PROFILE");
    if (!path || !*path) {
        snprintf(name, sizeof name, "%s.w2sprof", module->stem);
        path = name;
    }
    int fd = open_locked(path);
    if (fd < 0)
        return fail_errno(path, err);
    bool ok = merge(d, fd, path, err);
    close(fd);
    return ok;
}

/* Whether anything was counted since the last time. */
static bool has_counts(const struct rt_profile *profile)
{
    for (const struct w2s_profile_counter *c = profile->start; c < profile->end; c++)
        if (c->count > 0)
            return true;
    return false;
}

/* ---- without being asked ---- */

bool rt_profile_write(w2s_module *module, w2s_error *err)
{
    struct rt_profile profile = profile_of(module->desc);
    return !has_counts(&profile) || w2s_module_write_profile(module, NULL, err);
}

static void write_all_profiles(void)
{
    rt_modules_visit(rt_profile_write, NULL);
}

static void write_at_exit(void)
{
    atexit(write_all_profiles);
}

bool rt_profile_open(const struct w2s_module_desc *d, w2s_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!(d->features_needed & W2S_NEEDS_PROFILE))
        return true;
    size_t size = (size_t)((const char *)d->profile_end - (const char *)d->profile_start);
    if (d->size < offsetof(struct w2s_module_desc, profile_end) + sizeof d->profile_end ||
        d->profile_start > d->profile_end || size % sizeof(struct w2s_profile_counter) != 0)
        return rt_fail(err, W2S_ERROR_FORMAT, "a bad descriptor: the counters of the profile");
    pthread_once(&once, write_at_exit);
    return true;
}
