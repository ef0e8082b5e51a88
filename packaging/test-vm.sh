#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots the system with the packages that test.sh has left in a machine with the device, as its disk,
# with its own kernel, and uses them there (in-vm.sh):
#
#	packaging/test-vm.sh FOLDER QEMU
#
# FOLDER: test.sh's.  QEMU: one with our device.  The disk stays as it is.  VM_PATIENCE=N makes the
# time-out N times as long.  Exit status: 77 if this machine cannot, and it says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"
need_arguments 2 "$@"

folder=$1 qemu=$2
patience=${VM_PATIENCE:-1}

[ -x "$qemu" ] || { echo "SKIP: there is no $qemu: qemu-adapter/build-qemu.sh makes it"; exit 77; }
[ -e "$folder/disk" ] || { echo "SKIP: there is no $folder/disk: packaging/test.sh makes it"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "packaging/test-vm.sh: booting"
# systemd takes a minute and more where the processor is emulated.
timeout $((600 * patience)) "$qemu" -machine pc -accel tcg -cpu max -smp 2 -m 1024 -nodefaults -no-user-config \
	-no-reboot -display none -nic none -kernel "$folder/vmlinuz" -initrd "$folder/initrd" \
	-append 'root=LABEL=packages rw console=ttyS0 panic=-1 init=/lib/systemd/systemd systemd.run=/root/in-vm.sh' \
	-drive "if=ide,format=raw,snapshot=on,file=$folder/disk" \
	-device virtio-rng-pci -device virtio-cryptodev-pci \
	-serial "file:$work/console" -serial "file:$work/said" || echo "QEMU ended with status $?"
tr -d '\r' <"$work/said"
if ! grep -q '^status 0' "$work/said"; then
	echo "the end of the console:"
	tail -n 20 "$work/console" | tr -d '\r'
	echo "FAIL: what was installed does not work in a machine"
	exit 1
fi
