// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What host.mjs needs of wasm2so.h, by koffi. An exception in a host function becomes a trap in the
// guest and comes out of the call again; koffi keeps registered callbacks until they are unregistered.
import koffi from "koffi";

const KINDS = { i32: 1, i64: 2, f32: 3, f64: 4 };
const TYPES = { i32: "int32_t", i64: "int64_t", f32: "float", f64: "double" };
const VALUE = 16; // bytes of a w2s_value

koffi.struct("w2s_valtype", { kind: "uint8_t", nullable: "uint8_t", reserved: "uint16_t", heap: "uint32_t" });
koffi.struct("w2s_functype", {
  params: "w2s_valtype *", results: "w2s_valtype *", param_count: "uint32_t", result_count: "uint32_t",
});
koffi.struct("w2s_extern", { kind: "int", of: "void *" });
koffi.struct("w2s_error", { kind: "int", message: koffi.array("char", 500) });
const callback = koffi.proto("void *w2s_callback(void *env, void *caller, void *args, void *results)");
const define = koffi.proto("bool w2s_define(void *env, void *linker, void *err)");
koffi.struct("w2s_pool_config", {
  size: "size_t", max_instances: "size_t", warm: "size_t", keep_resident: "size_t", store: "void *",
  define: "w2s_define *", env: "void *",
});

const library = koffi.load("libwasm2so_rt.so.1");
export const rt = {};
for (const prototype of `
  void *module_load(const char *path, _Out_ w2s_error *err)
  void module_free(void *module)
  void *store_new(void *config)
  void store_free(void *store)
  bool store_set_deadline(void *store, uint64_t nanoseconds, _Out_ w2s_error *err)
  void store_resume(void *store)
  void *linker_new(void *store)
  void *linker_store(void *linker)
  bool linker_define(void *linker, const char *module, const char *name, w2s_extern item)
  void *instance_new(void *store, void *module, void *linker, void *trap, _Out_ w2s_error *err)
  void *instance_func(void *instance, const char *name)
  void *instance_main_memory(void *instance)
  void *instance_store(void *instance)
  void *func_new(void *store, w2s_functype *type, w2s_callback *callback, void *env, void *finalize)
  void *call(void *func, void *args, void *results)
  void *trap_new(void *store, const char *message)
  const char *trap_message(void *trap)
  void trap_free(void *trap)
  void *memory_base(void *memory)
  uint64_t memory_size(void *memory)
  void *pool_new(void *module, w2s_pool_config *config, _Out_ w2s_error *err)
  void *pool_take(void *pool, void *trap, _Out_ w2s_error *err)
  bool pool_give(void *pool, void *instance)
  void pool_free(void *pool)`.trim().split("\n")) {
  const [, result, name, params] = prototype.match(/^ *(.*?)(\w+)(\(.*)$/);
  rt[name] = library.func(`${result}w2s_${name}${params}`);
}

export class Trap extends Error {}

// make(...args, err), or the error thrown.
export function check(make, ...args) {
  const err = {};
  const made = make(...args, err);
  if (!made) throw new Error(err.message);
  return made;
}

// i64 is BigInt in both directions, as in the WebAssembly API of JavaScript.
const get = (values, i, kind) => {
  const value = koffi.decode(values, i * VALUE, TYPES[kind]);
  return kind === "i64" ? BigInt(value) : value;
};
const put = (values, i, kind, value) => koffi.encode(values, i * VALUE, TYPES[kind], value);

const valtypes = (kinds) => kinds.map((kind) => ({ kind: KINDS[kind], nullable: 0, reserved: 0, heap: 0 }));

// The bytes of a range of the memory, copied.
export function read(memory, address, size) {
  address >>>= 0;
  size >>>= 0;
  if (address + size > Number(rt.memory_size(memory))) throw new RangeError("outside of the memory");
  return Buffer.from(koffi.decode(rt.memory_base(memory), address, koffi.array("uint8_t", size)));
}

// Host functions: [module, name, parameters, results, function].
export class Imports {
  raised = null;

  constructor(functions) {
    this.items = functions.map(([module, name, params, results, f]) => {
      const type = {
        params: valtypes(params), results: valtypes(results),
        param_count: params.length, result_count: results.length,
      };
      const call = (env, caller, args, out) => {
        try {
          const result = f(caller, ...params.map((kind, i) => get(args, i, kind)));
          if (results.length) put(out, 0, results[0], result);
          return null;
        } catch (error) { // none may leave: it is thrown where the call ends
          this.raised = error;
          return rt.trap_new(rt.instance_store(caller), String(error));
        }
      };
      return { module, name, type, callback: koffi.register(call, koffi.pointer(callback)) };
    });
    this.defineCallback = koffi.register((env, linker) => this.define(linker), koffi.pointer(define));
  }

  define(linker) {
    const store = rt.linker_store(linker);
    return this.items.every(({ module, name, type, callback }) => {
      const func = rt.func_new(store, type, callback, null, null);
      return func && rt.linker_define(linker, module, name, { kind: 0, of: func });
    });
  }

  // When no store is left that uses them.
  free() {
    for (const { callback } of this.items) koffi.unregister(callback);
    koffi.unregister(this.defineCallback);
  }
}

// An instance: its exports are methods.
export class Guest {
  constructor(instance, exports, imports) {
    this.store = rt.instance_store(instance);
    this.memory = rt.instance_main_memory(instance);
    for (const [name, [params, results]] of Object.entries(exports))
      this[name] = method(rt.instance_func(instance, name), params, results, imports);
  }

  write(address, bytes) {
    address >>>= 0;
    if (address + bytes.length > Number(rt.memory_size(this.memory)))
      throw new RangeError("outside of the memory");
    koffi.encode(rt.memory_base(this.memory), address, koffi.array("uint8_t", bytes.length), bytes);
  }

  read(address, size) {
    return read(this.memory, address, size);
  }
}

function method(func, params, results, imports) {
  return (...given) => {
    const args = Buffer.alloc(VALUE * params.length), out = Buffer.alloc(VALUE * results.length);
    params.forEach((kind, i) => put(args, i, kind, given[i]));
    const trap = rt.call(func, args, out);
    if (trap) {
      const message = rt.trap_message(trap), raised = imports.raised;
      rt.trap_free(trap);
      imports.raised = null;
      throw raised ?? new Trap(message);
    }
    const got = results.map((kind, i) => get(out, i, kind));
    return got.length > 1 ? got : got[0];
  };
}
