# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random C of small functions with loops over memory, for functions.py: what a compiler makes of them is what
real modules consist of.

Each function gets two or three pointers, a count and a number. Types, the way a loop counts, and what it does are
random: sums, least and greatest, searches that leave, stores under conditions, tables, structs, nests, copies,
conversions, divisions, switches. That C leaves much of it undefined does not matter: the module made of it is
what is compared.
"""
INTEGERS = ["int8_t", "uint8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "int32_t", "uint32_t", "int64_t", "uint64_t"]
FLOATS = ["float", "double"]
CONSTANTS = [0, 1, 2, 3, 4, 5, 7, 8, 10, 13, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 65535, 65536, -1, -2, -128]
HEADERS = [
    "for (I i = 0; i < n; i++)", "for (I i = 0; i < n; i++)", "for (I i = n - 1; i >= 0; i--)", "for (I i = n; i--;)",
    "for (I i = 0; i != n; i += K)", "for (I i = K; i < n; i += K)", "for (I i = 0; i < N; i++)",
    "for (unsigned i = 0; i < (unsigned)n; i += 1)", "for (I i = 0; i <= n; i++)", "for (long long i = 0; i < n; i++)",
    "for (I i = n; i > 0; i -= K)", "for (unsigned char i = 0; i < (unsigned char)n; i++)"]


class Function:
    def __init__(self, r, number):
        self.r, self.number = r, number
        self.types = [r.choice(INTEGERS + FLOATS) if r.random() < 0.8 else r.choice(INTEGERS) for _ in range(3)]
        self.sum = r.choice(["int32_t", "uint32_t", "int64_t", "uint64_t", "float", "double", "uint8_t", "int16_t"])
        self.depth = 0

    def c(self):
        return str(self.r.choice(CONSTANTS))

    def index(self):
        i = "ij"[self.r.randrange(self.depth)] if self.depth < 3 else "i"
        shape = self.r.choice(["{i}"] * 8 + ["{i} + {c}", "{i} * 2", "{i} * 2 + 1", "{i} * {c}", "n - {i}", "{i} >> 1", "k", "{i} + k",
                              "{i} & {c}", "(int)q[{i}] & {c}", "{i} * n + k", "({i} ^ {c})", "{i} - 1", "{i} * 3 + {c}"])
        shape = shape.format(i=i, c=self.c())
        return f"(int)({shape})"

    def place(self):
        name = self.r.choice("pppqqs")
        if name == "s":
            return f"s[{self.index()}].{self.r.choice('abcd')}"
        return f"{name}[{self.index()}]"

    def value(self, depth):
        r = self.r
        if depth == 0 or r.random() < 0.2:
            return r.choice([self.place, self.place, self.place, self.c, lambda: "k", lambda: "t", lambda: "i", lambda: "(T)k"])()
        a, b = self.value(depth - 1), self.value(depth - 1)
        kind = r.randrange(22)
        if kind < 7:
            return f"({a} {r.choice(['+', '-', '*', '+', '-'])} {b})"
        if kind < 11:
            return f"((W){a} {r.choice(['&', '|', '^', '<<', '>>'])} ((W){b} & {r.choice([7, 15, 31, 31, 255])}))"
        if kind == 11:
            return f"((W){a} {r.choice(['/', '%'])} {r.choice([3, 5, 7, 10, 16, 255, '(W)' + b, '((W)' + b + ' | 1)'])})"
        if kind == 12:
            return f"({self.condition(depth - 1)} ? {a} : {b})"
        if kind == 13:
            return f"({a} < {b} ? {a} : {b})"
        if kind == 14:
            return f"clamp((long long){a}, {self.c()}, {r.choice([127, 255, 32767, 65535])})"
        if kind == 15:
            return f"rotate((uint32_t)(W){a}, {r.choice(['k', 1, 5, 7, 8, 16, 24])})"
        if kind == 16:
            return f"({r.choice(INTEGERS + FLOATS)}){a}"
        if kind == 17:
            return f"high((uint64_t)(W){a}, (uint64_t)(W){b})"
        if kind == 18:
            return f"{r.choice(['__builtin_popcount', '__builtin_clz', '__builtin_ctz', '__builtin_bswap32'])}((unsigned)(W){a})"
        if kind == 19:
            return f"{r.choice(['__builtin_sqrt', '__builtin_fabs', '__builtin_floor'])}((double){a})"
        if kind == 20:
            return f"table[(unsigned)(W){a} & {r.choice([15, 63, 255])}]"
        return f"(- {a})"

    def condition(self, depth):
        r = self.r
        both = f"{self.value(depth)} {r.choice(['<', '>', '==', '!=', '<=', '>='])} {self.value(depth) if r.random() < 0.5 else self.c()}"
        if r.random() < 0.2:
            return f"({both} {r.choice(['&&', '||'])} {self.value(0)} {r.choice(['<', '==', '!='])} {self.c()})"
        return f"({both})"

    def statement(self, depth):
        r = self.r
        kind = r.randrange(30)
        v = self.value(r.choice([0, 1, 1, 2, 2, 3]))
        if kind < 8:
            return f"{self.place()} {r.choice(['=', '=', '=', '+=', '-=', '*='])} {v};"
        if kind < 14:
            return f"sum {r.choice(['+=', '+=', '-=', '*='])} {v};"
        if kind < 16:
            return f"if ({v} {r.choice(['<', '>'])} sum) sum = {v};"
        if kind < 20 and depth:
            arms = self.statement(depth - 1)
            return f"if {self.condition(1)} {{ {arms} }}" + (f" else {{ {self.statement(depth - 1)} }}" if r.random() < 0.4 else "")
        if kind == 20:
            return f"if {self.condition(1)} {r.choice(['break', 'break', 'continue', 'return sum', 'goto out'])};"
        if kind == 21:
            return f"t = {v};"
        if kind == 22 and self.depth < 2:
            return self.loop(depth)
        if kind == 23:
            return f"__builtin_mem{r.choice(['cpy', 'move'])}(&{self.place()}, &{self.place()}, {r.choice([1, 3, 4, 7, 8, 12, 16, 24, 32, 48, 'n & 63'])});"
        if kind == 24:
            return f"__builtin_memset(&{self.place()}, {r.choice(['0', 'k', '-1'])}, {r.choice([4, 8, 15, 16, 32, 40, 'n & 31'])});"
        if kind == 25 and depth:
            cases = " ".join(f"case {i}: {self.statement(0)} break;" for i in range(r.randint(2, 6)))
            return f"switch ((unsigned)(W){self.value(1)} & 7) {{ {cases} default: {self.statement(0)} }}"
        if kind == 26:
            return r.choice(["p++;", "q++;", "p += (int)k & 3;", "k++;", "{ T *x = p; p = (T *)q; q = (void *)x; }"])
        if kind == 27:
            return "while (*q != (Q)k && *q) { q++; sum++; }" if r.random() < 0.5 else "while (p[0] == q[0] && n > 0) { p++; q++; n--; }"
        return f"{self.place()} = {self.place()};"

    def loop(self, depth):
        r = self.r
        header = r.choice(HEADERS).replace("K", str(r.choice([1, 1, 2, 3, 4, 8]))).replace("N", str(r.choice([1, 2, 3, 4, 8, 16, 17, 32, 64])))
        self.depth += 1
        if self.depth == 2:
            header = header.replace("i", "j").replace("jnt", "int").replace("unsjgned", "unsigned")
        body = " ".join(self.statement(depth - 1) for _ in range(r.choice([1, 1, 1, 2, 2, 3, 5])))
        self.depth -= 1
        return f"{header} {{ {body} }}"

    def text(self):
        r, n = self.r, self.number
        t, q, s = self.types
        keep = r.choice(["", "", "restrict"])
        lines = [f"#define T {t}", f"#define Q {q}", f"#define W {r.choice(['int32_t', 'uint32_t', 'int64_t', 'uint64_t'])}",
                 f"#define I {r.choice(['int', 'int', 'int', 'long', 'long long', 'short'])}",
                 f"struct s{n} {{ {s} a; {t} b; {r.choice(INTEGERS)} c; {r.choice(INTEGERS)} d; }};",
                 f'__attribute__((export_name("f{n}"))) {self.sum} f{n}(T *{keep} p, Q *{keep} q, struct s{n} *s, int n, {r.choice(["int", "int", "long long", "float", "double"])} k)',
                 f"{{ {self.sum} sum = 0; {r.choice(INTEGERS + FLOATS)} t = 0; const int i = 0; " + r.choice(["", "n &= 255;", "n &= 63;", "n &= 15;", "if (n < 1) return 0;"])]
        lines += ["    " + self.loop(3) for _ in range(r.choice([1, 1, 1, 2]))]
        lines += ["out: return sum + (T)t; }", "#undef T", "#undef Q", "#undef W", "#undef I"]
        return "\n".join(lines)


HEAD = """#include <stdint.h>
static uint8_t table[256] = {1, 7, 3, 200, 255, 9};
static long long clamp(long long x, long long a, long long b) { return x < a ? a : x > b ? b : x; }
static uint32_t rotate(uint32_t x, int n) { return x << (n & 31) | x >> (-n & 31); }
unsigned __int128 __multi3(unsigned __int128 x, unsigned __int128 y)
{
    uint64_t a = x, b = y, c = (a & ~0u) * (b & ~0u), d = (a >> 32) * (b & ~0u) + (c >> 32), e = (a & ~0u) * (b >> 32) + (d & ~0u);
    uint64_t top = (a >> 32) * (b >> 32) + (d >> 32) + (e >> 32) + (uint64_t)(x >> 64) * b + a * (uint64_t)(y >> 64);
    return (unsigned __int128)top << 64 | e << 32 | (c & ~0u);
}
#define PLAIN __attribute__((no_builtin, noinline))
PLAIN void *memset(void *p, int c, unsigned long n) { for (char *x = p; n--;) *x++ = c; return p; }
PLAIN void *memcpy(void *p, const void *q, unsigned long n) { for (unsigned long i = 0; i < n; i++) ((char *)p)[i] = ((char *)q)[i]; return p; }
PLAIN void *memmove(void *p, const void *q, unsigned long n)
{
    if (p <= q)
        return memcpy(p, q, n);
    while (n--)
        ((char *)p)[n] = ((char *)q)[n];
    return p;
}
static uint64_t high(uint64_t a, uint64_t b) { return (uint64_t)((unsigned __int128)a * b >> 64); }
"""


def random_c(r, functions=6):
    return HEAD + "\n".join(Function(r, n).text() for n in range(functions)) + "\n"
