/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The command line: what each option stores, what is refused, where options end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "frontend/types.h"
#include "tools/serve/serve.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"

/* The driver's main file is not linked: its messages, kept for looking at. */
static char last_message[512];

int usage_error(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(last_message, sizeof last_message, fmt, args);
    va_end(args);
    return EXIT_USAGE;
}

int cmd_help(const struct options *options)
{
    snprintf(last_message, sizeof last_message, "help %s", options->file ? options->file : "");
    return EXIT_OK;
}

static struct options options;

/* Parses a command line of words separated by one space. */
static int parse(enum command_id command, const char *line)
{
    static char words[256];
    static char *argv[32];
    int argc = 0;
    options_free(&options);
    last_message[0] = '\0';
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return options_parse(&options, command, argc, argv);
}

static void test_compile(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_COMPILE, "compile -O3 a.wasm -o b.so --cpu=native -j 4 -g"), -1);
    assert_string_equal(options.file, "a.wasm");
    assert_string_equal(options.output, "b.so");
    assert_string_equal(options.compile.cpu, "native");
    assert_int_equal(options.compile.level, 3);
    assert_int_equal(options.compile.jobs, 4);
    assert_true(options.compile.debug);
    assert_int_equal(parse(CMD_COMPILE, "compile -Os a.wasm --emit llvm-ir --memory checked"), -1);
    assert_true(options.compile.optimize_size);
    assert_int_equal(options.compile.emit, W2S_EMIT_LLVM_IR);
    assert_int_equal(options.compile.memory, W2S_MEMORY_CHECKED);
    assert_int_equal(parse(CMD_COMPILE, "compile a.wasm --emit exe --static --dir a --dir b:ro"),
                     -1);
    assert_int_equal(options.compile.emit, W2S_EMIT_EXE);
    assert_true(options.compile.static_link);
    assert_string_equal(options.dirs.items[1], "b:ro");
    assert_int_equal(parse(CMD_COMPILE, "compile a.wasm"), -1);
    assert_int_equal(options.compile.level, -1);
    assert_int_equal(parse(CMD_COMPILE, "compile -- -odd.wasm"), -1);
    assert_string_equal(options.file, "-odd.wasm");
}

static void test_proposals(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_VALIDATE, "validate a --disable simd --disable gc --enable gc"), -1);
    assert_int_equal(options.compile.disabled, FEATURE_BIT(FEATURE_SIMD));
    assert_int_equal(parse(CMD_VALIDATE, "validate a --disable mvp"), EXIT_USAGE);
    assert_int_equal(parse(CMD_VALIDATE, "validate a --enable warp-drive"), EXIT_USAGE);
}

static void test_run(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_RUN, "run a.so --dir . --dir /x::/y:ro --env A=1 -- -v x"), -1);
    assert_int_equal(options.dirs.count, 2);
    assert_string_equal(options.dirs.items[1], "/x::/y:ro");
    assert_string_equal(options.env.items[0], "A=1");
    assert_int_equal(options.arg_count, 2);
    assert_string_equal(options.args[0], "-v");
    assert_int_equal(parse(CMD_RUN, "run a.so --max-memory 16M"), -1);
    assert_int_equal(options.max_memory, 16 << 20);
}

static void test_serve(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_SERVE, "serve a.so"), -1);
    assert_string_equal(options.serve.listen, "127.0.0.1:8080");
    assert_string_equal(options.serve.operation, "check_word_exists");
    assert_int_equal(parse(CMD_SERVE,
                           "serve a.so --listen [::]:0 --timeout 5 --format raw --instances "
                           "3 --max-body 2K --env A=1"),
                     -1);
    assert_string_equal(options.serve.listen, "[::]:0");
    assert_int_equal(options.timeout, 5);
    assert_int_equal(options.serve.format, SERVE_RAW);
    assert_int_equal(options.serve.instances, 3);
    assert_int_equal(options.serve.max_body, 2048);
    assert_int_equal(options.env.count, 1);
}

/* All that follows the name after --invoke are arguments. */
static void test_invoke_ends_options(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_RUN, "run a.so --env A=1 --invoke f -5 --dir -- 7"), -1);
    assert_string_equal(options.invoke, "f");
    assert_int_equal(options.arg_count, 4);
    assert_string_equal(options.args[0], "-5");
    assert_string_equal(options.args[2], "--");
    assert_int_equal(options.dirs.count, 0);
    assert_int_equal(parse(CMD_RUN, "run a.so --invoke=f -1"), -1);
    assert_string_equal(options.invoke, "f");
    assert_string_equal(options.args[0], "-1");
}

static void test_inspect(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_INSPECT, "inspect -hxd -j code a.wasm"), -1);
    assert_int_equal(options.print_what, 7);
    assert_string_equal(options.section, "code");
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        enum command_id command;
        const char *line, *message; /* message: a part of it */
    } cases[] = {
        {CMD_COMPILE, "compile", "no file"},
        {CMD_COMPILE, "compile a b", "unexpected 'b'"},
        {CMD_COMPILE, "compile a -O7", "-O: bad argument '7'"},
        {CMD_COMPILE, "compile a -O22", "bad argument"},
        {CMD_COMPILE, "compile a -j 0", "bad argument"},
        {CMD_COMPILE, "compile a -j -1", "bad argument"},
        {CMD_COMPILE, "compile a -j 4x", "bad argument"},
        {CMD_COMPILE, "compile a --bogus", "'--bogus'"},
        {CMD_COMPILE, "compile a -Z", "'-Z'"},
        {CMD_COMPILE, "compile a -o", "needs an argument"},
        {CMD_COMPILE, "compile a --invoke f", "'--invoke'"},
        {CMD_COMPILE, "compile a --emit cake", "bad argument 'cake'"},
        {CMD_COMPILE, "compile a --static", "--emit exe"},
        {CMD_COMPILE, "compile a --emit obj --dir .", "--emit exe"},
        {CMD_COMPILE, "compile a --memory segue", "gains too little"},
        {CMD_COMPILE, "compile a --init=", "bad argument"},
        {CMD_COMPILE, "compile a --pgo-gen --pgo-use b", "exclude"},
        {CMD_COMPILE, "compile a --prefix 1x", "bad argument"},
        {CMD_COMPILE, "compile a --features avx2", "bad argument"},
        {CMD_COMPILE, "compile a --strict-traps --relaxed-traps", "exclude"},
        {CMD_COMPILE, "compile a --debug=1", ""},
        {CMD_RUN, "run a.so b", "follow --"},
        {CMD_RUN, "run a.so --timeout 0", "bad argument"},
        {CMD_RUN, "run a.so --fuel -5", "bad argument"},
        {CMD_RUN, "run a.so --env =1", "bad argument"},
        {CMD_RUN, "run a.so --env A", "bad argument"},
        {CMD_RUN, "run a.so --preload x", "bad argument"},
        {CMD_RUN, "run a.so --max-memory 0", "bad argument"},
        {CMD_RUN, "run a.so --max-memory 1T", "bad argument"},
        {CMD_RUN, "run a.so --max-memory 99999999999999999999G", "bad argument"},
        {CMD_RUN, "run a.so --inherit-env=yes", "takes no argument"},
        {CMD_SERVE, "serve", "no file"},
        {CMD_SERVE, "serve a.so b", "one file at a time"},
        {CMD_SERVE, "serve a.so --instances 0", "bad argument"},
        {CMD_SERVE, "serve a.so --workers 300", "bad argument"},
        {CMD_SERVE, "serve a.so --format html", "bad argument"},
        {CMD_SERVE, "serve a.so --max-body 1X", "bad argument"},
        {CMD_SERVE, "serve a.so --client-timeout 0", "bad argument"},
        {CMD_SERVE, "serve a.so --listen 8080", "bad argument"},
        {CMD_SERVE, "serve a.so --sandbox", "unknown"},
        {CMD_RUN, "run --invoke f a.so", "no file"},
        {CMD_RUN, "run a.so --wapc op --invoke f", "exclude"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].command, cases[i].line) != EXIT_USAGE)
            fail_msg("accepted: %s", cases[i].line);
        if (!strstr(last_message, cases[i].message))
            fail_msg("%s: said '%s', not '%s'", cases[i].line, last_message, cases[i].message);
    }
}

static void test_help(void **state)
{
    (void)state;
    assert_int_equal(parse(CMD_COMPILE, "compile --help"), EXIT_OK);
    assert_string_equal(last_message, "help compile");
    assert_int_equal(parse(CMD_RUN, "run -h"), EXIT_OK);
    assert_string_equal(last_message, "help run");
    assert_int_equal(parse(CMD_INSPECT, "inspect --help"), EXIT_OK);
}

static void test_help_lists_options(void **state)
{
    (void)state;
    char text[8192] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    options_help(out, CMD_RUN);
    options_help(out, CMD_COMPILE);
    fclose(out);
    assert_non_null(strstr(text, "--invoke NAME"));
    assert_non_null(strstr(text, "-o, --output FILE"));
    assert_non_null(strstr(text, "--pgo-use FILE"));
    assert_non_null(strstr(text, "exe"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile),
        cmocka_unit_test(test_proposals),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_serve),
        cmocka_unit_test(test_invoke_ends_options),
        cmocka_unit_test(test_inspect),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_help_lists_options),
    };
    int failed = cmocka_run_group_tests_name("options", tests, NULL, NULL);
    options_free(&options);
    return failed;
}
