#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shows the five small devices of docs/small-devices.md in one virtual machine. Everything must have been built
# already: ../../demo.sh --small-devices does that, and calls this. Exit status 0: each did what it must.
#
#	PROGRAMS	environment: where the programs of this folder have been built

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# In the guest. Each step prints a heading, what is run, and what comes out of it, which it compares with what
# must come.
cat >"$tmp/guest" <<'END'
failures=0

heading() { printf '\n%s\n' "$*"; }

# expect "LINE..." COMMAND...
expect()
{
	expected=$1
	shift
	printf '    # %s\n' "$*"
	output=$("$@" 2>&1)
	printf '%s\n' "$output" | sed 's/^/    /'
	if [ "$output" != "$expected" ]; then
		printf '    WRONG, it must be:\n%s\n' "$expected"
		failures=$((failures + 1))
	fi
}

three='1. read = 1333
3. read = 2333
5. read = 3333'
five='286129175
1594929109
971802288
222134722
1335014133'

heading "pci-demo: a register, in memory of a PCI device"
expect "$three" pci-demo /dev/demo

heading "my_rng: srand() and rand() in a device (not for security)"
expect "$five" my_rng 0x42 /dev/my_rng
expect "$five" my_rng 0x42 /dev/my_rng

heading "virtio-demo: the register again, behind a virtqueue"
expect "first read = 1333
$three" virtio-demo /dev/virtio_demo

heading "vhost-demo: the same device to the guest, $WHO"
expect "first read = 1333
$three" virtio-demo /dev/virtio_demo1

heading "caesar: requests that can fail, and parameters"
write() { printf '    # printf %s >/dev/caesardev\n' "$1"; printf %s "$1" 2>/dev/null >/dev/caesardev; }
echo '    # echo 3 >/sys/class/misc/caesardev/key'
echo 3 >/sys/class/misc/caesardev/key
write + && write Hello && expect Khoor cat /dev/caesardev
write - && write Khoor && expect Hello cat /dev/caesardev
write Hello1 && failures=$((failures + 1)) || echo '    refused; the last result is still there:'
expect Hello cat /dev/caesardev

[ $failures = 0 ]
END

programs=(pci-demo my_rng virtio-demo)
devices=(pci-demo my_rng virtio-demo vhost-demo caesar)
for program in "${programs[@]}"; do
	[ -x "$PROGRAMS/$program" ] || fail "there is no $program in '$PROGRAMS': set PROGRAMS"
done
who="served by the host's kernel"
if [ ! -e /dev/vhost-demo ]; then
	who="served by QEMU: warning: the host has no /dev/vhost-demo"
fi

options=()
for program in "${programs[@]}"; do
	options+=(--file "$PROGRAMS/$program:/bin/$program")
done
for device in "${devices[@]}"; do
	options+=(--device "$(qemu_device "$device")")
	[ "$device" = vhost-demo ] || options+=(--module "$modules/$device.ko")
done
started=$SECONDS
status=0
"$VM_TESTS/vm.sh" run --check-log --no-module --no-device "${options[@]}" --env "WHO=$who" \
	--file "$tmp/guest:/guest" -- sh /guest || status=$?
if [ "$status" -ne 0 ]; then
	printf '\nThe small devices did NOT all do what they must (status %s).\n' "$status" >&2
	exit 1
fi
printf '\nFive devices, four drivers, one virtual machine: all as it should be, in %d seconds.\n' \
	$((SECONDS - started))
