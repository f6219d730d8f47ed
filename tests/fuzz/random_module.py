# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random valid modules for differential testing (differential.py).

random_module(seed, functions) is a binary module with exports t0, t1, ...: () -> (), which call random
functions with constants, store the results in the memory "memory", and always end: loops and calls
burn fuel, and without fuel they trap. What the specification leaves open is not observable: a NaN is
made canonical before its bits can be seen. The instructions come from frontend/opcodes.def.
"""
import random

import random_frames
import random_memories
from random_arms import ArmLoop
from random_choice import ChoiceLoop
from random_dispatch import DispatchLoop
from random_code import ATOMIC, BY_RESULT, code, i32, LANE_STORES, leb, OPS, sleb, STORE, STORES, TYPE_BYTE, vector
from random_flow import Flow
from random_frames import Frame
from random_loops import MemoryLoop
from random_near import Near
from random_nests import Nest
from random_parts import Parts
from random_products import Product
from random_search import Search
from random_straight import Straight
from random_tables import Conversion, TableLoop
from random_values import Values
from random_vectors import Vectors


class Function(Values):
    """Generates one body."""

    # ---- statements ----

    def statements(self, depth, count):
        for _ in range(count):
            self.statement(depth)

    def statement(self, depth):
        if self.size > self.m.limit:
            return
        shapes = [(self.set_local, 30), (self.store, 22), (self.set_global, 8), (self.dropped, 6),
                  (self.if_statement, 10), (self.loop_statement, 6), (self.array_loop, 4), (self.memory_loop, 5),
                  (self.pointer_loop, 3), (self.arm_loop, 4), (self.choice_loop, 4), (self.dispatch_loop, 3), (self.nest, 3), (self.near, 6), (self.search, 6),
                  (self.vectors, 6 if "v" in self.m.types else 0), (self.straight, 2), (self.parts, 5), (self.table_loop, 5), (self.conversion, 2), (self.frame, 5),
                  (self.atomic, 3 if self.m.memories.shared else 0), (self.flow, 3),
                  (self.product, 2), (self.branch, 6), (self.bulk, 3), (self.table_statement, 2), (self.switch, 3),
                  (self.rare_end, 1)]
        self.r.choices([s for s, _ in shapes], [w for _, w in shapes])[0](depth)

    def set_local(self, depth):
        t = self.r.choice(self.m.types)
        self.expr(t, depth)
        self.emit(b"\x21", self.pick_local(t))

    def set_global(self, depth):
        t = self.r.choice(self.m.types)
        targets = self.m.mutable_of(t)
        self.expr(t, depth)
        if targets:
            self.emit(b"\x24", leb(self.r.choice(targets)))
        else:
            self.emit(b"\x1a")

    def dropped(self, depth):
        self.expr(self.r.choice(self.m.types), depth)
        self.emit(b"\x1a")

    def store(self, depth):
        self.address(depth)
        if "v" in self.m.types and self.r.random() < 0.1:
            op = self.r.choice(LANE_STORES)
            self.expr("v", depth - 1)
            self.emit(op.code, self.memarg(op), bytes([self.r.randrange(16 >> op.align)]))
            return
        op = self.r.choice([op for op in STORES if op.params[1] in self.m.types])
        self.expr(op.params[1], depth - 1)
        self.canonical(op.params[1])
        self.emit(op.code, self.memarg(op))

    def if_statement(self, depth):
        self.expr("i", depth - 1)
        self.emit(b"\x04\x40")
        self.labels.append("")
        self.statements(depth - 1, self.r.randint(1, 3))
        if self.r.random() < 0.5:
            self.emit(b"\x05")
            self.statements(depth - 1, self.r.randint(1, 3))
        self.labels.pop()
        self.emit(b"\x0b")

    def loop_statement(self, depth):
        counter = self.new_counter()
        self.emit(i32(self.r.choice([1, 2, 3, 5, 8, 17, 40])), b"\x21", counter, b"\x02\x40\x03\x40")
        self.labels += ["", None]
        self.burn(1)
        self.statements(depth - 1, self.r.randint(1, 3))
        self.emit(b"\x20", counter, i32(1), code("i32_sub"), b"\x22", counter, b"\x0d\x00\x0b\x0b")
        self.labels.pop()
        self.labels.pop()

    def array_loop(self, depth):
        """for (i = 0; i < n; i++) to[i] = from[i] OP x, with or without an end beyond the memory."""
        t = self.r.choice([t for t in self.m.types if t != "v"])
        bytes_each = {"i": 4, "l": 8, "f": 4, "d": 8}[t]
        counter, total = self.new_counter(), self.new_local(t)
        load, store = OPS[STORE[t].replace("store", "load")], OPS[STORE[t]]
        stride = bytes_each * self.r.choice([1, 1, 1, 1, 2, 3])
        n = self.r.choice([1, 3, 4, 7, 16, 33, 64, 100, 255])
        at = [self.r.choice([0, 8, 1024, 4096, 4100] if self.m.calm else
                            [0, 8, 1024, 4096, 4100, 65536 - bytes_each * 64, self.r.randint(0, 58000)])
              for _ in range(2)]
        self.emit(i32(0), b"\x21", counter, b"\x03\x40")
        self.labels.append(None)
        for base in at if self.r.random() < 0.7 else at[1:]:
            self.emit(b"\x20", counter, i32(stride), code("i32_mul"))
            if self.r.random() < 0.3:
                self.emit(i32(base), code("i32_add"))
                base = 0
            self.array_element(t, load, store, counter, stride, total, leb(0) + leb(base))
        self.emit(b"\x20", counter, i32(1), code("i32_add"), b"\x22", counter, i32(n), code("i32_lt_u"), b"\x0d\x00\x0b")
        self.labels.pop()

    def array_element(self, t, load, store, counter, stride, total, at):
        """On the stack: the address. Adds what is there to the sum, or stores what was computed."""
        name = {"i": "i32", "l": "i64", "f": "f32", "d": "f64"}[t]
        op = code(name + "_" + self.r.choice(["add", "sub", "mul"] + (["xor", "and", "or"] if t in "il" else [])))
        if self.r.random() < 0.5:
            self.emit(load.code, at, b"\x20", total, op, b"\x21", total)
            return
        self.emit(b"\x20", counter, i32(stride), code("i32_mul"), load.code, leb(0), leb(self.r.choice([0, 4, 64, 2048])))
        self.leaf(t)
        self.emit(op)
        self.canonical(t)
        self.emit(store.code, at)

    def memory_loop(self, _depth):
        MemoryLoop(self, code, leb, i32).generate()

    def table_loop(self, _depth):
        TableLoop(self, code, leb, i32).generate()

    def conversion(self, _depth):
        Conversion(self, code, leb, i32).generate()

    def arm_loop(self, _depth):
        ArmLoop(self, code, leb, i32).generate()

    def choice_loop(self, _depth):
        ChoiceLoop(self, code, leb, i32).generate()

    def dispatch_loop(self, depth):
        DispatchLoop(self, code, leb, i32).generate(depth)

    def nest(self, _depth):
        Nest(self, code, leb, i32).generate()

    def near(self, _depth):
        Near(self, code, leb, i32).generate()

    def vectors(self, _depth):
        Vectors(self, code, leb, i32).generate()

    def straight(self, _depth):
        Straight(self, code, leb, i32).generate()

    def parts(self, _depth):
        Parts(self, code, leb, i32).generate()

    def search(self, _depth):
        Search(self, code, leb, i32).generate()

    def frame(self, _depth):
        Frame(self, code, leb, i32).generate()

    def flow(self, depth):
        Flow(self, code, leb, i32).generate(depth)

    def atomic(self, depth):
        """One of them, hardly ever at a place that it is not for."""
        op = self.r.choice([op for op in ATOMIC if set(op.params + op.results) <= set(self.m.types) | {"i"}])
        self.expr("i", depth - 1)
        if self.r.random() < 0.97:
            self.emit(i32(0xFF8), code("i32_and"))
        for t in op.params[1:]:
            self.expr(t, depth - 1)
        self.emit(op.code, leb(op.align), leb(8 * self.r.randint(0, 20)))
        if op.results:
            self.emit(b"\x21", self.pick_local(op.results))

    def product(self, _depth):
        Product(self, code, leb, sleb, i32).generate()

    def pointer_loop(self, depth):
        """do { *p++ = *q++ OP *r--; } while (...): pointers as an optimiser leaves them."""
        r = self.r
        t = r.choice([t for t in self.m.types if t != "v"])
        name = {"i": "i32", "l": "i64", "f": "f32", "d": "f64"}[t]
        load, store = OPS[STORE[t].replace("store", "load")], OPS[STORE[t]]
        pointers = [(self.new_counter(), r.choice([1, 2, 4, 8, 8, 8, 12, 16, 24, 40, -1, -4, -8, -16]))
                    for _ in range(r.randint(1, 3))]
        total = self.new_local(t)
        for pointer, _ in pointers:
            self.emit(i32(r.choice([8192, 20000, 30000, r.randint(16000, 30000)] if self.m.calm else
                                   [0, 8, 1024, 4096, 20000, 60000, 65528, -8, -64, r.randint(0, 65535)])))
            if r.random() < 0.3 and not self.m.calm:
                self.leaf("i")
                self.emit(i32(0xFFF8), code("i32_and"), code("i32_add"))
            self.emit(b"\x21", pointer)

        def address():
            pointer, _ = r.choice(pointers)
            self.emit(b"\x20", pointer)
            if r.random() < 0.4:
                self.emit(i32(r.choice([8, 16, 24, 4096, 19632, -8, -4096])), code("i32_add"))
            elif r.random() < 0.15:
                self.emit(i32(r.choice([-8, -16, -1, 8])), code("i32_xor"))
            return leb(0) + leb(r.choice([0, 0, 0, 8, 1024]))

        counter, step, n = self.new_counter(), r.choice([1, 1, 1, 4, 8, 3]), r.choice([1, 2, 5, 16, 31, 64, 100, 300])
        down = r.random() < 0.5
        self.emit(i32(n * step if down else 0), b"\x21", counter, b"\x03\x40")
        self.labels.append(None)
        for _ in range(r.randint(1, 5)):
            op = code(name + "_" + r.choice(["add", "sub", "mul"] + (["xor", "and", "or"] if t in "il" else [])))
            if r.random() < 0.4:
                at = address()
                self.emit(load.code, at, b"\x20", total, op, b"\x21", total)
                continue
            to = address()
            at = address()
            self.emit(load.code, at)
            if r.random() < 0.5:
                at = address()
                self.emit(load.code, at, op)
            self.canonical(t)
            self.emit(store.code, to)
        for pointer, by in pointers:
            self.emit(b"\x20", pointer, i32(by), code("i32_add"), b"\x21", pointer)
        self.emit(b"\x20", counter, i32(-step if down else step), code("i32_add"), b"\x22", counter)
        end = 0 if down else n * step
        test = r.choice(["i32_ne", "i32_gt_s", "i32_gt_u"] if down else ["i32_ne", "i32_lt_u", "i32_lt_s", "i32_le_s"])
        self.emit(i32(end), code(test), b"\x0d\x00\x0b")
        self.labels.pop()

    def branch(self, depth):
        """br_if to a label somewhere outside."""
        choices = [i for i in range(len(self.labels)) if self.labels[-1 - i] is not None]
        target = self.r.choice(choices)
        types = self.labels[-1 - target]
        for t in types:
            self.expr(t, depth - 1)
        self.expr("i", depth - 1)
        if self.r.random() < 0.5:
            self.emit(i32(self.r.choice([1, 3, 15])), code("i32_and"), code("i32_eqz"))
        self.emit(b"\x0d", leb(target))
        for _ in types:
            self.emit(b"\x1a")

    def switch(self, depth):
        n = self.r.randint(2, 6)
        self.emit(b"\x02\x40" * n)
        self.labels += [""] * n
        self.expr("i", depth - 1)
        if self.r.random() < 0.6:
            self.emit(i32(7), code("i32_and"))
        self.emit(b"\x0e", vector([leb(self.r.randrange(n)) for _ in range(self.r.randint(1, 9))]), leb(n - 1))
        for _ in range(n):
            self.labels.pop()
            self.emit(b"\x0b")
            self.statements(depth - 1, self.r.randint(0, 1))

    def bulk_length(self, depth):
        if self.r.random() < 0.5:
            self.emit(i32(self.r.choice([0, 1, 7, 16, 33, 64, 80, 127, 300, 500])))
        else:
            self.expr("i", depth - 1)
            self.emit(i32(self.r.choice([7, 31, 127])), code("i32_and"))

    def bulk(self, depth):
        kind = self.r.randrange(4)
        self.address(depth)
        if kind == 0:
            self.expr("i", depth - 1)
            self.bulk_length(depth)
            self.emit(b"\xfc\x0b\x00")
        elif kind == 1:
            self.address(depth)
            self.bulk_length(depth)
            self.emit(b"\xfc\x0a\x00\x00")
        elif kind == 2:
            self.emit(i32(self.r.choice([0, 1, 4, 20])), i32(self.r.choice([0, 1, 8, 12])), b"\xfc\x08\x01\x00")
        else:
            self.emit(b"\x1a")
            if self.r.random() < 0.1:
                self.emit(b"\xfc\x09\x01")

    def table_statement(self, depth):
        kind = self.r.randrange(5)
        if kind == 0:
            self.emit(i32(self.r.randrange(8)))
            self.expr("r", depth)
            self.emit(b"\x26\x01")
        elif kind == 1:
            self.emit(i32(self.r.randrange(8)), i32(self.r.randrange(6)), i32(self.r.choice([0, 1, 2, 3])),
                      b"\xfc\x0e\x01\x00")
        elif kind == 2:
            self.emit(i32(self.r.randrange(8)))
            self.expr("r", 1)
            self.emit(i32(self.r.choice([0, 1, 2])), b"\xfc\x11\x01")
        elif kind == 3:
            self.expr("r", 1)
            self.emit(i32(self.r.choice([0, 1, 3])), b"\xfc\x0f\x01\x1a")
        elif self.m.table_written:
            self.emit(i32(self.r.randrange(9)))
            self.expr("r", depth)
            self.emit(b"\x26\x00")

    def rare_end(self, depth):
        self.expr("i", depth - 1)
        self.emit(i32(self.r.choice([3, 255])), code("i32_and"), code("i32_eqz"), b"\x04\x40")
        if self.r.random() < 0.3:
            self.emit(b"\x00")
        else:
            self.labels.append("")
            for t in self.results:
                self.expr(t, depth - 1)
            self.labels.pop()
            self.emit(b"\x0f")
        self.emit(b"\x0b")

    # ---- the whole ----

    def body(self):
        if self.index < self.m.helpers:
            Frame(self, code, leb, i32).straight(self.params)
            return self.encoded()
        self.burn(5)
        self.statements(self.m.depth, self.r.randint(2, self.m.statements))
        for t in self.results:
            self.expr(t, self.m.depth)
        return self.encoded()

    def encoded(self):
        declared = self.locals[len(self.params):]
        runs = [leb(1) + bytes([TYPE_BYTE[t]]) for t in declared]
        whole = vector(runs) + bytes(self.out) + b"\x0b"
        return leb(len(whole)) + whole


class Module:
    def __init__(self, seed, functions):
        self.r = r = random.Random(seed)
        self.types = r.choice(["il", "ilfd", "ilfd", "ilfdv", "ilfdvv", "iv", "fdi", "iil"])
        self.by_result = {t: [op for op in BY_RESULT[t] if set(op.params) <= set(self.types) | {"i"}]
                          for t in "ilfdv"}
        self.depth, self.limit, self.statements = r.randint(2, 5), r.choice([40, 150, 400]), r.randint(2, 9)
        self.function_types = []
        self.memories = random_memories.Memories(r)
        self.calm = r.random() < 0.5  # hardly anything is out of bounds
        self.throws, self.helpers = r.random() < 0.15, r.choice([0, 0, 1, 2, 3])
        self.signatures = [r.choice(random_frames.SIGNATURES) for _ in range(self.helpers)]
        self.signatures += [(self.type_list(0, 5), self.type_list(1, 3)) for _ in range(functions or r.randint(2, 7))]
        if self.throws:
            self.type_index("i", "")  # of the tag
        self.declared = list(range(len(self.signatures)))
        # of 64 elements: types get arrays of their own; of 8: elements are compared (emit_closed.c)
        self.table = [r.choice([*self.declared, None]) for _ in range(r.choice([8, 8, 64]))]
        self.table_written = r.random() < 0.4
        self.table_exported = r.random() < 0.1
        self.globals = [("i", True)] * 2 + [(r.choice(self.types), r.random() < 0.8) for _ in range(r.randint(2, 8))]

    def frame_helper(self, function):
        """(index, parameters) of a function that takes structs, which this one may call, or None."""
        known = min(self.helpers, function.index)
        if known == 0:
            return None
        index = self.r.randrange(known)
        return index, self.signatures[index][0]

    def type_list(self, least, most):
        return "".join(self.r.choice(self.types) for _ in range(self.r.randint(least, most)))

    def type_index(self, params, results):
        if (params, results) not in self.function_types:
            self.function_types.append((params, results))
        return self.function_types.index((params, results))

    def globals_of(self, t):
        return [i for i, (x, _) in enumerate(self.globals) if x == t and i > 1]

    def mutable_of(self, t):
        return [i for i, (x, mutable) in enumerate(self.globals) if x == t and mutable and i > 1]

    def test(self, f):
        """The export that calls function f, stores its results, and then the globals."""
        params, results = self.signatures[f]
        body = Function(self, "", "", [])
        body.locals = []
        body.emit(i32(500), b"\x24\x00", i32(random_frames.stack(self)), b"\x24", random_frames.STACK)
        for p in params:
            body.constant(p)
        body.emit(b"\x10", leb(f))
        kept = [body.new_local(t) for t in results]
        for x in reversed(kept):
            body.emit(b"\x21", x)
        values = [(b"\x20" + x, t) for x, t in zip(kept, results)]
        values += [(b"\x23" + leb(i), t) for i, (t, _) in enumerate(self.globals)]
        for at, (get, t) in enumerate(values):
            body.emit(i32(16 * at), get)
            body.canonical(t)
            body.emit(OPS[STORE[t]].code, b"\x00\x00")
        return body.encoded()

    def global_entry(self, t, mutable):
        value = Function(self, "", "", [])
        value.constant(t)
        return bytes([TYPE_BYTE[t], mutable]) + bytes(value.out) + b"\x0b"

    def sections(self):
        r = self.r
        count = len(self.signatures)
        bodies = [Function(self, *self.signatures[f], list(range(f)), f).body() for f in range(count)]
        tests = [f for f in range(count) for _ in range(3)]
        bodies += [self.test(f) for f in tests]
        types = [self.type_index(*s) for s in self.signatures] + [self.type_index("", "")] * len(tests)
        exports = [bytes([len(f"t{i}")]) + f"t{i}".encode() + b"\x00" + leb(count + i) for i in range(len(tests))]
        exports += self.memories.exports() + ([b"\x05table\x01\x00"] if self.table_exported else [])
        slots = [b"\xd0\x70\x0b" if f is None else b"\xd2" + leb(f) + b"\x0b" for f in self.table]
        refs = [b"\xd2" + leb(f) + b"\x0b" for f in self.declared]
        data = r.randbytes(2048)
        yield 1, vector([b"\x60" + vector([bytes([TYPE_BYTE[t]]) for t in p]) +
                         vector([bytes([TYPE_BYTE[t]]) for t in q]) for p, q in self.function_types])
        yield 3, vector([leb(t) for t in types])
        yield 4, vector([b"\x70\x00" + leb(len(self.table) + 1), b"\x70\x01\x08\x0c"])
        yield 5, self.memories.section(leb)
        if self.throws:
            yield 13, b"\x01\x00" + leb(self.type_index("i", ""))
        yield 6, vector([self.global_entry(*g) for g in self.globals])
        yield 7, vector(exports)
        yield 9, vector([b"\x05\x70" + vector(slots), b"\x04\x41\x00\x0b" + vector(slots), b"\x07\x70" + vector(refs)])
        yield 12, leb(2)
        yield 10, vector(bodies)
        yield 11, vector([b"\x00\x41\x80\x08\x0b" + vector([bytes([b]) for b in data]), b"\x01" + vector(
            [bytes([b]) for b in r.randbytes(24)])])


def random_module(seed, functions=None):
    return b"\0asm\1\0\0\0" + b"".join(bytes([i]) + leb(len(body)) + body for i, body in Module(seed, functions).sections())
