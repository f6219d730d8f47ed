/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Files changed after they were written: whatever the dynamic linker would follow, no byte of it
 * can be changed without a refusal in words (codegen/output/seal.c, runtime/elf.c).
 */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/include/wasm2so.h"
#include "runtime/include/wasm2so_file.h"
#include "tests/codegen/support.h"

static const char text[] = "(module (memory (export \"memory\") 1) (data (i32.const 0) \"data\")"
                           "(table (export \"table\") 2 funcref) (elem (i32.const 0) $add)"
                           "(func $add (export \"add\") (param i32 i32) (result i32)"
                           " (i32.add (local.get 0) (local.get 1)))"
                           "(func (export \"trap\") unreachable))";

struct damage {
    uint8_t *bytes;
    size_t size, head, note, note_header;
    Elf64_Phdr dynamic;
    char path[64];
};

static int open_file(void **state)
{
    struct damage *d = calloc(1, sizeof *d);
    char path[SUPPORT_PATH];
    struct arena arena = {0};
    support_compile(text, NULL, path);
    struct slice file = support_read(path, &arena);
    d->bytes = malloc(file.n);
    d->size = file.n;
    memcpy(d->bytes, file.p, file.n);
    arena_free(&arena);
    d->note = w2s_file_note_find(d->bytes, d->size);
    assert_true(d->note < d->size);
    struct w2s_file_note note;
    memcpy(&note, d->bytes + d->note, sizeof note);
    d->head = note.head_size;
    const Elf64_Ehdr *header = (const void *)d->bytes;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, d->bytes + header->e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_DYNAMIC)
            d->dynamic = segment;
        if (segment.p_type == PT_NOTE)
            d->note_header = header->e_phoff + i * sizeof segment;
    }
    snprintf(d->path, sizeof d->path, "/tmp/w2s-damage-%ld.so", (long)getpid());
    *state = d;
    return 0;
}

static int close_file(void **state)
{
    struct damage *d = *state;
    unlink(d->path);
    free(d->bytes);
    free(d);
    return 0;
}

/* A new file each time: the dynamic linker knows files by inode. */
static bool loads(const struct damage *d, w2s_error *err)
{
    unlink(d->path);
    FILE *file = fopen(d->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(d->bytes, 1, d->size, file), d->size);
    fclose(file);
    w2s_module *module = w2s_module_load(d->path, err);
    w2s_module_free(module);
    return module != NULL;
}

/* What `strip` may change, and the note's own name: without it there is no note to be read. */
static bool does_not_count(const struct damage *d, size_t at)
{
    return (at >= offsetof(Elf64_Ehdr, e_shoff) && at < offsetof(Elf64_Ehdr, e_flags)) ||
           (at >= offsetof(Elf64_Ehdr, e_shentsize) && at < sizeof(Elf64_Ehdr)) ||
           (at >= d->note && at < d->note + W2S_FILE_NOTE_MARK);
}

/* The way to the note: without it the file is as one of an earlier compiler, and unharmed. */
static bool may_hide_note(const struct damage *d, size_t at)
{
    return at - offsetof(Elf64_Ehdr, e_phnum) < sizeof(Elf64_Half) ||
           at - d->note_header < sizeof(Elf64_Phdr);
}

static void flip_all(struct damage *d, size_t from, size_t size)
{
    for (size_t at = from; at < from + size; at++) {
        uint8_t bit = (uint8_t)(1u << (at * 7 % 8)); /* another bit from byte to byte */
        w2s_error err;
        d->bytes[at] ^= bit;
        bool loaded = loads(d, &err);
        d->bytes[at] ^= bit;
        if (loaded != does_not_count(d, at) && !may_hide_note(d, at))
            fail_msg("byte %zu: %s", at, loaded ? "loaded" : err.message);
    }
}

static void test_flips(void **state)
{
    struct damage *d = *state;
    w2s_error err;
    assert_true(loads(d, &err));
    assert_true(d->head > 500 && d->head < d->size);
    flip_all(d, 0, d->head);
    flip_all(d, d->dynamic.p_offset, d->dynamic.p_filesz);
    assert_true(loads(d, &err));
}

/* All the relocations of the file, symbols and strings lie in what the sum covers. */
static void test_covered(void **state)
{
    struct damage *d = *state;
    const Elf64_Ehdr *header = (const void *)d->bytes;
    const Elf64_Shdr *sections = (const void *)(d->bytes + header->e_shoff);
    unsigned tables = 0;
    for (unsigned i = 0; i < header->e_shnum; i++)
        if ((sections[i].sh_flags & SHF_ALLOC) &&
            (sections[i].sh_type == SHT_RELA || sections[i].sh_type == SHT_DYNSYM ||
             sections[i].sh_type == SHT_STRTAB || sections[i].sh_type == SHT_GNU_HASH)) {
            assert_true(sections[i].sh_offset + sections[i].sh_size <= d->head);
            tables++;
        }
    assert_int_equal(tables, 4);
}

/* Files without the note are files of earlier compilers. */
static void test_without(void **state)
{
    struct damage *d = *state;
    w2s_error err;
    d->bytes[d->note + offsetof(struct w2s_file_note, name)] ^= 1;
    assert_true(loads(d, &err));
    d->bytes[d->note + offsetof(struct w2s_file_note, name)] ^= 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covered),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_flips),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
