// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The peer of `wasm2so serve` for run.py: node's http server over V8's WebAssembly, the waPC protocol
// and the MessagePack of one pair done here.   node server.mjs GUEST.wasm PORT fresh|kept
// fresh: an instance for each request, as wasm2so has it. kept: one for all, as the book's server had.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [path, port, way] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const operation = Buffer.from("check_word_exists");
let memory, payload, answer;

const bytes = (at, size) => Buffer.from(memory.buffer, at, size);
const wapc = {
  __guest_request(operationAt, payloadAt) {
    operation.copy(bytes(operationAt, operation.length));
    payload.copy(bytes(payloadAt, payload.length));
  },
  __guest_response(at, size) { answer = Buffer.from(bytes(at, size)); },
  __guest_error(at, size) { throw new Error(bytes(at, size).toString()); },
  __console_log() {},
  __host_call: () => 0,
  __host_response_len: () => 0,
  __host_response() {},
  __host_error_len: () => 0,
  __host_error() {},
};

const make = () => new WebAssembly.Instance(module, { wapc }).exports;
const kept = way === "kept" ? make() : null;

function ask(name, value) {
  const exports = kept ?? make();
  memory = exports.memory;
  payload = Buffer.from([0x81, 0xa0 + name.length, ...Buffer.from(name), 0xa0 + value.length,
    ...Buffer.from(value)]);
  exports.__guest_call(operation.length, payload.length);
  return answer.subarray(1);
}

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const [name, value] = Buffer.concat(parts).toString().split("=");
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    response.end(ask(name, value));
  });
}).listen(Number(port), "127.0.0.1");
