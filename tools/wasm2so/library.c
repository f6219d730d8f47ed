/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Beside the program in a build folder, or where an installation has it.
 */
#include "tools/wasm2so/library.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Writes the library's file name in the folder, given relative to this program, into buf. */
static bool library_beside(const char *folder, const char *name, char *buf, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", buf, size - 1);
    if (n <= 0)
        return false;
    buf[n] = '\0';
    char *slash = strrchr(buf, '/');
    size_t room = size - (size_t)(slash - buf);
    return (size_t)snprintf(slash, room, "/../%s/%s", folder, name) < room &&
           access(buf, R_OK) == 0;
}

const char *library_path(const char *name, char *buf, size_t size)
{
    if (!library_beside("lib", name, buf, size) && !library_beside(W2S_LIBDIR, name, buf, size))
        snprintf(buf, size, "%s", name);
    return buf;
}
