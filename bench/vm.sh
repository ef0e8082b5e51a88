#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Measures AES-128-CBC in one virtual machine: our /dev/crypto beside QEMU's own virtio-crypto device
# beside the guest's software (guest/compare.c). The table comes on standard output at the end.

set -euo pipefail

bench=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
top=$bench/..
build=${VCRYPTO_BUILD:-$top/build}

die()
{
	printf 'bench/vm.sh: %s\n' "$*" >&2
	exit 1
}

bad_usage()
{
	printf 'bench/vm.sh: %s (--help explains)\n' "$*" >&2
	exit 2
}

usage()
{
	cat <<END
usage: bench/vm.sh [OPTION]... [VM-OPTION]...

  --rounds N        (default 15; at most 99)
  --round-ms N      how long our device works in one round, milliseconds (default 80)
  --ours PROPS      properties for our device, such as ioeventfd=off
  --theirs PROPS    the same for QEMU's
  --help

Everything else goes to vm-tests/vm.sh, such as --smp 2. Needs the built QEMU and guest module; says so if
something is missing. VCRYPTO_BUILD names another build folder, VM_QEMU another QEMU.
END
}

rounds=15 round_ms=80 ours='' theirs='' vm_options=()
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--rounds | --round-ms | --ours | --theirs)
		[ $# -ge 2 ] || bad_usage "no value for $1"
		name=${1#--}
		printf -v "${name//-/_}" %s "$2"
		shift 2 ;;
	*) vm_options+=("$1"); shift ;;
	esac
done

qemu=${VM_QEMU:-$build/qemu/qemu-system-x86_64}
[ -x "$qemu" ] || die "there is no QEMU at $qemu: run qemu-adapter/build-qemu.sh"
devices=$("$qemu" -device help 2>&1)
for device in virtio-cryptodev-pci virtio-crypto-pci; do
	[[ $devices == *"\"$device\""* ]] || die "$qemu has no device $device"
done

mkdir -p -- "$build/bench-guest"
program=$build/bench-guest/compare
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -I"$top/guest-adapter/include" \
	-o "$program" "$bench/guest/compare.c" || die "the guest program does not compile"

printf 'QEMU: %s, host processor:%s\n' "$("$qemu" --version | head -n 1)" \
	"$(grep -m 1 '^model name' /proc/cpuinfo | cut -d : -f 2)" >&2
exec "$top/vm-tests/vm.sh" run \
	--no-device --device "virtio-cryptodev-pci${ours:+,$ours}" \
	--device "virtio-crypto-pci,cryptodev=cryptodev0${theirs:+,$theirs}" \
	--qemu-arg -object --qemu-arg cryptodev-backend-builtin,id=cryptodev0 \
	--module virtio_crypto --module algif_skcipher --module aesni_intel \
	--timeout 900 ${vm_options[@]+"${vm_options[@]}"} \
	--file "$program:/root/compare" -- /root/compare "$rounds" "$round_ms"
