#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Runs the scripts of this folder, in a small tree of their own, on a target that was
# planted there and fails as told:
#
#	fuzz/test-scripts.sh CC libfuzzer|replay
#
# replay: with a compiler that has no libFuzzer, only what works without.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

[ $# -eq 2 ] || { echo "test-scripts.sh: two arguments are needed (--help explains)" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
cc=$1 kind=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
unset VCRYPTO_FUZZ_BUILD VCRYPTO_FUZZ_CORPUS VCRYPTO_FUZZ_SECONDS

fail() {
	[ ! -e said ] || sed 's/^/	/' said
	echo "FAIL: $*"
	exit 1
}

# expect STATUS TEXT COMMAND...: it ends with the status, and says the text.
expect() {
	local status=0 want=$1 text=$2
	shift 2
	timeout 120 "$@" >said 2>&1 </dev/null || status=$?
	[ $status -eq "$want" ] || fail "'$*' ended with $status, not $want"
	grep -qF -- "$text" said || fail "'$*' does not say '$text'"
}

unsaid() {
	! grep -qF -- "$1" said || fail "it says '$1'"
}

# The tree: two targets; one fails if the letters b, u, g come in this order, and in
# another way if the input is a b alone.
mkdir -p fuzz/corpus
cp "$here"/*.sh "$here/replay.c" "$here/fuzz.h" "$here/input.h" "$here"/*.dict fuzz/
cp "$here/../CMakePresets.json" .
cat >fuzz/planted.c <<-'END'
	#include "fuzz.h"

	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
	{
		const uint8_t *at = data, *end = data + size;

		CHECK(size != 1 || *data != 'b');
		while (at < end && *at != 'b')
			at++;
		while (at < end && *at != 'u')
			at++;
		while (at < end && *at != 'g')
			at++;
		reached_count(at > data);
		CHECK(at == end);
		return 0;
	}
END
sed '/CHECK/d; s/return 0/return 0 * (at == end)/' fuzz/planted.c >fuzz/sound.c
cat >CMakeLists.txt <<-'END'
	cmake_minimum_required(VERSION 3.25)
	project(planted C)
	add_subdirectory(fuzz)
END
cat >fuzz/CMakeLists.txt <<-END
	set(VCRYPTO_HAS_LIBFUZZER $([ "$kind" = libfuzzer ] && echo 1 || echo "") CACHE INTERNAL "")
	foreach(name sound planted)
		if(VCRYPTO_HAS_LIBFUZZER)
			add_executable(fuzz-\${name} \${name}.c)
			target_compile_options(fuzz-\${name} PRIVATE -fsanitize=fuzzer)
			target_link_options(fuzz-\${name} PRIVATE -fsanitize=fuzzer)
		else()
			add_executable(fuzz-\${name}-replay \${name}.c replay.c)
			target_compile_definitions(fuzz-\${name}-replay PRIVATE _GNU_SOURCE)
		endif()
	endforeach()
	file(WRITE \${CMAKE_CURRENT_BINARY_DIR}/targets "sound\nplanted\n")
END
mkdir seeds
echo dull >seeds/dull
fuzz/unpack.sh --pack seeds planted
fuzz/unpack.sh --pack seeds sound
# Seeds go into a folder that has nothing else, and of one that has, nothing is lost.
fuzz/unpack.sh sound unpacked
cmp seeds/dull unpacked/dull || fail "unpack.sh: another seed"
echo mine >unpacked/.mine
expect 1 "unpacked is not empty" fuzz/unpack.sh sound unpacked
grep -qx mine unpacked/.mine || fail "unpack.sh: a file is gone"
printf '%40s a b, words, then u, and at last g %40s' '' '' >crash

# What is missing is said; no input is blamed for it.
for script in run reproduce minimise campaign; do
	expect 0 "fuzz/$script.sh" fuzz/$script.sh --help
done
expect 2 "there is no program build/nowhere/fuzz-planted" fuzz/run.sh build/nowhere/fuzz-planted
grep -qF "cmake --build --preset fuzz" said || fail "it does not say how to build"
unsaid "the input is"
expect 2 "there is no program ./fuzz-planted" fuzz/minimise.sh ./fuzz-planted crash
expect 2 "there is no input nothing" fuzz/reproduce.sh planted nothing
expect 2 "seeds is a folder" fuzz/minimise.sh planted seeds
expect 2 "a target and an input" fuzz/minimise.sh planted
expect 2 "no option '--odd'" fuzz/reproduce.sh --odd planted crash
expect 2 "needs a number" fuzz/minimise.sh --seconds 0 planted crash
expect 2 "has no fuzz targets" fuzz/reproduce.sh --no-build planted crash

# The first one builds, into the folder of the preset; or where it is told.
if [ "$kind" = libfuzzer ]; then
	expect 1 "FAILS: planted" fuzz/reproduce.sh planted crash
	cmake --preset fuzz >said 2>&1 || fail "the preset cannot be configured"
	folder=$(sed -n 's/^-- Build files have been written to: //p' said)
	[ -x "$folder/fuzz/fuzz-planted" ] || fail "nothing was built in $folder"
else
	folder=$tree/build/mine
	cmake -S . -B "$folder" -DCMAKE_C_COMPILER="$cc" >said 2>&1 || fail "no build"
	export VCRYPTO_FUZZ_BUILD=$folder
	expect 1 "FAILS: planted" fuzz/reproduce.sh planted crash
	expect 2 "only replays" fuzz/run.sh planted
fi
expect 1 "broken promise: at == end" \
	fuzz/reproduce.sh --no-build --build "$folder" planted crash
expect 0 "passes: sound" fuzz/reproduce.sh sound crash
expect 1 "passes: planted with seeds/dull" fuzz/reproduce.sh planted crash seeds/dull
expect 2 "there is no target 'plonted'; there are: sound planted" fuzz/reproduce.sh plonted crash

# As short as can be, and not another fault: a b alone is shorter.
expect 0 "bytes became 3" fuzz/minimise.sh planted crash small
[ "$(cat small)" = bug ] || fail "small is '$(cat small)'"
program=$(echo "$folder"/fuzz/fuzz-planted*)
expect 0 "3 bytes became 3" fuzz/minimise.sh "$program" small
cmp -s small small.small || fail "the second time the result differs"
expect 1 "does not fail" fuzz/minimise.sh sound crash
printf b >another
expect 0 "1 bytes became 1" fuzz/minimise.sh planted another
grep -qF "size != 1" said || fail "it does not say how it fails"

# seconds_of TARGET: what the table that was said has of it.
seconds_of() {
	awk -v name="$1" '$1 == name { print $2 }' said
}

expect 2 "is needed" fuzz/campaign.sh
expect 2 "is needed" fuzz/campaign.sh --each 1 0.1
expect 2 "no number of hours" fuzz/campaign.sh soon
expect 2 "needs a number" fuzz/campaign.sh --seconds 1.5
expect 2 "there is no target 'plonted'" fuzz/campaign.sh --targets sound,plonted 1
if [ "$kind" = replay ]; then
	expect 2 "has no fuzzers" fuzz/campaign.sh 1
else
	expect 2 "too few" fuzz/campaign.sh --seconds 1 --jobs 1
	# Ends on time, finds what is planted, and says how to go on, which works.
	start=$SECONDS
	expect 1 "What was found" fuzz/campaign.sh --seconds 5 --jobs 2 --seeds 2 --folder found
	[ $((SECONDS - start)) -le 40 ] || fail "it took $((SECONDS - start)) s instead of 5"
	grep -qE '^planted .* [1-9][0-9]* +[0-9.]+ %$|^planted .* [1-9][0-9]* +-$' said ||
		fail "the table has no crash of planted"
	grep -qE '^sound +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[0-9]+ +0 +[0-9.]+ %$' \
		said || fail "the table has not all of sound"
	grep -qE '^sound, seed 1: [0-9]+ s, [1-9][0-9]* executions, [1-9][0-9]* edges, [0-9]+ new' said ||
		fail "it does not tell of each run"
	read -ra commands < <(grep -m1 "fuzz/reproduce.sh planted $tree/found/crashes/" said)
	expect 1 "FAILS: planted" "${commands[@]}"
	# Stopped and resumed: the time counts, and what was learnt is there.
	# What a script starts with & would ignore Ctrl-C.
	env --default-signal=INT fuzz/campaign.sh --seconds 60 --jobs 1 --seeds 1 \
		--targets sound --folder two >said 2>&1 &
	sleep 3
	for _ in {1..50}; do
		[ -z "$(ls two/corpus/sound 2>/dev/null)" ] || break
		sleep 1
	done
	kill -INT $!
	status=0
	wait $! || status=$?
	[ $status -eq 130 ] || fail "stopped with Ctrl-C it ended with $status"
	grep -q "the same command goes on" said || fail "it does not say that it goes on"
	first=$(seconds_of sound)
	[ "$first" -ge 1 ] || fail "nothing was done"
	[ -n "$(ls two/corpus/sound)" ] || fail "nothing was learnt"
	printf 'sound 2 7' >>two/state
	expect 0 "going on with" fuzz/campaign.sh --seconds $((first + 3)) --jobs 1 --seeds 9 \
		--targets sound --folder two
	second=$(seconds_of sound)
	if [ "$second" -le "$first" ] || [ "$second" -gt $((first + 13)) ]; then
		fail "$first s were spent, $((first + 3)) asked for, and $second told"
	fi
	expect 0 "sound" fuzz/campaign.sh --each 1 --targets sound --folder two
	unsaid "going on with"
	# Nor is a target that had no time: here it was spent before.
	mkdir four
	echo "planted 1 100 1 1 1 - 0" >four/state
	expect 2 "there was no time for sound" fuzz/campaign.sh --seconds 40 --jobs 2 --folder four
	# A fuzzer that cannot run is not a pass.
	mkdir -p broken/fuzz
	cp "$folder/CMakeCache.txt" broken
	cp "$folder/fuzz/targets" broken/fuzz
	printf '#!/bin/sh\necho no library\nexit 77\n' >broken/fuzz/fuzz-sound
	chmod +x broken/fuzz/fuzz-sound
	expect 2 "left no input" fuzz/campaign.sh --no-build --build broken --seconds 2 --jobs 1 \
		--targets sound --folder three
fi

# What was mended is built before it is tried.
sed -i 's/at == end/end/' fuzz/planted.c
expect 0 "passes: planted" fuzz/reproduce.sh planted crash
expect 0 "passes: planted" fuzz/reproduce.sh --no-build planted crash
echo "as expected"
