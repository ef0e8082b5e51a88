#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A backend and an algorithm are added as docs/hacking.md says, and their tests pass.

	follow.py ROOT WORK CMAKE CC

In a copy of the tree below WORK each block of the two sections is put where the line
before it says; see STEP.  Then what the page promises is built and run there.  What has
not changed since the last run is not built again.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

SECTIONS = ("add an algorithm", "add a backend")

# "`FILE`, after `TEXT`:", "`FILE`, instead of `TEXT`:" or "`FILE`, at the end:", and the
# block.  TEXT is in one line of FILE, which is the one that is meant.
STEP = re.compile(r"^`([^`]+)`, (?:(after|instead of) `([^`]+)`|(at the end)):\n+"
                  r"```\w*\n(.*?)^```$", re.M | re.S)
# "`FILE`, a copy of `FILE`."
COPY = re.compile(r"`([^`]+)`, a copy of `([^`]+)`")

# They have to run, and all but MAY_SKIP not to be skipped.
TESTS = ("algorithms", "backends.toy", "jobs.toy", "operations.toy", "vectors.libcrypto",
         "vectors.nettle", "vectors.toy", "wire", "tool", "tool.manual", "install",
         "install.cmake-static.toy", "install.pkg-config-static.toy")
# Without nettle, without groff.
MAY_SKIP = {"vectors.nettle", "tool.manual"}


def die(text):
    print("FAIL:", text)
    sys.exit(1)


def files_of(root):
    """What belongs to the tree: what git knows, or all but what was built."""
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True,
                            check=False)
    if listed.returncode == 0:
        return [p for p in listed.stdout.split("\n") if p and (root / p).is_file()]
    return [p.relative_to(root).as_posix() for p in root.rglob("*")
            if p.is_file() and p.relative_to(root).parts[0] not in ("build", ".git")]


def section(page, title):
    found = re.search(rf"^\*\*{title}\*\*(.*?)(?=^\*\*|^#|\Z)", page, re.M | re.S)
    if not found:
        die(f"docs/hacking.md has no section '{title}'")
    return found[1]


def place(path, text, how, anchor, block):
    """The text of @path with the block in it."""
    if how == "at the end":
        return text + "\n" + block
    lines = text.splitlines(keepends=True)
    hits = [n for n, line in enumerate(lines) if anchor in line]
    if len(hits) != 1:
        die(f"docs/hacking.md: {path} has {len(hits)} lines with `{anchor}`, not one")
    lines[hits[0] + (how == "after"):hits[0] + 1] = [block]
    return "".join(lines)


def follow(page, title, tree):
    """Changes @tree (a dictionary of texts) as the section says."""
    text = section(page, title)
    steps = list(STEP.finditer(text))
    copies = COPY.findall(text)
    if text.count("```") != 2 * len(steps):
        die(f"docs/hacking.md, {title}: a block without a line that says where it goes")
    for path, source in copies:
        tree[path] = tree[source]
    for path, how, anchor, end, block in (step.groups() for step in steps):
        if path not in tree:
            die(f"docs/hacking.md, {title}: there is no {path}")
        tree[path] = place(path, tree[path].decode(), how or end, anchor, block).encode()
    print(f"{title}: {len(steps)} blocks, {len(copies)} copies")
    return len(steps) + len(copies)


def write(tree, root, copy):
    """Only what differs is touched, so that little is built anew."""
    for old in [p for p in copy.rglob("*") if p.is_file()]:
        if old.relative_to(copy).as_posix() not in tree:
            old.unlink()
    for path, content in tree.items():
        to = copy / path
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.exists() or to.read_bytes() != content:
            to.write_bytes(content)
        if (root / path).exists():
            shutil.copymode(root / path, to)


def run(*args, **env):
    print("+", *args, flush=True)
    result = subprocess.run(["nice", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False, env={**os.environ, **env})
    if result.returncode:
        print(result.stdout[-8000:])
        die(f"{args[0]} ended with {result.returncode}")
    return result.stdout


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 5 or sys.argv[1].startswith("-"):
        print("follow.py: four arguments are needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    root, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    cmake, compiler = sys.argv[3:5]
    copy, build = work / "tree", work / "build"
    tree = {path: (root / path).read_bytes() for path in files_of(root)}
    page = tree["docs/hacking.md"].decode()
    for title in SECTIONS:
        if follow(page, title, tree) < 2:
            die(f"docs/hacking.md, {title}: nothing to follow")
    write(tree, root, copy)
    run(cmake, "-S", copy, "-B", build, "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
        f"-DCMAKE_C_COMPILER={compiler}", "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1",
        "-DVCRYPTO_FUZZ=OFF", "-DVCRYPTO_BENCH=OFF", "-DVCRYPTO_SMALL_DEVICES=OFF")
    run(cmake, "--build", build, "--parallel", "2")
    names = "|".join(name.replace(".", r"\.") for name in TESTS)
    report = run("ctest", "--test-dir", build, "-j2", "--output-on-failure", "-R",
                 rf"^unit\.({names})$")
    passed = set(re.findall(r" unit\.(\S+) \.+ +Passed ", report))
    missing = set(TESTS) - MAY_SKIP - passed
    if missing:
        die(f"did not run: {', '.join(sorted(missing))}")
    kat = str(build / "unit-tests/kat/vcrypto-kat")
    vectors = run(kat, "--backend", "toy", *sorted(map(str, copy.glob("unit-tests/vectors/*.txt"))))
    if not re.search(r"^CAMELLIA-ECB +1 +0 +0$", vectors, re.M):
        die("vcrypto-kat did not run the toy's vector:\n" + vectors)
    print(f"{len(passed)} tests passed with them")


if __name__ == "__main__":
    main()
