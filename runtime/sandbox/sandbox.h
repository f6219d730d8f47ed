/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to the runtime: what w2s_sandbox_enter is made of. Both parts are for ever and are
 * inherited by threads; each is there or not, by the kernel.
 */
#ifndef RUNTIME_SANDBOX_SANDBOX_H
#define RUNTIME_SANDBOX_SANDBOX_H

#include "runtime/include/wasm2so.h"

#include <linux/filter.h>
#include <stddef.h>

enum sandbox_result {
    SANDBOX_FAILED,  /* err says why */
    SANDBOX_MISSING, /* the kernel lacks it */
    SANDBOX_ENTERED,
};

#pragma GCC visibility push(hidden)

/* landlock.c: files are reached below the directories only, and no TCP port. */
enum sandbox_result sandbox_files(const w2s_wasi_config *wasi, w2s_error *err);

/* filter.c: only the system calls that runtime and WASI make. */
enum sandbox_result sandbox_calls(bool threads, w2s_error *err);

enum { SANDBOX_FILTER_MAX = 512 }; /* instructions */

/* The filter as a program; returns how many instructions it has. */
size_t sandbox_filter(struct sock_filter program[SANDBOX_FILTER_MAX], bool threads);

/* Fills err for a system call that failed, errno says how. */
enum sandbox_result sandbox_failed(w2s_error *err, const char *what, const char *which);

#pragma GCC visibility pop

#endif
