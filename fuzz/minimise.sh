#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Makes an input that fails as short as it can be, with as many zeros (which mean the
# dull choice) as it can have, so that it still fails in the same way:
#
#	fuzz/minimise.sh [--build DIR] [--no-build] [--seconds N] TARGET INPUT [OUTPUT]
#
# OUTPUT is INPUT.small if not given.  TARGET, --build and --no-build: as for
# reproduce.sh.
#
#	--seconds N	ends after so long, with the best so far; 120 if not given
#
# The same input always gives the same output.  It can be given the output again.
# Exit status: 0 done, 1 the input does not fail, 2 it could not be tried, 130 stopped
# with Ctrl-C, and OUTPUT has the best so far.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
help_asked "$@"
seconds=120
while [[ ${1:-} == -* ]]; do
	case $1 in
	--seconds) number_option "$@" && seconds=$number ;;
	*) common_option "$@" ;;
	esac
	shift "$taken"
done
[ $# -eq 2 ] || [ $# -eq 3 ] || die "a target and an input are needed; see --help"
input=$2 output=${3:-$2.small}
check_inputs "$input"
find_target "$1"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
best=$work/best
runs=0 deadline=0
# Where the code is matters, not its name: most of a failing run would be the symbolizer.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}symbolize=0
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}symbolize=0

# How the target failed with a file: the first line that says so, without what depends on
# the run; nothing if it passed.
failure() {
	local status=0
	run_inputs 5 "$1" >"$work/out" 2>&1 || status=$?
	[ $status -ne 0 ] || return 0
	sed -E -n -e 's/^.*Assertion .* failed/&/p; t' \
		-e 's/^(.*: broken promise: .*)$/\1/p; t' \
		-e 's/^(.*: runtime error: ).*$/\1/p; t' \
		-e 's/^SUMMARY: .*$/&/p' "$work/out" >"$work/lines"
	head -n 1 "$work/lines" | grep . || echo "status $status"
}

# first_failing FILE...: sets hit to the first that fails in the same way.  Few do, so all
# go into one run of the program: to start it takes longer than an input.
first_failing() {
	local last
	hit=
	while [ $# -gt 0 ] && ! time_is_up; do
		runs=$((runs + 1))
		! run_inputs 5 "$@" >"$work/out" 2>&1 || return 0
		last=$(sed -nE 's/^(Running|replay): //p' "$work/out" | tail -n 1)
		while [ $# -gt 0 ] && [ "$1" != "$last" ]; do
			shift
		done
		[ $# -gt 0 ] || return 0
		# Alone, too?
		runs=$((runs + 1))
		if [ "$(failure "$1")" = "$wanted" ]; then
			hit=$1
			return 0
		fi
		shift
	done
}

time_is_up() {
	[ "$SECONDS" -ge "$deadline" ]
}

# candidate HOW AT LEN: the best with LEN bytes at AT cut or zeroed, as a file AT of
# $work/try; status 1 if that changes nothing.
candidate() {
	local how=$1 at=$2 len=$3
	[ "$how" = cut ] ||
		tail -c +$((at + 1)) "$best" | head -c "$len" | tr -d '\0' | grep -qa . || return 1
	{
		head -c "$at" "$best"
		[ "$how" = cut ] || head -c "$len" /dev/zero
		tail -c +$((at + len + 1)) "$best"
	} >"$work/try/$at"
}

# change HOW CHUNK: tries to cut or zero each chunk, from the end, so that what was
# decided before it stays what it was.  Status 0 if one was.
change() {
	local how=$1 chunk=$2 at=$size len any=1 files
	while [ "$at" -gt 0 ] && ! time_is_up; do
		files=()
		while [ "$at" -gt 0 ] && [ ${#files[@]} -lt 40 ]; do
			len=$((at < chunk ? at : chunk))
			at=$((at - len))
			! candidate "$how" $at $len || files+=("$work/try/$at")
		done
		first_failing "${files[@]}"
		[ -n "$hit" ] || continue
		mv "$hit" "$best"
		size=$(stat -c %s "$best")
		at=${hit##*/} any=0
	done
	return $any
}

finish() {
	cp "$best" "$output"
	echo "$name: $before bytes became $size, in $runs runs and $SECONDS s: $output"
	od -A d -t x1z "$output" | head -n 8
	echo "It fails with: $wanted"
	echo "	fuzz/reproduce.sh $name $output"
}

cp -- "$input" "$best"
size=$(stat -c %s "$best") before=$(stat -c %s "$best")
wanted=$(failure "$best")
if [ -z "$wanted" ]; then
	echo "$me: $name does not fail with $input" >&2
	exit 1
fi
trap 'finish; exit 130' INT TERM
SECONDS=0 deadline=$seconds
mkdir "$work/try"
again=yes
while [ $again = yes ] && ! time_is_up; do
	again=no
	for how in cut zero; do
		chunk=$(((size + 1) / 2))
		while [ $chunk -gt 0 ]; do
			# What was zeroed may be cut now, and the other way round.
			! change $how $chunk || again=yes
			chunk=$((chunk / 2))
		done
	done
done
finish
! time_is_up || echo "Time was up; go on with: fuzz/minimise.sh $name $output"
