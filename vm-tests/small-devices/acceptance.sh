#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	acceptance.sh pci-demo|my_rng|virtio-demo|caesar
#
# Boots a VM with the device and its driver, runs the device's program, and compares what it prints with what
# the device must do, to the letter.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

lines() { printf '%s\n' "$@"; }

pci_demo()
{
	lines '1. read = 1333' '3. read = 2333' '5. read = 3333' >"$tmp/expected"
	small_vm pci-demo -- "$PROGRAMS/pci-demo" >"$tmp/report"
}

virtio_demo()
{
	lines 'first read = 1333' '1. read = 1333' '3. read = 2333' '5. read = 3333' >"$tmp/expected"
	small_vm virtio-demo -- "$PROGRAMS/virtio-demo" >"$tmp/report"
}

# Twice in a row: seeding starts the sequence again. And lspci knows the device, where the guest can run this machine's.
my_rng()
{
	local five=(286129175 1594929109 971802288 222134722 1335014133) lspci

	lines "${five[@]}" "${five[@]}" >"$tmp/expected"
	if [ "$(arch_of_kernel "$kernel")" != amd64 ]; then
		# shellcheck disable=SC2016 # the guest's shell expands that
		small_vm my_rng --file "$PROGRAMS/my_rng" -- sh -ec '"$1" 0x42; "$1" 0x42' sh "$PROGRAMS/my_rng" >"$tmp/report"
		return
	fi
	lspci=$(type -P lspci) || fail "lspci is missing: install the package pciutils"
	lines 'Device 1234:cafe (rev 10)' '[size=4K]' >>"$tmp/expected"
	# shellcheck disable=SC2016 # the guest's shell expands that
	small_vm my_rng --file "$lspci" --file /usr/share/misc/pci.ids --file "$PROGRAMS/my_rng" -- \
		sh -ec '"$1" 0x42; "$1" 0x42; "$2" -v -d 1234:cafe' sh "$PROGRAMS/my_rng" "$lspci" >"$tmp/all"
	cat -- "$tmp/all"
	{
		grep -x '[0-9]\+' "$tmp/all"
		grep -o 'Device 1234:cafe (rev 10)' "$tmp/all"
		grep -o '\[size=4K\]' "$tmp/all"
	} >"$tmp/report" || :
}

caesar()
{
	local a100 d100

	a100=$(printf '%0100d' 0 | tr 0 a)
	d100=${a100//a/d}
	lines 'key = 3' Khoor Hello 'key = 29' Khoor Hello 'Hello1: refused' Khoor 'size = 100' "$d100" \
		"${a100}a: refused" "$d100" >"$tmp/expected"
	small_vm caesar --file "$here/caesar.sh:/caesar.sh" -- sh /caesar.sh >"$tmp/report"
}

case ${1-} in
pci-demo | my_rng | virtio-demo | caesar) "${1/-/_}" ;;
*) fail "usage: acceptance.sh pci-demo|my_rng|virtio-demo|caesar" ;;
esac
diff -u -- "$tmp/expected" "$tmp/report" || fail "$1 does not do what it must"
cat -- "$tmp/report"
