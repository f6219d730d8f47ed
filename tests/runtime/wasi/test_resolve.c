/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * test_resolve.c: confined path resolution, the kernel's way and ours: both must give the same
 * answer for every path, and none may leave the directory.
 */
#include "tests/runtime/wasi/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { CHAIN = 41 };

static int root_fd(void)
{
    return fixture.wasi->table.items[ROOT].host;
}

static void make_tree(void)
{
    char name[32], target[32];
    make_file("file", "inner");
    make_dir("dir");
    make_dir("dir/nested");
    make_file("dir/nested/file", "nested");
    make_link("link_file", "file");
    make_link("link_dir", "dir");
    make_link("link_slash", "dir/");
    make_link("link_up", "../outside/secret");
    make_link("link_abs", "/etc/passwd");
    make_link("link_abs_root", "/");
    make_link("dangling", "nowhere");
    make_link("loop_a", "loop_b");
    make_link("loop_b", "loop_a");
    make_link("self", "self");
    make_link("dir/up", "..");
    make_link("dir/back", "../file");
    make_link("dir/escape", "../../outside");
    make_link("dir/return", "../../root/file");
    make_link("chain0", "file");
    for (int i = 1; i < CHAIN; i++) {
        snprintf(name, sizeof name, "chain%d", i);
        snprintf(target, sizeof target, "chain%d", i - 1);
        make_link(name, target);
    }
}

struct expectation {
    const char *path;
    enum wasi_errno error;
};

static void check(const struct expectation *table, size_t count, int flags)
{
    for (size_t i = 0; i < count; i++) {
        int fd = -1;
        enum wasi_errno error =
            wasi_open_beneath(fixture.wasi, root_fd(), table[i].path, flags, 0666, &fd);
        if (error != table[i].error)
            print_error("path \"%s\"\n", table[i].path);
        assert_int_equal(error, table[i].error);
        if (error == WASI_SUCCESS)
            close(fd);
    }
}

#define CHECK(table, flags) check(table, sizeof(table) / sizeof *(table), flags)

static void test_follow(void **state)
{
    (void)state;
    static const struct expectation inside[] = {
        {"file", WASI_SUCCESS},
        {"./file", WASI_SUCCESS},
        {".", WASI_SUCCESS},
        {"./", WASI_SUCCESS},
        {"dir/", WASI_SUCCESS},
        {"dir//nested///file", WASI_SUCCESS},
        {"dir/../file", WASI_SUCCESS},
        {"dir/..", WASI_SUCCESS},
        {"dir/nested/../../", WASI_SUCCESS},
        {"dir/.//nested/../../dir/nested/../nested///./file", WASI_SUCCESS},
        {"link_file", WASI_SUCCESS},
        {"link_dir", WASI_SUCCESS},
        {"link_dir/", WASI_SUCCESS},
        {"link_dir/nested/file", WASI_SUCCESS},
        {"link_slash/nested/file", WASI_SUCCESS},
        {"link_dir/../file", WASI_SUCCESS},
        {"dir/up/file", WASI_SUCCESS},
        {"dir/up/dir/up/dir/up/file", WASI_SUCCESS},
        {"dir/back", WASI_SUCCESS},
        {"chain39", WASI_SUCCESS},
    };
    static const struct expectation failing[] = {
        {"", WASI_NOENT},           {"nowhere", WASI_NOENT},
        {"dangling", WASI_NOENT},   {"nowhere/..", WASI_NOENT},
        {"dangling/x", WASI_NOENT}, {"file/", WASI_NOTDIR},
        {"file/.", WASI_NOTDIR},    {"file/..", WASI_NOTDIR},
        {"file/x", WASI_NOTDIR},    {"link_file/", WASI_NOTDIR},
        {"loop_a", WASI_LOOP},      {"self", WASI_LOOP},
        {"self/x", WASI_LOOP},      {"chain40", WASI_LOOP},
    };
    make_tree();
    CHECK(inside, O_RDONLY);
    CHECK(inside, O_PATH);
    CHECK(failing, O_RDONLY);
    CHECK(failing, O_PATH);
}

static void test_escape(void **state)
{
    (void)state;
    static const struct expectation escapes[] = {
        {"..", WASI_NOTCAPABLE},
        {"../", WASI_NOTCAPABLE},
        {"../outside/secret", WASI_NOTCAPABLE},
        {"../root/file", WASI_NOTCAPABLE},
        {"./../outside/secret", WASI_NOTCAPABLE},
        {"dir/../../outside/secret", WASI_NOTCAPABLE},
        {"dir/nested/../../../outside/secret", WASI_NOTCAPABLE},
        {"/", WASI_NOTCAPABLE},
        {"/etc/passwd", WASI_NOTCAPABLE},
        {"//etc/passwd", WASI_NOTCAPABLE},
        {"link_up", WASI_NOTCAPABLE},
        {"link_abs", WASI_NOTCAPABLE},
        {"link_abs_root/etc/passwd", WASI_NOTCAPABLE},
        {"link_abs_root/", WASI_NOTCAPABLE},
        {"dir/escape", WASI_NOTCAPABLE},
        {"dir/escape/secret", WASI_NOTCAPABLE},
        {"dir/return", WASI_NOTCAPABLE},
        {"dir/up/..", WASI_NOTCAPABLE},
        {"link_dir/../../outside/secret", WASI_NOTCAPABLE},
        {"dir/up/dir/up/../outside/secret", WASI_NOTCAPABLE},
    };
    make_tree();
    CHECK(escapes, O_RDONLY);
    CHECK(escapes, O_PATH);
    CHECK(escapes, O_WRONLY);
}

static void test_nofollow(void **state)
{
    (void)state;
    static const struct expectation as_path[] = {
        {"link_up", WASI_SUCCESS},
        {"link_abs", WASI_SUCCESS},
        {"dangling", WASI_SUCCESS},
        {"self", WASI_SUCCESS},
        {"link_dir/back", WASI_SUCCESS},
        {"link_dir/", WASI_SUCCESS},
        {"dir/escape/", WASI_NOTCAPABLE},
        {"link_abs_root/", WASI_NOTCAPABLE},
        {"dir/escape/secret", WASI_NOTCAPABLE},
    };
    static const struct expectation to_read[] = {
        {"link_file", WASI_LOOP}, {"link_up", WASI_LOOP},      {"dangling", WASI_LOOP},
        {"file", WASI_SUCCESS},   {"link_dir/", WASI_SUCCESS},
    };
    static const struct expectation as_directory[] = {
        {"link_dir", WASI_NOTDIR}, {"file", WASI_NOTDIR}, {"dir", WASI_SUCCESS}};
    make_tree();
    CHECK(as_path, O_PATH | O_NOFOLLOW);
    CHECK(to_read, O_RDONLY | O_NOFOLLOW);
    CHECK(as_directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

static void test_create(void **state)
{
    (void)state;
    static const struct expectation create[] = {
        {"new", WASI_SUCCESS},
        {"dir/new", WASI_SUCCESS},
        {"dangling", WASI_SUCCESS},
        {"new/", WASI_ISDIR},
        {"../outside/new", WASI_NOTCAPABLE},
        {"out", WASI_NOTCAPABLE},
        {"out_abs", WASI_NOTCAPABLE},
        {"dir", WASI_ISDIR},
        {".", WASI_ISDIR},
    };
    static const struct expectation exclusive[] = {
        {"file", WASI_EXIST}, {"link_file", WASI_EXIST}, {"out", WASI_EXIST}, {"x", WASI_SUCCESS}};
    make_tree();
    make_link("out", "../outside/new");
    make_link("out_abs", "/tmp/w2s_wasi_must_not_appear");
    CHECK(create, O_CREAT | O_WRONLY);
    CHECK(exclusive, O_CREAT | O_EXCL | O_WRONLY);
    assert_true(exists("nowhere"));
    assert_false(exists("../outside/new"));
    assert_int_equal(access("/tmp/w2s_wasi_must_not_appear", F_OK), -1);
}

static void test_limits(void **state)
{
    (void)state;
    char name[NAME_MAX + 2], deep[PATH_MAX];
    int fd;
    memset(name, 'a', sizeof name);
    name[NAME_MAX + 1] = 0;
    assert_int_equal(wasi_open_beneath(fixture.wasi, root_fd(), name, O_RDONLY, 0, &fd),
                     WASI_NAMETOOLONG);
    make_dir("d");
    make_link("d/d", "../d"); /* each d/ is one more link */
    for (size_t i = 0; i + 1 < sizeof deep; i++)
        deep[i] = i % 2 ? '/' : 'd';
    deep[sizeof deep - 1] = 0;
    assert_int_equal(wasi_open_beneath(fixture.wasi, root_fd(), deep, O_RDONLY, 0, &fd), WASI_LOOP);
    for (size_t i = 0; i + 1 < sizeof deep; i++)
        deep[i] = i % 2 ? '/' : '.';
    assert_int_equal(wasi_open_beneath(fixture.wasi, root_fd(), deep, O_RDONLY, 0, &fd),
                     WASI_SUCCESS);
    close(fd);
}

static void test_place(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name;
        enum wasi_errno error;
    } table[] = {
        {"file", "file", WASI_SUCCESS},
        {"dir/new", "new", WASI_SUCCESS},
        {"dir/new//", "new//", WASI_SUCCESS},
        {"dir/.", ".", WASI_SUCCESS},
        {"dir/..", ".", WASI_SUCCESS},
        {".", ".", WASI_SUCCESS},
        {"a./x", NULL, WASI_NOENT},
        {"...", "...", WASI_SUCCESS},
        {"dir/..x", "..x", WASI_SUCCESS},
        {"..", NULL, WASI_NOTCAPABLE},
        {"../", NULL, WASI_NOTCAPABLE},
        {"../x", NULL, WASI_NOTCAPABLE},
        {"dir/escape/x", NULL, WASI_NOTCAPABLE},
        {"file/x", NULL, WASI_NOTDIR},
        {"link_abs_root/x", NULL, WASI_NOTCAPABLE},
        {"link_up", "link_up", WASI_SUCCESS},
    };
    make_tree();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct wasi_place place;
        strcpy(place.path, table[i].path);
        assert_int_equal(wasi_place_open(fixture.wasi, root_fd(), &place), table[i].error);
        if (table[i].name)
            assert_string_equal(place.name, table[i].name);
        wasi_place_close(&place);
    }
}

static void test_no_leak(void **state)
{
    int before = open_host_descriptors();
    test_follow(state);
    assert_int_equal(open_host_descriptors(), before);
}

/* ---- races: another thread swaps a directory and a link that leads out ---- */

static atomic_bool stop;

static void *swapper(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop))
        renameat2(root_fd(), "swap", root_fd(), "out", RENAME_EXCHANGE);
    return NULL;
}

static void race(const char *path, int flags)
{
    pthread_t thread;
    int inner = 0;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&thread, NULL, swapper, NULL), 0);
    for (int i = 0; i < 4000 || (inner == 0 && i < 1000000); i++) {
        int fd;
        char text[6] = "";
        if (wasi_open_beneath(fixture.wasi, root_fd(), path, flags, 0, &fd))
            continue;
        assert_int_equal(read(fd, text, 5), 5);
        close(fd);
        assert_string_equal(text, "inner");
        inner++;
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    assert_true(inner > 0);
}

static void test_race_directory(void **state)
{
    (void)state;
    make_dir("swap");
    make_file("swap/secret", "inner");
    make_link("out", "../outside");
    race("swap/secret", O_RDONLY);
    race("swap/./../swap/secret", O_RDONLY);
}

static void test_race_file(void **state)
{
    (void)state;
    make_file("swap", "inner");
    make_link("out", "../outside/secret");
    race("swap", O_RDONLY);
    race("swap", O_RDONLY | O_NOFOLLOW);
}

static void test_kernel_has_it(void **state)
{
    (void)state;
    if (!wasi_kernel_resolves())
        skip(); /* then both rounds used our own resolver */
    assert_false(fixture.wasi->own_resolver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(test_follow),   TEST_BOTH(test_escape),         TEST_BOTH(test_nofollow),
        TEST_BOTH(test_create),   TEST_BOTH(test_limits),         TEST_BOTH(test_place),
        TEST_BOTH(test_no_leak),  TEST_BOTH(test_race_directory), TEST_BOTH(test_race_file),
        TEST(test_kernel_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
