/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The class of wapc.js over an addon (addon.c) instead of foreign function calls: several times as fast.
 * WAPC_ADDON is the addon's path.
 */
import { createRequire } from 'node:module'

const { open } = createRequire(import.meta.url)(process.env.WAPC_ADDON ?? './wapc.node')
const ROOM = 65536

/** One instance of a compiled guest; any number of calls. */
export class Guest {
  #native; #bytes; #operation

  /** host: { hostCall(binding, namespace, operation, payload) -> Uint8Array, log(text) } */
  constructor(path, host = {}) {
    this.#native = open(path, host)
    this.#bytes = new Uint8Array(this.#native.room(ROOM))
  }

  /** The bytes that the guest answers; throws its error or trap. */
  call(operation, payload) {
    const native = this.#native
    if (operation !== this.#operation) {
      native.name(operation)
      this.#operation = operation
    }
    if (payload.length > this.#bytes.length)
      this.#bytes = new Uint8Array(native.room(2 * payload.length))
    this.#bytes.set(payload)
    const size = native.call(payload.length)
    return size <= this.#bytes.length ? this.#bytes.slice(0, size) : native.answer()
  }

  close() {
    this.#native.close()
  }
}
