// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the exports t0, t1, ... of each module and prints one line a module: what differential_host.c
// prints, by the engine of node.
"use strict";
const fs = require("fs");

const KINDS = [
    [/memory access out of bounds/, "out of bounds memory access"],
    [/(divide|remainder) by zero/, "integer divide by zero"],
    [/unrepresentable/, "integer overflow"],
    [/unreachable/, "unreachable"],
    [/null function or function signature|table index is out of bounds|table.*out of bounds/i, "table"],
    [/out of bounds/, "out of bounds"],
    [/call stack/, "call stack exhausted"],
];

function kindOf(error) {
    for (const [pattern, kind] of KINDS)
        if (pattern.test(error.message)) return kind;
    return error.message;
}

function hash(memory) { // FNV-1a over words of 32 bits
    let h = 0x811c9dc5;
    for (const word of new Uint32Array(memory.buffer)) h = Math.imul(h ^ word, 0x01000193);
    return (h >>> 0).toString(16).padStart(8, "0");
}

for (const file of process.argv.slice(2)) {
    const module = new WebAssembly.Module(fs.readFileSync(file));
    let instance = new WebAssembly.Instance(module);
    const line = [];
    for (const { name } of WebAssembly.Module.exports(module)) {
        if (name === "memory") continue;
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
