/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The subcommands. Each is a function of parsed options that returns the exit code; main.c has the
 * table. Codes of a run guest are its own (proc_exit), or EXIT_TRAP.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "frontend/error.h"

struct options;

enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1, /* the module does not decode, validate, compile or link; input or output */
    EXIT_USAGE = 2,  /* wrong options or arguments */
    EXIT_TRAP = 134, /* 128 + SIGABRT, what a shell sees of a program that aborted */
};

int cmd_compile(const struct options *options);
int cmd_run(const struct options *options);
int cmd_serve(const struct options *options);
int cmd_inspect(const struct options *options);
int cmd_validate(const struct options *options);
int cmd_help(const struct options *options);

/* "wasm2so: TEXT" on stderr; always returns EXIT_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints err as an error of file on stderr; always returns EXIT_FAILED. */
int report(const struct error *err, const char *file);

/* Flushes stdout: EXIT_OK, or EXIT_FAILED with a message if something was not written. */
int finish_output(void);

#endif
