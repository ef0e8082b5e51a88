#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: modules.sh
#
# All four drivers find their devices among the others, can be unloaded while idle and loaded again, and not
# while a node is open.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

cat >"$tmp/script" <<'END'
set -e
fail() { echo "modules.sh (guest): $*" >&2; exit 1; }

for pair in pci-demo:/dev/demo my_rng:/dev/my_rng virtio-demo:/dev/virtio_demo caesar:/dev/caesardev; do
	module=${pair%:*} node=${pair#*:}
	for cycle in $(seq 5); do
		[ ! -e $node ] || fail "$node is there before the module"
		insmod /lib/modules/$module.ko
		[ -c $node ] && [ -c ${node}1 ] || fail "no nodes after insmod $module"
		exec 9<>$node
		! rmmod $module 2>/dev/null || fail "rmmod $module works while $node is open"
		exec 9<&-
		rmmod $module || fail "rmmod $module"
	done
	insmod /lib/modules/$module.ko
	echo "ok $module"
done
pci-demo
virtio-demo
my_rng
END

options=()
for device in pci-demo my_rng virtio-demo caesar; do
	name=$(qemu_device "$device")
	options+=(--module "$modules/$device.ko" --device "$name" --device "$name")
done
for program in pci-demo virtio-demo my_rng; do
	options+=(--file "$PROGRAMS/$program:/bin/$program")
done
"$VM_TESTS/vm.sh" run --check-log --no-module --no-device --no-insmod "${options[@]}" \
	--file "$tmp/script:/script" -- sh /script | tee "$tmp/report"
[ "$(grep -c ^ok "$tmp/report")" -eq 4 ] || fail "the script did not finish"
