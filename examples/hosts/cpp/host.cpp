/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A host in C++, with the wrapper in wasm2so.hpp.   usage: host LIBGUEST.SO [--bench]
 */
#include "calc.h"
#include "guest.h"
#include "wasm2so.hpp"

#include <chrono>
#include <cstring>
#include <iostream>
#include <thread>
#include <vector>

using std::cout;

/* ---- what the guest imports ---- */

static void define_imports(w2s_linker *linker)
{
    w2s::define<void(int32_t, int32_t)>(
        linker, "host", "log", [](w2s_instance *caller, int32_t address, int32_t size) {
            cout << "log: " << w2s::view(w2s_instance_main_memory(caller), address, size) << "\n";
        });
    w2s::define<double(int64_t)>(linker, "host", "price", [](w2s_instance *, int64_t item) {
        if (item != 7)
            throw std::invalid_argument("no price for item " + std::to_string(item));
        return 2.5;
    });
}

/* ---- calls ---- */

static void show_values(w2s_instance *guest)
{
    cout << "add(34, 76) = " << w2s::call(guest_add, guest, 34, 76) << "\n";
    cout << "next(9007199254740993) = " << w2s::call(guest_next, guest, 9007199254740993) << "\n";
    cout << "mean(1.5, 4) = " << w2s::call(guest_mean, guest, 1.5f, 4.0) << "\n";
    guest_divmod_result both;
    w2s::call(guest_divmod, guest, 17, 5, &both);
    cout << "divmod(17, 5) = " << both.r0 << ", " << both.r1 << "\n";
}

static void show_strings(w2s_instance *guest)
{
    const std::string name = "world";
    w2s_memory *memory = w2s_instance_memory(guest, "memory");
    int32_t buffer = w2s::call(guest_buffer, guest), size = static_cast<int32_t>(name.size());
    if (!w2s_memory_write(memory, static_cast<uint32_t>(buffer), name.data(), name.size()))
        throw std::out_of_range("outside of the memory");
    guest_greet_result text;
    w2s::call(guest_greet, guest, buffer, size, &text);
    cout << "greet: " << w2s::view(memory, text.r0, text.r1) << "\n";
}

static void show_host_error(w2s_instance *guest)
{
    cout << "total(7, 3) = " << w2s::call(guest_total, guest, 7, 3) << "\n";
    try {
        w2s::call(guest_total, guest, -1, 3);
    } catch (const std::invalid_argument &error) { /* as price threw it */
        cout << "error: " << error.what() << "\n";
    }
}

template <class... Call> static void show_trap(Call... call)
{
    try {
        w2s::call(call...);
    } catch (const w2s::trap &trap) {
        cout << "trap: " << trap.what() << "\n";
    }
}

static void show_traps(w2s_instance *guest)
{
    guest_divmod_result both;
    show_trap(guest_divmod, guest, 1, 0, &both);
    show_trap(guest_peek, guest, -4);
    show_trap(guest_depth, guest, INT32_MAX);
    show_trap(guest_fail, guest);
}

static void show_deadline(w2s_instance *guest)
{
    w2s_store *store = w2s_instance_store(guest);
    w2s::check(w2s_store_set_deadline, store, 10 * 1000 * 1000); /* 10 ms */
    show_trap(guest_spin, guest);
    w2s_store_set_deadline(store, 0, nullptr);
    w2s_store_resume(store);
    cout << "add(1, 2) = " << w2s::call(guest_add, guest, 1, 2) << "\n";
}

/* ---- an instance a request ---- */

static void show_pool(w2s_module *module)
{
    w2s_pool_config config = {};
    config.size = sizeof config;
    config.max_instances = 10;
    config.define = [](void *, w2s_linker *linker, w2s_error *err) {
        try {
            define_imports(linker);
            return true;
        } catch (const std::exception &error) { /* C calls this: nothing may leave */
            err->kind = W2S_ERROR_MEMORY;
            std::strncpy(err->message, error.what(), sizeof err->message - 1);
            return false;
        }
    };
    w2s::pool pool(w2s::check(w2s_pool_new, module, &config));
    cout << "requests:";
    for (int i = 0; i < 3; i++) {
        w2s::request request(pool);
        cout << " " << w2s::call(guest_count, request.guest());
    }
    std::vector<int32_t> sums(4);
    std::vector<std::thread> threads;
    for (int32_t &sum : sums)
        threads.emplace_back([&pool, &sum] {
            w2s::request request(pool);
            sum = w2s::call(guest_add, request.guest(), 34, 76);
        });
    cout << "\nthreads:";
    for (std::thread &thread : threads)
        thread.join();
    for (int32_t sum : sums)
        cout << " " << sum;
    cout << "\n";
}

static void bench(w2s_instance *guest)
{
    constexpr int32_t calls = 50000000;
    int32_t sum = 0;
    auto start = std::chrono::steady_clock::now();
    for (int32_t i = 0; i < calls; i++)
        sum = w2s::call(guest_add, guest, sum, 1);
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    cout << "cpp: " << sum / seconds.count() / 1e6 << " million calls a second\n";
}

int main(int argc, char **argv)
try {
    w2s::module module(w2s::check(w2s_module_load, argc > 1 ? argv[1] : ""));
    w2s::store store(w2s_store_new(nullptr));
    w2s_linker *linker = w2s_linker_new(store.get());
    define_imports(linker);
    w2s_instance *guest = w2s::check(w2s_instance_new, store.get(), module.get(), linker,
                                     static_cast<w2s_trap **>(nullptr));
    if (argc > 2 && std::string_view(argv[2]) == "--bench") {
        bench(guest);
        return 0;
    }
    show_values(guest);
    show_strings(guest);
    show_host_error(guest);
    show_traps(guest);
    show_deadline(guest);
    cout << "without an instance: " << calc_add(nullptr, 34, 76) << "\n"; /* calc imports nothing */
    show_pool(module.get());
} catch (const std::exception &error) {
    std::cerr << "host: " << error.what() << "\n";
    return 1;
}
