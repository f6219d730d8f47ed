// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// run_node.mjs: a WASI command in node. Each import is wrapped in a function: taken as they are,
// node 20 aborts in programs with a large heap.
//   usage: run_node.mjs [--dir HOST::GUEST] [--env K=V] FILE.wasm [ARG...]
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
const preopens = {}, env = {};
while (args[0].startsWith("--")) {
    const [option, value] = args.splice(0, 2);
    const [key, rest] = value.split(option === "--dir" ? "::" : /=(.*)/s);
    if (option === "--dir") preopens[rest] = key;
    else env[key] = rest;
}
const wasi = new WASI({ version: "preview1", args, env, preopens, returnOnExit: true });
const imports = {};
for (const [name, call] of Object.entries(wasi.wasiImport)) imports[name] = (...a) => call(...a);
const module = new WebAssembly.Module(readFileSync(args[0]));
const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: imports, wasi_unstable: imports });
try {
    process.exitCode = wasi.start(instance);
} catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    console.error(error.message);
    process.exitCode = 134;
}
