# SPDX-License-Identifier: GPL-2.0-or-later
#
# The devices that build-qemu.sh builds into a QEMU of any architecture.  The list
# is explicit because the build turns every default off: that is what makes it
# small.  devices-ARCHITECTURE.mak has the machines, and includes this.

# What tests and benchmarks use beside the project's own devices:
# the console, the entropy source, and QEMU's own crypto device to compare with.
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_VIRTIO_RNG=y
CONFIG_VIRTIO_CRYPTO=y

# Ours
CONFIG_VIRTIO_CRYPTODEV=y

# The small devices; docs/small-devices.md
CONFIG_PCI_DEMO=y
CONFIG_MY_RNG=y
CONFIG_VIRTIO_DEMO=y
CONFIG_VHOST_DEMO=y
CONFIG_VIRTIO_CAESAR=y
