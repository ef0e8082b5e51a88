#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Runs one fuzzer for a while, from the committed seeds:
#
#	fuzz/run.sh BUILD/fuzz/fuzz-ring [libFuzzer options]
#
# VCRYPTO_FUZZ_SECONDS	how long; 15 if not set, 0 for ever
# VCRYPTO_FUZZ_CORPUS	a folder to keep what it learns, for the next time; else
#			each run begins at the seeds
#
# Crashing inputs land in fuzz-artifacts/NAME/ of the folder it is started in.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '3,/^set/s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(dirname "$(readlink -f "$0")")
binary=$1
name=${binary##*/fuzz-}
shift
artifacts=$PWD/fuzz-artifacts/$name
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
corpus=${VCRYPTO_FUZZ_CORPUS:+$VCRYPTO_FUZZ_CORPUS/$name}
corpus=${corpus:-$work/corpus}
mkdir -p "$corpus" "$artifacts"
# What has a dictionary of its own reads text, where a long input is many short ones.
dict=$here/$name.dict max_len=512
[ -e "$dict" ] || dict=$here/borders.dict max_len=2048
"$here/unpack.sh" "$name" "$work/seeds"
regressions=("$here/regressions/$name")
[ -d "${regressions[0]}" ] || regressions=()

status=0
"$binary" -max_total_time="${VCRYPTO_FUZZ_SECONDS:-15}" -timeout=30 -rss_limit_mb=1024 \
	-max_len="$max_len" -print_final_stats=1 -dict="$dict" \
	-artifact_prefix="$artifacts/" "$@" \
	"$corpus" "$work/seeds" "${regressions[@]}" || status=$?
if [ $status -ne 0 ]; then
	echo "run.sh: $name failed; the input is in $artifacts." >&2
	echo "run.sh: see 'From a crash to a regression test' in fuzz/README.md" >&2
fi
exit $status
