# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The instructions and constants that modules of random_text.py are made of."""
import struct

INTEGERS, FLOATS = ("i32", "i64"), ("f32", "f64")
SCALARS = INTEGERS + FLOATS

ARITHMETIC = {
    **dict.fromkeys(INTEGERS, "add sub mul and or xor shl shr_s shr_u rotl rotr".split()),
    **dict.fromkeys(FLOATS, "add sub mul div min max copysign".split())}
DIVISIONS = "div_s div_u rem_s rem_u".split()
UNARY = {
    **dict.fromkeys(INTEGERS, "clz ctz popcnt extend8_s extend16_s".split()),
    **dict.fromkeys(FLOATS, "abs neg ceil floor trunc nearest sqrt".split())}
COMPARISONS = {
    **dict.fromkeys(INTEGERS, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()),
    **dict.fromkeys(FLOATS, "eq ne lt gt le ge".split())}


def sized(text):
    """[(instruction, bytes)] of "instruction:bytes ..."."""
    return [(name, int(size)) for name, size in (word.split(":") for word in text.split())]


LOADS = {
    "i32": sized("i32.load:4 i32.load8_s:1 i32.load8_u:1 i32.load16_s:2 i32.load16_u:2"),
    "i64": sized("i64.load:8 i64.load8_s:1 i64.load8_u:1 i64.load16_s:2 i64.load16_u:2 i64.load32_s:4 i64.load32_u:4"),
    "f32": sized("f32.load:4"), "f64": sized("f64.load:8"),
    "v128": sized("v128.load:16 v128.load8x8_s:8 v128.load8x8_u:8 v128.load16x4_s:8 v128.load16x4_u:8 v128.load32x2_s:8 "
                  "v128.load32x2_u:8 v128.load64_splat:8 v128.load64_zero:8 v128.load8_splat:1 v128.load16_splat:2 "
                  "v128.load32_splat:4 v128.load32_zero:4")}
STORES = {
    "i32": sized("i32.store:4 i32.store8:1 i32.store16:2"),
    "i64": sized("i64.store:8 i64.store8:1 i64.store16:2 i64.store32:4"),
    "f32": sized("f32.store:4"), "f64": sized("f64.store:8"), "v128": sized("v128.store:16")}

# ---- vectors ----

LANES = {"i8x16": (16, "i32"), "i16x8": (8, "i32"), "i32x4": (4, "i32"), "i64x2": (2, "i64"),
         "f32x4": (4, "f32"), "f64x2": (2, "f64")}
INTEGER_SHAPES = ("i8x16", "i16x8", "i32x4", "i64x2")
FLOAT_SHAPES = ("f32x4", "f64x2")
WIDENED = [("i16x8", "i8x16"), ("i32x4", "i16x8"), ("i64x2", "i32x4")]


def shaped(shapes, names):
    return [f"{shape}.{name}" for shape in shapes for name in names.split()]


VECTOR_BINARY = (
    shaped(INTEGER_SHAPES, "add sub eq ne lt_s gt_s le_s ge_s") + shaped(("i16x8", "i32x4", "i64x2"), "mul")
    + shaped(("i8x16", "i16x8"), "add_sat_s add_sat_u sub_sat_s sub_sat_u avgr_u")
    + shaped(("i8x16", "i16x8", "i32x4"), "min_s min_u max_s max_u lt_u gt_u le_u ge_u")
    + shaped(FLOAT_SHAPES, "eq ne lt gt le ge") + shaped(("v128",), "and or xor andnot")
    + ["i8x16.narrow_i16x8_s", "i8x16.narrow_i16x8_u", "i8x16.swizzle", "i16x8.narrow_i32x4_s",
       "i16x8.narrow_i32x4_u", "i16x8.q15mulr_sat_s", "i32x4.dot_i16x8_s"]
    + [f"{to}.extmul_{half}_{shape}_{sign}" for to, shape in WIDENED for half in ("low", "high") for sign in "su"])
VECTOR_UNARY = (
    shaped(INTEGER_SHAPES + FLOAT_SHAPES, "abs neg") + ["v128.not", "i8x16.popcnt"]
    + [f"{to}.extadd_pairwise_{shape}_{sign}" for to, shape in WIDENED[:2] for sign in "su"]
    + [f"{to}.extend_{half}_{shape}_{sign}" for to, shape in WIDENED for half in ("low", "high") for sign in "su"]
    + [f"i32x4.trunc_sat_{shape}" for shape in ("f32x4_s", "f32x4_u", "f64x2_s_zero", "f64x2_u_zero")]
    + [f"{to}_{sign}" for to in ("f32x4.convert_i32x4", "f64x2.convert_low_i32x4") for sign in "su"])
# What computes NaNs, whose bits are open.
VECTOR_FLOAT_BINARY = shaped(FLOAT_SHAPES, "add sub mul div min max")
VECTOR_FLOAT_UNARY = (shaped(FLOAT_SHAPES, "ceil floor trunc nearest sqrt")
                      + ["f32x4.demote_f64x2_zero", "f64x2.promote_low_f32x4"])
VECTOR_TESTS = ["v128.any_true"] + shaped(INTEGER_SHAPES, "all_true bitmask")
# Those of the relaxed proposal, with their operands; deterministic modules only.
RELAXED = (
    [(f"i32x4.relaxed_trunc_{form}", 1) for form in ("f32x4_s", "f32x4_u", "f64x2_s_zero", "f64x2_u_zero")]
    + [(name, 2) for name in shaped(FLOAT_SHAPES, "relaxed_min relaxed_max")]
    + [("i8x16.relaxed_swizzle", 2), ("i16x8.relaxed_q15mulr_s", 2), ("i16x8.relaxed_dot_i8x16_i7x16_s", 2)]
    + [(name, 3) for name in shaped(FLOAT_SHAPES, "relaxed_madd relaxed_nmadd")]
    + [(name, 3) for name in shaped(INTEGER_SHAPES, "relaxed_laneselect")]
    + [("i32x4.relaxed_dot_i8x16_i7x16_add_s", 3)])

# ---- constants ----

I32_EDGES = [0, 1, -1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
             0xFF0000, 0x7FFFFFFF, -0x80000000, -2, -128, -256, -32768, -65536]
EDGES = {"i32": I32_EDGES,
         "i64": I32_EDGES + [0xFFFFFFFF, 1 << 32, -(1 << 32), (1 << 63) - 1, -(1 << 63), 1 << 52, 1 << 53,
                             -(1 << 31) - 1, 1 << 31, 0xFF00000000]}
FLOAT_EDGES = ("0 -0 1 -1 0.5 -0.5 1.5 2.5 3 1e10 -1e10 0x1p-149 0x1p-126 2147483647 2147483648 -2147483648 "
               "-2147483904 4294967295 4294967296 9223372036854775807 18446744073709551615 -9223372036854775808 inf "
               "-inf 0.1 123456.789 127.5 -128.5 255.4 65535.5 -32768.7").split()
NANS = {"f32": "nan -nan nan:0x200000 -nan:0x1 nan:0x555555".split(),
        "f64": "nan -nan nan:0x4000000000000 -nan:0x1 nan:0x5555555555555".split()}


def op(name, *operands):
    return f"({' '.join((name, *operands))})"


def const(t, n):
    return f"({t}.const {n})"


def get(name):
    return f"(local.get {name})"


def put(name, value):
    return f"(local.set {name} {value})"


def signature(params, results):
    return "".join(f" (param {t})" for t in params) + "".join(f" (result {t})" for t in results)


def random_number(r, t):
    """A constant of a scalar type: mostly one at some edge."""
    if t in INTEGERS:
        return const(t, r.choice(EDGES[t]) if r.random() < 0.8 else r.getrandbits(int(t[1:])))
    kind = r.random()
    if kind < 0.12:
        return const(t, r.choice(NANS[t]))
    bits = struct.unpack("<f" if t == "f32" else "<d", r.randbytes(4 if t == "f32" else 8))[0]
    if kind < 0.3 and abs(bits) < float("inf"):
        return const(t, bits.hex())
    return const(t, r.choice(FLOAT_EDGES))


def random_vector(r):
    if r.random() < 0.4:
        return op("v128.const f32x4", *(r.choice(FLOAT_EDGES) for _ in range(4)))
    return op("v128.const i8x16", *(str(r.choice([0, 1, 15, 16, 127, 128, 255, r.randrange(256)])) for _ in range(16)))
