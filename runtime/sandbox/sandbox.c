/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The second wall: what WASI's own checks already keep from the guest, the kernel refuses to the
 * whole thread, so that a fault in the compiler or the runtime is no way out. Landlock comes first,
 * because the filter forbids the calls that it needs.
 */
#include "runtime/sandbox/sandbox.h"

#include "runtime/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

enum sandbox_result sandbox_failed(w2s_error *err, const char *what, const char *which)
{
    if (err) {
        err->kind = W2S_ERROR_IO;
        snprintf(err->message, sizeof err->message, "sandbox: cannot %s%s%s: %s", what,
                 *which ? " " : "", which, strerror(errno));
    }
    return SANDBOX_FAILED;
}

unsigned w2s_sandbox_enter(const w2s_sandbox_config *config, w2s_error *err)
{
    rt_stack_know(); /* may read /proc, out of reach from now on */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        sandbox_failed(err, "give up privileges", "");
        return 0;
    }
    const w2s_wasi_config nothing = {.size = sizeof nothing};
    const w2s_wasi_config *wasi = config->wasi ? config->wasi : &nothing;
    enum sandbox_result files = sandbox_files(wasi, err), calls = SANDBOX_FAILED;
    if (files != SANDBOX_FAILED)
        calls = sandbox_calls(config->threads, err);
    if (files == SANDBOX_MISSING && calls == SANDBOX_MISSING && err) {
        err->kind = W2S_ERROR_IO;
        snprintf(err->message, sizeof err->message,
                 "sandbox: this kernel has neither Landlock nor seccomp filters");
    }
    if (files == SANDBOX_FAILED || calls == SANDBOX_FAILED)
        return 0;
    return (files == SANDBOX_ENTERED ? W2S_SANDBOX_FILES : 0u) |
           (calls == SANDBOX_ENTERED ? W2S_SANDBOX_CALLS : 0u);
}
