/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU's virtio core has to know about the devices of this directory.
 * install.sh puts the three macros below into QEMU's own lists once; a new
 * device is one more line in each of them, here.
 */
#ifndef HW_VCRYPTO_VIRTIO_IDS_H
#define HW_VCRYPTO_VIRTIO_IDS_H

#include <vcrypto/small-devices/ids.h>
#include <vcrypto/wire.h>

#define VIRTIO_ID_CRYPTODEV VCRYPTO_VIRTIO_ID

/*
 * Entries of virtio_device_names[].  QEMU asserts that the id of every device
 * is in that table.
 */
#define VCRYPTO_VIRTIO_NAMES \
    [VIRTIO_ID_CRYPTODEV] = "virtio-cryptodev", \
    [VCRYPTO_VIRTIO_DEMO_ID] = "virtio-demo", \
    [VCRYPTO_CAESAR_ID] = "virtio-caesar",

/*
 * Labels for two switches over device ids: virtio_legacy_allowed(), which
 * refuses the transitional mode to ids that it does not list, and
 * qmp_decode_features(), which has to know every id for the monitor.
 */
#define VCRYPTO_VIRTIO_CASES \
    case VIRTIO_ID_CRYPTODEV: \
    case VCRYPTO_VIRTIO_DEMO_ID: \
    case VCRYPTO_CAESAR_ID:

#endif /* HW_VCRYPTO_VIRTIO_IDS_H */
