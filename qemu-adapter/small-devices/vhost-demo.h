/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What /dev/vhost-demo adds to the ioctls that every vhost device has
 * (<linux/vhost.h>): how the device's register changes hands with its ring.
 * For the kernel module and for whoever drives it.
 *
 * The order of calls is: open, VHOST_SET_OWNER, VHOST_SET_FEATURES,
 * VHOST_SET_MEM_TABLE, VHOST_SET_VRING_... for ring 0, VHOST_DEMO_START;
 * later VHOST_DEMO_STOP, VHOST_GET_VRING_BASE.  Every open file is a device of
 * its own.
 */
#ifndef VHOST_DEMO_H
#define VHOST_DEMO_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vhost.h>

/*
 * Serve ring 0 from now on, with the given value in the register.  Requests
 * that are in the ring already are served without a kick.
 *
 * EPERM: VHOST_SET_OWNER was not called, or by another process.
 * EBUSY: the ring is being served.
 * EFAULT: the ring is not set up, or memory lies outside of the process.
 */
#define VHOST_DEMO_START _IOW(VHOST_VIRTIO, 0xe0, __u32)

/*
 * Serve the ring no more, and say what is in the register.  When this returns,
 * no request is being worked on and nothing is written to memory any more.
 * Allowed at any time, by the owner (EPERM).
 */
#define VHOST_DEMO_STOP _IOR(VHOST_VIRTIO, 0xe1, __u32)

#endif /* VHOST_DEMO_H */
