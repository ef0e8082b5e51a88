#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: qemu-alone.sh CHECK
#
# The adapter in the built QEMU, without a guest: CHECK is a program of ../../qemu-adapter.
# VM_QEMU names another QEMU.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"

qemu=${VM_QEMU:-$QEMU}
[ -x "$qemu" ] || fail "there is no QEMU at $qemu: run qemu-adapter/build-qemu.sh"
"$VM_TESTS/../qemu-adapter/$1" "$qemu"
