/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls of everything else that the guest of today has (guest/src/boundary.rs), through the glue
 * that wasm-bindgen generated; prints what comes back.
 *
 *     node boundary.js GLUE.js
 */
const assert = require('assert')
globalThis.alert = text => console.log(`alert: ${text}`)
const guest = require(require('path').resolve(process.argv[2]))

const show = (what, value) => console.log(what, value)
const caught = action => {
  try { return action() } catch (error) { return ['thrown', error instanceof Error ? error.message : error] }
}

const counter = new guest.Counter('one')
counter.step(guest.Direction.Up)
counter.step(guest.Direction.Up)
show('step', counter.step(guest.Direction.Down))
counter.value = 40
const other = new guest.Counter('zwei €')
other.value = 2
counter.name += '!'
const merged = counter.merge(other)
show('merge', [merged.value, merged.name])
show('moved', caught(() => counter.value))
merged.free()

show('half', [guest.half(84), guest.half(83), guest.half(undefined), guest.half(4294967294)])
show('shout', [guest.shout('straße'), guest.shout(undefined), guest.shout('')])
show('divide', [guest.divide(1, 4), caught(() => guest.divide(1, 0)), guest.divide(-0, 1)])
show('parse', [guest.parse('255'), caught(() => guest.parse('x')), caught(() => guest.parse(''))])
show('reversed', [guest.reversed(new Uint8Array([1, 2, 255])), guest.reversed(new Uint8Array()).length])
const large = Uint8Array.from({ length: 3000000 }, (_, i) => i % 251) // the memory grows for it
show('large', guest.reversed(large).reduce((sum, byte, i) => (sum * 31 + byte + i) % 65521, 0))
const numbers = new Float64Array([1.5, NaN, 1e308])
guest.double(numbers)
show('double', numbers)
show('words', guest.words('a bc  déf'))
show('negative', [guest.negative(5n), guest.negative(-(2n ** 63n)), caught(() => guest.negative(1))])
show('wide', guest.wide(2n ** 126n - 5n))
show('not', [guest.not(true), guest.not(false), guest.not(undefined)])
show('initial', [guest.initial('ß?'), guest.initial('😀'), guest.initial('')])
show('each', guest.each(new Int32Array([1, -2, 3]), n => ({ n })))
class Mine extends Error {}
show('through', (() => {
  try { guest.each(new Int32Array([1, 2]), () => { throw new Mine('mine') }) } catch (error) {
    return error instanceof Mine
  }
})())
show('null thrown', caught(() => guest.each(new Int32Array([1]), () => { throw null })))
show('nested', guest.each(new Int32Array([1, 2]), n => guest.each(new Int32Array([n, n]), m => guest.half(2 * m))))

const self = { self: 1 }, symbol = Symbol('s')
assert.strictEqual(guest.swap(self), undefined)
for (const [given, back] of [[symbol, self], [null, symbol], [undefined, null], [1n, undefined], [-0, 1n], [self, -0]])
  assert.ok(Object.is(guest.swap(given), back))
for (let i = 0; i < 20000; i++) // what the guest drops is let go
  assert.strictEqual(guest.swap({ i }).i, i ? i - 1 : undefined)
const add = guest.adder(10)
show('adder', [add(1), add(2), guest.each(new Int32Array([3]), add)])
for (const value of [undefined, null, 1.5, new Uint8Array([7, 8]), new Map([[1, 2]]), 'text', [1, 'a'], true, 5n, { a: 1 }, symbol, () => 1])
  show('describe', guest.describe(value))
show('object', guest.object(['a', 'ü']))
show('bad keys', caught(() => guest.object([1])))
for (let i = 0; i < 2000; i++)
  guest.object(Array.from({ length: 20 }, (_, k) => `key ${k} ${i}`))

Promise.allSettled([
  guest.later(Promise.resolve('kept')), guest.later(new Promise(done => setTimeout(done, 5, 'late'))),
  guest.later(Promise.reject(new Mine('broken'))),
]).then(results => {
  show('later', results.map(({ value, reason }) => value ?? reason.message))
  show('crash', caught(() => guest.crash()))
})
