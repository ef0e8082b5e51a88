#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lspci.sh
#
# The guest's lspci shows the device as the lab guide says.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

lspci=$(type -P lspci) || fail "lspci is missing: install the package pciutils"
names=/usr/share/misc/pci.ids
[ -e "$names" ] || fail "$names is missing: install the package pci.ids"

# Older and newer lists of names differ in the full stop.
shows() { grep -Eq "$1" "$tmp/list" || fail "no line like '$1' in: $(<"$tmp/list")"; }

vm --file "$names" -- "$lspci" >"$tmp/list"
cat -- "$tmp/list"
shows '^00:0[0-9a-f]\.0 Communication controller: Red Hat, Inc\.? Device 1013$'

vm -- "$lspci" -n >"$tmp/list"
shows '^00:0[0-9a-f]\.0 0780: 1af4:1013$'

# Without the transitional interface the number is the modern one, and the driver works with it as well.
# shellcheck disable=SC2016 # the guest's shell expands that
vm --no-device --device virtio-cryptodev-pci-non-transitional --file "$lspci" -- \
	sh -c '"$1" -n; : </dev/cryptodev0' sh "$lspci" >"$tmp/list"
shows '^00:0[0-9a-f]\.0 0780: 1af4:107c( \(rev 01\))?$'
