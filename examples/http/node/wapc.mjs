// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// waPC guests from a .so, by koffi: what server.mjs needs of wasm2so_wapc.h.
import koffi from "koffi";

koffi.struct("w2s_error", { kind: "int", message: koffi.array("char", 500) });
koffi.struct("w2s_wapc_answer", { ok: "bool", data: "void *", size: "size_t" });
koffi.struct("w2s_wapc_config", {
  size: "size_t", host_call: "void *", console_log: "void *", env: "void *", wasi: "void *",
});
const define = koffi.proto("bool w2s_define(void *env, void *linker, void *err)");
koffi.struct("w2s_pool_config", {
  size: "size_t", max_instances: "size_t", warm: "size_t", keep_resident: "size_t", store: "void *",
  define: "w2s_define *", env: "void *",
});

const library = koffi.load("libwasm2so_rt.so.1");
const rt = {};
for (const prototype of `
  void *module_load(const char *path, _Out_ w2s_error *err)
  void *instance_store(void *instance)
  bool store_set_deadline(void *store, uint64_t nanoseconds, void *err)
  void *pool_new(void *module, w2s_pool_config *config, _Out_ w2s_error *err)
  void *pool_take(void *pool, void *trap, _Out_ w2s_error *err)
  bool pool_give(void *pool, void *instance)
  bool linker_define_wapc(void *linker, w2s_wapc_config *config, void *err)
  void *wapc_start(void *instance, void *trap, _Out_ w2s_error *err)
  void *wapc_call(void *guest, const char *operation, const void *payload, size_t size, _Out_ w2s_wapc_answer *answer)
  const char *trap_message(void *trap)
  void trap_free(void *trap)`.trim().split("\n")) {
  const [, result, name, params] = prototype.match(/^ *(.*?)(\w+)(\(.*)$/);
  rt[name] = library.func(`${result}w2s_${name}${params}`);
}

function check(make, ...args) {
  const err = {};
  const made = make(...args, err);
  if (!made) throw new Error(err.message);
  return made;
}

// The guests of a module: an instance for each call.
export class Guests {
  constructor(path, milliseconds) {
    const config = { size: koffi.sizeof("w2s_wapc_config") };
    const callback = koffi.register(
      (env, linker, err) => rt.linker_define_wapc(linker, config, err), koffi.pointer(define));
    const pool = { size: koffi.sizeof("w2s_pool_config"), max_instances: 1, warm: 1, define: callback };
    this.pool = check(rt.pool_new, check(rt.module_load, path), pool);
    this.limit = milliseconds * 1e6;
  }

  // Bytes for bytes; what the guest reports, or traps with, is thrown.
  call(operation, payload) {
    const instance = check(rt.pool_take, this.pool, null);
    try {
      rt.store_set_deadline(rt.instance_store(instance), this.limit, null);
      const guest = check(rt.wapc_start, instance, null), answer = {};
      const trap = rt.wapc_call(guest, operation, payload, payload.length, answer);
      if (trap) {
        const message = rt.trap_message(trap);
        rt.trap_free(trap);
        throw new Error(message);
      }
      const bytes = Buffer.from(koffi.decode(answer.data, koffi.array("uint8_t", answer.size)));
      if (!answer.ok) throw new Error(bytes.toString());
      return bytes;
    } finally {
      rt.pool_give(this.pool, instance);
    }
  }
}
