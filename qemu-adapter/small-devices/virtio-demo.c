/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-demo: a register behind a virtqueue.  The device proper, and the PCI
 * device that presents it to the guest.  What the register does is the
 * model's business: libvcrypto/small-devices/virtio-demo.h.
 */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/virtio/virtio-pci.h"
#include "migration/vmstate.h"
#include "request-queue.h"
#include <vcrypto/small-devices/chain.h>
#include <vcrypto/small-devices/ids.h>

#define TYPE_VIRTIO_DEMO "virtio-demo-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIODemo, VIRTIO_DEMO)

struct VirtIODemo {
    VirtIODevice parent_obj;

    RequestQueue queue;
    struct vcrypto_virtio_demo model;
};

static uint32_t virtio_demo_handle(VirtIODevice *vdev,
                                   struct vcrypto_cursor readable,
                                   struct vcrypto_cursor writable)
{
    return vcrypto_virtio_demo_chain(&VIRTIO_DEMO(vdev)->model, readable,
                                     writable);
}

static void virtio_demo_notified(VirtIODevice *vdev, VirtQueue *vq)
{
    request_queue_schedule(&VIRTIO_DEMO(vdev)->queue);
}

static SetStatusRet virtio_demo_set_status(VirtIODevice *vdev, uint8_t status)
{
    return request_queue_set_status(&VIRTIO_DEMO(vdev)->queue, status);
}

static void virtio_demo_reset(VirtIODevice *vdev)
{
    VirtIODemo *demo = VIRTIO_DEMO(vdev);

    request_queue_reset(&demo->queue);
    vcrypto_virtio_demo_reset(&demo->model);
}

static uint64_t virtio_demo_get_features(VirtIODevice *vdev, uint64_t features,
                                         Error **errp)
{
    return features;
}

static void virtio_demo_realize(DeviceState *qdev, Error **errp)
{
    VirtIODemo *demo = VIRTIO_DEMO(qdev);
    VirtIODevice *vdev = VIRTIO_DEVICE(qdev);

    virtio_init(vdev, VCRYPTO_VIRTIO_DEMO_ID, 0);
    request_queue_init(&demo->queue, vdev, VCRYPTO_VIRTIO_DEMO_QUEUE,
                       virtio_demo_notified, virtio_demo_handle);
    vcrypto_virtio_demo_reset(&demo->model);
}

static void virtio_demo_unrealize(DeviceState *qdev)
{
    vcrypto_unplug(VIRTIO_DEVICE(qdev));
    virtio_cleanup(VIRTIO_DEVICE(qdev));
}

static void virtio_demo_finalize(Object *obj)
{
    request_queue_fini(&VIRTIO_DEMO(obj)->queue);
}

/* What every virtio device has to save, and what this one has beyond that. */
static const VMStateDescription vmstate_virtio_demo = {
    .name = "virtio-demo",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_virtio_demo_device = {
    .name = "virtio-demo-device",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(model.value, VirtIODemo),
        VMSTATE_END_OF_LIST()
    },
};

static void virtio_demo_class_init(ObjectClass *klass, VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    dc->desc = "A register behind a virtqueue";
    dc->vmsd = &vmstate_virtio_demo;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    vdc->realize = virtio_demo_realize;
    vdc->unrealize = virtio_demo_unrealize;
    vdc->get_features = virtio_demo_get_features;
    vdc->set_status = virtio_demo_set_status;
    vdc->reset = virtio_demo_reset;
    vdc->vmsd = &vmstate_virtio_demo_device;
}

static const TypeInfo virtio_demo_info = {
    .name = TYPE_VIRTIO_DEMO,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIODemo),
    .instance_finalize = virtio_demo_finalize,
    .class_init = virtio_demo_class_init,
};

#define TYPE_VIRTIO_DEMO_PCI "virtio-demo-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIODemoPCI, VIRTIO_DEMO_PCI)

struct VirtIODemoPCI {
    VirtIOPCIProxy parent_obj;

    VirtIODemo vdev;
};

/* A modern device on any bus, which is all that a driver of today needs. */
static void virtio_demo_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    virtio_pci_force_virtio_1(proxy);
    proxy->nvectors = 2;        /* the queue, configuration changes */
    qdev_realize(DEVICE(&VIRTIO_DEMO_PCI(proxy)->vdev), BUS(&proxy->bus), errp);
}

static void virtio_demo_pci_class_init(ObjectClass *klass,
                                       VCryptoClassData *data)
{
    set_bit(DEVICE_CATEGORY_MISC, DEVICE_CLASS(klass)->categories);
    VIRTIO_PCI_CLASS(klass)->realize = virtio_demo_pci_realize;
    PCI_DEVICE_CLASS(klass)->class_id = PCI_CLASS_OTHERS;
}

static void virtio_demo_pci_init(Object *obj)
{
    VirtIODemoPCI *pci = VIRTIO_DEMO_PCI(obj);

    virtio_instance_init_common(obj, &pci->vdev, sizeof(pci->vdev),
                                TYPE_VIRTIO_DEMO);
}

static const VirtioPCIDeviceTypeInfo virtio_demo_pci_info = {
    .base_name = TYPE_VIRTIO_DEMO_PCI,
    .generic_name = "virtio-demo-pci",
    .instance_size = sizeof(VirtIODemoPCI),
    .instance_init = virtio_demo_pci_init,
    .class_init = virtio_demo_pci_class_init,
};

static void virtio_demo_register_types(void)
{
    type_register_static(&virtio_demo_info);
    virtio_pci_types_register(&virtio_demo_pci_info);
}

type_init(virtio_demo_register_types)
