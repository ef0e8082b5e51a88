#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which reports of the thread sanitizer are about our code (see tsan.sh).

    tsan.py FOLDER

FOLDER has its logs, report.PID.  Prints the reports that are left, and how many there were; exit status 1 if any is left.
"""
import pathlib
import re
import sys

OURS = re.compile(r"vcrypto|cryptodev")
# A processor of the guest's has read or written the guest's memory.
GUEST = re.compile(r"accel/tcg/")
# QEMU's lists of handlers may be changed from other threads; flags in them are plain ones.  And an assertion looks at a
# count of references that others change.
KNOWN = re.compile(r"util/(aio|fdmon)-\w+\.c|qom/object\.c")
# Where the two accesses end and the description of what and who begins.
REST = re.compile(r"\n  (?:Location|Mutex M|Thread T)")


def accesses(report):
    """The stacks of the two accesses; of each its frames, innermost first."""
    stacks = REST.split(report)[0].split("\n\n")
    return [frames for frames in (re.findall(r"#\d+ (.*)", stack) for stack in stacks) if frames]


def is_ours(report):
    stacks = accesses(report)
    if not any(OURS.search(frame) for frames in stacks for frame in frames):
        return False
    if any(GUEST.search(frame) for frames in stacks for frame in frames[:6]):
        return False
    # The access itself, not who has called it.
    return not all(KNOWN.search(" ".join(frames[:2])) for frames in stacks)


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print("tsan.py: a folder is needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    count, ours = 0, []
    for log in pathlib.Path(sys.argv[1]).glob("report.*"):
        for report in log.read_text(errors="replace").split("==================\n"):
            if "WARNING: ThreadSanitizer" in report:
                count += 1
                ours += [report] if is_ours(report) else []
    for report in ours:
        print(report)
    print(f"{count} reports, {len(ours)} of them about our code")
    # It always finds something in QEMU; if not, it was not at work.
    return 1 if ours or not count else 0


if __name__ == "__main__":
    sys.exit(main())
