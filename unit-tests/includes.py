#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Who may include whom: the floors of the library and of the guest's module, as
docs/architecture.md draws them.

	includes.py LIBVCRYPTO_DIR MODULE_DIR

Arrows point down only.  A header is named by its floor in the tables below, which are
the one place to change when a file is added; a file that is on no floor is a mistake.
A floor of the module has one header for several sources, so it is also looked at who
uses whose functions: down, or in the same floor, but not in a circle.
"""
import pathlib
import re
import sys

# A public header, or the files of a folder: which floor they are on.
FLOORS = {
    "ground": ["include/vcrypto/platform.h", "include/vcrypto/limits.h",
               "include/vcrypto/status.h", "include/vcrypto/version.h"],
    "ring": ["include/vcrypto/vring.h", "ring/"],
    "values": ["include/vcrypto/algorithm.h", "include/vcrypto/cursor.h",
               "include/vcrypto/op.h", "include/vcrypto/key.h"],
    "backend": ["include/vcrypto/backend.h"],
    "core": ["include/vcrypto/lane.h", "include/vcrypto/store.h", "core/"],
    "wire": ["include/vcrypto/wire.h"],
    "driver": ["include/vcrypto/driver.h", "formats/vcrypto/driver.c"],
    "ioctls": ["include/vcrypto/cryptodev.h", "formats/cryptodev/"],
    "format": ["include/vcrypto/format.h", "formats/vcrypto/"],
    "virtio": ["include/vcrypto/virtio_crypto.h", "formats/virtio-crypto/"],
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
    "virtio": ["ground", "values", "backend", "core"],
    "engine": ["ground", "values", "backend", "core", "wire", "format"],
    "device": ["ground", "ring", "engine"],
    "backends": ["ground", "values", "backend"],
    # Their ids must differ from that of the crypto device.
    "small devices": ["ground", "values", "wire"],
    "umbrella": ["ground", "ring", "values", "backend", "core", "wire", "driver", "ioctls",
                 "format", "virtio", "engine", "device"],
}

# The same of the module.
MODULE_FLOORS = {
    "kernels": ["compat.h"],
    "base": ["base.h", "base.c", "asked.h"],
    "requests": ["request.h", "pages.c", "share.c", "request.c"],
    "queues": ["queue.h", "queue.c", "wait.c"],
    "devices": ["device.h", "device.c", "slots.c"],
    "kernel": ["client.h", "client.c", "key.c", "job.c", "skcipher.c", "aead.c", "ahash.c",
               "kernel.c"],
    "sessions": ["session.h", "context.c", "revive.c", "session.c", "turn.c"],
    "calls": ["call.h", "call.c", "run.c"],
    "operations": ["async.h", "place.c", "operation.c"],
    "ioctls": ["ioctls.h", "crypt.c", "auth.c", "info.c", "async.c"],
    "roof": ["node.h", "file.c", "compat32.c", "uring.c", "nodes.c", "counters.c", "main.c"],
}

MODULE_BELOW = {
    "kernels": [],
    "base": [],
    "requests": ["base"],
    "queues": ["base", "requests"],
    "devices": ["kernels", "base", "requests", "queues"],
    # The crypto API's way in; beside the ioctls', which it does not know.
    "kernel": ["kernels", "base", "requests", "queues", "devices"],
    "sessions": ["base", "requests", "queues", "devices"],
    "calls": ["base", "requests", "queues", "devices", "sessions"],
    "operations": ["base", "requests", "queues", "devices", "sessions", "calls"],
    "ioctls": ["base", "requests", "queues", "devices", "sessions", "calls", "operations"],
    # By way of what the ioctls do, but for opening and closing a file.
    "roof": ["kernels", "base", "requests", "queues", "devices", "kernel", "sessions",
             "operations", "ioctls"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
# A function or variable of the module's that other files can see, in kernel style.
DEFINITION = re.compile(r"^(?!static|extern|typedef|#)\w[\w\s*]*?\b(vc_\w+)\s*"
                        r"(?:\([^;{}]*\)\s*\{|[,;=[])", re.M)
NAME = re.compile(r"\bvc_\w+")


def floor_of(floors, path):
    """The floor of a file, by the longest entry that fits."""
    fits = [(len(entry), floor) for floor, entries in floors.items() for entry in entries
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


def uses(root, files):
    """Which source uses functions or variables of which others."""
    texts = {path: COMMENT.sub(" ", (root / path).read_text()) for path in files
             if path.endswith(".c")}
    home = {name: path for path, text in texts.items() for name in DEFINITION.findall(text)}
    return {path: sorted({home[name] for name in NAME.findall(text) if name in home} - {path})
            for path, text in texts.items()}


def find_circle(graph):
    """A list of files that include or use each other, or None."""
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


def check_floors(floors, below, graph, verb, faults):
    for path, targets in graph.items():
        here = floor_of(floors, path)
        if not here:
            fault = f"{path}: on no floor; add it to the tables in this script"
            faults += [fault] if fault not in faults else []
            continue
        for target in targets:
            there = floor_of(floors, target)
            if there and there != here and there not in below[here]:
                faults.append(f"{path} ({here}) {verb} {target} ({there})")
    circle = find_circle(graph)
    if circle:
        faults.append(f"a circle of who {verb} whom: " + " -> ".join(circle))
    return sum(len(targets) for targets in graph.values())


def check_library(root, faults):
    files = [p.relative_to(root).as_posix() for p in sorted(root.rglob("*.[ch]"))]
    graph = {path: sorted(set(includes(root, path))) for path in files}
    edges = check_floors(FLOORS, BELOW, graph, "includes", faults)
    if len(files) < 30 or edges < 60:
        faults.append(f"only {len(files)} files and {edges} includes found in {root}")
    return f"library: {len(files)} files, {edges} includes"


def check_module(root, faults):
    files = [p.name for p in sorted(root.glob("*.[ch]"))]
    graph = {path: sorted(set(includes(root, path)) & set(files)) for path in files}
    edges = check_floors(MODULE_FLOORS, MODULE_BELOW, graph, "includes", faults)
    calls = check_floors(MODULE_FLOORS, MODULE_BELOW, uses(root, files), "uses", faults)
    if len(files) < 25 or edges < 40 or calls < 60:
        faults.append(f"only {len(files)} files, {edges} includes and {calls} uses in {root}")
    return f"module: {len(files)} files, {edges} includes, {calls} uses"


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print("includes.py: two folders are needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    faults = []
    found = [check_library(pathlib.Path(sys.argv[1]).resolve(), faults),
             check_module(pathlib.Path(sys.argv[2]).resolve(), faults)]
    for fault in faults:
        print("FAIL:", fault)
    if not faults:
        print("; ".join(found) + "; all of them down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
