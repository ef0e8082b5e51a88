# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# What runs in the outer VM of vhost-demo.sh nested: it starts the inner machine and is its administrator. The
# report is TAP.

cases=0 failed=0 deadline=$(($(date +%s) + 1000))
served=/sys/module/vhost_demo/parameters/served

# check NAME COMMAND...
check()
{
	name=$1
	shift
	cases=$((cases + 1))
	if "$@"; then
		echo "ok $cases - $name"
	else
		failed=$((failed + 1))
		echo "not ok $cases - $name"
	fi
}

# wait_for COMMAND...: until it succeeds; not if the machine has ended.
wait_for()
{
	until "$@"; do
		[ "$(date +%s)" -lt "$deadline" ] && kill -0 "$machine" 2>/dev/null || return 1
		sleep 0.5
	done
}

guest_says() { grep -qx "$1" /tmp/stdout; }

# Who serves the ring, as QEMU's monitor says: true, the kernel.
answers() { grep -acE '^(true|false).?$' /tmp/monitor.log; }
more_answers() { [ "$(answers)" -gt "$before" ]; }
in_kernel()
{
	before=$(answers)
	echo "qom-get /machine/peripheral/demo/virtio-backend in-kernel" >&3
	wait_for more_answers && grep -aE '^(true|false).?$' /tmp/monitor.log | tail -n 1 | grep -q true
}
not_in_kernel() { ! in_kernel; }

mkfifo /tmp/monitor.in /tmp/monitor.out
cat /tmp/monitor.out >/tmp/monitor.log &
# Open for reading too: a QEMU that has ended must not leave us waiting for a reader.
exec 3<>/tmp/monitor.in
# The ports that the guest's /init expects; see vm.sh, whose machine this is.
for port in stdout stderr control; do
	: >/tmp/$port
	set -- "$@" -chardev file,id=$port,append=on,path=/tmp/$port -device virtserialport,chardev=$port,name=$port
done
/host/qemu -machine pc -accel tcg -cpu max -m 256 -nodefaults -no-user-config -no-reboot -display none -nic none \
	-L /host/firmware -kernel /host/vmlinux -initrd /host/initramfs \
	-append "console=ttyS0 ignore_loglevel panic=-1 oops=panic mitigations=off no_timer_check" \
	-chardev file,id=console,path=/tmp/console -serial chardev:console \
	-chardev pipe,id=monitor,path=/tmp/monitor -mon chardev=monitor,mode=readline \
	-device vhost-demo-pci,id=demo -device virtio-serial-pci,ioeventfd=off,addr=1e "$@" \
	</dev/null >/tmp/qemu 2>&1 &
machine=$!

check "the guest's driver works" wait_for guest_says "now: stop"
check "the kernel serves the ring" in_kernel
echo stop >&3
check "not while the machine is stopped" not_in_kernel
count=$(cat $served)
sleep 1
check "... nor does it anything" [ "$count" = "$(cat $served)" ]
echo cont >&3
check "when it goes on, the kernel serves the ring" in_kernel
check "the guest has not noticed" wait_for guest_says "now: unplug"
# Those of the acceptance test, and at least once a hundred of the reads after it.
check "the kernel has counted the requests" [ "$(cat $served)" -ge 110 ]
echo "# $(cat $served) requests"
echo "device_del demo" >&3
check "the guest survives that the device is unplugged" wait_for guest_says "inner: device gone"
wait "$machine"
check "the guest's program ends with status 0" [ "$(cat /tmp/control)" = 0 ]
check "QEMU has nothing to say" [ ! -s /tmp/qemu ]
check "nor has the guest's kernel" eval '! grep -aE "WARNING:|BUG:|Oops|Call Trace|Kernel panic" /tmp/console'
check "nobody holds the module" [ "$(cat /sys/module/vhost_demo/refcnt)" = 0 ]
echo "1..$cases"
sed 's/^/# guest: /' /tmp/stdout /tmp/stderr
if [ "$failed" -gt 0 ]; then
	sed 's/^/# QEMU: /' /tmp/qemu
	tr -d '\r' </tmp/monitor.log | tail -n 5 | sed 's/^/# monitor: /'
	tail -n 20 /tmp/console | tr -d '\r' | sed 's/^/# console: /'
fi
[ "$failed" -eq 0 ]
