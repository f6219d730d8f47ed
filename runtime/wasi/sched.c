/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Giving up the processor.
 */
#include "runtime/wasi/wasi.h"

#include <sched.h>

enum wasi_errno wasi_sched_yield(struct wasi_call *call)
{
    (void)call;
    return wasi_result(sched_yield());
}
