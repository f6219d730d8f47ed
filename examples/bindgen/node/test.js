/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The addon as the JavaScript API has it.   usage: test.js FOLDER, with era.so and exports.so
 */
const assert = require('assert')
const { instantiate } = require(process.env.WASM2SO_ADDON)
const folder = process.argv[2]

let seen, action = () => 0.5
const env = { back: (...values) => { seen = values; return action() } }
const wasm = instantiate(`${folder}/exports.so`, { env })

assert.strictEqual(wasm.there(-1, 2n ** 40n, 1.5, 1e300), 0.5)
assert.deepStrictEqual(seen, [-1, 2n ** 40n, 1.5, 1e300])
assert.strictEqual(wasm.i64(-5n), -15n)
assert.strictEqual(wasm.f32(0.1), Math.fround(0.1))
assert.strictEqual(wasm.i32(2 ** 32 - 1), -1)
assert.strictEqual(wasm.i32(), 0)
assert.throws(wasm.trap, /unreachable/)

action = () => { throw new RangeError('mine') }
assert.throws(() => wasm.there(0, 0n, 0, 0), error => error instanceof RangeError)
action = () => { wasm.trap() }
assert.throws(() => wasm.there(0, 0n, 0, 0), /unreachable/)
action = () => 1
assert.strictEqual(wasm.there(0, 0n, 0, 0), 1)

const before = wasm.memory.buffer
assert.strictEqual(before, wasm.memory.buffer)
assert.strictEqual(wasm.grow(), 1)
wasm.store()
assert.strictEqual(wasm.memory.buffer.byteLength, 131072)
assert.strictEqual(before.byteLength, 0) // detached
assert.strictEqual(new Uint8Array(wasm.memory.buffer)[65536], 7)

assert.throws(() => instantiate(`${folder}/exports.so`, {}), /unknown import/)
assert.throws(() => instantiate(`${folder}/none.so`, {}), /none\.so/)
assert.throws(() => instantiate(7), /path/)

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
