/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-demo on a PCI bus.  For the guest it is a virtio-demo-pci. */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/virtio/virtio-pci.h"
#include "vhost-demo-device.h"

#define TYPE_VHOST_DEMO_PCI "vhost-demo-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VHostDemoPCI, VHOST_DEMO_PCI)

struct VHostDemoPCI {
    VirtIOPCIProxy parent_obj;

    VHostDemo vdev;
};

static void vhost_demo_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    virtio_pci_force_virtio_1(proxy);
    proxy->nvectors = 2;        /* the queue, configuration changes */
    qdev_realize(DEVICE(&VHOST_DEMO_PCI(proxy)->vdev), BUS(&proxy->bus), errp);
}

static void vhost_demo_pci_class_init(ObjectClass *klass,
                                      VCryptoClassData *data)
{
    set_bit(DEVICE_CATEGORY_MISC, DEVICE_CLASS(klass)->categories);
    VIRTIO_PCI_CLASS(klass)->realize = vhost_demo_pci_realize;
    PCI_DEVICE_CLASS(klass)->class_id = PCI_CLASS_OTHERS;
}

static void vhost_demo_pci_init(Object *obj)
{
    VHostDemoPCI *pci = VHOST_DEMO_PCI(obj);

    virtio_instance_init_common(obj, &pci->vdev, sizeof(pci->vdev),
                                TYPE_VHOST_DEMO);
}

static const VirtioPCIDeviceTypeInfo vhost_demo_pci_info = {
    .base_name = TYPE_VHOST_DEMO_PCI,
    .generic_name = "vhost-demo-pci",
    .instance_size = sizeof(VHostDemoPCI),
    .instance_init = vhost_demo_pci_init,
    .class_init = vhost_demo_pci_class_init,
};

static void vhost_demo_pci_register_types(void)
{
    virtio_pci_types_register(&vhost_demo_pci_info);
}

type_init(vhost_demo_pci_register_types)
