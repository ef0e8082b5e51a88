#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Draws what bench/all.sh has measured.

	plot.py [--aims] FILE PICTURE

FILE is its JSON.  PICTURE is an SVG with a diagram for each algorithm: how many times as fast as a bare loop
over libcrypto requests are that go through ring and engine, by their length, for 1, 8 and 32 in a batch.

  --aims   a bar for each of the project's aims instead: how much of it was reached (rows.py has the figures)
"""
import json
import math
import pathlib
import sys

sys.dont_write_bytecode = True  # a checkout stays as it is
import rows

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 360, 56, 40, 44
COLOURS = {1: "#8c510a", 8: "#01665e", 32: "#2166ac"}
STEPS = (0.5, 1, 2, 4, 8, 16)
# Of the aims: where bars begin, and how long one is that reaches its aim.
BARS, ONE = 430, 220


def x_of(size, sizes):
    return LEFT + (WIDTH - LEFT - 110) * sizes.index(size) / max(1, len(sizes) - 1)


def y_of(ratio):
    share = math.log2(max(ratio, STEPS[0]) / STEPS[0]) / math.log2(STEPS[-1] / STEPS[0])
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(share, 1)


def text(x, y, words, more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{words}</text>'


def length(size):
    return f"{size // 1024} KiB" if size >= 1024 else str(size)


def grid(sizes):
    for step in STEPS:
        y = y_of(step)
        width = 1.5 if step == 1 else 0.5
        yield (f'<line x1="{LEFT}" x2="{WIDTH - 110}" y1="{y:.0f}" y2="{y:.0f}" stroke="#888" '
               f'stroke-width="{width}"/>')
        yield text(LEFT - 8, y + 4, step, 'text-anchor="end"')
    for size in sizes:
        yield text(x_of(size, sizes), HEIGHT - 16, length(size), 'text-anchor="middle"')


def lines(cells, sizes, dashes):
    for requests in sorted({row["requests"] for row in cells}):
        points = [(x_of(row["bytes"], sizes), y_of(row["ratio"])) for row in cells
                  if row["requests"] == requests]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        yield (f'<polyline points="{path}" fill="none" stroke="{COLOURS[requests]}" stroke-width="2" '
               f'stroke-dasharray="{dashes}"/>')
        if not dashes:
            yield text(points[-1][0] + 8, points[-1][1] + 4, f"{requests} at once",
                       f'fill="{COLOURS[requests]}"')


def diagram(ours, theirs):
    sizes = sorted({row["bytes"] for row in ours})
    way = "decryption" if ours[0]["decrypt"] else "encryption"
    title = ours[0]["algorithm"] + ("" if ours[0]["algorithm"].startswith("HMAC") else f", {way}")
    parts = [text(LEFT, 18, title, 'font-size="14"'),
             text(LEFT, 34, f"times as fast as bare EVP; {ours[0]['backend']}, dashed: libcrypto")]
    return [*parts, *grid(sizes), *lines(ours, sizes, ""), *lines(theirs, sizes, "4 4")]


def picture(width, height, parts):
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12">')
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    yield from parts
    yield "</svg>"


def side_by_side(diagrams):
    for i, parts in enumerate(diagrams):
        yield f'<g transform="translate({i % 2 * WIDTH} {i // 2 * HEIGHT})">'
        yield from parts
        yield "</g>"


def algorithms(results):
    diagrams = []
    for name, cells in results.items():
        words = name.split()
        if words[0] == "engine" and words[2] != "libcrypto":
            diagrams.append(diagram(cells, results.get(f"engine {words[1]} libcrypto", [])))
    return picture(2 * WIDTH, HEIGHT * ((len(diagrams) + 1) // 2), side_by_side(diagrams))


def bar(y, what, aim, reached, share):
    enough = share is not None and share >= 1
    length_of = min(share or 0, 2) * ONE
    yield text(BARS - 8, y + 13, what, 'text-anchor="end"')
    if share is not None:
        yield (f'<rect x="{BARS}" y="{y}" width="{length_of:.0f}" height="16" '
               f'fill="{COLOURS[8] if enough else COLOURS[1]}"/>')
    yield text(BARS + length_of + 6, y + 13, "not measured" if reached is None else f"{reached:g}, {aim}",
               'paint-order="stroke" stroke="#fff" stroke-width="3"')


def aims(results):
    bars = [line[1:] for line in rows.lines(results) if line[2]]
    height = TOP + 22 * len(bars) + 12
    parts = [text(BARS, 18, "how much of each aim was reached; the line is the aim", 'font-size="14"')]
    parts.append(f'<line x1="{BARS + ONE}" x2="{BARS + ONE}" y1="{TOP - 16}" y2="{height - 8}" stroke="#000"/>')
    for i, line in enumerate(bars):
        parts += bar(TOP - 10 + 22 * i, *line)
    return picture(BARS + 2 * ONE + 160, height, parts)


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    draw = algorithms
    if sys.argv[1:2] == ["--aims"]:
        draw = aims
        del sys.argv[1]
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print("usage: plot.py [--aims] FILE PICTURE (--help explains)", file=sys.stderr)
        sys.exit(2)
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())["results"]
    pathlib.Path(sys.argv[2]).write_text("\n".join(draw(results)) + "\n")


if __name__ == "__main__":
    main()
