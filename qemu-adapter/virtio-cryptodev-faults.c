/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults to order, for tests of a driver that has to survive them:
 *
 *   (qemu) qom-set /machine/peripheral/ID/virtio-backend x-forget true
 *   (qemu) qom-set /machine/peripheral/ID/virtio-backend x-fail true
 *
 * No request is half done when the fault happens: the monitor runs while no
 * engine does, but for those of lanes, which are locked.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "virtio-cryptodev-lane.h"

static bool check_realized(VirtIOCryptodev *dev, Error **errp)
{
    if (!DEVICE(dev)->realized) {
        error_setg(errp, "the device is not there yet, or not any more");
        return false;
    }
    return true;
}

static void set_forget(Object *obj, bool value, Error **errp)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(obj);

    if (!value || !check_realized(dev, errp)) {
        return;
    }
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        virtio_cryptodev_queue_forget(&dev->queues[i]);
    }
}

static void set_fail(Object *obj, bool value, Error **errp)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(obj);

    if (value && check_realized(dev, errp)) {
        virtio_cryptodev_fail(dev, "told to fail");
    }
}

void virtio_cryptodev_add_faults(ObjectClass *klass)
{
    object_class_property_add_bool(klass, "x-forget", NULL, set_forget);
    object_class_property_set_description(klass, "x-forget",
        "lose all contexts and sessions; the driver is not told");
    object_class_property_add_bool(klass, "x-fail", NULL, set_fail);
    object_class_property_set_description(klass, "x-fail",
        "stop with DEVICE_NEEDS_RESET");
}
