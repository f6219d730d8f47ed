/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bundles a few modules that are given here, and Rollup's own; prints what comes out, and the errors
 * of what cannot be parsed.
 */
const { createHash } = require('crypto')
const { rollup } = require('@rollup/wasm-node')
const { parseAst } = require('@rollup/wasm-node/parseAst')

const sources = {
  main: `import { area, unused } from 'shapes'
    import * as all from 'shapes'
    export const total = [1, 2, 3].map(area).reduce((a, b) => a + b, 0)
    export default async () => (await import('lazy')).default ?? all.pi`,
  shapes: `export const pi = 3.14
    export function area(r) { return pi * r ** 2 }
    export function unused() { return \`never \${pi}\` }
    export class Größe { static #all = /\\p{L}+/u; get all() { return Größe.#all } }`,
  lazy: 'export default { a: 1n, b: [, 1], c: `x${1}y`, "😀": 1 }',
}
const given = {
  name: 'given',
  resolveId: id => id in sources ? id : null,
  load: id => sources[id],
}

async function bundle(input, plugins) {
  const made = await rollup({ input, plugins, external: /^node:|native\.js$/, onwarn() {} })
  const { output } = await made.generate({ format: 'es', sourcemap: true, hashCharacters: 'hex' })
  return output
}

async function main() {
  for (const file of await bundle('main', [given]))
    console.log('//', file.fileName, '\n' + (file.code ?? file.source))
  const own = require.resolve('@rollup/wasm-node').replace(/rollup\.js$/, 'es/rollup.js')
  for (const file of await bundle(own, []))
    console.log(file.fileName, createHash('sha256').update(file.code ?? file.source).digest('hex'))
  for (const text of ['let x = = 1', 'a\n  ??? b', 'let 😀 = "ü'])
    try { parseAst(text) } catch (error) { console.log(error.message, error.pos, error.frame) }
}
main()
