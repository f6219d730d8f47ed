/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A sum over what the dynamic linker reads of a compiled module, in an ELF note of the file: the
 * compiler writes it, the runtime compares before dlopen, which trusts every table it follows.
 * Covered are the first head_size bytes of the file (headers, notes, symbols, hashes, relocations)
 * and the dynamic section, but not what `strip` changes. docs/abi.md, "The shared object".
 */
#ifndef WASM2SO_FILE_H
#define WASM2SO_FILE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define W2S_FILE_NOTE_SECTION ".note.wasm2so"

struct w2s_file_note {
    uint32_t name_size, desc_size, type; /* as ELF has it */
    char name[8];
    uint32_t head_size; /* a multiple of 8 */
    uint32_t sum[2];    /* low half first */
};

#define W2S_FILE_NOTE_INIT {8, 12, 1, "wasm2so", 0, {0, 0}}

enum {
    W2S_FILE_NOTE_MARK = offsetof(struct w2s_file_note, head_size)
}; /* what is always the same */

_Static_assert(sizeof(struct w2s_file_note) == 32, "in files");

/* Each step is a bijection of the sum and of the word: a change within one word always shows. */
static inline uint64_t w2s_file_add(uint64_t sum, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    return sum;
}

/* head is changed: what does not count becomes zero. The note lies in it. */
static inline uint64_t w2s_file_sum(uint8_t *head, size_t head_size, size_t note,
                                    const uint8_t *dynamic, size_t dynamic_size)
{
    memset(head + offsetof(Elf64_Ehdr, e_shoff), 0, sizeof(Elf64_Off));
    memset(head + offsetof(Elf64_Ehdr, e_shentsize), 0, 3 * sizeof(Elf64_Half));
    memset(head + note + offsetof(struct w2s_file_note, sum), 0, 8);
    return w2s_file_add(w2s_file_add(head_size, head, head_size), dynamic, dynamic_size);
}

/* Offset of the note in notes; size where there is none. */
static inline size_t w2s_file_note_find(const uint8_t *notes, size_t size)
{
    static const struct w2s_file_note mark = W2S_FILE_NOTE_INIT;
    for (size_t i = 0; i + sizeof mark <= size; i += 4)
        if (memcmp(notes + i, &mark, W2S_FILE_NOTE_MARK) == 0)
            return i;
    return size;
}

#endif
