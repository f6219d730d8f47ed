/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * In the place of deadline.c for the small profile, which has neither a thread to watch the time
 * nor a handler for the fault of a poll.
 */
#include "runtime/runtime.h"

bool w2s_store_set_deadline(w2s_store *store, uint64_t nanoseconds, w2s_error *err)
{
    (void)store;
    return nanoseconds == 0 ||
           rt_fail(err, W2S_ERROR_ARGUMENT, "this runtime (the small profile) has no deadlines");
}
