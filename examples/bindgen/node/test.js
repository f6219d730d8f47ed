/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The addon as the JavaScript API has it.   usage: test.js FOLDER, with era.so and exports.so
 */
const assert = require('assert')
const fs = require('fs')
const { instantiate, modules } = require('./wasm2so.js')
const folder = process.argv[2]

let seen, action = () => 0.5, number = () => 1
const env = {
  back: (...values) => { seen = values; return action() },
  pair: value => [7.9, { value }],
  number: () => number(),
}
const wasm = instantiate(`${folder}/exports.so`, { env })

assert.strictEqual(wasm.there(-1, 2n ** 40n, 1.5, 1e300), 0.5)
assert.deepStrictEqual(seen, [-1, 2n ** 40n, 1.5, 1e300])
assert.strictEqual(wasm.i64(-5n), -15n)
assert.strictEqual(wasm.i64(true), 3n)
assert.throws(() => wasm.i64(1), TypeError)
assert.strictEqual(wasm.f32(0.1), Math.fround(0.1))
assert.strictEqual(wasm.i32(2 ** 32 - 1), -1)
for (const [given, back] of [[undefined, 0], [true, 1], ['-3', -3], [null, 0], [2 ** 40 + 5.5, 5], [NaN, 0]])
  assert.strictEqual(wasm.i32(given), back)
assert.throws(() => wasm.i32(Symbol()), TypeError)
assert.strictEqual(wasm.i32(), 0)
assert.throws(wasm.trap, error => error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message))
assert.throws(wasm.throw, WebAssembly.RuntimeError)
assert.throws(wasm.deep, RangeError)
assert.throws(wasm.vector, TypeError)

/* what is thrown */
action = () => { throw new RangeError('mine') }
assert.throws(() => wasm.there(0, 0n, 0, 0), error => error instanceof RangeError)
action = () => { wasm.trap() }
assert.throws(() => wasm.there(0, 0n, 0, 0), /unreachable/)
action = () => 1n // no number
assert.throws(() => wasm.there(0, 0n, 0, 0), TypeError)
action = () => 1
assert.strictEqual(wasm.there(0, 0n, 0, 0), 1)
number = () => { throw undefined }
assert.strictEqual(wasm.caught(), -1)
assert.throws(wasm.imported, error => error === undefined)
number = () => 3
assert.strictEqual(wasm.caught(), 3)

/* references */
const object = {}, symbol = Symbol()
for (const value of [object, symbol, 'text', -0, 1n, undefined, null, Math.sin])
  assert.ok(Object.is(wasm.same(value), value))
assert.deepStrictEqual(wasm.swapped(object), [{ value: object }, 7])
assert.strictEqual(wasm.function(wasm.i32), wasm.i32)
assert.strictEqual(wasm.function(null), null)
assert.throws(() => wasm.function(() => 1), TypeError)
for (let i = 0; i < 5000; i++) { // what is dropped is let go, what is kept stays
  wasm.put(1, { i })
  wasm.kept.value = [i]
  wasm.same({ i })
}
assert.deepStrictEqual([wasm.values.get(1), wasm.kept.value], [{ i: 4999 }, [4999]])

/* tables and globals */
assert.strictEqual(wasm.values.length, 2)
assert.strictEqual(wasm.values.grow(3, object), 2)
assert.strictEqual(wasm.values.get(4), object)
wasm.values.set(4)
assert.strictEqual(wasm.values.get(4), undefined)
assert.strictEqual(wasm.values.get(0), null)
assert.throws(() => wasm.values.get(5), RangeError)
assert.throws(() => wasm.values.set(5, 1), RangeError)
assert.throws(() => wasm.values.grow(6), RangeError)
assert.strictEqual(wasm.functions.get(0), wasm.f32)
assert.strictEqual(wasm.functions.get(1)(), 3)
assert.strictEqual(wasm.functions.get(2), null)
wasm.functions.set(0)
assert.strictEqual(wasm.functions.get(0), null)
assert.throws(() => wasm.functions.set(0, object), TypeError)
assert.strictEqual(wasm.count.value++, 5)
assert.strictEqual(wasm.count + 1, 7)
assert.strictEqual(wasm.long.value, -1n)
assert.throws(() => { 'use strict'; wasm.long.value = 1n }, TypeError)

/* memory: its buffer is detached as soon as it has grown */
const before = wasm.memory.buffer
assert.strictEqual(before, wasm.memory.buffer)
assert.strictEqual(wasm.grow(), 1)
assert.strictEqual(before.byteLength, 0)
wasm.store()
assert.strictEqual(wasm.memory.buffer.byteLength, 131072)
assert.strictEqual(new Uint8Array(wasm.memory.buffer)[65536], 7)
const second = wasm.memory.buffer
assert.strictEqual(wasm.memory.grow(1), 2)
assert.strictEqual(second.byteLength, 0)
assert.throws(() => wasm.memory.grow(65536), RangeError)
number = () => { seen = wasm.memory.buffer.byteLength; return wasm.grow() }
assert.strictEqual(wasm.imported(), 3)
assert.strictEqual(wasm.memory.buffer.byteLength, seen + 65536)

const lacking = error => error instanceof WebAssembly.LinkError && /unknown import/.test(error.message)
assert.throws(() => instantiate(`${folder}/exports.so`, {}), lacking)
assert.throws(() => instantiate(`${folder}/exports.so`), TypeError)
assert.throws(() => instantiate(`${folder}/exports.so`, { env: { ...env, back: 1 } }), lacking)
assert.throws(() => instantiate(`${folder}/none.so`, {}), /none\.so/)
assert.throws(() => instantiate(7), /path/)

/* the JavaScript API; what is not ours is V8's */
const bytes = fs.readFileSync(`${__dirname}/exports.wat`) // what the .so was made of
const api = modules([`${folder}/exports.so`])
const compiled = new api.Module(bytes)
assert.ok(compiled instanceof WebAssembly.Module)
assert.deepStrictEqual(api.Module.exports(compiled)[0], { name: 'memory', kind: 'memory' })
assert.deepStrictEqual(api.Module.imports(compiled)[0], { module: 'env', name: 'back', kind: 'function' })
const instance = new api.Instance(compiled, { env })
assert.ok(instance instanceof WebAssembly.Instance && Object.isFrozen(instance.exports))
assert.ok(instance.exports.memory instanceof WebAssembly.Memory)
assert.ok(instance.exports.values instanceof WebAssembly.Table)
assert.strictEqual(instance.exports.i64(2n), 6n)
const small = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
assert.deepStrictEqual({ ...new api.Instance(new api.Module(small)).exports }, {})
assert.throws(() => new api.Module(new Uint8Array([1])), WebAssembly.CompileError)
assert.ok(api.validate(bytes) && api.validate(small) && !api.validate(new Uint8Array([1])))
api.instantiate(bytes, { env }).then(made => assert.strictEqual(made.instance.exports.i64(2n), 6n))
api.instantiate(compiled, { env }).then(made => assert.strictEqual(made.exports.i64(2n), 6n))

/* wasm-bindgen's ABI, as its glue has it */
const texts = []
const placeholder = {
  __wbg_alert_0123456789abcdef: (at, size) => texts.push(text(at, size)),
  __wbindgen_json_parse: (at, size) => heap.push(JSON.parse(text(at, size))) - 1,
  __wbindgen_json_serialize: () => assert.fail(),
  __wbindgen_throw: () => assert.fail(),
}
const heap = []
const era = instantiate(`${folder}/era.so`, { __wbindgen_placeholder__: placeholder })
const text = (at, size) => new TextDecoder().decode(new Uint8Array(era.memory.buffer, at, size))
function call(name, string) {
  const bytes = new TextEncoder().encode(string)
  const at = era.__wbindgen_malloc(bytes.length)
  new Uint8Array(era.memory.buffer, at).set(bytes)
  return era[name](at, bytes.length)
}
call('greetMe', 'Shashank')
assert.deepStrictEqual(texts, ['Greetings, Shashank!'])
assert.strictEqual(heap[call('check_word_exists', 'foo')], true)
assert.strictEqual(heap[call('check_word_exists', 'test')], false)
assert.strictEqual(heap[era.send_person_to_js()].field3, 'shashank')
