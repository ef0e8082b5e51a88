/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When IOThreads have the device's queues: while it has ioeventfds, that is,
 * while the driver says DRIVER_OK and the machine runs.
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/virtio/virtio-bus.h"
#include "qemu-compat.h"
#include "virtio-cryptodev-lane.h"

/* QEMU's own, which have notifications come to the main loop. */
static int (*start_ioeventfd)(VirtIODevice *vdev);
static void (*stop_ioeventfd)(VirtIODevice *vdev);

static int set_guest_notifiers(VirtIOCryptodev *dev, bool assign)
{
    BusState *bus = qdev_get_parent_bus(DEVICE(dev));

    return VIRTIO_BUS_GET_CLASS(bus)->set_guest_notifiers(
        bus->parent, dev->num_queues, assign);
}

/* The lanes' ring is a split one, its numbers little-endian. */
static bool has_lanes_ring(VirtIODevice *vdev)
{
    return !virtio_vdev_has_feature(vdev, VIRTIO_F_RING_PACKED) &&
           (virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1) ||
            vdev->device_endian == VIRTIO_DEVICE_ENDIAN_LITTLE);
}

static bool has_notifiers(VirtIOCryptodev *dev)
{
    int error = set_guest_notifiers(dev, true);

    if (error) {
        warn_report("virtio-cryptodev: no interrupts from IOThreads: %s",
                    strerror(-error));
    }
    return !error;
}

/* Else the main loop keeps them. */
static void start_lanes(VirtIOCryptodev *dev)
{
    if (!has_lanes_ring(VIRTIO_DEVICE(dev)) || !has_notifiers(dev)) {
        warn_report_once("virtio-cryptodev: IOThreads need a split ring and "
                         "interrupts; the main loop does their work");
        return;
    }
    if (!virtio_cryptodev_ram_start(&dev->ram, dev)) {
        warn_report_once("virtio-cryptodev: IOThreads cannot go through an "
                         "IOMMU; the main loop does their work");
        set_guest_notifiers(dev, false);
        return;
    }
    dev->has_lanes = true;
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        virtio_cryptodev_lane_start(dev->queues[i].lane);
    }
}

/* Interrupts that the main loop has not seen yet are left in @pending. */
static void stop_lanes(VirtIOCryptodev *dev, unsigned long *pending)
{
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        VirtQueue *vq = dev->queues[i].vq;

        virtio_cryptodev_lane_stop(dev->queues[i].lane);
        if (event_notifier_test_and_clear(virtio_queue_get_guest_notifier(vq))) {
            set_bit(i, pending);
        }
    }
    dev->has_lanes = false;
    virtio_cryptodev_ram_stop(&dev->ram);
    set_guest_notifiers(dev, false);
}

static int start(VirtIODevice *vdev)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);
    int result = start_ioeventfd(vdev);

    dev->started = result >= 0;
    if (dev->started && virtio_cryptodev_has_iothreads(dev)) {
        start_lanes(dev);
    }
    return result;
}

void virtio_cryptodev_fail(VirtIOCryptodev *dev, const char *why)
{
    for (uint32_t i = 0; i < dev->num_queues && dev->has_lanes; i++) {
        virtio_cryptodev_lane_break(dev->queues[i].lane);
    }
    virtio_error(VIRTIO_DEVICE(dev), "virtio-cryptodev: %s", why);
}

static void on_failed(void *opaque)
{
    VirtIOCryptodev *dev = opaque;

    if (qatomic_xchg(&dev->lane_failed, false)) {
        virtio_cryptodev_fail(dev, "the driver has broken a rule");
    }
}

/*
 * The address of an interrupt may be a register of a device, and so it may stop
 * us once more: interrupts come last, when all is done.
 */
static void stop(VirtIODevice *vdev)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);
    DECLARE_BITMAP(pending, VCRYPTO_MAX_QUEUES) = { 0 };

    if (!dev->started) {
        return;
    }
    dev->started = false;
    if (dev->has_lanes) {
        stop_lanes(dev, pending);
    }
    stop_ioeventfd(vdev);
    /* The bottom half would be too late: the machine may be saved, or go on. */
    on_failed(dev);
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        if (test_bit(i, pending)) {
            virtio_notify(vdev, dev->queues[i].vq);
        }
    }
}

/* Of one queue, after its reset; or without, as no driver should. */
static void enable(VirtIODevice *vdev, uint32_t index)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);

    if (dev->has_lanes && index < dev->num_queues) {
        virtio_cryptodev_lane_stop(dev->queues[index].lane);
        virtio_cryptodev_lane_start(dev->queues[index].lane);
    }
}

void virtio_cryptodev_lanes_init(VirtIOCryptodev *dev)
{
    dev->failed = vcrypto_bh_new(DEVICE(dev), on_failed, dev);
}

void virtio_cryptodev_lanes_fini(VirtIOCryptodev *dev)
{
    if (dev->failed) {
        qemu_bh_delete(dev->failed);
    }
}

void virtio_cryptodev_lanes_add(VirtioDeviceClass *vdc)
{
    start_ioeventfd = vdc->start_ioeventfd;
    stop_ioeventfd = vdc->stop_ioeventfd;
    vdc->start_ioeventfd = start;
    vdc->stop_ioeventfd = stop;
    vdc->queue_enable = enable;
}
