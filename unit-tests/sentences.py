#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Sentences of the pages have so many words on average, at most.

	sentences.py ROOT

Tables, headings, drawings and code are none.  Code within a sentence is a word.
"""
import pathlib
import re
import subprocess
import sys

WORDS = 18


def paragraphs(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    text = re.sub(r"^\s*[|#].*$", "\n", text, flags=re.M)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)	# links: what is read
    text = re.sub(r"`[^`]*`", "X", text)
    return re.split(r"\n\s*\n|\n\s*(?=[-*] |\d+\. )", text)


def sentences(text):
    """The number of words of each."""
    for paragraph in paragraphs(text):
        for sentence in re.split(r"(?<=[.!?:])\s+(?=[A-Z*(])", " ".join(paragraph.split())):
            count = len(re.findall(r"[\w'./-]+", sentence))
            if count > 2:
                yield count, sentence


def main():
    if sys.argv[1:] == ["--help"]:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("sentences.py: a folder is needed (--help explains)", file=sys.stderr)
        sys.exit(2)
    root = pathlib.Path(sys.argv[1])
    listed = subprocess.run(["git", "-C", root, "ls-files", "*.md"], capture_output=True,
                            text=True, check=False)
    if listed.returncode:
        print("SKIP: not a checkout, so nobody knows which files belong to it")
        sys.exit(77)
    names = [name for name in listed.stdout.split("\n") if name and (root / name).exists()]
    if len(names) < 10:
        sys.exit(f"sentences.py: only {len(names)} pages found")
    failed = total = 0
    for name in names:
        found = sorted(sentences((root / name).read_text()), reverse=True)
        total += len(found)
        average = sum(count for count, _ in found) / max(len(found), 1)
        if average > WORDS:
            failed += 1
            print(f"FAIL: {name}: {average:.1f} words a sentence, {WORDS} are allowed. Longest:")
            for count, sentence in found[:3]:
                print(f"\t{count}: {sentence[:80]}...")
    print(f"{total} sentences in {len(names)} pages")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
