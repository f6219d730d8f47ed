/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linux error numbers to those of WASI, by the one list in errno.def.
 */
#include <errno.h>

#include "runtime/wasi/wasi.h"

#include <stddef.h>

enum wasi_errno wasi_errno_of(int linux_errno)
{
    static const uint8_t map[] = {
#define E(name, linux_errno) [linux_errno] = WASI_##name,
#include "runtime/wasi/errno.def"
    };
    if (linux_errno == 0)
        return WASI_SUCCESS;
    if (linux_errno < 0 || (size_t)linux_errno >= sizeof map || map[linux_errno] == WASI_SUCCESS)
        return WASI_IO; /* one that WASI has no number for */
    return (enum wasi_errno)map[linux_errno];
}

enum wasi_errno wasi_result(ssize_t result)
{
    return result >= 0 ? WASI_SUCCESS : wasi_errno_of(errno);
}
