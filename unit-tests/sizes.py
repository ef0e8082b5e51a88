#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The size budget: lines, functions, files, and how many files there are.

	sizes.py ROOT

What is over it and stays is in the table, with its size and a reason; it may not grow.
"""
import pathlib

import subprocess
import sys

COLUMNS = 100
FUNCTION = 60		# lines, from the one with its name to the closing brace
FILE = 400
ADAPTER_FILE = 200
# In the repository.  550 were what the redesign left; examples, findings, the ways into other
# builds and fuzzing in other people's CI came since, the standard's device, its daemon,
# RSA, and the multi-buffer library; then other architectures, a provider for OpenSSL, the tool's
# parts, the guest's kernel as a client, commands of io_uring's.
# Raised with a reason only.
FILES = 1004

# Where lines are held to COLUMNS; elsewhere there are some that are longer.
NARROW = ("libvcrypto", "guest-adapter", "qemu-adapter", "provider")

# Files of the product that are longer, and how long they may be.
LONGER = {
    "libvcrypto/include/vcrypto/wire.h": (420, "the format in one piece, drawings included"),
    "libvcrypto/include/vcrypto/virtio_crypto.h": (430, "the format in one piece"),
    "libvcrypto/ring/vring.c": (465, "a ring, all of it, and what breaks it"),
    "qemu-adapter/small-devices/caesar.c": (210, "a lesson, half of it comments"),
    "qemu-adapter/small-devices/vhost-demo.c": (205, "the same"),
    "qemu-adapter/small-devices/vhost-demo-module/vhost-demo.c": (305, "a kernel module"),
    "qemu-adapter/cryptodev-vcrypto.c": (400, "all functions of one class of QEMU's"),
    "qemu-adapter/virtio-cryptodev-queue.c": (290, "a comment for each way to be reset"),
    "qemu-adapter/virtio-cryptodev.c": (285, "properties"),
}



def width(line):
    at = 0
    for char in line:
        at = (at // 8 + 1) * 8 if char == "\t" else at + 1
    return at


def long_functions(lines):
    """(line, length) of each function that is too long."""
    for end, line in enumerate(lines):
        if line != "}":
            continue
        start = end
        while start and lines[start] != "{":
            start -= 1
        while start and lines[start - 1] and not lines[start - 1].endswith(("}", ";", "*/")):
            start -= 1
        if end - start + 1 > FUNCTION:
            yield start + 1, end - start + 1


def check(root, path, faults):
    lines = (root / path).read_text().split("\n")
    folder = path.split("/")[0]
    if folder in NARROW:
        faults += [f"{path}:{n}: {width(line)} columns, {COLUMNS} are allowed"
                   for n, line in enumerate(lines, 1) if width(line) > COLUMNS]
    faults += [f"{path}:{line}: a function of {length} lines, {FUNCTION} are allowed"
               for line, length in long_functions(lines) if path.endswith(".c")]
    if folder not in NARROW:
        return
    most = ADAPTER_FILE if folder == "qemu-adapter" else FILE
    most = LONGER.get(path, (most, ""))[0]
    if len(lines) - 1 > most:
        faults.append(f"{path}: {len(lines) - 1} lines, {most} are allowed")


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("sizes.py: a folder is needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    root = pathlib.Path(sys.argv[1])
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True,
                            check=False)
    if listed.returncode:
        print("SKIP: not a checkout, so nobody knows which files belong to it")
        return 77
    files = [path for path in listed.stdout.split("\n") if path and (root / path).exists()]
    sources = [path for path in files if path.endswith((".c", ".h"))]
    faults = []
    for path in sources:
        check(root, path, faults)
    if len(files) > FILES:
        faults.append(f"{len(files)} files in the repository, {FILES} are allowed")
    if len(sources) < 100:
        faults.append(f"only {len(sources)} sources found")
    for fault in faults:
        print("FAIL:", fault)
    print(f"{len(files)} files, {len(sources)} sources")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
