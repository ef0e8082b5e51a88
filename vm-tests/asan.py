#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which reports of the sanitizers are to be looked at (see asan.sh).

    asan.py FOLDER

FOLDER has their logs, report.PID.  Prints the reports that are left, and how many there were; exit status 1 if any is left.
"""
import pathlib
import re
import sys

UNDEFINED = re.compile(r"runtime error: ")
# Ours, in QEMU's folder or the library's; the checkout may lie in a folder with a name like that.
OURS = re.compile(r"hw/vcrypto/|libvcrypto/(?:backends|core|formats|ring|small-devices|\w+\.c)")
LEAK = re.compile(r"(?:Direct|Indirect) leak of ")


def reports(log):
    """Each leak, and each line that is undefined, with its stack; what is wrong with an address is all that follows."""
    log, error, address = log.partition("ERROR: AddressSanitizer")
    found = [part for part in log.split("\n\n") if LEAK.search(part)]
    found += re.findall(r".*runtime error: .*(?:\n +#.*)*", log)
    # It could not look, which is no better.
    found += re.findall(r".*LeakSanitizer has encountered a fatal error.*", log)
    return found + ([error + address] if error else [])


def matters(report):
    # What is undefined in QEMU's own code is not: where it is, and who has called that.
    return not UNDEFINED.search(report) or any(OURS.search(line) for line in report.splitlines()[:4])


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print("asan.py: a folder is needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    logs = list(pathlib.Path(sys.argv[1]).glob("report.*"))
    found = [report for log in logs for report in reports(log.read_text(errors="replace"))]
    left = [report for report in found if matters(report)]
    for report in left:
        print(report, end="\n\n")
    print(f"{len(found)} reports, {len(left)} of them to be looked at")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
