# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shared by the tests of vhost-demo.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

qemu=${VM_QEMU:-$QEMU}
[ -x "$qemu" ] || fail "there is no $qemu: run qemu-adapter/build-qemu.sh"
release=$(<"$kernel/release")

# What a VM loads that plays the host.
host_module=$BUILD/host-module/$release/vhost_demo.ko
need_host_module()
{
	[ -e "$host_module" ] ||
		fail "there is no $host_module: run qemu-adapter/small-devices/vhost-demo-module/build.sh"
}

# For what is about a host that has no such module.
need_no_node()
{
	[ ! -e /dev/vhost-demo ] || { echo "SKIP: this machine has a /dev/vhost-demo"; exit 77; }
}

# put_qemu DIRECTORY: the built QEMU, as small as it gets, and the firmware without which it does not start.
put_qemu()
{
	local file

	mkdir -p -- "$1/firmware"
	strip -o "$1/qemu" -- "$qemu"
	for file in seabios/bios-256k.bin qemu/kvmvapic.bin qemu/linuxboot_dma.bin qemu/pvh.bin; do
		cp -L -- "/usr/share/$file" "$1/firmware/" ||
			fail "/usr/share/$file is missing: install the packages seabios and qemu-system-data"
	done
}
