#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Builds as OSS-Fuzz does, without its containers, and runs what came of it on the seeds:
#
#	fuzz/oss-fuzz/test.sh libfuzzer|afl|afl-option|file
#
#	libfuzzer	clang, -fsanitize=fuzzer
#	afl		afl-clang-fast, the driver as a file; then afl-fuzz itself
#	afl-option	afl-clang-fast, -fsanitize=fuzzer
#	file		gcc and an engine that is nothing but a file
#
# Exit status 77: the engine is not here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"

[ $# -eq 1 ] || { echo "test.sh: an engine is needed (--help explains)" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
engine=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
driver=/usr/lib/afl/libAFLDriver.a
# OSS-Fuzz's own, as far as clang 14 knows them.
common='-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION'
sanitize='-fsanitize=address -fsanitize-address-use-after-scope'
export OUT=$work/out WORK=$work/work
export AFL_QUIET=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_BENCH_UNTIL_CRASH=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1

skip() {
	echo "SKIP: $*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	exit 1
}

# Installed by .ci/setup.sh ci.
case $engine in
afl*) command -v afl-clang-fast >/dev/null || skip "afl++ is not installed" ;;
libfuzzer) command -v clang++ >/dev/null || skip "clang is not installed" ;;
file) command -v g++ >/dev/null || skip "g++ is not installed" ;;
*) fail "there is no engine '$engine'" ;;
esac
case $engine in
libfuzzer)
	export CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer
	export CFLAGS="$common $sanitize -fsanitize=fuzzer-no-link"
	;;
afl)
	[ -f $driver ] || skip "afl++ has no $driver"
	export CC=afl-clang-fast CXX=afl-clang-fast++ LIB_FUZZING_ENGINE=$driver
	export CFLAGS="$common $sanitize"
	;;
afl-option)
	export CC=afl-clang-fast CXX=afl-clang-fast++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer
	export CFLAGS="$common"
	;;
file)
	export CC=gcc CXX=g++ CFLAGS="-O1 -g -fsanitize=undefined"
	gcc -D_GNU_SOURCE -c "$here/../replay.c" -o "$work/engine.o"
	ar rcs "$work/engine.a" "$work/engine.o"
	export LIB_FUZZING_ENGINE=$work/engine.a
	;;
esac
export CXXFLAGS=$CFLAGS

# As the container does it, where that is a link.
ln -s "$here/build.sh" "$work/build.sh"
(cd "$work" && bash -eu "$work/build.sh")
[ -z "$(find "$WORK" -name '*.so*')" ] || fail "a shared library was built"
mapfile -t names <"$WORK/vcrypto/fuzz/targets"
[ ${#names[@]} -ge 4 ] || fail "only ${#names[@]} targets: ${names[*]}"
[ "$(find "$OUT" -type f | wc -l)" -eq $((4 * ${#names[@]})) ] ||
	fail "$(ls "$OUT") is not four files for each target"

for name in "${names[@]}"; do
	program=$OUT/fuzz-$name seeds=$work/seeds/$name
	mkdir -p "$seeds"
	(cd "$seeds" && cmake -E tar xf "${program}_seed_corpus.zip")
	[ -n "$(ls "$seeds")" ] || fail "${program}_seed_corpus.zip is empty"
	[ -s "$program.dict" ] || fail "$program.dict is missing or empty"
	max_len=$(sed -n '/^\[libfuzzer\]$/,$s/^max_len = //p' "$program.options")
	[ "${max_len:-0}" -ge 64 ] || fail "$program.options does not say max_len"
	! ldd "$program" | grep -E 'crypto|jansson|nettle|vcrypto' ||
		fail "$program needs libraries that are not where it runs"
	status=0
	case $engine in
	libfuzzer)
		timeout 60 "$program" -max_total_time=1 -max_len="$max_len" -timeout=30 \
			-dict="$program.dict" -artifact_prefix="$work/" \
			-print_final_stats=1 "$seeds" >"$work/log" 2>&1 || status=$?
		ran=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
		;;
	*)
		timeout 120 "$program" "$seeds"/* </dev/null >"$work/log" 2>&1 || status=$?
		ran=$(find "$seeds" -type f | wc -l)
		;;
	esac
	if [ "$engine" = afl ] && [ $status -eq 0 ]; then
		timeout 180 afl-fuzz -V 1 -t 5000+ -i "$seeds" -o "$work/afl" -x "$program.dict" \
			-- "$program" >"$work/log" 2>&1 || status=$?
		ran=$(sed -n 's/^execs_done *: *//p' "$work/afl/default/fuzzer_stats")
		[ -z "$(find "$work/afl" -path '*/crashes/id*')" ] || status=1
		rm -rf "$work/afl"
	fi
	[ $status -eq 0 ] || { cat "$work/log"; fail "$name ended with $status"; }
	[ "${ran:-0}" -ge "$(find "$seeds" -type f | wc -l)" ] ||
		{ cat "$work/log"; fail "$name ran ${ran:-no} inputs, fewer than it has seeds"; }
	echo "$name: $ran inputs"
done
