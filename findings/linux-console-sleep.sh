#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
Linux 7.3, a guest of QEMU: a program has a virtio-serial port open and writes to it, and the machine falls
asleep and wakes up (as a test of the devices, which takes no time). From then on the driver counts the host
as not connected, and what is written does not get there. Kernels 6.1 and 6.12 go on as before, with the
same QEMU.
END

fetch_whole trixie 'qemu-system-x86=1:10.0.13+ds-0+deb13u1' busybox-static=1:1.37.0-6+b9
fetch trixie-backports linux-binary-7.3.4+deb13-amd64=7.3.4-1~bpo13+1
command -v cpio >/dev/null || die "cpio is missing: install the package cpio"

# All drivers that it needs are in the kernel.
guest=$tmp/guest
mkdir -p -- "$guest"/{bin,dev,sys}
cp -- "$root/bin/busybox" "$guest/bin/busybox"
cat >"$guest/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t sysfs sys /sys
mount -t debugfs debug /sys/kernel/debug
connected() { sed -n "s/^host_connected: /guest: the host is connected $1 sleep: /p" /sys/kernel/debug/virtio-ports/vport0p1; }
exec >/dev/ttyS0 2>&1
until [ -c /dev/vport0p1 ]; do sleep 0.1; done
exec 3>/dev/vport0p1
echo 'before sleep' >&3
connected before
echo devices >/sys/power/pm_test
echo freeze >/sys/power/state && echo 'guest: slept'
sleep 5
connected after
poweroff -f
END
chmod 755 -- "$guest/init"
(cd -- "$guest" && find . | cpio --quiet -o -H newc) >"$tmp/initramfs"

under=(timeout 120 env "QEMU_MODULE_DIR=$libs/qemu")
run usr/bin/qemu-system-x86_64 -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" -machine pc -accel tcg -m 512 \
	-nodefaults -no-user-config -no-reboot -display none -nic none -kernel "$(find "$root" -name 'vmlinuz*' -print -quit)" \
	-initrd "$tmp/initramfs" -append 'console=ttyS0 quiet panic=-1 suspend.pm_test_delay=0' \
	-chardev "file,id=console,path=$tmp/console" -serial chardev:console -device virtio-serial-pci \
	-chardev "file,id=port,path=$tmp/port" -device virtserialport,chardev=port,name=port >"$tmp/qemu" 2>&1 ||
	die "QEMU failed: $(tail -n 1 "$tmp/qemu")"

expected "guest: the host is connected after sleep: 1"
seen="$(tr -d '\r' <"$tmp/console" | grep '^guest: ')
$(sed 's/^/host: /' "$tmp/port")"
happened 'guest: the host is connected before sleep: 1
guest: slept
guest: the host is connected after sleep: 0
host: before sleep' "$seen"
