#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws what run.py or scale.py measured, as SVG.

    chart.py results BUILD/bench/results.json docs/performance.svg
    chart.py scale BUILD/bench/scale.json docs/scale.svg
    chart.py summary docs/performance.md docs/summary.svg

results: a panel a suite; a bar a program for wasm2so as a multiple of native code (--base), a coloured
tick for each peer, on a logarithmic axis. Of a suite of many programs the slowest are shown; the last
row is the geomean of all. scale: seconds and peak memory against module size, both axes logarithmic.
summary: the first table of a page, a row a suite.
"""
import argparse
import json
import math
import re
from xml.sax.saxutils import escape

from report import means, ratios

COLOURS = {
    "wasm2so": "#2f6fb0",
    "native-march": "#444444",
    "wasm2c": "#c98a1b",
    "wasmtime": "#7a4fa3",
    "wazero": "#2a9d8f",
    "node": "#b8433a",
}
MOST_ROWS = 20
WIDTH, NAME, ROW = 760, 170, 14
LOW, HIGH = 0.25, 8.0


class Svg:
    """The elements of a picture, and its height so far."""

    def __init__(self):
        self.parts = []
        self.height = 0

    def text(self, x, y, words, anchor="start", size=11, weight="normal"):
        style = f'text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
        self.parts.append(f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, colour="#ccc", width=1):
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.parts.append(f'<line {place} stroke="{colour}" stroke-width="{width}"/>')

    def bar(self, x, y, width, height, colour):
        place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        self.parts.append(f'<rect {place} fill="{colour}"/>')

    def path(self, points, colour):
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="2"/>')

    def dot(self, x, y, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')

    def document(self):
        size = f'width="{WIDTH}" height="{self.height}" viewBox="0 0 {WIDTH} {self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
        return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *self.parts, "</svg>\n"])


# ---- results ----


def ratio_x(ratio):
    """Where a ratio stands; what is beyond the axis stands at its end."""
    at = (math.log(min(max(ratio, LOW), HIGH)) - math.log(LOW)) / (math.log(HIGH) - math.log(LOW))
    return NAME + at * (WIDTH - NAME - 60)


def draw_row(svg, y, name, values, weight):
    svg.text(NAME - 8, y + ROW - 4, name, "end", weight=weight)
    ours = values.get("wasm2so")
    if ours:
        left, right = sorted((ratio_x(1.0), ratio_x(ours)))
        svg.bar(left, y + 3, max(right - left, 1.5), ROW - 6, COLOURS["wasm2so"])
        svg.text(WIDTH - 8, y + ROW - 4, f"{ours:.2f}", "end", weight=weight)
    for engine, colour in COLOURS.items():
        if engine in values and engine != "wasm2so":
            svg.line(ratio_x(values[engine]), y + 1, ratio_x(values[engine]), y + ROW - 1, colour, 2.5)


def draw_axis(svg, top, bottom):
    for tick in (0.25, 0.5, 1, 1.3, 2, 4, 8):
        svg.line(ratio_x(tick), top, ratio_x(tick), bottom, "#000" if tick == 1 else "#ddd")
        svg.text(ratio_x(tick), bottom + 11, f"{tick:g}", "middle", 9)


def draw_suite(svg, suite, rows, starts, base):
    rated = [(row["name"], ratios(row, starts, "least", base)) for row in rows]
    rated = [(name, values) for name, values in rated if "wasm2so" in values]
    if not rated:
        return
    shown, title = rated, suite
    if len(rated) > MOST_ROWS:
        shown = sorted(rated, key=lambda item: -item[1]["wasm2so"])[:MOST_ROWS]
        title = f"{suite}: the {MOST_ROWS} slowest of {len(rated)}"
    top = svg.height + 22
    svg.text(8, top - 8, title, size=13, weight="bold")
    bottom = top + ROW * (len(shown) + 1)
    draw_axis(svg, top, bottom)
    for index, (name, values) in enumerate(shown):
        draw_row(svg, top + index * ROW, name, values, "normal")
    draw_row(svg, bottom - ROW, "geomean", means(rows, starts, "least", base), "bold")
    svg.height = bottom + 18


def draw_legend(svg, engines, base):
    svg.height = 40
    svg.text(8, 16, f"Time as a multiple of {base} code (1 = as fast; left is faster)", size=13, weight="bold")
    x = 8
    for engine in [name for name in COLOURS if name in engines and name != base]:
        svg.bar(x, 25, 14 if engine == "wasm2so" else 3, 10, COLOURS[engine])
        svg.text(x + (18 if engine == "wasm2so" else 7), 34, engine)
        x += 95


def draw_results(report, base):
    svg = Svg()
    draw_legend(svg, report["engines"], base)
    rows = report["programs"]
    for suite in dict.fromkeys(row["suite"] for row in rows):
        draw_suite(svg, suite, [row for row in rows if row["suite"] == suite], report["start"], base)
    machine = report["machine"]
    svg.height += 16
    svg.text(8, svg.height - 5, f"{machine['cpu']}, {machine['cores']} cores, {report['rounds']} runs, least", size=9)
    return svg.document()


# ---- summary ----

COLUMNS = {"-march=native": "native-march", "wasm2c + clang": "wasm2c", "wasmtime 50": "wasmtime", "node 20": "node"}


def first_table(page):
    """[(name, {engine: multiple of native})] of the rows; what follows a link or a number in its cell is left out."""
    lines = re.search(r"(^\|.*\n)+", page, re.MULTILINE).group(0).splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    engines = [COLUMNS.get(name, name) for name in head]
    values = [{e: float(cell.split()[0]) for e, cell in zip(engines[1:], row[1:]) if cell} for row in rows]
    return [(re.sub(r"\[(.*?)\].*", r"\1", row[0]), ratio) for row, ratio in zip(rows, values)]


def draw_summary(rows):
    svg = Svg()
    draw_legend(svg, {engine for _, values in rows for engine in values}, "native")
    top, bottom = svg.height + 4, svg.height + 4 + ROW * len(rows)
    draw_axis(svg, top, bottom)
    for index, (name, values) in enumerate(rows):
        draw_row(svg, top + index * ROW, name, values, "normal")
    svg.height = bottom + 18
    return svg.document()


# ---- scale ----

LINES = ["#2f6fb0", "#6fa8dc", "#2a9d8f", "#c98a1b", "#7a4fa3", "#b8433a"]


def decades(values):
    """The powers of ten around the values."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def draw_panel(svg, rows, title, value_of, unit):
    top, height, left, width = svg.height + 30, 240, 70, WIDTH - 230
    ways = list(dict.fromkeys(way for row in rows for way in row["ways"]))
    sizes = decades([row["bytes"] / 1e6 for row in rows])
    values = decades([value_of(v) for row in rows for v in row["ways"].values()])

    def place(megabytes, value):
        x = left + width * (math.log10(megabytes) - sizes[0]) / (sizes[1] - sizes[0])
        return x, top + height * (1 - (math.log10(value) - values[0]) / (values[1] - values[0]))

    svg.text(8, top - 12, title, size=13, weight="bold")
    for power in range(sizes[0], sizes[1] + 1):
        x, y = place(10.0**power, 10.0 ** values[0])
        svg.line(x, top, x, y)
        svg.text(x, y + 14, f"{10.0 ** power:g} MB", "middle")
    for power in range(values[0], values[1] + 1):
        x, y = place(10.0 ** sizes[0], 10.0**power)
        svg.line(x, y, left + width, y)
        svg.text(x - 6, y + 4, f"{10.0 ** power:g} {unit}", "end")
    for index, way in enumerate(ways):
        colour = LINES[index % len(LINES)]
        points = [place(r["bytes"] / 1e6, value_of(r["ways"][way])) for r in rows if way in r["ways"]]
        svg.path(points, colour)
        for x, y in points:
            svg.dot(x, y, colour)
        svg.bar(left + width + 14, top + 18 * index, 14, 10, colour)
        svg.text(left + width + 34, top + 18 * index + 9, way)
    svg.height = top + height + 24


def draw_scale(rows):
    svg = Svg()
    draw_panel(svg, rows, "Processor time of a compile against module size", lambda v: v["cpu_seconds"], "s")
    draw_panel(svg, rows, "Peak memory of the compiler", lambda v: v["peak_kib"] / 1024, "MiB")
    return svg.document()


def draw(options, text):
    if options.kind == "summary":
        return draw_summary(first_table(text))
    data = json.loads(text)
    return draw_results(data, options.base) if options.kind == "results" else draw_scale(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["results", "scale", "summary"])
    parser.add_argument("input", help="JSON of run.py or scale.py, or a page with a table")
    parser.add_argument("output", help="SVG")
    parser.add_argument("--base", default="native", metavar="ENGINE", help="what 1 is (native)")
    options = parser.parse_args()
    with open(options.input, encoding="utf-8") as file:
        picture = draw(options, file.read())
    with open(options.output, "w", encoding="utf-8") as file:
        file.write(picture)


if __name__ == "__main__":
    main()
