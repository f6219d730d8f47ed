/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compiler library seen from the driver, which links no LLVM: a child process loads
 * libwasm2so.so and compiles. So a module that is only run costs nothing of it, memory is given
 * back, and a crash inside becomes an error message here.
 */
#ifndef TOOLS_COMPILER_H
#define TOOLS_COMPILER_H

#include "frontend/error.h"
#include "frontend/types.h"

struct options;

/* The file of the compiler library if it lies beside this program (../lib), else just its name,
 * for the dynamic linker to find. Returns buf. */
const char *compiler_library(char *buf, size_t size);

/* Compiles the module in bytes as the options say; to: the file to make. Progress goes to stderr
 * if that is a terminal, notes if the options say verbose. False with err set on failure; a signal
 * that wants to end this process ends it only after the child is gone and *interrupted is set. */
bool compiler_run(const struct options *options, struct slice bytes, const char *to,
                  int *interrupted, struct error *err);

#endif
