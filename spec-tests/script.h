/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Executes the commands of one .wast script and reports each outcome.
 */
#ifndef SPEC_TESTS_SCRIPT_H
#define SPEC_TESTS_SCRIPT_H

#include "spec-tests/options.h"

/* Runs the script in this process, which must not do anything else afterwards: a script may crash
 * it. Events go to fd as they happen; the last one is EVENT_DONE. */
void script_run(const struct options *options, const char *path, int fd);

#endif
