/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * How a module of differential testing is run: by differential_host.c, which has compiled it, or on
 * another machine by differential_runner.c.
 */
#ifndef FUZZ_DIFFERENTIAL_RUN_H
#define FUZZ_DIFFERENTIAL_RUN_H

/* Prints "file way ...". path: the compiled module; profile: where to write what was counted, or
 * NULL. Ends the program if the module cannot be run. */
void differential_run(const char *path, const char *file, const char *way, const char *profile);

/* Prints the message and ends the program. */
void differential_die(const char *file, const char *way, const char *message);

#endif
