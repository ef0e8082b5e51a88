# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shared by the scripts of this folder. PROGRAMS is the folder of the built programs; ctest sets it.

# shellcheck source=../tests/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../tests/lib.sh"
# shellcheck source=../lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../arch.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../arch.sh"

# shellcheck disable=SC2034 # for the scripts that source this file
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
kernel=${VM_KERNEL:-$KERNELS/$SERIES}
[ -e "$kernel/release" ] || fail "there is no kernel in $kernel: run vm-tests/fetch-kernel.sh"
# shellcheck disable=SC2034 # for the scripts that source this file
modules=$GUEST_MODULES/$(<"$kernel/release")

# The -device argument of a small device.
qemu_device()
{
	case $1 in
	virtio-demo | caesar) echo "virtio-${1#virtio-}-pci" ;;
	vhost-demo) echo vhost-demo-pci ;;
	*) echo "$1" ;;
	esac
}

# small_vm DEVICE OPTION... -- PROGRAM...: a VM with that device and its driver, and a kernel that must not
# complain.
small_vm()
{
	local device=$1

	shift
	"$VM_TESTS/vm.sh" run --check-log --timeout 300 --no-module --no-device --module "$modules/$device.ko" \
		--device "$(qemu_device "$device")" "$@"
}
