#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On a host without /dev/vhost-demo the device works all the same, and QEMU has said who serves it.

# shellcheck source-path=SCRIPTDIR source=vhost-demo-lib.sh
. "${BASH_SOURCE[0]%/*}/vhost-demo-lib.sh"

need_no_node
# What QEMU says goes nowhere if the VM works; hence a QEMU that keeps it.
cat >"$tmp/qemu" <<END
#!/bin/sh
exec '$qemu' "\$@" 2>'$tmp/said'
END
chmod +x "$tmp/qemu"
VM_QEMU=$tmp/qemu "$VM_TESTS/vm.sh" run --check-log --no-module --no-device --device vhost-demo-pci \
	--module "$modules/virtio-demo.ko" -- "$PROGRAMS/virtio-demo" >"$tmp/report"
printf '%s\n' 'first read = 1333' '1. read = 1333' '3. read = 2333' '5. read = 3333' >"$tmp/expected"
diff -u -- "$tmp/expected" "$tmp/report" || fail "the device does not do what it must"
cat -- "$tmp/report" "$tmp/said"
[ "$(grep -c 'vhost-demo is served by QEMU: .*/dev/vhost-demo' "$tmp/said")" = 1 ] || fail "QEMU did not warn"
