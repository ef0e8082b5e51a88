#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU with our devices under the sanitizers of addresses, leaks and undefined behaviour. By hand, as QEMU is built for
# it first.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

usage()
{
	cat <<-END
		usage: asan.sh [--version VERSION] [COMMAND [ARGUMENT]...]

		Runs what qemu-adapter/ has for a QEMU without a guest, then programs of vm-tests/programs in virtual machines whose
		device has an IOThread, with QEMU and the library under the sanitizers: of addresses, leaks and undefined behaviour.
		Or a command, which finds that QEMU in VM_QEMU, such as 'ctest --preset dev -L vm'. Fails if one does, or if there is
		a report, but for what is undefined in QEMU's own code. VERSION is QEMU's, as build-qemu.sh knows it (default 7.2).

		The programs are in build/dev, see docs/hacking.md; half an hour. VCRYPTO_BUILD names another build folder.
	END
}

version=7.2
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--version) [ $# -ge 2 ] || bad_usage "--version needs a value"; version=$2; shift ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) break ;;
	esac
	shift
done

make_tmp "$BUILD/vm"
"$VM_TESTS/../qemu-adapter/build-qemu.sh" --version "$version" --asan
VM_QEMU=$(qemu_of "$version")
VM_QEMU=${VM_QEMU%/*}-asan/${VM_QEMU##*/}
VM_PATIENCE=10
# Leaks of QEMU's own, and what hangs from them.  Its monitor loses what "info virtio" begins its list with, and a
# snapshot its channel.
cat >"$tmp/known" <<END
leak:hmp_virtio_query
leak:qio_channel_block_new
END
# A report must not change QEMU's status; and GLib has an allocator that would hide what is leaked.
ASAN_OPTIONS="log_path=$tmp/report exitcode=0 detect_leaks=1"
LSAN_OPTIONS="suppressions=$tmp/known print_suppressions=0"
UBSAN_OPTIONS=print_stacktrace=1
G_SLICE=always-malloc
export VM_QEMU VM_PATIENCE ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS G_SLICE

try()
{
	say "$*"
	"$@" || failed=yes
}

failed=
if [ $# -gt 0 ]; then
	try "$@"
else
	try "$VM_TESTS/tests/qemu-alone.sh" check-adapter.py
	try "$VM_TESTS/tests/qemu-alone.sh" small-devices/check-small-devices.py
	for program in parallel unplug killed; do
		try "$VM_TESTS/tests/tap.sh" --smp 2 --qemu-arg -object --qemu-arg iothread,id=io0 --no-device \
			--device virtio-cryptodev-pci,queues=2,iothread=io0 -- "$BUILD/dev/vm-tests/$program"
	done
fi
"$VM_TESTS/asan.py" "$tmp" || failed=yes
[ -z "$failed" ]
