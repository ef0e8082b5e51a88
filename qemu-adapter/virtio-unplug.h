/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the unrealize() of each virtio device of this directory begins with. */
#ifndef HW_VCRYPTO_VIRTIO_UNPLUG_H
#define HW_VCRYPTO_VIRTIO_UNPLUG_H

#include "hw/virtio/virtio.h"

/*
 * Possibly called from within one of the device's own handlers.  The reset has
 * the device end its work and forget what it knows, and makes QEMU's functions
 * for queues do nothing.
 *
 * It lowers the interrupt as well.  Where plugging has failed, the PCI device
 * may have freed what it knows of that.  Its bus has not come to be realized
 * then, so there was no driver, and nothing has to be reset.
 */
static inline void vcrypto_unplug(VirtIODevice *vdev)
{
    if (qdev_get_parent_bus(DEVICE(vdev))->realized) {
        virtio_reset(vdev);
    }
}

#endif /* HW_VCRYPTO_VIRTIO_UNPLUG_H */
