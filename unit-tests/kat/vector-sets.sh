#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: vector-sets.sh [--page] VCRYPTO-KAT [SUITE...]
#
# Runs vcrypto-kat over the vectors in the package python3-cryptography-vectors of these suites (default: bookworm,
# trixie, which are Debian 12 and 13), in our format and in the standard's. Fetches the packages below build/vectors,
# without a change to the machine. Fails at a mismatch. VCRYPTO_BUILD names another folder than build. With --page it
# writes docs/vectors.md as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${VCRYPTO_BUILD:-$root/build}/vectors
package=python3-cryptography-vectors
page=

die() {
	echo "vector-sets.sh: $*" >&2
	exit 1
}

# shellcheck source-path=SCRIPTDIR source=../../.ci/apt.sh
. "$root/.ci/apt.sh"

# fetch SUITE: unpacks the package as build/vectors/SUITE, once; its version is in the file "version" there.
fetch() {
	[ ! -e "$build/$1/version" ] || return 0
	rm -rf -- "${build:?}/$1"
	apt_package "$build/.apt-$1" "$1" "$package" "$build/$1"
	# shellcheck disable=SC2154 # from apt_package
	echo "$apt_version" >"$build/$1/version"
}

# run SUITE OPTION...: vcrypto-kat over all files.
run() {
	local folder files

	folder=$(find "$build/$1" -type d -name cryptography_vectors -print -quit)
	mapfile -t files < <("$root/unit-tests/kat/files.sh" packaged "$folder")
	[ ${#files[@]} -gt 300 ] || die "only ${#files[@]} files of vectors in suite $1"
	(cd -- "$folder" && "$kat" --backend libcrypto "${@:2}" "${files[@]}")
}

introduction() {
	cat <<-'END'
	# What test vectors say

	`vcrypto-kat` read every file of a symmetric algorithm in Debian's packages of test vectors. It used the backend
	libcrypto, all fragmentations, our own format and that of the standard's device. This page was written by
	`unit-tests/kat/vector-sets.sh --page`, which fetches them. What the reasons mean is in the
	[manual](../unit-tests/kat/vcrypto-kat.1). Left out are prose and intermediate values of the Monte Carlo tests.
	So are three files of Camellia in ECB mode, which have a format of their own (see `unit-tests/kat/files.sh`).
	END
}

section() {
	printf '\n## %s %s (suite %s)\n\n' "$package" "$(cat "$build/$1/version")" "$1"
	run "$1" --markdown
	printf "\n### The same in the standard's format (virtio-crypto)\n\n"
	run "$1" --markdown --format virtio-crypto
}

if [ "${1-}" = --page ]; then
	page=$root/docs/vectors.md
	shift
fi
[ $# -ge 1 ] || die "which vcrypto-kat?"
kat=$(realpath -- "$1")
shift
[ $# -gt 0 ] || set -- bookworm trixie
mkdir -p -- "$build"
for suite; do
	fetch "$suite"
done
if [ -n "$page" ]; then
	{
		introduction
		for suite; do
			section "$suite"
		done
	} >"$build/page"
	mv -- "$build/page" "$page"
else
	for suite; do
		run "$suite" --quiet
		run "$suite" --quiet --format virtio-crypto
	done
fi
