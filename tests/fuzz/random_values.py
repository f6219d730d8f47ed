# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random expressions: constants, loads, instructions of all kinds, and blocks, loops and calls that leave a value.
"""
import re
import struct

from random_code import (
    code, FLOATS, i32, INTS, LANE_LOADS, lanes_of, leb, LOADS, LONGS, NANS, sleb, TYPE_BYTE, vector,
    VECTOR_NANS)


class Values:
    """The values of a body, which needs statements as well (random_module.py). self.out grows; each expr(t) leaves
    a value of type t.
    """

    def __init__(self, module, params, results, callees, index=None):
        self.m, self.r, self.index = module, module.r, index
        self.params, self.results, self.callees = params, results, callees
        self.locals = list(params) + [self.r.choice(module.types) for _ in range(self.r.randint(3, 9))]
        self.counters = []  # locals that only loops write
        self.hidden = set()  # locals with vectors whose NaNs are not canonical
        self.out = bytearray()
        self.labels = [results]  # types a branch takes, innermost last
        self.size = 0

    # ---- leaves ----

    def emit(self, *parts):
        for part in parts:
            self.out += part

    def constant(self, t):
        r = self.r
        if t == "i":
            self.emit(i32(r.choice(INTS) if r.random() < 0.8 else r.getrandbits(32)))
        elif t == "l":
            n = r.choice(LONGS) if r.random() < 0.8 else r.getrandbits(64) - (1 << 63)
            self.emit(b"\x42", sleb((n + (1 << 63)) % (1 << 64) - (1 << 63)))
        elif t in "fd":
            self.emit(b"\x43" if t == "f" else b"\x44", self.float_bytes(t))
        elif t == "v":
            self.emit(code("v128_const"), self.vector_bytes())
        else:
            self.emit(b"\xd0\x70") if r.random() < 0.3 else self.emit(b"\xd2", leb(r.choice(self.m.declared)))

    def float_bytes(self, t):
        if self.r.random() < 0.1:
            return struct.pack("<I" if t == "f" else "<Q", self.r.choice(NANS[t]))
        if self.r.random() < 0.2:
            return self.r.randbytes(4 if t == "f" else 8)
        return struct.pack("<f" if t == "f" else "<d", self.r.choice(FLOATS))

    def vector_bytes(self):
        kind = self.r.random()
        if kind < 0.3:
            return b"".join(self.float_bytes("f") for _ in range(4))
        if kind < 0.4:
            return b"".join(self.float_bytes("d") for _ in range(2))
        if kind < 0.7:
            return bytes(self.r.choice([0, 1, 127, 128, 255, 15, 16]) for _ in range(16))
        return self.r.randbytes(16)

    def leaf(self, t):
        kind = self.r.random()
        candidates = [i for i, x in enumerate(self.locals) if x == t and i not in self.hidden]
        if candidates and kind < 0.65:
            self.emit(b"\x20", leb(self.r.choice(candidates)))
        elif kind < 0.75 and self.m.globals_of(t):
            self.emit(b"\x23", leb(self.r.choice(self.m.globals_of(t))))
        else:
            self.constant(t)

    # ---- what hides the payload of NaNs ----

    def new_local(self, t):
        self.locals.append(t)
        return leb(len(self.locals) - 1)

    def canonical(self, t):
        """The value on the stack, a NaN replaced by the canonical one."""
        if t in "fd":
            x = self.new_local(t)
            self.emit(b"\x22", x)
            self.emit(b"\x43" + struct.pack("<I", NANS[t][0]) if t == "f" else b"\x44" + struct.pack("<Q", NANS[t][0]))
            self.emit(b"\x20", x, b"\x20", x, code("f32_eq" if t == "f" else "f64_eq"), b"\x1b")

    def canonical_lanes(self, shape):
        self.hidden.add(len(self.locals))
        x = self.new_local("v")
        nan = struct.pack("<I", NANS["f"][0]) * 4 if shape == "f32x4" else struct.pack("<Q", NANS["d"][0]) * 2
        self.emit(b"\x22", x, code("v128_const"), nan, b"\x20", x, b"\x20", x, code(shape + "_eq"))
        self.emit(code("v128_bitselect"))

    # ---- locals and fuel ----

    def pick_local(self, t):
        candidates = [i for i, x in enumerate(self.locals) if x == t and i not in self.counters and i not in self.hidden]
        return leb(self.r.choice(candidates)) if candidates else self.new_local(t)

    def new_counter(self, t="i"):
        self.counters.append(len(self.locals))
        return self.new_local(t)

    def burn(self, amount):
        self.emit(b"\x23\x00", i32(amount), code("i32_sub"), b"\x24\x00")
        self.emit(b"\x23\x00", i32(0), code("i32_lt_s"), b"\x04\x40\x00\x0b")

    def maybe_statements(self, depth):
        if self.r.random() < 0.4:
            self.statements(depth - 1, self.r.randint(1, 2))

    # ---- expressions ----

    def block_type(self, params, results):
        if not params and len(results) <= 1:
            return bytes([TYPE_BYTE[results]]) if results else b"\x40"
        return sleb(self.m.type_index(params, results))

    def memarg(self, op):
        r = self.r
        kind = r.random() * (0.98 if self.m.calm else 1)
        offset = (r.randint(0, 80) if kind < 0.8 else r.choice([0, 4096, 1000]) if kind < 0.985
                  else r.choice([65520, 65533, 65535, 0x7FFFFFFF, 0xFFFFFFFF, 131072, 0xFFFFFFF0]))
        return leb(r.randint(0, op.align)) + leb(offset)

    def address(self, depth):
        kind = self.r.random()
        if self.m.calm and kind > 0.2:
            self.expr("i", depth - 1)
            self.emit(i32(self.r.choice([0xFF, 0x7FFF, 0x3FF0, 0x7FF8, 0x1FFF])), code("i32_and"))
        elif kind < 0.012:
            self.expr("i", depth - 1)
        elif kind < 0.2:
            self.emit(i32(self.r.randint(0, 65400)))
        else:
            self.expr("i", depth - 1)
            self.emit(i32(self.r.choice([0xFFF8, 0xFF, 0x7FFF, 0x3FF0, 0x7FF8, 0x1FFF])), code("i32_and"))
            if kind < 0.4:
                self.emit(i32(self.r.choice([0, 4, 16, 1024, 4000, -8, 65536])), code("i32_add"))

    def numeric(self, t, depth):
        op = self.r.choice(self.m.by_result[t])
        if re.search(r"_trunc_f\d\d_", op.name) and self.r.random() < 0.8:
            return self.leaf(t)
        for i, p in enumerate(op.params):
            self.expr(p, depth - 1)
            if "reinterpret" in op.name or "splat" in op.name or "replace" in op.name or \
               ("copysign" in op.name and i == 1):
                self.canonical(p)
            if i == 1 and re.search("i(32|64)_(div|rem)", op.name) and self.r.random() < 0.9:
                self.emit(i32(1) if p == "i" else b"\x42\x01", code("i32_or" if p == "i" else "i64_or"))
                if op.name.endswith("div_s"):
                    self.emit(i32(0x7FFF) if p == "i" else b"\x42" + sleb(0x7FFF),
                              code("i32_and" if p == "i" else "i64_and"))
        self.emit(op.code)
        if op.imm == "LANE":
            self.emit(bytes([self.r.randrange(lanes_of(op))]))
        elif op.imm == "SHUFFLE":
            self.emit(bytes(self.r.randrange(32) for _ in range(16)))
        match = VECTOR_NANS.match(op.name)
        if match:
            self.canonical_lanes(match.group(1))

    def load(self, t, depth):
        if t == "v" and self.r.random() < 0.15:
            op = self.r.choice(LANE_LOADS)
            self.address(depth)
            self.expr("v", depth - 1)
            self.emit(op.code, self.memarg(op), bytes([self.r.randrange(16 >> op.align)]))
            return
        op = self.r.choice(LOADS[t])
        self.address(depth)
        self.emit(op.code, self.memarg(op))

    def select(self, t, depth):
        self.expr(t, depth - 1)
        self.expr(t, depth - 1)
        self.expr("i", depth - 1)
        self.emit(b"\x1b" if t != "r" and self.r.random() < 0.7 else b"\x1c\x01" + bytes([TYPE_BYTE[t]]))

    def if_value(self, t, depth):
        self.expr("i", depth - 1)
        self.emit(b"\x04", self.block_type("", t))
        self.labels.append(t)
        self.maybe_statements(depth)
        self.expr(t, depth - 1)
        self.emit(b"\x05")
        self.maybe_statements(depth)
        self.expr(t, depth - 1)
        self.labels.pop()
        self.emit(b"\x0b")

    def block_value(self, t, depth):
        """block (result t) ... value, condition, br_if: the value comes from either place."""
        self.emit(b"\x02", self.block_type("", t))
        self.labels.append(t)
        self.maybe_statements(depth)
        self.expr(t, depth - 1)
        self.expr("i", depth - 1)
        self.emit(b"\x0d\x00")
        if self.r.random() < 0.5:
            self.emit(b"\x1a")
            self.maybe_statements(depth)
            self.expr(t, depth - 1)
        self.labels.pop()
        self.emit(b"\x0b")

    def table_value(self, t, depth):
        """Nested blocks of type t, left by a br_table with a value."""
        n = self.r.randint(1, 4)
        for _ in range(n):
            self.emit(b"\x02", self.block_type("", t))
            self.labels.append(t)
        self.expr(t, depth - 1)
        self.expr("i", depth - 1)
        targets = [leb(self.r.randrange(n)) for _ in range(self.r.randint(0, 6))]
        self.emit(b"\x0e", vector(targets), leb(self.r.randrange(n)))
        for i in range(n):
            self.labels.pop()
            self.emit(b"\x0b")
            if i < n - 1 and t in "il" and self.r.random() < 0.7:
                self.expr(t, depth - 1)
                self.emit(code("i32_xor" if t == "i" else "i64_xor"))

    def loop_value(self, t, depth):
        """loop (param t) (result t): a value carried around by the branch."""
        counter = self.new_counter()
        types = t + "".join(self.r.choice(self.m.types) for _ in range(self.r.randint(0, 2)))
        carried = [self.new_local(x) for x in types]
        self.emit(i32(self.r.randint(1, 12)), b"\x21", counter)
        for x in types:
            self.expr(x, depth - 1)
        self.emit(b"\x03", self.block_type(types, types))
        for x in reversed(carried):
            self.emit(b"\x21", x)
        self.labels.append(None)  # nobody but the counted branch repeats
        self.burn(1)
        self.maybe_statements(depth)
        for x in types:
            self.expr(x, depth - 1)
        self.emit(b"\x20", counter, i32(1), code("i32_sub"), b"\x22", counter, b"\x0d\x00")
        self.labels.pop()
        self.emit(b"\x0b")
        for _ in types[1:]:
            self.emit(b"\x1a")

    def c_minimum(self, t, depth):
        """fmin or fmax as C libraries have it: the other one of two if one is a NaN."""
        if t not in "fd":
            return self.numeric(t, depth)
        kind = "f32" if t == "f" else "f64"
        x, y = (b"\x20" + self.new_local(t) for _ in range(2))
        for operand in (x, y):
            self.expr(t, depth - 1)
            self.emit(b"\x21", operand[1:])
        self.emit(b"\x02", self.block_type("", t))
        for asked, other in ((x, y), (y, x)):
            self.emit(other, asked, asked, code(kind + "_ne"), b"\x0d\x00\x1a")
        self.emit(x, y, code(kind + self.r.choice(["_min", "_max"])), b"\x0b")

    def block_params(self, t, depth):
        """block (param ...) (result t u): several values in and out."""
        params = "".join(self.r.choice(self.m.types) for _ in range(self.r.randint(1, 3)))
        results = t + "".join(self.r.choice(self.m.types) for _ in range(self.r.randint(0, 2)))
        for x in params:
            self.expr(x, depth - 1)
        self.emit(b"\x02", self.block_type(params, results))
        self.labels.append(results)
        for x in reversed(params):
            self.emit(b"\x21", self.pick_local(x))
        for x in results:
            self.expr(x, depth - 1)
        if self.r.random() < 0.5:
            self.expr("i", depth - 1)
            self.emit(b"\x0d\x00")
        self.labels.pop()
        self.emit(b"\x0b")
        for _ in results[1:]:
            self.emit(b"\x1a")

    def call(self, t, depth):
        candidates = [f for f in self.callees if self.m.signatures[f][1][:1] == t]
        if not candidates:
            return self.leaf(t)
        f = self.r.choice(candidates)
        params, results = self.m.signatures[f]
        for p in params:
            self.expr(p, depth - 1)
        if self.r.random() < 0.4:
            slots = [i for i, x in enumerate(self.m.table) if x == f]
            if slots and self.r.random() < 0.85:
                self.emit(i32(self.r.choice(slots)), i32(self.r.choice(slots)))
                self.expr("i", 1)
                self.emit(b"\x1b")
            else:
                self.expr("i", 1)
                self.emit(i32(len(self.m.table) - 1), code("i32_and"))
            self.emit(b"\x11", leb(self.m.type_index(params, results)), b"\x00")
        else:
            self.emit(b"\x10", leb(f))
        for _ in results[1:]:
            self.emit(b"\x1a")

    def size_or_grow(self, t, depth):
        if t != "i":
            return self.numeric(t, depth) if t != "r" else self.leaf(t)
        kind = self.r.random()
        if kind < 0.4:
            self.emit(b"\x3f\x00")
        elif kind < 0.6:
            self.emit(i32(self.r.choice([0, 1, 1, 2, 70000, -1])), b"\x40\x00")
        elif kind < 0.8:
            self.emit(b"\xfc\x10", leb(self.r.randrange(2)))
        else:
            self.expr("r", 1)
            self.emit(b"\xd1")

    def reference(self, depth):
        kind = self.r.random()
        if kind < 0.4:
            self.expr("i", depth - 1)
            self.emit(i32(7), code("i32_and"), b"\x25", leb(self.r.randrange(2)))
        elif kind < 0.6:
            self.select("r", depth)
        else:
            self.leaf("r")

    def expr(self, t, depth):
        self.size += 1
        if depth <= 0 or self.size > self.m.limit:
            return self.leaf(t)
        if t == "r":
            return self.reference(depth)
        shapes = [(self.numeric, 50), (self.leaf_of, 12), (self.load, 14), (self.select, 6), (self.if_value, 4),
                  (self.block_value, 4), (self.table_value, 2), (self.loop_value, 2), (self.block_params, 2),
                  (self.call, 6), (self.size_or_grow, 2), (self.tee, 4), (self.c_minimum, 3)]
        shape = self.r.choices([s for s, _ in shapes], [w for _, w in shapes])[0]
        shape(t, depth)

    def leaf_of(self, t, _depth):
        self.leaf(t)

    def tee(self, t, depth):
        self.expr(t, depth - 1)
        self.emit(b"\x22", self.pick_local(t))
