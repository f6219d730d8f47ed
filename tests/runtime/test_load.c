/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loading: files that are missing, foreign, damaged in their headers, cut at every length; and
 * descriptors of other versions, machines and CPUs or with numbers that do not fit together.
 */
#include "tests/runtime/host.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char copy_path[] = "/tmp/w2s_test_load_XXXXXX";
static uint8_t *image;
static size_t image_size;

static int read_image(void **state)
{
    (void)state;
    FILE *file = fopen(GUEST, "rb");
    int fd = mkstemp(copy_path);
    if (!file || fd < 0 || fseek(file, 0, SEEK_END) != 0)
        return -1;
    close(fd);
    image_size = (size_t)ftell(file);
    image = malloc(image_size);
    rewind(file);
    bool ok = image && fread(image, 1, image_size, file) == image_size;
    fclose(file);
    return ok ? 0 : -1;
}

static int remove_copy(void **state)
{
    (void)state;
    free(image);
    return unlink(copy_path);
}

static void expect_refused(const char *path, enum w2s_error_kind kind, const char *words)
{
    w2s_error err = {0};
    w2s_module *module = w2s_module_load(path, &err);
    if (module)
        fail_msg("%s: was loaded", path);
    if (err.kind != kind || !strstr(err.message, words))
        fail_msg("kind %d, %s", (int)err.kind, err.message);
    assert_null(w2s_module_load(path, NULL));
}

static void write_copy(const void *bytes, size_t size)
{
    FILE *file = fopen(copy_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void test_foreign_files(void **state)
{
    (void)state;
    expect_refused("/nonexistent/x.so", W2S_ERROR_IO, "No such file");
    expect_refused("nonexistent.so", W2S_ERROR_IO, "No such file");
    expect_refused("/tmp", W2S_ERROR_IO, "not a regular file");
    expect_refused("", W2S_ERROR_ARGUMENT, "no file name");
    expect_refused("/proc/self/exe", W2S_ERROR_FORMAT, "not a ");
    expect_refused("/dev/null", W2S_ERROR_IO, "not a regular file");
    write_copy("\0asm\1\0\0\0", 8);
    expect_refused(copy_path, W2S_ERROR_FORMAT, "no ELF file");
    write_copy("", 0);
    expect_refused(copy_path, W2S_ERROR_FORMAT, "no ELF file");
}

/* Every cut must be refused, or, behind all that is loaded, be harmless. */
static void test_truncated(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (size_t size = 0; size < image_size; size += size < 1024 ? 13 : 509) {
        write_copy(image, size);
        w2s_error err = {0};
        w2s_module *module = w2s_module_load(copy_path, &err);
        refused += !module;
        w2s_module_free(module);
    }
    assert_true(refused > 80);
}

static void expect_damaged(size_t offset, const void *bytes, size_t size, enum w2s_error_kind kind,
                           const char *words)
{
    uint8_t *copy = malloc(image_size);
    assert_non_null(copy);
    memcpy(copy, image, image_size);
    memcpy(copy + offset, bytes, size);
    write_copy(copy, image_size);
    free(copy);
    expect_refused(copy_path, kind, words);
}

static void test_damaged_headers(void **state)
{
    (void)state;
    const uint16_t machine = EM_RISCV, none = 0, many = 65535;
    const uint64_t far = UINT64_MAX - 7, past = image_size + 1;
    expect_damaged(offsetof(Elf64_Ehdr, e_machine), &machine, 2, W2S_ERROR_TARGET, "made for");
    expect_damaged(EI_CLASS, "\1", 1, W2S_ERROR_TARGET, "made for");
    expect_damaged(offsetof(Elf64_Ehdr, e_type), "\2", 1, W2S_ERROR_FORMAT, "not a shared");
    expect_damaged(offsetof(Elf64_Ehdr, e_phnum), &none, 2, W2S_ERROR_FORMAT, "damaged");
    expect_damaged(offsetof(Elf64_Ehdr, e_phnum), &many, 2, W2S_ERROR_FORMAT, "damaged");
    expect_damaged(offsetof(Elf64_Ehdr, e_phoff), &far, 8, W2S_ERROR_FORMAT, "damaged");
    expect_damaged(offsetof(Elf64_Ehdr, e_phoff), &past, 8, W2S_ERROR_FORMAT, "damaged");
    Elf64_Ehdr header;
    memcpy(&header, image, sizeof header);
    for (unsigned i = 0; i < header.e_phnum; i++) {
        size_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
        Elf64_Phdr segment;
        memcpy(&segment, image + at, sizeof segment);
        if (segment.p_type == PT_GNU_STACK)
            continue;
        const uint64_t moved = segment.p_vaddr + 16;
        if (segment.p_type != PT_LOAD)
            expect_damaged(at + offsetof(Elf64_Phdr, p_vaddr), &moved, 8, W2S_ERROR_FORMAT,
                           "damaged");
        expect_damaged(at + offsetof(Elf64_Phdr, p_offset), &far, 8, W2S_ERROR_FORMAT, "damaged");
        expect_damaged(at + offsetof(Elf64_Phdr, p_filesz), &far, 8, W2S_ERROR_FORMAT, "damaged");
        expect_damaged(at + offsetof(Elf64_Phdr, p_vaddr), &far, 8, W2S_ERROR_FORMAT, "damaged");
    }
}

/* ---- descriptors ---- */

static struct w2s_module_desc good;

static void expect_bad(const struct w2s_module_desc *desc, enum w2s_error_kind kind,
                       const char *words)
{
    w2s_error err = {0};
    assert_null(w2s_module_from_desc(desc, &err));
    if (err.kind != kind || !strstr(err.message, words))
        fail_msg("kind %d, %s", (int)err.kind, err.message);
}

#define EXPECT_BAD(kind, words, field, value)                                                      \
    do {                                                                                           \
        struct w2s_module_desc desc = good;                                                        \
        desc.field = (value);                                                                      \
        expect_bad(&desc, (kind), (words));                                                        \
    } while (0)

static void test_descriptor(void **state)
{
    (void)state;
    w2s_module *module = w2s_module_load(GUEST, NULL);
    good = *w2s_module_desc(module);
    w2s_module *copy = w2s_module_from_desc(&good, NULL);
    assert_non_null(copy);
    w2s_module_free(copy);
    struct w2s_module_desc older = good; /* of the first release, which knew fewer fields */
    older.size = W2S_MODULE_DESC_MIN_SIZE;
    memset((uint8_t *)&older + older.size, 0xff, sizeof older - older.size);
    copy = w2s_module_from_desc(&older, NULL);
    assert_non_null(copy);
    w2s_module_free(copy);
    copy = w2s_module_load(GUEST, NULL); /* one module however often it is loaded */
    assert_ptr_equal(copy, module);
    w2s_module_free(copy);

    EXPECT_BAD(W2S_ERROR_FORMAT, "ABI version 2", abi_version, 2);
    EXPECT_BAD(W2S_ERROR_FORMAT, "too small", size, 100);
    EXPECT_BAD(W2S_ERROR_FORMAT, "runtime features", features_needed, UINT64_C(1) << 63);
    EXPECT_BAD(W2S_ERROR_FORMAT, "memory mode", memory_mode, 77);
    EXPECT_BAD(W2S_ERROR_TARGET, "made for riscv64", target, "riscv64-linux-gnu");
    EXPECT_BAD(W2S_ERROR_TARGET, "made for x86_6,", target, "x86_6");
    EXPECT_BAD(W2S_ERROR_TARGET, "no-such-feature", cpu_features, "no-such-feature");
    EXPECT_BAD(W2S_ERROR_TARGET, "+later", cpu_features, "-avx512f,+later");
    EXPECT_BAD(W2S_ERROR_FORMAT, "import counts", import_func_count, 2);
    EXPECT_BAD(W2S_ERROR_FORMAT, "import counts", func_count, 0);
    EXPECT_BAD(W2S_ERROR_FORMAT, "missing section", exports, NULL);
    EXPECT_BAD(W2S_ERROR_FORMAT, "start", start, 999);
    EXPECT_BAD(W2S_ERROR_FORMAT, "layout", ctx_size, 64);
    EXPECT_BAD(W2S_ERROR_FORMAT, "layout", records_offset, UINT64_MAX - 7);
    EXPECT_BAD(W2S_ERROR_FORMAT, "layout", tables_offset, good.tables_offset + 1);
    EXPECT_BAD(W2S_ERROR_FORMAT, "an import", type_count, 1);
    EXPECT_BAD(W2S_ERROR_FORMAT, "an export", global_count, 1);
    expect_bad(NULL, W2S_ERROR_ARGUMENT, "no descriptor");
    w2s_module_free(module);
}

#ifdef __x86_64__
static void test_cpu_features(void **state)
{
    (void)state;
    w2s_module *module = w2s_module_load(GUEST, NULL);
    struct w2s_module_desc desc = *w2s_module_desc(module);
    desc.cpu_features = "sse2,+sse2,cx8,-no-such-feature,";
    w2s_module *copy = w2s_module_from_desc(&desc, NULL);
    assert_non_null(copy);
    w2s_module_free(copy);
    desc.cpu_features = "avx512f";
    copy = w2s_module_from_desc(&desc, NULL);
    assert_int_equal(copy != NULL, __builtin_cpu_supports("avx512f") != 0);
    w2s_module_free(copy);
    desc.cpu_features = "avx2";
    copy = w2s_module_from_desc(&desc, NULL);
    assert_int_equal(copy != NULL, __builtin_cpu_supports("avx2") != 0);
    w2s_module_free(copy);
    w2s_module_free(module);
}
#endif

/* One id, two types: refused while the first is in use, and only then. */
static void test_type_collision(void **state)
{
    (void)state;
    w2s_module *module = w2s_module_load(GUEST, NULL);
    assert_non_null(module);
    expect_refused(BAD_TYPE, W2S_ERROR_FORMAT, "same id");
    w2s_module_free(module);
    expect_refused(BAD_TYPE, W2S_ERROR_FORMAT, "same id"); /* it has both itself */
    module = w2s_module_load(GUEST, NULL);
    assert_non_null(module);
    w2s_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_files),   cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_damaged_headers), cmocka_unit_test(test_descriptor),
#ifdef __x86_64__
        cmocka_unit_test(test_cpu_features),
#endif
        cmocka_unit_test(test_type_collision),
    };
    return cmocka_run_group_tests(tests, read_image, remove_copy);
}
