#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The device's IOThreads under the thread sanitizer. By hand, as QEMU is built for it first.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

usage()
{
	cat <<-END
		usage: tsan.sh [PROGRAM [ARGUMENT]...]

		Runs programs of vm-tests/programs in virtual machines whose device has an IOThread for each of two queues, with QEMU
		and the library under the thread sanitizer: that program, or some that have work, stops and resets at once. Fails if
		one does, or if there is a report about our code. What is about the guest's memory is none: it is the guest's to race
		with its device, and rings are made for it. Nor is what QEMU does in its own functions for handlers.

		The programs are in build/dev, see docs/hacking.md; ten minutes. VCRYPTO_BUILD names another build folder.
	END
}

case ${1-} in
--help) usage; exit 0 ;;
-*) bad_usage "unknown option '$1'" ;;
esac

programs=$BUILD/dev/vm-tests
make_tmp "$BUILD/vm"
"$VM_TESTS/../qemu-adapter/build-qemu.sh" --tsan
VM_QEMU=$BUILD/qemu-tsan/qemu-system-x86_64
VM_PATIENCE=10
# Its own deadlock detector takes the big lock for many; a report must not change QEMU's status.
TSAN_OPTIONS="log_path=$tmp/report history_size=7 exitcode=0 detect_deadlocks=0"
export VM_QEMU VM_PATIENCE TSAN_OPTIONS

options=(--smp 2 --no-device --device "virtio-cryptodev-pci,queues=2,iothreads=io0:io1")
for thread in io0 io1; do
	options+=(--qemu-arg -object --qemu-arg "iothread,id=$thread")
done

# try PROGRAM [ARGUMENT]...
try()
{
	[ -x "$programs/$1" ] || die "there is no $programs/$1: build the preset dev first"
	say "$*"
	"$VM_TESTS/tests/tap.sh" "${options[@]}" -- "$programs/$1" "${@:2}" || failed=yes
}

failed=
if [ $# -gt 0 ]; then
	try "$@"
else
	try parallel
	try unplug
	try killed
	try async_load 20
fi
"$VM_TESTS/tsan.py" "$tmp" || failed=yes
[ -z "$failed" ]
