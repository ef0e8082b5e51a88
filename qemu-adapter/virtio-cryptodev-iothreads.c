/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which IOThread does the work of which queue: from the device's properties to
 * a lane for each queue, or none.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "hw/virtio/virtio-bus.h"
#include "qemu-compat.h"
#include "virtio-cryptodev-lane.h"

bool virtio_cryptodev_has_iothreads(const VirtIOCryptodev *dev)
{
    return dev->iothread;
}

static bool check_transport(VirtIOCryptodev *dev, Error **errp)
{
    BusState *bus = qdev_get_parent_bus(DEVICE(dev));
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);

    if (!k->set_guest_notifiers || !k->ioeventfd_assign) {
        error_setg(errp, "an IOThread needs notifiers, which the device's bus "
                   "does not have");
        return false;
    }
    if (!virtio_device_ioeventfd_enabled(VIRTIO_DEVICE(dev))) {
        error_setg(errp, "an IOThread needs property 'ioeventfd' to be on");
        return false;
    }
    return true;
}

bool virtio_cryptodev_iothreads_init(VirtIOCryptodev *dev, Error **errp)
{
    if (!virtio_cryptodev_has_iothreads(dev)) {
        return true;
    }
    if (!check_transport(dev, errp)) {
        return false;
    }
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        dev->queues[i].lane = virtio_cryptodev_lane_new(&dev->queues[i],
                                                        dev->iothread);
    }
    return true;
}
