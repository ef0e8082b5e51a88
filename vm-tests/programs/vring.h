/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio PCI device, the standard's crypto device, driven by a program of root's instead of
 * the kernel: what a hostile guest does.  Two queues, split rings, no interrupts.  Whatever
 * does not work ends the program.
 */
#ifndef VRING_H
#define VRING_H

#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <stdint.h>

#define VRING_PAGE 4096
#define VRING_SIZE 256
#define VRING_QUEUES 2

/* Pages of its own: descriptors, the two rings, and four for data. */
struct vring_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint8_t *data;
};

struct vring_device {
	volatile struct virtio_pci_common_cfg *common;
	uint8_t *notify;
	uint32_t multiplier;
	struct vring_queue queues[VRING_QUEUES];
};

/* Takes the device away from its driver, for good. */
void vring_open(struct vring_device *device);

/* Resets it, empties its queues and starts it with them. */
void vring_start(struct vring_device *device);

/* Where the device finds these bytes of a queue's pages. */
uint64_t vring_address(const void *byte);

void vring_describe(struct vring_queue *queue, unsigned int at, uint64_t address, uint32_t len,
		    uint16_t flags, unsigned int next);

/* Makes @idx the index of what is available, and says so. */
void vring_publish(struct vring_device *device, unsigned int queue, unsigned int idx);

#endif /* VRING_H */
