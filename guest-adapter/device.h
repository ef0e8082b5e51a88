/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices: up, down, and which there are. */
#ifndef VCRYPTO_DEVICE_H
#define VCRYPTO_DEVICE_H

#include <linux/kref.h>

#include "queue.h"

/* Nodes /dev/cryptodev0 to 31. */
#define VC_MAX_DEVICES 32

struct vc_device {
	struct kref refs;
	struct virtio_device *vdev;	/* valid until remove(); its priv is this device */
	unsigned int max_segment;	/* bytes that may be mapped in one piece */
	struct vcrypto_device_limits limits;
	bool up;
	bool removed;
	bool gone;			/* it could not be reset: see is_gone() */
	struct delayed_work check;
	unsigned long restarted;	/* jiffies */
	unsigned int number;		/* its slot, and that of its node */
	atomic_t next_queue;		/* for the next open file */
	unsigned int queue_count;
	struct vc_queue queues[];
};

/* device.c: up and down, failure */
struct vc_device *vc_device_new(struct virtio_device *vdev);
/* Find queues, go on with what is pending. */
int vc_device_up(struct vc_device *device);
/*
 * Reset the device.  @error is 0: it will be up again, and requests wait; else all of
 * them are given back, and no more are taken.  -ENODEV: it has gone, and all are given back.
 */
int vc_device_down(struct vc_device *device, int error);
/* Down for good, because the driver leaves. */
void vc_device_remove(struct vc_device *device);
void vc_device_put(struct vc_device *device);
/* Have the device's health looked at; in any context. */
void vc_device_check(struct vc_device *device);

/* slots.c: which device has which number */
/* The lowest that is free.  -ENOSPC: none is. */
int vc_slots_add(struct vc_device *device);
void vc_slots_remove(struct vc_device *device);
/* The device with that number; the first that works.  They take a reference; NULL: none. */
struct vc_device *vc_slots_get(unsigned int number);
struct vc_device *vc_slots_first(void);

#endif /* VCRYPTO_DEVICE_H */
