#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: vanish.sh [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# As kernel.sh, with a device that has a ROM full of ones, as long as its registers (see ../programs/vanish.c).

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

head -c 16384 /dev/zero | tr '\0' '\377' >"$tmp/ones"
"$(dirname -- "${BASH_SOURCE[0]}")/kernel.sh" --no-device --device "virtio-cryptodev-pci,romfile=$tmp/ones" "$@"
