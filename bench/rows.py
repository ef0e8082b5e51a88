#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Says what bench/all.sh has measured beside what the project aims at.

	rows.py FILE

FILE is its JSON.  Prints a table: what is measured, as a ratio or a count from one run, the aim, what was reached,
and whether that is enough.  What was not measured says so.
"""
import json
import pathlib
import re
import sys

BACKEND = "mixed"


def engine(results, mode, requests, size):
    """A request's speed by that of the bare loop of libcrypto."""
    cells = results[f"engine {mode} {BACKEND}"]
    return next(cell["ratio"] for cell in cells if (cell["bytes"], cell["requests"]) == (size, requests))


def words(results, name, *first):
    """The line of a program's table that begins with these words."""
    return next(line.split() for line in results[name] if line.split()[:len(first)] == [*first])


def call(results, name, what, size):
    return float(words(results, name, what, str(size))[-1])


def note(results, name, pattern):
    """The greatest number of the notes that a test has made."""
    numbers = [int(found[1]) for line in results[name] if (found := re.search(pattern, line))]
    if not numbers:
        raise KeyError(pattern)
    return max(numbers)


def alone(results, name, size, column):
    """The multi-buffer library by libcrypto, without ring and engine: the most there is to reach here."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in results["break_even"]]
    return float(next(line[column] for line in lines if line[:2] == [name, str(size)]))


def many_sessions(results):
    """The dearest request of one session beside 65,535 others, for every backend and kind."""
    return max(float(line.split("|")[-1].split()[0]) for line in results["sessions"][3:] if "|" in line)


def session_bytes(results, backend):
    """A session of AES-256-CBC that has been used in one direction."""
    line = next(line for line in results["sessions"] if line.startswith(backend) and "cbc(aes-256) " in line)
    return int(line.split("|")[1].split()[1])


def two_threads(results, ratio):
    return min(cell[ratio] for cell in results["threads"])


# An aim in words, and how much of it something is: 1 and more is enough.
def at_least(aim):
    return f"at least {aim:g}", lambda reached: reached / aim


def at_most(aim):
    return f"at most {aim:g}", lambda reached: aim / reached if reached else 1


# Whatever it is; it stands there to be compared with.
NONE = "", None


# Row, what it is, the aim, and how it is found.
ROWS = [
    ("1", "AES-128-CBC encryption, 32 of 1 KiB, by bare libcrypto", at_least(8.5), lambda r: engine(r, "cbc", 32, 1024)),
    ("", "the library by itself", NONE, lambda r: alone(r, "AES-CBC, encrypt", 1024, 4)),
    ("1", "AES-128-CBC encryption, 32 of 4 KiB, by bare libcrypto", at_least(11), lambda r: engine(r, "cbc", 32, 4096)),
    ("", "the library by itself", NONE, lambda r: alone(r, "AES-CBC, encrypt", 4096, 4)),
    ("2", "AES-128-CTR, one of 1 KiB", at_least(4.0), lambda r: engine(r, "ctr", 1, 1024)),
    ("", "the library by itself", NONE, lambda r: alone(r, "AES-CTR", 1024, 3)),
    ("2", "AES-128-CTR, one of 16 KiB", at_least(4.0), lambda r: engine(r, "ctr", 1, 16384)),
    ("", "the library by itself", NONE, lambda r: alone(r, "AES-CTR", 16384, 3)),
    ("2", "AES-128-GCM, one of 1 KiB", at_least(3.8), lambda r: engine(r, "gcm", 1, 1024)),
    ("", "the library by itself", NONE, lambda r: alone(r, "AES-GCM, encrypt", 1024, 3)),
    ("2", "AES-128-GCM, one of 16 KiB", at_least(3.8), lambda r: engine(r, "gcm", 1, 16384)),
    ("", "the library by itself", NONE, lambda r: alone(r, "AES-GCM, encrypt", 16384, 3)),
    ("3", "HMAC-SHA-256, 32 of 1 KiB", at_least(2.6), lambda r: engine(r, "hmac", 32, 1024)),
    ("", "the library by itself", NONE, lambda r: alone(r, "HMAC-SHA2-256", 1024, 4)),
    ("4", "any algorithm, batch and length, by libcrypto alone: the worst", at_least(0.98), lambda r: r["walk"]["worst"]),
    ("5", "two queues on two threads by one: the worst", at_least(1.9), lambda r: two_threads(r, "ratio")),
    ("", "two threads of libcrypto alone, in turns with these", NONE, lambda r: two_threads(r, "bare_ratio")),
    ("6", "VM, two threads of a program by one, 64 bytes", at_least(1.2), lambda r: call(r, "calls", "threads", 64)),
    ("6", "VM, two threads of a program by one, 16 KiB", at_least(1.7),
     lambda r: call(r, "calls", "threads", 16384)),
    ("6", "VM, two threads by one, two queues with IOThreads, 64 bytes", at_least(1.2),
     lambda r: call(r, "calls, iothreads", "threads", 64)),
    ("6", "VM, two threads by one, two queues with IOThreads, 16 KiB", at_least(1.7),
     lambda r: call(r, "calls, iothreads", "threads", 16384)),
    ("7", "VM, asynchronous, 32 in flight by one, 64 bytes", at_least(3), lambda r: call(r, "calls", "async", 64)),
    ("7", "VM, asynchronous, 32 in flight by one, 1 KiB", at_least(3),
     lambda r: call(r, "calls", "async", 1024)),
    ("7", "VM, 32 in flight by one, two queues with IOThreads, 64 bytes", at_least(3),
     lambda r: call(r, "calls, iothreads", "async", 64)),
    ("7", "VM, 32 in flight by one, two queues with IOThreads, 1 KiB", at_least(3),
     lambda r: call(r, "calls, iothreads", "async", 1024)),
    ("8", "VM, notifications of a TLS 1.2 handshake", at_most(160),
     lambda r: note(r, "tls", r"handshake: (\d+) notifications")),
    ("9", "VM, a session made and freed by a call of 64 bytes", at_most(0.8), lambda r: call(r, "calls", "session", 64)),
    ("10", "a request among 65,536 sessions by one alone: the worst", at_most(1.05), many_sessions),
    ("10", "bytes of a session, AES-256-CBC, libcrypto", NONE, lambda r: session_bytes(r, "libcrypto")),
    ("10", "bytes of a session, AES-256-CBC, " + BACKEND, NONE, lambda r: session_bytes(r, BACKEND)),
    ("11", "VM, the module's allocations in 200 calls of up to 4 KiB", at_most(0),
     lambda r: note(r, "allocations", r"(?: 64| 512| 4096) bytes: (\d+) allocations of the module")),
]


def lines(results):
    """Row, measure, aim, what was reached or None, and by how much of the aim, or None."""
    for row, what, (aim, share), find in ROWS:
        try:
            reached = find(results)
        except (KeyError, StopIteration):
            yield row, what, aim, None, None
            continue
        yield row, what, aim, reached, share(reached) if share else None


def main():
    if sys.argv[1:] == ["--help"]:
        print(__doc__.strip())
        return
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: rows.py FILE (--help explains)", file=sys.stderr)
        sys.exit(2)
    measured = json.loads(pathlib.Path(sys.argv[1]).read_text())
    print(f"{measured['processor']}, Linux {measured['kernel']}\n")
    print("| row | measure | aim | reached | met |\n| ---: | --- | --- | ---: | --- |")
    for row, what, aim, reached, share in lines(measured["results"]):
        met = "" if share is None else "yes" if share >= 1 else "NO"
        print(f"| {row} | {what} | {aim} | {'not measured' if reached is None else f'{reached:g}'} | {met} |")


if __name__ == "__main__":
    main()
