/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhost-demo: the guest's view is that of virtio-demo, but the host's kernel
 * serves the ring, and QEMU only sets it up.
 *
 * Theory of operation.  When the guest's driver is ready, the kernel gets all
 * it needs to do without us: where the guest's memory is, where the ring is,
 * an eventfd that the guest's doorbell rings, one that becomes its interrupt,
 * and the value in the register.  When the driver goes, or the VM stops, we
 * take ring and register back.  So while the VM is stopped everything is in
 * this process, and saving it is the same as for virtio-demo.
 *
 * Without /dev/vhost-demo, or if the kernel does not want to, the ring stays
 * here and is served as virtio-demo's is; the guest does not notice.
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "migration/vmstate.h"
#include "vhost-demo-device.h"
#include <vcrypto/small-devices/chain.h>
#include <vcrypto/small-devices/ids.h>

#define NODE "/dev/vhost-demo"

/* The ring is served by the kernel, at this moment. */
static bool in_kernel(VHostDemo *demo)
{
    return vhost_dev_is_started(&demo->vhost);
}

static uint32_t vhost_demo_handle(VirtIODevice *vdev,
                                  struct vcrypto_cursor readable,
                                  struct vcrypto_cursor writable)
{
    return vcrypto_virtio_demo_chain(&VHOST_DEMO(vdev)->model, readable,
                                     writable);
}

/* Also called for a doorbell that rang just when the kernel took over. */
static void vhost_demo_notified(VirtIODevice *vdev, VirtQueue *vq)
{
    VHostDemo *demo = VHOST_DEMO(vdev);

    if (!in_kernel(demo)) {
        request_queue_schedule(&demo->queue);
    }
}

static SetStatusRet vhost_demo_set_status(VirtIODevice *vdev, uint8_t status)
{
    VHostDemo *demo = VHOST_DEMO(vdev);
    bool wanted = demo->has_kernel && virtio_device_should_start(vdev, status);

    if (wanted && !in_kernel(demo)) {
        /* What we were about to do is the kernel's business now. */
        request_queue_reset(&demo->queue);
        vhost_demo_kernel_start(demo);
    } else if (!wanted && in_kernel(demo)) {
        vhost_demo_kernel_stop(demo);
    }
    if (!in_kernel(demo)) {
        request_queue_set_status(&demo->queue, status);
    }
    return SET_STATUS_DONE;
}

/* set_status(0) came before. */
static void vhost_demo_reset(VirtIODevice *vdev)
{
    VHostDemo *demo = VHOST_DEMO(vdev);

    request_queue_reset(&demo->queue);
    vcrypto_virtio_demo_reset(&demo->model);
}

/* Never more than the kernel can do, so that a VM may move to or from a host
 * whose kernel serves the ring. */
static uint64_t vhost_demo_get_features(VirtIODevice *vdev, uint64_t features,
                                        Error **errp)
{
    VHostDemo *demo = VHOST_DEMO(vdev);

    features &= 1ull << VIRTIO_F_NOTIFY_ON_EMPTY | 1ull << VIRTIO_F_ANY_LAYOUT |
                1ull << VIRTIO_RING_F_INDIRECT_DESC |
                1ull << VIRTIO_RING_F_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1;
    return demo->has_kernel ? features & demo->vhost.features : features;
}

/* Newer QEMUs also ask about the configuration's interrupt, index -1, which is
 * never the kernel's. */
static void vhost_demo_mask(VirtIODevice *vdev, int index, bool mask)
{
    if (index >= 0) {
        vhost_virtqueue_mask(&VHOST_DEMO(vdev)->vhost, vdev, index, mask);
    }
}

static bool vhost_demo_pending(VirtIODevice *vdev, int index)
{
    return index >= 0 &&
           vhost_virtqueue_pending(&VHOST_DEMO(vdev)->vhost, index);
}

/* For the monitor: x-query-virtio-status. */
static struct vhost_dev *vhost_demo_get_vhost(VirtIODevice *vdev)
{
    return &VHOST_DEMO(vdev)->vhost;
}

static void vhost_demo_realize(DeviceState *qdev, Error **errp)
{
    VHostDemo *demo = VHOST_DEMO(qdev);
    VirtIODevice *vdev = VIRTIO_DEVICE(qdev);
    Error *err = NULL;

    virtio_init(vdev, VCRYPTO_VIRTIO_DEMO_ID, 0);
    request_queue_init(&demo->queue, vdev, VCRYPTO_VIRTIO_DEMO_QUEUE,
                       vhost_demo_notified, vhost_demo_handle);
    vcrypto_virtio_demo_reset(&demo->model);
    demo->has_kernel = vhost_demo_kernel_open(demo, NODE, &err);
    if (!demo->has_kernel) {
        warn_reportf_err(err, "vhost-demo is served by QEMU: ");
    }
}

static void vhost_demo_unrealize(DeviceState *qdev)
{
    VHostDemo *demo = VHOST_DEMO(qdev);

    vcrypto_unplug(VIRTIO_DEVICE(qdev));
    if (demo->has_kernel) {
        vhost_demo_kernel_close(demo);
    }
    virtio_cleanup(VIRTIO_DEVICE(qdev));
}

static void vhost_demo_finalize(Object *obj)
{
    request_queue_fini(&VHOST_DEMO(obj)->queue);
}

static bool vhost_demo_get_in_kernel(Object *obj, Error **errp)
{
    return in_kernel(VHOST_DEMO(obj));
}

static const VMStateDescription vmstate_vhost_demo = {
    .name = "vhost-demo",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_vhost_demo_device = {
    .name = "vhost-demo-device",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(model.value, VHostDemo),
        VMSTATE_END_OF_LIST()
    },
};

static void vhost_demo_class_init(ObjectClass *klass, VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    dc->desc = "A register behind a virtqueue that the host's kernel serves";
    dc->vmsd = &vmstate_vhost_demo;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    object_class_property_add_bool(klass, "in-kernel", vhost_demo_get_in_kernel,
                                   NULL);
    vdc->realize = vhost_demo_realize;
    vdc->unrealize = vhost_demo_unrealize;
    vdc->get_features = vhost_demo_get_features;
    vdc->set_status = vhost_demo_set_status;
    vdc->reset = vhost_demo_reset;
    vdc->guest_notifier_mask = vhost_demo_mask;
    vdc->guest_notifier_pending = vhost_demo_pending;
    vdc->get_vhost = vhost_demo_get_vhost;
    vdc->vmsd = &vmstate_vhost_demo_device;
}

static const TypeInfo vhost_demo_info = {
    .name = TYPE_VHOST_DEMO,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VHostDemo),
    .instance_finalize = vhost_demo_finalize,
    .class_init = vhost_demo_class_init,
};

static void vhost_demo_register_types(void)
{
    type_register_static(&vhost_demo_info);
}

type_init(vhost_demo_register_types)
