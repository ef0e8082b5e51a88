# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# What runs in the inner guest of vhost-demo.sh nested. Whoever plays the host waits for the lines that say
# "now", and knows by them what to do.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail()
{
	echo "inner: $*"
	exit 1
}

# put BYTES: writes the register; get: prints it, as hexadecimal digits.
put() { printf '%b' "$1" >/dev/virtio_demo; }
get() { dd if=/dev/virtio_demo bs=4 count=1 2>/dev/null | od -An -tx4 | tr -d ' '; }

[ -c /dev/virtio_demo ] || fail "there is no /dev/virtio_demo"
expected='first read = 1333
1. read = 1333
3. read = 2333
5. read = 3333'
report=$(virtio-demo) || fail "the acceptance test ends with status $?"
echo "$report"
[ "$report" = "$expected" ] || fail "the device does not do what it must"

# A new driver resets the device.
put '\x33\x23\x00\x00'
cd /sys/bus/virtio/drivers/virtio_demo || fail "the driver has another name"
name=$(basename "$(echo virtio[0-9]*)")
echo "$name" >unbind
[ ! -e /dev/virtio_demo ] || fail "the node is there without a device"
echo "$name" >bind
[ "$(get)" = 00001333 ] || fail "after a reset the value is $(get)"

# The machine is stopped and goes on in the middle of this: reads for some seconds, a hundred in one go because it
# is starting programs that takes time here.
put '\x33\x33\x00\x00'
echo now: stop
end=$(($(date +%s) + 8))
while [ "$(date +%s)" -lt "$end" ]; do
	values=$(dd if=/dev/virtio_demo bs=4 count=100 2>/dev/null | od -An -v -tx4 -w4 | uniq -c | tr -s ' ')
	[ "$values" = ' 100 00003333' ] || fail "100 times 00003333 is $values"
done

# The device goes away, with a reader at work that would go on for ever.
echo now: unplug
! dd if=/dev/virtio_demo of=/dev/null bs=4 2>/dev/null || fail "the end of a device is no error"
until [ ! -e /dev/virtio_demo ]; do sleep 0.1; done
echo "inner: device gone"
