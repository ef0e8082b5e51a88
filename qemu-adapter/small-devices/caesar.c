/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-caesar: Caesar's cipher behind a virtqueue, with its parameters in
 * configuration space.  The device proper, and the PCI device that presents it
 * to the guest.  What requests mean is the model's business:
 * libvcrypto/small-devices/caesar.h.
 */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/virtio/virtio-pci.h"
#include "migration/vmstate.h"
#include "request-queue.h"
#include <vcrypto/small-devices/chain.h>
#include <vcrypto/small-devices/ids.h>

#define TYPE_VIRTIO_CAESAR "virtio-caesar-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOCaesar, VIRTIO_CAESAR)

struct VirtIOCaesar {
    VirtIODevice parent_obj;

    RequestQueue queue;
    struct vcrypto_caesar model;
};

static uint32_t virtio_caesar_handle(VirtIODevice *vdev,
                                   struct vcrypto_cursor readable,
                                   struct vcrypto_cursor writable)
{
    return vcrypto_caesar_chain(&VIRTIO_CAESAR(vdev)->model, readable,
                                     writable);
}

static void virtio_caesar_notified(VirtIODevice *vdev, VirtQueue *vq)
{
    request_queue_schedule(&VIRTIO_CAESAR(vdev)->queue);
}

static SetStatusRet virtio_caesar_set_status(VirtIODevice *vdev, uint8_t status)
{
    return request_queue_set_status(&VIRTIO_CAESAR(vdev)->queue, status);
}

/* Called before the guest reads. */
static void virtio_caesar_get_config(VirtIODevice *vdev, uint8_t *config)
{
    VirtIOCaesar *caesar = VIRTIO_CAESAR(vdev);
    struct vcrypto_caesar_config wire = vcrypto_caesar_get_config(&caesar->model);

    memcpy(config, &wire, sizeof(wire));
}

/*
 * Called after the guest has written some of @config, which is QEMU's copy and
 * keeps what is in it: so it must always say what the device has, and not what
 * the device has refused.
 */
static void virtio_caesar_set_config(VirtIODevice *vdev, const uint8_t *config)
{
    struct vcrypto_caesar_config wire;

    memcpy(&wire, config, sizeof(wire));
    vcrypto_caesar_set_config(&VIRTIO_CAESAR(vdev)->model, &wire);
    virtio_caesar_get_config(vdev, vdev->config);
}

static void virtio_caesar_reset(VirtIODevice *vdev)
{
    VirtIOCaesar *caesar = VIRTIO_CAESAR(vdev);

    request_queue_reset(&caesar->queue);
    vcrypto_caesar_reset(&caesar->model);
    virtio_caesar_get_config(vdev, vdev->config);
}

static uint64_t virtio_caesar_get_features(VirtIODevice *vdev, uint64_t features,
                                         Error **errp)
{
    return features;
}

static void virtio_caesar_realize(DeviceState *qdev, Error **errp)
{
    VirtIOCaesar *caesar = VIRTIO_CAESAR(qdev);
    VirtIODevice *vdev = VIRTIO_DEVICE(qdev);

    virtio_init(vdev, VCRYPTO_CAESAR_ID, sizeof(struct vcrypto_caesar_config));
    request_queue_init(&caesar->queue, vdev, VCRYPTO_CAESAR_QUEUE,
                       virtio_caesar_notified, virtio_caesar_handle);
    virtio_caesar_reset(vdev);
}

static void virtio_caesar_unrealize(DeviceState *qdev)
{
    vcrypto_unplug(VIRTIO_DEVICE(qdev));
    virtio_cleanup(VIRTIO_DEVICE(qdev));
}

static void virtio_caesar_finalize(Object *obj)
{
    request_queue_fini(&VIRTIO_CAESAR(obj)->queue);
}

/* A saved state is input like any other: texts must fit into the buffer. */
static bool virtio_caesar_size_is_valid(void *opaque, int version_id)
{
    VirtIOCaesar *caesar = opaque;

    return caesar->model.size <= VCRYPTO_CAESAR_MAX_SIZE;
}

/* What every virtio device has to save, and what this one has beyond that. */
static const VMStateDescription vmstate_virtio_caesar = {
    .name = "virtio-caesar",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_virtio_caesar_device = {
    .name = "virtio-caesar-device",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(model.key, VirtIOCaesar),
        VMSTATE_UINT32(model.size, VirtIOCaesar),
        VMSTATE_VALIDATE("size is allowed", virtio_caesar_size_is_valid),
        VMSTATE_END_OF_LIST()
    },
};

static void virtio_caesar_class_init(ObjectClass *klass, VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    dc->desc = "Caesar's cipher; not for security";
    dc->vmsd = &vmstate_virtio_caesar;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    vdc->realize = virtio_caesar_realize;
    vdc->unrealize = virtio_caesar_unrealize;
    vdc->get_features = virtio_caesar_get_features;
    vdc->get_config = virtio_caesar_get_config;
    vdc->set_config = virtio_caesar_set_config;
    vdc->set_status = virtio_caesar_set_status;
    vdc->reset = virtio_caesar_reset;
    vdc->vmsd = &vmstate_virtio_caesar_device;
}

static const TypeInfo virtio_caesar_info = {
    .name = TYPE_VIRTIO_CAESAR,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOCaesar),
    .instance_finalize = virtio_caesar_finalize,
    .class_init = virtio_caesar_class_init,
};

#define TYPE_VIRTIO_CAESAR_PCI "virtio-caesar-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOCaesarPCI, VIRTIO_CAESAR_PCI)

struct VirtIOCaesarPCI {
    VirtIOPCIProxy parent_obj;

    VirtIOCaesar vdev;
};

/* A modern device on any bus, which is all that a driver of today needs. */
static void virtio_caesar_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    virtio_pci_force_virtio_1(proxy);
    proxy->nvectors = 2;        /* the queue, configuration changes */
    qdev_realize(DEVICE(&VIRTIO_CAESAR_PCI(proxy)->vdev), BUS(&proxy->bus), errp);
}

static void virtio_caesar_pci_class_init(ObjectClass *klass,
                                         VCryptoClassData *data)
{
    set_bit(DEVICE_CATEGORY_MISC, DEVICE_CLASS(klass)->categories);
    VIRTIO_PCI_CLASS(klass)->realize = virtio_caesar_pci_realize;
    PCI_DEVICE_CLASS(klass)->class_id = PCI_CLASS_OTHERS;
}

static void virtio_caesar_pci_init(Object *obj)
{
    VirtIOCaesarPCI *pci = VIRTIO_CAESAR_PCI(obj);

    virtio_instance_init_common(obj, &pci->vdev, sizeof(pci->vdev),
                                TYPE_VIRTIO_CAESAR);
}

static const VirtioPCIDeviceTypeInfo virtio_caesar_pci_info = {
    .base_name = TYPE_VIRTIO_CAESAR_PCI,
    .generic_name = "virtio-caesar-pci",
    .instance_size = sizeof(VirtIOCaesarPCI),
    .instance_init = virtio_caesar_pci_init,
    .class_init = virtio_caesar_pci_class_init,
};

static void virtio_caesar_register_types(void)
{
    type_register_static(&virtio_caesar_info);
    virtio_pci_types_register(&virtio_caesar_pci_info);
}

type_init(virtio_caesar_register_types)
