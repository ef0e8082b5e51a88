#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Who may include whom: the floors of the library, as docs/architecture.md draws them.

	includes.py LIBVCRYPTO_DIR

Arrows point down only.  A header is named by its floor in the table below, which is
the one place to change when a file is added; a file that is on no floor is a mistake.
"""
import pathlib
import re
import sys

# A public header, or the files of a folder: which floor they are on.
FLOORS = {
    "ground": ["include/vcrypto/platform.h", "include/vcrypto/limits.h",
               "include/vcrypto/status.h"],
    "ring": ["include/vcrypto/vring.h", "ring/"],
    "values": ["include/vcrypto/algorithm.h", "include/vcrypto/cursor.h",
               "include/vcrypto/op.h"],
    "backend": ["include/vcrypto/backend.h"],
    "core": ["include/vcrypto/lane.h", "include/vcrypto/store.h", "core/"],
    "wire": ["include/vcrypto/wire.h"],
    "driver": ["include/vcrypto/driver.h", "formats/vcrypto/driver.c"],
    "ioctls": ["include/vcrypto/cryptodev.h", "formats/cryptodev/"],
    "format": ["include/vcrypto/format.h", "formats/vcrypto/"],
    "engine": ["include/vcrypto/engine.h", "engine.c"],
    "device": ["include/vcrypto/serve.h", "serve.c"],
    "backends": ["backends/"],
    "small devices": ["small-devices/"],
    "umbrella": ["include/vcrypto/vcrypto.h"],
}

# What each floor stands on, beside itself.
BELOW = {
    "ground": [],
    "ring": ["ground"],
    "values": ["ground"],
    "backend": ["ground", "values"],
    "core": ["ground", "values", "backend"],
    "wire": ["ground", "values"],
    "driver": ["ground", "values", "wire"],
    "ioctls": ["ground", "values", "wire", "driver"],
    "format": ["ground", "values", "backend", "core", "wire"],
    "engine": ["ground", "values", "backend", "core", "wire", "format"],
    "device": ["ground", "ring", "engine"],
    "backends": ["ground", "values", "backend"],
    # Their ids must differ from that of the crypto device.
    "small devices": ["ground", "values", "wire"],
    "umbrella": ["ground", "ring", "values", "backend", "core", "wire", "driver", "ioctls",
                 "format", "engine", "device"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)


def floor_of(path):
    """The floor of a file, by the longest entry that fits."""
    fits = [(len(entry), floor) for floor, entries in FLOORS.items() for entry in entries
            if path == entry or (entry.endswith("/") and path.startswith(entry))]
    return max(fits)[1] if fits else None


def includes(root, path):
    """The files of the library that @path includes."""
    for kind, name in INCLUDE.findall((root / path).read_text()):
        if kind == "<":
            target = root / "include" / name
        else:
            target = (root / path).parent / name
        if target.exists():
            yield target.resolve().relative_to(root).as_posix()


def find_circle(graph):
    """A list of files that include each other, or None."""
    done = set()

    def visit(path, way):
        if path in way:
            return way[way.index(path):] + [path]
        if path in done:
            return None
        for target in graph.get(path, ()):
            circle = visit(target, way + [path])
            if circle:
                return circle
        done.add(path)
        return None

    for path in graph:
        circle = visit(path, [])
        if circle:
            return circle
    return None


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = [p.relative_to(root).as_posix() for p in sorted(root.rglob("*.[ch]"))]
    graph = {path: sorted(set(includes(root, path))) for path in files}
    faults = []
    for path, targets in graph.items():
        here = floor_of(path)
        if not here:
            faults.append(f"{path}: on no floor; add it to FLOORS in this script")
            continue
        for target in targets:
            there = floor_of(target)
            if there and there != here and there not in BELOW[here]:
                faults.append(f"{path} ({here}) includes {target} ({there})")
    circle = find_circle(graph)
    if circle:
        faults.append("a circle: " + " -> ".join(circle))
    edges = sum(len(targets) for targets in graph.values())
    if len(files) < 30 or edges < 60:
        faults.append(f"only {len(files)} files and {edges} includes found in {root}")
    for fault in faults:
        print("FAIL:", fault)
    if not faults:
        print(f"{len(files)} files, {edges} includes, all of them down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
