/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * In the place of profile.c for the small profile, which has no files of its own.
 */
#include "runtime/runtime.h"

bool rt_profile_open(const struct w2s_module_desc *d, w2s_error *err)
{
    return !(d->features_needed & W2S_NEEDS_PROFILE) ||
           rt_fail(err, W2S_ERROR_TARGET,
                   "counts a profile (--pgo-gen), which this runtime (the small profile) does not");
}

bool rt_profile_write(w2s_module *module, w2s_error *err)
{
    (void)module, (void)err;
    return true;
}

bool w2s_module_write_profile(w2s_module *module, const char *path, w2s_error *err)
{
    (void)module, (void)path;
    return rt_fail(err, W2S_ERROR_ARGUMENT, "this runtime (the small profile) has no profiles");
}

void w2s_rt_profile_call(void *ctx, void *counters, void *func)
{
    (void)ctx, (void)counters, (void)func;
}
