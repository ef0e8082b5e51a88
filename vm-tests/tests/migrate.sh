#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: migrate.sh QEMU,QEMU DEVICE,DEVICE [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# As tap.sh, for a program that has its machine moved to another QEMU while it runs (see migrate.py): from the first QEMU
# with the first device to the second, and back. QEMU is a version that build-qemu.sh has built (exit status 77: has
# not), DEVICE the backend of the crypto device.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

tests=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
[ $# -gt 3 ] || fail "two QEMUs, two backends, -- and a program are needed (--help explains)"
qemus='' devices=''
for version in ${1//,/ }; do
	folder=qemu-$version
	[ "$version" != 7.2 ] || folder=qemu
	qemu=$BUILD/$folder/qemu-system-x86_64
	[ -e "$qemu" ] || { echo "SKIP: there is no $qemu: run qemu-adapter/build-qemu.sh --version $version"; exit 77; }
	qemus+="$qemu "
done
for backend in ${2//,/ }; do
	devices+="virtio-cryptodev-pci,id=dut,addr=4,backend=$backend "
done
shift 2
export MIGRATE_QEMUS=$qemus MIGRATE_DEVICES=$devices VM_QEMU=$tests/migrate.py
# A machine and a processor that both versions have.
"$tests/tap.sh" --no-device --qemu-arg -machine --qemu-arg pc-q35-7.2 --qemu-arg -cpu --qemu-arg Nehalem "$@"
