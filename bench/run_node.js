// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs one WASI command in Node: node run_node.js FILE.wasm [ARGUMENT...]. Each import is wrapped in
// a JavaScript function, as embedders do.
'use strict';
const fs = require('node:fs');
const { WASI } = require('node:wasi');

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file, ...args], env: {}, returnOnExit: true });
const imports = {};
for (const name of Object.keys(wasi.wasiImport))
  imports[name] = (...values) => wasi.wasiImport[name](...values);
const module_ = new WebAssembly.Module(fs.readFileSync(file));
const instance = new WebAssembly.Instance(module_, { wasi_snapshot_preview1: imports });
process.exitCode = wasi.start(instance);
