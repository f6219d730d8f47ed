// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a WASI command in Node with the current directory open: node node.js FILE.wasm [ARGUMENT...]
'use strict';
const fs = require('node:fs');
const { WASI } = require('node:wasi');

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file, ...args], env: {}, preopens: { '.': '.' }, returnOnExit: true });
const imports = {};
for (const [name, call] of Object.entries(wasi.wasiImport))
  imports[name] = (...values) => call(...values);
const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), { wasi_snapshot_preview1: imports });
process.exitCode = wasi.start(instance);
