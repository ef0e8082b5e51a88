#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""docs/protocol.md draws what vcrypto/wire.h defines: names, order, offsets and sizes.

	drawings.py PROTOCOL WIRE STATUS

A structure belongs to the section that the comment before it cites.  Its drawing there,
the one in that comment if there is one, and its fields have to be the same; so have the
numbers of operations and statuses, and the order of the parts of a request.
"""
import pathlib
import re
import sys

SIZES = {"struct vcrypto_le16": 2, "struct vcrypto_le32": 4, "struct vcrypto_le64": 8, "char": 1}
DRAWN = 7		# structures, at least; else the expressions below find nothing
STRUCT = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*struct vcrypto_(\w+) \{\n(.*?)^\};", re.M | re.S)
FIELD = re.compile(r"^\t(struct vcrypto_\w+|char) (\w+)(?:\[(\w+)\])?;", re.M)
faults = []


def fault(text):
    faults.append(text)


def layout(body, constants):
    """[(name, offset, size)], each aligned to its size."""
    fields, at = [], 0
    for kind, name, length in FIELD.findall(body):
        size = SIZES[kind]
        at = (at + size - 1) // size * size
        fields.append((name, at, size * (constants[length] if length else 1)))
        at += fields[-1][2]
    return fields


def edges(line):
    return [at for at, char in enumerate(line) if char == "+"]


def ruler(line, border, where):
    """The offset at each edge of @border, above which it stands or begins right of."""
    numbers = [(m.start() - 1, m.end(), int(m[0])) for m in re.finditer(r"\d+", line)]
    offsets = {edge: n for edge in edges(border) for left, right, n in numbers
               if left <= edge < right}
    if sorted(offsets) != edges(border) or len(numbers) != len(offsets):
        fault(f"{where}: the offsets '{line.strip()}' do not stand at the edges of the cells")
        return None
    return offsets


def cells(row, border, where):
    """[(name, left edge, right edge)]"""
    marks = edges(border)
    if not all(at < len(row) and row[at] == "|" for at in marks):
        fault(f"{where}: '{row.strip()}' does not fit its frame")
        return []
    return [(row[a + 1:b].strip(), a, b) for a, b in zip(marks, marks[1:])]


def drawing(lines, where):
    """([(name, offset, size)], the text of what follows), or None: not one."""
    fields, rest = [], []
    for n, row in enumerate(lines):
        if not row.startswith("|"):
            continue
        # With offsets above its frame, or behind them, where everything has a length of its own.
        offsets = None
        if n >= 2 and re.fullmatch(r"[ \d]+", lines[n - 2]):
            offsets = ruler(lines[n - 2], lines[n - 1], where)
        frame = lines[n - 1] if offsets else lines[n + 1]
        for name, left, right in cells(row, frame, where):
            if offsets:
                fields.append((name.split(",")[0], offsets[left], offsets[right] - offsets[left]))
            else:
                rest.append(name)
    return (fields, rest) if fields else None


def compare(fields, drawn, where):
    """The first field is where the drawing begins."""
    base = drawn[0][1]
    placed = [(name, base + at, size) for name, at, size in fields]
    for ours, theirs in zip(placed + [None] * len(drawn), drawn + [None] * len(placed)):
        if ours != theirs:
            fault(f"{where}: (name, offset, size) is {ours} in wire.h, but {theirs} is drawn")
            return


def sections(page):
    """{number: text}"""
    parts = re.split(r"^#+ ([\d.]+) .*$", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def blocks(text):
    return [b.split("\n") for b in re.findall(r"^```\n(.*?)^```$", text, re.M | re.S)]


def unstarred(comment):
    return [re.sub(r"^ \*\t?", "", line) for line in comment.split("\n")]


def check_structure(name, comment, fields, page):
    """True if it is drawn on the page."""
    number = re.search(r"\(protocol ([\d.]+)\)", comment)
    if not number or number[1] not in page:
        fault(f"struct vcrypto_{name}: its comment names no section of the protocol")
        return False
    where = f"protocol.md, {number[1]}, {name}"
    text = page[number[1]]
    drawn = [d for d in (drawing(b, where) for b in blocks(text)) if d]
    ours = drawing(unstarred(comment), f"wire.h, {name}")
    if ours:
        compare(fields, ours[0], f"wire.h, {name}")
    if drawn:
        compare(fields, drawn[0][0], where)
        if ours and ours[1] != drawn[0][1]:
            fault(f"{where}: behind it {ours[1]} in wire.h, but {drawn[0][1]} is drawn")
        return True
    # A result: a table with offsets, or in words.
    table = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+) \| (\d+) \|", text, re.M)]
    if table and table != [(at, size) for _, at, size in fields]:
        fault(f"{where}: the table's offsets and sizes are not those of wire.h")
    if f" {fields[-1][1] + fields[-1][2]} bytes" not in text:
        fault(f"{where}: neither drawn, nor is its size said")
    return False


def check_numbers(what, prefix, header, section):
    ours = [(int(n), name) for name, n in re.findall(rf"^\t{prefix}(\w+) = (\d+),", header, re.M)]
    table = [(int(n), name) for n, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.M)]
    if not ours or ours != table:
        fault(f"{what}: {ours} in C, {table} in protocol.md")


def parts(lines):
    """What a request is made of, in order: [(R or W, name)]"""
    found = [re.match(r"([RW])  (\S+(?: \S+)*)", line) for line in lines]
    return [(m[1], re.sub("^struct vcrypto_", "", m[2]).replace("_", " ")) for m in found if m]


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 4 or sys.argv[1].startswith("-"):
        print("drawings.py: three files are needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    page = sections(pathlib.Path(sys.argv[1]).read_text())
    wire = pathlib.Path(sys.argv[2]).read_text()
    status = pathlib.Path(sys.argv[3]).read_text()
    limits = (pathlib.Path(sys.argv[2]).parent / "limits.h").read_text()
    constants = {name: int(n) for name, n in re.findall(r"#define (\w+) (\d+)\b", limits + wire)}
    structures = STRUCT.findall(wire)
    drawn = sum(check_structure(name, comment, layout(body, constants), page)
                for comment, name, body in structures)
    if drawn < DRAWN:
        fault(f"only {drawn} of {len(structures)} structures are drawn")
    check_numbers("operations", "VCRYPTO_OP_", wire, page["4"])
    check_numbers("statuses", "VCRYPTO_", status, page["5.1"])
    ours, theirs = parts(unstarred(wire)), parts(blocks(page["3"])[0])
    if not ours or ours != theirs:
        fault(f"parts of a request: {ours} in wire.h, {theirs} in protocol.md, 3")
    for text in faults:
        print("FAIL:", text)
    print(f"{len(structures)} structures, {drawn} of them drawn")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
