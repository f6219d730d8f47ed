# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The instructions that random modules are made of, from frontend/opcodes.def, and how they, numbers and
vectors are encoded; values that are worth trying.
"""
import os
import re

FRONTEND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "frontend")
ROW = re.compile(r'^OP\((\w+), (0x\w+), (0x\w+), "([\w.]+)", (\w+), (\d+), "([pilfdv]*)>([pilfdv]*)", (\w+)\)')
FEATURES = {"MVP", "SIGN_EXT", "SAT_FLOAT", "SIMD", "THREADS"}
TYPE_BYTE = {"i": 0x7F, "l": 0x7E, "f": 0x7D, "d": 0x7C, "v": 0x7B, "r": 0x70}
STORE = {"i": "i32_store", "l": "i64_store", "f": "f32_store", "d": "f64_store", "v": "v128_store"}
# Vector instructions whose result may be a NaN of any payload, by lane type.
VECTOR_NANS = re.compile(r"^(f32x4|f64x2)_(add|sub|mul|div|sqrt|ceil|floor|trunc|nearest|min|max|"
                         r"demote_f64x2_zero|promote_low_f32x4)$")
INTS = [0, 1, -1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF,
        0x10000, 65532, 65528, 65535, 131072, 0x7FFFFFFF, -0x80000000, -2, -65536]
LONGS = INTS + [0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, -0x8000000000000000, 1 << 52, 1 << 53, -(1 << 31) - 1]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, 3.0, 1e10, -1e10, 1e38, -1e38, 1e-45, 1e-38, 2147483647.0,
          2147483648.0, -2147483648.0, 4294967295.0, 4294967296.0, 9.2233720368547758e18, 1.8446744073709552e19,
          float("inf"), float("-inf"), 0.1, 123456.789]
NANS = {"f": [0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FA12345],
        "d": [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0x7FF4000012345678]}


class Op:
    def __init__(self, name, prefix, code, imm, align, params, results):
        self.name, self.imm, self.align = name, imm, align
        self.params, self.results = params.replace("p", "i"), results.replace("p", "i")
        self.code = bytes([code]) if prefix == 0 else bytes([prefix]) + leb(code)


def leb(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def sleb(n):
    out = bytearray()
    while not -64 <= n < 64:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n & 0x7F)
    return bytes(out)


def read_table():
    ops = {}
    for name in ("opcodes.def", "opcodes_simd.def"):
        with open(os.path.join(FRONTEND, name), encoding="ascii") as rows:
            for match in filter(None, map(ROW.match, rows)):
                name, prefix, code, _, imm, align, params, results, feature = match.groups()
                if feature in FEATURES and not name.startswith(("memory_atomic", "atomic")):
                    ops[name] = Op(name, int(prefix, 0), int(code, 0), imm, int(align), params, results)
    return ops


OPS = read_table()
BY_RESULT = {t: [op for op in OPS.values() if op.results == t and op.params and op.imm in ("NONE", "LANE", "SHUFFLE")]
             for t in "ilfdv"}
ATOMIC = [op for op in OPS.values() if "_atomic_" in op.name]
LOADS = {t: [op for op in OPS.values() if op.imm == "MEMARG" and op.results == t and op not in ATOMIC] for t in "ilfdv"}
LANE_LOADS = [op for op in OPS.values() if op.imm == "MEMARG_LANE" and op.results]
STORES = [op for op in OPS.values() if op.imm == "MEMARG" and not op.results and op not in ATOMIC]
LANE_STORES = [op for op in OPS.values() if op.imm == "MEMARG_LANE" and not op.results]
assert len(OPS) > 380 and LANE_LOADS and LANE_STORES


def code(name):
    return OPS[name].code


def vector(items):
    return leb(len(items)) + b"".join(items)


def i32(n):
    return b"\x41" + sleb((n + (1 << 31)) % (1 << 32) - (1 << 31))


def lanes_of(op):
    return {"8x": 16, "16": 8, "32": 4, "64": 2}[re.search(r"(?:[if]|load|store)(8x|8|16|32|64)", op.name)
                                               .group(1).replace("8", "8x", 1)[:2]]
