/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * lacks.h: what Lua calls and WASI's C library does not declare, because WASI has no processes and
 * no folder for temporary files: always failing.
 */
#ifndef TESTS_PROGRAMS_LACKS_H
#define TESTS_PROGRAMS_LACKS_H

#include <stdio.h>
#include <stdlib.h>

#define L_tmpnam        20
#define system(command) lacks_system(command)
#define tmpnam(name)    lacks_tmpnam(name)
#define tmpfile()       lacks_tmpfile()

static inline int lacks_system(const char *command)
{
    return command ? -1 : 0;
}

static inline char *lacks_tmpnam(char *name)
{
    return name ? NULL : name;
}

static inline FILE *lacks_tmpfile(void)
{
    return NULL;
}

#endif
