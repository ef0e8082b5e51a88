#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The tables of docs/small-devices.md say where functions are, and that is true.

    tables.py ROOT

A function that a table names is defined in one of the files beside it: those of its row and of the
table's first line, or else of its section.  Of Linux, QEMU and the C library it is called there.
Where a table says "`this()` in `that()`", that one calls this one.
"""
import pathlib
import re
import subprocess
import sys

PAGE = "docs/small-devices.md"
FUNCTION = re.compile(r"`([a-z]\w*)\([^`]*\)`")
WITHIN = re.compile(r"((?:`[a-z]\w*\([^`]*\)`(?:, )?)+) in `([a-z]\w*)\(\)`")
FILE = re.compile(r"`([\w./-]*\.[ch])`")
# Of C's library; some static functions have the same names.
OF_C = ("read", "write", "srand", "rand")
# Where the files of a section are, if others have the same name.
HOME = {"All of it in one small program": "examples/riscv-emu/"}


class Sources:
    """All files in C that git knows."""

    def __init__(self, root):
        listed = subprocess.run(["git", "-C", root, "ls-files", "*.c", "*.h"], capture_output=True,
                                text=True, check=False)
        if listed.returncode:
            print("SKIP: not a checkout, so nobody knows which files belong to it")
            sys.exit(77)
        self.text = {path: (root / path).read_text(encoding="utf-8")
                     for path in listed.stdout.split() if (root / path).is_file()}
        self.bad = []

    def named(self, line, home):
        """The files that a line of the page names; `.c` is that before it with another ending."""
        found, before = [], ""
        for name in FILE.findall(line):
            if name[0] in ".-":
                if not before:
                    continue
                name = before.rsplit(".", 1)[0] + name
            else:
                before = name
            match = [path for path in (home + name, name) if path in self.text] or \
                    [path for path in self.text if path.endswith("/" + name)]
            if not match:
                self.bad.append(f"there is no {name}")
            found += match[:1] if match[0:1] in ([home + name], [name]) else match
        return found

    def body(self, function, path):
        """Of a function that is defined there; "": it is not."""
        begin = rf"^(?![ \t#*/]|return\b)[^;=\n]*\b{function}\((?:[^;{{]*)\n?\{{\n"
        found = re.search(begin + r"(.*?)^\}", self.text[path], re.M | re.S)
        return found.group(0) if found else ""

    def check(self, function, paths, where):
        if any(self.body(function, path) for path in paths):
            return
        others = [path for path in self.text if self.body(function, path)]
        if others:
            self.bad.append(f"{where}: {function}() is defined in {others[0]}")
        elif not any(re.search(rf"\b{function}\(", self.text[path]) for path in paths):
            self.bad.append(f"{where}: {function}() is nowhere")

    def check_within(self, function, caller, paths, where):
        bodies = [body for body in (self.body(caller, path) for path in paths) if body]
        if not any(re.search(rf"\b{function}\(", body) for body in bodies):
            self.bad.append(f"{where}: {caller}() does not call {function}()")


def tables(text):
    """Each row of a table: the section, the table's first line, the row, its number."""
    section = first = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("## "):
            section = line[3:]
        if not line.startswith("|"):
            first = ""
            continue
        first = first or line
        if line != first and not line.startswith("| ---"):
            yield section, first, line, number


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("tables.py: a folder is needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    root = pathlib.Path(sys.argv[1])
    sources = Sources(root)
    rows = list(tables((root / PAGE).read_text(encoding="utf-8")))
    files = {}
    for section, first, line, _ in rows:
        files.setdefault(section, set()).update(sources.named(first + line, HOME.get(section, "")))
    count = 0
    for section, first, line, number in rows:
        paths = sources.named(first + line, HOME.get(section, "")) or files[section]
        for function in set(FUNCTION.findall(line)).difference(OF_C):
            sources.check(function, paths, f"{PAGE}:{number}")
            count += 1
        for functions, caller in WITHIN.findall(line):
            for function in FUNCTION.findall(functions):
                sources.check_within(function, caller, paths, f"{PAGE}:{number}")
    for complaint in dict.fromkeys(sources.bad):
        print(complaint)
    print(f"{count} functions in {len(rows)} rows")
    if count < 50:
        print("that is too few: does it read the tables?")
    return 1 if sources.bad or count < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
