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

/* ---- the key ---- */

/* This library, by version, size and time of change: the passes are in it. */
static void add_compiler(struct sha256 *sum)
{
    Dl_info self;
    struct stat st;
    sha256_add_text(sum, w2s_compiler_version());
    if (!dladdr((void *)(uintptr_t)&w2s_compile, &self) || stat(self.dli_fname, &st) != 0)
        return;
    const uint64_t file[] = {(uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
                             (uint64_t)st.st_mtim.tv_nsec};
    sha256_add_item(sum, file, sizeof file);
}

const char *part_key(const struct cg *cg, struct arena *arena)
{
    const struct compile *c = cg->c;
    LLVMMemoryBufferRef code = LLVMWriteBitcodeToMemoryBuffer(cg->module);
    struct sha256 sum;
    sha256_init(&sum);
    sha256_add_item(&sum, LLVMGetBufferStart(code), LLVMGetBufferSize(code));
    sha256_add_text(&sum, c->cpu.name);
    sha256_add_text(&sum, c->cpu.features);
    sha256_add_text(&sum, c->cpu.tune);
    sha256_add_text(&sum, c->options_text);
    /* What passes of ours ask of the module itself (loop_version.c). */
    const struct limits *limits = c->m->memory_count > 0 ? &c->m->memories[0].limits : NULL;
    bool asked[] = {limits && limits->shared, limits && memory_has_margin(limits)};
    sha256_add_item(&sum, asked, sizeof asked);
    add_compiler(&sum);
    LLVMDisposeMemoryBuffer(code);
    char *key = arena_alloc(arena, SHA256_HEX_SIZE);
    sha256_end_hex(&sum, key);
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

LLVMMemoryBufferRef part_find(const char *folder, const char *key, struct arena *arena)
{
    const char *path = entry_path(folder, key, arena);
    LLVMMemoryBufferRef entry = NULL, object = NULL;
    char *message = NULL;
    uint8_t digest[SHA256_SIZE];
    if (!is_trusted(path) || LLVMCreateMemoryBufferWithContentsOfFile(path, &entry, &message)) {
        LLVMDisposeMessage(message);
        return NULL;
    }
    const char *bytes = LLVMGetBufferStart(entry);
    size_t size = LLVMGetBufferSize(entry);
    if (size > SHA256_SIZE) {
        sha256_of(bytes, size - SHA256_SIZE, digest);
        if (memcmp(digest, bytes + size - SHA256_SIZE, SHA256_SIZE) == 0)
            object = LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, size - SHA256_SIZE, key);
    }
    LLVMDisposeMemoryBuffer(entry);
    return object;
}

void part_keep(const char *folder, const char *key, LLVMMemoryBufferRef object, struct arena *arena)
{
    struct error ignored = ERROR_INIT;
    struct output entry;
    uint8_t digest[SHA256_SIZE];
    const char *bytes = LLVMGetBufferStart(object);
    size_t size = LLVMGetBufferSize(object);
    sha256_of(bytes, size, digest);
    mkdir(folder, 0700);
    if (!output_open(&entry, entry_path(folder, key, arena), arena, &ignored))
        return;
    if (!output_write(&entry, bytes, size, &ignored) ||
        !output_write(&entry, digest, sizeof digest, &ignored) || chmod(entry.temp, 0600) != 0 ||
        !output_commit(&entry, &ignored))
        output_discard(&entry);
}
