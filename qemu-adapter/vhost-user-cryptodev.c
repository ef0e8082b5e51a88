/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same device in another process: vcryptod --device=cryptodev, which has
 * the guest's memory and does the requests.  QEMU has a base class for such
 * devices; what is ours are the numbers.
 *
 *   -chardev socket,id=c0,path=SOCKET
 *   -device vhost-user-cryptodev-pci,chardev=c0
 *
 * Built where the base class exists, so not in QEMU 7.2.
 */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "migration/vmstate.h"
#include "hw/virtio/vhost-user-base.h"
#include "hw/virtio/virtio-pci.h"
#include "virtio-cryptodev.h"
#include "virtio-ids.h"

#define TYPE_VHOST_USER_CRYPTODEV "vhost-user-cryptodev"
#define TYPE_VHOST_USER_CRYPTODEV_PCI "vhost-user-cryptodev-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VHostUserCryptodevPCI, VHOST_USER_CRYPTODEV_PCI)

struct VHostUserCryptodevPCI {
    VirtIOPCIProxy parent_obj;

    VHostUserBase vdev;
};

/*
 * As of the device in this process: sessions stay behind with the daemon, and
 * the driver makes them again.  A stopped ring has nothing under way.
 */
static const VMStateDescription vhost_user_cryptodev_vmstate = {
    .name = "vhost-user-cryptodev",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32_EQUAL(num_vqs, VHostUserBase,
                             "property 'queues' must be as it was"),
        VMSTATE_UINT32_EQUAL(vq_size, VHostUserBase,
                             "property 'queue-size' must be as it was"),
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static VCryptoProperty vhost_user_cryptodev_properties[] = {
    DEFINE_PROP_CHR("chardev", VHostUserBase, chardev),
    /* As many as the daemon's --queues, at most. */
    DEFINE_PROP_UINT32("queues", VHostUserBase, num_vqs, 1),
    DEFINE_PROP_UINT32("queue-size", VHostUserBase, vq_size, 1024),
    VCRYPTO_PROP_END
};

static void vhost_user_cryptodev_realize(DeviceState *dev, Error **errp)
{
    VHostUserBase *vub = VHOST_USER_BASE(dev);
    VHostUserBaseClass *class = VHOST_USER_BASE_GET_CLASS(dev);

    if (!virtio_cryptodev_check_queues(vub->num_vqs, vub->vq_size, errp)) {
        return;
    }
    vub->virtio_id = VIRTIO_ID_CRYPTODEV;
    vub->config_size = sizeof(struct vcrypto_config);
    class->parent_realize(dev, errp);
}

static void vhost_user_cryptodev_class_init(ObjectClass *klass,
                                            VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    device_class_set_props(dc, vhost_user_cryptodev_properties);
    device_class_set_parent_realize(dc, vhost_user_cryptodev_realize,
                                    &VHOST_USER_BASE_CLASS(klass)->parent_realize);
    dc->vmsd = &vhost_user_cryptodev_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo vhost_user_cryptodev_info = {
    .name = TYPE_VHOST_USER_CRYPTODEV,
    .parent = TYPE_VHOST_USER_BASE,
    .class_init = vhost_user_cryptodev_class_init,
};

static void vhost_user_cryptodev_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    VHostUserCryptodevPCI *pci = VHOST_USER_CRYPTODEV_PCI(proxy);

    if (proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        /* One for each queue, and one for configuration changes. */
        proxy->nvectors = pci->vdev.num_vqs + 1;
    }
    qdev_realize(DEVICE(&pci->vdev), BUS(&proxy->bus), errp);
}

static VCryptoProperty vhost_user_cryptodev_pci_properties[] = {
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors,
                       DEV_NVECTORS_UNSPECIFIED),
    VCRYPTO_PROP_END
};

static void vhost_user_cryptodev_pci_class_init(ObjectClass *klass,
                                                VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    VIRTIO_PCI_CLASS(klass)->realize = vhost_user_cryptodev_pci_realize;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, vhost_user_cryptodev_pci_properties);
    pc->vendor_id = PCI_VENDOR_ID_REDHAT_QUMRANET;
    pc->revision = VIRTIO_PCI_ABI_VERSION;
    pc->class_id = PCI_CLASS_COMMUNICATION_OTHER;
}

static void vhost_user_cryptodev_pci_init(Object *obj)
{
    VHostUserCryptodevPCI *pci = VHOST_USER_CRYPTODEV_PCI(obj);

    virtio_instance_init_common(obj, &pci->vdev, sizeof(pci->vdev),
                                TYPE_VHOST_USER_CRYPTODEV);
}

/* Modern only: the daemon does not know another order of bytes. */
static const VirtioPCIDeviceTypeInfo vhost_user_cryptodev_pci_info = {
    .base_name = TYPE_VHOST_USER_CRYPTODEV_PCI,
    .non_transitional_name = "vhost-user-cryptodev-pci",
    .instance_size = sizeof(VHostUserCryptodevPCI),
    .instance_init = vhost_user_cryptodev_pci_init,
    .class_init = vhost_user_cryptodev_pci_class_init,
};

static void vhost_user_cryptodev_register_types(void)
{
    type_register_static(&vhost_user_cryptodev_info);
    virtio_pci_types_register(&vhost_user_cryptodev_pci_info);
}

type_init(vhost_user_cryptodev_register_types)
