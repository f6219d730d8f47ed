/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Objects of parts that were compiled before, in a folder. The key is a sum over the part's LLVM IR
 * as generated, which has in it all that a part depends on, and over what LLVM is told beside it:
 * there is no list of dependencies that could be incomplete. So a changed function costs its
 * partition, and the time to generate the IR of the rest, a tenth of a compile.
 *
 * What is found is executed: entries must be the user's own, and end with a sum over themselves.
 */
#include "codegen/artifact.h"
#include "frontend/sha256.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <llvm-c/BitWriter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGEST_SIZE = 32 };

/* ---- the key ---- */

static void add_bytes(struct sha256 *sum, const void *bytes, size_t n)
{
    uint64_t size = n; /* first, so that neighbours cannot run into each other */
    sha256_add(sum, &size, sizeof size);
    sha256_add(sum, bytes, n);
}

static void add_text(struct sha256 *sum, const char *text)
{
    add_bytes(sum, text ? text : "", text ? strlen(text) : 0);
}

/* This library, by version, size and time of change: the passes are in it. */
static void add_compiler(struct sha256 *sum)
{
    Dl_info self;
    struct stat st;
    add_text(sum, w2s_compiler_version());
    if (!dladdr((void *)(uintptr_t)&w2s_compile, &self) || stat(self.dli_fname, &st) != 0)
        return;
    const uint64_t file[] = {(uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
                             (uint64_t)st.st_mtim.tv_nsec};
    add_bytes(sum, file, sizeof file);
}

const char *part_key(const struct cg *cg, struct arena *arena)
{
    const struct compile *c = cg->c;
    LLVMMemoryBufferRef code = LLVMWriteBitcodeToMemoryBuffer(cg->module);
    struct sha256 sum;
    uint8_t digest[DIGEST_SIZE];
    sha256_init(&sum);
    add_bytes(&sum, LLVMGetBufferStart(code), LLVMGetBufferSize(code));
    add_text(&sum, c->cpu.name);
    add_text(&sum, c->cpu.features);
    add_text(&sum, c->cpu.tune);
    add_text(&sum, c->options_text);
    /* What passes of ours ask of the module itself (loop_version.c). */
    const struct limits *limits = c->m->memory_count > 0 ? &c->m->memories[0].limits : NULL;
    bool asked[] = {limits && limits->shared, limits && memory_has_margin(limits)};
    add_bytes(&sum, asked, sizeof asked);
    add_compiler(&sum);
    sha256_end(&sum, digest);
    LLVMDisposeMemoryBuffer(code);
    char *key = arena_alloc(arena, 2 * DIGEST_SIZE + 1);
    for (int i = 0; i < DIGEST_SIZE; i++) {
        key[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        key[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    key[2 * DIGEST_SIZE] = '\0';
    return key;
}

/* ---- entries ---- */

static const char *entry_path(const char *folder, const char *key, struct arena *arena)
{
    return arena_printf(arena, "%s/%s.o", folder, key);
}

/* Regular, ours, and written by nobody else. */
static bool is_trusted(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void sum_of(const void *bytes, size_t n, uint8_t digest[DIGEST_SIZE])
{
    struct sha256 sum;
    sha256_init(&sum);
    sha256_add(&sum, bytes, n);
    sha256_end(&sum, digest);
}

LLVMMemoryBufferRef part_find(const char *folder, const char *key, struct arena *arena)
{
    const char *path = entry_path(folder, key, arena);
    LLVMMemoryBufferRef entry = NULL, object = NULL;
    char *message = NULL;
    uint8_t digest[DIGEST_SIZE];
    if (!is_trusted(path) || LLVMCreateMemoryBufferWithContentsOfFile(path, &entry, &message)) {
        LLVMDisposeMessage(message);
        return NULL;
    }
    const char *bytes = LLVMGetBufferStart(entry);
    size_t size = LLVMGetBufferSize(entry);
    if (size > DIGEST_SIZE) {
        sum_of(bytes, size - DIGEST_SIZE, digest);
        if (memcmp(digest, bytes + size - DIGEST_SIZE, DIGEST_SIZE) == 0)
            object = LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, size - DIGEST_SIZE, key);
    }
    LLVMDisposeMemoryBuffer(entry);
    return object;
}

void part_keep(const char *folder, const char *key, LLVMMemoryBufferRef object, struct arena *arena)
{
    struct error ignored = ERROR_INIT;
    struct output entry;
    uint8_t digest[DIGEST_SIZE];
    const char *bytes = LLVMGetBufferStart(object);
    size_t size = LLVMGetBufferSize(object);
    sum_of(bytes, size, digest);
    mkdir(folder, 0700);
    if (!output_open(&entry, entry_path(folder, key, arena), arena, &ignored))
        return;
    if (!output_write(&entry, bytes, size, &ignored) ||
        !output_write(&entry, digest, sizeof digest, &ignored) || chmod(entry.temp, 0600) != 0 ||
        !output_commit(&entry, &ignored))
        output_discard(&entry);
}
