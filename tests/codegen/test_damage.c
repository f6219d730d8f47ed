/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Files changed after they were written: of what is loaded no byte can be changed without a refusal
 * in words (codegen/output/seal.c, runtime/elf.c).
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
    size_t size, note;
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

static bool is_loaded(const struct damage *d, size_t at)
{
    const Elf64_Ehdr *header = (const void *)d->bytes;
    const Elf64_Phdr *segments = (const void *)(d->bytes + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && at - segments[i].p_offset < segments[i].p_filesz)
            return true;
    return false;
}

/* What `strip` may change, and the note's own name: without it there is no note to be read. */
static bool does_not_count(const struct damage *d, size_t at)
{
    return (at >= offsetof(Elf64_Ehdr, e_shoff) && at < offsetof(Elf64_Ehdr, e_flags)) ||
           (at >= offsetof(Elf64_Ehdr, e_shentsize) && at < sizeof(Elf64_Ehdr)) ||
           (at >= d->note && at < d->note + W2S_FILE_NOTE_MARK) || !is_loaded(d, at);
}

static void test_flips(void **state)
{
    struct damage *d = *state;
    size_t loaded_bytes = 0;
    w2s_error err;
    assert_true(loads(d, &err));
    for (size_t at = 0; at < d->size; at++) {
        uint8_t bit = (uint8_t)(1u << (at * 7 % 8)); /* another bit from byte to byte */
        bool counts = !does_not_count(d, at);
        d->bytes[at] ^= bit;
        bool loaded = loads(d, &err);
        d->bytes[at] ^= bit;
        if (loaded == counts)
            fail_msg("byte %zu: %s", at, loaded ? "loaded" : err.message);
        loaded_bytes += counts;
    }
    assert_true(loaded_bytes > 1500);
    assert_true(loads(d, &err));
}

/* A file that ends early, after any byte of what is loaded. */
static void test_cuts(void **state)
{
    struct damage *d = *state;
    size_t whole = d->size, end = whole;
    w2s_error err;
    while (!is_loaded(d, end - 1))
        end--;
    for (d->size = 0; d->size < end; d->size += 1 + d->size / 500)
        assert_false(loads(d, &err));
    d->size = whole;
    assert_true(loads(d, &err));
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
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
