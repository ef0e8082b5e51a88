#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# AF_ALG in a stock guest of Debian's QEMU: over vcryptod, and over QEMU's own cryptodev-backend-builtin.
#
#	afalg.sh [--qemu 7.2|10.0] [--rounds N] [--seconds N]
#
# Boots a machine for each of them in turn, --rounds times (3), and measures AES-128-CBC in requests of 64 bytes and of
# 64 KiB, for --seconds each (5), one request after the other. Prints each round, and the medians.
# Needs what vm-tests/fetch-qemu.sh and fetch-kernel.sh fetch, and programs below build/bench, which are built:
#	cmake --preset release -B build/bench -DVCRYPTO_BENCH=ON -DVCRYPTO_VM_TESTS=ON
# BENCH_BUILD names another folder than build/bench; VCRYPTO_BUILD another than build.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

top=$(cd "$(dirname "$0")/.." && pwd)
bench=${BENCH_BUILD:-${VCRYPTO_BUILD:-$top/build}/bench}
qemu=7.2 rounds=3 seconds=5

die() {
	echo "afalg.sh: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--qemu | --rounds | --seconds)
		[ $# -ge 2 ] || die "$1 needs a value"
		printf -v "${1#--}" %s "$2"
		shift 2
		;;
	*) die "unknown argument '$1' (--help explains)" ;;
	esac
done
cmake --build "$bench" --target vcryptod vm_alg_speed >/dev/null || die "configure $bench first (--help explains)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A round: two lines "BYTES OPS_PER_SECOND".
measure() {
	"$top/vm-tests/tests/stock.sh" --plain "$1" "$qemu" "$bench/vhost-user-adapter/vcryptod" \
		-- "$bench/vm-tests/alg_speed" "$seconds" >"$work/out" 2>"$work/errors" || {
		cat "$work/out" "$work/errors" >&2
		die "$1 failed"
	}
	sed "s/^/$1 /" "$work/out" | tee -a "$work/all"
}

median() {
	grep "^$1 $2 " "$work/all" | cut -d ' ' -f 3 | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

for ((round = 0; round < rounds; round++)); do
	measure builtin
	measure session
done
for bytes in 64 65536; do
	awk -v bytes="$bytes" -v ours="$(median session "$bytes")" -v theirs="$(median builtin "$bytes")" 'BEGIN {
		printf "%d bytes: vcryptod %d op/s (%.1f MB/s), builtin %d op/s (%.1f MB/s): %.2f\n", bytes,
			ours, ours * bytes / 1e6, theirs, theirs * bytes / 1e6, ours / theirs }'
done
