#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Tells whether inputs, from wherever they came, make a fuzz target fail here, and how:
#
#	fuzz/reproduce.sh [--build DIR] [--no-build] TARGET INPUT...
#
# TARGET is a name (ring), which is built if it is missing or older than the sources, or
# a program (BUILD/fuzz/fuzz-ring).  It needs clang; a folder that was configured with
# another compiler replays inputs as well.
#
#	--build DIR	where to build; if not given $VCRYPTO_FUZZ_BUILD, or else the
#			folder of preset "fuzz"
#	--no-build	takes what was built there before
#
# Each input ends after a minute at most.  Exit status: 0 all passed, 1 at least one
# failed, 2 it could not be tried.  So it can be used with git bisect run.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
help_asked "$@"
while [[ ${1:-} == -* ]]; do
	common_option "$@"
	shift "$taken"
done
[ $# -ge 2 ] || die "a target and an input are needed; see --help"
target=$1
shift
check_inputs "$@"
find_target "$target"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for input; do
	status=0
	run_inputs 30 "$input" >"$work/out" 2>&1 || status=$?
	if [ $status -ge 125 ] && [ $status -le 127 ]; then
		cat "$work/out" >&2
		die "$binary cannot be started"
	elif [ $status -ne 0 ]; then
		failed=$((failed + 1))
		grep -v '^INFO: ' "$work/out" || :
		echo "FAILS: $name with $input (status $status); see above"
	else
		echo "passes: $name with $input"
	fi
done
[ $failed -eq 0 ]
