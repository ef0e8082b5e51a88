#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: faults.sh [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# As tap.sh, for a program that orders faults of the device while it runs (see ../programs/lose.h): behind a port
# faults.py does what it asks for.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

tests=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
python3 "$tests/faults.py" "$tmp/monitor" "$tmp/port" &
helper=$!
trap 'kill "$helper" 2>/dev/null || :; rm -rf -- "$tmp"' EXIT
status=0
"$tests/tap.sh" --no-device --device "virtio-cryptodev-pci,id=dut" \
	--qemu-arg -qmp --qemu-arg "unix:$tmp/monitor,server=on,wait=off" \
	--qemu-arg -chardev --qemu-arg "socket,id=faults,path=$tmp/port,server=on,wait=off" \
	--qemu-arg -device --qemu-arg virtserialport,chardev=faults,name=faults "$@" || status=$?
[ "$status" -eq 0 ] || exit "$status"
wait "$helper" || fail "faults.py failed"
