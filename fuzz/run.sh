#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Runs one fuzzer for a while, from the committed seeds:
#
#	fuzz/run.sh TARGET [libFuzzer options]
#
# TARGET is a name (ring), which is built, or a program (BUILD/fuzz/fuzz-ring).
#
# VCRYPTO_FUZZ_SECONDS	how long; 15 if not set, 0 for ever
# VCRYPTO_FUZZ_CORPUS	a folder to keep what it learns, for the next time; else
#			each run begins at the seeds
# VCRYPTO_FUZZ_BUILD	where to build; if not set the folder of preset "fuzz"
#
# Crashing inputs land in fuzz-artifacts/NAME/ of the folder it is started in.
# Exit status: the fuzzer's, 0 if nothing was found; 2 if it could not be started.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
[ $# -ge 1 ] || { usage >&2; exit 2; }
case $1 in
-h | --help) usage; exit 0 ;;
-*) die "the target comes first; see --help" ;;
esac
find_target "$1"
shift
[[ $binary != *-replay ]] ||
	die "$binary only replays inputs; libFuzzer needs a build with clang (preset fuzz)"
artifacts=$PWD/fuzz-artifacts/$name
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
corpus=${VCRYPTO_FUZZ_CORPUS:+$VCRYPTO_FUZZ_CORPUS/$name}
corpus=${corpus:-$work/corpus}
mkdir -p "$corpus" "$artifacts"
limits_of "$name"
"$fuzz/unpack.sh" "$name" "$work/seeds"
regressions=("$fuzz/regressions/$name")
[ -d "${regressions[0]}" ] || regressions=()

status=0
touch "$work/start"
"$binary" -max_total_time="${VCRYPTO_FUZZ_SECONDS:-15}" -timeout=30 -rss_limit_mb=1024 \
	-max_len="$max_len" -print_final_stats=1 -dict="$dict" \
	-artifact_prefix="$artifacts/" "$@" \
	"$corpus" "$work/seeds" "${regressions[@]}" || status=$?
[ $status -ne 0 ] || exit 0
found=$(find "$artifacts" -type f -newer "$work/start" ! -name 'slow-unit-*' -print -quit)
if [ -z "$found" ]; then
	echo "run.sh: $name ended with status $status and left no input; see above" >&2
	exit $status
fi
echo "run.sh: $name failed; the input is $found" >&2
echo "run.sh: see 'From a crash to a regression test' in fuzz/README.md, or at once:" >&2
echo "	fuzz/reproduce.sh $name $found" >&2
echo "	fuzz/minimise.sh $name $found" >&2
exit $status
