#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Builds all fuzz targets as OSS-Fuzz and ClusterFuzzLite want it, with the compiler and
# the engine that they name, and leaves programs, seeds, dictionaries and options in $OUT:
#
#	CC=clang CXX=clang++ CFLAGS='-O1 -g -fsanitize=address,fuzzer-no-link' \
#	LIB_FUZZING_ENGINE=-fsanitize=fuzzer OUT=/tmp/out fuzz/oss-fuzz/build.sh
#
# CC, CXX, CFLAGS, CXXFLAGS	compilers (clang, clang++ if not set) and their options:
#				sanitizers and instrumentation are all theirs
# LIB_FUZZING_ENGINE		an option or a file to link with; -fsanitize=fuzzer if
#				not set
# OUT				where to put what was built; made if it is missing
# WORK				where to build; a temporary folder if not set
#
# The programs need no shared library but those of C and C++.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
[ $# -eq 0 ] || {
	help_asked "$@"
	die "it takes no arguments; see --help"
}
[ -n "${OUT:-}" ] || die "OUT, the folder for what is built, is not set; see --help"
export CC=${CC:-clang} CXX=${CXX:-clang++}
for tool in "$CC" "$CXX" cmake; do
	command -v "${tool%% *}" >/dev/null || die "there is no $tool"
done
if [ -z "${WORK:-}" ]; then
	WORK=$(mktemp -d)
	trap 'rm -rf "$WORK"' EXIT
fi
mkdir -p "$OUT" "$WORK"
OUT=$(readlink -f "$OUT") WORK=$(readlink -f "$WORK")
build=$WORK/vcrypto

# Build type None: all options are CFLAGS'.
build_step cmake -S "$fuzz/.." -B "$build" -DCMAKE_BUILD_TYPE=None \
	-DVCRYPTO_FUZZ=ON -DVCRYPTO_FUZZ_ENGINE="${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}" \
	-DVCRYPTO_SANITIZE= -DVCRYPTO_TESTS=OFF -DVCRYPTO_BENCH=OFF -DVCRYPTO_TOOL=OFF
build_step cmake --build "$build" --target fuzz-targets -j "$(nproc)"

while read -r name; do
	program=$OUT/fuzz-$name
	cp -- "$build/fuzz/fuzz-$name" "$program"
	rm -rf -- "$WORK/seeds"
	"$fuzz/unpack.sh" "$name" "$WORK/seeds"
	for file in "$fuzz/regressions/$name"/*; do
		[ ! -f "$file" ] || cp -- "$file" "$WORK/seeds/"
	done
	rm -f -- "${program}_seed_corpus.zip"
	# cmake can do that everywhere; zip may be missing.
	(cd "$WORK/seeds" &&
		cmake -E tar cf "${program}_seed_corpus.zip" --format=zip -- *)
	limits_of "$name"
	cp -- "$dict" "$program.dict"
	printf '[libfuzzer]\nmax_len = %d\n' "$max_len" >"$program.options"
	echo "$program: $(find "$WORK/seeds" -type f | wc -l) seeds"
done <"$build/fuzz/targets"
rm -rf -- "$WORK/seeds"
