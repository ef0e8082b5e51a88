#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Measures vcryptod beside DPDK's vhost-crypto over its multi-buffer device (bench/daemon, dpdk.c).

set -euo pipefail
export LC_ALL=C

bench=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
top=$bench/..
build=$(realpath -m -- "${VCRYPTO_BUILD:-$top/build}")
folder=$build/dpdk
tools=$build/bench
suite=bookworm

# shellcheck source-path=SCRIPTDIR source=../.ci/apt.sh
. "$top/.ci/apt.sh"

die()
{
	printf 'bench/dpdk.sh: %s\n' "$*" >&2
	exit 1
}

usage()
{
	cat <<END
usage: bench/dpdk.sh [ROUNDS]

Prints a table: AES-128-CBC requests over shared memory, one ring, batches of 1, 8 and 32; bytes for each second of the
daemon's processor time. DPDK polls one processor as long as it runs, so its time is all of that while requests are under way.

Fetches Debian 12's DPDK into build/dpdk (10 MB; nothing is installed). Needs build/bench: cmake --preset release
-B build/bench -DVCRYPTO_BENCH=ON, and a build. VCRYPTO_BUILD names another build folder; it must not be below /tmp, because
DPDK opens no plugin there.
END
}

case ${1-} in
--help) usage; exit 0 ;;
'' | [1-9] | [1-9][0-9]) ;;
*) echo "bench/dpdk.sh: '$1' is no number of rounds (--help explains)" >&2; exit 2 ;;
esac
[ -x "$tools/bench/daemon" ] || die "there is no $tools/bench/daemon (--help explains)"

packages=(libdpdk-dev libbsd-dev libmd-dev libbsd0 libmd0 libnuma1 libipsec-mb1)
for name in bus-vdev crypto-ipsec-mb cryptodev eal ethdev hash kvargs mbuf mempool mempool-ring meter net pci rcu ring \
	security telemetry vhost dmadev; do
	packages+=("librte-${name}23")
done

fetch()
{
	local apt=$folder/.apt package

	[ ! -d "$folder/root" ] || return 0
	mkdir -p -- "$folder"
	echo "fetching ${#packages[@]} packages of DPDK"
	rm -rf -- "$folder/unpacked"
	apt_configure "$apt" deb "$suite"
	for package in "${packages[@]}"; do
		apt_download "$apt" "$package"
		dpkg-deb -x "$apt"/download/*.deb "$folder/unpacked"
	done
	rm -rf -- "$apt"
	mv -T -- "$folder/unpacked" "$folder/root"
}

usr=$folder/root/usr
lib=$usr/lib/x86_64-linux-gnu

compile()
{
	local libraries=() name

	for name in eal cryptodev mempool vhost mbuf ring; do
		libraries+=("-l:librte_$name.so.23")
	done
	cc -O2 -march=native -Wall -Wextra -Werror -DALLOW_EXPERIMENTAL_API -include rte_config.h -isystem "$usr/include" \
		-isystem "$usr/include/dpdk" -isystem "$usr/include/x86_64-linux-gnu/dpdk" "$bench/dpdk.c" \
		-o "$folder/dpdk" -L"$lib" "${libraries[@]}" -Wl,--allow-shlib-undefined
}

# Without hugepages, devices of the bus, and files that outlive it.
start()
{
	local i plugin plugins=()

	for plugin in bus_vdev mempool_ring crypto_ipsec_mb; do
		plugins+=(-d "$lib/dpdk/pmds-23.0/librte_$plugin.so.23")
	done
	rm -f -- "$folder/socket"
	LD_LIBRARY_PATH=$lib "$folder/dpdk" "$folder/socket" --no-huge -m 512 --no-pci --no-telemetry --no-shconf -l 0 \
		"${plugins[@]}" --vdev=crypto_aesni_mb0 >"$folder/log" 2>&1 &
	dpdk=$!
	trap 'kill "$dpdk" 2>/dev/null || :' EXIT
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$folder/socket" ] || return 0
		kill -0 "$dpdk" 2>/dev/null || break
		sleep 0.1
	done
	tail -n 5 -- "$folder/log" >&2
	die "DPDK does not start"
}

fetch
compile
start
"$tools/bench/daemon" --beside="$folder/socket,$dpdk" "$tools/vhost-user-adapter/vcryptod" ${1:+"$1"}
