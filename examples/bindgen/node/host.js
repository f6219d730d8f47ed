/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls the functions of a wasm-bindgen guest through the glue that wasm-bindgen generated.
 *
 *     node host.js GLUE.js
 */
globalThis.alert = text => console.log(`alert: ${text}`)

const guest = require(require('path').resolve(process.argv[2]))

guest.greetMe('Shashank')
guest.hello('Gerät')
const person = guest.send_person_to_js()
console.log(JSON.stringify(person))
guest.receive_person_from_js(person)
try {
  guest.receive_person_from_js(7)
} catch (error) {
  console.log(`error: ${error.message}`)
}
for (const word of ['foo', 'bar', 'xylophone', 'milagro', 'test', 'testme', ''])
  console.log(`check_word_exists ${word}: ${guest.check_word_exists(word)}`)
console.log(guest.check_word_exists('x'.repeat(5000000))) // the memory grows for it
guest.hello('again')
