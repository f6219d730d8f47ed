/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_envoy.h: what the compiler tells the adapter in an Envoy dynamic module (runtime/envoy).
 * Both are of one release and linked at once, so this is no lasting ABI and is not installed.
 */
#ifndef WASM2SO_ENVOY_H
#define WASM2SO_ENVOY_H

#include "wasm2so_abi.h"

#define W2S_ENVOY_SYMBOL "w2s_envoy"

struct w2s_envoy {
    const struct w2s_module_desc *module;
    const void *const *wasi; /* struct w2s_wasi_row of each WASI function that is imported */
    uint64_t wasi_count;
};

#endif
