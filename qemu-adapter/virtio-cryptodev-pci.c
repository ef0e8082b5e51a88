/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-cryptodev on a PCI bus, in the three usual forms:
 *
 *   virtio-cryptodev-pci-transitional      PCI device 1af4:1013
 *   virtio-cryptodev-pci-non-transitional  PCI device 1af4:1040 + virtio id
 *   virtio-cryptodev-pci                   the latter behind a PCI Express
 *                                          port, else the former
 *
 * A modern driver works with all of them.
 */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/virtio/virtio-pci.h"
#include "qemu-compat.h"
#include "virtio-cryptodev.h"

/* Modern PCI ids end at 0x107f, and the driver looks no further. */
QEMU_BUILD_BUG_ON(VCRYPTO_VIRTIO_ID > 0x3f);

#define TYPE_VIRTIO_CRYPTODEV_PCI "virtio-cryptodev-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOCryptodevPCI, VIRTIO_CRYPTODEV_PCI)

struct VirtIOCryptodevPCI {
    VirtIOPCIProxy parent_obj;

    VirtIOCryptodev vdev;
};

static VCryptoProperty virtio_cryptodev_pci_properties[] = {
    /*
     * Off, because callers wait for each request: then their processor does
     * what is cheap at once.  On, the main loop does it, while they sleep.
     * On with an IOThread, which does it then.
     */
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT, false),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors,
                       DEV_NVECTORS_UNSPECIFIED),
    VCRYPTO_PROP_END
};

static void virtio_cryptodev_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    VirtIOCryptodevPCI *pci = VIRTIO_CRYPTODEV_PCI(proxy);

    if (virtio_cryptodev_has_iothreads(&pci->vdev)) {
        proxy->flags |= VIRTIO_PCI_FLAG_USE_IOEVENTFD;
    }
    virtio_cryptodev_settle_queues(&pci->vdev);
    if (proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        /* One for each queue, and one for configuration changes. */
        proxy->nvectors = pci->vdev.num_queues + 1;
    }
    qdev_realize(DEVICE(&pci->vdev), BUS(&proxy->bus), errp);
}

static void virtio_cryptodev_pci_class_init(ObjectClass *klass,
                                            VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    VIRTIO_PCI_CLASS(klass)->realize = virtio_cryptodev_pci_realize;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, virtio_cryptodev_pci_properties);
    pc->vendor_id = PCI_VENDOR_ID_REDHAT_QUMRANET;
    pc->device_id = VCRYPTO_PCI_DEVICE_ID;
    pc->revision = VIRTIO_PCI_ABI_VERSION;
    pc->class_id = PCI_CLASS_COMMUNICATION_OTHER;
}

static void virtio_cryptodev_pci_init(Object *obj)
{
    VirtIOCryptodevPCI *pci = VIRTIO_CRYPTODEV_PCI(obj);

    virtio_instance_init_common(obj, &pci->vdev, sizeof(pci->vdev),
                                TYPE_VIRTIO_CRYPTODEV);
}

static const VirtioPCIDeviceTypeInfo virtio_cryptodev_pci_info = {
    .base_name = TYPE_VIRTIO_CRYPTODEV_PCI,
    .generic_name = "virtio-cryptodev-pci",
    .transitional_name = "virtio-cryptodev-pci-transitional",
    .non_transitional_name = "virtio-cryptodev-pci-non-transitional",
    .instance_size = sizeof(VirtIOCryptodevPCI),
    .instance_init = virtio_cryptodev_pci_init,
    .class_init = virtio_cryptodev_pci_class_init,
};

static void virtio_cryptodev_pci_register_types(void)
{
    virtio_pci_types_register(&virtio_cryptodev_pci_info);
}

type_init(virtio_cryptodev_pci_register_types)
