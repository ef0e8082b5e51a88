/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vhost-demo device in QEMU.
 *
 *   vhost-demo.c         the device, and who serves it when
 *   vhost-demo-kernel.c  giving the ring to the host's kernel, taking it back
 *   vhost-demo-pci.c     the device on a PCI bus
 *   vhost-demo.h         the kernel's side: ioctls of /dev/vhost-demo
 */
#ifndef HW_VCRYPTO_VHOST_DEMO_DEVICE_H
#define HW_VCRYPTO_VHOST_DEMO_DEVICE_H

#include "hw/virtio/vhost.h"
#include "qom/object.h"
#include "request-queue.h"
#include <vcrypto/small-devices/virtio-demo.h>

#define TYPE_VHOST_DEMO "vhost-demo-device"
OBJECT_DECLARE_SIMPLE_TYPE(VHostDemo, VHOST_DEMO)

struct VHostDemo {
    VirtIODevice parent_obj;

    /* What serves the ring in this process. */
    RequestQueue queue;
    /* The register; while the kernel serves the ring, that has the value. */
    struct vcrypto_virtio_demo model;

    bool has_kernel;            /* the rest is in use */
    int fd;                     /* of the node; QEMU's vhost code closes it */
    struct vhost_dev vhost;
    struct vhost_virtqueue ring;
    EventNotifier error;        /* the kernel does not serve the ring anymore */
};

/* Opens the node.  False with @errp set if that does not work. */
bool vhost_demo_kernel_open(VHostDemo *demo, const char *node, Error **errp);

/* Undoes that; the ring is not in the kernel. */
void vhost_demo_kernel_close(VHostDemo *demo);

/* Gives ring and register to the kernel.  A failure is reported; both stay. */
void vhost_demo_kernel_start(VHostDemo *demo);

/* Takes both back. */
void vhost_demo_kernel_stop(VHostDemo *demo);

#endif /* HW_VCRYPTO_VHOST_DEMO_DEVICE_H */
