#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the guest modules of the small devices, build/guest/<release>/{pci-demo,my_rng,virtio-demo,caesar}.ko.
# Arguments are those of ../build.sh, which does the work: [--sparse] [KDIR].
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
exec "$here/../build.sh" --from "$here" "$@"
