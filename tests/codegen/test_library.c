/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compiler as a library (wasm2so_compile.h), as a host sees it: artifacts in memory, errors
 * with their place, progress, cancelling, options of other sizes, several threads at once.
 */
#include "tests/codegen/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char add[] = "(module (func (export \"add\") (param i32 i32) (result i32)"
                          " (i32.add (local.get 0) (local.get 1))))";

struct artifact {
    void *bytes;
    size_t size;
    w2s_compile_error err;
};

static struct artifact make(const void *bytes, size_t size, const w2s_compile_options *options)
{
    struct artifact artifact;
    memset(&artifact, 0xff, sizeof artifact);
    bool ok =
        w2s_compile_to_memory(bytes, size, options, &artifact.bytes, &artifact.size, &artifact.err);
    assert_int_equal(ok, artifact.bytes != NULL);
    assert_int_equal(ok, artifact.err.kind == W2S_COMPILE_OK);
    return artifact;
}

static void test_memory_is_the_file(void **state)
{
    (void)state;
    struct arena arena = {.head = NULL};
    char path[SUPPORT_PATH];
    static const enum w2s_emit forms[] = {W2S_EMIT_SO, W2S_EMIT_OBJ, W2S_EMIT_HEADER, W2S_EMIT_ASM,
                                          W2S_EMIT_ARCHIVE};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.emit = forms[i];
        options.prefix = "p";
        support_compile(add, &options, path);
        struct slice file = support_read(path, &arena);
        struct artifact artifact = make(add, strlen(add), &options);
        assert_int_equal(artifact.size, file.n);
        assert_memory_equal(artifact.bytes, file.p, file.n);
        w2s_artifact_free(artifact.bytes);
    }
    arena_free(&arena);
}

/* Of a killed process that had the number of this one. */
static void test_leftovers(void **state)
{
    (void)state;
    char path[SUPPORT_PATH], left[64][SUPPORT_PATH + 40];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    support_compile(add, &options, path);
    for (unsigned i = 0; i < 64; i++) {
        snprintf(left[i], sizeof left[i], "%s.%ld-%u.tmp", path, (long)getpid(), i);
        int fd = open(left[i], O_WRONLY | O_CREAT, 0666);
        assert_true(fd >= 0);
        close(fd);
    }
    w2s_compile_error err;
    assert_true(w2s_compile(add, strlen(add), &options, path, &err));
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(unlink(left[i]), 0);
}

static void test_errors(void **state)
{
    (void)state;
    static const uint8_t cut[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1};
    static const uint8_t wrong[] = {
        0, 'a', 's', 'm', 1, 0,  0, 0, 1, 4, 1,    0x60, 0,
        0, 3,   2,   1,   0, 10, 5, 1, 3, 0, 0x6a, 0x0b}; /* i32.add on an empty stack */
    struct artifact artifact = make(cut, sizeof cut, NULL);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_MALFORMED);
    assert_true(artifact.err.offset <= sizeof cut);
    assert_int_equal(artifact.err.func, UINT32_MAX);
    artifact = make(wrong, sizeof wrong, NULL);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_INVALID);
    assert_int_equal(artifact.err.offset, 23);
    assert_int_equal(artifact.err.func, 0);
    assert_non_null(strstr(artifact.err.message, "type mismatch"));
    artifact = make("(module\n (func i32.const))", 26, NULL);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_MALFORMED);
    assert_int_equal(artifact.err.line, 2);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.target = "mips-linux-gnu";
    artifact = make(add, strlen(add), &options);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_UNSUPPORTED);
    assert_false(w2s_compile(add, strlen(add), NULL, "/nowhere/add.so", &artifact.err));
    assert_int_equal(artifact.err.kind, W2S_COMPILE_IO);
}

static void test_validate(void **state)
{
    (void)state;
    w2s_compile_error err;
    static const char bad[] = "(module (func (result i32)))";
    static const char vector[] = "(module (func (param v128)))";
    assert_true(w2s_validate(add, strlen(add), 0, &err));
    assert_int_equal(err.kind, W2S_COMPILE_OK);
    assert_false(w2s_validate(bad, strlen(bad), 0, &err));
    assert_int_equal(err.kind, W2S_COMPILE_INVALID);
    assert_true(w2s_validate(vector, strlen(vector), 0, &err));
    assert_false(w2s_validate(vector, strlen(vector), UINT64_MAX, &err));
}

/* The options struct of a first release ends before what was appended. */
static void test_older_host(void **state)
{
    (void)state;
    w2s_compile_options options;
    memset(&options, 0xff, sizeof options);
    memset(&options, 0, offsetof(w2s_compile_options, static_link));
    options.size = offsetof(w2s_compile_options, static_link);
    options.level = -1;
    struct artifact artifact = make(add, strlen(add), &options);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_OK);
    w2s_artifact_free(artifact.bytes);
}

/* ---- progress and cancelling ---- */

struct watch {
    atomic_uint asked, allowed; /* questions, and how many are answered with "go on" */
    w2s_compile_progress last;
};

static bool ask(void *env)
{
    struct watch *watch = env;
    return atomic_fetch_add(&watch->asked, 1) >= atomic_load(&watch->allowed);
}

static void see(void *env, const w2s_compile_progress *progress)
{
    struct watch *watch = env;
    assert_true(progress->functions_done > watch->last.functions_done);
    watch->last = *progress;
}

static void test_cancel(void **state)
{
    (void)state;
    struct watch watch = {.allowed = UINT32_MAX};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.cancelled = ask;
    options.progress = see;
    options.env = &watch;
    struct artifact artifact = make(add, strlen(add), &options);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_OK);
    w2s_artifact_free(artifact.bytes);
    assert_int_equal(watch.last.functions_done, 1);
    assert_int_equal(watch.last.functions_total, 1);
    assert_int_equal(watch.last.bytes_done, watch.last.bytes_total);
    unsigned questions = atomic_load(&watch.asked);
    assert_true(questions >= 3);
    for (unsigned i = 0; i < questions; i++) { /* at each place where it is asked */
        watch = (struct watch){.allowed = i};
        artifact = make(add, strlen(add), &options);
        assert_int_equal(artifact.err.kind, W2S_COMPILE_CANCELLED);
    }
}

/* ---- in a child process ---- */

static void crash(void *env, const char *line)
{
    (void)env;
    (void)line;
    raise(SIGKILL);
}

static bool yes(void *env)
{
    (void)env;
    return true;
}

static void test_isolated(void **state)
{
    (void)state;
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.prefix = "p";
    struct artifact here = make(add, strlen(add), &options);
    options.isolated = true;
    struct artifact there = make(add, strlen(add), &options);
    assert_int_equal(here.size, there.size);
    assert_memory_equal(here.bytes, there.bytes, here.size);
    struct arena arena = {.head = NULL};
    char path[SUPPORT_PATH];
    support_compile(add, &options, path);
    struct slice file = support_read(path, &arena);
    assert_int_equal(file.n, here.size);
    arena_free(&arena);
    w2s_artifact_free(here.bytes);
    w2s_artifact_free(there.bytes);
    struct artifact bad = make("(module\n (func (result i32)))", 29, &options);
    assert_int_equal(bad.err.kind, W2S_COMPILE_INVALID);
    assert_int_equal(bad.err.line, 2);
    options.note = crash; /* of an old mnemonic */
    static const char old[] = "(module (func (param i32) (drop (get_local 0))))";
    bad = make(old, strlen(old), &options);
    assert_int_equal(bad.err.kind, W2S_COMPILE_INTERNAL);
    assert_non_null(strstr(bad.err.message, "killed"));
    options.note = NULL;
    options.cancelled = yes;
    bad = make(old, strlen(old), &options);
    assert_int_equal(bad.err.kind, W2S_COMPILE_CANCELLED);
}

/* ---- signals ---- */

static void ask_mask(void *env, const w2s_compile_progress *progress)
{
    (void)progress;
    pthread_sigmask(SIG_SETMASK, NULL, env);
}

/* The host's signals are not taken by threads of the compiler, faults are; nothing is left blocked.
 */
static void test_signals(void **state)
{
    (void)state;
    sigset_t there, here;
    sigemptyset(&there);
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.progress = ask_mask;
    options.env = &there;
    struct artifact artifact = make(add, strlen(add), &options);
    assert_int_equal(artifact.err.kind, W2S_COMPILE_OK);
    w2s_artifact_free(artifact.bytes);
    assert_true(sigismember(&there, SIGINT) && sigismember(&there, SIGUSR1));
    assert_false(sigismember(&there, SIGSEGV));
    pthread_sigmask(SIG_SETMASK, NULL, &here);
    assert_false(sigismember(&here, SIGINT));
}

/* ---- threads ---- */

static void *compile_often(void *env)
{
    const struct artifact *expected = env;
    uintptr_t wrong = 0;
    for (int i = 0; i < 8; i++) {
        struct artifact artifact = {.bytes = NULL};
        const char *text = i % 4 == 3 ? "(module (func (result i32)))" : add;
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.prefix = "p";
        w2s_compile_to_memory(text, strlen(text), &options, &artifact.bytes, &artifact.size,
                              &artifact.err);
        wrong += text == add ? artifact.size != expected->size ||
                                   memcmp(artifact.bytes, expected->bytes, expected->size) != 0
                             : artifact.err.kind != W2S_COMPILE_INVALID;
        w2s_artifact_free(artifact.bytes);
    }
    return (void *)wrong;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[3];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.prefix = "p";
    struct artifact expected = make(add, strlen(add), &options);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compile_often, &expected), 0);
    for (int i = 0; i < 3; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    w2s_artifact_free(expected.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_the_file),
        cmocka_unit_test(test_leftovers),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_validate),
        cmocka_unit_test(test_older_host),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_isolated),

        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
