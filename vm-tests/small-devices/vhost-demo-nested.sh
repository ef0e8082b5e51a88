#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The whole picture: a VM plays the host, loads the host module and runs QEMU, emulated within emulation, with
# -device vhost-demo-pci; in that, the unchanged driver of virtio-demo runs the acceptance test, while the host's
# administrator stops the machine, lets it go on and unplugs the device.

# shellcheck source-path=SCRIPTDIR source=vhost-demo-lib.sh
. "${BASH_SOURCE[0]%/*}/vhost-demo-lib.sh"

# shellcheck source=../initramfs.sh
. "$VM_TESTS/initramfs.sh"

# make_inner DIRECTORY: kernel and initramfs of the inner guest, as vm.sh makes those of the outer one.
make_inner()
{
	local root=$tmp/inner

	# shellcheck disable=SC2034 # for initramfs.sh
	busybox=$(type -P busybox) run=$tmp
	mkdir -p -- "$root/vm"
	install_program "$PROGRAMS/virtio-demo" "$root" /bin/virtio-demo
	install_file "$here/vhost-demo-inner.sh" "$root" /vm/command
	ln -s /dev/null "$root/vm/stdin"
	install_stock "$root" /vm/modules
	install_module "$modules/virtio-demo.ko" "$root" /vm/modules /lib/modules
	pack "$root" "$tmp/inner.cpio"
	cat -- "$(base_archive)" "$tmp/inner.cpio" >"$1/initramfs"
	cp -L -- "$kernel/vmlinux" "$1/"
}

need_host_module
mkdir -- "$tmp/host"
put_qemu "$tmp/host"
make_inner "$tmp/host"
cp -- "$here/vhost-demo-outer.sh" "$tmp/host/"
exec "$VM_TESTS/tests/tap.sh" --no-module --no-device --smp 2 --memory 2048 --timeout 1140 --module "$host_module" \
	--file "$tmp/host:/host" -- sh /host/vhost-demo-outer.sh
