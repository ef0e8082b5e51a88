#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Replays the committed inputs with coverage, and fails if they reach fewer
# lines than coverage-floor.txt demands:
#
#	fuzz/coverage.sh [BUILD FOLDER]
#
# Exit status 77: the tools are not here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

here=$(dirname "$(readlink -f "$0")")
build=${1:-$here/../build/fuzz-coverage}

skip() {
	echo "skipped: $*"
	exit 77
}

command -v clang >/dev/null || skip "clang is not installed"
# The tools of the compiler's own version, which lie beside it.
profdata=$(clang -print-prog-name=llvm-profdata)
cov=$(clang -print-prog-name=llvm-cov)
for tool in "$profdata" "$cov"; do
	[ -x "$tool" ] || skip "$tool for $(clang --version | head -n 1) is missing (package llvm)"
done

mkdir -p "$build"
if ! {
	cmake -S "$here/.." -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang \
		-DCMAKE_BUILD_TYPE=Debug -DVCRYPTO_FUZZ_COVERAGE=ON \
		-DVCRYPTO_TESTS=OFF -DVCRYPTO_BENCH=OFF -DVCRYPTO_KAT=OFF &&
	cmake --build "$build" --target fuzz-replay
} >"$build/log" 2>&1; then
	cat "$build/log"
	exit 1
fi

shopt -s nullglob
objects=()
mapfile -t names <"$build/fuzz/targets"
for name in "${names[@]}"; do
	binary=$build/fuzz/fuzz-$name-replay
	rm -rf "$build/corpus/$name"
	"$here/unpack.sh" "$name" "$build/corpus/$name"
	LLVM_PROFILE_FILE=$build/$name.profraw "$binary" \
		"$build/corpus/$name" "$here/regressions/$name"/*
	objects+=(-object "$binary")
done
"$profdata" merge -o "$build/all.profdata" "$build"/*.profraw
"$cov" report "${objects[@]:1}" -instr-profile="$build/all.profdata" \
	"$here/../libvcrypto/core" "$here/../libvcrypto/formats" \
	"$here/../libvcrypto/ring" "$here/../libvcrypto/engine.c" \
	"$here/../libvcrypto/backends" \
	"$here/../libvcrypto/small-devices" \
	"$here/../examples/riscv-emu/virtio-mmio.c" >"$build/report"

# Names are relative to the root; column 10 is line coverage.
awk '
	FILENAME == ARGV[1] { if ($1 !~ /^#/ && NF) floor[$1] = $2; next }
	{ name = $1; sub(/^libvcrypto\//, "", name) }
	name in floor {
		seen[name] = 1
		low = $10 + 0 < floor[name]
		bad += low
		printf "%-26s %6.2f %% of lines, floor %s %%%s\n", name, $10, floor[name], low ? ": TOO LOW" : ""
	}
	END {
		for (name in floor)
			if (!(name in seen)) {
				print name ": not in the report"
				bad++
			}
		exit bad > 0
	}' "$here/coverage-floor.txt" "$build/report"
