/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio devices of this directory on a channel subsystem, the way to
 * devices of s390x machines: virtio-cryptodev-ccw and the small ones.  What a
 * device is does not depend on its bus, so all of them share this proxy.
 */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "hw/s390x/virtio-ccw.h"
#include "qemu-compat.h"
#include CONFIG_DEVICES

#define TYPE_VCRYPTO_CCW "vcrypto-ccw"
OBJECT_DECLARE_SIMPLE_TYPE(VCryptoCcw, VCRYPTO_CCW)

struct VCryptoCcw {
    VirtioCcwDevice parent_obj;

    VirtIODevice *vdev;
};

static VCryptoProperty vcrypto_ccw_properties[] = {
    /* Off, as in virtio-cryptodev-pci.c. */
    DEFINE_PROP_BIT("ioeventfd", VirtioCcwDevice, flags,
                    VIRTIO_CCW_FLAG_USE_IOEVENTFD_BIT, false),
    DEFINE_PROP_UINT32("max_revision", VirtioCcwDevice, max_rev,
                       VIRTIO_CCW_MAX_REV),
    VCRYPTO_PROP_END
};

static void vcrypto_ccw_realize(VirtioCcwDevice *ccw, Error **errp)
{
    qdev_realize(DEVICE(VCRYPTO_CCW(ccw)->vdev), BUS(&ccw->bus), errp);
}

/* NAME-ccw has a NAME-device in it. */
static void vcrypto_ccw_init(Object *obj)
{
    VCryptoCcw *ccw = VCRYPTO_CCW(obj);
    const char *type = object_get_typename(obj);
    g_autofree char *device = g_strdup_printf(
        "%.*s-device", (int)(strlen(type) - strlen("-ccw")), type);
    Object *vdev = object_new(device);

    ccw->vdev = VIRTIO_DEVICE(vdev);
    object_property_add_child(obj, "virtio-backend", vdev);
    /* The parent's reference is the one that counts. */
    object_unref(vdev);
    qdev_alias_all_properties(DEVICE(vdev), obj);
    /* No driver that is older than virtio 1.0. */
    ccw->parent_obj.force_revision_1 = true;
}

static void vcrypto_ccw_class_init(ObjectClass *klass, VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    VIRTIO_CCW_DEVICE_CLASS(klass)->realize = vcrypto_ccw_realize;
    device_class_set_props(dc, vcrypto_ccw_properties);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo vcrypto_ccw_infos[] = {
    {
        .name = TYPE_VCRYPTO_CCW,
        .parent = TYPE_VIRTIO_CCW_DEVICE,
        .instance_size = sizeof(VCryptoCcw),
        .class_init = vcrypto_ccw_class_init,
        .abstract = true,
    }, {
        .name = "virtio-cryptodev-ccw",
        .parent = TYPE_VCRYPTO_CCW,
        .instance_init = vcrypto_ccw_init,
    },
    /* Only what there is a device for. */
#ifdef CONFIG_VIRTIO_DEMO
    {
        .name = "virtio-demo-ccw",
        .parent = TYPE_VCRYPTO_CCW,
        .instance_init = vcrypto_ccw_init,
    },
#endif
#ifdef CONFIG_VIRTIO_CAESAR
    {
        .name = "virtio-caesar-ccw",
        .parent = TYPE_VCRYPTO_CCW,
        .instance_init = vcrypto_ccw_init,
    },
#endif
};

DEFINE_TYPES(vcrypto_ccw_infos)
