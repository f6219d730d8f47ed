// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host in JavaScript, with the binding in wasm2so.mjs.
//   usage: host.mjs LIBGUEST.SO LIBCALC.SO GUEST.WASM [--bench]
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import koffi from "koffi";
import { Guest, Imports, Trap, check, read, rt } from "./wasm2so.mjs";

const EXPORTS = {
  add: [["i32", "i32"], ["i32"]], next: [["i64"], ["i64"]], mean: [["f32", "f64"], ["f64"]],
  divmod: [["i32", "i32"], ["i32", "i32"]], buffer: [[], ["i32"]],
  greet: [["i32", "i32"], ["i32", "i32"]], total: [["i64", "i32"], ["f64"]],
  peek: [["i32"], ["i32"]], depth: [["i32"], ["i32"]], fail: [[], []], spin: [[], []],
  count: [[], ["i32"]],
};

// ---- what the guest imports ----

function log(caller, address, size) {
  console.log(`log: ${read(rt.instance_main_memory(caller), address, size)}`);
}

function price(caller, item) {
  if (item !== 7n) throw new RangeError(`no price for item ${item}`);
  return 2.5;
}

const FUNCTIONS = [
  ["host", "log", ["i32", "i32"], [], log],
  ["host", "price", ["i64"], ["f64"], price],
];

function instantiate(module, imports) {
  const store = rt.store_new(null), linker = rt.linker_new(store);
  imports.define(linker);
  return new Guest(check(rt.instance_new, store, module, linker, null), EXPORTS, imports);
}

// ---- calls ----

function showValues(guest) {
  console.log(`add(34, 76) = ${guest.add(34, 76)}`);
  console.log(`next(9007199254740993) = ${guest.next(9007199254740993n)}`);
  console.log(`mean(1.5, 4) = ${guest.mean(1.5, 4)}`);
  console.log(`divmod(17, 5) = ${guest.divmod(17, 5).join(", ")}`);
}

function showStrings(guest) {
  const name = Buffer.from("world");
  guest.write(guest.buffer(), name);
  console.log(`greet: ${guest.read(...guest.greet(guest.buffer(), name.length))}`);
}

function showHostError(guest) {
  console.log(`total(7, 3) = ${guest.total(7n, 3)}`);
  try {
    guest.total(-1n, 3);
  } catch (error) { // as price threw it
    assert(error instanceof RangeError);
    console.log(`error: ${error.message}`);
  }
}

function showTrap(call) {
  try {
    call();
  } catch (error) {
    assert(error instanceof Trap);
    console.log(`trap: ${error.message}`);
  }
}

// The engine has traps by faults of its own.
function checkEngine(bytes) {
  const host = { log() {}, price: () => 0 };
  const { peek } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host }).exports;
  assert.throws(() => peek(-4), WebAssembly.RuntimeError);
}

function showTraps(guest, bytes) {
  showTrap(() => guest.divmod(1, 0));
  showTrap(() => guest.peek(-4));
  checkEngine(bytes);
  showTrap(() => guest.depth(2 ** 31 - 1));
  checkEngine(bytes);
  showTrap(() => guest.fail());
}

function showDeadline(guest) {
  check(rt.store_set_deadline, guest.store, 10 * 1000 * 1000); // 10 ms
  showTrap(() => guest.spin());
  rt.store_set_deadline(guest.store, 0, {});
  rt.store_resume(guest.store);
  console.log(`add(1, 2) = ${guest.add(1, 2)}`);
}

function showPool(module, imports) {
  const config = {
    size: koffi.sizeof("w2s_pool_config"), max_instances: 10, warm: 0, keep_resident: 0, store: null,
    define: imports.defineCallback, env: null,
  };
  const pool = check(rt.pool_new, module, config);
  const counts = [1, 2, 3].map(() => {
    const instance = check(rt.pool_take, pool, null);
    const count = new Guest(instance, EXPORTS, imports).count();
    rt.pool_give(pool, instance);
    return count;
  });
  console.log("requests:", ...counts);
  rt.pool_free(pool);
}

// ---- threads: each has its own JavaScript, so its own host functions; the module's code is one ----

function worker() {
  const module = check(rt.module_load, workerData), imports = new Imports(FUNCTIONS);
  const guest = instantiate(module, imports);
  assert.throws(() => guest.peek(-4), Trap);
  parentPort.postMessage(guest.add(34, 76));
  rt.store_free(guest.store);
  rt.module_free(module);
  imports.free();
}

async function showThreads(path) {
  const sums = [1, 2, 3, 4].map(() => new Promise((resolve, reject) =>
    new Worker(new URL(import.meta.url), { workerData: path }).on("message", resolve).on("error", reject)));
  console.log("threads:", ...(await Promise.all(sums)));
}

// The exported C function, as koffi calls it.
function bench(path, imports, module) {
  const store = rt.store_new(null), linker = rt.linker_new(store);
  imports.define(linker);
  const instance = check(rt.instance_new, store, module, linker, null);
  const add = koffi.load(path).func("int32_t guest_add(void *instance, int32_t a, int32_t b)");
  const calls = 2000000, start = performance.now();
  let sum = 0;
  for (let i = 0; i < calls; i++) sum = add(instance, sum, 1);
  assert(sum === calls);
  console.log(`node: ${(calls / (performance.now() - start) / 1e3).toFixed(1)} million calls a second`);
}

async function main(path, calc, wasm, option) {
  const module = check(rt.module_load, path), imports = new Imports(FUNCTIONS);
  if (option === "--bench") return bench(path, imports, module);
  const guest = instantiate(module, imports), bytes = readFileSync(wasm);
  showValues(guest);
  showStrings(guest);
  showHostError(guest);
  checkEngine(bytes);
  showTraps(guest, bytes);
  showDeadline(guest);
  const add = koffi.load(calc).func("int32_t calc_add(void *instance, int32_t a, int32_t b)");
  console.log(`without an instance: ${add(null, 34, 76)}`); // calc imports nothing
  showPool(module, imports);
  await showThreads(path);
  rt.store_free(guest.store);
  rt.module_free(module);
  imports.free();
}

if (isMainThread) await main(...process.argv.slice(2));
else worker();
