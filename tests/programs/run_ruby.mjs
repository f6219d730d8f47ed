// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a Ruby script on the same Ruby by its own JavaScript. usage: node run_ruby.mjs PACKAGES SCRIPT HOST
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { WASI } from "node:wasi";

const [packages, script, host] = process.argv.slice(2);
const { RubyVM } = createRequire(packages + "/")("@ruby/wasm-wasi");
const wasi = new WASI({ version: "preview1", args: ["ruby.wasm"], preopens: { "/tree": host }, returnOnExit: true });
const module = await WebAssembly.compile(readFileSync(packages + "/@ruby/3.4-wasm-wasi/dist/ruby.wasm"));
const { vm } = await RubyVM.instantiateModule({ module, wasip1: wasi, args: ["ruby.wasm", "--disable-gems", "-EUTF-8", "-e_=0"] });
vm.eval(readFileSync(script, "utf8"));
