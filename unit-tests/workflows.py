#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The workflows of docs/ci/ name only what is there, and the same for both services.

	workflows.py ROOT BUILD

Each script, option, preset and label that they name exists, what they keep is what some
command writes, and the quick commands are run: scripts with --help, ctest with -N, and the
fuzzers for seconds each, where BUILD has them.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("SKIP: python3-yaml is not installed (.ci/setup.sh ci)")
    sys.exit(77)

ROOT, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
FAULTS = []
PRESETS = json.loads((ROOT / "CMakePresets.json").read_text())


def fault(text):
    FAULTS.append(text)


def run(*args):
    return subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def github(page):
    """(job, commands, paths that are kept)"""
    for name, job in page["jobs"].items():
        steps = job["steps"]
        if not job.get("runs-on") or any(("run" in s) == ("uses" in s) for s in steps):
            fault(f"{name}: no runs-on, or a step that is not one of run and uses")
        kept = [s["with"]["path"] for s in steps if "upload-artifact" in s.get("uses", "")]
        if not all(s.get("if") == "always()" for s in steps
                   if "upload-artifact" in s.get("uses", "")):
            fault(f"{name}: what failed is not kept")
        yield name, [s["run"] for s in steps if "run" in s], "\n".join(kept).split()


def gitlab(page):
    for name, job in page.items():
        if name == "default":
            continue
        artifacts = job["artifacts"]
        if artifacts.get("when") != "always":
            fault(f"{name}: what failed is not kept")
        kept = list(artifacts.get("paths", []))
        kept += [path for _, path in artifacts.get("reports", {}).items()]
        yield name, job["script"], kept


def check_script(words):
    path = ROOT / words[0]
    if not path.is_file() or not path.stat().st_mode & 0o100:
        fault(f"there is no script {words[0]}")
        return
    if path.name == "setup.sh":
        for part in words[1:]:
            if not re.search(rf"^{re.escape(part)}\(\) \{{$", path.read_text(), re.M):
                fault(f"{words[0]} has no part {part}")
        return
    told = run(words[0], "--help")
    for option in (word for word in words[1:] if word.startswith("--")):
        if told.returncode or not re.search(rf"{option}\b", told.stdout):
            fault(f"{words[0]} --help does not know {option}")


def check_preset(words):
    kind = "test" if words[0] == "ctest" else "build" if "--build" in words else "configure"
    wanted = words[words.index("--preset") + 1]
    if wanted not in [p["name"] for p in PRESETS[f"{kind}Presets"] if not p.get("hidden")]:
        fault(f"there is no {kind} preset {wanted}")
    if kind == "test":
        filters = [word for at, word in enumerate(words)
                   if word in ("-L", "-R", "-LE") or words[at - 1] in ("-L", "-R", "-LE")]
        listed = run("ctest", "--test-dir", str(BUILD), "-N", *filters)
        if not re.search(r"^Total Tests: [1-9]", listed.stdout, re.M):
            fault(f"{shlex.join(words)} selects no test")


def check_command(command):
    if run("bash", "-n", "-c", command).returncode:
        fault(f"bash does not understand: {command}")
        return
    words = shlex.split(command)
    if "/" in words[0]:
        check_script(words)
    elif words[0] in ("cmake", "ctest") and "--preset" in words:
        check_preset(words)
    else:
        fault(f"nobody knows how to check: {command}")


def written_by(commands):
    """What the commands leave: files of --output-junit, folders of --folder."""
    for words in map(shlex.split, commands):
        for at, word in enumerate(words):
            if words[at - 1] in ("--output-junit", "--folder"):
                yield word.removeprefix("$PWD/")


def fuzz(command):
    """The fuzzers of a workflow, for seconds each, as this build has them."""
    words = shlex.split(command)
    with tempfile.TemporaryDirectory() as folder:
        words[words.index("--each") + 1] = "4"
        words[words.index("--folder") + 1] = folder
        done = run(words[0], "--no-build", "--build", str(BUILD), "--seeds", "1",
                   *words[1:])
        print(done.stdout, done.stderr, sep="")
        kept = {path.name for path in pathlib.Path(folder).iterdir()}
        if done.returncode or not {"corpus", "crashes", "logs", "state"} <= kept:
            fault(f"'{shlex.join(words)}' ended with {done.returncode} and left {sorted(kept)}")


def main():
    commands = {}
    for path, read in (("github.yml", github), ("gitlab-ci.yml", gitlab)):
        jobs = list(read(yaml.safe_load((ROOT / "docs/ci" / path).read_text())))
        commands[path] = [(name, command) for name, some, _ in jobs for command in some]
        for name, some, kept in jobs:
            left = list(written_by(some))
            if not kept:
                fault(f"{path}, {name}: nothing is kept")
            for file in kept:
                if not any(file == one or file.startswith(one + "/") for one in left):
                    fault(f"{path}, {name}: keeps {file}, which no command of it writes")
    if commands["github.yml"] != commands["gitlab-ci.yml"]:
        fault("the two workflows do not run the same commands in jobs of the same names")
    every = sorted({command for some in commands.values() for _, command in some})
    for command in every:
        check_command(command)
    cache = (BUILD / "CMakeCache.txt").read_text()
    if not FAULTS and re.search(r"^VCRYPTO_HAS_LIBFUZZER:.*=1$", cache, re.M):
        for command in every:
            if command.startswith("fuzz/campaign.sh "):
                fuzz(command)
    for text in FAULTS:
        print("FAIL:", text)
    print(f"{len(every)} commands")
    return 1 if FAULTS or len(every) < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
