/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Random bytes from the kernel. getrandom may give fewer than asked for, or be interrupted in a
 * long request, so it is called until the buffer is full.
 */
#include "runtime/wasi/wasi.h"

#include <errno.h>
#include <sys/random.h>

enum wasi_errno wasi_random_get(struct wasi_call *call)
{
    size_t left = wasi_arg_u32(call, 1);
    uint8_t *to = wasi_guest(call, wasi_arg_u32(call, 0), left);
    if (!to)
        return WASI_FAULT;
    while (left > 0) {
        ssize_t n = getrandom(to, left, 0);
        if (n < 0 && errno != EINTR)
            return wasi_result(-1);
        if (n > 0) {
            to += n;
            left -= (size_t)n;
        }
    }
    return WASI_SUCCESS;
}
