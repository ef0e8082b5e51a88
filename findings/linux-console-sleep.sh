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
boot 120 suspend.pm_test_delay=0 -device virtio-serial-pci \
	-chardev "file,id=port,path=$tmp/port" -device virtserialport,chardev=port,name=port

expected "guest: the host is connected after sleep: 1"
seen="$(what_guest_said)
$(sed 's/^/host: /' "$tmp/port")"
happened 'guest: the host is connected before sleep: 1
guest: slept
guest: the host is connected after sleep: 0
host: before sleep' "$seen"
