/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compile cache and staged files: what changes the key, what is not trusted, what is left over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/include/wasm2so.h"
#include "tools/wasm2so/cache.h"
#include "tools/wasm2so/file.h"
#include "tools/wasm2so/options.h"

/* The runtime is not linked. */
const char *w2s_version(void)
{
    return "0";
}

static char directory[] = "/tmp/test_cache-XXXXXX";
static char inside[64]; /* a file in it */

static struct slice text(const char *bytes)
{
    return (struct slice){(const uint8_t *)bytes, strlen(bytes)};
}

static struct options plain(void)
{
    static char cache[64];
    snprintf(cache, sizeof cache, "%s/deep/cache", directory);
    return (struct options){.compile = W2S_COMPILE_OPTIONS_INIT, .cache = cache};
}

static void write_file(const char *path, const char *bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
}

static void locate(const struct options *options, const char *bytes, struct cache_entry *entry)
{
    struct error err = ERROR_INIT;
    assert_true(cache_locate(options, text(bytes), entry, &err));
}

static void insert(const struct cache_entry *entry, const char *bytes)
{
    struct error err = ERROR_INIT;
    write_file(inside, bytes);
    assert_true(cache_insert(entry, inside, &err));
}

static void test_same_input_same_entry(void **state)
{
    (void)state;
    struct options options = plain();
    struct cache_entry a, b;
    locate(&options, "module", &a);
    options.compile.jobs = 7; /* does not change the code */
    options.verbose = true;
    locate(&options, "module", &b);
    assert_string_equal(a.path, b.path);
    locate(&options, "modulf", &b);
    assert_string_not_equal(a.path, b.path);
}

static void test_options_change_the_key(void **state)
{
    (void)state;
    struct options variants[11];
    for (int i = 0; i < 11; i++)
        variants[i] = plain();
    variants[1].compile.level = 1;
    variants[2].compile.cpu = "native";
    variants[3].compile.cpu = "nativf";
    variants[4].compile.features = "native";
    variants[5].compile.memory = W2S_MEMORY_CHECKED;
    variants[6].compile.disabled = 1;
    variants[7].compile.optimize_size = true;
    variants[8].compile.strict_traps = true;
    variants[10].compile.interruptible = true;
    variants[9].compile.name = "dir/x.wasm";
    struct cache_entry entries[11];
    for (int i = 0; i < 11; i++) {
        locate(&variants[i], "module", &entries[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(entries[i].path, entries[j].path);
    }
}

static void test_insert_and_copy(void **state)
{
    (void)state;
    struct options options = plain();
    struct cache_entry entry;
    struct error err = ERROR_INIT;
    struct slice bytes;
    char copy[80];
    snprintf(copy, sizeof copy, "%s/copy", directory);
    locate(&options, "inserted", &entry);
    assert_false(cache_holds(&entry));
    insert(&entry, "code");
    assert_true(cache_holds(&entry));
    assert_int_not_equal(access(inside, F_OK), 0);
    assert_true(cache_copy(entry.path, copy, &err));
    assert_true(file_read(copy, &bytes, &err));
    assert_int_equal(bytes.n, 4);
    assert_memory_equal(bytes.p, "code", 4);
    file_free(&bytes);
}

/* Every byte of an entry, the sum's own too. */
static void test_damaged_entries_are_not_held(void **state)
{
    (void)state;
    struct options options = plain();
    struct cache_entry entry;
    locate(&options, "damaged", &entry);
    for (off_t at = 0; at < 4 + 32; at++) {
        insert(&entry, "code");
        int fd = open(entry.path, O_RDWR);
        uint8_t byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        assert_false(cache_holds(&entry));
        assert_int_equal(truncate(entry.path, at), 0);
        assert_false(cache_holds(&entry));
    }
}

static void test_entries_of_others_are_not_held(void **state)
{
    (void)state;
    struct options options = plain();
    struct cache_entry entry;
    locate(&options, "others", &entry);
    insert(&entry, "code");
    assert_true(cache_holds(&entry));
    assert_int_equal(chmod(entry.path, 0722), 0);
    assert_false(cache_holds(&entry));
    assert_int_equal(unlink(entry.path), 0);
    assert_int_equal(mkfifo(entry.path, 0600), 0);
    assert_false(cache_holds(&entry)); /* and does not wait */
    assert_int_equal(unlink(entry.path), 0);
    assert_int_equal(symlink("/etc/passwd", entry.path), 0);
    assert_false(cache_holds(&entry));
}

static void test_no_directory(void **state)
{
    (void)state;
    struct options options = plain();
    struct cache_entry entry;
    struct error err = ERROR_INIT;
    options.cache = "/proc/no/such";
    assert_false(cache_locate(&options, text("x"), &entry, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_false(cache_holds(&entry));
}

/* ---- files ---- */

static int count_files(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.' || strncmp(entry->d_name, ".wasm2so", 8) == 0;
    closedir(dir);
    return count;
}

static void test_staging(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct staging staging;
    char target[80], leftover[4300];
    snprintf(target, sizeof target, "%s/target", directory);
    int before = count_files(directory);
    assert_true(staging_open(&staging, target, &err));
    write_file(staging.file, "result");
    snprintf(leftover, sizeof leftover, "%s/left.tmp", staging.directory);
    write_file(leftover, "x");
    assert_int_not_equal(access(target, F_OK), 0);
    assert_true(staging_commit(&staging, target, &err));
    staging_close(&staging);
    assert_int_equal(access(target, F_OK), 0);
    assert_int_equal(count_files(directory), before + 1);
    unlink(target);
}

static void test_staging_refuses(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct staging staging;
    assert_false(staging_open(&staging, "/no/such/dir/target", &err));
    assert_non_null(strstr(err.message, "No such file or directory"));
    err = (struct error)ERROR_INIT;
    assert_false(staging_open(&staging, directory, &err));
    assert_non_null(strstr(err.message, "Is a directory"));
}

/* A device is written to, not replaced. */
static void test_device(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct staging staging;
    struct stat st;
    assert_true(staging_open(&staging, "/dev/null", &err));
    write_file(staging.file, "result");
    assert_true(staging_commit(&staging, "/dev/null", &err));
    staging_close(&staging);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_true(staging_open(&staging, "/dev/full", &err));
    write_file(staging.file, "result");
    assert_false(staging_commit(&staging, "/dev/full", &err));
    staging_close(&staging);
    assert_non_null(strstr(err.message, "No space left"));
}

static void test_read_errors(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct slice bytes;
    assert_false(file_read("/no/such/file", &bytes, &err));
    assert_non_null(strstr(err.message, "No such file"));
    err = (struct error)ERROR_INIT;
    assert_false(file_read(directory, &bytes, &err));
    assert_non_null(strstr(err.message, "Is a directory"));
    err = (struct error)ERROR_INIT;
    assert_true(file_read("/dev/null", &bytes, &err));
    assert_int_equal(bytes.n, 0);
    file_free(&bytes);
}

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return 1;
    snprintf(inside, sizeof inside, "%s/inside", directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command); /* a fixed name of our own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_input_same_entry),
        cmocka_unit_test(test_options_change_the_key),
        cmocka_unit_test(test_insert_and_copy),
        cmocka_unit_test(test_damaged_entries_are_not_held),
        cmocka_unit_test(test_entries_of_others_are_not_held),
        cmocka_unit_test(test_no_directory),
        cmocka_unit_test(test_staging),
        cmocka_unit_test(test_staging_refuses),
        cmocka_unit_test(test_device),
        cmocka_unit_test(test_read_errors),
    };
    return cmocka_run_group_tests_name("cache and files", tests, setup, teardown);
}
