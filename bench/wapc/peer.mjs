/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The same calls under the waPC host of npm, on V8.   usage: peer.mjs GUEST.wasm COUNT
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(`${process.cwd()}/`)
const { instantiate } = require('@wapc/host')

const [path, count] = process.argv.slice(2)
const payload = Buffer.from('81a46e616d65a3666f6f', 'hex')

const guest = await instantiate(readFileSync(path), undefined, () => {})
const first = await guest.invoke('check_word_exists', payload)
if (Buffer.from(first).toString('hex') !== 'a474727565') throw new Error('another answer')
const start = performance.now()
for (let i = 0; i < count; i++) await guest.invoke('check_word_exists', payload)
console.log(`${Math.round(count / (performance.now() - start) * 1000)} calls/s`)
