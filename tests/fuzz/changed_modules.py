# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Modules of the other tests, changed here and there: for functions.py.

The scripts of tests/wast, and the modules in the tests of codegen, have what each pass of the compiler looks for.
An instruction, a constant, an offset or a local that is another, a statement that is missing, or there twice: such
a module is often what a pass must leave alone, or treat differently. Those that are not valid cost little.
"""
import glob
import os
import re

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
ROW = re.compile(r'^OPX?\((\w+), (0x\w+), (0x\w+), "([\w.]+)", (\w+), (\d+),(?: "([pilfdv]*>[pilfdv]*)",)? (\w+)\)')
# Waiting takes time, relaxed vectors differ, and what the others are about is not seen in results.
LEFT_OUT = re.compile(r"atomic\.wait|relaxed|binary |quote |memory 65[0-9]{3}|table .*0xffff", re.ASCII)
NUMBERS = [0, 1, -1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 100, 127, 128, 255, 256, 1000, 4096,
           0x7FFF, 0xFFFF, 0x10000, 65532, 65528, 65535, 0x7FFFFFFF, -0x80000000, -2, -4, -8, -16, -65536]
OFFSETS = [0, 1, 2, 3, 4, 8, 12, 16, 100, 4096, 65535, 65536, 4294967295]
NAME = re.compile(r"\b((?:i32|i64|f32|f64|v128|[if]\d+x\d+)\.[a-z0-9_]+)\b")
ACCESS = re.compile(r"\b[if]\d\d\.(?:load|store)\w*(?: offset=\d+)?")
CONSTANT = re.compile(r"(?:i32|i64)\.const\s+(-?(?:0x)?[0-9a-fA-F_]+)")
LOCAL = re.compile(r"local\.(?:get|set|tee)\s+(\$[\w.]+|\d+)")
STATEMENT = re.compile(r"\((\w+\.store\w*|local\.set|br_if|if|drop|memory\.(copy|fill)|global\.set|block|loop|br|call)\b")


def read_classes():
    """{instruction: those of the same types and immediates}"""
    classes, of = {}, {}
    for table in ("opcodes.def", "opcodes_simd.def"):
        with open(os.path.join(TESTS, "..", "frontend", table), encoding="ascii") as rows:
            for match in filter(None, map(ROW.match, rows)):
                name, imm, types, feature = match.group(4, 5, 7, 8)
                if types and not name.endswith(".const"):
                    of[name] = classes.setdefault((imm, types, feature in ("THREADS", "RELAXED_SIMD") and feature), [])
                    of[name].append(name)
    return of


CLASSES = read_classes()


def end_of_form(text, at):
    """Behind the parenthesis that closes the one there, or None."""
    depth = 0
    for match in re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n]*|[()]').finditer(text, at):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    return None


def modules_of(text):
    starts = [match.start() for match in re.finditer(r"\(module\b", text)]
    return [re.sub(r";;[^\n]*", "", text[at:end]) for at in starts if (end := end_of_form(text, at))]


def strings_of(source):
    """The strings of C, those that follow each other joined."""
    for joined in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', source):
        text = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined.group()))
        yield text.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def corpus():
    found = []
    for path in sorted(glob.glob(f"{TESTS}/wast/*.wast") + glob.glob(f"{TESTS}/codegen/*.c")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for part in strings_of(text) if path.endswith(".c") else [text]:
            found += modules_of(part)
    return [text for text in found if "(func" in text and len(text) < 12000 and not LEFT_OUT.search(text)]


def replace(text, match, by, group=0):
    return text[:match.start(group)] + by + text[match.end(group):]


def other_instruction(r, text):
    matches = [match for match in NAME.finditer(text) if len(CLASSES.get(match.group(), "")) > 1]
    if not matches:
        return text
    match = r.choice(matches)
    return replace(text, match, r.choice(CLASSES[match.group()]))


def other_constant(r, text):
    matches = list(CONSTANT.finditer(text))
    if not matches:
        return text
    match = r.choice(matches)
    old = int(match.group(1).replace("_", ""), 0)
    new = r.choice([r.choice(NUMBERS), old + 1, old - 1, old * 2, old // 2, -old, old ^ 1, old + 4, old + 8])
    return replace(text, match, str(max(-1 << 31, min((1 << 31) - 1, new))), 1)


def other_offset(r, text):
    matches = list(ACCESS.finditer(text))
    if not matches:
        return text
    match = r.choice(matches)
    return replace(text, match, f"{match.group().split()[0]} offset={r.choice(OFFSETS)}")


def other_local(r, text):
    matches = list(LOCAL.finditer(text))
    return replace(text, r.choice(matches), r.choice(matches).group(1), 1) if matches else text


def other_statements(r, text):
    starts = [match.start() for match in STATEMENT.finditer(text)]
    if not starts:
        return text
    at, source = r.choice(starts), r.choice(starts)
    end, source_end = end_of_form(text, at), end_of_form(text, source)
    if not end or not source_end:
        return text
    statement = text[at:end]
    also = r.choice(["", statement, text[source:source_end]])
    return text[:at] + also + " " + (statement if also else "") + text[end:]


def changed(r, text):
    ways = [other_instruction] * 7 + [other_constant] * 5 + [other_offset] * 2 + [other_local] * 3 + [other_statements] * 3
    for _ in range(r.choice([1, 1, 2, 2, 3, 4, 6])):
        text = r.choice(ways)(r, text)
    return text
