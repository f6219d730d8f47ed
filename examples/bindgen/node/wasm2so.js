/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiled modules through the JavaScript API. modules(PATHS) gives a namespace like WebAssembly in
 * which a .wasm that one of the .so files was made of (told by its hash) is that file, and anything
 * else is V8's.
 */
const { createHash } = require('crypto')
const addon = require(process.env.WASM2SO_ADDON ?? './wasm2so.node')

const V8 = WebAssembly
const { Module: V8Module, Instance: V8Instance } = V8
const prototypes = { memory: V8.Memory, table: V8.Table, global: V8.Global }

const hashOf = bytes => {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)
  return createHash('sha256').update(view).digest('hex')
}

/* An exports object as the API has it; what is in it passes for what the API knows. */
function exportsOf({ path, exports: items }, imports) {
  const found = addon.instantiate(path, imports ?? {})
  for (const { name, kind } of items)
    if (prototypes[kind] && found[name])
      Object.setPrototypeOf(found[name], prototypes[kind].prototype)
  return Object.freeze(Object.setPrototypeOf(found, null))
}

function modules(paths) {
  const byHash = new Map()
  const compiled = new WeakMap() // Module -> what it is
  for (const path of paths) {
    const module = addon.describe(path)
    byHash.set(module.hash.toString('hex'), { path, ...module })
  }

  function Module(bytes) {
    const ours = byHash.get(hashOf(bytes))
    if (!ours)
      return new V8Module(bytes)
    const module = Object.create(V8Module.prototype)
    compiled.set(module, ours)
    return module
  }
  Module.prototype = V8Module.prototype
  Module.exports = of => compiled.get(of)?.exports ?? V8Module.exports(of)
  Module.imports = of => compiled.get(of)?.imports ?? V8Module.imports(of)
  Module.customSections = (of, name) => compiled.has(of) ? [] : V8Module.customSections(of, name)

  function Instance(module, imports) {
    const ours = compiled.get(module)
    if (!ours)
      return new V8Instance(module, imports)
    const exports = exportsOf(ours, imports)
    return Object.defineProperty(Object.create(V8Instance.prototype), 'exports',
      { value: exports, enumerable: true })
  }
  Instance.prototype = V8Instance.prototype

  const compile = async bytes => new Module(bytes)
  const instantiate = async (source, imports) => {
    if (source instanceof V8Module)
      return new Instance(source, imports)
    const module = new Module(source)
    return { module, instance: new Instance(module, imports) }
  }
  const bytesOf = async response => (await response).arrayBuffer()
  return Object.assign(Object.create(V8), {
    Module, Instance, compile, instantiate,
    validate: bytes => byHash.has(hashOf(bytes)) || V8.validate(bytes),
    compileStreaming: async response => compile(await bytesOf(response)),
    instantiateStreaming: async (response, imports) => instantiate(await bytesOf(response), imports),
  })
}

module.exports = { ...addon, modules }
