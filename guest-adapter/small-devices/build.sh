#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the guest modules of the small devices, build/guest/<release>/{pci-demo,my_rng,virtio-demo,caesar}.ko.
#
#	build.sh [--sparse] [KDIR]
#
# It is ../build.sh that does the work; its --help says what the arguments are.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
exec "$here/../build.sh" --from "$here" "$@"
