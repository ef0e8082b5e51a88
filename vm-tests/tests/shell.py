#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Types into a guest's terminal, as somebody does who has called "vm.sh shell".

	shell.py VCRYPTO

VCRYPTO is the program for users.  The guest's shell has the size of ours, runs it with the device, survives an interrupt,
and its status is that of vm.sh.
"""
import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import sys
import termios
import time

SECONDS = 280
ROWS, COLUMNS, STATUS = 41, 123, 7
ABC = b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


class Terminal:
    def __init__(self, command):
        self.seen = b""
        self.end = time.monotonic() + SECONDS
        self.child, self.file = pty.fork()
        if not self.child:
            # The size has to be there before anybody asks for it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execv(command[0], command)

    def read(self):
        """Takes what comes; False at the end."""
        if not select.select([self.file], [], [], max(0, self.end - time.monotonic()))[0]:
            self.fail(f"nothing more in {SECONDS} s")
        try:
            got = os.read(self.file, 4096)
        except OSError:
            got = b""
        self.seen += got
        return got

    def fail(self, text):
        sys.exit(f"shell.py: {text}, after:\n{self.seen.decode(errors='replace')}")

    def expect(self, pattern):
        """Waits for it, and forgets what came before."""
        while not (found := re.search(pattern, self.seen)):
            if not self.read():
                self.fail(f"it ends before {pattern}")
        self.seen = self.seen[found.end():]

    def type(self, line):
        os.write(self.file, line)

    def status(self):
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: shell.py VCRYPTO (--help explains)", file=sys.stderr)
        sys.exit(2)
    vm = pathlib.Path(__file__).resolve().parent.parent / "vm.sh"
    terminal = Terminal([str(vm), "shell", "--file", f"{sys.argv[1]}:/usr/bin/vcrypto"])
    prompt = rb"guest:~# "
    terminal.expect(prompt)
    terminal.type(b"stty size\n")
    terminal.expect(rb"\n%d %d\r" % (ROWS, COLUMNS))
    terminal.type(b"printf abc | vcrypto hash sha256\n")
    terminal.expect(rb"\n" + ABC)
    # Who says it is who is to be interrupted: what comes between a shell's own word and its next child may find neither.
    terminal.type(b"sh -c 'echo wait; exec sleep 1000'\n")
    terminal.expect(rb"\nwait")
    terminal.type(b"\x03")
    terminal.expect(prompt)
    terminal.type(b"exit %d\n" % STATUS)
    if (status := terminal.status()) != STATUS:
        terminal.fail(f"status {status}, not {STATUS}")


main()
