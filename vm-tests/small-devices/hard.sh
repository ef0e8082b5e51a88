#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	hard.sh DEVICE PROGRAM [ARGUMENT]...
#
# Runs a test program in a VM with two devices of a kind and two processors.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

device=$1 program=$2
shift 2
"$VM_TESTS/tests/tap.sh" --no-module --no-device --smp 2 --module "$modules/$device.ko" \
	--device "$(qemu_device "$device")" --device "$(qemu_device "$device")" -- "$PROGRAMS/$program" "$@"
