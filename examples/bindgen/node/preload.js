/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Lets glue run on compiled modules, unchanged: where it gives the bytes of a .wasm to WebAssembly,
 * the .so that was made of it is taken.
 *
 *     GUEST_SO=guest_bg.so node -r ./preload.js host.js ./guest.js      more than one: a.so:b.so
 */
globalThis.WebAssembly = require('./wasm2so.js').modules(process.env.GUEST_SO.split(':'))
