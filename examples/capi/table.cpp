/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The standard C API from C++: owners by unique_ptr, a host function with a C++ object behind it, a
 * reference of the host's in a table, a trap.
 */
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "wasm.h"

template <auto del> struct deleter {
    template <typename T> void operator()(T *object) const
    {
        del(object);
    }
};

template <typename T, auto del> using owner = std::unique_ptr<T, deleter<del>>;
using engine_ptr = owner<wasm_engine_t, wasm_engine_delete>;
using store_ptr = owner<wasm_store_t, wasm_store_delete>;
using module_ptr = owner<wasm_module_t, wasm_module_delete>;
using functype_ptr = owner<wasm_functype_t, wasm_functype_delete>;
using func_ptr = owner<wasm_func_t, wasm_func_delete>;
using instance_ptr = owner<wasm_instance_t, wasm_instance_delete>;
using ref_ptr = owner<wasm_ref_t, wasm_ref_delete>;
using trap_ptr = owner<wasm_trap_t, wasm_trap_delete>;

/* What the host function counts in. */
struct counter {
    int calls = 0;

    static wasm_trap_t *triple(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
    {
        static_cast<counter *>(env)->calls++;
        results->data[0] = WASM_I32_VAL(3 * args->data[0].of.i32);
        return nullptr;
    }
};

static void apply(const wasm_func_t *func, int32_t x, int32_t slot)
{
    wasm_val_t values[2] = {WASM_I32_VAL(x), WASM_I32_VAL(slot)}, result = WASM_INIT_VAL;
    wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = {1, &result};
    trap_ptr trap(wasm_func_call(func, &args, &results));
    if (trap) {
        wasm_message_t message;
        wasm_trap_message(trap.get(), &message);
        std::printf("apply(%d, %d): %s\n", x, slot, message.data);
        wasm_byte_vec_delete(&message);
    } else {
        std::printf("apply(%d, %d) = %d\n", x, slot, result.of.i32);
    }
}

static void put_thing(wasm_store_t *store, wasm_table_t *things, const wasm_func_t *thing)
{
    static char text[] = "a thing of the host";
    ref_ptr foreign(wasm_foreign_as_ref(wasm_foreign_new(store)));
    wasm_ref_set_host_info(foreign.get(), text);
    wasm_table_set(things, 0, foreign.get());
    wasm_val_t result = WASM_INIT_VAL;
    wasm_val_vec_t none = WASM_EMPTY_VEC, results = {1, &result};
    trap_ptr trap(wasm_func_call(thing, &none, &results));
    ref_ptr back(result.of.ref);
    std::printf("thing: %s\n", static_cast<char *>(wasm_ref_get_host_info(back.get())));
}

int main(int argc, char **argv)
{
    std::ifstream file(argc > 1 ? argv[1] : "table.wasm", std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    const wasm_byte_vec_t binary = {bytes.size(), bytes.data()};
    engine_ptr engine(wasm_engine_new());
    store_ptr store(wasm_store_new(engine.get()));
    module_ptr module(wasm_module_new(store.get(), &binary));
    if (!module)
        return 1;

    counter count;
    functype_ptr type(wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32()));
    func_ptr triple(
        wasm_func_new_with_env(store.get(), type.get(), counter::triple, &count, nullptr));
    wasm_extern_t *externs[] = {wasm_func_as_extern(triple.get())};
    const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
    instance_ptr instance(wasm_instance_new(store.get(), module.get(), &imports, nullptr));
    if (!instance)
        return 1;

    wasm_extern_vec_t exports;
    wasm_instance_exports(instance.get(), &exports);
    const wasm_func_t *func = wasm_extern_as_func(exports.data[2]);
    apply(func, 21, 0);
    apply(func, 14, 1);
    apply(func, 1, 2);
    put_thing(store.get(), wasm_extern_as_table(exports.data[1]),
              wasm_extern_as_func(exports.data[3]));
    std::printf("%d call of the host function\n", count.calls);
    wasm_extern_vec_delete(&exports);
    return 0;
}
