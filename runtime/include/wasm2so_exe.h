/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_exe.h: what the compiler tells the main function of a standalone executable
 * (runtime/exe/main.c), and what that shares with the driver. All are of one release, so this is no
 * lasting ABI and is not installed.
 */
#ifndef WASM2SO_EXE_H
#define WASM2SO_EXE_H

#include "wasm2so_abi.h"

#define W2S_EXE_SYMBOL "w2s_exe"

/* Names the row of a WASI function: W2S_WASI_ROW_PREFIX module "_" name. */
#define W2S_WASI_ROW_PREFIX "w2s_wasi_row_"

struct w2s_exe {
    const struct w2s_module_desc *module;
    const void *const *wasi; /* struct w2s_wasi_row of each WASI function that is imported */
    uint64_t wasi_count;
    const char *const *dirs; /* HOST[::GUEST][:ro] */
    uint64_t dir_count;
    const void *define_threads; /* w2s_linker_define_wasi_threads; NULL: starts no threads */
    const void *listen;         /* w2s_listen; NULL: accepts no connections */
    const char *const *listens; /* HOST:PORT or unix:PATH */
    uint64_t listen_count;
    const void *sandbox; /* w2s_sandbox_enter; NULL: not wanted */
};

/* The kernel does not let process 1, a container's first, die of a signal that it does not handle:
 * `docker stop` would wait for its patience to end. In process 1 the signals that ask for an end
 * are handled from now on: they end it, with 128 and the signal's number as shells have it. */
void first_process_obey_signals(void);

#endif
