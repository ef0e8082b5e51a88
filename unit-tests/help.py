#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every script of the repository says what it does, and refuses what it does not know.

    help.py ROOT

A script is what may be executed and begins with #!, without an exception.  In a copy of the tree, and with hardly any commands at hand:

--help      prints a usage on standard output that has the script's name, every option that
            the script's text compares an argument with, and every variable VCRYPTO_... or
            VM_... that it takes from the environment; exit status 0
an unknown option       gives one line on standard error, and status 2; of who passes options on, a test or
            a finding any status but 0

no arguments        of who cannot do without: what is missing is said by the script, not by its shell

None takes a second of processor time, or leaves a file behind.
"""
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

# All that a script may need for that.  Compilers, apt-get or QEMU are not among them.
COMMANDS = ("awk", "basename", "bash", "cat", "cut", "dirname", "env", "grep", "mktemp", "nproc",
            "paste", "python3",
            "readlink", "realpath", "rm", "sed", "sh", "sort", "tr", "uname")
SECONDS = 1
# "--name)", "--a | --b)" and the like in a case; "= --name ]" and "== --name ]".
OPTIONS = (re.compile(r"^\s*((?:-[\w-]+ ?\| ?)*--[\w-]+(?: ?\| ?-[\w-]+)*)\)", re.M),
           re.compile(r"\$\{?1(?::?-)?\}?\"? ==? (--[\w-]+) \]"))
VARIABLE = re.compile(r"\$\{((?:VCRYPTO|VM)_\w+):?[-+]|environ(?:\.get\(|\[)['\"]((?:VCRYPTO|VM)_\w+)")
# Used outside of a function, and with nothing in its place: such a script cannot do without.
ARGUMENT = re.compile(r"^[^#\s].*\$(?:[1-9]|\{[1-9]\})", re.M)
SOURCED = re.compile(r'^\. "\$\(dirname "\$0"\)/([\w./-]+)"', re.M)
UNSET = ("unbound variable", "parameter not set")
UNKNOWN = "--no-such-option"
PASS_ON = ("bench/vm.sh", "vm-tests/clients/client.sh")


def tracked(root):
    """All files that git knows."""
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True,
                            check=False)
    if listed.returncode:
        print("SKIP: not a checkout, so nobody knows which files belong to it")
        sys.exit(77)
    return [path for path in listed.stdout.split("\n") if (root / path).is_file()]


def is_script(path):
    with path.open("rb") as file:
        return os.access(path, os.X_OK) and file.read(2) == b"#!"


def is_strict(name):
    return name.parts[0] != "findings" and "tests" not in name.parts and str(name) not in PASS_ON


def is_needy(path):
    text = path.read_text()
    return path.suffix == ".sh" and any(ARGUMENT.search(part) for part in (
        text, *((path.parent / name).read_text() for name in SOURCED.findall(text))))


def listing(folder):
    """What is there, and when it was changed."""
    return {(path, path.lstat().st_mtime_ns) for path in folder.rglob("*") if not path.is_dir()}


def promised(text):
    """The options and variables that a usage has to name."""
    for pattern in OPTIONS:
        for found in pattern.findall(text):
            yield from (name for name in found.replace(" ", "").split("|")
                        if name not in ("-h", "--help", "--"))
    yield from (a or b for a, b in VARIABLE.findall(text))


def run(path, option, home, strict):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([path, *option.split()], capture_output=True, text=True, check=False,
                            cwd=home / "here", timeout=60, stdin=subprocess.DEVNULL,
                            env={"PATH": str(home / "bin"), "HOME": str(home / "here"),
                                 "TMPDIR": str(home / "here")})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if took > SECONDS:
        yield f"{option} took {took:.1f} s"
    if option == "--help":
        if result.returncode or result.stderr:
            yield f"--help ended with {result.returncode}: {result.stderr[:300]}"
        words = set(re.split(r"[^\w.-]+", result.stdout))
        for name in [path.name, *dict.fromkeys(promised(path.read_text()))]:
            if name not in words:
                yield f"--help does not name {name}"
        if len(result.stdout.split("\n")) < 4:
            yield "--help has hardly anything to say"
    elif not option:
        if result.returncode == 0 or any(words in result.stderr for words in UNSET):
            yield f"without arguments it ends with {result.returncode}: {result.stderr[:300]}"
    else:
        if result.returncode == 0 or (strict and result.returncode != 2):
            yield f"ends with {result.returncode} for an unknown option"
        if result.stdout or result.stderr.count("\n") != 1:
            yield f"says not one line of an unknown option: {(result.stdout + result.stderr)[:300]}"


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("help.py: a folder is needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    root = pathlib.Path(sys.argv[1])
    faults, seen = [], 0
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        for name in ("bin", "here"):
            (home / name).mkdir()
        for command in COMMANDS:
            (home / "bin" / command).symlink_to(shutil.which(command))
        for path in tracked(root):
            (home / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, home / "tree" / path)
        files = listing(home / "tree")
        for path in sorted(p for p in (home / "tree").rglob("*") if p.is_file() and is_script(p)):
            seen += 1
            name = path.relative_to(home / "tree")
            for option in ("--help", UNKNOWN, *([""] if is_needy(path) else [])):
                faults += [f"{name}: {what}" for what in run(path, option, home, is_strict(name))]
            for left in (home / "here").iterdir():
                faults.append(f"{name}: left {left.name}")
                subprocess.run(["rm", "-rf", left], check=True)
        faults += [f"some script changed {path}" for path, _ in listing(home / "tree") ^ files]
    if seen < 50:
        faults.append(f"only {seen} scripts found")
    for fault in faults:
        print("FAIL:", fault)
    print(f"{seen} scripts")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
