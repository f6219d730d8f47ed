/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * test_linker.c: WASI as an embedder sees it: what is defined in the linker, with which types, the
 * exit trap, and that the state goes with the store.
 */
#include "tests/runtime/wasi/fixture.h"

#include <fcntl.h>

#define CURRENT "wasi_snapshot_preview1"
#define OLD     "wasi_unstable"

struct embedder {
    w2s_store *store;
    w2s_linker *linker;
};

static bool define(const struct embedder *embedder, w2s_error *err)
{
    const char *const args[] = {"prog"};
    const struct w2s_wasi_dir dirs[] = {{fixture.root, "/", false}};
    const w2s_wasi_config config = {
        .size = sizeof config,
        .args = args,
        .arg_count = 1,
        .dirs = dirs,
        .dir_count = 1,
        .stdin_fd = 0,
        .stdout_fd = 1,
        .stderr_fd = 2,
    };
    return w2s_linker_define_wasi(embedder->linker, &config, err);
}

static struct embedder embedder_open(void)
{
    w2s_error err;
    struct embedder embedder = {.store = w2s_store_new(NULL)};
    assert_non_null(embedder.store);
    embedder.linker = w2s_linker_new(embedder.store);
    assert_non_null(embedder.linker);
    assert_true(define(&embedder, &err));
    return embedder;
}

static w2s_func *function(const struct embedder *embedder, const char *module, const char *name)
{
    w2s_extern item;
    if (!w2s_linker_get(embedder->linker, module, name, &item))
        return NULL;
    assert_int_equal(item.kind, W2S_FUNC);
    return item.of.func;
}

static void check_type(const w2s_func *func, const char *params, const char *results)
{
    assert_non_null(func);
    w2s_functype type = w2s_func_type(func);
    assert_int_equal(type.param_count, strlen(params));
    assert_int_equal(type.result_count, strlen(results));
    for (uint32_t i = 0; i < type.param_count; i++)
        assert_int_equal(type.params[i].kind, params[i] == 'I' ? W2S_I64 : W2S_I32);
    if (type.result_count)
        assert_int_equal(type.results[0].kind, W2S_I32);
}

/* The signatures of the standard, written down a second time. */
static void test_types(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"args_get", "ii", "i"},
        {"args_sizes_get", "ii", "i"},
        {"environ_get", "ii", "i"},
        {"environ_sizes_get", "ii", "i"},
        {"clock_res_get", "ii", "i"},
        {"clock_time_get", "iIi", "i"},
        {"fd_advise", "iIIi", "i"},
        {"fd_allocate", "iII", "i"},
        {"fd_close", "i", "i"},
        {"fd_datasync", "i", "i"},
        {"fd_fdstat_get", "ii", "i"},
        {"fd_fdstat_set_flags", "ii", "i"},
        {"fd_fdstat_set_rights", "iII", "i"},
        {"fd_filestat_get", "ii", "i"},
        {"fd_filestat_set_size", "iI", "i"},
        {"fd_filestat_set_times", "iIIi", "i"},
        {"fd_pread", "iiiIi", "i"},
        {"fd_prestat_get", "ii", "i"},
        {"fd_prestat_dir_name", "iii", "i"},
        {"fd_pwrite", "iiiIi", "i"},
        {"fd_read", "iiii", "i"},
        {"fd_readdir", "iiiIi", "i"},
        {"fd_renumber", "ii", "i"},
        {"fd_seek", "iIii", "i"},
        {"fd_sync", "i", "i"},
        {"fd_tell", "ii", "i"},
        {"fd_write", "iiii", "i"},
        {"path_create_directory", "iii", "i"},
        {"path_filestat_get", "iiiii", "i"},
        {"path_filestat_set_times", "iiiiIIi", "i"},
        {"path_link", "iiiiiii", "i"},
        {"path_open", "iiiiiIIii", "i"},
        {"path_readlink", "iiiiii", "i"},
        {"path_remove_directory", "iii", "i"},
        {"path_rename", "iiiiii", "i"},
        {"path_symlink", "iiiii", "i"},
        {"path_unlink_file", "iii", "i"},
        {"poll_oneoff", "iiii", "i"},
        {"proc_exit", "i", ""},
        {"proc_raise", "i", "i"},
        {"random_get", "ii", "i"},
        {"sched_yield", "", "i"},
        {"sock_accept", "iii", "i"},
        {"sock_recv", "iiiiii", "i"},
        {"sock_send", "iiiii", "i"},
        {"sock_shutdown", "ii", "i"},
    };
    const size_t count = sizeof rows / sizeof *rows;
    struct embedder embedder = embedder_open();
    assert_int_equal(count, 46);
    for (size_t i = 0; i < count; i++) {
        check_type(function(&embedder, CURRENT, rows[i][0]), rows[i][1], rows[i][2]);
        if (strcmp(rows[i][0], "sock_accept") != 0)
            check_type(function(&embedder, OLD, rows[i][0]), rows[i][1], rows[i][2]);
    }
    assert_null(function(&embedder, OLD, "sock_accept"));
    assert_null(function(&embedder, CURRENT, "no_such_function"));
    assert_ptr_not_equal(function(&embedder, CURRENT, "fd_seek"),
                         function(&embedder, OLD, "fd_seek"));
    w2s_store_free(embedder.store);
}

static void test_exit(void **state)
{
    (void)state;
    struct embedder embedder = embedder_open();
    w2s_value status = {.i32 = 3};
    w2s_value result;
    w2s_trap *trap = w2s_call(function(&embedder, CURRENT, "proc_exit"), &status, &result);
    assert_non_null(trap);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_EXIT);
    assert_int_equal(w2s_trap_exit_status(trap), 3);
    w2s_trap_free(trap);
    status.i32 = 6;
    trap = w2s_call(function(&embedder, OLD, "proc_raise"), &status, &result);
    assert_non_null(trap);
    assert_int_equal(w2s_trap_exit_status(trap), 134);
    w2s_trap_free(trap);
    w2s_store_free(embedder.store);
}

/* Called by the host there is no memory; what needs none works. */
static void test_no_memory(void **state)
{
    (void)state;
    struct embedder embedder = embedder_open();
    w2s_value args[4] = {{.i32 = 0}};
    w2s_value result = {.i32 = -1};
    assert_null(w2s_call(function(&embedder, CURRENT, "sched_yield"), NULL, &result));
    assert_int_equal(result.i32, WASI_SUCCESS);
    assert_null(w2s_call(function(&embedder, CURRENT, "random_get"), args, &result));
    assert_int_equal(result.i32, WASI_FAULT);
    args[0].i32 = 3;
    assert_null(w2s_call(function(&embedder, CURRENT, "fd_close"), args, &result));
    assert_int_equal(result.i32, WASI_SUCCESS);
    assert_null(w2s_call(function(&embedder, OLD, "fd_close"), args, &result));
    assert_int_equal(result.i32, WASI_BADF); /* both modules share the descriptors */
    w2s_store_free(embedder.store);
}

static void test_state_goes_with_store(void **state)
{
    (void)state;
    int before = open_host_descriptors();
    w2s_error err;
    struct embedder embedder = embedder_open();
    assert_int_equal(open_host_descriptors(), before + 1);
    assert_true(define(&embedder, &err)); /* again: replaces the definitions */
    w2s_store_free(embedder.store);
    assert_int_equal(open_host_descriptors(), before);
    assert_true(fcntl(1, F_GETFD) >= 0);
}

static void test_refused_config(void **state)
{
    (void)state;
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_new(store);
    const struct w2s_wasi_dir dirs[] = {{"/nonexistent/w2s", "/", false}};
    const w2s_wasi_config config = {.size = sizeof config, .dirs = dirs, .dir_count = 1};
    assert_false(w2s_linker_define_wasi(linker, &config, &err));
    assert_int_equal(err.kind, W2S_ERROR_IO);
    assert_non_null(strstr(err.message, "/nonexistent/w2s"));
    assert_false(w2s_linker_define_wasi(linker, NULL, NULL));
    w2s_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_types),          TEST(test_exit),
        TEST(test_no_memory),      TEST(test_state_goes_with_store),
        TEST(test_refused_config),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
