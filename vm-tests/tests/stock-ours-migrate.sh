#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: stock-ours-migrate.sh QEMU VCRYPTOD [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# As migrate.sh, for our own device in a process of its own: the machine moves to and fro between two QEMUs of that
# version, each with a daemon of its own, which do the work with other libraries.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

[ $# -gt 3 ] || fail "a QEMU, the daemon, -- and a program are needed (--help explains)"
qemu=$(qemu_of "$1") vcryptod=$2 daemons=()
shift 2
[ -e "$qemu" ] || { echo "SKIP: there is no $qemu: run qemu-adapter/build-qemu.sh --version 10.0"; exit 77; }
trap 'kill "${daemons[@]}" $daemon 2>/dev/null || :; rm -rf -- "$tmp"' EXIT

options=(--no-device --memory 512 --qemu-arg -object
	--qemu-arg "memory-backend-memfd,id=shared,size=512M,share=on" --qemu-arg -machine --qemu-arg memory-backend=shared)
devices=''
for backend in libcrypto nettle; do
	start_daemon "$vcryptod" "$tmp/$backend" --device=cryptodev --queues=2 --backend="$backend"
	daemons+=("$daemon")
	mv -- "$tmp/daemon" "$tmp/$backend.log"
	options+=(--qemu-arg -chardev --qemu-arg "socket,id=$backend,path=$tmp/$backend")
	devices+="vhost-user-cryptodev-pci,id=dut,addr=4,queues=2,chardev=$backend "
done
export MIGRATE_QEMUS=$qemu MIGRATE_DEVICES=$devices VM_QEMU=${BASH_SOURCE[0]%/*}/migrate.py
status=0
"${BASH_SOURCE[0]%/*}/tap.sh" "${options[@]}" "$@" || status=$?
for backend in libcrypto nettle; do
	daemon=${daemons[0]} daemons=("${daemons[@]:1}")
	mv -- "$tmp/$backend.log" "$tmp/daemon"
	stop_daemon
done
exit $status
