# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables in Markdown from what run.py measured."""
import math


def geomean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def net(row, starts, key):
    """{engine: seconds without start-up} of one program."""
    return {name: max(times[key] - starts.get(name, 0), 1e-4) for name, times in row["times"].items()}


def ratios(row, starts, key, base="native"):
    """Each engine's net time as a multiple of base's; {} when the base is missing."""
    times = net(row, starts, key)
    return {name: time / times[base] for name, time in times.items()} if base in times else {}


def means(rows, starts, key, base="native"):
    """{engine: geomean of its ratios to base}"""
    columns = {}
    for row in rows:
        for name, value in ratios(row, starts, key, base).items():
            columns.setdefault(name, []).append(value)
    return {name: geomean(values) for name, values in columns.items()}


def table_row(name, seconds, values, names, form="{:.2f}"):
    cells = [form.format(values[n]) if n in values else "-" for n in names]
    return f"| {name} | {seconds} | " + " | ".join(cells) + " |"


def suite_table(suite, rows, starts, names, key):
    """The lines of one suite's table: multiples of native, then geomeans."""
    names = [n for n in names if any(n in row["times"] for row in rows)]
    lines = [f"| {suite} | native s | " + " | ".join(names) + " |", "|---|--:|" + "--:|" * len(names)]
    for row in rows:
        base = net(row, starts, key)
        if "native" in base:
            lines.append(table_row(row["name"], f"{base['native']:.3f}", ratios(row, starts, key), names))
        else:
            lines.append(table_row(f"{row['name']} (seconds)", "-", base, names, "{:.3f} s"))
    lines.append(table_row("**geomean**", "", means(rows, starts, key), names, "**{:.2f}**"))
    if "native-march" in names:
        march = means(rows, starts, key, "native-march")
        lines.append(table_row("geomean, x native-march", "", march, names))
    if "hand-written" in names:
        whole = [net(row, starts, key) for row in rows]
        whole = [times for times in whole if all(n in times for n in names)]
        base = sum(times["hand-written"] for times in whole)
        sums = {n: sum(times[n] for times in whole) / base for n in names} if whole else {}
        lines.append(table_row("sum, x hand-written", "", sums, names))
    return lines


def worst(rows, starts, key, engine="wasm2so", base="native-march", limit=1.3):
    """The programs on which the engine is slow: against native code, and against the best peer."""
    lines = []
    for row in rows:
        ratio = ratios(row, starts, key, base).get(engine)
        if ratio and ratio > limit:
            lines.append(f"{row['suite']}/{row['name']}: {ratio:.2f} x {base}")
    return lines


def print_report(report, key="least"):
    rows, starts, names = report["programs"], report["start"], report["engines"]
    print(f"\nuser + system time without start-up, multiple of native, {key} of {report['rounds']} runs")
    for suite in dict.fromkeys(row["suite"] for row in rows):
        print()
        print("\n".join(suite_table(suite, [r for r in rows if r["suite"] == suite], starts, names, key)))
    cells = [f"{name} {1000 * starts[name]:.1f} ms" for name in names if name in starts]
    print("\nstart-up: " + ", ".join(cells))
    slow = worst(rows, starts, key)
    if slow:
        print("\nwasm2so above 1.3: " + "; ".join(slow))
    if report["compile"]:
        print("\ncompile time on one core (user + system; wasmtime: wall, its interpreter not counted)")
        print("\n".join(compile_table(report["compile"])))


def compile_table(compiles):
    ways = list(dict.fromkeys(way for result in compiles for way in result["ways"]))
    lines = ["| module | KiB | " + " | ".join(ways) + " |", "|---|--:|" + "--:|" * len(ways)]
    for result in compiles:
        cells = []
        for way in ways:
            value = result["ways"].get(way)
            cells.append(f"{value['seconds']:.2f} s, {value['peak_kib'] / 1024:.0f} MiB" if value else "-")
        lines.append(f"| {result['name']} | {result['bytes'] // 1024} | " + " | ".join(cells) + " |")
    return lines
