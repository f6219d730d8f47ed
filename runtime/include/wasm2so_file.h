/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A sum over all that is loaded of a compiled module, in an ELF note of the file: the compiler
 * writes it, the runtime compares before dlopen, which trusts every table it follows, and before
 * anything runs. Not covered is what `strip` changes. docs/abi.md, "The shared object".
 */
#ifndef WASM2SO_FILE_H
#define WASM2SO_FILE_H

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define W2S_FILE_NOTE_SECTION ".note.wasm2so"

struct w2s_file_note {
    uint32_t name_size, desc_size, type; /* as ELF has it */
    char name[8];
    uint32_t sum[2]; /* low half first */
};

/* Type 1 was a sum over less. */
#define W2S_FILE_NOTE_INIT {8, 8, 2, "wasm2so", {0, 0}}

enum {
    W2S_FILE_NOTE_MARK = offsetof(struct w2s_file_note, sum), /* what is always the same */
    W2S_FILE_HEAD = 2048, /* bytes at the beginning of the file, which have the note */
    W2S_FILE_LANES = 8,
    W2S_FILE_BLOCK = W2S_FILE_LANES * 8,
    W2S_FILE_CHUNK = 65536 /* stays in the processor's cache */
};

_Static_assert(sizeof(struct w2s_file_note) == 28, "in files");

/* Offset of the note in the file's first bytes; size where there is none. */
static inline size_t w2s_file_note_find(const uint8_t *head, size_t size)
{
    static const struct w2s_file_note mark = W2S_FILE_NOTE_INIT;
    for (size_t i = 0; i + sizeof mark <= size; i += 4)
        if (memcmp(head + i, &mark, W2S_FILE_NOTE_MARK) == 0)
            return i;
    return size;
}

/* A bijection of the sum and of the word: a change within one word always shows. */
static inline uint64_t w2s_file_step(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 32;
}

/* Lanes, so that steps need not wait for each other. size: whole blocks. */
static inline void w2s_file_add(uint64_t lanes[W2S_FILE_LANES], const uint8_t *bytes, size_t size)
{
    uint64_t sums[W2S_FILE_LANES];
    memcpy(sums, lanes, sizeof sums);
    for (size_t at = 0; at < size; at += W2S_FILE_BLOCK) {
#pragma GCC unroll 8
        for (size_t i = 0; i < W2S_FILE_LANES; i++) {
            uint64_t word;
            memcpy(&word, bytes + at + i * sizeof word, sizeof word);
            sums[i] = w2s_file_step(sums[i], word);
        }
    }
    memcpy(lanes, sums, sizeof sums);
}

static inline bool w2s_file_read(int fd, uint64_t offset, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, bytes + done, size - done, (off_t)(offset + done));
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* What does not count becomes zero; bytes are the file's first. */
static inline void w2s_file_mask(uint8_t *bytes, size_t note)
{
    memset(bytes + offsetof(Elf64_Ehdr, e_shoff), 0, sizeof(Elf64_Off));
    memset(bytes + offsetof(Elf64_Ehdr, e_shentsize), 0, 3 * sizeof(Elf64_Half));
    memset(bytes + note + offsetof(struct w2s_file_note, sum), 0, 8);
}

/* chunk: W2S_FILE_CHUNK bytes to work in. */
static inline bool w2s_file_add_segment(int fd, const Elf64_Phdr *segment, size_t note,
                                        uint8_t *chunk, uint64_t lanes[W2S_FILE_LANES])
{
    lanes[0] ^= segment->p_filesz;
    for (uint64_t done = 0; done < segment->p_filesz;) {
        uint64_t left = segment->p_filesz - done, offset = segment->p_offset + done;
        size_t size = left < W2S_FILE_CHUNK ? (size_t)left : W2S_FILE_CHUNK;
        size_t blocks = (size + W2S_FILE_BLOCK - 1) & ~(size_t)(W2S_FILE_BLOCK - 1);
        memset(chunk + size, 0, blocks - size);
        if (!w2s_file_read(fd, offset, chunk, size))
            return false;
        if (offset == 0)
            w2s_file_mask(chunk, note);
        w2s_file_add(lanes, chunk, blocks);
        done += size;
    }
    return true;
}

/* The sum over the loaded ones of the segments, which lie in the file; note: its offset, in the
 * first W2S_FILE_HEAD bytes. False: the file cannot be read, or no memory. */
static inline bool w2s_file_sum(int fd, const Elf64_Phdr *segments, unsigned count, size_t note,
                                uint64_t *sum)
{
    uint8_t *chunk = malloc(W2S_FILE_CHUNK);
    uint64_t lanes[W2S_FILE_LANES] = {0};
    bool ok = chunk != NULL;
    for (unsigned i = 0; i < count && ok; i++)
        ok = segments[i].p_type != PT_LOAD ||
             w2s_file_add_segment(fd, &segments[i], note, chunk, lanes);
    free(chunk);
    *sum = 0;
    for (unsigned i = 0; i < W2S_FILE_LANES; i++)
        *sum = w2s_file_step(*sum, lanes[i]);
    return ok;
}

#endif
