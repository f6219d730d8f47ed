/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC host in JavaScript.
 *
 *     node host.js GUEST.so            the calls of expected.txt
 *     node host.js GUEST.so COUNT      so many calls of check_word_exists: calls a second
 *
 * With WAPC_ADDON the class Guest is that of native.js, otherwise of wapc.js.
 */
import { decode, encode } from '@msgpack/msgpack'

const { Guest } = await import(process.env.WAPC_ADDON ? './native.js' : './wapc.js')
const [path, count] = process.argv.slice(2)

const guest = new Guest(path, {
  hostCall(binding, namespace, operation) {
    if (binding !== 'binding') throw new Error('unknown binding')
    return encode(`${binding}/${namespace}/${operation}`)
  },
  log: text => console.error(`log: ${text}`),
})

function request(operation, name, payload = { name }) {
  try {
    console.log(`${operation} ${name}: ${decode(guest.call(operation, encode(payload)))}`)
  } catch (error) {
    console.log(`${operation} ${name}: error: ${error.message}`)
  }
}

function allCalls() {
  for (const word of ['foo', 'bar', 'xylophone', 'milagro', 'test', 'testme', ''])
    request('check_word_exists', word)
  request('sayHello', 'foo')
  request('handle_input', 'shashank', { inp: { x: 'shashank', y: 'test' } })
  request('relay', 'foo')
  request('fail', 'foo')
}

function measure() {
  const payload = encode({ name: 'foo' })
  const start = performance.now()
  for (let i = 0; i < count; i++) guest.call('check_word_exists', payload)
  console.log(`${Math.round(count / (performance.now() - start) * 1000)} calls/s`)
}

if (count) measure()
else allCalls()
guest.close()
