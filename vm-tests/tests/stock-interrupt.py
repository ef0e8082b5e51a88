#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ctrl-C while a guest with the standard's device runs: nothing is said to be wrong, and nothing is left.

usage: stock-interrupt.py VERSION VCRYPTOD PROGRAM

As stock.sh in session mode with Debian's QEMU VERSION, in a session of its own, whose group gets SIGINT as from a
terminal when the daemon is there. Exit status 1: it is not so, and a line says what is; 77: something is missing.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time


def main():
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__, end="")
        return 0
    if len(sys.argv) != 4 or sys.argv[1].startswith("-"):
        print("stock-interrupt.py: a version, the daemon and a program are needed (--help explains)", file=sys.stderr)
        return 2
    version, vcryptod, program = sys.argv[1:]
    stock = pathlib.Path(__file__).with_name("stock.sh")
    with tempfile.TemporaryDirectory() as place:
        run = subprocess.Popen([stock, "--plain", "session", version, vcryptod, "--", program, "00", "00", "/nothing"],
                               env=dict(os.environ, TMPDIR=place), start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until = time.monotonic() + 60
        while not list(pathlib.Path(place).glob("*/daemon")) and run.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1)
        os.killpg(run.pid, signal.SIGINT)
        said = run.communicate(timeout=60)[0]
        left = os.listdir(place)
        if run.returncode == 77:
            print(f"SKIP: {said}")
            return 77
        if run.returncode == 130 and not left and "by itself" not in said:
            print("ok 1 - Ctrl-C ends it with status 130, and nothing is left\n1..1")
            return 0
        print(f"not ok 1 - status {run.returncode}, left: {left}, said: {said}\n1..1")
        return 1


sys.exit(main())
