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
    return dev->iothread || dev->iothreads || dev->iothread_vq_mapping;
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

/* One id after the other, and again from the first. */
static bool from_list(VirtIOCryptodev *dev, IOThread **of, Error **errp)
{
    g_auto(GStrv) ids = g_strsplit(dev->iothreads, ":", -1);
    unsigned count = g_strv_length(ids);

    if (!count || count > dev->num_queues) {
        error_setg(errp, "property 'iothreads' is '%s'; it must be ids of "
                   "IOThreads with colons between them, from 1 to %" PRIu32
                   ", which is 'queues'", dev->iothreads, dev->num_queues);
        return false;
    }
    for (unsigned i = 0; i < dev->num_queues; i++) {
        of[i] = iothread_by_id(ids[i % count]);
        if (!of[i]) {
            error_setg(errp, "property 'iothreads' has '%s' in it, and no "
                       "IOThread has that id", ids[i % count]);
            return false;
        }
    }
    return true;
}

static bool from_mapping(VirtIOCryptodev *dev, IOThread **of, Error **errp)
{
#ifdef VCRYPTO_HAS_IOTHREAD_VQ_MAPPING
    AioContext *contexts[VCRYPTO_MAX_QUEUES];
    IOThreadVirtQueueMappingList *node;

    if (!iothread_vq_mapping_apply(dev->iothread_vq_mapping, contexts,
                                   dev->num_queues, errp)) {
        return false;
    }
    for (node = dev->iothread_vq_mapping; node; node = node->next) {
        IOThread *iothread = iothread_by_id(node->value->iothread);

        for (unsigned i = 0; i < dev->num_queues; i++) {
            if (contexts[i] == iothread_get_aio_context(iothread)) {
                of[i] = iothread;
            }
        }
    }
    /* A lane holds what it has itself. */
    iothread_vq_mapping_cleanup(dev->iothread_vq_mapping);
#endif
    return true;
}

static bool find_iothreads(VirtIOCryptodev *dev, IOThread **of, Error **errp)
{
    if (!!dev->iothread + !!dev->iothreads + !!dev->iothread_vq_mapping > 1) {
        error_setg(errp, "only one of the properties 'iothread', 'iothreads' "
                   "and 'iothread-vq-mapping' can be set");
        return false;
    }
    if (dev->iothreads) {
        return from_list(dev, of, errp);
    }
    if (dev->iothread_vq_mapping) {
        return from_mapping(dev, of, errp);
    }
    for (unsigned i = 0; i < dev->num_queues; i++) {
        of[i] = dev->iothread;
    }
    return true;
}

bool virtio_cryptodev_iothreads_init(VirtIOCryptodev *dev, Error **errp)
{
    IOThread *of[VCRYPTO_MAX_QUEUES];

    if (!virtio_cryptodev_has_iothreads(dev)) {
        return true;
    }
    if (!check_transport(dev, errp) || !find_iothreads(dev, of, errp)) {
        return false;
    }
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        dev->queues[i].lane = virtio_cryptodev_lane_new(&dev->queues[i], of[i]);
    }
    return true;
}
