#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# /dev/vhost-demo, driven by programs that play guest and VMM, in a VM that plays the host.

# shellcheck source-path=SCRIPTDIR source=vhost-demo-lib.sh
. "${BASH_SOURCE[0]%/*}/vhost-demo-lib.sh"

need_host_module
exec "$VM_TESTS/tests/tap.sh" --each --no-module --no-device --smp 2 --module "$host_module" -- \
	"$PROGRAMS"/vhost-demo-{serve,hostile,life}
