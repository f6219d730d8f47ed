/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so: the driver. A table of subcommands; a first argument that is none of them is a module to
 * compile, so that `wasm2so app.wasm` writes app.so.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/include/wasm2so.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"

struct command {
    const char *name;
    enum command_id id;
    int (*run)(const struct options *options);
};

static const struct command commands[] = {
    {"compile", CMD_COMPILE, cmd_compile},    {"run", CMD_RUN, cmd_run},
    {"serve", CMD_SERVE, cmd_serve},          {"inspect", CMD_INSPECT, cmd_inspect},
    {"validate", CMD_VALIDATE, cmd_validate}, {"help", CMD_HELP, cmd_help},
};

int usage_error(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("wasm2so: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_USAGE;
}

int report(const struct error *err, const char *file)
{
    fflush(stdout);
    error_print(stderr, err, file, NULL, 0);
    return EXIT_FAILED;
}

int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_OK;
    fprintf(stderr, "wasm2so: cannot write standard output: %s\n", strerror(errno));
    return EXIT_FAILED;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int command_run(const struct command *command, int argc, char **argv)
{
    struct options options;
    int code = options_parse(&options, command->id, argc, argv);
    if (code < 0)
        code = command->run(&options);
    options_free(&options);
    return code;
}

/* A bare word that is no file was meant as a command. */
static bool looks_like_command(const char *word)
{
    return word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] == '\0' && access(word, F_OK) != 0;
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file over the limit (ulimit -f) is an error of a write */
    if (argc < 2) {
        fputs("usage: wasm2so FILE.wasm | COMMAND ...; see wasm2so --help\n", stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("wasm2so %s (ABI %u)\n", w2s_version(), W2S_ABI_VERSION);
        return finish_output();
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return command_run(command_find("help"), 1, argv + 1);
    const struct command *command = command_find(argv[1]);
    if (command)
        return command_run(command, argc - 1, argv + 1);
    if (looks_like_command(argv[1]))
        return usage_error("unknown command '%s'; see wasm2so --help", argv[1]);
    static char compile[] = "compile";
    argv[0] = compile;
    return command_run(command_find("compile"), argc, argv);
}
