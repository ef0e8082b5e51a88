/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives the ring of a vhost-demo to the host's kernel, and takes it back.  Most
 * of it is what QEMU does for any vhost device; ours are the ioctls that pass
 * the register on.
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qapi/error.h"
#include "hw/virtio/virtio-bus.h"
#include "vhost-demo-device.h"
#include "vhost-demo.h"
#include <sys/ioctl.h>

/* A chain that cannot be answered breaks the device, here as in userspace. */
static void ring_is_broken(EventNotifier *notifier)
{
    VHostDemo *demo = container_of(notifier, VHostDemo, error);

    if (event_notifier_test_and_clear(notifier)) {
        virtio_error(VIRTIO_DEVICE(demo),
                     "vhost-demo: the kernel cannot answer a request");
    }
}

static bool watch_errors(VHostDemo *demo, Error **errp)
{
    struct vhost_vring_file file = { .index = 0 };
    int ret = event_notifier_init(&demo->error, 0);

    if (ret < 0) {
        error_setg_errno(errp, -ret, "no eventfd");
        return false;
    }
    file.fd = event_notifier_get_fd(&demo->error);
    if (ioctl(demo->fd, VHOST_SET_VRING_ERR, &file) < 0) {
        error_setg_errno(errp, errno, "VHOST_SET_VRING_ERR failed");
        event_notifier_cleanup(&demo->error);
        return false;
    }
    event_notifier_set_handler(&demo->error, ring_is_broken);
    return true;
}

bool vhost_demo_kernel_open(VHostDemo *demo, const char *node, Error **errp)
{
    demo->fd = qemu_open(node, O_RDWR, errp);
    if (demo->fd < 0) {
        return false;
    }
    demo->vhost.nvqs = 1;
    demo->vhost.vqs = &demo->ring;
    /* Closes the file if it fails. */
    if (vhost_dev_init(&demo->vhost, (void *)(uintptr_t)demo->fd,
                       VHOST_BACKEND_TYPE_KERNEL, 0, errp) < 0) {
        return false;
    }
    if (!watch_errors(demo, errp)) {
        vhost_dev_cleanup(&demo->vhost);
        return false;
    }
    return true;
}

void vhost_demo_kernel_close(VHostDemo *demo)
{
    vhost_dev_cleanup(&demo->vhost);
    event_notifier_set_handler(&demo->error, NULL);
    event_notifier_cleanup(&demo->error);
}

/* Whether the kernel's eventfd is the interrupt. */
static int set_interrupt(VHostDemo *demo, bool assign)
{
    BusState *bus = qdev_get_parent_bus(DEVICE(demo));
    VirtioBusClass *class = VIRTIO_BUS_GET_CLASS(bus);

    if (!class->set_guest_notifiers) {
        return -ENOSYS;
    }
    return class->set_guest_notifiers(bus->parent, 1, assign);
}

static int start_ring(VHostDemo *demo)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(demo);
    int ret;

    demo->vhost.acked_features = vdev->guest_features & demo->vhost.features;
    ret = vhost_dev_start(&demo->vhost, vdev, true);
    if (ret < 0) {
        return ret;
    }
    /* From the first request on interrupts go where the guest wants them. */
    vhost_virtqueue_mask(&demo->vhost, vdev, 0, false);
    if (ioctl(demo->fd, VHOST_DEMO_START, &demo->model.value) < 0) {
        ret = -errno;
        vhost_dev_stop(&demo->vhost, vdev, true);
    }
    return ret;
}

/* In this order: the doorbell, the interrupt, the ring. */
void vhost_demo_kernel_start(VHostDemo *demo)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(demo);
    int ret = vhost_dev_enable_notifiers(&demo->vhost, vdev);

    if (ret < 0) {
        goto fail;
    }
    ret = set_interrupt(demo, true);
    if (ret < 0) {
        goto fail_doorbell;
    }
    ret = start_ring(demo);
    if (ret < 0) {
        goto fail_interrupt;
    }
    return;

fail_interrupt:
    set_interrupt(demo, false);
fail_doorbell:
    vhost_dev_disable_notifiers(&demo->vhost, vdev);
fail:
    warn_report("vhost-demo is served by QEMU: the kernel refuses: %s",
                strerror(-ret));
}

void vhost_demo_kernel_stop(VHostDemo *demo)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(demo);

    if (ioctl(demo->fd, VHOST_DEMO_STOP, &demo->model.value) < 0) {
        error_report("vhost-demo: the register is lost: %s", strerror(errno));
    }
    vhost_dev_stop(&demo->vhost, vdev, true);
    if (set_interrupt(demo, false) < 0) {
        error_report("vhost-demo: the interrupt stays with the kernel");
    }
    vhost_dev_disable_notifiers(&demo->vhost, vdev);
}
