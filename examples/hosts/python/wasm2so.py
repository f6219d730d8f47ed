# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What host.py needs of wasm2so.h, by ctypes. An exception in a host function becomes a trap in the
# guest and comes out of the call again; what C calls back is kept alive as long as the store.
import ctypes
import re
import threading
from ctypes import (CFUNCTYPE, POINTER, Structure, Union, byref, c_bool, c_char, c_char_p, c_double,
                    c_float, c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64,
                    c_void_p)

rt = ctypes.CDLL("libwasm2so_rt.so.1")
KINDS = {"i32": (1, c_int32), "i64": (2, c_int64), "f32": (3, c_float), "f64": (4, c_double)}


class Value(Union):
    _fields_ = [("i32", c_int32), ("i64", c_int64), ("f32", c_float), ("f64", c_double),
                ("bits", c_uint64 * 2)]


class Valtype(Structure):
    _fields_ = [("kind", c_uint8), ("nullable", c_uint8), ("reserved", c_uint16), ("heap", c_uint32)]


class Functype(Structure):
    _fields_ = [("params", POINTER(Valtype)), ("results", POINTER(Valtype)),
                ("param_count", c_uint32), ("result_count", c_uint32)]


class Extern(Structure):
    _fields_ = [("kind", c_int), ("of", c_void_p)]


class Error(Structure):
    _fields_ = [("kind", c_int), ("message", c_char * 500)]


Callback = CFUNCTYPE(c_void_p, c_void_p, c_void_p, POINTER(Value), POINTER(Value))
Define = CFUNCTYPE(c_bool, c_void_p, c_void_p, POINTER(Error))


class PoolConfig(Structure):
    _fields_ = [("size", c_size_t), ("max_instances", c_size_t), ("warm", c_size_t),
                ("keep_resident", c_size_t), ("store", c_void_p), ("define", Define),
                ("env", c_void_p)]


def declare(prototypes):
    """w2s_name: result (parameters), one a line; without it ctypes would cut pointers to 32 bits."""
    types = {"void": None, "p": c_void_p, "str": c_char_p, "bool": c_bool, "int": c_int,
             "u64": c_uint64, "size": c_size_t, "error": POINTER(Error), "value": POINTER(Value),
             "type": POINTER(Functype), "item": Extern, "pool": POINTER(PoolConfig)}
    for result, name, params in re.findall(r"(\w+) (\w+)\((.*)\)", prototypes):
        function = getattr(rt, "w2s_" + name)
        function.restype = types[result]
        function.argtypes = [types[param] for param in params.split()]


declare("""
    p module_load(str error)
    void module_free(p)
    p store_new(p)
    void store_free(p)
    p linker_new(p)
    p linker_store(p)
    bool linker_define(p str str item)
    p func_new(p type p p p)
    p instance_new(p p p p error)
    p instance_func(p str)
    p instance_memory(p str)
    p instance_main_memory(p)
    p instance_store(p)
    p memory_base(p)
    u64 memory_size(p)
    bool memory_read(p u64 p size)
    bool memory_write(p u64 str size)
    p call(p value value)
    p trap_new(p str)
    int trap_kind(p)
    str trap_message(p)
    void trap_free(p)
    int last_trap()
    str trap_kind_message(int)
    bool store_set_deadline(p u64 error)
    void store_resume(p)
    p pool_new(p pool error)
    p pool_take(p p error)
    bool pool_give(p p)
    void pool_free(p)
""")


class Trap(Exception):
    """The guest trapped."""


class LinkError(Exception):
    """Loading, linking or a limit."""


def check(make, *args):
    """make(*args, &err), or the error raised."""
    err = Error()
    made = make(*args, byref(err))
    if not made:
        raise LinkError(err.message.decode())
    return made


def valtypes(names):
    return (Valtype * len(names))(*[Valtype(KINDS[name][0]) for name in names])


class Linker:
    """Host functions, by (module, name): (function, "i32 i32", "f64"). Defines them in any number of
    linkers, and holds the callbacks as long as it lives: it must live as long as the stores."""

    def __init__(self, functions):
        self.local = threading.local()  # .raised: what a host function raised in this thread
        self.items = []
        for (module, name), (function, params, results) in functions.items():
            params, results = params.split(), results.split()
            kind = Functype(valtypes(params), valtypes(results), len(params), len(results))
            callback = Callback(self._wrap(function, params, results))
            self.items.append((module.encode(), name.encode(), kind, callback))
        self.define_callback = Define(lambda env, linker, err: self.define(linker))

    def _wrap(self, function, params, results):
        def call(env, caller, args, out):
            try:
                got = function(caller, *[getattr(args[i], kind) for i, kind in enumerate(params)])
                if results:
                    setattr(out[0], results[0], got)
                return None
            except BaseException as exception:  # none may leave: it is raised where the call ends
                self.local.raised = exception
                return rt.w2s_trap_new(rt.w2s_instance_store(caller), str(exception).encode())
        return call

    def define(self, linker):
        store = rt.w2s_linker_store(linker)
        for module, name, kind, callback in self.items:
            func = rt.w2s_func_new(store, byref(kind), callback, None, None)
            if not func or not rt.w2s_linker_define(linker, module, name, Extern(0, func)):
                return False
        return True


class Guest:
    """An instance: its exports are methods, its memory is read and written as bytes."""

    def __init__(self, instance, exports, linker):
        self.instance, self.linker = instance, linker
        self.store = rt.w2s_instance_store(instance)
        self.memory = rt.w2s_instance_memory(instance, b"memory")
        for name, (params, results) in exports.items():
            setattr(self, name, self._export(name, params.split(), results.split()))

    def _export(self, name, params, results):
        func = rt.w2s_instance_func(self.instance, name.encode())

        def call(*given):
            args, out = (Value * len(params))(), (Value * len(results))()
            for arg, kind, value in zip(args, params, given):
                setattr(arg, kind, value)
            trap = rt.w2s_call(func, args, out)
            if trap:
                self._raise(trap)
            got = tuple(getattr(value, kind) for value, kind in zip(out, results))
            return got[0] if len(got) == 1 else got
        return call

    def _raise(self, trap):
        message = rt.w2s_trap_message(trap).decode()
        rt.w2s_trap_free(trap)
        raised = self.linker.local.__dict__.pop("raised", None)
        raise raised or Trap(message)

    def read(self, address, size):
        return read(self.memory, address, size)

    def write(self, address, data):
        if not rt.w2s_memory_write(self.memory, address, data, len(data)):
            raise IndexError("outside of the memory")


def read(memory, address, size):
    if size < 0 or address < 0 or address + size > rt.w2s_memory_size(memory):
        raise IndexError("outside of the memory")
    return ctypes.string_at(rt.w2s_memory_base(memory) + address, size)
