#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Makes the seed corpora anew: each fuzzer runs from nothing, always with the
# same random seed, and of what it finds the smallest set is kept that reaches
# the same code.
#
#	fuzz/make-corpus.sh BUILD [RUNS [TARGET...]]
#
# BUILD is a folder built by the preset "fuzz"; RUNS is 150000 if not given, TARGET
# is each of them but those that have a dictionary of their own: these read text, and
# their seeds are written by hand.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

[ $# -ge 1 ] || { echo "make-corpus.sh: a build folder is needed (--help explains)" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
build=$1
runs=${2:-150000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

names=("${@:3}")
if [ ${#names[@]} -eq 0 ]; then
	[ -f "$build/fuzz/targets" ] || { echo "make-corpus.sh: $build has no fuzz targets" >&2; exit 1; }
	while read -r name; do
		[ -e "$here/$name.dict" ] || names+=("$name")
	done <"$build/fuzz/targets"
fi
for name in "${names[@]}"; do
	binary=$build/fuzz/fuzz-$name
	[ -x "$binary" ] || { echo "$binary is missing; build preset 'fuzz'" >&2; exit 1; }
	mkdir -p "$work/$name" "$work/$name-small"
	lens=(256 1024)
	case $name in
	engine | messages | mmio | roundtrip) lens=(128 240) ;;
	virtio-crypto) lens=(64 128) ;;
	esac
	# Two passes: short inputs first, so that the set stays small.
	for max_len in "${lens[@]}"; do
		"$binary" -seed=1 -runs=$((runs / 2)) -max_len="$max_len" -len_control=0 -timeout=10 \
			-dict="$here/borders.dict" -artifact_prefix="$work/" \
			"$work/$name" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	done
	# Code reached and how often: what lies just behind that is found sooner from there.
	"$binary" -set_cover_merge=1 -use_counters=1 "$work/$name-small" "$work/$name" \
		>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	"$here/unpack.sh" --pack "$work/$name-small" "$name"
	echo "$name: $(find "$work/$name-small" -type f | wc -l) files," \
		"$(cat "$work/$name-small"/* | wc -c) bytes"
done
