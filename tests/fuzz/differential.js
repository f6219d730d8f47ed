// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the exports t0, t1, ... of each module and prints one line a module: what differential_host.c
// prints, by the engine of node. Prints nothing for a module that this node cannot run.
"use strict";
const fs = require("fs");

const KINDS = [
    [/memory access out of bounds/, "out of bounds memory access"],
    [/(divide|remainder) by zero/, "integer divide by zero"],
    [/unrepresentable/, "integer overflow"],
    [/unreachable/, "unreachable"],
    [/dereferencing a null/, "null reference"],
    [/illegal cast/, "cast failure"],
    [/array element access/, "out of bounds array access"],
    [/element segment/, "table"],
    [/null function or function signature|table index is out of bounds|table.*out of bounds/i, "table"],
    [/out of bounds/, "out of bounds"],
    [/call stack/, "call stack exhausted"],
    [/unaligned/, "unaligned atomic"],
];

function kindOf(error) {
    if (error instanceof WebAssembly.Exception) return "unhandled exception";
    for (const [pattern, kind] of KINDS)
        if (pattern.test(error.message)) return kind;
    return error.message;
}

function hash(memory) { // as differential_run.c says
    const words = new Uint32Array(memory.buffer);
    let h = 0;
    for (let i = words.length - 1; i >= 0; i--) h = (5 * h + words[i]) % 4294967291;
    return h.toString(16).padStart(8, "0");
}

for (const file of process.argv.slice(2)) {
    const bytes = fs.readFileSync(file);
    if (!WebAssembly.validate(bytes)) continue;
    const module = new WebAssembly.Module(bytes);
    let instance;
    try {
        instance = new WebAssembly.Instance(module);
    } catch (error) {
        console.log(`${file} node start=${kindOf(error).replaceAll(" ", "_")}:0`);
        continue;
    }
    const line = [];
    for (const { name } of WebAssembly.Module.exports(module)) {
        if (!/^t\d+$/.test(name)) continue;
        let kind = "ok";
        try {
            instance.exports[name]();
        } catch (error) {
            kind = kindOf(error);
        }
        const { memory } = instance.exports;
        line.push(`${name}=${kind.replaceAll(" ", "_")}:${hash(memory)}`);
        if (kind !== "ok") instance = new WebAssembly.Instance(module);
    }
    console.log(`${file} node ${line.join(" ")}`);
}
