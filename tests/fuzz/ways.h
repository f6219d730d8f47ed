/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The ways in which modules of random tests are compiled: LEVEL[,checked]
 * [,native | ,haswell][,strict][,interruptible][,fuel][,deterministic][,aarch64].
 */
#ifndef FUZZ_WAYS_H
#define FUZZ_WAYS_H

#include "codegen/include/wasm2so_compile.h"

/* The options of a way; one thread. */
w2s_compile_options way_options(const char *way);

#endif
