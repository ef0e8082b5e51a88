#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: reach.sh
#
# What vm-tests/reach.sh says where packages cannot be fetched: for each row one line with the package, counted in a
# row of the table. Of a row that is none it says so before it does anything.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

reach=$(dirname -- "${BASH_SOURCE[0]}")/../reach.sh
mkdir -- "$tmp/bin"
printf '#!/bin/sh\necho "there is no network" >&2\nexit 100\n' >"$tmp/bin/apt-get"
chmod 755 -- "$tmp/bin/apt-get"

# reach ROW...: leaves what it has said in $tmp/report, errors too.
reach()
{
	status=0
	PATH=$tmp/bin:$PATH VCRYPTO_BUILD=$tmp/build "$reach" "$@" >"$tmp/report" 2>&1 || status=$?
	cat -- "$tmp/report"
}

# skips ROW PACKAGE
skips()
{
	[ "$(grep -c "^SKIP $1: " "$tmp/report")" -eq 1 ] || fail "$1: not one line that says SKIP"
	grep -q "^SKIP $1: needs the package $2: ." "$tmp/report" || fail "$1: the line does not name $2"
	grep -Eq "^$1 .* 0 +0 +1 +0:[0-9]{2}$" "$tmp/report" || fail "$1: not counted in the table"
}

reach riscv64-pci cloud host-s390x
[ "$status" -eq 77 ] || fail "exit status $status, where nothing ran"
skips riscv64-pci linux-image-riscv64
skips cloud linux-image-cloud-amd64
skips host-s390x gcc-12-s390x-linux-gnu

# Where all but QEMU is there, and nothing has to be built: as QEMU's source cannot be had, no fault of ours.
kernel=$tmp/build/kernel/6.1
mkdir -p -- "$kernel/headers/include/generated"
echo '#define UTS_RELEASE "6.1-test"' >"$kernel/headers/include/generated/utsrelease.h"
touch -- "$kernel"/{release,headers/Makefile}
printf '#!/bin/sh\n' >"$tmp/bin/cmake"
# shellcheck disable=SC2016 # the scripts expand that
printf '#!/bin/sh\nfor word; do case $word in M=*) touch "${word#M=}/none.ko" ;; esac; done\n' >"$tmp/bin/make"
chmod 755 -- "$tmp/bin"/{cmake,make}
# unfetched ENDING COMMAND: what is said when apt-get is that.
unfetched()
{
	printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/apt-get"
	reach pc
	[ "$status" -eq 77 ] || fail "exit status $status, where QEMU's source cannot be had"
	grep -Eq "^SKIP pc: needs the source package qemu 7.2 .*$1\$" "$tmp/report" || fail "QEMU: the line does not say why"
}
unfetched 'apt knows no Debian archive; try apt-get update' 'exit 0'
# shellcheck disable=SC2016 # the shell of apt-get expands that
unfetched 'cannot fetch the package lists of bookworm.*' \
	'[ "$1" != indextargets ] || { echo Debian bookworm http://none.invalid main; exit; }; exit 100'

# What only runs says who makes what is missing.
reach --run q35 host-i386
[ "$status" -eq 77 ] || fail "exit status $status, where nothing was made"
[ "$(grep -c '^SKIP .*: reach.sh --prepare makes it$' "$tmp/report")" -eq 2 ] || fail "--run does not name --prepare"

# refused NAME ARGUMENT...
refused()
{
	reach "${@:2}"
	[ "$status" -eq 2 ] || fail "exit status $status for a row that is none"
	[ "$(cat -- "$tmp/report")" = "reach.sh: there is no row '$1' (--help explains)" ] ||
		fail "more than one line for a row that is none"
}

refused toaster cloud toaster
refused toaster --list toaster
refused p. p.
refused '' ''
