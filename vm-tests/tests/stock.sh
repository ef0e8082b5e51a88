#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: stock.sh [--plain | --each] [--kernel SERIES] session|whole|object|ours|builtin QEMU VCRYPTOD \
#                [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# Runs a test program, with --each several, or with --plain any other, in a guest whose stock kernel drives the standard's
# crypto device:
#   session  of a distribution's QEMU, whose data requests vcryptod serves
#   whole    all of it vcryptod's; QEMU 11.1 passes the device on
#   object   of the QEMU that we build, with its backend object; VCRYPTOD is not used
#   ours     none of that: our own device, which vcryptod serves and a QEMU that we build passes on, and our module
#   builtin  of a distribution's QEMU, which does the work itself, for comparison; VCRYPTOD is not used
# QEMU is a version: of fetch-qemu.sh, or of build-qemu.sh, where VM_QEMU may name another; SERIES a kernel of
# fetch-kernel.sh, or VM_KERNEL. What has not been fetched is a skip (exit status 77). STOCK_MEMORY: MiB instead of 512.
# STOCK_AKCIPHER: not empty, the daemon or the object is to offer RSA. STOCK_SOCKET: where a daemon listens already, so
# that none is started. VCRYPTO_STOCK_DAEMON: see daemon.sh.

# Where QEMUs and kernels are; what both call VM is the other's.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

plain=''
each=()
[ "${1-}" != --plain ] || { plain=yes; shift; }
[ "${1-}" != --each ] || { each=(--each); shift; }
[ "${1-}" != --kernel ] || { VM_KERNEL=$KERNELS/${2-}; shift 2; }
[ $# -ge 5 ] || fail "a way, a QEMU, the daemon, -- and a program are needed (--help explains)"
way=$1 version=$2 vcryptod=$3
shift 3

fetched()
{
	[ ! -e "$1" ] || return 0
	echo "SKIP: there is no $1: run vm-tests/$2"
	exit 77
}

options=(--no-device --no-module --module virtio_crypto --module algif_skcipher)
socket=${STOCK_SOCKET:-$tmp/socket}

# Guest memory that another process can map; it has to be as large as the guest's.
share_memory()
{
	local mib=${STOCK_MEMORY:-512}

	options+=(--memory "$mib" --qemu-arg -object
		--qemu-arg "memory-backend-memfd,id=shared,size=${mib}M,share=on"
		--qemu-arg -machine --qemu-arg memory-backend=shared
		--qemu-arg -chardev --qemu-arg "socket,id=vcryptod,path=$socket")
}

# In the guest, which may log no warning, but for QEMU's own RSA, which fails the kernel's self-test in 7.2.
run()
{
	if [ "$way" = builtin ]; then
		"$VM" run --timeout 300 "${options[@]}" "$@"
	elif [ -n "$plain" ]; then
		vm "${options[@]}" "$@"
	else
		"${BASH_SOURCE[0]%/*}/tap.sh" "${each[@]}" "${options[@]}" "$@"
	fi
}

daemon_options=(${STOCK_AKCIPHER:+--akcipher})
case $way in
session)
	share_memory
	options+=(--qemu-arg -object --qemu-arg "cryptodev-vhost-user,id=crypto,chardev=vcryptod"
		--device "virtio-crypto-pci,cryptodev=crypto,vectors=0")
	;;
whole)
	share_memory
	options+=(--device
		"vhost-user-test-device-pci,chardev=vcryptod,virtio-id=20,num_vqs=2,vq_size=1024,config_size=56")
	;;
object)
	options+=(--qemu-arg -object --qemu-arg "cryptodev-backend-vcrypto,id=crypto${STOCK_AKCIPHER:+,akcipher=on}"
		--device "virtio-crypto-pci,cryptodev=crypto")
	;;
builtin)
	options+=(--qemu-arg -object --qemu-arg "cryptodev-backend-builtin,id=crypto"
		--device "virtio-crypto-pci,cryptodev=crypto")
	;;
ours)
	daemon_options+=(--device=cryptodev --queues=2)
	options=(--no-device)
	share_memory
	options+=(--device "vhost-user-cryptodev-pci,chardev=vcryptod,queues=2")
	;;
*) fail "there is no way '$way': session, whole, object, ours or builtin" ;;
esac
if [ "$way" = object ] || [ "$way" = ours ]; then
	: "${VM_QEMU:=$(qemu_of "$version")}"
	fetched "$VM_QEMU" "../qemu-adapter/build-qemu.sh --version $version"
else
	VM_QEMU=$BUILD/stock-qemu/$version/qemu-system-x86_64
	fetched "$VM_QEMU" "fetch-qemu.sh $version"
fi
: "${VM_KERNEL:=$KERNELS/$SERIES}"
fetched "$VM_KERNEL/release" "fetch-kernel.sh ${VM_KERNEL##*/}"
export VM_QEMU VM_KERNEL
case $way in
session | whole | ours)
	[ -n "${STOCK_SOCKET-}" ] || start_daemon "$vcryptod" "$socket" "${daemon_options[@]}"
	;;
esac
status=0
run "$@" || status=$?
[ -z "$daemon" ] || stop_daemon
exit $status
