#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A host in Python, with the binding in wasm2so.py.   usage: host.py LIBGUEST.SO LIBCALC.SO [--bench]
import ctypes
import faulthandler
import sys
import threading
import time

from wasm2so import Guest, Linker, PoolConfig, Trap, check, read, rt

EXPORTS = {
    "add": ("i32 i32", "i32"), "next": ("i64", "i64"), "mean": ("f32 f64", "f64"),
    "divmod": ("i32 i32", "i32 i32"), "buffer": ("", "i32"), "greet": ("i32 i32", "i32 i32"),
    "total": ("i64 i32", "f64"), "peek": ("i32", "i32"), "depth": ("i32", "i32"), "fail": ("", ""),
    "spin": ("", ""), "count": ("", "i32"),
}


# ---- what the guest imports ----

def log(caller, address, size):
    print("log:", read(rt.w2s_instance_main_memory(caller), address, size).decode())


def price(caller, item):
    if item != 7:
        raise LookupError(f"no price for item {item}")
    return 2.5


# ---- calls ----

def show_values(guest):
    print("add(34, 76) =", guest.add(34, 76))
    print("next(9007199254740993) =", guest.next(9007199254740993))
    print("mean(1.5, 4) =", guest.mean(1.5, 4))
    print("divmod(17, 5) = %d, %d" % guest.divmod(17, 5))


def show_strings(guest):
    name = "world".encode()
    guest.write(guest.buffer(), name)
    print("greet:", guest.read(*guest.greet(guest.buffer(), len(name))).decode())


def show_host_error(guest):
    print("total(7, 3) =", guest.total(7, 3))
    try:
        guest.total(-1, 3)
    except LookupError as error:  # as price raised it
        print("error:", error)


def show_trap(call, *args):
    try:
        call(*args)
    except Trap as trap:
        print("trap:", trap)


def show_deadline(guest):
    check(rt.w2s_store_set_deadline, guest.store, 10 * 1000 * 1000)  # 10 ms
    show_trap(guest.spin)
    rt.w2s_store_set_deadline(guest.store, 0, None)
    rt.w2s_store_resume(guest.store)
    print("add(1, 2) =", guest.add(1, 2))


def show_pool(module, linker):
    config = PoolConfig(size=ctypes.sizeof(PoolConfig), max_instances=10,
                        define=linker.define_callback)
    pool = check(rt.w2s_pool_new, module, config)

    def request(handle):
        instance = check(rt.w2s_pool_take, pool, None)
        try:
            return handle(Guest(instance, EXPORTS, linker))
        finally:
            rt.w2s_pool_give(pool, instance)

    print("requests:", *[request(lambda guest: guest.count()) for _ in range(3)])
    sums = []
    threads = [threading.Thread(target=lambda: sums.append(request(lambda guest: guest.add(34, 76))))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("threads:", *sums)
    rt.w2s_pool_free(pool)


def bench(guest, library):
    """The exported C function, as ctypes calls it."""
    add, calls, total = library.guest_add, 2000000, 0
    add.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32]
    instance = ctypes.c_void_p(guest.instance)
    start = time.perf_counter()
    for _ in range(calls):
        total = add(instance, total, 1)
    assert total == calls
    print(f"python: {calls / (time.perf_counter() - start) / 1e6:.1f} million calls a second")


def main(path, calc, *options):
    faulthandler.enable()  # its handlers, below ours, hear of no trap
    module = check(rt.w2s_module_load, path.encode())
    store = rt.w2s_store_new(None)
    linker = Linker({("host", "log"): (log, "i32 i32", ""), ("host", "price"): (price, "i64", "f64")})
    imports = rt.w2s_linker_new(store)
    linker.define(imports)
    guest = Guest(check(rt.w2s_instance_new, store, module, imports, None), EXPORTS, linker)
    if "--bench" in options:
        bench(guest, ctypes.CDLL(path))
        return
    show_values(guest)
    show_strings(guest)
    show_host_error(guest)
    show_trap(guest.divmod, 1, 0)
    show_trap(guest.peek, -4)
    show_trap(guest.depth, 2**31 - 1)
    show_trap(guest.fail)
    show_deadline(guest)
    print("without an instance:", ctypes.CDLL(calc).calc_add(None, 34, 76))  # calc imports nothing
    show_pool(module, linker)
    rt.w2s_store_free(store)
    rt.w2s_module_free(module)


main(*sys.argv[1:])
