/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_wapc.h for JavaScript: waPC guests as objects, by foreign function calls (koffi).
 */
import koffi from 'koffi'

const lib = koffi.load(process.env.WASM2SO_RT ?? 'libwasm2so_rt.so.1')

koffi.opaque('w2s_wapc')
const Err = koffi.struct('w2s_error', { kind: 'int', message: koffi.array('char', 500, 'String') })
const Bytes = koffi.struct('w2s_wapc_bytes', { data: 'void *', size: 'size_t' })
const HostCall = koffi.struct('w2s_wapc_host_call', {
  binding: Bytes, name_space: Bytes, operation: Bytes, payload: Bytes,
})
const Answer = koffi.struct('w2s_wapc_answer', { ok: 'bool', bytes: Bytes })
const onHostCall = koffi.proto('bool host_call(void *env, w2s_wapc *guest, w2s_wapc_host_call *call)')
const onConsoleLog = koffi.proto('void console_log(void *env, w2s_wapc *guest, w2s_wapc_bytes text)')
const Config = koffi.struct('w2s_wapc_config', {
  size: 'size_t', host_call: koffi.pointer(onHostCall), console_log: koffi.pointer(onConsoleLog),
  env: 'void *', wasi: 'void *',
})

const moduleLoad = lib.func('void *w2s_module_load(str path, _Out_ w2s_error *err)')
const moduleFree = lib.func('void w2s_module_free(void *module)')
const storeNew = lib.func('void *w2s_store_new(void *config)')
const storeFree = lib.func('void w2s_store_free(void *store)')
const linkerNew = lib.func('void *w2s_linker_new(void *store)')
const defineWapc = lib.func(
  'bool w2s_linker_define_wapc(void *linker, w2s_wapc_config *config, _Out_ w2s_error *err)')
const instanceNew = lib.func(
  'void *w2s_instance_new(void *store, void *module, void *linker, void *trap, _Out_ w2s_error *err)')
const wapcStart = lib.func(
  'w2s_wapc *w2s_wapc_start(void *instance, void *trap, _Out_ w2s_error *err)')
const wapcCall = lib.func('void *w2s_wapc_call(w2s_wapc *guest, str operation, ' +
  'const uint8_t *payload, size_t size, _Out_ w2s_wapc_answer *answer)')
const wapcReply = lib.func('bool w2s_wapc_reply(w2s_wapc *guest, const uint8_t *data, size_t size)')
const trapMessage = lib.func('str w2s_trap_message(void *trap)')
const trapFree = lib.func('void w2s_trap_free(void *trap)')

const decoder = new TextDecoder()
const copyOf = ({ data, size }) => Uint8Array.from(koffi.decode(data, 'uint8_t', size))
const textOf = bytes => decoder.decode(copyOf(bytes))

/** What `call` returns, or throws with its message if that is NULL. */
function orThrow(call) {
  const err = {}
  const result = call(err)
  if (!result) throw new Error(err.message)
  return result
}

/** One instance of a compiled guest; any number of calls. */
export class Guest {
  #module; #store; #guest; #callbacks

  /** host: { hostCall(binding, namespace, operation, payload) -> Uint8Array, log(text) } */
  constructor(path, host = {}) {
    this.#module = orThrow(err => moduleLoad(path, err))
    this.#store = storeNew(null)
    this.#callbacks = [
      koffi.register((env, guest, call) => this.#answer(host, guest, call), koffi.pointer(onHostCall)),
      koffi.register((env, guest, text) => host.log?.(textOf(text)), koffi.pointer(onConsoleLog)),
    ]
    try {
      this.#guest = this.#start()
    } catch (error) {
      this.close()
      throw error
    }
  }

  #start() {
    const linker = linkerNew(this.#store)
    const [host_call, console_log] = this.#callbacks
    const config = { size: koffi.sizeof(Config), host_call, console_log, env: null, wasi: null }
    orThrow(err => defineWapc(linker, config, err))
    const instance = orThrow(err => instanceNew(this.#store, this.#module, linker, null, err))
    return orThrow(err => wapcStart(instance, null, err))
  }

  /* An exception must not leave a callback: it becomes the guest's error. */
  #answer(host, guest, pointer) {
    let ok = true, reply
    try {
      const call = koffi.decode(pointer, HostCall)
      reply = host.hostCall(textOf(call.binding), textOf(call.name_space), textOf(call.operation),
        copyOf(call.payload))
    } catch (error) {
      ok = false
      reply = new TextEncoder().encode(error.message)
    }
    return wapcReply(guest, reply, reply.length) && ok
  }

  /** The bytes that the guest answers; throws its error or trap. */
  call(operation, payload) {
    const answer = {}
    const trap = wapcCall(this.#guest, operation, payload, payload.length, answer)
    if (trap) {
      const message = trapMessage(trap)
      trapFree(trap)
      throw new Error(message)
    }
    if (!answer.ok) throw new Error(textOf(answer.bytes))
    return copyOf(answer.bytes)
  }

  close() {
    storeFree(this.#store)
    moduleFree(this.#module)
    this.#callbacks.forEach(koffi.unregister)
  }
}
