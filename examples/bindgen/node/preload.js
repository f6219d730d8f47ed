/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Lets wasm-bindgen's glue for Node run on a compiled module, unchanged: it reads NAME_bg.wasm and
 * gives the bytes to WebAssembly; here the instance comes from GUEST_SO instead.
 *
 *     GUEST_SO=guest_bg.so node -r ./preload.js host.js ./guest.js
 */
const { instantiate } = require(process.env.WASM2SO_ADDON ?? './wasm2so.node')

WebAssembly.Module = class {}
WebAssembly.Instance = class {
  constructor(module, imports) {
    this.exports = instantiate(process.env.GUEST_SO, imports)
  }
}
