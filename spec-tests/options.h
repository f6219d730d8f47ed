/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the command line of the runner says, and the list of what to leave out.
 */
#ifndef SPEC_TESTS_OPTIONS_H
#define SPEC_TESTS_OPTIONS_H

#include "codegen/include/wasm2so_compile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line of skip.txt: the end of a path, a line of that file or 0 for the whole, and why. */
struct skip {
    char *path;
    uint32_t line;
    char *reason;
};

struct options {
    w2s_compile_options compile; /* level, memory, and what code does besides */
    unsigned jobs;               /* files at a time */
    unsigned timeout;            /* seconds a file may take */
    bool verbose;                /* say what is skipped, show what the scripts print */
    struct skip *skips;
    size_t skip_count;
    char **paths; /* files and folders */
    size_t path_count;
};

/* Reads the command line and the skip list; prints what is wrong and returns false. The process
 * keeps what was allocated until it ends. */
bool options_read(struct options *options, int argc, char **argv);

/* Why the line (0: the whole file) is to be left out; NULL if it is not. */
const char *options_skip_reason(const struct options *options, const char *path, uint32_t line);

#endif
